//! One `[action.<id>]`, as written. It does exactly one of `command`, `http`, `rq`, directly or by variant.

use std::fmt;

use indexmap::IndexMap;
use serde::Deserialize;

use crate::base::{ComponentId, Period, Template};
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
    /// Longest time of the run.
    #[serde(default = "default_timeout")]
    pub timeout: Period,
    /// Condition that must hold before it may run.
    pub precondition: Option<Expr>,
    /// What proves that it worked.
    pub verify: Option<Verify>,
    /// The component that it acts on.
    pub component: Option<ComponentId>,
    /// Its key on the System screen.
    pub key: Option<String>,
}

/// One variant: exactly one of the three.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// argv, never a shell.
    Command(Vec<Template>),
    /// One HTTP request.
    Http(HttpRequest),
    /// One operation on rq.
    Rq(RqOperation),
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

/// One operation on rq's keys.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RqOperation {
    /// Put failed jobs back into their queue.
    RequeueFailed(RqTarget),
    /// Delete all jobs of a queue.
    Empty(RqTarget),
    /// Ask a worker to stop when its job is done.
    StopWorker(RqTarget),
    /// Enqueue a zero-argument function.
    Enqueue(RqEnqueue),
    /// Return jobs from the intermediate list.
    ReturnIntermediate(RqTarget),
    /// Stop all workers from taking jobs, for a time.
    Suspend(RqTarget),
    /// Let them take jobs again.
    Resume(RqTarget),
}

/// Which Redis and queue.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RqTarget {
    /// Redis URL.
    pub url: Template,
    /// Queue; all where it is left out.
    pub queue: Option<Template>,
}

/// What to enqueue where.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RqEnqueue {
    /// Redis URL.
    pub url: Template,
    /// Queue.
    pub queue: Template,
    /// Dotted name of a function without arguments.
    pub function: String,
}

/// What proves that an action worked.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verify {
    /// Condition over all signals, on samples taken after the run.
    pub when: Expr,
    /// Time within which it must become true.
    pub within: Period,
}

fn default_timeout() -> Period {
    Period::secs(60)
}
