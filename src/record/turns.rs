//! What changed when, on disk, so that it survives a restart: two files a system in the folder of the samples, the older
//! of which goes when the newer is full. One process writes, who holds the lock; the others read at their start.
//!
//! A line is its CRC-32 in hex, a space and a JSON object. A line that is not whole is left out: a writer was stopped
//! there, or the disk lied. Texts come without secrets; whoever reads them takes them for remote text. As with samples,
//! nothing is made durable by force.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};

use indexmap::IndexMap;
use rustix::fs::{FlockOperation, flock, ftruncate};
use serde::{Deserialize, Serialize};

use crate::base::{Status, SystemName};
use crate::record::place::StateDir;
use crate::record::samples::codec::{Moment, Origin};
use crate::record::samples::{FOLDER, SamplesError};

/// A file that is longer is put aside: a system takes twice as much, and what one start writes.
pub const MAX_FILE: u64 = 512 * 1024;
/// The first line; its last character but one is the version.
const MAGIC: &str = "MWTURN 1\n";
/// Longest line that is read.
const MAX_LINE: usize = 8 * 1024;

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Line {
    /// A run began; what follows is of it.
    Run {
        /// When.
        at: Moment,
        /// The id of the boot.
        boot: [u8; 16],
        /// What the system is pointed at, as a number.
        target: u64,
    },
    /// A line of the log.
    Event {
        /// When.
        at: Moment,
        /// What it is about: `component`, `alert`, `job`, `action`.
        kind: String,
        /// Which.
        id: String,
        /// How bad.
        status: Status,
        /// In words.
        text: String,
    },
    /// Where an alert stands from now on.
    Alert {
        /// When.
        at: Moment,
        /// Which.
        id: String,
        /// `unknown`, `inactive`, `pending`, `firing`.
        state: String,
        /// Since when its condition holds, where that is another time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<Moment>,
        /// What decided it.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        because: String,
    },
}

/// What changed when in one system, on disk.
#[derive(Debug)]
pub struct Turns {
    folder: StateDir,
    name: String,
    run: Line,
    writing: Option<Writing>,
}

/// What the one writer has.
#[derive(Debug)]
struct Writing {
    _lock: File,
    file: File,
    length: u64,
}

impl Turns {
    /// Those of a system in the state folder, whose folder is made where it is missing. `began` is when this run did.
    pub fn open(state: &StateDir, system: &SystemName, origin: Origin, began: Moment) -> Result<Self, SamplesError> {
        Ok(Self::new(state.folder(FOLDER)?, system, origin, began))
    }

    /// The same if there is a folder; makes nothing.
    pub fn existing(state: &StateDir, system: &SystemName) -> Result<Option<Self>, SamplesError> {
        let folder = StateDir::existing(&state.path().join(FOLDER))?;
        Ok(folder.map(|folder| Self::new(folder, system, Origin::default(), Moment::default())))
    }

    fn new(folder: StateDir, system: &SystemName, origin: Origin, began: Moment) -> Self {
        let run = Line::Run { at: began, boot: origin.boot, target: origin.target };
        Self { folder, name: system.to_string(), run, writing: None }
    }

    fn now(&self) -> String {
        format!("{}.events", self.name)
    }

    fn before(&self) -> String {
        format!("{}.events.old", self.name)
    }

    fn disk(&self, name: &str, doing: &'static str, source: io::Error) -> SamplesError {
        SamplesError::Disk { path: self.folder.path().join(name), doing, source }
    }

    /// Tells every line that is whole, in the order of the files, with the run that it is of.
    pub fn read(&self, mut told: impl FnMut(Origin, Line)) -> Result<(), SamplesError> {
        for name in [self.before(), self.now()] {
            if let Some(file) = self.folder.to_read(&name)? {
                self.scan(&name, file, &mut told)?;
            }
        }
        Ok(())
    }

