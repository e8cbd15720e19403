//! The troubles that the simulated Control Plane can have, by name.

use crate::sim::kind::Fault as Row;

/// A trouble. The names are stable: they are typed on the command line and in tests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Fault {
    /// All is well.
    #[default]
    None,
    /// The agent refuses connections.
    AgentDown,
    /// The agent's process lives and answers with errors.
    AgentBroken,
    /// The workspace refuses connections.
    WorkspaceDown,
    /// The project's own checks fail.
    HealthCheckFailed,
    /// There is no such task, as in the deployed project.
    NoHealthCheck,
}

/// Name and title of each; `none` first.
pub(super) static ROWS: [Row; Fault::ALL.len()] = {
    let mut rows = [Row { name: "", title: "" }; Fault::ALL.len()];
    let mut at = 0;
    while at < rows.len() {
        rows[at] = Fault::ALL[at].row();
        at += 1;
    }
    rows
};

impl Fault {
    /// Every fault; `None` first.
    pub(super) const ALL: [Self; 6] = [
        Self::None,
        Self::AgentDown,
        Self::AgentBroken,
        Self::WorkspaceDown,
        Self::HealthCheckFailed,
        Self::NoHealthCheck,
    ];

    /// Name, and one line for a menu.
    const fn row(self) -> Row {
        let (name, title) = match self {
            Self::None => ("none", "All is well"),
            Self::AgentDown => ("agent-down", "The agent refuses connections"),
            Self::AgentBroken => ("agent-broken", "The agent answers with errors"),
            Self::WorkspaceDown => ("workspace-down", "The workspace refuses connections"),
            Self::HealthCheckFailed => ("health-check-failed", "The project's own health check fails"),
            Self::NoHealthCheck => ("no-health-check", "The project has no task health-check, as it is deployed"),
        };
        Row { name, title }
    }

    /// Its stable name.
    pub(super) const fn name(self) -> &'static str {
        self.row().name
    }

    /// The one of this name; all is well where there is none.
    pub(super) fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|fault| fault.name() == name).unwrap_or_default()
    }
}
