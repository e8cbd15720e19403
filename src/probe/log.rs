//! The `log` probe: follows a file, or a command that follows, and counts the lines of a window that match its patterns.
//! It reads and never writes; what it cannot know (a window that it has not seen whole) is missing and not zero.
//!
//! Own signals, beside `lines`, `silent_s`, `skipped_bytes` and `matches` (the last matching lines, newest first): for each pattern `<name>`, the matching lines within the
//! window, and `<name>_per_min`. Facts for the expressions: the same numbers as `count.<name>`, `per_min.<name>`, `lines`,
//! `silent_s`, `skipped_bytes`; `last.<name>`, the newest matching line; `latency_ms`.

mod answer;
mod follow;
mod lines;
mod record;
mod tail;
mod tally;

use std::path::PathBuf;
use std::time::Duration;

use indexmap::IndexMap;
use serde::Deserialize;
use tokio::task::JoinHandle;

use crate::base::{Cause, Period, Redactor, SignalName, Template, Variables};
use crate::expr::Expr;
use crate::probe::command::line::Line;
use crate::probe::deadline::Deadline;
use crate::probe::{Answer, ProbeError};
use follow::{Follower, Heard};
use lines::Splitter;
use tail::{Piece, Tail};
use tally::{Matcher, Tally};

/// The signals of every log, beside those of its patterns.
pub const SIGNALS: &[&str] = &["lines", "silent_s", "skipped_bytes", "matches"];
/// What expressions may read of an answer.
pub const FACTS: &[&str] = &["count", "per_min", "last", "lines", "silent_s", "skipped_bytes", "latency_ms"];
/// What the condition of a pattern may read of a line.
pub const LINE_FACTS: &[&str] = &["line", "text"];
/// The end of the name of a pattern's second signal.
pub const PER_MIN: &str = "_per_min";
/// The longest window.
pub const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// `probe.log = { file = "/var/log/shop.log", window = "5m", patterns.errors = "ERROR|Traceback" }`
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogProbe {
    /// The file, an absolute path; followed when it is rotated or truncated.
    pub file: Option<Template>,
    /// A command that follows a log and does not end: `["journalctl", "-fu", "shop", "-o", "json"]`. No argument may hold
    /// a secret.
    pub command: Option<Vec<Template>>,
    /// Environment variables that the command is given beside the usual ones.
    #[serde(default)]
    pub env: IndexMap<String, Template>,
    /// The command begins with all lines of the window, as `--since -5m` makes it; without this what was before its start
    /// is unknown.
    #[serde(default)]
    pub history: bool,
    /// Lines of the last so much time are counted; 5 minutes where it is left out.
    #[serde(default = "default_window")]
    pub window: Period,
    /// What is counted, by the name of its signal.
    #[serde(default)]
    pub patterns: IndexMap<SignalName, Pattern>,
}

/// Which lines count.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum Pattern {
    /// A regular expression over the line's text: `errors = "ERROR|Traceback"`
    Text(String),
    /// A condition over a line: `slow = { when = "line.responseTime > 5000" }`
    Condition(Condition),
}

/// A condition over a line.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// CEL over `line`, the line as JSON, and `text`. A line that is no JSON, or lacks what is read, does not match.
    pub when: Expr,
}

const fn default_window() -> Period {
    Period::secs(5 * 60)
}

impl LogProbe {
    /// Every text in it that may name variables.
    pub fn templates(&self) -> Vec<&Template> {
        self.file.iter().chain(self.command.iter().flatten()).chain(self.env.values()).collect()
    }

    /// The signals of its patterns.
    pub fn signals(&self) -> Vec<SignalName> {
        let named = self.patterns.keys().flat_map(|name| [Some(name.clone()), per_minute(name)]);
        named.flatten().collect()
    }
}

fn per_minute(name: &SignalName) -> Option<SignalName> {
    SignalName::new(&format!("{name}{PER_MIN}")).ok()
}

/// Follows one log.
pub struct LogPoller {
    /// The error is what is wrong with the file or the command.
    source: Result<Source, ProbeError>,
    /// What is known so far; away while it is being worked on.
    desk: Option<Box<Desk>>,
    /// A look that had not ended when its poll did.
    working: Option<Working>,
    timeout: Duration,
    redactor: Redactor,
}

enum Source {
    File,
    Command(Box<Follower>),
}

type Working = JoinHandle<(Box<Desk>, Result<(), ProbeError>)>;

/// What is worked with on a thread aside: files may wait for a disk, and a megabyte of JSON takes its time.
struct Desk {
    /// The file, where it is one.
    tail: Option<Tail>,
    splitter: Splitter,
    tally: Tally,
}

