//! How a component is polled. One file per kind: its configuration, its collection, its pure parser, its tests.
//!
//! A poll never writes to what it watches, never follows a redirect, reads at most 1 MiB, and ends within its timeout.
//! Its outcome is a sample even when it failed. To add a kind: a file here, a variant of [`ProbeSpec`], an arm in
//! [`Prober::new`].

pub mod alertmanager;
pub mod assess;
pub mod child;
pub mod command;
pub mod component;
pub(crate) mod deadline;
pub mod http;
pub mod log;
mod net;
pub mod postgres;
pub mod prometheus;
pub mod promql;
pub mod redis;
pub mod rhythm;
pub mod rq;
pub mod tcp;

use std::time::Duration;

use serde::Deserialize;

use crate::base::{Cause, ComponentId, Missing, Mono, Redactor, Shown, SignalName, State, Template, Variables};
use crate::expr::Facts;
use crate::signal::Value;

pub use component::{ComponentSpec, SignalSpec};

/// The registry of probes, as written: `probe.http = { url = "…" }`.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProbeSpec {
    /// GET a URL.
    Http(http::HttpProbe),
    /// One query of a PostgreSQL server, in a transaction that may only read.
    Postgres(postgres::PostgresProbe),
    /// PING and INFO of a Redis server.
    Redis(redis::RedisProbe),
    /// Queues, registries, workers and schedule of rq, read natively and read-only.
    Rq(rq::RqProbe),
    /// Scrape a page of metrics, as a Prometheus server does.
    Prometheus(prometheus::PrometheusProbe),
    /// Queries of a server that speaks Prometheus' HTTP API.
    Promql(promql::PromqlProbe),
    /// Alerts and silences of an Alertmanager.
    Alertmanager(alertmanager::AlertmanagerProbe),
    /// Open a TCP connection.
    Tcp(tcp::TcpProbe),
    /// Run a program and read what it says.
    Command(command::CommandProbe),
    /// Follow a log file, or a command that follows one, and count what matches.
    Log(Box<log::LogProbe>),
}

impl ProbeSpec {
    /// The word of the kind.
    pub fn kind(&self) -> &'static str {
        match self {
            ProbeSpec::Http(_) => "http",
            ProbeSpec::Postgres(_) => "postgres",
            ProbeSpec::Redis(_) => "redis",
            ProbeSpec::Rq(_) => "rq",
            ProbeSpec::Prometheus(_) => "prometheus",
            ProbeSpec::Promql(_) => "promql",
            ProbeSpec::Alertmanager(_) => "alertmanager",
            ProbeSpec::Tcp(_) => "tcp",
            ProbeSpec::Command(_) => "command",
            ProbeSpec::Log(_) => "log",
        }
    }

    /// True when to poll is to run a program of the file's choice.
    pub fn runs_a_program(&self) -> bool {
        match self {
            ProbeSpec::Command(_) => true,
            ProbeSpec::Log(log) => log.command.is_some(),
            _ => false,
        }
    }

    /// The signals that it yields by itself, those that the file names in it included.
    pub fn own_signals(&self) -> Vec<SignalName> {
        let of_kind = Self::signals_of(self.kind()).iter().filter_map(|name| SignalName::new(name).ok());
        let of_file = match self {
            ProbeSpec::Log(log) => log.signals(),
            ProbeSpec::Promql(promql) => promql.names().cloned().collect(),
            _ => Vec::new(),
        };
        of_kind.chain(of_file).collect()
    }

    /// The signals that a probe of this kind yields by itself, beside those that its component extracts.
    pub fn signals_of(kind: &str) -> &'static [&'static str] {
        match kind {
            "postgres" => postgres::SIGNALS,
            "redis" => redis::SIGNALS,
            "rq" => rq::SIGNALS,
            "alertmanager" => alertmanager::SIGNALS,
            "log" => log::SIGNALS,
            _ => &[],
        }
    }

    /// The signal that holds the rows of an answer of this kind, where there is one.
    pub fn rows_of(kind: &str) -> Option<&'static str> {
        match kind {
            "postgres" => Some("rows"),
            "alertmanager" => Some("alerts"),
            "log" => Some("matches"),
            _ => None,
        }
    }

    /// What `healthy`, `degraded` and `signal` may read of an answer of this kind; nothing where there is no such kind.
    pub fn facts_of(kind: &str) -> &'static [&'static str] {
        match kind {
            "http" => http::FACTS,
            "postgres" => postgres::FACTS,
            "redis" => redis::FACTS,
            "rq" => rq::FACTS,
            "prometheus" => prometheus::FACTS,
            "promql" => promql::FACTS,
            "alertmanager" => alertmanager::FACTS,
            "tcp" => tcp::FACTS,
            "command" => command::FACTS,
            "log" => log::FACTS,
            _ => &[],
        }
    }

    /// Every text in it that may name variables.
    pub fn templates(&self) -> Vec<&Template> {
        match self {
            ProbeSpec::Http(http) => http.templates(),
            ProbeSpec::Postgres(postgres) => vec![&postgres.url],
            ProbeSpec::Redis(redis) => vec![&redis.url],
            ProbeSpec::Rq(rq) => vec![&rq.url],
            ProbeSpec::Prometheus(prometheus) => prometheus.templates(),
            ProbeSpec::Promql(promql) => promql.templates(),
            ProbeSpec::Alertmanager(alertmanager) => alertmanager.templates(),
            ProbeSpec::Tcp(tcp) => vec![&tcp.address],
            ProbeSpec::Command(command) => command.templates(),
            ProbeSpec::Log(log) => log.templates(),
        }
    }
}

