//! The `command` probe with real programs: how they end, what they say, what they leave behind, and what they are given.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use midwatch::base::{Cause, Secret, State, Variables, template::Variable};
use midwatch::probe::{Answer, ComponentSpec, Detail, ProbeError, Prober, assess};
use midwatch::signal::Value;

use crate::support::eventually::eventually;
use crate::support::process::processes;

/// Longer than any command of these tests takes.
const PATIENCE: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(600);

fn variables() -> Variables {
    Variables([("key".to_owned(), Variable::Secret(Secret::new("s3cret-key".into())))].into())
}

/// A component that runs a script; the check of files refuses a shell, the probe runs what it is given.
fn shell(script: &str, more: &str) -> ComponentSpec {
    component(&format!("argv = ['/bin/sh', '-c', '''{script}''']{more}"))
}

fn component(probe: &str) -> ComponentSpec {
    toml::from_str(&format!("probe.command = {{ {probe} }}")).unwrap_or_else(|error| panic!("{error}\n{probe}"))
}

fn prober(spec: &ComponentSpec, timeout: Duration) -> Prober {
    Prober::new(&spec.probe, timeout, &variables(), &variables().redactor()).unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn poll(spec: &ComponentSpec, timeout: Duration) -> Result<Answer, ProbeError> {
    runtime().block_on(prober(spec, timeout).poll(0.0))
}

fn fact<'a>(answer: &'a Answer, name: &str) -> Option<&'a Value> {
    answer.facts.get(name)
}

fn lives(pid: &str) -> bool {
    processes().any(|process| process.id.to_string() == pid.trim())
}

/// Where a script leaves what it wants to tell: its process ids.
fn notes() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let note = folder.path().join("note").to_str().unwrap().to_owned();
    (folder, note)
}

fn read(note: &str) -> String {
    eventually("the script tells its process id", PATIENCE, || {
        std::fs::read_to_string(note).ok().filter(|text| text.ends_with('\n'))
    })
}

#[test]
fn its_exit_code_judges_and_its_outputs_are_facts() {
    let spec = shell("echo all well; echo note >&2; exit 0", "");
    let answer = poll(&spec, PATIENCE).unwrap();
    assert_eq!(fact(&answer, "exit"), Some(&Value::Int(0)));
    assert_eq!(fact(&answer, "text"), Some(&Value::from("all well")));
    assert_eq!(fact(&answer, "errors"), Some(&Value::from("note")));
    assert!(fact(&answer, "latency_ms").and_then(Value::as_f64).unwrap() > 0.0);
    assert_eq!(fact(&answer, "body"), None);
    assert_eq!(assess::assess(&spec, answer).state, State::Up);

    let spec = shell("echo checked; echo 'db: no route' >&2; exit 3", "");
    let seen = assess::assess(&spec, poll(&spec, PATIENCE).unwrap());
    let reason = seen.reason.unwrap();
    assert_eq!((seen.state, reason.cause), (State::Down, Cause::Unhealthy));
    assert_eq!(reason.text, "exited with 3: db: no route");
}

#[test]
fn the_files_own_condition_stands_above_the_exit_code() {
    let mut spec = shell("echo '{\"ok\": true, \"failed\": 2}'; exit 1", ", output = 'json'");
    spec.healthy = Some(midwatch::expr::Expr::compile("exit <= 1 && body.ok").unwrap());
    let answer = poll(&spec, PATIENCE).unwrap();
    assert_eq!(fact(&answer, "body").and_then(|body| body.get("failed")), Some(&Value::Int(2)));
    assert_eq!(assess::assess(&spec, answer).state, State::Up);
}

#[test]
fn output_that_is_no_json_is_missing_with_its_reason() {
    let large = "head -c 1100000 /dev/zero | tr '\\0' ' '";
    for (script, cause, words) in [
        ("echo fine", Cause::Malformed, "malformed: JSON: expected"),
        ("true", Cause::Malformed, "malformed: no output instead of JSON"),
        ("printf '{\"a\":\"\\377\"}'", Cause::Malformed, "malformed: not UTF-8 at byte 6, in its output"),
        (large, Cause::TooLarge, "too large: its output is above 1 MiB"),
        ("echo '{\"a\":1'; exit 4", Cause::Unhealthy, "exited with 4: {\"a\":1"),
    ] {
        let spec = shell(script, ", output = 'json'");
        let answer = poll(&spec, PATIENCE).unwrap();
        assert_eq!(fact(&answer, "body"), None, "{script}");
        let trouble = answer.trouble.clone().unwrap();
        assert_eq!(trouble.cause, cause, "{script}");
        assert!(trouble.text.starts_with(words), "{script}: {trouble}");
    }
    let mut spec = shell("echo fine", ", output = 'json'");
    spec.healthy = Some(midwatch::expr::Expr::compile("body.ok").unwrap());
    let seen = assess::assess(&spec, poll(&spec, PATIENCE).unwrap());
    assert_eq!(seen.state, State::Unknown, "what cannot be read is not down");
}

