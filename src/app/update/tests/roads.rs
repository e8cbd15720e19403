//! Every road to an action: its key, the menu, the palette; and that read-only ends each of them.

use super::*;
use crate::app::act::menu::{self, READ_ONLY};
use crate::app::command::COMMANDS;
use crate::app::fuzzy::{self, Found};

/// An action by its place in the menu.
fn by_menu(model: &mut Model, action: &ActionId) -> Vec<Effect> {
    press(model, &["x"]);
    let target = super::super::command::pointed(model);
    let at = menu::entries(model, target.as_ref()).iter().position(|entry| entry.id == action).unwrap();
    let downs = vec!["j"; at];
    press(model, &downs);
    press(model, &["Enter"])
}

fn by_palette(model: &mut Model, action: &ActionId) -> Vec<Effect> {
    press(model, &[":"]);
    let at = fuzzy::find(model, "").iter().position(|found| matches!(found, Found::Action(id) if id == action));
    for _ in 0..at.unwrap() {
        press(model, &["Down"]);
    }
    press(model, &["Enter"])
}

fn by_key(model: &mut Model, action: &ActionId) -> Vec<Effect> {
    let key = model.systems[0].system.action[action].key.clone().unwrap();
    press(model, &[&key])
}

type Road = fn(&mut Model, &ActionId) -> Vec<Effect>;
const ROADS: [(&str, Road); 3] = [("key", by_key), ("menu", by_menu), ("palette", by_palette)];

fn actions() -> Vec<ActionId> {
    model().systems[0].system.action.keys().cloned().collect()
}

#[test]
fn every_action_is_reached_by_every_road() {
    for action in actions() {
        for (name, road) in ROADS {
            let mut model = model();
            let effects = road(&mut model, &action);
            let Some(Overlay::Confirm(dialog)) = model.overlays.last() else { panic!("{action} by {name}") };
            assert_eq!(dialog.wanted.action, action, "by {name}");
            let asks = matches!(dialog.stage, Stage::Asking(_));
            assert_eq!(effects.len(), usize::from(!asks), "{action} by {name}: {effects:?}");
        }
    }
}

#[test]
fn read_only_ends_every_road() {
    for action in actions() {
        for (name, road) in ROADS {
            let mut model = model();
            model.options.read_only = true;
            assert_eq!(road(&mut model, &action), [], "{action} by {name}");
            assert_eq!((model.overlays.len(), toast(&model)), (0, READ_ONLY), "{action} by {name}");
        }
    }
}

/// Whether an effect reaches what is watched, other than by a poll.
fn acts(effect: &Effect) -> bool {
    matches!(effect, Effect::Plan { .. } | Effect::Run { .. } | Effect::CancelRun(_))
}

#[test]
fn read_only_no_command_and_no_two_keys_act() {
    let keys: Vec<String> = COMMANDS
        .iter()
        .flat_map(|spec| spec.keys.iter().map(ToString::to_string))
        .chain(model().systems[0].system.action.values().filter_map(|spec| spec.key.clone()))
        .chain(["y", "c", "Enter", "r"].map(String::from))
        .collect();
    for first in &keys {
        for second in &keys {
            let mut model = model();
            model.options.read_only = true;
            for screen in [Screen::System, Screen::Alerts, Screen::Log, Screen::Fleet] {
                model.screen = screen;
                model.overlays.clear();
                let mut effects = press(&mut model, &[first, second]);
                after(&mut model, 1500);
                effects.extend(press(&mut model, &["Enter", "y", "Enter"]));
                assert!(!effects.iter().any(acts), "{first} {second} on {screen:?}: {effects:?}");
            }
        }
    }
}

#[test]
fn read_only_a_dialog_that_stands_open_confirms_nothing() {
    let mut model = shown("R", preview("restart", Confirm::Yes));
    model.options.read_only = true;
    after(&mut model, 1500);
    assert_eq!(press(&mut model, &["y"]), []);
}

#[test]
fn keys_of_actions_are_keys_of_the_systems_screens_alone() {
    let mut model = model();
    for (screen, opens) in [(Screen::System, true), (Screen::Alerts, true), (Screen::Log, true), (Screen::Fleet, false)]
    {
        model.screen = screen;
        model.overlays.clear();
        assert_eq!(!press(&mut model, &["R"]).is_empty(), opens, "{screen:?}");
    }
    model.screen = Screen::System;
    for overlay in [&["?"][..], &[":"], &["/"]] {
        model.overlays.clear();
        press(&mut model, overlay);
        assert_eq!(press(&mut model, &["R"]), [], "{overlay:?}");
        model.filtering = false;
    }
}

#[test]
fn what_is_about_the_row_comes_first() {
    let mut model = model();
    poll(&mut model, true);
    press(&mut model, &["x"]);
    let target = super::super::command::pointed(&model);
    let entries = menu::entries(&model, target.as_ref());
    let near: Vec<&str> = entries.iter().filter(|entry| entry.near).map(|entry| entry.id.as_str()).collect();
    assert_eq!(near, ["restart", "requeue"]);
    assert!(entries[..2].iter().all(|entry| entry.near));
    let job = crate::app::Target::Job("nightly".parse().unwrap());
    assert_eq!(menu::entries(&model, Some(&job))[0].id.as_str(), "ping");
}

#[test]
fn marked_rows_are_what_an_action_is_about() {
    let mut model = model();
    poll(&mut model, true);
    press(&mut model, &["Tab", "Space", "Space"]);
    assert_eq!(model.marks.len(), 2);
    let effects = press(&mut model, &["Q"]);
    let [Effect::Plan { items: Some(items), .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(items, &["e-1", "e-2"]);
    press(&mut model, &["Esc"]);
    assert_eq!(model.marks.len(), 2, "the dialog goes first");
    press(&mut model, &["Esc"]);
    assert_eq!(model.marks.len(), 0);
    let effects = press(&mut model, &["Q"]);
    assert!(matches!(&effects[..], [Effect::Plan { items: None, .. }]), "without marks all: {effects:?}");
    // an opened row is meant itself
    press(&mut model, &["Esc", "G", "Enter"]);
    let effects = press(&mut model, &["Q"]);
    let [Effect::Plan { items: Some(items), .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(items, &["e-3"]);
}

#[test]
fn a_row_that_nothing_acts_on_alone_is_not_marked() {
    let mut model = model();
    press(&mut model, &["Space"]);
    assert!(model.marks.is_empty() && toast(&model).contains("can be marked"));
}

#[test]
fn what_a_text_begins_is_found_before_what_it_is_scattered_in() {
    let found = |text: &str| match fuzzy::find(&model(), text).first() {
        Some(Found::Command(spec)) => spec.id.to_owned(),
        Some(Found::Action(id)) => id.to_string(),
        Some(Found::Runbook(id)) => id.to_string(),
        None => String::new(),
    };
    for (text, wanted) in
        [("pau", "pause"), ("pal", "palette"), ("HELP", "help"), ("rest", "restart"), ("req", "requeue")]
    {
        assert_eq!(found(text), wanted, "{text}");
    }
    assert!(found("pa").starts_with("pa"), "{}", found("pa"));
}