/// Why a poll failed. The text is sanitised and redacted: `refused 127.0.0.1:8082`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct ProbeError {
    /// The cause, told apart.
    pub cause: Cause,
    /// The sentence for people.
    pub text: String,
}

impl ProbeError {
    /// An error with its sentence.
    pub fn new(cause: Cause, text: impl Into<String>) -> Self {
        Self { cause, text: text.into() }
    }

    /// The same without secrets.
    #[must_use]
    pub fn redacted(self, redactor: &Redactor) -> Self {
        Self { cause: self.cause, text: redactor.redact(&self.text) }
    }

    /// As the reason why a reading is missing.
    pub fn missing(&self) -> Missing {
        Missing::Failed { cause: self.cause, text: self.text.clone() }
    }
}

/// A span as the fact `latency_ms`.
pub(crate) fn millis(span: Duration) -> Value {
    Value::number(span.as_secs_f64() * 1000.0)
}

/// One signal of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Its name within the component.
    pub name: SignalName,
    /// The value, or why the answer did not hold it.
    pub value: Result<Value, Missing>,
    /// The unit, as shown.
    pub unit: Option<String>,
    /// What it was before, oldest first, where the source keeps that: each value with how long ago it was so.
    pub course: Vec<(Duration, f64)>,
}

/// What one successful exchange brought, before it is judged.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Variables for the component's `healthy`, `degraded` and `signal` expressions.
    pub facts: Facts,
    /// Signals that the probe itself knows (rq's counts, Redis' memory).
    pub signals: Vec<Measured>,
    /// Time the exchange took.
    pub latency: Duration,
    /// For the drill-down.
    pub detail: Detail,
    /// Set when it answers but says that it cannot serve (Redis loading, maxmemory, 401): the state's reason.
    pub trouble: Option<ProbeError>,
}

/// What a drill-down shows of an answer, by kind.
#[derive(Clone, Debug, Default)]
pub enum Detail {
    /// Nothing beyond the signals.
    #[default]
    None,
    /// An HTTP answer.
    Http(http::HttpDetail),
    /// rq's queues, workers and schedule.
    Rq(Box<rq::RqSnapshot>),
    /// Rows: every one has as many cells as there are columns.
    Table {
        /// Names of the columns, in the order of the answer.
        columns: Vec<Shown>,
        /// The cells, sanitised, row by row; an empty cell was null.
        rows: Vec<Vec<Shown>>,
        /// Said where not all was kept: `first 500 of 1204 rows`.
        cut: Option<String>,
    },
    /// What a program or a log said.
    Said(Said),
}

/// Lines that a component said, and about them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// What they are: what was run or read, how it ended.
    pub about: Vec<(&'static str, Shown)>,
    /// The lines, oldest first, bounded and redacted.
    pub lines: Vec<Shown>,
}

/// One poll's judged outcome: what the poller sends.
#[derive(Clone, Debug)]
pub struct ProbeReport {
    /// Whose.
    pub component: ComponentId,
    /// When the answer (or the failure) was complete.
    pub at: Mono,
    /// How long the poll took.
    pub took: Duration,
    /// What it brought; an error when there was no answer to judge.
    pub outcome: Result<assess::Observation, ProbeError>,
}

