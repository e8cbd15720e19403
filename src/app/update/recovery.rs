//! Guided recovery: runbooks that are opened and walked, and the incidents that remember it. Nothing runs here and nothing
//! is written: the effects ask for it.

mod ask;
mod incident;
mod pass;
mod record;
mod show;
mod step;
mod text;

pub(super) use ask::{key as ask_key, paste as ask_paste};
pub(super) use incident::{close, mitigated, note, offer, open_or_show, report, severity, show as show_incident};
pub(super) use pass::{acted, began, checked, confirmed, look, not_started, waits};
pub(super) use record::{
    follow, not_read as incidents_not_read, not_recorded, read as incidents_read, reread, told, written_elsewhere,
};
pub(super) use show::{open_book, runbook, runbooks};
pub(super) use step::{copy, enter, pick, skip, take as choose_way};
pub(super) use text::{TO_COPY, handover, key as text_key, notice, read_line, show as show_text};

use crate::app::model::{About, Ask};
use crate::app::recovery::desk;
use crate::app::{Input, Model, Overlay};
use crate::base::SystemName;

/// Asks for a line.
fn ask(model: &mut Model, about: About, title: impl Into<String>, why: Vec<String>, text: &str) {
    let input = Input { text: text.to_owned() };
    let ask = Ask { about, title: title.into(), why, input, note: None, since: model.now.mono };
    model.overlays.push(Overlay::Ask(Box::new(ask)));
}

/// True while it is not known what earlier runs did, which is told.
fn is_early(model: &mut Model) -> bool {
    let awaited = model.recovery.desk.awaited;
    if awaited {
        super::toast(model, desk::AWAITED.to_owned());
    }
    awaited
}

/// True where another dashboard writes the open incident of a system: what is done about it is done there. That is told.
fn is_elsewhere(model: &mut Model, name: &SystemName) -> bool {
    let desk = &model.recovery.desk;
    let writer = desk.open_of(name).and_then(|open| desk.writer(&open.id));
    let Some(by) = writer.map(str::to_owned) else { return false };
    super::toast(model, format!("{by} goes on with this incident: write a note, or end that dashboard"));
    true
}

/// True where nothing may be done or written, which is told.
fn is_read_only(model: &mut Model) -> bool {
    if model.options.read_only {
        super::toast(model, crate::app::act::menu::READ_ONLY.to_owned());
    }
    model.options.read_only
}
