//! Starts the programs that a system file names, for actions and for probes: argv and no shell, in a session of its own
//! without our terminal, with an environment of a few names and nothing on standard input. What it ends it ends with its
//! whole group.
//!
//! It decides nothing about when and why.

pub mod program;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use process_wrap::tokio::{CommandWrap, CommandWrapper as _, ProcessSession};
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};

use crate::base::Filled;

/// Variables that a command gets of our environment, beside those that it asks for, and `LC_*`.
const GIVEN: &[&str] = &["PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR"];

/// The environment of a command: of our own what programs cannot do without and the names that are asked for, and what is
/// set for it.
pub fn environment(extra: &[(String, Option<Filled>)]) -> Vec<(OsString, OsString)> {
    allowed(std::env::vars_os(), extra)
}

fn allowed(
    all: impl Iterator<Item = (OsString, OsString)>,
    extra: &[(String, Option<Filled>)],
) -> Vec<(OsString, OsString)> {
    let is_set = |name: &str| extra.iter().any(|(other, value)| other == name && value.is_some());
    let given = |name: &OsStr| {
        name.to_str().is_some_and(|name| {
            let is_asked = extra.iter().any(|(asked, _)| asked == name);
            (GIVEN.contains(&name) || name.starts_with("LC_") || is_asked) && !is_set(name)
        })
    };
    let set = extra.iter().filter_map(|(name, value)| Some((name.into(), value.as_ref()?.expose().into())));
    all.filter(|(name, _)| given(name)).chain(set).collect()
}

/// Starts a program: `env` is all of its environment, the first of `argv` is the name that it is told of itself.
#[expect(clippy::disallowed_methods, reason = "the one place that starts a process of somebody else's")]
pub fn spawn(
    program: &Path,
    argv: &[String],
    env: &[(OsString, OsString)],
    directory: Option<&Path>,
) -> io::Result<Child> {
    let mut command = Command::new(program);
    if let Some(name) = argv.first() {
        command.arg0(name);
    }
    if let Some(directory) = directory {
        command.current_dir(directory);
    }
    command
        .args(argv.iter().skip(1))
        .env_clear()
        .envs(env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if is_text_without_interpreter(program) {
        return Err(io::Error::from_raw_os_error(EXEC_FORMAT));
    }
    // what it opens as /dev/tty would be our terminal, and what it writes there would stand on our screen
    ProcessSession.pre_spawn(&mut command, &CommandWrap::from(Command::new(program)))?;
    command.spawn()
}

/// `ENOEXEC`.
const EXEC_FORMAT: i32 = 8;

/// True for a script that does not name its interpreter: `execvp`(3) would hand it to a shell, and that was not shown.
fn is_text_without_interpreter(program: &Path) -> bool {
    // opening a pipe would wait for whoever writes into it
    if !program.is_file() {
        return false;
    }
    let mut begin = [0; 64];
    let Ok(read) = File::open(program).and_then(|mut file| file.read(&mut begin)) else { return false };
    let begin = &begin[..read];
    let line = begin.split(|byte| *byte == b'\n').next().unwrap_or(begin);
    !begin.starts_with(b"#!") && line.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\t' | b'\r'))
}

/// Why a program could not be started.
pub fn not_started(program: &Path, error: &io::Error) -> String {
    let program = program.display();
    match error.kind() {
        io::ErrorKind::InvalidInput => "an argument holds a NUL byte".to_owned(),
        io::ErrorKind::ArgumentListTooLong => {
            "an argument is longer than the system takes (128 KiB on Linux)".to_owned()
        }
        io::ErrorKind::NotFound => format!("{program}, or the interpreter in its first line, is not there"),
        _ if error.raw_os_error() == Some(EXEC_FORMAT) => {
            format!("{program} is no program of this machine; a script begins with #! and its interpreter")
        }
        _ => format!("{program}: {error}"),
    }
}

/// `exited with 3`, `ended by signal 9 (KILL)`.
pub fn in_words(status: ExitStatus) -> String {
    const NAMES: &[(Signal, &str)] = &[
        (Signal::HUP, "HUP"),
        (Signal::INT, "INT"),
        (Signal::QUIT, "QUIT"),
        (Signal::ILL, "ILL"),
        (Signal::ABORT, "ABRT"),
        (Signal::BUS, "BUS"),
        (Signal::FPE, "FPE"),
        (Signal::KILL, "KILL"),
        (Signal::SEGV, "SEGV"),
        (Signal::PIPE, "PIPE"),
        (Signal::ALARM, "ALRM"),
        (Signal::TERM, "TERM"),
    ];
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exited with {code}"),
        (None, Some(signal)) => match NAMES.iter().find(|(known, _)| known.as_raw() == signal) {
            Some((_, name)) => format!("ended by signal {signal} ({name})"),
            None => format!("ended by signal {signal}"),
        },
        (None, None) => format!("ended: {status}"),
    }
}

