//! The operations on rq against a real Redis, jobs and workers of the real library in every version.

mod empty;
mod enqueue;
mod faults;
mod orders;
mod requeue;
mod stuck;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use midwatch::action::{Done, ItemEnd, JobAt, RqAct, RqCall};
use midwatch::base::{Filled, Redactor, Template, Variables};
use midwatch::runtime::clock;
use midwatch::runtime::run::rq::{RqError, RqTerms, run};
use tempfile::TempDir;

/// How long an operation may take.
const TIMEOUT: Duration = Duration::from_secs(30);

fn filled(url: &str) -> Filled {
    Template::parse(url).unwrap().fill(&Variables::default()).unwrap()
}

/// Waits for a look at what is on the spot.
#[track_caller]
fn seen<T>(look: impl Future<Output = Result<T, RqError>>) -> T {
    block_on(look).unwrap_or_else(|error| panic!("{error}"))
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// The dashboard does it on a task of its own: it must be fit for that.
fn sendable<T: Send>(work: T) -> T {
    work
}

/// Somebody who acts on one Redis, with a folder for copies.
struct Actor {
    url: String,
    keep: TempDir,
    timeout: Duration,
    cancelled: Arc<AtomicBool>,
}

impl Actor {
    fn on(url: &str) -> Self {
        let keep = tempfile::tempdir().unwrap();
        Self { url: url.to_owned(), keep, timeout: TIMEOUT, cancelled: Arc::default() }
    }

    fn run(&self, act: RqAct) -> Done {
        self.run_hearing(act, &mut |_| ())
    }

    /// `hear` is told of the progress.
    fn run_hearing(&self, act: RqAct, hear: &mut (dyn FnMut(&str) + Send)) -> Done {
        let call = RqCall { url: filled(&self.url), act };
        let redactor = Redactor::default();
        let terms = RqTerms {
            timeout: self.timeout,
            now: clock::now(),
            keep: self.keep(),
            run: "run-1",
            redactor: &redactor,
            cancelled: &|| self.cancelled.load(Ordering::Relaxed),
            say: hear,
        };
        block_on(sendable(run(&call, terms)))
    }

    fn keep(&self) -> &Path {
        self.keep.path()
    }
}

fn at(queue: &str, id: &str) -> JobAt {
    JobAt { queue: queue.to_owned(), id: id.to_owned() }
}

/// What came of an item.
#[track_caller]
fn end_of<'a>(done: &'a Done, id: &str) -> &'a ItemEnd {
    let found = done.items.iter().find(|item| item.id == id);
    &found.unwrap_or_else(|| panic!("nothing of {id}: {done:?}")).end
}
