//! The panels of one system, placed by the layout; or one of them alone.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::view::ctx::Ctx;
use crate::view::layout::{self, Item};
use crate::view::panel;

/// Draws the panels.
pub(crate) fn draw(ctx: &Ctx<'_>, buf: &mut Buffer, area: Rect) {
    let count = ctx.watch.system.panel.len();
    if count == 0 {
        panel::nothing(ctx, "the system file has no panel", ctx.theme.dim, buf, area);
        return;
    }
    let chrome = layout::chrome(area);
    if ctx.model.zoomed {
        panel::draw(ctx, ctx.model.focus.min(count - 1), buf, area, chrome);
        return;
    }
    let mut items: Vec<Item> = (0..count).map(Item::Panel).collect();
    items.extend([Item::Alerts, Item::Events]);
    let wants = |item| match item {
        Item::Panel(at) => panel::wants(ctx, &ctx.watch.system.panel[at], chrome),
        Item::Alerts => panel::alerts_want(ctx, chrome),
        Item::Events => panel::events_want(chrome),
    };
    for slot in layout::arrange(area, &items, Item::Panel(ctx.model.focus), wants) {
        match slot.item {
            Item::Panel(at) => panel::draw(ctx, at, buf, slot.area, chrome),
            Item::Alerts => panel::draw_alerts(ctx, buf, slot.area, chrome),
            Item::Events => panel::draw_events(ctx, buf, slot.area, chrome),
        }
    }
}
