//! The panels as they were: marked everywhere, with the numbers of then, and nothing done from there.

use super::*;
use crate::app::{Effect, Screen};
use crate::base::Status;
use crate::signal::Past;
use crate::signal::past::{COARSE, Seen};
use crate::watch::chronicle::{Run, Stand, Standing};
use crate::watch::past::recalled;
use crate::watch::{Event, EventKind, Story};

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
        // for some seconds of one minute nothing was pending
        let low = if minutes == 150 { 0.0 } else { 480.0 };
        older.push(now - minutes * 60_000, Seen { low, high: 480.0, last: 480.0 }, patience, COARSE);
    }
    let system = model.systems[0].system.name.clone();
    let msg = Msg::Restored { system, pasts: vec![("wal.pending".parse().unwrap(), older)], story: Box::default() };
    let at = model.now;
    update(&mut model, msg, at);
    press(&mut model, &["+", "+", "+"]);
    assert!(text(&model).contains("charts show 6 h"), "{}", text(&model));
    model.toast = None;
    let shown = text(&model);
    assert!(shown.contains("500\u{2524}") && shown.contains("-6 h"), "{shown}");
    assert!(shown.contains("\u{2591} lowest to highest in"), "the dip is seen, and what marks it told\n{shown}");
    assert!(shown.contains("2 pending"), "the number is the live one\n{shown}");
    press(&mut model, &["-", "-", "-"]);
    assert!(!text(&model).contains("-6 h"), "{}", text(&model));
}

/// A dashboard that was started anew: the run before it watched for twenty minutes, saw the worker die, and ended four
/// minutes before this start.
fn restarted(bench: Bench, size: (u16, u16)) -> Model {
    let mut model = bench.model(size);
    let (now, watch) = (model.now, &model.systems[0]);
    let began = watch.chronicle.began();
    let [first, died, ended] = [-24, -7, -4].map(|minutes| began + minutes * 60_000);
    let event = |at, kind, status, text: &str| Event {
        before: true,
        ..Event::new(recalled(at, now), kind, status, text.to_owned())
    };
    let stand = |rule: &str, at, standing| {
        let because = "worker.state = down".to_owned();
        (rule.parse().unwrap(), Stand { at, standing, since: at, because })
    };
    let story = Story {
        runs: vec![Run { began: first, ended }],
        events: vec![
            event(
                first + 5000,
                EventKind::Action("restart-worker".parse().unwrap()),
                Status::Ok,
                "Restart worker: verified",
            ),
            event(died, EventKind::Component("worker".parse().unwrap()), Status::Critical, "Worker down: refused"),
        ],
        stands: vec![
            stand("worker-down", first + 1000, Standing::Inactive),
            stand("worker-down", died, Standing::Firing),
        ],
    };
    let mut up = Past::default();
    for at in (first..=ended).step_by(5000) {
        up.push(at, Seen::one(1.0), std::time::Duration::from_secs(15), COARSE);
    }
    let system = watch.system.name.clone();
    let pasts = ["api.up", "wal.up"].map(|key| (key.parse().unwrap(), up.clone())).into();
    update(&mut model, Msg::Restored { system, pasts, story: Box::new(story) }, now);
    model
}

#[test]
fn after_a_restart_the_events_go_on_under_a_line_for_what_nobody_watched() {
    let mut model = restarted(Bench::trouble(), (120, 40));
    insta::assert_snapshot!("restarted-120x40", text(&model));
    model.size = (80, 24);
    let footer = lines(&paint_at(&model, &dark())).pop().unwrap();
    assert!(!footer.contains("before") && !footer.contains("Restart"), "no news\n{footer}");
    press(&mut model, &["e"]);
    insta::assert_snapshot!("restarted-events-80x24", text(&model));
    let shown = text(&model);
    let row =
        |words: &str| shown.lines().position(|row| row.contains(words)).unwrap_or_else(|| panic!("{words}\n{shown}"));
    let gap = row("not watched for 4m00s, until midwatch started");
    assert!(row("before Worker down: refused") == gap + 1 && row("before Restart worker: verified") == gap + 2);
    // what comes afterwards stands above it
    let now = model.now;
    update(&mut model, Msg::NotKept("no disk".into()), now);
    assert!(text(&model).lines().position(|row| row.contains("no disk")).unwrap() < gap, "{}", text(&model));
}

#[test]
fn an_alert_that_fired_before_the_start_says_so_and_what_nobody_watched() {
    let detail = |bench: Bench| {
        let mut model = restarted(bench, (80, 24));
        let since = model.systems[0].alerts["worker-down"].alert.since;
        press(&mut model, &["a", "Enter"]);
        (text(&model), since.mono)
    };
    let mut bench = Bench::starting();
    let began = bench.look((80, 24), 0, |model| model.now.mono);
    bench.fail(&["worker"]);
    bench.run(300);
    let (shown, since) = detail(bench);
    assert!(since > began, "no alert lives on by what was");
    insta::assert_snapshot!("restarted-alert-80x24", shown);
    let (shown, _) = detail(Bench::trouble());
    assert!(!shown.contains("fired before"), "it was well after this start\n{shown}");
}

#[test]
fn walked_back_before_the_start_the_alerts_are_those_of_then() {
    for size in [(80, 24), (120, 40)] {
        let mut model = restarted(Bench::trouble(), size);
        let began = model.systems[0].chronicle.began();
        let minutes = (crate::signal::past::millis(model.now.mono) - began) / 60_000;
        // two minutes before the start nobody watched
        for _ in 0..minutes + 3 {
            press(&mut model, &["["]);
        }
        let shown = text(&model);
        assert!(size.0 < 120 || shown.contains("nothing was watched then"), "{shown}");
        press(&mut model, &["[", "[", "["]);
        insta::assert_snapshot!(format!("past-before-{}x{}", size.0, size.1), text(&model));
        let shown = text(&model);
        assert!(size.0 < 120 || shown.contains("Worker is down  worker.state = down"), "{shown}");
        // twelve minutes earlier it was well
        press(&mut model, &["{", "[", "["]);
        let shown = text(&model);
        assert!(size.0 < 120 || !shown.contains("Worker is down  worker.state = down"), "{shown}");
        assert!(size.0 < 120 || (shown.contains("Restart worker: verified") && !shown.contains("before ")), "{shown}");
    }
}
