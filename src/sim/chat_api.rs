//! The simulated Chat API: the service, its database, the three services behind it, Render's API and Anthropic's status.

use std::io;
use std::sync::Arc;

use self::world::World;
use super::door::Way;
use super::kind::{Begin, Kind, Simulation};
use super::remote::Ran;
use super::running::Running;
use super::stage;

mod fault;
mod http;
mod sql;
mod traffic;
mod world;

/// Its line of the registry.
pub(super) static KIND: Kind = Kind {
    system: "chat-api",
    simulates: "the Chat API with its metrics and database, mapper, calendar and ingestor, Render and Anthropic's status on loopback sockets",
    faults: &fault::ROWS,
    programs: &[],
    start,
};

fn start(begin: &Begin) -> io::Result<Box<dyn Simulation>> {
    let mut running = Running::begin(begin, World::new);
    let stage = Arc::clone(&running.stage);
    let api = running.serve(World::api_way, http::api(Arc::clone(&stage)))?;
    let mapper = running.serve(World::mapper_way, http::downstream("mapper-api"))?;
    let calendar = running.serve(World::calendar_way, http::downstream("calendar-api"))?;
    let ingestor = running.serve(World::ingestor_way, http::downstream("workout-ingestor-api"))?;
    let outside = running.serve(|_| Way::Open, http::outside(stage))?;
    running.database(World::database_way)?;
    running.urls(&[
        ("api_url", api, ""),
        ("mapper_url", mapper, ""),
        ("calendar_url", calendar, ""),
        ("ingestor_url", ingestor, ""),
        ("anthropic_status_url", outside, "/api/v2/status.json"),
        ("render_api_url", outside, "/v1"),
    ]);
    running.var("render_service_id", http::SERVICE);
    running.var("render_api_key", http::RENDER_KEY);
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

    /// It is operated over HTTP and its database.
    fn command(&mut self, _argv: &[&str]) -> Option<Ran> {
        None
    }
}

#[cfg(test)]
mod tests;
