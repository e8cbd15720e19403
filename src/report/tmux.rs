//! `check --format tmux`: one short line for a status bar: `sabine CRIT worker down 4m`.
//!
//! tmux reads `#` in what a program prints; only colours that we were asked for may contain one.

use std::time::Duration;

use crate::base::{Now, Status};
use crate::report::{AGE_WORTH_TELLING, Facts, Style};
use crate::watch::{Finding, Watch};

/// Columns of one system, colours not counted.
const WIDTH: usize = 48;

/// The line, ending with a line break.
pub fn render(facts: Facts<'_>, style: Style) -> String {
    let parts: Vec<String> = facts.watches.iter().map(|watch| part(watch, facts, style)).collect();
    let line = if parts.is_empty() { "midwatch: no system".to_owned() } else { parts.join("  ") };
    line + "\n"
}

fn part(watch: &Watch, facts: Facts<'_>, style: Style) -> String {
    let status = watch.situation.status;
    let mut words = format!("{} {}", watch.system.name, word(status));
    if let Some(worst) = watch.situation.worst().filter(|worst| worst.status != Status::Ok) {
        words = format!("{words} {}", cause(watch, worst, facts.now));
        let others = watch.situation.findings.iter().filter(|f| f.status != Status::Ok).count() - 1;
        if others > 0 {
            words = format!("{words} +{others}");
        }
    }
    let words: String = (facts.redact)(&words).chars().take(WIDTH).collect();
    let words = words.replace('#', "##");
    if style.color { format!("#[fg={}]{words}#[default]", colour(status)) } else { words }
}

fn cause(watch: &Watch, finding: &Finding, now: Now) -> String {
    let state = finding.component.as_ref().and_then(|id| watch.components.get(id)).map(|component| component.state);
    let what = match (&finding.component, state) {
        (Some(id), Some(state)) => format!("{id} {state}"),
        // one cause for everything, and no component of its own: this side of the network
        _ if !finding.consequences.is_empty() => "nothing answers".to_owned(),
        _ => finding.rule.to_string(),
    };
    let age = now.mono.since(finding.since.mono);
    if age < AGE_WORTH_TELLING { what } else { format!("{what} {}", short(age)) }
}

/// One unit: `42s`, `4m`, `11h`, `3d`.
fn short(age: Duration) -> String {
    match age.as_secs() {
        secs @ 0..60 => format!("{secs}s"),
        secs @ 60..3600 => format!("{}m", secs / 60),
        secs @ 3600..86_400 => format!("{}h", secs / 3600),
        secs => format!("{}d", secs / 86_400),
    }
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Ok => "ok",
        Status::Warning => "WARN",
        Status::Unknown => "UNKNOWN",
        Status::Critical => "CRIT",
    }
}

fn colour(status: Status) -> &'static str {
    match status {
        Status::Ok => "green",
        Status::Warning => "yellow",
        Status::Unknown => "magenta",
        Status::Critical => "red",
    }
}
