//! The runbooks of a system: those that fit first, with what speaks for and against each.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::recovery::{self, Listed};
use crate::view::ctx::Ctx;
use crate::view::format::width;
use crate::view::pen::Pen;
use crate::view::screen::lists;

/// Draws the list.
pub(crate) fn draw(ctx: &Ctx<'_>, buf: &mut Buffer, area: Rect) {
    let rows = recovery::list(ctx.model, ctx.watch);
    let fitting = rows.iter().filter(|row| row.diagnosis.is_some()).count();
    let title =
        if fitting == 0 { "Runbooks: none fits now".to_owned() } else { format!("Runbooks: {fitting} fit now") };
    lists::list(ctx, &title, rows.len(), "the system has no runbook", buf, area, |at, pen| {
        if let Some(row) = rows.get(at) {
            line(ctx, row, pen);
        }
    });
}

fn line(ctx: &Ctx<'_>, row: &Listed, pen: &mut Pen<'_>) {
    let theme = ctx.theme;
    let Some(found) = row.diagnosis.and_then(|at| ctx.watch.diagnoses.get(at)) else {
        pen.put("   ", theme.dim).put(&row.title, theme.dim);
        return;
    };
    let style = if found.contradicted == 0 { theme.strong } else { theme.text };
    pen.put(&format!("{:>2} ", found.rank), theme.accent);
    pen.cell(&row.title, 28.min(pen.room() / 2), style);
    pen.put(&found.share(), theme.text);
    for (n, word, style) in [(found.contradicted, "against", theme.warning), (found.unknown, "unknown", theme.unknown)]
    {
        if n > 0 {
            pen.put(&format!(", {n} {word}"), style);
        }
    }
    pen.skip(2);
    let because: Vec<&str> = found
        .evidence
        .iter()
        .filter(|told| told.verdict == Some(true) && !told.is_context)
        .map(|told| told.because.as_str())
        .collect();
    let because = because.join(", ");
    if pen.room() > width(&because).min(16) {
        pen.put(&because, theme.dim);
    }
}
