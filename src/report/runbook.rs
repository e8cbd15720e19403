//! What `runbook list` and `runbook show` print: for a person, and one JSON object. Pure; texts of a foreign file are
//! made safe for the terminal here.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};
use unicode_width::UnicodeWidthStr as _;

use crate::base::Shown;
use crate::report::Style;
use crate::report::text::wrap;
use crate::runbook::{Class, Runbook, Step, SymptomKind};

/// Longest line of a command that is shown.
const LONGEST: usize = 4096;

/// The scenarios as one JSON object, ending with a line break.
pub fn json(runbooks: &[Runbook]) -> Result<String, serde_json::Error> {
    let scenarios: Vec<Json> = runbooks.iter().map(scenario).collect();
    serde_json::to_string_pretty(&json!({ "version": 1, "scenarios": scenarios })).map(|text| text + "\n")
}

fn scenario(runbook: &Runbook) -> Json {
    let symptoms: Vec<Json> = runbook
        .symptoms
        .iter()
        .map(|symptom| {
            let (when, context) = match &symptom.kind {
                SymptomKind::When(condition) => (Some(&condition.text), None),
                SymptomKind::Context(condition) => (None, Some(&condition.text)),
                SymptomKind::Human => (None, None),
            };
            json!({ "text": safe(&symptom.text), "when": when, "context": context, "line": symptom.line })
        })
        .collect();
    json!({
        "id": runbook.id.as_str(),
        "title": safe(&runbook.title),
        "severity": safe(&runbook.severity),
        "scenario": safe(&runbook.scenario),
        "line": runbook.line,
        "symptoms": symptoms,
        "steps": runbook.steps.iter().map(step).collect::<Vec<Json>>(),
        "prevention": runbook.prevention.iter().map(|text| safe(text)).collect::<Vec<String>>(),
    })
}

fn step(step: &Step) -> Json {
    let fields: Vec<Json> =
        step.fields.iter().map(|field| json!({ "name": safe(&field.name), "kind": field.kind.word() })).collect();
    json!({
        "n": step.n,
        "section": safe(&step.section),
        "class": step.class.word(),
        "source": safe(&step.source),
        "language": safe(&step.language),
        "why": safe(&step.why),
        "text": safe(&step.text),
        "notes": step.notes.iter().map(|note| safe(note)).collect::<Vec<String>>(),
        "risk": step.risk.to_string(),
        "action": step.action.as_ref().map(|call| safe(&call.id.text)),
        "expect": step.expect.as_ref().map(|condition| safe(&condition.text)),
        "option": step.option.as_ref().map(|option| safe(&option.name)),
        "fields": fields,
        "line": step.line,
    })
}

/// A text of several lines without anything that a terminal obeys.
pub(in crate::report) fn safe(text: &str) -> String {
    let lines: Vec<String> =
        text.split('\n').map(|line| Shown::long_from_remote(line, LONGEST).into_string()).collect();
    lines.join("\n")
}

/// One scenario for a person.
pub fn text(runbook: &Runbook, style: Style) -> String {
    let mut out = String::new();
    let severity = if runbook.severity.is_empty() { String::new() } else { format!("   {}", safe(&runbook.severity)) };
    let _ = writeln!(out, "{}  {}{severity}", bold(runbook.id.as_str(), style), safe(&runbook.title));
    if !runbook.scenario.is_empty() {
        let _ = writeln!(out, "  {}", wrap::hang(&safe(&runbook.scenario), style.width, "  "));
    }
    if !runbook.last_validated.is_empty() {
        let _ = writeln!(out, "  last validated: {}", safe(&runbook.last_validated));
    }
    if !runbook.symptoms.is_empty() {
        let _ = writeln!(out, "\n  {}", bold("Symptoms", style));
    }
    for symptom in &runbook.symptoms {
        let _ = writeln!(out, "  - {}", wrap::hang(&safe(&symptom.text), style.width, "    "));
        let (word, condition) = match &symptom.kind {
            SymptomKind::When(condition) => ("when", condition),
            SymptomKind::Context(condition) => ("while", condition),
            SymptomKind::Human => continue,
        };
        let _ = writeln!(out, "    {word} {}", wrap::hang(&safe(&condition.text), style.width, "         "));
    }
    let mut section = "";
    let mut option = "";
    for step in &runbook.steps {
        if step.section != section {
            section = &step.section;
            option = "";
            let _ = writeln!(out, "\n  {}", bold(&safe(section), style));
        }
        let name = step.option.as_ref().map_or("", |option| option.name.as_str());
        if name != option && step.class != Class::Choose {
            option = name;
            if !name.is_empty() {
                let _ = writeln!(out, "  {}", safe(name));
            }
        }
        tell(step, style, &mut out);
    }
    if !runbook.prevention.is_empty() {
        let _ = writeln!(out, "\n  {}", bold("Prevention", style));
    }
    for advice in &runbook.prevention {
        let _ = writeln!(out, "  - {}", wrap::hang(&safe(advice), style.width, "    "));
    }
    out
}

fn tell(step: &Step, style: Style, out: &mut String) {
    const INDENT: &str = "                   ";
    let text = safe(&step.text);
    let mut lines = text.lines();
    let first = wrap::hang(lines.next().unwrap_or_default(), style.width, INDENT);
    let class = paint(step.class, style);
    let pad = " ".repeat(12_usize.saturating_sub(step.class.word().width()));
    let _ = writeln!(out, "  {:>3}. {class}{pad}{first}", step.n);
    for line in lines {
        let _ = writeln!(out, "{INDENT}{}", wrap::hang(line, style.width, INDENT));
    }
    if step.language != "text" && step.source != step.text {
        for line in safe(&step.source).lines() {
            let _ = writeln!(out, "{INDENT}  {line}");
        }
    }
    let mut why = safe(&step.why);
    if step.class == Class::Choose {
        let name = step.option.as_ref().map(|option| safe(&option.name)).unwrap_or_default();
        why = format!("{name}: {why}");
    }
    if step.class == Class::Manual && step.language == "text" {
        why.clear();
    }
    if let Some(expect) = &step.expect {
        let _ = write!(why, "; proved by {}", safe(&expect.text));
    }
    if !why.is_empty() {
        let _ = writeln!(out, "{INDENT}{}", dim(&wrap::hang(&why, style.width, INDENT), style));
    }
    for note in &step.notes {
        let _ =
            writeln!(out, "{INDENT}{}", dim(&wrap::hang(&safe(note).replace('\n', " "), style.width, INDENT), style));
    }
}

fn bold(text: &str, style: Style) -> String {
    if style.color { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
}

fn dim(text: &str, style: Style) -> String {
    if style.color { format!("\u{1b}[2m{text}\u{1b}[0m") } else { text.to_owned() }
}

fn paint(class: Class, style: Style) -> String {
    let code = match class {
        Class::Check => "32",
        Class::Act => "33",
        Class::Choose => "36",
        Class::Manual => "0",
        Class::NeedsInput => "35",
        Class::Never => "1;31",
    };
    if style.color { format!("\u{1b}[{code}m{}\u{1b}[0m", class.word()) } else { class.word().to_owned() }
}
