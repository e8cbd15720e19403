//! The `alertmanager` probe: alerts and silences of an Alertmanager, by its API v2. GET only; a silence is made by an
//! action.
//!
//! Facts are its signals and `latency_ms`. `active` are alerts that notify: neither silenced nor inhibited; `critical` and
//! `warning` are those of them with that label `severity`.

mod reply;

use std::time::Duration;

use indexmap::IndexMap;
use serde::Deserialize;

use crate::base::{Cause, Missing, Redactor, Shown, SignalName, Template, Variables};
use crate::expr::Facts;
use crate::probe::deadline::Deadline;
use crate::probe::http::fetch::{Fetcher, Page, aside, below, headers};
use crate::probe::{Answer, Detail, Measured, ProbeError, millis};
use crate::signal::Value;
use reply::Alert;

/// What expressions may read of an answer.
pub const FACTS: &[&str] =
    &["latency_ms", "active", "critical", "warning", "silenced", "inhibited", "alerts", "silences", "silence_list"];

/// Signals that the probe yields.
pub const SIGNALS: &[&str] =
    &["active", "critical", "warning", "silenced", "inhibited", "alerts", "silences", "silence_list"];

/// `probe.alertmanager = { url = "http://127.0.0.1:9093", filter = ["team=\"shop\""] }`
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertmanagerProbe {
    /// The server, with the path that its API lies under: `/api/v2/alerts` is added.
    pub url: Template,
    /// Matchers that an alert must fit (silences are all told), as Alertmanager writes them: `severity="critical"`, `team=~"a|b"`.
    #[serde(default)]
    pub filter: Vec<Template>,
    /// Request headers.
    #[serde(default)]
    pub headers: IndexMap<String, Template>,
}

impl AlertmanagerProbe {
    /// Every text in it that may name variables.
    pub fn templates(&self) -> Vec<&Template> {
        std::iter::once(&self.url).chain(&self.filter).chain(self.headers.values()).collect()
    }
}

/// Asks one Alertmanager.
pub struct AlertmanagerPoller {
    /// The error is what is wrong with the URL or a header.
    fetcher: Result<Fetcher, ProbeError>,
    timeout: Duration,
    redactor: Redactor,
}

impl AlertmanagerPoller {
    /// Fills in URL, filters and headers; the error is an unset variable.
    pub fn new(
        spec: &AlertmanagerProbe,
        timeout: Duration,
        variables: &Variables,
        redactor: &Redactor,
    ) -> Result<Self, String> {
        let url = spec.url.fill(variables)?;
        let headers = headers(&spec.headers, variables)?;
        let mut filters = Vec::with_capacity(spec.filter.len());
        for filter in &spec.filter {
            filters.push(("filter", filter.fill(variables)?));
        }
        // a silence has matchers and no labels: one of an alert that fits need not fit itself
        let urls = [below(&url, "/api/v2/alerts", &filters), below(&url, "/api/v2/silences", &[])];
        let fetcher = Fetcher::new(&urls, &headers, Some(true), timeout);
        Ok(Self { fetcher, timeout, redactor: redactor.clone() })
    }

    /// Alerts and silences, once.
    pub async fn poll(&mut self) -> Result<Answer, ProbeError> {
        let polled = self.ask().await;
        polled.map_err(|error| error.redacted(&self.redactor))
    }

    async fn ask(&mut self) -> Result<Answer, ProbeError> {
        let fetcher = self.fetcher.as_mut().map_err(|wrong| wrong.clone())?;
        let deadline = Deadline::after(self.timeout);
        let alerts = fetcher.get(0, false, &deadline).await?;
        let address = fetcher.address();
        let latency = alerts.latency;
        let alerts = read(alerts, &address, reply::alerts).await;
        // a server in trouble gets no further load
        let silences = match &alerts {
            Ok(_) => match fetcher.get(1, true, &deadline).await {
                Ok(page) => read(page, &address, reply::silences).await,
                Err(error) => Err(error),
            },
            Err(error) => Err(error.clone()),
        };
        fetcher.rest();
        let clean = |error: ProbeError| error.redacted(&self.redactor);
        Ok(answer(&alerts.map_err(clean), silences.map_err(clean), latency))
    }
}

async fn read<T: Send + 'static>(
    page: Page,
    address: &str,
    parse: impl FnOnce(&[u8]) -> Result<T, String> + Send + 'static,
) -> Result<T, ProbeError> {
    let Page { body, trouble, is_html, .. } = page;
    let malformed = |what: &str| ProbeError::new(Cause::Malformed, format!("malformed: {what} from {address}"));
    if let Some(trouble) = trouble {
        // its own words say more than its status, where it says any
        let words = reply::complaint(&body).filter(|_| trouble.cause == Cause::BadStatus);
        return Err(
            words.map_or(trouble.clone(), |words| ProbeError::new(trouble.cause, format!("{}: {words}", trouble.text)))
        );
    }
    if is_html {
        return Err(malformed("HTML instead of JSON"));
    }
    aside(body.len(), move || parse(&body)).await?.map_err(|what| malformed(&what))
}

fn answer(
    alerts: &Result<Vec<Alert>, ProbeError>,
    silences: Result<Vec<Value>, ProbeError>,
    latency: Duration,
) -> Answer {
    let trouble = alerts.as_ref().err().or(silences.as_ref().err()).cloned();
    let mut known: Vec<(&str, Result<Value, Missing>)> = Vec::new();
    let counts = |of: fn(&Alert) -> bool| {
        let count = |alerts: &Vec<Alert>| Value::count(alerts.iter().filter(|alert| of(alert)).count() as u64);
        alerts.as_ref().map(count).map_err(ProbeError::missing)
    };
    known.push(("active", counts(Alert::notifies)));
    known.push(("critical", counts(|alert| alert.notifies() && alert.is("critical"))));
    known.push(("warning", counts(|alert| alert.notifies() && alert.is("warning"))));
    known.push(("silenced", counts(|alert| !alert.silenced_by.is_empty())));
    known.push(("inhibited", counts(|alert| alert.is_inhibited)));
    let list = alerts.as_ref().map(|alerts| Value::from(alerts.iter().map(Alert::value).collect::<Vec<_>>()));
    known.push(("alerts", list.map_err(ProbeError::missing)));
    known.push(("silences", silences.as_ref().map(|all| Value::count(all.len() as u64)).map_err(ProbeError::missing)));
    let rows = alerts
        .as_ref()
        .map(|alerts| alerts.iter().map(|alert| alert.row(silences.as_deref().unwrap_or_default())).collect());
    let rows: Vec<Vec<Shown>> = rows.unwrap_or_default();
    known.push(("silence_list", silences.map(Value::from).map_err(|error| error.missing())));
    let mut facts = Facts::from([("latency_ms".to_owned(), millis(latency))]);
    let mut signals = Vec::with_capacity(known.len());
    for (name, value) in known {
        if let Ok(value) = &value {
            facts.insert(name.to_owned(), value.clone());
        }
        if let Ok(name) = SignalName::new(name) {
            signals.push(Measured { name, value, unit: None, course: Vec::new() });
        }
    }
    let columns = ["alert", "severity", "since", "summary", "silenced by"].map(Shown::from_remote).to_vec();
    Answer { facts, signals, latency, detail: Detail::Table { columns, rows, cut: None }, trouble }
}
