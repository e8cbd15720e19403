//! What came of a step.

use crate::base::Mono;

/// What came of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Nothing yet.
    Todo,
    /// It is under way.
    Running {
        /// Since when.
        since: Mono,
    },
    /// Its human says that it is done.
    Done,
    /// It was looked at, and this was found. What is not as expected is a finding of the diagnosis, no failure.
    Found {
        /// What was seen: `worker.up = false`.
        what: String,
        /// Whether that is what is expected of a healthy system; `None` where nothing says what is, or it cannot be told.
        as_expected: Option<bool>,
    },
    /// Its effect was seen.
    Verified {
        /// What was seen.
        because: String,
    },
    /// It was done, and its effect was not seen.
    NotVerified {
        /// What was seen instead.
        why: String,
    },
    /// It could not be done.
    Failed {
        /// Why.
        why: String,
    },
    /// It was left out.
    Skipped {
        /// Why.
        reason: String,
    },
}

impl Mark {
    /// True where the next step may follow.
    pub fn is_behind(&self) -> bool {
        matches!(self, Mark::Done | Mark::Found { .. } | Mark::Verified { .. } | Mark::Skipped { .. })
    }

    /// True where the walk stops until somebody decides.
    pub fn is_stuck(&self) -> bool {
        matches!(self, Mark::NotVerified { .. } | Mark::Failed { .. })
    }

    /// The stable word.
    pub fn word(&self) -> &'static str {
        match self {
            Mark::Todo => "todo",
            Mark::Running { .. } => "running",
            Mark::Done => "done",
            Mark::Found { as_expected: Some(true), .. } => "as expected",
            Mark::Found { as_expected: Some(false), .. } => "not as expected",
            Mark::Found { as_expected: None, .. } => "looked at",
            Mark::Verified { .. } => "verified",
            Mark::NotVerified { .. } => "not verified",
            Mark::Failed { .. } => "failed",
            Mark::Skipped { .. } => "skipped",
        }
    }

    /// What is said beside the word; empty where nothing is.
    pub fn because(&self) -> &str {
        match self {
            Mark::Todo | Mark::Running { .. } | Mark::Done => "",
            Mark::Found { what: text, .. }
            | Mark::Verified { because: text }
            | Mark::NotVerified { why: text }
            | Mark::Failed { why: text }
            | Mark::Skipped { reason: text } => text,
        }
    }
}
