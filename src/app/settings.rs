//! What of the user's own settings may change while the dashboard runs, and what came of reading them again.

use std::time::Duration;

use crate::app::Keymap;
use crate::config::{NoticeSettings, Wall, WhenColor};
use crate::job::Zone;

/// The settings as they hold: flags and environment before the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// The systems that they list, or that the flags name.
    pub systems: Vec<String>,
    /// The theme that is asked for; none: the terminal decides.
    pub theme: Option<String>,
    /// ASCII characters only, whatever the locale.
    pub ascii: bool,
    /// When to use colour; none: as the terminal can.
    pub color: Option<WhenColor>,
    /// The user's own zone; none: that of this machine.
    pub zone: Option<Zone>,
    /// Nothing that changes a system may run.
    pub read_only: bool,
    /// No component is polled more often than this.
    pub floor: Duration,
    /// How the wall goes round.
    pub wall: Wall,
    /// The mouse is used.
    pub mouse: bool,
    /// How somebody who looks elsewhere is told.
    pub notices: NoticeSettings,
    /// The keys.
    pub keymap: Keymap,
}

/// What came of reading them again.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// They are right.
    Right(Box<Right>),
    /// They are not, and what held before holds on.
    Kept {
        /// Why, in words, with its place.
        why: String,
        /// What of them could be read asks for a read-only dashboard: that much is always granted.
        read_only: bool,
    },
}

/// Settings that are right.
#[derive(Clone, Debug, PartialEq)]
pub struct Right {
    /// What they say.
    pub settings: Settings,
    /// The zone of whoever sits here.
    pub zone: Zone,
    /// The name of the theme that they come to.
    pub theme: String,
    /// Why the theme that they ask for cannot be shown.
    pub trouble: Option<String>,
    /// The terminal may know better which theme it is.
    pub asks: bool,
}

/// What is wrong with the user's own files, until it is mended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trouble {
    /// With `config.toml`.
    pub settings: Option<String>,
    /// With the theme that it, or a flag, asks for.
    pub theme: Option<String>,
}

impl Trouble {
    /// What is told of it, in one line.
    pub fn told(&self) -> Option<&str> {
        self.settings.as_deref().or(self.theme.as_deref())
    }
}
