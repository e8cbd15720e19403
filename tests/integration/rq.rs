//! The rq probe against a real Redis and the real rq library.

mod cost;
mod lists;
mod liveness;
mod numbers;
mod rights;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use midwatch::base::{Redactor, Template, Variables};
use midwatch::probe::rq::{RqPoller, RqProbe, RqSnapshot, WorkerFacts};
use midwatch::probe::{Answer, Detail, ProbeError};
use midwatch::signal::Value;
use tokio::runtime::Runtime;

/// How long to wait for what must come to pass.
const WITHIN: Duration = Duration::from_secs(60);

/// Somebody who watches rq.
struct Watcher {
    runtime: Runtime,
    poller: RqPoller,
}

impl Watcher {
    /// Watches all queues under the usual prefix.
    fn of(url: &str) -> Self {
        Self::with(url, &[], "rq")
    }

    fn with(url: &str, queues: &[&str], prefix: &str) -> Self {
        let probe = RqProbe {
            url: Template::parse(url).unwrap(),
            queues: queues.iter().map(|&queue| queue.to_owned()).collect(),
            prefix: prefix.to_owned(),
        };
        let poller = RqPoller::new(&probe, WITHIN, &Variables::default(), &Redactor::default()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { runtime, poller }
    }

    fn poll(&mut self) -> Result<Answer, ProbeError> {
        self.runtime.block_on(self.poller.poll(now()))
    }

    #[track_caller]
    fn answer(&mut self) -> Answer {
        self.poll().unwrap_or_else(|error| panic!("{error}"))
    }

    #[track_caller]
    fn look(&mut self) -> RqSnapshot {
        snapshot(&self.answer())
    }
}

/// One look by somebody who has never looked before.
#[track_caller]
fn look(url: &str) -> RqSnapshot {
    Watcher::of(url).look()
}

fn snapshot(answer: &Answer) -> RqSnapshot {
    let Detail::Rq(look) = &answer.detail else { panic!("no detail of rq") };
    (**look).clone()
}

/// A signal of an answer; the error says why it is missing.
#[track_caller]
fn signal(answer: &Answer, name: &str) -> Result<Value, String> {
    let found = answer.signals.iter().find(|signal| signal.name.as_str() == name);
    found.unwrap_or_else(|| panic!("no signal {name}")).value.clone().map_err(|missing| missing.to_string())
}

#[track_caller]
fn worker<'a>(look: &'a RqSnapshot, name: &str) -> &'a WorkerFacts {
    let found = look.workers.iter().find(|worker| worker.name.as_str() == name);
    found.unwrap_or_else(|| panic!("no worker {name}: {:?}", look.workers))
}

/// Our clock, in Unix seconds.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64()
}
