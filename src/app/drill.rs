//! The drill as the dashboard knows it: what it hides, what was seen of it, and what its incident will tell. State only:
//! `update::drill` moves it.

use std::collections::HashSet;
use std::time::Duration;

use jiff::Timestamp;

use crate::action::RunId;
use crate::base::{Now, RunbookId, Status};
use crate::incident::drill::{Drill, Score, Task};
use crate::incident::{DRILL, Event, Opened};

/// Most changes of its system that its incident keeps.
pub const MOST: usize = 400;

/// What opens an incident, as that of a drill: nobody is called for it.
pub fn of_drill(opened: Opened, since: Timestamp) -> Opened {
    Opened {
        title: format!("Drill: {}", opened.title),
        environment: DRILL.to_owned(),
        since: Some(since),
        escalation: Vec::new(),
        respond_s: None,
        ..opened
    }
}

/// A drill under way, or over.
#[derive(Clone, Debug, PartialEq)]
pub struct Drilling {
    /// What was seen, and when.
    pub drill: Drill,
    /// How long after the beginning the fault breaks out.
    pub after: Duration,
    /// After what time it passes, where nobody who drills can end it.
    pub lasts: Option<Duration>,
    /// The first message.
    pub began: Option<Now>,
    /// True once the fault was asked for, and once its end was.
    pub asked: [bool; 2],
    /// How its system was before the fault.
    pub before: Status,
    /// Lines of the event log that were looked at.
    pub logged: u64,
    /// Runs that were told.
    pub runs: HashSet<RunId>,
    /// What was wrong when something was first shown.
    pub opened: Option<(Now, Opened)>,
    /// What changed, and which runbooks were opened.
    pub events: Vec<Event>,
    /// The runbook that fitted best when that was told last.
    pub fits: Option<RunbookId>,
}

impl Drilling {
    /// A drill that has not begun.
    pub fn new(task: Task, after: Duration, lasts: Option<Duration>) -> Self {
        Self {
            drill: Drill::new(task),
            after,
            lasts,
            began: None,
            asked: [false; 2],
            before: Status::Ok,
            logged: 0,
            runs: HashSet::new(),
            opened: None,
            events: Vec::new(),
            fits: None,
        }
    }

    /// How long it has been going on: not at all before its first message.
    pub fn at(&self, now: Now) -> Duration {
        self.began.map_or(Duration::ZERO, |began| now.mono.since(began.mono))
    }

    /// How it went up to now.
    pub fn score(&self, now: Now) -> Score {
        self.drill.score(self.at(now))
    }

    /// What opens its incident, once something was shown.
    pub fn incident(&self) -> Option<(Opened, Timestamp)> {
        let (at, opened) = self.opened.as_ref()?;
        let broke = self.began.zip(self.drill.broke()).map_or(at.wall, |(began, broke)| began.plus(broke).wall);
        Some((of_drill(opened.clone(), broke), at.wall))
    }

    /// Keeps an event for its incident.
    pub fn keep(&mut self, event: Event) {
        if self.events.len() < MOST {
            self.events.push(event);
        }
    }
}
