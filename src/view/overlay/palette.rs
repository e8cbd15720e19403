//! The palette: commands and actions by their words; and, in the demo, the faults.

mod faults;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::fuzzy::Found;
use crate::app::model::Input;
use crate::app::{Model, fuzzy};
use crate::view::Theme;
use crate::view::overlay::{actions, centred, inside, mark, open};
use crate::view::panel::visible;
use crate::view::pen::{Pen, to_u16};

pub(super) use faults::draw as faults;

/// Where the box stands, and in it the list of so many that were found.
pub(super) fn places(found: usize, area: Rect) -> (Rect, Rect) {
    let rows = to_u16(found.clamp(1, 14) + 4);
    let place = Rect { y: area.y + (area.height / 8).min(area.height.saturating_sub(rows)), ..centred(area, 68, rows) };
    let place = place.intersection(area);
    let inner = inside(place);
    (place, Rect { y: inner.y.saturating_add(2), height: inner.height.saturating_sub(2), ..inner })
}

/// Draws the palette near the top, as a line that is typed into.
pub(super) fn draw(model: &Model, input: &Input, selected: usize, theme: &Theme, buf: &mut Buffer, area: Rect) {
    let found = fuzzy::find(model, &input.text);
    let (place, list) = places(found.len(), area);
    let note = format!("{} of {}", found.len().min(selected + 1), found.len());
    let inner = open("Find a command or an action", &note, theme, buf, place);
    let mut pen = Pen::new(buf, inner, 0, theme.glyphs.more);
    pen.put(":", theme.key).put(&input.text, theme.strong).put(theme.glyphs.caret, theme.accent);
    if found.is_empty() {
        Pen::new(buf, list, 0, theme.glyphs.more).put("nothing has these words", theme.dim);
        return;
    }
    let seen = visible(found.len(), selected, usize::from(list.height));
    for (at, found) in found.iter().enumerate().skip(seen.first).take(seen.shown) {
        let row = at - seen.first;
        let mut pen = Pen::new(buf, list, to_u16(row), theme.glyphs.more);
        let name = if at == selected { theme.accent } else { theme.text };
        match found {
            Found::Command(spec) => {
                pen.cell(spec.id, 15, name).right(&model.keymap.shown(spec.command), theme.key);
                pen.skip_right(2).put(spec.doc, theme.dim);
            }
            Found::Runbook(id) => {
                pen.right("runbook", theme.dim);
                pen.skip_right(1).put(id.as_str(), name);
            }
            Found::Action(id) => actions::found(model, id, name, theme, &mut pen),
        }
        if at == selected {
            mark(theme, buf, list, row);
        }
    }
}
