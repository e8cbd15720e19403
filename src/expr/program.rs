//! A compiled expression, what it says of itself, and the facts of one answer that it is evaluated over.

use std::ops::Range;
use std::sync::Arc;

use cel::common::ast::operators;
use indexmap::IndexMap;

use crate::base::{ComponentId, SignalKey, State};
use crate::expr::compile::{Compiled, compile, state_is};
use crate::expr::eval::{Origin, Scope};
use crate::expr::types::Ty;
use crate::signal::Value;

/// A compiled CEL expression. Cheap to clone.
#[derive(Clone)]
pub struct Expr(Arc<Compiled>);

/// Why a text is no expression: where in it, what, and how to write it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CompileError {
    /// Byte range in the expression.
    pub span: Range<usize>,
    /// One sentence.
    pub message: String,
    /// The way out.
    pub help: Option<String>,
}

/// The variables of one answer: `status`, `body`, `text`, `headers`, `latency_ms` of HTTP, `info` of Redis, …
pub type Facts = IndexMap<String, Value>;

/// A name that an expression reads, and where it stands in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// As written: `wal.pending`, `body.stats['x-y']`.
    pub path: String,
    /// Its first name: a component, or a fact of an answer.
    pub root: String,
    /// The signal that its first two names spell, if they can be one.
    pub key: Option<SignalKey>,
    /// It stands as text in a function: `rate('wal.pending', '5m')`.
    pub quoted: bool,
    /// Byte range in the expression.
    pub span: Range<usize>,
}

/// A limit that an expression compares a signal with: a mark on its chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// The signal.
    pub signal: SignalKey,
    /// How it is compared.
    pub relation: Relation,
    /// With what.
    pub value: f64,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

impl Relation {
    pub(super) fn of(operator: &str) -> Option<Self> {
        match operator {
            operators::LESS => Some(Relation::Less),
            operators::LESS_EQUALS => Some(Relation::AtMost),
            operators::GREATER => Some(Relation::Greater),
            operators::GREATER_EQUALS => Some(Relation::AtLeast),
            _ => None,
        }
    }

    /// The sign.
    pub fn sign(self) -> &'static str {
        match self {
            Relation::Less => "<",
            Relation::AtMost => "<=",
            Relation::Greater => ">",
            Relation::AtLeast => ">=",
        }
    }

    /// The same with its sides exchanged: `5 < x` is `x > 5`.
    #[must_use]
    pub fn turned(self) -> Self {
        match self {
            Relation::Less => Relation::Greater,
            Relation::AtMost => Relation::AtLeast,
            Relation::Greater => Relation::Less,
            Relation::AtLeast => Relation::AtMost,
        }
    }

    /// What holds where it does not.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Relation::Less => Relation::AtLeast,
            Relation::AtMost => Relation::Greater,
            Relation::Greater => Relation::AtMost,
            Relation::AtLeast => Relation::Less,
        }
    }
}

impl Expr {
    /// Compiles a text.
    pub fn compile(text: &str) -> Result<Self, CompileError> {
        compile(text).map(|compiled| Self(Arc::new(compiled)))
    }

    /// `{component}.state == '{state}'`, as if compiled.
    pub fn state_is(component: &ComponentId, state: State) -> Result<Self, CompileError> {
        state_is(component, state).map(|compiled| Self(Arc::new(compiled)))
    }

    /// The source text.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The signals `component.signal` that it reads, directly or by name in a window function, in the order of first
    /// appearance. Over an answer, fields of facts (`body.status`) look the same.
    pub fn signals(&self) -> &[SignalKey] {
        &self.0.signals
    }

    /// Every name that it reads, in the order of the text, with its place: for checking names against what there is.
    pub fn references(&self) -> &[Reference] {
        &self.0.references
    }

    /// The names that it takes from outside, each once, in the order of the text: variables of an answer, or components.
    /// Names that a comprehension binds are its own; names in the text of a window function are not told here.
    pub fn roots(&self) -> Vec<String> {
        let mut roots: Vec<String> = Vec::new();
        for reference in self.references().iter().filter(|reference| !reference.quoted) {
            if !roots.contains(&reference.root) {
                roots.push(reference.root.clone());
            }
        }
        roots
    }

    /// The numbers that it compares signals with.
    pub fn thresholds(&self) -> &[Threshold] {
        &self.0.thresholds
    }

    /// An error where it can be told already that it is no condition: its value is a number, a text, a list.
    pub fn check_condition(&self) -> Result<(), CompileError> {
        if matches!(self.0.ty, Ty::Bool | Ty::Dyn) {
            return Ok(());
        }
        let message = format!("a condition is true or false, and this is {}", self.0.ty.words());
        Err(CompileError { span: 0..self.text().len(), message, help: Some("compare it, as in x > 5".to_owned()) })
    }

    /// Evaluates it over the facts of one answer. The error says what is missing, in words.
    pub fn over(&self, facts: &Facts) -> Result<Value, String> {
        Scope::new(&self.0, Origin::Answer(facts)).value().map_err(|why| why.text)
    }

    pub(super) fn compiled(&self) -> &Compiled {
        &self.0
    }
}

impl std::fmt::Debug for Expr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Expr({})", self.text())
    }
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl<'de> serde::Deserialize<'de> for Expr {
    fn deserialize<D: serde::Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        let text = String::deserialize(de)?;
        Self::compile(&text).map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for Expr {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Expr".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "a CEL expression (https://cel.dev)" })
    }
}