impl ProbeReport {
    /// What this one poll says of the component.
    pub fn state(&self) -> State {
        self.outcome.as_ref().map_or_else(|error| error.cause.state(), |seen| seen.state)
    }

    /// True when it counts as a failure: neither up nor degraded. What answers that it cannot serve is not asked again
    /// at once.
    pub fn failed(&self) -> bool {
        matches!(self.state(), State::Down | State::Unknown)
    }
}

/// A poller of one component: keeps its connection between polls. One poll at a time, by `&mut`.
pub struct Prober {
    kind: Kind,
    redactor: Redactor,
}

enum Kind {
    Http(Box<http::HttpPoller>),
    Postgres(Box<postgres::PostgresPoller>),
    Redis(Box<redis::RedisPoller>),
    Rq(Box<rq::RqPoller>),
    Prometheus(Box<prometheus::PrometheusPoller>),
    Promql(Box<promql::PromqlPoller>),
    Alertmanager(Box<alertmanager::AlertmanagerPoller>),
    Tcp(tcp::TcpPoller),
    Command(Box<command::CommandPoller>),
    Log(Box<log::LogPoller>),
    /// Never asked, and why.
    Refused(ProbeError),
}

impl Prober {
    /// Makes a poller. The error is the name of a variable that is not set, which makes the component *not configured*.
    pub fn new(
        spec: &ProbeSpec,
        timeout: Duration,
        variables: &Variables,
        redactor: &Redactor,
    ) -> Result<Self, String> {
        let kind = match spec {
            ProbeSpec::Http(spec) => Kind::Http(Box::new(http::HttpPoller::new(spec, timeout, variables, redactor)?)),
            ProbeSpec::Postgres(spec) => {
                Kind::Postgres(Box::new(postgres::PostgresPoller::new(spec, timeout, variables, redactor)?))
            }
            ProbeSpec::Redis(spec) => {
                Kind::Redis(Box::new(redis::RedisPoller::new(spec, timeout, variables, redactor)?))
            }
            ProbeSpec::Rq(spec) => Kind::Rq(Box::new(rq::RqPoller::new(spec, timeout, variables, redactor)?)),
            ProbeSpec::Prometheus(spec) => {
                Kind::Prometheus(Box::new(prometheus::PrometheusPoller::new(spec, timeout, variables, redactor)?))
            }
            ProbeSpec::Promql(spec) => {
                Kind::Promql(Box::new(promql::PromqlPoller::new(spec, timeout, variables, redactor)?))
            }
            ProbeSpec::Alertmanager(spec) => {
                Kind::Alertmanager(Box::new(alertmanager::AlertmanagerPoller::new(spec, timeout, variables, redactor)?))
            }
            ProbeSpec::Tcp(spec) => Kind::Tcp(tcp::TcpPoller::new(spec, timeout, variables, redactor)?),
            ProbeSpec::Command(spec) => {
                Kind::Command(Box::new(command::CommandPoller::new(spec, timeout, variables, redactor)?))
            }
            ProbeSpec::Log(spec) => Kind::Log(Box::new(log::LogPoller::new(spec, timeout, variables, redactor)?)),
        };
        Ok(Self { kind, redactor: redactor.clone() })
    }

    /// A poller that asks nobody, and says why.
    pub fn refused(error: ProbeError, redactor: &Redactor) -> Self {
        Self { kind: Kind::Refused(error), redactor: redactor.clone() }
    }

    /// Takes the system's secrets out of what was learnt.
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Polls once; ends within the timeout. `now_unix` is the wall clock in Unix seconds, for heartbeat ages and leases.
    pub async fn poll(&mut self, now_unix: f64) -> Result<Answer, ProbeError> {
        match &mut self.kind {
            Kind::Http(poller) => poller.poll(now_unix).await,
            Kind::Postgres(poller) => poller.poll().await,
            Kind::Redis(poller) => poller.poll().await,
            Kind::Rq(poller) => poller.poll(now_unix).await,
            Kind::Prometheus(poller) => poller.poll(now_unix).await,
            Kind::Promql(poller) => poller.poll(now_unix).await,
            Kind::Alertmanager(poller) => poller.poll().await,
            Kind::Tcp(poller) => poller.poll().await,
            Kind::Command(poller) => poller.poll().await,
            Kind::Log(poller) => poller.poll(now_unix).await,
            Kind::Refused(error) => Err(error.clone()),
        }
    }
}
