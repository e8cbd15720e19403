//! Dotted paths of an expression: `wal.pending`, `body.stats['failed']`, `queue.workers[0].name`; how they are read from
//! a syntax tree and followed through values without copying them.

use std::fmt;

use cel::common::ast::{Expr as Ast, IdedExpr, LiteralValue, operators};

use crate::base::{ComponentId, Shown, SignalKey, SignalName};
use crate::expr::types::{Ty, built_in};
use crate::signal::Value;

/// The names of an answer's facts; their fields are no built-in signals.
const FACTS: [&str; 9] = ["now", "status", "body", "text", "headers", "latency_ms", "info", "metrics", "results"];
/// CEL's type names, as in `type(x) == int`.
const TYPES: [&str; 9] = ["int", "uint", "double", "string", "bool", "list", "map", "null_type", "type"];
/// Names that are shown of what is there instead.
const SHOWN: usize = 8;

/// One path.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Path {
    root: String,
    parts: Vec<Part>,
    key: Option<SignalKey>,
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Field(String),
    Index(usize),
}

impl Path {
    /// Reads a path; `hidden` tells the variables of comprehensions, which start none.
    pub(super) fn of(node: &IdedExpr, hidden: &dyn Fn(&str) -> bool) -> Option<Self> {
        match &node.expr {
            Ast::Ident(name) if !hidden(name) => {
                Some(Self { root: name.trim_start_matches('.').to_owned(), parts: Vec::new(), key: None })
            }
            Ast::Select(select) if !select.test => Some(Self::of(&select.operand, hidden)?.field(&select.field)),
            Ast::Call(call) if call.func_name == operators::INDEX => {
                let [holder, index] = call.args.as_slice() else { return None };
                let part = match &index.expr {
                    Ast::Literal(LiteralValue::String(field)) => Part::Field(field.inner().to_owned()),
                    Ast::Literal(LiteralValue::Int(at)) => Part::Index(usize::try_from(*at.inner()).ok()?),
                    _ => return None,
                };
                Some(Self::of(holder, hidden)?.push(part))
            }
            _ => None,
        }
    }

    /// One field further.
    pub(super) fn field(self, name: &str) -> Self {
        self.push(Part::Field(name.to_owned()))
    }

    fn push(mut self, part: Part) -> Self {
        if let (true, Part::Field(signal)) = (self.parts.is_empty(), &part) {
            let ids = ComponentId::new(&self.root).ok().zip(SignalName::new(signal).ok());
            self.key = ids.map(|(component, signal)| SignalKey::new(component, signal));
        }
        self.parts.push(part);
        self
    }

    /// The first name: a fact of an answer, or a component.
    pub(super) fn root(&self) -> &str {
        &self.root
    }

    /// The signal that its first two names spell.
    pub(super) fn key(&self) -> Option<&SignalKey> {
        self.key.as_ref()
    }

    /// True when it is a signal and nothing within one.
    pub(super) fn is_signal(&self) -> bool {
        self.parts.len() == 1 && self.key.is_some()
    }

    /// True for `int` in `type(x) == int`.
    pub(super) fn is_type_name(&self) -> bool {
        self.parts.is_empty() && TYPES.contains(&self.root.as_str())
    }

    /// What is known of its type.
    pub(super) fn ty(&self) -> Ty {
        match self.parts.as_slice() {
            [] if self.root == "latency_ms" => Ty::Double,
            [] if self.root == "text" => Ty::Text,
            [Part::Field(signal)] if !FACTS.contains(&self.root.as_str()) => built_in(signal),
            _ => Ty::Dyn,
        }
    }

    /// Follows it from the value of its root.
    pub(super) fn within<'v>(&self, root: &'v Value) -> Result<&'v Value, String> {
        self.follow(root, 0)
    }

    /// Follows what is left of it after the signal.
    pub(super) fn within_signal<'v>(&self, signal: &'v Value) -> Result<&'v Value, String> {
        self.follow(signal, 1)
    }

    fn follow<'v>(&self, start: &'v Value, from: usize) -> Result<&'v Value, String> {
        let mut value = start;
        for (at, part) in self.parts.iter().enumerate().skip(from) {
            let next = match (part, value) {
                (Part::Field(field), Value::Map(map)) => map.get(field),
                (Part::Index(index), Value::List(list)) => list.get(*index),
                _ => None,
            };
            value = next.ok_or_else(|| self.lacks(at, part, value))?;
        }
        Ok(value)
    }

    /// `body.stats.pending: body.stats has no 'pending' (has: queued, failed)`.
    fn lacks(&self, at: usize, part: &Part, value: &Value) -> String {
        let holder = self.prefix(at);
        let what = match (part, value) {
            (Part::Field(field), Value::Map(map)) => {
                let there = listed(map.keys().map(String::as_str));
                format!("{holder} has no '{field}' ({there})")
            }
            (Part::Index(index), Value::List(list)) => format!("{holder} has {} elements, no [{index}]", list.len()),
            (_, Value::Null) => format!("{holder} is null"),
            (Part::Field(field), Value::List(_)) => {
                format!("{holder} is a list and has no '{field}': write {holder}[0]")
            }
            (_, other) => format!("{holder} is {}, not an object", kind(other)),
        };
        if at + 1 == self.parts.len() && at == 0 { what } else { format!("{self}: {what}") }
    }

    fn prefix(&self, parts: usize) -> String {
        Self { root: self.root.clone(), parts: self.parts[..parts].to_vec(), key: None }.to_string()
    }
}

/// As written: `body.stats['x-y'][0]`.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.root)?;
        self.parts.iter().try_for_each(|part| match part {
            Part::Index(index) => write!(f, "[{index}]"),
            Part::Field(field) if is_name(field) => write!(f, ".{field}"),
            Part::Field(field) => write!(f, "['{field}']"),
        })
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// `has: queued, failed`, a few of them; names from outside are made safe.
pub(super) fn listed<'n>(names: impl ExactSizeIterator<Item = &'n str>) -> String {
    let more = names.len().saturating_sub(SHOWN);
    let shown: Vec<String> = names.take(SHOWN).map(|name| Shown::from_remote(name).as_str().to_owned()).collect();
    match (shown.is_empty(), more) {
        (true, _) => "it is empty".to_owned(),
        (false, 0) => format!("has: {}", shown.join(", ")),
        (false, more) => format!("has: {} and {more} more", shown.join(", ")),
    }
}

/// What a value is, with its article.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "true or false",
        Value::Int(_) => "a whole number",
        Value::Number(_) => "a decimal",
        Value::Text(_) => "a text",
        Value::List(_) => "a list",
        Value::Map(_) => "an object",
        Value::Null => "null",
    }
}
