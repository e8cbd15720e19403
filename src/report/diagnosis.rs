//! Which runbooks fit: for a person with what speaks for and against each, and as JSON. Pure.

use std::fmt::Write as _;

use serde::Serialize;

use crate::base::Shown;
use crate::report::text::wrap;
use crate::report::{Facts, Style, json};
use crate::runbook::diagnosis::{Diagnosis, Evidence};
use crate::watch::Watch;

/// Version of the shape.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    at: String,
    systems: Vec<System<'a>>,
}

#[derive(Serialize)]
struct System<'a> {
    name: &'a str,
    diagnoses: Vec<Out<'a>>,
}

/// One diagnosis as `check` and `diagnose` print it.
#[derive(Serialize)]
pub(super) struct Out<'a> {
    runbook: &'a str,
    title: String,
    rank: usize,
    matched: usize,
    contradicted: usize,
    unknown: usize,
    evidence: Vec<EvidenceOut>,
}

#[derive(Serialize)]
struct EvidenceOut {
    symptom: String,
    verdict: &'static str,
    because: String,
    line: usize,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    context: bool,
}

/// The diagnoses of a system as they are printed.
pub(super) fn of(watch: &Watch) -> Vec<Out<'_>> {
    let evidence = |evidence: &Evidence| EvidenceOut {
        symptom: safe(&evidence.symptom),
        verdict: evidence.word(),
        because: safe(&evidence.because),
        line: evidence.line,
        context: evidence.is_context,
    };
    let mut all = Vec::with_capacity(watch.diagnoses.len());
    all.extend(watch.diagnoses.iter().map(|one| Out {
        runbook: one.runbook.as_str(),
        title: safe(&one.title),
        rank: one.rank,
        matched: one.matched,
        contradicted: one.contradicted,
        unknown: one.unknown,
        evidence: one.evidence.iter().map(evidence).collect(),
    }));
    all
}

/// A user's runbook may hold anything.
fn safe(text: &str) -> String {
    Shown::line_from_remote(&text.replace('\n', " ")).into_string()
}

/// One object, ending with a line break.
pub fn render(facts: Facts<'_>) -> Result<String, serde_json::Error> {
    let systems =
        facts.watches.iter().map(|watch| System { name: watch.system.name.as_str(), diagnoses: of(watch) }).collect();
    json::printed(&Report { version: VERSION, at: json::stamp(facts.now.wall), systems }, facts)
}

/// For a person: each with its evidence, what speaks against it told as such.
pub fn text(facts: Facts<'_>, style: Style) -> String {
    let mut out = String::new();
    for watch in facts.watches {
        if !out.is_empty() {
            out.push('\n');
        }
        let _ = writeln!(out, "{}: {}", watch.system.name, summary(watch));
        for one in &watch.diagnoses {
            diagnosis(one, style, &mut out);
        }
    }
    let shown: Vec<String> = out.lines().map(|line| (facts.redact)(line)).collect();
    shown.join("\n") + "\n"
}

fn summary(watch: &Watch) -> String {
    match watch.diagnoses.len() {
        0 if watch.system.runbooks.is_empty() => "it has no runbooks".to_owned(),
        0 => "no runbook fits: no symptom of any holds".to_owned(),
        1 => "one runbook fits".to_owned(),
        n => format!("{n} runbooks fit, the likeliest first"),
    }
}

fn diagnosis(one: &Diagnosis, style: Style, out: &mut String) {
    const INDENT: &str = "             ";
    let mut tail = String::new();
    if one.contradicted > 0 {
        let _ = write!(tail, ", {} against", one.contradicted);
    }
    if one.unknown > 0 {
        let _ = write!(tail, ", {} unknown", one.unknown);
    }
    let paint = |text: &str, code: &str| {
        if style.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    };
    let title = paint(&safe(&one.title), "1");
    let _ = writeln!(out, "\n  {}. {title}: {}{tail}   [{}]", one.rank, one.share(), one.runbook);
    // a context that holds says nothing
    for evidence in one.evidence.iter().filter(|one| !one.is_context || one.verdict != Some(true)) {
        let mark = match evidence.verdict {
            Some(true) => paint("for    ", "32"),
            Some(false) => paint("against", "31"),
            None => paint("unknown", "35"),
        };
        let _ = writeln!(out, "     {mark} {}", wrap::hang(&safe(&evidence.symptom), style.width, INDENT));
        let because = format!("{}   (line {})", safe(&evidence.because), evidence.line);
        let _ = writeln!(out, "{INDENT}{}", wrap::hang(&because, style.width, INDENT));
    }
}
