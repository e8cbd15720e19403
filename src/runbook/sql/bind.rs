//! What is to be filled into a statement becomes its parameters: `'<id>'` is `$1`, and whatever somebody types is the value
//! of that, never SQL. Where the server takes no parameter nothing is filled in.

use crate::base::Shown;
use crate::runbook::placeholder::{Field, MARKS, masked};
use crate::runbook::sql::lex::{self, Kind, Token};

/// A statement as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::runbook) struct Bound {
    /// With `$1`, `$2`, … in it; where nothing is to be filled in byte for byte as it is written.
    pub(in crate::runbook) text: String,
    /// What each parameter is made of.
    pub(in crate::runbook) values: Vec<Vec<Part>>,
}

/// A part of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::runbook) enum Part {
    /// As it is written.
    Text(String),
    /// What was filled into the field of this number.
    Field(usize),
}

/// Words behind which a value stands. Any other word before a text is the name of its type: `interval '1 day'`.
const BEFORE: &[&str] = &[
    "and", "or", "not", "like", "ilike", "between", "select", "then", "else", "when", "to", "limit", "offset", "where",
    "on", "having", "in", "case", "distinct", "values", "any", "all",
];
/// Signs behind which a value stands.
const SIGNS: &str = "=<>!(,+-*/|~@#%&^[";

/// The statements of a source; the error is the field that cannot be a parameter, and why.
pub(in crate::runbook) fn bind(source: &str, fields: &[Field]) -> Result<Vec<Bound>, String> {
    let plain = masked(source, fields);
    let tokens = lex::tokens(&plain);
    let is_end = |token: &Token| &plain[token.range.clone()] == ";";
    let mut all = Vec::new();
    for statement in tokens.split_inclusive(is_end) {
        let is_code = |token: &Token| !matches!(token.kind, Kind::Space | Kind::Comment) && !is_end(token);
        if statement.iter().any(is_code) {
            all.push(one(&plain, statement, fields)?);
        }
    }
    Ok(all)
}

fn one(plain: &str, tokens: &[Token], fields: &[Field]) -> Result<Bound, String> {
    let mut bound = Bound { text: String::new(), values: Vec::new() };
    for (at, token) in tokens.iter().enumerate() {
        let text = &plain[token.range.clone()];
        if !text.contains(MARKS[0]) {
            bound.text.push_str(text);
            continue;
        }
        let value = match token.kind {
            Kind::Field => parts(text),
            Kind::Text => parts(text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')).unwrap_or(text)),
            _ => return Err(refused(&parts(text), fields, "stands in a name or in a comment")),
        };
        if let Some(why) = misplaced(plain, tokens, at) {
            return Err(refused(&value, fields, why));
        }
        bound.values.push(value);
        bound.text.push('$');
        bound.text.push_str(&bound.values.len().to_string());
    }
    bound.text = bound.text.trim().to_owned();
    Ok(bound)
}

/// Why no parameter can stand in the place of a token.
fn misplaced(plain: &str, tokens: &[Token], at: usize) -> Option<&'static str> {
    let read = |token: &&Token| !matches!(token.kind, Kind::Space | Kind::Comment);
    let touches = |token: Option<&Token>| {
        token.is_some_and(|token| matches!(token.kind, Kind::Word | Kind::Name | Kind::Text | Kind::Field))
    };
    let before = tokens[..at].iter().rev().find(read);
    let after = tokens[at + 1..].iter().find(read);
    if touches(at.checked_sub(1).and_then(|at| tokens.get(at))) || touches(tokens.get(at + 1)) {
        return Some("is a part of something else than a text");
    }
    let is_value = before.is_some_and(|token| {
        let text = &plain[token.range.clone()];
        match token.kind {
            Kind::Word => BEFORE.contains(&text.to_lowercase().as_str()),
            Kind::Sign => SIGNS.contains(text),
            _ => false,
        }
    });
    // two texts with a line between them are one
    let goes_on = after.is_some_and(|token| matches!(token.kind, Kind::Text | Kind::Field));
    (!is_value || goes_on).then_some("does not stand where a value stands")
}

