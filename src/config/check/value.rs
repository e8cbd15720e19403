//! Values that contradict each other or can never be right: times, variables, panels, jobs, addresses.

use std::time::Duration;

use crate::base::{id, time};
use crate::config::check::{Check, near, path};
use crate::config::leaf::Meaning;
use crate::config::shape::join;
use crate::config::tree::{Entry, Node, Tree};
use crate::probe::ProbeSpec;
use crate::probe::component::BUILT_IN_SIGNALS;
use crate::probe::prometheus::DEFAULT_WINDOW;
use crate::signal::history::MOST;

pub(super) fn check(check: &mut Check<'_>) {
    times(check);
    check.section("component").for_each(|(name, entry)| component(check, name, &entry.node));
    check.section("var").for_each(|(name, entry)| variable(check, name, entry));
    check.section("rule").for_each(|(name, entry)| rule(check, name, entry));
    check.section("panel").for_each(|(name, entry)| panel(check, name, &entry.node));
    check.section("job").for_each(|(name, entry)| job(check, name, &entry.node));
    addresses(check);
    titles(check);
}

const SECOND: Duration = Duration::from_secs(1);

fn times(check: &mut Check<'_>) {
    for leaf in check.leaves {
        let Meaning::Period(time) = leaf.meaning else { continue };
        let message = match leaf.path.parts().last().copied() {
            Some("every") if time < SECOND => "must be 1s or more: a watcher must not be a load",
            Some("timeout" | "within" | "after") if time.is_zero() => "must be more than 0s",
            Some("for") if leaf.path.parts().contains(&"suspend") && time < SECOND => "must be 1s or more",
            _ => continue,
        };
        check.problem(leaf.span.clone(), &leaf.path, message.to_owned(), None);
    }
}

fn component(check: &mut Check<'_>, name: &str, node: &Node) {
    let time = |key: &str, default: u64| {
        let text = node.get(key).and_then(Node::text);
        text.map_or(Ok(Duration::from_secs(default)), time::parse_duration)
    };
    if let (Ok(every), Ok(timeout), Some(written)) =
        (time("every", 5), time("timeout", 2), node.get("timeout").or_else(|| node.get("every")))
        && timeout > every
        && every >= SECOND
    {
        let message = format!("timeout {} is longer than every {}", time::Span(timeout), time::Span(every));
        let help = "one poll must end before the next: lower timeout or raise every".to_owned();
        check.problem(written.span.clone(), &path(["component", name]), message, Some(help));
    }
    let of_probe = check.probe_signals(name);
    if let (Ok(every), Some(window)) =
        (time("every", 5), node.get("probe").and_then(|probe| probe.get("prometheus")).map(|probe| probe.get("window")))
        && let Ok(long) = window.and_then(Node::text).map_or(Ok(DEFAULT_WINDOW.0), time::parse_duration)
        && long < every.saturating_mul(2)
    {
        let message = format!("a window of {} holds no two polls, one every {}", time::Span(long), time::Span(every));
        let help = format!("write window = \"{}\" or more", time::Span(every.saturating_mul(2)));
        let at = window.or_else(|| node.get("every")).map_or_else(|| node.span.clone(), |node| node.span.clone());
        check.problem(at, &path(["component", name, "probe", "prometheus", "window"]), message, Some(help));
    }
    if let Some(promql) = node.get("probe").and_then(|probe| probe.get("promql")) {
        queries(check, name, promql);
    }
    for (signal, entry) in node.get("signal").into_iter().flat_map(Node::entries) {
        let taken = if BUILT_IN_SIGNALS.contains(&signal) {
            "a signal that every component has"
        } else if of_probe.iter().any(|own| own == signal) {
            "a signal that its probe already yields"
        } else {
            continue;
        };
        let message = format!("'{signal}' is the name of {taken}");
        check.problem(entry.key.clone(), &path(["component", name, "signal", signal]), message, None);
    }
}

/// What a `promql` probe asks for: something, by names that are free, and of a range no more than is kept.
fn queries(check: &mut Check<'_>, name: &str, promql: &Node) {
    let place = |of: &str| path(["component", name, "probe", "promql", of]);
    let of = |table: &str| promql.get(table).into_iter().flat_map(Node::entries).collect::<Vec<_>>();
    let (instant, ranges) = (of("queries"), of("ranges"));
    if instant.is_empty() && ranges.is_empty() {
        let span = promql.get("queries").map_or_else(|| promql.span.clone(), |queries| queries.span.clone());
        check.problem(span, &place("queries"), "asks for nothing".to_owned(), None);
    }
    for (table, (query, entry)) in
        instant.iter().map(|one| ("queries", one)).chain(ranges.iter().map(|one| ("ranges", one)))
    {
        let taken = if BUILT_IN_SIGNALS.contains(query) {
            "a signal that every component has"
        } else if table == "ranges" && instant.iter().any(|(other, _)| other == query) {
            "one of its queries of now"
        } else {
            continue;
        };
        let message = format!("'{query}' is the name of {taken}");
        check.problem(entry.key.clone(), &path(["component", name, "probe", "promql", table, query]), message, None);
    }
    for (query, entry) in ranges {
        let long =
            |key: &str| entry.node.get(key).and_then(Node::text).and_then(|text| time::parse_duration(text).ok());
        let (Some(window), Some(step)) = (long("window"), long("step")) else { continue };
        let most = u32::try_from(MOST).unwrap_or(u32::MAX);
        if step.is_zero() || step > window || window > step.saturating_mul(most) {
            let message = format!("a window of {} in steps of {}", time::Span(window), time::Span(step));
            let help = format!("a window holds at least one step and at most {MOST}");
            let at = path(["component", name, "probe", "promql", "ranges", query, "step"]);
            check.problem(entry.node.span.clone(), &at, message, Some(help));
        }
    }
}

