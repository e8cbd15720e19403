//! What changed when, between the words of the watch and the lines on disk. A text is written without secrets and read as
//! remote text; an id that is none is left out.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use indexmap::IndexMap;

use crate::base::{ActionId, ComponentId, JobId, Now, Redactor, RuleId, Shown, SystemName};
use crate::record::samples::codec::{Moment, Origin};
use crate::record::turns::Line;
use crate::record::{SamplesError, StateDir, Turns};
use crate::runtime::PreparedSystem;
use crate::signal::past::{millis, span};
use crate::watch::chronicle::{MOST_RUNS, Run, Stand, Standing};
use crate::watch::past::recalled;
use crate::watch::{Event, EventKind, Story, Turn};

/// Nothing older is taken up.
pub(super) const OLDEST: Duration = Duration::from_secs(30 * 86_400);
/// No older line of the log: its time of day would not tell which day it is of.
const EVENTS: Duration = Duration::from_secs(86_400);
/// Longest text, in bytes.
const LONGEST: usize = 1000;

/// One system's.
pub(super) struct Chapter {
    system: SystemName,
    origin: Origin,
    began: Now,
    redactor: Redactor,
    turns: Option<Turns>,
    /// The last line of each alert: what a file begins with.
    standing: IndexMap<String, Line>,
}

impl Chapter {
    pub(super) fn new(own: &PreparedSystem, origin: Origin, began: Now) -> Self {
        let system = own.system.name.clone();
        Self { system, origin, began, redactor: own.redactor.clone(), turns: None, standing: IndexMap::new() }
    }

    /// Writes changes down.
    pub(super) fn write(&mut self, state: &Path, turns: &[Turn], now: Now) -> Result<(), SamplesError> {
        let lines: Vec<Line> = turns.iter().filter_map(|turn| self.line(turn, now)).collect();
        let outcome = self.write_lines(state, &lines);
        if outcome.is_err() {
            self.turns = None;
        }
        for line in lines {
            if let Line::Alert { id, .. } = &line {
                self.standing.insert(id.clone(), line);
            }
        }
        outcome
    }

    fn write_lines(&mut self, state: &Path, lines: &[Line]) -> Result<(), SamplesError> {
        let turns = match &mut self.turns {
            Some(turns) => turns,
            none => {
                let (state, began) = (StateDir::open(state)?, Moment::of(self.began));
                none.insert(Turns::open(&state, &self.system, self.origin, began)?)
            }
        };
        // another dashboard of this system may be the one that writes
        let _ = turns.write(&self.standing, lines)?;
        Ok(())
    }

    fn line(&self, turn: &Turn, now: Now) -> Option<Line> {
        let told = |text: &str| Shown::long_from_remote(&self.redactor.redact(text), LONGEST).into_string();
        match turn {
            Turn::Event(event) => {
                let (kind, id) = named(&event.kind)?;
                let (kind, id) = (kind.to_owned(), id.to_owned());
                Some(Line::Event { at: Moment::of(event.at), kind, id, status: event.status, text: told(&event.text) })
            }
            Turn::Stand(id, stand) => {
                let moment = |at| Moment { boot: at, wall: recalled(at, now).wall.as_millisecond() };
                Some(Line::Alert {
                    at: moment(stand.at),
                    id: id.to_string(),
                    state: stand.standing.word().to_owned(),
                    since: (stand.since != stand.at).then(|| moment(stand.since)),
                    because: told(&stand.because),
                })
            }
        }
    }

