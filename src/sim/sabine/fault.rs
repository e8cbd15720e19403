//! The troubles that the simulated system can have, by name.
//!
//! What each of them does to the world is in `world::effects`.

use crate::sim::kind::Fault as Row;

/// A trouble. The names are stable: they are typed on the command line and in tests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) enum Fault {
    /// All is well.
    #[default]
    None,
    /// 3a: the worker and its children are killed while a job runs.
    WorkerCrash,
    /// 3b: Redis refuses connections.
    RedisDown,
    /// 3c: the database behind the API does not answer.
    SupabaseOutage,
    /// 3d: sandboxes time out.
    E2bTimeout,
    /// 3e: the worker lives, but more comes in than it can do.
    WalBacklog,
    /// 3f: the worker's memory climbs over its limit, work-horses are killed.
    MemoryPressure,
    /// 3g: the Slack webhook is gone.
    SlackWebhookFailure,
    /// 3h: the language model's key is refused.
    AnthropicApiFailure,
    /// The worker's memory stays between warning and limit.
    MemoryWarning,
    /// Only the worker's main process was killed: its scheduler holds the port and answers nothing.
    OrphanScheduler,
    /// The API refuses connections.
    ApiDown,
    /// The worker crashes and comes back, again and again.
    Flapping,
    /// The worker is killed, and the command that restarts it succeeds and starts nothing.
    RestartWithoutEffect,
}

/// Name and title of each, in the order of the runbook; `none` first.
pub(crate) static ROWS: [Row; Fault::ALL.len()] = {
    let mut rows = [Row { name: "", title: "" }; Fault::ALL.len()];
    let mut at = 0;
    while at < rows.len() {
        let fault = Fault::ALL[at];
        rows[at] = Row { name: fault.name(), title: fault.title() };
        at += 1;
    }
    rows
};

impl Fault {
    /// Every fault, in the order of the runbook; `None` first.
    pub(crate) const ALL: [Self; 14] = [
        Self::None,
        Self::WorkerCrash,
        Self::RedisDown,
        Self::SupabaseOutage,
        Self::E2bTimeout,
        Self::WalBacklog,
        Self::MemoryPressure,
        Self::SlackWebhookFailure,
        Self::AnthropicApiFailure,
        Self::MemoryWarning,
        Self::OrphanScheduler,
        Self::ApiDown,
        Self::Flapping,
        Self::RestartWithoutEffect,
    ];

    /// Its stable name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::WorkerCrash => "worker-crash",
            Self::RedisDown => "redis-down",
            Self::SupabaseOutage => "supabase-outage",
            Self::E2bTimeout => "e2b-timeout",
            Self::WalBacklog => "wal-backlog",
            Self::MemoryPressure => "memory-pressure",
            Self::SlackWebhookFailure => "slack-webhook-failure",
            Self::AnthropicApiFailure => "anthropic-api-failure",
            Self::MemoryWarning => "memory-warning",
            Self::OrphanScheduler => "orphan-scheduler",
            Self::ApiDown => "api-down",
            Self::Flapping => "flapping",
            Self::RestartWithoutEffect => "restart-without-effect",
        }
    }

    /// One line for a menu.
    const fn title(self) -> &'static str {
        match self {
            Self::None => "All is well",
            Self::WorkerCrash => "3a  The worker is killed while it works",
            Self::RedisDown => "3b  Redis refuses connections",
            Self::SupabaseOutage => "3c  Supabase does not answer",
            Self::E2bTimeout => "3d  E2B sandboxes time out",
            Self::WalBacklog => "3e  More comes into the WAL than the worker can do",
            Self::MemoryPressure => "3f  The worker's memory climbs over its limit",
            Self::SlackWebhookFailure => "3g  The Slack webhook is gone",
            Self::AnthropicApiFailure => "3h  Anthropic refuses the API key",
            Self::MemoryWarning => "The worker's memory stays above the warning line",
            Self::OrphanScheduler => "Only the worker's main process is killed, its scheduler lives on",
            Self::ApiDown => "The API refuses connections",
            Self::Flapping => "The worker crashes and comes back, again and again",
            Self::RestartWithoutEffect => "The worker is down, and restarting it has no effect",
        }
    }

    /// The one of this name; all is well where there is none.
    pub(crate) fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|fault| fault.name() == name).unwrap_or_default()
    }
}
