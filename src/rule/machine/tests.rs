//! Series in, states out.

use super::*;
use crate::base::{Cause, Missing, Period, Severity, SignalKey};
use crate::expr::Expr;
use crate::signal::Value;

/// What a poll brings.
#[derive(Clone, Copy)]
enum Poll {
    Value(i64),
    Refused,
    /// Nobody looks: the machine sleeps.
    Asleep,
}
use Poll::{Asleep, Refused, Value as Is};

fn rule(when: &str, hold: u64, keep: u64, clear_when: Option<&str>) -> RuleSpec {
    RuleSpec {
        hold: Period::secs(hold),
        keep_firing_for: Period::secs(keep),
        clear_when: clear_when.map(|text| Expr::compile(text).unwrap()),
        ..RuleSpec::new("backlog", Expr::compile(when).unwrap(), Severity::Warning)
    }
}

fn at(secs: u64) -> Now {
    Now::at(secs as f64, jiff::Timestamp::UNIX_EPOCH)
}

/// One poll and one evaluation every 10 s; each phase is what polls bring until a moment. Returns every change as
/// `second state`, with `*` where it is no news and `~` where it flaps, and the alert.
fn run(rule: &RuleSpec, phases: &[(u64, Poll)]) -> (String, Alert) {
    let key: SignalKey = "wal.pending".parse().unwrap();
    let mut store = SignalStore::default();
    store.register(key.component.clone(), Timing { every: Duration::from_secs(10), timeout: Duration::from_secs(2) });
    let mut alert = Alert::new(at(0));
    let mut said = Vec::new();
    let mut second = 0;
    for (until, poll) in phases {
        while second < *until {
            let now = at(second);
            match poll {
                Is(value) => store.record(&key, Value::Int(*value), None, now.mono),
                Refused => store.record_missing(
                    &key,
                    Missing::Failed { cause: Cause::Refused, text: "refused 127.0.0.1:1".into() },
                ),
                Asleep => {}
            }
            if !matches!(poll, Asleep)
                && let Some(change) = alert.evaluate(rule, &store, now)
            {
                let quiet = if change.is_news() { "" } else { "*" };
                let flaps = if alert.is_flapping(now) { "~" } else { "" };
                said.push(format!("{second} {}{quiet}{flaps}", change.to.word()));
            }
            second += 10;
        }
    }
    (said.join(", "), alert)
}

/// Name, rule, phases, changes.
type Row<'a> = (&'a str, &'a RuleSpec, &'a [(u64, Poll)], &'a str);

