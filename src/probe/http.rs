//! The `http` probe: GET a URL, read at most 1 MiB, parse JSON or text. Never follows a redirect, never uses a proxy
//! that it was not told of, never sends anything but GET. What actions send goes by `send`, and never by a poll.
//!
//! Facts for the expressions: `status`, `headers`, `text`, `body`, `latency_ms`, `now` (our clock, Unix seconds), `also`, and under TLS
//! `cert_days_left` (until the server's certificate ends). `body` is there when the body is
//! JSON, `text` when it is UTF-8; what is not there makes an expression unknown, and the trouble says why.

mod answer;
mod client;
mod decode;
mod detail;
mod exchange;
mod fault;
pub(crate) mod fetch;
pub(in crate::probe) mod json;
mod names;
mod progress;
pub(crate) mod send;
mod stranger;
mod target;

use std::time::Duration;

use indexmap::IndexMap;
use serde::Deserialize;

use crate::base::{Redactor, Shown, Template, Variables};
use crate::probe::deadline::Deadline;
use crate::probe::{Answer, ProbeError};
use crate::signal::Value;
use client::Courier;
use target::Target;

/// What expressions may read of an answer.
pub const FACTS: &[&str] = &["status", "body", "text", "headers", "latency_ms", "now", "cert_days_left", "also"];

/// `probe.http = { url = "${api_url}/health", headers = { X-API-Key = "${api_key}" } }`
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpProbe {
    /// The URL.
    pub url: Template,
    /// Request headers, of `also` as well.
    #[serde(default)]
    pub headers: IndexMap<String, Template>,
    /// Further URLs, read one after the other in the same poll and within its timeout; the JSON of each is `also.<name>`.
    /// One that fails is left out and does not fail the component. None is asked when the first answer is not a success:
    /// a server in trouble gets no further load.
    #[serde(default)]
    pub also: IndexMap<String, Template>,
    /// Keep the connection open between polls. Left out: with `https` only, because a server that serves one connection
    /// at a time would serve nobody else meanwhile.
    pub keep_alive: Option<bool>,
}

impl HttpProbe {
    /// Every text in it that may name variables.
    pub fn templates(&self) -> Vec<&Template> {
        std::iter::once(&self.url).chain(self.headers.values()).chain(self.also.values()).collect()
    }
}

/// What the drill-down shows of an HTTP answer.
#[derive(Clone, Debug, Default)]
pub struct HttpDetail {
    /// The URL asked, without userinfo, query values and secrets.
    pub url: String,
    /// Status code.
    pub status: u16,
    /// Content type.
    pub content_type: Shown,
    /// The body, pretty-printed where it is JSON, at most 200 lines, redacted.
    pub body: Vec<Shown>,
    /// The server's `Date` and how far it is from our wall clock, where it told one.
    pub date: Option<Shown>,
    /// Seconds by which the server's clock is ahead of ours, where it told one and the two are not in step.
    pub skew_s: Option<f64>,
    /// What became of the further URLs, by name: `200`, or why it is left out.
    pub also: Vec<(String, Shown)>,
}

/// Polls one URL, and the further ones.
pub struct HttpPoller {
    /// The error is what is wrong with the URL or a header.
    plan: Result<Plan, ProbeError>,
    timeout: Duration,
    redactor: Redactor,
}

/// What is asked at each poll.
struct Plan {
    main: Target,
    also: Vec<(String, Target)>,
    courier: Courier,
}

impl HttpPoller {
    /// Fills in the URLs and headers; the error is an unset variable.
    pub fn new(
        spec: &HttpProbe,
        timeout: Duration,
        variables: &Variables,
        redactor: &Redactor,
    ) -> Result<Self, String> {
        let url = spec.url.fill(variables)?;
        let headers = fetch::headers(&spec.headers, variables)?;
        let mut also = Vec::with_capacity(spec.also.len());
        for (name, url) in &spec.also {
            also.push((name.clone(), url.fill(variables)?));
        }
        let plan = Plan::new(&url, &headers, also, spec.keep_alive, timeout);
        Ok(Self { plan, timeout, redactor: redactor.clone() })
    }

    /// One GET of each URL. `now_unix` is the wall clock, to compare the server's with.
    pub async fn poll(&mut self, now_unix: f64) -> Result<Answer, ProbeError> {
        let polled = match &mut self.plan {
            Ok(plan) => plan.poll(self.timeout, now_unix, &self.redactor).await,
            Err(wrong) => Err(wrong.clone()),
        };
        polled.map_err(|error| error.redacted(&self.redactor))
    }
}

impl Plan {
    fn new(
        url: &crate::base::Filled,
        headers: &[(&str, crate::base::Filled)],
        also: Vec<(String, crate::base::Filled)>,
        keep_alive: Option<bool>,
        timeout: Duration,
    ) -> Result<Self, ProbeError> {
        let mut origins = Vec::new();
        let main = Target::new(url, headers, keep_alive, &mut origins)?;
        let further =
            also.into_iter().map(|(name, url)| Ok((name, Target::new(&url, headers, keep_alive, &mut origins)?)));
        let further = further.collect::<Result<Vec<_>, ProbeError>>()?;
        Ok(Self { main, also: further, courier: Courier::new(origins, timeout) })
    }

    async fn poll(&mut self, timeout: Duration, now_unix: f64, redactor: &Redactor) -> Result<Answer, ProbeError> {
        let polled = self.ask(Deadline::after(timeout), now_unix, redactor).await;
        self.courier.rest();
        polled
    }

    async fn ask(&mut self, deadline: Deadline, now_unix: f64, redactor: &Redactor) -> Result<Answer, ProbeError> {
        self.courier.prepare(&self.main, &deadline).await?;
        let began = deadline.elapsed();
        let last = self.is_last_to_its_origin(&self.main, 0);
        let reply = self.courier.get(&self.main, last, &deadline).await?;
        let latency = deadline.elapsed().saturating_sub(began);
        let address = self.courier.address(&self.main).clone();
        let body = answer::body(&reply, &deadline, &address).await?;
        let mut further: IndexMap<String, Value> = IndexMap::new();
        let mut outcomes = Vec::new();
        let asked = if (200..300).contains(&reply.status) { self.also.as_slice() } else { &[] };
        for (n, (name, target)) in asked.iter().enumerate() {
            let last = self.is_last_to_its_origin(target, n + 1);
            let outcome = match self.courier.get(target, last, &deadline).await {
                Ok(reply) => answer::json_of(&reply, &deadline, self.courier.address(target)).await,
                Err(error) => Err(error),
            };
            outcomes.push((name.clone(), detail::outcome(&outcome, redactor)));
            if let Ok(value) = outcome {
                further.insert(name.clone(), value);
            }
        }
        let mut detail = detail::of(&self.main, &reply, &body, now_unix, redactor);
        detail.also = outcomes;
        let also = (!self.also.is_empty()).then_some(further);
        let certificate_end = reply.certificate_end;
        let mut answer = answer::of(reply, body, also, latency, detail, redactor, &address);
        answer.facts.insert("now".to_owned(), Value::number(now_unix));
        if let Some(end) = certificate_end {
            answer.facts.insert("cert_days_left".to_owned(), Value::number((end as f64 - now_unix) / 86_400.0));
        }
        Ok(answer)
    }

    /// True when none of the further URLs from this one on leads to the same origin.
    fn is_last_to_its_origin(&self, target: &Target, from: usize) -> bool {
        !self.also[from..].iter().any(|(_, later)| later.origin() == target.origin())
    }
}
