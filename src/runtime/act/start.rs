//! Starts the runner and follows it. The runner is this same program in a session of its own: what ends us does not end
//! it, and what it holds we only read.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};

use crate::action::{Ending, Outcome, RunEvent, RunId};
use crate::record::StateDir;
use crate::runtime::act::feed::{FeedError, Follower, Seen};
use crate::runtime::act::order::Order;
use crate::runtime::clock;

/// The hidden subcommand that is a runner.
pub const SUBCOMMAND: &str = "__run";
/// Between two looks at a feed.
const LOOK: Duration = Duration::from_millis(50);
/// Looks that find no runner before it counts as gone: it holds its feed a moment after it made it.
const PATIENCE: u32 = 20;

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
    let mut child = Command::new("/proc/self/exe")
        .arg0("midwatch")
        .args([SUBCOMMAND, order.run.as_str()])
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(false)
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(wire.expose().as_bytes()).await?;
        stdin.shutdown().await?;
    }
    Ok(child)
}

/// Follows a run to its end. What nobody saw the end of ends as unknown.
pub async fn follow(state: &StateDir, run: &RunId, mut told: impl FnMut(RunEvent)) -> Result<Ending, FeedError> {
    let mut follower = Follower::new(state, run);
    let mut events = Vec::new();
    let mut lost = 0;
    loop {
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
        if lost > PATIENCE {
            let ending = gone();
            told(RunEvent::Ended(Box::new(ending.clone())));
            return Ok(ending);
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn gone() -> Ending {
    Ending {
        at: clock::now().wall,
        outcome: Outcome::Unknown,
        reason: "its runner is gone and nobody saw the end: look before you run it again".to_owned(),
        verified: false,
        evidence: String::new(),
        done: None,
    }
}
