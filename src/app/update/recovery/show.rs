//! To a runbook and back. A walk that was left stays; one that a crash ended goes on from the record of its incident.

use std::sync::Arc;

use crate::action::RunId;
use crate::app::recovery::{Book, BookKey};
use crate::app::update::command;
use crate::app::{Effect, Model, Screen, Target};
use crate::base::{RunbookId, Status};
use crate::runbook::walk::{Mark, Walk};
use crate::watch::Finding;

/// The runbook that is meant here: of the selected alert, of the open incident that is being worked on, the one that fits
/// best, the one that the worst cause names; the list where there is none of these.
pub(in crate::app::update) fn runbook(model: &mut Model) -> Vec<Effect> {
    if model.screen == Screen::Runbook && model.overlays.is_empty() {
        model.screen = Screen::System;
        return Vec::new();
    }
    match meant(model) {
        Some(id) => open_book(model, &id),
        None => runbooks(model),
    }
}

fn meant(model: &Model) -> Option<RunbookId> {
    let watch = model.watch().filter(|_| !matches!(model.screen, Screen::First | Screen::Fleet))?;
    let known = |id: &RunbookId| watch.system.runbook(id.as_str()).is_some();
    let of_row = command::pointed(model).and_then(|target| match target {
        Target::Alert(rule) => watch.alerts.get(&rule)?.rule.runbook.clone(),
        _ => None,
    });
    let walked = || {
        let left = model.recovery.desk.open_of(&watch.system.name)?.left()?;
        RunbookId::new(&left.step.runbook).ok()
    };
    let fits = || watch.diagnoses.first().map(|diagnosis| diagnosis.runbook.clone());
    // what cannot be told names nothing: at the start that is everything
    let is_wrong = |finding: &&Finding| !matches!(finding.status, Status::Ok | Status::Unknown);
    let named = || watch.situation.findings.iter().filter(is_wrong).find_map(|finding| finding.runbook.clone());
    of_row.filter(known).or_else(|| walked().filter(known)).or_else(fits).or_else(|| named().filter(known))
}

/// Shows the list, or leaves it.
pub(in crate::app::update) fn runbooks(model: &mut Model) -> Vec<Effect> {
    if matches!(model.screen, Screen::First | Screen::Fleet) {
        super::super::toast(model, "open a system first: Enter".to_owned());
        return Vec::new();
    }
    model.screen = if model.screen == Screen::Runbooks { Screen::System } else { Screen::Runbooks };
    model.overlays.clear();
    model.list_cursor = 0;
    Vec::new()
}

/// Shows a runbook of the system on the screen.
pub(in crate::app::update) fn open_book(model: &mut Model, id: &RunbookId) -> Vec<Effect> {
    let Some(watch) = model.watch() else { return Vec::new() };
    let Some(file) = watch.system.runbook(id.as_str()) else {
        super::super::toast(model, format!("there is no runbook '{id}' here"));
        return Vec::new();
    };
    let key: BookKey = (watch.system.name.clone(), id.clone());
    if !model.recovery.books.contains_key(&key) {
        let book = Book::new(Arc::new(watch.system.read(file)));
        model.recovery.books.insert(key.clone(), book);
    }
    let effects = go_on(model, &key);
    model.recovery.shown = Some(key);
    model.screen = Screen::Runbook;
    model.overlays.clear();
    effects
}

/// Puts what the record of the open incident tells into a walk that nothing was done with here.
pub(super) fn go_on(model: &mut Model, key: &BookKey) -> Vec<Effect> {
    let recovery = &mut model.recovery;
    let Some(book) = recovery.books.get_mut(key).filter(|book| !book.touched) else { return Vec::new() };
    let runbook = Arc::clone(book.walk.runbook());
    let Some(incident) = recovery.desk.open_of(&key.0) else {
        book.walk = Walk::new(runbook);
        return Vec::new();
    };
    book.walk = incident.walk(runbook);
    // its runner outlived the screen: it is followed to its end, and that marks the step
    let under_way = incident.begun(key.1.as_str()).filter(|(n, _)| *book.walk.marked(*n) == Mark::Todo);
    let Some((n, run)) = under_way.and_then(|(n, run)| Some((n, RunId::new(run?)?))) else { return Vec::new() };
    book.walk.mark(n, Mark::Running { since: model.now.mono });
    book.acting = Some((n, Some(run.clone())));
    book.touched = true;
    if model.runs.contains_key(&run) { Vec::new() } else { vec![Effect::FollowRun(run)] }
}
