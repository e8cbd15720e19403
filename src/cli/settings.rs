//! The user's own `config.toml`, found and read; and what holds of each setting: a flag goes before the environment, the
//! environment before the file, the file before the program. Nothing here, or anywhere, writes that file.

use std::fmt::Display;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::app::command::COMMANDS;
use crate::app::keymap::{BadBinding, Binding};
use crate::app::{CommandSpec, Keymap};
use crate::base::time::Span;
use crate::base::{Period, Problem, Source, Status};
use crate::cli::dashboard;
use crate::cli::{Failure, catalog, choice, out, places, themes, trust};
use crate::config::{Keys, Known, NoticeSettings, Settings, SettingsFile, Sign, WhenColor};
use crate::job::Zone;
use crate::view::ColorDepth;

/// The name of the file in the user's folder.
const FILE: &str = "config.toml";
/// Names another file; the flag goes before it.
const PATH: &str = "MIDWATCH_CONFIG";
/// Where a setting comes from that nobody gave.
const DEFAULT: &str = "default";
/// Longest file that is read.
const MOST: u64 = 1 << 20;

/// The file, as far as there is one.
pub(super) struct Own {
    /// Where it is, or would be; `None` where there is no home.
    pub(super) path: Option<PathBuf>,
    /// What it says.
    pub(super) file: Option<SettingsFile>,
    /// Why it could not be read.
    pub(super) unreadable: Option<String>,
    /// The keys, with those that the file binds.
    pub(super) keymap: Keymap,
}

impl Own {
    /// Finds and reads it. A file that was named and is not there is an error; the usual one need not be there.
    pub(super) fn load(flag: Option<&Path>) -> Result<Self, Failure> {
        Self::load_telling(flag, &out::error)
    }

    /// The same; what beside it cannot be read is told elsewhere than on standard error.
    pub(super) fn load_telling(flag: Option<&Path>, tell: &dyn Fn(&str)) -> Result<Self, Failure> {
        let named = named(flag);
        let path = place(flag);
        let none = |path, unreadable| Self { path, file: None, unreadable, keymap: Keymap::default() };
        let Some(at) = path else { return Ok(none(None, None)) };
        match text(&at) {
            Ok(text) => {
                let mut file = SettingsFile::read(&Source { path: at.clone(), text: text.into() }, &known(tell));
                let keymap = keymap(&mut file);
                Ok(Self { path: Some(at), file: Some(file), unreadable: None, keymap })
            }
            Err(error) if named.is_none() && is_absent(&error) => Ok(none(Some(at), None)),
            Err(error) if named.is_some() => Err(Failure::Usage(format!("{}: {error}", at.display()))),
            Err(error) => {
                let why = format!("{}: {error}", at.display());
                Ok(none(Some(at), Some(why)))
            }
        }
    }

    /// Every mistake of it.
    pub(super) fn problems(&self) -> &[Problem] {
        self.file.as_ref().map_or(&[], |file| &file.problems)
    }

    /// What it says, as far as it is right. One that cannot be read may have asked for anything: then nothing is changed.
    fn settings(&self) -> Settings {
        let unread = || Settings { read_only: self.unreadable.is_some().then_some(true), ..Settings::default() };
        self.file.as_ref().map_or_else(unread, |file| file.settings.clone())
    }

    /// How somebody is told, without a command that others could have written there.
    fn notices(&self) -> NoticeSettings {
        let mut notices = self.settings().notices.unwrap_or_default();
        if !notices.command.is_empty() && self.distrust().is_some() {
            notices.command.clear();
        }
        notices
    }

    /// Why nothing that it names is run.
    fn distrust(&self) -> Option<String> {
        self.path.as_deref().and_then(trust::distrust)
    }

    /// What is wrong with it, in one line for a screen: the first mistake, and how many more.
    pub(super) fn trouble(&self) -> Option<String> {
        let problems = self.problems();
        let Some(first) = problems.first() else { return self.unreadable.clone().or_else(|| self.muted()) };
        let (line, column) = first.source.line_column(first.span.start);
        let name = first.source.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let told = first.headline();
        let place = format!("{}:{line}:{column}: ", first.source.path.display());
        let what = told.strip_prefix(&place).unwrap_or(&told);
        let more = match problems.len() {
            1 => String::new(),
            n => format!(" (and {} more: midwatch config validate)", n - 1),
        };
        Some(format!("{name}:{line}:{column}: {what}{more}"))
    }

    /// That the command of its notices is not run, and why.
    fn muted(&self) -> Option<String> {
        let has_command = self.settings().notices.is_some_and(|notices| !notices.command.is_empty());
        self.distrust().filter(|_| has_command).map(|why| format!("no notices: {why}"))
    }

    /// Tells on standard error what is wrong with it; for commands without a screen.
    pub(super) fn complain(&self) {
        for problem in self.problems() {
            out::error(&format!("left out: {}", problem.headline()));
        }
        if let Some(unreadable) = &self.unreadable {
            out::error(unreadable);
        }
    }

