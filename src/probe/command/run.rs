//! Runs a command to its end: started aside, its outputs read and capped, TERM and then KILL within the time there is.

use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::Signal;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{ChildStderr, ChildStdout};
use tokio::task::JoinHandle;

use crate::base::Cause;
use crate::probe::ProbeError;
use crate::probe::child::Leader;
use crate::probe::command::line::Line;
use crate::probe::deadline::Deadline;

/// The most that is kept of an output; the rest is read and counted.
pub(super) const CAP: usize = 1024 * 1024;
/// Whoever says so much more does not stop: it is ended.
const FLOOD: usize = 15 * CAP;
/// How long the rest of the output is waited for when the process has ended: what it left in the background may hold it.
const DRAIN: Duration = Duration::from_millis(250);
/// How long the end of what was killed is waited for, beyond the timeout.
const AFTER_KILL: Duration = Duration::from_millis(100);
/// A pipe holds no more.
const PIECE: usize = 64 << 10;

/// A start that is under way on a thread of its own.
pub(super) type Starting = JoinHandle<Result<Leader, ProbeError>>;

/// What a command came to.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) status: ExitStatus,
    pub(super) out: Kept,
    pub(super) err: Kept,
    pub(super) latency: Duration,
}

/// An output: its beginning, and how much there was beyond it.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) bytes: Vec<u8>,
    pub(super) beyond: usize,
}

impl Kept {
    fn push(&mut self, piece: &[u8]) {
        let room = CAP.saturating_sub(self.bytes.len()).min(piece.len());
        self.bytes.extend_from_slice(&piece[..room]);
        self.beyond += piece.len() - room;
    }
}

/// Runs it. Of the timeout the last tenth is kept for its end: TERM then, KILL at the timeout.
pub(super) async fn run(
    line: &Line,
    starting: &mut Option<Starting>,
    timeout: Duration,
    deadline: &Deadline,
) -> Result<Ran, ProbeError> {
    let mut leader = start(line, starting, deadline).await?;
    let (out, err) = leader.outputs();
    let run = Run { leader, out, err, said: Kept::default(), complained: Kept::default() };
    run.until_ended(timeout, deadline).await
}

/// Starts it on a thread aside: to find and to load a program may wait for a disk.
async fn start(line: &Line, starting: &mut Option<Starting>, deadline: &Deadline) -> Result<Leader, ProbeError> {
    let late = || {
        let words = format!("timed out (start) after {}: its program cannot be loaded", deadline.budget());
        ProbeError::new(Cause::TimedOut, words)
    };
    if let Some(before) = starting {
        // what the poll before began ends here: dropped, it is killed
        let _ = deadline.bound(before).await.ok_or_else(late)?;
        *starting = None;
    }
    let line = line.clone();
    let begun = starting.insert(tokio::task::spawn_blocking(move || line.start()));
    let started = deadline.bound(begun).await.ok_or_else(late)?;
    *starting = None;
    started.unwrap_or_else(|_| Err(ProbeError::new(Cause::Internal, "internal error: it could not be started")))
}

/// Why its outputs are not read on.
enum Ended {
    By(std::io::Result<ExitStatus>),
    Floods,
    Not,
}

/// A command that runs. Dropped, it is killed.
struct Run {
    leader: Leader,
    out: Option<ChildStdout>,
    err: Option<ChildStderr>,
    said: Kept,
    complained: Kept,
}

impl Run {
    async fn until_ended(mut self, timeout: Duration, deadline: &Deadline) -> Result<Ran, ProbeError> {
        let grace = (timeout / 10).clamp(Duration::from_millis(50), Duration::from_secs(1)).min(timeout / 2);
        let left = timeout.saturating_sub(grace).saturating_sub(deadline.elapsed());
        let (cause, why) = match self.ends_within(left, FLOOD).await {
            Ended::By(status) => {
                let latency = deadline.elapsed();
                self.drain(deadline).await;
                let status = status.map_err(|error| {
                    ProbeError::new(Cause::Internal, format!("internal error: how it ended cannot be told: {error}"))
                })?;
                return Ok(Ran { status, out: self.said, err: self.complained, latency });
            }
            Ended::Floods => (Cause::TooLarge, "too large: it says more than 16 MiB".to_owned()),
            Ended::Not => (Cause::TimedOut, format!("timed out after {}", deadline.budget())),
        };
        self.leader.signal(Signal::TERM);
        let by = if matches!(self.ends_within(grace, usize::MAX).await, Ended::By(_)) {
            "ended by TERM"
        } else {
            self.leader.signal(Signal::KILL);
            let is_over = tokio::time::timeout(AFTER_KILL, self.leader.wait()).await.is_ok();
            if is_over { "ended by KILL" } else { "it could not be ended" }
        };
        Err(ProbeError::new(cause, format!("{why}: {by}")))
    }

    /// Reads until it has ended, at most so long and so much beyond the cap.
    async fn ends_within(&mut self, most: Duration, flood: usize) -> Ended {
        let over = tokio::time::sleep(most);
        tokio::pin!(over);
        loop {
            tokio::select! {
                piece = piece(&mut self.out) => self.said.push(&piece),
                piece = piece(&mut self.err) => self.complained.push(&piece),
                ended = self.leader.wait() => return Ended::By(ended),
                () = &mut over => return Ended::Not,
            }
            if self.said.beyond.max(self.complained.beyond) > flood {
                return Ended::Floods;
            }
        }
    }

    /// Reads what is left to read.
    async fn drain(&mut self, deadline: &Deadline) {
        let rest = async {
            while self.out.is_some() || self.err.is_some() {
                tokio::select! {
                    piece = piece(&mut self.out) => self.said.push(&piece),
                    piece = piece(&mut self.err) => self.complained.push(&piece),
                }
            }
        };
        let _ = deadline.bound(tokio::time::timeout(DRAIN, rest)).await;
    }
}

/// What a pipe has to give; nothing, for ever, once it has ended. Can be dropped while it waits: nothing is lost.
pub(in crate::probe) async fn piece(pipe: &mut Option<impl AsyncRead + Unpin>) -> Vec<u8> {
    let Some(open) = pipe else { return std::future::pending().await };
    let mut bytes = Vec::with_capacity(PIECE);
    if !matches!(open.read_buf(&mut bytes).await, Ok(1..)) {
        *pipe = None;
    }
    bytes
}
