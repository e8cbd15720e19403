//! The simulated Sabine Super Agent: API, worker, Redis with rq's keys, Supabase, Slack and the language model.

use std::io;
use std::sync::Arc;

use self::http::{ANTHROPIC_KEY, API_KEY, E2B_KEY, SUPABASE_KEY};
use self::world::World;
use super::door::Way;
use super::kind::{Begin, Kind, Simulation};
use super::remote::Ran;
use super::resp::{self, Blob, Client, Host, Reply};
use super::running::Running;
use super::stage::{self, Stage};

mod fault;
mod http;
mod world;

/// Its line of the registry.
pub(super) static KIND: Kind = Kind {
    system: "sabine",
    simulates: "API, worker, Redis with rq, Supabase, Slack, language model",
    faults: &fault::ROWS,
    programs: &["sudo", "systemctl", "docker", "railway", "setsid", "rq", "redis-cli"],
    start,
};

fn start(begin: &Begin) -> io::Result<Box<dyn Simulation>> {
    Ok(Box::new(run(begin)?))
}

fn run(begin: &Begin) -> io::Result<Running<World>> {
    let mut running = Running::begin(begin, World::new);
    let stage = Arc::clone(&running.stage);
    let api = running.serve(World::api_way, http::api::router(Arc::clone(&stage)))?;
    let supabase = running.serve(|_| Way::Open, http::outside::supabase(Arc::clone(&stage)))?;
    let services = running.serve(|_| Way::Open, http::outside::services(Arc::clone(&stage)))?;
    let (worker_door, redis_door) = (running.door(World::worker_way)?, running.door(World::redis_way)?);
    let (worker, redis) = (worker_door.address(), redis_door.address());
    stage.with(|world| world.redis.facts.port = redis.port());
    running.spawn(http::worker::serve(worker_door, Arc::clone(&stage)));
    running.spawn(resp::serve(redis_door, stage));
    running.urls(&[
        ("api_url", api, ""),
        ("worker_url", worker, ""),
        ("supabase_url", supabase, ""),
        ("slack_webhook_url", services, "/slack"),
        ("slack_alert_webhook_url", services, "/slack/alerts"),
        ("anthropic_url", services, "/anthropic"),
    ]);
    running.var("redis_url", format!("redis://{redis}/0"));
    running.var("api_key", API_KEY);
    running.var("supabase_key", SUPABASE_KEY);
    running.var("anthropic_api_key", ANTHROPIC_KEY);
    running.var("e2b_api_key", E2B_KEY);
    Ok(running)
}

impl stage::World for World {
    fn advance(&mut self, to: std::time::Duration) {
        World::advance(self, to);
    }

    fn fault(&self) -> &'static str {
        World::fault(self).name()
    }

    fn set_fault(&mut self, name: &str) {
        World::set_fault(self, fault::Fault::named(name));
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

#[cfg(test)]
mod tests;
