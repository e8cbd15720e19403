//! The runbooks of a system as files: found with the system, read only when somebody asks. Reads no disk itself.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use crate::base::{RunbookId, Severity, Source};
use crate::config::System;
use crate::runbook::diagnosis::Signs;
use crate::runbook::{self, Runbook};

/// One file of a system's `runbooks/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunbookFile {
    /// Its stem.
    pub id: RunbookId,
    /// How it is named to the user.
    pub path: PathBuf,
    /// Its text; of a built-in it lies in the program itself.
    pub text: Cow<'static, str>,
}

impl RunbookFile {
    /// The file of this path; `None` where its name is no runbook's.
    pub fn new(path: &Path, text: impl Into<Cow<'static, str>>) -> Option<Self> {
        let markdown = path.extension().is_some_and(|ext| ext == "md");
        let stem = path.file_stem().and_then(|stem| stem.to_str()).filter(|_| markdown)?;
        Some(Self { id: RunbookId::new(stem).ok()?, path: path.to_owned(), text: text.into() })
    }

    /// Its title, without reading the rest.
    pub fn title(&self) -> String {
        runbook::title(&self.id, &self.text)
    }

    /// Reads it.
    pub fn read(&self) -> Runbook {
        runbook::read_house(self.id.clone(), &self.text)
    }

    /// For pointing into it.
    pub fn source(&self) -> Source {
        Source { path: self.path.clone(), text: (*self.text).into() }
    }
}

impl System {
    /// One of its runbooks.
    pub fn runbook(&self, id: &str) -> Option<&RunbookFile> {
        self.runbooks.iter().find(|file| file.id.as_str() == id)
    }

    /// What its runbooks are recognised by. Reads them all: ask once, and not before somebody needs it.
    pub fn signs(&self) -> Vec<Signs> {
        let of = |file: &RunbookFile| {
            let runbook = runbook::read_signs(file.id.clone(), &file.text);
            let weight = self.weight_of(&runbook.severity);
            Signs::of(&runbook, weight)
        };
        self.runbooks.iter().filter_map(of).collect()
    }

    /// How bad a runbook's own word is: by the system's words, else by what such words mean elsewhere.
    fn weight_of(&self, word: &str) -> u8 {
        let word = word.split([' ', ',', '/', '(']).next().unwrap_or_default();
        let declared = self.severity.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
        if let Some((_, declared)) = declared {
            return match declared.means {
                Severity::Critical => 3,
                Severity::Warning => 2,
                Severity::Info => 1,
            };
        }
        match word.to_lowercase().as_str() {
            "critical" | "emergency" | "sev1" | "p1" => 3,
            "high" | "major" | "warning" | "sev2" | "p2" => 2,
            "medium" | "low" | "minor" | "info" | "maintenance" | "sev3" | "sev4" | "p3" | "p4" => 1,
            _ => 0,
        }
    }
}
