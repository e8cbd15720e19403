//! The `rq` probe: queues, registries, workers and schedule of Python's rq, read natively from Redis.
//!
//! Read commands only: no registry cleaning, no `KEYS`, no Lua; payloads are never unpickled. Key layout and liveness
//! rules: rq 1.16 to 3.0.

pub mod facts;

use std::time::Duration;

use serde::Deserialize;

use crate::base::{Redactor, Template, Variables};
use crate::probe::{Answer, ProbeError};

pub use facts::{FailedJob, FinishedJob, Liveness, QueueFacts, RqSnapshot, ScheduledJob, SchedulerFacts, WorkerFacts};

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
