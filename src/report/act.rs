//! What `act` prints: the preview, what the run tells, its end; and the one JSON object. Pure.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::action::{Condition, ItemEnd, Outcome, Preview, RunId, RunView, Stream};
use crate::report::Style;

/// Width of the labels.
const LABEL: usize = 12;
/// Most bytes of output in the object.
const TAIL: usize = 64 << 10;
/// Items and calls that are listed.
const LISTED: usize = 12;

/// The preview, one fact a line.
pub fn preview(preview: &Preview, style: Style) -> String {
    let mut out = String::new();
    let environment = preview.environment.to_uppercase();
    let head = format!("{} · {} · {} · {environment}", preview.title, preview.risk, preview.system);
    let _ = writeln!(out, "{}", bold(&head, style));
    let mut field = |label: &str, text: &str| {
        if !text.is_empty() {
            let _ = writeln!(out, "  {label:<LABEL$}{text}");
        }
    };
    field("does", &preview.call);
    // the first of several requests is told already; statements are told whole
    let is_of_items = !preview.items.is_empty();
    let shown = if is_of_items { LISTED } else { usize::MAX };
    for call in preview.calls.iter().skip(usize::from(is_of_items)).take(shown) {
        field("", call);
    }
    if !preview.items.is_empty() {
        field("for", &items(&preview.items));
    }
    field("outside", preview.effect.as_deref().unwrap_or_default());
    field("on", &target(preview));
    for known in &preview.evidence {
        field("known", known);
    }
    if let Some(precondition) = &preview.precondition {
        field("only if", &condition(precondition));
    }
    match &preview.verify {
        Some(verify) => field("proved by", &format!("{} within {} s", condition(verify), preview.verify_within_s)),
        None => field("proved by", "nothing: it can end as 'not verified' at best"),
    }
    field("at most", &format!("{} s", preview.timeout_s));
    field("undo", preview.undo.as_deref().unwrap_or_default());
    match &preview.last {
        Some(last) => {
            let ended = last.outcome.as_deref().unwrap_or("without an end");
            let at = last.at.strftime("%Y-%m-%d %H:%M:%S UTC");
            field("last run", &format!("{} by {} at {at}: {ended}", last.action, last.who));
        }
        None => field("last run", "none on this target"),
    }
    if let Some(holder) = &preview.held_by {
        field("held", &holder.to_string());
    }
    field("lock", &preview.reach.to_string());
    field("refused", preview.refusal.as_deref().unwrap_or_default());
    out
}

fn items(items: &[String]) -> String {
    let listed: Vec<&str> = items.iter().take(LISTED).map(String::as_str).collect();
    let more = items.len().saturating_sub(LISTED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}: {}{more}", items.len(), listed.join(", "))
}

fn target(preview: &Preview) -> String {
    match preview.affects.as_slice() {
        [] => preview.target.clone(),
        affects => format!("{}, on which depend: {}", preview.target, affects.join(", ")),
    }
}

fn condition(condition: &Condition) -> String {
    let now = match condition.holds {
        Some(true) => "holds now",
        Some(false) => "does not hold now",
        None => "not known now",
    };
    let because = if condition.because.is_empty() { String::new() } else { format!(": {}", condition.because) };
    format!("{} ({now}{because})", condition.text)
}

/// A line of output.
pub fn line(stream: Stream, text: &str) -> String {
    let mark = match stream {
        Stream::Out => "  | ",
        Stream::Err => "  ! ",
        Stream::Own => "  - ",
    };
    format!("{mark}{text}\n")
}

