//! Acting: from a wish to a preview, from a confirmation to a run, and what runs tell. Nothing runs here: the effects ask
//! for it, and the runner's guard decides anew.

mod dialog;
mod run;
mod wish;

pub(super) use dialog::{key, paste};
pub(super) use run::{key as run_key, open as open_run};
pub(super) use wish::{begin, begin_step, toggle_mark};

use crate::action::{Outcome, Preview, RunEvent, RunId, RunView};
use crate::app::act::menu::RunRow;
use crate::app::act::{CLOSES_AFTER, Dialog, READS_FOR, STARTS_FOR, Stage};
use crate::app::update::recovery;
use crate::app::{Effect, Model, Overlay, Redraw, RunSeen};
use crate::base::{ActionId, Mono, State, Status, SystemName};
use crate::watch::{Event, EventKind};

/// Most runs kept.
const MOST: usize = 50;

/// A preview came.
pub(super) fn planned(model: &mut Model, system: &SystemName, action: &ActionId, preview: Box<Preview>) -> Vec<Effect> {
    if answered(model, system, action) {
        let was = shown_state(model, system, &preview);
        let now = model.now.mono;
        if let Some(dialog) = reading(model, system, action) {
            dialog.enter(Stage::Shown { preview, was, changed: None }, now);
        }
        model.redraw = Redraw::Now;
    }
    Vec::new()
}

/// What may be confirmed is on the terminal since then, not since it was drawn.
pub(super) fn seen_since(model: &mut Model, at: Mono) {
    if model.confirming().is_some()
        && let Some(dialog) = dialog_of(model)
    {
        dialog.since = dialog.since.max(at);
    }
}

/// No preview could be made, or no run of it.
pub(super) fn not_planned(model: &mut Model, system: &SystemName, action: &ActionId, why: &str) -> Vec<Effect> {
    let now = model.now.mono;
    let mut effects = Vec::new();
    if let Some(dialog) = dialog_of(model).filter(|dialog| is_starting(dialog, system)) {
        dialog.enter(Stage::Failed(why.to_owned()), now);
        let step = dialog.step.clone();
        // a dialog that no step opened has none to tell
        effects = step.map(|step| recovery::not_started(model, &step, why)).unwrap_or_default();
    } else if !model.plans.contains_key(&(system.clone(), action.clone())) {
        // nobody asks for a preview: it is a run that cannot be followed
        super::toast(model, format!("{action}: {why}"));
    } else if answered(model, system, action)
        && let Some(dialog) = reading(model, system, action)
    {
        dialog.enter(Stage::Failed(why.to_owned()), now);
    }
    model.redraw = Redraw::Now;
    effects
}

/// Something outside failed: a dialog that waits for its runner learns of it.
pub(super) fn failed(model: &mut Model, text: &str) {
    let now = model.now.mono;
    if let Some(dialog) = dialog_of(model).filter(|dialog| matches!(dialog.stage, Stage::Starting(_))) {
        dialog.enter(Stage::Failed(text.to_owned()), now);
    }
}

/// The runner of a confirmed action began: its dialog gives way to the run.
pub(super) fn began(model: &mut Model, system: &SystemName, run: &RunId) -> Vec<Effect> {
    keep(model, run);
    model.redraw = Redraw::Now;
    if !dialog_of(model).is_some_and(|dialog| is_starting(dialog, system)) {
        return Vec::new();
    }
    let Some(Overlay::Confirm(dialog)) = model.overlays.pop() else { return Vec::new() };
    if let Stage::Starting(preview) = dialog.stage {
        let text = format!("{} confirmed, run {}", preview.title, run.short());
        log(model, system, &dialog.wanted.action, Status::Ok, text);
        keep(model, run).preview = Some(preview);
    }
    model.launched.insert(run.clone(), dialog.wanted);
    model.overlays.push(Overlay::Run { run: run.clone(), scroll: 0, asked: false });
    // a run that no step began asks for nothing more
    dialog.step.map(|step| recovery::began(model, &step, run)).unwrap_or_default()
}

