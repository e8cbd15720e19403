//! Where each alert stood when, and which runs of midwatch watched: what screens tell of before this start, and of a
//! moment that is over. Pure and bounded. No alert lives on by it: a life is judged on fresh readings alone.
//!
//! Times are milliseconds of the boot-time clock, negative where they lie before the boot.

use std::collections::{HashMap, VecDeque};

use crate::base::{Now, RuleId, Shown};
use crate::rule::{AlertState, FLAP_CHANGES, FLAP_WINDOW};
use crate::signal::past::{millis, span};
use crate::watch::{Event, WatchedRule};

/// Most changes that are kept.
pub const MOST: usize = 2000;
/// Most alerts of which they are; of a fleet of thousands the first.
pub const MOST_ALERTS: usize = 1000;
/// Most earlier runs.
pub const MOST_RUNS: usize = 50;
/// What was not watched for longer is told apart: nobody says that an alert fires since before it.
const NEAR: i64 = 1_800_000;
/// Longest reason, in bytes.
const LONGEST: usize = 400;

/// Where an alert stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It could not be told.
    Unknown,
    /// Its condition did not hold.
    Inactive,
    /// It held, not yet for long enough.
    Pending,
    /// It fired.
    Firing,
}

/// All of them.
const ALL: [Standing; 4] = [Standing::Unknown, Standing::Inactive, Standing::Pending, Standing::Firing];

impl Standing {
    /// The stable word.
    pub fn word(self) -> &'static str {
        match self {
            Standing::Unknown => "unknown",
            Standing::Inactive => "inactive",
            Standing::Pending => "pending",
            Standing::Firing => "firing",
        }
    }

    /// The one that a word means.
    pub fn of_word(word: &str) -> Option<Self> {
        ALL.into_iter().find(|standing| standing.word() == word)
    }

    fn of(state: &AlertState) -> Self {
        match state {
            AlertState::Unknown(_) => Standing::Unknown,
            AlertState::Inactive => Standing::Inactive,
            AlertState::Pending => Standing::Pending,
            AlertState::Firing => Standing::Firing,
        }
    }

    /// Whether its condition held; `None` where that could not be told.
    fn holds(self) -> Option<bool> {
        match self {
            Standing::Unknown => None,
            Standing::Inactive => Some(false),
            Standing::Pending | Standing::Firing => Some(true),
        }
    }
}

/// Where an alert stood from a time on.
#[derive(Clone, Debug, PartialEq)]
pub struct Stand {
    /// From when on.
    pub at: i64,
    /// Where.
    pub standing: Standing,
    /// Since when its condition held, for one that is pending or fires; else the same time.
    pub since: i64,
    /// What decided it, or why it could not be told.
    pub because: String,
}

/// A time in which a run watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its start.
    pub began: i64,
    /// When it was last seen to watch.
    pub ended: i64,
}

/// Something that changed, to be written down.
#[derive(Clone, Debug, PartialEq)]
pub enum Turn {
    /// A line of the log.
    Event(Event),
    /// Where an alert stands.
    Stand(RuleId, Stand),
}

/// What earlier runs wrote down.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Story {
    /// The runs, oldest first.
    pub runs: Vec<Run>,
    /// The lines of their logs, oldest first.
    pub events: Vec<Event>,
    /// Where alerts stood, oldest first.
    pub stands: Vec<(RuleId, Stand)>,
}

/// That an alert was known to fire before this start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Before {
    /// Since when.
    pub since: i64,
    /// The times in between that nobody watched, newest first: from, until.
    pub gaps: Vec<(i64, i64)>,
}

/// The changes, oldest first.
#[derive(Debug)]
pub struct Chronicle {
    began: i64,
    earlier: Vec<Run>,
    /// Where each stood before the oldest change that is kept.
    base: HashMap<RuleId, Stand>,
    stands: VecDeque<(RuleId, Stand)>,
    written: u64,
    taken: u64,
}

impl Chronicle {
    /// Nothing yet; this run began at a time.
    pub fn new(began: i64) -> Self {
        let (base, stands) = (HashMap::new(), VecDeque::new());
        Self { began, earlier: Vec::new(), base, stands, written: 0, taken: 0 }
    }

    /// When this run began.
    pub fn began(&self) -> i64 {
        self.began
    }

    /// How many changes are kept.
    pub fn len(&self) -> usize {
        self.stands.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.stands.is_empty()
    }

