//! Incidents on disk: a file each, one event a line, appended to under a lock and durable before the call returns. What was
//! done about an incident is read from the audit log; it is written down there and nowhere else.
//!
//! It decides nothing: whether an incident may be closed is its caller's question.

mod clean;
mod runs;

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;

use jiff::Timestamp;
use rustix::fs::{FlockOperation, fdatasync, flock};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use crate::base::Redactor;
use crate::incident::{Event, Incident, IncidentId, Kind, Opened, Ran};
use crate::record::audit::{LOOKS, READER_LOOKS, taken};
use crate::record::place::{PlaceError, StateDir, way_out};

pub use runs::{runs, runs_of};

/// The folder of incidents, in the state folder.
pub const FOLDER: &str = "incidents";
/// The file in it that writers lock.
const LOCK: &str = "lock";
/// How the name of an incident's file ends.
const SUFFIX: &str = ".jsonl";
/// How the name of the file ends that its writer locks.
const WRITER: &str = ".writer";
/// How often a writer looks whether a lock that is only asked about is free.
const ASKED: u32 = 20;
/// Version of the format.
const VERSION: u32 = 1;
/// Longest line, in bytes, its end included.
pub const MAX_LINE: usize = 32 * 1024;
/// Longest file that is read: years of an incident.
const MAX_FILE: u64 = 64 * 1024 * 1024;
/// Most incidents of one system on one day.
const MOST: u32 = 9_999;

/// Why an incident could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum IncidentError {
    /// The folder or a file in it cannot be used.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// Another process has held the lock all the time.
    #[error("{0} is held by another process for more than 5 s: look who holds it with `fuser -v`")]
    Busy(PathBuf),
    /// The disk refused.
    #[error("{path} cannot be {doing}: {source}; {}", way_out(source))]
    Disk {
        /// Which.
        path: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// Why.
        source: io::Error,
    },
    /// There is no such incident.
    #[error("there is no incident '{0}': midwatch incident list")]
    Unknown(String),
    /// There is no incident at all.
    #[error("there is no incident yet: midwatch incident open SYSTEM")]
    None,
    /// Several begin so.
    #[error("'{text}' may be {}: give more of its id", .several.join(", "))]
    Several {
        /// What was given.
        text: String,
        /// Which.
        several: Vec<String>,
    },
    /// Its system has no name that a file could have.
    #[error("'{0}' is no name of a system, or has had too many incidents today")]
    BadSystem(String),
    /// Somebody else goes on with it.
    #[error("{id} is written by somebody else ({by}): one at a time goes on with an incident")]
    Written {
        /// Which.
        id: IncidentId,
        /// By whom.
        by: String,
    },
    /// The event does not fit a line.
    #[error("the event takes {0} bytes, more than a line of an incident may have: say it in fewer words")]
    TooLong(usize),
}

/// A line of an incident's file.
#[derive(Debug, Serialize, Deserialize)]
struct Written {
    v: u32,
    #[serde(flatten)]
    event: Event,
}

/// What is in the file of an incident.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// Its id.
    pub id: IncidentId,
    /// Its events, in the order in which they were written.
    pub events: Vec<Event>,
    /// What could not be read, in words: `line 7 of …: a writer was stopped there`.
    pub trouble: Vec<String>,
}

impl Kept {
    /// Folded with the runs of its system.
    pub fn incident(&self, runs: &[Ran]) -> Incident {
        Incident::of(self.id.clone(), &self.events, runs)
    }
}

/// The incidents of a state folder.
#[derive(Clone, Debug)]
pub struct Incidents {
    dir: StateDir,
    redactor: Redactor,
}

impl Incidents {
    /// The incidents in this state folder, whose folder is made where it is missing.
    pub fn open(state: &StateDir) -> Result<Self, IncidentError> {
        Ok(Self { dir: state.folder(FOLDER)?, redactor: Redactor::default() })
    }

    /// The incidents in this state folder; none where nothing was ever written. Makes nothing.
    pub fn existing(state: &StateDir) -> Result<Option<Self>, IncidentError> {
        let there = StateDir::existing(&state.path().join(FOLDER))?;
        Ok(there.map(|dir| Self { dir, redactor: Redactor::default() }))
    }

    /// The same incidents, with the secrets of a system taken out of what is appended.
    #[must_use]
    pub fn redacting(mut self, redactor: Redactor) -> Self {
        self.redactor = redactor;
        self
    }

