//! Operations on rq: puts failed jobs back, empties a queue, enqueues, stops, suspends; for rq 1.16 to 3.0.
//!
//! It acts on the jobs that were shown and on no others, each of them whole or not at all, and tells what came of each.
//! What was sent and not answered is told as unknown, and never sent again. Payloads are never unpickled.

mod batches;
mod copy;
mod enqueue;
mod look;
mod publish;
mod suspend;

use std::path::Path;
use std::time::Duration;

use crate::action::{Done, End, Item, ItemEnd, RqAct, RqCall};
use crate::base::{Cause, Now, Redactor, Shown};
use crate::probe::ProbeError;
use crate::probe::redis::connection::Unanswered;
use crate::runtime::run::link::Link;
use batches::Deed;
use copy::Copies;

pub use look::{failed_jobs, intermediate_jobs, waiting_jobs, workers};

/// Why rq's keys could not be read: sanitised, without secrets.
pub type RqError = ProbeError;

/// rq's own prefix of its keys.
const PREFIX: &str = "rq";

/// The terms of a run.
pub struct RqTerms<'a> {
    /// Longest time, all in all.
    pub timeout: Duration,
    /// When it begins.
    pub now: Now,
    /// The folder for copies of what is deleted. It exists, and only its owner may look into it.
    pub keep: &'a Path,
    /// Id of the run: names its copy.
    pub run: &'a str,
    /// Takes secrets out of all that is told.
    pub redactor: &'a Redactor,
    /// True once somebody asked for an end: nothing more is begun.
    pub cancelled: &'a (dyn Fn() -> bool + Send + Sync),
    /// Hears how far it is, line by line.
    pub say: &'a mut (dyn FnMut(&str) + Send),
}

/// Carries it out.
pub async fn run(call: &RqCall, mut terms: RqTerms<'_>) -> Done {
    if (terms.cancelled)() {
        return Done::new(End::Cancelled, "cancelled before it began");
    }
    let mut link = Link::new(&call.url, terms.timeout, terms.redactor);
    match &call.act {
        RqAct::Requeue(jobs) => Deed::requeue(terms.now).carry_out(jobs, &mut link, &mut terms).await,
        RqAct::Empty(jobs) => match Copies::named(terms.keep, terms.run) {
            Ok(copies) => Deed::Delete(copies).carry_out(jobs, &mut link, &mut terms).await,
            Err(why) => Done::new(End::Failed, &why),
        },
        RqAct::ReturnIntermediate(jobs) => match batches::stuck(jobs, &mut link, &mut terms).await {
            Ok(()) => Deed::Return.carry_out(jobs, &mut link, &mut terms).await,
            Err(done) => done,
        },
        RqAct::StopJob(job) => publish::stop_job(job, &mut link).await,
        RqAct::ShutDown(workers) => publish::shut_down(workers, &mut link, &mut terms).await,
        RqAct::Enqueue { queue, function } => enqueue::enqueue(queue, function, terms.now, &mut link).await,
        RqAct::Suspend(span) => suspend::suspend(*span, &mut link).await,
        RqAct::Resume => suspend::resume(&mut link).await,
    }
}

/// One item and what came of it.
fn item(id: &str, end: ItemEnd) -> Item {
    let told = |why: String| Shown::from_remote(&why).into_string();
    let end = match end {
        ItemEnd::Skipped(why) => ItemEnd::Skipped(told(why)),
        ItemEnd::Failed(why) => ItemEnd::Failed(told(why)),
        end => end,
    };
    Item { id: Shown::from_remote(id).into_string(), end }
}

/// An end by an error before anything was sent.
fn failed(error: &ProbeError) -> Done {
    let end = if error.cause == Cause::TimedOut { End::TimedOut } else { End::Failed };
    Done::new(end, &error.text)
}

/// How it ended when there was no answer.
fn unanswered(lost: &Unanswered) -> End {
    match lost.error.cause {
        _ if lost.was_sent => End::Unknown,
        Cause::TimedOut => End::TimedOut,
        _ => End::Failed,
    }
}

/// Why an item failed whose command has no answer.
fn why_unanswered(lost: &Unanswered) -> String {
    if lost.was_sent { format!("not known: {}", lost.error.text) } else { lost.error.text.clone() }
}
