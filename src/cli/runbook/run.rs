//! `midwatch runbook run`: a runbook walked step by step without a screen, through the same guard, runner and journal as
//! every action. Every step is an event of the incident, so that a walk that was stopped goes on where it stopped.

mod act;
mod answers;
mod ask;
mod dry;
mod query;
mod record;
mod walker;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use crate::base::Shown;
use crate::cli::{Failure, Outcome, bench, choice, out};
use crate::report::{Style, walk as report};
use crate::runbook::walk::Standing;
use crate::runtime::act::journal::Journal;
use crate::runtime::{PreparedSystem, headless};

use answers::Answers;
use record::Record;
use walker::{Stop, Walker};

/// Every expectation of the verification held.
const VERIFIED: u8 = 0;
/// Refused: read-only, or no journal.
const REFUSED: u8 = 5;
/// Stopped before its end.
const UNFINISHED: u8 = 6;
/// It ran, and its effect was not seen.
const NOT_VERIFIED: u8 = 4;
/// A step failed.
const FAILED: u8 = 1;

#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(after_help = "\
On a terminal it asks before each step. Without one, or with --yes or --confirm, it goes on by itself through checks, \
expectations and the actions that those flags allow, and stops at the first step that wants hands, a choice or a value \
that no flag gives. A walk that was stopped goes on at the step that is not behind; none is repeated.

Exit codes: 0 verified, 1 a step failed, 2 usage, 4 ran but not verified, 5 refused or not confirmed, 6 stopped before \
its end, or nobody saw the end of a run.")]
pub(super) struct Args {
    /// The system
    #[arg(value_name = "SYSTEM")]
    system: String,
    /// The runbook; the beginning of its id is enough
    #[arg(value_name = "ID")]
    id: String,
    /// Show what each step would do: no request, no program, nothing written
    #[arg(long)]
    dry_run: bool,
    /// Begin at this step; those before it are left out, it and those behind it are done again
    #[arg(long, value_name = "N")]
    start_at: Option<usize>,
    /// Confirm what is safe or disruptive
    #[arg(long)]
    yes: bool,
    /// Confirm what is destructive, by the system's name
    #[arg(long, value_name = "SYSTEM")]
    confirm: Option<String>,
    /// Take this way: its letter, its name, or the beginning of it; may be given several times
    #[arg(long = "choose", value_name = "OPTION")]
    choices: Vec<String>,
    /// Leave a step out, and why
    #[arg(long = "skip", value_name = "N=REASON")]
    skips: Vec<String>,
    /// A step for hands is done
    #[arg(long = "done", value_name = "N")]
    done: Vec<usize>,
    /// Give what a step asks for its value
    #[arg(long = "param", value_name = "NAME=VALUE")]
    parameters: Vec<String>,
    /// Why an action is run again so soon; stands in the audit log
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// The incident it belongs to; left out: the open one of the system, or a new one
    #[arg(long, value_name = "ID")]
    incident: Option<String>,
    /// How to tell it
    #[arg(long, value_enum, default_value_t)]
    format: out::Format,
    /// Nothing that changes a system may run
    #[arg(long)]
    read_only: bool,
    /// The system of this file, or of the system.toml in this folder
    #[arg(long = "system-file", value_name = "PATH")]
    files: Vec<PathBuf>,
    /// Set a variable of the system, before environment and default
    #[arg(long = "var", value_name = "[SYSTEM.]NAME=VALUE")]
    variables: Vec<String>,
    #[arg(skip)]
    color: out::Color,
}

impl Args {
    /// The same after the flags that stood before it.
    pub(super) fn under(&mut self, read_only: bool, color: out::Color) {
        self.read_only |= read_only;
        self.color = color;
    }

    /// The choice of the system, after the flags that stood before it.
    pub(super) fn choice(&self, top: choice::Args) -> choice::Args {
        choice::Args::given(self.files.clone(), self.variables.clone()).under(top)
    }

