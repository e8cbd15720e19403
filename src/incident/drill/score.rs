//! What a drill comes to: its times, its points and how they are told.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::time::Span;
use crate::incident::drill::{End, Task};

/// How the score comes about.
pub const FORMULA: &str = "Of 100: 20 for seeing it (all within 1 min of its first sign, none after 5), 20 for the right \
     runbook (all within 2 min, none after 10), 60 for the recovery (all within 5 min, none after 30; what nobody here \
     can end counts from its end on), less 10 for each unneeded action and 5 for each wrong runbook.";

/// How a drill went. Times are seconds after the fault broke out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// What it was about.
    pub task: Task,
    /// How it ended.
    pub end: End,
    /// How many seconds it took in all.
    pub lasted_s: u64,
    /// How many seconds after its beginning the fault broke out; none where it ended before.
    pub broke_s: Option<u64>,
    /// When midwatch showed that something is wrong.
    pub shown_s: Option<u64>,
    /// When whoever drilled first turned to the system.
    pub reacted_s: Option<u64>,
    /// When the right runbook was opened.
    pub runbook_s: Option<u64>,
    /// When the fault was gone.
    pub healed_s: Option<u64>,
    /// When the system was well again.
    pub recovered_s: Option<u64>,
    /// The action that ended the fault.
    pub healed_by: Option<String>,
    /// Actions that were run, neither stood in the right runbook nor ended the fault.
    pub unneeded: Vec<String>,
    /// Other runbooks that were opened.
    pub wrong: Vec<String>,
    /// Of 100.
    pub points: u8,
}

/// All of `most` up to `full` seconds, none from `none` on, evenly less between.
pub(super) fn graded(most: u64, seconds: u64, (full, none): (u64, u64)) -> u64 {
    most * none.saturating_sub(seconds.max(full)) / none.saturating_sub(full).max(1)
}

impl Score {
    /// Points for seeing it, for the runbook, for the recovery.
    pub fn parts(&self) -> [u64; 3] {
        // nobody can see what does not show yet; whoever is quicker than that has seen it all the same
        let sign = self.shown_s.unwrap_or(0);
        let since = |at: Option<u64>, from: u64| at.map(|at| at.saturating_sub(from));
        let begins = if self.task.passes { self.healed_s.unwrap_or(sign).max(sign) } else { sign };
        [
            since(self.reacted_s, sign).map_or(0, |s| graded(20, s, (60, 300))),
            since(self.runbook_s, sign).map_or(0, |s| graded(20, s, (120, 600))),
            since(self.recovered_s, begins).map_or(0, |s| graded(60, s, (300, 1800))),
        ]
    }

    /// Points that are taken off.
    pub fn less(&self) -> u64 {
        let count = |list: &[String]| u64::try_from(list.len()).unwrap_or(u64::MAX);
        count(&self.unneeded).saturating_mul(10).saturating_add(count(&self.wrong).saturating_mul(5))
    }

    pub(super) fn sum(&self) -> u8 {
        let sum: u64 = self.parts().iter().sum();
        u8::try_from(sum.saturating_sub(self.less()).min(100)).unwrap_or(100)
    }

    /// In one line.
    pub fn told(&self) -> String {
        format!("{} of 100, {}", self.points, self.end.word())
    }

    /// Label and value of each line of the score.
    pub fn rows(&self) -> Vec<(&'static str, String)> {
        let span = |seconds: u64| Span(Duration::from_secs(seconds)).to_string();
        let after = |at: Option<u64>| at.map_or("never".to_owned(), |at| format!("after {}", span(at)));
        let Task { seed, system, fault, title, runbook, .. } = &self.task;
        let mut rows = vec![("score", self.told())];
        if self.broke_s.is_none() {
            rows.push(("fault", "it had not broken out yet".to_owned()));
            rows.push(("again", format!("--drill --seed {seed}")));
            return rows;
        }
        let [see, book, recovery] = self.parts();
        let healed = match (&self.healed_by, self.task.passes) {
            (Some(action), _) => format!("{} by {action}", after(self.healed_s)),
            (None, true) if self.healed_s.is_some() => format!("{} by itself, as such faults do", after(self.healed_s)),
            _ => after(self.healed_s),
        };
        rows.extend([
            ("fault", format!("{system}/{fault}: {title}")),
            ("shown", after(self.shown_s)),
            ("seen", format!("{}: {see} of 20", after(self.reacted_s))),
            ("runbook", format!("{runbook} {}: {book} of 20", after(self.runbook_s))),
            ("fault ended", healed),
            ("recovered", format!("{}: {recovery} of 60", after(self.recovered_s))),
            ("unneeded", listed(&self.unneeded, 10)),
            ("wrong books", listed(&self.wrong, 5)),
            ("again", format!("--drill --seed {seed}")),
        ]);
        rows
    }

    /// What its runbook's Validation Log says of it.
    pub fn result(&self) -> String {
        let points = self.points;
        match (self.end, self.runbook_s) {
            (End::Recovered, Some(_)) => format!("pass, {points} of 100"),
            (End::Recovered, None) => format!("not used, {points} of 100"),
            (end, _) => format!("failed: {}, {points} of 100", end.word()),
        }
    }
}

fn listed(names: &[String], each: usize) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    format!("{}: less {}", names.join(", "), names.len() * each)
}
