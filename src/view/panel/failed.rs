//! The newest failed jobs of rq as rows, below its queues where their panel stands alone: to be opened, marked, retried.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::Target;
use crate::signal::Value;
use crate::view::ctx::Ctx;
use crate::view::format::width;
use crate::view::panel::{Panel, mark, visible};
use crate::view::pen::{Pen, to_u16};

/// Those of the panel's rows that are failed jobs: the last ones.
pub(super) fn rows<'p>(panel: &'p Panel<'_>) -> &'p [Target] {
    let first = panel.rows.iter().position(|target| matches!(target, Target::Entry { .. }));
    &panel.rows[first.unwrap_or(panel.rows.len())..]
}

/// Draws a head and as many as there is room for; tells how many.
pub(super) fn draw(
    ctx: &Ctx<'_>,
    panel: &Panel<'_>,
    rows: &[Target],
    faded: bool,
    buf: &mut Buffer,
    area: Rect,
) -> usize {
    if area.height < 2 {
        return 0;
    }
    let theme = ctx.theme;
    let before = panel.rows.len() - rows.len();
    Pen::new(buf, area, 0, theme.glyphs.more).put("newest failed jobs", theme.dim);
    let seen = visible(rows.len(), panel.cursor.saturating_sub(before), usize::from(area.height) - 1);
    for (at, target) in rows.iter().enumerate().skip(seen.first).take(seen.shown) {
        let Target::Entry { list, index } = target else { continue };
        let job = ctx.reading(list).last.and_then(|(value, _)| value.as_list()).and_then(|jobs| jobs.get(*index));
        let field = |name| job.and_then(|job| job.get(name)).map(Value::to_string).unwrap_or_default();
        let row = 1 + at - seen.first;
        let mut pen = Pen::new(buf, area, to_u16(row), theme.glyphs.more);
        let text = if faded { theme.dim } else { theme.text };
        pen.cell(theme.glyphs.critical, 1, if faded { theme.dim } else { theme.critical });
        if pen.room() > 40 {
            pen.cell(&field("queue"), 14, theme.dim);
        }
        let most = pen.room() / 2;
        let what = field("description");
        pen.cell(&what, width(&what).min(most), text).skip(1).put(&field("exception"), theme.dim);
        mark(ctx, target, buf, area, row);
        panel.line(ctx, buf, area, row, at + before);
    }
    seen.shown
}
