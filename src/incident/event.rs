//! The events of an incident, as they stand in its file, one JSON object a line. Texts in them may be hostile: whoever
//! writes or reads them cleans every one of [`Event::texts`].

mod texts;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::base::Severity;
use crate::incident::drill::Score;

/// Who did what no person did.
pub const OURSELVES: &str = "midwatch";
/// The environment of a drill.
pub const DRILL: &str = "drill";

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When it happened, which may be before it was written down.
    pub at: Timestamp,
    /// Who: `alice@ops1`, or [`OURSELVES`].
    pub by: String,
    /// What.
    #[serde(flatten)]
    pub kind: Kind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// The incident was opened: the first event.
    Opened(Opened),
    /// A rule, a component or a job changed.
    Transition(Turn),
    /// What the symptoms said at that time, best match first.
    Diagnosis(Diagnosed),
    /// A runbook was chosen.
    Runbook {
        /// Its id.
        runbook: String,
        /// Its title.
        title: String,
        /// What it advises against the next time.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        advice: Vec<String>,
    },
    /// A step of a runbook was begun or ended.
    Step(Told),
    /// Something that a person wrote down.
    Note {
        /// In their words.
        text: String,
    },
    /// It is worse or less bad than it was taken for.
    Severity {
        /// On our scale.
        severity: Severity,
        /// The system's own word.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        word: Option<String>,
        /// Within how many seconds that word has to be answered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        respond_s: Option<u64>,
        /// Why.
        reason: String,
    },
    /// Users are served again; it is not over.
    Mitigated {
        /// By what.
        words: String,
    },
    /// The course of a signal that decides.
    Samples(Course),
    /// A run of a drill, which no audit log of a real system holds.
    DrillRun {
        /// As the journal of the simulation has it.
        run: Box<Ran>,
    },
    /// It was a drill, and how it went.
    Drill(Box<Score>),
    /// It is over.
    Closed {
        /// How that is known.
        how: Closing,
    },
    /// It is not over after all.
    Reopened {
        /// Why.
        reason: String,
    },
}

/// What is known when an incident is opened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    /// Name of the system.
    pub system: String,
    /// `development`, `staging`, `production`.
    #[serde(default)]
    pub environment: String,
    /// In a few words.
    pub title: String,
    /// On our scale.
    pub severity: Severity,
    /// The system's own word for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub word: Option<String>,
    /// The rules that fire: it is not over before none of them does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// The runbook by which it was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runbook: Option<String>,
    /// Titles of the components that it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<String>,
    /// Since when something was wrong, where that was before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Within how many seconds somebody has to answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub respond_s: Option<u64>,
    /// Who is told when it lasts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub escalation: Vec<Escalation>,
}

/// One step of the escalation path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// How many seconds after the start.
    pub after_s: u64,
    /// Who: a role.
    pub to: String,
}

/// A change of state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// `rule`, `component`, `job`.
    pub of: String,
    /// Its id.
    pub id: String,
    /// Before; empty where that is not known.
    #[serde(default)]
    pub from: String,
    /// After.
    pub to: String,
    /// In words, with what decided it.
    pub words: String,
}

/// What the symptoms said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosed {
    /// Best match first.
    pub ranked: Vec<Ranked>,
}

/// One runbook, held against what was known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ranked {
    /// Its id.
    pub runbook: String,
    /// Its title.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Its symptoms that a machine can tell.
    #[serde(default)]
    pub symptoms: u32,
    /// Those that held.
    pub matched: u32,
    /// Those that did not, and what had to hold beside them and did not.
    pub contradicted: u32,
    /// What could not be told.
    pub unknown: u32,
    /// What decided: `true: queue.workers_live = 0`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
}

/// A step of a runbook and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Id of the runbook.
    pub runbook: String,
    /// Its number there.
    pub n: u32,
    /// What it says.
    pub text: String,
    /// Which part of the runbook it stands in.
    #[serde(default)]
    pub part: Part,
    /// What came of it.
    #[serde(flatten)]
    pub state: StepState,
    /// What decided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// What it ran, where that stands in no audit log: a check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// What it asked a database, line by line: a check in SQL.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<String>,
    /// The run that carried it out, in the audit log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
}

