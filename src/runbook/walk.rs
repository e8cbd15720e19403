//! A walk: one pass through a runbook's steps for one system. What is behind, what comes next, what Enter would do with a
//! step, and whether the recovery is proved. Pure: it runs nothing and asks nobody; marks are told to it.
//!
//! Nothing goes on by itself past a step that failed or is not verified. Only expectations prove anything.

mod call;
mod mark;
mod query;
mod way;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::base::Variables;
use crate::expr::Expr;
use crate::runbook::document::{ActionCall, Class, Part, Runbook, Step};
use crate::runbook::placeholder::{Field, FieldKind};

pub use call::Asked;
pub use mark::Mark;
pub use query::{Query, Statement};

/// Longest time that a check's command is given.
pub const TIME_BOX: Duration = Duration::from_secs(10);

/// One pass through a runbook.
#[derive(Clone, Debug)]
pub struct Walk {
    runbook: Arc<Runbook>,
    /// Step by step, as in the runbook.
    marks: Vec<Mark>,
    conditions: Vec<Option<Expr>>,
    /// Indices of the steps that are walked, in the order of the walk.
    order: Vec<usize>,
    /// Which way of which choice.
    chosen: BTreeMap<usize, String>,
    /// What was filled in, by step and field.
    filled: BTreeMap<(usize, String), String>,
}

/// What is done when a step is run.
#[derive(Clone, Debug, PartialEq)]
pub enum Doing<'a> {
    /// A declared action, through guard and runner; [`Walk::asked`] has its parameters filled in.
    Action {
        /// As the runbook names it.
        call: &'a ActionCall,
    },
    /// A look at fresh samples, again and again until it holds or the time is over; with no time, one look.
    Expect {
        /// What is expected.
        condition: &'a Expr,
        /// For how long to look.
        within: Duration,
    },
    /// A command that only reads.
    Command {
        /// Its program and arguments, variables and fields filled in.
        argv: Vec<String>,
        /// When it is ended.
        time_box: Duration,
    },
    /// A question to a database, in a transaction that may only read; where [`Walk::condition`] has one, it is looked at
    /// as well, and decides.
    Query {
        /// What is asked, and where.
        query: Query,
        /// When it is ended.
        time_box: Duration,
    },
    /// Somebody picks one of several ways.
    Choice {
        /// The ways, in the order of the runbook.
        options: Vec<&'a str>,
        /// The one that the system's variable picks, where it picks one.
        by: Option<&'a str>,
    },
    /// Hands and eyes do it, and say so; a command is shown to be copied. Where [`Walk::condition`] has one, it is looked
    /// at then, and decides.
    Human,
    /// Something has to be filled in before.
    Input {
        /// What is missing.
        fields: Vec<&'a Field>,
    },
    /// It is never run: it is skipped, or done by hand elsewhere.
    Never,
}

/// Where a walk stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// There is more to do.
    UnderWay,
    /// Every expectation of the verification held.
    Verified,
    /// An expectation of the verification did not hold or was left out, or there is none.
    NotVerified,
}

impl Walk {
    /// From the first step.
    pub fn new(runbook: Arc<Runbook>) -> Self {
        let compiled = |step: &Step| Expr::compile(&step.expect.as_ref()?.text).ok();
        let conditions = runbook.steps.iter().map(compiled).collect();
        let mut order: Vec<usize> = (0..runbook.steps.len()).filter(|at| rank(&runbook.steps[*at]).is_some()).collect();
        order.sort_by_key(|at| rank(&runbook.steps[*at]));
        let marks = vec![Mark::Todo; runbook.steps.len()];
        Self { runbook, marks, conditions, order, chosen: BTreeMap::new(), filled: BTreeMap::new() }
    }

    /// From where an earlier walk was left: its marks by step number, and the ways that were chosen.
    pub fn resumed(
        runbook: Arc<Runbook>,
        progress: impl IntoIterator<Item = (usize, Mark)>,
        chosen: impl IntoIterator<Item = (usize, String)>,
    ) -> Self {
        let mut walk = Self::new(runbook);
        for (choice, option) in chosen {
            walk.choose(choice, &option);
        }
        for (n, mark) in progress {
            // what runs, runs for somebody who watches it: nobody does any more
            walk.mark(n, if matches!(mark, Mark::Running { .. }) { Mark::Todo } else { mark });
        }
        walk
    }

    /// The runbook that is walked.
    pub fn runbook(&self) -> &Arc<Runbook> {
        &self.runbook
    }