/// A run told something.
pub(super) fn told(model: &mut Model, run: &RunId, event: RunEvent) -> Vec<Effect> {
    let ended = matches!(event, RunEvent::Ended(_));
    let line = matches!(event, RunEvent::Line { .. });
    let over_before = model.runs.get(run).is_some_and(|view| view.ending.is_some());
    keep(model, run).absorb(event);
    if let Some(Overlay::Run { run: shown, scroll, asked }) = model.overlays.last_mut()
        && shown == run
    {
        // what is being read stays where it is while lines come; the end is shown from its top
        if ended {
            (*scroll, *asked) = (0, false);
        } else if line && *scroll > 0 {
            *scroll += 1;
        }
    }
    let mut effects = Vec::new();
    if ended && !over_before {
        log_end(model, run);
        effects.extend(recovery::acted(model, run));
        // what it came to is seen on the panels as well, without waiting for the next poll
        let row = RunRow { run, view: model.runs.get(run), seen: model.runs_seen.iter().find(|seen| seen.run == *run) };
        let system = row.system().and_then(|name| model.systems.iter().find(|own| own.system.name.as_str() == name));
        effects.extend(system.map(|watch| Effect::PollNow(watch.system.name.clone())));
    }
    model.redraw = model.redraw.max(if line { Redraw::Soon } else { Redraw::Now });
    if is_shown(model, run) {
        model.redraw = Redraw::Now;
    }
    effects
}

/// The journal's runs without an end. One whose end nobody saw is told once: it stays until it was looked at.
pub(super) fn seen(model: &mut Model, mut seen: Vec<RunSeen>) -> Vec<Effect> {
    let gone = |old: &&RunSeen| !old.live && !seen.iter().any(|new| new.run == old.run);
    let unknown: Vec<RunSeen> = model.runs_seen.iter().filter(gone).cloned().collect();
    let surplus = unknown.len().saturating_sub(MOST);
    seen.extend(unknown.into_iter().skip(surplus));
    let news: Vec<RunSeen> = seen
        .iter()
        .filter(|new| !model.runs_seen.iter().any(|old| old.run == new.run) && !model.runs.contains_key(&new.run))
        .cloned()
        .collect();
    for new in news {
        let (status, text) = if new.live {
            (Status::Ok, format!("{} runs {} on {}", new.who, new.action, new.target))
        } else {
            (Status::Unknown, format!("{} on {}: nobody saw the end of {}", new.action, new.target, new.run.short()))
        };
        if let Ok(action) = ActionId::new(&new.action) {
            log(model, &new.system, &action, status, text);
        }
    }
    if model.runs_seen != seen {
        model.redraw = Redraw::Now;
    }
    model.runs_seen = seen;
    Vec::new()
}

/// Time passed or readings came: what is shown may not be so any more, and nobody may be there.
pub(super) fn pass(model: &mut Model) {
    let now = model.now.mono;
    let Some(dialog) = dialog_of(model) else { return };
    let waited = now.since(dialog.since);
    match &dialog.stage {
        Stage::Shown { .. } if waited >= CLOSES_AFTER => {
            model.overlays.pop();
            super::toast(model, "closed: nobody confirmed within 60 s".to_owned());
        }
        Stage::Reading if waited >= READS_FOR => {
            dialog.enter(Stage::Failed(format!("no answer within {} s", READS_FOR.as_secs())), now);
        }
        Stage::Starting(_) if waited >= STARTS_FOR => {
            let why = "its runner has not answered: look at the runs before you try again";
            dialog.enter(Stage::Failed(why.to_owned()), now);
        }
        Stage::Shown { changed: None, .. } => changes(model),
        _ => {}
    }
}

/// Tells in the dialog when its target is not as it was shown.
fn changes(model: &mut Model) {
    let Some(Overlay::Confirm(dialog)) = model.overlays.last() else { return };
    let Stage::Shown { preview, was: Some(was), .. } = &dialog.stage else { return };
    let Some(is) = state_of(model, &dialog.wanted.system, preview, Some(dialog.since)) else { return };
    if is == *was {
        return;
    }
    let what = format!("{} was {was}, now {is}", preview.target);
    if let Some(dialog) = dialog_of(model)
        && let Stage::Shown { changed, .. } = &mut dialog.stage
    {
        *changed = Some(what);
        dialog.typed.text.clear();
        dialog.note = None;
        model.redraw = Redraw::Now;
    }
}

