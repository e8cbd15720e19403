//! The panels as they were: marked everywhere, with the numbers of then, and nothing done from there.

use super::*;
use crate::app::{Effect, Screen};

/// The trouble of seven minutes, three minutes ago.
fn walked(size: (u16, u16)) -> Model {
    let mut model = Bench::trouble().model(size);
    press(&mut model, &["[", "[", "["]);
    assert!(model.past.is_some());
    model
}

#[test]
fn screens_walked_back() {
    for (columns, rows) in [(40, 12), (80, 24), (120, 40)] {
        insta::assert_snapshot!(format!("past-{columns}x{rows}"), text(&walked((columns, rows))));
    }
}

#[test]
fn every_panel_says_that_it_shows_what_was_and_the_situation_that_it_is() {
    let theme = dark();
    for size in SIZES.into_iter().chain([(300, 100)]) {
        let mut model = walked(size);
        let panels = model.systems[0].system.panel.len();
        let buf = paint_at(&model, &theme);
        let shown = lines(&buf).join("\n");
        // one of them stands in the header
        assert!(shown.matches("PAST").count() > panels, "{size:?}\n{shown}");
        assert!(lines(&buf)[0].contains("PAST 3 min ago"), "{size:?}\n{shown}");
        assert!(lines(&buf)[1].starts_with(" NOW "), "{size:?}\n{shown}");
        press(&mut model, &["Esc"]);
        assert!(!text(&model).contains("PAST"), "{}", text(&model));
    }
}

#[test]
fn the_numbers_are_those_of_then_and_what_was_not_recorded_is_told_so() {
    let mut model = Bench::trouble().model((120, 40));
    let then = {
        let now = &model.systems[0].store;
        let at = crate::signal::past::millis(model.now.mono) - 180_000;
        now.course("wal", "pending").unwrap().at(at).unwrap().last
    };
    let live = model.systems[0].store.reading("wal", "pending", model.now).number().unwrap();
    assert!((live - then).abs() > 20.0, "it moved: {then} to {live}");
    press(&mut model, &["[", "[", "["]);
    let shown = text(&model);
    assert!(shown.contains(&format!("{then} pending")), "{then}\n{shown}");
    assert!(!shown.contains(&format!("{live} pending")), "{live}\n{shown}");
    assert!(shown.contains("not recorded"), "the queue's rows\n{shown}");
    // what is goes on, and the shown moment stands still
    let later = model.now.plus(std::time::Duration::from_secs(120));
    update(&mut model, Msg::Tick, later);
    let shown = text(&model);
    assert!(shown.contains("PAST 5 min ago") && shown.contains(&format!("{then} pending")), "{shown}");
}

#[test]
fn nothing_is_done_from_there() {
    let mut model = walked((120, 40));
    for key in ["R", "x", "Enter", "Space"] {
        let now = model.now;
        let effects = update(&mut model, Msg::Key(key.parse().unwrap()), now);
        assert_eq!((effects, model.overlays.len()), (Vec::<Effect>::new(), 0), "{key}");
        assert!(model.past.is_some(), "{key}");
        assert!(text(&model).contains("past is shown: Esc first, then act"), "{key}\n{}", text(&model));
        model.toast = None;
    }
    // what is no panel shows what is
    press(&mut model, &["a"]);
    assert!(model.past.is_none() && model.screen == Screen::Alerts);
}

#[test]
fn the_way_back_ends_where_nothing_is_recorded_and_the_way_forth_ends_now() {
    let mut model = Bench::starting().model((120, 40));
    press(&mut model, &["["]);
    assert!(model.past.is_none() && text(&model).contains("nothing earlier is recorded"), "{}", text(&model));
    let mut model = walked((120, 40));
    press(&mut model, &["{", "{"]);
    assert!(text(&model).contains("nothing earlier is recorded"), "{}", text(&model));
    let first = model.past.as_ref().unwrap().at;
    press(&mut model, &["["]);
    assert_eq!(model.past.as_ref().unwrap().at, first);
    press(&mut model, &["]"]);
    assert_eq!(model.past.as_ref().unwrap().at, first + 60_000);
    press(&mut model, &["}"]);
    assert!(model.past.is_none(), "now");
    // q takes back to now before it leaves
    press(&mut model, &["[", "q"]);
    assert!(model.past.is_none());
}

#[test]
fn a_longer_window_shows_what_an_earlier_run_saw() {
    let mut model = Bench::healthy().model((120, 40));
    let now = crate::signal::past::millis(model.now.mono);
    let mut older = crate::signal::Past::default();
    for minutes in (60..300).rev() {
        let patience = std::time::Duration::from_secs(90);
        older.push(now - minutes * 60_000, 480.0, 480.0, patience, crate::signal::past::COARSE);
    }
    let system = model.systems[0].system.name.clone();
    let msg = Msg::Restored { system, pasts: vec![("wal.pending".parse().unwrap(), older)] };
    let at = model.now;
    update(&mut model, msg, at);
    press(&mut model, &["+", "+", "+"]);
    assert!(text(&model).contains("charts show 6 h"), "{}", text(&model));
    model.toast = None;
    let shown = text(&model);
    assert!(shown.contains("500\u{2524}") && shown.contains("-6 h"), "{shown}");
    assert!(shown.contains("2 pending"), "the number is the live one\n{shown}");
    press(&mut model, &["-", "-", "-"]);
    assert!(!text(&model).contains("-6 h"), "{}", text(&model));
}
