//! What `runbook run` and `runbook rehearse` print: steps with what came of them, for a person and as JSON. Pure; texts of
//! runbooks are made safe for the terminal here.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use crate::base::Variables;
use crate::report::Style;
use crate::report::runbook::safe;
use crate::report::text::wrap;
use crate::runbook::walk::{Doing, Mark, Query, Standing, Walk};
use crate::runbook::{Runbook, Step};

/// Beneath a step.
const INDENT: &str = "       ";

/// What is walked, and for what.
pub fn title(runbook: &Runbook, system: &str, style: Style) -> String {
    let title = format!("{}  {}", runbook.id, safe(&runbook.title));
    let unproved = match runbook.last_validated.as_str() {
        "" | "never" => ", never validated",
        _ => "",
    };
    format!("{} on {system}{unproved}\n", bold(&title, style))
}

/// A step, before it is done.
pub fn step(walk: &Walk, step: &Step, style: Style) -> String {
    let mut out = String::new();
    let text = safe(&step.text);
    let mut lines = text.lines();
    let way = walk.choice_of(step.n).and_then(|choice| walk.chosen(choice)).map(|way| format!("  ({})", safe(way)));
    let head = format!("{}{}", lines.next().unwrap_or_default(), way.unwrap_or_default());
    let _ = writeln!(out, "\n{:>4}. {}", step.n, bold(&wrap::hang(&head, style.width, INDENT), style));
    for line in lines {
        let _ = writeln!(out, "{INDENT}{}", wrap::hang(line, style.width, INDENT));
    }
    if step.language != "text" && step.source != step.text {
        safe(&step.source).lines().for_each(|line| {
            let _ = writeln!(out, "{INDENT}  {line}");
        });
    }
    for line in step.notes.iter().flat_map(|note| note.lines()) {
        let _ = writeln!(out, "{INDENT}{}", wrap::hang(&safe(line), style.width, INDENT));
    }
    out
}

/// What came of it.
pub fn mark(mark: &Mark, style: Style) -> String {
    let because = mark.because();
    let word = paint(mark, style);
    let told = if because.is_empty() { word } else { format!("{word}: {}", safe(because)) };
    format!("{INDENT}{}\n", wrap::hang(&told, style.width, INDENT))
}

/// What running a step means, in words. Nothing is asked for it.
pub fn doing(walk: &Walk, n: usize, variables: &Variables) -> String {
    match walk.doing(n, variables) {
        Doing::Action { call } => format!("run the action {}", safe(&call.id.text)),
        Doing::Expect { condition, within } if within.is_zero() => {
            format!("look once: {}", on_one_line(condition.text()))
        }
        Doing::Expect { condition, within } => {
            format!("look until it holds, for {} s: {}", within.as_secs(), on_one_line(condition.text()))
        }
        Doing::Command { argv, .. } => {
            let words: Vec<String> = argv.iter().map(|word| crate::action::quoted(word)).collect();
            format!("run the check: {}", safe(&words.join(" ")))
        }
        Doing::Query { query, .. } => asking(walk, n, &query),
        Doing::Choice { options, by } => {
            let ways: Vec<String> = options.iter().map(|way| safe(way)).collect();
            match by {
                Some(by) => format!("take {} of: {}", safe(by), ways.join(" | ")),
                None => format!("choose one of: {}", ways.join(" | ")),
            }
        }
        Doing::Human if walk.condition(n).is_some() => "stop for hands, then look whether it holds".to_owned(),
        Doing::Human => match walk.left_to_hands(n).or_else(|| walk.not_run(n, variables)) {
            Some(why) => format!("stop for hands: {}", safe(&why)),
            None => "stop for hands: midwatch does not do it".to_owned(),
        },
        Doing::Input { fields } => {
            let names: Vec<String> =
                fields.iter().map(|field| format!("{} ({})", safe(&field.name), field.kind.word())).collect();
            let then = walk.query_to_be(n).map(|query| format!("; then {}", asking(walk, n, &query)));
            format!("ask for: {}{}", names.join(", "), then.unwrap_or_default())
        }
        Doing::Never => "never run it".to_owned(),
    }
}

/// What is asked of which database, and what is looked at behind it.
fn asking(walk: &Walk, n: usize, query: &Query) -> String {
    let mut told = format!("ask {}, read only:", query.place());
    for line in query.lines() {
        let _ = write!(told, "\n{INDENT}  {}", safe(&line));
    }
    if let Some(condition) = walk.condition(n) {
        let _ = write!(told, "\n{INDENT}then look: {}", on_one_line(condition.text()));
    }
    told
}

/// An expression, however it is laid out in its file.
pub fn on_one_line(text: &str) -> String {
    safe(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Where the walk stands, at its end.
pub fn end(walk: &Walk, why: &str, style: Style) -> String {
    let (behind, all) = walk.progress();
    let (word, code) = match walk.standing() {
        Standing::Verified => ("verified", "32"),
        Standing::NotVerified => ("not verified", "33"),
        Standing::UnderWay => ("under way", "36"),
    };
    let word = if style.color { format!("\u{1b}[{code}m{word}\u{1b}[0m") } else { word.to_owned() };
    let why = if why.is_empty() { String::new() } else { format!(": {}", safe(why)) };
    format!("\n{word}, {behind} of {all} steps behind{why}\n")
}

/// The stable word of where a walk stands.
pub fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::UnderWay => "under_way",
        Standing::Verified => "verified",
        Standing::NotVerified => "not_verified",
    }
}

/// A walk as one JSON object, with what each step would do.
pub fn json(walk: &Walk, variables: &Variables) -> Json {
    let steps: Vec<Json> = walk
        .order()
        .filter_map(|n| walk.step(n))
        .filter(|step| walk.is_applicable(step.n))
        .map(|step| {
            let mark = walk.marked(step.n);
            json!({
                "n": step.n,
                "section": safe(&step.section),
                "class": step.class.word(),
                "text": safe(&step.text),
                "option": step.option.as_ref().map(|option| safe(&option.name)),
                "action": step.action.as_ref().map(|call| safe(&call.id.text)),
                "does": doing(walk, step.n, variables),
                "state": mark.word().replace(' ', "_"),
                "because": safe(mark.because()),
            })
        })
        .collect();
    json!({
        "runbook": walk.runbook().id.as_str(),
        "title": safe(&walk.runbook().title),
        "standing": word(walk.standing()),
        "steps": steps,
    })
}

fn paint(mark: &Mark, style: Style) -> String {
    let code = match mark {
        Mark::Verified { .. } | Mark::Found { as_expected: Some(true), .. } | Mark::Done => "32",
        Mark::NotVerified { .. } | Mark::Found { as_expected: Some(false), .. } => "33",
        Mark::Failed { .. } => "1;31",
        _ => "2",
    };
    if style.color { format!("\u{1b}[{code}m{}\u{1b}[0m", mark.word()) } else { mark.word().to_owned() }
}

fn bold(text: &str, style: Style) -> String {
    if style.color { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
}
