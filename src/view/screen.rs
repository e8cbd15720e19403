//! The screens below the header: the first, all systems, one system, its alerts, its log, its runbooks, its incidents.

mod first;
mod fleet;
mod incident;
mod lists;
pub(crate) mod runbook;
mod runbooks;
mod system;

use std::cell::RefCell;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::app::{Model, Screen, Spot};
use crate::view::ctx::Ctx;
use crate::view::{Theme, situation};

/// What stands at a place of the area in which the screen is drawn: a panel, a row of a list, a system's tile.
pub(crate) fn spot(model: &Model, theme: &Theme, area: Rect, at: Position) -> Option<Spot> {
    let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    match model.screen {
        Screen::First | Screen::Runbook => None,
        Screen::Fleet => fleet::at(model, area, at).map(Spot::Row),
        Screen::System => system::spot(Ctx::new(model, model.watch()?, theme), body, at),
        Screen::Alerts | Screen::Log | Screen::Runbooks | Screen::Incidents | Screen::Incident => {
            // the list itself knows where its rows stand
            let places = RefCell::default();
            let mut ctx = Ctx::new(model, model.watch()?, theme);
            ctx.places = Some(&places);
            draw_of(&ctx, &mut Buffer::empty(area), body);
            places.borrow().iter().find(|(place, _)| place.contains(at)).map(|(_, row)| Spot::Row(*row))
        }
    }
}

/// Draws the current screen.
pub(crate) fn draw(model: &Model, theme: &Theme, buf: &mut Buffer, area: Rect) {
    match model.screen {
        Screen::First => return first::draw(model, theme, buf, area),
        Screen::Fleet => return fleet::draw(model, theme, buf, area),
        Screen::System
        | Screen::Alerts
        | Screen::Log
        | Screen::Runbooks
        | Screen::Runbook
        | Screen::Incidents
        | Screen::Incident => {}
    }
    let Some(watch) = model.watch() else { return first::draw(model, theme, buf, area) };
    let ctx = Ctx::new(model, watch, theme);
    situation::draw(&ctx, buf, Rect { height: 1, ..area });
    let body = Rect { y: area.y + 1, height: area.height - 1, ..area };
    draw_of(&ctx, buf, body);
}

/// Draws what a screen shows of one system, below the situation line.
fn draw_of(ctx: &Ctx<'_>, buf: &mut Buffer, body: Rect) {
    match ctx.model.screen {
        Screen::Alerts => lists::alerts(ctx, buf, body),
        Screen::Log => lists::log(ctx, buf, body),
        Screen::Runbooks => runbooks::draw(ctx, buf, body),
        Screen::Runbook => runbook::draw(ctx, buf, body),
        Screen::Incidents => incident::list(ctx, buf, body),
        Screen::Incident => incident::draw(ctx, buf, body),
        _ => system::draw(&ctx.of_panels(), buf, body),
    }
}
