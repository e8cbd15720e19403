//! The shape of a system file, and the checked system that the rest of the program works with.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::Deserialize;

use crate::action::ActionSpec;
use crate::base::{ActionId, ComponentId, JobId, PanelId, Period, RuleId, Severity, SignalKey, SystemName, Template};
use crate::config::RunbookFile;
use crate::expr::Expr;
use crate::job::{JobSpec, Zone};
use crate::probe::ComponentSpec;
use crate::rule::RuleSpec;

/// A system file, as written.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SystemFile {
    /// Name on the screen.
    pub title: String,
    /// Sets the banner and how strict confirmation is.
    #[serde(default)]
    pub environment: Environment,
    /// The service's zone; screens show it beside UTC.
    #[serde(default = "Zone::utc")]
    pub timezone: Zone,
    /// Where runs on several hosts keep each other out; without it locks hold on one host.
    #[serde(default)]
    pub lock: Option<LockSpec>,
    /// Who is told when an incident lasts.
    #[serde(default)]
    pub escalation: Vec<Escalation>,
    /// The system's own words for how bad something is: `P1`, `SEV2`.
    #[serde(default)]
    pub severity: IndexMap<String, SeverityWord>,
    /// Variables, `${name}` in any text.
    #[serde(default)]
    pub var: IndexMap<String, VarSpec>,
    /// What is polled.
    #[serde(default)]
    pub component: IndexMap<ComponentId, ComponentSpec>,
    /// What is wrong when.
    #[serde(default)]
    pub rule: IndexMap<RuleId, RuleSpec>,
    /// What is shown, most important first.
    #[serde(default)]
    pub panel: IndexMap<PanelId, PanelSpec>,
    /// What can be done.
    #[serde(default)]
    pub action: IndexMap<ActionId, ActionSpec>,
    /// What runs by itself.
    #[serde(default)]
    pub job: IndexMap<JobId, JobSpec>,
}

/// What a word of the system's own runbook means here. The word stays visible beside it.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeverityWord {
    /// On the one scale that all systems share.
    pub means: Severity,
    /// Within which time somebody must answer.
    pub respond: Option<Period>,
}

/// A store of locks that every operating host reaches.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LockSpec {
    /// A Redis; runs write `midwatch:lock:…` into it, which end by themselves.
    pub redis: Template,
}

/// Where the system runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// Nobody minds.
    Development,
    /// Somebody minds.
    Staging,
    /// Everybody minds.
    #[default]
    Production,
}

impl Environment {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Environment::Development => "development",
            Environment::Staging => "staging",
            Environment::Production => "production",
        }
    }
}

/// One step of the escalation path.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Escalation {
    /// How long after the incident's start.
    pub after: Period,
    /// Who.
    pub to: String,
}

/// One `[var.<name>]`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VarSpec {
    /// Environment variable that sets it.
    pub env: Option<String>,
    /// Value where nothing sets it.
    pub default: Option<String>,
    /// Never shown, logged, recorded, put into argv or an error.
    #[serde(default)]
    pub secret: bool,
    /// The only values allowed.
    pub one_of: Option<Vec<String>>,
    /// The regular expression that a whole value matches; `doctor` tells one that does not.
    pub pattern: Option<String>,
    /// The system itself cannot do without it; `doctor` tells when it is not set here.
    #[serde(default)]
    pub required: bool,
    /// What it is, for `doctor`.
    pub about: Option<String>,
    /// How often it is to be changed: `90d`. `doctor` tells when it is older, as far as its age can be known: a JSON Web
    /// Token says itself when it was issued.
    pub rotate: Option<Period>,
    /// Since when it is in use, as the live system tells it: an expression over all signals that gives a moment.
    pub issued: Option<Expr>,
    /// Another variable that tells since when: by a date in its value, or by the age of the file that it names.
    pub dated_by: Option<String>,
    /// How to tell the value that the live system itself shows, by value: an expression over all signals. `doctor`
    /// compares it with the one that is set.
    #[serde(default)]
    pub detect: IndexMap<String, Expr>,
}

