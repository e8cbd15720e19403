//! The terminal: raw mode and alternate screen with a restore that works from a guard, a panic and a signal; drawing on
//! a thread of its own, so that nothing ever waits for a write; a watchdog that ends the program when the tty is gone.

mod encode;
mod guard;
mod watchdog;
mod writer;

use std::io;

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

    /// Forgets what the terminal shows: the next frame is written whole.
    pub fn forget(&mut self) {
        self.writer.forget();
    }

    /// Waits until what was posted is written, at most as long as a blocked terminal is given.
    pub fn finish(self) {
        self.writer.finish();
    }
}

/// Makes cells blank, and as many as the size asks for.
fn blank(buf: &mut Buffer, (columns, rows): (u16, u16)) {
    buf.reset();
    buf.resize(Rect::new(0, 0, columns, rows));
}

#[cfg(test)]
mod calm;
