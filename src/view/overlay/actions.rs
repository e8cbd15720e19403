//! What can be done here: the actions for the row first, each with its risk, its key, and why it cannot run now.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::action::ActionSpec;
use crate::app::act::menu::{self, Entry};
use crate::app::{Command, Model, Target};
use crate::base::ActionId;
use crate::view::Theme;
use crate::view::format::{plural, width};
use crate::view::overlay::confirm::keys;
use crate::view::overlay::gate::risk_style;
use crate::view::overlay::{centred, mark, open};
use crate::view::panel::visible;
use crate::view::pen::{Pen, to_u16};

/// Columns of the longest risk.
const RISK: usize = 11;

/// A line of the menu.
enum Line<'m> {
    Heading(String),
    Action(usize, Entry<'m>),
}

/// Draws the menu.
pub(super) fn draw(
    model: &Model,
    target: Option<&Target>,
    selected: usize,
    theme: &Theme,
    buf: &mut Buffer,
    area: Rect,
) {
    let entries = menu::entries(model, target);
    let all = entries.len();
    let lines = lines(model, target, entries);
    let place = centred(area, 84, to_u16(lines.len().max(1) + 4));
    let note = if model.marks.is_empty() { String::new() } else { format!("{} marked", model.marks.len()) };
    let inner = open("What can be done here", &note, theme, buf, place);
    if all == 0 {
        let text =
            if menu::here(model).is_some() { "the system file declares no action" } else { "choose a system first" };
        Pen::new(buf, inner, 0, theme.glyphs.more).put(text, theme.dim);
        return;
    }
    let list = Rect { height: inner.height.saturating_sub(if inner.height > 5 { 2 } else { 1 }), ..inner };
    let names = lines.iter().map(|line| if let Line::Action(_, it) = line { width(&it.spec.title) } else { 0 });
    let names = names.max().unwrap_or(8).min(usize::from(inner.width).saturating_sub(RISK + 6));
    let cursor = lines.iter().position(|line| matches!(line, Line::Action(at, _) if *at == selected)).unwrap_or(0);
    let seen = visible(lines.len(), cursor, usize::from(list.height));
    for (row, line) in lines.iter().skip(seen.first).take(seen.shown).enumerate() {
        let mut pen = Pen::new(buf, list, to_u16(row), theme.glyphs.more);
        match line {
            Line::Heading(text) => _ = pen.put(text, theme.title),
            Line::Action(at, entry) => {
                entry_line(entry, names, *at == selected, theme, &mut pen);
                if *at == selected {
                    mark(theme, buf, list, row);
                }
            }
        }
    }
    foot(model, &lines, selected, theme, buf, Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner });
}

fn lines<'m>(model: &Model, target: Option<&Target>, entries: Vec<Entry<'m>>) -> Vec<Line<'m>> {
    let near = entries.iter().filter(|entry| entry.near).count();
    let mut lines = Vec::with_capacity(entries.len() + 2);
    for (at, entry) in entries.into_iter().enumerate() {
        if at == 0 && near > 0 {
            lines.push(Line::Heading(target.map(|target| name_of(model, target)).unwrap_or_default()));
        }
        if at == near && near > 0 {
            lines.push(Line::Heading("Everything else".to_owned()));
        }
        lines.push(Line::Action(at, entry));
    }
    lines
}

/// A row in words. Names from outside stand behind what kind of thing they are.
fn name_of(model: &Model, target: &Target) -> String {
    let watch = model.watch();
    match target {
        Target::Component(id) => watch.map_or_else(String::new, |watch| watch.system.component_title(id).to_owned()),
        Target::Queue(_, name) => format!("Queue {name}"),
        Target::Worker(_, name) => format!("Worker {name}"),
        Target::Entry { list, index } => format!("{} {}", list.signal.as_str().replace('_', " "), index + 1),
        Target::Job(id) => {
            let job = watch.and_then(|watch| watch.system.job.get(id));
            format!("Job {}", job.map_or(id.as_str(), |job| job.title.as_str()))
        }
        Target::Alert(id) => format!("Alert {id}"),
    }
}

fn entry_line(entry: &Entry<'_>, names: usize, selected: bool, theme: &Theme, pen: &mut Pen<'_>) {
    let free = entry.blocked.is_none();
    let name = match (free, selected) {
        (true, true) => theme.accent,
        (true, false) => theme.text,
        (false, _) => theme.dim,
    };
    key(entry.spec, theme, pen);
    pen.skip(1).cell(&entry.spec.title, names, name);
    pen.cell(&entry.spec.risk.to_string(), RISK, if free { risk_style(theme, entry.spec.risk) } else { theme.dim });
    match (&entry.blocked, &entry.spec.effect) {
        (Some(why), _) => _ = pen.put(why, theme.dim),
        (None, Some(effect)) => _ = pen.put(effect, theme.dim),
        (None, None) => {}
    }
}

fn key(spec: &ActionSpec, theme: &Theme, pen: &mut Pen<'_>) {
    pen.right(spec.key.as_deref().unwrap_or(" "), theme.key);
    pen.skip_right(1);
}

/// The selected one's reason whole, as far as it fits, or the keys.
fn foot(model: &Model, lines: &[Line<'_>], selected: usize, theme: &Theme, buf: &mut Buffer, area: Rect) {
    let chosen = lines.iter().find_map(|line| match line {
        Line::Action(at, entry) if *at == selected => Some(entry),
        _ => None,
    });
    let mut pen = Pen::new(buf, area, 0, theme.glyphs.more);
    if let Some(why) = chosen.and_then(|entry| entry.blocked.as_ref()) {
        pen.put(theme.glyphs.warning, theme.warning).skip(1).put(why, theme.text);
        return;
    }
    keys(&[("Enter", "preview"), (&model.keymap.shown(Command::Back), "close")], theme, &mut pen);
    if !model.marks.is_empty() {
        pen.put(&format!("about the {} where it can be", plural(model.marks.len(), "marked row")), theme.dim);
    }
}

/// An action in the palette: its title, that it acts, its risk, its key.
pub(super) fn found(model: &Model, id: &ActionId, name: Style, theme: &Theme, pen: &mut Pen<'_>) {
    let Some(spec) = menu::here(model).and_then(|watch| watch.system.action.get(id)) else { return };
    let off = model.options.read_only;
    key(spec, theme, pen);
    let risk = format!("{:RISK$}", spec.risk);
    pen.skip_right(1).right(&risk, if off { theme.dim } else { risk_style(theme, spec.risk) });
    pen.skip_right(1).right(if off { "read-only" } else { "act" }, theme.dim);
    pen.skip_right(1).put(&spec.title, if off { theme.dim } else { name });
}
