//! `midwatch demo`: the same dashboard over simulated systems on loopback sockets. Needs nothing installed.

mod drill;

use std::sync::Arc;
use std::time::Duration;

use crate::app::{self, Simulated};
use crate::base::{Period, SystemName};
use crate::cli::dashboard::Staged;
use crate::cli::{Failure, Outcome, catalog, choice, dashboard};
use crate::config::{self, Catalog, Override};
use crate::runtime::event_loop::Ended;
use crate::runtime::wardrobe::Wardrobe;
use crate::runtime::{PreparedSystem, clock};
use crate::sim::{self, Kind, On};

/// The same world every time.
const SEED: u64 = 3;
/// The fault that is none.
const NONE: &str = "none";

#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) dashboard: dashboard::Args,
    /// Start with this fault switched on; `F` in the dashboard switches it
    #[arg(long, value_name = "[SYSTEM/]NAME", default_value = NONE)]
    fault: String,
    /// How long the fault has been on when the dashboard opens
    #[arg(long, value_name = "DURATION", default_value = "4m")]
    since: Period,
    /// Begin at the same moment of the same night every time, and stand still after so long: for pictures and talks
    #[arg(long, value_name = "DURATION")]
    still: Option<Period>,
    #[command(flatten)]
    drill: drill::Args,
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
    if args.drill.drill && args.dashboard.is_plain() {
        return Err(Failure::Usage(
            "--drill needs the screen: leave --plain away, on a terminal that shows one".into(),
        ));
    }
    if args.drill.drill && args.dashboard.wall {
        return Err(Failure::Usage("--drill needs keys, and --wall takes none: leave one of them away".into()));
    }
    let wardrobe = dashboard::wardrobe(&args.dashboard)?;
    let kinds =
        sim::choose(args.dashboard.choice.names()).map_err(|error| Failure::Usage(format!("--system {error}")))?;
    let on = sim::find(&kinds, &args.fault).map_err(|error| Failure::Usage(format!("--fault: {error}")))?;
    if let Some(still) = args.still {
        clock::stand_still(still.0);
    }
    let since = if args.drill.drill { Duration::ZERO } else { args.since.0 };
    match show(&args.dashboard, wardrobe, &kinds, on, since, args.drill.hide(&kinds)?.as_ref())? {
        // its times are none of the user's
        Ended::Drilled(code, _) if args.still.is_some() => Ok(code),
        Ended::Drilled(0, drilled) => args.drill.finish(&drilled),
        Ended::Drilled(code, drilled) => args.drill.finish(&drilled).map(|_| code),
        Ended::Code(code) => Ok(code),
        Ended::StartDemo => Ok(0),
    }
}

/// The demo of all simulated systems in good health.
pub(super) fn show_calm(args: &dashboard::Args, wardrobe: Wardrobe) -> Outcome {
    let on = sim::find(sim::SYSTEMS, NONE).map_err(|error| Failure::Failed(error.to_string()))?;
    match show(args, wardrobe, sim::SYSTEMS, on, Duration::ZERO, None)? {
        Ended::Code(code) | Ended::Drilled(code, _) => Ok(code),
        Ended::StartDemo => Ok(0),
    }
}

/// Runs the dashboard over the simulation.
fn show(
    args: &dashboard::Args,
    wardrobe: Wardrobe,
    kinds: &[&'static Kind],
    on: On,
    since: Duration,
    drill: Option<&drill::Secret>,
) -> Result<Ended, Failure> {
    let floor = args.choice.own.floor;
    let make = || {
        let staged = make(kinds, on, since, drill)?;
        let systems = staged.systems.into_iter().map(|own| own.no_faster_than(floor)).collect();
        Ok(Staged { systems, ..staged })
    };
    dashboard::show(args, wardrobe, Vec::new(), Vec::new(), Some(&make))
}

/// The system whose screen is shown first: that of the fault. Without one the whole fleet stands there.
fn opened(on: On) -> Option<SystemName> {
    (on.fault.name != NONE).then(|| SystemName::new(on.system).ok()).flatten()
}

/// Starts the simulation and points its systems' variables at it.
fn make(kinds: &[&'static Kind], on: On, since: Duration, drill: Option<&drill::Secret>) -> Result<Staged, Failure> {
    let simulation = sim::Demo::start(kinds, on, since, SEED, clock::now)
        .map_err(|error| Failure::Failed(format!("starting the simulation on loopback sockets: {error}")))?;
    let catalog = catalog::load();
    let systems: Vec<PreparedSystem> =
        kinds.iter().map(|kind| prepare(&catalog, &simulation, kind)).collect::<Result<_, _>>()?;
    let simulated = |(kind, (_, current)): (&&Kind, (&str, &str))| {
        Some(Simulated {
            system: SystemName::new(kind.system).ok()?,
            simulates: kind.simulates.to_owned(),
            faults: kind.faults.iter().map(|fault| (fault.name.to_owned(), fault.title.to_owned())).collect(),
            current: current.to_owned(),
        })
    };
    let told = app::Demo {
        systems: kinds.iter().zip(simulation.faults()).filter_map(simulated).collect(),
        opened: opened(on),
        drill: drill.map(|secret| Box::new(drill::drilling(secret, &systems))),
    };
    let keeper = drill.filter(|_| clock::still().is_none()).and_then(drill::keeper);
    Ok(Staged { simulation, systems, told, keeper })
}

fn prepare(catalog: &Catalog, demo: &sim::Demo, kind: &Kind) -> Result<PreparedSystem, Failure> {
    let listed = catalog.get(kind.system).map_err(|error| Failure::Usage(error.to_string()))?;
    let system = Arc::new(listed.load().map_err(|problems| choice::broken(&problems))?);
    let overrides: Vec<Override> =
        demo.vars(kind.system).into_iter().map(|(name, value)| (None, name, value)).collect();
    // no environment: a demo must not reach the real one by a variable that happens to be set
    let variables = config::resolve(&system, &overrides, &|_| None)
        .map_err(|problems| Failure::Failed(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))?;
    Ok(PreparedSystem::new(system, variables, false))
}
