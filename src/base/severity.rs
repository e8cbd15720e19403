//! The three scales: how bad a rule is, how a component is, how a system is.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How bad a firing rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth a line, never a status.
    Info,
    /// Look today.
    Warning,
    /// Look now.
    Critical,
}

/// How a component is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Answers and is healthy.
    Up,
    /// Answers and says that something is wrong.
    Degraded,
    /// Failed `down_after` times in a row.
    Down,
    /// Cannot be told.
    Unknown,
}

/// How a system is: ordered from good to worst, as `check` ranks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Everything that matters is known and good.
    Ok,
    /// A warning fires.
    Warning,
    /// Something that a rule or a component needs cannot be told.
    Unknown,
    /// A critical rule fires or a component is down.
    Critical,
}

impl Status {
    /// Exit code of `check` and of a Nagios plugin: 0 ok, 1 warning, 2 critical, 3 unknown.
    pub fn exit_code(self) -> u8 {
        match self {
            Status::Ok => 0,
            Status::Warning => 1,
            Status::Critical => 2,
            Status::Unknown => 3,
        }
    }
}

impl From<Severity> for Status {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Info => Status::Ok,
            Severity::Warning => Status::Warning,
            Severity::Critical => Status::Critical,
        }
    }
}

/// The system's own word for how bad something is, where it is another one than ours beside it.
pub fn own_word<'a>(own: Option<&'a str>, ours: &str) -> Option<&'a str> {
    own.filter(|own| !own.eq_ignore_ascii_case(ours))
}

macro_rules! word {
    ($ty:ty { $($variant:ident => $word:literal),+ $(,)? }) => {
        impl $ty {
            /// The word for it, in lower case.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
        impl fmt::Display for $ty {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.word())
            }
        }
    };
}

word!(Severity { Info => "info", Warning => "warning", Critical => "critical" });
word!(State { Up => "up", Degraded => "degraded", Down => "down", Unknown => "unknown" });
word!(Status { Ok => "ok", Warning => "warning", Unknown => "unknown", Critical => "critical" });