    fn scan(&self, name: &str, file: File, told: &mut dyn FnMut(Origin, Line)) -> Result<(), SamplesError> {
        // what one start writes may be in it too, more is not ours
        let mut from = BufReader::new(file.take(MAX_FILE * 4));
        let (mut line, mut origin, mut is_first) = (Vec::new(), None, true);
        loop {
            line.clear();
            let read = from.by_ref().take(MAX_LINE as u64).read_until(b'\n', &mut line);
            if read.map_err(|source| self.disk(name, "read", source))? == 0 {
                return Ok(());
            }
            if std::mem::take(&mut is_first) {
                if !MAGIC.as_bytes().starts_with(&line) {
                    return Err(SamplesError::Foreign(self.folder.path().join(name)));
                }
                continue;
            }
            match parsed(&line) {
                Some(Line::Run { at, boot, target }) => {
                    let own = Origin { boot, target };
                    origin = Some(own);
                    told(own, Line::Run { at, boot, target });
                }
                Some(line) => {
                    if let Some(origin) = origin {
                        told(origin, line);
                    }
                }
                None => {}
            }
        }
    }

    /// Writes lines down; `false` where another process is the writer. `standing` are the lines that tell how things
    /// stand before these, by what they are of: a file begins with them, so that it is understood alone.
    pub fn write(&mut self, standing: &IndexMap<String, Line>, lines: &[Line]) -> Result<bool, SamplesError> {
        let (mut writing, mut bytes) = match self.writing.take() {
            Some(writing) => (writing, String::new()),
            None => match self.take_over()? {
                Some(writing) => (writing, self.beginning(standing)?),
                None => return Ok(false),
            },
        };
        if writing.length > MAX_FILE {
            self.folder.rename(&self.now(), &self.before())?;
            writing.file = self.folder.to_append(&self.now())?;
            writing.length = 0;
            bytes = self.beginning(standing)?;
        }
        if writing.length == 0 {
            bytes.insert_str(0, MAGIC);
        }
        for line in lines {
            bytes.push_str(&self.written(line)?);
        }
        if let Err(error) = writing.file.write_all(bytes.as_bytes()) {
            // what was half written goes; whoever writes next begins anew
            let _ = ftruncate(&writing.file, writing.length);
            return Err(self.disk(&self.now(), "written", error));
        }
        writing.length += bytes.len() as u64;
        self.writing = Some(writing);
        Ok(true)
    }

    /// What a run writes first.
    fn beginning(&self, standing: &IndexMap<String, Line>) -> Result<String, SamplesError> {
        [&self.run].into_iter().chain(standing.values()).map(|line| self.written(line)).collect()
    }

    fn written(&self, line: &Line) -> Result<String, SamplesError> {
        let json = serde_json::to_string(line).map_err(|error| self.disk(&self.now(), "written", error.into()))?;
        Ok(format!("{:08x} {json}\n", crc32fast::hash(json.as_bytes())))
    }

    /// Becomes the writer, if nobody is. What is torn at the end is closed by a line break, and left out by its readers.
    fn take_over(&self) -> Result<Option<Writing>, SamplesError> {
        let lock = self.folder.to_append(&format!("{}.events.lock", self.name))?;
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            return Ok(None);
        }
        let name = self.now();
        let refused = |source| self.disk(&name, "read", source);
        if let Some(file) = self.folder.to_read(&name)? {
            let mut first = Vec::new();
            BufReader::new(file.take(MAGIC.len() as u64)).read_to_end(&mut first).map_err(refused)?;
            if !MAGIC.as_bytes().starts_with(&first) {
                return Err(SamplesError::Foreign(self.folder.path().join(name)));
            }
        }
        let mut file = self.folder.to_append(&name)?;
        let mut length = file.seek(SeekFrom::End(0)).map_err(refused)?;
        if length < MAGIC.len() as u64 {
            // not even its head was written
            ftruncate(&file, 0).map_err(|errno| self.disk(&name, "cut", errno.into()))?;
            length = 0;
        } else {
            let mut last = [0; 1];
            file.seek(SeekFrom::End(-1)).map_err(refused)?;
            file.read_exact(&mut last).map_err(refused)?;
            if last != *b"\n" {
                file.write_all(b"\n").map_err(|source| self.disk(&name, "written", source))?;
                length += 1;
            }
        }
        Ok(Some(Writing { _lock: lock, file, length }))
    }
}

/// A line that is whole.
fn parsed(line: &[u8]) -> Option<Line> {
    let text = std::str::from_utf8(line.strip_suffix(b"\n").unwrap_or(line)).ok()?;
    let (checksum, json) = text.split_once(' ')?;
    let checksum = u32::from_str_radix(checksum, 16).ok()?;
    (crc32fast::hash(json.as_bytes()) == checksum).then(|| serde_json::from_str(json).ok()).flatten()
}

#[cfg(test)]
mod tests;