    /// The flags before a command, with what environment and file say where a flag says nothing.
    pub(super) fn fill(&self, flags: &dashboard::Args) -> Result<dashboard::Args, Failure> {
        let now = self.effective(flags)?;
        let broken = self.problems().iter().find(|problem| is_about_systems(problem));
        let own = choice::Own {
            listed: now.systems.value.unwrap_or_default(),
            broken: broken.map(Problem::render).or_else(|| self.unreadable.clone()),
            floor: now.floor.value.map_or(Duration::ZERO, |floor: Period| floor.0),
        };
        let mut choice = flags.choice.clone();
        choice.own = own;
        Ok(dashboard::Args {
            choice,
            read_only: now.read_only.value.unwrap_or(false),
            wall: flags.wall,
            slow: flags.slow,
            theme: now.theme.value,
            tz: now.zone.value,
            ascii: now.ascii.value.unwrap_or(false),
            color: now.color.value.map(color),
            trouble: self.trouble(),
            wall_times: self.settings().wall,
            keymap: self.keymap.clone(),
            again: None,
            mouse: now.mouse.value.unwrap_or(false),
            notices: self.notices(),
            plain: flags.plain,
        })
    }

    /// The times of the wall, and where each comes from.
    fn wall_rows(&self) -> Vec<[String; 3]> {
        let wall = self.settings().wall;
        let row = |key: &str, given: Option<Period>, holds: Duration| {
            let place = || self.file.as_ref().and_then(|file| file.place_in("wall", key));
            let from = given.and_then(|_| place()).unwrap_or_else(|| DEFAULT.to_owned());
            [format!("wall.{key}"), Span(holds).to_string(), from]
        };
        vec![
            row("stay", wall.stay, wall.stay(Status::Ok)),
            row("stay_warning", wall.stay_warning, wall.stay(Status::Warning)),
            row("stay_critical", wall.stay_critical, wall.stay(Status::Critical)),
            row("shift", wall.shift, wall.shift()),
        ]
    }

    /// The keys of every command, and where they come from.
    fn key_rows(&self) -> Vec<[String; 3]> {
        let usual = Keymap::default();
        let row = |spec: &CommandSpec| {
            let keys = |map: &Keymap| map.keys(spec.command).map(|key| key.to_string()).collect::<Vec<_>>();
            let held = keys(&self.keymap);
            let place = || self.file.as_ref().and_then(|file| file.place_in("keys", spec.id));
            // a binding that could not be is not where its command has its keys from
            let from = (held != keys(&usual)).then(place).flatten().unwrap_or_else(|| DEFAULT.to_owned());
            let shown = if held.is_empty() { "none".to_owned() } else { held.join(" ") };
            [format!("keys.{}", spec.id), shown, from]
        };
        COMMANDS.iter().map(row).collect()
    }

    /// What holds, and where it comes from.
    pub(super) fn effective(&self, flags: &dashboard::Args) -> Result<Effective, Failure> {
        let own = self.settings();
        let names = flags.choice.names();
        let by_flag = (!names.is_empty()).then(|| names.to_vec());
        let listed = own.systems.map(|names| names.iter().map(ToString::to_string).collect());
        let when = flags.color.map(|when| match when {
            out::Color::Auto => WhenColor::Auto,
            out::Color::Always => WhenColor::Always,
            out::Color::Never => WhenColor::Never,
        });
        let file = |key: &str| self.file.as_ref().and_then(|file| file.place(key)).unwrap_or_else(|| FILE.to_owned());
        Ok(Effective {
            wall: self.wall_rows(),
            keys: self.key_rows(),
            systems: pick(by_flag, "--system", None, listed, file("systems")),
            theme: pick(
                flags.theme.clone(),
                "--theme",
                given("MIDWATCH_THEME", str::parse::<String>)?,
                own.theme,
                file("theme"),
            ),
            ascii: pick(
                flags.ascii.then_some(true),
                "--ascii",
                given("MIDWATCH_ASCII", boolean)?,
                own.ascii,
                file("ascii"),
            ),
            color: pick(when, "--color", None, own.color, file("color")),
            zone: pick(flags.tz.clone(), "--tz", given("MIDWATCH_ZONE", Zone::new)?, own.zone, file("zone")),
            read_only: pick(
                flags.read_only.then_some(true),
                "--read-only",
                given("MIDWATCH_READ_ONLY", boolean)?,
                own.read_only,
                file("read_only"),
            ),
            mouse: pick(None, "", None, own.mouse, file("mouse")),
            notices: pick(None, "", None, own.notices, file("notices")),
            floor: pick(
                None,
                "",
                given("MIDWATCH_REFRESH_FLOOR", str::parse::<Period>)?,
                own.refresh_floor,
                file("refresh_floor"),
            ),
        })
    }
}

/// The file that was named.
fn named(flag: Option<&Path>) -> Option<PathBuf> {
    flag.map(Path::to_owned).or_else(|| set(PATH).map(PathBuf::from))
}

/// Where the file is, or would be.
pub(super) fn place(flag: Option<&Path>) -> Option<PathBuf> {
    named(flag).or_else(|| places::config().map(|folder| folder.join(FILE)))
}

