//! The terminal: raw mode and alternate screen with a restore that works from a guard, a panic and a signal; drawing on
//! a thread of its own, so that nothing ever waits for a write; a watchdog that ends the program when the tty is gone.

mod encode;
pub(in crate::runtime) mod ground;
mod guard;
mod watchdog;
mod writer;

use std::io;

use base64::Engine as _;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::Model;
use crate::view::{self, Theme};

pub use guard::{Guard, restore};
pub use watchdog::{HANG_UP, watch_for_hang_up};
use writer::Writer;

/// The screen: renders the model into cells here, lets the writer thread bring them to the terminal.
pub struct Screen {
    writer: Writer,
}

impl Screen {
    /// A screen over standard output.
    pub fn new() -> io::Result<Self> {
        Ok(Self { writer: Writer::start(guard::Tty)? })
    }

    /// Renders the model and posts the frame. Never blocks on the terminal: a frame that was not written yet is
    /// replaced by this one.
    pub fn draw(&mut self, model: &Model, theme: &Theme) -> io::Result<()> {
        let mut frame = self.writer.cells();
        blank(&mut frame, model.size);
        view::draw(model, theme, &mut frame);
        self.writer.post(frame)
    }

    /// Puts a text into the clipboard of whoever sits at the terminal, by OSC 52: through SSH, and tmux where it allows it.
    pub fn copy(&mut self, text: &str) {
        self.writer.beside(&clipboard(text));
    }

    /// Asks the terminal whether it is bright, with the next frame. The answer comes among the keys, or never.
    pub fn ask_ground(&mut self) {
        ground::ask();
        self.writer.beside(ground::QUESTION);
    }

    /// Forgets what the terminal shows: the next frame is written whole.
    pub fn forget(&mut self) {
        self.writer.forget();
    }

    /// Waits until what was posted is written, at most as long as a blocked terminal is given.
    pub fn finish(self) {
        self.writer.finish();
    }
}

/// Longest text that is copied, in bytes: terminals take no more.
const COPIED: usize = 48 << 10;

/// What sets the clipboard. The text itself is encoded: nothing in it can end the sequence.
fn clipboard(text: &str) -> Vec<u8> {
    let end = (0..=COPIED.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let encoded = base64::engine::general_purpose::STANDARD.encode(&text[..end]);
    format!("\x1b]52;c;{encoded}\x07").into_bytes()
}

/// Makes cells blank, and as many as the size asks for.
fn blank(buf: &mut Buffer, (columns, rows): (u16, u16)) {
    buf.reset();
    buf.resize(Rect::new(0, 0, columns, rows));
}

#[cfg(test)]
mod calm;
