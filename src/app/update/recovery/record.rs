//! What is written into incidents, and what comes back of it. One dashboard writes an incident, the one that opened it or
//! went on with it; nothing is written down by watching alone.

use std::time::Duration;

use crate::app::recovery::BookKey;
use crate::app::recovery::desk::{self, Writing};
use crate::app::{Command, Effect, Model, Redraw, Screen};
use crate::base::SystemName;
use crate::incident::{Closing, Event, Incident, IncidentId, Kind, StepState, walk};
use crate::watch::incident as facts;

/// How often the incident on the screen is read anew.
const READS_EVERY: Duration = Duration::from_secs(10);

/// Opens an incident of a system with all that is known now.
pub(super) fn begin(
    model: &mut Model,
    name: &SystemName,
    title: Option<String>,
    runbook: Option<&BookKey>,
) -> Vec<Effect> {
    let Some(watch) = model.systems.iter().find(|watch| watch.system.name == *name) else { return Vec::new() };
    let (mut opened, events) = facts::opening(watch, model.now);
    if let Some(title) = title {
        opened.title = title;
    }
    if let Some((_, id)) = runbook {
        opened.runbook = Some(id.to_string());
    }
    let diagnosis = desk::face(&watch.diagnoses);
    let logged = watch.log.written();
    model.recovery.desk.writing.insert(name.clone(), Writing { id: None, logged, diagnosis });
    vec![Effect::Record { system: name.clone(), id: None, opened: Some(Box::new(opened)), events }]
}

/// An event of whoever sits here: the runtime knows who that is.
fn mine(model: &Model, kind: Kind) -> Event {
    Event::new(model.now.wall, "", kind)
}

/// Writes events into the open incident of a system; opens one where there is none.
fn record(model: &mut Model, key: &BookKey, kinds: Vec<Kind>) -> Vec<Effect> {
    let name = &key.0;
    if kinds.is_empty() {
        return Vec::new();
    }
    let mut effects = Vec::new();
    let desk = &model.recovery.desk;
    let elsewhere = desk.open_of(name).map(|incident| &incident.id).filter(|id| desk.writer(id).is_some()).cloned();
    if !desk.writes(name) && elsewhere.is_none() {
        match desk.open_of(name).map(|incident| incident.id.clone()) {
            Some(id) => join(model, name, id),
            None => effects = begin(model, name, None, Some(key)),
        }
    }
    // what is theirs is asked for all the same: that it is not written down is told
    let ours = model.recovery.desk.writing.get(name).and_then(|writing| writing.id.clone());
    let id = elsewhere.or(ours);
    let events = kinds.into_iter().map(|kind| mine(model, kind)).collect();
    effects.push(Effect::Record { system: name.clone(), id, opened: None, events });
    effects
}

/// Goes on with an incident that is open.
fn join(model: &mut Model, name: &SystemName, id: IncidentId) {
    let logged = model.systems.iter().find(|watch| watch.system.name == *name).map_or(0, |watch| watch.log.written());
    model.recovery.desk.writing.insert(name.clone(), Writing { id: Some(id), logged, diagnosis: Vec::new() });
}

/// Writes into a certain incident.
pub(super) fn write(model: &mut Model, id: &IncidentId, mut events: Vec<Event>, kind: Kind) -> Vec<Effect> {
    let Ok(name) = SystemName::new(id.system()) else { return Vec::new() };
    events.push(mine(model, kind));
    let desk = &model.recovery.desk;
    let is_open = desk.get(id).is_some_and(Incident::is_open);
    if is_open && !desk.writes(&name) && desk.writer(id).is_none() {
        join(model, &name, id.clone());
    }
    vec![Effect::Record { system: name, id: Some(id.clone()), opened: None, events }]
}

/// Writes down what came of a step; before the first one which runbook it is.
pub(super) fn step(model: &mut Model, key: &BookKey, n: usize) -> Vec<Effect> {
    let Some(book) = model.recovery.books.get(key) else { return Vec::new() };
    let run = book.acting.as_ref().filter(|(acting, _)| *acting == n).and_then(|(_, run)| run.as_ref());
    let told = walk::told(&book.walk, n, book.walk.marked(n)).map(|mut told| {
        told.run = run.map(ToString::to_string);
        if told.state != StepState::Begun {
            told.command = book.ran.get(&n).cloned();
            told.asked = book.asked.get(&n).cloned().unwrap_or_default();
        }
        Kind::Step(told)
    });
    let kinds = with_runbook(model, key, told);
    record(model, key, kinds)
}

/// Writes down which way was chosen.
pub(super) fn chosen(model: &mut Model, key: &BookKey, choice: usize, option: &str) -> Vec<Effect> {
    let Some(book) = model.recovery.books.get(key) else { return Vec::new() };
    let kind = walk::chose(&book.walk, choice, option, "").map(Kind::Step);
    let kinds = with_runbook(model, key, kind);
    record(model, key, kinds)
}

fn with_runbook(model: &mut Model, key: &BookKey, kind: Option<Kind>) -> Vec<Kind> {
    let known = model.recovery.desk.open_of(&key.0).and_then(|incident| incident.runbook.clone());
    let Some(book) = model.recovery.books.get_mut(key).filter(|_| kind.is_some()) else { return Vec::new() };
    let is_told = known.is_some_and(|(id, title)| id == key.1.as_str() && !title.is_empty());
    let first = !is_told && !std::mem::replace(&mut book.announced, true);
    let runbook = book.runbook();
    let chosen = first.then(|| facts::chosen(runbook));
    chosen.into_iter().chain(kind).collect()
}

