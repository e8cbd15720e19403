//! The terminal: raw mode and alternate screen with a restore that works from a guard, a panic and a signal; drawing on
//! a thread of its own, so that nothing ever waits for a write; a watchdog that ends the program when the tty is gone.

mod encode;
pub(in crate::runtime) mod ground;
mod guard;
mod outside;
mod pace;
mod watchdog;
mod writer;

use std::io;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::Model;
use crate::base::Mono;
use crate::config::Sign;
use crate::runtime::clock;
use crate::view::{self, Theme};

pub use guard::{Guard, restore};
pub use outside::{Between, Reach};
pub use watchdog::{HANG_UP, watch_for_hang_up};
use writer::Writer;

/// Longest text that is copied, in bytes: terminals drop more than some 74 000 as encoded.
const COPIED: usize = 48 << 10;
/// The same over a slow link, where it stands before the answer to the next key.
const COPIED_SLOWLY: usize = 4 << 10;

/// The screen: renders the model into cells here, lets the writer thread bring them to the terminal.
pub struct Screen {
    writer: Writer,
    /// The title that was set last; `None` where there is none to set.
    title: Option<String>,
    reach: Reach,
}

impl Screen {
    /// A screen over standard output, whose window has a title or none, behind a link that is known to be slow or not.
    pub fn new(has_title: bool, reach: Reach, slow: bool) -> io::Result<Self> {
        Ok(Self {
            writer: Writer::start(guard::Tty, reach.erasing(), slow)?,
            title: has_title.then(String::new),
            reach,
        })
    }

    /// Gives these signs of something with the next frame.
    pub fn signal(&mut self, signs: &[Sign], title: &str, text: &str) {
        self.writer.beside(&self.reach.signs(signs, title, text));
    }

    /// Waits for the frame that was drawn last: [`Screen::reached`] tells of it.
    pub fn expect(&self) {
        self.writer.expect();
    }

    /// Since when the frame that is waited for is on the terminal, all of it; `None` while it is not.
    pub fn reached(&self) -> Option<Mono> {
        self.writer.reached()
    }

    /// True while the link to the terminal is slow.
    pub fn is_slow(&self) -> bool {
        self.writer.is_slow(clock::now().mono)
    }

    /// Renders the model and posts the frame. Never blocks on the terminal: a frame that was not written yet is
    /// replaced by this one. Returns how far the text that is on top can be scrolled, where one is.
    pub fn draw(&mut self, model: &Model, theme: &Theme) -> io::Result<Option<usize>> {
        let mut frame = self.writer.cells();
        blank(&mut frame, model.size);
        let reach = view::draw(model, theme, &mut frame);
        self.name(model);
        self.writer.post(frame)?;
        Ok(reach)
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
    /// Half of a text would be another one: what is too long is not copied. The error says why, in words.
    pub fn copy(&mut self, text: &str) -> Result<(), String> {
        let most = if self.is_slow() { COPIED_SLOWLY } else { COPIED };
        if !self.reach.osc {
            return Err("this terminal has no clipboard".to_owned());
        }
        if text.len() > most {
            let over = if most == COPIED { "terminals take" } else { "a slow link carries in good time" };
            return Err(format!("{} KiB is more than {over} ({} KiB)", text.len().div_ceil(1024), most >> 10));
        }
        self.writer.beside(&self.reach.clipboard(text));
        Ok(())
    }

    /// Has the terminal tell of the mouse, or leaves it to the terminal, with the next frame.
    pub fn mouse(&mut self, on: bool) {
        self.writer.beside(guard::mouse(on));
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

/// Makes cells blank, and as many as the size asks for.
fn blank(buf: &mut Buffer, (columns, rows): (u16, u16)) {
    buf.reset();
    buf.resize(Rect::new(0, 0, columns, rows));
}

#[cfg(test)]
mod calm;