impl LogPoller {
    /// Fills its texts in; the error is an unset variable.
    pub fn new(spec: &LogProbe, timeout: Duration, variables: &Variables, redactor: &Redactor) -> Result<Self, String> {
        let mut tail = None;
        let source = match (&spec.file, &spec.command) {
            (Some(file), _) => {
                let path = PathBuf::from(file.fill(variables)?.expose());
                let is_absolute = path.is_absolute();
                let told = format!("'{}' is a relative path: write the file's absolute path", path.display());
                tail = Some(Tail::new(path));
                if is_absolute { Ok(Source::File) } else { Err(ProbeError::new(Cause::NotFound, told)) }
            }
            (None, argv) => Line::new(argv.as_deref().unwrap_or_default(), &spec.env, None, variables)?
                .map(|line| Source::Command(Box::new(Follower::new(line)))),
        };
        let matchers = spec.patterns.iter().map(|(name, pattern)| Matcher::new(name, pattern));
        let (matchers, source) = match matchers.collect::<Result<Vec<_>, ProbeError>>() {
            Ok(matchers) => (matchers, source),
            Err(error) => (Vec::new(), Err(error)),
        };
        let tally = Tally::new(matchers, spec.window.0, spec.history);
        let desk = Some(Box::new(Desk { tail, splitter: Splitter::default(), tally }));
        Ok(Self { source, desk, working: None, timeout, redactor: redactor.clone() })
    }

    /// Reads what is new. `now_unix` is the wall clock: lines tell their time by it.
    pub async fn poll(&mut self, now_unix: f64) -> Result<Answer, ProbeError> {
        self.look(now_unix).await.map_err(|error| error.redacted(&self.redactor))
    }

    async fn look(&mut self, now: f64) -> Result<Answer, ProbeError> {
        let deadline = Deadline::after(self.timeout);
        let late = || {
            let words = format!("timed out (reading) after {}: its file system does not answer", deadline.budget());
            ProbeError::new(Cause::TimedOut, words)
        };
        if let Some(working) = &mut self.working {
            let ended = deadline.bound(working).await.ok_or_else(late)?;
            self.working = None;
            self.desk = ended.ok().map(|(desk, _)| desk);
        }
        let heard = match &mut self.source {
            Ok(Source::Command(follower)) => Some(follower.hear(self.timeout, &deadline).await),
            Ok(Source::File) => None,
            Err(error) => return Err(error.clone()),
        };
        let lost = || ProbeError::new(Cause::Internal, "internal error: what was read of the log is lost");
        let desk = self.desk.take().ok_or_else(lost)?;
        let trouble = heard.as_ref().and_then(|heard| heard.trouble.clone());
        let working = self.working.insert(tokio::task::spawn_blocking(move || desk.work(heard, now)));
        let ended = deadline.bound(working).await.ok_or_else(late)?;
        self.working = None;
        let (desk, read) = ended.map_err(|_| lost())?;
        let answered = read.map(|()| {
            let source = desk.tail.as_ref().map(Tail::shown);
            answer::of(&desk.tally, source.as_ref(), now, deadline.elapsed(), trouble, &self.redactor)
        });
        self.desk = Some(desk);
        answered
    }
}

impl Desk {
    /// Reads and counts what is new; blocks.
    fn work(mut self: Box<Self>, heard: Option<Heard>, now: f64) -> (Box<Self>, Result<(), ProbeError>) {
        let Self { tail, splitter, tally } = &mut *self;
        let read = match (tail, heard) {
            (Some(tail), _) => tail.read().map(|pieces| {
                tally.begin(now);
                for piece in &pieces {
                    of_file(splitter, tally, piece, now);
                }
            }),
            (None, Some(heard)) => {
                of_command(splitter, tally, &heard, now);
                Ok(())
            }
            (None, None) => Ok(()),
        };
        tally.forget(now);
        (self, read)
    }
}

fn of_file(splitter: &mut Splitter, tally: &mut Tally, piece: &Piece, now: f64) {
    if piece.is_other_file {
        splitter.end(|line| tally.take(line, now, true));
    }
    if piece.is_cut {
        splitter.cut();
    }
    tally.skipped(piece.skipped, now);
    if let Some(modified) = piece.first_look {
        tally.first_look(modified, !piece.is_cut, now);
    }
    let is_new = piece.first_look.is_none();
    splitter.push(&piece.bytes, |line| tally.take(line, now, is_new));
}

fn of_command(splitter: &mut Splitter, tally: &mut Tally, heard: &Heard, now: f64) {
    if heard.is_other {
        splitter.end(|line| tally.take(line, now, true));
        tally.resume();
    }
    if heard.skipped > 0 {
        splitter.cut();
    }
    tally.skipped(heard.skipped, now);
    if heard.trouble.is_none() {
        tally.begin(now);
    }
    splitter.push(&heard.bytes, |line| tally.take(line, now, true));
    if heard.trouble.is_some() {
        tally.lose();
    }
}
