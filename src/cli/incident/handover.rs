//! `midwatch incident handover`: what whoever comes on must know. What fires now is looked at; where nothing can be, that
//! is said.

use jiff::{SignedDuration, Timestamp};

use crate::base::time::parse_duration;
use crate::cli::incident::desk::Desk;
use crate::cli::{Failure, Outcome, catalog, choice, out};
use crate::incident::handover::{OpenAlert, Shift, render};
use crate::record::Who;
use crate::runtime::{PreparedSystem, clock, headless};
use crate::watch::incident::open_alerts;

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    /// Since when: a time (2026-11-22T02:00:00Z), or how long ago (8h)
    #[arg(long, value_name = "TIME", default_value = "12h")]
    since: String,
    /// Look at no system: what fires now is not told
    #[arg(long)]
    no_look: bool,
    #[command(flatten)]
    choice: choice::Args,
}

impl Args {
    pub(super) fn under(mut self, top: choice::Args) -> Self {
        self.choice = self.choice.under(top);
        self
    }
}

pub(super) fn run(args: &Args) -> Outcome {
    let since = since(&args.since, clock::now().wall)?;
    let systems = systems(args)?;
    let alerts = alerts(&systems)?;
    let (incidents, runs) = match Desk::look()? {
        Some(desk) => (desk.all()?, desk.runs()?),
        None => (Vec::new(), Vec::new()),
    };
    let by = Who::here().name();
    let now = clock::now().wall;
    let alerts = alerts.as_deref();
    let text = render(&Shift { since, now, by: &by, incidents: &incidents, alerts, runs: &runs });
    out::tell(&systems.iter().fold(text, |text, prepared| prepared.redactor.redact(&text)))?;
    Ok(0)
}

fn since(text: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    let bad =
        || Failure::Usage(format!("--since '{text}' is no time: write 2026-11-22T02:00:00Z, or how long ago: 8h"));
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let back = parse_duration(text).ok().and_then(|back| SignedDuration::try_from(back).ok()).ok_or_else(bad)?;
    now.checked_sub(back).map_err(|_| bad())
}

/// The systems that are looked at.
fn systems(args: &Args) -> Result<Vec<PreparedSystem>, Failure> {
    if args.no_look {
        return Ok(Vec::new());
    }
    let mut systems = choice::choose(&args.choice, &catalog::load())?.prepare(false)?;
    systems.retain(PreparedSystem::is_configured);
    Ok(systems)
}

fn alerts(systems: &[PreparedSystem]) -> Result<Option<Vec<OpenAlert>>, Failure> {
    if systems.is_empty() {
        return Ok(None);
    }
    let watches = headless::run(headless::look_at(systems, None)).map_err(Failure::of)?;
    Ok(Some(watches.iter().flat_map(open_alerts).collect()))
}
