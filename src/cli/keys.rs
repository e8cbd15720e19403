//! `midwatch keys`: the table of commands as a person or a README reads it. The table itself is `app::command`.

use std::fmt::Write as _;

use crate::app::Keymap;
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

pub(super) fn run(args: &Args, map: &Keymap) -> Outcome {
    out::print(&match args.format {
        Format::Text => text(map),
        Format::Markdown => markdown(map),
    })?;
    Ok(0)
}

/// Keys, command, what it does.
fn rows(map: &Keymap) -> impl Iterator<Item = (Vec<String>, &'static CommandSpec, String)> {
    COMMANDS.iter().map(|spec| {
        let doc = match spec.scope {
            Scope::Demo => format!("{} (demo)", spec.doc),
            Scope::Runbook => format!("{} (runbook)", spec.doc),
            Scope::Incident | Scope::Record => format!("{} (incident)", spec.doc),
            Scope::First => format!("{} (first screen)", spec.doc),
            Scope::Anywhere | Scope::Panels => spec.doc.to_owned(),
        };
        (map.keys(spec.command).map(|key| key.to_string()).collect(), spec, doc)
    })
}

fn text(map: &Keymap) -> String {
    let keys = rows(map).map(|(keys, ..)| keys.join(" ").len()).max().unwrap_or(0);
    let ids = rows(map).map(|(_, spec, _)| spec.id.len()).max().unwrap_or(0);
    rows(map).fold(String::new(), |mut out, (shown, spec, doc)| {
        let shown = shown.join(" ");
        let _ = writeln!(out, "{shown:<keys$}  {:<ids$}  {doc}", spec.id);
        out
    })
}

fn markdown(map: &Keymap) -> String {
    let head = "| Key | Command | What it does |\n|---|---|---|\n".to_owned();
    rows(map).fold(head, |mut out, (keys, spec, doc)| {
        let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
        let _ = writeln!(out, "| {} | `{}` | {doc} |", keys.join(" "), spec.id);
        out
    })
}

/// The table as lines of a manual page: key and what it does.
pub(super) fn plain(map: &Keymap) -> Vec<(String, String)> {
    rows(map)
        .map(|(keys, spec, doc)| (if keys.is_empty() { format!(":{}", spec.id) } else { keys.join(" ") }, doc))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_stands_in_both_forms() {
        let map = Keymap::default();
        let (text, markdown) = (text(&map), markdown(&map));
        for spec in COMMANDS {
            assert!(text.lines().any(|line| line.contains(spec.id) && line.contains(spec.doc)), "{}", spec.id);
            assert!(markdown.contains(&format!("| `{}` |", spec.id)), "{}", spec.id);
        }
        assert!(markdown.lines().all(|line| line.matches('|').count() == 4), "{markdown}");
    }
}
