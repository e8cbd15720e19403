//! The full-screen lists: all alerts of a system, all events.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::{Target, rows};
use crate::view::ctx::Ctx;
use crate::view::layout;
use crate::view::panel::{self, Seen, frame, nothing, scroll_mark, select, visible};
use crate::view::pen::{Pen, to_u16};

/// All alerts, the active ones first.
pub(crate) fn alerts(ctx: &Ctx<'_>, buf: &mut Buffer, area: Rect) {
    let targets = rows::of_alerts(ctx.model, ctx.watch);
    list(ctx, "Alerts", targets.len(), "no alert matches", buf, area, |at, pen| {
        if let Some(Target::Alert(id)) = targets.get(at)
            && let Some(watched) = ctx.watch.alerts.get(id)
        {
            panel::alert_row(ctx, watched, 0, pen);
        }
    });
}

/// All events, newest first.
pub(crate) fn log(ctx: &Ctx<'_>, buf: &mut Buffer, area: Rect) {
    let title = format!("Events, times in {}", ctx.zone.name());
    list(ctx, &title, ctx.watch.log.len(), "nothing has changed since the watch began", buf, area, |at, pen| {
        if let Some(event) = ctx.watch.log.iter().rev().nth(at) {
            panel::event_row(ctx, event, pen);
        }
    });
}

pub(super) fn list(
    ctx: &Ctx<'_>,
    title: &str,
    all: usize,
    none: &str,
    buf: &mut Buffer,
    area: Rect,
    row: impl Fn(usize, &mut Pen<'_>),
) {
    let chrome = layout::chrome(area);
    let inner = frame(ctx, title, &[], true, buf, area, chrome);
    if all == 0 {
        nothing(ctx, none, ctx.theme.dim, buf, inner);
        return;
    }
    let cursor = ctx.model.list_cursor.min(all - 1);
    let seen: Seen = visible(all, cursor, usize::from(inner.height));
    for at in seen.first..seen.first + seen.shown {
        let line = at - seen.first;
        ctx.stands(Rect { y: inner.y.saturating_add(to_u16(line)), height: 1, ..inner }.intersection(inner), at);
        row(at, &mut Pen::new(buf, inner, to_u16(line), ctx.theme.glyphs.more));
        if at == cursor {
            select(ctx, buf, inner, line);
        }
    }
    scroll_mark(ctx, seen, buf, area, chrome);
}
