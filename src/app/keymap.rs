//! The live map from keys to commands: the table's, with what the user binds otherwise. Two commands never share a key
//! where both apply; a binding that cannot be is left out with its reason, and its command keeps its own keys.

use crate::app::Key;
use crate::app::command::{COMMANDS, Command, CommandSpec, Scope, spec};
use crate::app::key::Code;
use crate::base::problem::nearest;

/// A command of the user's file and the keys that it is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The command's id.
    pub id: String,
    /// Its keys, the one that is shown first.
    pub keys: Vec<String>,
}

/// Why a binding is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadBinding {
    /// Which command's.
    pub id: String,
    /// Which of its keys; `None` where it is the command.
    pub key: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// The way out.
    pub help: Option<String>,
}

/// The live map from keys to commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    bindings: Vec<(Key, Command)>,
}

impl Default for Keymap {
    fn default() -> Self {
        Self { bindings: COMMANDS.iter().flat_map(|spec| usual(spec).map(|key| (key, spec.command))).collect() }
    }
}

impl Keymap {
    /// The table's keys, with these in place of those of their commands; and what of them cannot be.
    pub fn bound(wanted: &[Binding]) -> (Self, Vec<BadBinding>) {
        let mut bad = Vec::new();
        let mut own: Vec<(&'static CommandSpec, Vec<Key>)> = Vec::new();
        for binding in wanted {
            own.extend(read(binding, &mut bad));
        }
        // a binding that goes gives its command its own keys back, which others may have been given
        loop {
            let map = Self::merged(&own);
            let Some((at, problem)) = map.clash(&own) else { return (map, bad) };
            bad.push(problem);
            own.remove(at);
        }
    }

    fn merged(own: &[(&'static CommandSpec, Vec<Key>)]) -> Self {
        let keys = |spec: &CommandSpec| match own.iter().find(|(mine, _)| mine.command == spec.command) {
            Some((_, keys)) => keys.clone(),
            None => usual(spec).collect(),
        };
        let bound = |spec: &'static CommandSpec| keys(spec).into_iter().map(|key| (key, spec.command));
        Self { bindings: COMMANDS.iter().flat_map(bound).collect() }
    }

    /// The last binding of the user's that takes another command's key.
    fn clash(&self, own: &[(&'static CommandSpec, Vec<Key>)]) -> Option<(usize, BadBinding)> {
        own.iter().enumerate().rev().find_map(|(at, (mine, keys))| {
            keys.iter().enumerate().find_map(|(nth, key)| {
                let others = self.bindings.iter().filter(|(bound, of)| bound == key && *of != mine.command);
                let other = others.filter_map(|(_, of)| spec(*of)).find(|other| share_a_place(mine, other))?;
                let problem = BadBinding {
                    id: mine.id.to_owned(),
                    key: Some(nth),
                    message: format!("'{key}' is the key of '{}' as well as of '{}'", other.id, mine.id),
                    help: Some(format!("give '{}' another key, or '{}'", other.id, mine.id)),
                };
                Some((at, problem))
            })
        })
    }

    /// What a key does where these commands apply: in a narrow place first what is of it alone. A key that does nothing
    /// there still names its command, so that it can be told why not.
    pub fn command(&self, key: Key, applies: impl Fn(&CommandSpec) -> bool) -> Option<Command> {
        let bound = self.bindings.iter().filter(|(bound, _)| *bound == key).filter_map(|(_, command)| spec(*command));
        let weight = |spec: &&CommandSpec| match (applies(spec), spec.scope.is_narrow()) {
            (true, true) => 3,
            (true, false) => 2,
            (false, false) => 1,
            (false, true) => 0,
        };
        let best = bound.filter(|spec| weight(spec) > 0).rev().max_by_key(weight);
        best.map(|spec| spec.command)
    }

    /// The keys of a command, the one that is shown first.
    pub fn keys(&self, command: Command) -> impl Iterator<Item = Key> + '_ {
        self.bindings.iter().filter(move |(_, bound)| *bound == command).map(|(key, _)| *key)
    }

    /// The key that is shown for a command; empty where it has none.
    pub fn shown(&self, command: Command) -> String {
        self.keys(command).next().map_or_else(String::new, |key| key.to_string())
    }

    /// How a command is reached, for a sentence: its key, else its words in the palette.
    pub fn told(&self, command: Command) -> String {
        let by_words = || format!(":{}", spec(command).map_or("", |spec| spec.id));
        self.keys(command).next().map_or_else(by_words, |key| key.to_string())
    }
}

fn usual(spec: &CommandSpec) -> impl Iterator<Item = Key> {
    spec.keys.iter().filter_map(|key| key.parse().ok())
}

/// True where one key cannot mean both. What is of a narrow place goes before what is of all, but never before the keys
/// that lead out.
fn share_a_place(a: &CommandSpec, b: &CommandSpec) -> bool {
    let leads_out = |spec: &CommandSpec| matches!(spec.command, Command::Quit | Command::Back | Command::Palette);
    if leads_out(a) || leads_out(b) {
        return true;
    }
    match (a.scope.is_narrow(), b.scope.is_narrow()) {
        (true, true) => a.scope == b.scope || a.scope == Scope::Incident || b.scope == Scope::Incident,
        (false, false) => true,
        _ => false,
    }
}

/// The command and the keys of a binding, where all of it can be.
fn read(binding: &Binding, bad: &mut Vec<BadBinding>) -> Option<(&'static CommandSpec, Vec<Key>)> {
    let mut wrong = |key: Option<usize>, message: String, help: Option<String>| {
        bad.push(BadBinding { id: binding.id.clone(), key, message, help });
    };
    let Some(spec) = COMMANDS.iter().find(|spec| spec.id == binding.id) else {
        let near = nearest(&binding.id, COMMANDS.iter().map(|spec| spec.id));
        let help = near.map_or_else(
            || "midwatch keys lists them".to_owned(),
            |near| format!("did you mean '{near}'? midwatch keys lists all"),
        );
        wrong(None, format!("no command '{}'", binding.id), Some(help));
        return None;
    };
    if binding.keys.is_empty() && matches!(spec.command, Command::Quit | Command::Back | Command::Palette) {
        wrong(None, format!("'{}' needs a key: without it nobody finds the way out", spec.id), None);
        return None;
    }
    let mut keys = Vec::new();
    let before = binding.keys.len();
    for (at, text) in binding.keys.iter().enumerate() {
        match text.parse::<Key>() {
            Err(error) => wrong(Some(at), error.to_string(), near_key(text)),
            Ok(key) if key.ctrl && matches!(key.code, Code::Char('c' | 'z')) => {
                wrong(Some(at), format!("'{key}' always interrupts or suspends"), None);
            }
            Ok(key) if spec.command == Command::JumpSystem && key.digit().is_none() => {
                wrong(Some(at), format!("'{key}' names no system"), Some("a digit, from 1 to 9".to_owned()));
            }
            Ok(key) if keys.contains(&key) => wrong(Some(at), format!("'{key}' is given twice"), None),
            Ok(key) => keys.push(key),
        }
    }
    (keys.len() == before).then_some((spec, keys))
}

fn near_key(text: &str) -> Option<String> {
    nearest(text, Key::NAMES.iter().map(|(name, _)| *name)).map(|near| format!("did you mean '{near}'?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(wanted: &[(&str, &[&str])]) -> (Keymap, Vec<String>) {
        let own = |(id, keys): &(&str, &[&str])| Binding {
            id: (*id).to_owned(),
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        };
        let (map, bad) = Keymap::bound(&wanted.iter().map(own).collect::<Vec<_>>());
        (map, bad.into_iter().map(|bad| bad.message).collect())
    }

    fn does(map: &Keymap, key: &str) -> Option<Command> {
        map.command(key.parse().unwrap(), |spec| !spec.scope.is_narrow())
    }

    #[test]
    fn a_command_has_the_keys_that_it_is_given_and_no_others() {
        let (map, bad) = bound(&[("zoom", &["Alt-z", "F2"]), ("runs", &[])]);
        assert_eq!(bad, [""; 0]);
        assert_eq!((does(&map, "F2"), does(&map, "z"), does(&map, "u")), (Some(Command::Zoom), None, None));
        assert_eq!((map.shown(Command::Zoom), map.told(Command::Runs)), ("Alt-z".to_owned(), ":runs".to_owned()));
    }

    #[test]
    fn two_commands_can_change_places() {
        let (map, bad) = bound(&[("zoom", &["p"]), ("pause", &["z"])]);
        assert_eq!(bad, [""; 0]);
        assert_eq!((does(&map, "p"), does(&map, "z")), (Some(Command::Zoom), Some(Command::Pause)));
    }

    #[test]
    fn a_clash_names_both_and_keeps_the_rest() {
        for (wanted, told) in [
            (&[("zoom", &["p"][..]), ("log", &["L"])][..], "'p' is the key of 'pause' as well as of 'zoom'"),
            (&[("zoom", &["Z"]), ("log", &["L"]), ("fleet", &["Z"])], "'Z' is the key of 'zoom' as well as of 'fleet'"),
            (&[("note", &["q"]), ("log", &["L"])], "'q' is the key of 'quit' as well as of 'note'"),
            (&[("back", &["q"]), ("log", &["L"])], "'q' is the key of 'quit' as well as of 'back'"),
            (&[("report", &["v"]), ("log", &["L"])], "'v' is the key of 'read-step' as well as of 'report'"),
            (&[("log", &["L"]), ("zom", &["L"])], "no command 'zom'"),
            (&[("log", &["L"]), ("quit", &[])], "'quit' needs a key: without it nobody finds the way out"),
            (&[("log", &["L"]), ("jump-system", &["n"])], "'n' names no system"),
            (&[("log", &["L"]), ("zoom", &["Ctrl-c"])], "'Ctrl-c' always interrupts or suspends"),
        ] {
            let (map, bad) = bound(wanted);
            assert_eq!(bad, [told]);
            assert_eq!((does(&map, "L"), does(&map, "q")), (Some(Command::Log), Some(Command::Quit)), "{told}");
            assert_eq!(does(&map, "p"), Some(Command::Pause), "{told}");
        }
    }

    #[test]
    fn what_is_refused_gives_no_key_away() {
        // `zoom` cannot have `p` and keeps `z`, so that `runs` cannot have it
        let (map, bad) = bound(&[("zoom", &["p"]), ("runs", &["z"])]);
        assert_eq!(bad.len(), 2, "{bad:?}");
        assert_eq!((does(&map, "z"), does(&map, "u")), (Some(Command::Zoom), Some(Command::Runs)));
    }

    #[test]
    fn the_table_has_no_clash_of_its_own() {
        for spec in COMMANDS {
            let keys: Vec<&str> = spec.keys.to_vec();
            assert_eq!(bound(&[(spec.id, keys.as_slice())]), (Keymap::default(), vec![]), "{}", spec.id);
        }
    }
}
