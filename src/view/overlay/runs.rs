//! The runs that are known: those under way, those whose end nobody saw, the last ones.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::action::Outcome;
use crate::app::Model;
use crate::app::act::menu::{self, RunRow};
use crate::base::Status;
use crate::view::Theme;
use crate::view::format::clock;
use crate::view::overlay::{centred, mark, open};
use crate::view::panel::visible;
use crate::view::pen::{Pen, to_u16};

/// Where a list of so many stands.
pub(super) fn place(rows: usize, area: Rect) -> Rect {
    centred(area, 92, to_u16(rows.max(1) + 3))
}

/// Draws the list.
pub(super) fn draw(model: &Model, selected: usize, theme: &Theme, buf: &mut Buffer, area: Rect) {
    let rows = menu::runs(model);
    let place = place(rows.len(), area);
    let inner = open("Runs", "Enter shows one", theme, buf, place);
    if rows.is_empty() {
        Pen::new(buf, inner, 0, theme.glyphs.more).put("nothing has been run yet", theme.dim);
        return;
    }
    let selected = selected.min(rows.len() - 1);
    let seen = visible(rows.len(), selected, usize::from(inner.height));
    for (at, run) in rows.iter().enumerate().skip(seen.first).take(seen.shown) {
        let row = at - seen.first;
        let mut pen = Pen::new(buf, inner, to_u16(row), theme.glyphs.more);
        line(model, run, theme, &mut pen);
        if at == selected {
            mark(theme, buf, inner, row);
        }
    }
}

fn line(model: &Model, run: &RunRow<'_>, theme: &Theme, pen: &mut Pen<'_>) {
    let (glyph, word, style) = state(run, theme);
    pen.put(glyph, style).skip(1).cell(&word, 12, style);
    if let Some(since) = run.since() {
        pen.put(&clock(since, &model.shown_zone(), pen.room() > 60), theme.dim).skip(2);
    }
    pen.right(run.run.short(), theme.dim);
    pen.skip_right(2);
    if pen.room() > 48 {
        pen.right(run.who(), theme.dim);
        pen.skip_right(2);
    }
    pen.put(run.action(), theme.text).skip(2);
    if let Some(target) = run.target() {
        pen.put("on ", theme.dim).put(target, theme.accent);
    }
}

fn state(run: &RunRow<'_>, theme: &Theme) -> (&'static str, String, Style) {
    if let Some(ending) = run.view.and_then(|view| view.ending.as_ref()) {
        let status = weight(ending.outcome);
        return (theme.glyph(status), outcome_word(ending.outcome), theme.status(status));
    }
    if run.is_unknown() {
        return (theme.glyphs.unknown, "unknown end".to_owned(), theme.unknown);
    }
    let phase = run.view.map_or("under way", |view| super::run::phase_word(view.phase));
    (theme.glyphs.doing, phase.to_owned(), theme.accent)
}

/// How an outcome weighs.
pub(super) fn weight(outcome: Outcome) -> Status {
    match outcome {
        Outcome::Verified => Status::Ok,
        Outcome::NotVerified | Outcome::Cancelled | Outcome::Refused => Status::Warning,
        Outcome::Failed | Outcome::TimedOut => Status::Critical,
        Outcome::Unknown => Status::Unknown,
    }
}

/// An outcome in words.
pub(super) fn outcome_word(outcome: Outcome) -> String {
    outcome.word().replace('_', " ")
}
