//! `midwatch audit show`: a line a record, or everything about one run.

use std::fmt::Write as _;
use std::io::IsTerminal as _;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::action::{Done, End, ItemEnd, quoted};
use crate::cli::audit::{journal, none_yet, warn};
use crate::cli::out::{self, Format};
use crate::cli::{Failure, Outcome};
use crate::record::{Filter, Kind, Record};

/// Shown of a run's id: its end, by which runs of one hour differ.
const ID: usize = 8;

pub(super) fn run(filter: &Filter, format: Format) -> Outcome {
    let journal = journal()?;
    let (records, open) = match &journal {
        Some(journal) => (journal.records(filter).map_err(Failure::of)?, journal.unfinished().map_err(Failure::of)?),
        None => (Vec::new(), Vec::new()),
    };
    let has_end = |record: &Record| !open.iter().any(|run| Some(&run.run) == record.what.run.as_ref());
    out::print(&match format {
        Format::Json => {
            let tree = serde_json::json!({ "version": 1, "records": records });
            serde_json::to_string_pretty(&tree).map_err(Failure::of)? + "\n"
        }
        Format::Text if records.is_empty() && *filter == Filter::default() => none_yet(),
        Format::Text if records.is_empty() => "no such record\n".to_owned(),
        Format::Text if filter.run.is_some() => {
            records.iter().map(|record| whole(record, has_end(record))).collect::<Vec<_>>().join("\n")
        }
        Format::Text => table(&records, &has_end, std::io::stdout().is_terminal().then(out::width)),
    })?;
    journal.as_ref().map_or(Ok(()), warn)?;
    Ok(0)
}

/// One line a record, cut at the width of a terminal: nothing is cut in a file or a pipe.
fn table(records: &[Record], has_end: &dyn Fn(&Record) -> bool, width: Option<usize>) -> String {
    let mut rows = vec![["TIME (UTC)", "WHO", "RUN", "SYSTEM/ACTION", "OUTCOME", "REASON"].map(str::to_owned)];
    rows.extend(records.iter().map(|record| {
        let what = &record.what;
        [
            record.at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            what.who.name(),
            what.run.as_deref().map_or("-".to_owned(), short),
            subject(record),
            outcome(record, has_end(record)),
            what.reason.as_ref().or(what.call.as_ref()).cloned().unwrap_or_default(),
        ]
    }));
    let text = out::columns(&rows);
    match width {
        Some(width) => text.lines().map(|line| cut(line, width) + "\n").collect(),
        None => text,
    }
}

/// The end of an id: ids of one hour begin alike.
fn short(id: &str) -> String {
    let skip = id.chars().count().saturating_sub(ID);
    id.chars().skip(skip).collect()
}

fn subject(record: &Record) -> String {
    match (&record.what.system, &record.what.action) {
        (Some(system), Some(action)) => format!("{system}/{action}"),
        (Some(system), None) => system.clone(),
        _ => "-".to_owned(),
    }
}

/// How it ended, in words; what it is where it is no end.
fn outcome(record: &Record, has_end: bool) -> String {
    match (&record.what.outcome, record.what.kind) {
        (Some(outcome), _) => outcome.replace('_', " "),
        (None, Kind::Intent) if !has_end => "no end yet".to_owned(),
        (None, kind) => kind.to_string(),
    }
}

fn cut(line: &str, width: usize) -> String {
    if line.width() <= width {
        return line.to_owned();
    }
    let mut left = width.saturating_sub(3);
    let fits = |c: &char| {
        let taken = c.width().unwrap_or(0);
        left.checked_sub(taken).inspect(|rest| left = *rest).is_some()
    };
    line.chars().take_while(fits).collect::<String>() + "..."
}

/// Everything that the record tells, a line each.
fn whole(record: &Record, has_end: bool) -> String {
    let what = &record.what;
    let time = record.at.strftime("%Y-%m-%d %H:%M:%S%.3f");
    let mut text = format!("{} UTC  {}  record {}\n", time, outcome(record, has_end), record.seq);
    let mut row = |label: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = writeln!(text, "  {label:<12}{value}");
        }
    };
    row("run", what.run.clone());
    let target = what.target.as_ref().map(|target| format!(" on {target}")).unwrap_or_default();
    let environment = what.environment.as_ref().map(|name| format!(", {name}")).unwrap_or_default();
    row("action", what.action.is_some().then(|| format!("{}{target}{environment}", subject(record))));
    let from = what.who.ssh.as_ref().map(|address| format!(" from {address}")).unwrap_or_default();
    row("who", Some(format!("{}{from}, uid {}, process {}", what.who, what.who.uid, what.who.pid)));
    row("confirmed", what.confirm.clone());
    row("reason", what.reason.clone());
    row("call", what.call.clone());
    let quoted: Vec<String> = what.argv.iter().map(|argument| quoted(argument)).collect();
    row("argv", (!quoted.is_empty()).then(|| quoted.join(" ")));
    row("evidence", what.evidence.as_ref().map(ToString::to_string));
    row("exit code", what.exit_code.map(|code| code.to_string()));
    row("HTTP status", what.http_status.map(|status| status.to_string()));
    row("items", items(record));
    row("undo", what.undo.clone());
    row("left out", record.left_out.clone());
    row("program", what.binary.clone());
    row("config", what.config.clone());
    row("hash", Some(record.hash.clone()));
    text
}

/// How many came to what, and those that were not done.
fn items(record: &Record) -> Option<String> {
    let items = &record.what.items;
    let counts = Done { items: items.clone(), ..Done::new(End::Accepted, "") }.counts();
    let named = ["done", "gone", "skipped", "failed"].into_iter().zip(counts).filter(|(_, count)| *count > 0);
    let mut told: Vec<String> = named.map(|(name, count)| format!("{count} {name}")).collect();
    told.extend(items.iter().filter_map(|item| match &item.end {
        ItemEnd::Done | ItemEnd::Gone => None,
        ItemEnd::Skipped(why) => Some(format!("\n              {} skipped: {why}", item.id)),
        ItemEnd::Failed(why) => Some(format!("\n              {} failed: {why}", item.id)),
    }));
    (!items.is_empty()).then(|| told.join(", ").replace(", \n", "\n"))
}
