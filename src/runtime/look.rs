//! One poll of one component, from its start to a judged [`ProbeReport`]. The dashboard's pollers and `check` share it.
//!
//! It keeps no state and decides nothing about when to poll again.

use std::time::Duration;

use crate::base::{Cause, ComponentId};
use crate::probe::{ComponentSpec, ProbeError, ProbeReport, Prober, assess};
use crate::runtime::clock;

/// Room for a probe to report its own timeout, which says more than ours: connecting, answer or body.
const BELT: Duration = Duration::from_millis(250);

/// Polls once. Ends within the component's timeout and a quarter of a second, whatever the probe does.
pub async fn look(id: &ComponentId, spec: &ComponentSpec, prober: &mut Prober) -> ProbeReport {
    let start = clock::now();
    let limit = spec.timeout.0.saturating_add(BELT);
    let outcome = match tokio::time::timeout(limit, prober.poll(clock::unix(start))).await {
        Ok(outcome) => outcome.map(|answer| assess::assess(spec, answer).redacted(prober.redactor())),
        Err(_) => Err(ProbeError::new(Cause::TimedOut, format!("timed out after {:.1} s", limit.as_secs_f64()))),
    };
    let end = clock::now();
    ProbeReport { component: id.clone(), at: end.mono, took: end.mono.since(start.mono), outcome }
}
