//! Judges an answer by the component's own expressions: up, degraded, down or unknown, and its signals. Pure.

use crate::base::{Cause, Missing, Redactor, Shown, State};
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

impl Observation {
    /// The same without secrets: what a component echoes reaches no screen, expression or file.
    #[must_use]
    pub fn redacted(mut self, redactor: &Redactor) -> Self {
        self.reason = self.reason.map(|reason| reason.redacted(redactor));
        for measured in &mut self.signals {
            if let Ok(value) = &mut measured.value {
                *value = std::mem::replace(value, Value::Null).redacted(redactor);
            }
        }
        match &mut self.detail {
            Detail::Rq(snapshot) => snapshot.redact(redactor),
            Detail::Table { columns, rows, .. } => {
                for cell in columns.iter_mut().chain(rows.iter_mut().flatten()) {
                    if redactor.finds(cell.as_str()) {
                        *cell = Shown::from_remote(&redactor.redact(cell.as_str()));
                    }
                }
            }
            // cleaned where it is read
            Detail::Http(_) | Detail::Said(_) | Detail::None => {}
        }
        self
    }
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
        signals.push(Measured {
            name: name.clone(),
            value,
            unit: signal.unit().map(str::to_owned),
            course: Vec::new(),
        });
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
        let words = || told(answer, &format!("with {}", short(degraded)));
        return (State::Degraded, Some(trouble().map_or_else(words, |trouble| with_own_words(trouble, answer))));
    }
    // it lives and says that it cannot serve now (it loads, is busy, …): "down" would propose a restart, which hurts
    if let Some(limping) = trouble().filter(|trouble| trouble.cause.state() == State::Degraded) {
        return (State::Degraded, Some(limping));
    }
    let wanted =
        spec.healthy.as_ref().map_or_else(|| "not healthy".to_owned(), |wanted| format!("not so: {}", short(wanted)));
    match healthy {
        Ok(_) => {
            let reason = trouble().map_or_else(|| told(answer, &wanted), |trouble| with_own_words(trouble, answer));
            (State::Down, Some(reason))
        }
        Err(text) => (State::Unknown, Some(trouble().unwrap_or_else(|| ProbeError::new(Cause::MissingField, text)))),
    }
}

fn truth(expr: &Expr, answer: &Answer) -> Result<bool, String> {
    match expr.over(&answer.facts)? {
        Value::Bool(b) => Ok(b),
        other => Err(format!("{} is {other}, not true or false", expr.text())),
    }
}

/// Why a component is not up: what its answer says of itself (`answers 503, says 'critical'`), else what decided.
fn told(answer: &Answer, decided: &str) -> ProbeError {
    let status = answer.facts.get("status").map(|status| format!("answers {status}, ")).unwrap_or_default();
    let own = own_words(answer);
    ProbeError::new(Cause::Unhealthy, status + own.as_deref().unwrap_or(decided))
}

/// The trouble, and what the body that came with it says: `503 from h:1, says 'not_ready': database unavailable`.
fn with_own_words(trouble: ProbeError, answer: &Answer) -> ProbeError {
    match own_words(answer).filter(|_| trouble.cause == Cause::BadStatus) {
        Some(own) => ProbeError { text: format!("{}, {own}", trouble.text), ..trouble },
        None => trouble,
    }
}

/// What an answer says of itself: its `status`, or what it gives as the error, and which of its `checks` are not well.
fn own_words(answer: &Answer) -> Option<String> {
    /// Checks that are told.
    const MOST: usize = 4;
    let body = answer.facts.get("body")?;
    let own = ["status", "detail", "error"].into_iter().find_map(|field| match body.get(field)? {
        Value::Null | Value::List(_) | Value::Map(_) => None,
        own => Some(clipped(own.as_str().unwrap_or(&own.to_string()))),
    })?;
    let checks = match body.get("checks") {
        Some(Value::Map(checks)) => {
            let unwell = checks.iter().filter_map(|(name, check)| Some(format!("{name} {}", unwell(check)?)));
            unwell.take(MOST).collect()
        }
        _ => Vec::new(),
    };
    let checks = if checks.is_empty() { String::new() } else { format!(": {}", clipped(&checks.join(", "))) };
    Some(Shown::from_remote(&format!("says '{own}'{checks}")).into_string())
}

/// The word of a check that is not well: its text, or its own `status`.
fn unwell(check: &Value) -> Option<&str> {
    const WELL: &[&str] = &["ok", "healthy", "up", "pass", "ready"];
    let word = check.as_str().or_else(|| check.get("status")?.as_str())?;
    (!WELL.contains(&word)).then_some(word)
}

