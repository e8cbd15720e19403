//! The processes that a command started: its group, and as subreaper whatever left the group. Lists, signals and reaps
//! them, and no others: never a group 0 or 1, never our own.
//!
//! What it knows it reads from `/proc`. Where there is none, only the group as a whole is known.

use std::collections::HashSet;
use std::fs;

use rustix::process::{Pid, Signal, WaitOptions, getpgrp, getpid, kill_process, kill_process_group, waitpid};

use crate::action::quoted;
use crate::base::{Redactor, Shown};

/// Which process, even if its number is given to another one later: number and time of start.
type Id = (i32, u64);

/// The processes that were there before a command was started.
pub(super) struct Before(HashSet<Id>);

impl Before {
    /// As of now.
    pub(super) fn now() -> Self {
        Self(processes().map(|process| process.id()).collect())
    }
}

/// What a command started.
pub(super) struct Family {
    leader: Pid,
    before: Before,
    /// Orphans of it become our children.
    adopts: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Process {
    pid: i32,
    parent: i32,
    group: i32,
    is_zombie: bool,
    started: u64,
}

impl Process {
    fn id(&self) -> Id {
        (self.pid, self.started)
    }
}

impl Family {
    /// The family of the process that leads a group of its own.
    pub(super) fn of(leader: Pid, before: Before) -> Self {
        Self { leader, before, adopts: is_subreaper() }
    }

    /// True when nobody of it lives.
    pub(super) fn is_gone(&self) -> bool {
        self.members().all(|member| member.is_zombie)
    }

    /// Whoever of it lives, as `pid 4711: sleep 60`.
    pub(super) fn told(&self, redactor: &Redactor) -> Vec<String> {
        let living = self.members().filter(|member| !member.is_zombie);
        living.map(|member| format!("pid {}: {}", member.pid, command_line(member.pid, redactor))).collect()
    }

    /// Signals all of it. What it is not allowed to signal stays, and is told of later.
    pub(super) fn signal(&self, signal: Signal) {
        let living: Vec<Process> = self.members().filter(|member| !member.is_zombie).collect();
        let group = self.leader.as_raw_nonzero().get();
        // a number that a living process has as its group is given to nobody else
        if group > 1 && self.leader != getpgrp() && living.iter().any(|member| member.group == group) {
            let _ = kill_process_group(self.leader, signal);
        }
        for member in living.iter().filter(|member| member.group != group && member.pid > 1) {
            if let Some(pid) = Pid::from_raw(member.pid).filter(|pid| *pid != getpid()) {
                let _ = kill_process(pid, signal);
            }
        }
    }

    /// Takes leave of those that became our children and ended. The leader is somebody else's to reap.
    pub(super) fn reap(&self) {
        let ours = getpid().as_raw_nonzero().get();
        for ended in self.members().filter(|member| member.is_zombie && member.parent == ours) {
            if let Some(pid) = Pid::from_raw(ended.pid).filter(|pid| *pid != self.leader) {
                let _ = waitpid(Some(pid), WaitOptions::NOHANG);
            }
        }
    }

    fn members(&self) -> impl Iterator<Item = Process> {
        let all: Vec<Process> = processes().filter(|process| !self.before.0.contains(&process.id())).collect();
        let us = getpid().as_raw_nonzero().get();
        let mut descend = vec![us];
        let mut next = 0;
        while let Some(parent) = descend.get(next).copied().filter(|_| self.adopts) {
            descend.extend(all.iter().filter(|process| process.parent == parent).map(|process| process.pid));
            next += 1;
        }
        let group = self.leader.as_raw_nonzero().get();
        all.into_iter()
            .filter(move |process| process.pid != us && (process.group == group || descend.contains(&process.pid)))
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn is_subreaper() -> bool {
    matches!(rustix::process::child_subreaper(), Ok(Some(_)))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn is_subreaper() -> bool {
    false
}

fn processes() -> impl Iterator<Item = Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        parse(pid, &fs::read_to_string(entry.path().join("stat")).ok()?)
    })
}

/// A line of `/proc/<pid>/stat`. The name in its parentheses may hold anything, parentheses too.
fn parse(pid: i32, stat: &str) -> Option<Process> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    Some(Process {
        pid,
        parent: fields.get(1)?.parse().ok()?,
        group: fields.get(2)?.parse().ok()?,
        is_zombie: matches!(*fields.first()?, "Z" | "X"),
        started: fields.get(19)?.parse().ok()?,
    })
}

/// Its arguments, quoted, without secrets; its name where it has none.
fn command_line(pid: i32, redactor: &Redactor) -> String {
    let read = |file: &str| fs::read(format!("/proc/{pid}/{file}")).unwrap_or_else(|_| b"?".to_vec());
    let arguments = read("cmdline");
    let text = String::from_utf8_lossy(&arguments);
    let text = match text.trim_end_matches('\0') {
        "" => format!("[{}]", redactor.redact(String::from_utf8_lossy(&read("comm")).trim_end())),
        arguments => {
            let quoted = arguments.split('\0').map(|argument| quoted(&redactor.redact(argument)));
            quoted.collect::<Vec<_>>().join(" ")
        }
    };
    Shown::from_remote(&text).into_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_anything() {
        let stat = "42 (a) R 1 (b) S 7 40 39 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 987 1 1";
        let process = Process { pid: 42, parent: 7, group: 40, is_zombie: false, started: 987 };
        assert_eq!(parse(42, stat), Some(process));
        assert_eq!(parse(42, "42 (cut"), None);
    }
}
