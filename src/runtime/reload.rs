//! Looks whether the user's own files changed, on a thread of its own: a home on a network that hangs delays no frame.
//! What they say is the command line's to read; nothing here, or anywhere, writes them.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use crate::app::settings::News;
use crate::runtime::wardrobe::Wardrobe;

/// How often it is looked.
const LOOK: Duration = Duration::from_secs(3);
/// A file that is being written is read when it has rested for so long.
const REST: Duration = Duration::from_millis(150);
/// And, if it never rests, after so many rests all the same.
const RESTS: usize = 20;

/// What came of reading the files again.
#[derive(Debug)]
pub struct Reread {
    /// What they say.
    pub news: News,
    /// The themes there are now; none where what held before holds on.
    pub wardrobe: Option<Wardrobe>,
}

/// Which files, and how they are read.
pub struct Files {
    /// Where they are, or would be: looked up each time, because some come and go.
    pub list: Box<dyn Fn() -> Vec<PathBuf> + Send>,
    /// How they looked when they were read.
    pub seen: Vec<Stamp>,
    /// Reads them.
    pub read: Box<dyn FnMut() -> Reread + Send>,
}

/// What tells a file from the one it was: nothing of it where it is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    path: PathBuf,
    /// Inode, size, when it was written to in seconds and nanoseconds.
    look: Option<(u64, u64, i64, i64)>,
}

/// How these files look now.
pub fn stamps(files: Vec<PathBuf>) -> Vec<Stamp> {
    let look = |path: &PathBuf| {
        let data = fs::metadata(path).ok()?;
        Some((data.ino(), data.size(), data.mtime(), data.mtime_nsec()))
    };
    files.into_iter().map(|path| Stamp { look: look(&path), path }).collect()
}

/// Looks until nobody listens any more. Where no thread can be had, what was read at the start holds.
pub fn watch(files: Files, told: UnboundedSender<Reread>) {
    let _ = thread::Builder::new().name("settings".into()).spawn(move || look(files, &told));
}

fn look(mut files: Files, told: &UnboundedSender<Reread>) {
    loop {
        thread::sleep(LOOK);
        if told.is_closed() {
            return;
        }
        let mut now = stamps((files.list)());
        if now == files.seen {
            continue;
        }
        for _ in 0..RESTS {
            thread::sleep(REST);
            let later = stamps((files.list)());
            if later == now {
                break;
            }
            now = later;
        }
        files.seen = now;
        if told.send((files.read)()).is_err() {
            return;
        }
    }
}
