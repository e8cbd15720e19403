//! The simulated Control Plane as a pure state machine. No sockets, no clock.

use std::time::Duration;

use jiff::Timestamp;

use super::fault::{Broken, Fault};
use crate::sim::door::Way;
use crate::sim::kind::NONE;
use crate::sim::remote::Ran;

/// The folder of the simulated project.
pub(super) const PROJECT: &str = "/srv/control-plane";

/// The agent, by the name of what supervises it.
pub(super) const AGENT: &str = "control-plane-agent";
/// What a restart of the agent ends.
const BY_RESTART: [&str; 4] = ["agent-down", "agent-broken", "heartbeat-late", "telemetry-stall"];

/// The whole simulated system: nothing in it moves by itself but the time.
#[derive(Debug)]
pub(super) struct World {
    start: Timestamp,
    played: Duration,
    fault: &'static Fault,
}

impl World {
    /// A healthy world that begins at a wall time.
    pub(super) fn new(start: Timestamp, _seed: u64) -> Self {
        Self { start, played: Duration::ZERO, fault: Fault::named(NONE) }
    }

    /// Plays the world up to so long after its start.
    pub(super) fn advance(&mut self, to: Duration) {
        self.played = self.played.max(to);
    }

    /// The wall time, in Unix seconds.
    pub(super) fn now_s(&self) -> i64 {
        self.start.as_second().saturating_add(i64::try_from(self.played.as_secs()).unwrap_or(i64::MAX))
    }

    /// The fault that is on.
    pub(super) fn fault(&self) -> &'static Fault {
        self.fault
    }

    /// Puts a fault on in place of the one before; `none` only heals.
    pub(super) fn set_fault(&mut self, fault: &'static Fault) {
        self.fault = fault;
    }

    /// Ends the fault that is on, where it is one of these.
    pub(super) fn ends(&mut self, names: &[&str]) {
        if names.contains(&self.fault.name()) {
            self.fault = Fault::named(NONE);
        }
    }

    /// Runs a command line; nothing when it is about no part of this system.
    pub(super) fn command(&mut self, argv: &[&str]) -> Option<Ran> {
        match argv {
            ["sudo", "-n", rest @ ..] if !rest.is_empty() => self.command(rest),
            ["systemctl" | "docker", "restart", AGENT] => {
                self.ends(&BY_RESTART);
                Some(Ran::said(if argv[0] == "docker" { AGENT } else { "" }))
            }
            ["mise", "-C", folder, "run", task] => Some(self.task(folder, task)),
            _ => None,
        }
    }

    fn task(&self, folder: &str, task: &str) -> Ran {
        if folder != PROJECT {
            return Ran::refused(1, format!("mise ERROR {folder}: No such file or directory"));
        }
        let is_there = task == "health-check" && self.fault.broken != Broken::HealthCheckTask;
        if is_there { self.health_check() } else { Ran::refused(1, format!("mise ERROR no task {task} found")) }
    }

    fn health_check(&self) -> Ran {
        let broken = self.fault.broken;
        let word = |fails: bool| if fails { "failed" } else { "ok" };
        let agent = matches!(broken, Broken::Agent | Broken::AgentAnswers | Broken::HealthCheck);
        let (workspace, database) = (broken == Broken::Workspace, broken == Broken::Database);
        let out = format!("agent: {}\nworkspace: {}\nsupabase: {}", word(agent), word(workspace), word(database));
        if agent || workspace || database {
            return Ran { code: 1, out, err: "[health-check] ERROR task failed".to_owned() };
        }
        Ran::said(out)
    }

    /// How the agent's port behaves.
    pub(super) fn agent_way(&self) -> Way {
        self.unless(Broken::Agent)
    }

    /// How the workspace's port behaves.
    pub(super) fn workspace_way(&self) -> Way {
        self.unless(Broken::Workspace)
    }

    /// How the database's port behaves.
    pub(super) fn database_way(&self) -> Way {
        self.unless(Broken::Database)
    }

    fn unless(&self, broken: Broken) -> Way {
        if self.fault.broken == broken { Way::Shut } else { Way::Open }
    }
}
