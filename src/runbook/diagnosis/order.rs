//! The order of scenarios that fit: a cause before its consequences, then what fits best.

use std::cmp::Ordering;

use crate::base::ComponentId;
use crate::runbook::diagnosis::{Diagnosis, Signs, Surroundings};

/// Ranks what was found.
pub(super) fn ranked(mut found: Vec<(&Signs, Diagnosis)>, around: &impl Surroundings) -> Vec<Diagnosis> {
    found.sort_by(|(a_signs, a), (b_signs, b)| {
        share(b, a)
            .then(b.matched.cmp(&a.matched))
            .then(b_signs.weight.cmp(&a_signs.weight))
            .then(a.runbook.cmp(&b.runbook))
    });
    let causes: Vec<Vec<usize>> = found
        .iter()
        .map(|(own, _)| {
            let is_cause = |(signs, diagnosis): &(&Signs, Diagnosis)| {
                own.id != signs.id && is_likely(diagnosis) && follows(own, signs, around)
            };
            found.iter().enumerate().filter(|(_, other)| is_cause(other)).map(|(at, _)| at).collect()
        })
        .collect();
    let mut placed: Vec<usize> = Vec::with_capacity(found.len());
    while placed.len() < found.len() {
        let waits = |at: &usize| !placed.contains(at);
        let free = |at: &usize| waits(at) && causes[*at].iter().all(|cause| placed.contains(cause));
        // in a circle of consequences the best fit goes first
        let next = (0..found.len()).find(free).or_else(|| (0..found.len()).find(waits));
        placed.extend(next);
    }
    let mut found: Vec<Option<Diagnosis>> = found.into_iter().map(|(_, diagnosis)| Some(diagnosis)).collect();
    placed.into_iter().filter_map(|at| found.get_mut(at)?.take()).collect()
}

/// Compares (matched - contradicted) / known, without rounding.
fn share(a: &Diagnosis, b: &Diagnosis) -> Ordering {
    let parts = |one: &Diagnosis| {
        let [matched, contradicted] = [one.matched, one.contradicted].map(|n| i64::try_from(n).unwrap_or(i64::MAX / 4));
        (matched - contradicted, (matched + contradicted).max(1))
    };
    let ((a, of_a), (b, of_b)) = (parts(a), parts(b));
    (i128::from(a) * i128::from(of_b)).cmp(&(i128::from(b) * i128::from(of_a)))
}

/// More speaks for it than against it: only then it explains others.
fn is_likely(diagnosis: &Diagnosis) -> bool {
    diagnosis.matched > diagnosis.contradicted
}

/// Is the first a consequence of the second, where both fit?
fn follows(own: &Signs, cause: &Signs, around: &impl Surroundings) -> bool {
    if own.consequence_of.contains(&cause.id) {
        return true;
    }
    let is_below = |below: &ComponentId| {
        !own.components.contains(below)
            && around.is_at_fault(below)
            && own.components.iter().any(|component| stands_on(component, below, around))
    };
    // two that name each other are no cause of each other
    !cause.consequence_of.contains(&own.id) && cause.components.iter().any(is_below)
}

fn stands_on(component: &ComponentId, below: &ComponentId, around: &impl Surroundings) -> bool {
    let mut seen: Vec<&ComponentId> = around.below(component).iter().collect();
    let mut at = 0;
    while let Some(next) = seen.get(at).copied() {
        if next == below {
            return true;
        }
        for deeper in around.below(next) {
            if !seen.contains(&deeper) {
                seen.push(deeper);
            }
        }
        at += 1;
    }
    false
}
