//! The report as a whole: a golden one, what hands may do to it, and any list of events.

use proptest::prelude::*;

use super::*;
use crate::incident::fold::tests::{at, every_kind, id, incident, opened, ran, step, turn};
use crate::incident::{Closing, Event, Kind, OURSELVES, Part, Ran, StepState, notice};

fn golden() -> Incident {
    let kinds = every_kind();
    let mut skipped = step(6, Part::Resolution, StepState::Skipped { reason: "not on Docker".into() });
    if let Kind::Step(told) = &mut skipped {
        told.evidence.clear();
    }
    let events = [
        ("02:51:07", Kind::Opened(opened())),
        ("02:46:55", turn("component", "worker", "down", "Worker is down: refused 127.0.0.1:8082")),
        ("02:51:02", turn("rule", "wal-backlog", "firing", "WAL pending above 50 (wal.pending = 128 > 50)")),
        ("02:51:08", kinds[3].clone()),
        ("02:51:08", kinds[13].clone()),
        ("02:51:30", kinds[4].clone()),
        ("02:52:00", Kind::Note { text: "customers told | see https://status.example".into() }),
        ("02:54:40", step(4, Part::Verification, StepState::Verified)),
        ("02:54:50", step(5, Part::Verification, StepState::NotVerified)),
        ("02:55:00", skipped),
        ("02:56:00", step(5, Part::Verification, StepState::Verified)),
        (
            "02:57:10",
            Kind::Closed {
                how: Closing::Verified { evidence: vec!["worker-down is over".into(), "wal-backlog is over".into()] },
            },
        ),
    ];
    let by =
        |kind: &Kind| if matches!(kind, Kind::Transition(_) | Kind::Diagnosis(_)) { OURSELVES } else { "alice@ops1" };
    let events: Vec<Event> = events.into_iter().map(|(time, kind)| Event::new(at(time), by(&kind), kind)).collect();
    let first = Ran {
        run: "0192f0c1-7a3e-7000-8000-0000cafe0001".into(),
        because: "worker.up = false".into(),
        ..ran("02:52:10", Some("not_verified"))
    };
    Incident::of(id(), &events, &[first, ran("02:53:20", Some("verified"))])
}

#[test]
fn the_report_of_a_worker_crash() {
    insta::assert_snapshot!(render(&golden(), &Template::default(), at("03:00:00")).text);
}

#[test]
fn the_notice_of_a_worker_crash() {
    insta::assert_snapshot!(notice::render(&golden(), "Super Shop", at("03:00:00")));
}

#[test]
fn an_incident_without_events_is_a_report_that_invents_nothing() {
    insta::assert_snapshot!(render(&incident(&[], &[]), &Template::default(), at("03:00:00")).text);
}

#[test]
fn every_section_of_the_shipped_template_is_known_and_every_known_one_is_there() {
    let names: Vec<String> = section::names(SHIPPED).into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, SECTIONS);
    assert!(Template::new(SHIPPED).is_ok());
    for name in SECTIONS {
        assert!(parts::section(name, &golden(), &[], at("03:00:00")).is_some(), "{name}");
    }
}

#[test]
fn a_template_of_ones_own_is_checked_and_used() {
    let own = "# Post mortem\n\n<!-- midwatch:commands -->\n<!-- /midwatch:commands -->\n";
    let text = render(&golden(), &Template::new(own).unwrap(), at("03:00:00")).text;
    assert!(text.starts_with("# Post mortem\n") && text.contains("systemctl restart"), "{text}");
    for (bad, told) in [
        ("<!-- midwatch:comands -->\n<!-- /midwatch:comands -->", "line 1: there is no section 'comands'"),
        (
            "x\n<!-- midwatch:fix -->\n<!-- /midwatch:fix -->\n<!-- midwatch:fix -->\n<!-- /midwatch:fix -->",
            "line 4: the section 'fix' is there twice",
        ),
        ("nothing", "it has no section"),
    ] {
        assert!(Template::new(bad).unwrap_err().to_string().starts_with(told), "{bad}");
    }
}

#[test]
fn what_a_hand_writes_is_kept_and_leaves_the_list_of_what_is_not_known() {
    let first = render(&golden(), &Template::default(), at("03:00:00"));
    assert!(first.not_known.contains(&"Users Affected".to_owned()) && first.by_hand.is_empty());
    let edited = first
        .text
        .replace("\n## Root Cause\n", "\n**Users Affected:** 40 %\n\n## Root Cause\n")
        .replace("- [ ] User functionality restored", "- [x] User functionality restored")
        .replace("customers told", "all customers told");
    let second = render(&golden(), &Template::written(&edited).unwrap(), at("04:00:00"));
    assert_eq!(second.by_hand, ["timeline"]);
    assert!(second.text.contains("**Users Affected:** 40 %") && second.text.contains("all customers told"));
    assert!(second.text.contains("Note: customers told"), "the record's own stands beside it");
    for known in ["Users Affected", "User functionality restored"] {
        assert!(!second.not_known.contains(&known.to_owned()), "{known}");
    }
    assert!(second.not_known.contains(&"Data Loss".to_owned()));
    let again = render(&golden(), &Template::written(&second.text).unwrap(), at("05:00:00"));
    assert_eq!(again.text, second.text);
}

