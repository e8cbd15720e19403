//! All systems' states along the foot of the wall: always there, whoever's turn it is. One system alone needs none.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{badge, font};
use crate::app::Model;
use crate::view::Theme;
use crate::view::format::width;
use crate::view::pen::{Pen, to_u16};
use crate::watch::Watch;

/// Columns of a tile that tells anything.
const NARROW: u16 = 12;
/// Columns of a mark that is read from afar, with what is free around it.
const LARGE_MARK: u16 = 9;

/// Rows that it takes on a screen of so many.
pub(super) fn rows(tall: u16, systems: usize) -> u16 {
    match (systems, tall) {
        (0 | 1, _) => 0,
        (_, 45..) => 6,
        (_, 18..) => 2,
        _ => 1,
    }
}

/// How a tile tells whose it is, the best read first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Form {
    /// The name in letters that are read from afar; else in plain ones.
    large: bool,
    /// Columns of the mark and what is free beside it.
    mark: u16,
}

impl Form {
    /// Columns that a tile takes, with the free one after it, so that the whole name is read. Whatever the state is: tiles
    /// do not move when something breaks.
    fn needs(self, name: &str) -> u16 {
        let words = width("CRITICAL") + if self.large { 2 + width(name) } else { 0 };
        let letters = if self.large { font::NARROW.columns(&font::capitals(name)) } else { width(name) };
        self.mark + to_u16(words.max(letters)) + 1
    }
}

/// The forms for a row of so many lines.
fn forms(theme: &Theme, height: u16) -> Vec<Form> {
    let mark = if font::sizes(theme).last().is_some_and(|size| size.rows() < height) { LARGE_MARK } else { 2 };
    let large = font::narrow(theme).is_some_and(|size| size.rows() + 1 < height);
    let all = [(true, mark), (true, 2), (false, mark), (false, 2)].map(|(large, mark)| Form { large, mark });
    all.into_iter().filter(|form| large || !form.large).collect()
}

/// Draws a tile for each system, as many as have room.
pub(super) fn draw(model: &Model, theme: &Theme, buf: &mut Buffer, area: Rect) {
    if area.is_empty() {
        return;
    }
    let systems = to_u16(model.systems.len()).max(1);
    let across = systems.min(area.width / NARROW.min(area.width)).max(1);
    // where not all have room the worst have it
    let worst = model.worst_first();
    let seats: Vec<&Watch> = (0..model.systems.len())
        .filter(|at| worst.iter().take(usize::from(across)).any(|own| own == at))
        .filter_map(|at| model.systems.get(at))
        .collect();
    let forms = forms(theme, area.height);
    let fitting = forms.iter().find_map(|form| {
        let needs: Vec<u16> = seats.iter().map(|watch| form.needs(watch.system.name.as_str())).collect();
        Some((*form, widths(&needs, area.width)?))
    });
    let (form, widths) = fitting.unwrap_or((Form { large: false, mark: 2 }, vec![area.width / across; seats.len()]));
    let mut x = area.x;
    for (watch, wide) in seats.into_iter().zip(widths) {
        draw_tile(watch, form, theme, buf, Rect { x, width: wide.saturating_sub(1), ..area });
        x += wide;
    }
}

/// Shares columns out so that every tile has what it needs: all as wide where that does, else each what it needs and its
/// part of the rest. `None` where there are too few.
fn widths(needs: &[u16], columns: u16) -> Option<Vec<u16>> {
    let count = to_u16(needs.len()).max(1);
    let even = columns / count;
    if needs.iter().all(|need| *need <= even) {
        return Some(vec![even; needs.len()]);
    }
    let rest = columns.checked_sub(needs.iter().fold(0, |sum: u16, need| sum.saturating_add(*need)))?;
    Some(needs.iter().map(|need| need + rest / count).collect())
}

fn draw_tile(watch: &Watch, form: Form, theme: &Theme, buf: &mut Buffer, area: Rect) {
    let (word, glyph, style) = badge(theme, watch);
    let name = watch.system.name.as_str();
    if style != theme.ok {
        buf.set_style(area.intersection(buf.area), style);
    }
    if area.height == 1 {
        Pen::new(buf, area, 0, theme.glyphs.more).put(glyph, style).skip(1).put(name, style);
        return;
    }
    let text = Rect { x: area.x + form.mark, width: area.width.saturating_sub(form.mark), ..area };
    // the line of the name where that is in plain letters
    let first = (area.height - 2) / 2;
    if let Some(size) = font::sizes(theme).last().filter(|_| form.mark == LARGE_MARK) {
        let glyph = if theme.glyphs.unicode { glyph.to_owned() } else { font::capitals(glyph) };
        let place = Rect { x: area.x + 2, y: area.y + 1, width: 6, height: area.height - 1 };
        font::draw(theme, buf, place, *size, &glyph, style);
    } else {
        let line = if form.large { area.height - 1 } else { first };
        Pen::new(buf, area, line, "").put(glyph, style);
    }
    if let Some(size) = font::narrow(theme).filter(|_| form.large) {
        let place = Rect { y: text.y + 1, height: text.height - 1, ..text };
        font::draw(theme, buf, place, size, &font::capitals(name), style);
        let mut pen = Pen::new(buf, text, area.height - 1, theme.glyphs.more);
        pen.put(&word.to_uppercase(), style).skip(2).put(name, style);
        return;
    }
    Pen::new(buf, text, first, theme.glyphs.more).put(name, style);
    Pen::new(buf, text, first + 1, theme.glyphs.more).put(&word.to_uppercase(), style);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_has_what_the_short_ones_leave() {
        for (needs, columns, want) in [
            (&[10_u16, 10][..], 40, Some(&[20_u16, 20][..])),
            (&[10, 30, 12], 60, Some(&[12, 32, 14])),
            (&[10, 30], 40, Some(&[10, 30])),
            (&[10, 30], 39, None),
            (&[], 39, Some(&[])),
        ] {
            assert_eq!(widths(needs, columns).as_deref(), want, "{needs:?}");
        }
    }
}
