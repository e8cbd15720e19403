//! What a folded incident says when it is asked: where it stands, where its recovery was left, what stands against closing it.

use std::time::Duration;

use jiff::Timestamp;

use crate::incident::event::{Closing, DRILL, OURSELVES, Part, Ran, Ranked, StepState, Told};
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
    /// A drill that goes on: somebody writes it down.
    Drilling,
    /// A drill that was left without its end: nobody writes it down any more.
    Abandoned,
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
            Stage::Drilling => "Drill that goes on",
            Stage::Abandoned => "Drill without an end",
        }
    }
}

/// Where a recovery was left: the last step of which something was told. Which one comes next, only a walk through the
/// runbook can say: [`Incident::walk`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left<'a> {
    /// The step.
    pub step: &'a Told,
    /// True where it was begun and nobody saw its end: look before it is run again.
    pub begun: bool,
}

impl Left<'_> {
    /// `step 10 of worker-crash was begun, and nobody saw its end`.
    pub fn words(&self) -> String {
        let Told { runbook, n, state, .. } = self.step;
        match state {
            StepState::Begun if self.begun => format!("step {n} of {runbook} was begun, and nobody saw its end"),
            // its run was seen to work
            StepState::Begun => format!("step {n} of {runbook} is verified"),
            StepState::Chosen { option, .. } => format!("step {n} of {runbook} is next, by {option}"),
            state => format!("step {n} of {runbook} is {}", state.word()),
        }
    }
}

impl Incident {
    /// True until it is closed.
    pub fn is_open(&self) -> bool {
        self.closed.is_none()
    }

    /// True of a drill, also of one that was left without its end: nothing of it was real.
    pub fn is_drill(&self) -> bool {
        self.drill.is_some() || self.environment == DRILL
    }

    /// True until it is closed, of what is real.
    pub fn is_wanted(&self) -> bool {
        self.is_open() && !self.is_drill()
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
            None if self.is_drill() && self.writer.is_some() => Stage::Drilling,
            None if self.is_drill() => Stage::Abandoned,
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

    /// Where a recovery was left. None where no step was begun.
    pub fn left(&self) -> Option<Left<'_>> {
        let last = self.steps.iter().max_by_key(|step| step.at)?;
        let begun = last.told.state == StepState::Begun && !self.is_behind(last);
        Some(Left { step: &last.told, begun })
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
