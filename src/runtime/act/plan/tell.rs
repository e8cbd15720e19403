//! A plan in words: what is declared, what is done, what is known now. Pure; everything passes the redactor at the end.

use jiff::Timestamp;

use crate::action::{ActionSpec, Call, Condition, Confirm, Holder, Preview, Reach, RqAct, SqlCall, SqlStep, quoted};
use crate::base::time::Span;
use crate::base::{ComponentId, Now, Redactor, Shown, State};
use crate::expr::{Expr, Verdict};
use crate::record::chain;
use crate::runtime::PreparedSystem;
use crate::runtime::act::lock::Scope;
use crate::runtime::act::order::Ask;
use crate::runtime::act::plan::jobs;
use crate::runtime::run::sql::Came;
use crate::watch::Watch;

/// Longest text of a preview, in bytes: a call is shown whole.
const LONGEST: usize = 16 << 10;
/// Most single calls that are listed.
const MOST_CALLS: usize = 50;
/// Most lines of statements.
const MOST_LINES: usize = 400;
/// Most rows of what is there before a statement.
const MOST_ROWS: usize = 5;

/// What the file says.
pub(super) fn declared(
    prepared: &PreparedSystem,
    ask: &Ask,
    spec: &ActionSpec,
    scope: &Scope,
    at: Timestamp,
) -> Preview {
    let system = &prepared.system;
    let depends = |target: &ComponentId| {
        let all = system.component.iter().filter(|(_, spec)| spec.depends_on.contains(target));
        all.map(|(id, _)| system.component_title(id).to_owned()).collect()
    };
    let seconds = |period: crate::base::Period| period.0.as_secs();
    Preview {
        at,
        system: system.name.to_string(),
        environment: system.environment.word().to_owned(),
        action: ask.action.to_string(),
        title: spec.title.clone(),
        risk: spec.risk.to_string(),
        confirm: spec.confirmation(),
        target: scope.target.clone(),
        call: String::new(),
        calls: Vec::new(),
        items: Vec::new(),
        effect: spec.effect.clone(),
        affects: spec.component.as_ref().map(depends).unwrap_or_default(),
        evidence: Vec::new(),
        precondition: spec.precondition.as_ref().map(untold),
        verify: spec.verify.as_ref().and_then(|verify| verify.when.as_ref().or(verify.answer.as_ref())).map(untold),
        verify_within_s: spec.verify.as_ref().map_or(0, |verify| seconds(verify.within)),
        timeout_s: seconds(spec.timeout),
        undo: spec.undo.clone(),
        last: None,
        held_by: None,
        reach: Reach::Host,
        refusal: None,
        picture: Vec::new(),
    }
}

fn untold(expr: &Expr) -> Condition {
    Condition { text: expr.text().to_owned(), holds: None, because: String::new() }
}

/// What is done, exactly.
pub(super) fn call(preview: &mut Preview, call: &Call) {
    preview.call = call.to_string();
    match call {
        Call::Command(_) => {}
        Call::Http(calls) => {
            preview.items = calls.iter().filter_map(|call| call.item.clone()).collect();
            if calls.len() > 1 {
                preview.calls = calls.iter().take(MOST_CALLS).map(ToString::to_string).collect();
            }
        }
        Call::Sql(call) => {
            let several = call.statements.len() > 1;
            let place = |at: usize| if several { format!("{}. ", at + 1) } else { String::new() };
            let told = call.statements.iter().enumerate().flat_map(|(at, step)| statement(&place(at), step));
            preview.calls = told.take(MOST_LINES).collect();
        }
        Call::Rq(call) => {
            preview.items = match &call.act {
                RqAct::ShutDown(workers) => workers.clone(),
                act => act.jobs().iter().map(jobs::item).collect(),
            };
        }
    }
}

/// A statement line by line, as it is sent; then what goes beside it.
fn statement(place: &str, step: &SqlStep) -> Vec<String> {
    let indent = " ".repeat(place.len());
    let mut lines = Vec::new();
    for (at, line) in step.text.lines().enumerate() {
        lines.push(format!("{}{}", if at == 0 { place } else { &indent }, line.trim_end()));
    }
    let values = step.with.iter().enumerate();
    lines.extend(values.map(|(at, value)| format!("{indent}  ${} = {}", at + 1, quoted(&value.to_string()))));
    lines.extend(step.expect_rows.map(|count| format!("{indent}  expects {count}, or all of it is rolled back")));
    lines
}

/// What statements came to when they were tried and rolled back.
pub(super) fn came(preview: &mut Preview, came: &[Came]) {
    let several = came.len() > 1;
    for (at, came) in came.iter().enumerate() {
        let place = if several { format!("statement {}: ", at + 1) } else { String::new() };
        let Some(rows) = came.rows else { continue };
        let words = if rows == 1 { "row" } else { "rows" };
        preview.evidence.push(format!("{place}tried and rolled back: {rows} {words}"));
        preview.evidence.extend(came.before.iter().take(MOST_ROWS).map(|row| format!("{place}before: {row}")));
    }
    let hints: Vec<&str> = came.iter().flat_map(|came| &came.undo).map(String::as_str).collect();
    if !hints.is_empty() {
        let own = preview.undo.iter().map(String::as_str);
        preview.undo = Some(own.chain(hints).collect::<Vec<_>>().join("; "));
    }
}

