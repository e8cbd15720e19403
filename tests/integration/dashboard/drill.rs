//! A drill from its beginning to its report: a hidden fault is seen, ended by its key, and scored.

use std::time::Duration;

use crate::midwatch::{assert_restored, dismiss, home, line, press, program};
use crate::support::eventually::eventually;
use crate::support::key::Key;
use crate::support::terminal::find;

/// The seed of this system that closes Redis after six seconds.
const REDIS: &str = "118";
/// How long an answer to a key may take that must not come too soon after what it answers.
const ARMED: Duration = Duration::from_secs(20);

#[test]
fn a_hidden_fault_is_found_ended_and_scored() {
    let home = home();
    let state = home.path().join("state");
    let args = ["demo", "--drill", "--seed", REDIS, "--system", "sabine", "--who", "Alice"];
    let pty = program(home.path())
        .args(args)
        .env("XDG_STATE_HOME", &state)
        .patience(Duration::from_secs(90))
        .start()
        .unwrap();
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
