//! `midwatch diagnose`: look once, or for a while, and tell which runbooks fit, and why.

use std::time::Duration;

use crate::base::Period;
use crate::base::text::ascii;
use crate::cli::{Failure, Outcome, catalog, check, choice, dashboard, out, surroundings};
use crate::report::{self, Facts, Style};
use crate::runtime::{clock, headless};
use crate::watch::Watch;

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    #[command(flatten)]
    choice: choice::Args,
    /// Keep looking for so long (90s, 5m) before telling, so that what grows can be seen to grow
    #[arg(long = "for", value_name = "DURATION")]
    hold: Option<Period>,
    /// How to tell it
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Leave out what is polled every 15 minutes or less often, because polling it has a price
    #[arg(long)]
    skip_slow: bool,
    /// When to use colour
    #[arg(long, value_enum, value_name = "WHEN")]
    color: Option<out::Color>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For a person
    #[default]
    Text,
    /// For a program
    Json,
}

impl Args {
    pub(super) fn under(mut self, top: dashboard::Args) -> Self {
        self.color = self.color.or(top.color);
        self.choice = self.choice.under(top.choice);
        self
    }
}

pub(super) fn run(args: &Args) -> Outcome {
    let catalog = catalog::load();
    let chosen = choice::choose(&args.choice, &catalog)?;
    if chosen.systems.is_empty() {
        return Err(Failure::Usage(choice::nothing_to_watch(&catalog)));
    }
    let mut systems = chosen.prepare(args.skip_slow)?;
    check::leave_out_unconfigured(&mut systems)?;
    let hold = args.hold.map(|hold| hold.0).filter(|hold| *hold > Duration::ZERO);
    let mut watches = headless::run(headless::look_at(&systems, hold)).map_err(Failure::of)?;
    let now = clock::now();
    for watch in &mut watches {
        watch.diagnose(now);
    }
    let watches: Vec<&Watch> = watches.iter().collect();
    let redact = |text: &str| systems.iter().fold(text.to_owned(), |text, one| one.redactor.redact(&text));
    let facts = Facts { watches: &watches, now, redact: &redact };
    if args.format == Format::Json {
        out::print(&report::diagnosis::render(facts).map_err(Failure::of)?)?;
        return Ok(0);
    }
    let style = Style { color: args.color.unwrap_or_default().decide(), width: out::width() };
    let told = report::diagnosis::text(facts, style);
    out::print(&if surroundings::is_unicode(&choice::env) { told.as_str().into() } else { ascii(&told) })?;
    Ok(0)
}
