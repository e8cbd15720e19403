//! The walk: all is well, a fault appears by itself, it is looked at from all sides, it goes away by itself, one leaves.

use std::time::{Duration, Instant};

use crate::midwatch::{Shop, close_alerts, dismiss, in_body, line, open_alerts, press, quit};
use crate::support::key::Key;
use crate::support::pty::Pty;
use crate::support::terminal::find;

/// How long a recovery may take to show.
const RECOVERY: Duration = Duration::from_secs(15);

#[test]
fn a_fault_appears_is_understood_and_goes_away() {
    let mut shop = Shop::open();
    let pty = shop.watch();
    shop.http.stub().close();
    pty.wait_for("a critical situation with its cause", |screen| {
        let situation = line(screen, 1);
        situation.contains("CRITICAL") && situation.contains("Front door") && situation.contains("refused")
    })
    .unwrap();

    press(&pty, Key::Enter, "Last errors");
    dismiss(&pty, Key::Esc, "Last errors");
    alerts_and_events(&pty);

    shop.http.stub().reopen();
    let reopened = Instant::now();
    pty.wait_for("the recovery", |screen| line(screen, 1).contains("OK")).unwrap();
    assert!(reopened.elapsed() < RECOVERY, "{:?}", reopened.elapsed());
    press(&pty, Key::Char('e'), "Events, times in");
    pty.wait_for("the recovery as an event", |screen| in_body(screen, "Front door is up again")).unwrap();
    dismiss(&pty, Key::Char('e'), "Events, times in");

    shop.orders(4242);
    pty.wait_for("the warning", |screen| {
        line(screen, 1).contains("WARNING") && line(screen, 1).contains("Orders pile up")
    })
    .unwrap();
    quit(&pty);
    assert!(shop.http.hits().iter().all(|hit| hit.method == "GET"), "watching only reads");
}

fn alerts_and_events(pty: &Pty) {
    let screen = open_alerts(pty);
    assert!(in_body(&screen, "Front door is down"), "{}", pty.screen_text());
    close_alerts(pty);
    press(pty, Key::Char('e'), "Events, times in UTC");
    pty.wait_for("the fall as an event", |screen| in_body(screen, "Front door")).unwrap();
    dismiss(pty, Key::Char('e'), "Events, times in");
}

#[test]
fn the_ways_around() {
    let shop = Shop::open();
    let pty = shop.program().args(["--tz", "Asia/Tokyo"]).start().unwrap();
    pty.wait_text("all 3 components answer").unwrap();

    press(&pty, Key::Char('?'), "Commands");
    dismiss(&pty, Key::Char('?'), "Commands");

    press(&pty, Key::Char(':'), "Find a command");
    pty.send("wht chngd").unwrap();
    pty.wait_text("1 of 1").unwrap();
    press(&pty, Key::Enter, "Events, times in UTC");
    dismiss(&pty, Key::Esc, "Events, times in");

    // alone on the screen, so that no other panel tells of the hidden rows
    pty.send_key(Key::Char('z')).unwrap();
    pty.wait_for("one panel alone", |screen| !in_body(screen, "Orders") && in_body(screen, "Front door")).unwrap();
    press(&pty, Key::Char('/'), "Enter keeps it");
    pty.send("cach").unwrap();
    pty.wait_for("only what was searched", |screen| !in_body(screen, "Front door") && in_body(screen, "Cache"))
        .unwrap();
    pty.send_key(Key::Enter).unwrap();
    pty.wait_text("filter cach").unwrap();
    pty.send_key(Key::Esc).unwrap();
    pty.wait_for("all rows", |screen| in_body(screen, "Front door")).unwrap();
    pty.send_key(Key::Char('z')).unwrap();
    pty.wait_for("all panels", |screen| in_body(screen, "Orders")).unwrap();

    for zone in ["Tokyo", "Berlin", "UTC"] {
        pty.send_key(Key::Char('t')).unwrap();
        // the screen's own zone is the one with seconds
        let is_told = |piece: &str| piece.matches(':').count() == 2 && piece.ends_with(zone);
        pty.wait_for(zone, |screen| line(screen, 0).split("  ").any(|piece| is_told(piece.trim()))).unwrap();
    }
    quit(&pty);
}

#[test]
fn pausing_stops_the_polls_and_refreshing_asks_at_once() {
    let shop = Shop::open();
    let pty = shop.watch();
    press(&pty, Key::Char('p'), "PAUSED");
    // one poll may have been under way
    let asked = shop.polls();
    let more = shop.http.reaches("/health", asked + 2, Duration::from_millis(2500));
    assert!(!more, "polled {} times while paused", shop.polls() - asked);
    dismiss(&pty, Key::Char('p'), "PAUSED");
    shop.http.wait_hits("/health", asked + 3);

    assert_eq!(shop.http.wait_hits("/nightly", 1).len(), 1, "asked once in ten minutes");
    press(&pty, Key::Ctrl('r'), "polling everything now");
    shop.http.wait_hits("/nightly", 2);
    quit(&pty);
}

#[test]
fn every_size_shows_what_matters() {
    let mut shop = Shop::open();
    let pty = shop.watch();
    shop.http.stub().close();
    pty.wait_for("the fault", |screen| line(screen, 1).contains("CRITICAL")).unwrap();
    for (columns, rows) in [(80, 24), (40, 12), (10, 3), (200, 60), (120, 40)] {
        pty.resize(columns, rows).unwrap();
        let wanted = format!("the fault at {columns}x{rows}");
        let screen = pty.wait_for(&wanted, |screen| {
            let told = find(screen, if columns < 40 { "CRIT" } else { "CRITICAL" }).is_some();
            told && (columns < 40 || find(screen, "Front door").is_some() && line(screen, rows - 1).contains('?'))
        });
        screen.unwrap();
    }
    quit(&pty);
}