/// How the target was when the preview was made: as the preview itself has it, else as it is known here.
fn shown_state(model: &Model, system: &SystemName, preview: &Preview) -> Option<State> {
    let watch = model.systems.iter().find(|watch| watch.system.name == *system);
    let id = watch.and_then(|watch| watch.components.keys().find(|id| id.as_str() == preview.target));
    let title = watch.zip(id).map(|(watch, id)| watch.system.component_title(id));
    let pictured = preview.picture.iter().find(|(label, _)| *label == preview.target || title == Some(label.as_str()));
    let states = [State::Up, State::Degraded, State::Down, State::Unknown];
    let told = pictured.and_then(|(_, state)| states.into_iter().find(|known| known.word() == state));
    told.or_else(|| state_of(model, system, preview, None))
}

/// How the target is, where it is a component; with `after`, only if it was polled since.
fn state_of(model: &Model, system: &SystemName, preview: &Preview, after: Option<crate::base::Mono>) -> Option<State> {
    let watch = model.systems.iter().find(|watch| watch.system.name == *system)?;
    let (_, component) = watch.components.iter().find(|(id, _)| id.as_str() == preview.target)?;
    component.polled.filter(|polled| after.is_none_or(|after| *polled > after)).map(|_| component.state)
}

/// Counts an answer to a question for a preview; true for the answer to the last one.
fn answered(model: &mut Model, system: &SystemName, action: &ActionId) -> bool {
    let key = (system.clone(), action.clone());
    let Some(open) = model.plans.get_mut(&key) else { return true };
    *open = open.saturating_sub(1);
    if *open > 0 {
        return false;
    }
    model.plans.remove(&key);
    true
}

fn dialog_of(model: &mut Model) -> Option<&mut Dialog> {
    match model.overlays.last_mut() {
        Some(Overlay::Confirm(dialog)) => Some(dialog),
        _ => None,
    }
}

fn reading<'m>(model: &'m mut Model, system: &SystemName, action: &ActionId) -> Option<&'m mut Dialog> {
    dialog_of(model).filter(|dialog| {
        matches!(dialog.stage, Stage::Reading) && dialog.wanted.system == *system && dialog.wanted.action == *action
    })
}

fn is_starting(dialog: &Dialog, system: &SystemName) -> bool {
    matches!(dialog.stage, Stage::Starting(_)) && dialog.wanted.system == *system
}

fn is_shown(model: &Model, run: &RunId) -> bool {
    model.overlays.iter().any(|overlay| matches!(overlay, Overlay::Run { run: shown, .. } if shown == run))
}

/// The view of a run, made where there is none; the oldest goes when there are too many.
fn keep<'m>(model: &'m mut Model, run: &RunId) -> &'m mut RunView {
    if !model.runs.contains_key(run) && model.runs.len() == MOST {
        // one that is over, where there is one
        let oldest = model.runs.values().position(|view| view.ending.is_some()).unwrap_or(0);
        if let Some((gone, _)) = model.runs.shift_remove_index(oldest) {
            model.launched.remove(&gone);
        }
    }
    model.runs.entry(run.clone()).or_insert_with(|| RunView::new(run.clone()))
}

/// A line in the events for the end of a run.
fn log_end(model: &mut Model, run: &RunId) {
    let Some((view, ending)) = model.runs.get(run).and_then(|view| Some((view, view.ending.as_ref()?))) else { return };
    let row = RunRow { run, view: Some(view), seen: model.runs_seen.iter().find(|seen| seen.run == *run) };
    let named = |name: &str| SystemName::new(name).ok();
    let action = view.preview.as_ref().map(|preview| preview.action.as_str()).or(row.seen.map(|s| s.action.as_str()));
    let Some((system, action)) = row.system().and_then(named).zip(action.and_then(|id| ActionId::new(id).ok())) else {
        return;
    };
    let status = match ending.outcome {
        Outcome::Verified => Status::Ok,
        Outcome::Refused | Outcome::Cancelled | Outcome::NotVerified | Outcome::Failed | Outcome::TimedOut => {
            Status::Warning
        }
        Outcome::Unknown => Status::Unknown,
    };
    let why = if ending.reason.is_empty() { &ending.evidence } else { &ending.reason };
    let told = if why.is_empty() { String::new() } else { format!(": {why}") };
    let text = format!("{} {}{told}", row.action(), ending.outcome.word().replace('_', " "));
    log(model, &system, &action, status, text);
}

fn log(model: &mut Model, system: &SystemName, action: &ActionId, status: Status, text: String) {
    let at = model.now;
    if let Some(watch) = model.systems.iter_mut().find(|watch| watch.system.name == *system) {
        watch.log.push(Event::new(at, EventKind::Action(action.clone()), status, text));
    }
}
