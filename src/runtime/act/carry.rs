//! Hands a permitted call to the one who can carry it out. The only road to them, and it takes a permit.

use std::time::Duration;

use tokio::sync::watch;

use crate::action::{Call, Done, End, Permit, Stream};
use crate::base::Redactor;
use crate::record::StateDir;
use crate::runtime::clock;
use crate::runtime::run::output::Output;
use crate::runtime::run::{command, http, rq};

/// Folder of the copies of what is deleted.
const KEPT: &str = "kept";

/// How it is carried out.
pub(super) struct Terms<'a> {
    /// Longest time.
    pub(super) timeout: Duration,
    /// Becomes true when somebody asks for its end.
    pub(super) cancelled: watch::Receiver<bool>,
    /// Takes secrets out of what it says.
    pub(super) redactor: &'a Redactor,
    /// Environment variables that a command asks for beside the usual ones.
    pub(super) environment: &'a [String],
    /// The state folder.
    pub(super) state: &'a StateDir,
    /// Takes what it says, line by line.
    pub(super) say: &'a (dyn Fn(Stream, &str) + Sync),
}

/// Carries a call out. The permit is used up.
pub(super) async fn out(permit: Permit, call: &Call, terms: Terms<'_>) -> Done {
    let run = permit.run().as_str();
    let Terms { timeout, cancelled, redactor, say, .. } = terms;
    match call {
        Call::Command(call) => {
            let mut output = Output::new(redactor);
            let mut line = |stream: Stream, text: &str| say(stream, text);
            let env = command::environment(terms.environment);
            let terms = command::Terms {
                timeout,
                grace: command::GRACE,
                cancelled,
                env: &env,
                output: &mut output,
                say: &mut line,
            };
            command::run(call, terms).await
        }
        Call::Http(calls) => {
            let mut output = Output::new(redactor);
            let mut line = |stream: Stream, text: &str| say(stream, text);
            let terms = http::HttpTerms { run, timeout, cancelled, output: &mut output, say: &mut line };
            http::run(calls, terms).await
        }
        Call::Rq(call) => {
            let keep = match terms.state.folder(KEPT) {
                Ok(keep) => keep,
                Err(error) => return Done::new(End::Failed, &error.to_string()),
            };
            let mut line = |text: &str| say(Stream::Own, text);
            let terms = rq::RqTerms {
                timeout,
                now: clock::now(),
                keep: keep.path(),
                run,
                redactor,
                cancelled: &|| *cancelled.borrow(),
                say: &mut line,
            };
            rq::run(call, terms).await
        }
    }
}
