//! Themes: palettes and named roles, read from TOML, resolved once to styles for what the terminal can show.
//!
//! The files lie in `themes/` and are embedded. Nothing here reads a file or an environment variable: the caller brings
//! the text, the colour depth and whether the locale has Unicode.

mod color;
mod contrast;
mod file;
mod library;

use std::ops::Deref;

use include_dir::{Dir, include_dir};
use ratatui::style::{Color, Style};

use crate::base::{Problem, Severity, Source, State, Status};
use crate::config::Environment;
use crate::view::glyphs::{self, Glyphs};

pub use color::ColorDepth;
pub use contrast::Faint;
pub use file::Roles;
pub use library::{BUILT_IN, Library, Listed, ThemeError};

static FILES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/themes");

/// Steps of the colour ramp of an area chart.
const RAMP: usize = 8;

/// Everything that decides how the screen looks. Derefs to its roles: `theme.dim`.
#[derive(Clone, Debug)]
pub struct Theme {
    /// Its name: the file's stem.
    pub name: String,
    /// Its title, for a list of them.
    pub label: String,
    /// Its roles as styles.
    pub roles: Roles,
    /// The characters it draws with.
    pub glyphs: &'static Glyphs,
    /// True when it shows colours: a track can then be a ground instead of a pattern.
    pub colored: bool,
    ramp: [Style; RAMP],
}

impl Deref for Theme {
    type Target = Roles;
    fn deref(&self) -> &Roles {
        &self.roles
    }
}

/// The names of the built-in themes, the default first.
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = FILES.files().filter_map(|file| file.path().file_stem()?.to_str()).collect();
    names.sort_unstable_by_key(|name| (*name != "dark", *name));
    names
}

impl Theme {
    /// A built-in theme. Without colours it is always `mono`, whatever was asked for.
    pub fn builtin(name: &str, depth: ColorDepth, ascii: bool) -> Option<Self> {
        let file = |name: &str| FILES.get_file(format!("{name}.toml"));
        let asked = file(name)?;
        let (name, file) = if depth == ColorDepth::None { ("mono", file("mono")?) } else { (name, asked) };
        let text = file.contents_utf8()?;
        Self::parse(name, &Source { path: file.path().to_owned(), text: text.into() }, depth, ascii).ok()
    }

    /// A theme from a file's text. Every mistake comes with its place.
    pub fn parse(name: &str, source: &Source, depth: ColorDepth, ascii: bool) -> Result<Self, Vec<Problem>> {
        let own = file::resolve(source, depth)?;
        let label = own.title.clone();
        let file::Resolved { roles, ramp, .. } = if depth == ColorDepth::Ansi16 { of_sixteen(own) } else { own };
        let glyphs = if ascii { &glyphs::ASCII } else { &glyphs::UNICODE };
        Ok(Self { name: name.to_owned(), label, roles, glyphs, colored: depth != ColorDepth::None, ramp })
    }

    /// The style of a status word.
    pub fn status(&self, status: Status) -> Style {
        match status {
            Status::Ok => self.ok,
            Status::Warning => self.warning,
            Status::Unknown => self.unknown,
            Status::Critical => self.critical,
        }
    }

    /// The style of a status as a badge.
    pub fn badge(&self, status: Status) -> Style {
        match status {
            Status::Ok => self.badge_ok,
            Status::Warning => self.badge_warning,
            Status::Unknown => self.badge_unknown,
            Status::Critical => self.badge_critical,
        }
    }

    /// The ground of the situation line.
    pub fn band(&self, status: Status) -> Style {
        match status {
            Status::Ok => Style::new(),
            Status::Warning => self.band_warning,
            Status::Unknown => self.band_unknown,
            Status::Critical => self.band_critical,
        }
    }

    /// The style of a component's state.
    pub fn state(&self, state: State) -> Style {
        match state {
            State::Up => self.ok,
            State::Degraded => self.warning,
            State::Down => self.critical,
            State::Unknown => self.unknown,
        }
    }

    /// The style of a severity.
    pub fn severity(&self, severity: Severity) -> Style {
        match severity {
            Severity::Info => self.info,
            Severity::Warning => self.warning,
            Severity::Critical => self.critical,
        }
    }

    /// The style of the environment's banner.
    pub fn environment(&self, environment: Environment) -> Style {
        match environment {
            Environment::Production => self.production,
            Environment::Staging => self.staging,
            Environment::Development => self.development,
        }
    }

    /// The glyph of a status.
    pub fn glyph(&self, status: Status) -> &'static str {
        match status {
            Status::Ok => self.glyphs.ok,
            Status::Warning => self.glyphs.warning,
            Status::Unknown => self.glyphs.unknown,
            Status::Critical => self.glyphs.critical,
        }
    }

    /// The style of row `row` (0 is the top) of an area chart with `rows` rows.
    pub fn area(&self, row: usize, rows: usize) -> Style {
        let step = if rows < 2 { RAMP - 1 } else { (rows - 1 - row.min(rows - 1)) * (RAMP - 1) / (rows - 1) };
        self.ramp[step]
    }
}

/// The sixteen are the terminal's own scheme: no theme can choose among them. What has a ground looks like the dark or
/// the light theme of the house there, by that ground.
fn of_sixteen(own: file::Resolved) -> file::Resolved {
    let stand_in = match own.roles.base.bg {
        None => return own,
        Some(Color::White) => "light.toml",
        Some(_) => "dark.toml",
    };
    let text = FILES.get_file(stand_in).and_then(|file| file.contents_utf8()).unwrap_or_default();
    let source = Source { path: stand_in.into(), text: text.into() };
    file::resolve(&source, ColorDepth::Ansi16).unwrap_or(own)
}

#[cfg(test)]
mod tests;
