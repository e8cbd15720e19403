//! `check --format text`: for a person. Of each system one line with its status and cause, then only what is wrong,
//! then its components. Every state is a word; colour only repeats it.

mod table;
pub(super) mod wrap;

use std::fmt::Write as _;

use crate::base::time::Span;
use crate::base::{Shown, Status};
use crate::job::JobState;
use crate::report::{AGE_WORTH_TELLING, Facts, Style, all_well};
use crate::rule::AlertState;
use crate::watch::{Finding, Watch, WatchedRule};

/// The report, ending with a line break.
pub fn render(facts: Facts<'_>, style: Style) -> String {
    let mut out = String::new();
    for watch in facts.watches {
        if !out.is_empty() {
            out.push('\n');
        }
        let blocks = [headline(watch, facts, style), wrong(watch, facts, style), table::components(watch, style)];
        let filled: Vec<String> = blocks.into_iter().filter(|block| !block.is_empty()).collect();
        out.push_str(&filled.join("\n"));
    }
    let shown: Vec<String> = out.lines().map(|line| (facts.redact)(line)).collect();
    shown.join("\n") + "\n"
}

/// The word of a status, padded, in its colour.
fn badge(status: Status, style: Style) -> String {
    let word = format!("{:<8}", status.word().to_uppercase());
    paint(&word, status, style)
}

fn paint(text: &str, status: Status, style: Style) -> String {
    let code = match status {
        Status::Ok => "32",
        Status::Warning => "33",
        Status::Unknown => "35",
        Status::Critical => "1;31",
    };
    if style.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

fn headline(watch: &Watch, facts: Facts<'_>, style: Style) -> String {
    let situation = &watch.situation;
    let name = watch.system.name.as_str();
    let wrong = situation.findings.iter().filter(|finding| finding.status != Status::Ok).count();
    let cause = match situation.worst().filter(|worst| worst.status != Status::Ok) {
        Some(worst) if wrong > 1 => format!("{} (and {} more)", worst.text, wrong - 1),
        Some(worst) => worst.text.clone(),
        None => all_well(watch),
    };
    let at = facts.now.wall.strftime("%H:%M:%S UTC");
    let room = style.width.saturating_sub(name.len() + 10);
    let first = format!("{} {} {}", name, badge(situation.status, style), wrap::cut(&cause, room.max(20)));
    let about = format!("{}, {}, {at}", watch.system.title, watch.system.environment.word());
    format!("{first}\n{about}\n")
}

/// Causes, each with what follows from it; then rules that wait, and jobs that are not as they should be.
fn wrong(watch: &Watch, facts: Facts<'_>, style: Style) -> String {
    let mut out = String::new();
    for found in &watch.situation.findings {
        finding(watch, found, facts, style, &mut out);
    }
    if let Some(first) = watch.diagnoses.first() {
        let against = if first.contradicted > 0 { format!(", {} against", first.contradicted) } else { String::new() };
        let told = format!("{}: {}{against}; runbook {}", first.title, first.share(), first.runbook);
        let _ =
            writeln!(out, "  likely   {}", wrap::hang(Shown::from_remote(&told).as_str(), style.width, "           "));
    }
    for (id, watched) in watch.alerts.iter().filter(|(_, w)| matches!(w.alert.state, AlertState::Pending)) {
        let held = Span(facts.now.mono.since(watched.alert.since.mono));
        let _ = writeln!(out, "  pending  {id}: holds for {held} of {}", Span(watched.rule.hold.0));
    }
    for (id, status) in &watch.jobs {
        let title = watch.system.job.get(id).map_or(id.as_str(), |job| job.title.as_str());
        if !matches!(status.state, JobState::Scheduled | JobState::Due) {
            let _ = writeln!(out, "  job      {title}: {} {}", status.state.word(), status.note);
        }
    }
    out
}

fn finding(watch: &Watch, found: &Finding, facts: Facts<'_>, style: Style, out: &mut String) {
    const INDENT: &str = "           ";
    let age = facts.now.mono.since(found.since.mono);
    let mut text = found.text.clone();
    if age >= AGE_WORTH_TELLING {
        let _ = write!(text, ", for {}", Span(age));
    }
    if found.flapping {
        text.push_str(", flapping");
    }
    let word = if found.status == Status::Ok { format!("{:<8}", "info") } else { badge(found.status, style) };
    let _ = writeln!(out, "  {word} {}", wrap::hang(&text, style.width, INDENT));
    let because = watch.alerts.get(&found.rule).filter(|w| w.implied.is_none()).map(|w| w.alert.because.as_str());
    if let Some(because) = because.filter(|because| !because.is_empty() && found.status != Status::Unknown) {
        let _ = writeln!(out, "{INDENT}{}", wrap::hang(because, style.width, INDENT));
    }
    if let Some(text) = consequences(watch, found) {
        let _ = writeln!(out, "{INDENT}{}", wrap::hang(&text, style.width, INDENT));
    }
    if let Some(runbook) = &found.runbook {
        let _ = writeln!(out, "{INDENT}runbook {runbook}");
    }
}

/// What follows from a cause: alerts that fire by their summary, those that cannot be told by their number.
fn consequences(watch: &Watch, found: &Finding) -> Option<String> {
    let alerts: Vec<&WatchedRule> = found.consequences.iter().filter_map(|rule| watch.alerts.get(rule)).collect();
    let fires = |watched: &&&WatchedRule| watched.alert.state == AlertState::Firing;
    let firing: Vec<&str> = alerts.iter().filter(fires).map(|watched| watched.rule.summary.as_str()).collect();
    let untold = match alerts.len() - firing.len() {
        0 => None,
        1 => Some("1 rule cannot be told".to_owned()),
        n => Some(format!("{n} rules cannot be told")),
    };
    let told = (!firing.is_empty()).then(|| firing.join("; "));
    let all: Vec<String> = told.into_iter().chain(untold).collect();
    (!all.is_empty()).then(|| format!("follows from it: {}", all.join("; ")))
}