    /// Where the file of an incident is.
    pub fn path(&self, id: &IncidentId) -> PathBuf {
        self.dir.path().join(file_name(id))
    }

    /// Opens a new incident and returns its id, which no other has.
    pub fn begin(&self, opened: Opened, at: Timestamp, by: &str) -> Result<IncidentId, IncidentError> {
        let system = opened.system.clone();
        let bad = || IncidentError::BadSystem(crate::base::Shown::from_remote(&system).into_string());
        let line = self.line(Event::new(at, by, Kind::Opened(opened)))?;
        let _lock = self.lock()?;
        let first = IncidentId::of(&system, at, 1).ok_or_else(bad)?;
        let stem = first.as_str().trim_end_matches('1').to_owned();
        let of_the_day = self.ids()?.into_iter().filter(|id| id.system() == system && id.as_str().starts_with(&stem));
        let number = of_the_day.map(|id| id.number()).max().unwrap_or(0).saturating_add(1);
        let id = IncidentId::of(&system, at, number).filter(|_| number <= MOST).ok_or_else(bad)?;
        // a name that is taken by something else than a file of ours is an error, never written over
        let mut file = self.dir.to_create(&file_name(&id))?;
        self.write(&id, &mut file, &line)?;
        self.dir.sync()?;
        Ok(id)
    }

    /// Appends events to an incident, each on its line, and returns once they are durable. After an error some of them may
    /// stand there all the same.
    pub fn append(&self, id: &IncidentId, events: &[Event]) -> Result<(), IncidentError> {
        if events.is_empty() {
            return Ok(());
        }
        let mut text = String::new();
        for event in events {
            text += &self.line(event.clone())?;
        }
        let _lock = self.lock()?;
        if self.dir.to_read(&file_name(id))?.is_none() {
            return Err(IncidentError::Unknown(id.to_string()));
        }
        let mut file = self.dir.to_append(&file_name(id))?;
        if is_torn(&mut file).map_err(|source| self.disk(id, "read", source))? {
            // what a writer left of its line stays there, alone
            text.insert(0, '\n');
        }
        self.write(id, &mut file, &text)
    }

    /// Takes the lock of the one who goes on with an incident, held until the file is dropped or its process ends. Who only
    /// notes something needs none.
    pub fn hold(&self, id: &IncidentId, who: &str) -> Result<File, IncidentError> {
        let name = format!("{id}{WRITER}");
        let mut lock = self.dir.to_append(&name)?;
        // who asks for its writer is done in a moment
        if taken(&lock, FlockOperation::NonBlockingLockExclusive, ASKED).is_err() {
            let mut by = String::new();
            if let Ok(Some(file)) = self.dir.to_read(&name) {
                let _ = file.take(200).read_to_string(&mut by);
            }
            let by = crate::base::Shown::from_remote(by.trim()).into_string();
            return Err(IncidentError::Written { id: id.clone(), by });
        }
        // who it is helps the other one; the lock itself is what counts
        let _ = lock.set_len(0).and_then(|()| lock.write_all(who.as_bytes()));
        Ok(lock)
    }

    /// Who writes an incident now; `None` where nobody does. It is asked without being in the writer's way.
    pub fn writer(&self, id: &IncidentId) -> Option<String> {
        let file = self.dir.to_read(&format!("{id}{WRITER}")).ok()??;
        if flock(&file, FlockOperation::NonBlockingLockShared).is_ok() {
            return None;
        }
        let mut by = String::new();
        let _ = file.take(200).read_to_string(&mut by);
        Some(crate::base::Shown::from_remote(by.trim()).into_string())
    }

    /// The events of an incident.
    pub fn read(&self, id: &IncidentId) -> Result<Kept, IncidentError> {
        let Some(file) = self.dir.to_read(&file_name(id))? else { return Err(IncidentError::Unknown(id.to_string())) };
        // a writer in the middle of its line would look like a torn one; one that hangs must not hide the rest
        let lock = self.dir.to_read(LOCK)?;
        let _ = lock.as_ref().map(|lock| taken(lock, FlockOperation::NonBlockingLockShared, READER_LOOKS));
        let mut bytes = Vec::new();
        file.take(MAX_FILE).read_to_end(&mut bytes).map_err(|source| self.disk(id, "read", source))?;
        Ok(kept(id.clone(), &bytes, &self.path(id)))
    }

