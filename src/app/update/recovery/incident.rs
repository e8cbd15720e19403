//! Incidents: shown, opened, noted, closed, reported. What is written into them is `record`'s.

use crate::app::model::About;
use crate::app::{Command, Effect, Model, Screen};
use crate::base::{Severity, Status, SystemName};
use crate::incident::{Closing, Incident, IncidentId, Kind};
use crate::watch::Watch;
use crate::watch::incident as facts;

use super::record::{self, write};
use super::{ask, is_early, is_elsewhere, is_read_only};

/// Shows the open incident of the system, else asks for the title of a new one.
pub(in crate::app::update) fn open_or_show(model: &mut Model) -> Vec<Effect> {
    let Some(watch) = model.watch().filter(|_| !matches!(model.screen, Screen::First | Screen::Fleet)) else {
        super::super::toast(model, "open a system first: Enter".to_owned());
        return Vec::new();
    };
    let name = watch.system.name.clone();
    if model.screen == Screen::Incident && model.overlays.is_empty() {
        model.screen = Screen::System;
        return Vec::new();
    }
    if let Some(open) = model.recovery.desk.open_of(&name) {
        let id = open.id.clone();
        show(model, &id);
        return vec![Effect::ReadIncidents];
    }
    let (opened, _) = facts::opening(watch, model.now);
    if is_early(model) || model.recovery.desk.writes(&name) || is_read_only(model) {
        return Vec::new();
    }
    let mut why = vec![format!("{}, {}", opened.system, opened.severity)];
    if !opened.rules.is_empty() {
        why.push(format!("fires: {}", opened.rules.join(", ")));
    }
    why.push("from then on this dashboard writes down what changes".to_owned());
    ask(model, About::OpenIncident, "Open an incident: its title", why, &opened.title);
    Vec::new()
}

/// Shows one.
pub(in crate::app::update) fn show(model: &mut Model, id: &IncidentId) {
    model.recovery.desk.shown = Some(id.clone());
    model.screen = Screen::Incident;
    model.overlays.clear();
    model.list_cursor = 0;
}

/// Opens one under a title.
pub(super) fn open(model: &mut Model, title: String) -> Vec<Effect> {
    let Some(name) = model.watch().map(|watch| watch.system.name.clone()) else { return Vec::new() };
    model.recovery.desk.shown = None;
    model.screen = Screen::Incident;
    record::begin(model, &name, Some(title), None)
}

/// Asks for a note.
pub(in crate::app::update) fn note(model: &mut Model) -> Vec<Effect> {
    match about(model) {
        Some(id) if !is_read_only(model) => {
            ask(model, About::Note(id), "Note", vec!["it goes into the record as it stands".to_owned()], "");
        }
        Some(_) => {}
        None => none_open(model),
    }
    Vec::new()
}

/// The incident that is meant here: the one on the screen, or the open one of the walk's system.
pub(super) fn about(model: &Model) -> Option<IncidentId> {
    let desk = &model.recovery.desk;
    let here = model.watch().and_then(|watch| desk.open_of(&watch.system.name));
    let meant = if model.screen == Screen::Incident { desk.shown().or(here) } else { here };
    meant.map(|incident| incident.id.clone())
}

pub(super) fn none_open(model: &mut Model) {
    if is_early(model) {
        return;
    }
    let key = model.keymap.told(Command::Incident);
    super::super::toast(model, format!("no incident is open: {key} opens one"));
}

/// A note was typed.
pub(super) fn noted(model: &mut Model, id: &IncidentId, text: String) -> Vec<Effect> {
    write(model, id, Vec::new(), Kind::Note { text })
}

/// The open incident that is meant, where something may be written into it; why not is told.
fn open_one(model: &mut Model) -> Option<IncidentId> {
    let Some(id) = about(model) else {
        none_open(model);
        return None;
    };
    if is_read_only(model) {
        return None;
    }
    let is_open = model.recovery.desk.get(&id).is_some_and(Incident::is_open);
    if !is_open {
        super::super::toast(model, format!("{id} is closed already"));
    }
    is_open.then_some(id)
}

/// Asks how bad it is now.
pub(in crate::app::update) fn severity(model: &mut Model) -> Vec<Effect> {
    let Some(id) = open_one(model) else { return Vec::new() };
    let Some(incident) = model.recovery.desk.get(&id) else { return Vec::new() };
    let now = incident.severity.map_or("not known", Severity::word);
    let word = incident.word.as_ref().map(|word| format!(" {word}")).unwrap_or_default();
    let mut why = vec![format!("now: {now}{word}")];
    if let Some(watch) = watch_of(model, &id) {
        why.push(format!("one of {}, then why", facts::severities(&watch.system).join(", ")));
    }
    why.push("as in: warning users can pay again".to_owned());
    ask(model, About::Severity(id), "Severity, and why", why, "");
    Vec::new()
}

