//! What lies over the screen: help, palette, details of a row, the demo's faults, what can be done, its dialog, its
//! runs. A box in the middle, never wider than
//! it can be read.

mod actions;
mod ask;
mod confirm;
mod detail;
pub(crate) mod doc;
mod drill;
pub(crate) mod gate;
mod help;
mod palette;
mod run;
mod runs;
mod themes;
mod walk;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};

use crate::app::act::menu;
use crate::app::{Model, Overlay, Target, fuzzy};
use crate::view::Theme;
use crate::view::format::width;
use crate::view::glyphs::Glyphs;
use crate::view::panel::visible;
use crate::view::pen::{Pen, to_u16};

/// The details of a target as a text: its title, and its lines.
pub(super) fn told(model: &Model, target: &Target, theme: &Theme) -> Option<(String, String)> {
    detail::told(model, target, theme)
}

/// Draws one overlay; returns how far its text can be scrolled, where it is a text.
pub(crate) fn draw(model: &Model, overlay: &Overlay, theme: &Theme, buf: &mut Buffer, area: Rect) -> Option<usize> {
    match overlay {
        Overlay::Help { scroll } => return Some(help::draw(model, *scroll, theme, buf, area)),
        Overlay::Detail { target, scroll } => return detail::draw(model, target, *scroll, theme, buf, area),
        Overlay::Drill { scroll } => return drill::draw(model, *scroll, theme, buf, area),
        Overlay::Step { n, scroll } => return walk::step(model, *n, *scroll, theme, buf, area),
        Overlay::DryRun { scroll } => return walk::dry_run(model, *scroll, theme, buf, area),
        Overlay::Text { title, note, text, scroll } => {
            return Some(walk::text(title, note, text, *scroll, theme, buf, area));
        }
        Overlay::Palette { input, selected } => palette::draw(model, input, *selected, theme, buf, area),
        Overlay::Faults { selected } => palette::faults(model, *selected, theme, buf, area),
        Overlay::Themes { selected } => themes::draw(model, *selected, theme, buf, area),
        Overlay::Actions { target, selected } => actions::draw(model, target.as_ref(), *selected, theme, buf, area),
        Overlay::Confirm(dialog) => confirm::draw(model, dialog, theme, buf, area),
        Overlay::Ask(asked) => ask::draw(asked, theme, buf, area),
        Overlay::Choose { choice, selected } => walk::ways(model, *choice, *selected, theme, buf, area),
        Overlay::Runs { selected } => runs::draw(model, *selected, theme, buf, area),
        Overlay::Run { run, scroll, asked } => run::draw(model, run, *scroll, *asked, theme, buf, area),
    }
    None
}

/// The row of a list that lies over the screen in a cell of it.
pub(crate) fn row_at(model: &Model, overlay: &Overlay, area: Rect, at: Position) -> Option<usize> {
    let (list, seen) = match overlay {
        Overlay::Palette { input, selected } => {
            let found = fuzzy::find(model, &input.text).len();
            let (_, list) = palette::places(found, area);
            (list, visible(found, *selected, usize::from(list.height)))
        }
        Overlay::Runs { selected } => {
            let rows = menu::runs(model).len();
            let list = inside(runs::place(rows, area));
            (list, visible(rows, *selected, usize::from(list.height)))
        }
        _ => return None,
    };
    let row = usize::from(at.y.checked_sub(list.y)?);
    (list.contains(at) && row < seen.shown).then_some(seen.first + row)
}

/// Takes the screen behind a box back, so that the eye finds the box.
pub(crate) fn recede(theme: &Theme, buf: &mut Buffer, area: Rect) {
    let faded = Style { bg: theme.base.bg, sub_modifier: Modifier::all(), ..theme.faded };
    buf.set_style(area, faded);
}

/// A box in the middle of an area, as large as asked for and as there is room.
fn centred(area: Rect, columns: u16, rows: u16) -> Rect {
    let width = columns.min(area.width);
    let height = rows.min(area.height);
    Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height }
}

/// Marks a row of a list inside a box as selected.
fn mark(theme: &Theme, buf: &mut Buffer, list: Rect, row: usize) {
    let line = Rect {
        x: list.x.saturating_sub(1),
        y: list.y.saturating_add(to_u16(row)),
        width: list.width.saturating_add(2),
        height: 1,
    };
    buf.set_style(line.intersection(buf.area), theme.selection);
}

/// Takes away whatever a box will stand on.
fn clear(theme: &Theme, buf: &mut Buffer, area: Rect) {
    for y in area.y..area.bottom() {
        for x in area.x..area.right() {
            if let Some(cell) = buf.cell_mut((x, y)) {
                cell.reset();
            }
        }
    }
    buf.set_style(area, theme.base);
    buf.set_style(area, theme.popup);
}

/// The lines of a box and what stands in the lower one; in the upper one its caller writes.
struct Frame<'t> {
    corners: [&'t str; 4],
    /// Horizontal and vertical.
    lines: [&'t str; 2],
    line: Style,
    note: &'t str,
    noted: Style,
}

impl Frame<'_> {
    /// Clears a box and draws its lines around it.
    fn draw(&self, theme: &Theme, buf: &mut Buffer, area: Rect, head: impl Fn(&mut Pen<'_>)) {
        clear(theme, buf, area);
        let [horizontal, vertical] = self.lines;
        for row in 0..area.height {
            let last = row + 1 == area.height;
            let mut pen = Pen::new(buf, area, row, theme.glyphs.more);
            if row > 0 && !last {
                pen.raw(vertical, self.line);
                pen.right(vertical, self.line);
                continue;
            }
            let at = if row == 0 { 0 } else { 2 };
            pen.raw(self.corners[at], self.line);
            pen.right(self.corners[at + 1], self.line);
            pen.raw(horizontal, self.line);
            if row == 0 {
                head(&mut pen);
            } else if !self.note.is_empty() && pen.room() > width(self.note) + 4 {
                pen.right(horizontal, self.line);
                pen.right(&format!(" {} ", self.note), self.noted);
            }
            let rest = pen.room();
            pen.fill(horizontal, rest, self.line);
        }
    }
}

/// Clears a box and draws its border; returns the area inside.
fn open(title: &str, note: &str, theme: &Theme, buf: &mut Buffer, area: Rect) -> Rect {
    let Glyphs { corners, lines, .. } = *theme.glyphs;
    let frame = Frame { corners, lines, line: theme.border_focus, note, noted: theme.dim };
    frame.draw(theme, buf, area, |pen| {
        let room = pen.room().saturating_sub(3);
        pen.skip(1).put_in(title, room, theme.title_focus).skip(1);
    });
    inside(area)
}

/// The area inside the border of a box.
fn inside(area: Rect) -> Rect {
    Rect {
        x: area.x.saturating_add(2),
        y: area.y.saturating_add(1),
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2),
    }
}
