//! What was found, in sections, and how it is printed. Pure.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

/// How much a finding matters; the worst decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// As it should be.
    Well,
    /// Worth knowing, and nothing wrong.
    Note,
    /// Worth a look.
    Doubt,
    /// Does not work.
    Fault,
}

impl Level {
    /// The exit code of `doctor` where this is the worst.
    pub(super) fn exit_code(self) -> u8 {
        match self {
            Level::Well | Level::Note => 0,
            Level::Doubt => 1,
            Level::Fault => 2,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Level::Well => "ok",
            Level::Note => "note",
            Level::Doubt => "look",
            Level::Fault => "FAULT",
        }
    }

    fn colour(self) -> &'static str {
        match self {
            Level::Well => "32",
            Level::Note => "36",
            Level::Doubt => "33",
            Level::Fault => "1;31",
        }
    }
}

/// Findings about one thing.
#[derive(Debug)]
pub(super) struct Section {
    title: String,
    lines: Vec<(Level, String, String)>,
}

impl Section {
    /// An empty section.
    pub(super) fn new(title: &str) -> Self {
        Self { title: title.to_owned(), lines: Vec::new() }
    }

    /// Adds a finding: about what, and what was found.
    pub(super) fn add(&mut self, level: Level, what: &str, told: impl Into<String>) {
        self.lines.push((level, what.to_owned(), told.into()));
    }

    /// The worst finding.
    pub(super) fn worst(&self) -> Level {
        self.lines.iter().map(|line| line.0).max().unwrap_or(Level::Well)
    }

    /// The section as text, ending with an empty line.
    pub(super) fn render(&self, color: bool) -> String {
        let wide = self.lines.iter().map(|line| line.1.width()).max().unwrap_or(0);
        let mut text = format!("{}\n", self.title);
        for (level, what, told) in &self.lines {
            let word = format!("{:<5}", level.word());
            let word = if color { format!("\u{1b}[{}m{word}\u{1b}[0m", level.colour()) } else { word };
            let gap = " ".repeat(wide.saturating_sub(what.width()));
            let _ = writeln!(text, "  {word}  {what}{gap}  {told}");
        }
        text.push('\n');
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_decides() {
        let mut section = Section::new("x");
        for (level, code) in
            [(Level::Well, 0), (Level::Note, 0), (Level::Doubt, 1), (Level::Fault, 2), (Level::Well, 2)]
        {
            section.add(level, "what", "told");
            assert_eq!(section.worst().exit_code(), code);
        }
    }
}
