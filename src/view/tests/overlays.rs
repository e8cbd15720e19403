//! What lies over the screen, and the other screens.

use super::*;
use crate::app::Screen;
use crate::app::model::Offer;

fn trouble() -> Model {
    Bench::trouble().demo((80, 24), "worker-crash")
}

/// What these keys show, from the screen of the system on.
fn shown(model: &mut Model, keys: &[&str]) -> String {
    model.overlays.clear();
    model.cursor.clear();
    model.filter.text.clear();
    (model.filtering, model.zoomed, model.focus, model.screen) = (false, false, 0, Screen::System);
    press(model, keys);
    text(model)
}

#[test]
fn details_and_menus() {
    let mut model = trouble();
    for (name, keys) in [
        ("help", &["?"][..]),
        ("palette", &[":", "p", "a", "u"]),
        ("palette-none", &[":", "#", "#"]),
        ("faults", &["F"]),
        ("component", &["j", "Enter"]),
        ("answer", &["Enter"]),
        ("entry", &["Tab", "j", "Enter"]),
        ("queue", &["Tab", "Tab", "Enter"]),
        ("worker", &["Tab", "Tab", "G", "Enter"]),
        ("job", &["Shift-Tab", "j", "Enter"]),
        ("alert", &["a", "j", "Enter"]),
        ("alerts", &["a"]),
        ("events", &["e"]),
        ("filter", &["/", "r", "e", "d"]),
        ("zoom-services", &["z"]),
        ("zoom-backlog", &["Tab", "z"]),
        ("zoom-queues", &["Tab", "Tab", "z"]),
        ("zoom-memory", &["Tab", "Tab", "Tab", "z"]),
        ("zoom-jobs", &["Shift-Tab", "z"]),
    ] {
        insta::assert_snapshot!(format!("over-{name}-80x24"), shown(&mut model, keys));
    }
    model.size = (160, 40);
    insta::assert_snapshot!("over-help-160x40", shown(&mut model, &["?"]));
}

#[test]
fn a_word_of_its_own_moves_no_column_of_the_alerts() {
    let mut model = trouble();
    model.size = (120, 40);
    press(&mut model, &["a"]);
    let reason = model.systems[0].alerts["worker-down"].alert.because.clone();
    let column = |model: &Model| {
        let shown = text(model);
        let row = shown.lines().skip(2).find(|row| row.contains(&reason)).unwrap().to_owned();
        (row.find(&reason).unwrap(), row)
    };
    let (before, _) = column(&model);
    model.systems[0].alerts["worker-down"].rule.word = Some("Medium".to_owned());
    let (after, row) = column(&model);
    assert!(row.contains("Medium "), "{row}");
    assert_eq!(after, before, "{row}");
}

#[test]
fn escape_and_a_key_in_one_piece_are_both_pressed() {
    let mut model = trouble();
    let before = model.focus;
    press(&mut model, &["Enter"]);
    assert_eq!(model.overlays.len(), 1);
    press(&mut model, &["Alt-Tab"]);
    assert_eq!((model.overlays.len(), model.focus), (0, before + 1), "closed, then the next panel");
    press(&mut model, &["Enter", "Alt-q"]);
    assert!(model.overlays.is_empty());
    // in a line that is being typed it is no text, and closes nothing
    press(&mut model, &["/", "r", "Alt-e"]);
    assert!(model.filtering && model.filter.text == "r");
}

#[test]
fn the_first_screen_and_the_fleet() {
    let mut model = Bench::trouble().model((120, 30));
    model.systems.push(Bench::leaking().watch);
    model.systems.push(Bench::starting().watch);
    model.systems.push(Bench::healthy().watch);
    model.screen = Screen::Fleet;
    insta::assert_snapshot!("fleet-120x30", text(&model));
    model.size = (50, 14);
    model.list_cursor = 3;
    insta::assert_snapshot!("fleet-50x14", text(&model));
    model.systems.clear();
    model.screen = Screen::First;
    model.offers = vec![
        Offer { name: "shop".into(), title: "Shop".into(), needs: Vec::new() },
        Offer { name: "mail".into(), title: "Mail".into(), needs: vec!["mail_key (MAIL_KEY)".into()] },
    ];
    model.size = (80, 24);
    insta::assert_snapshot!("first-80x24", text(&model));
}

#[test]
fn scrolling_ends_at_the_last_line() {
    let bottom = shown(&mut trouble(), &["Tab", "Tab", "Enter", "G", "G"]);
    assert!(bottom.contains("Empty a queue  destructive"), "the last of what can be done: {bottom}");
    assert!(bottom.contains("of 33 ─"), "{bottom}");
}

#[test]
fn the_state_stays_in_sight_under_an_overlay() {
    let mut model = trouble();
    for keys in [&["?"][..], &["j", "Enter"], &[":"]] {
        let text = shown(&mut model, keys);
        assert!(text.contains("✗ CRITICAL"), "{text}");
    }
}

#[test]
fn marks_and_notes_are_told() {
    let mut model = Bench::healthy().demo((120, 40), "redis-down");
    model.options.read_only = true;
    press(&mut model, &["p"]);
    let header = lines(&paint_at(&model, &dark())).remove(0);
    for mark in ["PRODUCTION", "PAUSED", "READ-ONLY", "DEMO", "simulated, fault redis-down"] {
        assert!(header.contains(mark), "{mark}: {header}");
    }
    press(&mut model, &["Ctrl-c"]);
    assert!(text(&model).lines().last().unwrap().contains("press Ctrl-C again to quit"));
}

#[test]
fn rows_stand_side_by_side_where_they_fit_and_below_each_other_where_not() {
    use crate::base::{ComponentId, Shown};
    use crate::probe::Detail;
    let api = ComponentId::new("api").unwrap();
    let cells = |texts: &[&str]| texts.iter().map(|text| Shown::from_remote(text)).collect::<Vec<_>>();
    let note = "n".repeat(60);
    for (name, columns, rows) in [
        ("narrow", &["id", "status"][..], vec![cells(&["7", "pending"]), cells(&["11", "in progress"])]),
        ("wide", &["id", "note", "why", "who"], vec![cells(&["7", &note, &note, &note])]),
        ("none", &["id", "status"], Vec::new()),
    ] {
        let mut bench = Bench::healthy();
        let cut = (name == "wide").then(|| "first 1 of 1204 rows".to_owned());
        bench.watch.components[&api].detail = Detail::Table { columns: cells(columns), rows, cut };
        let mut model = bench.model((80, 24));
        press(&mut model, &["Enter", "G"]);
        insta::assert_snapshot!(format!("over-rows-{name}-80x24"), text(&model));
    }
}
