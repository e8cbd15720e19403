//! Rows as a person reads them, and the hint of how to undo a statement from them. Pure.

use crate::probe::postgres::link::Rows;
use crate::signal::Value;

/// Rows that are told of one statement.
pub(super) const MOST: usize = 20;

/// `id = 7, amount = 20`, one line for each row.
pub(super) fn lines(rows: &Rows) -> Vec<String> {
    let line = |row: &Vec<Value>| {
        let cells = rows.columns.iter().zip(row).map(|(name, value)| format!("{name} = {}", literal(value)));
        cells.collect::<Vec<_>>().join(", ")
    };
    let mut lines: Vec<String> = rows.kept.iter().take(MOST).map(line).collect();
    let more = rows.kept.len().saturating_sub(MOST);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines
}

/// The hint, once for each row that was there before; once as it is where it names no column.
pub(super) fn hints(hint: &str, before: Option<&Rows>) -> Vec<String> {
    let named = before.is_some_and(|rows| rows.columns.iter().any(|name| hint.contains(&format!("{{{name}}}"))));
    let Some(rows) = before.filter(|_| named) else { return vec![hint.to_owned()] };
    rows.kept.iter().map(|row| filled(hint, &rows.columns, row)).collect()
}

/// One pass, so that a value that looks like a column stays a value.
fn filled(hint: &str, columns: &[String], row: &[Value]) -> String {
    let mut text = String::new();
    let mut rest = hint;
    while let Some(at) = rest.find('{') {
        let (head, tail) = rest.split_at(at);
        text.push_str(head);
        let known = columns.iter().zip(row).find_map(|(name, value)| {
            let after = tail.strip_prefix('{')?.strip_prefix(name.as_str())?.strip_prefix('}')?;
            Some((after, value))
        });
        if let Some((after, value)) = known {
            text.push_str(&literal(value));
            rest = after;
        } else {
            text.push('{');
            rest = &tail[1..];
        }
    }
    text + rest
}

/// A value as SQL has it.
fn literal(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Bool(_) | Value::Int(_) => value.to_string(),
        // whole, unlike on the screen
        Value::Number(n) => n.to_string(),
        Value::Text(text) => quoted(text),
        Value::List(_) | Value::Map(_) => quoted(&value.to_json().to_string()),
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_undo_is_told_with_the_values_that_were_there() {
        let columns = ["id", "name"].map(str::to_owned).to_vec();
        let kept = vec![vec![Value::Int(7), "it's {id}".into()], vec![Value::Int(8), Value::Null]];
        let before = Rows { columns, kept, ..Rows::default() };
        assert_eq!(
            hints("UPDATE t SET name = {name} WHERE id = {id} -- {other}", Some(&before)),
            [
                "UPDATE t SET name = 'it''s {id}' WHERE id = 7 -- {other}",
                "UPDATE t SET name = NULL WHERE id = 8 -- {other}"
            ]
        );
        assert_eq!(hints("start it again", Some(&before)), ["start it again"]);
        assert_eq!(hints("UPDATE t SET name = {name}", None), ["UPDATE t SET name = {name}"]);
        assert_eq!(lines(&before)[0], "id = 7, name = 'it''s {id}'");
    }
}
