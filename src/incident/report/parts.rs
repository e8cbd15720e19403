//! What stands in each section of a report. Every text that others said passes `markdown` before it stands there.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::base::time::Span;
use crate::incident::drill::{FORMULA, Score};
use crate::incident::fold::{between, short};
use crate::incident::markdown::{block, code, number, spark, words as safe};
use crate::incident::report::known::Missing;
use crate::incident::{Closing, Course, Incident, Part, Ran, StepState, Told, Turn, clock, words};

/// Where nothing is known, this is said.
const SEE: &str = "The record tells nothing of it: see Not known yet.";

/// A section's text; `None` for a name that is no section.
pub(super) fn section(name: &str, incident: &Incident, missing: &[Missing], now: Timestamp) -> Option<String> {
    Some(match name {
        "title" => format!("# Incident Report: {}", title(incident)),
        "summary" => summary(incident, now),
        "timeline" => timeline(incident),
        "impact" => impact(incident),
        "root-cause" => root_cause(incident),
        "contributing" => contributing(incident),
        "fix" => fix(incident),
        "verification" => verification(incident),
        "commands" => commands(incident),
        "signals" => signals(incident),
        "action-items" => action_items(incident),
        "lessons" => lessons(incident, now),
        "not-known" => not_known(missing),
        "author" => author(incident),
        _ => return None,
    })
}

/// The line by which a report is known to be of an incident.
pub(super) fn signature(incident: &Incident) -> String {
    format!("Incident {}, drafted by midwatch from its record", code(incident.id.as_str()))
}

fn title(incident: &Incident) -> String {
    if incident.title.is_empty() { safe(incident.id.as_str()) } else { safe(&incident.title) }
}

/// `2026-11-22 02:46 UTC`.
fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

fn summary(incident: &Incident, now: Timestamp) -> String {
    let severity = incident.severity.map(|severity| {
        let word = severity.word();
        let now = words::graded(&format!("{}{}", word[..1].to_uppercase(), &word[1..]), incident.word.as_deref());
        let first = incident.first_judged.as_ref();
        let first = first.map(|(severity, word)| words::graded(severity.word(), word.as_deref()));
        first.map_or(now.clone(), |first| format!("{now}; at first {first}"))
    });
    let status = match &incident.closed {
        Some(closed) => match &closed.how {
            Closing::Verified { .. } => incident.stage().word().to_owned(),
            Closing::Reason { reason } => format!("{}: {}", incident.stage().word(), safe(reason)),
        },
        None => incident.stage().word().to_owned(),
    };
    let environment =
        if incident.environment.is_empty() { String::new() } else { format!(" ({})", safe(&incident.environment)) };
    let lasts = if incident.is_open() { " so far" } else { "" };
    let components = incident.components.iter().map(|component| safe(component)).collect::<Vec<_>>().join(", ");
    let rows = [
        ("Drill", incident.drill.as_ref().map(|score| format!("nothing of this was real. Score: {}", score.told()))),
        ("Severity", severity.map(|severity| safe(&severity))),
        ("System", Some(format!("{}{environment}", safe(&incident.system)))),
        ("Component", Some(components).filter(|names| !names.is_empty())),
        ("Status", Some(status)),
        ("Incident Start", incident.start.map(minute)),
        ("Incident End", incident.end().map(minute)),
        ("Duration", incident.duration(now).map(|span| format!("{}{lasts}", minutes(span)))),
        ("Mitigated", incident.mitigated.map(minute)),
        ("Response", clock::answered(incident, now).map(|clock| safe(&clock.text))),
    ];
    // two blanks: a break within the paragraph
    let told = rows.into_iter().filter_map(|(label, value)| Some(format!("**{label}:** {}  ", value?)));
    told.collect::<Vec<_>>().join("\n")
}

/// `23 minutes (23m04s)`, `2h05m`.
fn minutes(span: std::time::Duration) -> String {
    match span.as_secs() / 60 {
        0 | 120.. => Span(span).to_string(),
        1 => format!("1 minute ({})", Span(span)),
        count => format!("{count} minutes ({})", Span(span)),
    }
}

