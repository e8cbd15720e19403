//! `midwatch` without a command: the dashboard.

use crate::cli::{Failure, Outcome, choice, out};
use crate::job::Zone;

#[derive(Clone, Debug, Default, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) choice: choice::Args,
    /// Nothing that changes a system may run
    #[arg(long)]
    pub(super) read_only: bool,
    /// Colours of the dashboard
    #[arg(long, value_name = "NAME")]
    pub(super) theme: Option<String>,
    /// Your own time zone, instead of this machine's
    #[arg(long, value_name = "ZONE", value_parser = Zone::new)]
    pub(super) tz: Option<Zone>,
    /// Draw with ASCII characters only
    #[arg(long)]
    pub(super) ascii: bool,
    /// When to use colour
    #[arg(long, value_enum, value_name = "WHEN")]
    pub(super) color: Option<out::Color>,
}

pub(super) fn run(args: &Args) -> Outcome {
    let _ = args;
    Err(Failure::Failed("the dashboard is not part of this build; midwatch check looks without it".to_owned()))
}
