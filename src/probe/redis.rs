//! The `redis` probe: PING and INFO in one round trip, on a connection of its own. Writes nothing.
//!
//! The fact `info` holds every field of INFO. A server that answers but cannot serve (loading, busy, out of memory or of
//! clients, a replica without its master) is in trouble, not down. Where the user may not call INFO, PING decides.

pub(crate) mod connection;
mod info;
pub(crate) mod reply;

use std::time::Duration;

use redis::Value as Reply;
use serde::Deserialize;

use crate::base::{Cause, Redactor, Template, Variables};
use crate::expr::Facts;
use crate::probe::deadline::Deadline;
use crate::probe::{Answer, Detail, ProbeError, millis};
use crate::signal::Value;
use connection::Connection;

/// What expressions may read of an answer.
pub const FACTS: &[&str] = &["info", "latency_ms"];

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
    "hit_rate",
];

/// Polls one Redis.
pub struct RedisPoller {
    connection: Connection,
    pipe: redis::Pipeline,
    timeout: Duration,
    redactor: Redactor,
}

impl RedisPoller {
    /// Fills in the URL; the error is an unset variable.
    pub fn new(
        spec: &RedisProbe,
        timeout: Duration,
        variables: &Variables,
        redactor: &Redactor,
    ) -> Result<Self, String> {
        let connection = Connection::new(&spec.url.fill(variables)?, timeout);
        let mut pipe = redis::pipe();
        pipe.cmd("PING").cmd("INFO");
        Ok(Self { connection, pipe, timeout, redactor: redactor.clone() })
    }

    /// One PING and INFO.
    pub async fn poll(&mut self) -> Result<Answer, ProbeError> {
        let clock = Deadline::after(self.timeout);
        let (ping, info) = match self.connection.run(&self.pipe).await {
            Ok(replies) => said(replies),
            // it answered, though only to say that it cannot serve
            Err(error) if answers(error.cause) => (Err(error.clone()), Err(error)),
            Err(error) => return Err(error.redacted(&self.redactor)),
        };
        let latency = clock.elapsed();
        let fields = match (&ping, &info) {
            (_, Ok(text)) => Ok(info::fields(text)),
            (Err(error), Err(_)) if !answers(error.cause) => return Err(error.clone().redacted(&self.redactor)),
            (_, Err(error)) => Err(error.clone().redacted(&self.redactor)),
        };
        let refusal = ping.err().filter(|error| answers(error.cause));
        let trouble = refusal.or_else(|| fields.as_ref().ok().and_then(info::trouble));
        if fields.as_ref().is_ok_and(info::is_orphaned_replica) {
            // look up the name again at the next poll, so that a failover is followed
            self.connection.close();
        }
        let signals = info::signals(&fields);
        let mut facts = Facts::from([("latency_ms".to_owned(), millis(latency))]);
        if let Ok(fields) = fields {
            facts.insert("info".to_owned(), Value::Map(fields));
        }
        let trouble = trouble.map(|error| error.redacted(&self.redactor));
        Ok(Answer { facts, signals, latency, detail: Detail::None, trouble })
    }
}

/// Causes with which a server says that it lives.
fn answers(cause: Cause) -> bool {
    matches!(cause, Cause::Loading | Cause::Busy | Cause::ServerError)
}

/// The replies to PING and to INFO.
fn said(replies: Vec<Reply>) -> (Result<(), ProbeError>, Result<String, ProbeError>) {
    let mut replies = replies.into_iter();
    let ping = match replies.next() {
        Some(Reply::SimpleString(pong)) if pong == "PONG" => Ok(()),
        Some(Reply::ServerError(error)) => Err(reply::told(&error, "PING")),
        _ => Err(ProbeError::new(Cause::Malformed, "malformed: PING was not answered with PONG")),
    };
    let info = match replies.next() {
        Some(Reply::BulkString(text)) => Ok(String::from_utf8_lossy(&text).into_owned()),
        Some(Reply::VerbatimString { text, .. }) => Ok(text),
        Some(Reply::ServerError(error)) => Err(reply::told(&error, "INFO")),
        _ => Err(ProbeError::new(Cause::Malformed, "malformed: INFO was not answered with a text")),
    };
    (ping, info)
}
