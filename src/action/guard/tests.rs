//! The guard as a table: what is changed in a case that is permitted, and what it says then.

use super::*;
use crate::action::Condition;

const RUN: &str = "0192d3c4-0000-7000-8000-000000000001";

fn preview(confirm: Confirm) -> Preview {
    Preview {
        at: jiff::Timestamp::UNIX_EPOCH,
        system: "shop".into(),
        environment: "production".into(),
        action: "restart-worker".into(),
        title: "Restart worker".into(),
        risk: "disruptive".into(),
        confirm,
        target: "worker".into(),
        call: "/bin/true".into(),
        calls: Vec::new(),
        items: Vec::new(),
        effect: None,
        affects: Vec::new(),
        evidence: Vec::new(),
        precondition: None,
        verify: None,
        verify_within_s: 60,
        timeout_s: 60,
        undo: None,
        last: None,
        held_by: None,
        reach: crate::action::Reach::Host,
        refusal: None,
        picture: vec![("worker".into(), "down".into()), ("call".into(), "/bin/true".into())],
    }
}

fn now() -> Timestamp {
    "2026-11-22T03:12:00Z".parse().unwrap()
}

fn last(seconds_ago: i64) -> LastRun {
    LastRun {
        run: "r".into(),
        action: "restart-worker".into(),
        who: "alice@ops1".into(),
        at: now() - jiff::SignedDuration::from_secs(seconds_ago),
        outcome: Some("verified".into()),
    }
}

fn recent(seconds_ago: i64, verified: bool) -> Recent {
    Recent { last: last(seconds_ago), verified }
}

/// What a row changes in a case that is permitted.
type Change = fn(&mut Preview, &mut Preview, &mut Given, &mut Vec<Recent>);

fn decide(forbidden: Option<&str>, when_unknown: WhenUnknown, rest: Duration, change: Change) -> String {
    let (mut shown, mut fresh) = (preview(Confirm::Yes), preview(Confirm::Yes));
    let mut given = Given { confirm: Some(Confirm::Yes), reason: None };
    let mut recents = Vec::new();
    change(&mut shown, &mut fresh, &mut given, &mut recents);
    let run = RunId::new(RUN).unwrap();
    let case = Case {
        run: &run,
        forbidden,
        given: &given,
        shown: &shown,
        fresh: &fresh,
        when_unknown,
        rest,
        recent: &recents,
        now: now(),
    };
    permit(&case).map_or_else(|refusal| refusal.to_string(), |permit| format!("permit for {}", permit.run().short()))
}

fn redis(holds: Option<bool>) -> Condition {
    Condition { text: "redis.up".into(), holds, because: "redis.up = false".into() }
}

#[test]
fn every_reason_to_refuse_and_nothing_else_refuses() {
    let minute = Duration::from_secs(60);
    let rows: &[(Change, &str)] = &[
        (|_, _, _, _| {}, "permit for 00000001"),
        (|_, fresh, _, _| fresh.refusal = Some("no 'systemctl' in PATH".into()), "no 'systemctl' in PATH"),
        (|_, _, given, _| given.confirm = None, "not confirmed: give --yes"),
        (|_, _, given, _| given.confirm = Some(Confirm::Enter), "not confirmed: give --yes"),
        (|_, _, given, _| given.confirm = Some(Confirm::Name), "permit"),
        (|_, fresh, _, _| fresh.confirm = Confirm::Name, "not confirmed: give --confirm shop"),
        (|_, fresh, _, _| fresh.picture[0].1 = "up".into(), "changed since shown: worker: down, now up"),
        (
            |shown, _, _, _| shown.picture[1].1 = "/bin/false".into(),
            "changed since shown: call: /bin/false, now /bin/true",
        ),
        (|_, fresh, _, _| fresh.picture.truncate(1), "changed since shown: call: /bin/true, now nothing"),
        (|_, fresh, _, _| fresh.precondition = Some(redis(Some(true))), "permit"),
        (
            |_, fresh, _, _| fresh.precondition = Some(redis(Some(false))),
            "precondition does not hold: redis.up: redis.up = false",
        ),
        (|_, fresh, _, _| fresh.precondition = Some(redis(None)), "precondition unknown: redis.up"),
        (|_, _, _, recents| recents.push(recent(30, true)), "restart-worker worked 30 s ago (alice@ops1)"),
        (|_, _, _, recents| recents.push(recent(30, false)), "permit"),
        (|_, _, _, recents| recents.push(recent(61, true)), "permit"),
        (
            |_, _, _, recents| recents.extend([100, 200, 300].map(|s| recent(s, false))),
            "3 runs on worker in 15 minutes",
        ),
        (|_, _, _, recents| recents.extend([100, 200, 901].map(|s| recent(s, false))), "permit"),
        (
            |_, _, given, recents| {
                recents.push(recent(30, true));
                given.reason = Some("it came back with the old key".into());
            },
            "permit",
        ),
    ];
    for (number, (change, wanted)) in rows.iter().enumerate() {
        let told = decide(None, WhenUnknown::Refuse, minute, *change);
        assert!(told.starts_with(wanted), "row {number}: {told}");
    }
}

#[test]
fn what_is_meant_for_an_outage_runs_in_one() {
    let unknown: Change = |_, fresh, _, _| fresh.precondition = Some(redis(None));
    assert!(decide(None, WhenUnknown::Allow, Duration::ZERO, unknown).starts_with("permit"));
    let broken: Change = |_, fresh, _, _| fresh.precondition = Some(redis(Some(false)));
    assert!(decide(None, WhenUnknown::Allow, Duration::ZERO, broken).starts_with("precondition does not hold"));
}

#[test]
fn what_never_rests_may_run_every_second() {
    let often: Change = |_, _, _, recents| recents.extend((0..50).map(|s| recent(s, true)));
    assert!(decide(None, WhenUnknown::Refuse, Duration::ZERO, often).starts_with("permit"));
}

#[test]
fn read_only_comes_first() {
    let change: Change = |_, _, given, _| given.confirm = Some(Confirm::Name);
    assert_eq!(decide(Some("read-only"), WhenUnknown::Allow, Duration::ZERO, change), "read-only");
}

#[test]
fn a_held_target_names_its_holder() {
    let held: Change = |_, fresh, _, _| {
        fresh.held_by = Some(Holder {
            run: "r".into(),
            action: "restart-redis".into(),
            target: "redis".into(),
            who: "alice@ops1 (pts/3)".into(),
            since: now(),
        });
    };
    let told = decide(None, WhenUnknown::Refuse, Duration::ZERO, held);
    assert_eq!(told, "alice@ops1 (pts/3) runs restart-redis on redis since 03:12:00 UTC");
}
