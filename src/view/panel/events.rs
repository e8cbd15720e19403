//! What changed when, newest first: a panel where there is room, and the rows of the log screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::view::ctx::Ctx;
use crate::view::format::clock;
use crate::view::layout::Wants;
use crate::view::panel::nothing;
use crate::view::pen::{Pen, to_u16};
use crate::watch::Event;

pub(super) const WANTS: Wants = Wants { least: 3, good: 5, most: 12, roomy: 0 };

pub(super) fn draw(ctx: &Ctx<'_>, buf: &mut Buffer, area: Rect) {
    if ctx.watch.log.is_empty() {
        let told = if ctx.past.is_some() {
            "no event of this run until then"
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

/// An event in one line.
pub(crate) fn row(ctx: &Ctx<'_>, event: &Event, pen: &mut Pen<'_>) {
    let theme = ctx.theme;
    pen.cell(&clock(event.at.wall, &ctx.zone, true), 8, theme.dim);
    pen.cell(theme.glyph(event.status), 1, theme.status(event.status));
    pen.put(&event.text, theme.text);
}
