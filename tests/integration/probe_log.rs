//! The `log` probe over real files and real followers: rotation, truncation, what is no log, and commands that end.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use midwatch::base::{Cause, Missing, Secret, State, Variables, template::Variable};
use midwatch::probe::{Answer, ComponentSpec, Detail, ProbeError, Prober, assess};
use midwatch::signal::Value;

use crate::support::eventually::eventually;
use crate::support::process::processes;

/// Longer than any look of these tests takes.
const PATIENCE: Duration = Duration::from_secs(30);
/// 2026-11-22T02:50:00Z
const NOW: f64 = 1_795_315_800.0;

fn variables() -> Variables {
    Variables([("key".to_owned(), Variable::Secret(Secret::new("s3cret-key".into())))].into())
}

/// A log that is followed.
struct Bench {
    spec: ComponentSpec,
    prober: Prober,
    runtime: tokio::runtime::Runtime,
    folder: tempfile::TempDir,
}

impl Bench {
    /// Follows `shop.log` of a folder of its own.
    fn of_file(patterns: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = format!("file = '{}'", folder.path().join("shop.log").display());
        Self::new(&format!("{file}, {patterns}"), folder)
    }

    fn of_script(script: &str, more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let script = script.replace("FOLDER", folder.path().to_str().unwrap());
        let probe = format!("command = ['/bin/sh', '-c', '''{script}'''], {more}");
        Self::new(&probe, folder)
    }

