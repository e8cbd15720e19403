//! What a folded incident says when it is asked: where it stands, where its recovery goes on, what stands against closing it.

use std::time::Duration;

use jiff::Timestamp;

use crate::incident::event::{Closing, OURSELVES, Part, Ran, Ranked, StepState, Told};
use crate::incident::fold::{Closed, Incident, Progress, add, between, short};

/// Where an incident is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Nobody knows yet what it is.
    Investigating,
    /// A runbook fits, or was chosen.
    Identified,
    /// Users are served again.
    Monitoring,
    /// It is over, and that was seen.
    Resolved,
    /// It is over, as somebody says.
    Closed,
}

impl Stage {
    /// The word of reports and notices.
    pub fn word(self) -> &'static str {
        match self {
            Stage::Investigating => "Investigating",
            Stage::Identified => "Identified",
            Stage::Monitoring => "Monitoring",
            Stage::Resolved => "Resolved",
            Stage::Closed => "Closed, not verified",
        }
    }
}

/// Where a recovery goes on after a crash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resume {
    /// Id of the runbook.
    pub runbook: String,
    /// Number of the step.
    pub n: u32,
    /// True where that step was begun and nobody saw its end: look before it is run again.
    pub begun: bool,
    /// Its run, where it had one.
    pub run: Option<String>,
}

impl Incident {
    /// True until it is closed.
    pub fn is_open(&self) -> bool {
        self.closed.is_none()
    }

    /// When it was over.
    pub fn end(&self) -> Option<Timestamp> {
        self.closed.as_ref().map(|closed| closed.at)
    }

    /// How long it lasted, or lasts.
    pub fn duration(&self, now: Timestamp) -> Option<Duration> {
        Some(between(self.start?, self.end().unwrap_or(now)))
    }

    /// Where it is.
    pub fn stage(&self) -> Stage {
        match &self.closed {
            Some(Closed { how: Closing::Verified { .. }, .. }) => Stage::Resolved,
            Some(_) => Stage::Closed,
            None if self.mitigated.is_some() => Stage::Monitoring,
            None if self.runbook.is_some() || self.best().is_some() => Stage::Identified,
            None => Stage::Investigating,
        }
    }

    /// The runbook that matched best when it was last looked at, where any did.
    pub fn best(&self) -> Option<&Ranked> {
        let (_, last) = self.diagnoses.last()?;
        last.ranked.first().filter(|ranked| ranked.matched > 0)
    }

    /// Where a recovery goes on: at the step that was begun and has no end, at the one that did not work, or behind the
    /// last one. None where no step was begun.
    pub fn resume(&self) -> Option<Resume> {
        let last = self.steps.iter().max_by_key(|step| step.at)?;
        let of_it = |step: &&Progress| step.told.runbook == last.told.runbook;
        let steps: Vec<&Progress> = self.steps.iter().filter(of_it).collect();
        // a way that was chosen and left for another is no step to go on with
        let is_left = |step: &Progress| matches!(step.told.state, StepState::Chosen { .. }) && step.at < last.at;
        let stuck = steps.iter().filter(|step| !self.is_behind(step) && !is_left(step)).min_by_key(|step| step.told.n);
        let next = || steps.iter().map(|step| step.told.n).max().unwrap_or(0).saturating_add(1);
        Some(Resume {
            runbook: last.told.runbook.clone(),
            n: stuck.map_or_else(next, |step| step.told.n),
            begun: stuck.is_some_and(|step| step.told.state == StepState::Begun),
            run: stuck.and_then(|step| step.told.run.clone()),
        })
    }

    /// May the next step follow? What was begun by a run that was seen to work is behind us.
    fn is_behind(&self, step: &Progress) -> bool {
        let run = step.told.run.as_ref().filter(|_| step.told.state == StepState::Begun);
        let worked = run.and_then(|run| self.runs.iter().find(|known| known.run == *run)).is_some_and(Ran::is_verified);
        worked || step.told.state.is_behind()
    }

    /// The runbook that somebody chose to follow last; one that only a rule names is none.
    pub fn followed(&self) -> Option<&str> {
        self.runbook.as_ref().filter(|(_, title)| !title.is_empty()).map(|(id, _)| id.as_str())
    }

    /// What stands against closing it as resolved, as far as the record tells: runs and steps without an end, and
    /// verifications that did not hold.
    pub fn unproved(&self) -> Vec<String> {
        let runs = self.runs.iter().filter(|run| run.outcome.is_none());
        let mut told: Vec<String> =
            runs.map(|run| format!("run {} of {} has no end yet", short(&run.run), run.action)).collect();
        let unsound = |step: &&Progress| match step.told.state {
            StepState::Begun => !self.is_behind(step),
            StepState::NotVerified | StepState::Failed => step.told.part == Part::Verification,
            _ => false,
        };
        told.extend(self.steps.iter().filter(unsound).map(|step| {
            let Told { runbook, n, text, state, .. } = &step.told;
            format!("step {n} of {runbook} is {}: {text}", state.word())
        }));
        told
    }

    /// The names of those who had a hand in it, in the order of time.
    pub fn people(&self) -> Vec<String> {
        let mut people = Vec::new();
        for line in self.timeline.iter().filter(|line| line.by != OURSELVES) {
            add(&mut people, &line.by);
        }
        people
    }
}
