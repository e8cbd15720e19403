//! Incidents on a real disk: what is written, what is read back, what is never written.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use tempfile::TempDir;

use super::*;
use crate::base::{Secret, Severity};
use crate::incident::{Course, Diagnosed, Part, Ranked, StepState, Template, Told, Turn, handover, notice, render};

fn at(secs: i64) -> Timestamp {
    Timestamp::from_second(1_795_315_867 + secs).unwrap()
}

fn opened(title: &str) -> Opened {
    Opened {
        system: "shop".into(),
        environment: "production".into(),
        title: title.into(),
        severity: Severity::Critical,
        word: None,
        rules: vec![],
        runbook: None,
        components: vec![],
        since: None,
        respond_s: None,
        escalation: vec![],
    }
}

fn note(text: &str) -> Event {
    Event::new(at(1), "alice@ops1", Kind::Note { text: text.into() })
}

fn place() -> (TempDir, Incidents) {
    let home = tempfile::tempdir().unwrap();
    let incidents = Incidents::open(&StateDir::open(&home.path().join("midwatch")).unwrap()).unwrap();
    (home, incidents)
}

#[test]
fn what_is_written_is_read_back_and_files_are_for_us_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_home, incidents) = place();
    let id = incidents.begin(opened("Worker crash"), at(0), "alice@ops1").unwrap();
    incidents.append(&id, &[note("one"), note("two")]).unwrap();
    let kept = incidents.read(&id).unwrap();
    assert_eq!((kept.events.len(), kept.trouble.len()), (3, 0));
    assert_eq!(kept.incident(&[]).notes.iter().map(|note| note.words.as_str()).collect::<Vec<_>>(), ["one", "two"]);
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    let path = incidents.path(&id);
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
}

#[test]
fn ids_are_of_a_day_and_found_by_their_beginning() {
    let (_home, incidents) = place();
    let missing = incidents.find("last").unwrap_err();
    assert!(matches!(missing, IncidentError::None), "{missing}");
    let ids: Vec<String> = (0..11).map(|n| incidents.begin(opened("x"), at(n), "alice").unwrap().to_string()).collect();
    assert_eq!((ids[0].as_str(), ids[10].as_str()), ("2026-11-22-shop-1", "2026-11-22-shop-11"));
    assert_eq!(incidents.ids().unwrap().iter().map(ToString::to_string).collect::<Vec<_>>(), ids);
    let found = |text: &str| incidents.find(text).map(|id| id.to_string()).map_err(|error| error.to_string());
    assert_eq!(found("last").unwrap(), "2026-11-22-shop-11");
    assert_eq!(found("2026-11-22-shop-1").unwrap(), "2026-11-22-shop-1", "a whole id is never ambiguous");
    assert_eq!(found("2026-11-22-shop-2").unwrap(), "2026-11-22-shop-2");
    assert!(found("2026-11").unwrap_err().contains("may be 2026-11-22-shop-1, 2026-11-22-shop-2"));
    for unknown in ["", "2025", "../audit", "2026-11-22-shop-12"] {
        assert!(found(unknown).unwrap_err().contains("there is no incident"), "{unknown}");
    }
    let other = Opened { system: "shop-1".into(), ..opened("x") };
    assert_eq!(incidents.begin(other, at(0), "alice").unwrap().as_str(), "2026-11-22-shop-1-1");
    let bad = Opened { system: "../x".into(), ..opened("x") };
    assert!(incidents.begin(bad, at(0), "alice").is_err());
}

#[test]
fn a_torn_tail_is_told_and_passed_over_and_the_next_line_is_whole() {
    let (_home, incidents) = place();
    let id = incidents.begin(opened("Worker crash"), at(0), "alice").unwrap();
    incidents.append(&id, &[note("one")]).unwrap();
    let whole = std::fs::read(incidents.path(&id)).unwrap();
    for cut in (1..whole.len()).step_by(9).chain([whole.len() - 1]) {
        std::fs::write(incidents.path(&id), &whole[..cut]).unwrap();
        let before = incidents.read(&id).unwrap();
        incidents.append(&id, &[note("behind it")]).unwrap();
        let after = incidents.read(&id).unwrap();
        assert_eq!(after.events.len(), before.events.len() + 1, "cut at {cut}");
        assert_eq!(after.trouble.len(), before.trouble.len(), "cut at {cut}: {after:?}");
        assert_eq!(after.events.last(), Some(&note("behind it")));
    }
}

