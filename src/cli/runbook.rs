//! `midwatch runbook`: what there is, what is in it, and what of it has rotted.

mod lint;
pub(super) mod rehearse;
mod run;

use std::path::Path;

use clap::Subcommand;

use crate::cli::out::{self, Format};
use crate::cli::{Failure, Outcome, catalog, choice, dashboard};
use crate::config::{Catalog, System};
use crate::report::{self, Style};
use crate::runbook::{self, Runbook};

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
    /// Of this system only; may be given several times
    #[arg(long = "system", value_name = "NAME", global = true)]
    systems: Vec<String>,
    /// When to use colour
    #[arg(long, value_enum, value_name = "WHEN", global = true)]
    color: Option<out::Color>,
    #[arg(skip)]
    top: choice::Args,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the runbooks of all systems
    List,
    /// Show a runbook, or all scenarios of any Markdown file, with the class of each step and why
    Show {
        /// A Markdown file, or a system
        #[arg(value_name = "PATH|SYSTEM")]
        of: String,
        /// Which scenario; the beginning of its id is enough. Left out: all of them
        id: Option<String>,
        /// How to tell it
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Walk through a runbook: asked, guarded, verified, recorded as an incident
    Run(Box<run::Args>),
    /// Make every check of runbooks once, read only; exit code 1 if one cannot be made or is not as it should be
    Rehearse(rehearse::Args),
    /// Tell what of runbooks is wrong or has rotted; exit code 1 if something is wrong
    Lint {
        /// Files, folders of systems, or systems; left out: every runbook there is
        #[arg(value_name = "PATH|SYSTEM")]
        which: Vec<String>,
    },
}

impl Args {
    pub(super) fn under(mut self, top: &dashboard::Args) -> Self {
        self.color = self.color.or(top.color);
        self.top = top.choice.clone();
        if let Command::Run(args) = &mut self.command {
            args.under(top.read_only, self.color.unwrap_or_default());
        }
        // a flag that stands before the subcommand is the same flag
        let before = top.choice.names().iter().filter(|name| !self.systems.contains(name)).cloned().collect::<Vec<_>>();
        self.systems.splice(0..0, before);
        self
    }
}

pub(super) fn run(args: &Args) -> Outcome {
    let catalog = catalog::load();
    match &args.command {
        Command::List => list(&catalog, &args.systems),
        Command::Show { of, id, format } => show(args, &catalog, of, id.as_deref(), *format),
        Command::Run(one) => run::run(one, &one.choice(args.top.clone())),
        Command::Rehearse(one) => rehearse::run(one, &one.choice(args.top.clone())),
        Command::Lint { which } => {
            let which: Vec<String> = which.iter().chain(&args.systems).cloned().collect();
            lint::run(&catalog, &which)
        }
    }
}

/// The systems of these names, or all.
fn systems(catalog: &Catalog, names: &[String]) -> Result<Vec<System>, Failure> {
    let load = |name: &String| system(catalog, name);
    if names.is_empty() {
        let all: Vec<String> = catalog.iter().map(|listed| listed.name.to_string()).collect();
        return all.iter().map(load).collect();
    }
    names.iter().map(load).collect()
}

fn system(catalog: &Catalog, name: &str) -> Result<System, Failure> {
    let listed = catalog.get(name).map_err(|error| Failure::Usage(error.to_string()))?;
    listed.load().map_err(|problems| choice::broken(&problems))
}

/// A system's name has neither a slash nor a dot: whatever has one is a path.
fn is_path(name: &str) -> bool {
    name.contains(['/', '.'])
}

fn list(catalog: &Catalog, names: &[String]) -> Outcome {
    let mut rows = vec![["SYSTEM", "ID", "SEVERITY", "STEPS", "VALIDATED", "TITLE"].map(str::to_owned)];
    for system in systems(catalog, names)? {
        for file in system.runbooks.iter() {
            let read = file.read();
            let validated = if read.last_validated.is_empty() { "-" } else { &read.last_validated };
            let row = [
                system.name.as_str(),
                file.id.as_str(),
                &read.severity,
                &read.steps.len().to_string(),
                validated,
                &read.title,
            ];
            rows.push(row.map(|cell| crate::base::Shown::from_remote(cell).into_string()));
        }
    }
    print(&out::columns(&rows))
}

fn show(args: &Args, catalog: &Catalog, of: &str, id: Option<&str>, format: Format) -> Outcome {
    let all = if is_path(of) { of_file(Path::new(of))? } else { of_system(&system(catalog, of)?) };
    let chosen = match id {
        Some(id) => vec![pick(all, of, id)?],
        None => all,
    };
    if format == Format::Json {
        out::print(&report::runbook::json(&chosen).map_err(Failure::of)?)?;
        return Ok(0);
    }
    let style = Style { color: args.color.unwrap_or_default().decide(), width: out::width() };
    let told: Vec<String> = chosen.iter().map(|one| report::runbook::text(one, style)).collect();
    print(&told.join("\n"))
}

fn print(text: &str) -> Outcome {
    out::tell(text)?;
    Ok(0)
}

fn of_file(path: &Path) -> Result<Vec<Runbook>, Failure> {
    let text = catalog::read_runbook(path)?;
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(runbook::read_any(&stem, &text))
}

fn of_system(system: &System) -> Vec<Runbook> {
    system.runbooks.iter().map(|file| system.read(file)).collect()
}

/// The scenario of this id, or the only one whose id begins so.
fn pick(all: Vec<Runbook>, of: &str, id: &str) -> Result<Runbook, Failure> {
    let ids: Vec<String> = all.iter().map(|one| one.id.to_string()).collect();
    let exact = ids.iter().position(|known| known == id);
    let begin: Vec<usize> = (0..ids.len()).filter(|at| ids[*at].starts_with(id)).collect();
    let at = match (exact, begin.as_slice()) {
        (Some(at), _) => at,
        (None, [at]) => *at,
        (None, []) => {
            let help = match crate::base::problem::nearest(id, ids.iter().map(String::as_str)) {
                Some(near) => format!("did you mean '{near}'?"),
                None => format!("there are: {}", ids.join(", ")),
            };
            return Err(Failure::Usage(format!("{of} has no runbook '{id}'; {help}")));
        }
        (None, several) => {
            let names: Vec<&str> = several.iter().map(|at| ids[*at].as_str()).collect();
            return Err(Failure::Usage(format!("'{id}' is the beginning of several: {}", names.join(", "))));
        }
    };
    all.into_iter().nth(at).ok_or_else(|| Failure::Failed("the runbook is gone".to_owned()))
}
