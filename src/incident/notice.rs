//! The outage notice: what those outside are told. Plain text, to be pasted into a mail or a channel; neither commands nor
//! notes stand in it.

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::base::Shown;
use crate::base::time::Span;
use crate::incident::report::hit;
use crate::incident::words;
use crate::incident::{Closing, Incident};

/// Updates that are told; the first and the last are among them.
const MOST: usize = 12;

/// Renders the notice. `title` is the system's own; `now` is when it is sent.
pub fn render(incident: &Incident, title: &str, now: Timestamp) -> String {
    let kind = if incident.drill.is_some() { "DRILL" } else { "INCIDENT" };
    let mut out = format!("Subject: [{kind}] {}: {}\n\n", one_line(title), one_line(&incident.title));
    let _ = writeln!(out, "Status: {}", incident.stage().word());
    if let Some(severity) = incident.severity {
        let _ = writeln!(out, "Severity: {}", one_line(&words::graded(severity.word(), incident.word.as_deref())));
    }
    let hit = hit(incident);
    let hit = if hit.is_empty() { "not known yet".to_owned() } else { one_line(&hit.join("; ")) };
    let _ = writeln!(out, "Impact: {hit}");
    let minute = |at: Timestamp| at.strftime("%Y-%m-%d %H:%M UTC").to_string();
    let _ = writeln!(out, "Started: {}", incident.start.map_or("not known yet".to_owned(), minute));
    let lasted = incident.duration(now).map(|span| Span(span).to_string());
    match (incident.end(), lasted) {
        (Some(end), Some(lasted)) => {
            let _ = writeln!(out, "Ended: {} (after {lasted})", minute(end));
        }
        (None, Some(lasted)) => {
            let _ = writeln!(out, "Lasts: {lasted} so far\nETA: not known yet");
        }
        _ => out.push_str("ETA: not known yet\n"),
    }
    out.push_str("\nUpdates:\n");
    for line in updates(incident) {
        let _ = writeln!(out, "- {line}");
    }
    let _ = write!(out, "\nRoot Cause: {}\n", cause(incident));
    out
}

/// What changed for those outside.
fn updates(incident: &Incident) -> Vec<String> {
    let mut told: Vec<(Timestamp, String)> = Vec::new();
    for (at, turn) in incident.turns.iter().filter(|(_, turn)| turn.of != "job") {
        let to = if turn.of == "rule" { format!(": {}", turn.to) } else { String::new() };
        told.push((*at, words::plain(turn) + &to));
    }
    told.extend(incident.opened.map(|at| (at, "Outage detected, investigating".to_owned())));
    told.extend(incident.runs.iter().map(|run| (run.at, format!("{}: {}", run.action, run.told()))));
    told.extend(incident.mitigated.map(|at| (at, "Service restored, monitoring".to_owned())));
    told.extend(incident.closed.as_ref().map(|closed| {
        let how = match closed.how {
            Closing::Verified { .. } => "Resolved, verified",
            Closing::Reason { .. } => "Closed",
        };
        (closed.at, how.to_owned())
    }));
    told.sort_by_key(|(at, _)| *at);
    let more = told.len().saturating_sub(MOST);
    let mut lines: Vec<String> =
        told.iter().map(|(at, words)| format!("{} {}", at.strftime("%H:%M UTC"), one_line(words))).collect();
    if more > 0 {
        lines.splice(1..=more, [format!("({more} more)")]);
    }
    lines
}

fn cause(incident: &Incident) -> String {
    match incident.best() {
        Some(best) => format!("most likely {}; to be confirmed", one_line(&words::ranked(best))),
        None => "to be determined after resolution".to_owned(),
    }
}

fn one_line(text: &str) -> String {
    Shown::from_remote(text).into_string()
}
