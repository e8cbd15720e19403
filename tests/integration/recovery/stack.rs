//! Sabine as it runs: Redis, a worker with its health server, the API; and the machine's programs that an operator's
//! recovery starts, which here start and show that worker.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rustix::process::{Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::midwatch::{home, program};
use crate::support::command_line::{Run, run};
use crate::support::eventually::eventually;
use crate::support::process::{Process, pid, processes};
use crate::support::program::Program;
use crate::support::redis_server::Redis;
use crate::support::rq_env::{RqEnv, RqVersion, release};

/// The system.
pub(super) const SYSTEM: &str = "sabine";
/// Its runbook 3a.
pub(super) const RUNBOOK: &str = "worker-crash";
/// Its one queue.
const QUEUE: &str = "sabine-slow-path";
/// The key that the API asks for.
const API_KEY: &str = "canary-api-key";
const PATIENCE: Duration = Duration::from_secs(60);

/// All of it, until dropped.
pub(super) struct Stack {
    redis: Redis,
    rq: RqEnv,
    /// Held so that it goes on.
    _api: Process,
    api_url: String,
    worker_port: u16,
    home: TempDir,
}

impl Stack {
    /// Everything is well, one worker waits for jobs.
    pub(super) fn start() -> Self {
        let redis = Redis::start();
        let rq = RqEnv::new(RqVersion::V3, &redis);
        rq.module("worker", include_str!("sabine/worker.py"));
        rq.module("tasks", include_str!("sabine/tasks.py"));
        rq.module("api", include_str!("sabine/api.py"));
        let api = Process::start("api", &mut sh(&rq.python_line(&format!("-m api {API_KEY}")))).unwrap();
        let line = api.wait_line(PATIENCE, |line| line.starts_with("listening on")).unwrap();
        let api_url = format!("http://127.0.0.1:{}", line.rsplit(' ').next().unwrap());
        let worker_port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let stack = Self { redis, rq, _api: api, api_url, worker_port, home: home() };
        stack.install();
        stack.systemctl("restart sabine-worker");
        stack.worker_answers();
        stack
    }

    /// The machine's programs: what restarts the worker, and what tells its last words. Both write down that they were
    /// called. Where there is a gate, what was restarted waits before it.
    fn install(&self) {
        let home = self.home().display();
        let worker = self.rq.python_line(&format!("-m worker {}", self.worker_port));
        self.program(
            "sudo",
            &format!(
                "[ \"$*\" = '-n systemctl restart sabine-worker' ] || exit 64\necho \"$*\" >>'{home}/restarts'\n\
                 (setsid sh -c '[ -p {home}/gate ] && read line <{home}/gate; echo $$ >>{home}/workers; {worker}' \
                 </dev/null >>'{home}/worker.log' 2>&1 &)"
            ),
        );
        self.program("journalctl", &format!("echo \"$*\" >>'{home}/looks'\necho 'sabine-worker: Killed'"));
    }

    fn program(&self, name: &str, script: &str) {
        let bin = self.home().join("bin");
        fs::create_dir_all(&bin).unwrap();
        let path = bin.join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    }

    fn systemctl(&self, what: &str) {
        let script = format!("'{}/bin/sudo' -n systemctl {what}", self.home().display());
        assert!(sh(&script).status().unwrap().success());
        fs::remove_file(self.home().join("restarts")).unwrap();
    }

    fn worker_answers(&self) {
        let answers = || TcpStream::connect(("127.0.0.1", self.worker_port)).is_ok() && !self.rq.workers().is_empty();
        eventually("the worker", PATIENCE, || answers().then_some(()));
    }

    /// Entries that are in the WAL and in no queue, and a job that failed.
    pub(super) fn leave_behind(&self, entries: &[&str]) {
        self.rq.python("connection.sadd('sabine:wal:pending', *args)", entries);
        self.rq.enqueue(QUEUE, "tasks.summarise", &[], 1);
        eventually("the failed job", PATIENCE, || (self.rq.counts(QUEUE).failed == 1).then_some(()));
    }

    /// SIGKILL to the worker: nothing of it can say goodbye.
    pub(super) fn kill_worker(&self) {
        let main = *self.workers().last().unwrap();
        kill_process(pid(main).unwrap(), Signal::KILL).unwrap();
        eventually("its end", PATIENCE, || (!processes().any(|process| process.id == main)).then_some(()));
    }