#[test]
fn what_is_no_event_hides_no_other() {
    let (_home, incidents) = place();
    let id = incidents.begin(opened("x"), at(0), "alice").unwrap();
    let mut file = std::fs::OpenOptions::new().append(true).open(incidents.path(&id)).unwrap();
    let lines: [&[u8]; 5] = [
        b"garbage\x1b[2J\n",
        b"{\"v\":2,\"at\":\"2026-11-22T02:51:07Z\",\"by\":\"x\",\"kind\":\"note\",\"text\":\"later\"}\n",
        b"{\"v\":1,\"at\":\"2026-11-22T02:51:07Z\",\"by\":\"x\",\"kind\":\"teleported\"}\n",
        b"{\"v\":1,\"at\":\"2026-11-22T02:51:07Z\",\"by\":\"x\",\"kind\":\"samples\",\"signal\":\"a.b\",\"from\":\"2026-11-22T02:51:07Z\",\"to\":\"2026-11-22T02:51:07Z\",\"values\":[1e999]}\n",
        b"\xff\xfe\n",
    ];
    for line in lines {
        file.write_all(line).unwrap();
    }
    incidents.append(&id, &[note("after")]).unwrap();
    let kept = incidents.read(&id).unwrap();
    assert_eq!((kept.events.len(), kept.trouble.len()), (2, 5), "{:?}", kept.trouble);
    assert!(kept.trouble.iter().all(|told| !told.contains('\u{1b}')) && kept.trouble[1].contains("another version"));
}

#[test]
fn a_line_stays_a_line_whatever_is_in_it() {
    let (_home, incidents) = place();
    let id = incidents.begin(opened(&"title\n".repeat(9000)), at(0), "alice").unwrap();
    let many = Diagnosed {
        ranked: (0..500)
            .map(|n| Ranked {
                runbook: format!("r-{n}"),
                evidence: vec!["because ".repeat(1000); 100],
                ..Ranked::default()
            })
            .collect(),
    };
    let events = [
        note(&"\u{202e}\u{1b}]52;c;x\u{7}\n".repeat(3000)),
        Event::new(at(2), "alice", Kind::Diagnosis(many)),
        Event::new(at(3), "alice", Kind::Mitigated { words: "a\nb".into() }),
    ];
    incidents.append(&id, &events).unwrap();
    let text = std::fs::read_to_string(incidents.path(&id)).unwrap();
    assert!(text.lines().count() == 4 && text.lines().all(|line| line.len() < MAX_LINE), "{}", text.len());
    assert!(!text.contains(['\u{1b}', '\u{202e}']));
    assert_eq!(incidents.read(&id).unwrap().events.len(), 4);
}

#[test]
fn a_link_is_not_followed() {
    let (home, incidents) = place();
    let id = incidents.begin(opened("x"), at(0), "alice").unwrap();
    let elsewhere = home.path().join("elsewhere");
    std::fs::write(&elsewhere, "precious").unwrap();
    std::fs::remove_file(incidents.path(&id)).unwrap();
    std::os::unix::fs::symlink(&elsewhere, incidents.path(&id)).unwrap();
    assert!(incidents.append(&id, &[note("x")]).unwrap_err().to_string().contains("is a symbolic link"));
    assert_eq!(std::fs::read_to_string(elsewhere).unwrap(), "precious");
}

/// With everything in it that an encoding changes.
const CANARY: &str = "cAn@ry+\"9f/2\\k&=Z\u{e9}";

