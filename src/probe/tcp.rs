//! The `tcp` probe: opens a connection and closes it.

use std::time::Duration;

use serde::Deserialize;

use crate::base::{Redactor, Template, Variables};
use crate::probe::{Answer, ProbeError};

/// `probe.tcp = { address = "127.0.0.1:5432" }`
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TcpProbe {
    /// `host:port`.
    pub address: Template,
}

/// Polls one address.
pub struct TcpPoller {}

impl TcpPoller {
    /// Fills in the address; the error is an unset variable.
    pub fn new(spec: &TcpProbe, timeout: Duration, variables: &Variables, redactor: &Redactor) -> Result<Self, String> {
        let _ = (spec.address.fill(variables)?, timeout, redactor);
        Ok(Self {})
    }

    /// One connect.
    #[expect(clippy::unused_async, reason = "being built")]
    pub async fn poll(&mut self) -> Result<Answer, ProbeError> {
        Err(ProbeError::new(crate::base::Cause::Internal, "not built"))
    }
}
