//! The runs of a system, as its incidents tell them: read from the audit log, with the call exactly as it was journalled.

use std::collections::HashMap;

use jiff::{Timestamp, Unit};
use serde_json::Value;

use crate::action::quoted;
use crate::incident::Ran;
use crate::record::{Audit, AuditError, Draft, Filter, Kind, Record, history};

/// The runs of a system, oldest first.
pub fn runs_of(audit: &Audit, system: &str) -> Result<Vec<Ran>, AuditError> {
    let filter = Filter { system: Some(system.to_owned()), ..Filter::default() };
    Ok(runs(&audit.records(&filter)?).into_iter().map(|(_, ran)| ran).collect())
}

/// The runs that records tell of, oldest first, each with its system. What was refused was not run.
pub fn runs(records: &[Record]) -> Vec<(String, Ran)> {
    let mut told: HashMap<&str, (Option<&Draft>, Option<&Draft>)> = HashMap::new();
    for record in records {
        let Some(run) = record.what.run.as_deref() else { continue };
        let entry = told.entry(run).or_default();
        match record.what.kind {
            Kind::Intent => entry.0 = entry.0.or(Some(&record.what)),
            Kind::Outcome => entry.1 = entry.1.or(Some(&record.what)),
            _ => {}
        }
    }
    let is_run = |run: &history::Run| run.outcome.as_deref() != Some(Kind::Refused.word());
    let ran = |run: history::Run| {
        let (intent, end) = told.get(run.run.as_str()).copied().unwrap_or_default();
        let seen = end.is_some().then_some(run.ended).flatten();
        let ran = Ran {
            at: run.started,
            by: run.who.name(),
            action: run.action,
            target: run.target,
            call: intent.map(call).unwrap_or_default(),
            is_command: intent.is_some_and(|intent| !intent.argv.is_empty()),
            outcome: run.outcome,
            seconds: seen.and_then(|ended| seconds(run.started, ended)),
            because: end.map(because).unwrap_or_default(),
            undo: run.undo,
            run: run.run,
        };
        (run.system, ran)
    };
    history::runs(records).into_iter().filter(is_run).map(ran).collect()
}

fn seconds(from: Timestamp, to: Timestamp) -> Option<f64> {
    from.until(to).ok()?.total(Unit::Second).ok().filter(|seconds| seconds.is_finite() && *seconds >= 0.0)
}

/// Exactly what was done, in one line.
fn call(intent: &Draft) -> String {
    let argv = || intent.argv.iter().map(|argument| quoted(argument)).collect::<Vec<_>>().join(" ");
    intent.call.clone().filter(|call| !call.is_empty()).unwrap_or_else(argv)
}

/// Why it ended so, or what proved it.
fn because(end: &Draft) -> String {
    let proof = || end.evidence.as_ref()?.get("verify").and_then(Value::as_str).map(str::to_owned);
    end.reason.clone().filter(|reason| !reason.is_empty()).or_else(proof).unwrap_or_default()
}