    /// The process ids of the workers that were ever started.
    pub(super) fn workers(&self) -> Vec<u32> {
        self.lines("workers").iter().map(|line| line.parse().unwrap()).collect()
    }

    /// How often somebody had the worker restarted since it was started first.
    pub(super) fn restarts(&self) -> usize {
        self.lines("restarts").len()
    }

    /// How often somebody looked into its log.
    pub(super) fn looks(&self) -> usize {
        self.lines("looks").len()
    }

    fn lines(&self, file: &str) -> Vec<String> {
        fs::read_to_string(self.home().join(file)).unwrap_or_default().lines().map(str::to_owned).collect()
    }

    /// From now on what was restarted waits before it begins, until [`Stack::open_gate`].
    pub(super) fn close_gate(&self) {
        assert!(Command::new("mkfifo").arg(self.home().join("gate")).status().unwrap().success());
    }

    /// Lets what was restarted begin.
    pub(super) fn open_gate(&self) {
        release(&self.home().join("gate"));
    }

    /// Jobs of the queue: waiting, failed, finished.
    pub(super) fn jobs(&self) -> (u64, u64, u64) {
        let counts = self.rq.counts(QUEUE);
        (counts.queued, counts.failed, counts.finished)
    }

    /// The home of whoever operates.
    pub(super) fn home(&self) -> &Path {
        self.home.path()
    }

    fn env(&self) -> Vec<(&'static str, String)> {
        let home = self.home().display().to_string();
        vec![
            ("PATH", format!("{home}/bin:/usr/bin:/bin")),
            ("HOME", home.clone()),
            ("LANG", "C.UTF-8".to_owned()),
            ("XDG_STATE_HOME", home),
            ("PYTHON_API_URL", self.api_url.clone()),
            ("WORKER_HEALTH_URL", format!("http://127.0.0.1:{}", self.worker_port)),
            ("REDIS_URL", self.redis.url()),
            ("SUPABASE_URL", self.api_url.clone()),
            ("SUPABASE_SERVICE_ROLE_KEY", "canary-supabase-key".to_owned()),
            ("AGENT_API_KEY", API_KEY.to_owned()),
        ]
    }

    /// The program, run to its end.
    pub(super) fn midwatch(&self, args: &[&str]) -> Run {
        let env = self.env();
        let env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
        run(args, &env)
    }

    /// The same with what it prints as JSON.
    #[track_caller]
    pub(super) fn json(&self, args: &[&str]) -> (i32, Value) {
        let told = self.midwatch(&[args, &["--format", "json"]].concat());
        let json = serde_json::from_str(&told.out).unwrap_or_else(|_| panic!("{args:?}: {told:?}"));
        (told.code, json)
    }

    /// The program in a terminal.
    pub(super) fn terminal(&self, args: &[&str]) -> Program {
        let program = program(self.home()).args(args).patience(Duration::from_secs(90));
        self.env().into_iter().fold(program, |program, (name, value)| program.env(name, value))
    }

    /// The one incident's file, and its events.
    #[track_caller]
    pub(super) fn incident(&self) -> (PathBuf, Vec<Value>) {
        let files = fs::read_dir(self.home().join("midwatch/incidents")).into_iter().flatten();
        let files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
        let mut files = files.into_iter().filter(|path| path.extension().is_some_and(|ext| ext == "jsonl"));
        let (file, more) = (files.next().expect("an incident"), files.count());
        assert_eq!(more, 0, "one incident");
        let text = fs::read_to_string(&file).unwrap();
        (file, text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
    }

    /// How often a step was told to be in this state.
    pub(super) fn told(&self, n: u64, state: &str) -> usize {
        let (_, events) = self.incident();
        events.iter().filter(|event| event["kind"] == "step" && event["n"] == n && event["state"] == state).count()
    }

    /// Intents of this action in the audit log.
    pub(super) fn intents(&self, action: &str) -> usize {
        let audit = fs::read_to_string(self.home().join("midwatch/audit.jsonl")).unwrap_or_default();
        audit.lines().filter(|line| line.contains("\"intent\"") && line.contains(&format!("\"{action}\""))).count()
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        let workers = self.workers();
        // what a worker started stays in its session
        let mine = processes().filter(|process| workers.contains(&process.session) || workers.contains(&process.id));
        for process in mine.collect::<Vec<_>>() {
            let _ = pid(process.id).map(|id| kill_process(id, Signal::KILL));
        }
    }
}

fn sh(script: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script]).env_clear().env("PATH", "/usr/bin:/bin");
    command
}
