//! A recovery as somebody on call walks it: the runbook that fits, step by step to the action and its proof, through a
//! `kill -9`, to a closed incident and its report.

use std::time::Duration;

use rustix::process::Signal;
use vt100::Screen;

use crate::act_demo::Stand;
use crate::midwatch::{in_body, line, press, program};
use crate::recovery::hands::{a_moment, after, answer, next_step};
use crate::support::key::Key;
use crate::support::pty::Pty;

const SYSTEM: &str = "sabine";

/// The dashboard over a simulation that outlives it.
fn dashboard(stand: &Stand) -> Pty {
    let vars = stand.demo().vars(SYSTEM);
    let vars = vars.into_iter().flat_map(|(name, value)| ["--var".to_owned(), format!("{name}={value}")]);
    let args: Vec<String> = ["--system".to_owned(), SYSTEM.to_owned()].into_iter().chain(vars).collect();
    let pty = program(stand.home())
        .env("PATH", stand.demo().path())
        .env("XDG_STATE_HOME", stand.home())
        .args(args)
        .patience(Duration::from_secs(60))
        .start()
        .unwrap();
    pty.wait_for("the crash", |screen| line(screen, 1).contains("CRITICAL")).unwrap();
    pty
}

#[test]
fn a_recovery_is_walked_to_its_proof_through_a_kill() {
    let stand = Stand::of(SYSTEM, "worker-crash", 5);
    let pty = dashboard(&stand);
    press(&pty, Key::Char('r'), "Immediate actions");
    pty.wait_text(" 1 \u{bb} next").unwrap();
    pty.send_key(Key::Enter).unwrap();
    pty.wait_text(" 1 \u{2713} verified").unwrap();
    // what is on the disk is what goes on: not what a hang-up could still save
    let written = || incidents(&stand);
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while !written().contains("\"state\":\"verified\"") {
        assert!(std::time::Instant::now() < deadline, "{}", written());
        std::thread::yield_now();
    }
    pty.signal(Signal::KILL).unwrap();
    pty.exit_status().unwrap();

    let pty = dashboard(&stand);
    press(&pty, Key::Char('r'), "Immediate actions");
    pty.wait_text(" 1 \u{2713} verified").unwrap();
    let mut row = next_step(&pty.wait_text(" 2 \u{bb} next").unwrap()).unwrap();
    for _ in 0..2 {
        pty.send_key(Key::Enter).unwrap();
        row = after(&pty, &row);
    }
    pty.send_key(Key::Enter).unwrap();
    row = after(&pty, &row);
    assert!(in_body(&pty.screen(), " 4 ! not as expected"), "{}", pty.screen_text());
    row = skip_to(&pty, row, "Restart it.");

    press(&pty, Key::Enter, "One of these ways");
    pty.send_key(Key::Enter).unwrap();
    pty.wait_gone("One of these ways").unwrap();
    restart(&pty);
    row = after(&pty, &row);
    row = skip_to(&pty, row, "The worker answers");
    pty.send_key(Key::Enter).unwrap();
    after(&pty, &row);

    pty.send_key(Key::Char('c')).unwrap();
    let seen = |screen: &Screen| in_body(screen, "Close it all the same") || line(screen, 39).contains("is closed");
    if in_body(&pty.wait_for("the incident's end", seen).unwrap(), "Close it all the same") {
        answer(&pty, "the worker is back, the rest drains");
        pty.wait_for("the end", |screen| line(screen, 39).contains("is closed")).unwrap();
    }
    press(&pty, Key::Char('w'), "written to");
    let report = std::fs::read_dir(stand.home().join("midwatch/incidents"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|ext| ext == "md"))
        .expect("a report");
    let report = std::fs::read_to_string(report).unwrap();
    for told in ["Worker crash", "restart-worker", "the log is elsewhere", "The worker answers"] {
        assert!(report.contains(told), "no '{told}' in\n{report}");
    }
    let first = written().matches("\"n\":1,").count();
    assert_eq!(first, 2, "step 1 was begun and verified once, and not again after the kill:\n{}", written());
}

/// Confirms the restart, and waits for its proof.
fn restart(pty: &Pty) {
    press(pty, Key::Enter, " y  run");
    pty.send_key(Key::Char('y')).unwrap();
    let seen = |screen: &Screen| in_body(screen, "too quick") || in_body(screen, "checking");
    if in_body(&pty.wait_for("the run", seen).unwrap(), "too quick") {
        a_moment(pty);
        pty.send_key(Key::Char('y')).unwrap();
    }
    pty.wait_text(" VERIFIED ").unwrap();
    pty.send_key(Key::Esc).unwrap();
    pty.wait_gone(" VERIFIED ").unwrap();
}

/// Leaves steps out until this one is next.
fn skip_to(pty: &Pty, mut row: String, wanted: &str) -> String {
    for _ in 0..12 {
        if row.contains(wanted) {
            return row;
        }
        pty.send_key(Key::Char('s')).unwrap();
        answer(pty, "the log is elsewhere");
        row = after(pty, &row);
    }
    panic!("no step '{wanted}':\n{}", pty.screen_text());
}

/// All that incidents' files hold.
fn incidents(stand: &Stand) -> String {
    let Ok(entries) = std::fs::read_dir(stand.home().join("midwatch/incidents")) else { return String::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    let files = paths.filter(|path| path.extension().is_some_and(|ext| ext == "jsonl"));
    files.map(|path| std::fs::read_to_string(path).unwrap()).collect()
}
