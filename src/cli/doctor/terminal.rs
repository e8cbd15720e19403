//! The terminal, as `doctor` sees it.

use std::io::{self, IsTerminal as _};

use rustix::termios::tcgetwinsize;

use crate::cli::choice::env;
use crate::cli::doctor::finding::{Level, Section};
use crate::cli::surroundings;
use crate::view::ColorDepth;

/// The smallest terminal that shows panels.
const SMALLEST: (u16, u16) = (40, 12);

pub(super) fn examine() -> Section {
    let mut section = Section::new("terminal");
    let interactive = io::stdin().is_terminal() && io::stdout().is_terminal();
    if interactive {
        section.add(Level::Well, "tty", "standard input and output are a terminal");
    } else {
        section.add(
            Level::Note,
            "tty",
            "standard input or output is no terminal: the dashboard needs one, check does not",
        );
    }
    size(&mut section);
    names(&mut section, interactive);
    if surroundings::is_unicode(&env) {
        section.add(Level::Well, "locale", "UTF-8");
    } else {
        section.add(Level::Note, "locale", "not UTF-8 (LC_ALL, LC_CTYPE, LANG): the dashboard draws in ASCII");
    }
    for (name, what) in [("TMUX", "inside tmux"), ("SSH_TTY", "over SSH")] {
        if env(name).is_some_and(|value| !value.is_empty()) {
            section.add(Level::Note, "link", what);
        }
    }
    section
}

fn size(section: &mut Section) {
    let size = [tcgetwinsize(io::stdout()), tcgetwinsize(io::stderr()), tcgetwinsize(io::stdin())];
    let Some(size) = size.into_iter().flatten().find(|size| size.ws_col > 0) else { return };
    let (columns, rows) = (size.ws_col, size.ws_row);
    if columns < SMALLEST.0 || rows < SMALLEST.1 {
        let told = format!("{columns}x{rows}: below {}x{} the dashboard is one line", SMALLEST.0, SMALLEST.1);
        section.add(Level::Doubt, "size", told);
    } else {
        section.add(Level::Well, "size", format!("{columns}x{rows}"));
    }
}

fn names(section: &mut Section, interactive: bool) {
    let told = |name: &str| env(name).filter(|value| !value.is_empty()).unwrap_or_else(|| "not set".to_owned());
    let shown = |name: &str| crate::base::Shown::from_remote(&told(name)).into_string();
    let level = if interactive && surroundings::is_dumb(&env) { Level::Doubt } else { Level::Note };
    let level = if surroundings::is_dumb(&env) { level } else { Level::Well };
    section.add(level, "TERM", shown("TERM"));
    section.add(Level::Well, "COLORTERM", shown("COLORTERM"));
    let (can, wants) = (surroundings::depth(&env), surroundings::wanted(&env));
    if can != wants && wants == ColorDepth::None {
        section.add(Level::Note, "colour", format!("{}, switched off by NO_COLOR", word(can)));
    } else {
        section.add(Level::Well, "colour", word(can));
    }
}

fn word(depth: ColorDepth) -> &'static str {
    match depth {
        ColorDepth::None => "no colour",
        ColorDepth::Ansi16 => "16 colours",
        ColorDepth::Ansi256 => "256 colours",
        ColorDepth::True => "true colour",
    }
}