fn variable(check: &mut Check<'_>, name: &str, entry: &Entry) {
    let node = &entry.node;
    let at = |key: &str| path(["var", name, key]);
    if !id::is_identifier(name) {
        let message = format!("'{name}' is not a variable name");
        check.problem(entry.key.clone(), &path(["var", name]), message, Some(id::IDENTIFIER_RULE.to_owned()));
    }
    if let Some(env) = node.get("env")
        && env.text().is_some_and(|text| !is_environment_name(text))
    {
        let message = "is not the name of an environment variable".to_owned();
        check.problem(env.span.clone(), &at("env"), message, Some("letters, digits and _, such as API_URL".to_owned()));
    }
    let default = node.get("default");
    if let Some(default) = default.filter(|_| node.get("secret").is_some_and(Node::is_true)) {
        check.leaks.push(default.span.clone());
        let message = "a secret has no default: it would stand in the file".to_owned();
        let help = "set it by its environment variable".to_owned();
        check.problem(default.span.clone(), &at("default"), message, Some(help));
        return;
    }
    if let Some(pattern) = node.get("pattern")
        && let Err(error) = regex::Regex::new(&format!("^(?:{})$", pattern.text().unwrap_or_default()))
    {
        let error = error.to_string();
        let message = format!("is no regular expression: {}", error.lines().last().unwrap_or_default());
        check.problem(pattern.span.clone(), &at("pattern"), message, None);
    }
    rotation(check, name, node);
    let Some(one_of) = node.get("one_of") else {
        if let Some(detect) = node.entry("detect") {
            let message = "tells values apart, but the variable has no one_of".to_owned();
            check.problem(detect.key.clone(), &at("detect"), message, None);
        }
        return;
    };
    let allowed: Vec<&str> = one_of.items().iter().filter_map(Node::text).collect();
    if matches!(&one_of.value, Tree::Array(items) if items.is_empty()) {
        check.problem(one_of.span.clone(), &at("one_of"), "is empty: no value would be right".to_owned(), None);
    } else if let Some(default) = default
        && let Some(text) = default.text().filter(|text| !allowed.contains(text))
    {
        let message = format!("'{text}' is not one of: {}", join(allowed.iter().copied()));
        check.problem(default.span.clone(), &at("default"), message, near(text, &allowed));
    }
    for (value, entry) in node.get("detect").into_iter().flat_map(Node::entries) {
        if !allowed.contains(&value) {
            let message = format!("'{value}' is not one of: {}", allowed.join(", "));
            check.problem(entry.key.clone(), &path(["var", name, "detect", value]), message, near(value, &allowed));
        }
    }
}

/// What tells an age is there, and stands beside a rotation.
fn rotation(check: &mut Check<'_>, name: &str, node: &Node) {
    let at = |key: &str| path(["var", name, key]);
    for key in ["issued", "dated_by"] {
        if let Some(entry) = node.entry(key).filter(|_| node.get("rotate").is_none()) {
            let message = "tells an age, but the variable has no rotate".to_owned();
            check.problem(entry.key.clone(), &at(key), message, Some("add rotate = \"90d\"".to_owned()));
        }
    }
    if let Some(beside) = node.get("dated_by")
        && let Some(text) = beside.text().filter(|text| !check.has("var", text))
    {
        let help = near(text, &check.names("var"));
        check.problem(beside.span.clone(), &at("dated_by"), format!("no variable '{text}'"), help);
    }
}

pub(super) fn is_environment_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn rule(check: &mut Check<'_>, name: &str, entry: &Entry) {
    let Some(component) = name.strip_suffix("-down").map(|stem| stem.replace('-', "_")) else { return };
    if check.has("component", &component) {
        let message = format!("'{name}' is implied by component '{component}'");
        let help = format!("set on_down and down_for of [component.{component}], or name this rule otherwise");
        check.problem(entry.key.clone(), &path(["rule", name]), message, Some(help));
    }
}

