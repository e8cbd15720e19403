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
    /// The title that was set last; `None` where there is none to set.
    title: Option<String>,
}

impl Screen {
    /// A screen over standard output, whose window has a title or none.
    pub fn new(has_title: bool) -> io::Result<Self> {
        Ok(Self { writer: Writer::start(guard::Tty)?, title: has_title.then(String::new) })
    }

    /// Renders the model and posts the frame. Never blocks on the terminal: a frame that was not written yet is
    /// replaced by this one.
    pub fn draw(&mut self, model: &Model, theme: &Theme) -> io::Result<()> {
        let mut frame = self.writer.cells();
        blank(&mut frame, model.size);
        view::draw(model, theme, &mut frame);
        self.name(model);
        self.writer.post(frame)
    }

    /// Sets the title with the next frame, when it is another one.
    fn name(&mut self, model: &Model) {
        let Some(shown) = &mut self.title else { return };
        let title = view::title(model);
        if *shown != title {
            self.writer.name(format!("\x1b]2;{title}\x07").into_bytes());
            *shown = title;
        }
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
        if let Some(title) = &mut self.title {
            title.clear();
        }
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
