//! Texts of an incident for others: the notice and the hand-over, shown to be read and copied. The report is written by its
//! own effect, and shown here as well.

use crate::app::{Command, Effect, Key, Model, Overlay, Redraw};
use crate::incident::notice as outside;
use crate::watch::incident::open_alerts;

use super::incident;

/// What stands above a text that no file holds.
pub(in crate::app::update) const TO_COPY: &str = "y copies it";

/// Shows a text.
pub(in crate::app::update) fn show(model: &mut Model, title: &'static str, note: String, text: String) {
    model.overlays.push(Overlay::Text { title, note, text, scroll: 0 });
    model.redraw = Redraw::Now;
}

/// Shows the notice of the incident that is meant.
pub(in crate::app::update) fn notice(model: &mut Model) -> Vec<Effect> {
    let Some(incident) = incident::about(model).and_then(|id| model.recovery.desk.get(&id)) else {
        incident::none_open(model);
        return Vec::new();
    };
    let known = model.systems.iter().find(|watch| watch.system.name.as_str() == incident.system);
    let title = known.map_or(incident.system.as_str(), |watch| watch.system.title.as_str());
    let text = outside::render(incident, title, model.now.wall);
    show(model, "Outage notice", TO_COPY.to_owned(), text);
    Vec::new()
}

/// Shows the selected line of the timeline whole.
pub(in crate::app::update) fn read_line(model: &mut Model) {
    let Some(incident) = model.recovery.desk.shown() else { return };
    // the newest stands first
    let last = incident.timeline.len().saturating_sub(1);
    let Some(line) = incident.timeline.get(last.saturating_sub(model.list_cursor)) else { return };
    let note = format!("{} by {}", line.at.strftime("%Y-%m-%d %H:%M:%S UTC"), line.by);
    let text = line.words.clone();
    show(model, "What happened", note, text);
}

/// Asks for the hand-over, with what fires now.
pub(in crate::app::update) fn handover(model: &mut Model) -> Vec<Effect> {
    vec![Effect::Handover(model.systems.iter().flat_map(open_alerts).collect())]
}

/// The key that copies a text that is shown; `None` leaves it to the keymap.
pub(in crate::app::update) fn key(model: &mut Model, key: Key) -> Option<Vec<Effect>> {
    let Some(Overlay::Text { title, text, .. }) = model.overlays.last() else { return None };
    if !model.keymap.keys(Command::CopySource).any(|own| own == key) {
        return None;
    }
    Some(vec![Effect::Copy { what: format!("the {}", title.to_lowercase()), text: text.clone() }])
}
