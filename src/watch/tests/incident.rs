//! What opens an incident, and what stands against closing it.

use super::*;
use crate::base::Severity;
use crate::incident::{Event, Incident, IncidentId, Kind};
use crate::runbook::diagnosis::{Diagnosis, Evidence};
use crate::watch::incident::{Standing, chosen, diagnosed, opening, standing, transition};

fn begun(bench: &Bench) -> Incident {
    let (opened, events) = opening(&bench.watch, bench.now);
    let first = Event::new(bench.now.wall, "alice", Kind::Opened(opened));
    let events: Vec<Event> = std::iter::once(first).chain(events).collect();
    Incident::of(IncidentId::new("1970-01-01-shop-1").unwrap(), &events, &[])
}

fn against(bench: &Bench, incident: &Incident) -> Vec<String> {
    standing(&bench.watch, incident, bench.now).against
}

#[test]
fn what_is_wrong_opens_it_and_must_be_over_before_it_is() {
    let mut bench = Bench::healthy();
    bench.down("work");
    bench.wait(1);
    let incident = begun(&bench);
    assert_eq!(
        (incident.rules.as_slice(), incident.components.as_slice()),
        (&["work-down".to_owned()][..], &["Worker".to_owned()][..])
    );
    assert_eq!(
        (incident.title.as_str(), incident.severity),
        ("Worker is down: refused 127.0.0.1", Some(Severity::Critical))
    );
    assert_eq!(incident.turns[0].1.words, "Worker down: refused 127.0.0.1");
    assert!(incident.start < incident.opened, "it began when it was seen to be down");

    assert_eq!(against(&bench, &incident), ["work-down fires: Worker is down (work.state = down)"]);
    bench.up("work", &[]);
    let over = Standing { over: vec!["work-down is over: work.state = up".into()], against: vec![] };
    assert_eq!(standing(&bench.watch, &incident, bench.now), over);
    let again = begun(&bench);
    assert_eq!((again.rules.len(), again.severity), (0, Some(Severity::Warning)), "nothing is wrong now");
}

#[test]
fn what_cannot_be_told_is_not_over() {
    let mut bench = Bench::healthy();
    bench.down("work");
    let mut incident = begun(&bench);
    bench.up("work", &[]);
    bench.wait(3600);
    assert!(
        against(&bench, &incident)[0].starts_with("work-down cannot be told: "),
        "{:?}",
        against(&bench, &incident)
    );
    incident.rules = vec!["gone".into(), "debt".into()];
    assert_eq!(against(&bench, &incident)[0], "gone cannot be told: the system has no such rule any more");
    assert!(against(&bench, &incident)[1].starts_with("debt cannot be told: "));
}

#[test]
fn without_a_rule_the_whole_system_must_be_well() {
    let mut bench = Bench::healthy();
    let incident = begun(&bench);
    assert_eq!(against(&bench, &incident), [""; 0]);
    bench.down("store");
    bench.down("store");
    assert!(against(&bench, &incident)[0].starts_with("store is down"), "{:?}", against(&bench, &incident));
}

#[test]
fn a_rule_that_holds_for_too_short_a_time_opens_one_where_nothing_fires() {
    let mut bench = Bench::healthy();
    bench.up("log", &[("pending", 128)]);
    let incident = begun(&bench);
    assert_eq!((incident.rules.as_slice(), incident.title.as_str()), (&["backlog".to_owned()][..], "Backlog above 50"));
    let course = &incident.courses[0];
    assert_eq!((course.signal.as_str(), course.values.last()), ("log.pending", Some(&Some(65.5))));
    assert_eq!(course.mark.as_deref(), Some("warning when log.pending > 50"));
    assert!(against(&bench, &incident)[0].starts_with("backlog holds again"));
}

#[test]
fn where_only_a_component_is_down_the_symptoms_say_what_decided() {
    let mut bench = Bench::healthy();
    bench.up("log", &[("pending", 7)]);
    bench.down("work");
    bench.wait(1);
    let text = "# Gone\n\n**Scenario:** x\n\n## Symptoms\n\n- gone <!-- when: !work.up -->\n- waits <!-- when: log.pending > 3 -->\n- not so <!-- when: extra.size > 900 -->\n";
    let runbook = crate::runbook::read_house("gone".parse().unwrap(), text);
    bench.watch.signs = crate::runbook::diagnosis::Signs::of(&runbook, 0).map(|signs| vec![signs]);
    bench.watch.diagnose(bench.now);
    let incident = begun(&bench);
    let told: Vec<&str> = incident.courses.iter().map(|course| course.signal.as_str()).collect();
    assert!(told.contains(&"log.pending") && !told.contains(&"extra.size"), "{told:?}");
}