/// What changed since it was written down last, of the incidents that this dashboard writes.
pub(in crate::app::update) fn follow(model: &mut Model) -> Vec<Effect> {
    let mut effects = Vec::new();
    for (name, writing) in &mut model.recovery.desk.writing {
        let Some(watch) = model.systems.iter().find(|watch| watch.system.name == *name) else { continue };
        let fresh = watch.log.newest(watch.log.written().saturating_sub(writing.logged));
        let mut events: Vec<Event> = fresh.filter_map(|logged| facts::transition(watch, logged)).collect();
        writing.logged = watch.log.written();
        let diagnosis = desk::face(&watch.diagnoses);
        if writing.diagnosis != diagnosis {
            writing.diagnosis = diagnosis;
            events.push(facts::diagnosed(&watch.diagnoses, model.now));
        }
        if !events.is_empty() {
            effects.push(Effect::Record { system: name.clone(), id: writing.id.clone(), opened: None, events });
        }
    }
    effects
}

/// All incidents were read.
pub(in crate::app::update) fn read(model: &mut Model, all: Vec<Incident>) -> Vec<Effect> {
    let desk = &mut model.recovery.desk;
    let before = std::mem::replace(&mut desk.all, all);
    desk.all.sort_by_key(|incident| incident.opened);
    desk.read = Some(model.now.mono);
    let is_first = std::mem::take(&mut desk.awaited);
    if desk.all == before && !is_first {
        return Vec::new();
    }
    model.redraw = Redraw::Now;
    settle(model);
    let keys: Vec<BookKey> = model.recovery.books.keys().cloned().collect();
    keys.iter().flat_map(|key| super::show::go_on(model, key)).collect()
}

/// They could not be read, which is told: nothing is known of earlier runs, and what is to be done now can be done.
pub(in crate::app::update) fn not_read(model: &mut Model, why: String) {
    model.recovery.desk.awaited = false;
    model.redraw = Redraw::Now;
    super::super::toast(model, why);
}

/// An incident was written into.
pub(in crate::app::update) fn told(model: &mut Model, incident: Incident) {
    let id = incident.id.clone();
    let closed = incident.closed.as_ref().map(|closed| closed.how.clone());
    let was_open = model.recovery.desk.get(&id).is_none_or(Incident::is_open);
    let name = SystemName::new(&incident.system).ok();
    model.recovery.desk.put(incident);
    if let Some(writing) = name.and_then(|name| model.recovery.desk.writing.get_mut(&name)) {
        writing.id = Some(id.clone());
    }
    model.recovery.desk.shown.get_or_insert_with(|| id.clone());
    if was_open && let Some(how) = closed {
        let key = model.keymap.told(Command::Report);
        let text = match how {
            Closing::Verified { .. } => format!("{id} is closed, verified: {key} writes its report"),
            Closing::Reason { .. } => format!("{id} is closed, not verified: {key} writes its report"),
        };
        super::super::toast(model, text);
    }
    settle(model);
    model.redraw = Redraw::Now;
}

/// Reads anew what is on the screen: others write it too.
pub(in crate::app::update) fn reread(model: &mut Model) -> Vec<Effect> {
    let is_shown = model.screen == Screen::Incident && model.recovery.desk.shown().is_some_and(Incident::is_open);
    let is_due = model.recovery.desk.read.is_none_or(|read| model.now.mono.since(read) >= READS_EVERY);
    if !is_shown || !is_due {
        return Vec::new();
    }
    model.recovery.desk.read = Some(model.now.mono);
    vec![Effect::ReadIncidents]
}

/// Which incidents other dashboards write.
pub(in crate::app::update) fn written_elsewhere(model: &mut Model, writers: Vec<(IncidentId, String)>) {
    let desk = &mut model.recovery.desk;
    desk.elsewhere = writers.into_iter().collect();
    let elsewhere = &desk.elsewhere;
    desk.writing.retain(|_, writing| writing.id.as_ref().is_none_or(|id| !elsewhere.contains_key(id)));
    model.redraw = Redraw::Now;
}

/// What is closed is written no more, and its walks are over: the next incident begins them anew.
fn settle(model: &mut Model) {
    let desk = &mut model.recovery.desk;
    let all = &desk.all;
    let is_open = |id: &IncidentId| all.iter().find(|incident| incident.id == *id).is_none_or(Incident::is_open);
    let mut over: Vec<SystemName> = Vec::new();
    desk.writing.retain(|name, writing| {
        let goes_on = writing.id.as_ref().is_none_or(is_open);
        if !goes_on {
            over.push(name.clone());
        }
        goes_on
    });
    for (_, book) in model.recovery.books.iter_mut().filter(|((name, _), _)| over.contains(name)) {
        (book.touched, book.announced) = (false, false);
    }
}

/// Events could not be written down: that is told; what belongs to another dashboard is only read from now on.
pub(in crate::app::update) fn not_recorded(model: &mut Model, system: &SystemName, foreign: bool, why: &str) {
    let writing = model.recovery.desk.writing.get(system);
    if foreign || writing.is_some_and(|writing| writing.id.is_none()) {
        model.recovery.desk.writing.remove(system);
    }
    super::super::toast(model, format!("not written down: {why}"));
}
