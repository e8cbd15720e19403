//! Several processes at one incident: nothing is lost, no line is mixed with another, no id is given twice.
//!
//! A writer is this test binary, started anew for the one ignored test below.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use midwatch::base::Severity;
use midwatch::incident::{Event, Kind, Opened};
use midwatch::record::{Incidents, StateDir};
use midwatch::runtime::clock;

const FOLDER: &str = "INCIDENT_WRITER_FOLDER";
const NAME: &str = "INCIDENT_WRITER_NAME";
const EVENTS: usize = 200;
const OPENED: usize = 5;

fn incidents(folder: &Path) -> Incidents {
    Incidents::open(&StateDir::open(folder).unwrap()).unwrap()
}

fn opened(title: &str) -> Opened {
    Opened {
        system: "shop".into(),
        environment: String::new(),
        title: title.into(),
        severity: Severity::Warning,
        word: None,
        rules: vec![],
        runbook: None,
        components: vec![],
        since: None,
        respond_s: None,
        escalation: vec![],
    }
}

/// Appends its events to the first incident, and opens some of its own meanwhile.
#[test]
#[ignore = "a writer: the test beside it starts it"]
fn writer() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let name = std::env::var(NAME).unwrap();
    let incidents = incidents(Path::new(&folder));
    let first = incidents.ids().unwrap().remove(0);
    for n in 0..EVENTS {
        // some longer than a page
        let text = format!("{name}.{n} {}", "x".repeat(if n % 4 == 1 { 9000 } else { 10 }));
        incidents.append(&first, &[Event::new(clock::now().wall, "writer", Kind::Note { text })]).unwrap();
        if n % (EVENTS / OPENED) == 0 {
            incidents.begin(opened(&name), clock::now().wall, "writer").unwrap();
        }
    }
}

fn start(folder: &Path, name: &str) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "incident::writers::writer", "--ignored", "--nocapture", "--test-threads=1"]);
    command.env(FOLDER, folder).env(NAME, name).stdin(Stdio::null()).stdout(Stdio::null());
    command.spawn().unwrap()
}

#[test]
fn two_writers_lose_nothing() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("midwatch");
    let incidents = incidents(&folder);
    let first = incidents.begin(opened("first"), clock::now().wall, "test").unwrap();
    let mut writers = [start(&folder, "a"), start(&folder, "b")];
    for writer in &mut writers {
        assert!(writer.wait().unwrap().success());
    }
    let kept = incidents.read(&first).unwrap();
    assert_eq!(kept.trouble, [""; 0]);
    let said = |event: &Event| match &event.kind {
        Kind::Note { text } => text.split_once(' ').map(|(head, _)| head.to_owned()),
        _ => None,
    };
    let told: Vec<String> = kept.events.iter().filter_map(said).collect();
    for name in ["a", "b"] {
        let own: Vec<&String> = told.iter().filter(|text| text.starts_with(name)).collect();
        let expected: Vec<String> = (0..EVENTS).map(|n| format!("{name}.{n}")).collect();
        assert_eq!(own, expected.iter().collect::<Vec<_>>(), "each in its order");
    }
    let ids: BTreeSet<String> = incidents.ids().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(ids.len(), 1 + 2 * OPENED, "{ids:?}");
    let titles: Vec<String> = incidents
        .list()
        .unwrap()
        .iter()
        .map(|kept| kept.incident(&[]).title)
        .filter(|title| title != "first")
        .collect();
    assert_eq!((titles.iter().filter(|t| *t == "a").count(), titles.len()), (OPENED, 2 * OPENED));
}
