//! `midwatch incident`: opened, noted, looked at and closed without a screen; its report, its notice, the hand-over. It
//! judges nothing: whether an incident is over is the evaluator's answer, the same as `check` has.

mod close;
mod desk;
mod grade;
mod handover;
mod open;
mod report;

use clap::Subcommand;

use crate::app::act::menu::READ_ONLY;
use crate::cli::out::{self, Format};
use crate::cli::{Failure, Outcome, choice, dashboard};
use crate::incident::{Event, Kind, notice};
use crate::report::incident as tell;
use crate::runtime::clock;

pub(super) use desk::failure;

use desk::Desk;

/// Exit code where something is refused.
const REFUSED: u8 = 5;

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
    /// Nothing is opened, noted or closed
    #[arg(long, global = true)]
    read_only: bool,
    #[arg(skip)]
    top: choice::Args,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the incidents, the newest first
    List {
        /// Only those that are open
        #[arg(long)]
        open: bool,
        /// Only of this system
        #[arg(long, value_name = "NAME")]
        of: Option<String>,
        /// How to print it
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Show an incident: its state, its clocks, its timeline
    Show {
        /// Its id, the beginning of one, or `last`
        id: String,
        /// How to print it
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Open an incident of a system, with what is wrong there now
    Open(open::Args),
    /// Write something down about an incident
    Note {
        /// Its id, the beginning of one, or `last`
        id: String,
        /// What
        #[arg(required = true)]
        text: Vec<String>,
        #[command(flatten)]
        choice: choice::Args,
    },
    /// Say how bad an incident is now, and why
    Severity {
        /// Its id, the beginning of one, or `last`
        id: String,
        /// info, warning, critical, or a word of the system's own: P1, SEV2
        severity: String,
        /// Why
        #[arg(required = true)]
        reason: Vec<String>,
        #[command(flatten)]
        choice: choice::Args,
    },
    /// Write down that users are served again; the incident stays open
    Mitigated {
        /// Its id, the beginning of one, or `last`
        id: String,
        /// By what
        #[arg(required = true)]
        words: Vec<String>,
        #[command(flatten)]
        choice: choice::Args,
    },
    /// Close an incident: what opened it is looked at, and must be over; exit code 5 where it is not
    Close(close::Args),
    /// Open a closed incident again
    Reopen {
        /// Its id, the beginning of one, or `last`
        id: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        choice: choice::Args,
    },
    /// Write the report of an incident; what was changed in one by hand stays
    Report(report::Args),
    /// Print the notice for those outside
    Notice {
        /// Its id, the beginning of one, or `last`
        id: String,
        #[command(flatten)]
        choice: choice::Args,
    },
    /// Print what whoever comes on must know: open incidents and alerts, actions, notes
    Handover(handover::Args),
}

impl Args {
    pub(super) fn under(mut self, top: dashboard::Args) -> Self {
        self.read_only |= top.read_only;
        self.top = top.choice;
        self
    }
}

pub(super) fn run(args: Args) -> Outcome {
    let Args { command, read_only, top } = args;
    let writes = match command {
        Command::Open(_)
        | Command::Note { .. }
        | Command::Severity { .. }
        | Command::Mitigated { .. }
        | Command::Close(_)
        | Command::Reopen { .. } => true,
        Command::List { .. }
        | Command::Show { .. }
        | Command::Report(_)
        | Command::Notice { .. }
        | Command::Handover(_) => false,
    };
    if read_only && writes {
        return Ok(refused(READ_ONLY));
    }
    match command {
        Command::List { open, of, format } => list(open, of.as_deref(), format),
        Command::Show { id, format } => show(&id, format),
        Command::Open(args) => open::run(&args.under(top)),
        Command::Note { id, text, choice } => {
            let text = said(&text.join(" "), "what is noted")?;
            add(&id, &choice.under(top), "noted in", Kind::Note { text })
        }
        Command::Severity { id, severity, reason, choice } => {
            grade::severity(&id, &severity, &reason, &choice.under(top))
        }
        Command::Mitigated { id, words, choice } => grade::mitigated(&id, &words, &choice.under(top)),
        Command::Close(args) => close::run(&args.under(top)),
        Command::Reopen { id, reason, choice } => reopen(&id, &choice.under(top), &reason),
        Command::Report(args) => report::run(&args),
        Command::Notice { id, choice } => notice(&id, &choice.under(top)),
        Command::Handover(args) => handover::run(&args.under(top)),
    }
}

fn list(open: bool, of: Option<&str>, format: Format) -> Outcome {
    let now = clock::now().wall;
    let all = Desk::look()?.map_or_else(|| Ok(Vec::new()), |desk| desk.all())?;
    let wanted =
        all.into_iter().filter(|one| (!open || one.is_wanted()) && of.is_none_or(|system| one.system == system));
    let wanted: Vec<_> = wanted.collect();
    match format {
        Format::Text => out::tell(&tell::list(&wanted, now))?,
        Format::Json => {
            let incidents: Vec<_> = wanted.iter().map(|one| tell::json(one, now)).collect();
            out::print(&format!("{:#}\n", serde_json::json!({ "version": 1, "incidents": incidents })))?;
        }
    }
    Ok(0)
}

fn show(id: &str, format: Format) -> Outcome {
    let desk = Desk::existing()?;
    let incident = desk.incident(&desk.find(id)?)?;
    let now = clock::now().wall;
    match format {
        Format::Text => out::tell(&tell::show(&incident, now))?,
        Format::Json => out::print(&format!("{:#}\n", tell::json(&incident, now)))?,
    }
    Ok(0)
}

fn reopen(id: &str, choice: &choice::Args, reason: &str) -> Outcome {
    let reason = said(reason, "--reason")?;
    let desk = Desk::existing()?;
    if desk.incident(&desk.find(id)?)?.is_open() {
        return Ok(refused("it is open"));
    }
    add(id, choice, "reopened", Kind::Reopened { reason })
}

/// Appends what a person says.
fn add(id: &str, choice: &choice::Args, done: &str, kind: Kind) -> Outcome {
    let desk = Desk::existing()?;
    let id = desk.find(id)?;
    let desk = desk.knowing(id.system(), choice);
    desk.append(&id, &[Event::new(clock::now().wall, desk.by(), kind)])?;
    out::tell(&format!("{done} {id}\n"))?;
    Ok(0)
}

fn notice(id: &str, choice: &choice::Args) -> Outcome {
    let desk = Desk::existing()?;
    let incident = desk.incident(&desk.find(id)?)?;
    let known = choice::of_name(&incident.system, choice).ok();
    let title = known.map_or_else(|| incident.system.clone(), |prepared| prepared.system.title.clone());
    out::tell(&notice::render(&incident, &title, clock::now().wall))?;
    Ok(0)
}

/// A text that says something.
fn said(text: &str, what: &str) -> Result<String, Failure> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Failure::Usage(format!("{what} says nothing: write it in words")));
    }
    Ok(text.to_owned())
}

fn refused(why: &str) -> u8 {
    out::error(&format!("refused: {why}"));
    REFUSED
}
