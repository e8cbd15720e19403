//! Carries a command out: one process in a group of its own, argv and no shell, with an environment of a few names,
//! nothing on standard input and no terminal to prompt on.
//!
//! It is over when that process ends, whatever it left in the background. At a time-out or when somebody cancels, the
//! group gets TERM, and KILL after a grace; as subreaper ([`become_subreaper`]) we reach those that left the group too.
//! What could not be ended, or was left running, is told. It retries nothing.

mod hint;

use std::ffi::OsString;
use std::fs::File;
use std::future::Future;
use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::{Pid, Signal};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, ChildStderr, ChildStdout};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::action::{CommandCall, Done, End, Stream};
use crate::base::Shown;
use crate::probe::child::{self, program};
use crate::runtime::run::family::{Before, Family};
use crate::runtime::run::output::{Output, Say};

/// Time between TERM and KILL.
pub const GRACE: Duration = Duration::from_secs(5);
/// How long the rest of the output is waited for when the process has ended: a child in the background may hold the pipe
/// for ever.
const DRAIN: Duration = Duration::from_millis(500);
/// How long the end of what was killed is waited for.
const AFTER_KILL: Duration = Duration::from_secs(1);
/// How often it is looked at who is still there.
const LOOK: Duration = Duration::from_millis(25);
/// A pipe holds no more.
const PIECE: usize = 64 << 10;

/// How a command is run.
pub struct Terms<'a> {
    /// Longest time of the run.
    pub timeout: Duration,
    /// Time between TERM and KILL: [`GRACE`].
    pub grace: Duration,
    /// Becomes true when somebody asks for its end.
    pub cancelled: watch::Receiver<bool>,
    /// All of its environment: what is allowed of ours, and its own.
    pub env: &'a [(OsString, OsString)],
    /// Keeps what it says.
    pub output: &'a mut Output,
    /// Takes what it says, line by line.
    pub say: &'a mut Say<'a>,
}

/// From now on what our children leave behind becomes ours, so that it is seen and can be ended. For the one process that
/// carries a call out, and no other.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn become_subreaper() -> io::Result<()> {
    Ok(rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?)
}

/// Elsewhere nobody can be one: only the group is seen and ended.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub fn become_subreaper() -> io::Result<()> {
    Ok(())
}

/// Runs a command to its end.
pub async fn run(call: &CommandCall, mut terms: Terms<'_>) -> Done {
    if *terms.cancelled.borrow() {
        return Done::new(End::Cancelled, "cancelled before it was started");
    }
    let program = &call.program;
    if let Err(refused) = program::check(program) {
        return failed(&terms, &refused.to_string());
    }
    if File::open("/dev/tty").is_ok() {
        return failed(&terms, "not started: this process has a terminal, on which it could prompt");
    }
    let before = Before::now();
    let mut child = match child::spawn(program, &call.argv, terms.env, None) {
        Ok(child) => child,
        Err(error) => return failed(&terms, &format!("not started: {}", child::not_started(program, &error))),
    };
    let Some(leader) = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw) else {
        return Done::new(End::Unknown, "the system gave it no process id");
    };
    let pipes = Pipes { out: child.stdout.take(), err: child.stderr.take() };
    let family = Family::of(leader, before);
    let mut run = Run { child, ended: None, pipes, family, output: terms.output, say: terms.say };
    let stopped = run.until_end(stop(terms.timeout, &mut terms.cancelled)).await;
    let killed = match stopped {
        None => false,
        Some(_) => run.end(terms.grace).await,
    };
    run.drain().await;
    run.output.finish(run.say);
    run.family.reap();
    let mut done = told(stopped, run.ended.as_ref(), killed, terms.timeout, terms.grace);
    if done.end == End::Failed
        && let Some(hint) = way_out(call, terms.env, run.output)
    {
        done.reason = format!("{}: {hint}", done.reason);
    }
    done.left_running = run.family.told(run.output.redactor());
    done
}

/// Lines of output in which a reason is looked for.
const LAST: usize = 20;

/// What to do about it, where that can be told.
fn way_out(call: &CommandCall, env: &[(OsString, OsString)], output: &Output) -> Option<String> {
    let value = |name: &str| env.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_os_str());
    let own = || format!("#{}", rustix::process::getuid().as_raw());
    let user = ["LOGNAME", "USER"].iter().find_map(|name| value(name)?.to_str().map(str::to_owned)).unwrap_or_else(own);
    let find = |name: &str| program::find(name, value("PATH")?).ok();
    let hint = hint::sudoers(call, &output.tail(LAST), &user, find)?;
    Some(Shown::from_remote(&output.redactor().redact(&hint)).into_string())
}

fn failed(terms: &Terms<'_>, reason: &str) -> Done {
    Done::new(End::Failed, &terms.output.redactor().redact(reason))
}

/// Why it was ended by us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stopped {
    TimedOut,
    Cancelled,
}

async fn stop(timeout: Duration, cancelled: &mut watch::Receiver<bool>) -> Stopped {
    let asked = async {
        if cancelled.wait_for(|cancelled| *cancelled).await.is_err() {
            // nobody is left who could ask
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = sleep(timeout) => Stopped::TimedOut,
        () = asked => Stopped::Cancelled,
    }
}

/// A command that runs.
struct Run<'a> {
    child: Child,
    ended: Option<io::Result<ExitStatus>>,
    pipes: Pipes,
    family: Family,
    output: &'a mut Output,
    say: &'a mut Say<'a>,
}

