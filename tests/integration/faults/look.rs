//! One look by the program itself: `midwatch check`, as a person or a script calls it.

use std::fmt::Write as _;
use std::fs::File;
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::without_ports;
use crate::support::command_line::midwatch;
use crate::support::eventually::eventually;

/// Longer than any look takes on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// How the program is called. Nothing of our own environment reaches it.
pub(crate) struct Call {
    folder: TempDir,
    args: Vec<String>,
    env: Vec<(String, String)>,
}

/// What a run left behind.
pub(crate) struct Ran {
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
    /// Exit code.
    pub(crate) code: i32,
    /// From start to end.
    pub(crate) took: Duration,
    /// The most memory it ever held, in KiB.
    pub(crate) peak_kib: u64,
}

impl Call {
    /// `midwatch check` over the system of this text.
    pub(crate) fn file(text: &str) -> Self {
        let mut call = Self::bare();
        let path = call.folder.path().join("shop.toml");
        std::fs::write(&path, text).expect("shop.toml");
        call.args.extend(["--system-file".to_owned(), path.to_string_lossy().into_owned()]);
        call
    }

    /// `midwatch check` over a built-in system.
    pub(crate) fn system(name: &str) -> Self {
        Self::bare().arg("--system").arg(name)
    }

    fn bare() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { folder, args: vec!["check".to_owned()], env: Vec::new() }
    }

    /// Adds an argument.
    #[must_use]
    pub(crate) fn arg(mut self, arg: &str) -> Self {
        self.args.push(arg.to_owned());
        self
    }

    /// Adds an environment variable.
    #[must_use]
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Runs it in one format.
    pub(crate) fn run(&self, format: &str) -> Ran {
        let file = |name: &str| File::create(self.folder.path().join(name)).expect("a file");
        let text = |name: &str| std::fs::read_to_string(self.folder.path().join(name)).expect("UTF-8");
        let env: Vec<(&str, &str)> = self.env.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let mut command = midwatch(&self.args, &env);
        command.args(["--format", format]).stdout(file("out")).stderr(file("err"));
        let start = Instant::now();
        let mut child = Ending(command.spawn().expect("midwatch starts"));
        let mut peak_kib = 0;
        let status: ExitStatus = eventually("the end of midwatch check", PATIENCE, || {
            peak_kib = peak_kib.max(peak(child.0.id()));
            child.0.try_wait().expect("our own child")
        });
        let ran = Ran {
            out: text("out"),
            err: text("err"),
            code: status.code().unwrap_or(-1),
            took: start.elapsed(),
            peak_kib,
        };
        assert!(!ran.err.contains("panicked"), "{}", ran.err);
        assert!(
            !(ran.out.contains("canary") || ran.err.contains("canary")),
            "a secret got out:\n{}{}",
            ran.out,
            ran.err
        );
        ran
    }

    /// Looks, and reads what it says as JSON.
    #[track_caller]
    pub(crate) fn look(&self) -> Look {
        let ran = self.run("json");
        let json = serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{e}\n{}\n{}", ran.out, ran.err));
        Look { json, ran }
    }

    /// The line of the worst cause, as a person reads it.
    pub(crate) fn headline(&self) -> String {
        let ran = self.run("text");
        without_ports(ran.out.lines().next().unwrap_or_default()).split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// Ends the program when a test is given up.
struct Ending(Child);

impl Drop for Ending {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The most memory that a process ever held, in KiB; 0 when it has ended.
fn peak(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// What one look told, of a single system.
pub(crate) struct Look {
    json: Value,
    /// The run itself.
    pub(crate) ran: Ran,
}

impl Look {
    /// A list of the system, such as `workers`.
    pub(crate) fn list(&self, name: &str) -> &[Value] {
        self.json["systems"][0][name].as_array().map_or(&[], Vec::as_slice)
    }

    fn find(&self, list: &str, key: &str, name: &str) -> Option<&Value> {
        self.list(list).iter().find(|entry| entry[key] == name)
    }

    /// The status of the whole: `critical`.
    pub(crate) fn status(&self) -> &str {
        self.json["status"].as_str().unwrap_or_default()
    }

    /// A component and why it is so: `down: refused HOST`.
    #[track_caller]
    pub(crate) fn state(&self, id: &str) -> String {
        let component = self.find("components", "id", id).unwrap_or_else(|| panic!("no component {id}"));
        let mut told = component["state"].as_str().unwrap_or_default().to_owned();
        if let Some(error) = component["error"].as_str() {
            let _ = write!(told, ": {}", without_ports(error));
        }
        told
    }

    /// Consecutive failures of a component.
    pub(crate) fn failures(&self, id: &str) -> u64 {
        self.find("components", "id", id).and_then(|component| component["failures"].as_u64()).unwrap_or_default()
    }

    /// An alert: `firing`, `pending`, `unknown`, `inactive`.
    pub(crate) fn alert(&self, rule: &str) -> &str {
        self.find("alerts", "rule", rule).and_then(|alert| alert["state"].as_str()).unwrap_or("inactive")
    }

    /// Why an alert cannot be told.
    pub(crate) fn why(&self, rule: &str) -> String {
        let alert = self.find("alerts", "rule", rule).and_then(|alert| alert["why_unknown"].as_str());
        without_ports(alert.unwrap_or_default())
    }

    /// A signal: its value, or `missing (refused)`.
    #[track_caller]
    pub(crate) fn signal(&self, key: &str) -> String {
        let signal = &self.json["systems"][0]["signals"][key];
        assert!(signal.is_object(), "no signal {key}");
        match (&signal["value"], signal["missing"].as_str()) {
            (Value::Null, Some(why)) => format!("missing ({why})"),
            (Value::String(text), _) => text.clone(),
            (value, _) => value.to_string(),
        }
    }

    /// The unit of a signal.
    pub(crate) fn unit(&self, key: &str) -> &str {
        self.json["systems"][0]["signals"][key]["unit"].as_str().unwrap_or_default()
    }
}
