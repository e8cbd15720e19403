//! THE table of commands. Keymap, footer, `?` help, palette, `keys`, man page and the README's table are read from it;
//! nothing else lists a command.

/// What a command does. `update` interprets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// Copy what is selected or open.
    Copy,
    /// Close what is open, then leave.
    Back,
    /// Close what is open; at the top level quit.
    Quit,
    /// Show the commands.
    Help,
    /// Find a command by its words.
    Palette,
    /// Show only rows that contain a text.
    Filter,
    /// Focus the next panel.
    NextPanel,
    /// Focus the previous panel.
    PreviousPanel,
    /// Move up a row.
    Up,
    /// Move down a row.
    Down,
    /// Focus the panel at the left.
    Left,
    /// Focus the panel at the right.
    Right,
    /// Move up a page.
    PageUp,
    /// Move down a page.
    PageDown,
    /// Go to the first row.
    Top,
    /// Go to the last row.
    Bottom,
    /// Open the selected row.
    Open,
    /// Show one panel alone.
    Zoom,
    /// Poll everything now.
    Refresh,
    /// Stop polling until pressed again.
    Pause,
    /// The panels as they were a minute earlier.
    Earlier,
    /// The panels as they were a minute later.
    Later,
    /// The panels as they were ten minutes earlier.
    FarEarlier,
    /// The panels as they were ten minutes later.
    FarLater,
    /// Charts of a longer time.
    Widen,
    /// Charts of a shorter time.
    Narrow,
    /// UTC, local, service.
    TimeZone,
    /// Choose a theme.
    Theme,
    /// What can be done here.
    Actions,
    /// Runs under way and lately.
    Runs,
    /// Mark the selected row.
    Mark,
    /// Alerts.
    Alerts,
    /// Event log.
    Log,
    /// All systems.
    Fleet,
    /// The system of a number.
    JumpSystem,
    /// Next system.
    NextSystem,
    /// Choose a simulated fault.
    Faults,
    /// Start the demo from the first screen.
    StartDemo,
    /// Whose the mouse is.
    Mouse,
    /// Redraw from scratch.
    Redraw,
    /// The runbook that fits.
    Runbook,
    /// All runbooks, those that fit first.
    Runbooks,
    /// The open incident.
    Incident,
    /// All incidents.
    Incidents,
    /// Preview and run the step.
    RunStep,
    /// Leave a step out.
    SkipStep,
    /// Choose one of several ways.
    ChooseOption,
    /// Copy a step's source.
    CopySource,
    /// All that a walk would do.
    DryRun,
    /// Everything about the step.
    ReadStep,
    /// Write a note.
    Note,
    /// Close the incident.
    CloseIncident,
    /// Write the report.
    Report,
    /// How bad it is taken for.
    Severity,
    /// Users are served again.
    Mitigated,
    /// The outage notice.
    Notice,
    /// The hand-over.
    Handover,
}

/// Where a command applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everywhere.
    Anywhere,
    /// Where there are panels and rows.
    Panels,
    /// In the demo only.
    Demo,
    /// On the first screen only.
    First,
    /// While a runbook is walked.
    Runbook,
    /// While an incident is looked at, or walked for.
    Incident,
    /// On the screen of an incident alone.
    Record,
}

impl Scope {
    /// True of a place within others: its keys go before theirs.
    pub fn is_narrow(self) -> bool {
        matches!(self, Self::Runbook | Self::Incident | Self::Record)
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct CommandSpec {
    /// What it does.
    pub command: Command,
    /// Stable id, as in `config.toml`: kebab-case.
    pub id: &'static str,
    /// Default keys, the one that is shown first.
    pub keys: &'static [&'static str],
    /// One line, beginning with a verb.
    pub doc: &'static str,
    /// Word in the footer; empty: not in the footer.
    pub hint: &'static str,
    /// Where it applies.
    pub scope: Scope,
}

const fn row(
    command: Command,
    id: &'static str,
    keys: &'static [&'static str],
    doc: &'static str,
    hint: &'static str,
    scope: Scope,
) -> CommandSpec {
    CommandSpec { command, id, keys, doc, hint, scope }
}

