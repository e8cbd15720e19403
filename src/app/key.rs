//! A key press as users write it: `q`, `Ctrl-r`, `Shift-Tab`, `F1`. One spelling for the table, help, configuration and
//! tests; `runtime::input` converts the terminal's events.

use std::fmt::{self, Write as _};
use std::str::FromStr;

/// The key itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// A character, upper or lower case as typed.
    Char(char),
    /// Enter.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Shift and Tab.
    BackTab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// A function key.
    F(u8),
}

/// A key with its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The key.
    pub code: Code,
    /// With Control.
    pub ctrl: bool,
    /// With Alt.
    pub alt: bool,
}

impl Key {
    /// The keys that have a name.
    pub(super) const NAMES: [(&str, Code); 15] = [
        ("Enter", Code::Enter),
        ("Esc", Code::Esc),
        ("Tab", Code::Tab),
        ("Shift-Tab", Code::BackTab),
        ("Backspace", Code::Backspace),
        ("Delete", Code::Delete),
        ("Up", Code::Up),
        ("Down", Code::Down),
        ("Left", Code::Left),
        ("Right", Code::Right),
        ("Home", Code::Home),
        ("End", Code::End),
        ("PgUp", Code::PageUp),
        ("PgDn", Code::PageDown),
        ("Space", Code::Char(' ')),
    ];

    /// A key without modifiers.
    pub const fn plain(code: Code) -> Self {
        Self { code, ctrl: false, alt: false }
    }

    /// A character.
    pub const fn char(c: char) -> Self {
        Self::plain(Code::Char(c))
    }

    /// The digit that was pressed, without modifiers.
    pub fn digit(self) -> Option<u8> {
        match self {
            Self { code: Code::Char(c @ '0'..='9'), ctrl: false, alt: false } => u8::try_from(c.to_digit(10)?).ok(),
            _ => None,
        }
    }

    /// A character with Control.
    pub const fn ctrl(c: char) -> Self {
        Self { code: Code::Char(c), ctrl: true, alt: false }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        if self.ctrl {
            text.push_str("Ctrl-");
        }
        if self.alt {
            text.push_str("Alt-");
        }
        match (Self::NAMES.iter().find(|(_, code)| *code == self.code), self.code) {
            (Some((name, _)), _) => text.push_str(name),
            (None, Code::Char(c)) => text.push(c),
            (None, Code::F(n)) => {
                let _ = write!(text, "F{n}");
            }
            (None, _) => {}
        }
        f.pad(&text)
    }
}

/// Why a text is no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no key: write a character, or Enter, Esc, Tab, F1, Ctrl-r, Shift-Tab, …")]
pub struct BadKey(pub String);

impl FromStr for Key {
    type Err = BadKey;
    fn from_str(text: &str) -> Result<Self, BadKey> {
        let bad = || BadKey(text.to_owned());
        let mut key = Key::char(' ');
        let mut rest = text;
        loop {
            if let Some(after) = rest.strip_prefix("Ctrl-").filter(|after| !after.is_empty()) {
                key.ctrl = true;
                rest = after;
            } else if let Some(after) = rest.strip_prefix("Alt-").filter(|after| !after.is_empty()) {
                key.alt = true;
                rest = after;
            } else {
                break;
            }
        }
        let mut chars = rest.chars();
        key.code = match (chars.next(), chars.next()) {
            (Some(c), None) => Code::Char(c),
            (Some('F'), Some(_)) => Code::F(rest[1..].parse().ok().filter(|n| (1..=12).contains(n)).ok_or_else(bad)?),
            _ => Self::NAMES.iter().find(|(name, _)| *name == rest).map(|(_, code)| *code).ok_or_else(bad)?,
        };
        Ok(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back_as_written() {
        for text in ["q", "Q", "?", ":", "/", "Ctrl-r", "Shift-Tab", "Space", "F1", "PgDn", "Alt-x", "-"] {
            assert_eq!(text.parse::<Key>().unwrap().to_string(), text);
        }
        for bad in ["", "Ctrl-", "F13", "Return", "qq"] {
            assert!(bad.parse::<Key>().is_err(), "{bad}");
        }
    }
}
