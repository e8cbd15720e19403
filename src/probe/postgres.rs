//! The `postgres` probe: one query in a read-only transaction, its rows as facts, as signals and as a table.
//!
//! The server itself forbids writing and ends what takes too long or waits for a lock; we do not read SQL. All
//! components of one URL share one connection. The query is sent as it is written, a leading `/* name */` and all, so
//! that whoever looks at the server's activity sees what it is.

pub(crate) mod decode;
pub(crate) mod fault;
pub(crate) mod link;
mod numeric;
pub(crate) mod target;
mod tls;

use std::time::Duration;

use indexmap::IndexMap;
use serde::Deserialize;

use crate::base::{Cause, Missing, Redactor, Shown, SignalName, Template, Variables};
use crate::expr::Facts;
use crate::probe::deadline::Deadline;
use crate::probe::{Answer, Detail, Measured, ProbeError, millis};
use crate::signal::Value;
use link::{MOST_ROWS, Rows, Shared};

/// What expressions may read of an answer.
pub const FACTS: &[&str] = &["row", "rows", "row_count", "latency_ms"];

/// Signals that the probe yields.
pub const SIGNALS: &[&str] = &["rows", "row_count"];

/// Cells of the details are told so long.
const LONGEST_CELL: usize = 256;

/// `probe.postgres = { url = "${database_url}", query = "SELECT …" }`
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PostgresProbe {
    /// `postgresql://user[:password]@host[:port]/database[?sslmode=…]`.
    pub url: Template,
    /// One statement that reads. It takes no variables: what varies belongs into the database.
    pub query: String,
}

/// Polls by one query.
pub struct PostgresPoller {
    shared: Shared,
    query: String,
    timeout: Duration,
    redactor: Redactor,
}

impl PostgresPoller {
    /// Fills in the URL; the error is an unset variable.
    pub fn new(
        spec: &PostgresProbe,
        timeout: Duration,
        variables: &Variables,
        redactor: &Redactor,
    ) -> Result<Self, String> {
        let shared = link::shared(&spec.url.fill(variables)?);
        let query = spec.query.trim().trim_end_matches(';').to_owned();
        Ok(Self { shared, query, timeout, redactor: redactor.clone() })
    }

    /// Asks once.
    pub async fn poll(&mut self) -> Result<Answer, ProbeError> {
        let deadline = Deadline::after(self.timeout);
        let waited = deadline.bound(self.shared.lock()).await;
        let Some(mut link) = waited else {
            let words = format!("not asked: others of this database took all of {}", deadline.budget());
            return Err(ProbeError::new(Cause::Internal, words));
        };
        let rows = link.read(&self.query, &deadline).await.map_err(|error| error.redacted(&self.redactor))?;
        Ok(answer(rows))
    }
}

fn answer(read: Rows) -> Answer {
    let cut = cut(&read);
    let names = unique(&read.columns);
    let shown = |cell: &Value| match cell {
        Value::Null => Shown::default(),
        Value::Map(_) | Value::List(_) => Shown::long_from_remote(&cell.to_json().to_string(), LONGEST_CELL),
        other => Shown::long_from_remote(&other.to_string(), LONGEST_CELL),
    };
    let detail = Detail::Table {
        columns: names.iter().map(|name| Shown::from_remote(name)).collect(),
        rows: read.kept.iter().map(|row| row.iter().map(shown).collect()).collect(),
        cut,
    };
    let map = |row: Vec<Value>| Value::Map(names.iter().cloned().zip(row).collect::<IndexMap<_, _>>());
    let maps: Vec<Value> = read.kept.into_iter().map(map).collect();
    let mut facts = Facts::from([("latency_ms".to_owned(), millis(read.took))]);
    let first = maps.first().cloned();
    facts.extend(first.map(|row| ("row".to_owned(), row)));
    facts.extend(read.count.map(|count| ("row_count".to_owned(), Value::count(count))));
    let rows = Value::from(maps);
    facts.insert("rows".to_owned(), rows.clone());
    let count = read.count.map(Value::count).ok_or_else(|| Missing::NotReported {
        text: "not all rows were read: the answer is larger than 1 MiB".to_owned(),
    });
    let signals = [("rows", Ok(rows)), ("row_count", count)].into_iter();
    let signals = signals.filter_map(|(name, value)| {
        SignalName::new(name).ok().map(|name| Measured { name, value, unit: None, course: Vec::new() })
    });
    Answer { facts, signals: signals.collect(), latency: read.took, detail, trouble: None }
}

/// What is said where not all rows were kept.
fn cut(read: &Rows) -> Option<String> {
    let kept = read.kept.len();
    match read.count {
        None => Some(format!("first {kept} rows: the answer is larger than 1 MiB")),
        Some(count) if count > MOST_ROWS as u64 => Some(format!("first {kept} of {count} rows")),
        Some(_) => None,
    }
}

/// The names of the columns; one that stood there before gets a number: `count`, `count_2`.
fn unique(columns: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(columns.len());
    for column in columns {
        let mut name = column.clone();
        let mut n = 1;
        while names.contains(&name) {
            n += 1;
            name = format!("{column}_{n}");
        }
        names.push(name);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_facts_signals_and_a_table() {
        let columns = ["id", "count", "count"].map(str::to_owned).to_vec();
        let row = |id: i64, what: Value| vec![Value::Int(id), what, Value::from(Vec::new())];
        let rows = vec![row(1, Value::Null), row(2, "a\u{1b}[2J".into())];
        let answer = answer(Rows { columns, kept: rows, count: Some(900), took: Duration::from_millis(3) });
        assert_eq!(answer.facts["row"].get("id"), Some(&Value::Int(1)));
        assert_eq!(answer.facts["rows"].as_list().map(<[Value]>::len), Some(2));
        assert_eq!(answer.facts["row_count"], Value::Int(900));
        let Detail::Table { columns, rows, cut } = answer.detail else { panic!("no table") };
        assert_eq!(columns.iter().map(Shown::as_str).collect::<Vec<_>>(), ["id", "count", "count_2"]);
        assert_eq!(rows[0].iter().map(Shown::as_str).collect::<Vec<_>>(), ["1", "", "[]"]);
        assert!(!rows[1][1].as_str().contains('\u{1b}'));
        assert_eq!(cut.as_deref(), Some("first 2 of 900 rows"));
    }

    #[test]
    fn no_row_is_no_fact_and_no_zero() {
        let answer = answer(Rows { columns: vec!["id".into()], count: Some(0), ..Rows::default() });
        assert!(!answer.facts.contains_key("row"));
        assert_eq!(answer.facts["row_count"], Value::Int(0));
    }
}
