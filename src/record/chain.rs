//! One record of the audit log, its canonical form, and the hash that chains it to the one before. Pure.
//!
//! A line is one JSON object. Its last field is `hash`, the SHA-256 in lower hex of the 64 digits of `prev` followed by
//! the line's own text without that field. What is hashed is the text as it stands in the file, never a text made anew
//! from what was read, so that every changed byte shows; anybody can check a line with `sha256sum`.

mod clean;
pub mod verify;

use std::fmt::{self, Write as _};

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use crate::action::Item;
use crate::base::{Now, Redactor};

/// Longest line, in bytes, its end included.
pub const MAX_LINE: usize = 32 * 1024;
/// Version of the format.
pub const VERSION: u32 = 1;
/// What the first record has for the hash of the one before.
pub const NONE_BEFORE: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What a record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// midwatch began to work.
    Start,
    /// An action is about to be run.
    Intent,
    /// How a run ended.
    Outcome,
    /// An action was asked for and not run.
    Refused,
    /// A refusal was overridden, and why.
    Override,
    /// Something that a person wrote down.
    Note,
    /// Somebody asked for a run to be ended.
    Cancel,
    /// What was found at the end of the journal cannot be read: the chain goes on behind it, and is broken.
    Gap,
    /// A writer was stopped while it wrote its line; what is left of the line is told.
    Seal,
    /// Nobody saw the end of a run.
    Unknown,
}

impl Kind {
    /// The word of it in the journal.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Start => "start",
            Kind::Intent => "intent",
            Kind::Outcome => "outcome",
            Kind::Refused => "refused",
            Kind::Override => "override",
            Kind::Note => "note",
            Kind::Cancel => "cancel",
            Kind::Gap => "gap",
            Kind::Seal => "seal",
            Kind::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// Who did it, and from where. See [`Who::here`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// Name of the user.
    pub user: String,
    /// Id of the user, as the system has it.
    pub uid: u32,
    /// Who became this user by sudo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sudo_user: Option<String>,
    /// Address that the SSH session came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssh: Option<String>,
    /// Terminal: `pts/3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tty: Option<String>,
    /// Name of the machine.
    pub host: String,
    /// Process.
    pub pid: u32,
}

/// `alice@ops1 (pts/3)`, and who alice was before sudo.
impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name())?;
        self.tty.as_ref().map_or(Ok(()), |tty| write!(f, " ({tty})"))
    }
}

impl Who {
    /// `alice@ops1`, `alice as root@ops1`.
    pub fn name(&self) -> String {
        match &self.sudo_user {
            Some(before) => format!("{before} as {}@{}", self.user, self.host),
            None => format!("{}@{}", self.user, self.host),
        }
    }
}

/// What the caller tells; the journal adds time, number and chain. Texts may be raw: they are redacted, neutralised and
/// cut to length before they are hashed. What is empty or none is left out of the line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// What it is about.
    pub kind: Kind,
    /// Id of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// Name of the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// `development`, `staging`, `production`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Id of the action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// What it acts on: locks and cool-downs are per target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Who, from where.
    pub who: Who,
    /// How it was confirmed: `enter`, `y`, `typed`, `--yes`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
    /// Why, in words: the operator's for an intent or a note, midwatch's for an outcome or a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The call in one line, secrets masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// The arguments of a command, the program first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub argv: Vec<String>,
    /// What was known, and what decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<serde_json::Value>,
    /// The word of the outcome: `verified`, `not_verified`, `failed`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// Exit code of a command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// Status of an HTTP answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// What came of each item, where it was about several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Item>,
    /// How to undo it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<String>,
    /// Digest of the program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binary: Option<String>,
    /// Digest of the system file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<String>,
}

impl Draft {
    /// A record of this kind by this person, and nothing more yet.
    pub fn new(kind: Kind, who: Who) -> Self {
        Self {
            kind,
            run: None,
            system: None,
            environment: None,
            action: None,
            target: None,
            who,
            confirm: None,
            reason: None,
            call: None,
            argv: Vec::new(),
            evidence: None,
            outcome: None,
            exit_code: None,
            http_status: None,
            items: Vec::new(),
            undo: None,
            binary: None,
            config: None,
        }
    }
}

