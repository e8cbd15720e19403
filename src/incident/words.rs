//! One line for each event and each run: what the timeline, a notice and a hand-over say. No Markdown: whoever puts it
//! there escapes it.

use crate::base::own_word;
use crate::base::time::{Span, seconds};
use crate::incident::event::{Closing, Diagnosed, Kind, Opened, Ran, Ranked, StepState, Told, Turn};
use crate::incident::fold::short;

/// Most of what closed an incident that its one line tells: the report has all of it.
const MOST_EVIDENCE: usize = 3;

/// The line of an event; none for what is no event to a person.
pub(super) fn event(kind: &Kind) -> Option<String> {
    Some(match kind {
        Kind::Opened(opened) => self::opened(opened),
        Kind::Transition(turn) => transition(turn),
        Kind::Diagnosis(diagnosed) => diagnosis(diagnosed),
        Kind::Runbook { runbook, title, .. } => format!("Runbook chosen: {}", named(title, runbook)),
        Kind::Step(told) => step(told),
        Kind::Note { text } => format!("Note: {text}"),
        Kind::Severity { severity, word, reason, .. } => {
            format!("Severity is now {}: {reason}", graded(severity.word(), word.as_deref()))
        }
        Kind::Mitigated { words } => format!("Mitigated: {words}"),
        // a run is told as every run is
        Kind::Samples(_) | Kind::DrillRun { .. } => return None,
        Kind::Drill(score) => format!("Drill: {}", score.told()),
        Kind::Closed { how: Closing::Verified { evidence } } => {
            let more = evidence.len().saturating_sub(MOST_EVIDENCE);
            let more = if more > 0 { format!("; and {more} more") } else { String::new() };
            let first: Vec<&str> = evidence.iter().take(MOST_EVIDENCE).map(String::as_str).collect();
            format!("Incident closed, verified: {}{more}", first.join("; "))
        }
        Kind::Closed { how: Closing::Reason { reason } } => format!("Incident closed, not verified: {reason}"),
        Kind::Reopened { reason } => format!("Incident reopened: {reason}"),
    })
}

/// `critical (P1)`; a word that is the same as ours is not told twice.
pub(super) fn graded(severity: &str, word: Option<&str>) -> String {
    own_word(word, severity).map_or_else(|| severity.to_owned(), |word| format!("{severity} ({word})"))
}

/// `Worker crash (worker-crash)`.
pub(super) fn named(title: &str, id: &str) -> String {
    if title.is_empty() { id.to_owned() } else { format!("{title} ({id})") }
}

fn opened(opened: &Opened) -> String {
    let graded = graded(opened.severity.word(), opened.word.as_deref());
    let by = match (opened.rules.as_slice(), &opened.runbook) {
        ([], None) => String::new(),
        ([], Some(runbook)) => format!("; runbook {runbook}"),
        (rules, _) => format!("; firing: {}", rules.join(", ")),
    };
    format!("Incident opened: {}, {graded}{by}", opened.title)
}

fn transition(turn: &Turn) -> String {
    let Turn { of, id, from, to, words } = turn;
    let was = if from.is_empty() { String::new() } else { format!(" (was {from})") };
    let words = if words.is_empty() { String::new() } else { format!(": {words}") };
    format!("{} {id} is {to}{was}{words}", capital(of))
}

fn diagnosis(diagnosed: &Diagnosed) -> String {
    match diagnosed.ranked.as_slice() {
        [] => "Diagnosed: no runbook matches".to_owned(),
        [first, rest @ ..] => {
            let then = rest.iter().filter(|ranked| ranked.matched > 0).take(3).map(|ranked| ranked.runbook.as_str());
            let then: Vec<&str> = then.collect();
            let then = if then.is_empty() { String::new() } else { format!("; then {}", then.join(", ")) };
            format!("Diagnosed: {}{then}", ranked(first))
        }
    }
}

/// `Worker crash (worker-crash), 4 of 4 symptoms, 0 against, 0 unknown`.
pub(super) fn ranked(ranked: &Ranked) -> String {
    let Ranked { runbook, title, symptoms: all, matched, contradicted, unknown, .. } = ranked;
    format!("{}, {matched} of {all} symptoms, {contradicted} against, {unknown} not known", named(title, runbook))
}

/// What came of a step.
pub(super) fn step(told: &Told) -> String {
    let Told { runbook, n, text, state, evidence, .. } = told;
    let because = if evidence.is_empty() { String::new() } else { format!(" ({})", evidence.join("; ")) };
    let came = match state {
        StepState::Skipped { reason } => format!("skipped: {reason}"),
        StepState::Chosen { option, reason } if reason.is_empty() => format!("decided for {option}"),
        StepState::Chosen { option, reason } => format!("decided for {option}: {reason}"),
        state => state.word().to_owned(),
    };
    format!("Step {n} of {runbook}, {text}: {came}{because}")
}

/// A run of an action.
pub(super) fn run(run: &Ran) -> String {
    let target = run.target.as_ref().map(|target| format!(" on {target}")).unwrap_or_default();
    let because = if run.because.is_empty() { String::new() } else { format!(": {}", run.because) };
    format!("Ran {}{target}: {}{}{because} (run {})", run.action, run.told(), took(run), short(&run.run))
}

/// ` after 12s`.
pub(super) fn took(run: &Ran) -> String {
    run.seconds.and_then(seconds).map(|span| format!(" after {}", Span(span))).unwrap_or_default()
}

/// The first letter as a sentence has it.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