#[test]
fn what_cannot_be_started_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str, mode: u32| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        format!("argv = ['{}']", path.display())
    };
    let gone = folder.path().join("gone");
    let open = folder.path().join("open");
    std::fs::create_dir(&open).unwrap();
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o777)).unwrap();
    for (probe, words) in [
        ("argv = ['no-such-program-at-all']".to_owned(), "is not on PATH"),
        (format!("argv = ['{}']", gone.display()), "there is no such program"),
        ("argv = ['./check']".to_owned(), "is a relative path"),
        (file("plain", "#!/bin/sh\n", 0o644), "is not executable: chmod +x"),
        (file("open-to-all", "#!/bin/sh\n", 0o757), "can be changed by everybody"),
        (file("interpreter", "#!/nope/sh\n", 0o755), "or the interpreter in its first line, is not there"),
        ("argv = ['true'], directory = '/nope/here'".to_owned(), "there is no such folder"),
        (format!("argv = ['true'], directory = '{}'", open.display()), "can be changed by everybody"),
        ("argv = ['true'], directory = 'here'".to_owned(), "is a relative path"),
        ("argv = ['true', '${key}']".to_owned(), "an argument holds a secret"),
    ] {
        let error = poll(&component(&probe), PATIENCE).unwrap_err();
        assert_eq!(error.cause, Cause::NotStarted, "{probe}: {error}");
        assert!(error.text.starts_with("not started: ") && error.text.contains(words), "{probe}: {error}");
    }
}

#[test]
fn what_a_signal_ended_has_no_exit_code() {
    let error = poll(&shell("echo half >&2; kill -9 $$", ""), PATIENCE).unwrap_err();
    assert_eq!((error.cause, error.text.as_str()), (Cause::Killed, "ended by signal 9 (KILL): half"));
    assert_eq!(error.cause.state(), State::Unknown);
}

#[test]
fn what_hangs_is_ended_within_its_timeout_with_all_that_it_started() {
    for (script, by) in [
        ("sleep 1000 & echo $! $$ > NOTE; wait", "ended by TERM"),
        ("trap '' TERM; sleep 1000 & echo $! $$ > NOTE; while :; do wait; done", "ended by KILL"),
    ] {
        let (_folder, note) = notes();
        let began = Instant::now();
        let error = poll(&shell(&script.replace("NOTE", &note), ""), SHORT).unwrap_err();
        assert_eq!((error.cause, error.text), (Cause::TimedOut, format!("timed out after 600ms: {by}")));
        assert!(began.elapsed() < PATIENCE / 4);
        for pid in read(&note).split_whitespace() {
            eventually("it ends", PATIENCE, || (!lives(pid)).then_some(()));
        }
    }
}

#[test]
fn what_it_leaves_in_the_background_is_ended_and_holds_up_nothing() {
    let (_folder, note) = notes();
    let script = "sleep 1000 & echo $! > NOTE; echo done".replace("NOTE", &note);
    let answer = poll(&shell(&script, ""), PATIENCE).unwrap();
    assert_eq!(fact(&answer, "text"), Some(&Value::from("done")));
    eventually("it ends", PATIENCE, || (!lives(&read(&note))).then_some(()));
}

