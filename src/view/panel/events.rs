//! What changed when, newest first: a panel where there is room, and the rows of the log screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::view::ctx::Ctx;
use crate::view::format::clock;
use crate::view::layout::Wants;
use crate::view::panel::nothing;
use crate::view::pen::{Pen, to_u16};
use crate::watch::{Event, EventKind};

pub(super) const WANTS: Wants = Wants { least: 3, good: 5, most: 12, roomy: 0 };

pub(super) fn draw(ctx: &Ctx<'_>, buf: &mut Buffer, area: Rect) {
    if ctx.watch.log.is_empty() {
        let told = if ctx.past.is_some() {
            "no event is recorded until then"
        } else {
            "nothing has changed since the watch began"
        };
        nothing(ctx, told, ctx.theme.dim, buf, area);
        return;
    }
    for (at, event) in ctx.watch.log.iter().rev().take(usize::from(area.height)).enumerate() {
        let mut pen = Pen::new(buf, area, to_u16(at), ctx.theme.glyphs.more);
        row(ctx, event, &mut pen);
    }
}

/// An event in one line; one that an earlier run saw says so, and a time that nobody watched stands out.
pub(crate) fn row(ctx: &Ctx<'_>, event: &Event, pen: &mut Pen<'_>) {
    let theme = ctx.theme;
    pen.cell(&clock(event.at.wall, &ctx.zone, true), 8, theme.dim);
    if event.kind == EventKind::Gap {
        let [line, _] = theme.glyphs.lines;
        pen.raw(line, theme.axis).skip(1).put(&event.text, theme.accent).skip(1);
        pen.fill(line, pen.room(), theme.axis);
        return;
    }
    pen.cell(theme.glyph(event.status), 1, theme.status(event.status));
    if event.before {
        pen.put("before ", theme.dim);
    }
    pen.put(&event.text, if event.before { theme.dim } else { theme.text });
}
