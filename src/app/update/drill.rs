//! A drill goes on: after every message it is looked at what of it was seen. The keys know nothing of it.

use crate::action::Outcome;
use crate::app::drill::Drilling;
use crate::app::{About, Effect, Model, Overlay, Redraw, Screen};
use crate::base::{Now, Status};
use crate::incident::drill::Seen;
use crate::incident::{Event, Kind};
use crate::watch::{Watch, incident};

/// Takes in what is on the screen now. With a tick the fault breaks out, or passes, when its time has come.
pub(super) fn pass(model: &mut Model, ticked: bool) -> Vec<Effect> {
    let Some(mut drilling) = model.options.demo.as_mut().and_then(|demo| demo.drill.take()) else { return Vec::new() };
    let mut effects = Vec::new();
    if drilling.drill.over().is_none() {
        drilling.began.get_or_insert(model.now);
        look(&mut drilling, model);
        if ticked {
            effects.extend(fault(&mut drilling, model));
        }
        if drilling.drill.over().is_some() {
            finish(&mut drilling, model);
            model.overlays.push(Overlay::Drill { scroll: 0 });
            model.redraw = Redraw::Now;
        }
    }
    if let Some(demo) = &mut model.options.demo {
        demo.drill = Some(drilling);
    }
    effects
}

/// Ends a drill before its time; false where none goes on.
pub(super) fn leave(model: &mut Model) -> bool {
    let now = model.now;
    let Some(demo) = model.options.demo.as_mut().filter(|demo| demo.hides()) else { return false };
    let Some(mut drilling) = demo.drill.take() else { return false };
    let at = drilling.at(now);
    drilling.drill.absorb(at, Seen::Left);
    finish(&mut drilling, model);
    if let Some(demo) = &mut model.options.demo {
        demo.drill = Some(drilling);
    }
    model.overlays.push(Overlay::Drill { scroll: 0 });
    true
}

/// The system that it is about.
fn watched<'m>(drilling: &Drilling, model: &'m Model) -> Option<&'m Watch> {
    model.systems.iter().find(|watch| watch.system.name.as_str() == drilling.drill.task().system)
}

fn look(drilling: &mut Drilling, model: &Model) {
    let at = drilling.at(model.now);
    let task = drilling.drill.task();
    let mut simulated = model.options.demo.iter().flat_map(|demo| &demo.systems);
    if simulated.any(|own| own.system.as_str() == task.system && own.current == task.fault) {
        drilling.drill.absorb(at, Seen::Broke);
    } else if drilling.drill.broke().is_some() {
        drilling.drill.absorb(at, Seen::Healed);
    }
    hands(drilling, model);
    if let Some(watch) = watched(drilling, model) {
        system(drilling, watch, model);
    }
}

/// What whoever drills does.
fn hands(drilling: &mut Drilling, model: &Model) {
    let at = drilling.at(model.now);
    let system = drilling.drill.task().system.clone();
    let is_act =
        |overlay: &Overlay| matches!(overlay, Overlay::Confirm(dialog) if dialog.wanted.system.as_str() == system);
    if model.overlays.iter().any(is_act) {
        drilling.drill.absorb(at, Seen::Reacted);
    }
    let is_shown = model.watch().is_some_and(|watch| watch.system.name.as_str() == system);
    let is_ours = |overlay: &Overlay| matches!(overlay, Overlay::Ask(ask) if ask.about == About::OpenIncident);
    if is_shown && (model.screen == Screen::Incident || model.overlays.iter().any(is_ours)) {
        drilling.drill.absorb(at, Seen::Reacted);
    }
    if let Some((of, id)) = model.recovery.shown.as_ref().filter(|_| model.screen == Screen::Runbook) {
        drilling.drill.absorb(at, Seen::Runbook { system: of.to_string(), id: id.to_string() });
    }
    for (run, wanted) in &model.launched {
        if drilling.runs.insert(run.clone()) {
            let (run, system, action) = (run.to_string(), wanted.system.to_string(), wanted.action.to_string());
            drilling.drill.absorb(at, Seen::Began { run, system, action });
        }
        let ending = model.runs.get(run).and_then(|view| view.ending.as_ref());
        if ending.is_some_and(|ending| ending.outcome == Outcome::Refused) {
            drilling.drill.absorb(at, Seen::Refused { run: run.to_string() });
        }
    }
}

/// How its system looks, and what changed there.
fn system(drilling: &mut Drilling, watch: &Watch, model: &Model) {
    let (now, situation) = (model.now, &watch.situation);
    if drilling.drill.broke().is_none() {
        // what cannot be told while it starts is no trouble of its own
        drilling.before = if situation.starting { Status::Ok } else { situation.status };
    }
    let well = situation.status <= drilling.before;
    drilling.drill.absorb(drilling.at(now), Seen::Looked { well });
    let news = usize::try_from(watch.log.written().saturating_sub(drilling.logged)).unwrap_or(usize::MAX);
    drilling.logged = watch.log.written();
    if drilling.opened.is_some() {
        let events: Vec<_> = watch.log.iter().rev().take(news).collect();
        for logged in events.into_iter().rev() {
            if let Some(event) = incident::transition(watch, logged) {
                drilling.keep(event);
            }
        }
    } else if drilling.drill.shown().is_some() {
        let (opened, events) = incident::opening(watch, now);
        drilling.opened = Some((now, opened));
        drilling.fits = watch.diagnoses.first().map(|one| one.runbook.clone());
        for event in events {
            drilling.keep(event);
        }
    }
    diagnosis(drilling, watch, now);
}

/// Which runbook fits best, when that changes.
fn diagnosis(drilling: &mut Drilling, watch: &Watch, now: Now) {
    let best = watch.diagnoses.first().map(|one| &one.runbook);
    if drilling.drill.shown().is_some() && best.is_some() && drilling.fits.as_ref() != best {
        drilling.fits = best.cloned();
        drilling.keep(incident::diagnosed(&watch.diagnoses, now));
    }
}

/// The fault, when its time has come; its end, where it passes.
fn fault(drilling: &mut Drilling, model: &Model) -> Option<Effect> {
    let at = drilling.at(model.now);
    let task = drilling.drill.task();
    let passes = drilling.drill.broke().zip(drilling.lasts).is_some_and(|(broke, lasts)| at >= broke + lasts);
    let fault = match drilling.asked {
        [false, _] if at >= drilling.after => task.fault.clone(),
        [true, false] if passes => crate::app::demo::NONE.to_owned(),
        _ => return None,
    };
    let system = watched(drilling, model)?.system.name.clone();
    drilling.asked = [true, passes];
    Some(Effect::SetFault { system, fault })
}

/// The course of what decided, up to the end.
fn finish(drilling: &mut Drilling, model: &Model) {
    let Some(watch) = watched(drilling, model) else { return };
    let signal = |event: &Event| match &event.kind {
        Kind::Samples(course) => course.signal.parse().ok(),
        _ => None,
    };
    let keys: Vec<_> = drilling.events.iter().filter_map(signal).collect();
    for event in incident::courses(watch, &keys, model.now) {
        drilling.keep(event);
    }
}
