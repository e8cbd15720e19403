//! The user's own `config.toml`: text to [`Settings`], with every mistake of it told as those of a system file are. What
//! is broken is left out and the rest holds, so that one wrong key never keeps a person from the dashboard.

mod notices;

use std::collections::HashSet;
use std::time::Duration;

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::base::problem::nearest;
use crate::base::time::Span;
use crate::base::{Period, Problem, Source, Status, SystemName};
use crate::config::path::Path;
use crate::config::schema::Schema;
use crate::config::shape::shape;
use crate::config::tree::{Node, Tree};
use crate::job::Zone;

pub use notices::{NoticeSettings, Sign};

const SCHEMA: &str = include_str!("settings.schema.json");
/// A commented file that says what is so without one.
pub const DEFAULT_SETTINGS: &str = include_str!("settings.default.toml");
/// A floor beyond it would make every poll one that has a price.
const HIGHEST_FLOOR: Period = Period::secs(300);
const READ_ONLY: &str = "read_only";

/// What `config.toml` may say. What it does not say is decided by flags, environment or the program.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The systems that are watched where no flag names one. Left out: those whose variables the environment sets.
    pub systems: Option<Vec<SystemName>>,
    /// The colours of the dashboard: dark, light, high-contrast, …
    pub theme: Option<String>,
    /// Draw with ASCII characters only. Left out or false: the locale decides.
    pub ascii: Option<bool>,
    /// When to use colour.
    pub color: Option<WhenColor>,
    /// Your own time zone. Left out: that of this machine.
    pub zone: Option<Zone>,
    /// Nothing that changes a system may run.
    pub read_only: Option<bool>,
    /// No component is polled more often than this, whatever its system file says; at most 5m.
    pub refresh_floor: Option<Period>,
    /// How somebody who looks elsewhere is told that an alert fires. Left out: not at all.
    pub notices: Option<NoticeSettings>,
    /// The mouse is used: a press selects, a second one opens, the wheel scrolls. Left out or false: the terminal selects text with it.
    pub mouse: Option<bool>,
    /// The wall.
    #[serde(default)]
    pub wall: Wall,
    /// Keys of commands, in place of their own: `zoom = "Z"`, `alerts = ["a", "F2"]`. `midwatch keys` lists the commands.
    #[serde(default)]
    pub keys: IndexMap<String, Keys>,
}

/// How the wall goes round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wall {
    /// For how long a healthy system is shown; from 3s to 10m. Left out: 10s.
    pub stay: Option<Period>,
    /// The same of one with a warning, or with what cannot be told: never shorter. Left out: 20s.
    pub stay_warning: Option<Period>,
    /// The same of one that is critical: never shorter than both. Left out: 30s.
    pub stay_critical: Option<Period>,
    /// How often everything moves by a cell, so that nothing burns in; from 1m to 1h. Each time
    /// costs a whole screen. Left out: 5m.
    pub shift: Option<Period>,
}

impl Wall {
    /// For how long a system of this status is shown.
    pub fn stay(&self, status: Status) -> Duration {
        let ok = self.stay.unwrap_or(Period::secs(10));
        let warning = self.stay_warning.unwrap_or(Period::secs(20)).max(ok);
        match status {
            Status::Ok => ok.0,
            Status::Warning | Status::Unknown => warning.0,
            Status::Critical => self.stay_critical.unwrap_or(Period::secs(30)).max(warning).0,
        }
    }

    /// How often everything moves by a cell.
    pub fn shift(&self) -> Duration {
        self.shift.unwrap_or(Period::secs(300)).0
    }
}

/// The keys of a command.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum Keys {
    /// `"Ctrl-r"`
    One(String),
    /// `["r", "F5"]`, the one that is shown first; none: in the palette only.
    Several(Vec<String>),
}

impl Keys {
    /// All of them.
    pub fn all(&self) -> &[String] {
        match self {
            Self::One(key) => std::slice::from_ref(key),
            Self::Several(keys) => keys,
        }
    }
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WhenColor {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The names that a `config.toml` may use.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Systems of the catalog.
    pub systems: Vec<String>,
    /// Themes.
    pub themes: Vec<String>,
}

/// A file that was read.
#[derive(Clone, Debug)]
pub struct SettingsFile {
    /// What of it is right.
    pub settings: Settings,
    /// Every mistake, in the order of the file.
    pub problems: Vec<Problem>,
    source: Source,
    root: Node,
}

impl SettingsFile {
    /// Reads a file.
    pub fn read(source: &Source, known: &Known) -> Self {
        let (root, syntax) = Node::recover(source);
        let mut problems = shape(source, &root, &Schema::new(SCHEMA)).problems;
        problems.extend(meaning(source, &root, known));
        let broken: HashSet<String> = problems.iter().map(|problem| problem.path.clone()).collect();
        let right = sound(&root, &Path::default(), &broken).unwrap_or(Json::Null);
        let mut settings = serde_json::from_value::<Settings>(right).unwrap_or_default();
        // a list of which nothing is right says nothing
        settings.systems = settings.systems.filter(|names| !names.is_empty());
        notices::without_halves(&mut settings.notices, &problems);
        if settings.read_only.is_none() && may_ask_for_read_only(source, &root) {
            settings.read_only = Some(true);
        }
        // a file that is no TOML has no other mistakes that are worth telling: they would be guesses
        let mut problems = if syntax.is_empty() { problems } else { syntax };
        problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
        Self { settings, problems, source: source.clone(), root }
    }

