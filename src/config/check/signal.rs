//! Expressions may only read what there is: the variables of their component's answer, or the system's signals.

use std::borrow::Cow;
use std::ops::Range;

use crate::action::{RUN, RUN_SIGNALS};
use crate::base::problem::nearest;
use crate::config::check::{Check, near, path, suggest};
use crate::config::leaf::{Leaf, Meaning};
use crate::config::tree::{self, Node};
use crate::expr::{Expr, Reference};
use crate::probe::ProbeSpec;
use crate::probe::component::BUILT_IN_SIGNALS;
use crate::probe::log::LINE_FACTS;

pub(super) fn check(check: &mut Check<'_>) {
    for (name, entry) in check.section("component").filter(|(name, _)| *name == RUN) {
        let message = format!("'{RUN}' is taken: in a verify it is the run itself");
        check.problem(entry.key.clone(), &path(["component", name]), message, None);
    }
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
            ["component", _, "probe", "log", "patterns", ..] => answer(check, leaf, expr, LINE_FACTS, None),
            ["component", component, ..] => {
                let kind = check.probe_kind(component).unwrap_or_default();
                let probe = check.root.get("component").and_then(|all| all.get(component)?.get("probe")?.get(kind));
                answer(check, leaf, expr, ProbeSpec::facts_of(kind), probe);
            }
            ["action", .., "expect"] | ["action", _, "verify", "answer"] => {
                let facts: Vec<&str> =
                    ProbeSpec::facts_of("http").iter().copied().filter(|f| !OF_POLLS.contains(f)).collect();
                answer(check, leaf, expr, &facts, None);
            }
            _ => store(check, leaf, expr),
        }
    }
}

/// Facts that the answer to an action's request lacks.
const OF_POLLS: [&str; 2] = ["now", "cert_days_left"];

/// Facts that hold what the probe names, and the keys under which it names it.
const NAMED: [(&str, &[&str]); 2] = [("also", &["also"]), ("results", &["queries", "ranges"])];

/// Over one answer: `status`, `body`, … A kind that is not known has no list, and nothing is said.
fn answer(check: &mut Check<'_>, leaf: &Leaf, expr: &Expr, facts: &[&str], probe: Option<&Node>) {
    for read in expr.references() {
        let root = read.root.as_str();
        let (message, help) = if facts.is_empty() {
            continue;
        } else if read.quoted {
            let message = format!("'{}' is read over time, but this reads one answer", read.path);
            (message, Some("write it into a rule".to_owned()))
        } else if let Some((_, keys)) = NAMED.iter().find(|(fact, _)| *fact == root && facts.contains(fact)) {
            let Some(wrong) = unknown_name(&read.path, root, keys, probe) else { continue };
            wrong
        } else if facts.contains(&root) {
            continue;
        } else if check.has("component", root) {
            let message = format!("'{root}' is a component, but this reads one answer: {}", facts.join(", "));
            (message, None)
        } else {
            (format!("an answer has no '{root}'; it has: {}", facts.join(", ")), near(root, facts))
        };
        // of `also.name` both words are wrong, of anything else the first
        let word = if NAMED.iter().any(|(fact, _)| *fact == root) {
            read.path.split(['.', '[']).take(2).collect::<Vec<_>>().join(".")
        } else {
            root.to_owned()
        };
        let span = place(check, leaf, read, &word);
        check.problem(span, &leaf.path, message, help);
    }
}

/// `also.<name>` of a URL that is not asked.
fn unknown_name(read: &str, root: &str, keys: &[&str], probe: Option<&Node>) -> Option<(String, Option<String>)> {
    let name = read.strip_prefix(root)?.strip_prefix('.')?.split(['.', '[']).next()?;
    let tables = keys.iter().filter_map(|key| probe?.get(key));
    let known: Vec<&str> = tables.flat_map(Node::entries).map(|(name, _)| name).collect();
    (!known.contains(&name)).then(|| (format!("the probe's {} has no '{name}'", keys[0]), suggest(name, &known)))
}

/// Over all signals of the system.
fn store(check: &mut Check<'_>, leaf: &Leaf, expr: &Expr) {
    let components = check.names("component");
    let is_proof = matches!(leaf.path.parts().as_slice(), ["action", _, "verify", "when"]);
    for read in expr.references() {
        let root = read.root.as_str();
        if is_proof && root == RUN {
            of_run(check, leaf, read);
            continue;
        }
        let owner = || components.iter().find(|component| own_signals(check, component).iter().any(|own| own == root));
        let (wrong, word) = match &read.key {
            _ if read.path.ends_with(')') => {
                let message = format!("{} looks into one answer, and this reads signals", read.path);
                let help = "make it a signal: [component.<id>.signal]".to_owned();
                ((message, Some(help)), read.path.clone())
            }
            _ if !components.contains(&root) => match owner() {
                Some(owner) => {
                    let help = format!("did you mean '{owner}.{root}'?");
                    ((format!("'{root}' is no component"), Some(help)), root.to_owned())
                }
                None => ((format!("no component '{root}'"), suggest(root, &components)), root.to_owned()),
            },
            Some(key) => match unknown(check, root, key.signal.as_str()) {
                Some(wrong) => (wrong, key.to_string()),
                None => continue,
            },
            None => {
                let help = format!("write {root}.up, or another of its signals");
                ((format!("'{}' is a component and no value", read.path), Some(help)), read.path.clone())
            }
        };
        let span = place(check, leaf, read, &word);
        check.problem(span, &leaf.path, wrong.0, wrong.1);
    }
}

/// What a condition that proves an action reads of the run itself.
fn of_run(check: &mut Check<'_>, leaf: &Leaf, read: &Reference) {
    let named = read.key.as_ref().map(|key| key.signal.as_str());
    if !named.is_some_and(|name| RUN_SIGNALS.contains(&name)) {
        let message = format!("a run has no '{}'; it has: {}", named.unwrap_or_default(), RUN_SIGNALS.join(", "));
        let help = named.and_then(|name| near(name, &RUN_SIGNALS));
        let word = read.key.as_ref().map_or_else(|| read.path.clone(), ToString::to_string);
        check.problem(place(check, leaf, read, &word), &leaf.path, message, help);
    }
}

/// Where the wrong beginning of a name stands in the file.
fn place(check: &Check<'_>, leaf: &Leaf, read: &Reference, word: &str) -> Range<usize> {
    let span = &read.span;
    let end = if read.path.starts_with(word) && !read.quoted { span.start + word.len() } else { span.end };
    tree::inside(check.source, &leaf.span, &(span.start..end.min(span.end)))
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
    let node = check.root.get("component")?.get(component)?;
    if node.get("signal").is_none() && node.entries().any(|(key, _)| nearest(key, ["signal"]).is_some()) {
        return None;
    }
    let known = own_signals(check, component);
    let known: Vec<&str> = known.iter().map(AsRef::as_ref).chain(BUILT_IN_SIGNALS.iter().copied()).collect();
    (!known.contains(&signal)).then(|| (format!("'{component}' has no signal '{signal}'"), suggest(signal, &known)))
}

/// The signals that a component declares and those that its probe yields.
fn own_signals<'a>(check: &Check<'a>, component: &str) -> Vec<Cow<'a, str>> {
    let node = check.root.get("component").and_then(|all| all.get(component)?.get("signal"));
    let declared = node.into_iter().flat_map(Node::entries).map(|(name, _)| Cow::Borrowed(name));
    declared.chain(check.probe_signals(component)).collect()
}
