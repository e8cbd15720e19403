//! Expressions may only read what there is: the variables of their component's answer, or the system's signals.

use std::ops::Range;

use crate::config::check::{Check, suggest};
use crate::config::leaf::{Leaf, Meaning};
use crate::config::tree::{self, Node};
use crate::expr::Expr;
use crate::probe::ProbeSpec;
use crate::probe::component::BUILT_IN_SIGNALS;

pub(super) fn check(check: &mut Check<'_>) {
    for leaf in check.leaves {
        let expr = match &leaf.meaning {
            Meaning::Expr(expr) => expr,
            Meaning::Signal(key) => {
                if let Some((message, help)) = unknown(check, key.component.as_str(), key.signal.as_str()) {
                    check.problem(leaf.span.clone(), &leaf.path, message, help);
                }
                continue;
            }
            _ => continue,
        };
        match leaf.path.parts().as_slice() {
            ["component", component, ..] => {
                let kind = check.probe_kind(component).unwrap_or_default();
                answer(check, leaf, expr, ProbeSpec::facts_of(kind));
            }
            ["action", .., "expect"] => answer(check, leaf, expr, ProbeSpec::facts_of("http")),
            _ => store(check, leaf, expr),
        }
    }
}

/// Over one answer: `status`, `body`, … A kind that is not known has no list, and nothing is said.
fn answer(check: &mut Check<'_>, leaf: &Leaf, expr: &Expr, facts: &[&str]) {
    for root in expr.roots() {
        if facts.is_empty() || facts.contains(&root.as_str()) {
            continue;
        }
        let message = if check.has("component", &root) {
            format!("'{root}' is a component, but this reads one answer: {}", facts.join(", "))
        } else {
            format!("an answer has no '{root}'; it has: {}", facts.join(", "))
        };
        let help = crate::base::problem::nearest(&root, facts.iter().copied());
        let help = help.map(|near| format!("did you mean '{near}'?"));
        check.problem(place(check, leaf, expr, &root), &leaf.path, message, help);
    }
}

/// Over all signals of the system.
fn store(check: &mut Check<'_>, leaf: &Leaf, expr: &Expr) {
    let components = check.names("component");
    for root in expr.roots().iter().filter(|root| !components.contains(&root.as_str())) {
        let owner = components.iter().find(|component| own_signals(check, component).contains(&root.as_str()));
        let (message, help) = match owner {
            Some(owner) => (format!("'{root}' is no component"), Some(format!("did you mean '{owner}.{root}'?"))),
            None => (format!("no component '{root}'"), suggest(root, &components)),
        };
        check.problem(place(check, leaf, expr, root), &leaf.path, message, help);
    }
    for key in expr.signals() {
        let (component, signal) = (key.component.as_str(), key.signal.as_str());
        let text = key.to_string();
        if let Some((message, help)) = unknown(check, component, signal) {
            // a component that does not exist was told above, unless only a window's text names it
            if components.contains(&component) || !expr.roots().iter().any(|root| root == component) {
                check.problem(place(check, leaf, expr, &text), &leaf.path, message, help);
            }
        }
    }
}

/// Says what is wrong with a signal's name, if anything is.
fn unknown(check: &Check<'_>, component: &str, signal: &str) -> Option<(String, Option<String>)> {
    let components = check.names("component");
    if !components.contains(&component) {
        return Some((format!("no component '{component}'"), suggest(component, &components)));
    }
    // a probe whose kind is wrong yields signals that nobody knows; that mistake is told at the probe
    if ProbeSpec::facts_of(check.probe_kind(component)?).is_empty() {
        return None;
    }
    let known = own_signals(check, component);
    let known = [&known[..], BUILT_IN_SIGNALS].concat();
    (!known.contains(&signal)).then(|| (format!("'{component}' has no signal '{signal}'"), suggest(signal, &known)))
}

/// The signals that a component declares and those that its probe yields.
fn own_signals<'a>(check: &Check<'a>, component: &str) -> Vec<&'a str> {
    let node = check.root.get("component").and_then(|all| all.get(component)?.get("signal"));
    let declared = node.into_iter().flat_map(Node::entries).map(|(name, _)| name);
    declared.chain(ProbeSpec::signals_of(check.probe_kind(component).unwrap_or_default()).iter().copied()).collect()
}

/// Where a name stands in an expression, as a word of its own.
fn place(check: &Check<'_>, leaf: &Leaf, expr: &Expr, name: &str) -> Range<usize> {
    let text = expr.text();
    let part_of_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    let alone = |at: &usize| {
        !text[..*at].ends_with(part_of_word)
            && !text[at + name.len()..].starts_with(|c: char| c != '.' && part_of_word(c))
    };
    match text.match_indices(name).map(|(at, _)| at).find(alone) {
        Some(at) => tree::inside(check.source, &leaf.span, &(at..at + name.len())),
        None => leaf.span.clone(),
    }
}
