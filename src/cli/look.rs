//! The flags of the commands that look at systems without a screen, and what they prepare: `check` and `diagnose`.

use std::time::Duration;

use crate::base::Period;
use crate::cli::{Failure, catalog, choice, dashboard, out};
use crate::runtime::PreparedSystem;

// What to look at, and how; a doc comment would be the text of every command that has it.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    #[command(flatten)]
    choice: choice::Args,
    /// Keep looking for so long (90s, 5m) before telling, so that rules with `for` can fire and what grows is seen to grow
    #[arg(long = "for", value_name = "DURATION")]
    hold: Option<Period>,
    /// Leave out what is polled every 15 minutes or less often, because polling it has a price
    #[arg(long)]
    skip_slow: bool,
    /// When to use colour
    #[arg(long, value_enum, value_name = "WHEN")]
    color: Option<out::Color>,
}

impl Args {
    /// The same after the flags that stood before the subcommand.
    pub(super) fn under(mut self, top: dashboard::Args) -> Self {
        self.color = self.color.or(top.color);
        self.choice = self.choice.under(top.choice);
        self
    }

    /// How long to look; `None`: once.
    pub(super) fn hold(&self) -> Option<Duration> {
        hold(self.hold)
    }

    pub(super) fn color(&self) -> out::Color {
        self.color.unwrap_or_default()
    }

    /// The systems to look at, those left out of which nothing is configured.
    pub(super) fn systems(&self) -> Result<Vec<PreparedSystem>, Failure> {
        let catalog = catalog::load();
        let chosen = choice::choose(&self.choice, &catalog)?;
        if chosen.systems.is_empty() {
            return Err(Failure::Usage(choice::nothing_to_watch(&catalog)));
        }
        let mut systems = chosen.prepare(self.skip_slow)?;
        leave_out_unconfigured(&mut systems)?;
        Ok(systems)
    }
}

/// `--for`, where it is a time at all.
pub(super) fn hold(period: Option<Period>) -> Option<Duration> {
    period.map(|period| period.0).filter(|hold| !hold.is_zero())
}

/// Every secret of these systems hidden.
pub(super) fn redact(systems: &[PreparedSystem], text: &str) -> String {
    systems.iter().fold(text.to_owned(), |text, one| one.redactor.redact(&text))
}

/// A system of which nothing is configured is not watched: it says nothing about any system. When it is the only one,
/// there is nothing to tell.
fn leave_out_unconfigured(systems: &mut Vec<PreparedSystem>) -> Result<(), Failure> {
    let mut told = Vec::new();
    systems.retain(|prepared| {
        if prepared.is_configured() {
            return true;
        }
        let mut missing: Vec<String> =
            prepared.not_configured.values().map(|variable| choice::settable(&prepared.system, variable)).collect();
        missing.sort_unstable();
        missing.dedup();
        told.push(format!(
            "system '{}' is not watched: nothing of it is configured; set {}",
            prepared.system.name,
            missing.join(", ")
        ));
        false
    });
    if systems.is_empty() {
        return Err(Failure::Usage(told.join("\n")));
    }
    for line in told {
        out::error(&line);
    }
    Ok(())
}
