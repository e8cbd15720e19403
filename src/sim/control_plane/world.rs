//! The simulated Control Plane as a pure state machine. No sockets, no clock.

use std::time::Duration;

use jiff::Timestamp;

use super::fault::{Broken, Fault};
use crate::sim::door::Way;
use crate::sim::kind::NONE;
use crate::sim::remote::Ran;

/// The folder of the simulated project.
pub(super) const PROJECT: &str = "/srv/control-plane";

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

    /// `mise -C FOLDER run TASK`, and nothing else.
    pub(super) fn command(&self, argv: &[&str]) -> Option<Ran> {
        let ["mise", "-C", folder, "run", task] = argv else { return None };
        if *folder != PROJECT {
            return Some(Ran::refused(1, format!("mise ERROR {folder}: No such file or directory")));
        }
        let is_there = *task == "health-check" && self.fault.broken != Broken::HealthCheckTask;
        Some(if is_there { self.health_check() } else { Ran::refused(1, format!("mise ERROR no task {task} found")) })
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