    /// The numbers of the steps that are walked, in the order of the walk: Immediate, Diagnosis, Resolution, Verification,
    /// Post-Incident.
    pub fn order(&self) -> impl Iterator<Item = usize> + '_ {
        self.order.iter().map(|at| at + 1)
    }

    /// A step, by its number.
    pub fn step(&self, n: usize) -> Option<&Step> {
        self.runbook.steps.get(n.checked_sub(1)?)
    }

    /// What came of a step.
    pub fn marked(&self, n: usize) -> &Mark {
        n.checked_sub(1).and_then(|at| self.marks.get(at)).unwrap_or(&Mark::Todo)
    }

    /// Tells what came of a step.
    pub fn mark(&mut self, n: usize, mark: Mark) {
        if let Some(known) = n.checked_sub(1).and_then(|at| self.marks.get_mut(at)) {
            *known = mark;
        }
    }

    /// True of a step that is walked, as far as choices tell by now.
    pub fn is_applicable(&self, n: usize) -> bool {
        let Some(step) = self.step(n).filter(|step| rank(step).is_some()) else { return false };
        let Some(chosen) = self.choice_of(n).and_then(|choice| self.chosen(choice)) else { return true };
        step.option.as_ref().is_some_and(|option| option.name == chosen)
    }

    /// The step that comes next: the first that is not behind. Of a choice that nobody made it is its first step.
    pub fn current(&self) -> Option<usize> {
        self.order().find(|n| self.is_applicable(*n) && !self.marked(*n).is_behind())
    }

    /// True when nothing is left to do.
    pub fn is_over(&self) -> bool {
        self.current().is_none()
    }

    /// How many of the steps that are walked are behind, and how many there are.
    pub fn progress(&self) -> (usize, usize) {
        let walked = || self.order().filter(|n| self.is_applicable(*n));
        (walked().filter(|n| self.marked(*n).is_behind()).count(), walked().count())
    }

    /// Where the walk stands. A box of the verification without an expectation is for its human and proves nothing.
    pub fn standing(&self) -> Standing {
        let is_proof = |n: &usize| {
            self.is_applicable(*n)
                && self.step(*n).is_some_and(|step| step.part == Part::Verification && step.expect.is_some())
        };
        let mut proofs = self.order().filter(is_proof).map(|n| self.marked(n)).peekable();
        let has_any = proofs.peek().is_some();
        let (mut all, mut broken) = (has_any, false);
        for mark in proofs {
            all &= matches!(mark, Mark::Verified { .. });
            broken |= mark.is_stuck() || matches!(mark, Mark::Skipped { .. });
        }
        match () {
            () if all => Standing::Verified,
            () if broken || self.is_over() => Standing::NotVerified,
            () => Standing::UnderWay,
        }
    }

    /// What proves a step, compiled; `None` where nothing does.
    pub fn condition(&self, n: usize) -> Option<&Expr> {
        self.conditions.get(n.checked_sub(1)?)?.as_ref()
    }

    /// For how long a step's condition is looked at: a check of the diagnosis tells what is now, and waits for nothing.
    pub fn within(&self, n: usize) -> Duration {
        match self.step(n) {
            Some(step) if step.part != Part::Diagnosis => step.within,
            _ => Duration::ZERO,
        }
    }

    /// What running a step means. It is the same whether the step is the current one or not.
    pub fn doing(&self, n: usize, variables: &Variables) -> Doing<'_> {
        let Some(step) = self.step(n).filter(|step| step.class != Class::Never) else { return Doing::Never };
        if let Some(choice) = self.choice_of(n).filter(|choice| !self.chosen.contains_key(choice)) {
            return Doing::Choice { options: self.options(choice), by: self.picked(choice, variables) };
        }
        let by_hand = matches!(step.class, Class::Manual) || (step.class == Class::Act && step.action.is_none());
        if by_hand {
            return Doing::Human;
        }
        if query::asks(step).is_ok() {
            let fields = self.missing(n);
            return match self.query(n) {
                Ok(query) if fields.is_empty() => Doing::Query { query, time_box: TIME_BOX },
                _ => Doing::Input { fields },
            };
        }
        if let (Some(condition), None) = (self.condition(n), &step.action) {
            return Doing::Expect { condition, within: self.within(n) };
        }
        if has_secret(step) || (step.action.is_none() && !self.reads_only(n)) {
            return Doing::Human;
        }
        let fields = self.missing(n);
        if !fields.is_empty() {
            return Doing::Input { fields };
        }
        match &step.action {
            Some(call) => Doing::Action { call },
            None => match self.command(n, variables) {
                Ok(argv) => Doing::Command { argv, time_box: TIME_BOX },
                Err(_) => Doing::Human,
            },
        }
    }

    /// What came of a look beside a question that was asked: where that has no answer, nothing is as it must be.
    pub fn judged_beside(&self, n: usize, unanswered: Option<&str>, holds: Option<bool>, because: String) -> Mark {
        match unanswered {
            None => self.judged(n, holds, because),
            Some(why) => self.judged(n, holds.filter(|holds| !holds), format!("not answered: {why}; {because}")),
        }
    }

    /// What came of a look at a step's condition: a finding in the diagnosis, a proof or its absence elsewhere.
    pub fn judged(&self, n: usize, holds: Option<bool>, because: String) -> Mark {
        let is_finding = self.step(n).is_some_and(|step| step.part == Part::Diagnosis && step.action.is_none());
        match (holds, is_finding) {
            (_, true) => Mark::Found { what: because, as_expected: holds },
            (Some(true), false) => Mark::Verified { because },
            (_, false) => Mark::NotVerified { why: because },
        }
    }
}

/// Where in the walk a step comes; `None` for what is no step of it.
fn rank(step: &Step) -> Option<u8> {
    match step.part {
        Part::Immediate => Some(0),
        Part::Diagnosis => Some(1),
        Part::Resolution | Part::Other => Some(2),
        Part::Verification => Some(3),
        Part::PostIncident => Some(4),
        Part::Symptoms | Part::Prevention | Part::Related | Part::Contacts | Part::Validation => None,
    }
}

/// A key is never filled in here: it would be shown, and be an argument.
fn has_secret(step: &Step) -> bool {
    step.fields.iter().any(|field| field.kind == FieldKind::Secret)
}

#[cfg(test)]
mod tests;
