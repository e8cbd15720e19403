//! Scheduled jobs: next run across daylight-saving changes, last run, late, missed, duplicate and absent. Pure.

mod schedule;
mod status;
mod words;

use indexmap::IndexMap;
use jiff::Timestamp;
use serde::Deserialize;

use crate::base::{ActionId, Period, RunbookId, Variables};
use crate::expr::Expr;

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
    /// The runbook that is its checklist, where people do it.
    pub runbook: Option<RunbookId>,
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
    /// The job as the variables have it: the variant that `choose` picks, laid over what is written beside it.
    #[must_use]
    pub fn for_variant(&self, variables: &Variables) -> Self {
        let picked = self.choose.as_deref().and_then(|name| variables.plain(name));
        let Some(variant) = picked.and_then(|value| self.variant.get(value)) else { return self.clone() };
        let JobVariant { schedule, timezone, last, next, copies } = variant.clone();
        Self {
            schedule: schedule.unwrap_or_else(|| self.schedule.clone()),
            timezone: timezone.or_else(|| self.timezone.clone()),
            last: last.or_else(|| self.last.clone()),
            next: next.or_else(|| self.next.clone()),
            copies: copies.or_else(|| self.copies.clone()),
            ..self.clone()
        }
    }
}

fn default_grace() -> Period {
    Period::secs(15 * 60)
}
