//! Rules and the life of their alerts: `unknown → inactive → pending → firing`. Time is an argument. Pure.

mod machine;

use std::time::Duration;

use serde::Deserialize;

use crate::base::{ComponentId, Period, RunbookId, Severity};
use crate::expr::{Expr, Why};

pub use machine::{Alert, Change};

/// One `[rule.<id>]`, as written.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleSpec {
    /// One line for people: `WAL pending above 50`.
    pub summary: String,
    /// The condition over all signals of the system.
    pub when: Expr,
    /// How long it must hold before the alert fires.
    #[serde(default, rename = "for")]
    pub hold: Period,
    /// How long a firing alert stays so after the condition ended.
    #[serde(default)]
    pub keep_firing_for: Period,
    /// When given, a firing alert ends only when this holds: hysteresis.
    pub clear_when: Option<Expr>,
    /// How bad.
    pub severity: Severity,
    /// The system's own word for it, as declared in `[severity.<word>]`.
    pub word: Option<String>,
    /// Runbook that helps.
    pub runbook: Option<RunbookId>,
    /// Components whose failure explains this alert, beyond those whose signals it reads and their `depends_on`.
    #[serde(default)]
    pub depends_on: Vec<ComponentId>,
    /// It tells of something that is over and goes by itself: it keeps no incident open.
    #[serde(default)]
    pub lingers: bool,
}

impl RuleSpec {
    /// A rule that fires as soon as a condition holds.
    pub fn new(summary: impl Into<String>, when: Expr, severity: Severity) -> Self {
        Self {
            summary: summary.into(),
            when,
            hold: Period::default(),
            keep_firing_for: Period::default(),
            clear_when: None,
            severity,
            word: None,
            runbook: None,
            depends_on: Vec::new(),
            lingers: false,
        }
    }
}

/// Where an alert is in its life.
#[derive(Clone, Debug, PartialEq)]
pub enum AlertState {
    /// It cannot be told whether the condition holds.
    Unknown(Why),
    /// The condition does not hold.
    Inactive,
    /// It holds, not yet for long enough.
    Pending,
    /// It holds for long enough.
    Firing,
}

impl AlertState {
    /// The stable word.
    pub fn word(&self) -> &'static str {
        match self {
            AlertState::Unknown(_) => "unknown",
            AlertState::Inactive => "inactive",
            AlertState::Pending => "pending",
            AlertState::Firing => "firing",
        }
    }
}

/// Changes of an alert within [`FLAP_WINDOW`] from which on it is said to flap.
pub const FLAP_CHANGES: usize = 5;
/// The window in which changes are counted.
pub const FLAP_WINDOW: Duration = Duration::from_secs(600);
