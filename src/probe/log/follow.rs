//! A command that follows a log: one child, kept alive between polls, read by a task of its own, started again when it
//! ended, each time a little later. Dropped, it is killed with its group, and so it is where we are killed.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use crate::base::{Cause, Shown};
use crate::probe::ProbeError;
use crate::probe::child::{Leader, in_words};
use crate::probe::command::line::Line;
use crate::probe::command::run::piece;
use crate::probe::deadline::Deadline;

/// The most that waits to be counted; of more, the older half is skipped, and told.
const MOST: usize = 1024 * 1024;
/// The most that is kept of what it complains.
const COMPLAINT: usize = 4096;
/// The first wait before it is started again, and the longest: an end of the trouble shows within 15 seconds.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(15);
/// After so long it counts as one that works: the wait begins anew.
const STEADY: Duration = Duration::from_secs(60);
/// How long the rest of its outputs is waited for when it has ended: what it left behind may hold them.
const DRAIN: Duration = Duration::from_millis(250);
/// How often it is looked whether a new command has said what it had to say first.
const LOOK: Duration = Duration::from_millis(50);

/// What was heard since the look before.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) bytes: Vec<u8>,
    /// Bytes before them that were not kept.
    pub(super) skipped: u64,
    /// It is another run of the command than before.
    pub(super) is_other: bool,
    /// Why nobody follows now.
    pub(super) trouble: Option<ProbeError>,
}

/// A command that is kept running.
pub(super) struct Follower {
    line: Line,
    child: Option<Running>,
    starting: Option<JoinHandle<Result<Leader, ProbeError>>>,
    /// Runs that ended, one after the other.
    ends: u32,
    not_before: Option<Instant>,
    last_end: Option<ProbeError>,
    is_known: bool,
}

/// A run of the command.
struct Running {
    inbox: Arc<Mutex<Inbox>>,
    reader: JoinHandle<()>,
    since: Instant,
}

impl Drop for Running {
    fn drop(&mut self) {
        // with its reader goes the process, and its group
        self.reader.abort();
    }
}

/// What it said and nobody took yet.
#[derive(Debug, Default)]
struct Inbox {
    bytes: Vec<u8>,
    total: u64,
    skipped: u64,
    complaint: Vec<u8>,
    /// How it ended, where it has.
    ended: Option<String>,
}

impl Inbox {
    fn push(&mut self, piece: &[u8]) {
        self.total += piece.len() as u64;
        self.bytes.extend_from_slice(piece);
        if self.bytes.len() > MOST {
            let cut = self.bytes.len() - MOST / 2;
            self.bytes.drain(..cut);
            self.skipped += cut as u64;
        }
    }

    fn complain(&mut self, piece: &[u8]) {
        self.complaint.extend_from_slice(piece);
        let cut = self.complaint.len().saturating_sub(COMPLAINT);
        self.complaint.drain(..cut);
    }
}

impl Follower {
    /// Not started yet.
    pub(super) fn new(line: Line) -> Self {
        Self { line, child: None, starting: None, ends: 0, not_before: None, last_end: None, is_known: false }
    }

    /// What is new. Starts the command where nobody runs, and then gives it a moment to begin.
    pub(super) async fn hear(&mut self, timeout: Duration, deadline: &Deadline) -> Heard {
        let mut heard = Heard::default();
        if self.child.is_none() {
            heard.is_other = self.is_known;
            if let Err(error) = self.start(deadline).await {
                heard.trouble = Some(error);
                return heard;
            }
            self.settle(timeout / 2, deadline).await;
        }
        let Some(child) = &self.child else { return heard };
        let (ended, complaint) = child.with(|inbox| {
            heard.bytes = std::mem::take(&mut inbox.bytes);
            heard.skipped = std::mem::take(&mut inbox.skipped);
            (inbox.ended.clone(), std::mem::take(&mut inbox.complaint))
        });
        if let Some(how) = ended {
            if child.since.elapsed() >= STEADY {
                self.ends = 0;
            }
            self.child = None;
            heard.trouble = Some(self.ended(&how, &complaint));
        }
        heard
    }