    /// A mistake in a command's keys, or in one of them, that only the table of commands tells.
    pub fn bad_keys(&mut self, id: &str, nth: Option<usize>, message: String, help: Option<String>) {
        let Some(entry) = self.root.get("keys").and_then(|keys| keys.entry(id)) else { return };
        let path = Path::default().key("keys").key(id);
        let (span, path) = match nth {
            None => (entry.key.clone(), path),
            Some(nth) => match entry.node.items().get(nth) {
                Some(item) => (item.span.clone(), path.item(nth)),
                None => (entry.node.span.clone(), path),
            },
        };
        self.problems.push(Problem { source: self.source.clone(), span, path: path.to_string(), message, help });
        self.problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
    }

    /// Where a key of a table stands.
    pub fn place_in(&self, table: &str, key: &str) -> Option<String> {
        let (line, column) = self.source.line_column(self.root.get(table)?.entry(key)?.key.start);
        Some(format!("{}:{line}:{column}", self.source.path.display()))
    }

    /// Where a key stands: `config.toml:3:1`.
    pub fn place(&self, key: &str) -> Option<String> {
        let (line, column) = self.source.line_column(self.root.entry(key)?.key.start);
        Some(format!("{}:{line}:{column}", self.source.path.display()))
    }
}

/// The schema of `config.toml`: for editors, and for the loader's own walk.
pub fn settings_schema() -> Json {
    // a test holds the text against the types
    serde_json::from_str(SCHEMA).unwrap_or(Json::Bool(true))
}

/// Names that do not resolve, values that can never be right.
fn meaning(source: &Source, root: &Node, known: &Known) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut problem = |node: &Node, path: Path, message: String, help: Option<String>| {
        let (source, span) = (source.clone(), node.span.clone());
        problems.push(Problem { source, span, path: path.to_string(), message, help });
    };
    let top = Path::default();
    let systems = root.get("systems").map_or(&[][..], Node::items);
    for (at, node) in systems.iter().enumerate() {
        let Some(name) = node.text().filter(|name| SystemName::new(name).is_ok()) else { continue };
        let path = top.key("systems").item(at);
        if !known.systems.iter().any(|one| one == name) {
            problem(node, path, format!("no system '{name}'"), way_out(name, &known.systems));
        } else if systems[..at].iter().any(|before| before.text() == Some(name)) {
            problem(node, path, format!("'{name}' is given twice"), None);
        }
    }
    if let Some(node) = root.get("theme")
        && let Some(name) = node.text().filter(|name| !known.themes.iter().any(|one| one == name))
    {
        problem(node, top.key("theme"), format!("no theme '{name}'"), way_out(name, &known.themes));
    }
    if let Some(node) = root.get("refresh_floor")
        && node.text().and_then(|text| text.parse::<Period>().ok()).is_some_and(|floor| floor.0 > HIGHEST_FLOOR.0)
    {
        let help = "at most 5m: what is asked less often belongs into its system file".to_owned();
        problem(node, top.key("refresh_floor"), "is too long for a floor".to_owned(), Some(help));
    }
    if let Some((node, path, message, help)) = notices::meaning(root) {
        problem(node, path, message, help);
    }
    problems.extend(on_the_wall(source, root));
    problems
}

/// Times of the wall that nobody could follow, and what is broken shown for a shorter time than what is not.
fn on_the_wall(source: &Source, root: &Node) -> Vec<Problem> {
    const STAY: (Period, Period, &str) = (Period::secs(3), Period::secs(600), "from 3s to 10m");
    const SHIFT: (Period, Period, &str) = (Period::secs(60), Period::secs(3600), "from 1m to 1h");
    let Some(wall) = root.get("wall") else { return Vec::new() };
    let given = |key: &str| wall.get(key).and_then(|node| Some((node, node.text()?.parse::<Period>().ok()?)));
    let mut problems = Vec::new();
    let mut problem = |key: &str, node: &Node, message: String, help: &str| {
        let path = Path::default().key("wall").key(key).to_string();
        let (source, span) = (source.clone(), node.span.clone());
        problems.push(Problem { source, span, path, message, help: Some(help.to_owned()) });
    };
    let mut least = ("stay", Period::default());
    for (key, usual, (low, high, words)) in
        [("stay", 10, STAY), ("stay_warning", 20, STAY), ("stay_critical", 30, STAY), ("shift", 60, SHIFT)]
    {
        let value = given(key);
        if let Some((node, value)) = value {
            if value < low || value > high {
                problem(key, node, "is no time for a wall".to_owned(), words);
            } else if key != "shift" && value < least.1 {
                let message = format!("is shorter than {}, which is {}", least.0, Span(least.1.0));
                problem(key, node, message, "what is worse stays at least as long");
            }
        }
        // a time that is left out follows the one before it
        least = (key, value.map_or(Period::secs(usual).max(least.1), |(_, value)| value));
    }
    problems
}

