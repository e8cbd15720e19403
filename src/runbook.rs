//! Runbooks: ordinary Markdown to scenarios, symptoms and steps, each step with its hazard; and which scenario fits what
//! is seen now. Pure: text, signals and time go in. It runs nothing and reads no file.
//!
//! `markdown` makes blocks of a text, `house` and `foreign` make scenarios of blocks, `fence` makes commands of code,
//! `class` says what a command may do, `diagnosis` ranks scenarios by their symptoms.

mod class;
pub mod diagnosis;
mod directive;
mod document;
mod fence;
mod foreign;
mod house;
mod markdown;
mod placeholder;
mod reader;
mod repair;
mod shell;
mod slug;
mod sql;
#[cfg(test)]
mod tests;
pub mod validation;
pub mod walk;

use crate::base::RunbookId;

pub use directive::{Directive, KEYS as DIRECTIVES};
pub use document::{
    ActionCall, Class, Condition, Database, Link, Name, Part, Runbook, Step, StepOption, Symptom, SymptomKind,
    Validation,
};
pub use placeholder::{Field, FieldKind};
pub use repair::repaired;
pub use shell::{Piece, Word, argv};
pub use walk::Walk;

/// Longest file that is read as a runbook, in bytes; of what is longer only the beginning is.
pub const LONGEST: usize = 1 << 20;

/// Reads a file of a system's `runbooks/`: one scenario of the house format, its id given by the file's stem.
pub fn read_house(id: RunbookId, text: &str) -> Runbook {
    let text = within(text);
    house::read(id, &markdown::blocks(text))
}

/// The title of such a file, by its first line that is a heading.
pub fn title(id: &RunbookId, text: &str) -> String {
    let heading = within(text).trim_start_matches('\u{feff}').lines().find_map(|line| line.strip_prefix("# "));
    heading.map_or_else(|| house::unnamed(id), |heading| house::title(heading.trim()).to_owned())
}

/// Reads of such a file only its title, header and symptoms, where they stand in their usual order: what recognises it,
/// for a fraction of the price.
pub fn read_signs(id: RunbookId, text: &str) -> Runbook {
    let text = within(text);
    let heading = "\n## Symptoms";
    let end = text.find(heading).and_then(|at| Some(at + heading.len() + text[at + heading.len()..].find("\n## ")?));
    house::read(id, &markdown::blocks(&text[..end.unwrap_or(text.len())]))
}

/// Reads any Markdown file: the house format as one scenario, anything else as all the scenarios that it holds.
pub fn read_any(stem: &str, text: &str) -> Vec<Runbook> {
    let text = within(text);
    let blocks = markdown::blocks(text);
    if house::is_house(&blocks) {
        return vec![house::read(slug::id(stem), &blocks)];
    }
    foreign::read(stem, &blocks)
}

/// All links of a file, and the anchors of its headings.
pub fn links(text: &str) -> (Vec<Link>, Vec<String>) {
    house::links_and_anchors(&markdown::blocks(within(text)))
}

fn within(text: &str) -> &str {
    let end = (0..=LONGEST.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    &text[..end.unwrap_or(0)]
}