fn refused(value: &[Part], fields: &[Field], why: &str) -> String {
    let named = value.iter().find_map(|part| match part {
        Part::Field(at) => fields.get(*at).map(|field| field.name.as_str()),
        Part::Text(_) => None,
    });
    format!("'{}' {why}: the server takes no parameter there", Shown::from_remote(named.unwrap_or_default()))
}

/// A masked text cut at its marks.
fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, (number, after))) =
        rest.split_once(MARKS[0]).and_then(|(before, after)| Some((before, after.split_once(MARKS[1])?)))
    {
        let Ok(number) = number.parse() else { break };
        parts.extend((!before.is_empty()).then(|| Part::Text(unquoted(before))));
        parts.push(Part::Field(number));
        rest = after;
    }
    parts.extend((!rest.is_empty()).then(|| Part::Text(unquoted(rest))));
    parts
}

/// A quote within a text is written twice.
fn unquoted(text: &str) -> String {
    text.replace("''", "'")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::placeholder::fields;

    fn bound(source: &str) -> Result<Vec<(String, Vec<String>)>, String> {
        let fields = fields(source);
        let told = |parts: &Vec<Part>| {
            let part = |part: &Part| match part {
                Part::Text(text) => text.clone(),
                Part::Field(at) => format!("{{{}}}", fields[*at].name),
            };
            parts.iter().map(part).collect::<String>()
        };
        let all = bind(source, &fields)?;
        Ok(all.iter().map(|one| (one.text.clone(), one.values.iter().map(told).collect())).collect())
    }

    #[test]
    fn what_stands_for_a_value_is_a_parameter() {
        for (source, text, values) in [
            ("SELECT 1;", "SELECT 1;", vec![]),
            (
                "SELECT a FROM t WHERE id = '<order-id>' LIMIT 5;",
                "SELECT a FROM t WHERE id = $1 LIMIT 5;",
                vec!["{order-id}"],
            ),
            (
                "SELECT a FROM t WHERE n > <count> AND b LIKE '%<part>%'",
                "SELECT a FROM t WHERE n > $1 AND b LIKE $2",
                vec!["{count}", "%{part}%"],
            ),
            (
                "SELECT a FROM t WHERE id IN ('<one>', '<one>')",
                "SELECT a FROM t WHERE id IN ($1, $2)",
                vec!["{one}", "{one}"],
            ),
            ("SELECT a FROM t WHERE id = '[user-id]'::uuid", "SELECT a FROM t WHERE id = $1::uuid", vec!["{user-id}"]),
            ("SELECT a FROM t WHERE b = 'it''s <name>'", "SELECT a FROM t WHERE b = $1", vec!["it's {name}"]),
        ] {
            let values: Vec<String> = values.into_iter().map(str::to_owned).collect();
            assert_eq!(bound(source), Ok(vec![(text.to_owned(), values)]), "{source}");
        }
    }

    #[test]
    fn what_stands_anywhere_else_is_left_to_hands() {
        for source in [
            "SELECT a FROM <table>",
            "SELECT a FROM app.<table>",
            "SELECT a FROM t_<table>",
            "SELECT a FROM \"<table>\"",
            "SELECT now() - interval '<span> days'",
            "SELECT E'<name>'",
            "SELECT a::<kind>",
            "SELECT a FROM t ORDER BY <column>",
            "SELECT 1 -- <name>",
            "SELECT a FROM t WHERE b = '<one>'\n'two'",
            "SELECT $$ <name> $$",
        ] {
            let why = bound(source).unwrap_err();
            assert!(why.contains("the server takes no parameter there"), "{source}: {why}");
        }
    }

    #[test]
    fn several_statements_are_sent_one_by_one_as_they_are_written() {
        let source = "SELECT ';' ; -- a; b\nSELECT 2\n  FROM t; ;\n-- the end\n";
        let texts: Vec<String> = bound(source).unwrap().into_iter().map(|(text, _)| text).collect();
        assert_eq!(texts, ["SELECT ';' ;", "-- a; b\nSELECT 2\n  FROM t;"]);
    }
}
