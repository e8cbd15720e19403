//! The shipped actions run for real over the simulated system, by the same command that people use: each repairs what it
//! is for and is proved by it, and the one whose command succeeds without effect is not.

use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use midwatch::runtime::clock;
use midwatch::sim::Demo;
use serde_json::Value;
use tempfile::TempDir;

use crate::midwatch::{PATH, home};
use crate::support::command_line::run;

/// The simulated system.
const SYSTEM: &str = "sabine";

/// The simulation on a thread of its own until dropped, and a home for the one who acts.
pub(crate) struct Stand {
    system: &'static str,
    demo: Option<Demo>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
    home: TempDir,
}

impl Stand {
    fn with(fault: &str, minutes: u64) -> Self {
        Self::of(SYSTEM, fault, minutes)
    }

    /// A system that has been in a fault for so many minutes.
    pub(crate) fn of(system: &'static str, fault: &str, minutes: u64) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let since = Duration::from_secs(minutes * 60);
        let demo =
            runtime.block_on(async { Demo::of(Some(Path::new(PATH)), (system, fault), since, 3, clock::now) }).unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let thread = std::thread::spawn(move || {
            let _ = runtime.block_on(stopped);
        });
        Self { system, demo: Some(demo), stop: Some(stop), thread: Some(thread), home: home() }
    }

    /// The running simulation.
    pub(crate) fn demo(&self) -> &Demo {
        self.demo.as_ref().unwrap()
    }

    /// The command with what the demo's dashboard would set.
    pub(crate) fn midwatch(&self, args: &[&str]) -> crate::support::command_line::Run {
        self.alone(&self.with_vars(args))
    }

    /// The same, not started.
    pub(crate) fn command(&self, args: &[&str]) -> std::process::Command {
        let home = self.home().to_str().unwrap();
        let env = [("PATH", self.demo().path()), ("HOME", home.to_owned()), ("XDG_STATE_HOME", home.to_owned())];
        let env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
        crate::support::command_line::midwatch(self.with_vars(args), &env)
    }

    fn with_vars(&self, args: &[&str]) -> Vec<String> {
        let vars = self
            .demo()
            .vars(self.system)
            .into_iter()
            .flat_map(|(name, value)| ["--var".to_owned(), format!("{name}={value}")]);
        args.iter().map(|&arg| arg.to_owned()).chain(vars).collect()
    }

    /// The command with nothing set, over the same state folder.
    pub(crate) fn alone<S: AsRef<OsStr>>(&self, args: &[S]) -> crate::support::command_line::Run {
        let home = self.home().to_str().unwrap();
        let env = [("PATH", self.demo().path()), ("HOME", home.to_owned()), ("XDG_STATE_HOME", home.to_owned())];
        let env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
        run(args, &env)
    }

    /// The home of the command, and its state folder's.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// One look.
    pub(crate) fn check(&self) -> Value {
        serde_json::from_str(&self.midwatch(&["check", "--system", self.system, "--format", "json"]).out).unwrap()
    }

    /// Runs an action to its end: exit code, and what it tells as JSON.
    pub(crate) fn act(&self, action: &str, more: &[&str]) -> (i32, Value) {
        let args = [&["act", self.system, action, "--yes", "--format", "json"], more].concat();
        let told = self.midwatch(&args);
        let json = serde_json::from_str(&told.out).unwrap_or_else(|_| panic!("{action}: {} {}", told.out, told.err));
        (told.code, json)
    }

    /// Runs an action that must be proved.
    #[track_caller]
    pub(crate) fn verified(&self, action: &str, more: &[&str]) -> Value {
        let (code, told) = self.act(action, more);
        assert_eq!((code, &told["outcome"]), (0, &Value::from("verified")), "{action}: {told:#}");
        told
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        drop(self.demo.take());
        drop(self.stop.take());
        self.thread.take().map(std::thread::JoinHandle::join);
    }
}

#[test]
fn a_crashed_worker_is_restarted_on_every_platform() {
    for platform in ["systemd", "docker", "railway"] {
        let stand = Stand::with("worker-crash", 5);
        let told = stand.verified("restart-worker", &["--var", &format!("platform={platform}")]);
        assert_eq!(told["exit_code"], 0, "{told:#}");
        assert_eq!(stand.demo().faults(), [(SYSTEM, "none")]);
    }
}

