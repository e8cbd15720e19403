//! What each command of the table does.

mod cursor;

use crate::app::act::menu;
use crate::app::command::{self, Command, Scope};
use crate::app::demo;
use crate::app::model::Input;
use crate::app::update::{act, drill, mouse, past, recovery, themes};
use crate::app::{Effect, Model, Overlay, Screen, ZoneMode, fuzzy};
use cursor::{focus, move_by, page, selected};

pub(super) use cursor::pointed;

/// Runs a command, whichever road it came by.
pub(super) fn run(model: &mut Model, command: Command) -> Vec<Effect> {
    if let Some(spec) = command::spec(command)
        && !fuzzy::applies(spec, model)
    {
        let why = match spec.scope {
            Scope::Demo => "only in the demo: midwatch demo",
            Scope::First => "only on the first screen",
            Scope::Runbook => "only on a runbook",
            Scope::Incident | Scope::Record => "only on an incident",
            Scope::Panels | Scope::Anywhere => "no system is watched",
        };
        super::toast(model, format!("{}: {why}", spec.id));
        return Vec::new();
    }
    if command::spec(command).is_some_and(|spec| spec.scope.is_narrow()) && !model.overlays.is_empty() {
        // the keys of a place mean nothing to what lies over it, but for the one that opens it
        return over(model, command);
    }
    if past::holds_back(model, command) {
        return Vec::new();
    }
    match command {
        Command::Quit if matches!(model.overlays.last(), Some(Overlay::Drill { .. })) => return vec![Effect::Quit(0)],
        // the score is shown before one leaves
        Command::Quit if model.overlays.is_empty() && top_level(model) && drill::leave(model) => {}
        Command::Quit if model.overlays.is_empty() && top_level(model) => return vec![Effect::Quit(0)],
        Command::Quit | Command::Back => back(model),
        Command::Help => toggle(model, |o| matches!(o, Overlay::Help { .. }), Overlay::Help { scroll: 0 }),
        Command::Palette => model.overlays.push(Overlay::Palette { input: Input::default(), selected: 0 }),
        Command::Faults if model.options.demo.as_ref().is_some_and(demo::Demo::hides) => {
            super::toast(model, "closed during a drill: it would name the fault".to_owned());
        }
        Command::Faults => {
            toggle(model, |o| matches!(o, Overlay::Faults { .. }), Overlay::Faults { selected: current_fault(model) });
        }
        Command::Filter => model.filtering = true,
        Command::NextPanel | Command::Right => focus(model, 1),
        Command::PreviousPanel | Command::Left => focus(model, -1),
        Command::Down => move_by(model, 1),
        Command::Up => move_by(model, -1),
        Command::PageDown => move_by(model, page(model)),
        Command::PageUp => move_by(model, -page(model)),
        Command::Top => move_by(model, isize::MIN / 2),
        Command::Bottom => move_by(model, isize::MAX / 2),
        Command::Open => return open(model),
        Command::Zoom => model.zoomed = !model.zoomed,
        Command::Earlier => past::walk(model, -past::STEP),
        Command::Later => past::walk(model, past::STEP),
        Command::FarEarlier => past::walk(model, -past::STRIDE),
        Command::FarLater => past::walk(model, past::STRIDE),
        Command::Widen => past::widen(model, 1),
        Command::Narrow => past::widen(model, -1),
        Command::Actions => {
            let target = pointed(model);
            toggle(model, |o| matches!(o, Overlay::Actions { .. }), Overlay::Actions { target, selected: 0 });
        }
        Command::Runs => toggle(model, |o| matches!(o, Overlay::Runs { .. }), Overlay::Runs { selected: 0 }),
        Command::Mark => mark(model),
        Command::Copy => return copy(model),
        Command::Alerts => show(model, Screen::Alerts),
        Command::Log => show(model, Screen::Log),
        Command::Fleet => {
            show(model, Screen::Fleet);
            model.list_cursor = model.worst_first().first().copied().unwrap_or(0);
        }
        Command::JumpSystem => return jump(model),
        Command::NextSystem => select_system(model, (model.current + 1) % model.systems.len().max(1)),
        Command::Refresh => {
            super::toast(model, "polling everything now".to_owned());
            return model.systems.iter().map(|watch| Effect::PollNow(watch.system.name.clone())).collect();
        }
        Command::Pause => {
            model.paused = !model.paused;
            return vec![Effect::Pause(model.paused)];
        }
        Command::TimeZone => {
            model.zone = match model.zone {
                ZoneMode::Utc => ZoneMode::Local,
                ZoneMode::Local => ZoneMode::Service,
                ZoneMode::Service => ZoneMode::Utc,
            };
        }
        Command::Theme => return themes::toggle(model),
        Command::Runbook => return recovery::runbook(model),
        Command::Runbooks => return recovery::runbooks(model),
        Command::Incident => return recovery::open_or_show(model),
        Command::Incidents => {
            show(model, Screen::Incidents);
            return vec![Effect::ReadIncidents];
        }
        Command::RunStep => return recovery::enter(model),
        Command::SkipStep => return recovery::skip(model),
        Command::ChooseOption => return recovery::pick(model),
        Command::CopySource => return recovery::copy(model),
        Command::ReadStep => {
            if let Some(n) = model.recovery.book().and_then(crate::app::recovery::Book::selected) {
                model.overlays.push(Overlay::Step { n, scroll: 0 });
            }
        }
        Command::DryRun => model.overlays.push(Overlay::DryRun { scroll: 0 }),
        Command::Note => return recovery::note(model),
        Command::CloseIncident => return recovery::close(model),
        Command::Report => return recovery::report(model),
        Command::Severity => return recovery::severity(model),
        Command::Mitigated => return recovery::mitigated(model),
        Command::Notice => return recovery::notice(model),
        Command::Handover => return recovery::handover(model),
        Command::StartDemo => return vec![Effect::StartDemo],
        Command::Mouse => return mouse::toggle(model),
        Command::Redraw => return vec![Effect::Redraw],
    }
    Vec::new()
}