/// On one line and short.
fn clipped(text: &str) -> String {
    const MOST: usize = 80;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= MOST { line } else { line.chars().take(MOST - 1).chain(['…']).collect() }
}

/// A condition as written, on one line and short.
fn short(expr: &Expr) -> String {
    clipped(expr.text())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::expr::Facts;

    fn judged(spec: &str, status: Option<&str>, trouble: Option<Cause>) -> (State, Option<String>) {
        let spec: ComponentSpec = toml::from_str(&format!("probe.tcp = {{ address = 'h:1' }}\n{spec}")).unwrap();
        let body = status.map(|status| Value::Map([("status".to_owned(), status.into())].into()));
        let body = body.unwrap_or_else(|| Value::Map(indexmap::IndexMap::new()));
        let facts: Facts = [("body".to_owned(), body)].into();
        let trouble = trouble.map(|cause| ProbeError::new(cause, "trouble"));
        let detail = Detail::None;
        let seen = assess(&spec, Answer { facts, signals: Vec::new(), latency: Duration::ZERO, detail, trouble });
        (seen.state, seen.reason.map(|reason| reason.text))
    }

    #[test]
    fn an_answer_is_judged_by_its_own_words_and_its_trouble() {
        const NONE: &str = "";
        const FIELD: &str = "healthy = \"has(body.status)\"";
        const LIMP: &str = "healthy = \"has(body.status)\"\ndegraded = \"!has(body.status)\"";
        const BOTH: &str = "healthy = \"body.status == 'ok'\"\ndegraded = \"body.status == 'warning'\"";
        for (spec, status, trouble, state, reason) in [
            (NONE, None, None, State::Up, None),
            (NONE, None, Some(Cause::BadStatus), State::Down, Some("trouble")),
            (NONE, None, Some(Cause::Loading), State::Degraded, Some("trouble")),
            (NONE, None, Some(Cause::Malformed), State::Unknown, Some("trouble")),
            (BOTH, Some("ok"), None, State::Up, None),
            (BOTH, Some("ok"), Some(Cause::BadStatus), State::Up, None),
            (BOTH, Some("ok"), Some(Cause::Unauthorized), State::Unknown, Some("trouble")),
            (BOTH, Some("warning"), None, State::Degraded, Some("says 'warning'")),
            (BOTH, Some("critical"), Some(Cause::BadStatus), State::Down, Some("trouble, says 'critical'")),
            (BOTH, Some("critical"), Some(Cause::Malformed), State::Down, Some("trouble")),
            (BOTH, Some("critical"), None, State::Down, Some("says 'critical'")),
            (BOTH, Some("critical"), Some(Cause::Busy), State::Degraded, Some("trouble")),
            (BOTH, None, Some(Cause::Loading), State::Degraded, Some("trouble")),
            (BOTH, None, Some(Cause::Malformed), State::Unknown, Some("trouble")),
            (FIELD, None, None, State::Down, Some("not so: has(body.status)")),
            (LIMP, None, None, State::Degraded, Some("with !has(body.status)")),
        ] {
            let expected = (state, reason.map(str::to_owned));
            assert_eq!(judged(spec, status, trouble), expected, "{spec:?} {status:?} {trouble:?}");
        }
        assert_eq!(judged(BOTH, None, None).0, State::Unknown, "what is not told is not false");
    }

    #[test]
    fn what_answers_badly_is_quoted_with_the_checks_that_are_not_well() {
        for (body, words) in [
            (
                json!({ "status": "not_ready", "checks": { "supabase": "unavailable" } }),
                "says 'not_ready': supabase unavailable",
            ),
            (
                json!({ "status": "error", "checks": { "a": "healthy", "b": { "status": "warning" }, "c": { "count": 3 }, "d": "down" } }),
                "says 'error': b warning, d down",
            ),
            (json!({ "status": 7, "checks": [] }), "says '7'"),
            (json!({ "status": { "polling": true }, "error": "no loop" }), "says 'no loop'"),
            (json!({ "detail": "supabase\n unavailable" }), "says 'supabase unavailable'"),
        ] {
            let facts: Facts = [("body".to_owned(), Value::from_json(body))].into();
            let answer =
                Answer { facts, signals: Vec::new(), latency: Duration::ZERO, detail: Detail::None, trouble: None };
            let quoted = with_own_words(ProbeError::new(Cause::BadStatus, "503 from h:1"), &answer);
            assert_eq!(quoted.text, format!("503 from h:1, {words}"));
        }
    }
}
