//! `midwatch __guard`: ends the group of a program that must not outlive us, when we have ended: it waits for the end of a
//! pipe whose other end we hold. Started by `probe/child.rs` and nobody else.

use rustix::process::{Pid, Signal, kill_process_group};

use crate::cli::{Failure, Outcome};

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    /// The group that is ended
    group: i32,
}

pub(super) fn run(args: &Args) -> Outcome {
    let none = || Failure::Usage(format!("{} is no process group", args.group));
    let group = Pid::from_raw(args.group).filter(|_| args.group > 1).ok_or_else(none)?;
    // what ends the terminal's session does not end it before its work is done
    rustix::process::setsid().map_err(|errno| Failure::Failed(format!("leaving the session: {errno}")))?;
    std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink()).map_err(Failure::of)?;
    // who ended before us is nobody's business
    let _ = kill_process_group(group, Signal::KILL);
    Ok(0)
}