fn top_level(model: &Model) -> bool {
    (model.screen == model.home || matches!(model.screen, Screen::First | Screen::Fleet))
        && !model.zoomed
        && model.past.is_none()
        && model.filter.text.is_empty()
        && model.marks.is_empty()
}

/// Closes one thing: the topmost overlay, else the filter, else the list, else the zoom, else the screen.
fn back(model: &mut Model) {
    if model.overlays.pop().is_some() {
        return;
    }
    if !model.marks.is_empty() {
        model.marks.clear();
    } else if !model.filter.text.is_empty() || model.filtering {
        model.filter.text.clear();
        model.filtering = false;
    } else if model.past.take().is_some() {
        // the panels show what is again
    } else if matches!(
        model.screen,
        Screen::Alerts | Screen::Log | Screen::Runbooks | Screen::Runbook | Screen::Incidents | Screen::Incident
    ) {
        // before the zoom, which cannot be seen behind them
        model.screen = Screen::System;
    } else if model.zoomed {
        model.zoomed = false;
    } else if model.screen == Screen::System && model.systems.len() > 1 {
        model.screen = Screen::Fleet;
        model.list_cursor = model.current;
    }
}

fn toggle(model: &mut Model, same: fn(&Overlay) -> bool, overlay: Overlay) {
    if model.overlays.last().is_some_and(same) {
        model.overlays.pop();
    } else {
        model.overlays.push(overlay);
    }
}

fn show(model: &mut Model, screen: Screen) {
    model.screen = if model.screen == screen && screen != Screen::Fleet { Screen::System } else { screen };
    model.overlays.clear();
    model.list_cursor = 0;
}

/// To the system of the pressed number; by its words in the palette, to all of them.
fn jump(model: &mut Model) -> Vec<Effect> {
    let digit = model.pressed.and_then(|(key, _)| key.digit());
    match digit.map(usize::from) {
        Some(number @ 1..) if number <= model.systems.len() => select_system(model, number - 1),
        Some(number) => super::toast(model, format!("there is no system {number}")),
        None => return run(model, Command::Fleet),
    }
    Vec::new()
}

fn select_system(model: &mut Model, index: usize) {
    if index < model.systems.len() {
        model.current = index;
        model.past = None;
        model.screen = Screen::System;
        model.overlays.clear();
        model.cursor.clear();
        model.marks.clear();
        model.focus = 0;
        model.zoomed = false;
    }
}

/// The faults of the demo's menu, in its order.
fn faults(model: &Model) -> Vec<demo::Choice<'_>> {
    let shown = model.watch().map(|watch| &watch.system.name);
    // without a demo there is no fault to choose
    model.options.demo.as_ref().map(|demo| demo.choices(shown)).unwrap_or_default()
}

/// The fault of the shown system that is on, among those of the menu.
fn current_fault(model: &Model) -> usize {
    faults(model).iter().position(demo::Choice::is_on).unwrap_or(0)
}

