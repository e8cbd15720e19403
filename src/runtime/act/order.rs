//! What a runner is given on its standard input: the system, the values of its variables, the action, what was shown and
//! how it was confirmed. It holds secrets, so that it goes through a pipe and never into a file, argv or environment.

use std::path::PathBuf;
use std::sync::Arc;

use indexmap::IndexMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::action::guard::Given;
use crate::action::{Preview, RunId};
use crate::base::template::Variable;
use crate::base::{ActionId, Secret, Source, SystemName, Variables};
use crate::config;
use crate::record::Who;
use crate::runtime::PreparedSystem;

/// What to do with what, for one system: the same for the plan that is shown and for the run.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The action.
    pub action: ActionId,
    /// The values that were given for its parameters.
    pub parameters: IndexMap<String, String>,
    /// The chosen ids, where it is about several; none: all there are.
    pub items: Option<Vec<String>>,
    /// The time that `${now}` stands for; none: the time of the plan.
    pub at: Option<Timestamp>,
}

impl Ask {
    /// The same for exactly the ids and the times that were shown: what has come since is not what was confirmed, and what
    /// has gone is told.
    #[must_use]
    pub fn for_shown(mut self, shown: &Preview) -> Self {
        self.at = Some(shown.at);
        if !shown.items.is_empty() {
            self.items = Some(shown.items.clone());
        }
        self
    }
}

/// What the surroundings of midwatch itself contribute.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Bench {
    /// The state folder: journal, locks, feeds.
    pub state: PathBuf,
    /// Where programs are looked for, as in `PATH`.
    pub path: String,
    /// Who sits here.
    pub who: Who,
    /// Why nothing may run: read-only.
    pub forbidden: Option<String>,
}

/// An order to a runner.
#[derive(Debug)]
pub struct Order {
    /// The run.
    pub run: RunId,
    /// The system with its values.
    pub prepared: PreparedSystem,
    /// What is to be done.
    pub ask: Ask,
    /// What was shown.
    pub shown: Preview,
    /// How it was confirmed.
    pub given: Given,
    /// Around it.
    pub bench: Bench,
}

/// Why an order cannot be carried out: it comes from us, so that this is a mistake in midwatch or a foreign hand.
#[derive(Debug, thiserror::Error)]
#[error("what came on standard input is no order to a runner: {0}")]
pub struct BadOrder(String);

/// As it goes through the pipe.
#[derive(Serialize, Deserialize)]
struct Wire {
    run: RunId,
    system: String,
    origin: PathBuf,
    text: String,
    variables: Vec<(String, Value)>,
    action: String,
    parameters: IndexMap<String, String>,
    items: Option<Vec<String>>,
    shown: Preview,
    confirm: Option<crate::action::Confirm>,
    reason: Option<String>,
    distrust: Option<String>,
    bench: Bench,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Value {
    Plain(String),
    Secret(String),
}

impl Value {
    fn of(variable: &Variable) -> Self {
        match variable {
            Variable::Plain(text) => Value::Plain(text.clone()),
            Variable::Secret(secret) => Value::Secret(secret.expose().to_owned()),
        }
    }

    fn variable(self) -> Variable {
        match self {
            Value::Plain(text) => Variable::Plain(text),
            Value::Secret(text) => Variable::Secret(Secret::new(text)),
        }
    }
}

impl Order {
    /// For the pipe: JSON, with the secrets in it.
    pub fn to_wire(&self) -> Result<Secret, serde_json::Error> {
        let system = &self.prepared.system;
        let variables = self.prepared.variables.0.iter().map(|(name, value)| (name.clone(), Value::of(value)));
        let wire = Wire {
            run: self.run.clone(),
            system: system.name.to_string(),
            origin: PathBuf::from(&system.origin),
            text: system.text.to_string(),
            variables: variables.collect(),
            action: self.ask.action.to_string(),
            parameters: self.ask.parameters.clone(),
            items: self.ask.items.clone(),
            shown: self.shown.clone(),
            confirm: self.given.confirm,
            reason: self.given.reason.clone(),
            distrust: self.prepared.distrust.clone(),
            bench: self.bench.clone(),
        };
        serde_json::to_string(&wire).map(Secret::new)
    }

    /// From the pipe. The system is read as strictly as it was the first time.
    pub fn from_wire(text: &str) -> Result<Self, BadOrder> {
        let bad = |error: &dyn std::fmt::Display| BadOrder(error.to_string());
        // a message of serde's may quote the text, in which the secrets are
        let wire: Wire = serde_json::from_str(text).map_err(|error| bad(&format!("{:?}", error.classify())))?;
        let name = SystemName::new(&wire.system).map_err(|error| bad(&error))?;
        let action = ActionId::new(&wire.action).map_err(|error| bad(&error))?;
        let source = Source { path: wire.origin, text: wire.text.into() };
        let system = config::load(name, &source).map_err(|problems| bad(&format!("{} problems", problems.len())))?;
        let variables = Variables(wire.variables.into_iter().map(|(name, value)| (name, value.variable())).collect());
        let prepared = PreparedSystem::new(Arc::new(system), variables, false);
        Ok(Self {
            run: wire.run,
            prepared: PreparedSystem { distrust: wire.distrust, ..prepared },
            ask: Ask { action, parameters: wire.parameters, items: wire.items, at: Some(wire.shown.at) },
            shown: wire.shown,
            given: Given { confirm: wire.confirm, reason: wire.reason },
            bench: wire.bench,
        })
    }
}
