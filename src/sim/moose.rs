//! The simulated Moose Mission Control: its HTTP API in both shapes, the Supabase gateway, GitHub's hooks and workflow
//! runs, the platform's status page, Slack, and what its PostgreSQL says to the statements of its system file.

use std::io;
use std::sync::Arc;

use self::http::{GITHUB_TOKEN, REPOSITORY, SUPABASE_KEY};
use self::world::World;
use super::door::Way;
use super::kind::{Begin, Kind, Simulation};
use super::remote::Ran;
use super::running::Running;
use super::stage;

mod database;
mod fault;
mod http;
mod world;

/// Its line of the registry.
pub(super) static KIND: Kind = Kind {
    system: "moose",
    simulates: "the application with its orchestrator, the Supabase gateway, GitHub, Vercel's status page and Slack and its PostgreSQL answer on loopback sockets",
    faults: &fault::ROWS,
    programs: &["vercel"],
    start,
};

fn start(begin: &Begin) -> io::Result<Box<dyn Simulation>> {
    let mut running = Running::begin(begin, |start, _| World::new(start));
    let stage = Arc::clone(&running.stage);
    let app = running.serve(|_| Way::Open, http::app::router(Arc::clone(&stage)))?;
    let outside = running.serve(|_| Way::Open, http::outside::router(stage))?;
    running.database(|world| if world.has_database() { Way::Open } else { Way::Shut })?;
    running.urls(&[
        ("app_url", app, ""),
        ("supabase_url", outside, "/supabase"),
        ("github_api", outside, "/github"),
        ("vercel_status_url", outside, "/vercel"),
        ("slack_webhook_url", outside, "/slack"),
    ]);
    running.var("supabase_key", SUPABASE_KEY);
    running.var("github_repo", REPOSITORY);
    running.var("github_token", GITHUB_TOKEN);
    Ok(Box::new(running))
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
        match argv {
            ["vercel", "rollback", deployment, "--yes"] => {
                self.roll_back();
                Some(Ran::said(format!("Success! moose-mission-control was rolled back to {deployment}")))
            }
            _ => None,
        }
    }
}