impl Run<'_> {
    /// Reads what it says until it has ended, or `stop` says why not to wait for that.
    async fn until_end(&mut self, stop: impl Future<Output = Stopped>) -> Option<Stopped> {
        tokio::pin!(stop);
        loop {
            tokio::select! {
                ended = self.child.wait() => {
                    self.ended = Some(ended);
                    return None;
                }
                (stream, bytes) = self.pipes.next() => self.output.push(stream, &bytes, self.say),
                stopped = &mut stop => return Some(stopped),
            }
        }
    }

    /// TERM, and KILL where that does not help; true where it did not.
    async fn end(&mut self, grace: Duration) -> bool {
        self.family.signal(Signal::TERM);
        if self.until_gone(grace, None, false).await {
            return false;
        }
        self.until_gone(AFTER_KILL, Some(Signal::KILL), false).await;
        true
    }

    /// Reads the rest of what it says, for a moment.
    async fn drain(&mut self) {
        self.until_gone(DRAIN, None, true).await;
    }

    /// Reads and waits until all that it started has ended, at most so long, and where that is asked for its outputs too;
    /// signals whoever is left at each look.
    async fn until_gone(&mut self, at_most: Duration, signal: Option<Signal>, and_silent: bool) -> bool {
        let over = sleep(at_most);
        tokio::pin!(over);
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                ended = self.child.wait(), if self.ended.is_none() => self.ended = Some(ended),
                (stream, bytes) = self.pipes.next() => self.output.push(stream, &bytes, self.say),
                _ = look.tick() => {
                    self.family.reap();
                    let silent = !and_silent || self.pipes.have_ended();
                    if self.ended.is_some() && silent && self.family.is_gone() {
                        return true;
                    }
                    if let Some(signal) = signal {
                        self.family.signal(signal);
                    }
                }
                () = &mut over => return false,
            }
        }
    }
}

/// Its two outputs, as long as they are open.
struct Pipes {
    out: Option<ChildStdout>,
    err: Option<ChildStderr>,
}

impl Pipes {
    fn have_ended(&self) -> bool {
        self.out.is_none() && self.err.is_none()
    }

    /// The next piece of either. Can be dropped while it waits: nothing is lost.
    async fn next(&mut self) -> (Stream, Vec<u8>) {
        tokio::select! {
            bytes = piece(&mut self.out) => (Stream::Out, bytes),
            bytes = piece(&mut self.err) => (Stream::Err, bytes),
        }
    }
}

/// What a pipe has to give; nothing, for ever, once it has ended.
async fn piece(pipe: &mut Option<impl AsyncRead + Unpin>) -> Vec<u8> {
    let Some(open) = pipe else { return std::future::pending().await };
    let mut bytes = Vec::with_capacity(PIECE);
    if !matches!(open.read_buf(&mut bytes).await, Ok(1..)) {
        *pipe = None;
    }
    bytes
}

/// How it ended, in words.
fn told(
    stopped: Option<Stopped>,
    ended: Option<&io::Result<ExitStatus>>,
    killed: bool,
    timeout: Duration,
    grace: Duration,
) -> Done {
    let status = ended.and_then(|ended| ended.as_ref().ok());
    let how = || match (ended, killed) {
        (None, _) => "it could not be ended".to_owned(),
        (Some(_), false) => "ended by TERM".to_owned(),
        (Some(_), true) => format!("ended by KILL, {grace:?} after TERM"),
    };
    let (end, reason) = match (stopped, status) {
        (Some(Stopped::TimedOut), _) => (End::TimedOut, format!("not done within {timeout:?}: {}", how())),
        (Some(Stopped::Cancelled), _) => (End::Cancelled, format!("cancelled: {}", how())),
        (None, Some(status)) if status.success() => (End::Accepted, String::new()),
        (None, Some(status)) => (End::Failed, child::in_words(*status)),
        (None, None) => (End::Unknown, "how it ended cannot be told".to_owned()),
    };
    Done { exit_code: status.and_then(ExitStatus::code), ..Done::new(end, &reason) }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;

    #[test]
    fn ends_have_words() {
        let (timeout, grace) = (Duration::from_secs(60), Duration::from_secs(5));
        let of = |raw| Some(Ok(ExitStatus::from_raw(raw)));
        for (stopped, ended, killed, end, words) in [
            (None, of(0), false, End::Accepted, ""),
            (None, of(3 << 8), false, End::Failed, "exited with 3"),
            (None, of(9), false, End::Failed, "ended by signal 9 (KILL)"),
            (None, of(64), false, End::Failed, "ended by signal 64"),
            (None, None, false, End::Unknown, "how it ended cannot be told"),
            (Some(Stopped::TimedOut), of(15), false, End::TimedOut, "not done within 60s: ended by TERM"),
            (Some(Stopped::TimedOut), of(9), true, End::TimedOut, "not done within 60s: ended by KILL, 5s after TERM"),
            (Some(Stopped::Cancelled), None, true, End::Cancelled, "cancelled: it could not be ended"),
        ] {
            let done = told(stopped, ended.as_ref(), killed, timeout, grace);
            assert_eq!((done.end, done.reason.as_str()), (end, words));
        }
    }
}
