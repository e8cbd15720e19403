//! The troubles that the simulated Chat API can have, by name, and what lasts while one is on.

use crate::sim::kind::Fault as Row;

/// A trouble. The names are stable: they are typed on the command line and in tests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Fault {
    /// All is well.
    #[default]
    None,
    /// High error rate in Claude API: the provider has an outage.
    ClaudeErrors,
    /// The same after a deploy with a bad prompt: a rollback ends it.
    BadDeploy,
    /// Database connection failures: Supabase does not answer.
    SupabaseDown,
    /// The same by an exhausted pool: a restart ends it.
    PoolExhausted,
    /// High latency: the model is slow. Another model ends it.
    HighLatency,
    /// Messages are slow, and yet not above ten seconds.
    SlowMessages,
    /// A service behind a function is gone.
    MapperDown,
    /// The same.
    CalendarDown,
    /// The same.
    IngestorDown,
    /// More streams than the warning line.
    SseWarning,
    /// As many streams as an instance holds.
    SseCritical,
    /// The service refuses connections.
    ApiDown,
    /// A deploy that does not build.
    DeployFailed,
    /// Rate limit complaints: users are at their limit after a few messages with tools.
    RateLimits,
    /// More is spent than on other days.
    DailySpend,
    /// The kill switch is on.
    ChatDisabled,
}

/// The row of each, in the order of the runbook; `none` first.
pub(super) static ROWS: [Row; Fault::ALL.len()] = {
    let mut rows = [Row::new("", ""); Fault::ALL.len()];
    let mut at = 0;
    while at < rows.len() {
        rows[at] = Fault::ALL[at].row();
        at += 1;
    }
    rows
};

impl Fault {
    /// Every fault; `None` first.
    pub(super) const ALL: [Self; 17] = [
        Self::None,
        Self::ClaudeErrors,
        Self::BadDeploy,
        Self::SupabaseDown,
        Self::PoolExhausted,
        Self::HighLatency,
        Self::SlowMessages,
        Self::MapperDown,
        Self::CalendarDown,
        Self::IngestorDown,
        Self::SseWarning,
        Self::SseCritical,
        Self::ApiDown,
        Self::DeployFailed,
        Self::RateLimits,
        Self::DailySpend,
        Self::ChatDisabled,
    ];

    /// Name, one line for a menu, and what a drill has to know.
    const fn row(self) -> Row {
        match self {
            Self::None => Row::new("none", "All is well"),
            Self::ClaudeErrors => Row::new("claude-errors", "High error rate: Anthropic has an outage")
                .led_by("high-error-rate-in-claude-api")
                .passing(),
            Self::BadDeploy => Row::new("bad-deploy", "High error rate: the last deploy brought a bad prompt")
                .led_by("high-error-rate-in-claude-api"),
            Self::SupabaseDown => Row::new("supabase-down", "Database connection failures: Supabase does not answer")
                .led_by("database-connection-failures")
                .passing(),
            Self::PoolExhausted => Row::new("pool-exhausted", "Database connection failures: the pool is exhausted")
                .led_by("database-connection-failures"),
            Self::HighLatency => Row::new("high-latency", "High latency: the model is slow").led_by("high-latency"),
            Self::SlowMessages => {
                Row::new("slow-messages", "A typical message takes more than five seconds").led_by("high-latency")
            }
            Self::MapperDown => {
                Row::new("mapper-down", "mapper-api refuses connections").led_by("high-latency").passing()
            }
            Self::CalendarDown => {
                Row::new("calendar-down", "calendar-api refuses connections").led_by("high-latency").passing()
            }
            Self::IngestorDown => {
                Row::new("ingestor-down", "workout-ingestor-api refuses connections").led_by("high-latency").passing()
            }
            Self::SseWarning => Row::new("sse-warning", "More than 150 SSE connections").led_by("high-latency"),
            Self::SseCritical => Row::new("sse-critical", "More than 200 SSE connections").led_by("high-latency"),
            Self::ApiDown => Row::new("api-down", "The Chat API refuses connections").led_by("deployment"),
            Self::DeployFailed => Row::new("deploy-failed", "The latest deploy does not build").led_by("deployment"),
            Self::RateLimits => {
                Row::new("rate-limits", "Rate limit complaints: users reach their limit after a few messages")
                    .led_by("rate-limit-complaints")
                    .passing()
            }
            Self::DailySpend => Row::new("daily-spend", "More is spent today than the alert allows"),
            Self::ChatDisabled => {
                Row::new("chat-disabled", "Chat is off for everybody: the flag chat_enabled is false")
            }
        }
    }

    /// Its stable name.
    pub(super) const fn name(self) -> &'static str {
        self.row().name
    }

    /// The one of this name; all is well where there is none.
    pub(super) fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|fault| fault.name() == name).unwrap_or_default()
    }

    /// The share of messages that the model answers with an error.
    pub(super) const fn error_share(self) -> f64 {
        match self {
            Self::ClaudeErrors => 0.6,
            Self::BadDeploy => 0.35,
            _ => 0.01,
        }
    }

    /// The share of messages done within each of [`super::traffic::BOUNDS`].
    pub(super) const fn speed(self) -> [f64; 6] {
        match self {
            Self::HighLatency => [0.0, 0.01, 0.05, 0.15, 0.3, 0.5],
            Self::SlowMessages => [0.0, 0.01, 0.03, 0.08, 0.6, 0.99],
            _ => [0.02, 0.2, 0.7, 0.96, 0.985, 0.995],
        }
    }

    /// Streams that are open.
    pub(super) const fn streams(self) -> u32 {
        match self {
            Self::SseWarning => 163,
            Self::SseCritical => 212,
            Self::HighLatency => 71,
            _ => 24,
        }
    }

    /// The database answers the service.
    pub(super) const fn has_database(self) -> bool {
        !matches!(self, Self::SupabaseDown | Self::PoolExhausted)
    }
}
