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

/// The row of each, in the order of the runbook; `none` first.
pub(crate) static ROWS: [Row; Fault::ALL.len()] = {
    let mut rows = [Row::new("", ""); Fault::ALL.len()];
    let mut at = 0;
    while at < rows.len() {
        rows[at] = Fault::ALL[at].row();
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

    /// Name, one line for a menu, and what a drill has to know.
    const fn row(self) -> Row {
        match self {
            Self::None => Row::new("none", "All is well"),
            Self::WorkerCrash => {
                Row::new("worker-crash", "3a  The worker is killed while it works").led_by("worker-crash")
            }
            Self::RedisDown => Row::new("redis-down", "3b  Redis refuses connections").led_by("redis-down"),
            Self::SupabaseOutage => {
                Row::new("supabase-outage", "3c  Supabase does not answer").led_by("supabase-outage").passing()
            }
            Self::E2bTimeout => Row::new("e2b-timeout", "3d  E2B sandboxes time out").led_by("e2b-timeout"),
            Self::WalBacklog => {
                Row::new("wal-backlog", "3e  More comes into the WAL than the worker can do").led_by("wal-backlog")
            }
            Self::MemoryPressure => {
                Row::new("memory-pressure", "3f  The worker's memory climbs over its limit").led_by("memory-pressure")
            }
            Self::SlackWebhookFailure => {
                Row::new("slack-webhook-failure", "3g  The Slack webhook is gone").led_by("slack-webhook-failure")
            }
            Self::AnthropicApiFailure => {
                Row::new("anthropic-api-failure", "3h  Anthropic refuses the API key").led_by("anthropic-api-failure")
            }
            Self::MemoryWarning => {
                Row::new("memory-warning", "The worker's memory stays above the warning line").led_by("memory-pressure")
            }
            Self::OrphanScheduler => {
                Row::new("orphan-scheduler", "Only the worker's main process is killed, its scheduler lives on")
                    .led_by("worker-crash")
            }
            Self::ApiDown => Row::new("api-down", "The API refuses connections"),
            Self::Flapping => {
                Row::new("flapping", "The worker crashes and comes back, again and again").led_by("worker-crash")
            }
            Self::RestartWithoutEffect => {
                Row::new("restart-without-effect", "The worker is down, and restarting it has no effect")
                    .led_by("worker-crash")
                    .passing()
            }
        }
    }

    /// Its stable name.
    pub(crate) const fn name(self) -> &'static str {
        self.row().name
    }

    /// The one of this name; all is well where there is none.
    pub(crate) fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|fault| fault.name() == name).unwrap_or_default()
    }
}
