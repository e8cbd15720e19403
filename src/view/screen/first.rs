//! The screen without a system: what there is, what each still needs, and the demo one key away.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::{Command, Model};
use crate::view::Theme;
use crate::view::format::width;
use crate::view::pen::{Pen, to_u16};

/// Draws the offers.
pub(crate) fn draw(model: &Model, theme: &Theme, buf: &mut Buffer, area: Rect) {
    let columns = area.width.min(92);
    let left = area.x + (area.width - columns) / 2 + 1;
    let rows = to_u16(model.offers.len() * 2 + 8);
    let top = area.y + area.height.saturating_sub(rows) / 3;
    let area = Rect { x: left, y: top, width: columns.saturating_sub(2), height: area.bottom() - top };
    let more = theme.glyphs.more;
    Pen::new(buf, area, 0, more).put("No system is watched yet.", theme.strong);
    let key = model.keymap.told(Command::StartDemo);
    let mut pen = Pen::new(buf, area, 2, more);
    pen.put("press ", theme.text).put(&key, theme.key).put(" for the demo over simulated systems", theme.text);
    let mut pen = Pen::new(buf, area, 3, more);
    pen.put("or set what a system needs and start ", theme.dim).put("midwatch --system NAME", theme.accent);
    let names = model.offers.iter().map(|offer| width(&offer.name)).max().unwrap_or(0).min(24);
    for (at, offer) in model.offers.iter().enumerate() {
        let row = to_u16(5 + at * 2);
        let mut pen = Pen::new(buf, area, row, more);
        pen.cell(&offer.name, names, theme.accent).skip(1).put(&offer.title, theme.text);
        let mut pen = Pen::new(buf, area, row + 1, more);
        pen.skip(names + 2);
        if offer.needs.is_empty() {
            pen.put(theme.glyphs.ok, theme.ok).skip(1).put("ready", theme.ok);
        } else {
            pen.put("needs ", theme.dim).put(&offer.needs.join(", "), theme.dim);
        }
    }
}
