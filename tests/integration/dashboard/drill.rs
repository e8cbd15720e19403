//! A drill from its beginning to its report: a hidden fault is seen, ended by its key, and scored.

use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;
use vt100::Screen;

use crate::midwatch::{assert_restored, dismiss, home, line, press, program};
use crate::support::command_line::{Run, run};
use crate::support::eventually::eventually;
use crate::support::key::Key;
use crate::support::pty::Pty;
use crate::support::terminal::find;

/// The seed of this system that closes Redis after six seconds.
const REDIS: &str = "118";
/// How long an answer to a key may take that must not come too soon after what it answers.
const ARMED: Duration = Duration::from_secs(20);

/// The drill, with its state folder in this home.
fn drill(home: &Path) -> Pty {
    let args = ["demo", "--drill", "--seed", REDIS, "--system", "sabine", "--who", "Alice"];
    let state = home.join("state");
    program(home).args(args).env("XDG_STATE_HOME", state).patience(Duration::from_secs(90)).start().unwrap()
}

/// `midwatch incident` over that state folder.
fn incident(home: &Path, args: &[&str]) -> Run {
    let (home, state) = (home.to_str().unwrap(), home.join("state"));
    run([&["incident"], args].concat(), &[("HOME", home), ("XDG_STATE_HOME", state.to_str().unwrap())])
}

/// Waits for the fault to show.
fn breaks_out(pty: &Pty) {
    let is_out = |screen: &Screen| line(screen, 1).contains("CRITICAL") && line(screen, 1).contains("Redis");
    pty.wait_for("the fault", is_out).unwrap();
}

#[test]
fn a_drill_that_is_killed_leaves_what_there_was_and_is_no_open_incident() {
    let home = home();
    let pty = drill(home.path());
    breaks_out(&pty);
    press(&pty, Key::Char('r'), "Option A");
    // its first step is a check, whatever comes of it
    pty.send_key(Key::Enter).unwrap();
    let told = |words: &str| {
        let report = incident(home.path(), &["report", "last"]).out;
        report.contains(words).then_some(report)
    };
    eventually("the step in the record", ARMED, || told("Step 1 of redis-down, "));
    assert!(incident(home.path(), &["list"]).out.contains("Drill that goes on"), "it is not over");
    pty.signal(Signal::KILL).unwrap();
    pty.exit_status().unwrap();
    let report = eventually("the diagnosis in the record", ARMED, || told("Diagnosed: "));
    for words in ["# Incident Report: Drill: ", "Step 1 of redis-down, ", "| Alice |", "(drill)"] {
        assert!(report.contains(words), "{words}: {report}");
    }
    let list = incident(home.path(), &["list"]).out;
    assert!(list.contains("Drill: ") && list.contains("Drill without an end"), "{list}");
    assert_eq!(incident(home.path(), &["list", "--open"]).out, "no incident\n");
    let refused = incident(home.path(), &["close", "last"]);
    assert!(refused.code == 5 && refused.err.contains("was a drill"), "{refused:?}");
    assert_eq!(incident(home.path(), &["close", "last", "--reason", "it was killed"]).code, 0);
}

#[test]
fn a_drill_that_is_left_says_so_and_is_written_down_once() {
    let home = home();
    let pty = drill(home.path());
    breaks_out(&pty);
    press(&pty, Key::Char('q'), "How it is counted");
    for told in ["left before the recovery", "redis-down never", "--drill --seed 118"] {
        assert!(find(&pty.screen(), told).is_some(), "{told}: {}", pty.screen_text());
    }
    dismiss(&pty, Key::Esc, "How it is counted");
    pty.send_key(Key::Char('q')).unwrap();
    assert_eq!(pty.exit_status().unwrap().code(), Some(0));
    assert_restored(&pty);
    let list = incident(home.path(), &["list"]).out;
    assert!(list.lines().count() == 1 && list.contains("Closed, not verified"), "{list}");
    let report = incident(home.path(), &["report", "last"]).out;
    assert_eq!(report.matches("Diagnosed: ").count(), 1, "{report}");
    assert!(report.contains("the drill ended: left before the recovery"), "{report}");
}

#[test]
fn a_hidden_fault_is_found_ended_and_scored() {
    let home = home();
    let state = home.path().join("state");
    let pty = drill(home.path());
    pty.wait_for("a calm drill", |screen| line(screen, 0).contains("DRILL") && line(screen, 1).contains("OK")).unwrap();
    press(&pty, Key::Char('F'), "closed during a drill");
    pty.wait_for("the fault", |screen| line(screen, 1).contains("CRITICAL") && line(screen, 1).contains("Redis"))
        .unwrap();
    let screen = pty.screen();
    assert!(line(&screen, 0).contains("DRILL") && find(&screen, "fault redis-down").is_none(), "{}", pty.screen_text());

    press(&pty, Key::Char('r'), "Option A");
    dismiss(&pty, Key::Char('r'), "Option A");
    press(&pty, Key::Char('D'), "Restart Redis");
    eventually("the confirmed run", ARMED, || {
        let _ = pty.send_key(Key::Char('y'));
        find(&pty.screen(), "under way").or_else(|| find(&pty.screen(), "verified")).map(|_| ())
    });
    pty.wait_text("How it is counted").unwrap();
    let score = pty.wait_text("sabine/redis-down").unwrap();
    for told in ["recovered", "by restart-redis", "unneeded", "--drill --seed 118"] {
        assert!(find(&score, told).is_some(), "{told}: {}", pty.screen_text());
    }
    pty.send_key(Key::Char('q')).unwrap();
    assert_eq!(pty.exit_status().unwrap().code(), Some(0));
    assert_restored(&pty);

    let told = pty.screen_text();
    for words in ["of 100, recovered", "| Alice | simulated | pass, ", "sabine/redis-down, seed 118"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let folder = state.join("midwatch/incidents");
    let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let report = files.iter().find(|path| path.extension().is_some_and(|ext| ext == "md")).unwrap();
    let report = std::fs::read_to_string(report).unwrap();
    for words in [
        "# Incident Report: Drill: ",
        "**Drill:** nothing of this was real",
        "restart-redis",
        "unneeded: none",
        "Runbook chosen",
        "Diagnosed: ",
    ] {
        assert!(report.contains(words), "{words}: {report}");
    }
}
