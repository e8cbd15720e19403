//! What moves the cursor, and what lies under it.

use crate::app::act::menu;
use crate::app::update::command::faults;
use crate::app::{Model, Overlay, Screen, Target, fuzzy, rows};

pub(super) fn focus(model: &mut Model, by: isize) {
    if model.screen == Screen::Runbook {
        if let Some(book) = model.recovery.book_mut() {
            book.turned = !book.turned;
        }
        return;
    }
    let panels = model.watch().map_or(0, |watch| watch.system.panel.len());
    if model.screen == Screen::System && panels > 0 {
        model.focus = (model.focus + panels).saturating_add_signed(by) % panels;
    }
}

pub(super) fn page(model: &Model) -> isize {
    isize::from(i16::try_from(model.size.1 / 2).unwrap_or(10)).max(1)
}

fn shift(place: usize, by: isize, rows: usize) -> usize {
    place.saturating_add_signed(by).min(rows.saturating_sub(1))
}

/// Moves what is topmost: an overlay's text, a list, a panel's row.
pub(super) fn move_by(model: &mut Model, by: isize) {
    let reach = model.reach;
    match model.overlays.last_mut() {
        Some(
            Overlay::Help { scroll }
            | Overlay::Detail { scroll, .. }
            | Overlay::Drill { scroll }
            | Overlay::Step { scroll, .. }
            | Overlay::DryRun { scroll }
            | Overlay::Text { scroll, .. },
        ) => {
            // how long the text is only the view knows: what lies behind its end is taken back first
            *scroll = (*scroll).min(reach.unwrap_or(usize::MAX)).saturating_add_signed(by).min(10_000);
            return;
        }
        Some(Overlay::Faults { selected }) => {
            let selected = *selected;
            let selected = shift(selected, by, faults(model).len());
            if let Some(Overlay::Faults { selected: place }) = model.overlays.last_mut() {
                *place = selected;
            }
            return;
        }
        Some(Overlay::Actions { target, .. }) => {
            let target = target.clone();
            let rows = menu::entries(model, target.as_ref()).len();
            return select(model, by, rows);
        }
        Some(Overlay::Themes { .. }) => {
            let rows = model.themes.all.len();
            return select(model, by, rows);
        }
        Some(Overlay::Runs { .. }) => {
            let rows = menu::runs(model).len();
            return select(model, by, rows);
        }
        Some(Overlay::Run { run, scroll, .. }) => {
            // while it goes on the end of its output is the place to be
            let over = model.runs.get(run).is_none_or(|view| view.ending.is_some());
            *scroll = scroll.saturating_add_signed(if over { by } else { -by }).min(10_000);
            return;
        }
        Some(Overlay::Choose { choice, .. }) => {
            let rows = model.recovery.book().map_or(0, |book| book.walk.options(*choice).len());
            return select(model, by, rows);
        }
        Some(Overlay::Palette { input, .. }) => {
            let input = input.text.clone();
            let rows = fuzzy::find(model, &input).len();
            return select(model, by, rows);
        }
        // what is typed into does not move, nor what lies behind it
        Some(Overlay::Confirm(_) | Overlay::Ask(_)) => return,
        None => {}
    }
    let Some(watch) = model.watch() else { return };
    match model.screen {
        Screen::System => {
            let Some((id, panel)) = model.focused_panel() else { return };
            let rows = rows::of_panel(model, watch, panel).len();
            let (id, at) = (id.clone(), model.cursor.get(id).copied().unwrap_or(0));
            model.cursor.insert(id, shift(at, by, rows));
        }
        Screen::Alerts => model.list_cursor = shift(model.list_cursor, by, rows::of_alerts(model, watch).len()),
        Screen::Log => model.list_cursor = shift(model.list_cursor, by, watch.log.len()),
        Screen::Fleet => move_in_fleet(model, by),
        Screen::Runbooks => {
            let rows = crate::app::recovery::list(model, watch).len();
            model.list_cursor = shift(model.list_cursor, by, rows);
        }
        Screen::Incidents => {
            let rows = crate::app::recovery::desk::rows(model, Some(watch)).len();
            model.list_cursor = shift(model.list_cursor, by, rows);
        }
        Screen::Incident => {
            let rows = model.recovery.desk.shown().map_or(0, |incident| incident.timeline.len());
            model.list_cursor = shift(model.list_cursor, by, rows);
        }
        Screen::Runbook => {
            if let Some(book) = model.recovery.book_mut() {
                if book.turned {
                    let rows = book.symptoms.len() + book.said().count();
                    book.symptom = shift(book.symptom, by, rows);
                    return;
                }
                let steps = book.steps();
                let at = book.selected().and_then(|n| steps.iter().position(|own| *own == n)).unwrap_or(0);
                book.cursor = steps.get(shift(at, by, steps.len())).copied();
            }
        }
        Screen::First => {}
    }
}

fn select(model: &mut Model, by: isize, rows: usize) {
    if let Some(
        Overlay::Actions { selected, .. }
        | Overlay::Runs { selected }
        | Overlay::Palette { selected, .. }
        | Overlay::Themes { selected }
        | Overlay::Choose { selected, .. },
    ) = model.overlays.last_mut()
    {
        *selected = shift(*selected, by, rows);
    }
}

/// Moves the selection of the fleet in the order in which it is drawn.
fn move_in_fleet(model: &mut Model, by: isize) {
    let order = model.worst_first();
    let place = order.iter().position(|at| *at == model.list_cursor).unwrap_or(0);
    model.list_cursor = order.get(shift(place, by, order.len())).copied().unwrap_or(0);
}

/// The row under the cursor.
pub(super) fn selected(model: &Model) -> Option<Target> {
    let watch = model.watch()?;
    match model.screen {
        Screen::System => {
            let (id, panel) = model.focused_panel()?;
            let rows = rows::of_panel(model, watch, panel);
            let at = model.cursor.get(id).copied().unwrap_or(0);
            rows.get(at).or_else(|| rows.last()).cloned()
        }
        Screen::Alerts => rows::of_alerts(model, watch).get(model.list_cursor).cloned(),
        Screen::First
        | Screen::Fleet
        | Screen::Log
        | Screen::Runbooks
        | Screen::Runbook
        | Screen::Incidents
        | Screen::Incident => None,
    }
}

/// The row that an action is about: the opened one, else the one under the cursor.
pub(in crate::app::update) fn pointed(model: &Model) -> Option<Target> {
    let opened = model.overlays.iter().rev().find_map(|overlay| match overlay {
        Overlay::Detail { target, .. } | Overlay::Actions { target: Some(target), .. } => Some(target.clone()),
        _ => None,
    });
    opened.or_else(|| selected(model))
}
