//! A drill: a hidden fault and a stopwatch. What was seen, and when, is folded into the times that count, and those into a
//! score. Time is an argument: how long the drill has been going on.

mod score;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use score::{FORMULA, Score};

/// When a drill ends by itself.
pub const LIMIT: Duration = Duration::from_secs(1800);
/// For how long a system must have been well before that counts as its recovery: one good look may be luck.
const SETTLES: Duration = Duration::from_secs(10);
/// Most runs, and most wrong runbooks, that are kept.
const MOST: usize = 64;

/// What a drill is about. Nobody who drills may see it before the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// What the choice came from: the same again makes the same drill.
    pub seed: u64,
    /// Which system.
    pub system: String,
    /// Its fault.
    pub fault: String,
    /// That in words.
    pub title: String,
    /// The runbook that is for it.
    pub runbook: String,
    /// The actions of that runbook's steps.
    pub actions: Vec<String>,
    /// Nobody who drills can end it: it passes.
    pub passes: bool,
}

/// Something that was seen in a drill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// The fault broke out.
    Broke,
    /// The fault is gone.
    Healed,
    /// How its system looks: is nothing wrong there?
    Looked {
        /// As well as before.
        well: bool,
    },
    /// Whoever drills turned to the system: an action, its incident.
    Reacted,
    /// A runbook was opened.
    Runbook {
        /// Of which system.
        system: String,
        /// Its id.
        id: String,
    },
    /// An action began to run.
    Began {
        /// Its run.
        run: String,
        /// On which system.
        system: String,
        /// Its id.
        action: String,
    },
    /// A run was refused: nothing happened.
    Refused {
        /// Its run.
        run: String,
    },
    /// Whoever drills has left.
    Left,
}

/// How a drill ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// The fault is gone and the system is well again.
    Recovered,
    /// Whoever drilled left before.
    Left,
    /// Its time was over before.
    TimedOut,
}

impl End {
    /// In words.
    pub fn word(self) -> &'static str {
        match self {
            End::Recovered => "recovered",
            End::Left => "left before the recovery",
            End::TimedOut => "not recovered in time",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Run {
    id: String,
    system: String,
    action: String,
    refused: bool,
    healed: bool,
}

/// A drill under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drill {
    task: Task,
    broke: Option<Duration>,
    shown: Option<Duration>,
    reacted: Option<Duration>,
    right: Option<Duration>,
    healed: Option<Duration>,
    /// Since when the system has been well without a break.
    well: Option<Duration>,
    recovered: Option<Duration>,
    over: Option<(Duration, End)>,
    wrong: Vec<String>,
    runs: Vec<Run>,
}

impl Drill {
    /// One that begins.
    pub fn new(task: Task) -> Self {
        Self {
            task,
            broke: None,
            shown: None,
            reacted: None,
            right: None,
            healed: None,
            well: None,
            recovered: None,
            over: None,
            wrong: Vec::new(),
            runs: Vec::new(),
        }
    }

    /// What it is about.
    pub fn task(&self) -> &Task {
        &self.task
    }

    /// When the fault broke out.
    pub fn broke(&self) -> Option<Duration> {
        self.broke
    }

    /// When midwatch first showed that something is wrong.
    pub fn shown(&self) -> Option<Duration> {
        self.shown
    }

    /// True once the fault is gone.
    pub fn is_healed(&self) -> bool {
        self.healed.is_some()
    }

    /// When and how it ended.
    pub fn over(&self) -> Option<(Duration, End)> {
        self.over
    }

    /// Takes in what was seen so long after the beginning. What comes after the end counts no more.
    pub fn absorb(&mut self, at: Duration, seen: Seen) {
        if self.over.is_some() {
            return;
        }
        match seen {
            Seen::Broke => self.broke = self.broke.or(Some(at)),
            Seen::Healed => self.heal(at),
            Seen::Looked { well } => self.look(at, well),
            Seen::Reacted => self.react(at),
            Seen::Runbook { system, id } => self.runbook(at, &system, &id),
            Seen::Began { run, system, action } => self.begin(at, run, system, action),
            Seen::Refused { run } => {
                if let Some(run) = self.runs.iter_mut().find(|known| known.id == run) {
                    run.refused = true;
                }
            }
            Seen::Left => self.over = Some((at, End::Left)),
        }
        if self.over.is_none() && at >= LIMIT {
            self.over = Some((at, End::TimedOut));
        }
    }

    fn heal(&mut self, at: Duration) {
        if self.broke.is_none() || self.healed.is_some() {
            return;
        }
        self.healed = Some(at);
        // what passes by itself was ended by nobody
        if let Some(last) = self.runs.iter_mut().rfind(|run| !run.refused).filter(|_| !self.task.passes) {
            last.healed = true;
        }
    }

    fn look(&mut self, at: Duration, well: bool) {
        if self.broke.is_none() {
            return;
        }
        if !well {
            self.shown = self.shown.or(Some(at));
            self.well = None;
            return;
        }
        let since = *self.well.get_or_insert(at);
        let Some(from) = self.healed.map(|healed| healed.max(since)) else { return };
        if at.saturating_sub(from) >= SETTLES {
            self.recovered = Some(from);
            self.over = Some((at, End::Recovered));
        }
    }

    /// Whoever opens something before the fault saw no fault.
    fn react(&mut self, at: Duration) {
        if self.broke.is_some() {
            self.reacted = self.reacted.or(Some(at));
        }
    }

    fn runbook(&mut self, at: Duration, system: &str, id: &str) {
        let ours = system == self.task.system;
        if ours && id == self.task.runbook {
            self.right = self.right.or(self.broke.map(|_| at));
        } else if self.broke.is_some() {
            let name = format!("{system}/{id}");
            if !self.wrong.contains(&name) && self.wrong.len() < MOST {
                self.wrong.push(name);
            }
        }
        if ours {
            self.react(at);
        }
    }

    fn begin(&mut self, at: Duration, id: String, system: String, action: String) {
        if system == self.task.system {
            self.react(at);
        }
        if self.runs.len() < MOST && !self.runs.iter().any(|run| run.id == id) {
            self.runs.push(Run { id, system, action, refused: false, healed: false });
        }
    }

    /// How it went so far.
    pub fn score(&self, now: Duration) -> Score {
        let after = |at: Option<Duration>| at.zip(self.broke).map(|(at, broke)| at.saturating_sub(broke).as_secs());
        let is_unneeded = |run: &&Run| {
            let is_step = run.system == self.task.system && self.task.actions.contains(&run.action);
            !(run.refused || run.healed || is_step)
        };
        let healed_by = self.runs.iter().find(|run| run.healed).map(|run| run.action.clone());
        let mut score = Score {
            task: self.task.clone(),
            end: self.over.map_or(End::Left, |(_, end)| end),
            lasted_s: self.over.map_or(now, |(at, _)| at).as_secs(),
            broke_s: self.broke.map(|broke| broke.as_secs()),
            shown_s: after(self.shown),
            reacted_s: after(self.reacted),
            runbook_s: after(self.right),
            healed_s: after(self.healed),
            recovered_s: after(self.recovered),
            healed_by,
            unneeded: self
                .runs
                .iter()
                .filter(is_unneeded)
                .map(|run| format!("{}/{}", run.system, run.action))
                .collect(),
            wrong: self.wrong.clone(),
            points: 0,
        };
        score.points = score.sum();
        score
    }
}

#[cfg(test)]
mod tests;