#[test]
fn series_in_states_out() {
    let plain = rule("wal.pending > 50", 300, 0, None);
    let at_once = rule("wal.pending > 50", 0, 0, None);
    let kept = rule("wal.pending > 50", 0, 60, None);
    let hysteresis = rule("wal.pending > 50", 0, 0, Some("wal.pending < 40"));
    let table: &[Row<'_>] = &[
        ("exactly `for`", &plain, &[(100, Is(1)), (500, Is(51))], "0 inactive*, 100 pending, 400 firing"),
        (
            "one second short",
            &plain,
            &[(100, Is(1)), (400, Is(51)), (500, Is(1))],
            "0 inactive*, 100 pending, 400 inactive",
        ),
        (
            "starting up in trouble is no news",
            &at_once,
            &[(30, Refused), (60, Is(51)), (90, Is(1))],
            "30 firing*, 60 inactive",
        ),
        ("pending at the start, then news", &plain, &[(310, Is(51))], "0 pending*, 300 firing"),
        (
            "a failed poll does not start `for` anew",
            &plain,
            &[(100, Is(51)), (110, Refused), (400, Is(51))],
            "0 pending*, 100 unknown, 110 pending, 300 firing",
        ),
        (
            "a gap that nothing covers does",
            &plain,
            &[(100, Is(51)), (160, Refused), (600, Is(51))],
            "0 pending*, 100 unknown, 160 pending, 460 firing",
        ),
        (
            "sleeping does not satisfy `for`",
            &plain,
            &[(100, Is(51)), (1000, Asleep), (1400, Is(51))],
            "0 pending*, 1300 firing",
        ),
        (
            "unknown keeps what fired",
            &at_once,
            &[(10, Is(1)), (50, Is(51)), (400, Refused), (430, Is(51)), (460, Is(1))],
            "0 inactive*, 10 firing, 50 unknown, 400 firing*, 430 inactive",
        ),
        (
            "what ended meanwhile is over",
            &at_once,
            &[(10, Is(1)), (50, Is(51)), (400, Refused), (430, Is(1))],
            "0 inactive*, 10 firing, 50 unknown, 400 inactive",
        ),
        (
            "kept firing",
            &kept,
            &[(10, Is(1)), (50, Is(51)), (80, Is(1)), (90, Is(51)), (300, Is(1))],
            "0 inactive*, 10 firing, 140 inactive",
        ),
        (
            "oscillation within hysteresis does not toggle",
            &hysteresis,
            &[(10, Is(1)), (20, Is(51)), (30, Is(45)), (40, Is(52)), (50, Is(40)), (60, Is(39)), (70, Is(45))],
            "0 inactive*, 10 firing, 50 inactive",
        ),
        (
            "unknown does not clear",
            &hysteresis,
            &[(10, Is(1)), (20, Is(51)), (60, Refused), (70, Is(45)), (80, Is(39))],
            "0 inactive*, 10 firing, 20 unknown, 60 firing*, 70 inactive",
        ),
        (
            "flapping from the fifth change",
            &at_once,
            &[(10, Is(1)), (20, Is(51)), (30, Is(1)), (40, Is(51)), (50, Is(1)), (60, Is(51)), (70, Is(1))],
            "0 inactive*, 10 firing, 20 inactive, 30 firing, 40 inactive, 50 firing~, 60 inactive~",
        ),
        (
            "unknown in between is no flapping",
            &at_once,
            &[(10, Is(51)), (20, Refused), (30, Is(51)), (40, Refused), (50, Is(51)), (60, Refused), (70, Is(51))],
            "0 firing*, 10 unknown, 20 firing*, 30 unknown, 40 firing*, 50 unknown, 60 firing*",
        ),
    ];
    for (name, rule, phases, want) in table {
        assert_eq!(run(rule, phases).0, *want, "{name}");
    }
}

#[test]
fn a_flapping_mark_ends_when_it_has_been_quiet() {
    let at_once = rule("wal.pending > 50", 0, 0, None);
    let (_, alert) = run(&at_once, &[(10, Is(1)), (20, Is(51)), (30, Is(1)), (40, Is(51)), (50, Is(1)), (60, Is(51))]);
    assert!(alert.is_flapping(at(610)));
    assert!(!alert.is_flapping(at(611)));
}

#[test]
fn it_remembers_since_when_and_why() {
    let plain = rule("wal.pending > 50", 60, 0, Some("wal.pending < 40"));
    let (_, alert) = run(&plain, &[(100, Is(1)), (300, Is(51))]);
    assert_eq!((alert.since, alert.because.as_str()), (at(100), "wal.pending = 51 > 50"));
    let (_, alert) = run(&plain, &[(100, Is(1)), (300, Is(51)), (400, Is(128))]);
    assert_eq!((alert.since, alert.because.as_str()), (at(100), "wal.pending = 128 > 50"), "the number of now");
    let (_, alert) = run(&plain, &[(100, Is(1)), (300, Is(51)), (400, Refused)]);
    assert_eq!((alert.was_firing(), alert.since), (Some(at(100)), at(300)));
    assert_eq!(alert.because, "wal.pending unknown (refused)");
    let (_, alert) = run(&plain, &[(100, Is(1)), (300, Is(51)), (400, Refused), (500, Is(45))]);
    assert_eq!((alert.state, alert.since), (AlertState::Firing, at(100)));
    let (_, alert) = run(&plain, &[(100, Is(1)), (300, Is(51)), (310, Is(3))]);
    assert_eq!((alert.because.as_str(), alert.was_firing()), ("wal.pending = 3 < 40", None));
}
