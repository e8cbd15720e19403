//! The troubles that the simulated Control Plane can have, by name: which part is broken, or which cell of which query says
//! something else than on a quiet day.

use crate::sim::kind::{Fault as Row, NONE};

/// What of the system does not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// Nothing: only the numbers differ.
    Nothing,
    /// The agent refuses connections.
    Agent,
    /// The agent answers with errors.
    AgentAnswers,
    /// The workspace refuses connections.
    Workspace,
    /// The project's own checks fail.
    HealthCheck,
    /// There is no such task, as in the deployed project.
    HealthCheckTask,
    /// The database refuses connections.
    Database,
    /// A job of the database failed.
    Cron,
}

/// A trouble. The names are stable: they are typed on the command line and in tests.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    name: &'static str,
    title: &'static str,
    /// What does not work.
    pub(super) broken: Broken,
    /// Query, column, what stands there: a truth is 1.
    pub(super) tells: &'static [(&'static str, &'static str, i32)],
}

const fn broken(name: &'static str, title: &'static str, broken: Broken) -> Fault {
    Fault { name, title, broken, tells: &[] }
}

const fn told(name: &'static str, title: &'static str, tells: &'static [(&'static str, &'static str, i32)]) -> Fault {
    Fault { name, title, broken: Broken::Nothing, tells }
}

/// Every fault; `none` first, then in the order of the index of runbooks.
pub(super) static ALL: [Fault; 27] = [
    told(NONE, "All is well", &[]),
    broken("agent-down", "The agent refuses connections", Broken::Agent),
    broken("agent-broken", "The agent answers with errors", Broken::AgentAnswers),
    broken("workspace-down", "The workspace refuses connections", Broken::Workspace),
    broken("health-check-failed", "The project's own health check fails", Broken::HealthCheck),
    broken("no-health-check", "The project has no task health-check, as it is deployed", Broken::HealthCheckTask),
    told(
        "missions-failing",
        "Fewer missions are completed",
        &[("missions", "completed", 31), ("missions", "blocked", 9)],
    ),
    told("bad-release", "Errors since the last release", &[("telemetry", "errors", 71)]),
    told("safeguard-breach", "A safeguard raised a critical alert", &[("telemetry", "critical_alerts_day", 1)]),
    told("oauth-expired", "OAuth tokens have expired", &[("connections", "expired", 3)]),
    told("oauth-failing", "Connect Links fail", &[("connections", "failed_day", 2), ("connections", "stuck", 4)]),
    told("row-security", "Row security refuses writes", &[("row-security", "refused_hour", 17)]),
    told("row-security-off", "A table lost its row security", &[("row-security", "unprotected", 1)]),
    told("heartbeat-late", "SSE heartbeats come late", &[("heartbeats", "lag_p95_ms", 9_300)]),
    told(
        "inspection-timeouts",
        "Inspections time out",
        &[("inspections", "failed", 5), ("inspections", "timed_out", 4)],
    ),
    told("undo-failures", "Undo plans fail", &[("undo", "failed", 2)]),
    told("composio-rate-limits", "Composio answers 429", &[("composio", "rate_limited", 19)]),
    broken("database-down", "The database refuses connections", Broken::Database),
    told("backup-archiving", "The database's log is not archived", &[("database", "archiving_fails", 1)]),
    told("evidence-corrupt", "Hashes of evidence do not verify", &[("evidence", "hash_failures", 1)]),
    told("embeddings-missing", "Entries of the library have no embedding", &[("library", "without_embedding", 17)]),
    told("composio-outage", "Composio does not answer", &[("composio", "outages", 61)]),
    told("several-tabs", "Sessions are open in several tabs", &[("streams", "in_several_tabs", 3)]),
    told("gemini-quota", "Gemini refuses for its quota", &[("telemetry", "quota_hour", 12)]),
    told(
        "telemetry-stall",
        "No telemetry arrives",
        &[("telemetry", "last_s", 2_400), ("telemetry", "events", 0), ("telemetry", "errors", 0)],
    ),
    broken("cron-failed", "The refresh of the analytics views failed", Broken::Cron),
    told("alert-flood", "More alerts than anybody reads", &[("telemetry", "alerts_day", 190)]),
];

/// Name and title of each.
pub(super) static ROWS: [Row; ALL.len()] = {
    let mut rows = [Row { name: "", title: "" }; ALL.len()];
    let mut at = 0;
    while at < rows.len() {
        rows[at] = Row { name: ALL[at].name, title: ALL[at].title };
        at += 1;
    }
    rows
};

impl Fault {
    /// Its stable name.
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// The one of this name; all is well where there is none.
    pub(super) fn named(name: &str) -> &'static Self {
        ALL.iter().find(|fault| fault.name == name).unwrap_or(&ALL[0])
    }
}
