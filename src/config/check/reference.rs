//! Names of variables, components, actions and runbooks must exist; what depends on itself is told as a circle.

use crate::base::template::NOW;
use crate::config::check::{Check, path, suggest};
use crate::config::leaf::Meaning;
use crate::config::tree;

pub(super) fn check(check: &mut Check<'_>) {
    variables(check);
    times(check);
    ids(check);
    words(check);
    circles(check);
}

fn variables(check: &mut Check<'_>) {
    let variables = check.names("var");
    for (leaf, template) in check.templates() {
        let own = own_names(check, leaf);
        let known: Vec<&str> = variables.iter().chain(&own).copied().collect();
        for name in template.variables().filter(|name| !known.contains(name)) {
            let wrong = format!("${{{name}}}");
            // the template is written as it stands in the file, `$${` and all
            let span = template.to_string().find(&wrong).map_or_else(
                || leaf.span.clone(),
                |at| tree::inside(check.source, &leaf.span, &(at..at + wrong.len())),
            );
            let help = suggest(name, &known).unwrap_or_else(|| format!("declare it: [var.{name}]"));
            check.problem(span, &leaf.path, format!("no variable '{name}'"), Some(help));
        }
    }
}

/// A time is for what is done once: a probe asks the same each time. And it is no variable.
fn times(check: &mut Check<'_>) {
    for (leaf, template) in check.templates() {
        let Some(time) = template.time() else { continue };
        if leaf.path.parts().first() == Some(&"action") {
            continue;
        }
        let wrong = format!("${{{time}}}");
        let at = template.to_string().find(&wrong).unwrap_or_default();
        let span = tree::inside(check.source, &leaf.span, &(at..at + wrong.len()));
        let help = "only what an action does may name a time".to_owned();
        check.problem(span, &leaf.path, format!("'{wrong}' stands for a time, which nothing here has"), Some(help));
    }
    let parameters = check.section("action").flat_map(|(action, entry)| {
        let all = entry.node.get("parameter").into_iter().flat_map(tree::Node::entries);
        all.map(move |(name, entry)| (vec!["action", action, "parameter", name], name, entry))
    });
    let all = check.section("var").map(|(name, entry)| (vec!["var", name], name, entry)).chain(parameters);
    for (at, _, entry) in all.filter(|(_, name, _)| *name == NOW).collect::<Vec<_>>() {
        let message = format!("'{NOW}' is the time already: choose another name");
        check.problem(entry.key.clone(), &path(at), message, None);
    }
}

/// What an action's operation may name beside the variables: its parameters, and `item` where it has items.
fn own_names<'a>(check: &Check<'a>, leaf: &crate::config::leaf::Leaf) -> Vec<&'a str> {
    let parts = leaf.path.parts();
    let ["action", name, ..] = parts.as_slice() else { return Vec::new() };
    let Some(action) = check.root.get("action").and_then(|all| all.get(name)) else { return Vec::new() };
    let parameters =
        action.get("parameter").into_iter().flat_map(crate::config::tree::Node::entries).map(|(name, _)| name);
    parameters.chain(action.get("items").map(|_| "item")).collect()
}

fn ids(check: &mut Check<'_>) {
    for leaf in check.leaves {
        let (what, section, id) = match &leaf.meaning {
            Meaning::Component(id) => ("component", "component", id.as_str()),
            Meaning::Action(id) => ("action", "action", id.as_str()),
            Meaning::Runbook(id) => {
                runbook(check, leaf, id.as_str());
                continue;
            }
            _ => continue,
        };
        if !check.has(section, id) {
            let help = suggest(id, &check.names(section));
            check.problem(leaf.span.clone(), &leaf.path, format!("no {what} '{id}'"), help);
        }
    }
}

/// A severity's own word must be declared, and mean what stands beside it.
fn words(check: &mut Check<'_>) {
    let declared = check.names("severity");
    for (section, beside) in [("rule", "severity"), ("component", "on_down")] {
        for (name, entry) in check.root.get(section).into_iter().flat_map(tree::Node::entries) {
            let Some(place) = entry.node.get("word") else { continue };
            let Some(word) = place.text() else { continue };
            let at = path([section, name, "word"]);
            let Some(means) = check.root.get("severity").and_then(|all| all.get(word)) else {
                let help = suggest(word, &declared).unwrap_or_else(|| format!("declare it: [severity.{word}]"));
                check.problem(place.span.clone(), &at, format!("no severity '{word}'"), Some(help));
                continue;
            };
            let says = entry.node.get(beside).and_then(tree::Node::text).unwrap_or("critical");
            let means = means.get("means").and_then(tree::Node::text).unwrap_or(says);
            if means != says {
                let message = format!("'{word}' means {means}, and {beside} says {says}");
                check.problem(place.span.clone(), &at, message, Some(format!("write {beside} = \"{means}\"")));
            }
        }
    }
}

fn runbook(check: &mut Check<'_>, leaf: &crate::config::leaf::Leaf, id: &str) {
    let Some(known) = check.around.runbooks else { return };
    let known: Vec<&str> = known.iter().map(|file| file.id.as_str()).collect();
    if !known.contains(&id) {
        check.problem(leaf.span.clone(), &leaf.path, format!("no runbook '{id}'"), suggest(id, &known));
    }
}

/// Each circle once, at the first of its components.
fn circles(check: &mut Check<'_>) {
    let names = check.names("component");
    let mut told: Vec<&str> = Vec::new();
    for start in &names {
        if told.contains(start) {
            continue;
        }
        let Some(circle) = circle(check, start) else { continue };
        told.extend(&circle);
        let depends = check.root.get("component").and_then(|all| all.get(start)?.get("depends_on"));
        let next = circle.get(1).unwrap_or(start);
        let Some(item) = depends.and_then(|all| all.items().iter().find(|item| item.text() == Some(next))) else {
            continue;
        };
        let words = [&circle[..], &circle[..1]].concat().join(" -> ");
        let message = if circle.len() == 1 { "depends on itself".to_owned() } else { format!("is a circle: {words}") };
        let help = "a cause cannot be its own consequence: take one of them out".to_owned();
        check.problem(item.span.clone(), &path(["component", start, "depends_on"]), message, Some(help));
    }
}

/// The way from a component back to itself, without the way back.
fn circle<'a>(check: &Check<'a>, start: &'a str) -> Option<Vec<&'a str>> {
    let mut seen = vec![start];
    let mut ways = vec![vec![start]];
    while let Some(way) = ways.pop() {
        let component = way.last().and_then(|last| check.root.get("component")?.get(last));
        let next = component.and_then(|component| component.get("depends_on"));
        for name in next.into_iter().flat_map(tree::Node::items).filter_map(tree::Node::text) {
            if name == start {
                return Some(way);
            }
            if !seen.contains(&name) {
                seen.push(name);
                ways.push([&way[..], &[name]].concat());
            }
        }
    }
    None
}
