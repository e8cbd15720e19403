//! The `http` probe: GET a URL, read at most 1 MiB, parse JSON or text. Never follows a redirect, never uses a proxy
//! that it was not told of.

use std::time::Duration;

use indexmap::IndexMap;
use serde::Deserialize;

use crate::base::{Redactor, Shown, Template, Variables};
use crate::probe::{Answer, ProbeError};

/// What expressions may read of an answer.
pub const FACTS: &[&str] = &["status", "body", "text", "headers", "latency_ms", "also"];

/// `probe.http = { url = "${api_url}/health", headers = { X-API-Key = "${api_key}" } }`
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpProbe {
    /// The URL.
    pub url: Template,
    /// Request headers.
    #[serde(default)]
    pub headers: IndexMap<String, Template>,
}

impl HttpProbe {
    /// Every text in it that may name variables.
    pub fn templates(&self) -> Vec<&Template> {
        std::iter::once(&self.url).chain(self.headers.values()).collect()
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
    /// Difference between the server's `Date` and our wall clock in seconds, where it told one.
    pub date: Option<Shown>,
}

/// Polls one URL.
pub struct HttpPoller {}

impl HttpPoller {
    /// Fills in the URL and headers; the error is an unset variable.
    pub fn new(
        spec: &HttpProbe,
        timeout: Duration,
        variables: &Variables,
        redactor: &Redactor,
    ) -> Result<Self, String> {
        let _ = (spec.url.fill(variables)?, timeout, redactor);
        Ok(Self {})
    }

    /// One GET.
    #[expect(clippy::unused_async, reason = "being built")]
    pub async fn poll(&mut self) -> Result<Answer, ProbeError> {
        Err(ProbeError::new(crate::base::Cause::Internal, "not built"))
    }
}
