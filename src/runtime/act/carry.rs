//! Hands a permitted call to the one who can carry it out. The only road to them, and it takes a permit.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use tokio::sync::watch;

use crate::action::{Call, Done, End, JobAt, Permit, RqAct, RqCall, Stream};
use crate::base::{Redactor, Shown};
use crate::probe::child;
use crate::record::StateDir;
use crate::runtime::clock;
use crate::runtime::run::output::Output;
use crate::runtime::run::{command, http, rq, sql};

/// Folder of the copies of what is deleted.
const KEPT: &str = "kept";

/// So many failed jobs are looked for beside those that were requeued,
const OTHERS: usize = 1000;
/// and so many of them are named.
const LISTED: usize = 12;

/// How it is carried out.
pub(super) struct Terms<'a> {
    /// Longest time.
    pub(super) timeout: Duration,
    /// Becomes true when somebody asks for its end.
    pub(super) cancelled: watch::Receiver<bool>,
    /// Takes secrets out of what it says.
    pub(super) redactor: &'a Redactor,
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
            let env = child::environment(&call.environment);
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
            let done = rq::run(call, terms).await;
            others(call, done, redactor, say).await
        }
        Call::Sql(call) => {
            let mut line = |text: &str| say(Stream::Own, text);
            sql::run(call, sql::SqlTerms { timeout, cancelled, redactor, say: &mut line }).await
        }
    }
}

/// Jobs that failed since the others were shown, or were not chosen, stay as they are; that is told.
async fn others(call: &RqCall, mut done: Done, redactor: &Redactor, say: &(dyn Fn(Stream, &str) + Sync)) -> Done {
    let RqAct::Requeue(shown) = &call.act else { return done };
    let queues: BTreeSet<&str> = shown.iter().map(|job| job.queue.as_str()).collect();
    let shown: HashSet<&JobAt> = shown.iter().collect();
    let mut others = Vec::new();
    for queue in queues {
        // without this look the rest is as true as before
        if let Ok(failed) = rq::failed_jobs(&call.url, Some(queue), shown.len() + OTHERS).await {
            others.extend(failed.into_iter().filter(|job| !shown.contains(job)));
        }
    }
    for other in others.iter().take(LISTED) {
        let told = redactor.redact(&format!("job {} of {} failed too, and is left alone", other.id, other.queue));
        say(Stream::Own, Shown::from_remote(&told).as_str());
    }
    if !others.is_empty() {
        let jobs = if others.len() == 1 { "job" } else { "jobs" };
        done.reason = format!("{}, {} other failed {jobs} left alone", done.reason, others.len());
    }
    done
}
