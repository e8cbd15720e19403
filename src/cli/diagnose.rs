//! `midwatch diagnose`: look once, or for a while, and tell which runbooks fit, and why.

use crate::cli::out::{self, Format};
use crate::cli::{Failure, Outcome, dashboard, look};
use crate::report::{self, Facts, Style};
use crate::runtime::{clock, headless};
use crate::watch::Watch;

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    #[command(flatten)]
    look: look::Args,
    /// How to tell it
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Args {
    pub(super) fn under(mut self, top: dashboard::Args) -> Self {
        self.look = self.look.under(top);
        self
    }
}

pub(super) fn run(args: &Args) -> Outcome {
    let systems = args.look.systems()?;
    let mut watches = headless::run(headless::look_at(&systems, args.look.hold())).map_err(Failure::of)?;
    let now = clock::now();
    for watch in &mut watches {
        watch.diagnose(now);
    }
    let watches: Vec<&Watch> = watches.iter().collect();
    let redact = |text: &str| look::redact(&systems, text);
    let facts = Facts { watches: &watches, now, redact: &redact };
    if args.format == Format::Json {
        out::print(&report::diagnosis::render(facts).map_err(Failure::of)?)?;
        return Ok(0);
    }
    let style = Style { color: args.look.color().decide(), width: out::width() };
    out::tell(&report::diagnosis::text(facts, style))?;
    Ok(0)
}
