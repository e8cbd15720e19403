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
    /// A job of the database is switched off.
    CronOff,
}

/// A trouble. The names are stable: they are typed on the command line and in tests.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    row: Row,
    /// What does not work.
    pub(super) broken: Broken,
    /// Query, column, what stands there: a truth is 1.
    pub(super) tells: &'static [(&'static str, &'static str, i32)],
}

const fn broken(row: Row, broken: Broken) -> Fault {
    Fault { row, broken, tells: &[] }
}

const fn told(row: Row, tells: &'static [(&'static str, &'static str, i32)]) -> Fault {
    Fault { row, broken: Broken::Nothing, tells }
}

/// A fault that has a runbook, and that something ends that can be run on the simulated machine.
const fn mended(name: &'static str, title: &'static str, runbook: &'static str) -> Row {
    Row::new(name, title).led_by(runbook)
}

/// A fault that has a runbook, and that nothing ends that can be run on the simulated machine: it passes.
const fn led(name: &'static str, title: &'static str, runbook: &'static str) -> Row {
    Row::new(name, title).led_by(runbook).passing()
}

/// Every fault; `none` first, then in the order of the index of runbooks.
pub(super) static ALL: [Fault; 29] = [
    told(Row::new(NONE, "All is well"), &[]),
    broken(mended("agent-down", "The agent refuses connections", "incident-response"), Broken::Agent),
    broken(mended("agent-broken", "The agent answers with errors", "incident-response"), Broken::AgentAnswers),
    broken(led("workspace-down", "The workspace refuses connections", "incident-response"), Broken::Workspace),
    broken(
        led("health-check-failed", "The project's own health check fails", "incident-response"),
        Broken::HealthCheck,
    ),
    broken(
        Row::new("no-health-check", "The project has no task health-check, as it is deployed"),
        Broken::HealthCheckTask,
    ),
    told(
        led("missions-failing", "Fewer missions are completed", "incident-response"),
        &[("missions", "completed", 31), ("missions", "blocked", 9)],
    ),
    told(led("bad-release", "Errors since the last release", "rollback-procedure"), &[("telemetry", "errors", 71)]),
    told(
        led("safeguard-breach", "A safeguard raised a critical alert", "data-breach-response"),
        &[("telemetry", "critical_alerts_day", 1)],
    ),
    told(led("oauth-expired", "OAuth tokens have expired", "oauth-token-rotation"), &[("connections", "expired", 3)]),
    told(
        led("oauth-failing", "Connect Links fail", "oauth-connection-failure"),
        &[("connections", "failed_day", 2), ("connections", "stuck", 4)],
    ),
    told(
        led("row-security", "Row security refuses writes", "rls-policy-debugging"),
        &[("row-security", "refused_hour", 17)],
    ),
    told(
        led("row-security-off", "A table lost its row security", "rls-policy-debugging"),
        &[("row-security", "unprotected", 1)],
    ),
    told(
        mended("heartbeat-late", "SSE heartbeats come late", "heartbeat-failure-recovery"),
        &[("heartbeats", "lag_p95_ms", 9_300)],
    ),
    told(
        led("inspection-timeouts", "Inspections time out", "inspection-timeout"),
        &[("inspections", "failed", 5), ("inspections", "timed_out", 4)],
    ),
    told(led("undo-failures", "Undo plans fail", "undo-failure-handling"), &[("undo", "failed", 2)]),
    told(
        led("composio-rate-limits", "Composio answers 429", "rate-limit-mitigation"),
        &[("composio", "rate_limited", 19)],
    ),
    broken(led("database-down", "The database refuses connections", "supabase-backup-restore"), Broken::Database),
    told(
        led("backup-archiving", "The database's log is not archived", "supabase-backup-restore"),
        &[("database", "archiving_fails", 1)],
    ),
    told(
        led("evidence-corrupt", "Hashes of evidence do not verify", "evidence-bundle-corruption"),
        &[("evidence", "hash_failures", 1)],
    ),
    told(
        led("embeddings-missing", "Entries of the library have no embedding", "library-embedding-degradation"),
        &[("library", "without_embedding", 17)],
    ),
    told(led("composio-outage", "Composio does not answer", "composio-api-outage"), &[("composio", "outages", 61)]),
    told(
        led("several-tabs", "Sessions are open in several tabs", "copilotkit-session-recovery"),
        &[("streams", "in_several_tabs", 3)],
    ),
    told(
        mended("streams-abandoned", "Streams stay open that nobody watches", "copilotkit-session-recovery"),
        &[("streams", "abandoned", 6)],
    ),
    told(
        led("gemini-quota", "Gemini refuses for its quota", "gemini-api-quota-exhaustion"),
        &[("telemetry", "quota_hour", 12)],
    ),
    told(
        mended("telemetry-stall", "No telemetry arrives", "telemetry-ingestion-stall"),
        &[("telemetry", "last_s", 2_400), ("telemetry", "events", 0), ("telemetry", "errors", 0)],
    ),
    broken(led("cron-failed", "The refresh of the analytics views failed", "dashboard-metric-anomalies"), Broken::Cron),
    broken(
        mended("cron-off", "The refresh of the analytics views is switched off", "dashboard-metric-anomalies"),
        Broken::CronOff,
    ),
    told(
        led("alert-flood", "More alerts than anybody reads", "alert-fatigue-reduction"),
        &[("telemetry", "alerts_day", 190)],
    ),
];

/// The row of each.
pub(super) static ROWS: [Row; ALL.len()] = {
    let mut rows = [Row::new("", ""); ALL.len()];
    let mut at = 0;
    while at < rows.len() {
        rows[at] = ALL[at].row;
        at += 1;
    }
    rows
};

impl Fault {
    /// Its stable name.
    pub(super) fn name(&self) -> &'static str {
        self.row.name
    }

    /// The one of this name; all is well where there is none.
    pub(super) fn named(name: &str) -> &'static Self {
        ALL.iter().find(|fault| fault.row.name == name).unwrap_or(&ALL[0])
    }
}
