//! `midwatch __sim`: what the demo's stand-ins for `systemctl`, `docker` and their like run. It acts on the simulation
//! that made them, and on nothing else.

use std::net::SocketAddr;

use crate::cli::{Failure, Outcome, out};
use crate::sim::remote;

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    /// Where the simulation listens
    control: SocketAddr,
    /// The command, its name first
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    argv: Vec<String>,
}

pub(super) fn run(args: &Args) -> Outcome {
    let ran = remote::command(args.control, &args.argv)
        .map_err(|error| Failure::Failed(format!("the demo at {} has ended: {error}", args.control)))?;
    if !ran.out.is_empty() {
        out::print(&format!("{}\n", ran.out))?;
    }
    if !ran.err.is_empty() {
        out::complain(&ran.err);
    }
    Ok(ran.code)
}
