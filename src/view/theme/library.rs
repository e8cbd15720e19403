//! The themes there are: the built-in ones and the user's own, which come before a built-in of the same name. A file is
//! read into a theme when it is asked for; the texts of the user's files are brought by the caller.

use crate::base::problem::nearest;
use crate::base::{Problem, Source};
use crate::view::theme::{ColorDepth, FILES, Theme, names};

/// The themes, for what one terminal can show.
#[derive(Clone, Debug)]
pub struct Library {
    own: Vec<(String, Source)>,
    depth: ColorDepth,
    ascii: bool,
}

/// The word for what comes with the program.
pub const BUILT_IN: &str = "built in";

/// A theme, unread.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its name: the file's stem.
    pub name: String,
    /// `built in`, `yours`, `yours, over a built-in`.
    pub origin: &'static str,
    /// Its file.
    pub source: Source,
}

/// Why a theme cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ThemeError {
    /// There is none of this name.
    #[error("there is no theme '{name}'{hint}; there are {names}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// `: did you mean 'nord'?`
        hint: String,
        /// What there is.
        names: String,
    },
    /// Its file has mistakes.
    #[error("{}", .0.first().map(Problem::headline).unwrap_or_default())]
    Broken(Vec<Problem>),
}

impl Library {
    /// The built-in themes and these files of the user's: each with its stem.
    pub fn new(own: Vec<(String, Source)>, depth: ColorDepth, ascii: bool) -> Self {
        Self { own, depth, ascii }
    }

    /// Every theme there is: the built-in ones, the default first, then those that are the user's alone.
    pub fn list(&self) -> Vec<Listed> {
        let mut all: Vec<Listed> = names()
            .into_iter()
            .filter_map(|name| {
                let own = self.own.iter().find(|(own, _)| own == name);
                let origin = if own.is_some() { "yours, over a built-in" } else { BUILT_IN };
                let source = own.map(|(_, source)| source.clone()).or_else(|| built_in(name))?;
                Some(Listed { name: name.to_owned(), origin, source })
            })
            .collect();
        for (name, source) in &self.own {
            if all.iter().all(|listed| listed.name != *name) {
                all.push(Listed { name: name.clone(), origin: "yours", source: source.clone() });
            }
        }
        all
    }

    /// A theme by its name.
    pub fn find(&self, name: &str) -> Result<Listed, ThemeError> {
        let all = self.list();
        let names: Vec<String> = all.iter().map(|listed| listed.name.clone()).collect();
        all.into_iter().find(|listed| listed.name == name).ok_or_else(|| ThemeError::Unknown {
            name: name.to_owned(),
            hint: nearest(name, names.iter().map(String::as_str))
                .map(|near| format!(": did you mean '{near}'?"))
                .unwrap_or_default(),
            names: names.join(", "),
        })
    }

    /// A theme, read. Without colours it is always `mono`, whatever was asked for.
    pub fn get(&self, name: &str) -> Result<Theme, ThemeError> {
        let asked = self.find(name)?;
        self.read(&asked).map_err(ThemeError::Broken)
    }

    /// Reads a theme that was listed.
    pub fn read(&self, listed: &Listed) -> Result<Theme, Vec<Problem>> {
        let theme = Theme::parse(&listed.name, &listed.source, self.depth, self.ascii)?;
        if self.depth != ColorDepth::None {
            return Ok(theme);
        }
        let plain = Theme::builtin("mono", self.depth, self.ascii);
        Ok(plain.map_or_else(|| theme.clone(), |plain| Theme { label: theme.label.clone(), ..plain }))
    }

    /// The default, as it is built in: what stands in for a file with mistakes.
    pub fn house(&self) -> Result<Theme, ThemeError> {
        Theme::builtin(names()[0], self.depth, self.ascii).ok_or_else(|| ThemeError::Broken(Vec::new()))
    }
}

/// The file of a built-in theme.
fn built_in(name: &str) -> Option<Source> {
    let file = FILES.get_file(format!("{name}.toml"))?;
    Some(Source { path: file.path().to_owned(), text: file.contents_utf8()?.into() })
}
