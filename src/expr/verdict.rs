//! Evaluation over all signals of a system: true, false, or unknown and why.

use crate::base::{Missing, Now, SignalKey};
use crate::expr::Expr;
use crate::expr::eval::{Origin, Scope};
use crate::expr::path::kind;
use crate::signal::{SignalStore, Value};

/// Three-valued truth.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It holds.
    True,
    /// It does not.
    False,
    /// It cannot be told.
    Unknown(Why),
}

/// Why an expression cannot be told.
#[derive(Clone, Debug, PartialEq)]
pub struct Why {
    /// The signal that is missing, where it is one.
    pub signal: Option<SignalKey>,
    /// Its reason, where it is a signal.
    pub missing: Option<Missing>,
    /// The sentence: `wal.pending: refused 127.0.0.1:8001`. It names no age, so that it stays the same while nothing
    /// changes.
    pub text: String,
}

impl Why {
    /// A reason that is no missing signal.
    pub fn words(text: impl Into<String>) -> Self {
        Self { signal: None, missing: None, text: text.into() }
    }
}

impl Expr {
    /// Is it true of these signals now?
    pub fn verdict(&self, store: &SignalStore, now: Now) -> Verdict {
        match self.value(store, now) {
            Ok(Value::Bool(true)) => Verdict::True,
            Ok(Value::Bool(false)) => Verdict::False,
            Ok(other) => {
                Verdict::Unknown(Why::words(format!("{} is {}, not true or false", self.text(), kind(&other))))
            }
            Err(why) => Verdict::Unknown(why),
        }
    }

    /// Its value over these signals now, or why it cannot be told.
    pub fn value(&self, store: &SignalStore, now: Now) -> Result<Value, Why> {
        Scope::new(self.compiled(), Origin::Signals(store, now)).value()
    }
}
