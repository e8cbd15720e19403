//! The state machine of one alert.

use std::collections::VecDeque;
use std::mem::discriminant;
use std::time::Duration;

use crate::base::{Mono, Now};
use crate::expr::{Verdict, Why};
use crate::rule::{AlertState, FLAP_CHANGES, FLAP_WINDOW, RuleSpec};
use crate::signal::{SignalStore, Timing};

/// One rule's alert.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// Where it is now.
    pub state: AlertState,
    /// Since when it is there. For pending and firing: since when the condition holds.
    pub since: Now,
    /// What decides it: the numbers of now while the condition holds, else those of the last change.
    pub because: String,
    /// The time for which the condition holds, as far as it was seen; kept while it cannot be told.
    run: Option<Run>,
    /// Whether it was active (pending or firing) when that could last be told.
    active: Option<bool>,
    /// Times of the last changes into and out of active.
    changes: VecDeque<Mono>,
}

/// A time for which a condition holds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Run {
    start: Now,
    /// Last moment at which it was seen to hold.
    last: Mono,
    /// It held for long enough: the alert fires.
    fired: bool,
}

/// A transition worth a line; worth a notice where [`Change::is_news`].
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Before.
    pub from: AlertState,
    /// After.
    pub to: AlertState,
    /// The first verdict after the start, which is no news.
    pub first: bool,
    /// It fired before it could not be told, and still does: no news.
    pub resumed: bool,
}

impl Change {
    /// True when somebody should be told: neither the first verdict after the start, nor one that was told before.
    pub fn is_news(&self) -> bool {
        !self.first && !self.resumed
    }
}

impl Alert {
    /// An alert that has not been evaluated yet.
    pub fn new(now: Now) -> Self {
        Self {
            state: AlertState::Unknown(Why::words("not evaluated yet")),
            since: now,
            because: String::new(),
            run: None,
            active: None,
            changes: VecDeque::new(),
        }
    }

    /// An alert as it was recorded, for screens that show what was: its life does not go on from there.
    pub fn recalled(state: AlertState, since: Now, because: String, flips: impl IntoIterator<Item = Mono>) -> Self {
        Self { state, since, because, run: None, active: None, changes: flips.into_iter().collect() }
    }

    /// Evaluates the rule and moves on. Returns the change, if there was one.
    ///
    /// - `for` counts the time for which the condition was seen to hold. A gap that the readings do not cover (three
    ///   intervals; a machine that slept) starts it anew, a failed poll within them does not.
    /// - Firing ends when the condition no longer holds and `keep_firing_for` is over; with `clear_when`, only when that
    ///   holds too.
    /// - Unknown forgets nothing: an alert that fired and cannot be told fires again, with its old time, as soon as it
    ///   can be told that nothing ended it.
    pub fn evaluate(&mut self, rule: &RuleSpec, store: &SignalStore, now: Now) -> Option<Change> {
        let fired = self.run.is_some_and(|run| run.fired);
        let verdict = rule.when.verdict(store, now);
        let holds = verdict == Verdict::True;
        let ended_by_clearing = fired && !holds && rule.clear_when.is_some();
        let to = match verdict {
            Verdict::True => self.holds(rule, store, now),
            Verdict::False if fired && !self.may_end(rule, store, now) => AlertState::Firing,
            Verdict::False => {
                self.run = None;
                AlertState::Inactive
            }
            Verdict::Unknown(why) => {
                if ended_by_clearing && self.may_end(rule, store, now) {
                    self.run = None;
                }
                AlertState::Unknown(why)
            }
        };
        let changed = discriminant(&self.state) != discriminant(&to);
        let from = std::mem::replace(&mut self.state, to.clone());
        if !changed {
            if holds {
                self.because = rule.when.evidence(store, now);
            }
            return None;
        }
        self.since = match (&to, self.run) {
            (AlertState::Pending | AlertState::Firing, Some(run)) => run.start,
            _ => now,
        };
        let decided = match &rule.clear_when {
            Some(clear_when) if ended_by_clearing && to == AlertState::Inactive => clear_when,
            _ => &rule.when,
        };
        self.because = decided.evidence(store, now);
        let first = self.active.is_none();
        self.count(&to, now.mono);
        let resumed = fired && to == AlertState::Firing;
        Some(Change { from, to, first, resumed })
    }

    fn holds(&mut self, rule: &RuleSpec, store: &SignalStore, now: Now) -> AlertState {
        let covered = covered(rule, store);
        let run = self.run.filter(|run| run.fired || now.mono.since(run.last) <= covered);
        let mut run = run.unwrap_or(Run { start: now, last: now.mono, fired: false });
        run.last = now.mono;
        run.fired |= now.mono.since(run.start.mono) >= rule.hold.0;
        self.run = Some(run);
        if run.fired { AlertState::Firing } else { AlertState::Pending }
    }

    fn may_end(&self, rule: &RuleSpec, store: &SignalStore, now: Now) -> bool {
        let kept = self.run.is_none_or(|run| now.mono.since(run.last) >= rule.keep_firing_for.0);
        kept && rule.clear_when.as_ref().is_none_or(|clear_when| clear_when.verdict(store, now) == Verdict::True)
    }

    fn count(&mut self, to: &AlertState, now: Mono) {
        let active = match to {
            AlertState::Unknown(_) => return,
            AlertState::Inactive => false,
            AlertState::Pending | AlertState::Firing => true,
        };
        if self.active.replace(active).is_some_and(|before| before != active) {
            if self.changes.len() == FLAP_CHANGES {
                self.changes.pop_front();
            }
            self.changes.push_back(now);
        }
    }

    /// True when it changed too often to be believed: 5 changes in 10 minutes.
    pub fn is_flapping(&self, now: Now) -> bool {
        self.changes.len() == FLAP_CHANGES
            && self.changes.front().is_some_and(|first| now.mono.since(*first) <= FLAP_WINDOW)
    }

    /// Since when it fired, for an alert that cannot be told any more and had not ended.
    pub fn was_firing(&self) -> Option<Now> {
        let run = self.run.filter(|run| run.fired)?;
        matches!(self.state, AlertState::Unknown(_)).then_some(run.start)
    }
}

/// For how long what was seen of a rule's signals may be believed: as long as none of them is stale.
fn covered(rule: &RuleSpec, store: &SignalStore) -> Duration {
    let timings = rule.when.signals().iter().filter_map(|key| store.timing(key.component.as_str()));
    timings.map(Timing::stale_after).min().unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests;
