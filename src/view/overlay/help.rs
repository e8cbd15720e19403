//! The commands of this screen, from the live table and keymap; in two columns where there is room.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::command::{COMMANDS, CommandSpec};
use crate::app::{Model, fuzzy};
use crate::view::Theme;
use crate::view::format::width;
use crate::view::overlay::{centred, open};
use crate::view::pen::{Pen, to_u16};

/// Columns of one column of commands.
const COLUMN: u16 = 66;
const KEYS: usize = 14;

/// Draws the help; returns how far it can be scrolled.
pub(super) fn draw(model: &Model, scroll: usize, theme: &Theme, buf: &mut Buffer, area: Rect) -> usize {
    let specs: Vec<&CommandSpec> = COMMANDS.iter().filter(|spec| fuzzy::is_at_hand(spec, model)).collect();
    let across: usize = if area.width >= COLUMN * 2 + 6 { 2 } else { 1 };
    let lines = specs.len().div_ceil(across);
    let place = centred(area, COLUMN * to_u16(across) + 4, to_u16(lines + 2));
    let room = usize::from(place.height.saturating_sub(2));
    let last = lines.saturating_sub(room);
    let first = scroll.min(last);
    let note = if lines > room {
        format!("{}-{} of {}", first + 1, (first + room).min(lines), lines)
    } else {
        format!("{} closes", model.keymap.shown(crate::app::Command::Back))
    };
    let inner = open("Commands", &note, theme, buf, place);
    for row in 0..room {
        let at = first + row;
        let mut pen = Pen::new(buf, inner, to_u16(row), theme.glyphs.more);
        if at >= lines {
            continue;
        }
        for column in 0..across {
            let Some(spec) = specs.get(at + column * lines) else { continue };
            line(model, spec, theme, &mut pen, usize::from(inner.width) / across);
        }
    }
    last
}

fn line(model: &Model, spec: &CommandSpec, theme: &Theme, pen: &mut Pen<'_>, columns: usize) {
    let start = pen.room();
    let mut used = 0;
    for key in model.keymap.keys(spec.command) {
        let key = key.to_string();
        if used > 0 {
            pen.skip(2);
            used += 2;
        }
        used += width(&key);
        pen.put(&key, theme.key);
    }
    pen.skip(KEYS.saturating_sub(used).max(1));
    let left = columns.saturating_sub(start - pen.room() + 2);
    pen.put_in(spec.doc, left, theme.text);
    pen.skip(columns.saturating_sub(start - pen.room()));
}
