//! A component as written in a system file: how it is polled and how its answer is judged. Pure.

use indexmap::IndexMap;
use serde::Deserialize;

use crate::base::{ComponentId, Period, Severity, SignalName, Variables};
use crate::expr::Expr;
use crate::probe::ProbeSpec;
use crate::signal::Timing;

/// The signals that every component has.
pub const BUILT_IN_SIGNALS: &[&str] = &["up", "state", "latency_ms", "failures", "age_s", "error"];

/// One `[component.<id>]`.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ComponentSpec {
    /// Name on the screen; the id where it is left out.
    pub title: Option<String>,
    /// Time between two polls; 15 minutes or more makes it a *slow* component (a GET with side effects).
    #[serde(default = "default_every")]
    pub every: Period,
    /// Longest time of one poll, all in all.
    #[serde(default = "default_timeout")]
    pub timeout: Period,
    /// How it is polled.
    pub probe: ProbeSpec,
    /// True of an answer that is healthy. Left out: any answer (of HTTP: any 2xx).
    pub healthy: Option<Expr>,
    /// True of an answer that is not healthy but not down either.
    pub degraded: Option<Expr>,
    /// Severity of the implied rule `<id>-down`.
    #[serde(default = "default_on_down")]
    pub on_down: Severity,
    /// The system's own word for that, as declared in `[severity.<word>]`.
    pub word: Option<String>,
    /// How long it must have been down before the implied rule fires.
    #[serde(default)]
    pub down_for: Period,
    /// Consecutive failures before it is down. Left out: 2, and 1 for a *slow* component, which is not asked again at once.
    #[schemars(range(min = 1, max = 100))]
    down_after: Option<u32>,
    /// Runbook that the implied rule points to.
    pub runbook: Option<crate::base::RunbookId>,
    /// Components whose failure explains this one's.
    #[serde(default)]
    pub depends_on: Vec<ComponentId>,
    /// Signals extracted from the answer.
    #[serde(default)]
    pub signal: IndexMap<SignalName, SignalSpec>,
    /// Which variable picks a variant.
    pub choose: Option<String>,
    /// What differs by that variable's value.
    #[serde(default)]
    pub variant: IndexMap<String, ComponentVariant>,
}

/// What of a component differs in one variant; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ComponentVariant {
    /// Another way of polling, of the same kind.
    pub probe: Option<ProbeSpec>,
    /// Another condition of health.
    pub healthy: Option<Expr>,
    /// Another condition of the state between.
    pub degraded: Option<Expr>,
}

/// One `[component.<id>.signal]` entry: an expression, or a table with more.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum SignalSpec {
    /// `pending = "body.stats.pending"`
    Short(Expr),
    /// `failed = { value = "body.stats.failed", unit = "entries" }`
    Full(FullSignal),
}

/// The long form of a signal.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FullSignal {
    /// The expression over the answer.
    pub value: Expr,
    /// Unit, as shown: `entries`, `MB`, `%`, `ms`.
    pub unit: Option<String>,
    /// When true, an answer without it is no fault: the reading is missing and nothing else.
    #[serde(default)]
    pub optional: bool,
}

impl SignalSpec {
    /// The expression.
    pub fn value(&self) -> &Expr {
        match self {
            SignalSpec::Short(value) => value,
            SignalSpec::Full(full) => &full.value,
        }
    }

    /// The unit.
    pub fn unit(&self) -> Option<&str> {
        match self {
            SignalSpec::Short(_) => None,
            SignalSpec::Full(full) => full.unit.as_deref(),
        }
    }
}

impl ComponentSpec {
    /// From this interval on a component counts as slow: polled rarely because polling has a price.
    pub const SLOW: Period = Period::secs(15 * 60);

    /// The component as the variables have it: the variant that `choose` picks, laid over what is written beside it.
    #[must_use]
    pub fn for_variant(&self, variables: &Variables) -> Self {
        let picked = self.choose.as_deref().and_then(|name| variables.plain(name));
        let Some(variant) = picked.and_then(|value| self.variant.get(value)) else { return self.clone() };
        let ComponentVariant { probe, healthy, degraded } = variant.clone();
        let mut spec = self.clone();
        spec.probe = probe.unwrap_or(spec.probe);
        spec.healthy = healthy.or(spec.healthy);
        spec.degraded = degraded.or(spec.degraded);
        spec
    }

    /// The rhythm that its readings' freshness is measured by.
    pub fn timing(&self) -> Timing {
        Timing { every: self.every.0, timeout: self.timeout.0 }
    }

    /// Consecutive failures before it is down.
    pub fn down_after(&self) -> u32 {
        self.down_after.unwrap_or(if self.is_slow() { 1 } else { 2 })
    }

    /// True when polling it has a price, so that it is polled every 15 minutes or less often: neither a failure nor a
    /// refresh asks again before that.
    pub fn is_slow(&self) -> bool {
        self.every >= Self::SLOW
    }
}

const fn default_every() -> Period {
    Period::secs(5)
}
const fn default_timeout() -> Period {
    Period::secs(2)
}
const fn default_on_down() -> Severity {
    Severity::Critical
}
