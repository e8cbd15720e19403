//! Slots across the changes of clocks of 2026, and schedules in words.

use jiff::SignedDuration;

use super::*;

fn slots(text: &str, zone: &str, from: &str, until: &str) -> String {
    let (schedule, zone) = (Schedule::new(text).unwrap(), Zone::new(zone).unwrap());
    let until: Timestamp = until.parse().unwrap();
    let mut at: Timestamp = from.parse().unwrap();
    let mut said = Vec::new();
    while let Some(slot) = schedule.next(&zone, at).filter(|slot| *slot <= until) {
        let before = said.last().map(|_| at);
        assert_eq!(schedule.previous(&zone, slot), Some(slot), "{text} at {slot}");
        let just_before = slot - SignedDuration::from_secs(1);
        if let Some(before) = before {
            assert_eq!(schedule.previous(&zone, just_before), Some(before), "{text} before {slot}");
        }
        said.push(slot.to_zoned(zone.zone().clone()).strftime("%d %H:%M%:z").to_string());
        at = slot;
    }
    said.join(", ")
}

#[test]
fn a_time_that_does_not_exist_runs_once_and_one_that_exists_twice_runs_once() {
    let chicago = "America/Chicago";
    // 8 March: 02:00 becomes 03:00. 1 November: 02:00 becomes 01:00.
    let (spring, autumn) =
        (("2026-03-07T12:00:00Z", "2026-03-09T12:00:00Z"), ("2026-10-31T12:00:00Z", "2026-11-02T12:00:00Z"));
    let table = [
        ("30 2 * * *", chicago, spring, "08 03:00-05:00, 09 02:30-05:00"),
        ("30 1 * * *", chicago, autumn, "01 01:30-05:00, 02 01:30-06:00"),
        ("30 1,2 * * *", chicago, spring, "08 01:30-06:00, 08 03:00-05:00, 09 01:30-05:00, 09 02:30-05:00"),
        ("0,30 1 * * *", chicago, autumn, "01 01:00-05:00, 01 01:30-05:00, 02 01:00-06:00, 02 01:30-06:00"),
        ("0 3 * * SUN", chicago, spring, "08 03:00-05:00"),
        ("0 8 * * *", chicago, spring, "07 08:00-06:00, 08 08:00-05:00"),
        // Lord Howe Island moves by half an hour: 4 October 02:00 becomes 02:30, 5 April 02:00 becomes 01:30
        (
            "15 2 * * *",
            "Australia/Lord_Howe",
            ("2026-10-02T20:00:00Z", "2026-10-04T20:00:00Z"),
            "04 02:30+11:00, 05 02:15+11:00",
        ),
        (
            "45 1 * * *",
            "Australia/Lord_Howe",
            ("2026-04-04T12:00:00Z", "2026-04-05T20:00:00Z"),
            "05 01:45+11:00, 06 01:45+10:30",
        ),
    ];
    for (text, zone, (from, until), want) in table {
        assert_eq!(slots(text, zone, from, until), want, "{text} {zone}");
    }
}

#[test]
fn what_has_a_star_follows_the_clock() {
    let hourly = slots("0 * * * *", "America/Chicago", "2026-03-08T06:30:00Z", "2026-03-08T10:00:00Z");
    assert_eq!(hourly, "08 01:00-06:00, 08 03:00-05:00, 08 04:00-05:00, 08 05:00-05:00");
    let hourly = slots("0 * * * *", "America/Chicago", "2026-11-01T05:30:00Z", "2026-11-01T08:00:00Z");
    assert_eq!(hourly, "01 01:00-05:00, 01 01:00-06:00, 01 02:00-06:00");
    for (from, until) in
        [("2026-10-03T14:00:00Z", "2026-10-03T17:00:00Z"), ("2026-04-04T14:00:00Z", "2026-04-04T17:00:00Z")]
    {
        assert_eq!(slots("*/5 * * * *", "Australia/Lord_Howe", from, until).split(", ").count(), 36);
    }
}

#[test]
fn slots_have_an_interval() {
    let at: Timestamp = "2026-06-01T00:00:00Z".parse().unwrap();
    for (text, minutes) in [("*/5 * * * *", 5), ("0 3 * * SUN", 7 * 24 * 60), ("@daily", 24 * 60)] {
        let interval = Schedule::new(text).unwrap().interval(&Zone::utc(), at);
        assert_eq!(interval, Some(Duration::from_secs(minutes * 60)), "{text}");
    }
}

#[test]
fn schedules_in_words() {
    for (text, words) in [
        ("*/5 * * * *", "every 5 min"),
        ("* * * * *", "every minute"),
        ("0 * * * *", "hourly"),
        ("15 * * * *", "hourly at :15"),
        ("0 */6 * * *", "every 6 h"),
        ("0 8 * * *", "daily 08:00"),
        ("30 6,18 * * *", "daily 06:30, 18:30"),
        ("0 3 * * SUN", "Sun 03:00"),
        ("0 3 * * 7", "Sun 03:00"),
        ("15 9 * * 1-5", "Mon-Fri 09:15"),
        ("0 9 * * mon,wed", "Mon, Wed 09:00"),
        ("0 9 1 * *", "monthly on day 1 09:00"),
        ("0 0 1 1 *", "Jan 1 00:00"),
        ("@weekly", "Sun 00:00"),
        ("0 9 L * *", "0 9 L * *"),
        ("0 9 1 * MON", "0 9 1 * MON"),
    ] {
        assert_eq!(Schedule::new(text).unwrap().words(), words, "{text}");
    }
}

#[test]
fn what_is_no_schedule_is_refused() {
    for bad in ["", "0 3 * *", "61 * * * *", "0 0 30 2 *", "0 0 3 * * SUN", "every day", "@often", "5-1 * * * *"] {
        let error = Schedule::new(bad).unwrap_err();
        assert!(error.starts_with(&format!("'{bad}' is no cron schedule: ")), "{error}");
    }
}
