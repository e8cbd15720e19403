//! `midwatch audit`: what was run, by whom and with what outcome, and whether that record is still as it was written. It
//! writes nothing.

mod show;
mod verify;

use clap::Subcommand;

use crate::cli::out::{self, Format};
use crate::cli::{Failure, Outcome, places};
use crate::record::chain::verify::verify;
use crate::record::{Audit, Filter, StateDir};

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show what was run, by whom, and how it ended; oldest first
    Show {
        /// Only of this system
        #[arg(long, value_name = "NAME")]
        system: Option<String>,
        /// Only of this action
        #[arg(long, value_name = "NAME")]
        action: Option<String>,
        /// Everything about one run; the end of its id is enough
        #[arg(long, value_name = "ID")]
        run: Option<String>,
        /// Only the last so many
        #[arg(long, value_name = "N")]
        last: Option<usize>,
        /// How to print it
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Tell whether a record was changed, removed, added or moved; exit code 1 if so
    #[command(after_help = verify::PROOF)]
    Verify {
        /// A head that was kept elsewhere, or a file with some: finds a cut or rewritten end as well
        #[arg(long, value_name = "HASH|FILE")]
        anchor: Option<String>,
        /// How to print it
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
}

pub(super) fn run(args: Args) -> Outcome {
    match args.command {
        Command::Show { system, action, run, last, format } => show::run(&Filter { system, action, run, last }, format),
        Command::Verify { anchor, format } => verify::run(anchor.as_deref(), format),
    }
}

/// The journal; `None` where nothing was written yet. Makes nothing.
fn journal() -> Result<Option<Audit>, Failure> {
    let path =
        places::state().ok_or_else(|| Failure::Failed("no home folder: set XDG_STATE_HOME or HOME".to_owned()))?;
    Ok(StateDir::existing(&path).map_err(Failure::of)?.as_ref().map(Audit::open))
}

/// Tells when what is shown is not what was written. The way to more is `verify`.
fn warn(journal: &Audit) -> Result<(), Failure> {
    let text = journal.text().map_err(Failure::of)?.unwrap_or_default();
    if let Some(first) = verify(&text).bad.first() {
        out::error(&format!(
            "the journal is not as it was written, from line {} on ({}): midwatch audit verify",
            first.line, first.fault
        ));
    }
    Ok(())
}

/// What to say where nothing was written yet.
fn none_yet() -> String {
    let place = places::state().map(|dir| format!(" in {}", dir.display())).unwrap_or_default();
    format!("no journal yet{place}: nothing was run\n")
}
