//! The `rq` probe: queues, registries, workers and schedule of Python's rq, read natively from Redis.
//!
//! Read commands only: no registry cleaning, no `KEYS`, no Lua; payloads are never unpickled. Key layout and liveness
//! rules: rq 1.16 to 3.0.

use std::time::Duration;

use serde::Deserialize;

use crate::base::{Redactor, Shown, Template, Variables};
use crate::probe::{Answer, ProbeError};

/// What expressions may read of an answer: its own signals.
pub const FACTS: &[&str] = SIGNALS;

/// `probe.rq = { url = "${redis_url}", queues = ["default"] }`
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RqProbe {
    /// `redis://[user:password@]host:port/db` or `rediss://…`.
    pub url: Template,
    /// Queues to watch; left out: all that `rq:queues` names.
    #[serde(default)]
    pub queues: Vec<String>,
    /// Key prefix (`RQ_KEY_PREFIX` of rq 3.0).
    #[serde(default = "default_prefix")]
    pub prefix: String,
}

fn default_prefix() -> String {
    "rq".to_owned()
}

/// One poll of rq.
#[derive(Clone, Debug, Default)]
pub struct RqSnapshot {
    /// In the order of their names.
    pub queues: Vec<QueueFacts>,
    /// In the order of their names; ghosts included.
    pub workers: Vec<WorkerFacts>,
    /// True when `rq:suspended` is set.
    pub suspended: bool,
    /// Jobs waiting in rq's scheduled registries, soonest first, at most 200.
    pub scheduled: Vec<ScheduledJob>,
    /// The newest failed jobs, at most 20, newest first.
    pub failed_jobs: Vec<FailedJob>,
    /// Recently finished jobs that tell when they ended, at most 100, newest first.
    pub finished_jobs: Vec<FinishedJob>,
    /// What could not be read and why (`PUBSUB NUMSUB` without the right): the rules then use heartbeat and TTL.
    pub limits: Vec<Shown>,
}

/// One queue.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueueFacts {
    /// Name without prefix.
    pub name: Shown,
    /// `LLEN` of the queue.
    pub queued: u64,
    /// Started registry.
    pub started: u64,
    /// Failed registry.
    pub failed: u64,
    /// Deferred registry.
    pub deferred: u64,
    /// Scheduled registry.
    pub scheduled: u64,
    /// Finished registry.
    pub finished: u64,
    /// Canceled registry.
    pub canceled: u64,
    /// Seconds the oldest queued job waits.
    pub oldest_wait_s: Option<f64>,
    /// Started jobs whose lease ran out: their worker died.
    pub abandoned: u64,
    /// Jobs in the intermediate list that no worker has taken up for more than 10 s: swallowed.
    pub swallowed: u64,
    /// Length of the intermediate list.
    pub intermediate: u64,
    /// Scheduled jobs that should have been queued more than 120 s ago.
    pub overdue: u64,
    /// True when a scheduler holds this queue's lock.
    pub scheduler: bool,
}

/// What a worker is, by the liveness rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Liveness {
    /// Registered and listening.
    Live,
    /// Says that it stopped (its hash has `death`).
    Stopped,
    /// Registered, but nobody listens: killed.
    Killed,
    /// Its main process is gone but its scheduler still holds the connection: swallows the next job.
    OrphanScheduler,
    /// Works, but Redis lost its registration (restarted empty): `rq info` does not see it.
    Unregistered,
    /// Silent, and not long enough to say it is dead.
    #[default]
    Silent,
}

impl Liveness {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Liveness::Live => "live",
            Liveness::Stopped => "stopped",
            Liveness::Killed => "killed",
            Liveness::OrphanScheduler => "orphaned scheduler",
            Liveness::Unregistered => "unregistered",
            Liveness::Silent => "silent",
        }
    }

    /// True when it takes jobs: live or unregistered.
    pub fn works(self) -> bool {
        matches!(self, Liveness::Live | Liveness::Unregistered)
    }
}

/// One worker.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WorkerFacts {
    /// Name.
    pub name: Shown,
    /// `started`, `idle`, `busy`, `suspended` as it wrote.
    pub state: Shown,
    /// What it is.
    pub liveness: Liveness,
    /// Why we say so: `heartbeat 212 s ago (idle workers beat every 405 s), nobody listens`.
    pub why: String,
    /// Queues it listens on.
    pub queues: Vec<Shown>,
    /// Seconds since its last heartbeat.
    pub heartbeat_age_s: Option<f64>,
    /// Id of the job it runs.
    pub current_job: Option<Shown>,
    /// Jobs it finished.
    pub successful: Option<u64>,
    /// Jobs it failed.
    pub failed: Option<u64>,
    /// Host, pid and rq's version, as it wrote.
    pub host: Shown,
    /// Process id, as it wrote.
    pub pid: Option<u64>,
    /// rq's version, as it wrote.
    pub version: Shown,
}

/// A job waiting in a scheduled registry.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScheduledJob {
    /// Job id.
    pub id: Shown,
    /// Queue.
    pub queue: Shown,
    /// rq's description.
    pub description: Shown,
    /// Unix seconds.
    pub at: f64,
}

/// A job in a failed registry.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FailedJob {
    /// Job id.
    pub id: Shown,
    /// Queue.
    pub queue: Shown,
    /// rq's description.
    pub description: Shown,
    /// When it ended, as it wrote.
    pub ended_at: Shown,
    /// Tail of the exception's traceback.
    pub exception: Vec<Shown>,
}

/// A job in a finished registry.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FinishedJob {
    /// rq's description.
    pub description: Shown,
    /// Unix seconds.
    pub ended_at: f64,
}

/// Signals that the probe yields.
pub const SIGNALS: &[&str] = &[
    "queued",
    "started",
    "failed",
    "deferred",
    "scheduled",
    "finished",
    "canceled",
    "oldest_wait_s",
    "workers",
    "workers_live",
    "workers_ghost",
    "workers_silent",
    "workers_unregistered",
    "orphan_schedulers",
    "abandoned",
    "swallowed",
    "overdue",
    "suspended",
    "schedulers",
    "queues",
    "worker_list",
    "scheduled_jobs",
    "failed_jobs",
    "finished_jobs",
];

/// Polls rq through one Redis connection.
pub struct RqPoller {}

impl RqPoller {
    /// Fills in the URL; the error is an unset variable.
    pub fn new(spec: &RqProbe, timeout: Duration, variables: &Variables, redactor: &Redactor) -> Result<Self, String> {
        let _ = (spec.url.fill(variables)?, timeout, redactor);
        Ok(Self {})
    }

    /// One pipelined look.
    #[expect(clippy::unused_async, reason = "being built")]
    pub async fn poll(&mut self, now_unix: f64) -> Result<Answer, ProbeError> {
        let _ = now_unix;
        Err(ProbeError::new(crate::base::Cause::Internal, "not built"))
    }
}
