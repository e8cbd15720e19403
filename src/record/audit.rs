//! The audit log on disk: one file, appended to under a lock, every record durable before [`Audit::append`] returns.
//!
//! Nothing here retries or goes on without a journal: an error is the caller's reason not to act. Calls block (for a few
//! milliseconds; for seconds when another process holds the lock or the disk is slow): keep them off the screen's thread.

mod tail;

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use rustix::fs::{FlockOperation, fdatasync, flock};
use rustix::io::Errno;
use serde_json::json;

use crate::base::{Now, Redactor};
use crate::record::chain::{self, Before, Draft, Kind, Record, Who};
use crate::record::history::{self, Of, Run};
use crate::record::place::{PlaceError, StateDir, way_out};

use tail::{Rest, Tail};

/// The journal, in the state folder.
pub const JOURNAL: &str = "audit.jsonl";
/// The file that writers lock, so that the journal itself may be copied or read at any time.
pub const LOCK: &str = "audit.lock";
/// How long another writer is waited for: looks, a millisecond apart.
pub(super) const LOOKS: u32 = 5_000;
/// How long a reader waits for a writer before it reads what is there.
pub(super) const READER_LOOKS: u32 = 1_000;

/// Why the journal could not be written or read. Nothing may be run without it.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The folder or a file in it cannot be used.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// Another process has held the lock all the time.
    #[error(
        "{0} is held by another process for more than 5 s, so nothing can be journalled: look who holds it with `fuser -v`, and end that process"
    )]
    Busy(PathBuf),
    /// What is in it cannot be read.
    #[error("{path} cannot be read: {source}; without a journal no action is run: {}", way_out(source))]
    Read {
        /// The journal.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The record is not durable.
    #[error("{path} cannot be written: {source}; without a journal no action is run: {}", way_out(source))]
    Write {
        /// The journal.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// So much at its end is no record that it cannot be chained to.
    #[error("the last {bytes} bytes of {path} hold no record: move the file away, and keep it")]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// How much was looked at.
        bytes: u64,
    },
}

/// Which records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this system.
    pub system: Option<String>,
    /// Of this action.
    pub action: Option<String>,
    /// Of this run: the whole id, or how it ends.
    pub run: Option<String>,
    /// The last so many of those.
    pub last: Option<usize>,
}

impl Filter {
    fn takes(&self, record: &Record) -> bool {
        let is = |wanted: &Option<String>, has: &Option<String>| wanted.is_none() || wanted == has;
        let ends = |wanted: &str| record.what.run.as_deref().is_some_and(|run| run.ends_with(wanted));
        is(&self.system, &record.what.system)
            && is(&self.action, &record.what.action)
            && self.run.as_deref().is_none_or(ends)
    }
}

/// The audit log of a state folder.
#[derive(Clone, Debug)]
pub struct Audit {
    dir: StateDir,
    redactor: Redactor,
}

impl Audit {
    /// The journal in this folder. Nothing is made or read yet.
    pub fn open(dir: &StateDir) -> Self {
        Self { dir: dir.clone(), redactor: Redactor::default() }
    }

    /// The same journal, with the secrets of a system taken out of what is appended.
    #[must_use]
    pub fn redacting(mut self, redactor: Redactor) -> Self {
        self.redactor = redactor;
        self
    }

    /// Where the journal is.
    pub fn path(&self) -> PathBuf {
        self.dir.path().join(JOURNAL)
    }

    /// Could something be appended now? Makes the files, writes nothing. To be asked before a confirmation is.
    pub fn ready(&self) -> Result<(), AuditError> {
        let _lock = self.lock()?;
        self.dir.to_append(JOURNAL)?;
        Ok(())
    }

    /// Appends a record, chained to the last one, and returns it once it is durable. After an error nothing may be run;
    /// the record may stand in the journal all the same.
    ///
    /// A torn last line (a writer was stopped, the disk was full) is closed by a `seal` record first; a last line that
    /// is no sound record by a `gap` record, so that an outage can be handled: `verify` reports it for ever.
    pub fn append(&self, draft: &Draft, now: Now) -> Result<Record, AuditError> {
        let _lock = self.lock()?;
        let mut journal = self.dir.to_append(JOURNAL)?;
        let path = || self.path();
        let tail = Tail::read(&journal, &path)?;
        let unwritten = |source: io::Error| AuditError::Write { path: path(), source };
        let (mut text, before) = self.mended(&tail, &draft.who, now).map_err(|error| unwritten(error.into()))?;
        let record = self.chained(draft, now, &before).map_err(|error| unwritten(error.into()))?;
        text += &record.line().map_err(|error| unwritten(error.into()))?;
        // one write in all but a full disk: whoever reads beside us sees whole lines
        journal.write_all(text.as_bytes()).map_err(unwritten)?;
        fdatasync(&journal).map_err(|errno| unwritten(errno.into()))?;
        if tail.is_new {
            self.dir.sync()?;
        }
        Ok(record)
    }

