//! Which theme is drawn with: the model names it, here it is read from the library. No file is touched: the user's were
//! read before the dashboard opened, and come anew as another wardrobe when they change.

use crate::app::themes::{Choice, DARK, LIGHT};
use crate::base::{Problem, Source};
use crate::view::Theme;
use crate::view::theme::{Library, Listed, ThemeError};

/// The theme on the screen, and those it can be changed for.
#[derive(Clone, Debug)]
pub struct Wardrobe {
    library: Library,
    /// The name it was asked for by: without colours every theme is `mono`.
    name: String,
    theme: Theme,
    /// As the list shows them, once it was opened.
    choices: Option<Vec<Choice>>,
    /// Why another one was asked for and is not shown.
    pub trouble: Option<String>,
    /// The terminal is to be asked whether it is bright.
    pub asks: bool,
}

impl Wardrobe {
    /// The theme of this name. One with mistakes is no reason not to start: the default stands in, and `trouble` tells.
    pub fn of(library: Library, name: &str) -> Result<Self, ThemeError> {
        let (name, theme, trouble) = match library.get(name) {
            Ok(theme) => (name, theme, None),
            Err(ThemeError::Broken(problems)) => (DARK, library.house()?, problems.first().map(short)),
            Err(unknown) => return Err(unknown),
        };
        let name = name.to_owned();
        Ok(Self { library, name, theme, choices: None, trouble, asks: false })
    }

    /// The theme for a terminal that is bright or dark, as far as is known; `asks` where the terminal may know better.
    pub fn fitting(library: Library, light: bool, asks: bool) -> Result<Self, ThemeError> {
        let fitting = Self::of(library, if light { LIGHT } else { DARK })?;
        Ok(Self { asks, ..fitting })
    }

    /// The name of the theme.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The theme of this name from now on; one that cannot be read changes nothing.
    pub(super) fn wear(&mut self, name: &str) -> &Theme {
        if self.name != name {
            name.clone_into(&mut self.name);
            if let Ok(theme) = self.library.get(name) {
                self.theme = theme;
            }
        }
        &self.theme
    }

    /// The themes as their files are now. One that was on the screen and cannot be read any more stays as it was.
    pub(super) fn renew(&mut self, other: Self) {
        let name = std::mem::take(&mut self.name);
        let theme = other.library.get(&name).unwrap_or_else(|_| self.theme.clone());
        *self = Self { name, theme, ..other };
    }

    /// All themes, as the list shows them.
    pub(super) fn choices(&mut self) -> Vec<Choice> {
        let library = &self.library;
        let choice = |listed: Listed| {
            let (title, trouble) = match library.read(&listed) {
                Ok(theme) => (theme.label, None),
                Err(problems) => (String::new(), problems.first().map(short)),
            };
            Choice { name: listed.name, title, origin: listed.origin, trouble }
        };
        self.choices.get_or_insert_with(|| library.list().into_iter().map(choice).collect()).clone()
    }
}

/// A mistake as the list has room for it: its file without the folder, which is the same for all.
fn short(problem: &Problem) -> String {
    let path = problem.source.path.file_name().map_or_else(|| problem.source.path.clone(), Into::into);
    let source = Source { path, ..problem.source.clone() };
    Problem { source, ..problem.clone() }.headline()
}
