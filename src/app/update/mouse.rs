//! The mouse as an extra: the wheel moves what the keys would move, a press focuses a panel and selects a row. It never
//! opens, confirms or runs anything.

use crate::app::msg::{Mouse, Spot};
use crate::app::update::command;
use crate::app::{Effect, Model, Overlay, Redraw, Screen};

/// Rows of one step of the wheel.
const STEP: isize = 3;

/// The wheel was turned. A press comes as the spot that was pressed.
pub(super) fn moved(model: &mut Model, mouse: Mouse) {
    let Mouse::Wheel(steps) = mouse else { return };
    let is_typing = matches!(model.overlays.last(), Some(Overlay::Confirm(_) | Overlay::Ask(_)));
    if model.mouse && !is_typing {
        command::scroll(model, steps.saturating_mul(STEP));
        model.redraw = Redraw::Now;
    }
}

/// A spot was pressed.
pub(super) fn pointed(model: &mut Model, Spot { panel, row }: Spot) {
    if !model.mouse || model.screen != Screen::System || !model.overlays.is_empty() {
        return;
    }
    let Some((id, _)) = model.watch().and_then(|watch| watch.system.panel.get_index(panel)) else { return };
    let id = id.clone();
    model.focus = panel;
    if let Some(row) = row {
        model.cursor.insert(id, row);
    }
    model.redraw = Redraw::Now;
}

/// Takes the mouse, or leaves it to the terminal.
pub(super) fn toggle(model: &mut Model) -> Vec<Effect> {
    model.mouse = !model.mouse;
    let told = if model.mouse {
        "the mouse is used here; with Shift held most terminals select text"
    } else {
        "the mouse is left to the terminal"
    };
    super::toast(model, told.to_owned());
    vec![Effect::Mouse(model.mouse)]
}
