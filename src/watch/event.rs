//! What changed when: the lines of the event log. Pure and bounded.

use std::collections::VecDeque;
use std::time::Duration;

use crate::base::time::Span;
use crate::base::{ActionId, ComponentId, JobId, Now, RuleId, State, Status};
use crate::job::{JobState, JobStatus};
use crate::rule::{AlertState, Change};
use crate::watch::{Component, WatchedRule};

/// Most events kept.
pub const MOST: usize = 1000;

/// What an event is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A component changed its state.
    Component(ComponentId),
    /// An alert changed.
    Alert(RuleId),
    /// A job is late, missed, duplicate, absent or well again.
    Job(JobId),
    /// An action was confirmed, or its run ended.
    Action(ActionId),
    /// Something of midwatch itself: paused, a fault switched on in the demo.
    Own,
    /// A time that nobody watched, until a start.
    Gap,
}

/// One line of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When.
    pub at: Now,
    /// About what.
    pub kind: EventKind,
    /// How bad the new state is.
    pub status: Status,
    /// In words, without the time.
    pub text: String,
    /// An earlier run saw it.
    pub before: bool,
}

impl Event {
    /// One of this run.
    pub fn new(at: Now, kind: EventKind, status: Status, text: String) -> Self {
        Self { at, kind, status, text, before: false }
    }

    /// True when it tells of a component.
    pub fn is_of(&self, component: &ComponentId) -> bool {
        matches!(&self.kind, EventKind::Component(id) if id == component)
    }
}

/// The events, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Log {
    events: VecDeque<Event>,
    written: u64,
}

impl Log {
    /// Adds an event; the oldest goes when there are too many.
    pub fn push(&mut self, event: Event) {
        if self.events.len() == MOST {
            self.events.pop_front();
        }
        self.events.push_back(event);
        self.written += 1;
    }

    /// Puts what earlier runs saw before what this one has; the oldest go when there are too many.
    pub(super) fn put_under(&mut self, older: impl IntoIterator<Item = Event>) {
        let mut all: VecDeque<Event> = older.into_iter().collect();
        all.drain(..(all.len() + self.events.len()).saturating_sub(MOST).min(all.len()));
        all.extend(self.events.drain(..));
        self.events = all;
    }

    /// How many were ever added.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// The newest of them, so many, oldest first.
    pub fn newest(&self, many: u64) -> impl Iterator<Item = &Event> {
        let many = usize::try_from(many).unwrap_or(usize::MAX);
        self.events.iter().skip(self.events.len().saturating_sub(many))
    }

    /// Oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Event> + ExactSizeIterator {
        self.events.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }
}

/// A line for a component's new state.
pub(super) fn component_change(id: &ComponentId, title: &str, from: State, to: &Component, now: Now) -> Event {
    let status = match to.state {
        State::Up => Status::Ok,
        State::Degraded => Status::Warning,
        State::Down => Status::Critical,
        State::Unknown => Status::Unknown,
    };
    let why = to.error.as_ref().map(|error| format!(": {}", error.text)).unwrap_or_default();
    let text = match to.state {
        State::Up => format!("{title} is up again (was {from})"),
        state => format!("{title} {state}{why}"),
    };
    Event::new(now, EventKind::Component(id.clone()), status, text)
}

/// A line for an alert's new state.
pub(super) fn alert_change(id: &RuleId, watched: &WatchedRule, change: &Change, now: Now) -> Event {
    let summary = &watched.rule.summary;
    let because = &watched.alert.because;
    let (status, text) = match &change.to {
        AlertState::Firing if change.resumed => {
            (watched.rule.severity.into(), format!("{summary}, as before ({because})"))
        }
        AlertState::Firing => (watched.rule.severity.into(), format!("{summary} ({because})")),
        AlertState::Pending => (Status::Ok, format!("{id} pending ({because})")),
        AlertState::Inactive if change.from == AlertState::Firing => (Status::Ok, format!("{id} is over")),
        AlertState::Inactive => (Status::Ok, format!("{id} did not hold")),
        AlertState::Unknown(why) => (Status::Unknown, format!("{id} unknown: {}", why.text)),
    };
    Event::new(now, EventKind::Alert(id.clone()), status, text)
}

/// A line for a job's new state.
pub(super) fn job_change(id: &JobId, title: &str, from: &JobStatus, to: &JobStatus, now: Now) -> Event {
    let (status, text) = match to.state {
        JobState::Scheduled | JobState::Due => {
            (Status::Ok, format!("{title}: {} (was {})", to.state.word(), from.state.word()))
        }
        state => (Status::Warning, format!("{title} {}: {}", state.word(), to.note)),
    };
    Event::new(now, EventKind::Job(id.clone()), status, text)
}

/// A line for a start, which tells what nobody watched before it.
pub(super) fn start(at: Now, unwatched: Duration) -> Event {
    let text = match unwatched.as_secs() {
        0 => "midwatch started".to_owned(),
        _ => format!("not watched for {}, until midwatch started", Span(unwatched)),
    };
    Event::new(at, EventKind::Gap, Status::Unknown, text)
}
