//! One cause that many findings share is told once.

use crate::base::{Cause, Missing, Now, State, Status};
use crate::rule::AlertState;
use crate::watch::situation::{Finding, Situation};
use crate::watch::{Component, Watch};

/// So many components that share a reason are one finding.
const MANY: usize = 3;

/// Why something cannot be told, as far as many may share it.
#[derive(Clone, Copy, PartialEq)]
enum Reason {
    Stale,
    Failed(Cause),
}

/// When nothing at all answers, the nearest explanation is this side of the network: one cause, not twenty.
pub(super) fn own_network(watched: &[&Component], situation: &mut Situation) {
    let unreachable =
        |c: &&Component| c.state == State::Down && c.error.as_ref().is_some_and(|e| e.cause.is_unreachable());
    if watched.len() < 3 || !watched.iter().all(unreachable) || situation.findings.len() < 2 {
        return;
    }
    let mut all = std::mem::take(&mut situation.findings);
    let mut first = all.remove(0);
    first.text = format!("No component answers ({} of {}): own network?", watched.len(), watched.len());
    for other in all {
        first.consequences.push(other.rule);
        first.consequences.extend(other.consequences);
    }
    first.component = None;
    situation.findings = vec![first];
}

/// When many components cannot be told for one reason, it is said once, with the rules that cannot be told for it.
pub(super) fn one_reason(watch: &Watch, watched: &[&Component], situation: &mut Situation, now: Now) {
    let told: Vec<Option<Reason>> = situation.findings.iter().map(|finding| reason(watch, finding)).collect();
    let mut seen: Vec<Reason> = Vec::new();
    for shared in told.iter().flatten() {
        if !seen.contains(shared) {
            seen.push(*shared);
        }
    }
    for shared in seen {
        let is_of = |finding: &Finding| reason(watch, finding) == Some(shared);
        let components = situation.findings.iter().filter(|f| is_of(f) && f.component.is_some()).count();
        if components >= MANY {
            let texts = situation.findings.iter().filter(|f| is_of(f)).filter_map(|f| own_words(watch, f));
            let words = same(texts);
            let all = std::mem::take(&mut situation.findings);
            situation.findings = merged(all, is_of, |first| match shared {
                Reason::Stale => stopped(first, components, watched, now),
                Reason::Failed(cause) => {
                    let why = words.unwrap_or_else(|| cause.to_string());
                    first.text = format!("{components} components cannot be told: {why}");
                }
            });
        }
    }
}

fn reason(watch: &Watch, finding: &Finding) -> Option<Reason> {
    let AlertState::Unknown(why) = &watch.alerts.get(&finding.rule)?.alert.state else { return None };
    match why.missing.as_ref().filter(|_| finding.status == Status::Unknown)? {
        Missing::Stale => Some(Reason::Stale),
        Missing::Failed { cause, .. } => Some(Reason::Failed(*cause)),
        _ => None,
    }
}

/// The error of the component that a finding is about.
fn own_words<'w>(watch: &'w Watch, finding: &Finding) -> Option<&'w str> {
    let component = watch.components.get(finding.component.as_ref()?)?;
    component.error.as_ref().map(|error| error.text.as_str())
}

/// The text, where all are the same.
fn same<'a>(mut texts: impl Iterator<Item = &'a str>) -> Option<String> {
    let first = texts.next()?;
    texts.all(|text| text == first).then(|| first.to_owned())
}

/// Nobody asks any more: paused, or asleep. It is so since the newest answer.
fn stopped(first: &mut Finding, silent: usize, watched: &[&Component], now: Now) {
    first.text = format!("{silent} of {} components are not asked any more: polling stopped?", watched.len());
    if let Some(newest) = watched.iter().filter_map(|component| component.polled).max() {
        first.since = Now { mono: newest, wall: now.wall_of(newest) };
    }
}

/// The findings of a kind as one, in the place of the first.
fn merged(all: Vec<Finding>, is_of: impl Fn(&Finding) -> bool, tell: impl FnOnce(&mut Finding)) -> Vec<Finding> {
    let mut kept: Vec<Finding> = Vec::with_capacity(all.len());
    let mut place = None;
    for finding in all {
        if let Some(at) = place.filter(|_| is_of(&finding)) {
            let one: &mut Finding = &mut kept[at];
            one.consequences.push(finding.rule);
            one.consequences.extend(finding.consequences);
        } else {
            place = place.or_else(|| is_of(&finding).then_some(kept.len()));
            kept.push(finding);
        }
    }
    if let Some(one) = place.and_then(|at| kept.get_mut(at)) {
        one.component = None;
        tell(one);
    }
    kept
}