#[test]
fn what_goes_by_itself_is_told_and_keeps_it_not_open() {
    let mut bench = Bench::healthy();
    bench.up("extra", &[("size", 9)]);
    let incident = begun(&bench);
    assert_eq!(incident.rules, ["extra-size"]);
    let Standing { over, against } = standing(&bench.watch, &incident, bench.now);
    assert_eq!((over.len(), against), (1, Vec::new()));
    assert!(over[0].starts_with("extra-size fires: Extra is large") && over[0].ends_with("which goes by itself"));
}

#[test]
fn lines_of_the_log_are_its_transitions() {
    let mut bench = Bench::healthy();
    bench.down("work");
    let line = bench.watch.log.iter().next_back().unwrap();
    let Some(Kind::Transition(turn)) = transition(&bench.watch, line).map(|event| event.kind) else {
        panic!("{line:?}")
    };
    assert_eq!((turn.of.as_str(), turn.id.as_str(), turn.to.as_str()), ("component", "work", "down"));
}

#[test]
fn a_runbook_and_what_the_symptoms_said_become_its_events() {
    let text = "# Worker crash\n\n**Scenario:** x\n**Severity:** Critical\n\n## Symptoms\n\n- gone\n\n## Prevention\n\n- Restart=always\n";
    let runbook = crate::runbook::read_house("worker-crash".parse().unwrap(), text);
    let Kind::Runbook { runbook: id, title, advice } = chosen(&runbook) else { panic!() };
    assert_eq!(
        (id.as_str(), title.as_str(), advice),
        ("worker-crash", "Worker crash", vec!["Restart=always".to_owned()])
    );
    let fits = Diagnosis {
        runbook: "worker-crash".parse().unwrap(),
        title: "Worker crash".into(),
        rank: 1,
        matched: 1,
        contradicted: 1,
        unknown: 0,
        symptoms: 1,
        evidence: vec![Evidence {
            symptom: "gone".into(),
            line: 8,
            is_context: false,
            verdict: Some(true),
            because: "work.up = false".into(),
        }],
    };
    let Kind::Diagnosis(told) = diagnosed(&[fits], Bench::new().now).kind else { panic!() };
    assert_eq!((told.ranked[0].symptoms, told.ranked[0].matched, told.ranked[0].contradicted), (1, 1, 1));
    assert_eq!(told.ranked[0].evidence, ["true: gone (work.up = false)"]);
}

#[test]
fn what_the_runbook_that_was_followed_wants_to_see_must_hold() {
    let text = "# Backlog\n\n**Scenario:** Too much waits.\n**Severity:** High\n\n## Verification\n\n\
        - [ ] It drains <!-- expect: log.pending < 10 -->\n- [ ] Somebody looked\n";
    let mut bench = Bench::healthy();
    let file = crate::config::RunbookFile::new(std::path::Path::new("backlog.md"), text).unwrap();
    let runbook = file.read();
    std::sync::Arc::make_mut(&mut bench.watch.system).runbooks = vec![file].into();
    let (opened, _) = opening(&bench.watch, bench.now);
    let mut events = vec![Event::new(bench.now.wall, "alice", Kind::Opened(opened))];
    let incident = |events: &[Event]| Incident::of(IncidentId::new("1970-01-01-shop-1").unwrap(), events, &[]);
    bench.up("log", &[("pending", 12)]);
    assert_eq!(against(&bench, &incident(&events)), [""; 0], "nobody followed it");
    events.push(Event::new(bench.now.wall, "alice", chosen(&runbook)));
    assert_eq!(against(&bench, &incident(&events)), ["It drains does not hold: log.pending = 12 >= 10"]);
    bench.up("log", &[("pending", 9)]);
    let seen = standing(&bench.watch, &incident(&events), bench.now);
    assert_eq!((seen.over[0].as_str(), seen.against.len()), ("It drains holds: log.pending = 9 < 10", 0));
    bench.wait(3600);
    assert!(against(&bench, &incident(&events))[0].starts_with("It drains cannot be told: "));
}
