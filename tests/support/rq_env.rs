//! The real `rq` library, in the versions we promise to understand: jobs, failures, schedules and workers made by it,
//! and the numbers that it reports itself.

use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rustix::fs::OFlags;
use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::eventually::eventually;
use crate::support::process::Process;
use crate::support::redis_server::Redis;

const PATIENCE: Duration = Duration::from_secs(60);

/// What jobs run. `hold` blocks until somebody opens the named pipe for writing.
const WORK: &str = r#"
def ok():
    return "done"

def fail(words="it went wrong"):
    raise ValueError(words)

def hold(pipe):
    open(pipe).read()
"#;

/// What every snippet starts with.
const PRELUDE: &str = r#"
import json, os, sys
from datetime import datetime, timedelta, timezone
from redis import Redis
from rq import Queue, Worker
from rq.job import Job
from rq.registry import (CanceledJobRegistry, DeferredJobRegistry, FailedJobRegistry, FinishedJobRegistry,
                         ScheduledJobRegistry, StartedJobRegistry)
connection = Redis(port=int(os.environ["REDIS_PORT"]), socket_timeout=20)
args = sys.argv[1:]
def queue(name): return Queue(name, connection=connection)
"#;

/// A version of rq that `./test.sh` installs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RqVersion {
    /// 3.0.0
    V3,
    /// 2.6.1
    V2,
    /// 1.16.2
    V1,
}

impl RqVersion {
    /// Newest first.
    pub(crate) const ALL: [RqVersion; 3] = [RqVersion::V3, RqVersion::V2, RqVersion::V1];

    /// The exact version.
    pub(crate) fn number(self) -> &'static str {
        match self {
            RqVersion::V3 => "3.0.0",
            RqVersion::V2 => "2.6.1",
            RqVersion::V1 => "1.16.2",
        }
    }

    fn python(self) -> PathBuf {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("target folder").join("test-venv");
        let python = target.join(format!("rq-{}/bin/python", self.number()));
        assert!(
            python.exists(),
            "rq {} is not installed for the tests: run ./test.sh (or tests/setup.sh)",
            self.number()
        );
        python
    }
}

/// What the library itself counts in one queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Jobs that wait.
    pub(crate) queued: u64,
    /// Jobs that run.
    pub(crate) started: u64,
    /// Jobs that failed.
    pub(crate) failed: u64,
    /// Jobs that wait for another job.
    pub(crate) deferred: u64,
    /// Jobs that wait for their time.
    pub(crate) scheduled: u64,
    /// Jobs that succeeded and are still remembered.
    pub(crate) finished: u64,
    /// Jobs that were cancelled.
    pub(crate) canceled: u64,
}

/// A Python with rq in it, at work on one Redis.
pub(crate) struct RqEnv {
    version: RqVersion,
    python: PathBuf,
    port: u16,
    folder: TempDir,
}

impl RqEnv {
    /// The given rq on the given Redis, whose port outlives a restart.
    pub(crate) fn new(version: RqVersion, redis: &Redis) -> Self {
        Self::at(version, redis.port())
    }

