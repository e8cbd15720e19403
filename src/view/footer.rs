//! The last line: what is being typed, else a toast or the newest event, and the keys that help, read from the command
//! table.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::act::menu;
use crate::app::command::{COMMANDS, CommandSpec};
use crate::app::{Command, Model, Overlay, Screen, fuzzy};
use crate::base::Status;
use crate::view::format::{clock, width};
use crate::view::situation::as_step;
use crate::view::{Pen, Theme};
use crate::watch::{Event, EventKind};

/// Columns that hints keep beside whatever is told: `? help`.
const SHORTEST: usize = 8;

/// Below so many columns the line tells what to do next rather than what happened.
const NARROW: u16 = 60;

/// Draws the footer into one row.
pub(crate) fn draw(model: &Model, theme: &Theme, buf: &mut Buffer, area: Rect) {
    let mut pen = Pen::new(buf, area, 0, theme.glyphs.more);
    pen.skip(1).skip_right(1);
    if model.filtering {
        pen.put("/", theme.key).put(&model.filter.text, theme.strong).put(theme.glyphs.caret, theme.accent);
        let hint = "Enter keeps it, Esc ends it";
        if pen.room() > width(hint) + 2 {
            pen.right(hint, theme.hint);
        }
        return;
    }
    // the dialog says itself what its keys do, and no other key does anything else
    let confirms =
        matches!(model.overlays.last(), Some(Overlay::Confirm(_) | Overlay::Ask(_) | Overlay::Choose { .. }));
    let hints = if confirms { Vec::new() } else { hints(model) };
    // at least a third of the line stays for what happened, and as much as it needs for what is told
    let share = if model.size.0 < NARROW { pen.room() } else { pen.room() * 2 / 3 };
    let mut room = share.min(pen.room().saturating_sub(needed(model)).max(SHORTEST));
    let fitting = hints.iter().take_while(|(key, word)| {
        let columns = width(key) + 1 + width(word) + 2;
        let fits = room >= columns;
        room = room.saturating_sub(columns);
        fits
    });
    let fitting = fitting.count();
    for (key, word) in hints[..fitting].iter().rev() {
        pen.right(word, theme.hint);
        pen.skip_right(1).right(key, theme.key);
        pen.skip_right(2);
    }
    pen.skip_right(1);
    tell(model, theme, &mut pen);
}

/// Columns of what somebody has to read whole, with what sets it off. In what lies over the screen the way back comes
/// first.
fn needed(model: &Model) -> usize {
    if !model.overlays.is_empty() {
        return 0;
    }
    let toast = model.toast.as_ref().map(|(text, _)| text.as_str());
    toast.or(model.trouble.told()).map_or(0, |text| width(text) + 2)
}

/// Keys and words, in the order of the table.
fn hints(model: &Model) -> Vec<(String, String)> {
    let wanted = COMMANDS.iter().filter(|spec| !spec.hint.is_empty() && fuzzy::is_at_hand(spec, model));
    // what is of this place alone comes first
    let (near, far): (Vec<&CommandSpec>, Vec<&CommandSpec>) = wanted.partition(|spec| spec.scope.is_narrow());
    let near = if model.overlays.is_empty() { near } else { Vec::new() };
    let mut hints: Vec<(String, &'static str)> = near
        .into_iter()
        .chain(far)
        .map(|spec| (model.keymap.shown(spec.command), spec.hint))
        .filter(|(key, _)| !key.is_empty())
        .collect();
    if model.past.is_some() && model.overlays.is_empty() {
        let keys = |a, b| format!("{} {}", model.keymap.shown(a), model.keymap.shown(b));
        hints.insert(0, (keys(Command::Earlier, Command::Later), "1 min"));
        hints.insert(1, (keys(Command::FarEarlier, Command::FarLater), "10 min"));
        hints.insert(0, (model.keymap.shown(Command::Back), "now"));
    } else if !model.overlays.is_empty() || model.zoomed || !model.filter.text.is_empty() || !model.marks.is_empty() {
        if matches!(model.overlays.last(), Some(Overlay::Detail { .. })) {
            // what can be done about what is looked at comes before what else there is
            hints.retain(|(_, word)| *word != "actions");
            hints.insert(0, (model.keymap.shown(Command::Actions), "actions"));
        }
        if matches!(model.overlays.last(), Some(Overlay::Text { .. })) {
            hints.insert(0, (model.keymap.shown(Command::CopySource), "copy"));
        }
        hints.insert(0, (model.keymap.shown(Command::Back), "back"));
    }
    let hints = hints.into_iter().map(|(key, word)| (key, word.to_owned()));
    if model.size.0 < NARROW { next_step(model).into_iter().chain(hints).collect() } else { hints.collect() }
}

/// The way out of what is wrong, where the situation line has no room for it: `R restart worker`, `r runbook`.
fn next_step(model: &Model) -> Vec<(String, String)> {
    let on_panels = model.screen == Screen::System && model.overlays.is_empty() && model.past.is_none();
    let Some(watch) = model.watch().filter(|_| on_panels) else { return Vec::new() };
    let Some(finding) = watch.situation.worst().filter(|found| found.status != Status::Ok) else { return Vec::new() };
    let action = menu::next_step(watch, finding).filter(|_| !model.options.read_only);
    let action = action.and_then(|(_, spec)| Some((spec.key.clone()?, as_step(&spec.title))));
    let has_runbook = !watch.diagnoses.is_empty() || finding.runbook.is_some();
    let runbook = has_runbook.then(|| (model.keymap.shown(Command::Runbook), "runbook".to_owned()));
    action.into_iter().chain(runbook).collect()
}

fn tell(model: &Model, theme: &Theme, pen: &mut Pen<'_>) {
    if let Some((text, _)) = &model.toast {
        pen.put(text, theme.accent);
        return;
    }
    if let Some(trouble) = model.trouble.told() {
        pen.put(trouble, theme.warning);
        return;
    }
    if !model.marks.is_empty() {
        pen.put(theme.glyphs.marked, theme.accent).skip(1);
        pen.put(&format!("{} marked", model.marks.len()), theme.accent).skip(3);
    }
    if !model.filter.text.is_empty() {
        pen.put("filter ", theme.dim).put(&model.filter.text, theme.accent);
        return;
    }
    if matches!(model.screen, Screen::First | Screen::Fleet) {
        return;
    }
    let Some(watch) = model.watch() else { return };
    let zone = model.shown_zone();
    // what an earlier run saw is no news
    let own = |event: &&Event| !event.before && event.kind != EventKind::Gap;
    for event in watch.log.iter().rev().take_while(own).take(3) {
        if pen.room() < 24 {
            return;
        }
        pen.put(&clock(event.at.wall, &zone, true), theme.dim).skip(1);
        pen.put(theme.glyph(event.status), theme.status(event.status)).skip(1).put(&event.text, theme.text).skip(3);
    }
}
