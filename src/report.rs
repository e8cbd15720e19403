//! What `check` prints: text for a person, JSON for a program, one line for Nagios, one for tmux; and the lines of
//! `--plain`. Pure: what is known
//! of each system goes in, a text comes out. It prints nothing and judges nothing.

pub mod act;
pub mod diagnosis;
pub mod incident;
pub mod json;
pub mod nagios;
pub mod plain;
pub mod runbook;
pub mod text;
pub mod tmux;
pub mod walk;

use crate::base::{Now, State, Status};
use crate::watch::{Component, Watch};

/// The JSON Schema of [`json::render`]'s output.
pub const SCHEMA: &str = include_str!("report/check.schema.json");

/// What goes into a report.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// What is known of each system, in the order asked for.
    pub watches: &'a [&'a Watch],
    /// When.
    pub now: Now,
    /// Takes the secrets of all systems out of a text.
    pub redact: &'a dyn Fn(&str) -> String,
}

/// How a report looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// With colours.
    pub color: bool,
    /// Columns to fill.
    pub width: usize,
}

/// The worst of all systems; unknown where there is none.
pub fn overall(watches: &[&Watch]) -> Status {
    watches.iter().map(|watch| watch.situation.status).max().unwrap_or(Status::Unknown)
}

/// What to say of a system in which nothing is wrong: that all is well, or what is degraded without being a fault.
fn all_well(watch: &Watch) -> String {
    let is_degraded = |known: &Component| known.is_watched() && known.state == State::Degraded;
    let degraded: Vec<&str> = watch
        .components
        .iter()
        .filter(|(_, known)| is_degraded(known))
        .map(|(id, _)| watch.system.component_title(id))
        .collect();
    if degraded.is_empty() {
        "all that was asked is well".to_owned()
    } else {
        format!("degraded: {}", degraded.join(", "))
    }
}

/// An age is told from here on: one look of `check` has only just learnt of everything.
const AGE_WORTH_TELLING: std::time::Duration = std::time::Duration::from_secs(10);

#[cfg(test)]
mod tests;