#[test]
fn a_poll_that_is_dropped_leaves_nothing_behind_and_no_zombie() {
    let (_folder, note) = notes();
    let spec = shell(&"echo $$ > NOTE; sleep 1000 & wait".replace("NOTE", &note), "");
    runtime().block_on(async {
        let mut prober = prober(&spec, PATIENCE);
        for _ in 0..3 {
            let _ = std::fs::remove_file(&note);
            let written = note.clone();
            let runs = tokio::task::spawn_blocking(move || read(&written));
            tokio::select! {
                polled = prober.poll(0.0) => panic!("{:?}", polled.err()),
                _ = runs => {}
            }
            let pid = read(&note);
            eventually("it ends", PATIENCE, || (!lives(&pid)).then_some(()));
        }
        // the runtime reaps what was dropped, at the latest with the next child that ends
        let next = component("argv = ['true']");
        let _ = self::prober(&next, PATIENCE).poll(0.0).await.unwrap();
        let deadline = Instant::now() + PATIENCE;
        while zombies() > 0 {
            assert!(Instant::now() < deadline, "a zombie is left");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
}

/// Our children that ended and were not reaped, shells alone: other tests have children of their own.
fn zombies() -> usize {
    let us = std::process::id().to_string();
    let stats = std::fs::read_dir("/proc").unwrap().flatten();
    let stats = stats.filter_map(|entry| std::fs::read_to_string(entry.path().join("stat")).ok());
    let is_ours = |stat: &String| {
        let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        stat.contains("(sh)") && fields[0] == "Z" && fields[1] == us
    };
    stats.filter(is_ours).count()
}

#[test]
fn floods_are_capped_and_ended() {
    let answer = poll(&shell("head -c 3000000 /dev/zero | tr '\\0' x; head -c 3000000 /dev/zero >&2", ""), PATIENCE);
    let answer = answer.unwrap();
    assert_eq!(fact(&answer, "text").and_then(Value::as_str).map(str::len), Some(64 * 1024));
    assert_eq!(fact(&answer, "exit"), Some(&Value::Int(0)), "it could say all that it had to say");
    let error = poll(&component("argv = ['yes']"), PATIENCE).unwrap_err();
    assert_eq!(error.cause, Cause::TooLarge);
    assert_eq!(error.text, "too large: it says more than 16 MiB: ended by TERM");
}

#[test]
fn it_is_given_what_is_written_for_it_and_nothing_of_ours() {
    let mut spec = shell("env | sort; pwd; cat; echo \"$0\"", ", env = { SHOP_KEY = '${key}' }, directory = '/usr'");
    let answer = poll(&spec, PATIENCE).unwrap();
    let text = fact(&answer, "text").and_then(Value::as_str).unwrap().to_owned();
    assert!(text.contains("SHOP_KEY=s3cret-key") && text.contains("\n/usr\n"), "{text}");
    assert!(!text.contains("CARGO"), "{text}");
    spec.signal.insert("said".parse().unwrap(), toml::from_str::<Said>("it = \"text\"").unwrap().it);
    let seen = assess::assess(&spec, answer).redacted(&variables().redactor());
    let told = format!("{:?}", (&seen.signals, &seen.detail));
    assert!(told.contains("SHOP_KEY=***") && !told.contains("s3cret-key"), "{told}");
    let Detail::Said(said) = &seen.detail else { panic!("{:?}", seen.detail) };
    assert!(said.about[0].1.as_str().starts_with("/bin/sh -c "), "{said:?}");
}

#[derive(serde::Deserialize)]
struct Said {
    it: midwatch::probe::SignalSpec,
}

#[test]
fn hostile_output_is_made_safe() {
    let script = "printf 'a\\033[2J\\377\\r\\nlast \\033]0;x\\007 line' >&2; exit 1";
    let answer = poll(&shell(script, ""), PATIENCE).unwrap();
    let trouble = answer.trouble.clone().unwrap();
    assert!(!trouble.text.chars().any(char::is_control) && trouble.text.contains("last"), "{trouble}");
    let Detail::Said(said) = &answer.detail else { panic!() };
    assert!(said.lines.iter().all(|line| !line.as_str().chars().any(char::is_control)), "{said:?}");
}

#[test]
fn a_file_that_others_can_write_runs_no_program() {
    use midwatch::base::{Source, SystemName};
    use midwatch::runtime::PreparedSystem;
    let (_folder, note) = notes();
    let text = format!("title = 'Shop'\n[component.a]\nprobe.command = {{ argv = ['touch', '{note}'] }}\n");
    let source = Source { path: "shop.toml".into(), text: text.into() };
    let system = midwatch::config::load(SystemName::new("shop").unwrap(), &source).unwrap();
    let ready = PreparedSystem::new(system.into(), Variables::default(), false);
    let ready = PreparedSystem { distrust: Some("actions and commands are off: others can write".into()), ..ready };
    let (_, mut prober) = ready.probers().pop().unwrap();
    let error = runtime().block_on(prober.poll(0.0)).unwrap_err();
    assert_eq!(error, ProbeError::new(Cause::NotStarted, "actions and commands are off: others can write"));
    assert!(!Path::new(&note).exists());
}
