//! The audit log on a real disk: what is in it after kills, full disks, planted links, and what the commands tell.

mod commands;
mod mended;
mod places;
mod writers;

use std::path::{Path, PathBuf};

use midwatch::record::chain::verify::{Verified, verify};
use midwatch::record::{Audit, Draft, Kind, StateDir, Who};
use midwatch::runtime::clock;
use tempfile::TempDir;

/// A home for the state folder, and the journal in it.
struct Desk {
    home: TempDir,
    audit: Audit,
}

impl Desk {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let audit = Audit::open(&StateDir::open(&home.path().join("midwatch")).unwrap());
        Self { home, audit }
    }

    /// What `XDG_STATE_HOME` is set to.
    fn home(&self) -> &Path {
        self.home.path()
    }

    fn file(&self) -> PathBuf {
        self.home().join("midwatch/audit.jsonl")
    }

    fn bytes(&self) -> Vec<u8> {
        std::fs::read(self.file()).unwrap()
    }

    fn verified(&self) -> Verified {
        verify(&self.bytes())
    }

    /// Writes a note and gives its number.
    fn note(&self, text: &str) -> u64 {
        self.audit.append(&note(text), clock::now()).unwrap().seq
    }
}

fn note(text: &str) -> Draft {
    Draft { reason: Some(text.to_owned()), ..Draft::new(Kind::Note, Who::here()) }
}
