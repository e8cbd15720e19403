//! The screen: `Model` to frame. Only reads; no clock, no IO. Only this room and `runtime::terminal` name ratatui.
//!
//! A calm screen changes few cells, and few of its frames any: live readings show a limit of their age that does not tick,
//! times until something move by minutes, and the clock, courses and other ages only with every fifth second. What is
//! late, stale or broken ticks every second. Over a slow link nothing does: ages and clocks move with every tenth second.

mod ascii;
mod bar;
mod chart;
mod ctx;
mod digits;
mod footer;
mod format;
pub mod glyphs;
mod header;
mod layout;
mod overlay;
mod panel;
mod pen;
mod screen;
mod series;
mod situation;
mod spark;
pub mod theme;
mod title;
mod wall;

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::app::{Model, Overlay, Spot, Target};

pub use layout::SMALLEST;
pub use theme::{ColorDepth, Theme};
pub use title::title;

use pen::Pen;

/// Draws everything into blank cells; returns how far the text that is on top can be scrolled, where one is.
pub fn draw(model: &Model, theme: &Theme, buf: &mut Buffer) -> Option<usize> {
    let reach = paint(model, theme, buf, buf.area);
    if !theme.glyphs.unicode {
        ascii::fold(buf);
    }
    reach
}

/// The details of a row as a text to be pasted elsewhere: its title, and its lines.
pub fn told(model: &Model, theme: &Theme, target: &Target) -> Option<(String, String)> {
    overlay::told(model, target, theme)
}

/// What stands in a cell of the screen, by column and row.
pub fn spot(model: &Model, theme: &Theme, (x, y): (u16, u16)) -> Option<Spot> {
    let (width, height) = model.size;
    if width < SMALLEST.0 || height < SMALLEST.1 || model.options.wall {
        return None;
    }
    let (area, at) = (Rect::new(0, 0, width, height), Position { x, y });
    match model.overlays.last() {
        Some(overlay) => overlay::row_at(model, overlay, middle(area), at).map(Spot::Row),
        None => screen::spot(model, theme, body(area), at),
    }
}

/// Where something may lie over the screen: header, situation line and footer stay in sight.
fn middle(area: Rect) -> Rect {
    Rect { y: area.y + 2, height: area.height - 3, ..area }
}

/// Where the screen is drawn: between header and footer.
fn body(area: Rect) -> Rect {
    Rect { y: area.y + 1, height: area.height - 2, ..area }
}

fn paint(model: &Model, theme: &Theme, buf: &mut Buffer, area: Rect) -> Option<usize> {
    let area = area.intersection(buf.area);
    if area.is_empty() {
        return None;
    }
    buf.set_style(area, theme.base);
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        situation::one_line(model, theme, buf, area);
        return None;
    }
    if model.options.wall {
        wall::draw(model, theme, buf, area);
        return None;
    }
    let head = Rect { height: 1, ..area };
    let foot = Rect { y: area.bottom() - 1, height: 1, ..area };
    header::draw(model, theme, buf, head);
    screen::draw(model, theme, buf, body(area));
    footer::draw(model, theme, buf, foot);
    let middle = middle(area);
    // the list of themes shows the screen as it will be; over a slow link every cell in another colour is seconds
    if !model.slow && model.overlays.iter().any(|overlay| !matches!(overlay, Overlay::Themes { .. })) {
        overlay::recede(theme, buf, middle);
    }
    let mut reach = None;
    for overlay in &model.overlays {
        reach = overlay::draw(model, overlay, theme, buf, middle);
    }
    reach
}

/// True while nothing is wrong anywhere: then the screen changes as little as it can.
fn is_calm(model: &Model) -> bool {
    model.status() == crate::base::Status::Ok
}

/// True where ages are told in words that change rarely.
fn is_still(model: &Model) -> bool {
    model.slow || is_calm(model)
}

/// The time of what may wait: the last whole five seconds while nothing is wrong, ten over a slow link, so that the clock,
/// courses and ages move together and the frames between have nothing to tell; now as soon as something is wrong. Never
/// used for freshness.
fn still(model: &Model) -> crate::base::Now {
    const STEP: Duration = Duration::from_secs(5);
    const SLOW: Duration = Duration::from_secs(10);
    match (model.slow, is_calm(model)) {
        (true, _) => model.now.floor(SLOW),
        (false, true) => model.now.floor(STEP),
        (false, false) => model.now,
    }
}

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
