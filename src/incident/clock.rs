//! The clocks that run while something is wrong: within which time somebody must answer, and who is told when it lasts.
//! The screens' clocks of what fires are made of the same parts.

use std::time::Duration;

use jiff::Timestamp;

use crate::base::Severity;
use crate::base::time::Span;
use crate::incident::Incident;
use crate::incident::fold::between;

/// A clock in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// `P1: answer within 11m`, `Team lead since 4m`.
    pub text: String,
    /// True when its time has passed.
    pub over: bool,
}

/// How long there is to answer what has lasted for `age`.
pub fn answer(word: &str, within: Duration, age: Duration) -> Clock {
    match within.checked_sub(age) {
        Some(left) if !left.is_zero() => Clock { text: format!("{word}: answer within {}", rough(left)), over: false },
        _ => Clock { text: format!("{word}: answer {} overdue", rough(age.saturating_sub(within))), over: true },
    }
}

/// Who was told last of what has lasted for `age`, then who is next.
pub fn path<'a>(steps: impl Iterator<Item = (Duration, &'a str)>, age: Duration) -> Vec<Clock> {
    let (reached, ahead): (Vec<_>, Vec<_>) = steps.partition(|(after, _)| *after <= age);
    let told = reached
        .iter()
        .max_by_key(|step| step.0)
        .map(|(after, to)| Clock { text: format!("{to} since {}", rough(age.saturating_sub(*after))), over: true });
    let next = ahead
        .iter()
        .min_by_key(|step| step.0)
        .map(|(after, to)| Clock { text: format!("{to} in {}", rough(after.saturating_sub(age))), over: false });
    told.into_iter().chain(next).collect()
}

/// The clocks of an incident: the answer to it, then who was told last and who is next, or after what time it
/// was mitigated. None run once it is closed.
pub fn clocks(incident: &Incident, now: Timestamp) -> Vec<Clock> {
    let Some(start) = incident.start.filter(|_| incident.is_open()) else { return Vec::new() };
    let steps = incident.escalation.iter().map(|step| (Duration::from_secs(step.after_s), step.to.as_str()));
    // who is told when it lasts is told while users are not served
    let next = match incident.mitigated {
        Some(at) => vec![Clock { text: format!("mitigated after {}", rough(between(start, at))), over: false }],
        None => path(steps, between(start, now)),
    };
    answered(incident, now).into_iter().chain(next).collect()
}

/// The answer to it: how long is left, or whether it came in time. `None` where no time was set.
pub fn answered(incident: &Incident, now: Timestamp) -> Option<Clock> {
    let (start, within) = (incident.start?, Duration::from_secs(incident.respond_s?));
    let word = incident.word.as_deref().or(incident.severity.map(Severity::word)).unwrap_or("response");
    let Some(at) = incident.answered else { return Some(answer(word, within, between(start, now))) };
    let took = between(start, at);
    let late = took.checked_sub(within).filter(|late| !late.is_zero());
    let told = late.map(|late| format!(", {} late", rough(late))).unwrap_or_default();
    Some(Clock { text: format!("{word}: answered after {}{told}", rough(took)), over: late.is_some() })
}

/// Whole minutes where it is minutes: a clock on a wall need not move every second.
fn rough(span: Duration) -> String {
    match span.as_secs() {
        secs @ 120..3600 => format!("{}m", secs / 60),
        _ => Span(span).to_string(),
    }
}
