//! `midwatch keys`: the table of commands as a person or a README reads it. The table itself is `app::command`.

use std::fmt::Write as _;

use crate::app::command::{COMMANDS, CommandSpec, Scope};
use crate::cli::{Outcome, out};

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Format {
    /// Columns
    #[default]
    Text,
    /// A Markdown table
    Markdown,
}

pub(super) fn run(args: &Args) -> Outcome {
    out::print(&match args.format {
        Format::Text => text(),
        Format::Markdown => markdown(),
    })?;
    Ok(0)
}

fn rows() -> impl Iterator<Item = (String, &'static CommandSpec, String)> {
    COMMANDS.iter().map(|spec| {
        let doc = match spec.scope {
            Scope::Demo => format!("{} (demo)", spec.doc),
            Scope::Runbook => format!("{} (runbook)", spec.doc),
            Scope::Incident | Scope::Record => format!("{} (incident)", spec.doc),
            Scope::First => format!("{} (first screen)", spec.doc),
            Scope::Anywhere | Scope::Panels => spec.doc.to_owned(),
        };
        (spec.keys.join(" "), spec, doc)
    })
}

fn text() -> String {
    let keys = rows().map(|(keys, ..)| keys.len()).max().unwrap_or(0);
    let ids = rows().map(|(_, spec, _)| spec.id.len()).max().unwrap_or(0);
    rows().fold(String::new(), |mut out, (shown, spec, doc)| {
        let _ = writeln!(out, "{shown:<keys$}  {:<ids$}  {doc}", spec.id);
        out
    })
}

fn markdown() -> String {
    let head = "| Key | Command | What it does |\n|---|---|---|\n".to_owned();
    rows().fold(head, |mut out, (_, spec, doc)| {
        let keys: Vec<String> = spec.keys.iter().map(|key| format!("`{key}`")).collect();
        let _ = writeln!(out, "| {} | `{}` | {doc} |", keys.join(" "), spec.id);
        out
    })
}

/// The table as lines of a manual page: key and what it does.
pub(super) fn plain() -> Vec<(String, String)> {
    rows().map(|(keys, _, doc)| (keys, doc)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_stands_in_both_forms() {
        let (text, markdown) = (text(), markdown());
        for spec in COMMANDS {
            assert!(text.lines().any(|line| line.contains(spec.id) && line.contains(spec.doc)), "{}", spec.id);
            assert!(markdown.contains(&format!("| `{}` |", spec.id)), "{}", spec.id);
        }
        assert!(markdown.lines().all(|line| line.matches('|').count() == 4), "{markdown}");
    }
}
