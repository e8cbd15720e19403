//! Judges an answer by the component's own expressions: up, degraded, down or unknown, and its signals. Pure.

use crate::base::{Cause, Missing, State};
use crate::expr::Expr;
use crate::probe::{Answer, ComponentSpec, Detail, Measured, ProbeError};
use crate::signal::Value;

/// An answer, judged.
#[derive(Clone, Debug)]
pub struct Observation {
    /// What this one answer says of the component.
    pub state: State,
    /// Why it is not up.
    pub reason: Option<ProbeError>,
    /// Every signal of the answer.
    pub signals: Vec<Measured>,
    /// Time the exchange took.
    pub latency: std::time::Duration,
    /// For the drill-down.
    pub detail: Detail,
}

/// Judges an answer.
///
/// `healthy` true is up. Otherwise `degraded` true is degraded; `healthy` false is down; `healthy` that cannot be told
/// is unknown. An answer's signals are kept in every case: the body of a 503 is read.
pub fn assess(spec: &ComponentSpec, answer: Answer) -> Observation {
    let (state, reason) = judge(spec, &answer);
    let mut signals = answer.signals;
    for (name, signal) in &spec.signal {
        let value = match signal.value().over(&answer.facts) {
            Ok(Value::Null) => Err(Missing::NotReported { text: format!("{} is null", signal.value().text()) }),
            Ok(value) => Ok(value),
            Err(text) => Err(answer.trouble.as_ref().map_or(Missing::NotReported { text }, ProbeError::missing)),
        };
        signals.push(Measured { name: name.clone(), value, unit: signal.unit().map(str::to_owned) });
    }
    Observation { state, reason, signals, latency: answer.latency, detail: answer.detail }
}

fn judge(spec: &ComponentSpec, answer: &Answer) -> (State, Option<ProbeError>) {
    let trouble = || answer.trouble.clone();
    // a key that is refused is our fault: it says nothing about the component
    if let Some(refused) = trouble().filter(|t| t.cause == Cause::Unauthorized) {
        return (State::Unknown, Some(refused));
    }
    let healthy = match (&spec.healthy, &answer.trouble) {
        (Some(expr), _) => truth(expr, answer),
        (None, None) => Ok(true),
        (None, Some(trouble)) => return (trouble.cause.state(), Some(trouble.clone())),
    };
    if healthy == Ok(true) {
        return (State::Up, None);
    }
    if let Some(degraded) = &spec.degraded
        && truth(degraded, answer) == Ok(true)
    {
        let words = || ProbeError::new(Cause::Unhealthy, told(answer));
        return (State::Degraded, Some(trouble().unwrap_or_else(words)));
    }
    match healthy {
        Ok(_) => (State::Down, Some(trouble().unwrap_or_else(|| ProbeError::new(Cause::Unhealthy, told(answer))))),
        Err(text) => (State::Unknown, Some(trouble().unwrap_or_else(|| ProbeError::new(Cause::MissingField, text)))),
    }
}

fn truth(expr: &Expr, answer: &Answer) -> Result<bool, String> {
    match expr.over(&answer.facts)? {
        Value::Bool(b) => Ok(b),
        other => Err(format!("{} is {other}, not true or false", expr.text())),
    }
}

/// What the answer says of itself, for a component that is not healthy: `status 503, body.status critical`.
fn told(answer: &Answer) -> String {
    let status = answer.facts.get("status").map(|status| format!("answers {status}"));
    let own = answer.facts.get("body").and_then(|body| body.get("status")).map(|own| format!("says '{own}'"));
    match (status, own) {
        (Some(status), Some(own)) => format!("{status}, {own}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => "not healthy".to_owned(),
    }
}
