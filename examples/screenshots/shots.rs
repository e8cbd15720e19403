//! The table of pictures: what is run, which keys are pressed, what has to stand on the screen. To add a picture, add
//! an entry; the rest follows.

use crate::palette::{self, Palette};
use crate::support::key::Key;

/// One picture.
#[derive(Debug)]
pub(crate) struct Shot {
    /// Name of the files.
    pub(crate) name: &'static str,
    /// Columns and rows.
    pub(crate) size: (u16, u16),
    /// What runs.
    pub(crate) program: Program,
    /// Its arguments.
    pub(crate) args: &'static [&'static str],
    /// Its environment, beyond the few variables that every shot has.
    pub(crate) env: &'static [(&'static str, &'static str)],
    /// What happens until the picture is taken.
    pub(crate) steps: &'static [Step],
    /// The terminal's colours.
    pub(crate) palette: &'static Palette,
    /// Regular expressions for the text that changes by nature, such as clocks: `--check` does not compare it.
    pub(crate) changing: &'static [&'static str],
}

/// What runs in a shot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "a word of the table: not each is used at every time")]
pub(crate) enum Program {
    /// The program of this crate, built afresh.
    Midwatch,
    /// `/bin/sh`.
    Shell,
}

/// One step of a shot.
#[derive(Clone, Copy, Debug)]
#[allow(dead_code, reason = "a word of the table: not each is used at every time")]
pub(crate) enum Step {
    /// Wait until this text stands on the screen.
    Wait(&'static str),
    /// Wait until this text stands on the screen no more.
    Gone(&'static str),
    /// Press a key.
    Press(Key),
    /// Type text.
    Type(&'static str),
}

/// Every picture of the README.
pub(crate) const SHOTS: &[Shot] = &[];

/// What shows how well the painter paints: made only when `--only` names them.
pub(crate) const TEST_CARDS: &[Shot] =
    &[test_card("test-card-dark", &palette::DARK), test_card("test-card-light", &palette::LIGHT)];

const fn test_card(name: &'static str, palette: &'static Palette) -> Shot {
    Shot {
        name,
        size: (86, 26),
        program: Program::Shell,
        args: &["-c", TEST_CARD],
        env: &[],
        steps: &[Step::Wait("end of card")],
        palette,
        changing: &[],
    }
}

/// Everything that the painter can paint.
const TEST_CARD: &str = include_str!("test_card.sh");
