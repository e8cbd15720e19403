//! What a probe runs: argv as of an action, names of an environment. What a log counts: patterns that can match, under
//! names of their own.

use crate::base::time::{Span, parse_duration};
use crate::config::check::value::is_environment_name;
use crate::config::check::{Check, action, path};
use crate::config::path::Path;
use crate::config::tree::Node;
use crate::probe::component::BUILT_IN_SIGNALS;
use crate::probe::log::{LONGEST, PER_MIN, SIGNALS};

pub(super) fn check(check: &mut Check<'_>) {
    for (name, entry) in check.section("component") {
        let Some(probe) = entry.node.get("probe") else { continue };
        if let Some(command) = probe.get("command") {
            program(check, &path(["component", name, "probe", "command"]), command, "argv");
        }
        if let Some(entry) = probe.entry("log") {
            let at = path(["component", name, "probe", "log"]);
            program(check, &at, &entry.node, "command");
            log(check, &at, &entry.node);
        }
    }
}

fn program(check: &mut Check<'_>, at: &Path, node: &Node, key: &str) {
    if let Some(argv) = node.get(key) {
        action::command(check, &at.key(key), argv);
    }
    for (name, entry) in node.get("env").into_iter().flat_map(Node::entries) {
        if !is_environment_name(name) {
            let message = format!("'{name}' is not the name of an environment variable");
            let help = "letters, digits and _, such as API_URL".to_owned();
            check.problem(entry.key.clone(), &at.key("env").key(name), message, Some(help));
        }
    }
}

fn log(check: &mut Check<'_>, at: &Path, node: &Node) {
    match (node.get("file"), node.entry("command")) {
        (None, None) => {
            let message = "follows nothing: it needs file or command".to_owned();
            check.problem(node.span.clone(), at, message, None);
        }
        (Some(_), Some(command)) => {
            let message = "follows a file already: a log is a file or a command".to_owned();
            check.problem(command.key.clone(), &at.key("command"), message, None);
        }
        (Some(file), None) if file.text().is_some_and(|text| !text.starts_with(['/', '$'])) => {
            let message = "is a relative path: write the file's absolute path".to_owned();
            check.problem(file.span.clone(), &at.key("file"), message, None);
        }
        _ => {}
    }
    if let Some(window) = node.get("window")
        && let Some(Ok(long)) = window.text().map(parse_duration)
        && !(1..=LONGEST.as_secs()).contains(&long.as_secs())
    {
        let message = format!("must be from 1s to {}", Span(LONGEST));
        check.problem(window.span.clone(), &at.key("window"), message, None);
    }
    let names: Vec<&str> = node.get("patterns").into_iter().flat_map(Node::entries).map(|(name, _)| name).collect();
    for (name, entry) in node.get("patterns").into_iter().flat_map(Node::entries) {
        let at = at.key("patterns").key(name);
        let of_other = name.strip_suffix(PER_MIN).filter(|other| names.contains(other));
        if SIGNALS.contains(&name) || BUILT_IN_SIGNALS.contains(&name) || of_other.is_some() {
            let message = format!("'{name}' is the name of a signal that every log has");
            let message = of_other.map_or(message, |other| format!("'{name}' is a signal of pattern '{other}'"));
            check.problem(entry.key.clone(), &at, message, None);
        }
        if let Some(Err(error)) = entry.node.text().map(regex::Regex::new) {
            let told = error.to_string();
            let message = format!("is no regular expression: {}", told.lines().last().unwrap_or_default());
            check.problem(entry.node.span.clone(), &at, message, None);
        }
    }
}
