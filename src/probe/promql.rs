//! The `promql` probe: queries of any server that speaks Prometheus' HTTP API, of now or over a range. GET only; a few at
//! once, each on a connection that is kept, all within the component's timeout.
//!
//! Each query is a signal of its own name where its result is one number. An empty result is missing with its reason, as
//! are several series: they are the list `results.<name>`. Of a range the newest value is the signal and those before are its
//! past, so that a trend is there with the first answer; `results.<name>` has all of them as `values`. Facts: `latency_ms`, `results` (name to list of
//! `{ value, labels }`), `warnings` (what the server warned of, as texts: a part of the data may be missing).

mod reply;

use std::time::Duration;

use futures_util::future::join_all;
use indexmap::IndexMap;
use serde::Deserialize;

use crate::base::{Cause, Filled, Period, Redactor, Shown, SignalName, Template, Variables};
use crate::expr::Facts;
use crate::probe::deadline::Deadline;
use crate::probe::http::fetch::{Fetcher, Page, aside, below, headers};
use crate::probe::{Answer, Detail, Measured, ProbeError, millis};
use crate::signal::Value;
use reply::Reply;

/// What expressions may read of an answer.
pub const FACTS: &[&str] = &["latency_ms", "results", "warnings"];

/// Requests at once.
const LANES: usize = 4;
/// Rows of a result that the drill-down shows.
const MOST_ROWS: usize = 100;

/// `probe.promql = { url = "http://127.0.0.1:9090", queries = { error_rate = "sum(rate(…))" } }`
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PromqlProbe {
    /// The server, with the path that its API lies under: `/api/v1/query` is added.
    pub url: Template,
    /// Instant queries by the name of their signal.
    #[serde(default)]
    pub queries: IndexMap<SignalName, Template>,
    /// Queries over a range by the name of their signal: `{ query = "…", window = "30m", step = "30s" }`.
    #[serde(default)]
    pub ranges: IndexMap<SignalName, RangeQuery>,
    /// Request headers.
    #[serde(default)]
    pub headers: IndexMap<String, Template>,
}

/// A query over a range that ends now.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RangeQuery {
    /// The query.
    pub query: Template,
    /// How far back.
    pub window: Period,
    /// Between two values.
    pub step: Period,
}

impl PromqlProbe {
    /// Every text in it that may name variables.
    pub fn templates(&self) -> Vec<&Template> {
        let ranges = self.ranges.values().map(|range| &range.query);
        std::iter::once(&self.url).chain(self.queries.values()).chain(ranges).chain(self.headers.values()).collect()
    }

    /// The signals, in the order of the answers.
    pub fn names(&self) -> impl Iterator<Item = &SignalName> {
        self.queries.keys().chain(self.ranges.keys())
    }
}

/// Asks one server.
pub struct PromqlPoller {
    names: Vec<SignalName>,
    /// How far back each query looks, and in which steps; nothing where it asks for now.
    ranges: Vec<Option<Range>>,
    /// The error is what is wrong with the URL or a header.
    lanes: Result<Vec<Lane>, ProbeError>,
    timeout: Duration,
    redactor: Redactor,
}

/// How far back, and in which steps.
type Range = (Duration, Duration);

/// Queries that are asked one after the other.
struct Lane {
    fetcher: Fetcher,
    /// Places of its queries among all.
    places: Vec<usize>,
}

/// What became of one query.
type Outcome = Result<Reply, ProbeError>;

impl PromqlPoller {
    /// Fills in URL, queries and headers; the error is an unset variable.
    pub fn new(
        spec: &PromqlProbe,
        timeout: Duration,
        variables: &Variables,
        redactor: &Redactor,
    ) -> Result<Self, String> {
        let url = spec.url.fill(variables)?;
        let headers = headers(&spec.headers, variables)?;
        // it gives up a little before us, and says so
        let patience = || plain(&format!("{}ms", timeout.as_millis() * 9 / 10));
        let (mut urls, mut ranges) = (Vec::new(), Vec::new());
        for query in spec.queries.values() {
            let pairs = [("query", query.fill(variables)?), ("timeout", patience())];
            urls.push(below(&url, "/api/v1/query", &pairs));
            ranges.push(None);
        }
        for range in spec.ranges.values() {
            let step = plain(&format!("{}", range.step.0.as_secs_f64()));
            let pairs = [("query", range.query.fill(variables)?), ("step", step), ("timeout", patience())];
            urls.push(below(&url, "/api/v1/query_range", &pairs));
            ranges.push(Some((range.window.0, range.step.0)));
        }
        let lanes = lanes(&urls, &headers, timeout);
        let names = spec.names().cloned().collect();
        Ok(Self { names, ranges, lanes, timeout, redactor: redactor.clone() })
    }

    /// Asks every query once; ranges end at `now_unix`, the wall clock.
    pub async fn poll(&mut self, now_unix: f64) -> Result<Answer, ProbeError> {
        let lanes = self.lanes.as_mut().map_err(|wrong| wrong.clone().redacted(&self.redactor))?;
        let deadline = Deadline::after(self.timeout);
        let mut outcomes: Vec<(usize, Outcome)> =
            join_all(lanes.iter_mut().map(|lane| lane.ask(&self.ranges, now_unix, &deadline)))
                .await
                .into_iter()
                .flatten()
                .collect();
        let latency = deadline.elapsed();
        outcomes.sort_by_key(|(place, _)| *place);
        let outcomes: Vec<(&SignalName, Outcome)> = outcomes
            .into_iter()
            .filter_map(|(place, outcome)| {
                let outcome = outcome.map(|reply| match self.ranges.get(place) {
                    Some(Some((_, step))) => reply.of_range(now_unix, *step),
                    _ => reply,
                });
                Some((self.names.get(place)?, outcome.map_err(|error| error.redacted(&self.redactor))))
            })
            .collect();
        answer(outcomes, latency)
    }
}

