//! Events in, what is known out.

use super::*;
use crate::incident::event::{Part, Ranked, StepState};

pub(in crate::incident) fn at(text: &str) -> Timestamp {
    format!("2026-11-22T{text}Z").parse().unwrap()
}

pub(in crate::incident) fn id() -> IncidentId {
    IncidentId::new("2026-11-22-shop-1").unwrap()
}

pub(in crate::incident) fn opened() -> Opened {
    Opened {
        system: "shop".into(),
        environment: "production".into(),
        title: "Worker crash".into(),
        severity: Severity::Critical,
        word: Some("P1".into()),
        rules: vec!["worker-down".into()],
        runbook: None,
        components: vec!["Worker".into()],
        since: Some(at("02:46:55")),
        respond_s: Some(600),
        escalation: vec![
            Escalation { after_s: 900, to: "Team lead".into() },
            Escalation { after_s: 3600, to: "Engineering manager".into() },
        ],
    }
}

pub(in crate::incident) fn step(n: u32, part: Part, state: StepState) -> Kind {
    Kind::Step(Told {
        runbook: "worker-crash".into(),
        n,
        text: format!("Step number {n}"),
        part,
        state,
        evidence: vec!["queue.workers_live = 1".into()],
        command: None,
        asked: Vec::new(),
        run: None,
    })
}

pub(in crate::incident) fn turn(of: &str, id: &str, to: &str, words: &str) -> Kind {
    Kind::Transition(Turn { of: of.into(), id: id.into(), from: "up".into(), to: to.into(), words: words.into() })
}

pub(in crate::incident) fn ran(time: &str, outcome: Option<&str>) -> Ran {
    Ran {
        run: "0192f0c1-7a3e-7000-8000-0000deadbeef".into(),
        at: at(time),
        by: "alice@ops1".into(),
        action: "restart-worker".into(),
        target: Some("worker".into()),
        call: "sudo -n systemctl restart shop-worker".into(),
        is_command: true,
        outcome: outcome.map(str::to_owned),
        seconds: Some(12.4),
        because: "worker.up = true".into(),
        undo: None,
    }
}

/// One of each, with every field filled.
pub(in crate::incident) fn every_kind() -> Vec<Kind> {
    let diagnosed = Diagnosed {
        ranked: vec![
            Ranked {
                runbook: "worker-crash".into(),
                title: "Worker crash".into(),
                symptoms: 4,
                matched: 4,
                contradicted: 0,
                unknown: 0,
                evidence: vec!["true: queue.workers_live = 0".into()],
            },
            Ranked {
                runbook: "redis-down".into(),
                title: "Redis down".into(),
                symptoms: 3,
                matched: 1,
                contradicted: 2,
                unknown: 1,
                evidence: vec![],
            },
        ],
    };
    let course = Course {
        signal: "wal.pending".into(),
        unit: Some("entries".into()),
        from: at("02:40:00"),
        to: at("02:51:00"),
        values: vec![Some(12.0), None, Some(64.0), Some(128.0)],
        mark: Some("above 50 is a warning".into()),
    };
    let mut with_run = step(3, Part::Resolution, StepState::Begun);
    if let Kind::Step(told) = &mut with_run {
        told.run = Some("0192f0c1-7a3e-7000-8000-0000deadbeef".into());
        told.command = Some("redis-cli ping".into());
    }
    vec![
        Kind::Opened(Opened { runbook: Some("worker-crash".into()), ..opened() }),
        turn("component", "worker", "down", "Worker is down: refused 127.0.0.1:8082"),
        turn("rule", "wal-backlog", "firing", "WAL pending above 50 (wal.pending = 128 > 50)"),
        Kind::Diagnosis(diagnosed),
        Kind::Runbook {
            runbook: "worker-crash".into(),
            title: "Worker crash".into(),
            advice: vec!["Restart=always in the unit".into()],
        },
        with_run,
        step(4, Part::Verification, StepState::Verified),
        step(5, Part::Verification, StepState::NotVerified),
        step(6, Part::Resolution, StepState::Skipped { reason: "not on Docker".into() }),
        step(7, Part::Resolution, StepState::Chosen { option: "Option A".into(), reason: "systemd".into() }),
        Kind::Note { text: "customers told".into() },
        Kind::Severity {
            severity: Severity::Warning,
            word: Some("P2".into()),
            respond_s: Some(1800),
            reason: "reads work".into(),
        },
        Kind::Mitigated { words: "worker restarted".into() },
        Kind::Samples(course),
        Kind::Closed { how: Closing::Verified { evidence: vec!["worker-down is over".into()] } },
        Kind::Closed { how: Closing::Reason { reason: "duplicate".into() } },
        Kind::Reopened { reason: "it came back".into() },
    ]
}

