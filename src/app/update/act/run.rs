//! The keys of a run that is looked at. It belongs to its runner: closing the view ends nothing, cancelling asks.

use crate::action::{Outcome, RunId, guard};
use crate::app::key::Code;
use crate::app::update::recovery;
use crate::app::{Effect, Key, Model, Overlay};

use super::wish;

/// A key while a run is looked at; `None` leaves it to the keymap.
pub(in crate::app::update) fn key(model: &mut Model, key: Key) -> Option<Vec<Effect>> {
    let Some(Overlay::Run { run, asked, .. }) = model.overlays.last_mut() else { return None };
    let run = run.clone();
    if std::mem::take(asked) {
        return Some(if key == Key::char('y') { cancel(model, run) } else { Vec::new() });
    }
    let over = model.runs.get(&run).and_then(|view| view.ending.as_ref());
    match key.code {
        Code::Char('c') if !key.ctrl && !key.alt => {
            if over.is_some() {
                super::super::toast(model, "this run has ended: there is nothing to cancel".to_owned());
            } else if let Some(Overlay::Run { asked, .. }) = model.overlays.last_mut() {
                *asked = true;
            }
            Some(Vec::new())
        }
        // what has ended was read: the key that goes on through a walk goes on here too
        Code::Enter if over.is_some() => {
            model.overlays.pop();
            Some(Vec::new())
        }
        Code::Char('r') if !key.ctrl && !key.alt => {
            let ending = over.filter(|ending| ending.outcome == Outcome::Refused)?;
            let ask = guard::asks_reason(&ending.reason);
            let wanted = model.launched.get(&run)?.clone();
            if model.options.read_only {
                return Some(Vec::new());
            }
            model.overlays.pop();
            let step = recovery::waits(model, &run);
            Some(wish::again(model, wanted, ask, step))
        }
        _ => None,
    }
}

fn cancel(model: &mut Model, run: RunId) -> Vec<Effect> {
    if model.options.read_only {
        super::super::toast(model, crate::app::act::menu::READ_ONLY.to_owned());
        return Vec::new();
    }
    super::super::toast(model, format!("asked run {} to end", run.short()));
    vec![Effect::CancelRun(run)]
}

/// Shows a run; one that is not followed yet is attached to.
pub(in crate::app::update) fn open(model: &mut Model, run: RunId) -> Vec<Effect> {
    let known = model.runs.contains_key(&run);
    super::keep(model, &run);
    model.overlays.push(Overlay::Run { run: run.clone(), scroll: 0, asked: false });
    if known { Vec::new() } else { vec![Effect::FollowRun(run)] }
}