    /// The given rq on whatever speaks Redis on a loopback port.
    pub(crate) fn at(version: RqVersion, port: u16) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("work.py"), WORK).expect("work.py");
        Self { version, python: version.python(), port, folder }
    }

    /// Adds a Python module that jobs may name.
    pub(crate) fn module(&self, name: &str, code: &str) {
        std::fs::write(self.folder.path().join(format!("{name}.py")), code).expect("a module");
    }

    /// The version at work.
    pub(crate) fn version(&self) -> RqVersion {
        self.version
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.python);
        command.env_clear().env("PATH", "/usr/bin:/bin").env("LANG", "C.UTF-8").env("HOME", self.folder.path());
        command.env("PYTHONPATH", self.folder.path()).env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONUNBUFFERED", "1");
        command.env("REDIS_PORT", self.port.to_string()).current_dir(self.folder.path());
        command
    }

    /// Runs Python with `connection`, `queue(name)` and `args` at hand, and returns what it printed.
    #[track_caller]
    pub(crate) fn python(&self, code: &str, args: &[&str]) -> String {
        let program = format!("{PRELUDE}\n{code}");
        let output = self.command().arg("-c").arg(program).args(args).output().expect("python starts");
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "python failed:\n{code}\n{out}{err}");
        out.trim_end().to_owned()
    }

    /// Enqueues `count` calls of a function (`work.ok`, `work.fail`, `work.hold`, or any name) and returns the job ids.
    pub(crate) fn enqueue(&self, queue: &str, function: &str, args: &[&str], count: usize) -> Vec<String> {
        let code = "name, function, count, *rest = args\n\
                    for _ in range(int(count)): print(queue(name).enqueue(function, *rest).id)";
        let count = count.to_string();
        let mut all = vec![queue, function, &count];
        all.extend(args);
        self.python(code, &all).lines().map(str::to_owned).collect()
    }

    /// Makes `count` jobs fail for good: enqueues them and lets a worker run them.
    pub(crate) fn fail(&self, queue: &str, count: usize) -> Vec<String> {
        let ids = self.enqueue(queue, "work.fail", &[], count);
        self.run_all(queue);
        ids
    }

    /// Schedules a call for later and returns the job id.
    pub(crate) fn schedule(&self, queue: &str, function: &str, after: Duration) -> String {
        let code = "print(queue(args[0]).enqueue_in(timedelta(seconds=float(args[2])), args[1]).id)";
        self.python(code, &[queue, function, &after.as_secs_f64().to_string()])
    }

    /// Runs a worker until the queue is empty.
    #[track_caller]
    pub(crate) fn run_all(&self, queue: &str) {
        let worker = self.launch(&["--burst"], &[queue]);
        let status = worker.wait_end(PATIENCE).unwrap_or_else(|error| panic!("{error}"));
        assert!(status.success(), "the worker failed:\n{}", worker.log());
    }

    /// Starts a worker and waits until it listens.
    #[track_caller]
    pub(crate) fn worker(&self, name: &str, queues: &[&str]) -> RqWorker {
        self.listening(&["--name", name], queues)
    }

    /// Starts a worker with the scheduler child inside, and waits until it listens.
    #[track_caller]
    pub(crate) fn worker_with_scheduler(&self, name: &str, queues: &[&str]) -> RqWorker {
        self.listening(&["--name", name, "--with-scheduler"], queues)
    }

    fn listening(&self, options: &[&str], queues: &[&str]) -> RqWorker {
        let process = self.launch(options, queues);
        process.wait_line(PATIENCE, |line| line.contains("*** Listening on")).unwrap_or_else(|error| panic!("{error}"));
        RqWorker { process }
    }

    fn launch(&self, options: &[&str], queues: &[&str]) -> Process {
        let mut command = self.command();
        command.args(["-W", "ignore", "-m", "rq.cli", "worker", "--url"]);
        command.arg(format!("redis://127.0.0.1:{}/0", self.port)).args(options).args(queues);
        Process::start("rq worker", &mut command).expect("rq worker starts")
    }

    /// A line of shell that becomes a worker, as an operator's own start script would have it.
    pub(crate) fn start_line(&self, name: &str, queues: &[&str]) -> String {
        let (port, queues) = (self.port, queues.join(" "));
        self.python_line(&format!("-m rq.cli worker --url redis://127.0.0.1:{port}/0 --name {name} {queues}"))
    }

    /// A line of shell that becomes a Python with these arguments.
    pub(crate) fn python_line(&self, arguments: &str) -> String {
        let (home, python) = (self.folder.path().display(), self.python.display());
        format!(
            "exec env -i PATH=/usr/bin:/bin LANG=C.UTF-8 HOME={home} PYTHONPATH={home} PYTHONDONTWRITEBYTECODE=1 \
             REDIS_PORT={port} {python} -W ignore {arguments}",
            port = self.port,
        )
    }

    /// A named pipe for `work.hold`: the job runs until [`release`] is called on it.
    pub(crate) fn pipe(&self, name: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        let made = Command::new("mkfifo").arg(&path).status().expect("mkfifo");
        assert!(made.success(), "mkfifo {}", path.display());
        path
    }

    /// What the library counts. Reads only: expired entries are not moved.
    #[track_caller]
    pub(crate) fn counts(&self, name: &str) -> Counts {
        let code = r"
def count(registry):
    return connection.zcard(registry(args[0], connection=connection).key)
print(json.dumps({
    'queued': queue(args[0]).count, 'started': count(StartedJobRegistry), 'failed': count(FailedJobRegistry),
    'deferred': count(DeferredJobRegistry), 'scheduled': count(ScheduledJobRegistry),
    'finished': count(FinishedJobRegistry), 'canceled': count(CanceledJobRegistry)}))";
        let counts: Value = serde_json::from_str(&self.python(code, &[name])).expect("JSON");
        let of = |key: &str| counts[key].as_u64().expect("a count");
        Counts {
            queued: of("queued"),
            started: of("started"),
            failed: of("failed"),
            deferred: of("deferred"),
            scheduled: of("scheduled"),
            finished: of("finished"),
            canceled: of("canceled"),
        }
    }

    /// The names of the workers that the library lists, dead ones among them.
    pub(crate) fn workers(&self) -> Vec<String> {
        let listed = self.python("print('\\n'.join(sorted(w.name for w in Worker.all(connection=connection))))", &[]);
        listed.lines().map(str::to_owned).collect()
    }
}

/// Lets the `work.hold` job that waits on this pipe finish, once it does wait.
#[track_caller]
pub(crate) fn release(pipe: &Path) {
    // Without a reader, opening a pipe for writing fails at once rather than blocking for ever.
    let mut open = std::fs::OpenOptions::new();
    open.write(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    drop(eventually("a job that holds the pipe", PATIENCE, || open.open(pipe).ok()));
}

/// A running `rq worker`.
pub(crate) struct RqWorker {
    process: Process,
}

impl RqWorker {
    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Waits for a line of its log, such as one that names a job.
    #[track_caller]
    pub(crate) fn wait_line(&self, wanted: &str) {
        self.process.wait_line(PATIENCE, |line| line.contains(wanted)).unwrap_or_else(|error| panic!("{error}"));
    }

    /// Asks it to stop when its job is done, and waits for that.
    #[track_caller]
    pub(crate) fn stop(&self) {
        self.process.signal(Signal::TERM);
        self.process.wait_end(PATIENCE).unwrap_or_else(|error| panic!("{error}"));
    }

    /// Waits until it ends by itself.
    #[track_caller]
    pub(crate) fn wait_end(&self) {
        self.process.wait_end(PATIENCE).unwrap_or_else(|error| panic!("{error}"));
    }

    /// SIGKILL to the main process only: a scheduler or a job that it started lives on as an orphan.
    pub(crate) fn kill_main(&self) {
        self.process.signal(Signal::KILL);
        self.process.wait_end(PATIENCE).unwrap_or_else(|error| panic!("{error}"));
    }

    /// SIGKILL to the worker and to everything that it started.
    pub(crate) fn kill(&self) {
        self.process.kill_all();
        self.process.wait_end(PATIENCE).unwrap_or_else(|error| panic!("{error}"));
    }

    /// Its log so far.
    pub(crate) fn log(&self) -> String {
        self.process.log()
    }
}