/// Opens what is selected; where the list is empty nothing is, and nothing is done.
fn open(model: &mut Model) -> Vec<Effect> {
    match model.overlays.last() {
        Some(Overlay::Actions { target, selected }) => {
            let target = target.clone();
            let chosen = menu::entries(model, target.as_ref()).get(*selected).map(|entry| entry.id.clone());
            model.overlays.pop();
            return chosen.map(|id| act::begin(model, &id, target.as_ref())).unwrap_or_default();
        }
        Some(Overlay::Themes { .. }) => {
            themes::keep(model);
            return Vec::new();
        }
        Some(Overlay::Runs { selected }) => {
            let chosen = menu::runs(model).get(*selected).map(|row| row.run.clone());
            return chosen.map(|run| act::open_run(model, run)).unwrap_or_default();
        }
        _ => {}
    }
    if let Some(Overlay::Faults { selected }) = model.overlays.last() {
        let chosen = faults(model)
            .get(*selected)
            .map(|chosen| Effect::SetFault { system: chosen.of.system.clone(), fault: chosen.name.to_owned() });
        model.overlays.pop();
        return chosen.into_iter().collect();
    }
    if !model.overlays.is_empty() {
        return Vec::new();
    }
    if model.screen == Screen::Fleet {
        select_system(model, model.list_cursor);
    } else if let Some(effects) = open_row(model) {
        return effects;
    } else if let Some(target) = selected(model) {
        model.overlays.push(Overlay::Detail { target, scroll: 0 });
    }
    Vec::new()
}

/// Opens the selected row of a list of runbooks or incidents, if there is one; `None` on another screen.
fn open_row(model: &mut Model) -> Option<Vec<Effect>> {
    let watch = model.watch()?;
    match model.screen {
        Screen::Runbooks => {
            let chosen = crate::app::recovery::list(model, watch).get(model.list_cursor).map(|row| row.id.clone());
            Some(chosen.map(|id| recovery::open_book(model, &id)).unwrap_or_default())
        }
        Screen::Incidents => {
            let rows = crate::app::recovery::desk::rows(model, Some(watch));
            let chosen = rows.get(model.list_cursor).map(|incident| incident.id.clone());
            if let Some(id) = chosen {
                recovery::show_incident(model, &id);
            }
            Some(Vec::new())
        }
        Screen::Incident => {
            recovery::read_line(model);
            Some(Vec::new())
        }
        _ => None,
    }
}

/// A command of a runbook or an incident while something lies over it.
fn over(model: &mut Model, command: Command) -> Vec<Effect> {
    match (command, model.overlays.last()) {
        (Command::RunStep, Some(Overlay::Choose { choice, selected })) => {
            let (choice, selected) = (*choice, *selected);
            model.overlays.pop();
            recovery::choose_way(model, choice, selected)
        }
        (Command::RunStep, _) => open(model),
        (Command::CopySource, Some(Overlay::Step { .. })) => recovery::copy(model),
        _ => Vec::new(),
    }
}

/// Copies what is open, else the selected row, else what is wrong.
fn copy(model: &mut Model) -> Vec<Effect> {
    if let Some(Overlay::Run { run, .. }) = model.overlays.last() {
        let lines = model.runs.get(run).map(|run| run.lines.as_slice()).unwrap_or_default();
        let text: String = lines.iter().flat_map(|(_, line)| [line.as_str(), "\n"]).collect();
        if text.is_empty() {
            super::toast(model, "nothing to copy: it has said nothing yet".to_owned());
            return Vec::new();
        }
        return vec![Effect::Copy { what: "the output of the run".to_owned(), text }];
    }
    if let Some(target) = pointed(model) {
        return vec![Effect::CopyRow(target)];
    }
    let told = model.watch().map(|watch| {
        let worst = watch.situation.worst().map(|finding| format!(": {}", finding.text)).unwrap_or_default();
        format!("{} {}{worst}\n", watch.situation.status.word().to_uppercase(), watch.system.name)
    });
    told.map(|text| Effect::Copy { what: "the situation".to_owned(), text }).into_iter().collect()
}

/// Moves what is topmost by so many rows.
pub(super) fn scroll(model: &mut Model, by: isize) {
    move_by(model, by);
}

/// Marks the selected row and goes on to the next.
fn mark(model: &mut Model) {
    if !model.overlays.is_empty() {
        return;
    }
    match selected(model) {
        Some(target) if act::toggle_mark(model, &target) => move_by(model, 1),
        _ => super::toast(model, "only queues, workers, jobs and entries of a list can be marked".to_owned()),
    }
}
