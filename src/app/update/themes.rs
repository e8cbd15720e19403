//! The list of themes: the one under the cursor is shown at once, Enter keeps it until the program is left, and closing
//! the list is going back. Nothing is ever written.

use crate::app::themes::Choice;
use crate::app::update::toast;
use crate::app::{Effect, Model, Overlay, Redraw};

/// Opens the list, or closes it.
pub(super) fn toggle(model: &mut Model) -> Vec<Effect> {
    if matches!(model.overlays.last(), Some(Overlay::Themes { .. })) {
        model.overlays.pop();
        return Vec::new();
    }
    model.themes.all.clear();
    model.overlays.push(Overlay::Themes { selected: 0 });
    vec![Effect::ListThemes]
}

/// The themes there are: the cursor stands on the one that is shown.
pub(super) fn listed(model: &mut Model, all: Vec<Choice>) {
    let kept = all.iter().position(|choice| choice.name == model.themes.kept).unwrap_or(0);
    model.themes.all = all;
    if let Some(Overlay::Themes { selected }) = model.overlays.last_mut() {
        *selected = kept;
    }
    model.redraw = Redraw::Now;
}

/// Keeps the theme under the cursor.
pub(super) fn keep(model: &mut Model) {
    let Some(Overlay::Themes { selected }) = model.overlays.last() else { return };
    let Some(choice) = model.themes.all.get(*selected) else { return };
    if let Some(trouble) = choice.trouble.clone() {
        toast(model, trouble);
        return;
    }
    let name = choice.name.clone();
    toast(model, format!("--theme {name} starts with it"));
    model.themes.kept = name;
    model.themes.asked = None;
    model.trouble.theme = None;
    model.overlays.pop();
}

/// The terminal tells whether it is bright.
pub(super) fn ground(model: &mut Model, light: bool) {
    if model.themes.told(light, model.now.mono) {
        model.redraw = Redraw::Now;
    }
}
