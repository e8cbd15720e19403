//! `midwatch config`: what holds and where it comes from, whether the file is right, its schema, a file to start from.
//! Nothing is written but to standard output.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Subcommand;

use crate::app::command::COMMANDS;
use crate::cli::settings::Own;
use crate::cli::{Failure, Outcome, dashboard, out};
use crate::config;

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show every setting as it holds, and where it comes from
    Show,
    /// Tell every mistake of the file; exit code 1 if there is one
    Validate {
        /// The file; left out: the one that is used
        path: Option<PathBuf>,
    },
    /// Print the JSON Schema of the file, for editors
    Schema,
    /// Print a commented file to start from
    Default,
}

pub(super) fn run(args: Args, own: &dyn Fn() -> Result<Own, Failure>, flags: &dashboard::Args) -> Outcome {
    match args.command {
        Command::Show => show(&own()?, flags),
        Command::Validate { path: Some(path) } => validate(&Own::load(Some(&path))?),
        Command::Validate { path: None } => validate(&own()?),
        Command::Schema => {
            let text = serde_json::to_string_pretty(&schema()).map_err(Failure::of)?;
            out::print(&(text + "\n"))?;
            Ok(0)
        }
        Command::Default => {
            out::print(config::DEFAULT_SETTINGS)?;
            Ok(0)
        }
    }
}

/// The schema of the file, with the names of the commands: those are not the loader's to know.
fn schema() -> serde_json::Value {
    let mut schema = config::settings_schema();
    let ids: Vec<&str> = COMMANDS.iter().map(|spec| spec.id).collect();
    if let Some(keys) = schema.pointer_mut("/properties/keys").and_then(serde_json::Value::as_object_mut) {
        keys.insert("propertyNames".to_owned(), serde_json::json!({ "enum": ids }));
    }
    schema
}

fn show(own: &Own, flags: &dashboard::Args) -> Outcome {
    let mut rows = vec![["SETTING", "VALUE", "FROM"].map(str::to_owned)];
    rows.extend(own.effective(flags)?.rows());
    let file = match (&own.path, &own.file) {
        (Some(path), Some(_)) => path.display().to_string(),
        (Some(path), None) => format!("{} (not there)", path.display()),
        (None, _) => "no home folder".to_owned(),
    };
    out::print(&format!("file: {file}\n\n{}", out::columns(&rows)))?;
    own.complain();
    Ok(0)
}

fn validate(own: &Own) -> Outcome {
    if let Some(unreadable) = &own.unreadable {
        return Err(Failure::Failed(unreadable.clone()));
    }
    let Some(path) = &own.path else {
        out::print("no home folder: there is no file, and all is as midwatch has it\n")?;
        return Ok(0);
    };
    if own.file.is_none() {
        out::print(&format!("{}: not there: all is as midwatch has it\n", path.display()))?;
        return Ok(0);
    }
    let problems = own.problems();
    if problems.is_empty() {
        out::print(&format!("{}: ok\n", path.display()))?;
        return Ok(0);
    }
    let mut text = String::new();
    for problem in problems {
        let _ = writeln!(text, "{}\n", problem.render());
    }
    let _ = writeln!(text, "{} {}", problems.len(), if problems.len() == 1 { "mistake" } else { "mistakes" });
    out::print(&text)?;
    Ok(1)
}
