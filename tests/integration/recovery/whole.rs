//! A whole recovery from the shell: a worker is killed, its runbook is found, walked step by step, proved; the incident is
//! closed as verified, and its report is as its golden file has it.

use serde_json::Value;

use super::report::still;
use super::stack::{RUNBOOK, SYSTEM, Stack};
use crate::support::eventually::eventually;

/// A walk with one more answer than before: where it stopped, and by which exit code.
#[track_caller]
fn walk(stack: &Stack, more: &[&str]) -> (i32, Value) {
    stack.json(&[&["runbook", "run", SYSTEM, RUNBOOK], more].concat())
}

#[test]
fn a_killed_worker_is_diagnosed_walked_verified_closed_and_reported() {
    let stack = Stack::start();
    let calm = stack.json(&["diagnose", "--system", SYSTEM]).1;
    assert_eq!(calm["systems"][0]["diagnoses"], Value::Array(Vec::new()), "healthy: {calm:#}");
    stack.leave_behind(&["entry-1", "entry-2", "entry-3"]);
    stack.kill_worker();
    // Redis notices a moment later that nobody listens any more
    let seen = eventually("the ghost", std::time::Duration::from_secs(60), || {
        let (code, told) = stack.json(&["diagnose", "--system", SYSTEM]);
        assert_eq!(code, 0, "{told:#}");
        told.to_string().contains("queue.workers_ghost = 1 > 0").then_some(told)
    });
    let first = &seen["systems"][0]["diagnoses"][0];
    assert_eq!((&first["runbook"], &first["rank"]), (&Value::from(RUNBOOK), &Value::from(1)), "{seen:#}");

    let (code, opened) = stack.json(&["incident", "open", SYSTEM]);
    assert_eq!(code, 0, "{opened:#}");
    let id = opened["id"].as_str().unwrap();
    for (more, code, stopped) in [
        (&[][..], 6, 2),
        (&["--done", "2"], 6, 3),
        (&["--done", "3"], 6, 6),
        (&["--done", "6"], 6, 10),
        // the way is chosen, and nobody confirmed the restart
        (&["--choose", "A"], 5, 10),
    ] {
        let (ended, told) = walk(&stack, more);
        assert_eq!((ended, &told["stopped_at"]), (code, &Value::from(stopped)), "{more:?}: {told:#}");
        assert_eq!(told["incident"], id);
    }
    assert_eq!((stack.restarts(), stack.looks()), (0, 1));
    assert_eq!(stack.midwatch(&["incident", "close", id]).code, 5, "nothing is repaired yet");
    let (code, told) = walk(&stack, &["--yes"]);
    assert_eq!((code, &told["standing"]), (0, &Value::from("verified")), "{told:#}");
    assert_eq!((stack.restarts(), stack.workers().len(), stack.looks()), (1, 2, 1));
    assert_eq!(stack.jobs(), (0, 0, 4), "three entries and the job that had failed");

    let closed = stack.midwatch(&["incident", "close", id]);
    assert_eq!(closed.code, 0, "{closed:?}");
    let report = stack.midwatch(&["incident", "report", id]);
    insta::assert_snapshot!(still(&report.out));
}