/// What only a drill has, with every field filled.
pub(in crate::incident) fn of_a_drill() -> Vec<Kind> {
    let mut ran = ran("02:55:00", Some("verified"));
    (ran.target, ran.undo) = (Some("worker".into()), Some("stop it".into()));
    let task = crate::incident::drill::Task {
        seed: 7,
        system: "shop".into(),
        fault: "worker-crash".into(),
        title: "The worker is killed".into(),
        runbook: "worker-crash".into(),
        actions: vec!["restart-worker".into()],
        passes: false,
    };
    let score = Score {
        task,
        end: crate::incident::drill::End::Recovered,
        lasted_s: 200,
        broke_s: Some(20),
        shown_s: Some(4),
        reacted_s: Some(20),
        runbook_s: Some(25),
        healed_s: Some(90),
        recovered_s: Some(100),
        healed_by: Some("restart-worker".into()),
        unneeded: vec!["shop/flush".into()],
        wrong: vec!["shop/redis-down".into()],
        points: 85,
    };
    vec![Kind::DrillRun { run: Box::new(ran) }, Kind::Drill(Box::new(score))]
}

#[test]
fn a_drill_has_its_own_runs_and_none_of_the_real_system() {
    let kinds: Vec<Kind> = std::iter::once(Kind::Opened(opened())).chain(of_a_drill()).collect();
    let incident = incident(&kinds, &[ran("02:51:30", Some("failed"))]);
    assert!(incident.runs.len() == 1 && incident.runs[0].is_verified(), "{:?}", incident.runs);
    let told = |words: &str| incident.timeline.iter().any(|line| line.words.contains(words));
    assert!(told("85 of 100") && told("Ran restart-worker"), "{:?}", incident.timeline);
    let report = crate::incident::render(&incident, &crate::incident::Template::default(), at("03:00:00")).text;
    assert!(report.contains("**Drill:** nothing of this was real. Score: 85 of 100"), "{report}");
    let going_on = Incident { writer: Some("alice@ops1".into()), ..incident.clone() };
    assert_eq!((incident.stage(), going_on.stage()), (Stage::Abandoned, Stage::Drilling));
    assert!(crate::incident::notice::render(&incident, "Shop", at("03:00:00")).contains("[DRILL]"));
}

/// An incident of these, a minute apart from 02:51 on.
pub(in crate::incident) fn incident(kinds: &[Kind], runs: &[Ran]) -> Incident {
    let each = |(n, kind): (usize, &Kind)| {
        Event::new(at(&format!("02:{:02}:00", 51_usize.saturating_add(n).min(59))), "alice@ops1", kind.clone())
    };
    Incident::of(id(), &kinds.iter().enumerate().map(each).collect::<Vec<_>>(), runs)
}

fn open() -> Kind {
    Kind::Opened(opened())
}

#[test]
fn it_starts_when_something_began_to_be_wrong_and_ends_when_it_is_closed() {
    let closed = Kind::Closed { how: Closing::Verified { evidence: vec![] } };
    let over = incident(&[open(), closed.clone()], &[]);
    assert_eq!(
        (over.start, over.opened, over.end()),
        (Some(at("02:46:55")), Some(at("02:51:00")), Some(at("02:52:00")))
    );
    assert_eq!(over.duration(at("09:00:00")), Some(Duration::from_secs(305)));
    assert_eq!((over.is_open(), over.stage()), (false, Stage::Resolved));
    let again = incident(&[open(), closed, Kind::Reopened { reason: "back".into() }], &[]);
    assert_eq!((again.is_open(), again.end(), again.stage()), (true, None, Stage::Investigating));
    assert_eq!(again.duration(at("03:46:55")), Some(Duration::from_secs(3600)));
}

#[test]
fn the_stage_is_what_the_record_shows() {
    let kinds = every_kind();
    let (diagnosed, runbook) = (kinds[3].clone(), kinds[4].clone());
    let nothing = Kind::Diagnosis(Diagnosed::default());
    for (events, stage) in [
        (vec![], Stage::Investigating),
        (vec![open()], Stage::Investigating),
        (vec![open(), nothing], Stage::Investigating),
        (vec![open(), diagnosed.clone()], Stage::Identified),
        (vec![open(), runbook], Stage::Identified),
        (vec![open(), diagnosed, Kind::Mitigated { words: "rolled back".into() }], Stage::Monitoring),
        (vec![open(), Kind::Closed { how: Closing::Reason { reason: "moved".into() } }], Stage::Closed),
    ] {
        assert_eq!(incident(&events, &[]).stage(), stage, "{events:?}");
    }
}

#[test]
fn runs_are_those_of_its_time() {
    let closed = Kind::Closed { how: Closing::Reason { reason: "x".into() } };
    let events = [open(), closed, Kind::Note { text: "later".into() }, Kind::Reopened { reason: "back".into() }];
    let all = ["02:46:00", "02:47:00", "02:51:30", "02:53:00", "02:54:30"].map(|time| ran(time, Some("verified")));
    let taken: Vec<String> =
        incident(&events, &all).runs.iter().map(|run| run.at.strftime("%H:%M:%S").to_string()).collect();
    // before it began, and between its two times, it was not about this
    assert_eq!(taken, ["02:47:00", "02:51:30", "02:54:30"]);
}

