//! The demo's menu: what is simulated, and the faults of each system, those of the shown one first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::Model;
use crate::app::demo::Choice;
use crate::view::Theme;
use crate::view::format::width;
use crate::view::overlay::{centred, mark, open};
use crate::view::panel::visible;
use crate::view::pen::{Pen, to_u16};

/// Columns of the menu.
const COLUMNS: u16 = 76;

/// A row of the menu.
enum Line<'a> {
    /// A system and what is simulated of it.
    System(&'a str, &'a str),
    Fault(usize, Choice<'a>),
}

/// Draws the faults that can be switched on.
pub(in crate::view::overlay) fn draw(model: &Model, selected: usize, theme: &Theme, buf: &mut Buffer, area: Rect) {
    let Some(demo) = &model.options.demo else { return };
    let choices = demo.choices(model.watch().map(|watch| &watch.system.name));
    let names = choices.iter().map(|choice| width(choice.name)).max().unwrap_or(8).min(24);
    let lines = lines(choices);
    let at = lines.iter().position(|line| matches!(line, Line::Fault(at, _) if *at == selected)).unwrap_or(0);
    let inner = open("Simulated faults", "Enter switches", theme, buf, centred(area, COLUMNS, to_u16(lines.len() + 4)));
    Pen::new(buf, inner, 0, theme.glyphs.more).put("All of this is simulated, nothing of it is real.", theme.dim);
    let list = Rect { y: inner.y.saturating_add(2), height: inner.height.saturating_sub(2), ..inner };
    let seen = visible(lines.len(), at, usize::from(list.height));
    for (row, line) in lines.iter().skip(seen.first).take(seen.shown).enumerate() {
        let mut pen = Pen::new(buf, list, to_u16(row), theme.glyphs.more);
        match line {
            Line::System(name, simulates) => drop(pen.put(name, theme.strong).skip(2).put(simulates, theme.dim)),
            Line::Fault(at, choice) => {
                let is_selected = *at == selected;
                pen.skip(1).cell(choice.name, names, if is_selected { theme.accent } else { theme.text });
                if choice.is_on() {
                    pen.right("on", if choice.heals() { theme.ok } else { theme.warning });
                }
                pen.skip_right(1).put(choice.title, theme.dim);
                if is_selected {
                    mark(theme, buf, list, row);
                }
            }
        }
    }
}

/// The faults under their systems.
fn lines(choices: Vec<Choice<'_>>) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut last = None;
    for (at, choice) in choices.into_iter().enumerate() {
        let name = choice.of.system.as_str();
        if last.replace(name) != Some(name) {
            lines.push(Line::System(name, &choice.of.simulates));
        }
        lines.push(Line::Fault(at, choice));
    }
    lines
}
