//! Which theme is shown: the one that was kept, or the one under the cursor while the list of them is open. By name: how
//! it looks is the view's.

use std::time::Duration;

use crate::app::{Model, Overlay};
use crate::base::Mono;

/// What a dark terminal gets where nobody chose.
pub const DARK: &str = "dark";
/// What a bright terminal gets where nobody chose.
pub const LIGHT: &str = "light";
/// How long after the start a terminal may still tell whether it is bright. Later it would change the colours under the
/// hands of whoever works with them.
const PATIENCE: Duration = Duration::from_secs(5);

/// A theme of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its name.
    pub name: String,
    /// Its title; empty where it cannot be read.
    pub title: String,
    /// Where it comes from: `built in`, `yours`.
    pub origin: &'static str,
    /// Why it cannot be shown.
    pub trouble: Option<String>,
}

/// The themes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Themes {
    /// The one that stays.
    pub kept: String,
    /// All of them, read when the list is opened.
    pub all: Vec<Choice>,
    /// Since when the terminal is asked whether it is bright; `None` where somebody chose.
    pub asked: Option<Mono>,
}

impl Themes {
    /// Takes the terminal's word that it is bright or dark; true where that changes anything.
    pub(super) fn told(&mut self, light: bool, now: Mono) -> bool {
        let in_time = self.asked.take().is_some_and(|asked| now.since(asked) <= PATIENCE);
        let fitting = if light { LIGHT } else { DARK };
        let changes = in_time && self.kept != fitting;
        if changes {
            fitting.clone_into(&mut self.kept);
        }
        changes
    }
}

impl Model {
    /// The name of the theme that is shown.
    pub fn theme(&self) -> &str {
        let under_cursor = self.overlays.iter().rev().find_map(|overlay| match overlay {
            Overlay::Themes { selected } => self.themes.all.get(*selected),
            _ => None,
        });
        under_cursor.filter(|choice| choice.trouble.is_none()).map_or(&self.themes.kept, |choice| &choice.name)
    }
}