#[test]
fn it_tells_where_it_was_left() {
    use Part::{Resolution as R, Verification as V};
    use StepState::{Begun, Done, Failed, NotVerified, Verified};
    let left = |kinds: &[Kind], runs: &[Ran]| incident(kinds, runs).left().map(|left| left.words());
    let chosen = || StepState::Chosen { option: "Option A".into(), reason: String::new() };
    let skipped = || StepState::Skipped { reason: "no".into() };
    for (steps, expected) in [
        (vec![step(1, R, Begun)], "step 1 of worker-crash was begun, and nobody saw its end"),
        (vec![step(1, R, Begun), step(1, R, Done)], "step 1 of worker-crash is done"),
        (vec![step(1, R, Verified), step(2, R, NotVerified)], "step 2 of worker-crash is not verified"),
        (vec![step(1, R, Failed), step(1, R, Verified), step(3, V, skipped())], "step 3 of worker-crash is skipped"),
        (vec![step(1, R, Done), step(2, R, chosen())], "step 2 of worker-crash is next, by Option A"),
    ] {
        assert_eq!(left(&steps, &[]).as_deref(), Some(expected), "{steps:?}");
    }
    assert_eq!(left(&[open()], &[]), None);
    // killed while it ran: the audit log knows that it worked
    let steps = [open(), step(1, R, Done), run_begun()];
    assert_eq!(left(&steps, &[ran("02:52:00", Some("verified"))]).unwrap(), "step 2 of worker-crash is verified");
    assert!(left(&steps, &[ran("02:52:00", Some("not_verified"))]).unwrap().ends_with("nobody saw its end"));
}

/// A step that a run carries out.
fn run_begun() -> Kind {
    let mut begun = step(2, Part::Resolution, StepState::Begun);
    if let Kind::Step(told) = &mut begun {
        told.run = Some(ran("02:52:00", None).run);
    }
    begun
}

#[test]
fn a_step_is_told_to_be_begun_once_and_again_where_it_is_begun_again() {
    use Part::Resolution as R;
    use StepState::{Begun, NotVerified};
    let begun = |kinds: &[Kind]| {
        incident(kinds, &[]).timeline.iter().filter(|line| line.words.contains("number 2: begun")).count()
    };
    // before the runner is asked for, and with its run
    assert_eq!(begun(&[open(), step(2, R, Begun), run_begun(), run_begun()]), 1);
    assert_eq!(begun(&[open(), run_begun(), step(2, R, NotVerified), run_begun()]), 2);
    assert_eq!(begun(&[open(), step(2, R, Begun), step(2, R, Begun)]), 2, "somebody looked once more");
}

#[test]
fn what_is_unproved_stands_against_closing() {
    use StepState::{Begun, NotVerified, Verified};
    let unproved = |kinds: &[Kind], runs: &[Ran]| incident(kinds, runs).unproved();
    assert_eq!(unproved(&[open(), step(1, Part::Verification, Verified)], &[ran("02:52:00", Some("failed"))]), [""; 0]);
    let told = unproved(
        &[open(), step(1, Part::Verification, NotVerified), step(2, Part::Resolution, Begun)],
        &[ran("02:52:00", None)],
    );
    assert_eq!(
        told,
        [
            "run deadbeef of restart-worker has no end yet",
            "step 1 of worker-crash is not verified: Step number 1",
            "step 2 of worker-crash is begun: Step number 2",
        ]
    );
}

#[test]
fn its_clocks_run_from_its_start_and_stop_with_it() {
    let texts = |kinds: &[Kind], now: &str| -> Vec<String> {
        crate::incident::clock::clocks(&incident(kinds, &[]), at(now)).into_iter().map(|clock| clock.text).collect()
    };
    assert_eq!(texts(&[open()], "02:52:55"), ["P1: answered after 4m", "Team lead in 9m"]);
    assert_eq!(
        texts(&[open()], "03:06:55"),
        ["P1: answered after 4m", "Team lead since 5m", "Engineering manager in 40m"]
    );
    assert_eq!(texts(&[open(), Kind::Closed { how: Closing::Reason { reason: "x".into() } }], "03:06:55"), [""; 0]);
    // opened by no person: nobody has answered yet
    let event = Event::new(at("02:51:00"), OURSELVES, open());
    let unanswered = Incident::of(id(), &[event], &[]);
    let told: Vec<_> = crate::incident::clock::clocks(&unanswered, at("02:58:00")).into_iter().collect();
    assert_eq!((told[0].text.as_str(), told[0].over), ("P1: answer 1m05s overdue", true), "{told:?}");
}

#[test]
fn firing_rules_become_its_own() {
    let kinds = [open(), turn("rule", "wal-backlog", "firing", "x"), turn("rule", "other", "inactive", "y")];
    assert_eq!(incident(&kinds, &[]).rules, ["worker-down", "wal-backlog"]);
}
