//! What is being run or about to be: the wish, the dialog that confirms it, marked rows. State only: `update::act` moves
//! it, `view::overlay::confirm` draws it.

pub mod menu;

use std::time::Duration;

use indexmap::IndexMap;

use crate::action::{Arguments, Confirm, ParameterSpec, Preview, RowKind};
use crate::app::recovery::BookKey;
use crate::app::{Input, Key};
use crate::base::{ActionId, Mono, State, SystemName, Variables};

/// No key so soon after something new is on the screen confirms anything.
pub const ARMED_AFTER: Duration = Duration::from_millis(300);
/// The key that opened the dialog confirms only after so long a pause: a key that is held down repeats sooner.
pub const OPENER_RESTS: Duration = Duration::from_secs(1);
/// A dialog that nobody confirms closes.
pub const CLOSES_AFTER: Duration = Duration::from_secs(60);
/// Longest wait for a preview.
pub const READS_FOR: Duration = Duration::from_secs(30);
/// Longest wait for a runner.
pub const STARTS_FOR: Duration = Duration::from_secs(10);

/// A row that was marked, by what it stands for: it stays marked wherever it moves to.
pub type Mark = (RowKind, String);

/// What is wanted: an action with its arguments.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// On which system.
    pub system: SystemName,
    /// Which action.
    pub action: ActionId,
    /// Values of its parameters, by name.
    pub parameters: IndexMap<String, String>,
    /// The ids that were chosen; `None`: all that there are.
    pub items: Option<Vec<String>>,
}

/// The dialog of one action.
#[derive(Clone, Debug, PartialEq)]
pub struct Dialog {
    /// What is wanted.
    pub wanted: Wanted,
    /// The action's title.
    pub title: String,
    /// True when it may run although its precondition cannot be told.
    pub when_unknown: bool,
    /// Where it is.
    pub stage: Stage,
    /// Since when that is on the screen.
    pub since: Mono,
    /// First row shown.
    pub scroll: usize,
    /// The system's name, as far as it is typed.
    pub typed: Input,
    /// Why it is run again so soon.
    pub reason: Reason,
    /// Why the last key did nothing.
    pub note: Option<String>,
    /// The key that opened it, and when it was pressed last.
    pub opener: Option<(Key, Mono)>,
    /// The step of a runbook that it carries out.
    pub step: Option<(BookKey, usize)>,
}

/// Where a dialog is.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// It asks for parameters.
    Asking(Form),
    /// The system is read anew.
    Reading,
    /// The preview is shown.
    Shown {
        /// What is shown.
        preview: Box<Preview>,
        /// How the target was then, where it is a component.
        was: Option<State>,
        /// What is different since.
        changed: Option<String>,
    },
    /// It was confirmed; its runner has not answered yet.
    Starting(Box<Preview>),
    /// There is no preview, or no runner.
    Failed(String),
}

/// Why an action is run again so soon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Nobody asks.
    NotAsked,
    /// It is being typed.
    Asked(Input),
    /// It was typed.
    Given(String),
}

/// Parameters that are being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// One for each parameter that no row gives.
    pub fields: Vec<Field>,
    /// The one that is typed into.
    pub at: usize,
    /// What is wrong with a value.
    pub problem: Option<String>,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What is asked for.
    pub title: String,
    /// The value so far.
    pub input: Input,
    /// The only values allowed.
    pub one_of: Vec<String>,
}

impl Dialog {
    /// What is shown, where something is.
    pub fn preview(&self) -> Option<&Preview> {
        match &self.stage {
            Stage::Shown { preview, .. } | Stage::Starting(preview) => Some(preview),
            Stage::Asking(_) | Stage::Reading | Stage::Failed(_) => None,
        }
    }

    /// Why it cannot be confirmed as it stands.
    pub fn barred(&self) -> Option<String> {
        let Stage::Shown { preview, changed, .. } = &self.stage else { return None };
        if let Some(why) = &preview.refusal {
            return Some(why.clone());
        }
        if let Some(holder) = &preview.held_by {
            return Some(holder.to_string());
        }
        if let Some(condition) = &preview.precondition {
            match condition.holds {
                Some(true) => {}
                Some(false) => return Some("what must hold before does not".to_owned()),
                None if self.when_unknown => {}
                None => return Some("what must hold before cannot be told".to_owned()),
            }
        }
        changed.as_ref().map(|what| format!("changed since shown: {what}"))
    }

    /// True when the system's name is typed, byte by byte.
    pub fn is_named(&self) -> bool {
        self.typed.text.as_bytes() == self.wanted.system.as_str().as_bytes()
    }

    /// True while a reason is being typed.
    pub fn asks_reason(&self) -> bool {
        matches!(self.reason, Reason::Asked(_))
    }

    /// Time until it closes by itself, while it waits for somebody to confirm.
    pub fn closes_in(&self, now: Mono) -> Option<Duration> {
        let waits = matches!(self.stage, Stage::Shown { .. });
        waits.then(|| CLOSES_AFTER.saturating_sub(now.since(self.since)))
    }

    /// How the preview is confirmed.
    pub fn confirm(&self) -> Option<Confirm> {
        self.preview().map(|preview| preview.confirm)
    }

    /// Shows another stage from now on.
    pub fn enter(&mut self, stage: Stage, now: Mono) {
        self.stage = stage;
        self.since = now;
        self.note = None;
        self.typed = Input::default();
    }
}

impl Form {
    /// The values as typed; an error tells which is refused and why, and the form goes to it.
    pub fn values(&mut self, declared: &IndexMap<String, ParameterSpec>) -> Option<IndexMap<String, String>> {
        let mut values = IndexMap::new();
        for (at, field) in self.fields.iter().enumerate() {
            let value = field.input.text.clone();
            let only: IndexMap<_, _> = declared
                .get_key_value(&field.name)
                .map(|(name, spec)| (name.clone(), spec.clone()))
                .into_iter()
                .collect();
            let given = IndexMap::from([(field.name.clone(), value.clone())]);
            if let Err(error) = Arguments::new(&only, &given, &Variables::default()) {
                self.problem = Some(error.to_string());
                self.at = at;
                return None;
            }
            values.insert(field.name.clone(), value);
        }
        self.problem = None;
        Some(values)
    }
}
