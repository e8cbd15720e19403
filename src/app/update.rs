//! How the state changes. One function per kind of message; time is an argument.

mod act;
mod command;
mod drill;
mod input;
mod mouse;
mod past;
mod recovery;
mod settings;
mod themes;
mod wall;

use std::sync::Arc;
use std::time::Duration;

use crate::app::msg::Report;
use crate::app::{Effect, Model, Msg, Redraw, Screen, notices};
use crate::base::Now;

/// How long a toast stays.
const TOAST: Duration = Duration::from_secs(6);

/// Takes one message in and returns what is to be done outside.
pub fn update(model: &mut Model, msg: Msg, now: Now) -> Vec<Effect> {
    let before = std::mem::replace(&mut model.now, now);
    let (ticked, reported) = (matches!(msg, Msg::Tick), matches!(msg, Msg::Reports(_)));
    let mut effects = taken(model, msg, now);
    effects.extend(wall::redraw(model, before));
    effects.extend(drill::pass(model, ticked));
    if ticked || reported {
        effects.extend(notices::pass(model));
    }
    effects
}

fn taken(model: &mut Model, msg: Msg, now: Now) -> Vec<Effect> {
    match msg {
        Msg::Key(key) => {
            model.redraw = Redraw::Now;
            model.clicked = None;
            if model.options.wall { wall::key(model, key) } else { input::key(model, key) }
        }
        Msg::Paste(text) => {
            model.redraw = Redraw::Now;
            if !model.options.wall {
                input::paste(model, &text);
            }
            Vec::new()
        }
        Msg::Mouse(mouse) => {
            mouse::moved(model, mouse);
            Vec::new()
        }
        Msg::Seen(at) => {
            act::seen_since(model, at);
            Vec::new()
        }
        Msg::Pointed(spot) => mouse::pointed(model, spot),
        Msg::Resize(columns, rows) => {
            model.size = (columns, rows);
            model.redraw = Redraw::Now;
            Vec::new()
        }
        Msg::Tick => {
            tick(model, now);
            let mut effects = past::keep(model);
            effects.extend(passed(model));
            effects
        }
        Msg::Reports(reports) => {
            // while paused the screen stays what it was: a poll under way when it was pressed is not taken in
            if !model.paused {
                absorb(model, reports, now);
            }
            // until somebody has touched a key, the worst is what Enter opens
            if model.screen == Screen::Fleet && model.pressed.is_none() {
                model.list_cursor = model.worst_first().first().copied().unwrap_or(0);
            }
            act::pass(model);
            passed(model)
        }
        Msg::FaultSet { system, fault } => {
            if let Some(demo) = &mut model.options.demo {
                let hides = demo.hides();
                let told = demo.switched(&system, &fault);
                if !hides {
                    toast(model, told);
                }
            }
            Vec::new()
        }
        Msg::Ground { light } => {
            themes::ground(model, light);
            Vec::new()
        }
        Msg::Settings(news) => settings::taken(model, news),
        Msg::Paced(systems) => {
            for watch in &mut model.systems {
                if let Some(paced) = systems.iter().find(|paced| paced.name == watch.system.name) {
                    watch.keep_pace(Arc::clone(paced));
                }
            }
            Vec::new()
        }
        Msg::Link { slow } => {
            model.slow = slow;
            model.redraw = Redraw::Now;
            Vec::new()
        }
        Msg::Themes(all) => {
            themes::listed(model, all);
            Vec::new()
        }
        Msg::Resumed => {
            model.redraw = Redraw::Now;
            vec![Effect::Redraw]
        }
        Msg::Told(text) => {
            toast(model, text);
            Vec::new()
        }
        Msg::Failed(text) => {
            act::failed(model, &text);
            toast(model, text);
            Vec::new()
        }
        Msg::Restored { system, pasts, story } => {
            past::restored(model, &system, pasts, *story);
            Vec::new()
        }
        Msg::NotKept(why) => {
            past::not_kept(model, &why);
            Vec::new()
        }
        Msg::Planned { system, action, preview } => act::planned(model, &system, &action, preview),
        Msg::NotPlanned { system, action, why } => act::not_planned(model, &system, &action, &why),
        Msg::RunBegan { system, run } => act::began(model, &system, &run),
        Msg::RunTold(run, event) => act::told(model, &run, event),
        Msg::RunsSeen(seen) => act::seen(model, seen),
        Msg::Checked { book, n, outcome } => recovery::checked(model, &book, n, outcome),
        Msg::IncidentsRead(all) => recovery::incidents_read(model, all),
        Msg::IncidentsNotRead(why) => {
            recovery::incidents_not_read(model, why);
            Vec::new()
        }
        Msg::IncidentTold(incident) => {
            recovery::told(model, *incident);
            Vec::new()
        }
        Msg::NotRecorded { system, foreign, why } => {
            recovery::not_recorded(model, &system, foreign, &why);
            Vec::new()
        }
        Msg::ReportWritten { path, text } => {
            recovery::show_text(model, "Incident report", format!("written to {path}"), text);
            Vec::new()
        }
        Msg::HandoverMade(text) => {
            recovery::show_text(model, "Hand-over", recovery::TO_COPY.to_owned(), text);
            Vec::new()
        }
        Msg::WrittenElsewhere(writers) => {
            recovery::written_elsewhere(model, writers);
            Vec::new()
        }
    }
}

fn absorb(model: &mut Model, reports: Vec<Report>, now: Now) {
    let mut rest = reports;
    for watch in &mut model.systems {
        let (own, others): (Vec<_>, Vec<_>) = rest.into_iter().partition(|(name, _)| *name == watch.system.name);
        rest = others;
        if !own.is_empty() {
            let news = watch.absorb_all(own.into_iter().map(|(_, report)| *report), now) || watch.situation.starting;
            model.redraw = model.redraw.max(if news { Redraw::Now } else { Redraw::Soon });
        }
    }
}

fn tick(model: &mut Model, now: Now) {
    for watch in &mut model.systems {
        watch.tick(now);
    }
    if model.toast.as_ref().is_some_and(|(_, at)| now.mono.since(*at) > TOAST) {
        model.toast = None;
    }
    act::pass(model);
    model.redraw = model.redraw.max(Redraw::Soon);
}

/// Steps that wait for samples, and incidents that are told what changed.
fn passed(model: &mut Model) -> Vec<Effect> {
    recovery::offer(model);
    let mut effects = recovery::look(model);
    effects.extend(recovery::follow(model));
    effects.extend(recovery::reread(model));
    effects
}

/// Shows a line for a while.
pub(super) fn toast(model: &mut Model, text: String) {
    model.toast = Some((text, model.now.mono));
    model.redraw = Redraw::Now;
}

#[cfg(test)]
mod tests;
