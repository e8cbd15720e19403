//! The `rq` probe: queues, registries, workers and schedule of Python's rq, read natively from Redis.
//!
//! Read commands only: no registry cleaning, no `KEYS`, no Lua; payloads are never unpickled. Key layout and liveness
//! rules: rq 1.16 to 3.0.

mod ask;
mod clock;
pub mod facts;
mod jobs;
pub(crate) mod keys;
mod list;
mod liveness;
pub(crate) mod parse;
mod queue;
mod signals;
mod slot;
mod survey;
mod taken;
mod worker;

use std::time::Duration;

use redis::{Cmd, Pipeline, Value};
use serde::Deserialize;

use crate::base::{Cause, Redactor, Template, Variables};
use crate::expr::Facts;
use crate::probe::deadline::Deadline;
use crate::probe::redis::connection::Connection;
use crate::probe::redis::reply;
use crate::probe::{Answer, Detail, Measured, ProbeError, millis};
use ask::Ask;
use survey::Survey;

pub use facts::{FailedJob, FinishedJob, Liveness, QueueFacts, RqSnapshot, ScheduledJob, SchedulerFacts, WorkerFacts};

/// Signals that are one number or one truth each.
const PLAIN: [&str; 20] = [
    "queued",
    "started",
    "failed",
    "deferred",
    "scheduled",
    "finished",
    "canceled",
    "failed_recently",
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
];

/// Signals that are lists.
const LISTED: [&str; 5] = ["queues", "worker_list", "scheduled_jobs", "failed_jobs", "finished_jobs"];

/// What expressions may read of an answer: its signals, but not the lists.
pub const FACTS: &[&str] = &joined::<{ 1 + PLAIN.len() }>(&["latency_ms"], &PLAIN);

/// Signals that the probe yields.
pub const SIGNALS: &[&str] = &joined::<{ PLAIN.len() + LISTED.len() }>(&PLAIN, &LISTED);

/// One list after the other, of `N` names in all.
const fn joined<const N: usize>(first: &[&'static str], second: &[&'static str]) -> [&'static str; N] {
    let mut all = [""; N];
    let mut at = 0;
    while at < N {
        all[at] = if at < first.len() { first[at] } else { second[at - first.len()] };
        at += 1;
    }
    all
}

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

/// Polls rq through one Redis connection, in one round trip as long as nothing changes.
pub struct RqPoller {
    connection: Connection,
    survey: Survey,
    lists: signals::Lists,
    timeout: Duration,
    redactor: Redactor,
}

impl RqPoller {
    /// Fills in the URL; the error is an unset variable.
    pub fn new(spec: &RqProbe, timeout: Duration, variables: &Variables, redactor: &Redactor) -> Result<Self, String> {
        Ok(Self {
            connection: Connection::new(&spec.url.fill(variables)?, timeout),
            survey: Survey::new(&spec.prefix, &spec.queues, redactor.clone()),
            lists: signals::Lists::default(),
            timeout,
            redactor: redactor.clone(),
        })
    }

    /// One look at everything. `now_unix` is our clock; ages are told by that of Redis where it may be read.
    pub async fn poll(&mut self, now_unix: f64) -> Result<Answer, ProbeError> {
        let deadline = Deadline::after(self.timeout);
        self.survey.begin(now_unix);
        loop {
            let asks = self.survey.asks();
            if asks.is_empty() {
                break;
            }
            self.trip(asks, &deadline).await.map_err(|error| error.redacted(&self.redactor))?;
        }
        let look = self.survey.finish();
        let signals = signals::signals(&look, &mut self.lists);
        Ok(answer(look, signals, deadline.elapsed()))
    }

    /// Sends the questions together and takes the replies in. Redis reads a long pipeline in pieces of 16 KiB and serves
    /// others between them, so that one trip needs no cutting up.
    async fn trip(&mut self, asks: Vec<Ask>, deadline: &Deadline) -> Result<(), ProbeError> {
        let mut pipe = Pipeline::with_capacity(asks.len());
        self.survey.with_names(|names| {
            for ask in &asks {
                pipe.add_command(ask.command(names));
            }
        });
        let replies = self.connection.run_by(&pipe, deadline).await?;
        for ((ask, reply), command) in asks.into_iter().zip(replies).zip(pipe.cmd_iter()) {
            let reply = match reply {
                Value::ServerError(error) => Err(refused(&error, command).redacted(&self.redactor)),
                value => Ok(value),
            };
            match reply {
                Err(error) if serves_nothing(&error) => return Err(error),
                reply => self.survey.take(ask, reply),
            }
        }
        Ok(())
    }
}

/// What an error reply means for its command, which is named with its key.
fn refused(error: &redis::ServerError, command: &Cmd) -> ProbeError {
    let mut words = command.args_iter().filter_map(|arg| match arg {
        redis::Arg::Simple(word) => Some(String::from_utf8_lossy(word)),
        _ => None,
    });
    let name = words.next().unwrap_or_default();
    let operand = words.next().map_or_else(|| name.to_string(), |operand| format!("{name} {operand}"));
    reply::told(error, &operand)
}

/// True of an error that holds for every command, so that there is nothing to be told of rq.
fn serves_nothing(error: &ProbeError) -> bool {
    matches!(error.cause, Cause::Loading | Cause::Busy)
}

/// What keeps us from telling anything of the queues: their names, or the length of each of them.
fn trouble(look: &RqSnapshot) -> Option<ProbeError> {
    let unread = || {
        let is_dark = look.queues.iter().all(|queue| queue.queued.is_none());
        look.queues.first().filter(|_| is_dark)?.faults.first().map(|(_, fault)| fault.clone())
    };
    look.queues_fault.clone().or_else(unread)
}

fn answer(look: RqSnapshot, signals: Vec<Measured>, latency: Duration) -> Answer {
    let mut facts = Facts::from([("latency_ms".to_owned(), millis(latency))]);
    for signal in &signals {
        if let Ok(value) = &signal.value
            && !matches!(value, crate::signal::Value::List(_))
        {
            facts.insert(signal.name.to_string(), value.clone());
        }
    }
    let trouble = trouble(&look);
    Answer { facts, signals, latency, detail: Detail::Rq(Box::new(look)), trouble }
}
