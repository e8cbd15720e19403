//! `midwatch completions SHELL`.

use clap_complete::Shell;

use crate::cli::{Outcome, out};

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    /// For which shell
    shell: Shell,
}

pub(super) fn run(args: &Args, mut command: clap::Command) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "midwatch", &mut script);
    out::print(&String::from_utf8_lossy(&script))?;
    Ok(0)
}
