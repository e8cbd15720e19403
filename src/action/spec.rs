//! One `[action.<id>]`, as written. It does exactly one of `command`, `http`, `rq`, `sql`, directly or by variant.

use std::fmt;
use std::time::Duration;

use indexmap::IndexMap;
use serde::Deserialize;

use crate::action::{RqOperation, SqlOperation};
use crate::base::{ComponentId, Period, Template, Variables};
use crate::expr::Expr;

/// What an action may break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Risk {
    /// Nothing.
    Safe,
    /// Service, for a while.
    Disruptive,
    /// Data.
    Destructive,
}

impl fmt::Display for Risk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Risk::Safe => "safe",
            Risk::Disruptive => "disruptive",
            Risk::Destructive => "destructive",
        })
    }
}

/// One `[action.<id>]`.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionSpec {
    /// Name on the screen.
    pub title: String,
    /// What it may break.
    pub risk: Risk,
    /// What happens outside that the argv does not tell: `sends an SMS`.
    pub effect: Option<String>,
    /// Which variable picks the variant.
    pub choose: Option<String>,
    /// Operations by that variable's value.
    #[serde(default)]
    pub variant: IndexMap<String, Operation>,
    /// argv, never a shell.
    pub command: Option<Vec<Template>>,
    /// One HTTP request.
    pub http: Option<HttpRequest>,
    /// One operation on rq.
    pub rq: Option<RqOperation>,
    /// Statements on a PostgreSQL, in one transaction.
    pub sql: Option<SqlOperation>,
    /// Values that are asked for, checked, and passed as whole arguments: `${name}` in the operation.
    #[serde(default)]
    pub parameter: IndexMap<String, ParameterSpec>,
    /// CEL over all signals: a list of ids. The request is sent once for each, as `${item}`.
    pub items: Option<Expr>,
    /// Environment variables that a command is given beside the usual ones: `NAME` as we have it, `NAME=text` as it is
    /// written here. The way for a secret, which no argument may hold.
    #[serde(default)]
    pub environment: Vec<Template>,
    /// Longest time of the run.
    #[serde(default = "default_timeout")]
    pub timeout: Period,
    /// Condition that must hold before it may run.
    pub precondition: Option<Expr>,
    /// What an unknown precondition means.
    #[serde(default)]
    pub when_unknown: WhenUnknown,
    /// What proves that it worked.
    pub verify: Option<Verify>,
    /// How to undo it, in words.
    pub undo: Option<String>,
    /// Asks for more than its risk does.
    pub confirm: Option<Confirm>,
    /// For so long after it worked it is not run again without a reason; one minute for what disrupts, 0s for never.
    pub cooldown: Option<Period>,
    /// The component that it acts on.
    pub component: Option<ComponentId>,
    /// Its key on the System screen.
    pub key: Option<String>,
}

/// What an unknown precondition means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WhenUnknown {
    /// It may not run: what is not known to be so is not so.
    #[default]
    Refuse,
    /// It may run: it is meant for an outage in which nothing can be told.
    Allow,
}

/// How a run is confirmed, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Confirm {
    /// With Enter.
    Enter,
    /// With the key `y`.
    Yes,
    /// By typing the system's name.
    Name,
}

/// What a parameter is taken from, where a row is under the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RowKind {
    /// The id of an rq job.
    Job,
    /// The name of an rq worker.
    Worker,
    /// The name of an rq queue.
    Queue,
    /// The id of an entry of a list.
    Entry,
}

/// One `[action.<id>.parameter.<name>]`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParameterSpec {
    /// What is asked for.
    pub title: Option<String>,
    /// The whole value must match this regular expression; without it letters, digits and `_ . : / @ -` that do not
    /// begin with `-`.
    pub pattern: Option<String>,
    /// The only values allowed.
    pub one_of: Option<Vec<String>>,
    /// A decimal number: a text of a JSON body that is nothing but `${name}` is a number there.
    #[serde(default)]
    pub number: bool,
    /// Value where nothing is given.
    pub default: Option<String>,
    /// Taken from the row under the cursor.
    pub from: Option<RowKind>,
}

