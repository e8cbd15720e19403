//! From what a command said to facts and trouble. Pure.

use crate::base::{Cause, Redactor, Shown};
use crate::expr::Facts;
use crate::probe::child::in_words;
use crate::probe::command::OutputKind;
use crate::probe::command::line::Line;
use crate::probe::command::run::{Kept, Ran};
use crate::probe::http::json;
use crate::probe::{Answer, Detail, ProbeError, Said, millis};
use crate::signal::Value;

/// The most of a text that expressions see, as of the body of a response.
const TEXT_CAP: usize = 64 * 1024;
/// Lines that are kept for the drill-down, of each output.
const LINES: usize = 100;

/// Judges how it ended: what a signal ended says nothing about the component.
pub(super) fn of(line: &Line, ran: &Ran, output: OutputKind, redactor: &Redactor) -> Result<Answer, ProbeError> {
    let complaint = last_words(&ran.err).or_else(|| last_words(&ran.out));
    let with = |words: String| match &complaint {
        Some(complaint) => format!("{words}: {complaint}"),
        None => words,
    };
    let Some(exit) = ran.status.code() else {
        return Err(ProbeError::new(Cause::Killed, with(in_words(ran.status))));
    };
    let body = match output {
        OutputKind::Text => None,
        OutputKind::Json => Some(parsed(&ran.out)),
    };
    let mut facts = Facts::from([
        ("exit".to_owned(), Value::Int(exit.into())),
        ("text".to_owned(), Value::Text(text(&ran.out))),
        ("errors".to_owned(), Value::Text(text(&ran.err))),
        ("latency_ms".to_owned(), millis(ran.latency)),
    ]);
    let failed = (exit != 0).then(|| ProbeError::new(Cause::Unhealthy, with(in_words(ran.status))));
    let malformed = match body {
        Some(Ok(body)) => {
            facts.insert("body".to_owned(), body);
            None
        }
        Some(Err(error)) => Some(error),
        None => None,
    };
    let trouble = failed.or(malformed).map(|error| error.redacted(redactor));
    let detail = Detail::Said(said(line, ran, redactor));
    Ok(Answer { facts, signals: Vec::new(), latency: ran.latency, detail, trouble })
}

fn parsed(out: &Kept) -> Result<Value, ProbeError> {
    if out.beyond > 0 {
        return Err(ProbeError::new(Cause::TooLarge, "too large: its output is above 1 MiB"));
    }
    if out.bytes.trim_ascii().is_empty() {
        return Err(ProbeError::new(Cause::Malformed, "malformed: no output instead of JSON"));
    }
    json::parse(&out.bytes)
        .map_err(|what| ProbeError::new(Cause::Malformed, format!("malformed: {what}, in its output")))
}

/// An output as expressions see it: without the line feeds at its end, as a shell has it.
fn text(kept: &Kept) -> String {
    let cut = &kept.bytes[..kept.bytes.len().min(TEXT_CAP)];
    String::from_utf8_lossy(cut).trim_end_matches(['\n', '\r']).to_owned()
}

/// The last line in which something stands.
fn last_words(kept: &Kept) -> Option<Shown> {
    let end = kept.bytes.trim_ascii_end();
    let line = end.rsplit(|byte| *byte == b'\n').next().filter(|line| !line.is_empty())?;
    Some(Shown::from_remote(String::from_utf8_lossy(line).trim()))
}

fn said(line: &Line, ran: &Ran, redactor: &Redactor) -> Said {
    let shown = |text: &str| Shown::from_remote(&redactor.redact(text));
    let about = vec![
        ("command", Shown::line_from_remote(&redactor.redact(&line.to_string()))),
        ("end", shown(&in_words(ran.status))),
    ];
    let mut lines = lines(&ran.out, "", redactor);
    lines.extend(self::lines(&ran.err, "stderr: ", redactor));
    Said { about, lines }
}

/// The first lines of an output, and how much of it is not shown.
fn lines(kept: &Kept, mark: &str, redactor: &Redactor) -> Vec<Shown> {
    let text = redactor.redact(&String::from_utf8_lossy(&kept.bytes));
    let all: Vec<&str> = text.trim_end().lines().collect();
    let shown = |line: &&str| Shown::from_remote(&format!("{mark}{line}"));
    let mut lines: Vec<Shown> = all.iter().take(LINES).map(shown).collect();
    if all.len() > LINES || kept.beyond > 0 {
        let rest = format!(
            "{mark}\u{2026} {} further lines, {} bytes beyond 1 MiB",
            all.len().saturating_sub(LINES),
            kept.beyond
        );
        lines.push(Shown::from_remote(&rest));
    }
    lines
}
