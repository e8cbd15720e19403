//! One run of an action: its id, its phases, its outcome, and the events by which every viewer learns of it.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::action::{Done, Preview};

/// The id of a run: a UUID of version 7, so that ids sort by time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RunId(String);

impl RunId {
    /// Takes an id in; `None` for a text that is no UUID and could name another file.
    pub fn new(text: &str) -> Option<Self> {
        uuid::Uuid::try_parse(text).ok().map(|id| Self(id.hyphenated().to_string()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The end of it, by which people tell runs apart.
    pub fn short(&self) -> &str {
        self.0.get(self.0.len().saturating_sub(8)..).unwrap_or(&self.0)
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<'de> Deserialize<'de> for RunId {
    fn deserialize<D: serde::Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        let text = String::deserialize(de)?;
        Self::new(&text).ok_or_else(|| serde::de::Error::custom("not a run id"))
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It ran, and its effect was seen.
    Verified,
    /// It ran, and its effect was not seen in time.
    NotVerified,
    /// It ended with an error.
    Failed,
    /// It did not end in time and was ended.
    TimedOut,
    /// Somebody ended it.
    Cancelled,
    /// It was not run.
    Refused,
    /// Nobody saw its end.
    Unknown,
}

impl Outcome {
    /// The stable word of JSON, journal and screen.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Verified => "verified",
            Outcome::NotVerified => "not_verified",
            Outcome::Failed => "failed",
            Outcome::TimedOut => "timed_out",
            Outcome::Cancelled => "cancelled",
            Outcome::Refused => "refused",
            Outcome::Unknown => "unknown",
        }
    }

    /// The words of it for people.
    pub fn told(self) -> &'static str {
        match self {
            Outcome::NotVerified => "not verified",
            Outcome::TimedOut => "timed out",
            other => other.word(),
        }
    }

    /// The exit code of `act`.
    pub fn exit_code(self) -> u8 {
        match self {
            Outcome::Verified => 0,
            Outcome::Failed | Outcome::TimedOut | Outcome::Cancelled => 1,
            Outcome::NotVerified => 4,
            Outcome::Refused => 5,
            Outcome::Unknown => 6,
        }
    }
}

/// Where a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Reading the system anew, holding it against what was shown.
    Checking,
    /// Carrying the call out.
    Running,
    /// Looking for its effect.
    Verifying,
    /// Over.
    Ended,
}

/// Where a line of output came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
    /// midwatch itself.
    Own,
}

/// What the runner tells, one JSON object a line, in the file that every viewer reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum RunEvent {
    /// It began.
    Started {
        /// When.
        at: Timestamp,
        /// By whom: `alice@ops1 (pts/3)`.
        who: String,
        /// What was shown before it was confirmed.
        preview: Box<Preview>,
    },
    /// It entered a phase.
    Entered {
        /// When.
        at: Timestamp,
        /// Which.
        phase: Phase,
    },
    /// A line of output: sanitised, redacted.
    Line {
        /// From where.
        stream: Stream,
        /// The line.
        text: String,
    },
    /// One look at the effect.
    Looked {
        /// Does it hold?
        holds: Option<bool>,
        /// What decides: `queue.workers_live = 1 > 0`.
        because: String,
        /// Seconds left to look.
        left_s: u64,
    },
    /// It is over.
    Ended(Box<Ending>),
}

/// The end of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ending {
    /// When.
    pub at: Timestamp,
    /// How.
    pub outcome: Outcome,
    /// Why, in words.
    pub reason: String,
    /// True when the effect was seen, whatever else happened.
    pub verified: bool,
    /// What decided: the condition with its values.
    pub evidence: String,
    /// What the call itself came to; none where it was refused.
    pub done: Option<Done>,
}

/// A run as a viewer knows it: the events so far, folded.
#[derive(Clone, Debug, PartialEq)]
pub struct RunView {
    /// Which.
    pub id: RunId,
    /// What was confirmed.
    pub preview: Option<Box<Preview>>,
    /// By whom.
    pub who: String,
    /// When it began.
    pub started: Option<Timestamp>,
    /// Where it is.
    pub phase: Phase,
    /// When it entered that.
    pub entered: Option<Timestamp>,
    /// The last lines of output.
    pub lines: Vec<(Stream, String)>,
    /// Lines before those.
    pub dropped: usize,
    /// The last look at its effect: holds, because, seconds left.
    pub looked: Option<(Option<bool>, String, u64)>,
    /// Its end.
    pub ending: Option<Ending>,
}

/// Lines that a viewer keeps.
const LINES: usize = 400;

impl RunView {
    /// A run of which nothing is known yet.
    pub fn new(id: RunId) -> Self {
        Self {
            id,
            preview: None,
            who: String::new(),
            started: None,
            phase: Phase::Checking,
            entered: None,
            lines: Vec::new(),
            dropped: 0,
            looked: None,
            ending: None,
        }
    }

    /// Takes an event in.
    pub fn absorb(&mut self, event: RunEvent) {
        match event {
            RunEvent::Started { at, who, preview } => {
                self.started = Some(at);
                self.who = who;
                self.preview = Some(preview);
            }
            RunEvent::Entered { at, phase } => {
                self.phase = phase;
                self.entered = Some(at);
            }
            RunEvent::Line { stream, text } => {
                if self.lines.len() == LINES {
                    self.lines.remove(0);
                    self.dropped += 1;
                }
                self.lines.push((stream, text));
            }
            RunEvent::Looked { holds, because, left_s } => self.looked = Some((holds, because, left_s)),
            RunEvent::Ended(ending) => {
                self.phase = Phase::Ended;
                self.entered = Some(ending.at);
                self.ending = Some(*ending);
            }
        }
    }
}

/// What a run came to, from what the call came to and whether the effect was seen. Exit code 0 is no success.
pub fn outcome(done: &Done, verified: bool) -> Outcome {
    use crate::action::End;
    match done.end {
        End::Accepted if verified => Outcome::Verified,
        End::Accepted => Outcome::NotVerified,
        End::Failed => Outcome::Failed,
        End::TimedOut => Outcome::TimedOut,
        End::Cancelled => Outcome::Cancelled,
        End::Unknown => Outcome::Unknown,
    }
}
