//! A condition of a runbook reads only what the system has.

use std::ops::Range;

use crate::base::SignalName;
use crate::config::System;
use crate::config::lint::suggest;
use crate::expr::{Expr, Reference};
use crate::probe::ComponentSpec;
use crate::probe::component::BUILT_IN_SIGNALS;

/// A place in the expression, what is wrong with it, and the way out.
type Wrong = (Range<usize>, String, Option<String>);

/// Everything that is wrong with an expression.
pub(super) fn problems(text: &str, system: Option<&System>) -> Vec<Wrong> {
    let expr = match Expr::compile(text).and_then(|expr| expr.check_condition().map(|()| expr)) {
        Ok(expr) => expr,
        Err(error) => return vec![(error.span, error.message, error.help)],
    };
    let Some(system) = system else { return Vec::new() };
    expr.references().iter().filter_map(|read| unknown(read, system)).collect()
}

fn unknown(read: &Reference, system: &System) -> Option<Wrong> {
    let wrong = |message: String, help: Option<String>| Some((read.span.clone(), message, help));
    if read.path.ends_with(')') {
        let message = format!("{} looks into one answer, and this reads signals", read.path);
        return wrong(message, Some("make it a signal: [component.<id>.signal]".to_owned()));
    }
    let components: Vec<&str> = system.component.keys().map(crate::base::ComponentId::as_str).collect();
    let Some(spec) = system.component.get(read.root.as_str()) else {
        return wrong(format!("no component '{}'", read.root), suggest(&read.root, &components));
    };
    let Some(key) = &read.key else {
        let help = format!("write {}.up, or another of its signals", read.root);
        return wrong(format!("'{}' is a component and no value", read.path), Some(help));
    };
    let known = signals(spec);
    let known: Vec<&str> = known.iter().map(SignalName::as_str).chain(BUILT_IN_SIGNALS.iter().copied()).collect();
    if known.contains(&key.signal.as_str()) {
        return None;
    }
    wrong(format!("'{}' has no signal '{}'", key.component, key.signal), suggest(key.signal.as_str(), &known))
}

fn signals(spec: &ComponentSpec) -> Vec<SignalName> {
    spec.signal.keys().cloned().chain(spec.probe.own_signals()).collect()
}