/// One variant: exactly one of them.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// argv, never a shell.
    Command(Vec<Template>),
    /// One HTTP request.
    Http(HttpRequest),
    /// One operation on rq.
    Rq(RqOperation),
    /// Statements on a PostgreSQL, in one transaction.
    Sql(SqlOperation),
}

/// HTTP methods that an action may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// GET with an effect (it executes code).
    Get,
    /// POST.
    #[default]
    Post,
    /// PUT.
    Put,
    /// PATCH.
    Patch,
    /// DELETE.
    Delete,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        })
    }
}

/// One HTTP request.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpRequest {
    /// Method; POST where it is left out.
    #[serde(default)]
    pub method: Method,
    /// URL.
    pub url: Template,
    /// Headers.
    #[serde(default)]
    pub headers: IndexMap<String, Template>,
    /// JSON body; texts in it may name variables.
    pub json: Option<serde_json::Value>,
    /// CEL over the answer that must be true for the request to count as accepted.
    pub expect: Option<Expr>,
}

/// What a condition that proves an action may read beside the components' signals: the run itself.
pub const RUN: &str = "run";

/// What there is to read of [`RUN`]: when it began (Unix seconds), the ids that were done, the values of its parameters,
/// and what was known before it, by component and signal.
pub const RUN_SIGNALS: [&str; 4] = ["started_at", "items", "parameters", "before"];

/// What proves that an action worked: a condition over signals, or what the answer of its request says.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verify {
    /// Condition over all signals and [`RUN`], on samples taken after the run.
    pub when: Option<Expr>,
    /// CEL over the answer of the request itself (`status`, `body`, `text`, `headers`), where it tells the effect.
    pub answer: Option<Expr>,
    /// Time within which the condition must become true.
    #[serde(default = "default_within")]
    pub within: Period,
    /// So many samples in a row must hold.
    #[serde(default = "default_samples")]
    pub samples: u32,
}

fn default_timeout() -> Period {
    Period::secs(60)
}

fn default_within() -> Period {
    Period::secs(60)
}

fn default_samples() -> u32 {
    2
}

impl ActionSpec {
    /// The operation for these variables: the one that is written directly, or the variant of the chosen value. The
    /// error says which variable lacks which variant.
    pub fn operation(&self, variables: &Variables) -> Result<Operation, String> {
        if let Some(argv) = &self.command {
            return Ok(Operation::Command(argv.clone()));
        }
        if let Some(request) = &self.http {
            return Ok(Operation::Http(request.clone()));
        }
        if let Some(operation) = &self.rq {
            return Ok(Operation::Rq(operation.clone()));
        }
        if let Some(operation) = &self.sql {
            return Ok(Operation::Sql(operation.clone()));
        }
        let Some(choose) = self.choose.as_deref() else { return Err("it declares nothing to do".to_owned()) };
        let value = variables.plain(choose).ok_or_else(|| format!("variable '{choose}' is not set"))?;
        self.variant.get(value).cloned().ok_or_else(|| {
            let has: Vec<&str> = self.variant.keys().map(String::as_str).collect();
            format!("there is no way to do this with {choose} = {value}, only with {}", has.join(", "))
        })
    }

    /// How a run is confirmed at least.
    pub fn confirmation(&self) -> Confirm {
        let by_risk = match self.risk {
            Risk::Safe => Confirm::Enter,
            Risk::Disruptive => Confirm::Yes,
            Risk::Destructive => Confirm::Name,
        };
        self.confirm.map_or(by_risk, |asked| asked.max(by_risk))
    }

    /// For how long after it worked it is not run again without a reason.
    pub fn rest(&self) -> Duration {
        let usual = if self.risk == Risk::Safe { Duration::ZERO } else { Duration::from_secs(60) };
        self.cooldown.map_or(usual, |period| period.0)
    }

    /// The names beside the system's variables that its operation may use: parameters, and `item` where it has items.
    pub fn own_names(&self) -> impl Iterator<Item = &str> {
        self.parameter.keys().map(String::as_str).chain(self.items.is_some().then_some("item"))
    }
}
