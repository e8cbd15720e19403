//! What each fault does to the world, as one table. Sudden deaths (a killed worker, a closed port) are in the world
//! itself; here is what lasts.

use super::super::fault::Fault;

/// Why a job fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The database cannot be reached.
    DatabaseDown,
    /// The database answers too late.
    DatabaseSlow,
    /// The language model refuses the key.
    ModelRefused,
    /// The sandbox does not come up in time.
    SandboxTimeout,
    /// The webhook does not exist any more.
    WebhookGone,
    /// The operating system kills the work-horse.
    Killed,
}

impl Failure {
    /// The last line of the traceback.
    pub(crate) fn line(self) -> &'static str {
        match self {
            Self::DatabaseDown => "httpx.ConnectError: [Errno 111] Connection refused",
            Self::DatabaseSlow => {
                "postgrest.exceptions.APIError: {'code': '57014', 'message': 'canceling statement due to statement timeout'}"
            }
            Self::ModelRefused => {
                "anthropic.AuthenticationError: Error code: 401 - {'type': 'error', 'error': {'type': \
                 'authentication_error', 'message': 'invalid x-api-key'}}"
            }
            Self::SandboxTimeout => "TimeoutError: E2B sandbox execution timed out after 30 seconds",
            Self::WebhookGone => "RuntimeError: Slack webhook POST failed: 404 no_service",
            Self::Killed => "Work-horse terminated unexpectedly; waitpid returned 9 (signal 9); ",
        }
    }

    /// The exception as rq stores it.
    pub(crate) fn traceback(self, function: &str) -> String {
        let last = self.line();
        if self == Self::Killed {
            return last.to_owned();
        }
        format!(
            "Traceback (most recent call last):\n  File \"/usr/local/lib/python3.11/site-packages/rq/worker/base.py\", \
             line 1671, in perform_job\n    return_value = job.perform()\n  File \
             \"/app/backend/worker/jobs.py\", line 214, in {function}\n    result = _run(payload)\n{last}\n"
        )
    }
}

/// What lasts while a fault is on.
#[derive(Debug, Clone)]
pub(crate) struct Effects {
    /// WAL entries a minute.
    pub(crate) arrivals_per_min: f64,
    /// How long one takes the worker, in seconds.
    pub(crate) wal_takes: (u64, u64),
    /// Why and how often (0 to 1) one fails.
    pub(crate) wal_failure: Option<(Failure, f64)>,
    /// Megabytes a second that the worker's memory grows.
    pub(crate) leak_mb_per_s: f64,
    /// Megabytes at which it stops growing.
    pub(crate) leak_until_mb: f64,
    /// The database answers.
    pub(crate) supabase: bool,
    /// Sandboxes come up.
    pub(crate) e2b: bool,
    /// The webhook exists.
    pub(crate) slack: bool,
    /// The language model accepts the key.
    pub(crate) anthropic: bool,
    /// The task that somebody keeps asking for, and how many seconds apart: what shows a failing service.
    pub(crate) asked_for: Option<(&'static str, u64)>,
    /// Seconds up and seconds down of a crash loop.
    pub(crate) crash_loop: Option<(u64, u64)>,
}

/// All is well.
const WELL: Effects = Effects {
    arrivals_per_min: 14.0,
    wal_takes: (1, 3),
    wal_failure: None,
    leak_mb_per_s: 0.0,
    leak_until_mb: 0.0,
    supabase: true,
    e2b: true,
    slack: true,
    anthropic: true,
    asked_for: None,
    crash_loop: None,
};

/// The lasting effects of a fault.
pub(crate) fn effects(fault: Fault) -> Effects {
    match fault {
        Fault::None
        | Fault::WorkerCrash
        | Fault::RedisDown
        | Fault::OrphanScheduler
        | Fault::ApiDown
        | Fault::RestartWithoutEffect => WELL,
        Fault::SupabaseOutage => {
            Effects { supabase: false, wal_takes: (7, 8), wal_failure: Some((Failure::DatabaseDown, 1.0)), ..WELL }
        }
        Fault::E2bTimeout => Effects { e2b: false, asked_for: Some(("skill_generation", 180)), ..WELL },
        Fault::WalBacklog => Effects {
            arrivals_per_min: 20.0,
            wal_takes: (9, 14),
            wal_failure: Some((Failure::DatabaseSlow, 0.12)),
            ..WELL
        },
        Fault::MemoryPressure => Effects {
            leak_mb_per_s: 6.0,
            leak_until_mb: 2180.0,
            wal_takes: (2, 6),
            wal_failure: Some((Failure::Killed, 0.1)),
            ..WELL
        },
        Fault::MemoryWarning => Effects { leak_mb_per_s: 5.0, leak_until_mb: 1645.0, ..WELL },
        Fault::SlackWebhookFailure => Effects { slack: false, asked_for: Some(("weekly_digest", 300)), ..WELL },
        Fault::AnthropicApiFailure => Effects {
            anthropic: false,
            wal_failure: Some((Failure::ModelRefused, 0.8)),
            asked_for: Some(("skill_generation", 240)),
            ..WELL
        },
        Fault::Flapping => Effects { crash_loop: Some((25, 20)), ..WELL },
    }
}
