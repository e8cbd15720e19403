//! What a press of the mouse means wherever something stands: the first selects, the second opens.

use super::*;
use crate::app::{Effect, Overlay, Screen};

/// Presses the first cell in which a text stands.
fn click(model: &mut Model, text: &str) -> Vec<Effect> {
    let drawn = lines(&paint_at(model, &dark()));
    let found = drawn.iter().enumerate().find_map(|(y, line)| Some((y, line.find(text).map(|at| &line[..at])?)));
    let (y, before) = found.unwrap_or_else(|| panic!("no '{text}' in\n{}", drawn.join("\n")));
    let cell = (u16::try_from(before.chars().count()).unwrap(), u16::try_from(y).unwrap());
    let Some(spot) = spot(model, &dark(), cell) else { return Vec::new() };
    let now = model.now;
    update(model, Msg::Pointed(spot), now)
}

fn with_mouse(bench: Bench) -> Model {
    let mut model = bench.demo((120, 40), "worker-crash");
    model.mouse = true;
    model
}

#[test]
fn the_second_press_on_a_row_of_a_panel_opens_it() {
    let mut model = with_mouse(Bench::trouble());
    click(&mut model, "Scheduler");
    assert!(model.overlays.is_empty(), "the first one selects");
    click(&mut model, "Redis");
    click(&mut model, "Scheduler");
    assert!(model.overlays.is_empty(), "another row between");
    press(&mut model, &["k", "j"]);
    click(&mut model, "Scheduler");
    assert!(model.overlays.is_empty(), "keys between");
    click(&mut model, "Scheduler");
    assert!(matches!(model.overlays.last(), Some(Overlay::Detail { .. })));
    model.overlays.clear();
    // without the mouse a press is none
    model.mouse = false;
    (0..3).for_each(|_| _ = click(&mut model, "Scheduler"));
    assert!(model.overlays.is_empty());
}

#[test]
fn lists_are_selected_in_and_opened() {
    let mut model = with_mouse(Bench::with_runbooks());
    model.screen = Screen::Runbooks;
    click(&mut model, "Redis");
    assert_eq!(model.screen, Screen::Runbooks);
    click(&mut model, "Redis");
    assert_eq!(model.screen, Screen::Runbook, "{}", text(&model));

    let mut model = with_mouse(Bench::trouble());
    model.screen = Screen::Alerts;
    let row = text(&model).lines().position(|line| line.contains("No rq worker")).map(|y| y - 3);
    click(&mut model, "No rq worker");
    assert_eq!(Some(model.list_cursor), row, "{}", text(&model));
    click(&mut model, "No rq worker");
    assert!(matches!(model.overlays.last(), Some(Overlay::Detail { .. })));
}

#[test]
fn a_tile_and_a_row_of_the_palette() {
    let mut model = with_mouse(Bench::trouble());
    model.systems.extend(Bench::healthy().demo((0, 0), "none").systems);
    (model.screen, model.list_cursor) = (Screen::Fleet, 0);
    click(&mut model, "2 Shop");
    assert_eq!((model.screen, model.list_cursor), (Screen::Fleet, 1));
    click(&mut model, "2 Shop");
    assert_eq!((model.screen, model.current), (Screen::System, 1));

    press(&mut model, &[":", "a", "l", "l"]);
    click(&mut model, "show all alerts");
    assert!(matches!(model.overlays.last(), Some(Overlay::Palette { .. })));
    // what stands beside the list is none of it
    assert_eq!(spot(&model, &dark(), (1, 20)), None);
    click(&mut model, "show all alerts");
    assert_eq!((model.screen, model.overlays.len()), (Screen::Alerts, 0));
}

#[test]
fn the_wheel_moves_the_list_that_is_on_top() {
    let mut model = with_mouse(Bench::trouble());
    press(&mut model, &[":"]);
    let focused = model.cursor.clone();
    let now = model.now;
    update(&mut model, Msg::Mouse(crate::app::Mouse::Wheel(2)), now);
    assert!(matches!(model.overlays.last(), Some(Overlay::Palette { selected: 6, .. })), "{:?}", model.overlays);
    assert_eq!(model.cursor, focused, "nothing behind it");
}
