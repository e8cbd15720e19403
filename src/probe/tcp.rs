//! The `tcp` probe: opens a connection and closes it. Sends nothing.

use std::time::Duration;

use serde::Deserialize;

use crate::base::{Cause, Redactor, Template, Variables};
use crate::expr::Facts;
use crate::probe::deadline::Deadline;
use crate::probe::net::{Address, Dialer};
use crate::probe::{Answer, Detail, ProbeError, millis};

/// What expressions may read of an answer.
pub const FACTS: &[&str] = &["latency_ms"];

/// `probe.tcp = { address = "127.0.0.1:5432" }`
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TcpProbe {
    /// `host:port`.
    pub address: Template,
}

/// Polls one address.
pub struct TcpPoller {
    /// The error is what is wrong with the address.
    dialer: Result<Dialer, ProbeError>,
    timeout: Duration,
    redactor: Redactor,
}

impl TcpPoller {
    /// Fills in the address; the error is an unset variable.
    pub fn new(spec: &TcpProbe, timeout: Duration, variables: &Variables, redactor: &Redactor) -> Result<Self, String> {
        let address = spec.address.fill(variables)?;
        let dialer = match Address::parse(address.expose()) {
            Some(address) => Ok(Dialer::new(address, false)),
            None => Err(ProbeError::new(Cause::Malformed, format!("'{address}' is no address: write host:port"))),
        };
        Ok(Self { dialer, timeout, redactor: redactor.clone() })
    }

    /// One connect. The fact `latency_ms` tells how long it took.
    pub async fn poll(&mut self) -> Result<Answer, ProbeError> {
        let deadline = Deadline::after(self.timeout);
        let connected = match &mut self.dialer {
            Ok(dialer) => dialer.tcp(&deadline).await,
            Err(wrong) => Err(wrong.clone()),
        };
        drop(connected.map_err(|error| error.redacted(&self.redactor))?);
        let latency = deadline.elapsed();
        let facts = Facts::from([("latency_ms".to_owned(), millis(latency))]);
        Ok(Answer { facts, signals: Vec::new(), latency, detail: Detail::None, trouble: None })
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn poller(address: &str, timeout: Duration) -> TcpPoller {
        let spec = TcpProbe { address: address.parse().unwrap() };
        TcpPoller::new(&spec, timeout, &Variables::default(), &Redactor::default()).unwrap()
    }

    #[tokio::test]
    async fn an_open_port_has_a_latency() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let answer = poller(&address, Duration::from_secs(5)).poll().await.unwrap();
        assert!(answer.facts["latency_ms"].as_f64().unwrap() > 0.0);
        drop(listener);
        let error = poller(&address, Duration::from_secs(5)).poll().await.unwrap_err();
        assert_eq!(error, ProbeError::new(Cause::Refused, format!("refused {address}")));
    }

    #[tokio::test]
    async fn what_is_no_address_is_told_with_the_way_out() {
        let error = poller("http://x", Duration::from_secs(5)).poll().await.unwrap_err();
        assert_eq!(error.text, "'http://x' is no address: write host:port");
    }
}