fn timeline(incident: &Incident) -> String {
    let day = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
    let mut days: Vec<_> = incident.timeline.iter().map(|line| day(line.at)).collect();
    days.dedup();
    let how = if days.len() > 1 { "%Y-%m-%d %H:%M:%S" } else { "%H:%M:%S" };
    let mut out = "| Time (UTC) | Event | By |\n|------------|-------|----|\n".to_owned();
    for line in &incident.timeline {
        let _ = writeln!(out, "| {} | {} | {} |", line.at.strftime(how), safe(&line.words), safe(&line.by));
    }
    out
}

fn impact(incident: &Incident) -> String {
    let hit = degraded(incident);
    let list = bullets(hit.iter().map(|line| safe(line)));
    if list.is_empty() { SEE.to_owned() } else { format!("**Services Degraded:**\n\n{list}") }
}

/// What was not well: components that left `up`, and what fired; each once, as it was first told.
fn degraded(incident: &Incident) -> Vec<String> {
    let words = |turn: &Turn| if turn.words.is_empty() { words::plain(turn) } else { turn.words.clone() };
    not_well(incident, words)
}

/// The same for those outside, who know no address and no signal.
pub(in crate::incident) fn hit(incident: &Incident) -> Vec<String> {
    not_well(incident, words::plain)
}

fn not_well(incident: &Incident, words: impl Fn(&Turn) -> String) -> Vec<String> {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    let mut told = Vec::new();
    for (_, turn) in &incident.turns {
        let is_bad = matches!(turn.to.as_str(), "down" | "degraded" | "firing");
        if is_bad && !seen.contains(&(&turn.of, &turn.id)) {
            seen.push((&turn.of, &turn.id));
            told.push(words(turn));
        }
    }
    if told.is_empty() { incident.components.clone() } else { told }
}

fn root_cause(incident: &Incident) -> String {
    let Some((at, diagnosed)) = incident.diagnoses.iter().find(|(_, diagnosed)| !diagnosed.ranked.is_empty()) else {
        return match &incident.runbook {
            Some((id, title)) => {
                format!("Nothing was diagnosed; the runbook that was followed is {}.", safe(&words::named(title, id)))
            }
            None => SEE.to_owned(),
        };
    };
    let Some(best) = diagnosed.ranked.first() else { return SEE.to_owned() };
    let mut out = format!("Diagnosed at {}: {}.\n", minute(*at), safe(&words::ranked(best)));
    if !best.evidence.is_empty() {
        let _ = write!(out, "\n{}", bullets(best.evidence.iter().map(|line| safe(line))));
    }
    out + "\nThis is what the symptoms said. Why it came to that, the record does not tell."
}

fn contributing(incident: &Incident) -> String {
    let others = incident.diagnoses.first().map(|(_, diagnosed)| diagnosed.ranked.as_slice()).unwrap_or_default();
    let matched = others.iter().skip(1).filter(|ranked| ranked.matched > 0);
    let list = bullets(matched.map(|ranked| format!("matched as well: {}", safe(&words::ranked(ranked)))));
    if list.is_empty() { SEE.to_owned() } else { list }
}

fn fix(incident: &Incident) -> String {
    let verified: Vec<&Ran> = incident.runs.iter().filter(|run| run.is_verified()).collect();
    let runs = if verified.is_empty() { incident.runs.iter().collect() } else { verified };
    let mut list = bullets(runs.iter().map(|run| safe(&words::run(run))));
    // looking for the cause repairs nothing
    let done = incident.steps.iter().filter(|step| match step.told.part {
        Part::Resolution => matches!(step.told.state, StepState::Done | StepState::Verified),
        Part::Immediate => step.told.state == StepState::Done,
        Part::Diagnosis | Part::Verification | Part::Afterwards => false,
    });
    let done = done.filter(|step| step.told.run.is_none());
    list += &bullets(done.map(|step| safe(&words::step(&step.told))));
    let undo =
        runs.iter().filter_map(|run| Some(format!("to undo {}: {}", safe(&run.action), safe(run.undo.as_ref()?))));
    list += &bullets(undo);
    if list.is_empty() { SEE.to_owned() } else { list }
}

