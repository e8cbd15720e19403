//! Evaluation over all signals of a system: true, false, or unknown and why.

use crate::base::{Missing, Now, SignalKey};
use crate::expr::Expr;
use crate::signal::SignalStore;

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
    /// The sentence: `wal.pending: refused 127.0.0.1:8001`.
    pub text: String,
}

impl Expr {
    /// Is it true of these signals now?
    pub fn verdict(&self, store: &SignalStore, now: Now) -> Verdict {
        let _ = (store, now);
        Verdict::Unknown(Why { signal: None, missing: None, text: "not evaluated".to_owned() })
    }

    /// What decides it, in words, with values: `wal.pending = 128`. Several are joined by `, `.
    pub fn evidence(&self, store: &SignalStore, now: Now) -> String {
        let shown: Vec<String> = self
            .signals()
            .iter()
            .map(|key| match store.get(key, now).known() {
                Some(value) => format!("{key} = {value}"),
                None => format!("{key} unknown"),
            })
            .collect();
        shown.join(", ")
    }
}