/// What must be the same when it runs, where the file does not say how many rows are right.
pub(super) fn counts(call: &SqlCall, came: &[Came]) -> Vec<(String, String)> {
    let free = call.statements.iter().zip(came).enumerate().filter(|(_, (step, _))| step.expect_rows.is_none());
    free.filter_map(|(at, (_, came))| Some((format!("rows of statement {}", at + 1), came.rows?.to_string()))).collect()
}

/// What is known of it now.
pub(super) fn readings(preview: &mut Preview, spec: &ActionSpec, watch: &Watch, concerned: &[ComponentId], now: Now) {
    // before what statements came to
    let known: Vec<String> = concerned.iter().filter_map(|id| component(watch, id, now)).collect();
    preview.evidence.splice(0..0, known);
    let told = |expr: &Expr| Condition {
        text: expr.text().to_owned(),
        holds: match expr.verdict(&watch.store, now) {
            Verdict::True => Some(true),
            Verdict::False => Some(false),
            Verdict::Unknown(_) => None,
        },
        because: expr.evidence(&watch.store, now),
    };
    preview.precondition = spec.precondition.as_ref().map(told);
    // what an answer tells is known when there is one
    if let Some(when) = spec.verify.as_ref().and_then(|verify| verify.when.as_ref()) {
        preview.verify = Some(told(when));
    }
}

/// `Worker is down: refused 127.0.0.1:8082, 0.3 s ago`.
fn component(watch: &Watch, id: &ComponentId, now: Now) -> Option<String> {
    let component = watch.components.get(id)?;
    let title = watch.system.component_title(id);
    if component.skipped {
        return Some(format!("{title} was not asked: that has a price"));
    }
    let why = match (&component.not_configured, &component.error) {
        (Some(variable), _) => format!(": variable '{variable}' is not set"),
        (None, Some(error)) if component.state != State::Up => format!(": {error}"),
        _ => String::new(),
    };
    let age = component.polled.map(|at| format!(", {} ago", Span(now.mono.since(at)))).unwrap_or_default();
    Some(format!("{title} is {}{why}{age}", component.state))
}

/// Who is kept out by a lock, and who holds it. Where a store of locks is silent, the name is to be typed.
pub(super) fn lock(preview: &mut Preview, (reach, holder): (Reach, Option<Holder>)) {
    if matches!(reach, Reach::Silent { .. }) {
        preview.confirm = Confirm::Name;
    }
    preview.reach = reach;
    preview.held_by = preview.held_by.take().or(holder);
}

/// What must be the same when it runs. Nothing that moves by itself is in it.
pub(super) fn picture(preview: &mut Preview, spec: &ActionSpec, watch: Option<&Watch>) {
    let mut picture = vec![
        ("environment".to_owned(), preview.environment.clone()),
        ("risk".to_owned(), preview.risk.clone()),
        ("call".to_owned(), preview.call.clone()),
        ("ids".to_owned(), format!("{} ({})", preview.items.len(), chain::sha256(preview.items.join(" ").as_bytes()))),
    ];
    if let (Some(watch), Some(target)) = (watch, &spec.component) {
        let state = watch.components.get(target).map_or(State::Unknown, |component| component.state);
        picture.push((watch.system.component_title(target).to_owned(), state.word().to_owned()));
    }
    let conditions = [("precondition", &preview.precondition), ("what proves it", &preview.verify)];
    for (label, condition) in conditions {
        if let Some(condition) = condition {
            let word = match condition.holds {
                Some(true) => "holds",
                Some(false) => "does not hold",
                None => "unknown",
            };
            picture.push((label.to_owned(), word.to_owned()));
        }
    }
    let last =
        preview.last.as_ref().map_or_else(|| "none".to_owned(), |last| format!("{} by {}", last.action, last.who));
    let id = preview.last.as_ref().map(|last| last.run.as_str()).unwrap_or_default();
    picture.push(("last run".to_owned(), format!("{last} {id}").trim_end().to_owned()));
    preview.picture = picture;
}

/// One layer in front of every surface: no secret, no control character in any text of a preview.
pub(super) fn redact(preview: &mut Preview, redactor: &Redactor) {
    let clean = |text: &mut String| *text = Shown::long_from_remote(&redactor.redact(text), LONGEST).into_string();
    let Preview { call, calls, items, effect, evidence, precondition, verify, undo, refusal, picture, .. } = preview;
    clean(call);
    [calls, items, evidence].into_iter().flatten().for_each(clean);
    [effect, undo, refusal].into_iter().flatten().for_each(clean);
    for condition in [precondition, verify].into_iter().flatten() {
        clean(&mut condition.because);
    }
    for (_, state) in picture.iter_mut() {
        clean(state);
    }
}
