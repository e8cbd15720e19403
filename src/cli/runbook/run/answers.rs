//! What the flags answer before anybody asks: ways, values, what is left out and what is done already.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::cli::Failure;
use crate::cli::runbook::run::Args;
use crate::config::System;
use crate::runbook::walk::Walk;
use crate::runbook::{Class, Runbook};
use crate::runtime::PreparedSystem;

/// The answers of the flags.
#[derive(Clone, Debug, Default)]
pub(super) struct Answers {
    /// Steps that are left out, and why.
    pub(super) skip: BTreeMap<usize, String>,
    /// Steps for hands that are done.
    pub(super) done: Vec<usize>,
    /// Words for ways.
    choices: Vec<String>,
    /// Values by the name of a field.
    values: IndexMap<String, String>,
}

impl Answers {
    /// Takes the flags in; what means no step, no way and no field of this runbook is a mistake.
    pub(super) fn of(
        args: &Args,
        runbook: &std::sync::Arc<Runbook>,
        prepared: &PreparedSystem,
    ) -> Result<Self, Failure> {
        let usage = |text: String| Failure::Usage(text);
        let steps = runbook.steps.len();
        let known = |n: usize| {
            let found = runbook.steps.iter().find(|step| step.n == n);
            found.ok_or_else(|| usage(format!("{} has no step {n}: it has {steps}", runbook.id)))
        };
        let mut skip = BTreeMap::new();
        for text in &args.skips {
            let pair =
                text.split_once('=').and_then(|(n, reason)| Some((n.trim().parse::<usize>().ok()?, reason.trim())));
            let (n, reason) = pair
                .filter(|(_, reason)| !reason.is_empty())
                .ok_or_else(|| usage("--skip without its reason: write --skip N=REASON".to_owned()))?;
            known(n)?;
            skip.insert(n, reason.to_owned());
        }
        for n in args.done.iter().chain(&args.start_at) {
            known(*n)?;
        }
        for n in &args.done {
            // what midwatch proves is not proved by a flag
            let step = known(*n)?;
            if step.action.is_some() || (step.expect.is_some() && step.class != Class::Manual) {
                return Err(usage(format!(
                    "--done {n}: that step is proved by its effect; leave it out with --skip {n}=REASON"
                )));
            }
        }
        let walk = Walk::new(std::sync::Arc::clone(runbook));
        for word in &args.choices {
            if !choices(&walk).iter().any(|choice| walk.meant(*choice, word).is_some()) {
                let ways: Vec<String> =
                    choices(&walk).iter().flat_map(|choice| walk.options(*choice)).map(str::to_owned).collect();
                return Err(usage(format!(
                    "--choose {word}: {} has no such way; there are: {}",
                    runbook.id,
                    ways.join(", ")
                )));
            }
        }
        let mut values = IndexMap::new();
        for text in &args.parameters {
            let (name, value) = text
                .split_once('=')
                .ok_or_else(|| usage("--param without '=': write --param NAME=VALUE".to_owned()))?;
            if !runbook.steps.iter().any(|step| step.fields.iter().any(|field| field.name == name)) {
                return Err(usage(format!("--param {name}: no step of {} asks for it", runbook.id)));
            }
            values.insert(name.to_owned(), value.to_owned());
        }
        let name = prepared.system.name.as_str();
        if let Some(typed) = args.confirm.as_deref().filter(|typed| *typed != name) {
            return Err(usage(format!("--confirm {typed}: the system is {name}")));
        }
        Ok(Self { skip, done: args.done.clone(), choices: args.choices.clone(), values })
    }

    /// The way that a flag means of this choice.
    pub(super) fn way(&self, walk: &Walk, choice: usize) -> Option<String> {
        self.choices.iter().find_map(|word| walk.meant(choice, word)).map(str::to_owned)
    }

    /// Fills in what the flags give of a step. The error is the first value that does not fit.
    pub(super) fn fill(&self, walk: &mut Walk, system: &System, n: usize) -> Result<(), String> {
        let names: Vec<String> = walk.missing(n).iter().map(|field| field.name.clone()).collect();
        for name in names {
            if let Some(value) = self.values.get(&name) {
                fill(walk, system, n, &name, value)?;
            }
        }
        Ok(())
    }
}

/// Fills a field of a step in. What its action would refuse is refused here, where another value can be given.
pub(super) fn fill(walk: &mut Walk, system: &System, n: usize, field: &str, value: &str) -> Result<(), String> {
    let declared =
        walk.parameter(n, field).and_then(|(call, name)| system.action.get(call.id.text.as_str())?.parameter.get(name));
    declared.map_or(Ok(()), |spec| spec.check(value)).map_err(|why| format!("'{field}': {why}"))?;
    walk.fill(n, field, value)
}

/// The choices of a walk.
pub(super) fn choices(walk: &Walk) -> Vec<usize> {
    let mut all: Vec<usize> = walk.order().filter_map(|n| walk.choice_of(n)).collect();
    all.dedup();
    all
}
