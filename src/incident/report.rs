//! The report: the seed's template, filled from the record. What the record does not tell stands in one list of what is
//! not known yet, and nowhere else; nothing is invented. The same document is written again and again while hands work on
//! it: see `incident::section`.

mod known;
mod parts;

pub(super) use parts::hit;

use jiff::Timestamp;

use crate::incident::{Incident, section};

/// The shipped template.
const SHIPPED: &str = include_str!("report.md");
/// The sections that a template can have, in their usual order.
const SECTIONS: [&str; 14] = [
    "title",
    "summary",
    "timeline",
    "impact",
    "root-cause",
    "contributing",
    "fix",
    "verification",
    "commands",
    "signals",
    "action-items",
    "lessons",
    "not-known",
    "author",
];

/// A document with places for our sections: a template, or a report that was written before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(String);

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTemplate {
    /// A section that a report does not have.
    #[error("line {line}: there is no section '{name}' of a report: there are {}", SECTIONS.join(", "))]
    Unknown {
        /// Where.
        line: usize,
        /// Which.
        name: String,
    },
    /// A section that is there twice.
    #[error("line {line}: the section '{name}' is there twice")]
    Twice {
        /// Where.
        line: usize,
        /// Which.
        name: String,
    },
    /// No section at all.
    #[error(
        "it has no section of a report: write <!-- midwatch:timeline --> and <!-- /midwatch:timeline -->, each on its line"
    )]
    Empty,
}

impl Default for Template {
    fn default() -> Self {
        Self(SHIPPED.to_owned())
    }
}

impl Template {
    /// Checks a template of somebody's own: every section in it must be one that we can fill.
    pub fn new(text: &str) -> Result<Self, BadTemplate> {
        let names = section::names(text);
        for (at, (line, name)) in names.iter().enumerate() {
            let (line, name) = (*line, name.clone());
            if !SECTIONS.contains(&name.as_str()) {
                return Err(BadTemplate::Unknown { line, name });
            }
            if names[..at].iter().any(|(_, before)| *before == name) {
                return Err(BadTemplate::Twice { line, name });
            }
        }
        if names.is_empty() {
            return Err(BadTemplate::Empty);
        }
        Ok(Self(text.to_owned()))
    }

    /// A report that was written before, whatever hands have made of it. `None` for a text without any section of ours.
    pub fn written(text: &str) -> Option<Self> {
        (!section::names(text).is_empty()).then(|| Self(text.to_owned()))
    }

    /// True of the report of this incident; false of another's, and of a template.
    pub fn is_of(&self, incident: &Incident) -> bool {
        self.0.contains(&parts::signature(incident))
    }
}

/// A report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// Markdown.
    pub text: String,
    /// Sections of ours that a hand has changed: they were kept, and the fresh ones stand beside them.
    pub by_hand: Vec<String>,
    /// What the record does not tell.
    pub not_known: Vec<String>,
}

/// Renders the report into a template or into what was rendered before. `now` is for what is still open.
pub fn render(incident: &Incident, document: &Template, now: Timestamp) -> Rendered {
    let missing = known::missing(incident, &section::by_others(&document.0));
    let filled = section::fill(&document.0, &|name| parts::section(name, incident, &missing, now));
    let not_known = missing.iter().map(|missing| missing.what.clone()).collect();
    Rendered { text: filled.text, by_hand: filled.by_hand, not_known }
}

#[cfg(test)]
mod tests;
