//! The simulated Agent Team Platform: its HTTP server as the runbook documents it, with metrics; the language models
//! behind it; Redis; Cloud Run, secrets and backups as `gcloud` tells them.

use std::io;
use std::sync::Arc;

use self::world::World;
use super::door::Way;
use super::kind::{Begin, Kind, Simulation};
use super::remote::Ran;
use super::resp::{self, Blob, Client, Host, Reply};
use super::running::Running;
use super::stage::{self, Stage};

mod effects;
mod hands;
mod http;
mod log;
mod page;
mod world;

/// Its line of the registry.
pub(super) static KIND: Kind = Kind {
    system: "agent-team",
    simulates: "HTTP server, metrics, models, Redis, and what gcloud tells",
    faults: effects::FAULTS,
    programs: &["gcloud", "docker", "sudo", "systemctl"],
    start,
};

/// The key that the language models ask for.
const GEMINI_KEY: &str = "demo-gemini-key";

fn start(begin: &Begin) -> io::Result<Box<dyn Simulation>> {
    let mut running = Running::begin(begin, World::new);
    let stage = Arc::clone(&running.stage);
    let api = running.serve(World::api_way, http::api(Arc::clone(&stage)))?;
    let models = running.serve(|_| Way::Open, http::models(Arc::clone(&stage)))?;
    let door = running.door(World::redis_way)?;
    let redis = door.address();
    stage.with(|world| world.redis.facts.port = redis.port());
    running.spawn(resp::serve(door, Arc::<Stage<World>>::clone(&stage)));
    let path = begin.programs.with_file_name("agent-team.log");
    let file = log::begin(&stage, &path)?;
    running.spawn(log::follow(stage, file));
    let gcloud = begin.programs.join("gcloud");
    running.urls(&[("api_url", api, ""), ("metrics_url", api, "/metrics"), ("gemini_url", models, "")]);
    running.var("redis_url", format!("redis://{redis}/0"));
    running.var("gemini_api_key", GEMINI_KEY);
    running.var("gcloud", gcloud.to_string_lossy());
    running.var("log_path", path.to_string_lossy());
    running.var("service", "agent-team");
    running.var("backup_bucket", "agent-team-backups");
    running.var("hmac_secret", "comm-hmac");
    Ok(Box::new(running))
}

impl stage::World for World {
    fn advance(&mut self, to: std::time::Duration) {
        World::advance(self, to);
    }

    fn fault(&self) -> &'static str {
        World::fault(self)
    }

    fn set_fault(&mut self, name: &str) {
        World::set_fault(self, name);
    }

    fn command(&mut self, argv: &[&str]) -> Option<Ran> {
        World::command(self, argv)
    }
}

impl Host for Stage<World> {
    fn call(&self, client: &mut Client, args: &[Blob]) -> Reply {
        self.with(|world| world.redis.call(client, args))
    }
}
