//! How a command ends: by itself, at its time-out, when somebody cancels; and what it leaves behind.

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use midwatch::action::End;

use crate::execute::runner::{PATIENCE, Plan, Runner, Shim, end, lives};
use crate::support::eventually::eventually;
use crate::support::program::Program;

/// Enough for a shell to set its traps on a loaded machine.
const SHORT: Duration = Duration::from_secs(2);

#[test]
fn a01_what_hangs_is_ended_at_its_time_out() {
    let shim = Shim::new("echo pid $$; sleep 1000 & wait");
    let runner = Runner::start(&Plan { timeout: SHORT, ..shim.plan(&[]) }, &[]);
    let leader = runner.wait_said("pid ");
    let done = runner.report().done;
    assert_eq!((done.end, done.reason.as_str()), (End::TimedOut, "not done within 2s: ended by TERM"));
    assert_eq!(done.left_running, [""; 0]);
    assert!(!lives(&leader));
}

#[test]
fn a01_what_ignores_term_is_killed_after_the_grace() {
    let shim = Shim::new("trap '' TERM; sleep 1000 & echo child $!; echo pid $$; while :; do wait; done");
    let runner = Runner::start(&Plan { timeout: SHORT, grace: SHORT, ..shim.plan(&[]) }, &[]);
    let (child, leader) = (runner.wait_said("child "), runner.wait_said("pid "));
    let done = runner.report().done;
    let words = "not done within 2s: ended by KILL, 2s after TERM";
    assert_eq!((done.end, done.reason.as_str(), done.exit_code), (End::TimedOut, words, None));
    assert_eq!(done.left_running, [""; 0]);
    assert!(!lives(&child) && !lives(&leader));
}

#[test]
fn a01_what_is_cancelled_is_ended_and_may_tidy_up() {
    // short sleeps: a TERM that finds the shell between fork and exec of one is lost on that child
    let shim = Shim::new("trap 'echo tidied; exit 7' TERM; echo ready; while :; do sleep 0.05; done");
    let mut runner = Runner::start(&shim.plan(&[]), &[]);
    runner.wait_said("ready");
    runner.cancel();
    let report = runner.report();
    let done = &report.done;
    assert_eq!((done.end, done.reason.as_str()), (End::Cancelled, "cancelled: ended by TERM"));
    assert_eq!(done.exit_code, Some(7));
    // what the shell says of the sleep that was ended comes by the other pipe, before or after
    assert!(report.tail.iter().any(|line| line == "tidied"), "{:?}", report.tail);
}

#[test]
fn a01_ends_have_their_codes_and_signals() {
    for (script, end, code, words) in [
        ("exit 0", End::Accepted, Some(0), ""),
        ("exit 3", End::Failed, Some(3), "exited with 3"),
        ("kill -9 $$", End::Failed, None, "ended by signal 9 (KILL)"),
    ] {
        let shim = Shim::new(script);
        let done = Runner::start(&shim.plan(&[]), &[]).report().done;
        assert_eq!((done.end, done.exit_code, done.reason.as_str()), (end, code, words), "{script}");
    }
}

#[test]
fn a02_a_child_in_the_background_that_keeps_the_pipe_does_not_hold_us() {
    let shim = Shim::new("sleep 1000 & echo child $!; echo started >&2");
    let began = Instant::now();
    let runner = Runner::start(&shim.plan(&[]), &[]);
    let child = runner.wait_said("child ");
    let report = runner.report();
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    assert_eq!((report.done.end, report.done.exit_code), (End::Accepted, Some(0)));
    assert_eq!(report.done.left_running, [format!("pid {child}: sleep 1000")]);
    assert!(runner.said().contains(&"started".to_owned()));
    assert!(lives(&child), "what was left running is told, and let run");
    end(&child);
}

#[test]
fn a03_who_left_the_session_is_told_of_without_secrets() {
    let escape = "setsid sh -c 'sleep 1000; : s3cret-key-0042' </dev/null >/dev/null 2>&1 & echo child $!; exit 0";
    let shim = Shim::new(escape);
    let plan = Plan { secrets: vec!["s3cret-key-0042".into()], ..shim.plan(&[]) };
    let runner = Runner::start(&plan, &[]);
    let child = runner.wait_said("child ");
    let done = runner.report().done;
    assert_eq!(done.end, End::Accepted);
    assert_eq!(done.left_running[0], format!("pid {child}: sh -c 'sleep 1000; : ***'"));
    assert!(done.left_running[1].ends_with(": sleep 1000") && done.left_running.len() == 2, "{done:?}");
    for told in &done.left_running {
        end(told.strip_prefix("pid ").unwrap().split(':').next().unwrap());
    }
}

