//! The only way to standard output and standard error. A reader that goes away (`check | head -1`) is a quiet end.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};

use unicode_width::UnicodeWidthStr as _;

use crate::base::text::ascii;
use crate::cli::Failure;
use crate::cli::choice::env;
use crate::cli::surroundings;
use crate::view::ColorDepth;

/// Writes a text as it is. A closed pipe is no failure; a full disk is.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Failed(format!("writing to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Tells of a failure. There is nobody left to tell when that fails too.
pub(super) fn error(text: &str) {
    let _ = writeln!(io::stderr().lock(), "midwatch: {}", text.trim_end());
}

/// Writes a text to standard error as it is.
pub(super) fn complain(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", text.trim_end());
}

/// Writes a text for a person, in the characters of the terminal.
pub(super) fn tell(text: &str) -> Result<(), Failure> {
    print(&if surroundings::is_unicode(&env) { text.into() } else { ascii(text) })
}

/// How a command tells what it found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// For a person
    #[default]
    Text,
    /// For a program
    Json,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    /// The decision for standard output.
    pub(super) fn decide(self) -> bool {
        match self {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => io::stdout().is_terminal() && surroundings::wanted(&env) != ColorDepth::None,
        }
    }
}

/// Columns of standard output: 80 where it is no terminal.
pub(super) fn width() -> usize {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok().map(|size| usize::from(size.ws_col));
    size.filter(|_| io::stdout().is_terminal()).filter(|columns| *columns >= 40).unwrap_or(80)
}

/// Rows as columns, the last one as long as it is.
pub(super) fn columns<const N: usize>(rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.as_str().width());
        }
    }
    rows.iter().fold(String::new(), |mut text, row| {
        let mut line = String::new();
        for (width, cell) in widths.iter().zip(row) {
            let missing = width.saturating_sub(cell.as_str().width());
            let _ = write!(line, "{cell}{}  ", " ".repeat(missing));
        }
        let _ = writeln!(text, "{}", line.trim_end());
        text
    })
}
