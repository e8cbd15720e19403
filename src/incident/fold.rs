//! The events of an incident and the runs of its time, folded into what is known of it. Total: any list of events makes an
//! incident, and what no event tells is not known.

mod standing;

use std::time::Duration;

use jiff::Timestamp;

use crate::base::Severity;
use crate::incident::drill::Score;
use crate::incident::event::{
    Closing, Course, Diagnosed, Escalation, Event, Kind, OURSELVES, Opened, Ran, StepState, Told, Turn,
};
use crate::incident::{IncidentId, words};

pub use standing::{Left, Stage};

/// What is known of an incident.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    /// Its id.
    pub id: IncidentId,
    /// Name of the system.
    pub system: String,
    /// `development`, `staging`, `production`; empty where no event tells it.
    pub environment: String,
    /// In a few words.
    pub title: String,
    /// On our scale, as it was judged last.
    pub severity: Option<Severity>,
    /// The system's own word for it.
    pub word: Option<String>,
    /// What it was taken for at first, where it was judged anew since: on our scale, and the system's own word.
    pub first_judged: Option<(Severity, Option<String>)>,
    /// Within how many seconds that has to be answered.
    pub respond_s: Option<u64>,
    /// Who is told when it lasts.
    pub escalation: Vec<Escalation>,
    /// When something began to be wrong; the first event where that is not told.
    pub start: Option<Timestamp>,
    /// When it was opened.
    pub opened: Option<Timestamp>,
    /// By whom.
    pub opened_by: String,
    /// When the first person had to do with it.
    pub answered: Option<Timestamp>,
    /// When users were served again.
    pub mitigated: Option<Timestamp>,
    /// Its end; none while it is open.
    pub closed: Option<Closed>,
    /// The rules by which it was opened, and those that fired since: none of them may fire when it is closed.
    pub rules: Vec<String>,
    /// Titles of the components that it is about.
    pub components: Vec<String>,
    /// The runbook that was chosen last.
    pub runbook: Option<(String, String)>,
    /// What the runbooks that were chosen advise.
    pub advice: Vec<String>,
    /// Every diagnosis, oldest first.
    pub diagnoses: Vec<(Timestamp, Diagnosed)>,
    /// Every change of state, oldest first.
    pub turns: Vec<(Timestamp, Turn)>,
    /// The steps, in the order in which they were begun; each with what came of it last.
    pub steps: Vec<Progress>,
    /// The runs of actions, oldest first.
    pub runs: Vec<Ran>,
    /// How it went, where it was a drill.
    pub drill: Option<Score>,
    /// What people wrote down.
    pub notes: Vec<Line>,
    /// The courses of signals, one for each signal.
    pub courses: Vec<Course>,
    /// Who writes it down now, where that was looked for: no event tells it.
    pub writer: Option<String>,
    /// Everything, in the order of time.
    pub timeline: Vec<Line>,
    /// From when to when it was open; the last is open while the incident is.
    pub spans: Vec<(Timestamp, Option<Timestamp>)>,
}

/// The end of an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// How that is known.
    pub how: Closing,
}

/// One line of the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// What, in words.
    pub words: String,
    /// The same where there is little room: what came of it stands first. `None` where the words begin with it anyway.
    pub brief: Option<String>,
}

/// A step and what came of it last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// When that was told.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// The step.
    pub told: Told,
}

impl Incident {
    /// Folds. The runs are those of the incident's system: what was run while it was not open is left out.
    pub fn of(id: IncidentId, events: &[Event], runs: &[Ran]) -> Self {
        let mut incident = Self::unknown(id);
        for event in events {
            incident.absorb(event);
        }
        let begin = incident.spans.first().map(|span| span.0);
        incident.start = incident.start.into_iter().chain(begin).min();
        if let (Some(start), Some(first)) = (incident.start, incident.spans.first_mut()) {
            // what was done before somebody opened it was done about it
            first.0 = start;
        }
        let mine =
            |run: &&Ran| incident.spans.iter().any(|(from, to)| run.at >= *from && to.is_none_or(|to| run.at <= to));
        // what was run on the real system in the time of a drill has nothing to do with it
        if !incident.is_drill() {
            incident.runs = runs.iter().filter(mine).cloned().collect();
        }
        incident.runs.sort_by_key(|run| run.at);
        let told = incident.runs.iter().map(|run| Line {
            at: run.at,
            by: run.by.clone(),
            words: words::run(run),
            brief: None,
        });
        incident.timeline.extend(told);
        incident.timeline.sort_by_key(|line| line.at);
        let first_run = incident.runs.first().map(|run| run.at);
        incident.answered = incident.answered.into_iter().chain(first_run).min();
        incident
    }

    fn unknown(id: IncidentId) -> Self {
        Self {
            system: id.system().to_owned(),
            environment: String::new(),
            title: String::new(),
            severity: None,
            word: None,
            first_judged: None,
            respond_s: None,
            escalation: Vec::new(),
            start: None,
            opened: None,
            opened_by: String::new(),
            answered: None,
            mitigated: None,
            closed: None,
            rules: Vec::new(),
            components: Vec::new(),
            runbook: None,
            advice: Vec::new(),
            diagnoses: Vec::new(),
            turns: Vec::new(),
            steps: Vec::new(),
            runs: Vec::new(),
            drill: None,
            writer: None,
            notes: Vec::new(),
            courses: Vec::new(),
            timeline: Vec::new(),
            spans: Vec::new(),
            id,
        }
    }

