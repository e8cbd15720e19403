//! A compiled expression and the facts of one answer that it is evaluated over.

use std::ops::Range;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::base::SignalKey;
use crate::signal::Value;

/// A compiled CEL expression. Cheap to clone.
#[derive(Clone)]
pub struct Expr {
    text: Arc<str>,
    program: Arc<cel::Program>,
    signals: Arc<[SignalKey]>,
}

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

impl Expr {
    /// Compiles a text.
    pub fn compile(text: &str) -> Result<Self, CompileError> {
        let program = cel::Program::compile(text).map_err(|errors| CompileError {
            span: 0..text.len(),
            message: errors.to_string(),
            help: None,
        })?;
        Ok(Self { text: text.into(), program: Arc::new(program), signals: Arc::new([]) })
    }

    /// The source text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signals `component.signal` that it reads, directly or by name in a window function.
    pub fn signals(&self) -> &[SignalKey] {
        &self.signals
    }

    /// The compiled program.
    pub(crate) fn program(&self) -> &cel::Program {
        &self.program
    }

    /// Evaluates it over the facts of one answer. The error says what is missing, in words.
    pub fn over(&self, facts: &Facts) -> Result<Value, String> {
        let _ = (facts, self.program());
        Err("not evaluated".to_owned())
    }
}

impl std::fmt::Debug for Expr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Expr({})", self.text)
    }
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
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