fn plain(text: &str) -> Filled {
    Filled::new(text.to_owned(), text.to_owned())
}

fn lanes(urls: &[Filled], headers: &[(&str, Filled)], timeout: Duration) -> Result<Vec<Lane>, ProbeError> {
    let many = LANES.min(urls.len());
    let lane = |n: usize| {
        let places: Vec<usize> = (n..urls.len()).step_by(many).collect();
        let urls: Vec<Filled> = places.iter().map(|place| urls[*place].clone()).collect();
        // such a server serves many at once: what is kept open blocks nobody
        Ok(Lane { fetcher: Fetcher::new(&urls, headers, Some(true), timeout)?, places })
    };
    (0..many).map(lane).collect()
}

impl Lane {
    async fn ask(&mut self, ranges: &[Option<Range>], now: f64, deadline: &Deadline) -> Vec<(usize, Outcome)> {
        let mut outcomes = Vec::with_capacity(self.places.len());
        let mut lost: Option<ProbeError> = None;
        for (at, place) in self.places.iter().enumerate() {
            if let Some(Some((window, _))) = ranges.get(*place) {
                let start = (now - window.as_secs_f64()).max(0.0);
                self.fetcher.ask_with(at, &[("start", format!("{start:.3}")), ("end", format!("{now:.3}"))]);
            }
            // whoever did not answer once is not asked again in the same poll
            let outcome = match &lost {
                Some(error) => Err(error.clone()),
                None => match self.fetcher.get(at, at + 1 == self.places.len(), deadline).await {
                    Ok(page) => {
                        read(page, self.fetcher.address(), ranges.get(*place).is_some_and(Option::is_some)).await
                    }
                    Err(error) => {
                        lost = Some(error.clone());
                        Err(error)
                    }
                },
            };
            outcomes.push((*place, outcome));
        }
        self.fetcher.rest();
        outcomes
    }
}

async fn read(page: Page, address: String, of_range: bool) -> Outcome {
    let Page { body, trouble, is_html, .. } = page;
    if let Some(unauthorized) = trouble.clone().filter(|trouble| trouble.cause == Cause::Unauthorized) {
        return Err(unauthorized);
    }
    let malformed = |what: &str| ProbeError::new(Cause::Malformed, format!("malformed: {what} from {address}"));
    let read = if is_html {
        Err(malformed("HTML instead of JSON"))
    } else {
        aside(body.len(), move || reply::read(&body, of_range)).await?.map_err(|wrong| wrong.told(&address))
    };
    match (trouble, read) {
        // a status that the body explains is told by the body
        (Some(trouble), Err(error)) if error.cause == Cause::Malformed => Err(trouble),
        (Some(trouble), Ok(_)) => Err(trouble),
        (_, read) => read,
    }
}

fn answer(outcomes: Vec<(&SignalName, Outcome)>, latency: Duration) -> Result<Answer, ProbeError> {
    let answered = |outcome: &Outcome| {
        let cause = outcome.as_ref().err().map(|error| error.cause);
        matches!(
            cause,
            None | Some(
                Cause::ServerError | Cause::BadStatus | Cause::Unauthorized | Cause::Malformed | Cause::Redirected
            )
        )
    };
    let mut trouble = None;
    if let Some(first) = outcomes.iter().find_map(|(_, outcome)| outcome.as_ref().err()) {
        if !outcomes.iter().any(|(_, outcome)| answered(outcome)) {
            return Err(first.clone());
        }
        // it answers others: what it does not answer in time is no reason to call it down
        let cause = if first.cause.is_unreachable() { Cause::Busy } else { first.cause };
        trouble = Some(ProbeError::new(cause, first.text.clone()));
    }
    let (mut results, mut warnings) = (IndexMap::new(), Vec::new());
    let (mut signals, mut rows) = (Vec::new(), Vec::new());
    for (name, outcome) in outcomes {
        let mut course = Vec::new();
        let value = match outcome {
            Ok(mut reply) => {
                let value = reply.number();
                course = std::mem::take(&mut reply.course);
                rows.extend(reply.rows(name.as_str()).take(MOST_ROWS));
                warnings.extend(reply.warnings.into_iter().map(|warning| (name.as_str(), warning)));
                results.insert(name.to_string(), Value::from(reply.series));
                value
            }
            Err(error) => {
                rows.push([name.as_str(), "", &error.text].map(Shown::from_remote).to_vec());
                Err(error.missing())
            }
        };
        signals.push(Measured { name: name.clone(), value, unit: None, course });
    }
    rows.extend(warnings.iter().map(|(name, text)| [name, "warning", text.as_str()].map(Shown::from_remote).to_vec()));
    let facts = Facts::from([
        ("latency_ms".to_owned(), millis(latency)),
        ("results".to_owned(), Value::Map(results)),
        (
            "warnings".to_owned(),
            Value::from(warnings.into_iter().map(|(_, text)| Value::from(text)).collect::<Vec<_>>()),
        ),
    ]);
    let columns = ["query", "labels", "value"].map(Shown::from_remote).to_vec();
    Ok(Answer { facts, signals, latency, detail: Detail::Table { columns, rows, cut: None }, trouble })
}
