//! The parser's complaints, in words for people.

use cel::{ParseError, ParseErrors};

use crate::expr::CompileError;

/// The first mistake of a text: where it is, what it is and how to write it.
pub(super) fn explain(text: &str, errors: &ParseErrors) -> CompileError {
    let Some(first) = errors.errors.iter().min_by_key(|error| error.pos) else {
        return CompileError { span: 0..text.len(), message: "this is no expression".to_owned(), help: None };
    };
    let start = offset(text, first);
    let rest = text.get(start..).unwrap_or_default();
    let (message, help, length) = words(&first.msg, rest);
    CompileError { span: start..start + length.min(rest.len()), message, help }
}

/// Byte offset of a 1-based line and column, which counts characters.
fn offset(text: &str, error: &ParseError) -> usize {
    let line = usize::try_from(error.pos.0).unwrap_or(1).max(1) - 1;
    let column = usize::try_from(error.pos.1).unwrap_or(1).max(1) - 1;
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    start + rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at)
}

/// Message, help and length of what is marked.
fn words(raw: &str, rest: &str) -> (String, Option<String>, usize) {
    let word: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let one = rest.chars().next();
    let first = one.map_or(0, char::len_utf8);
    let help = |text: &str| Some(text.to_owned());
    match (one, word.as_str()) {
        (None, _) => ("the expression ends too early".to_owned(), None, 0),
        (_, "and") => ("there is no 'and'".to_owned(), help("write &&"), 3),
        (_, "or") => ("there is no 'or'".to_owned(), help("write ||"), 2),
        (_, "not") => ("there is no 'not'".to_owned(), help("write !"), 3),
        (Some('='), _) => ("'=' compares nothing".to_owned(), help("write == to compare"), 1),
        (Some('&'), _) if !rest.starts_with("&&") => ("'&' joins nothing".to_owned(), help("write &&"), 1),
        (Some('|'), _) if !rest.starts_with("||") => ("'|' joins nothing".to_owned(), help("write ||"), 1),
        (Some(mark @ ('\'' | '"')), _) if raw.contains("token recognition") => {
            (format!("the text is not closed: a second {mark} is missing"), None, rest.len())
        }
        (Some('.'), _) if rest.starts_with(".?") => {
            ("there are no optional fields".to_owned(), help("write has(a.b) && …"), 2)
        }
        _ if raw.contains("has() macro") => {
            ("has() asks for a field".to_owned(), help("write has(component.signal)"), first)
        }
        _ if raw.contains("must be a simple name") => {
            ("the first argument must be a name".to_owned(), help("write list.all(x, x > 0)"), first)
        }
        _ if raw.contains("invalid") => (format!("{raw}: too large, or not a number"), None, word.len().max(first)),
        (Some(c), _) if raw.contains("Syntax error") => {
            let shown = if word.is_empty() { c.to_string() } else { word.clone() };
            (format!("'{}' is unexpected here", crate::base::Shown::from_remote(&shown).as_str()), None, shown.len())
        }
        (Some(c), _) => (raw.lines().next().unwrap_or_default().to_owned(), None, c.len_utf8()),
    }
}
