//! Writes into one row of the screen, from left and right at once, never beyond its ends. All texts of the view go
//! through it, so none can leave its box.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::view::format::{clip, width};

/// A row that is being written.
pub(crate) struct Pen<'b> {
    buf: &'b mut Buffer,
    y: u16,
    left: u16,
    right: u16,
    more: &'static str,
}

impl<'b> Pen<'b> {
    /// A pen over row `row` of an area (0 is the first); a row outside has no room.
    pub(crate) fn new(buf: &'b mut Buffer, area: Rect, row: u16, more: &'static str) -> Self {
        let inside = area.intersection(buf.area);
        let y = area.y.saturating_add(row);
        let exists = row < area.height && y < inside.bottom() && y >= inside.y;
        let (left, right) = if exists { (inside.x, inside.right()) } else { (0, 0) };
        Self { buf, y, left, right, more }
    }

    /// Columns that are still free.
    pub(crate) fn room(&self) -> usize {
        usize::from(self.right.saturating_sub(self.left))
    }

    /// Writes at the left, cut with `…` where there is not enough room.
    pub(crate) fn put(&mut self, text: &str, style: Style) -> &mut Self {
        self.put_in(text, self.room(), style)
    }

    /// Writes at the left into at most `most` columns.
    pub(crate) fn put_in(&mut self, text: &str, most: usize, style: Style) -> &mut Self {
        let (kept, cut) = clip(text, most.min(self.room()));
        self.raw(kept, style);
        if cut && self.room() > 0 && most > 0 {
            self.raw(self.more, style);
        }
        self
    }

    /// Writes without a cut mark: for glyphs and rulers.
    pub(crate) fn raw(&mut self, text: &str, style: Style) -> &mut Self {
        if text.len() <= self.room() && text.bytes().all(|b| (0x20..0x7f).contains(&b)) {
            // most texts: a cell a byte, without looking for graphemes
            for at in 0..text.len() {
                self.cell_here(&text[at..=at], style);
            }
        } else if self.room() > 0 && Self::is_single(text) {
            self.cell_here(text, style);
        } else if self.room() > 0 && !text.is_empty() {
            let (x, _) = self.buf.set_stringn(self.left, self.y, text, self.room(), style);
            self.left = x;
        }
        self
    }

    /// True for one of the drawing characters, which are all one column wide: lines, blocks, the marks of states.
    fn is_single(text: &str) -> bool {
        let mut chars = text.chars();
        matches!((chars.next(), chars.next()), (Some('\u{2500}'..='\u{259f}' | '✓' | '✗'), None))
    }

    fn cell_here(&mut self, symbol: &str, style: Style) {
        if let Some(cell) = self.buf.cell_mut((self.left, self.y)) {
            cell.set_symbol(symbol).set_style(style);
        }
        self.left += 1;
    }

    /// Repeats a glyph of one column.
    pub(crate) fn fill(&mut self, glyph: &str, times: usize, style: Style) -> &mut Self {
        for _ in 0..times.min(self.room()) {
            self.raw(glyph, style);
        }
        self
    }

    /// Leaves columns free.
    pub(crate) fn skip(&mut self, columns: usize) -> &mut Self {
        self.left = self.left.saturating_add(to_u16(columns)).min(self.right);
        self
    }

    /// A column of a table: left-aligned in `columns`, cut where it does not fit, then one free column.
    pub(crate) fn cell(&mut self, text: &str, columns: usize, style: Style) -> &mut Self {
        let start = self.left;
        self.put_in(text, columns, style);
        let used = usize::from(self.left - start);
        self.skip((columns + 1).saturating_sub(used))
    }

    /// A column of a table, right-aligned in `columns`, then one free column.
    pub(crate) fn number(&mut self, text: &str, columns: usize, style: Style) -> &mut Self {
        self.skip(columns.saturating_sub(width(text)));
        self.put_in(text, columns, style).skip(1)
    }

    /// Writes at the right end, if it fits whole. Tells whether it did.
    pub(crate) fn right(&mut self, text: &str, style: Style) -> bool {
        let columns = width(text);
        if columns == 0 || columns > self.room() {
            return columns == 0;
        }
        self.right -= to_u16(columns);
        let at = self.right;
        self.buf.set_stringn(at, self.y, text, columns, style);
        true
    }

    /// Leaves columns free at the right end.
    pub(crate) fn skip_right(&mut self, columns: usize) -> &mut Self {
        self.right = self.right.saturating_sub(to_u16(columns)).max(self.left);
        self
    }
}

/// A count of columns; what is beyond a screen is its end.
pub(crate) fn to_u16(columns: usize) -> u16 {
    u16::try_from(columns).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(width: u16, write: impl FnOnce(&mut Pen<'_>)) -> String {
        let area = Rect::new(0, 0, width, 1);
        let mut buf = Buffer::empty(area);
        write(&mut Pen::new(&mut buf, area, 0, "…"));
        buf.content.iter().map(ratatui::buffer::Cell::symbol).collect()
    }

    #[test]
    fn texts_are_cut_and_aligned_in_columns() {
        let style = Style::new();
        assert_eq!(row(8, |pen| _ = pen.put("abcdefghij", style)), "abcdefg…");
        assert_eq!(row(10, |pen| _ = pen.cell("abc", 4, style).number("7", 3, style)), "abc    7  ");
        assert_eq!(row(8, |pen| _ = (pen.right("xy", style), pen.put("abcdefgh", style).room())), "abcde…xy");
        assert_eq!(row(4, |pen| _ = (pen.right("too long", style), pen.put("ok", style).room())), "ok  ");
    }

    #[test]
    fn wide_letters_never_stick_out() {
        assert_eq!(row(4, |pen| _ = pen.put("日本語", Style::new())).trim_end(), "日 …");
    }

    #[test]
    fn a_row_outside_the_area_is_not_written() {
        let area = Rect::new(0, 0, 4, 1);
        let mut buf = Buffer::empty(area);
        Pen::new(&mut buf, Rect::new(0, 0, 9, 9), 3, "…").put("x", Style::new());
        Pen::new(&mut buf, Rect::new(7, 7, 2, 2), 0, "…").put("x", Style::new());
        assert_eq!(buf, Buffer::empty(area));
    }
}