    /// The ids of all incidents, oldest first.
    pub fn ids(&self) -> Result<Vec<IncidentId>, IncidentError> {
        let names = self.dir.names()?;
        let id = |name: String| IncidentId::new(name.strip_suffix(SUFFIX)?);
        let mut ids: Vec<IncidentId> = names.into_iter().filter_map(id).collect();
        // by day, then by number within a day and a system: -10 stands behind -9
        ids.sort_by(|a, b| {
            let key = |id: &IncidentId| (id.as_str()[..10].to_owned(), id.system().to_owned(), id.number());
            key(a).cmp(&key(b))
        });
        Ok(ids)
    }

    /// All incidents, in the order in which they were opened.
    pub fn list(&self) -> Result<Vec<Kept>, IncidentError> {
        let mut all = self.ids()?.iter().map(|id| self.read(id)).collect::<Result<Vec<_>, _>>()?;
        all.sort_by_key(|kept| kept.events.first().map(|event| event.at));
        Ok(all)
    }

    /// The incident that is meant: its whole id, the beginning of one, or `last`.
    pub fn find(&self, text: &str) -> Result<IncidentId, IncidentError> {
        if text == "last" {
            return self.list()?.pop().map(|kept| kept.id).ok_or(IncidentError::None);
        }
        let ids = self.ids()?;
        if let Some(id) = ids.iter().find(|id| id.as_str() == text) {
            return Ok(id.clone());
        }
        let meant: Vec<&IncidentId> =
            ids.iter().filter(|id| !text.is_empty() && id.as_str().starts_with(text)).collect();
        match meant.as_slice() {
            [] => Err(IncidentError::Unknown(crate::base::Shown::from_remote(text).into_string())),
            [id] => Ok((*id).clone()),
            several => Err(IncidentError::Several {
                text: text.to_owned(),
                several: several.iter().map(ToString::to_string).collect(),
            }),
        }
    }

    /// The line of an event: without secrets, neutralised, cut so that it fits.
    fn line(&self, event: Event) -> Result<String, IncidentError> {
        clean::line(event, &self.redactor, |event| Written { v: VERSION, event }).map_err(IncidentError::TooLong)
    }

    fn write(&self, id: &IncidentId, file: &mut File, text: &str) -> Result<(), IncidentError> {
        // one write in all but a full disk: whoever reads beside us sees whole lines
        file.write_all(text.as_bytes()).map_err(|source| self.disk(id, "written", source))?;
        fdatasync(&*file).map_err(|errno| self.disk(id, "written", errno.into()))
    }

    fn disk(&self, id: &IncidentId, doing: &'static str, source: io::Error) -> IncidentError {
        IncidentError::Disk { path: self.path(id), doing, source }
    }

    /// The lock of writers, held until it is dropped.
    fn lock(&self) -> Result<File, IncidentError> {
        let lock = self.dir.to_append(LOCK)?;
        let path = || self.dir.path().join(LOCK);
        match taken(&lock, FlockOperation::NonBlockingLockExclusive, LOOKS) {
            Ok(()) => Ok(lock),
            Err(Errno::WOULDBLOCK) => Err(IncidentError::Busy(path())),
            Err(errno) => Err(IncidentError::Disk { path: path(), doing: "locked", source: errno.into() }),
        }
    }
}

fn file_name(id: &IncidentId) -> String {
    format!("{id}{SUFFIX}")
}

/// Does the last line lack its end?
fn is_torn(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// The events of a file. Our own history is hostile text too: everything in it is neutralised again.
fn kept(id: IncidentId, bytes: &[u8], path: &std::path::Path) -> Kept {
    let mut kept = Kept { id, events: Vec::new(), trouble: Vec::new() };
    let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    for (n, line) in lines.iter().enumerate().filter(|(_, line)| !line.is_empty()) {
        let told = match serde_json::from_slice::<Written>(line) {
            Ok(written) if written.v == VERSION => {
                kept.events.push(clean::shown(written.event));
                continue;
            }
            Ok(written) => format!("written by another version of midwatch ({})", written.v),
            Err(_) if n + 1 == lines.len() => "a writer was stopped there, or the disk was full".to_owned(),
            Err(error) => format!("no event: {error}"),
        };
        let told = crate::base::Shown::from_remote(&told);
        kept.trouble.push(format!("line {} of {} is left out: {told}", n + 1, path.display()));
    }
    kept
}

#[cfg(test)]
mod tests;
