//! A walk through a runbook as the events of an incident, and back: what was told is where the next one goes on. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::action::Outcome;
use crate::base::Mono;
use crate::incident::event::{Part, Ran, StepState, Told};
use crate::incident::fold::{Incident, Progress};
use crate::runbook::walk::{Mark, Query, Walk};
use crate::runbook::{self, Runbook, Step};

/// How a finding that no healthy system shows is told.
const ODD: &str = "not as expected: ";

impl Incident {
    /// The walk through this runbook as far as it was told: a new one where it never was. A step that was begun and has no
    /// end is to be done again, unless its run worked; [`Incident::begun`] tells of it.
    pub fn walk(&self, runbook: Arc<Runbook>) -> Walk {
        let mut chosen: BTreeMap<usize, (Timestamp, String)> = BTreeMap::new();
        let mut marks = Vec::new();
        for step in self.of_runbook(runbook.id.as_str()) {
            let n = step.told.n as usize;
            let Some(known) = n.checked_sub(1).and_then(|at| runbook.steps.get(at)) else { continue };
            if let Some(option) = &known.option {
                let latest = chosen.get(&option.choice).is_none_or(|(at, _)| *at <= step.at);
                if latest {
                    chosen.insert(option.choice, (step.at, option.name.clone()));
                }
            }
            marks.extend(self.mark(known, &step.told).map(|mark| (n, mark)));
        }
        Walk::resumed(runbook, marks, chosen.into_iter().map(|(choice, (_, name))| (choice, name)))
    }

    /// The step of this runbook that was begun and of which no end was told, with the run that carries it out.
    pub fn begun<'a>(&'a self, runbook: &'a str) -> Option<(usize, Option<&'a str>)> {
        let begun = self.of_runbook(runbook).find(|step| step.told.state == StepState::Begun)?;
        Some((begun.told.n as usize, begun.told.run.as_deref()))
    }

    fn of_runbook<'a>(&'a self, runbook: &'a str) -> impl Iterator<Item = &'a Progress> {
        self.steps.iter().filter(move |step| step.told.runbook == runbook)
    }

    fn mark(&self, step: &Step, told: &Told) -> Option<Mark> {
        let because = told.evidence.join("; ");
        let looks = step.part == runbook::Part::Diagnosis && step.action.is_none();
        Some(match &told.state {
            StepState::Begun => {
                let run = told.run.as_ref().and_then(|run| self.runs.iter().find(|known| known.run == *run));
                return run.and_then(of_run);
            }
            StepState::Verified if looks => Mark::Found { what: because, as_expected: Some(true) },
            StepState::Done if looks && !because.is_empty() => {
                let as_expected = because.starts_with(ODD).then_some(false);
                Mark::Found { what: because.trim_start_matches(ODD).to_owned(), as_expected }
            }
            StepState::Done => Mark::Done,
            StepState::Verified => Mark::Verified { because },
            StepState::NotVerified => Mark::NotVerified { why: because },
            StepState::Failed => Mark::Failed { why: because },
            StepState::Skipped { reason } => Mark::Skipped { reason: reason.clone() },
            StepState::Chosen { .. } => return None,
        })
    }
}

/// The mark of a step whose run ended.
fn of_run(run: &Ran) -> Option<Mark> {
    let outcome = run.outcome.as_deref()?;
    let because = run.because.clone();
    Some(if run.is_verified() {
        Mark::Verified { because }
    } else if outcome == Outcome::NotVerified.word() {
        Mark::NotVerified { why: because }
    } else {
        Mark::Failed { why: format!("{}: {because}", run.told()) }
    })
}

/// The mark of a step whose action ended so.
pub fn mark_of(outcome: Outcome, reason: &str, evidence: &str) -> Mark {
    let because = if evidence.is_empty() { reason } else { evidence };
    match outcome {
        Outcome::Verified => Mark::Verified { because: because.to_owned() },
        Outcome::NotVerified => Mark::NotVerified { why: reason.to_owned() },
        other => Mark::Failed { why: format!("{}: {reason}", other.told()) },
    }
}

/// What came of a step, as an event tells it; `None` where nothing did.
pub fn told(walk: &Walk, n: usize, mark: &Mark) -> Option<Told> {
    let state = match mark {
        Mark::Todo => return None,
        Mark::Running { .. } => StepState::Begun,
        Mark::Found { as_expected: Some(true), .. } | Mark::Verified { .. } => StepState::Verified,
        Mark::Done | Mark::Found { .. } => StepState::Done,
        Mark::NotVerified { .. } => StepState::NotVerified,
        Mark::Failed { .. } => StepState::Failed,
        Mark::Skipped { reason } => StepState::Skipped { reason: reason.clone() },
    };
    let mut told = bare(walk, n, state)?;
    let words = match mark {
        Mark::Found { what, as_expected: Some(false) } => format!("{ODD}{what}"),
        Mark::Skipped { .. } => String::new(),
        mark => mark.because().to_owned(),
    };
    told.evidence.extend((!words.is_empty()).then_some(words));
    Some(told)
}

/// That a step is begun.
pub fn begun(walk: &Walk, n: usize) -> Option<Told> {
    told(walk, n, &Mark::Running { since: Mono::default() })
}

/// That a way was chosen. It is told of the first step of that way that is not behind.
pub fn chose(walk: &Walk, choice: usize, option: &str, reason: &str) -> Option<Told> {
    let of_way = |step: &&Step| step.option.as_ref().is_some_and(|way| way.choice == choice && way.name == option);
    let steps: Vec<&Step> = walk.runbook().steps.iter().filter(of_way).collect();
    let first = steps.iter().find(|step| !walk.marked(step.n).is_behind()).or(steps.last())?;
    bare(walk, first.n, StepState::Chosen { option: option.to_owned(), reason: reason.to_owned() })
}

fn bare(walk: &Walk, n: usize, state: StepState) -> Option<Told> {
    let step = walk.step(n)?;
    Some(Told {
        runbook: walk.runbook().id.to_string(),
        n: u32::try_from(n).ok()?,
        text: step.text.lines().next().unwrap_or_default().to_owned(),
        part: match step.part {
            runbook::Part::Immediate => Part::Immediate,
            runbook::Part::Diagnosis => Part::Diagnosis,
            runbook::Part::Verification => Part::Verification,
            runbook::Part::PostIncident => Part::Afterwards,
            _ => Part::Resolution,
        },
        state,
        evidence: Vec::new(),
        command: None,
        asked: Vec::new(),
        run: None,
    })
}

/// What a question to a database is in the record: where it went, then what was sent.
pub fn asked(query: &Query) -> Vec<String> {
    let mut lines = vec![format!("-- {}, read only", query.place())];
    lines.extend(query.lines());
    lines
}

#[cfg(test)]
mod tests;