    /// What earlier runs wrote down, with when each of them was last seen by it.
    pub(super) fn read(&self, state: &StateDir, now: Now) -> Result<(Story, Ends), SamplesError> {
        let (mut story, mut starts, mut seen) = (Story::default(), Vec::new(), Vec::new());
        if let Some(turns) = Turns::existing(state, &self.system)? {
            turns.read(|origin, line| {
                let same = origin.shares_boot(&self.origin);
                let here = |at: Moment| at.here(same, now, OLDEST).filter(|_| origin.target == self.origin.target);
                match line {
                    Line::Run { at, .. } => starts.extend(here(at)),
                    Line::Event { at, kind, id, status, text } => {
                        let Some((at, kind)) = here(at).zip(kind_of(&kind, &id)) else { return };
                        seen.push(at);
                        let text = Shown::long_from_remote(&text, LONGEST).into_string();
                        story.events.push(Event { before: true, ..Event::new(recalled(at, now), kind, status, text) });
                    }
                    Line::Alert { at, id, state, since, because } => {
                        let Some((at, standing)) = here(at).zip(Standing::of_word(&state)) else { return };
                        let Ok(id) = RuleId::new(&id) else { return };
                        seen.push(at);
                        let since = since.and_then(here).unwrap_or(at);
                        let because = Shown::long_from_remote(&because, LONGEST).into_string();
                        story.stands.push((id, Stand { at, standing, since, because }));
                    }
                }
            })?;
        }
        // a file begins with what was told before it
        story.stands.sort_by_key(|(_, stand)| stand.at);
        let mut told = HashSet::new();
        story.stands.retain(|(id, stand)| told.insert((id.clone(), stand.at)));
        let began = millis(self.began.mono);
        let oldest = recalled(began.saturating_sub(span(EVENTS)), now).wall;
        story.events.retain(|event| event.at.wall >= oldest && event.at.wall < self.began.wall);
        let mut ends = Ends::new(starts, began);
        for at in seen {
            ends.seen(at);
        }
        Ok((story, ends))
    }
}

/// What an event is about, in words.
fn named(kind: &EventKind) -> Option<(&'static str, &str)> {
    match kind {
        EventKind::Component(id) => Some(("component", id.as_str())),
        EventKind::Alert(id) => Some(("alert", id.as_str())),
        EventKind::Job(id) => Some(("job", id.as_str())),
        EventKind::Action(id) => Some(("action", id.as_str())),
        EventKind::Own | EventKind::Gap => None,
    }
}

/// And back.
fn kind_of(kind: &str, id: &str) -> Option<EventKind> {
    match kind {
        "component" => ComponentId::new(id).ok().map(EventKind::Component),
        "alert" => RuleId::new(id).ok().map(EventKind::Alert),
        "job" => JobId::new(id).ok().map(EventKind::Job),
        "action" => ActionId::new(id).ok().map(EventKind::Action),
        _ => None,
    }
}

/// When each run was last seen to watch: by what it wrote down last before the next one began.
pub(super) struct Ends {
    /// When runs began, ours last.
    starts: Vec<i64>,
    /// The last time seen in each.
    last: Vec<i64>,
}

impl Ends {
    fn new(mut starts: Vec<i64>, began: i64) -> Self {
        starts.retain(|start| *start < began);
        starts.sort_unstable();
        starts.dedup();
        starts.drain(..starts.len().saturating_sub(MOST_RUNS));
        starts.push(began);
        Self { last: starts.clone(), starts }
    }

    pub(super) fn seen(&mut self, at: i64) {
        let after = self.starts.partition_point(|start| *start <= at);
        if let Some(last) = after.checked_sub(1).and_then(|run| self.last.get_mut(run)) {
            *last = (*last).max(at);
        }
    }

    /// The runs before ours. What is seen while ours goes on already is of another that goes on too.
    pub(super) fn runs(&self) -> Vec<Run> {
        let runs = self.starts.iter().zip(&self.last).map(|(began, ended)| Run { began: *began, ended: *ended });
        let mut runs: Vec<Run> = runs.collect();
        let own = runs.pop();
        if let (Some(last), Some(own)) = (runs.last_mut(), own.filter(|own| own.ended > own.began)) {
            last.ended = own.began;
        }
        runs
    }
}
