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

/// An event where there is little room; `None` where its words begin with what matters.
pub(super) fn brief(kind: &Kind) -> Option<String> {
    let Kind::Step(Told { n, text, state, evidence, .. }) = kind else { return None };
    let because = if evidence.is_empty() { String::new() } else { format!(" ({})", evidence.join("; ")) };
    let came = match state {
        StepState::Chosen { option, .. } => format!("by {option}"),
        state => state.word().to_owned(),
    };
    let reason = match state {
        StepState::Skipped { reason } => format!(": {reason}"),
        _ => String::new(),
    };
    Some(format!("Step {n} {came}: {text}{reason}{because}"))
}

/// What changed, for those outside: no address, no expression, no value.
pub(super) fn plain(turn: &Turn) -> String {
    let Turn { of, id, to, words, .. } = turn;
    if words.is_empty() {
        return format!("{} {id} is {to}", capital(of));
    }
    if of == "rule" {
        return without_evidence(words).to_owned();
    }
    // an error stands behind the state
    let named = words.find(to.as_str()).filter(|_| !to.is_empty()).map(|at| at + to.len());
    named.and_then(|end| words.get(..end)).unwrap_or(words).to_owned()
}

/// `WAL pending above 50 (wal.pending = 128 > 50)` without what stands in its last brackets.
fn without_evidence(words: &str) -> &str {
    let mut depth = 0_usize;
    for (at, c) in words.char_indices().rev() {
        match c {
            ')' => depth += 1,
            '(' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return if c == '(' { words[..at].trim_end() } else { words };
        }
    }
    words.split(" (").next().unwrap_or(words)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_outside_are_told_words_and_no_evidence() {
        for (of, id, to, words, told) in [
            ("component", "worker", "down", "Worker is down: refused 127.0.0.1:8082", "Worker is down"),
            ("rule", "wal", "firing", "WAL pending above 50 (wal.pending = 128 > 50)", "WAL pending above 50"),
            (
                "rule",
                "old",
                "firing",
                "Runs (two of them) are late (size(jobs.filter(j, j.late)) = 2 > 1)",
                "Runs (two of them) are late",
            ),
            ("rule", "known", "firing", "No window (metrics.window_s is known)", "No window"),
            ("rule", "bare", "firing", "Above all", "Above all"),
            ("rule", "odd", "firing", "Odd (')' in a = 1)", "Odd"),
            ("component", "worker", "down", "", "Component worker is down"),
        ] {
            let turn = Turn { of: of.into(), id: id.into(), from: String::new(), to: to.into(), words: words.into() };
            assert_eq!(plain(&turn), told);
        }
    }
}
