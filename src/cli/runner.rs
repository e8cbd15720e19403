//! `midwatch __run`: the runner of one action, started by us and nobody else. It takes its order from a pipe, leaves the
//! session it was started in, and tells everything in the feed of its run.

use std::io::Read as _;

use crate::cli::{Failure, Outcome};
use crate::runtime::act::{order::Order, runner};
use crate::runtime::clock::{self, Still};
use crate::runtime::headless;
use crate::runtime::run::command;

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    /// The run, for those who look at the list of processes
    run: String,
    /// The clock of a demo that stands still.
    #[arg(long, value_parser = |text: &str| serde_json::from_str::<Still>(text))]
    still: Option<Still>,
}

/// Longest order, in bytes.
const LONGEST: u64 = 64 << 20;

pub(super) fn run(args: &Args) -> Outcome {
    if let Some(still) = args.still {
        clock::follow(still);
    }
    // no terminal that could prompt, and none whose end would be ours
    rustix::process::setsid().map_err(|errno| Failure::Failed(format!("leaving the session: {errno}")))?;
    command::become_subreaper().map_err(Failure::of)?;
    let mut text = String::new();
    std::io::stdin().take(LONGEST).read_to_string(&mut text).map_err(Failure::of)?;
    let order = Order::from_wire(&text).map_err(Failure::of)?;
    drop(text);
    if order.run.as_str() != args.run {
        return Err(Failure::Usage(format!("run {}: the order is for another run", args.run)));
    }
    let outcome = headless::run(runner::run(&order)).map_err(Failure::of)?.map_err(Failure::of)?;
    Ok(outcome.exit_code())
}
