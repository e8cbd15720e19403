//! `midwatch check`: look once, or for a while, print, and tell the status by the exit code.

use crate::base::text::ascii;
use crate::cli::{Failure, Outcome, choice, dashboard, look, out, surroundings};
use crate::report::{self, Facts, Style};
use crate::runtime::{PreparedSystem, clock, headless};
use crate::watch::Watch;

/// Exit code when the check could not be made: unknown, as monitoring has it.
pub(super) const NOT_TOLD: u8 = 3;

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    #[command(flatten)]
    look: look::Args,
    /// How to tell it
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Print the JSON Schema of `--format json` and look at nothing
    #[arg(long)]
    schema: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For a person
    #[default]
    Text,
    /// For a program; the schema: --schema
    Json,
    /// One line and performance data, as monitoring plugins print it
    Nagios,
    /// One short line for a status bar; colours with --color always
    Tmux,
}

impl Args {
    pub(super) fn under(mut self, top: dashboard::Args) -> Self {
        self.look = self.look.under(top);
        self
    }
}

pub(super) fn run(args: &Args) -> Outcome {
    if args.schema {
        out::print(report::SCHEMA)?;
        return Ok(0);
    }
    look(args).or_else(|failure| not_told(args.format, failure))
}

/// A monitor and a status bar show standard output only: there the reason is told as well.
fn not_told(format: Format, failure: Failure) -> Outcome {
    let told = failure.to_string();
    let first = told.lines().next().unwrap_or_default().replace('|', "/");
    match format {
        Format::Text | Format::Json => return Err(failure),
        Format::Nagios => out::print(&format!("MIDWATCH UNKNOWN - {first}\n"))?,
        Format::Tmux => out::print("midwatch UNKNOWN\n")?,
    }
    Err(failure)
}

fn look(args: &Args) -> Outcome {
    let systems = args.look.systems()?;
    let watches = headless::run(headless::look_at(&systems, args.look.hold())).map_err(Failure::of)?;
    let watches: Vec<&Watch> = watches.iter().collect();
    out::print(&tell(args, &systems, &watches)?)?;
    Ok(report::overall(&watches).exit_code())
}

fn tell(args: &Args, systems: &[PreparedSystem], watches: &[&Watch]) -> Result<String, Failure> {
    let redact = |text: &str| look::redact(systems, text);
    let facts = Facts { watches, now: clock::now(), redact: &redact };
    let color = args.look.color();
    let told = match args.format {
        Format::Text => report::text::render(facts, Style { color: color.decide(), width: out::width() }),
        Format::Json => report::json::render(facts).map_err(Failure::of)?,
        Format::Nagios => report::nagios::render(facts),
        // a status bar is no terminal: colours only when asked for
        Format::Tmux => report::tmux::render(facts, Style { color: color == out::Color::Always, width: out::width() }),
    };
    // JSON is UTF-8 wherever it is written
    let unicode = args.format == Format::Json || surroundings::is_unicode(&choice::env);
    Ok(if unicode { told } else { ascii(&told).into_owned() })
}