fn panel(check: &mut Check<'_>, name: &str, node: &Node) {
    let Some(kind) = node.get("kind") else { return };
    let needs: &[&str] = match kind.text() {
        Some("backlog" | "memory" | "budget") => &["component", "signal"],
        Some("trend") => &["component", "signal", "signals"],
        Some("queues") => &["component"],
        Some("table") => &["rows", "component"],
        _ => return,
    };
    if !needs.iter().any(|key| node.get(key).is_some()) {
        let message = format!("a {} panel needs {}", kind.text().unwrap_or_default(), needs.join(" or "));
        check.problem(kind.span.clone(), &path(["panel", name]), message, None);
    }
    if let Some(component) =
        node.get("component").filter(|_| kind.text() == Some("table") && node.get("rows").is_none())
        && let Some(probe) = component.text().and_then(|id| check.probe_kind(id))
        && !ProbeSpec::facts_of(probe).is_empty()
        && ProbeSpec::rows_of(probe).is_none()
    {
        let message = format!("an answer of {probe} has no rows of its own: name the signals that list them by rows");
        check.problem(component.span.clone(), &path(["panel", name, "component"]), message, None);
    }
    for (key, of) in [("bands", "budget"), ("signals", "trend"), ("columns", "table")] {
        if let Some(entry) = node.entry(key).filter(|_| kind.text() != Some(of)) {
            let message = format!("only a {of} panel has {key}");
            check.problem(entry.key.clone(), &path(["panel", name, key]), message, None);
        }
    }
    for key in ["marks", "bands"] {
        let marks = node.get(key).map_or(&[][..], Node::items);
        for pair in marks.windows(2) {
            if let (Some(low), Some(high)) = (place_of(&pair[0]), place_of(&pair[1]))
                && low >= high
            {
                let message = format!("{key} go from low to high, but {high} follows {low}");
                check.problem(pair[1].span.clone(), &path(["panel", name, key]), message, None);
            }
        }
    }
}

/// Where a mark or a band stands on its scale.
fn place_of(mark: &Node) -> Option<f64> {
    match mark.get("at").unwrap_or(mark).value {
        Tree::Integer(Some(number)) => Some(number as f64),
        Tree::Float(number) => Some(number),
        _ => None,
    }
}

fn job(check: &mut Check<'_>, name: &str, node: &Node) {
    const WORDS: [&str; 3] = ["high", "medium", "low"];
    if let Some(priority) = node.get("priority")
        && let Some(text) = priority.text().filter(|text| !WORDS.contains(text))
    {
        let message = format!("unknown priority '{text}'; allowed: {}", WORDS.join(", "));
        check.problem(priority.span.clone(), &path(["job", name, "priority"]), message, near(text, &WORDS));
    }
}

fn addresses(check: &mut Check<'_>) {
    for (leaf, template) in check.templates() {
        let parts = leaf.path.parts();
        let text = template.to_string();
        let (right, help) = match parts.as_slice() {
            _ if text.starts_with("${") => continue,
            ["component", _, "probe", "http" | "prometheus" | "promql" | "alertmanager", ..]
            | ["action", .., "http", "url"]
                if parts.last() == Some(&"url") || parts.contains(&"also") =>
            {
                (["http://", "https://"].iter().any(|scheme| text.starts_with(scheme)), "http://… or https://…")
            }
            ["component", _, "probe", "redis" | "rq", "url"] | ["action", .., "rq", _, "url"] => {
                let schemes = ["redis://", "rediss://", "redis+unix://", "unix://"];
                (schemes.iter().any(|scheme| text.starts_with(scheme)), "redis://… or rediss://…")
            }
            ["component", _, "probe", "postgres", "url"] | ["action", .., "sql", "url"] => {
                let right = text.starts_with("postgres://") || text.starts_with("postgresql://");
                (right, "postgresql://user@host:5432/database")
            }
            ["component", _, "probe", "tcp", "address"] => {
                let port = text.rsplit_once(':').map(|(_, port)| port);
                let right = port.is_some_and(|port| port.contains("${") || port.parse::<u16>().is_ok_and(|p| p > 0));
                (right, "host:port, such as 127.0.0.1:5432")
            }
            _ => continue,
        };
        if !right {
            let message = "is not an address of this probe".to_owned();
            check.problem(leaf.span.clone(), &leaf.path, message, Some(format!("write {help}")));
        }
    }
}

fn titles(check: &mut Check<'_>) {
    let titles = ["component", "rule", "panel", "action", "job"].into_iter().flat_map(|section| {
        let key = if section == "rule" { "summary" } else { "title" };
        let found = check
            .section(section)
            .filter_map(move |(name, entry)| entry.node.get(key).map(|title| (path([section, name, key]), title)));
        found.collect::<Vec<_>>()
    });
    let system = check.root.get("title").map(|title| (path(["title"]), title));
    for (path, title) in titles.chain(system).collect::<Vec<_>>() {
        if title.text().is_some_and(|text| text.trim().is_empty()) {
            check.problem(title.span.clone(), &path, "is empty: a person must be able to read it".to_owned(), None);
        }
    }
}