    fn is_text(&self) -> bool {
        self.format == out::Format::Text
    }

    fn style(&self) -> Style {
        Style { color: self.color.decide(), width: out::width() }
    }

    /// Somebody sits here and is asked.
    fn asks(&self) -> bool {
        self.is_text() && !self.yes && self.confirm.is_none() && crate::cli::act::confirm::can_ask()
    }

    /// A text for a person.
    fn say(&self, text: &str) -> Result<(), Failure> {
        if self.is_text() { out::tell(text) } else { Ok(()) }
    }
}

pub(super) fn run(args: &Args, choice: &choice::Args) -> Outcome {
    let prepared = choice::of_name(&args.system, choice)?;
    let runbook = Arc::new(super::pick(super::of_system(&prepared.system), &args.system, &args.id)?);
    let answers = Answers::of(args, &runbook, &prepared)?;
    if args.dry_run {
        return dry::run(args, &prepared, runbook, answers);
    }
    let bench = bench::here(args.read_only)?;
    if let Some(why) = &bench.forbidden {
        out::error(&format!("refused: {why}"));
        return Ok(REFUSED);
    }
    let journal = match Journal::open(&bench.state, &prepared.redactor) {
        Ok(journal) => journal,
        Err(error) => {
            out::error(&error.to_string());
            return Ok(REFUSED);
        }
    };
    let walked = headless::run(async {
        let mut record = Record::of(args.incident.as_deref(), &prepared, &runbook, &journal, &bench.who).await?;
        if let Err(why) = record.go_on(&runbook, &bench.who)? {
            out::error(&format!("refused: {why}"));
            return Ok(REFUSED);
        }
        let walk = record.incident()?.walk(Arc::clone(&runbook));
        let mut walker = Walker::new(args, &prepared, &bench, &journal, record, walk, answers);
        args.say(&report::title(&runbook, prepared.system.name.as_str(), args.style()))?;
        args.say(&format!(
            "incident {}{}\n",
            walker.record.id,
            if walker.record.is_new { ", opened now" } else { "" }
        ))?;
        let stop = walker.go().await?;
        told(args, &prepared, &walker, &stop)
    });
    walked.map_err(Failure::of)?
}

/// How it ended, and the exit code.
fn told(args: &Args, prepared: &PreparedSystem, walker: &Walker<'_>, stop: &Stop) -> Outcome {
    let id = &walker.record.id;
    if args.is_text() {
        args.say(&report::end(&walker.walk, &stop.why, args.style()))?;
        let left: Vec<String> = walker.left().iter().map(ToString::to_string).collect();
        if walker.walk.standing() == Standing::Verified {
            if !left.is_empty() {
                args.say(&format!("left for hands: steps {}\n", left.join(", ")))?;
            }
            args.say(&format!("close it with: midwatch incident close {id}\n"))?;
        } else {
            let mut resume = format!("midwatch runbook run {} {}", args.system, walker.walk.runbook().id);
            // values of variables may be nobody's to read
            for file in &args.files {
                let file = crate::action::quoted(&file.display().to_string());
                let _ = write!(resume, " --system-file {}", Shown::from_remote(&file));
            }
            args.say(&format!("go on with: {resume}\n"))?;
        }
        return Ok(stop.code);
    }
    let mut json = report::json(&walker.walk, &prepared.variables);
    if let Some(object) = json.as_object_mut() {
        object.insert("version".to_owned(), 1.into());
        object.insert("system".to_owned(), prepared.system.name.as_str().into());
        object.insert("incident".to_owned(), id.as_str().into());
        object.insert("stopped_at".to_owned(), stop.n.into());
        object.insert("why".to_owned(), prepared.redactor.redact(&stop.why).into());
        object.insert("exit_code".to_owned(), stop.code.into());
        object.insert("runs".to_owned(), walker.runs.iter().cloned().collect());
    }
    out::print(&format!("{json:#}\n"))?;
    Ok(stop.code)
}
