//! What `incident` prints: the list, one incident, as text and as JSON. Pure.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::incident::{Closing, Incident, StepState, Told, clock, handover};

/// A line for each incident, the newest first.
pub fn list(incidents: &[Incident], now: Timestamp) -> String {
    if incidents.is_empty() {
        return "no incident\n".to_owned();
    }
    incidents.iter().rev().map(|incident| handover::brief(incident, now) + "\n").collect()
}

/// Everything about one incident.
pub fn show(incident: &Incident, now: Timestamp) -> String {
    let mut out = handover::brief(incident, now) + "\n";
    let mut row = |label: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            let _ = writeln!(out, "  {label:<12}{value}");
        }
    };
    let moment = |at: Timestamp| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
    row("system", Some(format!("{} {}", incident.system, incident.environment).trim_end().to_owned()));
    row("started", incident.start.map(moment));
    row("opened", incident.opened.map(|at| format!("{} by {}", moment(at), incident.opened_by)));
    row("mitigated", incident.mitigated.map(moment));
    row("closed", incident.closed.as_ref().map(|closed| format!("{} by {}", moment(closed.at), closed.by)));
    row("rules", Some(incident.rules.join(", ")));
    row("components", Some(incident.components.join(", ")));
    row("runbook", incident.runbook.as_ref().map(|(id, _)| id.clone()));
    row("left at", incident.left().filter(|_| incident.is_open()).map(|left| left.words()));
    for clock in clock::clocks(incident, now) {
        row("clock", Some(clock.text));
    }
    for unproved in incident.unproved().into_iter().filter(|_| incident.is_open()) {
        row("not proved", Some(unproved));
    }
    out.push('\n');
    for line in &incident.timeline {
        let _ = writeln!(out, "{}  {}  ({})", line.at.strftime("%m-%d %H:%M:%S"), line.words, line.by);
    }
    out
}

/// One incident for a program. The texts are those of the record, without secrets.
pub fn json(incident: &Incident, now: Timestamp) -> Value {
    let moment = |at: Timestamp| at.to_string();
    let step = |told: &Told, at: Timestamp, by: &str| {
        let (reason, option) = match &told.state {
            StepState::Skipped { reason } => (Some(reason), None),
            StepState::Chosen { option, reason } => (Some(reason), Some(option)),
            _ => (None, None),
        };
        json!({
            "runbook": told.runbook, "n": told.n, "text": told.text, "part": told.part, "state": told.state.word(),
            "reason": reason, "option": option, "evidence": told.evidence, "run_id": told.run, "at": moment(at), "by": by,
        })
    };
    let (verified, reason) = match incident.closed.as_ref().map(|closed| &closed.how) {
        Some(Closing::Verified { .. }) => (true, None),
        Some(Closing::Reason { reason }) => (false, Some(reason)),
        None => (false, None),
    };
    json!({
        "id": incident.id,
        "system": incident.system,
        "environment": incident.environment,
        "title": incident.title,
        "severity": incident.severity,
        "mitigated": incident.mitigated.map(moment),
        "word": incident.word,
        "state": if incident.is_open() { "open" } else { "closed" },
        "stage": incident.stage().word(),
        "started": incident.start.map(moment),
        "opened": incident.opened.map(moment),
        "opened_by": incident.opened_by,
        "closed": incident.end().map(moment),
        "closed_by": incident.closed.as_ref().map(|closed| &closed.by),
        "verified": verified,
        "reason": reason,
        "duration_s": incident.duration(now).map(|span| span.as_secs()),
        "drill": incident.drill.as_ref().map(|score| json!({
            "seed": score.task.seed, "system": score.task.system, "fault": score.task.fault,
            "runbook": score.task.runbook, "score": score.points, "end": score.end, "shown_s": score.shown_s,
            "reacted_s": score.reacted_s, "runbook_s": score.runbook_s, "recovered_s": score.recovered_s,
            "unneeded": score.unneeded, "wrong_runbooks": score.wrong,
        })),
        "rules": incident.rules,
        "components": incident.components,
        "runbook": incident.runbook.as_ref().map(|(id, _)| id),
        "left_at": incident.left().map(|left| json!({
            "runbook": left.step.runbook, "n": left.step.n, "begun": left.begun, "run_id": left.step.run,
        })),
        "clocks": clock::clocks(incident, now).iter().map(|clock| json!({ "text": clock.text, "over": clock.over }))
            .collect::<Vec<_>>(),
        "not_proved": incident.unproved(),
        "steps": incident.steps.iter().map(|known| step(&known.told, known.at, &known.by)).collect::<Vec<_>>(),
        "actions": incident.runs.iter().map(|run| json!({
            "run_id": run.run, "at": moment(run.at), "by": run.by, "action": run.action, "target": run.target,
            "call": run.call, "outcome": run.outcome, "seconds": run.seconds.filter(|s| s.is_finite()),
            "because": run.because, "undo": run.undo,
        })).collect::<Vec<_>>(),
        "timeline": incident.timeline.iter().map(|line| json!({
            "at": moment(line.at), "by": line.by, "text": line.words,
        })).collect::<Vec<_>>(),
    })
}
