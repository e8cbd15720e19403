//! What previews and runs bring into the state.

use crate::action::{Preview, RunEvent, RunId, RunView};
use crate::app::{Effect, Model, Redraw, RunSeen};
use crate::base::{ActionId, SystemName};

/// Most runs kept.
const MOST: usize = 50;

/// A preview came.
pub(super) fn planned(model: &mut Model, _: &SystemName, action: &ActionId, preview: Box<Preview>) -> Vec<Effect> {
    super::toast(model, format!("{action}: {}", preview.refusal.unwrap_or(preview.call)));
    Vec::new()
}

/// No preview could be made.
pub(super) fn not_planned(model: &mut Model, _: &SystemName, action: &ActionId, why: &str) -> Vec<Effect> {
    super::toast(model, format!("{action}: {why}"));
    Vec::new()
}

/// The runner of a confirmed action began.
pub(super) fn began(model: &mut Model, _: &SystemName, run: &RunId) -> Vec<Effect> {
    keep(model, run);
    model.redraw = Redraw::Now;
    Vec::new()
}

/// A run told something.
pub(super) fn told(model: &mut Model, run: &RunId, event: RunEvent) -> Vec<Effect> {
    keep(model, run).absorb(event);
    model.redraw = Redraw::Now;
    Vec::new()
}

/// The journal's runs without an end.
pub(super) fn seen(model: &mut Model, seen: Vec<RunSeen>) -> Vec<Effect> {
    model.runs_seen = seen;
    model.redraw = model.redraw.max(Redraw::Soon);
    Vec::new()
}

/// The view of a run, made where there is none; the oldest goes when there are too many.
fn keep<'a>(model: &'a mut Model, run: &RunId) -> &'a mut RunView {
    if !model.runs.contains_key(run) && model.runs.len() == MOST {
        model.runs.shift_remove_index(0);
    }
    model.runs.entry(run.clone()).or_insert_with(|| RunView::new(run.clone()))
}
