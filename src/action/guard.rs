//! Whether a run may go ahead. The one place that makes a [`Permit`], and nothing runs without one: read-only is the
//! absence of a permit, not a check in each view. Pure; the facts are arguments.

use std::time::Duration;

use jiff::Timestamp;

use crate::action::{Confirm, Holder, LastRun, Preview, Reach, RunId, WhenUnknown};

/// So many runs on one target in [`WINDOW`] want a reason.
const MOST: usize = 3;
/// See [`MOST`].
const WINDOW: Duration = Duration::from_secs(15 * 60);

/// That this run may be carried out. Only [`permit`] makes one, and it is used up by the run.
#[derive(Debug)]
pub struct Permit {
    run: RunId,
}

impl Permit {
    /// The run that it is for.
    pub fn run(&self) -> &RunId {
        &self.run
    }
}

/// What the operator confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// How: nothing, Enter, `y`, the system's name.
    pub confirm: Option<Confirm>,
    /// Why it is run again so soon.
    pub reason: Option<String>,
}

/// A run on the same target before this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recent {
    /// Who, when, how.
    pub last: LastRun,
    /// True when it worked.
    pub verified: bool,
}

/// Everything that decides.
#[derive(Debug)]
pub struct Case<'a> {
    /// The run.
    pub run: &'a RunId,
    /// Why nothing may run here at all: read-only, a file that others may write.
    pub forbidden: Option<&'a str>,
    /// What was confirmed.
    pub given: &'a Given,
    /// What was shown when it was confirmed.
    pub shown: &'a Preview,
    /// The same on fresh readings.
    pub fresh: &'a Preview,
    /// What an unknown precondition means.
    pub when_unknown: WhenUnknown,
    /// For how long after it worked it rests.
    pub rest: Duration,
    /// Runs of the last minutes on this target, newest first.
    pub recent: &'a [Recent],
    /// The time.
    pub now: Timestamp,
}

/// Why a run is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing may run here.
    #[error("{0}")]
    Forbidden(String),
    /// It was not confirmed as it must be.
    #[error("not confirmed: {}", wanted(*.0, .1))]
    NotConfirmed(Confirm, String),
    /// Its variant, argument or program is not there.
    #[error("{0}")]
    NotPossible(String),
    /// Somebody else acts on the target.
    #[error("{0}")]
    Held(Holder),
    /// The precondition does not hold, or cannot be told.
    #[error("precondition {0}")]
    Precondition(String),
    /// It is not as it was shown.
    #[error("changed since shown: {0}; look again and confirm anew")]
    Changed(String),
    /// It worked a moment ago.
    #[error("{0} worked {1} s ago ({2}): give a reason to run it again")]
    Resting(String, u64, String),
    /// Nobody on another host would be kept out.
    #[error("the lock holds on {0}: give a reason to run it all the same")]
    Unshared(Reach),
    /// It was run several times already.
    #[error("{0} runs on {1} in 15 minutes: give a reason to run another")]
    TooOften(usize, String),
}

fn wanted(confirm: Confirm, system: &str) -> String {
    match confirm {
        Confirm::Enter | Confirm::Yes => "give --yes".to_owned(),
        Confirm::Name => format!("give --confirm {system}"),
    }
}

/// True of a refusal, as told, that a reason would turn.
pub fn asks_reason(refusal: &str) -> bool {
    refusal.contains("give a reason")
}

/// Decides. The order is that of what a person wants to know first.
pub fn permit(case: &Case<'_>) -> Result<Permit, Refusal> {
    let Case { fresh, shown, given, .. } = case;
    if let Some(why) = case.forbidden {
        return Err(Refusal::Forbidden(why.to_owned()));
    }
    if let Some(why) = &fresh.refusal {
        return Err(Refusal::NotPossible(why.clone()));
    }
    if let Some(holder) = &fresh.held_by {
        return Err(Refusal::Held(holder.clone()));
    }
    if given.confirm < Some(fresh.confirm) {
        return Err(Refusal::NotConfirmed(fresh.confirm, fresh.system.clone()));
    }
    let changes = shown.changes(fresh);
    if !changes.is_empty() {
        return Err(Refusal::Changed(changes.join("; ")));
    }
    precondition(case)?;
    if given.reason.is_none() {
        if matches!(fresh.reach, Reach::Silent { .. }) {
            return Err(Refusal::Unshared(fresh.reach.clone()));
        }
        rested(case)?;
    }
    Ok(Permit { run: case.run.clone() })
}

fn precondition(case: &Case<'_>) -> Result<(), Refusal> {
    let Some(condition) = &case.fresh.precondition else { return Ok(()) };
    let because = if condition.because.is_empty() { String::new() } else { format!(": {}", condition.because) };
    match (condition.holds, case.when_unknown) {
        (Some(true), _) | (None, WhenUnknown::Allow) => Ok(()),
        (Some(false), _) => Err(Refusal::Precondition(format!("does not hold: {}{because}", condition.text))),
        (None, WhenUnknown::Refuse) => Err(Refusal::Precondition(format!("unknown: {}{because}", condition.text))),
    }
}

/// Not again right after it worked, and not again and again.
fn rested(case: &Case<'_>) -> Result<(), Refusal> {
    if case.rest.is_zero() {
        return Ok(());
    }
    let age = |at: Timestamp| Duration::try_from(case.now.duration_since(at)).unwrap_or(Duration::ZERO);
    let ours = case.recent.iter().filter(|recent| recent.last.action == case.fresh.action);
    if let Some(worked) = ours.into_iter().find(|recent| recent.verified && age(recent.last.at) < case.rest) {
        let LastRun { action, at, who, .. } = &worked.last;
        return Err(Refusal::Resting(action.clone(), age(*at).as_secs(), who.clone()));
    }
    let often = case.recent.iter().filter(|recent| age(recent.last.at) < WINDOW).count();
    if often >= MOST {
        return Err(Refusal::TooOften(often, case.fresh.target.clone()));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
