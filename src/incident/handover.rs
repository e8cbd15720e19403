//! The hand-over: what whoever comes on must know of the time since the last one. Plain text.

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::base::Shown;
use crate::base::time::Span;
use crate::incident::clock::clocks;
use crate::incident::fold::between;
use crate::incident::{Incident, Ran, words};

/// What goes into a hand-over.
#[derive(Clone, Copy, Debug)]
pub struct Shift<'a> {
    /// From when on.
    pub since: Timestamp,
    /// Now.
    pub now: Timestamp,
    /// Who hands over.
    pub by: &'a str,
    /// All incidents; those that were over before are left out.
    pub incidents: &'a [Incident],
    /// What fires now, by system. `None`: nobody looked.
    pub alerts: Option<&'a [OpenAlert]>,
    /// The runs of all systems, each with its system; those before are left out.
    pub runs: &'a [(String, Ran)],
}

/// Something that fires, or cannot be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenAlert {
    /// Name of the system.
    pub system: String,
    /// Id of its rule.
    pub rule: String,
    /// `firing`, `unknown`.
    pub state: String,
    /// `info`, `warning`, `critical`.
    pub severity: String,
    /// In words.
    pub words: String,
    /// Since when.
    pub since: Timestamp,
}

/// Renders the hand-over.
pub fn render(shift: &Shift<'_>) -> String {
    let minute = |at: Timestamp| at.strftime("%Y-%m-%d %H:%M UTC");
    let mut out = format!("Hand-over by {}, {} to {}\n", line(shift.by), minute(shift.since), minute(shift.now));
    let in_time = |incident: &&Incident| incident.end().is_none_or(|end| end >= shift.since);
    let (open, over): (Vec<_>, Vec<_>) =
        shift.incidents.iter().filter(in_time).partition(|incident| incident.is_open());
    section(&mut out, "Open incidents", "none", open.iter().flat_map(|incident| opened(incident, shift.now)));
    section(&mut out, "Closed incidents", "none", over.iter().map(|incident| brief(incident, shift.now)));
    match shift.alerts {
        Some(alerts) => section(&mut out, "Open alerts", "none", alerts.iter().map(|alert| told(alert, shift.now))),
        None => section(&mut out, "Open alerts", "not known: no system was looked at", std::iter::empty()),
    }
    let runs = shift.runs.iter().filter(|(_, run)| run.at >= shift.since);
    section(
        &mut out,
        "Actions",
        "none",
        runs.map(|(system, run)| {
            format!("{} {system}: {} by {}", run.at.strftime("%m-%d %H:%M"), words::run(run), run.by)
        }),
    );
    let notes = shift.incidents.iter().flat_map(|incident| incident.notes.iter().map(move |note| (incident, note)));
    let mut notes: Vec<_> = notes.filter(|(_, note)| note.at >= shift.since).collect();
    notes.sort_by_key(|(_, note)| note.at);
    section(
        &mut out,
        "Notes",
        "none",
        notes.iter().map(|(incident, note)| {
            format!("{} {}: {} ({})", note.at.strftime("%m-%d %H:%M"), incident.id, note.words, note.by)
        }),
    );
    out
}

fn section(out: &mut String, label: &str, none: &str, lines: impl Iterator<Item = String>) {
    let _ = write!(out, "\n{label}\n");
    let mut any = false;
    for text in lines {
        let _ = writeln!(out, "  {}", line(&text));
        any = true;
    }
    if !any {
        let _ = writeln!(out, "  {none}");
    }
}

/// One open incident: where it is, what runs against the clock, where its recovery goes on.
fn opened(incident: &Incident, now: Timestamp) -> Vec<String> {
    let mut lines = vec![brief(incident, now)];
    lines.extend(clocks(incident, now).into_iter().map(|clock| format!("  {}", clock.text)));
    lines.extend(incident.left().map(|left| format!("  left at: {}", left.words())));
    lines
}

/// `2026-11-22-shop-1 critical (P1) Worker crash: Identified, 23m04s`.
pub fn brief(incident: &Incident, now: Timestamp) -> String {
    let severity = incident.severity.map_or("severity not known", |severity| severity.word());
    let severity = words::graded(severity, incident.word.as_deref());
    let lasts = incident.duration(now).map(|span| format!(", {}", Span(span))).unwrap_or_default();
    line(&format!("{} {severity} {}: {}{lasts}", incident.id, incident.title, incident.stage().word()))
}

fn told(alert: &OpenAlert, now: Timestamp) -> String {
    let OpenAlert { system, rule, state, severity, words, since } = alert;
    format!("{system} {severity} {rule} {state} for {}: {words}", Span(between(*since, now)))
}

fn line(text: &str) -> String {
    Shown::line_from_remote(text).into_string()
}
