//! The far end of a PTY: a VT100 screen, the byte log, and the answers a real terminal gives. Knows no file descriptor.

use vt100::{Callbacks, Parser, Screen};

use crate::support::key::KeyModes;

/// A terminal emulator that remembers everything it was sent.
pub(crate) struct Terminal {
    parser: Parser<Extras>,
    log: Vec<u8>,
}

/// What the screen itself does not keep.
#[derive(Default)]
struct Extras {
    /// Inside a synchronized update (DEC 2026): the screen is half drawn.
    drawing: bool,
    answers: Vec<u8>,
    clipboard: Option<Vec<u8>>,
    title: Option<Vec<u8>>,
}

impl Terminal {
    /// An empty screen; a size of zero is taken as one.
    pub(crate) fn new(cols: u16, rows: u16) -> Self {
        let (rows, cols) = (at_least_one(rows), at_least_one(cols));
        Self { parser: Parser::new_with_callbacks(rows, cols, 0, Extras::default()), log: Vec::new() }
    }

    /// Takes what the program wrote and returns what a terminal answers to it.
    pub(crate) fn process(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.log.extend_from_slice(bytes);
        self.parser.process(bytes);
        std::mem::take(&mut self.parser.callbacks_mut().answers)
    }

    /// The window was resized.
    pub(crate) fn resize(&mut self, cols: u16, rows: u16) {
        self.parser.set_size(at_least_one(rows), at_least_one(cols));
    }

    /// The screen as it stands, perhaps half drawn: see [`Terminal::is_whole`].
    pub(crate) fn screen(&self) -> &Screen {
        self.parser.screen()
    }

    /// Is the screen a whole frame, that is: is no synchronized update open?
    pub(crate) fn is_whole(&self) -> bool {
        !self.parser.callbacks().drawing
    }

    /// Every byte received.
    pub(crate) fn log(&self) -> &[u8] {
        &self.log
    }

    /// What the program copied by OSC 52, still in base64.
    pub(crate) fn clipboard(&self) -> Option<&[u8]> {
        self.parser.callbacks().clipboard.as_deref()
    }

    /// The window title, if the program set one.
    pub(crate) fn title(&self) -> Option<&[u8]> {
        self.parser.callbacks().title.as_deref()
    }

    /// How keys are to be sent.
    pub(crate) fn key_modes(&self) -> KeyModes {
        let screen = self.screen();
        KeyModes { application_cursor: screen.application_cursor(), bracketed_paste: screen.bracketed_paste() }
    }
}

fn at_least_one(n: u16) -> std::num::NonZeroU16 {
    std::num::NonZeroU16::new(n).unwrap_or(std::num::NonZeroU16::MIN)
}

impl Callbacks for Extras {
    fn copy_to_clipboard(&mut self, _: &mut Screen, _: &[u8], data: &[u8]) {
        self.clipboard = Some(data.to_vec());
    }

    fn set_window_title(&mut self, _: &mut Screen, title: &[u8]) {
        self.title = Some(title.to_vec());
    }

    fn unhandled_csi(&mut self, screen: &mut Screen, i1: Option<u8>, _: Option<u8>, params: &[&[u16]], end: char) {
        let has = |n: u16| params.iter().any(|p| *p == [n]);
        match (i1, end) {
            (Some(b'?'), 'h') if has(2026) => self.drawing = true,
            (Some(b'?'), 'l') if has(2026) => self.drawing = false,
            (None, 'n') if has(6) => {
                let (row, col) = screen.cursor_position();
                self.answers.extend_from_slice(format!("\x1b[{};{}R", row + 1, col + 1).as_bytes());
            }
            (None, 'c') => self.answers.extend_from_slice(b"\x1b[?62;22c"),
            _ => {}
        }
    }

    fn unhandled_osc(&mut self, _: &mut Screen, params: &[&[u8]]) {
        match params {
            [b"10", b"?"] => self.answers.extend_from_slice(b"\x1b]10;rgb:d0d0/d0d0/d0d0\x1b\\"),
            [b"11", b"?"] => self.answers.extend_from_slice(b"\x1b]11;rgb:1010/1010/1010\x1b\\"),
            _ => {}
        }
    }
}

/// The screen as text: one line per row, without trailing blanks.
pub(crate) fn text(screen: &Screen) -> String {
    let (_, cols) = screen.size();
    let rows: Vec<String> = screen.rows(0, cols.get()).map(|row| row.trim_end().to_owned()).collect();
    rows.join("\n")
}

/// Where `needle` starts on the screen, as (row, column); it may not cross rows.
pub(crate) fn find(screen: &Screen, needle: &str) -> Option<(u16, u16)> {
    let (rows, cols) = screen.size();
    for row in 0..rows.get() {
        let mut line = String::new();
        let mut starts = Vec::new();
        for col in 0..cols.get() {
            let Some(cell) = screen.cell(row, col).filter(|c| !c.is_wide_continuation()) else { continue };
            starts.push((line.len(), col));
            line.push_str(if cell.has_contents() { cell.contents() } else { " " });
        }
        if let Some(at) = line.find(needle) {
            return starts.iter().rev().find(|(start, _)| *start <= at).map(|(_, col)| (row, *col));
        }
    }
    None
}
