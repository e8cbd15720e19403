//! The terminal: raw mode and alternate screen with a restore that works from a guard, a panic and a signal; drawing on
//! a thread of its own, so that nothing ever waits for a write; a watchdog that ends the program when the tty is gone.

mod encode;
mod guard;
mod watchdog;
mod writer;

use std::io;

use ratatui::Terminal;
use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

use crate::app::Model;
use crate::view::{self, Theme};

pub use guard::{Guard, restore};
pub use watchdog::{HANG_UP, watch_for_hang_up};
use writer::Writer;

/// The screen: renders the model into cells here, lets the writer thread bring them to the terminal.
pub struct Screen {
    canvas: Terminal<Canvas>,
    writer: Writer,
}

impl Screen {
    /// A screen of this size over standard output.
    pub fn new(size: (u16, u16)) -> io::Result<Self> {
        let canvas = Terminal::new(Canvas { size: Size::new(size.0, size.1) })?;
        Ok(Self { canvas, writer: Writer::start(guard::Tty)? })
    }

    /// Renders the model and posts the frame. Never blocks on the terminal: a frame that was not written yet is
    /// replaced by this one.
    pub fn draw(&mut self, model: &Model, theme: &Theme) -> io::Result<()> {
        self.canvas.backend_mut().size = Size::new(model.size.0, model.size.1);
        let frame = self.canvas.draw(|frame| view::draw(model, theme, frame))?;
        self.writer.post(frame.buffer.clone())
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

/// A ratatui backend that only knows its size: the frame is taken from the buffer, not from its diff.
struct Canvas {
    size: Size,
}

impl Backend for Canvas {
    type Error = io::Error;

    fn draw<'a, I: Iterator<Item = (u16, u16, &'a Cell)>>(&mut self, _: I) -> io::Result<()> {
        Ok(())
    }
    fn hide_cursor(&mut self) -> io::Result<()> {
        Ok(())
    }
    fn show_cursor(&mut self) -> io::Result<()> {
        Ok(())
    }
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(Position::ORIGIN)
    }
    fn set_cursor_position<P: Into<Position>>(&mut self, _: P) -> io::Result<()> {
        Ok(())
    }
    fn clear(&mut self) -> io::Result<()> {
        Ok(())
    }
    fn clear_region(&mut self, _: ClearType) -> io::Result<()> {
        Ok(())
    }
    fn size(&self) -> io::Result<Size> {
        Ok(self.size)
    }
    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size, pixels: Size::default() })
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod calm;
