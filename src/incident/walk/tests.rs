//! A walk as events and back.

use super::*;
use crate::base::RunbookId;
use crate::incident::{Event, IncidentId, Kind};

const TEXT: &str = "\
# Stuck

**Scenario:** It stands.

## Symptoms

- It stands <!-- when: a.up -->

## Diagnosis

### Check 1: It lives

**Expected Output:** It lives. <!-- expect: a.up -->

## Resolution Steps

### Option A: Restart

1. Restart. <!-- action: restart -->
2. Tell them.

### Option B: Move

1. Move. <!-- action: move -->

## Verification

- [ ] It answers <!-- expect: a.up -->
";

fn runbook() -> Arc<Runbook> {
    Arc::new(crate::runbook::read_house(RunbookId::new("stuck").unwrap(), TEXT))
}

/// The walk as it is after these were told, one a second, with these runs.
fn after(told: Vec<Told>, runs: &[Ran]) -> (Incident, Walk) {
    let at = |second: i64| Timestamp::from_second(1_800_000_000 + second).unwrap();
    let events: Vec<Event> =
        (1..).zip(told).map(|(n, told)| Event::new(at(n), "alice@ops1", Kind::Step(told))).collect();
    let mut incident = Incident::of(IncidentId::new("2026-11-22-shop-1").unwrap(), &events, &[]);
    incident.runs = runs.to_vec();
    let walk = incident.walk(runbook());
    (incident, walk)
}

fn ran(outcome: Option<&str>) -> Ran {
    Ran {
        run: "r1".to_owned(),
        at: Timestamp::UNIX_EPOCH,
        by: "alice@ops1".to_owned(),
        action: "restart".to_owned(),
        target: None,
        call: String::new(),
        is_command: false,
        outcome: outcome.map(str::to_owned),
        seconds: None,
        because: "a.up = true".to_owned(),
        undo: None,
    }
}

#[test]
fn what_was_told_is_where_the_next_walk_goes_on() {
    let marks = [
        Mark::Done,
        Mark::Verified { because: "a.up = true".to_owned() },
        Mark::NotVerified { why: "a.up = false".to_owned() },
        Mark::Failed { why: "exited with 3".to_owned() },
        Mark::Skipped { reason: "is up".to_owned() },
    ];
    let walk = Walk::new(runbook());
    for mark in marks {
        let (_, resumed) = after(vec![told(&walk, 2, &mark).unwrap()], &[]);
        assert_eq!(resumed.marked(2), &mark);
        assert_eq!(resumed.chosen(1), Some("Option A: Restart"), "what was done tells the way");
    }
    for as_expected in [Some(true), Some(false), None] {
        let mark = Mark::Found { what: "a.up = false".to_owned(), as_expected };
        let (_, resumed) = after(vec![told(&walk, 1, &mark).unwrap()], &[]);
        assert_eq!(resumed.marked(1), &mark);
    }
    assert_eq!(told(&walk, 1, &Mark::Todo), None);
    assert_eq!(told(&walk, 9, &Mark::Done), None);
}

#[test]
fn the_way_that_was_chosen_last_counts_and_hides_nothing_that_was_done() {
    let mut walk = Walk::new(runbook());
    let chosen = |walk: &Walk, option: &str| chose(walk, 1, option, "").unwrap();
    let mut events = vec![chosen(&walk, "Option A: Restart")];
    walk.mark(2, Mark::Verified { because: "so".to_owned() });
    events.push(told(&walk, 2, walk.marked(2)).unwrap());
    events.push(chosen(&walk, "Option B: Move"));
    let (_, resumed) = after(events.clone(), &[]);
    assert_eq!(resumed.chosen(1), Some("Option B: Move"));
    events.push(chosen(&walk, "Option A: Restart"));
    let (_, resumed) = after(events, &[]);
    assert_eq!(resumed.chosen(1), Some("Option A: Restart"));
    assert_eq!(resumed.marked(2).word(), "verified", "what is behind is not done again");
}

#[test]
fn a_step_that_was_begun_is_what_its_run_came_to() {
    let walk = Walk::new(runbook());
    let mut told = begun(&walk, 2).unwrap();
    told.run = Some("r1".to_owned());
    for (outcome, word) in [
        (None, "todo"),
        (Some("verified"), "verified"),
        (Some("not_verified"), "not verified"),
        (Some("unknown"), "failed"),
    ] {
        let (incident, resumed) = after(vec![told.clone()], &[ran(outcome)]);
        assert_eq!(resumed.marked(2).word(), word, "{outcome:?}");
        assert_eq!(incident.begun("stuck"), Some((2, Some("r1"))));
    }
    assert_eq!(after(vec![told], &[]).1.marked(2), &Mark::Todo, "what never ran is to be done");
}
