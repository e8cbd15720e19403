//! `kill -9` of the dashboard: between two steps, and while the effect of an action is looked for. Whoever comes next goes on
//! at the step that is not behind, and repeats none: counted are the worker's starts, the intents, the looks.

use std::time::Duration;

use rustix::process::Signal;
use vt100::Screen;

use super::hands::{confirm, leave, next_step, walk};
use super::screen::dashboard;
use super::stack::{RUNBOOK, SYSTEM, Stack};
use crate::midwatch::{in_body, line, press};
use crate::support::eventually::eventually;
use crate::support::key::Key;
use crate::support::pty::Pty;

const PATIENCE: Duration = Duration::from_secs(60);

/// A dashboard with the runbook on it, over a worker that is gone.
fn walking(stack: &Stack) -> Pty {
    stack.leave_behind(&["entry-1"]);
    stack.kill_worker();
    let pty = dashboard(stack);
    press(&pty, Key::Char('r'), "Immediate actions");
    pty
}

fn kill(pty: &Pty) {
    pty.signal(Signal::KILL).unwrap();
    pty.exit_status().unwrap();
}

/// Walks on without a screen, to the proof.
#[track_caller]
fn walk_on(stack: &Stack) {
    let (code, told) = stack.json(&["runbook", "run", SYSTEM, RUNBOOK, "--yes"]);
    assert_eq!((code, &told["standing"]), (0, &"verified".into()), "{told:#}");
}

/// Each step was begun once, and the worker restarted once.
#[track_caller]
fn nothing_was_repeated(stack: &Stack) {
    let counted = (stack.restarts(), stack.workers().len(), stack.looks(), stack.jobs());
    assert_eq!(counted, (1, 2, 1, (0, 0, 2)), "restarts, workers, looks, jobs");
    for action in ["restart-worker", "requeue-wal", "retry-failed-jobs"] {
        assert_eq!(stack.intents(action), 1, "{action}");
    }
    for n in [1, 4, 5, 7, 17, 18, 19, 20] {
        assert_eq!(stack.told(n, "begun"), 1, "step {n}: {:#?}", stack.incident().1);
    }
    let (_, events) = stack.incident();
    let opened = events.iter().filter(|event| event["kind"] == "opened").count();
    assert_eq!(opened, 1);
}

#[test]
fn between_two_steps() {
    let stack = Stack::start();
    let pty = walking(&stack);
    walk(&pty, |row| row.contains("Queue the WAL entries"));
    // what is on the disk is what goes on: not what a hang-up could still save
    eventually("the restart in the record", PATIENCE, || (stack.told(10, "verified") == 1).then_some(()));
    kill(&pty);

    let pty = dashboard_again(&stack);
    let next =
        next_step(&pty.wait_for("the step that is next", |screen| next_step(screen).is_some()).unwrap()).unwrap();
    assert!(next.contains("Queue the WAL entries"), "{next}");
    walk(&pty, |row| row.contains("The worker answers"));
    eventually("the last action in the record", PATIENCE, || (stack.told(12, "verified") == 1).then_some(()));
    kill(&pty);
    walk_on(&stack);
    nothing_was_repeated(&stack);
}

#[test]
fn while_the_effect_of_an_action_is_looked_for() {
    let stack = Stack::start();
    stack.close_gate();
    let pty = walking(&stack);
    walk(&pty, |row| row.contains("Restart it."));
    take_the_first_way(&pty);
    press(&pty, Key::Enter, " y  run");
    confirm(&pty);
    pty.wait_text("checking").unwrap();
    eventually("the restart", PATIENCE, || (stack.restarts() == 1).then_some(()));
    kill(&pty);
    assert_eq!((stack.told(10, "verified"), stack.workers().len()), (0, 1));

    // it lives on, and is followed
    let pty = dashboard_again(&stack);
    pty.wait_for("the step that is under way", |screen| in_body(screen, "running")).unwrap();
    stack.open_gate();
    pty.wait_for("the next step", |screen| next_step(screen).is_some_and(|row| row.contains("Queue the WAL"))).unwrap();
    eventually("the restart in the record", PATIENCE, || (stack.told(10, "verified") == 1).then_some(()));
    leave(&pty);
    walk_on(&stack);
    nothing_was_repeated(&stack);
}

/// The second dashboard, on the runbook.
fn dashboard_again(stack: &Stack) -> Pty {
    let pty = stack.terminal(&["--system", SYSTEM]).start().unwrap();
    let is_told = |screen: &Screen| ["CRITICAL", "WARNING"].iter().any(|word| line(screen, 1).contains(word));
    pty.wait_for("what is wrong", is_told).unwrap();
    press(&pty, Key::Char('r'), "Immediate actions");
    pty
}

/// The first of the ways that are listed by Enter.
fn take_the_first_way(pty: &Pty) {
    press(pty, Key::Enter, "One of these ways");
    pty.send_key(Key::Enter).unwrap();
    pty.wait_gone("One of these ways").unwrap();
}