/// The keys of a file; what of them cannot be becomes a mistake of it.
fn keymap(file: &mut SettingsFile) -> Keymap {
    let binding = |(id, keys): (&String, &Keys)| Binding { id: id.clone(), keys: keys.all().to_vec() };
    let wanted: Vec<Binding> = file.settings.keys.iter().map(binding).collect();
    let (keymap, bad) = Keymap::bound(&wanted);
    for BadBinding { id, key, message, help } in bad {
        file.bad_keys(&id, key, message, help);
    }
    keymap
}

/// A setting, and where it comes from.
pub(super) struct Held<T> {
    pub(super) value: Option<T>,
    pub(super) from: String,
}

/// What holds of every setting.
pub(super) struct Effective {
    systems: Held<Vec<String>>,
    theme: Held<String>,
    ascii: Held<bool>,
    color: Held<WhenColor>,
    zone: Held<Zone>,
    read_only: Held<bool>,
    floor: Held<Period>,
    wall: Vec<[String; 3]>,
    keys: Vec<[String; 3]>,
    mouse: Held<bool>,
    notices: Held<NoticeSettings>,
}

impl Effective {
    /// Key, value, where from.
    pub(super) fn rows(&self) -> Vec<[String; 3]> {
        fn row<T>(key: &str, held: &Held<T>, usual: &str, shown: impl Fn(&T) -> String) -> [String; 3] {
            let value = held.value.as_ref().map_or_else(|| usual.to_owned(), shown);
            [key.to_owned(), value, held.from.clone()]
        }
        let mut rows = vec![
            row("systems", &self.systems, "those whose variables are set", |names| names.join(", ")),
            row("theme", &self.theme, "dark", Clone::clone),
            row("ascii", &self.ascii, "as the locale says", ToString::to_string),
            row("color", &self.color, "auto", |when| format!("{when:?}").to_lowercase()),
            row("zone", &self.zone, "that of this machine", |zone| zone.name().to_owned()),
            row("read_only", &self.read_only, "false", ToString::to_string),
            row("refresh_floor", &self.floor, "none", |floor| Span(floor.0).to_string()),
            row("mouse", &self.mouse, "false", ToString::to_string),
            row("notices", &self.notices, "none", notices),
        ];
        rows.extend(self.wall.iter().chain(&self.keys).cloned());
        rows
    }
}

/// `critical by bell, osc9, notify-send`
fn notices(notices: &NoticeSettings) -> String {
    let signs = notices.terminal.iter().map(|sign| Sign::word(*sign));
    let roads: Vec<&str> = signs.chain(notices.command.first().map(String::as_str)).collect();
    if roads.is_empty() { "none".to_owned() } else { format!("{} by {}", notices.at_least, roads.join(", ")) }
}

fn pick<T>(flag: Option<T>, name: &str, env: Option<(T, &str)>, file: Option<T>, place: String) -> Held<T> {
    let (value, from) = match (flag, env, file) {
        (Some(value), ..) => (Some(value), name.to_owned()),
        (None, Some((value, name)), _) => (Some(value), name.to_owned()),
        (None, None, Some(value)) => (Some(value), place),
        (None, None, None) => (None, DEFAULT.to_owned()),
    };
    Held { value, from }
}

/// A variable of the environment that is set and not empty.
fn set(name: &str) -> Option<String> {
    choice::env(name).filter(|value| !value.is_empty())
}

/// The same, read.
fn given<T, E: Display>(
    name: &'static str,
    read: impl Fn(&str) -> Result<T, E>,
) -> Result<Option<(T, &'static str)>, Failure> {
    let Some(text) = set(name) else { return Ok(None) };
    let value = read(&text).map_err(|error| Failure::Usage(format!("{name}: {error}")))?;
    Ok(Some((value, name)))
}

fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "1" | "true" | "yes" => Ok(true),
        "0" | "false" | "no" => Ok(false),
        _ => Err(format!("'{text}' is neither true nor false")),
    }
}

fn color(when: WhenColor) -> out::Color {
    match when {
        WhenColor::Auto => out::Color::Auto,
        WhenColor::Always => out::Color::Always,
        WhenColor::Never => out::Color::Never,
    }
}

/// True of a mistake after which it cannot be told which systems are to be watched.
fn is_about_systems(problem: &Problem) -> bool {
    problem.path.is_empty() || problem.path.starts_with("systems")
}

/// The names that the file may use.
fn known(tell: &dyn Fn(&str)) -> Known {
    let systems = catalog::load_telling(tell).iter().map(|listed| listed.name.to_string()).collect();
    let listed = themes::library_telling(ColorDepth::True, false, tell).list().into_iter().map(|listed| listed.name);
    Known { systems, themes: std::iter::once(dashboard::AUTO.to_owned()).chain(listed).collect() }
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn text(path: &Path) -> std::io::Result<String> {
    let size = fs::metadata(path)?.len();
    if size > MOST {
        return Err(std::io::Error::other(format!("{size} bytes are no settings")));
    }
    fs::read_to_string(path)
}
