//! Which scenario is it? Each symptom is true, false or unknown, with the values that decide it; scenarios are ranked by
//! what speaks for and against them, a cause before its consequences. Same input, same bytes.

mod order;

use std::sync::Arc;

use crate::base::{ComponentId, Now, RunbookId};
use crate::expr::{CompileError, Expr, Verdict};
use crate::runbook::document::{Runbook, SymptomKind};
use crate::signal::SignalStore;

/// What of a scenario is needed to recognise it: its symptoms, compiled. Small, for it stays in memory.
#[derive(Clone, Debug)]
pub struct Signs {
    /// The scenario.
    pub id: RunbookId,
    /// Its title.
    pub title: Arc<str>,
    /// How bad it is; a higher number is worse.
    pub weight: u8,
    /// What it is about.
    pub components: Box<[ComponentId]>,
    /// Scenarios that go before it where they match.
    pub consequence_of: Box<[RunbookId]>,
    /// Its symptoms that a machine can tell.
    pub signs: Box<[Sign]>,
}

/// One symptom that a machine can tell.
#[derive(Clone, Debug)]
pub struct Sign {
    /// The human's line.
    pub text: Arc<str>,
    /// Line in the runbook, from 1.
    pub line: usize,
    /// True counts for nothing: it only must hold too.
    pub is_context: bool,
    /// Its condition.
    pub condition: Expr,
}

/// What is known of the system beside its signals.
pub trait Surroundings {
    /// What a component stands on.
    fn below(&self, component: &ComponentId) -> &[ComponentId];
    /// It is down, or something is said against it.
    fn is_at_fault(&self, component: &ComponentId) -> bool;
}

/// A scenario that fits.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnosis {
    /// Which.
    pub runbook: RunbookId,
    /// Its title.
    pub title: Arc<str>,
    /// From 1.
    pub rank: usize,
    /// Symptoms that are true.
    pub matched: usize,
    /// Symptoms and contexts that are false.
    pub contradicted: usize,
    /// Symptoms and contexts that cannot be told.
    pub unknown: usize,
    /// All symptoms that a machine can tell, without contexts.
    pub symptoms: usize,
    /// Each symptom with what decided it, in the order of the runbook.
    pub evidence: Vec<Evidence>,
}

/// One symptom, judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// The human's line.
    pub symptom: Arc<str>,
    /// Line in the runbook, from 1.
    pub line: usize,
    /// True counts for nothing.
    pub is_context: bool,
    /// Whether it holds; `None` where it cannot be told.
    pub verdict: Option<bool>,
    /// The values that decide it: `queue.workers_live = 0`.
    pub because: String,
}

impl Evidence {
    /// The stable word.
    pub fn word(&self) -> &'static str {
        match self.verdict {
            Some(true) => "true",
            Some(false) => "false",
            None => "unknown",
        }
    }
}

impl Diagnosis {
    /// `4 of 4 symptoms`.
    pub fn share(&self) -> String {
        let s = if self.symptoms == 1 { "" } else { "s" };
        format!("{} of {} symptom{s}", self.matched, self.symptoms)
    }
}

impl Signs {
    /// Takes out of a runbook what recognises it; nothing where no machine can. Conditions that are no expressions are
    /// left out: the linter tells them.
    pub fn of(runbook: &Runbook, weight: u8) -> Option<Self> {
        let signs: Box<[Sign]> = runbook
            .symptoms
            .iter()
            .filter_map(|symptom| {
                let (condition, is_context) = match &symptom.kind {
                    SymptomKind::When(condition) => (condition, false),
                    SymptomKind::Context(condition) => (condition, true),
                    SymptomKind::Human => return None,
                };
                let condition = compile(&condition.text).ok()?;
                Some(Sign { text: symptom.text.as_str().into(), line: symptom.line, is_context, condition })
            })
            .collect();
        if signs.iter().all(|sign| sign.is_context) {
            return None;
        }
        Some(Self {
            id: runbook.id.clone(),
            title: runbook.title.as_str().into(),
            weight,
            components: runbook.components.iter().filter_map(|name| ComponentId::new(&name.text).ok()).collect(),
            consequence_of: runbook.consequence_of.iter().filter_map(|name| RunbookId::new(&name.text).ok()).collect(),
            signs,
        })
    }

    fn judge(&self, store: &SignalStore, now: Now) -> Option<Diagnosis> {
        let evidence: Vec<(bool, Option<bool>)> = self
            .signs
            .iter()
            .map(|sign| {
                let verdict = match sign.condition.verdict(store, now) {
                    Verdict::True => Some(true),
                    Verdict::False => Some(false),
                    Verdict::Unknown(_) => None,
                };
                (sign.is_context, verdict)
            })
            .collect();
        let count = |wanted: &dyn Fn(bool, Option<bool>) -> bool| {
            evidence.iter().filter(|(is_context, verdict)| wanted(*is_context, *verdict)).count()
        };
        let matched = count(&|is_context, verdict| !is_context && verdict == Some(true));
        if matched == 0 {
            return None;
        }
        let told = self.signs.iter().zip(&evidence).map(|(sign, (is_context, verdict))| Evidence {
            symptom: Arc::clone(&sign.text),
            line: sign.line,
            is_context: *is_context,
            verdict: *verdict,
            because: sign.condition.evidence(store, now),
        });
        Some(Diagnosis {
            runbook: self.id.clone(),
            title: Arc::clone(&self.title),
            rank: 0,
            matched,
            contradicted: count(&|_, verdict| verdict == Some(false)),
            unknown: count(&|_, verdict| verdict.is_none()),
            symptoms: count(&|is_context, _| !is_context),
            evidence: told.collect(),
        })
    }
}

/// The condition of a symptom or of an expectation.
pub fn compile(text: &str) -> Result<Expr, CompileError> {
    let expr = Expr::compile(text)?;
    expr.check_condition()?;
    Ok(expr)
}

/// The scenarios that fit, the likeliest first. Nothing where no symptom of any holds.
pub fn diagnose(all: &[Signs], store: &SignalStore, around: &impl Surroundings, now: Now) -> Vec<Diagnosis> {
    let found: Vec<(&Signs, Diagnosis)> =
        all.iter().filter_map(|signs| Some((signs, signs.judge(store, now)?))).collect();
    let ranked = order::ranked(found, around);
    ranked.into_iter().zip(1..).map(|(diagnosis, rank)| Diagnosis { rank, ..diagnosis }).collect()
}

#[cfg(test)]
mod tests;