/// What a panel draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PanelKind {
    /// All components with state, latency and age.
    Services,
    /// A backlog: pending, rate, threshold, time to drain.
    Backlog,
    /// rq's queues and workers.
    Queues,
    /// A memory gauge with bands and time to the limit.
    Memory,
    /// Scheduled jobs.
    Jobs,
    /// Money against limits.
    Budget,
    /// A list signal as rows: those it names, or those of its component's probe.
    Table,
    /// Numbers over time.
    Trend,
}

/// One `[panel.<id>]`.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PanelSpec {
    /// Title.
    pub title: String,
    /// What it draws.
    pub kind: PanelKind,
    /// The component it is about, for kinds that show one.
    pub component: Option<ComponentId>,
    /// The main signal, where the kind needs to be told: `wal.pending`.
    pub signal: Option<SignalKey>,
    /// Signals that list its rows, for drill-downs and tables: `["wal.pending_entries", "wal.failed_entries"]`.
    #[serde(default)]
    pub rows: Vec<SignalKey>,
    /// Marks on the scale, lowest first: `[{ at = 1536, label = "warn" }]`.
    #[serde(default)]
    pub marks: Vec<Mark>,
    /// Highest value of the scale, where it is fixed.
    pub limit: Option<f64>,
    /// Of a budget: the shares of its limit, in percent and lowest first, at which something changes:
    /// `[{ at = 80, label = "prepare to stop", severity = "warning" }]`, or bare numbers.
    #[serde(default)]
    pub bands: Vec<Band>,
    /// Of a table: the columns that come first, in this order; the others follow in their own.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Of a trend: the numbers that it shows one below the other.
    #[serde(default)]
    pub signals: Vec<SignalKey>,
    /// Unit on the scale.
    pub unit: Option<String>,
}

/// A share of a budget's limit, in percent.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum Band {
    /// `80`: critical from 100 on, a warning from 80 on.
    Share(f64),
    /// With its word.
    Named(Mark),
}

impl Band {
    /// As a mark on a scale that ends at `limit`.
    pub fn mark(&self, limit: f64) -> Mark {
        use crate::base::Severity;
        let scaled = |at: f64| at / 100.0 * limit;
        match self {
            Band::Named(mark) => Mark { at: scaled(mark.at), ..mark.clone() },
            Band::Share(at) => {
                let severity = match *at {
                    at if at >= 100.0 => Severity::Critical,
                    at if at >= 80.0 => Severity::Warning,
                    _ => Severity::Info,
                };
                Mark { at: scaled(*at), label: format!("{at} %"), severity }
            }
        }
    }
}

/// A mark on a panel's scale.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// Value.
    pub at: f64,
    /// Word beside it.
    pub label: String,
    /// How bad it is to be above it.
    pub severity: crate::base::Severity,
}

/// A checked system: every name in it resolves, every expression is compiled.
#[derive(Clone, Debug)]
pub struct System {
    /// The folder's name, or the file's stem.
    pub name: SystemName,
    /// Where it was read from, for people: a path or `built in`.
    pub origin: String,
    /// As it was written: the runner of an action reads it again.
    pub text: Arc<str>,
    /// What it says.
    pub file: SystemFile,
    /// The files of its `runbooks/`, not yet read.
    pub runbooks: Arc<[RunbookFile]>,
}

impl std::ops::Deref for System {
    type Target = SystemFile;
    fn deref(&self) -> &SystemFile {
        &self.file
    }
}

impl System {
    /// A component's name on the screen.
    pub fn component_title<'a>(&'a self, id: &'a ComponentId) -> &'a str {
        self.component.get(id).and_then(|c| c.title.as_deref()).unwrap_or(id.as_str())
    }
}
