//! Runs one after another: what is said of an alert at a time, and since when it was known to fire.

use super::*;

fn id(name: &str) -> RuleId {
    RuleId::new(name).unwrap()
}

fn stand(name: &str, at: i64, standing: Standing, since: i64) -> (RuleId, Stand) {
    (id(name), Stand { at: at * 1000, standing, since: since * 1000, because: String::new() })
}

fn run(began: i64, ended: i64) -> Run {
    Run { began: began * 1000, ended: ended * 1000 }
}

/// This run began at 1000 and saw what is told of it; before it were others.
fn chronicle(own: &[(RuleId, Stand)], runs: &[Run], older: &[(RuleId, Stand)]) -> Chronicle {
    let mut chronicle = Chronicle::new(1_000_000);
    chronicle.stands.extend(own.iter().cloned());
    chronicle.put_under(runs.to_vec(), older.to_vec());
    chronicle
}

#[test]
fn where_an_alert_stood_is_what_the_run_that_watched_then_said_last() {
    use Standing::{Firing, Inactive, Pending};
    let own = [stand("wal", 1003, Firing, 1003)];
    let older = [stand("wal", 101, Inactive, 101), stand("wal", 400, Pending, 400), stand("wal", 700, Firing, 400)];
    let told = chronicle(&own, &[run(100, 900)], &older);
    for (at, expected) in [
        (50, None),
        (101, Some(Inactive)),
        (399, Some(Inactive)),
        (400, Some(Pending)),
        (899, Some(Firing)),
        // this run had not judged it yet, and what the last one said is not taken over
        (1000, None),
        (1003, Some(Firing)),
        (9999, Some(Firing)),
    ] {
        let found = told.at(at * 1000).get(&id("wal")).map(|stand| stand.standing);
        assert_eq!(found, expected, "{at}");
    }
}

/// Why, what this run saw, the runs before it, what they saw.
type Case<'a> = (&'a str, Vec<(RuleId, Stand)>, Vec<Run>, Vec<(RuleId, Stand)>);

#[test]
fn an_alert_is_known_to_fire_since_before_this_start_only_where_the_record_says_so() {
    use Standing::{Firing, Inactive, Pending, Unknown};
    let fires = [stand("wal", 1003, Pending, 1003), stand("wal", 1300, Firing, 1003)];
    let earlier = [stand("wal", 101, Inactive, 101), stand("wal", 700, Firing, 400)];
    let near = [run(100, 900)];
    let known = |own: &[_], runs: &[_], older: &[_]| {
        let before = chronicle(own, runs, older).before(&id("wal"));
        before.map(|before| (before.since / 1000, before.gaps.iter().map(|(a, b)| (a / 1000, b / 1000)).collect()))
    };
    let expected = Some((400, vec![(900, 1000)]));
    assert_eq!(known(&fires, &near, &earlier), expected);
    // at its end it could not be told, and nothing had ended it
    let unknown = [&earlier[..], &[stand("wal", 880, Unknown, 880)]].concat();
    assert_eq!(known(&fires, &near, &unknown), expected);
    // through two starts
    let twice = [earlier[1].clone(), stand("wal", 951, Firing, 951)];
    let runs = [run(100, 900), run(950, 980)];
    assert_eq!(known(&fires, &runs, &twice), Some((400, vec![(980, 1000), (900, 950)])));
    let none: [Case<'_>; 6] = [
        (
            "it ended before",
            fires.to_vec(),
            near.to_vec(),
            [&earlier[..], &[stand("wal", 890, Inactive, 890)]].concat(),
        ),
        ("it was pending", fires.to_vec(), near.to_vec(), vec![stand("wal", 700, Pending, 700)]),
        (
            "it was well after this start",
            vec![stand("wal", 1001, Inactive, 1001), fires[1].clone()],
            near.to_vec(),
            earlier.to_vec(),
        ),
        ("it is not judged yet", vec![], near.to_vec(), earlier.to_vec()),
        ("nothing is known of before", fires.to_vec(), vec![], vec![]),
        ("it was long ago", fires.to_vec(), vec![run(-9000, -8000)], vec![stand("wal", -8500, Firing, -8500)]),
    ];
    for (why, own, runs, older) in none {
        assert_eq!(known(&own, &runs, &older), None, "{why}");
    }
}

#[test]
fn it_is_bounded_and_what_stands_for_long_stays_known() {
    let mut told = chronicle(&[], &[], &[]);
    let [steady, flapping] = [id("steady"), id("flapping")];
    told.put_under(Vec::new(), Vec::new());
    told.stands.push_back(stand("steady", 1001, Standing::Firing, 1001));
    for n in 0..6000 {
        let standing = if n % 2 == 0 { Standing::Firing } else { Standing::Inactive };
        told.stands.push_back(stand("flapping", 1002 + n, standing, 1002 + n));
        told.trim();
    }
    assert_eq!((told.len(), told.base.len()), (MOST, 2));
    let at = told.at(9_000_000);
    assert_eq!(at.get(&steady).map(|stand| stand.standing), Some(Standing::Firing));
    assert_eq!(at.get(&flapping).map(|stand| stand.standing), Some(Standing::Inactive));
    assert_eq!(told.flips(&flapping, 6_900_000).len(), FLAP_CHANGES);
    assert_eq!(told.flips(&steady, 6_900_000), [] as [i64; 0]);
}