    /// Takes down where an alert stands from now on.
    pub(super) fn note(&mut self, id: &RuleId, watched: &WatchedRule, now: Now) {
        let because = match &watched.alert.state {
            AlertState::Unknown(why) => &why.text,
            _ => &watched.alert.because,
        };
        let because = Shown::long_from_remote(because, LONGEST).into_string();
        let standing = Standing::of(&watched.alert.state);
        let at = millis(now.mono);
        let since = if standing.holds() == Some(true) { millis(watched.alert.since.mono) } else { at };
        self.stands.push_back((id.clone(), Stand { at, standing, since, because }));
        self.written += 1;
        self.trim();
    }

    /// What was taken down since it was last asked for.
    pub(super) fn fresh(&mut self) -> impl Iterator<Item = (RuleId, Stand)> + '_ {
        let new = self.written.saturating_sub(std::mem::replace(&mut self.taken, self.written));
        let new = usize::try_from(new).unwrap_or(usize::MAX);
        self.stands.iter().skip(self.stands.len().saturating_sub(new)).cloned()
    }

    /// Puts what earlier runs wrote down before what this one has seen.
    pub(super) fn put_under(&mut self, runs: Vec<Run>, older: Vec<(RuleId, Stand)>) {
        let mut all: VecDeque<_> = older.into_iter().filter(|(_, stand)| stand.at < self.began).collect();
        all.extend(self.stands.drain(..));
        self.stands = all;
        self.earlier = runs.into_iter().filter(|run| run.began < self.began).collect();
        let many = self.earlier.len().saturating_sub(MOST_RUNS);
        self.earlier.drain(..many);
        self.trim();
        self.stands.shrink_to_fit();
    }

    fn trim(&mut self) {
        while self.stands.len() > MOST {
            if let Some((id, stand)) = self.stands.pop_front() {
                self.base.insert(id, stand);
            }
        }
    }

    /// When the run began that watched at a time.
    fn run_of(&self, at: i64) -> Option<i64> {
        let all = self.earlier.iter().map(|run| run.began).chain([self.began]);
        all.filter(|began| *began <= at).max()
    }

    /// The changes of an alert in the run that watched at a time, until then.
    fn of<'a>(&'a self, id: &'a RuleId, at: i64) -> impl Iterator<Item = &'a Stand> + 'a {
        let began = self.run_of(at).unwrap_or(i64::MAX);
        let base = self.base.get(id);
        let kept = self.stands.iter().filter(move |(of, _)| of == id).map(|(_, stand)| stand);
        base.into_iter().chain(kept).filter(move |stand| (began..=at).contains(&stand.at))
    }

    /// Where the alerts stood at a time, as far as the run that watched then took it down.
    pub fn at(&self, at: i64) -> HashMap<&RuleId, &Stand> {
        let Some(began) = self.run_of(at) else { return HashMap::new() };
        let kept = self.stands.iter().map(|(id, stand)| (id, stand));
        self.base.iter().chain(kept).filter(|(_, stand)| (began..=at).contains(&stand.at)).collect()
    }

    /// When an alert began to hold or ended, of late, at a time: as many as make it flap.
    pub fn flips(&self, id: &RuleId, at: i64) -> Vec<i64> {
        let told = self.of(id, at).filter_map(|stand| Some((stand.at, stand.standing.holds()?)));
        let told: Vec<(i64, bool)> = told.collect();
        let flips = told.windows(2).filter(|pair| pair[0].1 != pair[1].1).map(|pair| pair[1].0);
        let mut flips: Vec<i64> = flips.filter(|flip| at.saturating_sub(*flip) <= span(FLAP_WINDOW)).collect();
        flips.drain(..flips.len().saturating_sub(FLAP_CHANGES));
        flips
    }

    /// Since when an alert was known to fire before this start, where it held from this start on and had fired until
    /// shortly before. What was not watched in between is told, and nothing is said of it.
    pub fn before(&self, id: &RuleId) -> Option<Before> {
        let mut own = self.of(id, i64::MAX).filter_map(|stand| stand.standing.holds()).peekable();
        own.peek()?;
        if !own.all(|holds| holds) {
            return None;
        }
        let (mut next, mut gaps, mut since) = (self.began, Vec::new(), None);
        for run in self.earlier.iter().rev() {
            if next.saturating_sub(run.ended) > NEAR {
                break;
            }
            let told: Vec<&Stand> =
                self.of(id, next.saturating_sub(1)).filter(|stand| stand.standing.holds().is_some()).collect();
            let Some(last) = told.last().filter(|last| last.standing == Standing::Firing) else { break };
            if run.ended < next {
                gaps.push((run.ended, next));
            }
            since = Some(last.since);
            if told.iter().any(|stand| stand.standing == Standing::Inactive) {
                break;
            }
            next = run.began;
        }
        since.map(|since| Before { since, gaps })
    }
}

#[cfg(test)]
mod tests;
