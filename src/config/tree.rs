//! A parsed TOML file in which every key and value knows its place. Knows nothing of systems.

use std::ops::Range;

use indexmap::IndexMap;
use toml::de::{DeTable, DeValue};

use crate::base::{Problem, Source};

/// One value and the byte range where it stands. A table's range is its header, where it has one.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) span: Range<usize>,
    pub(super) value: Tree,
}

/// What a [`Node`] holds.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    Text(String),
    /// `None` where it is beyond 64 bits.
    Integer(Option<i64>),
    Float(f64),
    Bool(bool),
    Date,
    Array(Vec<Node>),
    Table(IndexMap<String, Entry>),
}

/// One key of a table and its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: Range<usize>,
    pub(super) node: Node,
}

impl Node {
    /// Parses a file; the error is every syntax mistake that the parser can tell.
    pub(super) fn parse(source: &Source) -> Result<Self, Vec<Problem>> {
        let (root, problems) = Self::recover(source);
        if problems.is_empty() { Ok(root) } else { Err(problems) }
    }

    /// What of a file can be read, and every syntax mistake that the parser can tell.
    pub(super) fn recover(source: &Source) -> (Self, Vec<Problem>) {
        let (table, errors) = DeTable::parse_recoverable(&source.text);
        let root = Self { span: table.span(), value: from_table(table.get_ref()) };
        let problem = |error: toml::de::Error| {
            let span = error.span().unwrap_or(0..0);
            let message = match source.text.get(span.clone()) {
                Some(key) if error.message().starts_with("duplicate key") => format!("'{key}' is given twice"),
                _ => format!("this is not TOML: {}", error.message().lines().collect::<Vec<_>>().join(", ")),
            };
            Problem { source: source.clone(), span, path: String::new(), message, help: None }
        };
        let mut problems: Vec<Problem> = errors.into_iter().map(problem).collect();
        problems.sort_by_key(|problem| problem.span.start);
        (root, problems)
    }

    /// The entries of a table; nothing where it is none.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        let table = if let Tree::Table(table) = &self.value { Some(table) } else { None };
        table.into_iter().flatten().map(|(key, entry)| (key.as_str(), entry))
    }

    /// The values of an array; nothing where it is none.
    pub(super) fn items(&self) -> &[Node] {
        if let Tree::Array(items) = &self.value { items } else { &[] }
    }

    /// One entry of a table.
    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        if let Tree::Table(table) = &self.value { table.get(key) } else { None }
    }

    /// The value under a key of a table.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.node)
    }

    /// The text, where it is one.
    pub(super) fn text(&self) -> Option<&str> {
        if let Tree::Text(text) = &self.value { Some(text) } else { None }
    }

    /// True where it says `true`.
    pub(super) fn is_true(&self) -> bool {
        matches!(self.value, Tree::Bool(true))
    }

    /// The kind of value, with its article.
    pub(super) fn kind(&self) -> &'static str {
        match self.value {
            Tree::Text(_) => "a text",
            Tree::Integer(_) => "a whole number",
            Tree::Float(_) => "a number",
            Tree::Bool(_) => "a boolean",
            Tree::Date => "a date",
            Tree::Array(_) => "a list",
            Tree::Table(_) => "a table",
        }
    }
}

fn from_table(table: &DeTable<'_>) -> Tree {
    let entry = |(key, value): (&toml::Spanned<std::borrow::Cow<'_, str>>, &toml::Spanned<DeValue<'_>>)| {
        let node = Node { span: value.span(), value: from_value(value.get_ref()) };
        (key.get_ref().to_string(), Entry { key: key.span(), node })
    };
    Tree::Table(table.iter().map(entry).collect())
}

