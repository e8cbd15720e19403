//! The mouse as an extra: the wheel moves what the keys would move, a press focuses a panel and selects a row, a second one
//! opens it. It never confirms anything.

use crate::app::msg::{Mouse, Spot};
use crate::app::update::{command, input};
use crate::app::{Command, Effect, Model, Overlay, Redraw, Screen};

/// Rows of one step of the wheel.
const STEP: isize = 3;

/// The wheel was turned. A press comes as the spot that was pressed.
pub(super) fn moved(model: &mut Model, mouse: Mouse) {
    let Mouse::Wheel(steps) = mouse else { return };
    let is_typing = matches!(model.overlays.last(), Some(Overlay::Confirm(_) | Overlay::Ask(_)));
    if model.mouse && !is_typing {
        model.clicked = None;
        command::scroll(model, steps.saturating_mul(STEP));
        model.redraw = Redraw::Now;
    }
}

/// A spot was pressed. The first press selects, the second on the same spot opens, as Enter would.
pub(super) fn pointed(model: &mut Model, spot: Spot) -> Vec<Effect> {
    if !model.mouse {
        return Vec::new();
    }
    let again = model.clicked.replace(spot) == Some(spot);
    model.redraw = Redraw::Now;
    let was_selected = match spot {
        Spot::Panel { panel, row } => focus(model, panel, row),
        Spot::Row(row) => select(model, row),
    };
    if !(again && was_selected) {
        return Vec::new();
    }
    model.clicked = None;
    match model.overlays.last() {
        Some(Overlay::Palette { .. }) => input::choose(model),
        _ => command::run(model, Command::Open),
    }
}

/// Focuses a panel and selects a row of it; true where that was selected already.
fn focus(model: &mut Model, panel: usize, row: Option<usize>) -> bool {
    if model.screen != Screen::System || !model.overlays.is_empty() {
        return false;
    }
    let Some((id, _)) = model.watch().and_then(|watch| watch.system.panel.get_index(panel)) else { return false };
    let id = id.clone();
    let was = std::mem::replace(&mut model.focus, panel);
    let Some(row) = row else { return false };
    was == panel && model.cursor.insert(id, row).unwrap_or(0) == row
}

/// Selects a row of the list that is on top; true where it was selected already.
fn select(model: &mut Model, row: usize) -> bool {
    let place = match model.overlays.last_mut() {
        Some(Overlay::Palette { selected, .. } | Overlay::Runs { selected }) => selected,
        Some(_) => return false,
        None => &mut model.list_cursor,
    };
    std::mem::replace(place, row) == row
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
