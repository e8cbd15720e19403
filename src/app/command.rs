//! THE table of commands. Keymap, footer, `?` help, palette, `keys`, man page and the README's table are read from it;
//! nothing else lists a command.

use crate::app::Key;

/// What a command does. `update` interprets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
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
    /// UTC, local, service.
    TimeZone,
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
    /// Redraw from scratch.
    Redraw,
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

use Scope::{Anywhere, Panels};

/// Every command there is, in the order of the help screen; hints in the order of the footer.
pub const COMMANDS: &[CommandSpec] = &[
    row(Command::Help, "help", &["?", "F1"], "show the commands of this screen", "help", Anywhere),
    row(Command::Palette, "palette", &[":"], "find a command by its words", "commands", Anywhere),
    row(Command::Open, "open", &["Enter"], "open the selected row", "open", Panels),
    row(Command::Actions, "actions", &["x"], "show what can be done here", "actions", Panels),
    row(Command::Filter, "filter", &["/"], "show only rows that contain a text; Esc ends it", "filter", Panels),
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
    row(
        Command::Refresh,
        "refresh",
        &["Ctrl-r", "F5"],
        "poll everything now, except what has a price",
        "refresh",
        Panels,
    ),
    row(Command::Pause, "pause", &["p"], "stop polling until pressed again", "pause", Panels),
    row(Command::TimeZone, "time-zone", &["t"], "show times in UTC, local or the service's zone", "zone", Panels),
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
    row(Command::Redraw, "redraw", &["Ctrl-l"], "draw the screen anew", "", Anywhere),
    row(Command::Back, "back", &["Esc"], "close what is open, end the filter", "", Anywhere),
    row(Command::Quit, "quit", &["q"], "close what is open; at the top level quit", "quit", Anywhere),
];

/// The live map from keys to commands.
#[derive(Clone, Debug)]
pub struct Keymap {
    bindings: Vec<(Key, Command)>,
}

impl Default for Keymap {
    fn default() -> Self {
        let bindings = COMMANDS
            .iter()
            .flat_map(|spec| spec.keys.iter().filter_map(|key| Some((key.parse().ok()?, spec.command))))
            .collect();
        Self { bindings }
    }
}

impl Keymap {
    /// What a key does.
    pub fn command(&self, key: Key) -> Option<Command> {
        self.bindings.iter().find(|(bound, _)| *bound == key).map(|(_, command)| *command)
    }

    /// The keys of a command, the one that is shown first.
    pub fn keys(&self, command: Command) -> impl Iterator<Item = Key> + '_ {
        self.bindings.iter().filter(move |(_, bound)| *bound == command).map(|(key, _)| *key)
    }

    /// The key that is shown for a command.
    pub fn shown(&self, command: Command) -> String {
        self.keys(command).next().map(|key| key.to_string()).unwrap_or_default()
    }
}

/// The row of a command.
pub fn spec(command: Command) -> Option<&'static CommandSpec> {
    COMMANDS.iter().find(|spec| spec.command == command)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_key_parses_and_is_bound_once() {
        let mut seen = HashSet::new();
        for spec in COMMANDS {
            for key in spec.keys {
                let parsed: Key = key.parse().unwrap_or_else(|e| panic!("{}: {e}", spec.id));
                assert!(seen.insert(parsed), "{key} is bound twice");
            }
        }
    }

    #[test]
    fn no_key_that_a_terminal_or_a_multiplexer_needs_is_bound() {
        let map = Keymap::default();
        for taken in ['a', 'b', 's', 'q', 'z', 'd', 'c'] {
            assert_eq!(map.command(Key::ctrl(taken)), None, "Ctrl-{taken}");
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
