//! A command of a check: one program with its arguments, a process group of its own, ended with the group after its time.
//! What it says is capped, made safe and redacted.

use std::ffi::OsStr;
use std::process::ExitStatus;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::action::Stream;
use crate::base::{Filled, Redactor};
use crate::probe::child::{self, Leader, program};
use crate::runtime::run::output::{Output, Say};

/// How long the rest of the output is waited for when the process has ended.
const DRAIN: Duration = Duration::from_millis(250);
/// A pipe holds no more.
const PIECE: usize = 64 << 10;
/// Most of its last lines that are kept.
const LINES: usize = 40;
/// Why it was ended where somebody asked for it.
const CANCELLED: &str = "cancelled";

/// How a command is run.
pub struct Terms<'a> {
    /// Where programs are looked for, as in `PATH`.
    pub path: &'a str,
    /// When it is ended.
    pub time_box: Duration,
    /// It never ends by itself: that it is ended is no failure.
    pub is_endless: bool,
    /// What it gets of our environment beside what every program gets.
    pub environment: &'a [(String, Option<Filled>)],
    /// Takes secrets out of what it says.
    pub redactor: &'a Redactor,
    /// Becomes true when somebody asks for its end.
    pub cancelled: watch::Receiver<bool>,
}

/// What a command came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    /// In words: `exited with 0`; the error is why it could not be made, or was not done in time.
    pub ended: Result<String, String>,
    /// True where it exited with 0, or was ended as it had to be.
    pub is_good: bool,
    /// The last lines that it said: safe, redacted.
    pub lines: Vec<String>,
}

impl Ran {
    fn not(why: &str, redactor: &Redactor) -> Self {
        Self { ended: Err(redactor.redact(why)), is_good: false, lines: Vec::new() }
    }
}

/// Runs a command to its end, or to that of its time. `say` hears each line.
pub async fn run(argv: &[String], mut terms: Terms<'_>, say: &mut Say<'_>) -> Ran {
    let name = argv.first().map(String::as_str).unwrap_or_default();
    let found = match program::find(name, OsStr::new(terms.path)) {
        Ok(found) => found,
        Err(refused) => return Ran::not(&refused.to_string(), terms.redactor),
    };
    let started = child::spawn(&found, argv, &child::environment(terms.environment), Some("/".as_ref()));
    let mut leader = match started {
        Ok(started) => Leader::of(started),
        Err(error) => return Ran::not(&format!("not started: {}", child::not_started(&found, &error)), terms.redactor),
    };
    let mut output = Output::new(terms.redactor);
    let (mut out, mut err) = leader.outputs();
    let mut status: Option<ExitStatus> = None;
    let mut stopped = None;
    let reading = async {
        loop {
            tokio::select! {
                ended = leader.wait() => break ended.ok(),
                bytes = piece(&mut out) => output.push(Stream::Out, &bytes, say),
                bytes = piece(&mut err) => output.push(Stream::Err, &bytes, say),
            }
        }
    };
    tokio::select! {
        ended = reading => status = ended,
        () = sleep(terms.time_box) => stopped = Some("ended after its time"),
        () = asked(&mut terms.cancelled) => stopped = Some(CANCELLED),
    }
    // what it said before its end lies in the pipes still
    let _ = timeout(DRAIN, async {
        while out.is_some() || err.is_some() {
            tokio::select! {
                bytes = piece(&mut out) => output.push(Stream::Out, &bytes, say),
                bytes = piece(&mut err) => output.push(Stream::Err, &bytes, say),
            }
        }
    })
    .await;
    drop(leader);
    output.finish(say);
    let ended = match (status, stopped) {
        (Some(status), _) => Ok(child::in_words(status)),
        (None, Some(CANCELLED)) => Err(CANCELLED.to_owned()),
        (None, _) if terms.is_endless => Ok(format!("ended after {:?}, as it never ends by itself", terms.time_box)),
        (None, _) => Err(format!("not done within {:?}: ended with its group", terms.time_box)),
    };
    let is_good = ended.is_ok() && status.is_none_or(|status| status.success());
    Ran { ended, is_good, lines: output.tail(LINES) }
}

/// Somebody asks for its end; never, where nobody is left who could.
async fn asked(cancelled: &mut watch::Receiver<bool>) {
    if cancelled.wait_for(|cancelled| *cancelled).await.is_err() {
        std::future::pending::<()>().await;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Secret;
    use crate::runtime::{clock, headless};

    fn ran(argv: &[&str], time_box: Duration, is_endless: bool) -> Ran {
        let argv: Vec<String> = argv.iter().map(|&word| word.to_owned()).collect();
        let redactor = Redactor::new(&[Secret::new("s3cret-value".to_owned())]);
        let (_keep, cancelled) = watch::channel(false);
        let terms =
            Terms { path: "/usr/bin:/bin", time_box, is_endless, environment: &[], redactor: &redactor, cancelled };
        headless::run(run(&argv, terms, &mut |_, _| {})).unwrap()
    }

    #[test]
    fn a_check_tells_its_end_and_what_it_said_without_secrets_and_escapes() {
        let long = Duration::from_secs(10);
        let good = ran(&["printf", "a\\033[2Jb s3cret-value\\n"], long, false);
        assert_eq!((good.ended.as_deref(), good.is_good), (Ok("exited with 0"), true));
        assert!(!good.lines.join("").contains('\u{1b}') && !good.lines.join("").contains("s3cret"), "{good:?}");
        let bad = ran(&["ls", "/no/such/place"], long, false);
        assert!(bad.ended.is_ok() && !bad.is_good && !bad.lines.is_empty(), "{bad:?}");
        let missing = ran(&["no-such-program-here"], long, false);
        assert!(missing.ended.unwrap_err().contains("no-such-program-here"));
    }

    #[test]
    fn what_does_not_end_is_ended_with_its_group() {
        let box_of = Duration::from_millis(300);
        let start = clock::now().mono;
        // its child would hold the pipe for a minute
        let hung = ran(&["sh", "-c", "sleep 60 & echo there; sleep 60"], box_of, false);
        assert!(hung.ended.unwrap_err().contains("not done within") && !hung.is_good);
        assert_eq!(hung.lines, ["there"]);
        assert!(clock::now().mono.since(start) < Duration::from_secs(10));
        assert!(ran(&["sleep", "60"], box_of, true).is_good, "what never ends by itself is ended, and that is good");
    }
}
