//! A small system to act on: one worker whose state is a file that commands can write, shell scripts that count their
//! runs, and a state folder of its own.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::command_line::{self, Run};
use crate::support::eventually::eventually;
use crate::support::process::processes;
use crate::support::tcp_stub::TcpStub;

/// A loaded machine is slow.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// The system, its folder, and the server that tells the worker's state.
pub(super) struct Shop {
    home: TempDir,
    worker: TcpStub,
}

impl Shop {
    /// A worker that is down, and no action yet.
    pub(super) fn open() -> Self {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("bin")).unwrap();
        let world = home.path().join("world");
        let shop = Self { worker: TcpStub::start(move |stream, _| tell(stream, &world)), home };
        shop.set_world(r#"{"up": false, "count": 1}"#);
        shop
    }

    /// From now on the worker says this.
    pub(super) fn set_world(&self, json: &str) {
        fs::write(self.path("world"), json).unwrap();
    }

    /// A path in its folder.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// The URL of the worker.
    pub(super) fn url(&self) -> String {
        format!("http://{}/", self.worker.address())
    }

    /// Writes a shell script that counts its runs, and returns its path. `$HOME` in it is our folder.
    pub(super) fn shim(&self, name: &str, script: &str) -> String {
        let path = self.path("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\necho run >>\"$HOME/{name}.runs\"\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// How often a script was run.
    pub(super) fn runs(&self, name: &str) -> usize {
        fs::read_to_string(self.path(&format!("{name}.runs"))).unwrap_or_default().lines().count()
    }

    /// Waits until a script runs.
    #[track_caller]
    pub(super) fn wait_run(&self, name: &str) {
        eventually(name, PATIENCE, || (self.runs(name) > 0).then_some(()));
    }

    /// Waits until the feed of some run tells this.
    #[track_caller]
    pub(super) fn wait_told(&self, wanted: &str) {
        eventually(wanted, PATIENCE, || {
            let runs = fs::read_dir(self.state().join("runs")).ok()?;
            let told = |entry: fs::DirEntry| fs::read_to_string(entry.path().join("events.jsonl")).unwrap_or_default();
            runs.flatten().any(|entry| told(entry).contains(wanted)).then_some(())
        });
    }

    /// Writes the system with these actions.
    pub(super) fn declare(&self, actions: &str) {
        fs::write(self.file(), self.text(actions)).unwrap();
    }

    /// An action of the id `restart` on the worker, which runs a script of this name, with more lines.
    pub(super) fn restart(&self, script: &str, more: &str) {
        let shim = self.shim("restart", script);
        self.declare(&format!(
            "[action.restart]\ntitle = \"Restart the worker\"\nrisk = \"disruptive\"\ncommand = [\"{shim}\"]\n\
             component = \"worker\"\n{more}\n"
        ));
    }

    /// Adds a signal of the worker to the declared system.
    pub(super) fn add_signal(&self, line: &str) {
        let text = fs::read_to_string(self.file()).unwrap();
        fs::write(
            self.file(),
            text.replace("[component.worker.signal]\n", &format!("[component.worker.signal]\n{line}\n")),
        )
        .unwrap();
    }

    fn text(&self, actions: &str) -> String {
        let url = self.url();
        format!(
            "title = \"Shop\"\nenvironment = \"staging\"\n\n\
             [component.worker]\ntitle = \"Worker\"\nevery = \"5s\"\ntimeout = \"5s\"\ndown_after = 1\n\
             probe.http = {{ url = \"{url}\" }}\nhealthy = \"body.up\"\n\
             [component.worker.signal]\ncount = \"body.count\"\n\n{actions}"
        )
    }

    /// The system file.
    pub(super) fn file(&self) -> PathBuf {
        self.path("shop.toml")
    }

    /// The state folder of the program.
    pub(super) fn state(&self) -> PathBuf {
        self.path("state").join("midwatch")
    }

    /// The program's environment.
    pub(super) fn env(&self) -> Vec<(&'static str, String)> {
        let home = |path: &Path| path.to_str().unwrap().to_owned();
        vec![
            ("PATH", "/usr/bin:/bin".to_owned()),
            ("HOME", home(self.home.path())),
            ("XDG_STATE_HOME", home(&self.path("state"))),
            ("LANG", "C.UTF-8".to_owned()),
        ]
    }

    /// `midwatch act shop ACTION …`, not started yet.
    pub(super) fn command(&self, action: &str, args: &[&str]) -> Command {
        self.command_in("json", action, args)
    }

    /// The same, told in another way.
    pub(super) fn command_in(&self, format: &str, action: &str, args: &[&str]) -> Command {
        let mut command = command_line::midwatch(["act", "shop", action, "--format", format, "--system-file"], &[]);
        command.arg(self.file()).args(args).envs(self.env());
        command
    }

    /// Runs `midwatch act shop ACTION …` to its end.
    #[track_caller]
    pub(super) fn act(&self, action: &str, args: &[&str]) -> Told {
        self.act_as("root", action, args)
    }

    /// The same by somebody who became root by sudo.
    #[track_caller]
    pub(super) fn act_as(&self, who: &str, action: &str, args: &[&str]) -> Told {
        Told::of(self.command(action, args).env("SUDO_USER", who))
    }

    /// Any other subcommand over its state folder.
    pub(super) fn midwatch(&self, args: &[&str]) -> Run {
        let env = self.env();
        let env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
        command_line::run(args, &env)
    }

    /// The records of the journal.
    pub(super) fn records(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.state().join("audit.jsonl")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The journal in brief: `intent`, `outcome verified`.
    pub(super) fn journal(&self) -> Vec<String> {
        let word = |record: &Value| match record["outcome"].as_str() {
            Some(outcome) if record["kind"] != outcome => format!("{} {outcome}", record["kind"].as_str().unwrap()),
            _ => record["kind"].as_str().unwrap().to_owned(),
        };
        self.records().iter().map(word).collect()
    }

    /// The journal in brief, once it ends so.
    #[track_caller]
    pub(super) fn wait_journal(&self, end: &str) -> Vec<String> {
        eventually(end, PATIENCE, || {
            // a writer may be in the middle of its line
            let text = fs::read_to_string(self.state().join("audit.jsonl")).ok()?;
            let whole = text.ends_with('\n') && text.lines().last()?.ends_with('}');
            Some(self.journal()).filter(|journal| whole && journal.last().is_some_and(|last| last == end))
        })
    }

    /// The chain of the journal holds, as the program itself says.
    #[track_caller]
    pub(super) fn assert_whole(&self) {
        let verified = self.midwatch(&["audit", "verify"]);
        assert_eq!(verified.code, 0, "{verified:?}");
    }

    /// Nothing that this shop started lives any more.
    #[track_caller]
    pub(super) fn assert_nobody_left(&self) {
        let home = self.home.path().to_str().unwrap().to_owned();
        eventually("nobody left of it", PATIENCE, || left(&home).is_empty().then_some(()));
    }
}

/// The processes whose home is this folder.
fn left(home: &str) -> Vec<u32> {
    let of_it = |id: u32| {
        let environ = fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
        String::from_utf8_lossy(&environ).contains(home)
    };
    processes().map(|process| process.id).filter(|id| of_it(*id)).collect()
}

/// Answers every request with what the file says.
fn tell(stream: &mut TcpStream, world: &Path) {
    let Ok(handle) = stream.try_clone() else { return };
    let mut lines = BufReader::new(handle).lines();
    while let Some(Ok(line)) = lines.next() {
        if !line.trim().is_empty() {
            continue;
        }
        let body = fs::read_to_string(world).unwrap_or_default();
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
        if stream.write_all((head + &body).as_bytes()).is_err() {
            return;
        }
    }
}

/// What `act --format json` told.
#[derive(Debug)]
pub(super) struct Told {
    /// Exit code.
    pub(super) code: i32,
    /// The object; null where there is none.
    pub(super) json: Value,
    /// Standard error.
    pub(super) err: String,
}

impl Told {
    /// Runs it to its end.
    pub(super) fn of(command: &mut Command) -> Self {
        Self::from(&command.output().unwrap())
    }

    /// What it left.
    pub(super) fn from(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            json: serde_json::from_slice(&output.stdout).unwrap_or_default(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// A field that is a text.
    pub(super) fn text(&self, name: &str) -> &str {
        self.json[name].as_str().unwrap_or_default()
    }

    /// `verified (0)`, `failed (1): exited with 3`.
    pub(super) fn brief(&self) -> String {
        let head = format!("{} ({})", self.text("outcome"), self.code);
        match self.text("reason") {
            "" => head,
            reason => format!("{head}: {reason}"),
        }
    }

    /// It ended so; returns it in brief.
    #[track_caller]
    pub(super) fn ended(&self, outcome: &str, code: i32, reason: &str) -> String {
        assert_eq!((self.text("outcome"), self.code), (outcome, code), "{self:#?}");
        assert!(self.text("reason").contains(reason), "{reason:?} is not in {:?}", self.text("reason"));
        self.brief()
    }
}
