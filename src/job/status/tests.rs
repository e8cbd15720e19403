//! Schedules against what systems tell.

use super::*;
use crate::base::template::Variable;
use crate::base::{Cause, Missing, SignalKey, Variables};

fn spec(toml: &str) -> JobSpec {
    toml::from_str(&format!("title = 'Gap detection'\n{toml}")).unwrap()
}

fn now(wall: &str) -> Now {
    Now::at(1000.0, wall.parse().unwrap())
}

fn status(spec: &JobSpec, wall: &str, told: &[(&str, Value)]) -> JobStatus {
    let mut store = SignalStore::default();
    for (name, value) in told {
        store.record(&name.parse().unwrap(), value.clone(), None, now(wall).mono);
    }
    spec.status(&store, &Zone::new("America/Chicago").unwrap(), now(wall))
}

#[test]
fn a_slot_wants_its_run() {
    let weekly = spec("schedule = '0 3 * * SUN'\ntimezone = 'UTC'\ngrace = '15m'\nlast = 'wal.last'");
    let often = spec("schedule = '*/5 * * * *'\ngrace = '2m'\nlast = 'wal.last'");
    let often_patient = spec("schedule = '*/5 * * * *'\ngrace = '15m'\nlast = 'wal.last'");
    let table = [
        (&weekly, "2026-11-22T02:59:00Z", "2026-11-15T03:00:02Z", JobState::Scheduled, ""),
        (&weekly, "2026-11-22T03:00:00Z", "2026-11-15T03:00:02Z", JobState::Due, "due for 0s"),
        (&weekly, "2026-11-22T03:15:00Z", "2026-11-15T03:00:02Z", JobState::Due, "due for 15m00s"),
        (&weekly, "2026-11-22T03:15:01Z", "2026-11-15T03:00:02Z", JobState::Late, "late by 15m01s"),
        (&weekly, "2026-11-22T03:20:00Z", "2026-11-22T03:19:00Z", JobState::Scheduled, ""),
        (
            &often,
            "2026-11-22T12:16:00Z",
            "2026-11-22T12:00:01Z",
            JobState::Missed,
            "missed 2 slots, last ran 15m59s ago",
        ),
        // an early run is not the slot's; clocks that differ by seconds are no early run
        (&weekly, "2026-11-22T03:20:00Z", "2026-11-22T02:30:00Z", JobState::Late, "late by 20m00s"),
        (&weekly, "2026-11-22T03:20:00Z", "2026-11-22T02:59:57Z", JobState::Scheduled, ""),
        (
            &weekly,
            "2026-11-29T03:00:00Z",
            "2026-11-15T03:00:02Z",
            JobState::Missed,
            "missed a slot, last ran 13d23h ago",
        ),
        (&often, "2026-11-22T12:06:00Z", "2026-11-22T12:00:01Z", JobState::Due, "due for 1m00s"),
        (&often, "2026-11-22T12:09:00Z", "2026-11-22T12:00:01Z", JobState::Late, "late by 4m00s"),
        (
            &often,
            "2026-11-22T12:11:00Z",
            "2026-11-22T12:00:01Z",
            JobState::Missed,
            "missed a slot, last ran 10m59s ago",
        ),
        (
            &often,
            "2026-11-23T12:11:00Z",
            "2026-11-22T12:00:01Z",
            JobState::Missed,
            "missed over 98 slots, last ran 1d0h ago",
        ),
        (&often_patient, "2026-11-22T12:11:00Z", "2026-11-22T12:00:01Z", JobState::Due, "due for 6m00s"),
        (&weekly, "2026-11-22T03:20:00Z", "2030-01-01T00:00:00Z", JobState::Scheduled, ""),
    ];
    for (spec, at, last, state, note) in table {
        let status = status(spec, at, &[("wal.last", Value::from(last))]);
        assert_eq!(
            (status.state, status.note.as_str()),
            (state, note),
            "{} at {at}, last {last}",
            spec.schedule.text()
        );
        assert_eq!(status.last_run, Some(last.parse().unwrap()));
    }
}

