//! The feed of a run: a file of one JSON event a line, which the runner writes and every viewer reads. While the runner
//! lives it holds the feed's lock; a feed without an end whose lock is free has lost its runner.

use std::fs::File;
use std::io::{self, Read as _, Write as _};

use rustix::fs::{FlockOperation, flock};

use crate::action::{RunEvent, RunId};
use crate::record::{PlaceError, StateDir};

/// Folder of the runs in the state folder.
pub(super) const RUNS: &str = "runs";
/// The events.
const EVENTS: &str = "events.jsonl";
/// That somebody asked for it to be cancelled, and who.
const CANCEL: &str = "cancel";
/// Longest line of a feed that is read, in bytes; a preview of thousands of items fits.
const LONGEST: usize = 4 << 20;

/// Why a feed cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The folder.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// The file.
    #[error("the feed of run {run}: {source}")]
    Io {
        /// Which run.
        run: String,
        /// Why.
        source: io::Error,
    },
    /// Another process runs it.
    #[error("run {0} has a runner already")]
    Taken(String),
}

/// The folder of a run.
fn folder(state: &StateDir, run: &RunId) -> Result<StateDir, PlaceError> {
    state.folder(RUNS)?.folder(run.as_str())
}

/// The runner's end.
#[derive(Debug)]
pub struct Feed {
    run: RunId,
    folder: StateDir,
    events: File,
}

impl Feed {
    /// Makes the feed of a new run and holds its lock. A run that has one already is not run again.
    pub fn create(state: &StateDir, run: &RunId) -> Result<Self, FeedError> {
        let folder = folder(state, run)?;
        let events = folder.to_create(EVENTS).map_err(|error| match &error {
            PlaceError::Refused { source, .. } if source.kind() == io::ErrorKind::AlreadyExists => {
                FeedError::Taken(run.to_string())
            }
            _ => FeedError::Place(error),
        })?;
        // a viewer's look at whether it is held takes a moment
        flock(&events, FlockOperation::LockExclusive)
            .map_err(|errno| FeedError::Io { run: run.to_string(), source: errno.into() })?;
        Ok(Self { run: run.clone(), folder, events })
    }

    /// Tells every viewer. One write for one line: nobody reads half of it as a whole.
    pub fn say(&mut self, event: &RunEvent) -> Result<(), FeedError> {
        let failed = |source| FeedError::Io { run: self.run.to_string(), source };
        let mut line = serde_json::to_vec(event).map_err(|error| failed(error.into()))?;
        line.push(b'\n');
        self.events.write_all(&line).map_err(failed)
    }

    /// Where it is told that somebody asks for it to be cancelled.
    pub fn requests(&self) -> Requests {
        Requests { folder: self.folder.clone() }
    }
}

/// Requests to the runner.
#[derive(Clone, Debug)]
pub struct Requests {
    folder: StateDir,
}

impl Requests {
    /// Who asked for it to be cancelled, if somebody did.
    pub fn cancelled_by(&self) -> Option<String> {
        let mut who = String::new();
        let file = self.folder.to_read(CANCEL).ok()??;
        file.take(512).read_to_string(&mut who).ok()?;
        Some(crate::base::Shown::from_remote(who.trim()).into_string())
    }
}

/// Asks a run to be cancelled. The runner sees it within a moment, and journals it.
pub fn cancel(state: &StateDir, run: &RunId, who: &str) -> Result<(), FeedError> {
    match folder(state, run)?.to_create(CANCEL) {
        Ok(mut file) => file.write_all(who.as_bytes()).map_err(|source| FeedError::Io { run: run.to_string(), source }),
        // asked already
        Err(PlaceError::Refused { source, .. }) if source.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// True while a runner holds the feed. Makes nothing.
pub fn is_live(state: &StateDir, run: &RunId) -> bool {
    let folder = StateDir::existing(&state.path().join(RUNS).join(run.as_str())).ok().flatten();
    let events = folder.and_then(|folder| folder.to_read(EVENTS).ok().flatten());
    // held exclusively by the runner; a free one is given back at once when the file is closed
    events.is_some_and(|file| flock(&file, FlockOperation::NonBlockingLockShared).is_err())
}

/// A viewer's end.
#[derive(Debug)]
pub struct Follower {
    run: RunId,
    state: StateDir,
    events: Option<File>,
    /// The beginning of a line that is not whole yet.
    rest: Vec<u8>,
    ended: bool,
}

/// What a look at a feed brought.
#[derive(Debug, PartialEq)]
pub enum Seen {
    /// The runner works, or has not begun yet.
    Live,
    /// It told its end.
    Ended,
    /// It is gone without an end.
    Lost,
}

impl Follower {
    /// Follows a run from its beginning, whether or not it has begun.
    pub fn new(state: &StateDir, run: &RunId) -> Self {
        Self { run: run.clone(), state: state.clone(), events: None, rest: Vec::new(), ended: false }
    }

    /// What came since the last look.
    pub fn look(&mut self, told: &mut Vec<RunEvent>) -> Result<Seen, FeedError> {
        // asked before reading: a runner that ends in between has written its end by then
        let is_live = is_live(&self.state, &self.run);
        if self.events.is_none() {
            self.events = folder(&self.state, &self.run)?.to_read(EVENTS)?;
        }
        let Some(file) = &mut self.events else { return Ok(if is_live { Seen::Live } else { Seen::Lost }) };
        file.read_to_end(&mut self.rest).map_err(|source| FeedError::Io { run: self.run.to_string(), source })?;
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            if let Ok(event) = serde_json::from_slice(&line) {
                self.ended |= matches!(event, RunEvent::Ended(_));
                told.push(event);
            }
        }
        self.rest.truncate(LONGEST);
        Ok(match (self.ended, is_live) {
            (true, _) => Seen::Ended,
            (false, true) => Seen::Live,
            (false, false) => Seen::Lost,
        })
    }
}
