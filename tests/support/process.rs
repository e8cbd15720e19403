//! Child processes: their output as lines, their end, and signals that can only reach the process we started.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

use crate::support::watched::Watched;

/// A child process in a process group of its own. Dropping it kills it with all that it started.
pub(crate) struct Process {
    name: String,
    pid: u32,
    state: Arc<Watched<State>>,
    waiter: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    lines: Vec<String>,
    /// Output streams that have not ended.
    open: usize,
    exit: Option<ExitStatus>,
}

impl Process {
    /// Starts the command without standard input; both its outputs are kept as lines.
    pub(crate) fn start(name: &str, command: &mut Command) -> std::io::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut child = command.spawn()?;
        let state = Arc::new(Watched::new(State::default()));
        keep_lines(child.stdout.take(), &state);
        keep_lines(child.stderr.take(), &state);
        let pid = child.id();
        let waiter = {
            let state = Arc::clone(&state);
            std::thread::spawn(move || reap(child, |reap| state.update(|s| s.exit = Some(reap()))))
        };
        Ok(Self { name: name.to_owned(), pid, state, waiter: Some(waiter) })
    }

    /// Waits for a line of output; the error holds all output.
    pub(crate) fn wait_line(&self, within: Duration, mut wanted: impl FnMut(&str) -> bool) -> Result<String, String> {
        let found = self.state.wait(within, |s| {
            let line = s.lines.iter().find(|line| wanted(line));
            line.map(|line| Some(line.clone())).or((s.open == 0).then_some(None))
        });
        found
            .flatten()
            .ok_or_else(|| format!("{} did not say what was waited for; it said:\n{}", self.name, self.log()))
    }

    /// All output so far.
    pub(crate) fn log(&self) -> String {
        self.state.read(|s| s.lines.join("\n"))
    }

    /// The process id, which is the id of its group too.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Waits for its end.
    pub(crate) fn wait_end(&self, within: Duration) -> Result<ExitStatus, String> {
        self.state
            .wait(within, |s| s.exit)
            .ok_or_else(|| format!("{} does not end; it said:\n{}", self.name, self.log()))
    }

    /// Signals the process itself, unless it has ended.
    pub(crate) fn signal(&self, signal: Signal) {
        // Under the lock that the reaping takes too, so that the id still belongs to our child.
        self.state.update(|s| {
            if let (None, Some(pid)) = (s.exit, pid(self.pid)) {
                let _ = kill_process(pid, signal);
            }
        });
    }

    /// Kills the process, its descendants and what is left of its group, which an orphan does not leave.
    pub(crate) fn kill_all(&self) {
        let mut family = descendants(self.pid);
        family.extend(processes().filter(|p| p.group == self.pid && p.id != self.pid).map(|p| p.id));
        self.signal(Signal::KILL);
        for pid in family.into_iter().filter_map(pid) {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill_all();
        if let Some(waiter) = self.waiter.take() {
            let _ = waiter.join();
        }
    }
}

fn keep_lines(stream: Option<impl Read + Send + 'static>, state: &Arc<Watched<State>>) {
    let Some(stream) = stream else { return };
    state.update(|s| s.open += 1);
    let state = Arc::clone(state);
    std::thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            state.update(|s| s.lines.push(text));
            line.clear();
        }
        state.update(|s| s.open -= 1);
    });
}

/// Waits for the child's end and hands out the reaping of it: to be called under the lock that signals are sent under.
pub(crate) fn reap(mut child: Child, ended: impl FnOnce(&mut dyn FnMut() -> ExitStatus)) {
    if let Some(pid) = pid(child.id()) {
        let _ = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
    }
    ended(&mut || child.wait().unwrap_or_else(|_| ExitStatus::from_raw(-1)));
}

/// A process id in the form that system calls take.
pub(crate) fn pid(id: u32) -> Option<Pid> {
    i32::try_from(id).ok().and_then(Pid::from_raw)
}

/// A living process, zombies excepted.
pub(crate) struct Living {
    /// Process id.
    pub(crate) id: u32,
    /// Parent's process id.
    pub(crate) parent: u32,
    /// Process group.
    pub(crate) group: u32,
    /// Session.
    pub(crate) session: u32,
}

/// Every living process that we may look at.
pub(crate) fn processes() -> impl Iterator<Item = Living> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| living(entry.file_name().to_str()?.parse().ok()?))
}

fn living(id: u32) -> Option<Living> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |at: usize| fields.get(at)?.parse().ok();
    (*fields.first()? != "Z").then_some(())?;
    Some(Living { id, parent: number(1)?, group: number(2)?, session: number(3)? })
}

/// The children of a process, theirs, and so on.
pub(crate) fn descendants(of: u32) -> Vec<u32> {
    let all: Vec<Living> = processes().collect();
    let mut found = vec![of];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        found.extend(all.iter().filter(|p| p.parent == parent).map(|p| p.id));
        next += 1;
    }
    found.split_off(1)
}
