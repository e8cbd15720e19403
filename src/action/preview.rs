//! What is shown before an action is confirmed, on every road alike: dialog, `act --dry-run`, journal.
//!
//! The picture in it is what a run is held against: when it differs on fresh readings, the run is refused.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::action::Confirm;

/// Everything that is told of a run before it starts. All texts are sanitised and hold no secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preview {
    /// When it was planned: what `${now}` stands for in what is shown, and in what is then done.
    #[serde(default)]
    pub at: Timestamp,
    /// Name of the system.
    pub system: String,
    /// `development`, `staging`, `production`.
    pub environment: String,
    /// Id of the action.
    pub action: String,
    /// Its title.
    pub title: String,
    /// `safe`, `disruptive`, `destructive`.
    pub risk: String,
    /// How it is confirmed at least.
    pub confirm: Confirm,
    /// What it acts on: a component's id, or the action's own.
    pub target: String,
    /// Exactly what is done: argv, request or operation, quoted.
    pub call: String,
    /// The single calls, where there are several: one line each.
    pub calls: Vec<String>,
    /// The ids that it is about, where it is about several.
    pub items: Vec<String>,
    /// What happens outside that the call does not tell.
    pub effect: Option<String>,
    /// Components that depend on the target.
    pub affects: Vec<String>,
    /// What is known now, each with its age: `worker is down for 4m12s: refused`.
    pub evidence: Vec<String>,
    /// The condition that must hold before, and whether it does.
    pub precondition: Option<Condition>,
    /// The condition that proves it, and whether it holds already.
    pub verify: Option<Condition>,
    /// Seconds within which it must be proved.
    pub verify_within_s: u64,
    /// Longest time of the run, in seconds.
    pub timeout_s: u64,
    /// How to undo it.
    pub undo: Option<String>,
    /// The last run on this target.
    pub last: Option<LastRun>,
    /// Who holds the target now.
    pub held_by: Option<Holder>,
    /// Whom the lock of a run keeps out.
    pub reach: Reach,
    /// Why it cannot be run now, whatever is confirmed.
    pub refusal: Option<String>,
    /// What must be the same when it runs: label and state.
    pub picture: Vec<(String, String)>,
}

/// A condition and whether it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// As written: CEL.
    pub text: String,
    /// Holds, does not, cannot be told.
    pub holds: Option<bool>,
    /// What decides it.
    pub because: String,
}

/// A run before this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastRun {
    /// Its id.
    pub run: String,
    /// Which action.
    pub action: String,
    /// By whom.
    pub who: String,
    /// When it was confirmed.
    pub at: Timestamp,
    /// How it ended; none while nobody knows.
    pub outcome: Option<String>,
}

/// Who holds a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its run.
    pub run: String,
    /// Which action.
    pub action: String,
    /// On which target.
    pub target: String,
    /// By whom: `alice@ops1 (pts/3)`.
    pub who: String,
    /// Since when.
    pub since: Timestamp,
}

/// How far the lock of a run reaches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// The operators of this host.
    #[default]
    Host,
    /// Those of every host that uses the store.
    Shared {
        /// Its address, without user and password.
        store: String,
    },
    /// Those of this host, because the store does not answer.
    Silent {
        /// Its address.
        store: String,
        /// Why not.
        why: String,
    },
}

impl std::fmt::Display for Reach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Host => f.write_str("this host only"),
            Self::Shared { store } => write!(f, "every host, through {store}"),
            Self::Silent { store, why } => write!(f, "this host only, the store {store} does not answer: {why}"),
        }
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let since = self.since.strftime("%H:%M:%S");
        write!(f, "{} runs {} on {} since {since} UTC", self.who, self.action, self.target)
    }
}

impl Preview {
    /// The digest of the picture, as journal and dialog show it.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for (label, state) in &self.picture {
            for part in [label, state] {
                hash.update(part.len().to_le_bytes());
                hash.update(part);
            }
        }
        hash.finalize().iter().take(8).fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }

    /// What is different in another picture: `worker: down, now up`.
    pub fn changes(&self, now: &Preview) -> Vec<String> {
        let state = |preview: &Preview, label: &str| {
            preview.picture.iter().find(|(other, _)| other == label).map(|(_, state)| state.clone())
        };
        let mut labels: Vec<&String> = self.picture.iter().chain(&now.picture).map(|(label, _)| label).collect();
        labels.dedup();
        let mut seen = Vec::new();
        let mut changes = Vec::new();
        for label in labels {
            if seen.contains(&label) {
                continue;
            }
            seen.push(label);
            let (before, after) = (state(self, label), state(now, label));
            if before != after {
                let told = |state: Option<String>| state.unwrap_or_else(|| "nothing".to_owned());
                changes.push(format!("{label}: {}, now {}", told(before), told(after)));
            }
        }
        changes
    }
}