    fn new(probe: &str, folder: tempfile::TempDir) -> Self {
        let text = format!("probe.log = {{ {probe} }}");
        let spec: ComponentSpec = toml::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let prober = Prober::new(&spec.probe, PATIENCE, &variables(), &variables().redactor()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { spec, prober, runtime, folder }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, text: &[u8]) {
        let mut file = OpenOptions::new().append(true).create(true).open(self.file("shop.log")).unwrap();
        file.write_all(text).unwrap();
    }

    fn poll(&mut self, now: f64) -> Result<Answer, ProbeError> {
        self.runtime.block_on(self.prober.poll(now))
    }

    /// Polls until the answer is as wanted: followers say what they say in their own time.
    fn poll_until(&mut self, now: f64, what: &str, wanted: impl Fn(&Answer) -> bool) -> Answer {
        let ends = Instant::now() + PATIENCE;
        loop {
            let answer = self.poll(now).unwrap();
            if wanted(&answer) {
                return answer;
            }
            assert!(Instant::now() < ends, "{what}: {:?}", answer.signals);
            self.runtime.block_on(async { tokio::time::sleep(Duration::from_millis(20)).await });
        }
    }
}

fn signal(answer: &Answer, name: &str) -> Result<Value, Missing> {
    answer.signals.iter().find(|one| one.name.as_str() == name).unwrap().value.clone()
}

fn count(answer: &Answer, name: &str) -> Option<i64> {
    match signal(answer, name) {
        Ok(Value::Int(count)) => Some(count),
        Ok(other) => panic!("{name}: {other:?}"),
        Err(_) => None,
    }
}

fn rows(answer: &Answer) -> Vec<Vec<String>> {
    let Detail::Table { rows, .. } = &answer.detail else { panic!("{:?}", answer.detail) };
    rows.iter().map(|row| row.iter().map(|cell| cell.as_str().to_owned()).collect()).collect()
}

const ERRORS: &str = "patterns.errors = '^ERROR|Traceback', patterns.slow = { when = 'line.responseTime > 5000' }";

#[test]
fn lines_of_a_file_are_counted_by_text_and_by_json_as_they_come() {
    let mut bench = Bench::of_file(ERRORS);
    bench.write(b"2026-11-22T02:49:30Z Traceback of before\nno time, Traceback\n2026-11-21T00:00:00Z Traceback old\n");
    let answer = bench.poll(NOW).unwrap();
    assert_eq!(
        (count(&answer, "errors"), count(&answer, "slow"), count(&answer, "lines")),
        (Some(1), Some(0), Some(1))
    );
    let noise = b"\x1b[31mERROR\x1b[0m s3cret-key \x1b]0;x\x07\r\n{\"responseTime\":6001,\"time\":1795315803000}\n\
        {\"responseTime\":1}\n{\"responseTime\":\"x\"}\n{broken\n\xff\xfe\nERROR hal";
    bench.write(noise);
    let answer = bench.poll(NOW + 5.0).unwrap();
    assert_eq!(
        (count(&answer, "errors"), count(&answer, "slow"), count(&answer, "lines")),
        (Some(2), Some(1), Some(7))
    );
    bench.write(b"f\n");
    let answer = bench.poll(NOW + 10.0).unwrap();
    assert_eq!(count(&answer, "errors"), Some(3), "a line counts when it is whole");
    assert_eq!(signal(&answer, "errors_per_min"), Ok(Value::Number(0.6)));
    assert_eq!(signal(&answer, "silent_s"), Ok(Value::Number(0.0)));
    let seen = assess::assess(&bench.spec, answer).redacted(&variables().redactor());
    assert_eq!(seen.state, State::Up);
    let answer = bench.poll(NOW + 40.0).unwrap();
    assert_eq!(signal(&answer, "silent_s"), Ok(Value::Number(30.0)));
    let rows = rows(&answer);
    assert_eq!(rows[0], ["2026-11-22 02:50:10Z", "errors", "ERROR half"]);
    assert_eq!(rows[1][1], "slow");
    assert_eq!(rows[2], ["2026-11-22 02:50:05Z", "errors", "ERROR *** "]);
    let Ok(Value::List(matches)) = signal(&answer, "matches") else { panic!() };
    assert_eq!((matches.len(), matches[0].get("line")), (4, Some(&Value::from("ERROR half"))));
    let answer = bench.poll(NOW + 400.0).unwrap();
    assert_eq!((count(&answer, "errors"), count(&answer, "lines")), (Some(0), Some(0)), "the window is over");
}

#[test]
fn a_file_that_is_rotated_truncated_or_gone_is_followed_on() {
    let mut bench = Bench::of_file(ERRORS);
    bench.write(b"ERROR before\n");
    bench.poll(NOW).unwrap();
    bench.write(b"ERROR 1\nERROR 2 without its end");
    fs::rename(bench.file("shop.log"), bench.file("shop.log.1")).unwrap();
    bench.write(b"ERROR 3\n");
    let answer = bench.poll(NOW + 1.0).unwrap();
    assert_eq!(count(&answer, "errors"), Some(3), "the end of the old file, then the new one: {:?}", rows(&answer));

    OpenOptions::new().write(true).truncate(true).open(bench.file("shop.log")).unwrap();
    bench.write(b"ERROR 4\n");
    bench.poll(NOW + 2.0).unwrap();
    OpenOptions::new().write(true).truncate(true).open(bench.file("shop.log")).unwrap();
    let answer = bench.poll(NOW + 3.0).unwrap();
    let errors = count(&answer, "errors");
    bench.write(b"ERROR 5\n");
    let answer = bench.poll(NOW + 4.0).unwrap();
    assert_eq!(count(&answer, "errors"), errors.map(|before| before + 1));

    fs::remove_file(bench.file("shop.log")).unwrap();
    let error = bench.poll(NOW + 5.0).unwrap_err();
    assert_eq!((error.cause, error.cause.state()), (Cause::NotFound, State::Unknown));
    assert!(error.text.starts_with("not found: there is no file /"), "{error}");
    bench.write(b"ERROR 6\n");
    let answer = bench.poll(NOW + 6.0).unwrap();
    assert_eq!(count(&answer, "errors"), errors.map(|before| before + 2));
}

#[test]
fn what_is_no_log_is_told_and_never_waited_for() {
    let bench = || Bench::of_file(ERRORS);
    let refused = |mut bench: Bench, make: &dyn Fn(&Path)| {
        make(&bench.file("shop.log"));
        let began = Instant::now();
        let error = bench.poll(NOW).unwrap_err();
        assert!(began.elapsed() < PATIENCE, "{error}");
        error
    };
    let fifo = |path: &Path| {
        rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    };
    let error = refused(bench(), &fifo);
    assert!(error.text.contains("is a pipe, and a log is a regular file"), "{error}");
    assert_eq!(error.cause, Cause::Malformed);
    let error = refused(bench(), &|path| fs::create_dir(path).unwrap());
    assert!(error.text.contains("is a folder"), "{error}");
    let error = refused(bench(), &|path| std::os::unix::fs::symlink("/dev/zero", path).unwrap());
    assert!(error.text.contains("is a device"), "{error}");
    let error = refused(bench(), &|_| {});
    assert_eq!(error.cause, Cause::NotFound);
    if !rustix::process::geteuid().is_root() {
        let error = refused(bench(), &|path| {
            fs::write(path, "ERROR\n").unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
        });
        assert_eq!(error.cause, Cause::Unauthorized);
        assert!(error.text.starts_with("unauthorized: we may not read /"), "{error}");
    }
}

#[test]
fn of_a_large_file_the_end_is_read_and_of_a_flood_no_more_than_a_mebibyte() {
    let mut bench = Bench::of_file(ERRORS);
    bench.write("ERROR without a time\n".repeat(10_000).as_bytes());
    let now = unix_now();
    let answer = bench.poll(now).unwrap();
    assert_eq!(count(&answer, "errors"), None, "what was before is not known, and not zero");
    let Err(Missing::NotReported { text }) = signal(&answer, "errors") else { panic!() };
    assert_eq!(text, "watched for 0s of 5m00s so far");
    bench.write("ERROR now\n".repeat(300_000).as_bytes());
    let answer = bench.poll(now + 1.0).unwrap();
    let errors = count(&answer, "errors").unwrap();
    assert!((100_000..=104_858).contains(&errors), "{errors}");
    assert_eq!(count(&answer, "skipped_bytes"), Some(3_000_000 - 1024 * 1024));
    let Detail::Table { cut, rows, .. } = &answer.detail else { panic!() };
    assert_eq!(rows.len(), 50);
    assert!(cut.as_ref().is_some_and(|cut| cut.contains("were more than can be read, and skipped")), "{cut:?}");
    let answer = bench.poll(now + 301.0).unwrap();
    assert_eq!((count(&answer, "errors"), count(&answer, "skipped_bytes")), (Some(0), Some(0)));
}

fn unix_now() -> f64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64()
}