#[test]
fn a_report_knows_whose_it_is() {
    let text = render(&golden(), &Template::default(), at("03:00:00")).text;
    let other = Incident { id: crate::incident::IncidentId::new("2026-11-22-shop-11").unwrap(), ..golden() };
    assert!(Template::written(&text).unwrap().is_of(&golden()));
    assert!(!Template::written(&text).unwrap().is_of(&other) && !Template::default().is_of(&golden()));
    assert_eq!(Template::written("somebody's notes"), None);
}

/// `# 02:52:10 UTC …`: the line above a command.
fn is_of_a_command(line: &str) -> bool {
    line.starts_with("# ") && line.get(10..14) == Some(" UTC") && line.get(4..5) == Some(":")
}

/// Boxes of ours that are ticked.
fn ticked(text: &str) -> usize {
    text.lines().filter(|line| line.starts_with("- [x]")).count()
}

fn kinds() -> impl Strategy<Value = Vec<Kind>> {
    let one = (0..every_kind().len(), ".{0,40}").prop_map(|(n, text)| {
        let mut event = Event::new(at("02:51:00"), "x", every_kind()[n].clone());
        for (place, each) in event.texts().into_iter().enumerate() {
            if place % 2 == 1 {
                each.clone_from(&text);
            }
        }
        event.kind
    });
    proptest::collection::vec(one, 0..12)
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let one = (kinds(), proptest::collection::vec(any::<i32>(), 12), ".{0,12}");
    one.prop_map(|(kinds, times, by)| {
        let time = |secs: i32| Timestamp::from_second(i64::from(secs)).unwrap();
        kinds.into_iter().zip(times).map(|(kind, secs)| Event::new(time(secs), by.clone(), kind)).collect()
    })
}

proptest! {
    #[test]
    fn any_list_of_events_renders_and_renders_the_same_again(events in events(), seconds in proptest::option::of(any::<f64>())) {
        let run = Ran { seconds, call: "a\n```\n<!-- /midwatch:commands -->".into(), ..ran("02:52:00", None) };
        let incident = Incident::of(id(), &events, &[run]);
        let first = render(&incident, &Template::default(), at("03:00:00"));
        prop_assert!(!first.text.chars().any(|c| c.is_control() && c != '\n'));
        // nothing that others said is a heading, a marker or a line of its own
        let count = |text: &str, what: &str| text.lines().filter(|line| line.starts_with(what)).count();
        prop_assert_eq!(count(&first.text, "# Incident Report:"), 1);
        prop_assert_eq!(count(&first.text, "# "), 1 + first.text.lines().filter(|line| is_of_a_command(line)).count());
        prop_assert_eq!(count(&first.text, "## "), count(SHIPPED, "## "));
        prop_assert_eq!(section::names(&first.text).len(), SECTIONS.len());
        let second = render(&incident, &Template::written(&first.text).unwrap(), at("03:00:00"));
        prop_assert_eq!(&second.text, &first.text);
        prop_assert!(second.by_hand.is_empty());
        notice::render(&incident, "Shop", at("03:00:00"));
    }

    #[test]
    fn only_what_was_verified_ticks_a_box(events in events(), verified in any::<bool>()) {
        let outcome = if verified { "verified" } else { "not_verified" };
        let incident = Incident::of(id(), &events, &[ran("02:52:00", Some(outcome))]);
        let text = parts::section("verification", &incident, &[], at("03:00:00")).unwrap();
        let steps = incident.steps.iter().filter(|step| step.told.state == StepState::Verified).count();
        let closed = usize::from(matches!(&incident.closed, Some(closed) if matches!(closed.how, Closing::Verified { .. })));
        let runs = incident.runs.iter().filter(|run| run.is_verified()).count();
        prop_assert!(ticked(&text) <= steps + closed + runs, "{}", text);
        let whole = render(&incident, &Template::default(), at("03:00:00")).text;
        prop_assert_eq!(ticked(&whole), ticked(&text));
    }

    #[test]
    fn any_hand_survives(at_line in 0_usize..200, written in "[a-zA-Z0-9 ]{1,40}") {
        let first = render(&golden(), &Template::default(), at("03:00:00")).text;
        let mut lines: Vec<&str> = first.lines().collect();
        let place = at_line.min(lines.len());
        lines.insert(place, &written);
        let edited = lines.join("\n") + "\n";
        let second = render(&golden(), &Template::written(&edited).unwrap(), at("04:00:00")).text;
        let kept = written.trim().is_empty() || second.lines().any(|line| line == written);
        prop_assert!(kept, "line {}: {:?}", place, written);
    }
}
