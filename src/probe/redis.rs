//! The `redis` probe: PING and INFO on a connection of its own.

use std::time::Duration;

use serde::Deserialize;

use crate::base::{Redactor, Template, Variables};
use crate::probe::{Answer, ProbeError};

/// `probe.redis = { url = "${redis_url}" }`
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RedisProbe {
    /// `redis://[user:password@]host:port/db` or `rediss://…`.
    pub url: Template,
}

/// Signals that the probe yields.
pub const SIGNALS: &[&str] = &[
    "memory_used_bytes",
    "memory_max_bytes",
    "memory_ratio",
    "clients",
    "role",
    "loading",
    "uptime_s",
    "version",
    "persistence_ok",
    "aof_enabled",
    "evicted_keys",
    "ops_per_s",
    "rejected_connections",
];

/// Polls one Redis.
pub struct RedisPoller {}

impl RedisPoller {
    /// Fills in the URL; the error is an unset variable.
    pub fn new(
        spec: &RedisProbe,
        timeout: Duration,
        variables: &Variables,
        redactor: &Redactor,
    ) -> Result<Self, String> {
        let _ = (spec.url.fill(variables)?, timeout, redactor);
        Ok(Self {})
    }

    /// One PING and INFO.
    #[expect(clippy::unused_async, reason = "being built")]
    pub async fn poll(&mut self) -> Result<Answer, ProbeError> {
        Err(ProbeError::new(crate::base::Cause::Internal, "not built"))
    }
}