#[test]
fn what_is_not_told_is_not_late() {
    let silent = spec("schedule = '0 8 * * *'");
    let told = status(&silent, "2026-11-22T20:00:00Z", &[]);
    assert_eq!((told.state, told.note.as_str(), told.last_run), (JobState::Scheduled, "last run not told", None));
    // 08:00 in the system's zone
    assert_eq!(told.next_run, Some("2026-11-23T14:00:00Z".parse().unwrap()));

    let asked = spec("schedule = '0 8 * * *'\nlast = 'wal.last'");
    let mut store = SignalStore::default();
    let key: SignalKey = "wal.last".parse().unwrap();
    store.record_missing(&key, Missing::Failed { cause: Cause::Refused, text: "refused 127.0.0.1:1".into() });
    let told = asked.status(&store, &Zone::utc(), now("2026-11-22T20:00:00Z"));
    assert_eq!(
        (told.state, told.note.as_str()),
        (JobState::Scheduled, "last run unknown: wal.last: refused 127.0.0.1:1")
    );
    for (value, note) in [
        (Value::from("soon"), "last run unknown: 'soon' is no time: RFC 3339 or Unix seconds"),
        (Value::Null, "last run not told"),
    ] {
        assert_eq!(status(&asked, "2026-11-22T20:00:00Z", &[("wal.last", value)]).note, note);
    }
}

#[test]
fn the_scheduler_s_own_word_counts() {
    let spec = spec(
        "schedule = '0 3 * * SUN'\ntimezone = 'UTC'\n\
         next = \"min(queue.jobs.filter(j, j.description == 'gap').map(j, j.at))\"\n\
         copies = \"size(queue.jobs.filter(j, j.description == 'gap'))\"",
    );
    let jobs = |at: &[i64]| {
        let json: Vec<_> = at.iter().map(|at| serde_json::json!({"description": "gap", "at": at})).collect();
        [("queue.jobs", Value::from_json(json.into()))]
    };
    let at = "2026-11-22T02:51:07Z";
    let soon = 1_795_316_400; // 2026-11-22T03:00:00Z
    let told = status(&spec, at, &jobs(&[soon]));
    assert_eq!((told.state, told.copies, told.next_run.unwrap().as_second()), (JobState::Scheduled, Some(1), soon));
    let told = status(&spec, at, &jobs(&[soon + 60, soon, soon]));
    assert_eq!((told.state, told.copies), (JobState::Duplicate, Some(3)));
    assert_eq!(told.note, "3 copies scheduled; last run not told");
    let told = status(&spec, at, &jobs(&[]));
    assert_eq!((told.state, told.copies), (JobState::Absent, Some(0)));
    assert!(told.note.starts_with("not scheduled: it will not run"), "{}", told.note);
    let told = status(&spec, "2026-11-22T03:20:00Z", &jobs(&[soon]));
    assert_eq!((told.state, told.next_run), (JobState::Late, Some("2026-11-29T03:00:00Z".parse().unwrap())));
    assert!(told.note.starts_with("late by 20m00s by its scheduler"), "{}", told.note);
}

#[test]
fn a_variant_is_laid_over_the_job() {
    let spec = spec(
        "schedule = '0 2 * * *'\nlast = 'a.b'\nchoose = 'dialect'\n[variant.deployed]\nschedule = '0 4 * * *'\ncopies = 'a.c'",
    );
    let with = |value: &str| {
        let variables = [("dialect".to_owned(), Variable::Plain(value.to_owned()))].into_iter().collect();
        spec.for_variant(&Variables(variables))
    };
    let deployed = with("deployed");
    assert_eq!(
        (deployed.schedule.text(), deployed.last.is_some(), deployed.copies.is_some()),
        ("0 4 * * *", true, true)
    );
    assert_eq!(with("documented"), spec);
    assert_eq!(spec.for_variant(&Variables::default()), spec);
}
