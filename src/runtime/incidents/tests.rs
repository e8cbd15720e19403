//! Incidents that a dashboard writes, on a real disk: in order, by one writer, with a report that hands may edit.

use std::path::Path;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::*;
use crate::incident::{Closing, OURSELVES};
use crate::record::Who;

fn bench(state: &Path) -> Bench {
    Bench { state: state.to_owned(), path: String::new(), who: Who::here(), forbidden: None }
}

fn opened() -> Box<Opened> {
    let text = r#"{"system":"shop","environment":"production","title":"Worker is down","severity":"critical"}"#;
    Box::new(serde_json::from_str(text).unwrap())
}

fn note(text: &str) -> Event {
    Event::new(clock::now().wall, "", Kind::Note { text: text.to_owned() })
}

fn shop() -> SystemName {
    "shop".parse().unwrap()
}

fn told(inbox: &mut UnboundedReceiver<Msg>) -> Msg {
    inbox.blocking_recv().unwrap()
}

fn incident(inbox: &mut UnboundedReceiver<Msg>) -> Incident {
    match told(inbox) {
        Msg::IncidentTold(incident) => *incident,
        other => panic!("{other:?}"),
    }
}

#[test]
fn events_are_kept_in_their_order_by_one_writer_until_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let (tell, mut inbox) = unbounded_channel();
    let first = Recorder::start(&[], bench(folder.path()), tell);
    first.read();
    assert!(matches!(told(&mut inbox), Msg::IncidentsRead(all) if all.is_empty()));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "looking makes nothing");
    first.record(shop(), None, Some(opened()), Vec::new());
    // asked for before anybody knows its id
    first.record(shop(), None, None, vec![note("one"), Event::new(clock::now().wall, OURSELVES, note("two").kind)]);
    let id = incident(&mut inbox).id;
    let known = incident(&mut inbox);
    assert_eq!(known.id, id);
    let notes: Vec<_> = known.notes.iter().map(|line| (line.words.as_str(), line.by.as_str())).collect();
    assert_eq!(notes, [("one", Who::here().name().as_str()), ("two", OURSELVES)]);

    let (tell, mut other) = unbounded_channel();
    let second = Recorder::start(&[], bench(folder.path()), tell);
    let done = Kind::Closed { how: Closing::Reason { reason: "not mine to say".into() } };
    second.record(shop(), Some(id.clone()), None, vec![note("x"), Event::new(clock::now().wall, "", done)]);
    match told(&mut other) {
        Msg::NotRecorded { foreign: true, why, .. } => assert!(why.contains(&Who::here().name()), "{why}"),
        told => panic!("{told:?}"),
    }
    // a note is no going on with it, and goes in beside its writer
    second.record(shop(), Some(id.clone()), None, vec![note("from the other")]);
    assert_eq!(incident(&mut other).notes.len(), 3);
    match told(&mut other) {
        Msg::WrittenElsewhere(writers) => assert_eq!(writers, [(id.clone(), Who::here().to_string())]),
        told => panic!("{told:?}"),
    }
    first.record(shop(), Some(id.clone()), None, vec![note("three")]);
    let last: Vec<_> = incident(&mut inbox).notes.iter().map(|line| line.words.clone()).collect();
    assert_eq!(last, ["one", "two", "from the other", "three"]);
    // its writer is gone, as after kill -9
    drop(first);
    assert!(inbox.blocking_recv().is_none());
    second.record(shop(), Some(id.clone()), None, vec![note("mine")]);
    assert_eq!(incident(&mut other).notes.len(), 5);
    assert!(matches!(told(&mut other), Msg::WrittenElsewhere(writers) if writers.is_empty()));
    let closed = Kind::Closed { how: Closing::Reason { reason: "enough".into() } };
    second.record(shop(), Some(id), None, vec![Event::new(clock::now().wall, "", closed)]);
    assert!(!incident(&mut other).is_open());
}

#[test]
fn a_report_keeps_what_hands_wrote_and_read_only_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (tell, mut inbox) = unbounded_channel();
    let recorder = Recorder::start(&[], bench(folder.path()), tell);
    recorder.record(shop(), None, Some(opened()), vec![note("looked at the log")]);
    let id = incident(&mut inbox).id;
    recorder.report(id.clone());
    let Msg::ReportWritten { path, text } = told(&mut inbox) else { panic!() };
    assert!(text.contains("looked at the log") && path.ends_with(&format!("{id}.md")), "{text}");
    std::fs::write(&path, text.replace("Worker is down", "Worker is down, by hand")).unwrap();
    std::fs::write(&path, std::fs::read_to_string(&path).unwrap() + "\nA line of mine.\n").unwrap();
    recorder.record(shop(), Some(id.clone()), None, vec![note("and once more")]);
    incident(&mut inbox);
    recorder.report(id.clone());
    let Msg::ReportWritten { text, .. } = told(&mut inbox) else { panic!() };
    assert!(text.contains("A line of mine.") && text.contains("and once more"), "{text}");
    assert_eq!(text, std::fs::read_to_string(&path).unwrap());

    let (tell, mut inbox) = unbounded_channel();
    let bench = Bench { forbidden: Some("read-only".into()), ..bench(folder.path()) };
    let looker = Recorder::start(&[], bench, tell);
    looker.record(shop(), Some(id), None, vec![note("no")]);
    assert!(matches!(told(&mut inbox), Msg::NotRecorded { foreign: false, .. }));
}

#[test]
fn a_hand_over_tells_what_is_open_and_what_fires_and_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (tell, mut inbox) = unbounded_channel();
    let recorder = Recorder::start(&[], bench(folder.path()), tell);
    let alert = OpenAlert {
        system: "shop".into(),
        rule: "worker-down".into(),
        state: "firing".into(),
        severity: "critical".into(),
        words: "it is down".into(),
        since: clock::now().wall,
    };
    recorder.handover(vec![alert]);
    let Msg::HandoverMade(text) = told(&mut inbox) else { panic!() };
    assert!(text.contains("shop critical worker-down firing") && text.contains(&Who::here().name()), "{text}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "looking makes nothing");
    recorder.record(shop(), None, Some(opened()), vec![note("looked at the log")]);
    let id = incident(&mut inbox).id;
    recorder.handover(Vec::new());
    let Msg::HandoverMade(text) = told(&mut inbox) else { panic!() };
    assert!(text.contains(&format!("{id} critical Worker is down")) && text.contains("looked at the log"), "{text}");
}

#[test]
fn what_becomes_read_only_writes_no_more_and_leaves_its_incidents_to_others() {
    let folder = tempfile::tempdir().unwrap();
    let (tell, mut inbox) = unbounded_channel();
    let first = Recorder::start(&[], bench(folder.path()), tell);
    first.record(shop(), None, Some(opened()), Vec::new());
    let id = incident(&mut inbox).id;
    first.forbid("read-only now");
    first.record(shop(), Some(id.clone()), None, vec![note("too late")]);
    match told(&mut inbox) {
        Msg::NotRecorded { foreign: false, why, .. } => assert_eq!(why, "read-only now"),
        told => panic!("{told:?}"),
    }
    let (tell, mut other) = unbounded_channel();
    let second = Recorder::start(&[], bench(folder.path()), tell);
    let closed = Kind::Closed { how: Closing::Reason { reason: "mine now".into() } };
    second.record(shop(), Some(id), None, vec![Event::new(clock::now().wall, "", closed)]);
    let known = incident(&mut other);
    assert!(!known.is_open() && known.notes.is_empty(), "{known:?}");
}
