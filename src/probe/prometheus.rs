//! The `prometheus` probe: GET a page of metrics and read it, text exposition 0.0.4 and what `OpenMetrics` adds. It needs no
//! Prometheus server: it is what one does.
//!
//! Facts: `status`, `latency_ms`, `metrics` (name to list of `{ value, labels, increase }`), `window_s` (seconds that
//! `increase` is told of; not there before the second scrape), `invalid_lines`. `metric`, `increase` and `quantile` look into
//! them. Lines that cannot be read are told in the drill-down and left out; a page of none but such is malformed.

mod facts;
mod line;
mod memory;
mod text;

use std::time::Duration;

use indexmap::IndexMap;
use serde::Deserialize;

use crate::base::{Cause, Filled, Period, Redactor, Shown, Template, Variables};
use crate::expr::Facts;
use crate::probe::deadline::Deadline;
use crate::probe::http::fetch::{Fetcher, Page, aside};
use crate::probe::{Answer, Detail, ProbeError, millis};
use crate::signal::Value;
use facts::Read;
use memory::Memory;

/// What expressions may read of an answer.
pub const FACTS: &[&str] = &["status", "latency_ms", "metrics", "window_s", "invalid_lines"];

/// Metrics that the drill-down shows.
const MOST_ROWS: usize = 500;

/// What is asked for. Nothing but text is understood.
const ACCEPT: &str = "text/plain;version=0.0.4, application/openmetrics-text;version=1.0.0;q=0.5, */*;q=0.1";

/// `probe.prometheus = { url = "${api_url}/metrics", window = "5m" }`
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrometheusProbe {
    /// The URL of the page.
    pub url: Template,
    /// Request headers.
    #[serde(default)]
    pub headers: IndexMap<String, Template>,
    /// Time that `increase` and `quantile` look back.
    #[serde(default = "default_window")]
    pub window: Period,
    /// Keep the connection open between polls. Left out: with `https` only.
    pub keep_alive: Option<bool>,
}

/// How far `increase` and `quantile` look back where `window` is left out.
pub const DEFAULT_WINDOW: Period = Period::secs(300);

const fn default_window() -> Period {
    DEFAULT_WINDOW
}

impl PrometheusProbe {
    /// Every text in it that may name variables.
    pub fn templates(&self) -> Vec<&Template> {
        std::iter::once(&self.url).chain(self.headers.values()).collect()
    }
}

/// Polls one page of metrics.
pub struct PrometheusPoller {
    /// The error is what is wrong with the URL or a header.
    fetcher: Result<Fetcher, ProbeError>,
    /// Away while a large page is read, and lost where that is given up.
    memory: Option<Memory>,
    window: Period,
    timeout: Duration,
    redactor: Redactor,
}

impl PrometheusPoller {
    /// Fills in the URL and the headers; the error is an unset variable.
    pub fn new(
        spec: &PrometheusProbe,
        timeout: Duration,
        variables: &Variables,
        redactor: &Redactor,
    ) -> Result<Self, String> {
        let url = spec.url.fill(variables)?;
        let mut headers = vec![("Accept", Filled::new(ACCEPT.to_owned(), ACCEPT.to_owned()))];
        for (name, value) in &spec.headers {
            headers.push((name.as_str(), value.fill(variables)?));
        }
        let fetcher = Fetcher::new(&[url], &headers, spec.keep_alive, timeout);
        Ok(Self { fetcher, memory: None, window: spec.window, timeout, redactor: redactor.clone() })
    }

    /// One GET. `now_unix` is the wall clock, by which the window is measured.
    pub async fn poll(&mut self, now_unix: f64) -> Result<Answer, ProbeError> {
        let polled = self.scrape(now_unix).await;
        polled.map_err(|error| error.redacted(&self.redactor))
    }

    async fn scrape(&mut self, now_unix: f64) -> Result<Answer, ProbeError> {
        let fetcher = self.fetcher.as_mut().map_err(|wrong| wrong.clone())?;
        let deadline = Deadline::after(self.timeout);
        let page = fetcher.get(0, true, &deadline).await;
        fetcher.rest();
        let Page { status, body, is_html, latency, mut trouble } = page?;
        let address = fetcher.address();
        let mut facts = Facts::from([
            ("status".to_owned(), Value::Int(i64::from(status))),
            ("latency_ms".to_owned(), millis(latency)),
        ]);
        let mut detail = Detail::None;
        if trouble.is_none() {
            let read = if is_html {
                Err("HTML instead of metrics".to_owned())
            } else {
                self.read(body, now_unix, &deadline).await?
            };
            match read {
                Ok(read) => detail = tell(read, &mut facts),
                Err(what) => {
                    trouble = Some(ProbeError::new(Cause::Malformed, format!("malformed: {what} from {address}")));
                }
            }
        }
        let trouble = trouble.map(|error| error.redacted(&self.redactor));
        Ok(Answer { facts, signals: Vec::new(), latency, detail, trouble })
    }

    async fn read(&mut self, body: Vec<u8>, now: f64, deadline: &Deadline) -> Result<Result<Read, String>, ProbeError> {
        let mut memory = self.memory.take().unwrap_or_else(|| Memory::new(self.window.0.as_secs_f64()));
        let reading = aside(body.len(), move || {
            let read = facts::read(&body, now, &mut memory);
            (read, memory)
        });
        let late = || ProbeError::new(Cause::TimedOut, format!("timed out (body) after {}", deadline.budget()));
        let (read, memory) = deadline.bound(reading).await.ok_or_else(late)??;
        self.memory = Some(memory);
        Ok(read)
    }
}

/// Puts a page into the facts; what the drill-down shows of it.
fn tell(read: Read, facts: &mut Facts) -> Detail {
    let Read { metrics, window_s, samples, invalid, told } = read;
    let mut notes = vec![format!("{samples} samples of {} metrics", metrics.len())];
    if metrics.len() > MOST_ROWS {
        notes.push(format!("the first {MOST_ROWS} are shown"));
    }
    if invalid > 0 {
        notes.push(format!("{invalid} lines could not be read"));
    }
    let row = |(name, list): (&String, &Value)| {
        let list = list.as_list().unwrap_or_default();
        let value = match list {
            [one] => one.get("value").map(ToString::to_string).unwrap_or_default(),
            _ => String::new(),
        };
        [name.as_str(), &list.len().to_string(), &value].map(Shown::from_remote).to_vec()
    };
    // what could not be read stands first: nobody scrolls for it
    let wrong = told.into_iter().map(|wrong| vec![wrong, Shown::default(), Shown::default()]);
    let rows = wrong.chain(metrics.iter().take(MOST_ROWS).map(row)).collect();
    let columns = ["metric", "series", "value"].map(Shown::from_remote).to_vec();
    facts.insert("metrics".to_owned(), Value::Map(metrics));
    facts.insert("invalid_lines".to_owned(), Value::count(invalid as u64));
    if let Some(window) = window_s {
        facts.insert("window_s".to_owned(), Value::number(window));
    }
    Detail::Table { columns, rows, cut: Some(notes.join(", ")) }
}
