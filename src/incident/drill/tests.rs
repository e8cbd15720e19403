//! What counts for which time, and what a drill comes to.

use super::score::graded;
use super::*;

fn task(passes: bool) -> Task {
    Task {
        seed: 7,
        system: "shop".to_owned(),
        fault: "store-down".to_owned(),
        title: "The store is down".to_owned(),
        runbook: "store-down".to_owned(),
        actions: vec!["restart-store".to_owned()],
        passes,
    }
}

fn played(passes: bool, seen: &[(u64, Seen)]) -> Score {
    let mut drill = Drill::new(task(passes));
    for (at, seen) in seen {
        drill.absorb(Duration::from_secs(*at), seen.clone());
    }
    drill.score(Duration::from_secs(seen.last().map_or(0, |(at, _)| *at)))
}

fn looked(well: bool) -> Seen {
    Seen::Looked { well }
}

fn book(id: &str) -> Seen {
    Seen::Runbook { system: "shop".to_owned(), id: id.to_owned() }
}

fn began(run: &str, action: &str) -> Seen {
    Seen::Began { run: run.to_owned(), system: "shop".to_owned(), action: action.to_owned() }
}

#[test]
fn a_quick_recovery_by_the_runbook_is_worth_all() {
    let score = played(
        false,
        &[
            (5, looked(true)),
            (20, Seen::Broke),
            (24, looked(false)),
            (40, book("store-down")),
            (60, began("1", "restart-store")),
            (63, Seen::Healed),
            (64, looked(false)),
            (70, looked(true)),
            (79, looked(true)),
            (80, looked(true)),
        ],
    );
    assert_eq!((score.points, score.end), (100, End::Recovered));
    let times = (score.broke_s, score.shown_s, score.reacted_s, score.runbook_s, score.healed_s, score.recovered_s);
    assert_eq!(times, (Some(20), Some(4), Some(20), Some(20), Some(43), Some(50)));
    assert_eq!((score.healed_by.as_deref(), score.lasted_s), (Some("restart-store"), 80));
    assert_eq!(score.result(), "pass, 100 of 100");
}

#[test]
fn what_is_done_before_the_fault_or_after_the_end_is_no_answer_to_it() {
    let early = [(1, book("store-down")), (2, Seen::Reacted), (20, Seen::Broke), (25, looked(false))];
    let score = played(false, &early);
    assert_eq!((score.reacted_s, score.runbook_s, score.wrong.len(), score.points), (None, None, 0, 0));
    let late = [(20, Seen::Broke), (25, Seen::Left), (26, book("store-down")), (27, began("1", "x"))];
    let score = played(false, &late);
    assert_eq!((score.end, score.runbook_s, score.unneeded.len()), (End::Left, None, 0));
}

#[test]
fn a_system_is_well_again_only_when_it_stays_so_after_the_fault_is_gone() {
    let begin = [(10, Seen::Broke), (12, looked(false))];
    for (rest, recovered) in [
        // well while the fault is on: it flaps
        (vec![(20, looked(true)), (60, looked(true))], None),
        (vec![(20, Seen::Healed), (21, looked(true)), (30, looked(true))], None),
        (vec![(20, Seen::Healed), (21, looked(true)), (25, looked(false)), (31, looked(true))], None),
        (vec![(20, Seen::Healed), (21, looked(true)), (31, looked(true))], Some(11)),
        (vec![(15, looked(true)), (20, Seen::Healed), (30, looked(true))], Some(10)),
    ] {
        let all: Vec<_> = begin.iter().cloned().chain(rest.clone()).collect();
        assert_eq!(played(false, &all).recovered_s, recovered, "{rest:?}");
    }
}

#[test]
fn only_runs_that_were_neither_of_the_runbook_nor_the_end_of_the_fault_are_unneeded() {
    let other = Seen::Began { run: "9".to_owned(), system: "mill".to_owned(), action: "restart-store".to_owned() };
    let score = played(
        false,
        &[
            (5, began("0", "restart-all")),
            (10, Seen::Broke),
            (20, began("1", "restart-store")),
            (25, began("2", "flush")),
            (26, Seen::Refused { run: "2".to_owned() }),
            (30, other),
            (35, began("3", "move-store")),
            (36, Seen::Healed),
            (40, began("4", "restart-all")),
            (41, began("4", "restart-all")),
        ],
    );
    assert_eq!(score.unneeded, ["shop/restart-all", "mill/restart-store", "shop/restart-all"]);
    assert_eq!(score.healed_by.as_deref(), Some("move-store"));
    assert_eq!(score.less(), 30);
}

#[test]
fn another_systems_runbook_is_wrong_once_and_no_sign_that_it_was_seen() {
    let other = Seen::Runbook { system: "mill".to_owned(), id: "store-down".to_owned() };
    let score = played(false, &[(10, Seen::Broke), (20, other.clone()), (21, other), (30, book("queue-full"))]);
    assert_eq!(
        (score.wrong.as_slice(), score.reacted_s),
        (&["mill/store-down".into(), "shop/queue-full".into()][..], Some(20))
    );
    assert_eq!((score.less(), score.points), (10, 10));
}

#[test]
fn what_passes_is_counted_from_its_end_and_was_ended_by_nobody() {
    let seen = [
        (10, Seen::Broke),
        (12, looked(false)),
        (20, book("store-down")),
        (30, began("1", "restart-all")),
        (600, Seen::Healed),
        (610, looked(true)),
        (620, looked(true)),
    ];
    let score = played(true, &seen);
    assert_eq!((score.parts(), score.healed_by.as_deref(), score.points), ([20, 20, 60], None, 90));
    assert_eq!(played(false, &seen).parts()[2], 60 * (1800 - 598) / 1500, "one that could have been ended");
}

#[test]
fn points_fall_evenly_between_their_limits() {
    for (seconds, points) in [(0, 20), (60, 20), (61, 19), (180, 10), (299, 0), (300, 0), (9000, 0)] {
        assert_eq!(graded(20, seconds, (60, 300)), points, "{seconds}");
    }
    let unseen = played(false, &[(10, Seen::Broke), (12, looked(false)), (13, Seen::Left)]);
    assert_eq!((unseen.points, unseen.result().as_str()), (0, "failed: left before the recovery, 0 of 100"));
    let nothing = played(false, &[(5, Seen::Left)]);
    assert!(!nothing.rows().iter().any(|(_, value)| value.contains("store")), "{:?}", nothing.rows());
}

#[test]
fn half_an_hour_is_the_end() {
    let score = played(false, &[(10, Seen::Broke), (1799, looked(false)), (1800, looked(false)), (1801, Seen::Left)]);
    assert_eq!((score.end, score.lasted_s), (End::TimedOut, 1800));
}
