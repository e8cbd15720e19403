//! A question of a check: asked of the database that one component is polled at, in one transaction that may only read and
//! is rolled back. The server refuses what writes; rows are capped, made safe and redacted. Nothing is filled into a text.

mod table;

use std::time::Duration;

use crate::base::Redactor;
use crate::probe::ProbeSpec;
use crate::probe::deadline::Deadline;
use crate::probe::postgres::link::{self, Rows};
use crate::runbook::walk::Query;
use crate::runtime::PreparedSystem;
use crate::runtime::walk::Ran;

/// Asks, and tells the rows as lines.
pub async fn ask(prepared: &PreparedSystem, query: &Query, time_box: Duration) -> Ran {
    let redactor = &prepared.redactor;
    match rows(prepared, query, time_box).await {
        Ok(all) => told(&all, redactor),
        Err(why) => Ran { ended: Err(redactor.redact(&why)), is_good: false, lines: Vec::new() },
    }
}

async fn rows(prepared: &PreparedSystem, query: &Query, time_box: Duration) -> Result<Vec<Rows>, String> {
    if let Some(why) = &prepared.distrust {
        return Err(why.clone());
    }
    let Some(ProbeSpec::Postgres(probe)) = prepared.system.component.get(&query.component).map(|spec| &spec.probe)
    else {
        return Err(format!("'{}' is no component with a PostgreSQL", query.component));
    };
    let url = probe.url.fill(&prepared.variables).map_err(|why| format!("missing: {why}"))?;
    let asked: Vec<(&str, &[String])> =
        query.statements.iter().map(|one| (one.text.as_str(), one.values.as_slice())).collect();
    let read = link::once(&url, &asked, &Deadline::after(time_box)).await;
    read.map_err(|error| error.to_string())
}

/// All answers as lines; where there are several, each under its number.
fn told(all: &[Rows], redactor: &Redactor) -> Ran {
    let counts: Vec<String> = all.iter().map(table::count).collect();
    let mut lines = Vec::new();
    for (at, rows) in all.iter().enumerate() {
        if all.len() > 1 {
            lines.push(format!("statement {}: {}", at + 1, counts[at]));
        }
        lines.extend(table::lines(rows, redactor));
    }
    Ran { ended: Ok(counts.join(", ")), is_good: true, lines }
}
