//! `midwatch systems`: what there is, what is in it, a copy to start from, and whether a file is right.

mod export;
mod show;
mod start;
mod validate;

use std::path::PathBuf;

use clap::Subcommand;

use crate::cli::{Failure, Outcome, catalog, choice, out};
use crate::config::{self, Catalog};

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the systems, where they come from and what they still need
    List,
    /// Show what a system is made of
    Show {
        /// Which system
        name: String,
    },
    /// Write a commented folder to start a system of your own from
    New {
        /// Its name: lower-case letters, digits and dashes
        name: String,
        /// The folder; left out: one of that name, here
        dir: Option<PathBuf>,
    },
    /// Write a system's files into a folder, to start from: the folder's name is the new system's name
    Export {
        /// Which system
        name: String,
        /// The folder; made where it does not exist
        dir: PathBuf,
        /// Overwrite files that are there
        #[arg(long)]
        force: bool,
    },
    /// Tell every mistake of system files; exit code 1 if there is one
    Validate {
        /// Files, folders or names; left out: every system there is
        #[arg(value_name = "PATH|NAME")]
        which: Vec<String>,
    },
    /// Print the JSON Schema of a system file, for editors
    Schema,
}

pub(super) fn run(args: Args) -> Outcome {
    match args.command {
        Command::List => list(&catalog::load()),
        Command::Show { name } => show::run(&catalog::load(), &name),
        Command::New { name, dir } => start::run(&name, dir.as_deref()),
        Command::Export { name, dir, force } => export::run(&catalog::load(), &name, &dir, force),
        Command::Validate { which } => validate::run(&catalog::load(), &which),
        Command::Schema => {
            let text = serde_json::to_string_pretty(&config::schema()).map_err(Failure::of)?;
            out::print(&(text + "\n"))?;
            Ok(0)
        }
    }
}

/// One line a system; a file with mistakes is listed with their number.
fn list(catalog: &Catalog) -> Outcome {
    let mut rows: Vec<[String; 4]> = vec![["NAME", "TITLE", "FROM", "NEEDS"].map(str::to_owned)];
    for listed in catalog.iter() {
        let (title, needs) = match listed.load() {
            Ok(system) => {
                let needs = choice::needs(&system);
                let needs = if needs.is_empty() { "nothing more".to_owned() } else { needs.join(", ") };
                (system.title.clone(), needs)
            }
            Err(problems) => ("-".to_owned(), format!("{} mistakes: systems validate {}", problems.len(), listed.name)),
        };
        rows.push([listed.name.to_string(), title, listed.origin.word().to_owned(), needs]);
    }
    out::print(&out::columns(&rows))?;
    Ok(0)
}
