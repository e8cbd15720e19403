//! The panels of one system, placed by the layout; or one of them alone.

use std::cell::RefCell;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::app::Spot;
use crate::view::ctx::Ctx;
use crate::view::layout::{self, Item, Slot};
use crate::view::panel;

/// Draws the panels.
pub(crate) fn draw(ctx: &Ctx<'_>, buf: &mut Buffer, area: Rect) {
    if ctx.watch.system.panel.is_empty() {
        panel::nothing(ctx, "the system file has no panel", ctx.theme.dim, buf, area);
        return;
    }
    let chrome = layout::chrome(area);
    for slot in slots(ctx, area) {
        match slot.item {
            Item::Panel(at) => panel::draw(ctx, at, buf, slot.area, chrome),
            Item::Alerts => panel::draw_alerts(ctx, buf, slot.area, chrome),
            Item::Events => panel::draw_events(ctx, buf, slot.area, chrome),
        }
    }
}

/// What stands at a place of the area: a panel, and which row of it.
pub(crate) fn spot(ctx: Ctx<'_>, area: Rect, at: Position) -> Option<Spot> {
    let slot = slots(&ctx, area).into_iter().find(|slot| slot.area.contains(at))?;
    let Item::Panel(panel) = slot.item else { return None };
    // the panel itself knows where its rows stand
    let places = RefCell::default();
    let mut ctx = ctx;
    ctx.places = Some(&places);
    panel::draw(&ctx, panel, &mut Buffer::empty(area), slot.area, layout::chrome(area));
    let row = places.borrow().iter().find(|(place, _)| place.contains(at)).map(|(_, row)| *row);
    Some(Spot::Panel { panel, row })
}

/// Which panel goes where.
fn slots(ctx: &Ctx<'_>, area: Rect) -> Vec<Slot> {
    let count = ctx.watch.system.panel.len();
    let chrome = layout::chrome(area);
    if ctx.model.zoomed && count > 0 {
        return vec![Slot { item: Item::Panel(ctx.model.focus.min(count - 1)), area }];
    }
    let mut items: Vec<Item> = (0..count).map(Item::Panel).collect();
    items.extend([Item::Alerts, Item::Events]);
    let wants = |item| match item {
        Item::Panel(at) => panel::wants(ctx, &ctx.watch.system.panel[at], chrome),
        Item::Alerts => panel::alerts_want(ctx, chrome),
        Item::Events => panel::events_want(chrome),
    };
    layout::arrange(area, &items, Item::Panel(ctx.model.focus), wants)
}
