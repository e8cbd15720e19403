//! The list of themes, at the side: the screen beside it is what the theme under the cursor looks like.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::Model;
use crate::base::Status;
use crate::view::Theme;
use crate::view::format::width;
use crate::view::overlay::{mark, open};
use crate::view::panel::visible;
use crate::view::pen::{Pen, to_u16};
use crate::view::theme::BUILT_IN;

/// Columns of the box.
const COLUMNS: u16 = 48;
/// Rows beside those of the themes: two lines, the sample and the gaps around it.
const OTHERS: usize = 6;

/// Draws the list in the lower right, where it covers what matters least.
pub(super) fn draw(model: &Model, selected: usize, theme: &Theme, buf: &mut Buffer, area: Rect) {
    let all = &model.themes.all;
    let (columns, rows) = (COLUMNS.min(area.width), to_u16(all.len() + OTHERS).min(area.height));
    let place = Rect { x: area.right() - columns, y: area.bottom() - rows, width: columns, height: rows };
    let inner = open("Themes", "Enter keeps, Esc goes back", theme, buf, place);
    sample(theme, buf, inner);
    let names = all.iter().map(|choice| width(&choice.name)).max().unwrap_or(8).min(20);
    let list = Rect { y: inner.y.saturating_add(2), height: inner.height.saturating_sub(4), ..inner };
    let seen = visible(all.len(), selected, usize::from(list.height));
    for (at, choice) in all.iter().enumerate().skip(seen.first).take(seen.shown) {
        let row = at - seen.first;
        let mut pen = Pen::new(buf, list, to_u16(row), theme.glyphs.more);
        pen.cell(&choice.name, names, if at == selected { theme.accent } else { theme.text }).skip(2);
        if choice.trouble.is_some() {
            pen.put("has a mistake", theme.warning);
        } else {
            if choice.origin != BUILT_IN {
                pen.right("yours", theme.dim);
            }
            pen.put(&choice.title, theme.dim);
        }
        if at == selected {
            mark(theme, buf, list, row);
        }
    }
    let note = match all.get(selected).and_then(|choice| choice.trouble.as_deref()) {
        Some(trouble) => trouble,
        None if !theme.colored => "without colour all of them look the same",
        None => "for this session; nothing is written",
    };
    let foot = inner.height.saturating_sub(1);
    Pen::new(buf, inner, foot, theme.glyphs.more).put(note, theme.dim);
}

/// Every status, as badge and as word.
fn sample(theme: &Theme, buf: &mut Buffer, inner: Rect) {
    let mut pen = Pen::new(buf, inner, 0, theme.glyphs.more);
    for status in [Status::Ok, Status::Warning, Status::Unknown, Status::Critical] {
        let word = status.word().to_uppercase();
        pen.put(&format!(" {} {word} ", theme.glyph(status)), theme.badge(status)).skip(1);
    }
}