/// The boxes. Only what was seen ticks one.
fn verification(incident: &Incident) -> String {
    let row = |ticked: bool, text: &str| format!("- [{}] {}\n", if ticked { 'x' } else { ' ' }, safe(text));
    let mut out = String::new();
    match incident.closed.as_ref().map(|closed| &closed.how) {
        Some(Closing::Verified { evidence }) => {
            out += &row(true, "Service health checks passing: what opened it was looked at, and is over");
            for seen in evidence {
                let _ = writeln!(out, "  - {}", safe(seen));
            }
        }
        Some(Closing::Reason { .. }) => out += &row(false, "Service health checks passing: closed without a look"),
        None => out += &row(false, "Service health checks passing: not closed yet"),
    }
    for run in &incident.runs {
        let because = if run.because.is_empty() { String::new() } else { format!(" ({})", run.because) };
        out += &row(run.is_verified(), &format!("{}: {}{because}", run.action, run.told()));
    }
    for step in incident.steps.iter().filter(|step| step.told.part == Part::Verification || has_verdict(&step.told)) {
        let Told { text, state, evidence, .. } = &step.told;
        let because = if evidence.is_empty() { String::new() } else { format!(" ({})", evidence.join("; ")) };
        out += &row(*state == StepState::Verified, &format!("{text}: {}{because}", state.word()));
    }
    out
}

/// A step of the repair that was held against what it expects, and that no run stands for already.
fn has_verdict(told: &Told) -> bool {
    let is_repair = told.part == Part::Resolution && told.run.is_none();
    is_repair && matches!(told.state, StepState::Verified | StepState::NotVerified)
}

/// What was used, each kind in a block of its own: only the first can be pasted into a shell.
fn commands(incident: &Incident) -> String {
    let mut lines: Vec<(Timestamp, Vec<String>)> = Vec::new();
    let mut requests: Vec<(Timestamp, Vec<String>)> = Vec::new();
    let mut statements: Vec<(Timestamp, Vec<String>)> = Vec::new();
    for run in &incident.runs {
        let how = format!("{}{}", run.told(), words::took(run));
        let head =
            format!("# {} UTC {}: {}, {how}, run {}", run.at.strftime("%H:%M:%S"), run.by, run.action, short(&run.run));
        let used = if run.is_command { &mut lines } else { &mut requests };
        used.push((run.at, vec![head, run.call.clone()]));
    }
    for step in &incident.steps {
        let told = &step.told;
        let time = step.at.strftime("%H:%M:%S");
        let head = format!("{time} UTC {}: step {} of {}, {}", step.by, told.n, told.runbook, told.state.word());
        if let Some(command) = &told.command {
            lines.push((step.at, vec![format!("# {head}"), command.clone()]));
        }
        if !told.asked.is_empty() {
            statements.push((step.at, [vec![format!("-- {head}")], told.asked.clone()].concat()));
        }
    }
    let kinds = [
        ("bash", "", lines),
        ("text", "Sent by midwatch itself, no command lines:\n\n", requests),
        ("sql", "Asked of a database, read only:\n\n", statements),
    ];
    let blocks = kinds.into_iter().filter(|(.., used)| !used.is_empty()).map(|(language, words, mut used)| {
        used.sort_by_key(|(at, _)| *at);
        format!("{words}{}", block(language, &used.into_iter().flat_map(|(_, lines)| lines).collect::<Vec<_>>()))
    });
    let told = blocks.collect::<Vec<_>>().join("\n\n");
    if told.is_empty() { "No command and no request stands in the record.".to_owned() } else { told }
}

fn signals(incident: &Incident) -> String {
    let list = bullets(incident.courses.iter().map(course));
    if list.is_empty() { SEE.to_owned() } else { list }
}

/// `wal.pending ▁▃▅█ 12 to 128 entries, last 128, 02:40 to 02:51 UTC`.
fn course(course: &Course) -> String {
    let known: Vec<f64> = course.values.iter().flatten().copied().filter(|value| value.is_finite()).collect();
    let unit = course.unit.as_ref().map(|unit| format!(" {}", safe(unit))).unwrap_or_default();
    let mark = course.mark.as_ref().map(|mark| format!("; {}", safe(mark))).unwrap_or_default();
    let range = match (known.iter().copied().reduce(f64::min), known.iter().copied().reduce(f64::max), known.last()) {
        (Some(low), Some(high), Some(last)) => {
            format!("{} to {}{unit}, last {}", number(low), number(high), number(*last))
        }
        _ => "not known".to_owned(),
    };
    let time = |at: Timestamp| at.strftime("%H:%M").to_string();
    let drawn = code(&spark(&course.values));
    format!("{} {drawn} {range}, {} to {} UTC{mark}", safe(&course.signal), time(course.from), time(course.to))
}

