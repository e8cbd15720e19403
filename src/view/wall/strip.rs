//! All systems' states along the foot of the wall: always there, whoever's turn it is. One system alone needs none.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{badge, font};
use crate::app::Model;
use crate::view::Theme;
use crate::view::pen::{Pen, to_u16};

/// Columns of a tile that tells anything.
const NARROW: u16 = 12;

/// Rows that it takes on a screen of so many.
pub(super) fn rows(tall: u16, systems: usize) -> u16 {
    match (systems, tall) {
        (0 | 1, _) => 0,
        (_, 45..) => 6,
        (_, 18..) => 2,
        _ => 1,
    }
}

/// Draws a tile for each system, as many as have room.
pub(super) fn draw(model: &Model, theme: &Theme, buf: &mut Buffer, area: Rect) {
    if area.is_empty() {
        return;
    }
    let systems = to_u16(model.systems.len()).max(1);
    let across = systems.min(area.width / NARROW.min(area.width)).max(1);
    let wide = area.width / across;
    // where not all have room the worst have it
    let worst = model.worst_first();
    let seats: Vec<usize> =
        (0..model.systems.len()).filter(|at| worst.iter().take(usize::from(across)).any(|own| own == at)).collect();
    for (seat, at) in seats.into_iter().enumerate() {
        let tile = Rect { x: area.x + to_u16(seat) * wide, width: wide.saturating_sub(1), ..area };
        draw_tile(model, at, theme, buf, tile);
    }
}

fn draw_tile(model: &Model, at: usize, theme: &Theme, buf: &mut Buffer, area: Rect) {
    let Some(watch) = model.systems.get(at) else { return };
    let (word, glyph, style) = badge(theme, watch);
    let name = watch.system.name.as_str();
    if style != theme.ok {
        buf.set_style(area.intersection(buf.area), style);
    }
    if area.height == 1 {
        Pen::new(buf, area, 0, theme.glyphs.more).put(glyph, style).skip(1).put(name, style);
        return;
    }
    let big = font::sizes(theme).last().filter(|size| size.rows() < area.height && area.width > 20);
    let beside = big.map_or(2, |_| 9);
    match big {
        Some(size) => {
            let glyph = if theme.glyphs.unicode { glyph.to_owned() } else { font::capitals(glyph) };
            let place = Rect { x: area.x + 2, y: area.y + 1, width: 6, height: area.height - 1 };
            font::draw(theme, buf, place, *size, &glyph, style);
        }
        None => _ = Pen::new(buf, area, 0, "").put(glyph, style),
    }
    let text = Rect { x: area.x + beside, width: area.width.saturating_sub(beside), ..area };
    let large = font::capitals(name);
    let size = font::narrow(theme).filter(|size| size.rows() + 1 < area.height);
    // letters that have no room are left out: the whole name stands below
    if let Some(size) = size.filter(|size| size.columns("ABCDE") <= usize::from(text.width)) {
        font::draw(theme, buf, Rect { y: text.y + 1, height: text.height - 1, ..text }, size, &large, style);
        let mut pen = Pen::new(buf, text, area.height - 1, theme.glyphs.more);
        pen.put(&word.to_uppercase(), style).skip(2).put(name, style);
        return;
    }
    let first = (area.height - 2) / 2;
    Pen::new(buf, text, first, theme.glyphs.more).put(name, style);
    Pen::new(buf, text, first + 1, theme.glyphs.more).put(&word.to_uppercase(), style);
}