fn watch_of<'m>(model: &'m Model, id: &IncidentId) -> Option<&'m Watch> {
    model.systems.iter().find(|watch| watch.system.name.as_str() == id.system())
}

/// A severity and its reason were typed; the error is what is asked for.
pub(super) fn graded(model: &mut Model, id: &IncidentId, text: &str) -> Result<Vec<Effect>, String> {
    let Some(watch) = watch_of(model, id) else { return Err(format!("{} is not watched here", id.system())) };
    let (word, reason) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let kind = facts::severity(&watch.system, word, reason.trim())?;
    Ok(write(model, id, Vec::new(), kind))
}

/// Asks by what users are served again.
pub(in crate::app::update) fn mitigated(model: &mut Model) -> Vec<Effect> {
    let Some(id) = open_one(model) else { return Vec::new() };
    if let Some(at) = model.recovery.desk.get(&id).and_then(|incident| incident.mitigated) {
        super::super::toast(model, format!("mitigated since {} already", at.strftime("%H:%M UTC")));
        return Vec::new();
    }
    let why =
        vec!["users are served again, and it is not over: the escalation stops, the incident stays open".to_owned()];
    ask(model, About::Mitigated(id), "Mitigated: by what?", why, "");
    Vec::new()
}

/// Closes the incident where it is seen to be over; else it stays open, and a reason is asked for.
pub(in crate::app::update) fn close(model: &mut Model) -> Vec<Effect> {
    let Some(id) = about(model) else {
        none_open(model);
        return Vec::new();
    };
    if is_read_only(model) {
        return Vec::new();
    }
    let Some(incident) = model.recovery.desk.get(&id) else { return Vec::new() };
    if !incident.is_open() {
        super::super::toast(model, format!("{id} is closed already"));
        return Vec::new();
    }
    let name = SystemName::new(&incident.system).ok();
    if name.is_some_and(|name| is_elsewhere(model, &name)) {
        return Vec::new();
    }
    let Some(incident) = model.recovery.desk.get(&id) else { return Vec::new() };
    let Some(watch) = model.systems.iter().find(|watch| watch.system.name.as_str() == incident.system) else {
        super::super::toast(model, format!("{} is not watched here: close it where it is", id.system()));
        return Vec::new();
    };
    let standing = facts::standing(watch, incident, model.now);
    if standing.against.is_empty() && !watch.situation.starting && !model.paused {
        let courses = facts::courses(watch, &facts::kept(incident), model.now);
        return write(model, &id, courses, Kind::Closed { how: Closing::Verified { evidence: standing.over } });
    }
    let mut why = vec!["it is not over:".to_owned()];
    why.extend(standing.against.iter().take(6).cloned());
    if model.paused {
        why.push("polling is paused: nothing can be seen".to_owned());
    }
    why.push("repair it (Esc), or close it as not verified, with a reason".to_owned());
    ask(model, About::Close(id), "Close it all the same: why?", why, "");
    Vec::new()
}

/// A reason was typed.
pub(super) fn closed(model: &mut Model, id: &IncidentId, reason: String) -> Vec<Effect> {
    write(model, id, Vec::new(), Kind::Closed { how: Closing::Reason { reason } })
}

/// Has the report written, and shows it then.
pub(in crate::app::update) fn report(model: &mut Model) -> Vec<Effect> {
    match about(model).or_else(|| model.recovery.desk.shown.clone()) {
        Some(id) if !is_read_only(model) => vec![Effect::Report(id)],
        Some(_) => Vec::new(),
        None => {
            none_open(model);
            Vec::new()
        }
    }
}

/// Offers to open one, once for each cause that is critical.
pub(in crate::app::update) fn offer(model: &mut Model) {
    if model.options.read_only {
        return;
    }
    let desk = &model.recovery.desk;
    let wanted = model.watch().and_then(|watch| {
        let worst = watch.situation.worst().filter(|_| !watch.situation.starting)?;
        let name = &watch.system.name;
        let is_new = worst.status == Status::Critical
            && !desk.awaited
            && desk.open_of(name).is_none()
            && !desk.writes(name)
            && desk.offered.get(name) != Some(&worst.rule.to_string());
        is_new.then(|| (name.clone(), worst.rule.to_string()))
    });
    let Some((name, rule)) = wanted else { return };
    model.recovery.desk.offered.insert(name, rule);
    if model.toast.is_none() {
        let (book, incident) = (model.keymap.told(Command::Runbook), model.keymap.told(Command::Incident));
        super::super::toast(model, format!("critical: {book} shows the runbook, {incident} opens an incident"));
    }
}
