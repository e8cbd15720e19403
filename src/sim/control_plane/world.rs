//! The simulated Control Plane as a pure state machine. No sockets, no clock.

use std::time::Duration;

use jiff::Timestamp;

use super::fault::Fault;
use crate::sim::door::Way;
use crate::sim::remote::Ran;

/// The folder of the simulated project.
pub(super) const PROJECT: &str = "/srv/control-plane";

/// The whole simulated system: nothing in it moves by itself.
#[derive(Debug)]
pub(super) struct World {
    fault: Fault,
}

impl World {
    /// A healthy world.
    pub(super) fn new(_start: Timestamp, _seed: u64) -> Self {
        Self { fault: Fault::None }
    }

    /// Time alone changes nothing.
    #[expect(clippy::unused_self, reason = "as every world has it")]
    pub(super) fn advance(&mut self, _to: Duration) {}

    /// The fault that is on.
    pub(super) fn fault(&self) -> Fault {
        self.fault
    }

    /// Puts a fault on in place of the one before; [`Fault::None`] only heals.
    pub(super) fn set_fault(&mut self, fault: Fault) {
        self.fault = fault;
    }

    /// `mise -C FOLDER run TASK`, and nothing else.
    pub(super) fn command(&self, argv: &[&str]) -> Option<Ran> {
        let ["mise", "-C", folder, "run", task] = argv else { return None };
        if *folder != PROJECT {
            return Some(Ran::refused(1, format!("mise ERROR {folder}: No such file or directory")));
        }
        Some(match (*task, self.fault) {
            ("health-check", Fault::NoHealthCheck) => Ran::refused(1, "mise ERROR no task health-check found"),
            ("health-check", Fault::HealthCheckFailed | Fault::AgentDown | Fault::AgentBroken) => Ran {
                code: 1,
                out: "agent: failed\nworkspace: ok\nsupabase: ok".to_owned(),
                err: "[health-check] ERROR task failed".to_owned(),
            },
            ("health-check", Fault::WorkspaceDown) => Ran {
                code: 1,
                out: "agent: ok\nworkspace: failed\nsupabase: ok".to_owned(),
                err: "[health-check] ERROR task failed".to_owned(),
            },
            ("health-check", Fault::None) => Ran::said("agent: ok\nworkspace: ok\nsupabase: ok"),
            (other, _) => Ran::refused(1, format!("mise ERROR no task {other} found")),
        })
    }

    /// How the agent's port behaves.
    pub(super) fn agent_way(&self) -> Way {
        if self.fault == Fault::AgentDown { Way::Shut } else { Way::Open }
    }

    /// How the workspace's port behaves.
    pub(super) fn workspace_way(&self) -> Way {
        if self.fault == Fault::WorkspaceDown { Way::Shut } else { Way::Open }
    }
}
