//! What is kept for the next start, what the last one left, and the way back: panels as they were, charts of a longer time.

use std::time::Duration;

use crate::app::command::Command;
use crate::app::{Effect, Model, Redraw, Screen};
use crate::base::{SignalKey, Status, SystemName};
use crate::signal::Past;
use crate::signal::past::{KEPT, millis};
use crate::watch::past::oldest;
use crate::watch::{Event, EventKind, Story, Then};

/// Between two batches.
const APART: Duration = Duration::from_secs(10);

/// One step back or forth, in milliseconds.
pub(super) const STEP: i64 = 60_000;
/// A long one.
pub(super) const STRIDE: i64 = 600_000;
/// What is nearer than this is now.
const NOW: i64 = 30_000;
/// Times that charts show, from short to long; `None` lets each fill itself.
const WINDOWS: [Option<Duration>; 6] = [
    Some(Duration::from_secs(300)),
    Some(Duration::from_secs(600)),
    None,
    Some(Duration::from_secs(3600)),
    Some(Duration::from_secs(2 * 3600)),
    Some(KEPT),
];

/// Shows the panels as they were, so much earlier or later than they are shown.
pub(super) fn walk(model: &mut Model, by: i64) {
    if model.screen != Screen::System || !model.overlays.is_empty() {
        super::toast(model, "only over the panels of a system".to_owned());
        return;
    }
    let now = model.now;
    let Some(watch) = model.watch() else { return };
    let shown = model.past.as_ref().map_or(millis(now.mono), |past| past.at);
    let first = oldest(watch).unwrap_or(i64::MAX);
    let wanted = shown.saturating_add(by);
    let at = wanted.max(first);
    if millis(now.mono).saturating_sub(at) < NOW {
        let why = if by < 0 { "nothing earlier is recorded yet" } else { "the panels show what is" };
        model.past = None;
        super::toast(model, why.to_owned());
        return;
    }
    if wanted < first && shown <= first {
        super::toast(model, "nothing earlier is recorded".to_owned());
        return;
    }
    model.past = Some(Box::new(Then::of(watch, at, now)));
}

/// Charts of a longer or a shorter time.
pub(super) fn widen(model: &mut Model, by: isize) {
    let at = WINDOWS.iter().position(|window| *window == model.window).unwrap_or(2);
    let next = at.saturating_add_signed(by).min(WINDOWS.len() - 1);
    model.window = WINDOWS[next];
    let told = match WINDOWS[next].map(|window| window.as_secs() / 60) {
        None => "charts show what they know, as far as there is room".to_owned(),
        Some(minutes) if minutes >= 60 => format!("charts show {} h", minutes / 60),
        Some(minutes) => format!("charts show {minutes} min"),
    };
    super::toast(model, told);
}

/// True where a command has to wait: it is about what is, and the panels show what was. Any other that leaves the panels
/// takes them back to now first.
pub(super) fn holds_back(model: &mut Model, command: Command) -> bool {
    if model.past.is_none() || !model.overlays.is_empty() {
        return false;
    }
    match command {
        Command::Open | Command::Actions | Command::Mark => {
            if let Some(why) = no_act(model) {
                super::toast(model, why);
            }
            return true;
        }
        Command::Runs
        | Command::Alerts
        | Command::Log
        | Command::Fleet
        | Command::JumpSystem
        | Command::NextSystem
        | Command::Runbook
        | Command::Runbooks
        | Command::Incident
        | Command::Incidents
        | Command::Faults => model.past = None,
        _ => {}
    }
    false
}

/// Why nothing can be done now: what would be acted on is not what is seen.
pub(super) fn no_act(model: &Model) -> Option<String> {
    model.past.as_ref()?;
    let key = model.keymap.shown(Command::Back);
    Some(format!("past is shown: {key} first, then act"))
}

/// What has changed, at once; and what is new of numbers since the last batch, when one is due.
pub(super) fn keep(model: &mut Model) -> Vec<Effect> {
    let turns = model.systems.iter_mut().map(|watch| (watch.system.name.clone(), watch.turns()));
    let changed = turns.filter(|(_, turns)| !turns.is_empty());
    let mut effects: Vec<Effect> = changed.map(|(system, turns)| Effect::KeepTurns { system, turns }).collect();
    if model.now.mono.since(model.kept) < APART {
        return effects;
    }
    let since = std::mem::replace(&mut model.kept, model.now.mono);
    let batches = model.systems.iter().map(|watch| (watch.system.name.clone(), watch.store.fresh(since)));
    let full = batches.filter(|(_, fresh)| !fresh.is_empty());
    effects.extend(full.map(|(system, fresh)| Effect::Keep { system, fresh }));
    effects
}

/// What earlier runs saw goes under what this one sees: into courses and the log, never into readings or the life of an
/// alert.
pub(super) fn restored(model: &mut Model, system: &SystemName, pasts: Vec<(SignalKey, Past)>, story: Story) {
    let now = model.now;
    let Some(watch) = model.systems.iter_mut().find(|watch| watch.system.name == *system) else { return };
    for (key, past) in pasts {
        watch.store.restore(&key, past);
    }
    watch.recall(story, now);
    model.redraw = model.redraw.max(Redraw::Soon);
}

/// Watching goes on; it is told on the screen, and stays in the events.
pub(super) fn not_kept(model: &mut Model, why: &str) {
    let text = format!("samples are not kept for the next start: {why}");
    for watch in &mut model.systems {
        let (at, text) = (model.now, text.clone());
        watch.log.push(Event::new(at, EventKind::Own, Status::Warning, text));
    }
    super::toast(model, text);
}