/// A record as it stands in the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Version of the format.
    pub v: u32,
    /// Its number, from 1.
    pub seq: u64,
    /// When, to the millisecond.
    #[serde(serialize_with = "to_the_millisecond")]
    pub at: Timestamp,
    /// Milliseconds since the machine started: tells a stepped wall clock.
    pub boot_ms: u64,
    /// What happened.
    #[serde(flatten)]
    pub what: Draft,
    /// What did not fit: `items 312 of 2000`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<String>,
    /// Hash of the record before it.
    pub prev: String,
    /// Its own hash.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hash: String,
}

/// RFC 3339 in UTC with three digits, whatever the time.
pub fn moment(at: Timestamp) -> String {
    format!("{at:.3}")
}

fn to_the_millisecond<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&moment(*at))
}

impl Record {
    /// Chains a draft to the record before it. Its texts pass the redactor and are neutralised and cut, then hashed.
    pub(super) fn chained(
        draft: &Draft,
        redactor: &Redactor,
        now: Now,
        before: &Before,
    ) -> Result<Self, serde_json::Error> {
        let (what, left_out) = clean::fitted(draft, redactor);
        let at = Timestamp::from_millisecond(now.wall.as_millisecond()).unwrap_or(now.wall);
        let boot_ms = u64::try_from(now.mono.0.as_millis()).unwrap_or(u64::MAX);
        let seq = before.seq.saturating_add(1);
        let prev = before.hash.clone();
        let mut record = Self { v: VERSION, seq, at, boot_ms, what, left_out, prev, hash: String::new() };
        record.hash = link_hash(&record.prev, &serde_json::to_string(&record)?);
        Ok(record)
    }

    /// The line, with its end.
    pub(super) fn line(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self).map(|line| line + "\n")
    }

    /// Reads a line back. Our own history is hostile text too: everything in it is neutralised again. `None` for what is
    /// no record.
    pub fn read(line: &[u8]) -> Option<Self> {
        let mut record: Self = serde_json::from_slice(line).ok()?;
        record.what = clean::shown(&record.what);
        for text in [&mut record.prev, &mut record.hash] {
            *text = clean::short(text);
        }
        record.left_out = record.left_out.as_deref().map(clean::short);
        Some(record)
    }
}

/// The end of the chain: where the next record is fastened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Before {
    /// Number of the last record; 0 where there is none.
    pub(super) seq: u64,
    /// Its hash.
    pub(super) hash: String,
}

impl Before {
    /// Before the first record.
    pub(super) fn none() -> Self {
        Self { seq: 0, hash: NONE_BEFORE.to_owned() }
    }
}

/// What chains a line, read from its bytes.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Link {
    pub(super) seq: u64,
    pub(super) prev: String,
    pub(super) kind: String,
    pub(super) at: String,
    #[serde(default)]
    pub(super) evidence: serde_json::Value,
    /// The hash that the line states.
    #[serde(skip)]
    pub(super) hash: String,
    /// Is that the hash of its text?
    #[serde(skip)]
    pub(super) holds: bool,
}

impl Link {
    /// Reads a line without its end; `None` for what is no record.
    pub(super) fn read(line: &[u8]) -> Option<Self> {
        const FIELD: &str = ",\"hash\":\"";
        let line = std::str::from_utf8(line).ok()?;
        let (body, rest) = line.rsplit_once(FIELD)?;
        let hash = rest.strip_suffix("\"}")?;
        if hash.len() != NONE_BEFORE.len() || !hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return None;
        }
        let body = format!("{body}}}");
        let read: Self = serde_json::from_str(&body).ok()?;
        let holds = link_hash(&read.prev, &body) == hash;
        Some(Self { hash: hash.to_owned(), holds, ..read })
    }

    /// The line if it is a record and its hash is that of its text.
    pub(super) fn sound(line: &[u8]) -> Option<Self> {
        Self::read(line).filter(|link| link.holds)
    }

    pub(super) fn is(&self, kind: Kind) -> bool {
        self.kind == kind.word()
    }
}

fn link_hash(prev: &str, body: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(prev.as_bytes());
    hash.update(body.as_bytes());
    lower_hex(&hash.finalize())
}

/// SHA-256 in lower hex.
pub fn sha256(bytes: &[u8]) -> String {
    lower_hex(&Sha256::digest(bytes))
}

fn lower_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
pub(super) mod tests;