#[test]
fn a_command_is_kept_running_between_polls_and_killed_with_the_poller() {
    let script =
        "echo $$ >> FOLDER/pids; echo ERROR 1; exec 3<>FOLDER/pipe; while read line <&3; do echo \"$line\"; done";
    let mut bench = Bench::of_script(script, ERRORS);
    let pipe = bench.file("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    let answer = bench.poll(NOW).unwrap();
    assert_eq!(count(&answer, "errors"), Some(1), "the first look waits for its beginning");
    assert_eq!(count(&answer, "slow"), None, "what was before its start is not known");
    fs::write(&pipe, "Traceback (s3cret-key)\n").unwrap();
    let answer = bench.poll_until(NOW + 5.0, "its second line", |answer| count(answer, "errors") == Some(2));
    assert_eq!(rows(&answer)[0][2], "Traceback (***)");
    let pids = fs::read_to_string(bench.file("pids")).unwrap();
    assert_eq!(pids.lines().count(), 1, "it was started once");
    let lives = |pid: &str| processes().any(|process| process.id.to_string() == pid);
    assert!(lives(pids.trim()));
    let Bench { prober, runtime, .. } = bench;
    drop(prober);
    runtime.block_on(async {
        let ends = Instant::now() + PATIENCE;
        while lives(pids.trim()) {
            assert!(Instant::now() < ends, "it lives on");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
}

#[test]
fn a_command_dies_with_the_runtime_too() {
    let mut bench = Bench::of_script("echo $$ > FOLDER/pid; echo x; sleep 1000 & wait", ERRORS);
    bench.poll(NOW).unwrap();
    let pid = fs::read_to_string(bench.file("pid")).unwrap();
    let Bench { prober, runtime, .. } = bench;
    runtime.shutdown_background();
    eventually("it ends", PATIENCE, || {
        (!processes().any(|process| process.id.to_string() == pid.trim())).then_some(())
    });
    drop(prober);
}

#[test]
fn the_end_of_a_command_is_told_and_it_is_started_again() {
    let script = "echo x >> FOLDER/runs; echo ERROR; echo 'No journal files were opened' >&2; exit 1";
    let mut bench = Bench::of_script(script, ERRORS);
    let answer = bench.poll_until(NOW, "its end", |answer| answer.trouble.is_some());
    let trouble = answer.trouble.clone().unwrap();
    assert_eq!((trouble.cause, trouble.cause.state()), (Cause::ConnectionLost, State::Down));
    assert!(trouble.text.contains("exited with 1: No journal files were opened; it is started again"), "{trouble}");
    assert_eq!(count(&answer, "errors"), Some(1), "what it said is known all the same");
    let Err(Missing::Failed { text, .. }) = signal(&answer, "slow") else { panic!("{:?}", signal(&answer, "slow")) };
    assert!(text.starts_with("nobody follows: "), "{text}");
    assert!(bench.poll(NOW + 1.0).unwrap().trouble.is_some(), "not at once");
    bench.poll_until(NOW + 2.0, "its second run", |answer| count(answer, "errors") == Some(2));
    assert_eq!(fs::read_to_string(bench.file("runs")).unwrap().lines().count(), 2);

    let mut bench = Bench::new(&format!("command = ['no-such-program'], {ERRORS}"), tempfile::tempdir().unwrap());
    let trouble = bench.poll(NOW).unwrap().trouble.unwrap();
    assert_eq!(trouble.cause, Cause::NotStarted);
}

#[test]
fn a_command_that_begins_with_the_whole_window_may_say_zero() {
    let script = "echo 2026-11-22T02:49:00Z fine; sleep 1000";
    let mut bench = Bench::of_script(script, &format!("history = true, {ERRORS}"));
    let answer = bench.poll(NOW).unwrap();
    assert_eq!((count(&answer, "errors"), count(&answer, "lines")), (Some(0), Some(1)));
    assert_eq!(signal(&answer, "silent_s"), Ok(Value::Number(60.0)));
}

#[test]
fn a_flood_between_two_polls_is_bounded_and_told() {
    let script = "head -c 4000000 /dev/zero | tr '\\0' 'x' | fold -w 99; echo; echo ERROR last; sleep 1000";
    let mut bench = Bench::of_script(script, ERRORS);
    let answer = bench.poll_until(NOW, "its last line", |answer| count(answer, "errors") == Some(1));
    assert!(count(&answer, "skipped_bytes").unwrap() >= 0);
    assert!(count(&answer, "lines").unwrap() > 1000);
}
