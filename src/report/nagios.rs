//! `check --format nagios`: one line and performance data by the monitoring-plugin guidelines.
//!
//! A missing reading has no performance data: what is not known is not plotted as zero.

use std::fmt::Write as _;
use std::sync::LazyLock;

use regex::Regex;

use crate::base::{RuleId, Severity, SignalKey, Status};
use crate::report::{Facts, all_well, overall};
use crate::rule::AlertState;
use crate::signal::Value;
use crate::watch::Watch;

/// `component.signal > 50`: the rules whose threshold Nagios can draw.
static COMPARISON: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^\s*([a-z][a-z0-9_]*)\.([a-z][a-z0-9_]*)\s*(>=|>|<=|<)\s*([0-9]+(?:\.[0-9]+)?)\s*$").ok()
});

/// Built-in signals that are no measurement of the component.
const NOT_PLOTTED: [&str; 2] = ["failures", "age_s"];

/// The line, ending with a line break.
pub fn render(facts: Facts<'_>) -> String {
    let status = overall(facts.watches);
    let several = facts.watches.len() > 1;
    let (service, words) = match facts.watches {
        [] => ("MIDWATCH".to_owned(), "no system is watched".to_owned()),
        [one] => (one.system.name.as_str().to_uppercase(), words(one)),
        many => {
            let each: Vec<String> = many
                .iter()
                .map(|watch| format!("{} {}: {}", watch.system.name, watch.situation.status, words(watch)))
                .collect();
            ("MIDWATCH".to_owned(), each.join("; "))
        }
    };
    let mut data: Vec<String> = Vec::new();
    for watch in facts.watches {
        measurements(watch, facts, several, &mut data);
    }
    // the bar ends the words for whoever reads the line
    let words = (facts.redact)(&words).replace('|', "/");
    let mut line = format!("{service} {} - {words}", status.word().to_uppercase());
    if !data.is_empty() {
        let _ = write!(line, " | {}", data.join(" "));
    }
    line.push('\n');
    line
}

fn words(watch: &Watch) -> String {
    let situation = &watch.situation;
    let causes: Vec<&str> =
        situation.findings.iter().filter(|f| f.status != Status::Ok).map(|f| f.text.as_str()).collect();
    let follow = situation.findings.iter().flat_map(|finding| &finding.consequences);
    let fires = |rule: &&RuleId| watch.alerts.get(*rule).is_some_and(|w| w.alert.state == AlertState::Firing);
    match (causes.as_slice(), follow.filter(fires).count()) {
        ([], _) => {
            let asked = watch.components.values().filter(|component| component.is_watched()).count();
            format!("{asked} of {} components asked, {}", watch.components.len(), all_well(watch))
        }
        (causes, 0) => causes.join("; "),
        (causes, n) => format!("{}; {n} {}", causes.join("; "), if n == 1 { "alert follows" } else { "alerts follow" }),
    }
}

fn measurements(watch: &Watch, facts: Facts<'_>, several: bool, data: &mut Vec<String>) {
    for id in watch.store.components() {
        for (name, reading) in watch.store.component(id.as_str(), facts.now) {
            let Some(number) = reading.known().and_then(plotted) else { continue };
            if NOT_PLOTTED.contains(&name.as_str()) {
                continue;
            }
            let key = SignalKey::new(id.clone(), name.clone());
            let label = if several { format!("{}.{key}", watch.system.name) } else { key.to_string() };
            let unit = watch.store.unit(id.as_str(), name.as_str());
            let (warn, crit) = (threshold(watch, &key, Severity::Warning), threshold(watch, &key, Severity::Critical));
            // what has a unit is an amount, and no amount is below nothing
            let min = if unit.is_some() && number >= 0.0 { "0" } else { "" };
            data.push(format!("'{label}'={number}{};{warn};{crit};{min};", plain_unit(unit)));
        }
    }
}

fn plotted(value: &Value) -> Option<f64> {
    match value {
        Value::Int(_) | Value::Number(_) => value.as_f64().map(|n| (n * 1000.0).round() / 1000.0),
        _ => None,
    }
}

/// The unit as the guidelines allow it: s, ms, us, %, B and its multiples. A count has none.
fn plain_unit(unit: Option<&str>) -> &'static str {
    match unit {
        Some("s") => "s",
        Some("ms") => "ms",
        Some("us") => "us",
        Some("%") => "%",
        Some("B" | "bytes") => "B",
        Some("KB") => "KB",
        Some("MB") => "MB",
        Some("GB") => "GB",
        _ => "",
    }
}

/// The range outside which a rule of this severity fires, where the rule is one comparison with a number.
fn threshold(watch: &Watch, key: &SignalKey, severity: Severity) -> String {
    let range = |when: &str| {
        let parts = COMPARISON.as_ref()?.captures(when)?;
        (parts[1] == *key.component.as_str() && parts[2] == *key.signal.as_str()).then(|| match &parts[3] {
            ">" => parts[4].to_owned(),
            ">=" => format!("@{}:", &parts[4]),
            "<" => format!("{}:", &parts[4]),
            _ => format!("@~:{}", &parts[4]),
        })
    };
    watch
        .alerts
        .values()
        .filter(|watched| watched.rule.severity == severity)
        .find_map(|watched| range(watched.rule.when.text()))
        .unwrap_or_default()
}
