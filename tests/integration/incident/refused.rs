//! What is refused, and by which exit code.

use std::fs;

use super::{Case, SYSTEM};
use crate::midwatch::home;
use crate::support::command_line::run;

#[test]
fn read_only_opens_notes_and_closes_nothing() {
    let case = Case::open("none", &[]);
    let before = fs::read(case.file()).unwrap();
    for args in [
        &["open", SYSTEM, "--no-look", "--read-only"][..],
        &["note", "last", "x", "--read-only"],
        &["close", "last", "--reason", "x", "--read-only"],
        &["reopen", "last", "--reason", "x", "--read-only"],
    ] {
        let told = case.incident(args);
        assert!(told.code == 5 && told.err.contains("read-only"), "{args:?}: {told:?}");
    }
    let told = case.stand.alone(&["--read-only", "incident", "note", "last", "x"]);
    assert_eq!(told.code, 5, "{told:?}");
    assert_eq!(fs::read(case.file()).unwrap(), before);
    assert_eq!(case.incident(&["show", "last", "--read-only"]).code, 0, "a look is a look");
}

#[test]
fn what_was_asked_wrongly_is_a_usage_error() {
    let nothing = home();
    let env = [("HOME", nothing.path().to_str().unwrap())];
    let list = run(["incident", "list"], &env);
    assert!(list.code == 0 && list.out == "no incident\n", "{list:?}");
    let none = run(["incident", "show", "last"], &env);
    assert!(none.code == 2 && none.err.contains("there is no incident yet"), "{none:?}");
    assert!(!nothing.path().join(".local").exists(), "a look makes nothing");

    let case = Case::open("none", &[]);
    let second = case.looking(&["open", SYSTEM, "--no-look", "--title", "Another"]);
    assert!(second.code == 0 && second.err.contains(&case.id), "{second:?}");
    for (args, told) in [
        (&["show", "2026-13"][..], "there is no incident '2026-13'"),
        (&["show", &case.id[..10]], " may be "),
        (&["note", "last", "  "], "says nothing"),
        (&["close", "last", "--reason", ""], "says nothing"),
        (&["open", "sabin", "--no-look"], "did you mean 'sabine'?"),
        (&["open", SYSTEM, "--no-look", "--severity", "terrible"], "write one of info, warning, critical"),
        (&["open", SYSTEM, "--no-look", "--runbook", "Not An Id"], "--runbook"),
    ] {
        let run = case.incident(args);
        assert!(run.code == 2 && run.err.contains(told), "{args:?}: {run:?}");
    }
    assert_eq!(case.incident(&["close", "last", "--reason", "a drill"]).code, 0);
    let again = case.incident(&["close", "last", "--reason", "a drill"]);
    assert!(again.code == 5 && again.err.contains("was closed by"), "{again:?}");
    assert_eq!(case.incident(&["reopen", &case.id, "--reason", "x"]).code, 5, "it is open");
}

#[test]
fn what_cannot_be_looked_at_is_not_over() {
    let case = Case::open("worker-crash", &[]);
    let blind = case.incident(&["close", "last"]);
    assert!(blind.code == 5 && blind.out.contains("cannot be told"), "{blind:?}");
    let home = case.stand.home().join("midwatch/incidents/2026-01-01-gone-1.jsonl");
    let line = fs::read_to_string(case.file()).unwrap().lines().next().unwrap().replace(SYSTEM, "gone");
    fs::write(&home, line + "\n").unwrap();
    let gone = case.incident(&["close", "2026-01-01"]);
    assert!(gone.code == 5 && gone.out.contains("gone cannot be looked at"), "{gone:?}");
    let noted = case.incident(&["note", "2026-01-01", "still here"]);
    assert!(noted.code == 0 && noted.err.contains("secrets of gone are not known"), "{noted:?}");
}

#[test]
fn a_link_in_the_place_of_an_incident_is_not_followed() {
    let case = Case::open("none", &[]);
    let elsewhere = case.stand.home().join("elsewhere");
    fs::rename(case.file(), &elsewhere).unwrap();
    let before = fs::read(&elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, case.file()).unwrap();
    let told = case.incident(&["note", &case.id, "x"]);
    assert!(told.code == 1 && told.err.contains("is a symbolic link"), "{told:?}");
    assert_eq!(fs::read(&elsewhere).unwrap(), before);
}