fn way_out(wrong: &str, there: &[String]) -> Option<String> {
    let near = nearest(wrong, there.iter().map(String::as_str)).map(|near| format!("did you mean '{near}'?"));
    near.or_else(|| (!there.is_empty()).then(|| format!("there are: {}", there.join(", "))))
}

/// What was not understood is no false: a file that may have asked for a read-only dashboard gets one.
fn may_ask_for_read_only(source: &Source, root: &Node) -> bool {
    let misspelt = root.entries().any(|(key, _)| nearest(key, [READ_ONLY]).is_some());
    let in_broken_line = || source.text.lines().any(|line| line.trim_start().starts_with(READ_ONLY));
    misspelt || in_broken_line()
}

/// A value without what is broken in it.
fn sound(node: &Node, path: &Path, broken: &HashSet<String>) -> Option<Json> {
    if !path.parts().is_empty() && broken.contains(&path.to_string()) {
        return None;
    }
    Some(match &node.value {
        Tree::Text(text) => Json::from(text.as_str()),
        Tree::Integer(number) => Json::from((*number)?),
        Tree::Float(number) => Json::from(*number),
        Tree::Bool(value) => Json::from(*value),
        Tree::Date => return None,
        Tree::Array(items) => {
            items.iter().enumerate().filter_map(|(at, item)| sound(item, &path.item(at), broken)).collect()
        }
        Tree::Table(table) => {
            let right = |(key, entry): (&String, &crate::config::tree::Entry)| {
                Some((key.clone(), sound(&entry.node, &path.key(key), broken)?))
            };
            Json::Object(table.iter().filter_map(right).collect())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> SettingsFile {
        let known = Known { systems: vec!["shop".into(), "till".into()], themes: vec!["dark".into(), "light".into()] };
        SettingsFile::read(&Source { path: "config.toml".into(), text: text.into() }, &known)
    }

    #[test]
    fn what_is_broken_is_left_out_and_the_rest_holds() {
        let file = read("systems = ['shop', 'shoop', 3]\ntheme = 'lihgt'\nascii = true\nzone = 'Mars'\nbogus = 1\n");
        assert_eq!(file.problems.len(), 5, "{:?}", file.problems);
        let names: Vec<String> = file.settings.systems.iter().flatten().map(ToString::to_string).collect();
        assert_eq!(names, ["shop"]);
        let expected = Settings { systems: file.settings.systems.clone(), ascii: Some(true), ..Settings::default() };
        assert_eq!(file.settings, expected);
        assert_eq!(file.place("ascii").unwrap(), "config.toml:3:1");
    }

    #[test]
    fn what_is_no_toml_keeps_the_lines_that_are() {
        let file = read("theme = 'light\nascii = true\n");
        assert_eq!(file.problems.len(), 1, "{:?}", file.problems);
        assert_eq!((file.settings.theme.as_deref(), file.settings.ascii), (Some("light"), Some(true)));
    }

    #[test]
    fn a_wish_for_read_only_that_is_not_understood_is_granted() {
        for (text, read_only) in [
            ("read_only = true", Some(true)),
            ("read_only = false", Some(false)),
            ("read_only = 'yes'", Some(true)),
            ("read_only = tru", Some(true)),
            ("readonly = true", Some(true)),
            ("read-only = true", Some(true)),
            ("theme = 'nope'", None),
            ("# read_only = true\ntheme = ", None),
            ("", None),
        ] {
            assert_eq!(read(text).settings.read_only, read_only, "{text}");
        }
    }

    #[test]
    fn the_default_file_is_right_and_so_is_each_line_of_it() {
        let text = DEFAULT_SETTINGS;
        assert_eq!(read(text).settings, Settings::default());
        let live: String =
            text.lines().map(|line| line.strip_prefix("#: ").unwrap_or(line).to_owned() + "\n").collect();
        let names = |key: &str| vec![key.to_owned()];
        let known = Known { systems: names("shop"), themes: names("dark") };
        let file = SettingsFile::read(&Source { path: "config.toml".into(), text: live.as_str().into() }, &known);
        assert!(file.problems.is_empty(), "{:?}", file.problems);
        for key in settings_schema()["properties"].as_object().unwrap().keys() {
            assert!(file.root.get(key).is_some(), "{key} is missing in the default file");
        }
    }
}
