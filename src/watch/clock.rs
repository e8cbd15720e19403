//! The clocks that run while something is wrong: within which time somebody must answer, and who is told when it lasts.
//! Pure.

use std::time::Duration;

use crate::base::time::Span;
use crate::base::{Now, Status};
use crate::watch::{Finding, Watch};

/// A clock in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// `P1: answer within 11m`, `Team lead since 4m`.
    pub text: String,
    /// True when its time has passed.
    pub over: bool,
}

/// The clocks that run now: the answer to the worst finding, then who was told last of what is critical, then who is next.
pub fn clocks(watch: &Watch, now: Now) -> Vec<Clock> {
    let findings = &watch.situation.findings;
    let answer = findings.iter().find_map(|finding| answer(watch, finding, now));
    let mut clocks: Vec<Clock> = answer.into_iter().collect();
    // the one that lasts longest is the one that people were told of first
    let critical = findings.iter().filter(|finding| finding.status == Status::Critical);
    if let Some(age) = critical.map(|finding| now.mono.since(finding.since.mono)).max() {
        let (reached, ahead): (Vec<_>, Vec<_>) = watch.system.escalation.iter().partition(|step| step.after.0 <= age);
        if let Some(step) = reached.iter().max_by_key(|step| step.after.0) {
            clocks.push(Clock {
                text: format!("{} since {}", step.to, rough(age.saturating_sub(step.after.0))),
                over: true,
            });
        }
        if let Some(step) = ahead.iter().min_by_key(|step| step.after.0) {
            clocks.push(Clock {
                text: format!("{} in {}", step.to, rough(step.after.0.saturating_sub(age))),
                over: false,
            });
        }
    }
    clocks
}

fn answer(watch: &Watch, finding: &Finding, now: Now) -> Option<Clock> {
    let word = finding.word.as_ref()?;
    let within = watch.system.severity.get(word)?.respond?.0;
    let age = now.mono.since(finding.since.mono);
    Some(match within.checked_sub(age) {
        Some(left) if !left.is_zero() => Clock { text: format!("{word}: answer within {}", rough(left)), over: false },
        _ => Clock { text: format!("{word}: answer {} overdue", rough(age.saturating_sub(within))), over: true },
    })
}

/// Whole minutes where it is minutes: a clock on a wall need not move every second.
fn rough(span: Duration) -> String {
    match span.as_secs() {
        secs @ 120..3600 => format!("{}m", secs / 60),
        _ => Span(span).to_string(),
    }
}

#[cfg(test)]
mod tests;