use Scope::{Anywhere, Incident, Panels, Record, Runbook};

/// Every command there is, in the order of the help screen; hints in the order of the footer.
pub const COMMANDS: &[CommandSpec] = &[
    row(Command::Help, "help", &["?", "F1"], "show the commands of this screen", "help", Anywhere),
    row(Command::Palette, "palette", &[":"], "find a command by its words", "commands", Anywhere),
    row(Command::RunStep, "run-step", &["Enter"], "preview the step, confirm, run and prove it", "run step", Runbook),
    row(Command::SkipStep, "skip-step", &["s"], "leave the step out, with a reason", "skip", Runbook),
    row(Command::ChooseOption, "choose-option", &["o"], "choose one of several ways", "option", Runbook),
    row(
        Command::ReadStep,
        "read-step",
        &["v"],
        "show everything about the step, and what a check printed",
        "view",
        Runbook,
    ),
    row(Command::DryRun, "dry-run", &["d"], "show all that the walk would do, and run nothing", "dry run", Runbook),
    row(Command::CopySource, "copy-source", &["y"], "copy the step's source to the clipboard", "copy", Runbook),
    row(Command::Note, "note", &["n"], "write a note into the incident", "note", Incident),
    row(
        Command::CloseIncident,
        "close-incident",
        &["c"],
        "close the incident: verified, or with a reason",
        "close",
        Incident,
    ),
    row(Command::Report, "report", &["w"], "write the incident's report and show it", "report", Incident),
    row(Command::Severity, "severity", &["s"], "say how bad the incident is now, and why", "severity", Record),
    row(Command::Mitigated, "mitigated", &["d"], "write down that users are served again", "mitigated", Record),
    row(Command::Notice, "notice", &["o"], "show the outage notice for those outside", "notice", Record),
    row(Command::Handover, "handover", &["f"], "show the hand-over of the last 12 hours", "hand-over", Record),
    row(Command::Open, "open", &["Enter"], "open the selected row", "open", Panels),
    row(Command::Actions, "actions", &["x"], "show what can be done here", "actions", Panels),
    row(
        Command::Runbook,
        "runbook",
        &["r"],
        "show the runbook that fits, to be walked step by step",
        "runbook",
        Panels,
    ),
    row(Command::Incident, "incident", &["i"], "open an incident, or show the open one", "incident", Panels),
    row(Command::Filter, "filter", &["/"], "show only rows that contain a text; Esc ends it", "filter", Panels),
    row(Command::Copy, "copy", &["y"], "copy the selected row, or what is open, to the clipboard", "", Panels),
    row(Command::NextPanel, "next-panel", &["Tab"], "focus the next panel", "panel", Panels),
    row(Command::PreviousPanel, "previous-panel", &["Shift-Tab"], "focus the previous panel", "", Panels),
    row(Command::Down, "down", &["j", "Down"], "move down a row", "", Anywhere),
    row(Command::Up, "up", &["k", "Up"], "move up a row", "", Anywhere),
    row(Command::Left, "left", &["h", "Left"], "focus the panel at the left", "", Panels),
    row(Command::Right, "right", &["l", "Right"], "focus the panel at the right", "", Panels),
    row(Command::PageDown, "page-down", &["PgDn", "Ctrl-f"], "move down a page", "", Anywhere),
    row(Command::PageUp, "page-up", &["PgUp", "Ctrl-u"], "move up a page", "", Anywhere),
    row(Command::Top, "top", &["g", "Home"], "go to the first row", "", Anywhere),
    row(Command::Bottom, "bottom", &["G", "End"], "go to the last row", "", Anywhere),
    row(Command::Zoom, "zoom", &["z"], "show the focused panel alone, and back", "zoom", Panels),
    row(Command::Mark, "mark", &["Space"], "mark the row, for an action on several rows", "", Panels),
    row(Command::Runs, "runs", &["u"], "show the runs under way and the last ones", "", Panels),
    row(Command::Alerts, "alerts", &["a"], "show all alerts with their reasons", "alerts", Panels),
    row(Command::Log, "log", &["e"], "show what changed when", "events", Panels),
    row(Command::Runbooks, "runbooks", &["b"], "show all runbooks, those that fit first", "", Panels),
    row(Command::Incidents, "incidents", &["m"], "show all incidents of the system", "", Panels),
    row(
        Command::Refresh,
        "refresh",
        &["Ctrl-r", "F5"],
        "poll everything now, except what has a price",
        "refresh",
        Panels,
    ),
    row(Command::Pause, "pause", &["p"], "stop polling until pressed again", "pause", Panels),
    row(Command::Earlier, "earlier", &["[", "<"], "show the panels as they were a minute earlier", "", Panels),
    row(Command::Later, "later", &["]", ">"], "show the panels a minute later, up to now", "", Panels),
    row(Command::FarEarlier, "far-earlier", &["{"], "show the panels as they were ten minutes earlier", "", Panels),
    row(Command::FarLater, "far-later", &["}"], "show the panels ten minutes later, up to now", "", Panels),
    row(Command::Widen, "widen", &["+"], "show a longer time in charts, up to 6 h", "", Panels),
    row(Command::Narrow, "narrow", &["-"], "show a shorter time in charts", "", Panels),
    row(Command::TimeZone, "time-zone", &["t"], "show times in UTC, local or the service's zone", "zone", Panels),
    row(Command::Theme, "theme", &["T"], "choose the colours, shown as the cursor moves", "", Anywhere),
    row(Command::Fleet, "fleet", &["0"], "show all systems", "", Panels),
    row(
        Command::JumpSystem,
        "jump-system",
        &["1", "2", "3", "4", "5", "6", "7", "8", "9"],
        "show the system of this number",
        "",
        Panels,
    ),
    row(Command::NextSystem, "next-system", &["s"], "show the next system", "", Panels),
    row(Command::Faults, "faults", &["F"], "switch a simulated fault on or off", "fault", Scope::Demo),
    row(Command::StartDemo, "start-demo", &["d"], "start the demo over simulated systems", "demo", Scope::First),
    row(
        Command::Mouse,
        "mouse",
        &["F9"],
        "use the mouse here, or leave it to the terminal, to select text with",
        "",
        Anywhere,
    ),
    row(Command::Redraw, "redraw", &["Ctrl-l"], "draw the screen anew", "", Anywhere),
    row(Command::Back, "back", &["Esc"], "close what is open, end the filter", "", Anywhere),
    row(Command::Quit, "quit", &["q"], "close what is open; at the top level quit", "quit", Anywhere),
];

