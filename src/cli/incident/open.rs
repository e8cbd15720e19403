//! `midwatch incident open`: one look tells what is wrong; what a person says goes before it.

use crate::base::Shown;
use crate::cli::incident::desk::{self, Desk};
use crate::cli::incident::said;
use crate::cli::out::{self, Format};
use crate::cli::{Failure, Outcome, choice};
use crate::config::{RunbookFile, System};
use crate::incident::{Event, Opened, clock::clocks};
use crate::runbook::Runbook;
use crate::runtime::{PreparedSystem, clock};
use crate::watch::incident::{bare, chosen, graded, opening, respond_s};

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    /// The system
    #[arg(value_name = "SYSTEM")]
    system: String,
    /// What it is, in a few words; otherwise the worst that is wrong
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// How bad: info, warning, critical, or a word of the system's own
    #[arg(long, value_name = "WORD")]
    severity: Option<String>,
    /// The runbook that is followed
    #[arg(long, value_name = "ID")]
    runbook: Option<String>,
    /// Open it at once: look at nothing
    #[arg(long)]
    no_look: bool,
    #[command(flatten)]
    choice: choice::Args,
    /// How to tell it
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Args {
    pub(super) fn under(mut self, top: choice::Args) -> Self {
        self.choice = self.choice.under(top);
        self
    }
}

pub(super) fn run(args: &Args) -> Outcome {
    let prepared = choice::of_name(&args.system, &args.choice)?;
    let system = &prepared.system;
    let title = args.title.as_deref().map(|title| said(title, "--title")).transpose()?;
    let severity = args.severity.as_deref().map(|word| graded(system, word)).transpose();
    let severity = severity.map_err(|why| Failure::Usage(format!("--severity: {why}")))?;
    let runbook = args.runbook.as_deref().map(|id| known(system, id)).transpose()?;
    let desk = Desk::open()?.redacting(prepared.redactor.clone());
    let (mut opened, mut events) = found(&prepared, args.no_look)?;
    if let Some(title) = title {
        opened.title = title;
    }
    if let Some((severity, word)) = severity {
        opened.respond_s = word.as_ref().and_then(|word| respond_s(system, word));
        (opened.severity, opened.word) = (severity, word);
    }
    // what a rule of the system recommends is not yet what a person follows
    opened.runbook = runbook.as_ref().map(|runbook| runbook.id.to_string());
    let others = desk.all()?.into_iter().filter(|other| other.is_wanted() && other.system == opened.system);
    let others: Vec<String> = others.map(|other| other.id.to_string()).collect();
    let id = desk.begin(opened)?;
    if let Some(runbook) = runbook {
        events.push(Event::new(clock::now().wall, desk.by(), chosen(&runbook)));
    }
    desk.append(&id, &events)?;
    if !others.is_empty() {
        out::error(&format!("open for this system as well: {}", others.join(", ")));
    }
    let incident = desk.incident(&id)?;
    match args.format {
        Format::Json => {
            let told = serde_json::json!({ "id": id, "path": desk.path(&id), "title": incident.title, "rules": incident.rules });
            out::print(&format!("{told:#}\n"))?;
        }
        Format::Text => {
            let clocks = clocks(&incident, clock::now().wall);
            let clocks: String = clocks.iter().fold(String::new(), |lines, clock| lines + "  " + &clock.text + "\n");
            let rules = match incident.rules.as_slice() {
                [] => "  no rule fires: it can be closed when the whole system is well".to_owned(),
                rules => format!("  it can be closed when these are over: {}", rules.join(", ")),
            };
            out::tell(&format!("opened {id}: {}\n{rules}\n{clocks}", incident.title))?;
        }
    }
    Ok(0)
}

/// What one look finds. An incident is opened all the same where nothing can be looked at.
fn found(prepared: &PreparedSystem, no_look: bool) -> Result<(Opened, Vec<Event>), Failure> {
    if no_look {
        return Ok((bare(&prepared.system), Vec::new()));
    }
    if !prepared.is_configured() {
        out::error("nothing of this system is configured here: it is opened without a look");
        return Ok((bare(&prepared.system), Vec::new()));
    }
    Ok(opening(&desk::look_at(prepared, None)?, clock::now()))
}

/// A runbook of the system.
fn known(system: &System, id: &str) -> Result<Runbook, Failure> {
    system.runbook(id).map(RunbookFile::read).ok_or_else(|| {
        let all: Vec<&str> = system.runbooks.iter().map(|file| file.id.as_str()).collect();
        let all = if all.is_empty() { "none".to_owned() } else { all.join(", ") };
        Failure::Usage(format!("--runbook '{}': {} has {all}", Shown::from_remote(id), system.name))
    })
}
