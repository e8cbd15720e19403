//! Starts the runner and follows it. The runner is this same program in a session of its own: what ends us does not end
//! it, and what it holds we only read.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

use crate::action::{Ending, RunEvent, RunId};
use crate::base::{Redactor, Shown};
use crate::record::StateDir;
use crate::runtime::act::feed::{FeedError, Follower, Seen};
use crate::runtime::act::journal::{self, Journal};
use crate::runtime::act::order::Order;
use crate::runtime::clock;

/// The hidden subcommand that is a runner.
pub const SUBCOMMAND: &str = "__run";
/// Between two looks at a feed.
const LOOK: Duration = Duration::from_millis(50);
/// Looks that find no runner before that of somebody else counts as gone.
const PATIENCE: u32 = 20;
/// Most that is read of why a runner could not begin, in bytes.
const WORDS: u64 = 4096;

/// Why no runner was started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The process.
    #[error("the runner could not be started: {0}")]
    Process(#[from] io::Error),
    /// The order.
    #[error("the order could not be written: {0}")]
    Order(#[from] serde_json::Error),
}

/// A new id for a run.
pub fn new_run() -> RunId {
    RunId::new(&uuid::Uuid::now_v7().to_string()).unwrap_or_else(|| unreachable!("a UUID is a UUID"))
}

/// Starts the runner of an order. It is not waited for: it outlives us.
#[expect(clippy::disallowed_methods, reason = "it is this program itself, with all of its environment")]
pub async fn start(order: &Order) -> Result<Child, StartError> {
    let wire = order.to_wire()?;
    let mut runner = Command::new("/proc/self/exe");
    runner.arg0("midwatch").args([SUBCOMMAND, order.run.as_str()]);
    if let Some(still) = clock::still() {
        runner.args(["--still", &serde_json::to_string(&still)?]);
    }
    let mut child = runner
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(false)
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // a runner that ended already tells why, and following it finds that
        let _ = stdin.write_all(wire.expose().as_bytes()).await;
        let _ = stdin.shutdown().await;
    }
    Ok(child)
}

/// Follows a run to its end, one that we started or somebody else's. Where the runner is gone without an end, the journal
/// says what is known.
pub async fn follow(
    state: &StateDir,
    run: &RunId,
    mut runner: Option<Child>,
    mut told: impl FnMut(RunEvent),
) -> Result<Ending, FeedError> {
    let mut follower = Follower::new(state, run);
    let mut events = Vec::new();
    let mut lost = 0;
    loop {
        // asked before reading: what it told before its end is read
        let is_over = runner.as_mut().is_some_and(|runner| !matches!(runner.try_wait(), Ok(None)));
        let seen = follower.look(&mut events)?;
        let mut ending = None;
        for event in events.drain(..) {
            if let RunEvent::Ended(end) = &event {
                ending = Some((**end).clone());
            }
            told(event);
        }
        if let Some(ending) = ending {
            return Ok(ending);
        }
        lost = if seen == Seen::Lost { lost + 1 } else { 0 };
        // our own may be slow to begin; that of somebody else has begun, or there is nothing to follow
        if is_over || (runner.is_none() && lost > PATIENCE) {
            let ending = gone(state, run, &words(runner).await);
            told(RunEvent::Ended(Box::new(ending.clone())));
            return Ok(ending);
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// What a runner said that could not even begin.
async fn words(runner: Option<Child>) -> String {
    let mut said = Vec::new();
    if let Some(stderr) = runner.and_then(|mut runner| runner.stderr.take()) {
        // what it left running has no hold of this pipe, so that it ends
        let _ = stderr.take(WORDS).read_to_end(&mut said).await;
    }
    Shown::from_remote(String::from_utf8_lossy(&said).trim().trim_start_matches("midwatch: ")).into_string()
}

fn gone(state: &StateDir, run: &RunId, words: &str) -> Ending {
    Journal::open(state.path(), &Redactor::default())
        .and_then(|journal| journal.end_of(run, words))
        .unwrap_or_else(|_| journal::unseen())
}
