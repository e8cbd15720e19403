//! Pages for the kinds that speak HTTP without being the `http` probe: the same client, the same caps, the same words, and
//! GET only.

use std::time::Duration;

use indexmap::IndexMap;
use reqwest::header::CONTENT_TYPE;

use crate::base::{Cause, Filled, Template, Variables};
use crate::probe::ProbeError;
use crate::probe::deadline::Deadline;
use crate::probe::http::answer;
use crate::probe::http::client::Courier;
use crate::probe::http::exchange::Reply;
use crate::probe::http::json;
use crate::probe::http::target::Target;
use crate::signal::Value;

/// Asks for a few URLs, one at a time, and keeps what it is told to keep open.
pub(crate) struct Fetcher {
    targets: Vec<Target>,
    courier: Courier,
}

/// An answer, read to its end.
pub(crate) struct Page {
    /// Status code.
    pub(crate) status: u16,
    /// Body, unpacked.
    pub(crate) body: Vec<u8>,
    /// True where it says of itself, or by its beginning, that it is HTML.
    pub(crate) is_html: bool,
    /// From the question to the answer's end, without the making of the client.
    pub(crate) latency: Duration,
    /// Why it is not well, by its status.
    pub(crate) trouble: Option<ProbeError>,
}

impl Fetcher {
    /// A fetcher that connects when it is needed; the error is what is wrong with a URL or a header.
    pub(crate) fn new(
        urls: &[Filled],
        headers: &[(&str, Filled)],
        keep_alive: Option<bool>,
        timeout: Duration,
    ) -> Result<Self, ProbeError> {
        let mut origins = Vec::new();
        let targets = urls.iter().map(|url| Target::new(url, headers, keep_alive, &mut origins));
        let targets = targets.collect::<Result<Vec<_>, _>>()?;
        Ok(Self { targets, courier: Courier::new(origins, timeout) })
    }

    /// Asks for the URL at this place; `last` is true of the last one of a poll.
    pub(crate) async fn get(&mut self, at: usize, last: bool, deadline: &Deadline) -> Result<Page, ProbeError> {
        let Some(target) = self.targets.get(at) else {
            return Err(ProbeError::new(Cause::Internal, "no such URL"));
        };
        self.courier.prepare(target, deadline).await?;
        let began = deadline.elapsed();
        let reply = self.courier.get(target, last, deadline).await?;
        let latency = deadline.elapsed().saturating_sub(began);
        let trouble = answer::status_trouble(&reply, self.courier.address(target));
        Ok(Page { status: reply.status, is_html: is_html(&reply), body: reply.body, latency, trouble })
    }

    /// Asks for the URL at this place with these values in its query from now on.
    pub(crate) fn ask_with(&mut self, at: usize, pairs: &[(&str, String)]) {
        if let Some(target) = self.targets.get_mut(at) {
            target.ask_with(pairs);
        }
    }

    /// Who is asked: `127.0.0.1:9090`.
    pub(crate) fn address(&self) -> String {
        self.targets.first().map(|target| self.courier.address(target).to_string()).unwrap_or_default()
    }

    /// The poll is over: nothing stays open that is not to be kept.
    pub(crate) fn rest(&mut self) {
        self.courier.rest();
    }
}

/// Does what takes long with a body of so many bytes, so that nothing else waits for it.
pub(crate) async fn aside<T: Send + 'static>(
    bytes: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ProbeError> {
    let done = answer::aside(bytes, work).await;
    done.ok_or_else(|| ProbeError::new(Cause::Internal, "internal error: a body could not be parsed"))
}

fn is_html(reply: &Reply) -> bool {
    let said = reply.headers.get(CONTENT_TYPE).map(|value| value.as_bytes().to_ascii_lowercase());
    said.is_some_and(|said| said.starts_with(b"text/html")) || answer::begins_as_html(&reply.body)
}

/// JSON, strictly; the error is a sentence without its subject.
pub(crate) fn json(body: &[u8]) -> Result<Value, String> {
    json::parse(body)
}

/// Request headers, filled in; the error is an unset variable.
pub(crate) fn headers<'h>(
    written: &'h IndexMap<String, Template>,
    variables: &Variables,
) -> Result<Vec<(&'h str, Filled)>, String> {
    written.iter().map(|(name, value)| Ok((name.as_str(), value.fill(variables)?))).collect()
}

/// A URL below another, with a query: `http://h/prefix/` and `/api/x` is `http://h/prefix/api/x?name=value`.
pub(crate) fn below(base: &Filled, path: &str, pairs: &[(&str, Filled)]) -> Filled {
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let built = |base: &str, value: &dyn Fn(&Filled) -> String| {
        let pairs: Vec<String> =
            pairs.iter().map(|(name, given)| format!("{name}={}", encode(&value(given)))).collect();
        let query = if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) };
        format!("{}{path}{query}", base.trim().trim_end_matches('/'))
    };
    Filled::new(
        built(base.expose(), &|given| given.expose().to_owned()),
        built(&base.to_string(), &ToString::to_string),
    )
}