/// The twelve forms in which it leaks.
fn forms() -> Vec<String> {
    let json = serde_json::to_string(CANARY).unwrap();
    let json = json[1..json.len() - 1].to_owned();
    let in_json = serde_json::to_string(&json).unwrap();
    let url: String = url::form_urlencoded::byte_serialize(CANARY.as_bytes()).collect();
    let hex = CANARY.bytes().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    vec![
        CANARY.to_owned(),
        json.replace('/', "\\/"),
        json.replace('\u{e9}', "\\u00e9"),
        in_json[1..in_json.len() - 1].to_owned(),
        json,
        url.replace('+', "%20"),
        url,
        hex.to_uppercase(),
        hex,
        STANDARD.encode(CANARY),
        STANDARD_NO_PAD.encode(CANARY),
        URL_SAFE_NO_PAD.encode(CANARY),
    ]
}

#[test]
fn no_secret_reaches_the_file_the_report_the_notice_or_the_hand_over() {
    let forms = forms();
    assert_eq!(forms.len(), 12);
    let redactor = Redactor::new(&[Secret::new(CANARY.to_owned()), Secret::new("7341986".to_owned())]);
    let (_home, incidents) = place();
    let incidents = incidents.redacting(redactor);
    for form in &forms {
        let id = incidents.begin(Opened { rules: vec![form.clone()], ..opened(form) }, at(0), form).unwrap();
        // at the places where a text is cut as well
        let leaked = [form.clone(), format!("{}{form}", "x".repeat(4090)), format!("{}{form} y", "x".repeat(1020))];
        let events: Vec<Event> = leaked.iter().flat_map(|leaked| every_kind(leaked)).collect();
        incidents.append(&id, &events).unwrap();
        let file = std::fs::read_to_string(incidents.path(&id)).unwrap();
        let kept = incidents.read(&id).unwrap();
        assert_eq!(kept.events.len(), 1 + events.len());
        let all = [kept.incident(&[])];
        let shift = handover::Shift { since: at(0), now: at(99), by: "bob", incidents: &all, alerts: None, runs: &[] };
        for (what, text) in [
            ("file", file),
            ("report", render(&all[0], &Template::default(), at(99)).text),
            ("notice", notice::render(&all[0], "Shop", at(99))),
            ("hand-over", handover::render(&shift)),
        ] {
            let leak = forms.iter().map(String::as_str).chain(["7341986"]).find(|form| text.contains(form));
            assert_eq!(leak, None, "in the {what}: {text}");
        }
    }
}

fn every_kind(text: &str) -> Vec<Event> {
    let text = || text.to_owned();
    let ranked = Ranked { runbook: text(), title: text(), matched: 1, evidence: vec![text()], ..Ranked::default() };
    let step = |state| {
        Kind::Step(Told {
            runbook: text(),
            n: 1,
            text: text(),
            part: Part::Verification,
            state,
            evidence: vec![text()],
            command: Some(text()),
            asked: vec![text()],
            run: Some(text()),
        })
    };
    let course = Course {
        signal: text(),
        unit: Some(text()),
        from: at(0),
        to: at(1),
        values: vec![Some(7_341_986.0), Some(f64::NAN), Some(2.0)],
        mark: Some(text()),
    };
    let kinds = vec![
        Kind::Transition(Turn { of: text(), id: text(), from: text(), to: "down".into(), words: text() }),
        Kind::Diagnosis(Diagnosed { ranked: vec![ranked] }),
        Kind::Runbook { runbook: text(), title: text(), advice: vec![text()] },
        step(StepState::Skipped { reason: text() }),
        step(StepState::Chosen { option: text(), reason: text() }),
        Kind::Note { text: text() },
        Kind::Severity { severity: Severity::Info, word: Some(text()), respond_s: None, reason: text() },
        Kind::Mitigated { words: text() },
        Kind::Samples(course),
        Kind::Closed { how: crate::incident::Closing::Verified { evidence: vec![text()] } },
        Kind::Closed { how: crate::incident::Closing::Reason { reason: text() } },
        Kind::Reopened { reason: text() },
    ];
    kinds.into_iter().enumerate().map(|(n, kind)| Event::new(at(i64::try_from(n).unwrap()), text(), kind)).collect()
}
