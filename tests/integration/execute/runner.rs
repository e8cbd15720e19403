//! A process that carries one call out, as the product has it: a session of its own, without a terminal, the parent of
//! whatever the command leaves behind. It is this test binary once more, running the one "test" of this file.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use midwatch::action::{CommandCall, Done, HttpCall, Method, Stream};
use midwatch::base::{Redactor, Secret, Template, Variables};
use midwatch::probe::child;
use midwatch::runtime::hygiene;
use midwatch::runtime::run::command::{self, Terms};
use midwatch::runtime::run::http::{self, HttpTerms};
use midwatch::runtime::run::output::Output;
use rustix::process::{Signal, kill_process};
use serde::{Deserialize, Serialize};

use crate::support::process::{descendants, pid};
use crate::support::watched::Watched;

/// A loaded machine is slow.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
const PLAN: &str = "MIDWATCH_TEST_PLAN";
/// The path by which libtest knows the runner.
const NAME: &str = "execute::runner::carries_out";

/// What a runner is to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Plan {
    /// Absolute path of the program, and all its arguments.
    pub(super) argv: Vec<String>,
    pub(super) timeout: Duration,
    pub(super) grace: Duration,
    /// Names of variables that the command asks for.
    pub(super) extra: Vec<String>,
    pub(super) secrets: Vec<String>,
    /// Leaves its terminal first, and adopts orphans.
    pub(super) detached: bool,
    /// Instead of the command: a URL to post to.
    pub(super) post: Option<String>,
}

impl Plan {
    /// A shell script with arguments, and more time than it needs, at its end too.
    pub(super) fn script(script: &Path, arguments: &[&str]) -> Self {
        let argv = ["/bin/sh", script.to_str().unwrap()].into_iter().chain(arguments.iter().copied());
        Self {
            argv: argv.map(str::to_owned).collect(),
            timeout: PATIENCE,
            grace: PATIENCE,
            extra: Vec::new(),
            secrets: Vec::new(),
            detached: true,
            post: None,
        }
    }
}

/// What a runner says at its end.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Report {
    pub(super) done: Done,
    /// Everything that is kept of the output.
    pub(super) tail: Vec<String>,
    /// By how much its memory grew at most, in KiB.
    pub(super) grown: u64,
}

/// A folder with a script in it.
pub(super) struct Shim {
    pub(super) dir: tempfile::TempDir,
}

impl Shim {
    /// Writes the script.
    pub(super) fn new(script: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("shim"), format!("#!/bin/sh\n{script}\n")).unwrap();
        Self { dir }
    }

    /// Where the script is.
    pub(super) fn path(&self) -> PathBuf {
        self.dir.path().join("shim")
    }

    /// A plan that runs it.
    pub(super) fn plan(&self, arguments: &[&str]) -> Plan {
        Plan::script(&self.path(), arguments)
    }
}

/// A runner at work.
pub(super) struct Runner {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Arc<Watched<(Vec<String>, bool)>>,
    _plan: tempfile::TempDir,
}

impl Runner {
    /// Starts one with an environment of its own.
    pub(super) fn start(plan: &Plan, env: &[(&str, &str)]) -> Self {
        Self::start_as(&[], &std::env::current_exe().unwrap(), plan, env)
    }

