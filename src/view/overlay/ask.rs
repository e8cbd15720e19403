//! A line that is asked for: what for, what stands behind it, what is typed.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::Ask;
use crate::view::Theme;
use crate::view::format::width;
use crate::view::overlay::doc::{Doc, paint};
use crate::view::overlay::{centred, open};
use crate::view::pen::{Pen, to_u16};

/// Draws the question.
pub(super) fn draw(ask: &Ask, theme: &Theme, buf: &mut Buffer, area: Rect) {
    let columns = area.width.min(84);
    let inside = usize::from(columns.saturating_sub(4));
    let mut doc = Doc::new(theme);
    for line in &ask.why {
        doc.text(line.clone(), theme.dim);
    }
    let rows = doc.rows(inside);
    let place = centred(area, columns, to_u16(rows.len() + 5));
    let inner = open(&ask.title, "Enter takes it, Esc does not", theme, buf, place);
    let above = inner.height.saturating_sub(3);
    paint(&rows, 0, theme, buf, Rect { height: above, ..inner });
    let mut pen = Pen::new(buf, inner, inner.height.saturating_sub(2), theme.glyphs.more);
    // the end of a long line stays in sight, where it is typed
    let room = pen.room().saturating_sub(3);
    let mut text = ask.input.text.as_str();
    while width(text) > room {
        text = text.char_indices().nth(1).map_or("", |(at, _)| &text[at..]);
    }
    pen.put("> ", theme.key).put(text, theme.strong).put(theme.glyphs.caret, theme.accent);
    if let Some(note) = &ask.note {
        Pen::new(buf, inner, inner.height.saturating_sub(1), theme.glyphs.more).put(note, theme.warning);
    }
}