/// The hidden subcommand that is a guard.
pub const GUARD: &str = "__guard";

/// Starts a guard: this same program, which ends a group when the pipe to it is closed. We close it whatever ends us.
#[expect(clippy::disallowed_methods, reason = "it is this program itself")]
fn guard(group: Pid) -> io::Result<Child> {
    Command::new("/proc/self/exe")
        .arg0("midwatch")
        .args([GUARD, &group.as_raw_nonzero().to_string()])
        .current_dir("/")
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // dropped by us it has nothing to do: the group is ended then
        .kill_on_drop(true)
        .spawn()
}

/// A process that leads a group of its own. Dropped, the whole group is killed and the process reaped.
#[derive(Debug)]
pub(crate) struct Leader {
    child: Child,
    group: Option<Pid>,
    guard: Option<Child>,
}

impl Leader {
    /// Takes a child of [`spawn`].
    pub(crate) fn of(child: Child) -> Self {
        let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        Self { child, group, guard: None }
    }

    /// From now on its group ends with us even where we are killed. Where no guard can be started it ends when it next says
    /// something to nobody.
    pub(crate) fn end_with_us(&mut self) {
        self.guard = self.group.and_then(|group| guard(group).ok());
    }

    /// Its two outputs, once.
    pub(crate) fn outputs(&mut self) -> (Option<ChildStdout>, Option<ChildStderr>) {
        (self.child.stdout.take(), self.child.stderr.take())
    }

    /// Waits for its end. Can be dropped while it waits.
    pub(crate) async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Signals whoever of the group is there.
    pub(crate) fn signal(&self, signal: Signal) {
        // a number that a living group has is given to no other process
        if let Some(group) = self.group.filter(|group| test_kill_process_group(*group).is_ok()) {
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
        // the runtime reaps what is dropped before it was waited for
        let _ = self.child.try_wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_gets_the_names_that_it_needs_and_no_others() {
        let names = ["PATH", "HOME", "LC_ALL", "AWS_SECRET_ACCESS_KEY", "SSH_AUTH_SOCK", "LD_PRELOAD", "DOCKER_HOST"];
        let all = || names.iter().map(|name| (OsString::from(name), OsString::from("x")));
        let given = |extra: &[&str]| {
            let extra: Vec<_> = extra.iter().map(|name| ((*name).to_owned(), None)).collect();
            allowed(all(), &extra).into_iter().map(|(name, _)| name.into_string().unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(given(&[]), ["PATH", "HOME", "LC_ALL"]);
        assert_eq!(given(&["DOCKER_HOST", "NOT_SET"]), ["PATH", "HOME", "LC_ALL", "DOCKER_HOST"]);
        let set = Filled::new("x".to_owned(), "***".to_owned());
        let set = allowed(all(), &[("HOME".to_owned(), Some(set))]);
        let home: Vec<_> = set.iter().filter(|(name, _)| name == "HOME").map(|(_, value)| value).collect();
        assert_eq!((set.len(), home), (3, vec![&OsString::from("x")]), "what is set for it is set once");
    }
}
