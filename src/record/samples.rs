//! Recent samples on disk, so that courses survive a restart: two files a system in the folder `history`, the older of
//! which goes when the newer is full. One process writes, who holds the lock; the others read at their start.
//!
//! Numbers, ranks of states and ids are in them, no text that a component sent. Nothing is made durable by force: what the
//! last seconds before a power cut brought is lost, what a killed process wrote is not.

pub mod codec;

use std::fs::File;
use std::io::{self, BufReader, Read as _, Write as _};
use std::path::PathBuf;

use rustix::fs::{FlockOperation, flock, ftruncate};

use crate::base::SystemName;
use crate::record::place::{PlaceError, StateDir, way_out};
use codec::{Decoder, Encoder, HEAD, MAGIC, Moment, Origin, Sample, Told};

/// The folder in the state folder.
pub const FOLDER: &str = "history";
/// A file that is longer is put aside: a system takes twice as much and one batch.
pub const MAX_FILE: u64 = 1024 * 1024;

/// Why samples could not be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum SamplesError {
    /// The folder or a file in it cannot be used.
    #[error(transparent)]
    Place(#[from] PlaceError),
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
    /// Another version of midwatch wrote it.
    #[error(
        "{0} is of another version of midwatch, or no file of samples: it is left as it is, move it away to begin anew"
    )]
    Foreign(PathBuf),
}

/// The samples of one system on disk.
#[derive(Debug)]
pub struct Samples {
    folder: StateDir,
    name: String,
    origin: Origin,
    writing: Option<Writing>,
}

/// What the one writer has.
#[derive(Debug)]
struct Writing {
    _lock: File,
    file: File,
    length: u64,
    encoder: Encoder,
}

impl Samples {
    /// The samples of a system in the state folder, whose folder is made where it is missing.
    pub fn open(state: &StateDir, system: &SystemName, origin: Origin) -> Result<Self, SamplesError> {
        Ok(Self { folder: state.folder(FOLDER)?, name: system.to_string(), origin, writing: None })
    }

    /// The same if there is a folder of samples; makes nothing.
    pub fn existing(state: &StateDir, system: &SystemName, origin: Origin) -> Result<Option<Self>, SamplesError> {
        let folder = StateDir::existing(&state.path().join(FOLDER))?;
        Ok(folder.map(|folder| Self { folder, name: system.to_string(), origin, writing: None }))
    }

    fn now(&self) -> String {
        format!("{}.samples", self.name)
    }

    fn before(&self) -> String {
        format!("{}.samples.old", self.name)
    }

    /// Tells all that is whole, oldest first. A torn end is no fault: a writer was stopped there.
    pub fn read(&self, mut told: impl FnMut(Told<'_>)) -> Result<(), SamplesError> {
        for name in [self.before(), self.now()] {
            if let Some(file) = self.folder.to_read(&name)? {
                self.scan(&name, file, &mut told)?;
            }
        }
        Ok(())
    }

    /// Reads a file up to the first record that is not whole; returns how many bytes are.
    fn scan(&self, name: &str, file: File, told: &mut dyn FnMut(Told<'_>)) -> Result<u64, SamplesError> {
        // a batch beyond its limit may be in it, more is not ours
        let mut from = BufReader::with_capacity(32 * 1024, file.take(MAX_FILE * 2));
        let mut magic = [0; MAGIC.len()];
        if !self.fills(name, &mut from, &mut magic)? {
            // not even its head was written
            return Ok(0);
        }
        if magic != MAGIC {
            return Err(SamplesError::Foreign(self.folder.path().join(name)));
        }
        let (mut valid, mut decoder, mut payload) = (MAGIC.len() as u64, Decoder::default(), Vec::new());
        let mut head = [0; HEAD];
        while self.fills(name, &mut from, &mut head)? {
            let Some((length, checksum)) = codec::head(head) else { break };
            payload.resize(length, 0);
            let whole = self.fills(name, &mut from, &mut payload)? && codec::is_whole(&payload, checksum);
            if !whole || decoder.take(&payload, &mut *told).is_err() {
                break;
            }
            valid += (HEAD + length) as u64;
        }
        Ok(valid)
    }

    /// True when so many bytes were there.
    fn fills(&self, name: &str, from: &mut impl io::Read, bytes: &mut [u8]) -> Result<bool, SamplesError> {
        match from.read_exact(bytes) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(self.disk(name, "read", error)),
        }
    }

    fn disk(&self, name: &str, doing: &'static str, source: io::Error) -> SamplesError {
        SamplesError::Disk { path: self.folder.path().join(name), doing, source }
    }

    /// Writes a batch down; `false` where another process is the writer.
    pub fn write(&mut self, at: Moment, samples: &[Sample]) -> Result<bool, SamplesError> {
        let Some(mut writing) = self.writing.take().map_or_else(|| self.take_over(), |mine| Ok(Some(mine)))? else {
            return Ok(false);
        };
        if writing.length > MAX_FILE {
            self.folder.rename(&self.now(), &self.before())?;
            writing.file = self.folder.to_append(&self.now())?;
            writing.length = 0;
        }
        let mut bytes = Vec::new();
        if writing.length == 0 {
            bytes.extend(MAGIC);
            bytes.extend(writing.encoder.begin(self.origin));
        }
        bytes.extend(writing.encoder.batch(at, samples));
        if let Err(error) = writing.file.write_all(&bytes) {
            // what was half written goes; whoever writes next begins anew
            let _ = ftruncate(&writing.file, writing.length);
            return Err(self.disk(&self.now(), "written", error));
        }
        writing.length += bytes.len() as u64;
        self.writing = Some(writing);
        Ok(true)
    }

    /// Becomes the writer, if nobody is: what is torn is cut off, and a new run begins behind it.
    fn take_over(&self) -> Result<Option<Writing>, SamplesError> {
        let lock = self.folder.to_append(&format!("{}.lock", self.name))?;
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            return Ok(None);
        }
        let name = self.now();
        let length = match self.folder.to_read(&name)? {
            Some(file) => self.scan(&name, file, &mut |_| {})?,
            None => 0,
        };
        let mut file = self.folder.to_append(&name)?;
        ftruncate(&file, length).map_err(|errno| self.disk(&name, "cut", errno.into()))?;
        let mut encoder = Encoder::default();
        let mut written = length;
        if length > 0 {
            let begin = encoder.begin(self.origin);
            if let Err(error) = file.write_all(&begin) {
                let _ = ftruncate(&file, length);
                return Err(self.disk(&name, "written", error));
            }
            written += begin.len() as u64;
        }
        Ok(Some(Writing { _lock: lock, file, length: written, encoder }))
    }
}

#[cfg(test)]
mod tests;