fn from_value(value: &DeValue<'_>) -> Tree {
    match value {
        DeValue::String(text) => Tree::Text(text.to_string()),
        DeValue::Integer(number) => Tree::Integer(i64::from_str_radix(number.as_str(), number.radix()).ok()),
        DeValue::Float(number) => Tree::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(b) => Tree::Bool(*b),
        DeValue::Datetime(_) => Tree::Date,
        DeValue::Array(items) => Tree::Array(
            items.iter().map(|item| Node { span: item.span(), value: from_value(item.get_ref()) }).collect(),
        ),
        DeValue::Table(table) => from_table(table),
    }
}

/// The byte range in the file of a byte range inside a string value: through quotes, escapes and line breaks.
///
/// `span` is the whole literal with its quotes.
pub(super) fn inside(source: &Source, span: &Range<usize>, part: &Range<usize>) -> Range<usize> {
    let raw = source.text.get(span.clone()).unwrap_or_default();
    let (quote, escapes) = match raw {
        _ if raw.starts_with("\"\"\"") => (3, true),
        _ if raw.starts_with("'''") => (3, false),
        _ if raw.starts_with('"') => (1, true),
        _ if raw.starts_with('\'') => (1, false),
        _ => return span.clone(),
    };
    // the byte offset in the raw text of every byte offset in the value
    let mut places = Vec::new();
    let mut at = quote;
    if quote == 3 {
        let first_line_break = ["\r\n", "\n"].iter().find(|end| raw[at..].starts_with(**end));
        at += first_line_break.map_or(0, |end| end.len());
    }
    let end = raw.len().saturating_sub(quote);
    while at < end {
        let rest = &raw[at..end];
        let (taken, yields) = if escapes && rest.starts_with('\\') { escape(rest) } else { plain(rest) };
        places.extend(std::iter::repeat_n(at, yields));
        at += taken;
    }
    places.push(end);
    let place = |offset: usize| span.start + places.get(offset).copied().unwrap_or(end);
    let start = place(part.start);
    start..place(part.end).max(start)
}

fn plain(rest: &str) -> (usize, usize) {
    let length = rest.chars().next().map_or(1, char::len_utf8);
    (length, length)
}

/// How many bytes an escape takes in the file, and how many it yields.
fn escape(rest: &str) -> (usize, usize) {
    let digits = match rest.as_bytes().get(1) {
        Some(b'x') => 2,
        Some(b'u') => 4,
        Some(b'U') => 8,
        Some(c) if c.is_ascii_whitespace() => {
            let blank = rest[1..].len() - rest[1..].trim_start().len();
            return (1 + blank, 0);
        }
        _ => return (2.min(rest.len()), 1),
    };
    let code = rest.get(2..2 + digits).and_then(|hex| u32::from_str_radix(hex, 16).ok());
    (2 + digits, code.and_then(char::from_u32).map_or(1, char::len_utf8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_inside_a_string_is_found_through_every_kind_of_quote() {
        for text in [
            "k = \"one two\"",
            "k = 'one two'",
            "k = \"\"\"\none two\"\"\"",
            "k = '''\r\none two'''",
            "k = \"\"\"one \\\n   two\"\"\"",
            "k = \"\\u006fne two\"",
            "k = \"one\\ttwo\"",
            "k = \"ö\\u00f6 two\"",
        ] {
            let source = Source { path: "t.toml".into(), text: text.into() };
            let node = Node::parse(&source).unwrap();
            let value = node.get("k").unwrap();
            let at = value.text().unwrap().find("two").unwrap();
            let place = inside(&source, &value.span, &(at..at + 3));
            assert_eq!(&text[place], "two", "{text:?}");
        }
    }

    #[test]
    fn every_syntax_mistake_is_told() {
        let source = Source { path: "t.toml".into(), text: "a = \nb = 1\n[c]\nd = 2 2\ne = 'x\n".into() };
        let problems = Node::parse(&source).unwrap_err();
        let lines: Vec<usize> = problems.iter().map(|p| source.line_column(p.span.start).0).collect();
        assert_eq!(lines, [1, 4, 5], "{problems:?}");
    }
}
