//! A whole recovery on the screen: the situation line names the runbook, a key opens the incident, Enter walks it, a key
//! closes it as verified and another writes its report.

use std::fs;

use super::hands::{answer, leave, next_step, walk};
use super::stack::{RUNBOOK, SYSTEM, Stack};
use crate::midwatch::{dismiss, line, press};
use crate::support::key::Key;
use crate::support::pty::Pty;

/// The dashboard, once it has seen that the worker is gone and rq lists a ghost.
pub(super) fn dashboard(stack: &Stack) -> Pty {
    let pty = stack.terminal(&["--system", SYSTEM]).start().unwrap();
    pty.wait_for("the crash", |screen| line(screen, 1).contains("CRITICAL")).unwrap();
    pty
}

#[test]
fn a_killed_worker_is_found_restarted_proved_and_closed_by_keys() {
    let stack = Stack::start();
    stack.leave_behind(&["entry-1", "entry-2"]);
    let pty = stack.terminal(&["--system", SYSTEM]).start().unwrap();
    pty.wait_for("a worker that lives", |screen| {
        !line(screen, 1).contains("CRITICAL") && line(screen, 1).contains("WARNING")
    })
    .unwrap();
    stack.kill_worker();
    pty.wait_for("the crash", |screen| line(screen, 1).contains("CRITICAL")).unwrap();
    press(&pty, Key::Char('i'), "Open an incident: its title");
    answer(&pty, " (night shift)");
    pty.wait_text("Incident opened").unwrap();
    press(&pty, Key::Char('r'), "Immediate actions");
    walk(&pty, |row| row.contains("Write down the exit reason"));
    assert!(next_step(&pty.screen()).is_some(), "{}", pty.screen_text());
    assert_eq!((stack.restarts(), stack.looks(), stack.jobs()), (1, 1, (0, 0, 3)));
    pty.send_key(Key::Char('c')).unwrap();
    pty.wait_text("is closed").unwrap();
    press(&pty, Key::Char('w'), "written to");
    let (file, events) = stack.incident();
    let report = fs::read_to_string(file.with_extension("md")).unwrap();
    dismiss(&pty, Key::Esc, "written to");
    leave(&pty);
    for told in [
        "(night shift)",
        "**Status:** Resolved",
        "Diagnosed: Worker crash (worker-crash), ",
        "bin/sudo -n systemctl restart sabine-worker\n",
        "journalctl -u sabine-worker -n 50 --no-pager\n",
        "- [x] restart-worker: verified",
        "- [x] requeue-wal: verified",
        "- [x] retry-failed-jobs: verified",
        "- [x] The WAL drains below the warning line: verified",
    ] {
        assert!(report.contains(told), "{told:?} is not in\n{report}");
    }
    for n in 1..=20 {
        let of_it = report.lines().filter(|line| line.contains(&format!("Step {n} of {RUNBOOK}, ")));
        let begins = of_it.filter(|line| line.contains(": begun |")).count();
        assert!(begins <= 1, "step {n}:\n{report}");
    }
    let closed = events.last().unwrap();
    assert_eq!((&closed["kind"], &closed["how"]["as"]), (&"closed".into(), &"verified".into()), "{closed:#}");
}
