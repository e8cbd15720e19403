//! The lines of `--plain`: one for each change, none where nothing changed.

use super::fixture::{SECRET, Shop};
use crate::base::{Cause, State};
use crate::probe::assess::Observation;
use crate::probe::{Detail, ProbeError};
use crate::report::plain::Told;

/// The lines that are due, without their times.
fn news(told: &mut Told, shop: &Shop) -> Vec<String> {
    let lines = told.news(&shop.watch, shop.now);
    lines.iter().map(|line| line.split_once(" UTC ").unwrap().1.to_owned()).collect()
}

fn refused() -> ProbeError {
    ProbeError::new(Cause::Refused, "refused 127.0.0.1:2")
}

#[test]
fn a_line_has_its_time() {
    let shop = Shop::calm();
    assert_eq!(
        Told::default().news(&shop.watch, shop.now),
        ["2026-11-22 02:50:01 UTC OK shop: all that was asked is well"]
    );
}

#[test]
fn what_happens_is_told_once_and_its_end_with_how_long_it_was() {
    let mut shop = Shop::open(&[]);
    let mut told = Told::default();
    let none: [&str; 0] = [];
    assert_eq!(news(&mut told, &shop), none, "nothing is known yet");
    shop.well(12);
    assert_eq!(news(&mut told, &shop), ["OK shop: all that was asked is well"]);
    let mut step = |shop: &mut Shop, what: &str, lines: &[&str]| {
        assert_eq!(news(&mut told, shop), lines, "{what}");
        shop.pass(1);
        assert_eq!(news(&mut told, shop), none, "{what}, a second later");
    };
    step(&mut shop, "all is well still", &[]);
    shop.refuses("worker", &refused());
    step(
        &mut shop,
        "it is down",
        &["CRITICAL shop: Worker is down: refused 127.0.0.1:2 (worker-down); runbook worker-crash"],
    );
    shop.refuses("worker", &ProbeError::new(Cause::Refused, "refused 127.0.0.1:22"));
    step(&mut shop, "the same cause in other words", &[]);
    shop.refuses("worker", &ProbeError::new(Cause::TimedOut, "timed out after 2s"));
    step(
        &mut shop,
        "another cause",
        &["CRITICAL shop: Worker is down: timed out after 2s (worker-down); runbook worker-crash"],
    );
    shop.rest_well(80);
    step(
        &mut shop,
        "a second alert",
        &["WARNING shop: WAL pending above 50: wal.pending = 80 > 50 (wal-backlog); runbook wal-backlog"],
    );
    shop.rest_well(81);
    step(&mut shop, "only a number moved", &[]);
    shop.pass(180);
    shop.well(12);
    step(
        &mut shop,
        "all is over",
        &[
            "OK shop: Worker: OK again after 3m05s (worker-down)",
            "OK shop: WAL pending above 50: OK again after 3m02s (wal-backlog)",
            "OK shop: all that was asked is well",
        ],
    );
}

#[test]
fn what_is_wrong_at_the_start_is_told_with_what_follows_from_it() {
    let shop = Shop::trouble();
    assert_eq!(
        news(&mut Told::default(), &shop),
        [
            "CRITICAL shop: Worker is down: refused 127.0.0.1:2 (worker-down); runbook worker-crash",
            "CRITICAL shop: No worker takes jobs, follows from Worker (workers-none)",
            "WARNING shop: WAL pending above 50: wal.pending = 128 > 50 (wal-backlog); runbook wal-backlog",
        ]
    );
}

#[test]
fn what_stands_behind_its_cause_for_a_while_is_not_told_to_be_over() {
    let mut shop = Shop::calm();
    let mut told = Told::default();
    drop(news(&mut told, &shop));
    shop.rest_well(80);
    assert_eq!(news(&mut told, &shop).len(), 1);
    let gone = ProbeError::new(Cause::Refused, "refused 127.0.0.1:1");
    shop.refuses("api", &gone);
    shop.refuses("wal", &gone);
    let lines = news(&mut told, &shop);
    assert!(lines[0].starts_with("CRITICAL shop: Front door is down"), "{lines:?}");
    assert!(lines.iter().all(|line| !line.starts_with("OK ")), "{lines:?}");
    shop.well(12);
    let lines = news(&mut told, &shop);
    assert!(lines.iter().any(|line| line.contains("WAL pending above 50: OK again")), "{lines:?}");
    assert_eq!(lines.iter().filter(|line| line.contains("all that was asked")).count(), 1, "{lines:?}");
}

#[test]
fn degraded_is_told_though_no_rule_says_so() {
    let mut shop = Shop::calm();
    let mut told = Told::default();
    drop(news(&mut told, &shop));
    let reason = Some(ProbeError::new(Cause::Unhealthy, "2 of 3 breakers open"));
    let latency = std::time::Duration::from_millis(3);
    let seen = Observation { state: State::Degraded, reason, signals: Vec::new(), latency, detail: Detail::None };
    shop.report("api", Ok(seen));
    assert_eq!(news(&mut told, &shop), ["INFO shop: Front door is degraded: 2 of 3 breakers open"]);
    shop.pass(60);
    shop.well(12);
    assert_eq!(news(&mut told, &shop), ["OK shop: Front door: OK again after 1m00s"]);
}

#[test]
fn remote_texts_stay_on_their_line_and_secrets_are_for_the_redactor_to_see() {
    let shop = Shop::hostile();
    let lines = Told::default().news(&shop.watch, shop.now);
    assert!(lines.len() > 1);
    for line in lines {
        assert!(!line.chars().any(char::is_control), "{line:?}");
        assert!(!shop.redactor.redact(&line).contains(SECRET), "{line}");
    }
}
