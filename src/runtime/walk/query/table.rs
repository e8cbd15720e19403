//! Rows as a small aligned table, for a terminal of 80 columns. Pure. A secret is taken out before a cell is cut: half of one
//! would be found by nobody.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::base::{Redactor, Shown};
use crate::probe::postgres::link::Rows;
use crate::signal::Value;

/// Rows that are told of one statement.
const MOST: usize = 20;
/// Columns of the terminal that a table takes; more columns than fit are each cut to [`LEAST`].
const WIDE: usize = 72;
/// No column is cut below this.
const LEAST: usize = 6;
/// Between columns.
const GAP: usize = 2;

/// `1 row`, `3 rows`; of an answer that was cut off the rows that were read.
pub(super) fn count(rows: &Rows) -> String {
    match rows.count {
        Some(1) => "1 row".to_owned(),
        Some(count) => format!("{count} rows"),
        None => format!("more than {} rows, cut off at 1 MiB", rows.kept.len()),
    }
}

/// The names of the columns, then the rows; what is left out is told.
pub(super) fn lines(rows: &Rows, redactor: &Redactor) -> Vec<String> {
    if rows.columns.is_empty() {
        return Vec::new();
    }
    let safe = |text: &str| Shown::from_remote(&redactor.redact(text)).into_string();
    let mut cells: Vec<Vec<String>> = vec![rows.columns.iter().map(|name| safe(name)).collect()];
    cells.extend(rows.kept.iter().take(MOST).map(|row| row.iter().map(|value| safe(&written(value))).collect()));
    let is_number = |at: usize| {
        let mut values =
            rows.kept.iter().filter_map(|row| row.get(at)).filter(|value| **value != Value::Null).peekable();
        values.peek().is_some() && values.all(|value| matches!(value, Value::Int(_) | Value::Number(_)))
    };
    let right: Vec<bool> = (0..rows.columns.len()).map(is_number).collect();
    let widths = widths(&cells);
    let mut lines: Vec<String> = cells.iter().map(|row| line(row, &widths, &right)).collect();
    lines.insert(1, widths.iter().map(|width| "-".repeat(*width)).collect::<Vec<_>>().join("  "));
    let all = rows.count.and_then(|count| usize::try_from(count).ok()).unwrap_or(rows.kept.len());
    match all.saturating_sub(MOST.min(rows.kept.len())) {
        0 => {}
        more => lines.push(format!("and {more} more")),
    }
    lines
}

fn written(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::List(_) | Value::Map(_) => value.to_json().to_string(),
        other => other.to_string(),
    }
}

/// As wide as their widest cell; where that is too much together, the widest give first.
fn widths(cells: &[Vec<String>]) -> Vec<usize> {
    let columns = cells.first().map_or(0, Vec::len);
    let widest = |at: usize| cells.iter().filter_map(|row| row.get(at)).map(|cell| cell.width()).max().unwrap_or(0);
    let mut widths: Vec<usize> = (0..columns).map(widest).collect();
    let room = WIDE.saturating_sub(GAP * columns.saturating_sub(1));
    // each round takes a column off: no cell is longer than what is told of remote text
    while widths.iter().sum::<usize>() > room {
        let Some(widest) = widths.iter_mut().filter(|width| **width > LEAST).max() else { break };
        *widest -= 1;
    }
    widths
}

fn line(row: &[String], widths: &[usize], right: &[bool]) -> String {
    let mut line = String::new();
    for ((cell, width), right) in row.iter().zip(widths).zip(right) {
        let cell = cut(cell, *width);
        let pad = " ".repeat(width.saturating_sub(cell.width()));
        if !line.is_empty() {
            line.push_str(&" ".repeat(GAP));
        }
        line.push_str(&if *right { pad + &cell } else { cell + &pad });
    }
    line.trim_end().to_owned()
}

/// What does not fit ends with a tilde, which every terminal has.
fn cut(cell: &str, width: usize) -> String {
    if cell.width() <= width {
        return cell.to_owned();
    }
    let mut taken = 0;
    let fits = |c: &char| {
        taken += c.width().unwrap_or(0);
        taken < width
    };
    cell.chars().take_while(fits).collect::<String>() + "~"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Secret;

    fn rows(columns: &[&str], kept: Vec<Vec<Value>>) -> Rows {
        let count = Some(kept.len() as u64);
        Rows { columns: columns.iter().map(|&name| name.to_owned()).collect(), kept, count, ..Rows::default() }
    }

    #[test]
    fn rows_are_a_table_that_fits_and_tells_what_it_leaves_out() {
        let two =
            vec![vec![Value::Int(7), "open".into(), Value::Null], vec![Value::Int(120), "done".into(), true.into()]];
        assert_eq!(
            lines(&rows(&["id", "status", "ok"], two), &Redactor::default()),
            [" id  status  ok", "---  ------  ----", "  7  open    NULL", "120  done    true"]
        );
        let many: Vec<Vec<Value>> = (0..25).map(|n| vec![Value::Int(n), "x".repeat(200).as_str().into()]).collect();
        let told = lines(&rows(&["n", "long"], many), &Redactor::default());
        assert_eq!((told.len(), told.last().map(String::as_str)), (23, Some("and 5 more")));
        assert!(told.iter().all(|line| line.width() <= WIDE) && told[2].ends_with("xx~"), "{told:#?}");
        let none = lines(&rows(&["id"], Vec::new()), &Redactor::default());
        assert_eq!(none, ["id", "--"]);
    }

    #[test]
    fn no_part_of_a_secret_and_no_escape_is_told() {
        let secret = format!("s3cret-{}", "y".repeat(90));
        let redactor = Redactor::new(&[Secret::new(secret.clone())]);
        let told = lines(&rows(&["v"], vec![vec![secret.as_str().into()], vec!["a\u{1b}[2Jb".into()]]), &redactor);
        assert!(!told.join("\n").contains("s3cret") && !told.join("\n").contains('\u{1b}'), "{told:?}");
    }
}