    /// The records, oldest first. What is no record (a torn line, garbage) is passed over: [`Audit::text`] and
    /// [`chain::verify`] tell of it.
    pub fn records(&self, filter: &Filter) -> Result<Vec<Record>, AuditError> {
        let text = self.text()?.unwrap_or_default();
        let lines = text.split(|byte| *byte == b'\n').rev();
        let records = lines.filter_map(Record::read).filter(|record| filter.takes(record));
        let mut records: Vec<Record> = records.take(filter.last.unwrap_or(usize::MAX)).collect();
        records.reverse();
        Ok(records)
    }

    /// The journal as it is, byte by byte; `None` where there is none yet.
    pub fn text(&self) -> Result<Option<Vec<u8>>, AuditError> {
        let Some(mut journal) = self.dir.to_read(JOURNAL)? else { return Ok(None) };
        // a writer in the middle of its line would look like a torn one; one that hangs must not hide the rest
        let lock = self.dir.to_read(LOCK)?;
        let _ = lock.as_ref().map(|lock| taken(lock, FlockOperation::NonBlockingLockShared, READER_LOOKS));
        let mut text = Vec::new();
        journal.read_to_end(&mut text).map_err(|source| AuditError::Read { path: self.path(), source })?;
        Ok(Some(text))
    }

    /// The runs of a system, oldest first.
    pub fn runs(&self, system: &str) -> Result<Vec<Run>, AuditError> {
        let filter = Filter { system: Some(system.to_owned()), ..Filter::default() };
        Ok(history::runs(&self.records(&filter)?))
    }

    /// The last run of an action, or on a target.
    pub fn last_run(&self, system: &str, of: Of<'_>) -> Result<Option<Run>, AuditError> {
        Ok(history::last(&self.runs(system)?, system, of))
    }

    /// The runs that were started at or after this time, oldest first: for cool-downs.
    pub fn runs_since(&self, system: &str, of: Of<'_>, since: Timestamp) -> Result<Vec<Run>, AuditError> {
        Ok(history::since(&self.runs(system)?, system, of, since))
    }

    /// Intents without an end, of all systems: a runner is at work on them, or nobody saw their end. Which of both, the
    /// lock of the run tells. The end is journalled by a record of kind `outcome` or `unknown` with the same run.
    pub fn unfinished(&self) -> Result<Vec<Run>, AuditError> {
        Ok(history::unfinished(history::runs(&self.records(&Filter::default())?)))
    }

    fn chained(&self, draft: &Draft, now: Now, before: &Before) -> Result<Record, serde_json::Error> {
        Record::chained(draft, &self.redactor, now, before)
    }

    /// What has to stand before the new record, and what that is fastened to.
    fn mended(&self, tail: &Tail, who: &Who, now: Now) -> Result<(String, Before), serde_json::Error> {
        let mut told = Draft::new(Kind::Seal, who.clone());
        let (end, before) = match &tail.rest {
            Rest::Nothing => return Ok((String::new(), tail.before.clone())),
            Rest::Torn(bytes) => {
                told.reason = Some(match bytes.len() {
                    0 => "the last line was whole, only its end was missing".to_owned(),
                    left => format!("a writer was stopped, or the disk was full: {left} bytes are left of its line"),
                });
                told.evidence = Some(json!({ "bytes": bytes.len(), "sha256": chain::sha256(bytes) }));
                ("\n", tail.before.clone())
            }
            Rest::Broken(bytes) => {
                told.kind = Kind::Gap;
                let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
                let sha256 = chain::sha256(lines.last().copied().unwrap_or_default());
                let seq = tail.before.seq;
                told.reason = Some(format!("what follows record {seq} is no sound record: {} line(s)", lines.len()));
                told.evidence = Some(
                    json!({ "bytes": bytes.len(), "sha256": sha256, "last_seq": seq, "last_hash": tail.before.hash }),
                );
                let lines = u64::try_from(lines.len()).unwrap_or(u64::MAX);
                ("", Before { seq: seq.saturating_add(lines), hash: sha256 })
            }
        };
        let record = self.chained(&told, now, &before)?;
        let text = end.to_owned() + &record.line()?;
        Ok((text, Before { seq: record.seq, hash: record.hash }))
    }

    /// The lock of writers, held until it is dropped. Each call opens the file anew, so that two threads of one process
    /// exclude each other as well.
    fn lock(&self) -> Result<File, AuditError> {
        let lock = self.dir.to_append(LOCK)?;
        match taken(&lock, FlockOperation::NonBlockingLockExclusive, LOOKS) {
            Ok(()) => Ok(lock),
            Err(Errno::WOULDBLOCK) => Err(AuditError::Busy(self.dir.path().join(LOCK))),
            Err(errno) => Err(AuditError::Write { path: self.dir.path().join(LOCK), source: errno.into() }),
        }
    }
}

/// Takes a lock, looking again a bounded number of times: a clock is not read here, and a lock is held for milliseconds.
pub(super) fn taken(file: &File, how: FlockOperation, looks: u32) -> Result<(), Errno> {
    let mut left = looks;
    loop {
        match flock(file, how) {
            Err(Errno::WOULDBLOCK) if left > 0 => std::thread::sleep(Duration::from_millis(1)),
            Err(Errno::INTR) if left > 0 => {}
            ended => return ended,
        }
        left -= 1;
    }
}
