//! The `http` probe: GET a URL, read at most 1 MiB, parse JSON or text. Never follows a redirect, never uses a proxy
//! that it was not told of, never sends anything but GET.
//!
//! Facts for the expressions: `status`, `headers`, `text`, `body`, `latency_ms`, `also`. `body` is there when the body is
//! JSON, `text` when it is UTF-8; what is not there makes an expression unknown, and the trouble says why.

mod answer;
mod decode;
mod detail;
mod json;
mod target;
mod wire;

use std::time::Duration;

use indexmap::IndexMap;
use serde::Deserialize;

use crate::base::{Redactor, Shown, Template, Variables};
use crate::probe::deadline::Deadline;
use crate::probe::{Answer, ProbeError};
use crate::signal::Value;
use target::Target;
use wire::{Reply, Wire};

/// What expressions may read of an answer.
pub const FACTS: &[&str] = &["status", "body", "text", "headers", "latency_ms", "also"];

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
    /// One for each origin.
    wires: Vec<Wire>,
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
        let mut headers = Vec::with_capacity(spec.headers.len());
        for (name, value) in &spec.headers {
            headers.push((name.as_str(), value.fill(variables)?));
        }
        let mut also = Vec::with_capacity(spec.also.len());
        for (name, url) in &spec.also {
            also.push((name.clone(), url.fill(variables)?));
        }
        let plan = Plan::new(&url, &headers, also, spec.keep_alive);
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
    ) -> Result<Self, ProbeError> {
        let mut wires: Vec<Wire> = Vec::new();
        let main = Target::new(url, headers, keep_alive, &mut wires)?;
        let further =
            also.into_iter().map(|(name, url)| Ok((name, Target::new(&url, headers, keep_alive, &mut wires)?)));
        let further = further.collect::<Result<Vec<_>, ProbeError>>()?;
        Ok(Self { main, also: further, wires })
    }

    async fn poll(&mut self, timeout: Duration, now_unix: f64, redactor: &Redactor) -> Result<Answer, ProbeError> {
        let deadline = Deadline::after(timeout);
        let mut wanted = std::iter::once(self.main.wire()).chain(self.also.iter().map(|(_, target)| target.wire()));
        let mut left: Vec<usize> = vec![0; self.wires.len()];
        wanted.by_ref().for_each(|wire| left[wire] += 1);

        let (reply, address) = ask(&self.main, &mut self.wires, &mut left, &deadline).await?;
        let latency = deadline.elapsed();
        let body = answer::body(&reply, &deadline, &address).await?;
        let mut further: IndexMap<String, Value> = IndexMap::new();
        let mut outcomes = Vec::new();
        let asked = if (200..300).contains(&reply.status) { self.also.as_slice() } else { &[] };
        if asked.len() < self.also.len() {
            self.wires.iter_mut().for_each(Wire::rest);
        }
        for (name, target) in asked {
            let outcome = match ask(target, &mut self.wires, &mut left, &deadline).await {
                Ok((reply, address)) => answer::json_of(&reply, &deadline, &address).await,
                Err(error) => Err(error),
            };
            outcomes.push((name.clone(), detail::outcome(&outcome, redactor)));
            if let Ok(value) = outcome {
                further.insert(name.clone(), value);
            }
        }
        let mut detail = detail::of(&self.main, &reply, &body, now_unix, redactor);
        detail.also = outcomes;
        Ok(answer::of(reply, body, (!self.also.is_empty()).then_some(further), latency, detail, redactor, &address))
    }
}

/// One exchange, on the wire of its origin; the last one of the poll on a wire that is not kept says so.
async fn ask(
    target: &Target,
    wires: &mut [Wire],
    left: &mut [usize],
    deadline: &Deadline,
) -> Result<(Reply, crate::probe::net::Address), ProbeError> {
    let at = target.wire();
    left[at] = left[at].saturating_sub(1);
    let wire = &mut wires[at];
    let reply = wire.get(target, left[at] == 0, deadline).await?;
    Ok((reply, wire.address().clone()))
}