/// Where in a runbook a step stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Immediate actions.
    Immediate,
    /// Diagnosis.
    Diagnosis,
    /// Resolution.
    #[default]
    Resolution,
    /// Verification: only a verified one ticks its box.
    Verification,
    /// Afterwards.
    Afterwards,
}

/// What came of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum StepState {
    /// It was begun: without an end behind it, nobody knows what came of it.
    Begun,
    /// Its human says that it is done: nothing proved it.
    Done,
    /// Its effect was seen.
    Verified,
    /// It was done, and its effect was not seen.
    NotVerified,
    /// It could not be done.
    Failed,
    /// It was left out.
    Skipped {
        /// Why.
        reason: String,
    },
    /// One of several ways was chosen.
    Chosen {
        /// Which.
        option: String,
        /// Why.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
}

impl StepState {
    /// In words.
    pub fn word(&self) -> &'static str {
        match self {
            StepState::Begun => "begun",
            StepState::Done => "done",
            StepState::Verified => "verified",
            StepState::NotVerified => "not verified",
            StepState::Failed => "failed",
            StepState::Skipped { .. } => "skipped",
            StepState::Chosen { .. } => "chosen",
        }
    }

    /// True where the next step may follow. A way that was chosen begins at the step of which that is told.
    pub fn is_behind(&self) -> bool {
        matches!(self, Self::Done | Self::Verified | Self::Skipped { .. })
    }
}

/// The course of a signal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Course {
    /// Which: `queue.workers_live`.
    pub signal: String,
    /// Its unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// When the first of them was taken.
    pub from: Timestamp,
    /// When the last of them was taken.
    pub to: Timestamp,
    /// At even distances; a gap is a gap.
    pub values: Vec<Option<f64>>,
    /// What decides: `> 50 is a warning`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
}

/// How it is known that an incident is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "as", rename_all = "snake_case")]
pub enum Closing {
    /// What opened it was looked at, and is over.
    Verified {
        /// What was seen.
        evidence: Vec<String>,
    },
    /// Somebody says so.
    Reason {
        /// In their words.
        reason: String,
    },
}

/// A run of an action, as the audit log tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ran {
    /// Its id.
    pub run: String,
    /// When its intent was journalled.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// Which action.
    pub action: String,
    /// On what.
    pub target: Option<String>,
    /// Exactly what was done, without secrets.
    pub call: String,
    /// True where that is a command line, which a shell would run; else midwatch did it itself: a request, a call of rq,
    /// statements.
    #[serde(default)]
    pub is_command: bool,
    /// The word of its outcome; none while it runs, or where nobody saw its end.
    pub outcome: Option<String>,
    /// How long it took, in seconds.
    pub seconds: Option<f64>,
    /// Why it ended so, or what proved it.
    pub because: String,
    /// How to undo it.
    pub undo: Option<String>,
}

impl Ran {
    /// True when its effect was seen.
    pub fn is_verified(&self) -> bool {
        self.outcome.as_deref() == Some(crate::action::Outcome::Verified.word())
    }

    /// Its outcome for people.
    pub fn told(&self) -> String {
        self.outcome.as_deref().unwrap_or("without an end").replace('_', " ")
    }
}

impl Event {
    /// An event.
    pub fn new(at: Timestamp, by: impl Into<String>, kind: Kind) -> Self {
        Self { at, by: by.into(), kind }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::fold::tests::{every_kind, of_a_drill};

    #[test]
    fn every_kind_reads_back_from_its_line() {
        for kind in every_kind().into_iter().chain(of_a_drill()) {
            let event = Event::new("2026-11-22T02:51:07.123Z".parse().unwrap(), "alice@ops1", kind);
            let line = serde_json::to_string(&event).unwrap();
            assert_eq!(serde_json::from_str::<Event>(&line).unwrap(), event, "{line}");
        }
    }
}
