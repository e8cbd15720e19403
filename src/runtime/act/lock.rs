//! Who acts on what: one run for each target and its neighbours in `depends_on`. File locks, which vanish with the
//! process that holds them, on this host and for this state folder.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock, ftruncate};

use crate::action::Holder;
use crate::record::{PlaceError, StateDir};

/// Folder of the locks in the state folder.
const LOCKS: &str = "locks";
/// Looks before a target counts as held: another's look at who holds it takes a lock for a moment.
const LOOKS: u32 = 10;
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// What a run locks: its target alone, its neighbours together with other runs that have them as neighbours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Name of the system.
    pub system: String,
    /// Component or action.
    pub target: String,
    /// What the target depends on, and what depends on it.
    pub neighbours: Vec<String>,
}

/// The locks of a run, held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    _files: Vec<File>,
}

/// Why a run has no lock.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody else acts.
    #[error("{0}")]
    Held(Box<Holder>),
    /// Somebody else acts, and cannot be told.
    #[error("another run acts on {0}")]
    Taken(String),
    /// The folder.
    #[error(transparent)]
    Place(#[from] PlaceError),
}

impl Scope {
    /// Every file with how it is locked, in one order for all runs: no two wait for each other.
    fn files(&self) -> Vec<(String, FlockOperation)> {
        let name = |target: &str| format!("{}.{target}", self.system);
        let shared = FlockOperation::NonBlockingLockShared;
        let mut files: Vec<_> = self.neighbours.iter().map(|neighbour| (name(neighbour), shared)).collect();
        files.push((name(&self.target), FlockOperation::NonBlockingLockExclusive));
        files.sort_by(|a, b| a.0.cmp(&b.0));
        files.dedup_by(|a, b| a.0 == b.0);
        files
    }

    /// Takes all of them, or none.
    pub async fn take(&self, state: &StateDir, holder: &Holder) -> Result<Lock, LockError> {
        let folder = state.folder(LOCKS)?;
        for look in 0..LOOKS {
            if look > 0 {
                tokio::time::sleep(PAUSE).await;
            }
            if let Some(files) = self.try_take(&folder, holder)? {
                return Ok(Lock { _files: files });
            }
        }
        Err(self
            .holder(&folder)
            .map_or_else(|| LockError::Taken(self.target.clone()), |h| LockError::Held(Box::new(h))))
    }

    /// Who holds one of them now. Makes nothing.
    pub fn held_by(&self, state: &StateDir) -> Option<Holder> {
        StateDir::existing(&state.path().join(LOCKS)).ok()?.and_then(|folder| self.holder(&folder))
    }

    fn try_take(&self, folder: &StateDir, holder: &Holder) -> Result<Option<Vec<File>>, PlaceError> {
        let mut files = Vec::new();
        for (name, how) in self.files() {
            let mut file = folder.to_append(&name)?;
            if flock(&file, how).is_err() {
                return Ok(None);
            }
            if how == FlockOperation::NonBlockingLockExclusive {
                // who it is, for those who find it held; a failure to tell is no reason not to hold it
                let told = serde_json::to_vec(holder).ok();
                if let Some(told) = told.filter(|_| ftruncate(&file, 0).is_ok()) {
                    let _ = file.write_all(&told);
                }
            }
            files.push(file);
        }
        Ok(Some(files))
    }

    /// Reads who holds the target or a neighbour alone. A run on something else that has our target as its neighbour is
    /// among its own neighbours here too.
    fn holder(&self, folder: &StateDir) -> Option<Holder> {
        self.files().iter().find_map(|(name, _)| {
            let mut file = folder.to_read(name).ok()??;
            if flock(&file, FlockOperation::NonBlockingLockShared).is_ok() {
                return None;
            }
            let mut told = Vec::new();
            file.rewind().ok()?;
            file.take(4096).read_to_end(&mut told).ok()?;
            serde_json::from_slice(&told).ok()
        })
    }
}