    /// Starts one by another program that makes another user of it, from a copy that this user may read.
    pub(super) fn start_as(by: &[&str], binary: &Path, plan: &Plan, env: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let runner = Self::command(plan, dir.path());
        let words = by.iter().map(OsStr::new).chain([binary.as_os_str()]).chain(runner.get_args());
        let words: Vec<&OsStr> = words.collect();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]);
        command.env_clear().env(PLAN, dir.path().join("plan")).env("PATH", "/usr/bin:/bin");
        command.envs(env.iter().copied()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = Arc::new(Watched::new((Vec::new(), false)));
        let (stdout, kept) = (child.stdout.take().unwrap(), Arc::clone(&lines));
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                kept.update(|(lines, _)| lines.push(line));
            }
            kept.update(|(_, ended)| *ended = true);
        });
        Self { stdin: child.stdin.take(), child, lines, _plan: dir }
    }

    /// The command line of a runner; the plan is written to this folder.
    pub(super) fn command(plan: &Plan, dir: &Path) -> Command {
        fs::write(dir.join("plan"), serde_json::to_vec(plan).unwrap()).unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([NAME, "--exact", "--ignored", "--nocapture", "--test-threads=1"]).env(PLAN, dir.join("plan"));
        command
    }

    /// Waits for a line that the command said and that begins so; returns the rest of it.
    pub(super) fn wait_said(&self, start: &str) -> String {
        let prefix = format!("@out {start}");
        self.wait(|line| line.strip_prefix(&prefix).map(str::to_owned))
    }

    /// Asks for the end of the command.
    pub(super) fn cancel(&mut self) {
        self.stdin.take().unwrap().write_all(b"cancel\n").unwrap();
    }

    /// Its process id.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end.
    pub(super) fn report(&self) -> Report {
        serde_json::from_str(&self.wait(|line| line.strip_prefix("@done ").map(str::to_owned))).unwrap()
    }

    /// Every line that the command said, by now.
    pub(super) fn said(&self) -> Vec<String> {
        let told = |line: &String| line.strip_prefix("@out ").or_else(|| line.strip_prefix("@err ")).map(str::to_owned);
        self.lines.read(|(lines, _)| lines.iter().filter_map(told).collect())
    }

    fn wait(&self, mut wanted: impl FnMut(&str) -> Option<String>) -> String {
        let found = self.lines.wait(PATIENCE, |(lines, ended)| {
            let found = lines.iter().find_map(|line| wanted(line));
            found.map(Some).or(ended.then_some(None))
        });
        found.flatten().unwrap_or_else(|| {
            let said = self.lines.read(|(lines, _)| lines.iter().take(40).cloned().collect::<Vec<_>>().join("\n"));
            panic!("the runner did not say what was waited for; it said:\n{said}")
        })
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        for left in descendants(self.pid()).into_iter().filter_map(pid) {
            let _ = kill_process(left, Signal::KILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Kills what a test let run on purpose.
pub(super) fn end(id: &str) {
    let _ = kill_process(pid(id.parse().unwrap()).unwrap(), Signal::KILL);
}

/// True when a process lives; one that ended and was not reaped does not.
pub(super) fn lives(id: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

#[test]
#[ignore = "no test: the process that the others start"]
fn carries_out() {
    let plan = std::env::var_os(PLAN).expect("a plan: this is no test");
    let plan: Plan = serde_json::from_slice(&fs::read(plan).unwrap()).unwrap();
    hygiene::no_core_dumps();
    // as the dashboard starts its runner
    let again = Command::new("/proc/self/exe").arg("--help").stdout(Stdio::null()).status().unwrap();
    assert!(again.success());
    if plan.detached {
        rustix::process::setsid().unwrap();
        command::become_subreaper().unwrap();
    }
    // libtest leaves its line open
    println!();
    let (cancel, cancelled) = tokio::sync::watch::channel(false);
    std::thread::spawn(move || {
        if std::io::stdin().lock().lines().map_while(Result::ok).any(|line| line == "cancel") {
            cancel.send(true).unwrap();
        }
        // the other end must not see that nobody can ask any more
        std::thread::park();
    });
    let secrets: Vec<Secret> = plan.secrets.iter().cloned().map(Secret::new).collect();
    let mut output = Output::new(&Redactor::new(&secrets));
    let environment = plan.extra.iter().map(|name| (name.clone(), None)).collect();
    let call = CommandCall { program: PathBuf::from(&plan.argv[0]), argv: plan.argv.clone(), environment };
    let env = child::environment(&call.environment);
    let before = peak();
    let mut say = |stream: Stream, line: &str| match stream {
        Stream::Out => println!("@out {line}"),
        Stream::Err => println!("@err {line}"),
        Stream::Own => println!("@own {line}"),
    };
    let (timeout, grace, say, all) = (plan.timeout, plan.grace, &mut say, &mut output);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let done = if let Some(url) = plan.post {
        let url = url.parse::<Template>().unwrap().fill(&Variables::default()).unwrap();
        let calls = [HttpCall {
            item: None,
            method: Method::Post,
            url,
            headers: Vec::new(),
            body: None,
            expect: None,
            proof: None,
        }];
        let terms = HttpTerms { run: "run", timeout, cancelled, output: all, say };
        runtime.block_on(http::run(&calls, terms))
    } else {
        let terms = Terms { timeout, grace, cancelled, env: &env, output: all, say };
        runtime.block_on(command::run(&call, terms))
    };
    let report = Report { done, tail: output.tail(usize::MAX), grown: peak() - before };
    println!("@done {}", serde_json::to_string(&report).unwrap());
}

/// The most memory that this process ever had, in KiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// The entries of a list in which `/proc` separates by NUL.
pub(super) fn nul_separated(file: impl AsRef<OsStr>) -> Vec<String> {
    let bytes = fs::read(file.as_ref()).unwrap();
    let entries = bytes.split(|byte| *byte == 0).map(|entry| String::from_utf8(entry.to_vec()).unwrap());
    let mut entries: Vec<String> = entries.collect();
    // a NUL ends each, the last one too
    assert_eq!(entries.pop().as_deref(), Some(""));
    entries
}
