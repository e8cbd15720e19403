//! `midwatch demo`: the same dashboard over simulated systems on loopback sockets. Needs nothing installed.

use std::sync::Arc;
use std::time::Duration;

use crate::base::Period;
use crate::cli::{Failure, Outcome, catalog, choice, dashboard};
use crate::config::{self, Override};
use crate::runtime::event_loop::Ended;
use crate::runtime::{PreparedSystem, clock};
use crate::sim::{self, Fault};
use crate::view::Theme;

/// The same world every time.
const SEED: u64 = 3;

#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) dashboard: dashboard::Args,
    /// Start with this fault switched on; `F` in the dashboard switches it
    #[arg(long, value_name = "NAME", default_value = "none")]
    fault: Fault,
    /// How long the fault has been on when the dashboard opens
    #[arg(long, value_name = "DURATION", default_value = "4m")]
    since: Period,
}

impl Args {
    /// These flags after those that stood before the subcommand.
    pub(super) fn under(mut self, top: dashboard::Args) -> Self {
        self.dashboard = self.dashboard.under(top);
        self
    }
}

/// The demo.
pub(super) fn run(args: &Args) -> Outcome {
    let theme = dashboard::theme(&args.dashboard)?;
    show(&args.dashboard, theme, args.fault, args.since.0)
}

/// Runs the dashboard over the simulation.
pub(super) fn show(args: &dashboard::Args, theme: Theme, fault: Fault, since: Duration) -> Outcome {
    let make = || make(args, fault, since);
    match dashboard::show(args, theme, Vec::new(), Vec::new(), Some(&make))? {
        Ended::Code(code) => Ok(code),
        Ended::StartDemo => Ok(0),
    }
}

/// Starts the simulation and points its system's variables at it.
fn make(args: &dashboard::Args, fault: Fault, since: Duration) -> Result<(sim::Demo, Vec<PreparedSystem>), Failure> {
    let demo = sim::Demo::start(fault, since, SEED, clock::now)
        .map_err(|error| Failure::Failed(format!("starting the simulation on loopback sockets: {error}")))?;
    let catalog = catalog::load();
    if let Some(other) = args.choice.names().iter().find(|name| *name != sim::SYSTEM) {
        return Err(Failure::Usage(format!("--system {other} is not simulated; there is {}", sim::SYSTEM)));
    }
    let listed = catalog.get(sim::SYSTEM).map_err(|error| Failure::Usage(error.to_string()))?;
    let system = Arc::new(listed.load().map_err(|problems| choice::broken(&problems))?);
    let overrides: Vec<Override> = demo.vars().into_iter().map(|(name, value)| (None, name, value)).collect();
    // no environment: a demo must not reach the real one by a variable that happens to be set
    let variables = config::resolve(&system, &overrides, &|_| None)
        .map_err(|problems| Failure::Failed(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))?;
    Ok((demo, vec![PreparedSystem::new(system, variables, false)]))
}
