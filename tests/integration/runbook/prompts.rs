//! `runbook run` on a terminal: every question that it asks, answered wrongly and rightly; a failure stops it there, and
//! what was typed before a question was seen is no answer.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::midwatch::{home, program};
use crate::support::eventually::eventually;
use crate::support::http_stub::{Answer, Http};
use crate::support::pty::Pty;

const PATIENCE: Duration = Duration::from_secs(60);
/// A line that was not heard is typed again after so long.
const AGAIN: Duration = Duration::from_millis(150);

/// A door that is shut, and what opens it.
const SYSTEM: &str = r#"
title = "Shop"
environment = "production"
timezone = "UTC"

[component.door]
title = "Door"
every = "5s"
timeout = "5s"
probe.http = { url = "URL/health" }
runbook = "door-shut"

[action.reopen]
title = "Reopen"
risk = "disruptive"
component = "door"
cooldown = "0s"
parameter.hall = { title = "Hall", pattern = "[a-z]+-[0-9]" }
http = { url = "URL/reopen", json = { hall = "${hall}" } }
timeout = "10s"
verify = { when = "door.up", within = "2s" }
"#;

const RUNBOOK: &str = "# Door shut

**Scenario:** Nobody gets in.
**Severity:** Critical

## Symptoms

- It does not answer <!-- when: !door.up -->

## Immediate Actions

1. Tell the porter.

## Resolution Steps

### Option A: Reopen it

1. Reopen it. <!-- action: reopen hall=<hall> -->

### Option B: Use the other one

1. Send them there.

## Verification

- [ ] It answers <!-- expect: door.up --> <!-- within: 10s -->

## Post-Incident

1. Write it down.
";

struct Shop {
    door: Http,
    home: TempDir,
}

impl Shop {
    fn open() -> Self {
        let (door, home) = (Http::start(), home());
        door.on("/health", Answer::json(503, "{}")).on("/reopen", Answer::json(200, "{}"));
        fs::create_dir_all(home.path().join("shop/runbooks")).unwrap();
        fs::write(home.path().join("shop/system.toml"), SYSTEM.replace("URL", door.url("").trim_end_matches('/')))
            .unwrap();
        fs::write(home.path().join("shop/runbooks/door-shut.md"), RUNBOOK).unwrap();
        Self { door, home }
    }

    fn run(&self) -> Pty {
        let args = ["runbook", "run", "shop", "door-shut", "--system-file", "shop"];
        program(self.home.path()).args(args).env("NO_COLOR", "1").env("PATH", "/usr/bin:/bin").start().unwrap()
    }

    fn reopened(&self) -> Vec<String> {
        let asked = self.door.hits().into_iter().filter(|hit| hit.path == "/reopen");
        asked.map(|hit| String::from_utf8(hit.body).unwrap()).collect()
    }

    /// Number and state of each step that was told.
    fn steps(&self) -> Vec<String> {
        let folder = self.home.path().join(".local/state/midwatch/incidents");
        let file = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).find(|path| is_record(path)).unwrap();
        let events = fs::read_to_string(file).unwrap();
        let events = events.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let steps = events.filter(|event| event["kind"] == "step");
        steps.map(|event| format!("{} {}", event["n"], event["state"].as_str().unwrap())).collect()
    }
}

fn is_record(path: &Path) -> bool {
    path.extension().is_some_and(|ext| ext == "jsonl")
}

/// Types a line until it was heard: what comes before its question counts for nothing.
#[track_caller]
fn answer(pty: &Pty, line: &str, brings: &str) {
    let (from, began) = (pty.bytes_written(), Instant::now());
    let mut sent: Option<Instant> = None;
    eventually(brings, PATIENCE * 2, || {
        let said = pty.raw();
        let said = String::from_utf8_lossy(&said[from..]);
        let is_there = said.contains(brings);
        if !is_there && sent.is_none_or(|sent| sent.elapsed() > AGAIN) {
            assert!(pty.is_running(), "{line:?} ended it:\n{said}");
            assert!(began.elapsed() < PATIENCE, "{line:?} does not bring {brings:?}:\n{said}");
            pty.send(&format!("{line}\r")).unwrap();
            sent = Some(Instant::now());
        }
        is_there.then_some(())
    });
}

#[test]
fn every_question_is_answered_and_a_failure_stops_it_there() {
    let shop = Shop::open();
    let pty = shop.run();
    pty.wait_text("1. Tell the porter.").unwrap();
    answer(&pty, "maybe", "not understood");
    answer(&pty, "s", "why? write s and the reason");
    answer(&pty, "s nobody is there", "skipped: nobody is there");
    // no way is taken by itself
    answer(&pty, "", "not understood");
    answer(&pty, "c Z", "there is no such way; there are: Option A: Reopen it | Option B: Use the other one");
    answer(&pty, "c A", "taken: Option A: Reopen it");
    answer(&pty, "", "hall (text): ");
    answer(&pty, "The Hall; rm", "'hall': it does not match [a-z]+-[0-9]");
    answer(&pty, "", "hall (text): ");
    answer(&pty, "east-1", "now it would run the action reopen");
    answer(&pty, "", "anything else runs nothing: ");
    answer(&pty, "n", "not confirmed");
    assert_eq!(shop.reopened(), [""; 0]);
    answer(&pty, "", "anything else runs nothing: ");
    // it says that all is well, and nobody gets in
    answer(&pty, "y", "its effect was not seen within");
    assert_eq!(shop.reopened(), [r#"{"hall":"east-1"}"#]);
    // it stays at that step until somebody decides
    shop.door.on("/health", Answer::json(200, "{}"));
    answer(&pty, "", "anything else runs nothing: ");
    answer(&pty, "y", "It answers");
    answer(&pty, "", "Write it down.");
    answer(&pty, "", "verified, 4 of 4 steps behind");
    assert_eq!(pty.exit_status().unwrap().code(), Some(0), "{}", pty.screen_text());
    assert_eq!(shop.reopened().len(), 2);
    assert_eq!(
        shop.steps(),
        [
            "1 skipped",
            "2 chosen",
            "2 begun",
            "2 not_verified",
            "2 begun",
            "2 verified",
            "4 begun",
            "4 verified",
            "5 done"
        ]
    );
}

#[test]
fn whoever_stops_goes_on_later_and_what_was_typed_ahead_is_no_answer() {
    let shop = Shop::open();
    let pty = shop.run();
    // all of it before any question was seen
    pty.send("\r\r\ry\r").unwrap();
    pty.wait_text("1. Tell the porter.").unwrap();
    answer(&pty, "q", "go on with: midwatch runbook run shop door-shut");
    assert_eq!(pty.exit_status().unwrap().code(), Some(6), "{}", pty.screen_text());
    assert!(pty.screen_text().contains("stopped at step 1: as you said"), "{}", pty.screen_text());
    let pty = shop.run();
    answer(&pty, "", "2. Reopen it.");
    answer(&pty, "q", "stopped at step 2");
    assert_eq!((pty.exit_status().unwrap().code(), shop.steps()), (Some(6), vec!["1 done".to_owned()]));
    let pty = shop.run();
    pty.wait_text("2. Reopen it.").unwrap();
    assert!(!pty.screen_text().contains("Tell the porter"), "{}", pty.screen_text());
    assert_eq!(shop.reopened(), [""; 0]);
}