#[test]
fn a_restart_without_effect_is_not_verified() {
    let stand = Stand::with("restart-without-effect", 5);
    // the shipped file waits for 90 s
    let file = stand.home.path().join("sabine.toml");
    let shipped = include_str!("../../systems/sabine/system.toml").replace("within = \"90s\"", "within = \"5s\"");
    std::fs::write(&file, shipped).unwrap();
    let (code, told) = stand.act("restart-worker", &["--system-file", file.to_str().unwrap()]);
    assert_eq!(
        (code, &told["outcome"], &told["exit_code"]),
        (4, &Value::from("not_verified"), &Value::from(0)),
        "{told:#}"
    );
    assert!(told["evidence"].to_string().contains("worker.up"), "{told:#}");
}

#[test]
fn a_worker_that_was_up_must_begin_anew() {
    let stand = Stand::with("memory-pressure", 6);
    let told = stand.verified("restart-worker", &[]);
    assert!(told["evidence"].to_string().contains("worker.uptime_s"), "{told:#}");
    assert_eq!(stand.demo().faults(), [(SYSTEM, "none")]);
}

#[test]
fn redis_and_the_api_come_back() {
    let stand = Stand::with("redis-down", 5);
    stand.verified("restart-redis", &[]);
    assert_eq!(stand.demo().faults(), [(SYSTEM, "none")]);
    stand.demo().set_fault(SYSTEM, "api-down");
    stand.verified("restart-api", &[]);
    assert_eq!(stand.demo().faults(), [(SYSTEM, "none")]);
}

#[test]
fn failed_jobs_are_requeued_and_do_not_come_back() {
    let stand = Stand::with("anthropic-api-failure", 12);
    assert!(stand.demo().command(&["systemctl", "restart", "sabine-api"]));
    let told = stand.verified("retry-failed-jobs", &[]);
    let before = told["preview"]["items"].as_array().unwrap().len();
    assert!(before > 5, "{told:#}");
    // all of them are done: there is nothing left to do
    let (code, again) = stand.act("retry-failed-jobs", &[]);
    assert!(code == 5 && again.to_string().contains("nothing to do"), "{again:#}");
}

#[test]
fn a_backlog_gets_another_worker_of_the_given_name() {
    let stand = Stand::with("wal-backlog", 10);
    let told = stand.verified("add-worker", &["--param", "name=night-1"]);
    assert!(told["preview"]["call"].as_str().unwrap().contains("--name night-1"), "{told:#}");
    assert_eq!(stand.demo().faults(), [(SYSTEM, "none")]);
}

#[test]
fn a_worker_over_its_new_limit_is_killed_and_lives_below_it() {
    let stand = Stand::with("memory-pressure", 8);
    stand.verified("update-memory-limit", &["--var", "platform=docker"]);
}

#[test]
fn a_function_of_the_worker_is_enqueued_and_has_run() {
    let stand = Stand::with("none", 0);
    let told = stand.verified("trigger-weekly-digest", &["--var", "dialect=deployed"]);
    assert!(told["evidence"].to_string().contains("queue.finished_jobs"), "{told:#}");
}

#[test]
fn requests_are_proved_by_what_they_answer() {
    let stand = Stand::with("none", 0);
    for action in ["test-e2b", "test-slack", "test-anthropic", "trigger-briefing", "record-metrics"] {
        let told = stand.verified(action, &[]);
        assert_eq!(told["http_status"], 200, "{told:#}");
    }
    for (fault, action) in [("slack-webhook-failure", "test-slack"), ("anthropic-api-failure", "test-anthropic")] {
        stand.demo().set_fault(SYSTEM, fault);
        let (code, told) = stand.act(action, &[]);
        assert_eq!((code, &told["outcome"]), (1, &Value::from("failed")), "{action}: {told:#}");
    }
    stand.demo().set_fault(SYSTEM, "supabase-outage");
    let (code, told) = stand.act("record-metrics", &[]);
    assert_eq!((code, &told["outcome"]), (4, &Value::from("not_verified")), "success without an id: {told:#}");
}

#[test]
fn tasks_of_the_documented_api_run_to_their_end() {
    let stand = Stand::with("none", 0);
    stand.verified("trigger-gap-detection", &[]);
    let deployed = stand.act("trigger-salience", &["--dry-run", "--var", "dialect=deployed"]).1;
    let call = deployed.to_string();
    assert!(call.contains("enqueue backend.worker.jobs.run_salience_recalculation() in sabine-slow-path"), "{call}");
}

#[test]
fn entries_that_failed_for_good_are_done_while_new_ones_come_in() {
    let stand = Stand::with("anthropic-api-failure", 1);
    stand.verified("restart-api", &[]);
    let told = stand.verified("requeue-wal", &[]);
    assert!(told["preview"]["items"].as_array().unwrap().len() > 3, "{told:#}");
}