    async fn start(&mut self, deadline: &Deadline) -> Result<(), ProbeError> {
        // of what lies ahead nothing has elapsed
        if self.not_before.is_some_and(|at| at.elapsed().is_zero()) {
            let ended = self.last_end.clone();
            return Err(ended.unwrap_or_else(|| ProbeError::new(Cause::ConnectionLost, "it ended")));
        }
        let line = self.line.clone();
        let begin = move || {
            let mut leader = line.start()?;
            leader.end_with_us();
            Ok(leader)
        };
        let starting = self.starting.get_or_insert_with(|| tokio::task::spawn_blocking(begin));
        let Some(started) = deadline.bound(starting).await else {
            let words = format!("timed out (start) after {}: its program cannot be loaded", deadline.budget());
            return Err(ProbeError::new(Cause::TimedOut, words));
        };
        self.starting = None;
        let started = started
            .unwrap_or_else(|_| Err(ProbeError::new(Cause::Internal, "internal error: it could not be started")));
        self.child = Some(Running::of(started?));
        self.is_known = true;
        Ok(())
    }

    /// Waits for what a new command says at its beginning: until it pauses, or for so long.
    async fn settle(&self, most: Duration, deadline: &Deadline) {
        let Some(child) = &self.child else { return };
        let mut before = 0;
        let waiting = async {
            loop {
                sleep(LOOK).await;
                let (total, is_over) = child.with(|inbox| (inbox.total, inbox.ended.is_some()));
                if is_over || (total > 0 && total == before) {
                    return;
                }
                before = total;
            }
        };
        let _ = deadline.bound(tokio::time::timeout(most, waiting)).await;
    }

    fn ended(&mut self, how: &str, complaint: &[u8]) -> ProbeError {
        let wait = FIRST_WAIT.saturating_mul(1 << self.ends.min(8)).min(LONGEST_WAIT);
        self.ends += 1;
        self.not_before = Some(sleep(wait).deadline());
        let words = String::from_utf8_lossy(complaint);
        let last = words.lines().rev().find(|line| !line.trim().is_empty());
        let said = last.map(|line| format!(": {}", Shown::from_remote(line.trim()))).unwrap_or_default();
        let text = format!("nobody follows: {} {how}{said}; it is started again", self.line);
        let error = ProbeError::new(Cause::ConnectionLost, text);
        self.last_end = Some(error.clone());
        error
    }
}

impl Running {
    fn of(leader: Leader) -> Self {
        let inbox = Arc::new(Mutex::new(Inbox::default()));
        let reader = tokio::spawn(read(leader, Arc::clone(&inbox)));
        Self { inbox, reader, since: sleep(Duration::ZERO).deadline() }
    }

    fn with<T>(&self, look: impl FnOnce(&mut Inbox) -> T) -> T {
        with(&self.inbox, look)
    }
}

fn with<T>(inbox: &Mutex<Inbox>, look: impl FnOnce(&mut Inbox) -> T) -> T {
    look(&mut inbox.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Reads what it says until it ends.
async fn read(mut leader: Leader, inbox: Arc<Mutex<Inbox>>) {
    let (mut out, mut err) = leader.outputs();
    while out.is_some() || err.is_some() {
        tokio::select! {
            piece = piece(&mut out) => with(&inbox, |inbox| inbox.push(&piece)),
            piece = piece(&mut err) => with(&inbox, |inbox| inbox.complain(&piece)),
            // what it left in the background does not follow in its place
            _ = leader.wait() => break,
        }
    }
    let rest = async {
        while out.is_some() || err.is_some() {
            tokio::select! {
                piece = piece(&mut out) => with(&inbox, |inbox| inbox.push(&piece)),
                piece = piece(&mut err) => with(&inbox, |inbox| inbox.complain(&piece)),
            }
        }
    };
    let _ = tokio::time::timeout(DRAIN, rest).await;
    let how = leader.wait().await.map_or_else(|_| "ended".to_owned(), in_words);
    with(&inbox, |inbox| inbox.ended = Some(how));
}
