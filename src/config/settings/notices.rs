//! `[notices]`: how somebody who looks elsewhere is told that an alert fires. What is not set is not done.

use serde::Deserialize;

use crate::base::{Problem, Severity};
use crate::config::path::Path;
use crate::config::tree::Node;

/// What a command may ask for in its arguments.
const PLACES: [&str; 3] = ["{severity}", "{system}", "{text}"];

/// How and of what somebody is told.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticeSettings {
    /// Alerts less bad than this are not told.
    #[serde(default = "critical")]
    pub at_least: Severity,
    /// What the terminal is told.
    #[serde(default)]
    pub terminal: Vec<Sign>,
    /// A program and its arguments, no shell; {severity}, {system} and {text} are filled in. It is ended after 10 seconds.
    #[serde(default)]
    pub command: Vec<String>,
}

/// What a terminal may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Sign {
    /// The bell.
    Bell,
    /// A notification by OSC 9 (iTerm2, kitty, foot, Windows Terminal).
    Osc9,
    /// A notification by OSC 777 (urxvt, foot, ghostty, VTE).
    Osc777,
}

impl Sign {
    /// The word for it in the file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Bell => "bell",
            Self::Osc9 => "osc9",
            Self::Osc777 => "osc777",
        }
    }
}

fn critical() -> Severity {
    Severity::Critical
}

impl Default for NoticeSettings {
    fn default() -> Self {
        Self { at_least: critical(), terminal: Vec::new(), command: Vec::new() }
    }
}

impl NoticeSettings {
    /// True where nobody is told anything.
    pub fn is_off(&self) -> bool {
        self.terminal.is_empty() && self.command.is_empty()
    }

    /// The command for one alert; none where there is none.
    pub fn filled(&self, severity: &str, system: &str, text: &str) -> Vec<String> {
        let fill = |argument: &String| fill(argument, &[severity, system, text]);
        self.command.iter().map(fill).collect()
    }
}

/// Fills the places of one argument in; what is filled in is not looked at again.
fn fill(argument: &str, values: &[&str; 3]) -> String {
    let mut filled = String::new();
    let mut rest = argument;
    let first = |rest: &str| {
        let found = PLACES.iter().zip(values).filter_map(|(place, value)| Some((rest.find(place)?, *place, *value)));
        found.min_by_key(|(at, ..)| *at)
    };
    while let Some((at, place, value)) = first(rest) {
        filled.push_str(&rest[..at]);
        filled.push_str(value);
        rest = &rest[at + place.len()..];
    }
    filled + rest
}

/// What is wrong with a command beside its shape: the node, its path, what and how to mend it.
pub(super) fn meaning(root: &Node) -> Option<(&Node, Path, String, Option<String>)> {
    let argv = root.get("notices")?.get("command")?;
    let path = Path::default().key("notices").key("command");
    let first = argv.items().first()?;
    let program = first.text()?;
    let path = path.item(0);
    if program.is_empty() {
        return Some((first, path, "names no program".to_owned(), None));
    }
    if PLACES.iter().any(|place| program.contains(place)) {
        let help = "the program is always the same; what happened goes into its arguments".to_owned();
        return Some((first, path, "the program cannot be filled in".to_owned(), Some(help)));
    }
    let is_line = argv.items().len() == 1 && program.contains(' ');
    is_line.then(|| {
        let words: Vec<String> = program.split_whitespace().map(|word| format!("\"{word}\"")).collect();
        let help = format!("each argument is an item, there is no shell: [{}]", words.join(", "));
        (first, path, "is a line rather than a program".to_owned(), Some(help))
    })
}

/// A command of which a part was left out would be another one.
pub(super) fn without_halves(notices: &mut Option<NoticeSettings>, problems: &[Problem]) {
    let is_of_command = |problem: &Problem| problem.path.starts_with("notices.command");
    if let Some(notices) = notices.as_mut().filter(|_| problems.iter().any(is_of_command)) {
        notices.command.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_in_is_no_template() {
        let command = ["notify", "{severity} {system}: {text}", "{text}{text}", "{other}"].map(str::to_owned).to_vec();
        let notices = NoticeSettings { command, ..NoticeSettings::default() };
        assert_eq!(
            notices.filled("critical", "shop", "{system} is; $(gone)"),
            ["notify", "critical shop: {system} is; $(gone)", "{system} is; $(gone){system} is; $(gone)", "{other}"]
        );
    }
}