    fn absorb(&mut self, event: &Event) {
        let Event { at, by, kind } = event;
        // what changes by itself answers nothing, whoever's screen saw it
        let by_itself = matches!(kind, Kind::Transition(_) | Kind::Diagnosis(_) | Kind::Samples(_) | Kind::Drill(_));
        if by != OURSELVES && !by_itself && self.answered.is_none_or(|answered| *at < answered) {
            self.answered = Some(*at);
        }
        if let Some(words) = words::event(kind).filter(|_| !self.is_told(kind)) {
            self.timeline.push(Line { at: *at, by: by.clone(), words, brief: words::brief(kind) });
        }
        match kind {
            Kind::Opened(opened) => self.open(opened, *at, by),
            Kind::Transition(turn) => {
                if turn.of == "rule" && turn.to == "firing" {
                    add(&mut self.rules, &turn.id);
                }
                self.turns.push((*at, turn.clone()));
            }
            Kind::Diagnosis(diagnosed) => self.diagnoses.push((*at, diagnosed.clone())),
            Kind::Runbook { runbook, title, advice } => {
                self.runbook = Some((runbook.clone(), title.clone()));
                for line in advice {
                    add(&mut self.advice, line);
                }
            }
            Kind::Step(told) => self.step(told, *at, by),
            Kind::Note { text } => self.notes.push(Line { at: *at, by: by.clone(), words: text.clone(), brief: None }),
            Kind::Severity { severity, word, respond_s, .. } => {
                let before = self.severity.map(|severity| (severity, self.word.clone()));
                self.first_judged = self.first_judged.take().or(before);
                self.severity = Some(*severity);
                self.word.clone_from(word);
                self.respond_s = *respond_s;
            }
            Kind::Mitigated { .. } => self.mitigated = self.mitigated.or(Some(*at)),
            Kind::Samples(course) => self.sample(course),
            Kind::DrillRun { run } => self.runs.push((**run).clone()),
            Kind::Drill(score) => self.drill = Some((**score).clone()),
            Kind::Closed { how } => {
                self.closed = Some(Closed { at: *at, by: by.clone(), how: how.clone() });
                if let Some(last) = self.spans.last_mut().filter(|last| last.1.is_none()) {
                    last.1 = Some((*at).max(last.0));
                }
            }
            Kind::Reopened { .. } => {
                if self.closed.take().is_some() {
                    self.spans.push((*at, None));
                }
                self.mitigated = None;
            }
        }
    }

    fn open(&mut self, opened: &Opened, at: Timestamp, by: &str) {
        if self.opened.is_some() {
            return;
        }
        self.opened = Some(at);
        by.clone_into(&mut self.opened_by);
        self.system.clone_from(&opened.system);
        self.environment.clone_from(&opened.environment);
        self.title.clone_from(&opened.title);
        self.severity = Some(opened.severity);
        self.word.clone_from(&opened.word);
        self.respond_s = opened.respond_s;
        self.escalation.clone_from(&opened.escalation);
        self.start = Some(opened.since.unwrap_or(at).min(at));
        for rule in &opened.rules {
            add(&mut self.rules, rule);
        }
        for title in &opened.components {
            add(&mut self.components, title);
        }
        if let Some(runbook) = &opened.runbook {
            self.runbook.get_or_insert_with(|| (runbook.clone(), String::new()));
        }
        self.spans.insert(0, (at, None));
    }

    fn step(&mut self, told: &Told, at: Timestamp, by: &str) {
        let progress = Progress { at, by: by.to_owned(), told: told.clone() };
        let is_same = |known: &&mut Progress| known.told.runbook == told.runbook && known.told.n == told.n;
        match self.steps.iter_mut().find(is_same) {
            Some(known) => {
                let run = known.told.run.take();
                *known = progress;
                known.told.run = known.told.run.take().or(run);
            }
            None => self.steps.push(progress),
        }
    }

    /// True of a beginning that is told again, now with the run that carries it out.
    fn is_told(&self, kind: &Kind) -> bool {
        let Kind::Step(told) = kind else { return false };
        let is_same = |known: &&Progress| known.told.runbook == told.runbook && known.told.n == told.n;
        let known = self.steps.iter().find(is_same).filter(|known| known.told.state == StepState::Begun);
        let with_run = told.run.is_some() && told.state == StepState::Begun;
        known.is_some_and(|known| with_run && (known.told.run.is_none() || known.told.run == told.run))
    }

    /// Goes on with the course of a signal that was told before.
    fn sample(&mut self, course: &Course) {
        match self.courses.iter_mut().find(|known| known.signal == course.signal) {
            Some(known) => {
                known.values.extend(&course.values);
                known.to = known.to.max(course.to);
                known.from = known.from.min(course.from);
                known.mark = course.mark.clone().or_else(|| known.mark.take());
            }
            None => self.courses.push(course.clone()),
        }
    }
}

/// The end of an id, by which people tell runs apart.
pub(super) fn short(run: &str) -> &str {
    let skip = run.chars().count().saturating_sub(8);
    run.char_indices().nth(skip).map_or("", |(at, _)| &run[at..])
}

/// How long from one to the other; nothing where the clock was set back.
pub(super) fn between(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}

fn add(list: &mut Vec<String>, text: &str) {
    if !list.iter().any(|known| known == text) {
        list.push(text.to_owned());
    }
}

#[cfg(test)]
pub(super) mod tests;