#[test]
fn a03_who_left_the_session_is_killed_at_the_time_out_all_the_same() {
    // a daemon by the book: a new session, and its first process gone
    let daemon = "setsid sh -c 'trap \"\" TERM; (trap \"\" TERM; echo child $(exec sh -c '\\''echo $PPID'\\''); \
                  sleep 1000) & exit 0'; echo pid $$; exec sleep 1000";
    let shim = Shim::new(daemon);
    let plan = Plan { timeout: SHORT, grace: SHORT, ..shim.plan(&[]) };
    let runner = Runner::start(&plan, &[]);
    let (child, leader) = (runner.wait_said("child "), runner.wait_said("pid "));
    assert!(lives(&child));
    let done = runner.report().done;
    assert_eq!((done.end, done.left_running.as_slice()), (End::TimedOut, &[][..]));
    assert!(!lives(&child) && !lives(&leader));
}

#[test]
fn a03_orphans_that_ended_are_reaped() {
    let shim = Shim::new("sh -c 'sleep 0 & exit 0' & wait; echo over");
    let runner = Runner::start(&shim.plan(&[]), &[]);
    let done = runner.report().done;
    assert_eq!((done.end, done.left_running.as_slice()), (End::Accepted, &[][..]));
}

#[test]
fn a04_who_may_not_by_sudo_is_told_the_line_that_allows_it() {
    let shim = Shim::new("echo 'sudo: a password is required' >&2; exit 1");
    let sudo = shim.dir.path().join("sudo");
    std::fs::rename(shim.path(), &sudo).unwrap();
    std::fs::set_permissions(&sudo, std::fs::Permissions::from_mode(0o755)).unwrap();
    let argv = [sudo.to_str().unwrap(), "-n", "sleep", "1"].map(str::to_owned).to_vec();
    let done = Runner::start(&Plan { argv, ..shim.plan(&[]) }, &[("LOGNAME", "alice")]).report().done;
    let line = "exited with 1: sudo may not ask here; this line in sudoers allows it: \
                alice ALL=(root) NOPASSWD: /usr/bin/sleep 1";
    assert_eq!((done.end, done.reason.as_str()), (End::Failed, line));
}

/// What a command says that wants to ask something.
const PROMPT: &str = "exec 2>&1; : </dev/tty; echo after; read answer || echo nobody answers";

#[test]
fn a04_who_wants_to_prompt_finds_no_terminal() {
    let shim = Shim::new(&format!("( {PROMPT} ); {}", PROMPT.replace(": </dev/tty", "tty")));
    for detached in [true, false] {
        let dir = tempfile::tempdir().unwrap();
        let plan = Plan { detached, ..shim.plan(&[]) };
        let runner = Runner::command(&plan, dir.path());
        let out = dir.path().join("out");
        // a shell in a terminal of its own starts the runner, as a dashboard would
        let mut shell = Program::new("/bin/sh").args(["-c", "tty >\"$0.tty\"; \"$@\" >\"$0\" 2>&1 </dev/null; :"]);
        shell = shell.args([out.as_os_str()]).args([runner.get_program()]).args(runner.get_args());
        for (name, value) in runner.get_envs() {
            shell = shell.env(name, value.unwrap());
        }
        let _pty = shell.env("PATH", "/usr/bin:/bin").start().unwrap();
        let report = eventually("the report", PATIENCE, || {
            let said = std::fs::read_to_string(&out).ok()?;
            said.contains("@done ").then_some(said)
        });
        assert!(std::fs::read_to_string(dir.path().join("out.tty")).unwrap().starts_with("/dev/pts/"));
        if detached {
            let said: Vec<&str> = report.lines().filter_map(|line| line.strip_prefix("@out ")).collect();
            assert!(said[0].ends_with("No such device or address"), "ENXIO: {said:?}");
            assert!(said.ends_with(&["not a tty", "after", "nobody answers"]), "{said:?}");
        } else {
            assert!(report.contains("not started: this process has a terminal"), "{report}");
        }
    }
}
