//! The simulated AI Employee Control Plane: its agent, its workspace, its database, and the programs that run its tasks and
//! restart the agent.

use std::io;
use std::sync::Arc;

use self::world::World;
use super::kind::{Begin, Kind, Simulation};
use super::remote::Ran;
use super::running::Running;
use super::stage;

mod fault;
mod http;
mod sql;
mod world;

/// Its line of the registry.
pub(super) static KIND: Kind = Kind {
    system: "control-plane",
    simulates: "agent, workspace and database answer on loopback sockets, mise runs the health check, systemctl and docker restart the agent",
    faults: &fault::ROWS,
    programs: &["mise", "sudo", "systemctl", "docker"],
    start,
};

fn start(begin: &Begin) -> io::Result<Box<dyn Simulation>> {
    let mut running = Running::begin(begin, World::new);
    let agent = running.serve(World::agent_way, http::agent(Arc::clone(&running.stage)))?;
    let workspace = running.serve(World::workspace_way, http::workspace())?;
    running.database(World::database_way)?;
    running.urls(&[("agent_url", agent, ""), ("workspace_url", workspace, "")]);
    running.var("project_dir", world::PROJECT);
    running.var("agent_service", world::AGENT);
    running.var("agent_token", http::TOKEN);
    running.var("mise", begin.programs.join("mise").to_string_lossy());
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
        World::command(self, argv)
    }
}
