//! Keys as the bytes that a terminal sends for them.

/// One key press, or a paste.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// A character as typed.
    Char(char),
    /// A character with Control held: a letter, or one of `@ [ \ ] ^ _`.
    Ctrl(char),
    /// A character with Alt held.
    Alt(char),
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
    /// A function key, 1 to 12.
    F(u8),
    /// Pasted text, in brackets if the program asked for them.
    Paste(&'static str),
}

/// What the program asked the terminal to do with keys.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct KeyModes {
    /// Arrows are sent as `ESC O` rather than `ESC [` (DECCKM).
    pub(crate) application_cursor: bool,
    /// Pastes are put between brackets (2004).
    pub(crate) bracketed_paste: bool,
}

impl Key {
    /// The bytes xterm sends.
    pub(crate) fn bytes(self, modes: KeyModes) -> String {
        let cursor = |end: char| format!("\x1b{}{end}", if modes.application_cursor { 'O' } else { '[' });
        match self {
            Key::Char(c) => c.to_string(),
            Key::Ctrl(c) => control(c).to_string(),
            Key::Alt(c) => format!("\x1b{c}"),
            Key::Enter => "\r".into(),
            Key::Esc => "\x1b".into(),
            Key::Tab => "\t".into(),
            Key::BackTab => "\x1b[Z".into(),
            Key::Backspace => "\x7f".into(),
            Key::Delete => "\x1b[3~".into(),
            Key::Up => cursor('A'),
            Key::Down => cursor('B'),
            Key::Right => cursor('C'),
            Key::Left => cursor('D'),
            Key::Home => cursor('H'),
            Key::End => cursor('F'),
            Key::PageUp => "\x1b[5~".into(),
            Key::PageDown => "\x1b[6~".into(),
            Key::F(n) => function(n),
            Key::Paste(text) if modes.bracketed_paste => format!("\x1b[200~{text}\x1b[201~"),
            Key::Paste(text) => text.into(),
        }
    }
}

fn control(c: char) -> char {
    u8::try_from(c.to_ascii_uppercase()).map_or(c, |byte| char::from(byte & 0x1f))
}

fn function(n: u8) -> String {
    match n {
        1..=4 => format!("\x1bO{}", char::from(b'P' + n - 1)),
        5 => "\x1b[15~".into(),
        6..=10 => format!("\x1b[{}~", n + 11),
        _ => format!("\x1b[{}~", n + 12),
    }
}