/// The row of a command.
pub fn spec(command: Command) -> Option<&'static CommandSpec> {
    COMMANDS.iter().find(|spec| spec.command == command)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::app::{Key, Keymap};

    #[test]
    fn every_key_parses_and_is_bound_once() {
        let mut seen = HashSet::new();
        for spec in COMMANDS {
            for key in spec.keys {
                let parsed: Key = key.parse().unwrap_or_else(|e| panic!("{}: {e}", spec.id));
                // a narrow place has keys of its own, and the first screen has no panels
                let place = spec.scope.is_narrow() || spec.scope == Scope::First;
                assert!(seen.insert((parsed, place.then(|| format!("{:?}", spec.scope)))), "{key} is bound twice");
            }
        }
    }

    #[test]
    fn no_key_that_a_terminal_or_a_multiplexer_needs_is_bound() {
        let map = Keymap::default();
        for taken in ['a', 'b', 's', 'q', 'z', 'd', 'c'] {
            assert_eq!(map.command(Key::ctrl(taken), |_| true), None, "Ctrl-{taken}");
        }
    }

    #[test]
    fn ids_are_unique_and_docs_begin_with_a_verb() {
        let ids: HashSet<_> = COMMANDS.iter().map(|spec| spec.id).collect();
        assert_eq!(ids.len(), COMMANDS.len());
        for spec in COMMANDS {
            assert!(
                spec.doc.starts_with(|c: char| c.is_ascii_lowercase()) || spec.doc.starts_with("UTC"),
                "{}",
                spec.id
            );
        }
    }
}