fn action_items(incident: &Incident) -> String {
    let mut now: Vec<String> = incident
        .runs
        .iter()
        .filter(|run| !run.is_verified())
        .map(|run| format!("Find out why {} ended as {}: {}", run.action, run.told(), words::run(run)))
        .collect();
    for step in &incident.steps {
        match step.told.state {
            StepState::NotVerified | StepState::Failed | StepState::Begun => {
                now.push(format!("Find out what came of it: {}", words::step(&step.told)));
            }
            StepState::Skipped { .. } => {
                now.push(format!("Decide whether it is needed after all: {}", words::step(&step.told)));
            }
            _ => {}
        }
    }
    let mut week = Vec::new();
    if incident.rules.is_empty() {
        week.push("Add monitoring/alerting for this failure mode: no rule fired when it was opened".to_owned());
    }
    let mut month = incident.advice.clone();
    if let Some((id, title)) = &incident.runbook {
        month.push(format!("Update the runbook {} with what was learnt", words::named(title, id)));
    }
    let groups =
        [("Immediate (Within 24h)", now), ("Short-term (Within 1 week)", week), ("Long-term (Within 1 month)", month)];
    let told = groups.into_iter().filter(|(_, items)| !items.is_empty()).map(|(label, items)| {
        let items = bullets(items.iter().map(|item| format!("[ ] {}", safe(item))));
        format!("**{label}:**\n\n{items}")
    });
    let told: Vec<String> = told.collect();
    if told.is_empty() { "The record asks for none.".to_owned() } else { told.join("\n") }
}

/// What the record measures; what went well and what not is for people to say.
fn lessons(incident: &Incident, now: Timestamp) -> String {
    let Some(start) = incident.start else { return SEE.to_owned() };
    let after = |at: Option<Timestamp>| at.map(|at| Span(between(start, at)).to_string());
    let proved = incident.runs.iter().filter(|run| run.is_verified()).map(|run| run.at).min();
    let rows = [
        ("opened", after(incident.opened)),
        ("first answer", after(incident.answered)),
        ("diagnosed", after(incident.diagnoses.first().map(|(at, _)| *at))),
        ("first action", after(incident.runs.first().map(|run| run.at))),
        ("first action that was verified", after(proved)),
        ("mitigated", after(incident.mitigated)),
        ("closed", after(incident.end())),
    ];
    let told = rows.into_iter().filter_map(|(what, span)| Some(format!("{what} after {}", span?)));
    let mut list = bullets(told);
    let proved = incident.runs.iter().filter(|run| run.is_verified()).count();
    if !incident.runs.is_empty() {
        let _ = writeln!(list, "- {proved} of {} runs were verified", incident.runs.len());
    }
    if let Some(clock) = clock::answered(incident, now) {
        let _ = writeln!(list, "- {}", safe(&clock.text));
    }
    let drill = incident.drill.as_ref().map(drilled).unwrap_or_default();
    format!("{drill}**Measured, from the start:**\n\n{list}")
}

/// The score of a drill, and how it comes about.
fn drilled(score: &Score) -> String {
    let rows = score.rows();
    let list = bullets(rows.iter().map(|(label, value)| format!("{label}: {}", safe(value))));
    format!("**Drill, from the fault on:**\n\n{list}\n{FORMULA}\n\n")
}

fn not_known(missing: &[Missing]) -> String {
    let list = bullets(missing.iter().map(|missing| format!("**{}:** {}", safe(&missing.what), missing.how)));
    if list.is_empty() { "Nothing that this report asks for is missing.".to_owned() } else { list }
}

fn author(incident: &Incident) -> String {
    let people: Vec<String> = incident.people().iter().map(|name| safe(name)).collect();
    let people = if people.is_empty() { "nobody".to_owned() } else { people.join(", ") };
    format!("**Report Author:** midwatch, from what was recorded of {people}\n\n{}.", signature(incident))
}

fn bullets(lines: impl Iterator<Item = String>) -> String {
    lines.fold(String::new(), |mut out, line| {
        let _ = writeln!(out, "- {line}");
        out
    })
}