/// The end of a run.
pub fn ending(view: &RunView, style: Style) -> String {
    let Some(ending) = &view.ending else { return String::new() };
    let mut out = outcome(ending.outcome, style);
    let said = if ending.reason.is_empty() { &ending.evidence } else { &ending.reason };
    let _ = if said.is_empty() { writeln!(out) } else { writeln!(out, ": {said}") };
    if let Some(done) = &ending.done {
        if !done.items.is_empty() {
            let [ok, gone, skipped, failed] = done.counts();
            let _ = writeln!(out, "  {ok} done, {gone} gone, {skipped} skipped, {failed} failed");
        }
        for item in done.items.iter().filter(|item| item.end != ItemEnd::Done).take(LISTED) {
            let what = match &item.end {
                ItemEnd::Done | ItemEnd::Gone => "is gone",
                ItemEnd::Skipped(why) | ItemEnd::Failed(why) => why,
            };
            let _ = writeln!(out, "  {}: {what}", item.id);
        }
        for left in &done.left_running {
            let _ = writeln!(out, "  left running: {left}");
        }
        if let Some(undo) = &done.undo {
            let _ = writeln!(out, "  undo: {undo}");
        }
    }
    let _ = writeln!(out, "  run {}, in the audit log", view.id);
    out
}

fn outcome(outcome: Outcome, style: Style) -> String {
    let code = match outcome {
        Outcome::Verified => "32",
        Outcome::Refused | Outcome::NotVerified => "33",
        Outcome::Unknown => "35",
        Outcome::Failed | Outcome::TimedOut | Outcome::Cancelled => "1;31",
    };
    let word = outcome.told();
    if style.color { format!("\u{1b}[{code}m{word}\u{1b}[0m") } else { word.to_owned() }
}

fn bold(text: &str, style: Style) -> String {
    if style.color { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// A preview that was only shown.
pub fn dry_json(preview: &Preview) -> Value {
    object(preview, None, None)
}

/// A preview that was refused before there was a runner.
pub fn refused_json(preview: &Preview, run: &RunId, reason: &str) -> Value {
    let mut told = object(preview, Some(run), Some(Outcome::Refused));
    if let Some(object) = told.as_object_mut() {
        object.insert("reason".to_owned(), reason.into());
    }
    told
}

/// A run that ended.
pub fn json(preview: &Preview, view: &RunView) -> Value {
    let mut told = object(preview, Some(&view.id), view.ending.as_ref().map(|ending| ending.outcome));
    let Some(object) = told.as_object_mut() else { return told };
    object.insert("started".to_owned(), json!(view.started));
    if let Some(ending) = &view.ending {
        object.insert("ended".to_owned(), json!(ending.at));
        object.insert("reason".to_owned(), json!(ending.reason));
        object.insert("verified".to_owned(), json!(ending.verified));
        let known = preview.evidence.iter().chain((!ending.evidence.is_empty()).then_some(&ending.evidence));
        object.insert("evidence".to_owned(), known.cloned().collect());
        if let Some(done) = &ending.done {
            object.insert("exit_code".to_owned(), json!(done.exit_code));
            object.insert("http_status".to_owned(), json!(done.http_status));
            object.insert("items".to_owned(), json!(done.items));
            object.insert("undo".to_owned(), json!(done.undo));
            object.insert("left_running".to_owned(), json!(done.left_running));
        }
    }
    object.insert("output_tail".to_owned(), tail(view).into());
    told
}

/// The last lines that it said, as many as fit.
fn tail(view: &RunView) -> String {
    let said = view.lines.iter().rev().filter(|(stream, _)| *stream != Stream::Own).map(|(_, line)| line.as_str());
    let mut left = TAIL;
    let mut lines: Vec<&str> = said
        .take_while(|line| {
            let fits = line.len() < left;
            left = left.saturating_sub(line.len() + 1);
            fits
        })
        .collect();
    lines.reverse();
    lines.join("\n")
}

fn object(preview: &Preview, run: Option<&RunId>, outcome: Option<Outcome>) -> Value {
    json!({
        "system": preview.system,
        "action": preview.action,
        "run_id": run,
        "outcome": outcome,
        "reason": preview.refusal,
        "preview": preview,
        "started": null,
        "ended": null,
        "exit_code": null,
        "http_status": null,
        "verified": false,
        "evidence": preview.evidence,
        "items": [],
        "undo": preview.undo,
        "left_running": [],
        "output_tail": "",
    })
}
