//! The signals of a look at rq. Pure.
//!
//! What could not be read of one queue makes the total missing, never smaller. Times that are not told are left out of
//! the maps in the lists, so that an expression over them is unknown. When nothing waits, `oldest_wait_s` is 0.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::base::{Cause, Shown, SignalName};
use crate::probe::rq::facts::{FailedJob, FinishedJob, Liveness, QueueFacts, RqSnapshot, ScheduledJob, WorkerFacts};
use crate::probe::{Measured, ProbeError};
use crate::signal::Value;

/// A list of jobs, and the value that was made of it.
#[derive(Clone, Debug)]
struct Made<T>(Arc<[T]>, Value);

impl<T> Default for Made<T> {
    fn default() -> Self {
        Self(Arc::default(), Vec::new().into())
    }
}

impl<T> Made<T> {
    /// The value of a list, made anew only when it is another one.
    fn value(&mut self, list: &Arc<[T]>, make: fn(&T) -> Value) -> Value {
        if !Arc::ptr_eq(list, &self.0) {
            *self = Self(Arc::clone(list), Value::List(list.iter().map(make).collect()));
        }
        self.1.clone()
    }
}

/// The values of the lists of jobs, from poll to poll.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lists {
    scheduled: Made<ScheduledJob>,
    failed: Made<FailedJob>,
    finished: Made<FinishedJob>,
}

/// Every signal in [`SIGNALS`](super::SIGNALS), in its order.
pub(crate) fn signals(look: &RqSnapshot, lists: &mut Lists) -> Vec<Measured> {
    let mut out = Vec::with_capacity(super::SIGNALS.len());
    let mut say = |name: &str, unit: Option<&str>, value: Result<Value, ProbeError>| {
        if let Ok(name) = SignalName::new(name) {
            let value = value.map_err(|fault| fault.missing());
            out.push(Measured { name, value, unit: unit.map(str::to_owned), course: Vec::new() });
        }
    };
    let jobs = Some("jobs");
    for (name, count) in COUNTS {
        say(name, jobs, total(look, name, count).map(Value::count));
    }
    say("failed_recently", jobs, listed(look, "failed_jobs").map(|()| Value::count(look.failed_recently)));
    say("oldest_wait_s", Some("s"), oldest_wait(look).map(Value::number));
    let workers = |is: fn(&WorkerFacts) -> bool| match &look.workers_fault {
        Some(fault) => Err(fault.clone()),
        None => Ok(Value::count(look.workers.iter().filter(|worker| is(worker)).count() as u64)),
    };
    let people = Some("workers");
    say("workers", people, workers(|worker| worker.registered));
    say("workers_live", people, workers(|worker| worker.liveness.works()));
    say("workers_ghost", people, workers(|worker| worker.liveness.is_ghost()));
    say("workers_silent", people, workers(|worker| worker.liveness == Liveness::Silent));
    say("workers_unregistered", people, workers(|worker| worker.liveness == Liveness::Unregistered));
    say("orphan_schedulers", None, workers(|worker| worker.liveness == Liveness::OrphanScheduler));
    for (name, count) in LOSSES {
        say(name, jobs, total(look, name, count).map(Value::count));
    }
    say("suspended", None, look.suspended.map(Value::Bool).ok_or_else(|| unread("rq:suspended")));
    let schedulers = match &look.schedulers_fault {
        Some(fault) => Err(fault.clone()),
        None => Ok(Value::count(look.schedulers.len() as u64)),
    };
    say("schedulers", None, schedulers);
    let queues = || Value::List(look.queues.iter().map(queue).collect());
    say("queues", None, readable(look.queues_fault.as_ref()).map(|()| queues()));
    let workers = || Value::List(look.workers.iter().map(worker).collect());
    say("worker_list", None, readable(look.workers_fault.as_ref()).map(|()| workers()));
    let list = |name: &str, value: Value| listed(look, name).map(|()| value);
    say("scheduled_jobs", None, list("scheduled_jobs", lists.scheduled.value(&look.scheduled, scheduled)));
    say("failed_jobs", None, list("failed_jobs", lists.failed.value(&look.failed_jobs, failed)));
    say("finished_jobs", None, list("finished_jobs", lists.finished.value(&look.finished_jobs, finished)));
    out
}

type Count = fn(&QueueFacts) -> Option<u64>;

const COUNTS: [(&str, Count); 7] = [
    ("queued", |queue| queue.queued),
    ("started", |queue| queue.started),
    ("failed", |queue| queue.failed),
    ("deferred", |queue| queue.deferred),
    ("scheduled", |queue| queue.scheduled),
    ("finished", |queue| queue.finished),
    ("canceled", |queue| queue.canceled),
];

const LOSSES: [(&str, Count); 3] = [
    ("abandoned", |queue| queue.abandoned),
    ("swallowed", |queue| queue.swallowed),
    ("overdue", |queue| queue.overdue),
];

fn readable(fault: Option<&ProbeError>) -> Result<(), ProbeError> {
    fault.map_or(Ok(()), |fault| Err(fault.clone()))
}

fn unread(what: &str) -> ProbeError {
    ProbeError::new(Cause::MissingField, format!("{what} was not read"))
}

fn fault(queue: &QueueFacts, name: &str) -> ProbeError {
    let found = queue.faults.iter().find(|(of, _)| *of == name).map(|(_, fault)| fault.clone());
    found.unwrap_or_else(|| unread(&format!("{name} of {}", queue.name)))
}

/// The sum over all queues.
fn total(look: &RqSnapshot, name: &str, count: Count) -> Result<u64, ProbeError> {
    readable(look.queues_fault.as_ref())?;
    look.queues.iter().try_fold(0_u64, |sum, queue| {
        count(queue).map(|count| sum.saturating_add(count)).ok_or_else(|| fault(queue, name))
    })
}

fn oldest_wait(look: &RqSnapshot) -> Result<f64, ProbeError> {
    readable(look.queues_fault.as_ref())?;
    look.queues.iter().try_fold(0.0, |oldest: f64, queue| {
        queue.oldest_wait_s.map(|wait| oldest.max(wait)).ok_or_else(|| fault(queue, "oldest_wait_s"))
    })
}

/// Whether a list of jobs could be read of every queue.
fn listed(look: &RqSnapshot, name: &str) -> Result<(), ProbeError> {
    readable(look.queues_fault.as_ref())?;
    let fault = look.queues.iter().flat_map(|queue| &queue.faults).find(|(of, _)| *of == name);
    readable(fault.map(|(_, fault)| fault))
}

/// A map of what is known.
fn map<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    let mut map = IndexMap::with_capacity(N);
    map.extend(fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    Value::Map(map)
}

fn text(text: &Shown) -> Value {
    Value::Text(text.as_str().to_owned())
}

fn queue(queue: &QueueFacts) -> Value {
    let count = |count: Option<u64>| count.map(Value::count);
    map([
        ("name", Some(text(&queue.name))),
        ("queued", count(queue.queued)),
        ("started", count(queue.started)),
        ("failed", count(queue.failed)),
        ("deferred", count(queue.deferred)),
        ("scheduled", count(queue.scheduled)),
        ("finished", count(queue.finished)),
        ("canceled", count(queue.canceled)),
        ("oldest_wait_s", queue.oldest_wait_s.map(Value::number)),
        ("abandoned", count(queue.abandoned)),
        ("swallowed", count(queue.swallowed)),
        ("intermediate", count(queue.intermediate)),
        ("overdue", count(queue.overdue)),
        ("scheduler", queue.scheduler.map(Value::Bool)),
    ])
}

fn worker(worker: &WorkerFacts) -> Value {
    map([
        ("name", Some(text(&worker.name))),
        ("state", Some(text(&worker.state))),
        ("live", Some(Value::Bool(worker.liveness.works()))),
        ("liveness", Some(worker.liveness.word().into())),
        ("why", Some(worker.why.as_str().into())),
        ("registered", Some(Value::Bool(worker.registered))),
        ("heartbeat_age_s", worker.heartbeat_age_s.map(Value::number)),
        ("queues", Some(Value::List(worker.queues.iter().map(text).collect()))),
        ("current_job", worker.current_job.as_ref().map(text)),
        ("successful", worker.successful.map(Value::count)),
        ("failed", worker.failed.map(Value::count)),
        ("host", Some(text(&worker.host))),
        ("pid", worker.pid.map(Value::count)),
        ("version", Some(text(&worker.version))),
    ])
}

fn scheduled(job: &ScheduledJob) -> Value {
    map([
        ("id", Some(text(&job.id))),
        ("queue", Some(text(&job.queue))),
        ("description", Some(text(&job.description))),
        ("at", Some(Value::number(job.at))),
    ])
}

fn failed(job: &FailedJob) -> Value {
    map([
        ("id", Some(text(&job.id))),
        ("queue", Some(text(&job.queue))),
        ("description", Some(text(&job.description))),
        ("ended_at", job.ended.map(Value::number)),
        ("exception", job.exception.last().map(text)),
    ])
}

fn finished(job: &FinishedJob) -> Value {
    map([("description", Some(text(&job.description))), ("ended_at", Some(Value::number(job.ended_at)))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Missing;

    fn value(look: &RqSnapshot, name: &str) -> Result<Value, Missing> {
        signals(look, &mut Lists::default())
            .into_iter()
            .find(|one| one.name.as_str() == name)
            .unwrap_or_else(|| panic!("no {name}"))
            .value
    }

    fn full() -> QueueFacts {
        QueueFacts {
            name: Shown::from_remote("slow"),
            queued: Some(3),
            started: Some(1),
            failed: Some(2),
            deferred: Some(0),
            scheduled: Some(6),
            finished: Some(9),
            canceled: Some(0),
            oldest_wait_s: Some(41.0),
            abandoned: Some(1),
            swallowed: Some(0),
            intermediate: Some(0),
            overdue: Some(0),
            scheduler: Some(true),
            ..QueueFacts::default()
        }
    }

    fn look(queues: Vec<QueueFacts>) -> RqSnapshot {
        RqSnapshot { queues, suspended: Some(false), ..RqSnapshot::default() }
    }

    #[test]
    fn every_declared_signal_is_yielded_in_order() {
        let names: Vec<String> =
            signals(&look(vec![full()]), &mut Lists::default()).iter().map(|one| one.name.to_string()).collect();
        assert_eq!(names, super::super::SIGNALS);
    }

    #[test]
    fn totals_are_sums_and_the_oldest() {
        let other = QueueFacts { name: Shown::from_remote("fast"), queued: Some(4), ..full() };
        let two = look(vec![full(), QueueFacts { oldest_wait_s: Some(0.0), ..other }]);
        assert_eq!(value(&two, "queued"), Ok(Value::Int(7)));
        assert_eq!(value(&two, "oldest_wait_s"), Ok(Value::Number(41.0)));
        assert_eq!(value(&look(Vec::new()), "oldest_wait_s"), Ok(Value::Number(0.0)), "nothing waits");
    }

    #[test]
    fn one_unreadable_queue_makes_the_total_missing_and_no_other() {
        let wrong = ProbeError::new(Cause::WrongType, "wrong type: ZCARD rq:failed:slow");
        let broken = QueueFacts { failed: None, faults: vec![("failed", wrong.clone())], ..full() };
        let look = look(vec![full(), broken]);
        assert_eq!(value(&look, "failed"), Err(wrong.missing()));
        assert_eq!(value(&look, "queued"), Ok(Value::Int(6)));
        let Ok(queues) = value(&look, "queues") else { panic!("queues are known") };
        assert_eq!(queues.as_list().unwrap()[1].get("failed"), None, "left out, not null");
    }

    #[test]
    fn unreadable_names_make_everything_of_them_missing() {
        let wrong = ProbeError::new(Cause::WrongType, "wrong type: SMEMBERS rq:workers");
        let look = RqSnapshot { workers_fault: Some(wrong.clone()), ..look(vec![full()]) };
        for name in ["workers", "workers_live", "workers_ghost", "worker_list"] {
            assert_eq!(value(&look, name), Err(wrong.missing()), "{name}");
        }
        assert_eq!(value(&look, "queued"), Ok(Value::Int(3)));
    }

    #[test]
    fn workers_are_counted_by_what_they_are() {
        use Liveness::{Killed, Live, OrphanScheduler, Silent, Stopped, Unregistered};
        let worker = |liveness| WorkerFacts {
            registered: !matches!(liveness, Unregistered | Stopped),
            liveness,
            ..WorkerFacts::default()
        };
        let workers = [Live, Live, Stopped, Killed, OrphanScheduler, Unregistered, Silent].map(worker).to_vec();
        let look = RqSnapshot { workers, ..look(Vec::new()) };
        for (name, count) in [
            ("workers", 5),
            ("workers_live", 3),
            ("workers_ghost", 2),
            ("workers_silent", 1),
            ("workers_unregistered", 1),
            ("orphan_schedulers", 1),
        ] {
            assert_eq!(value(&look, name), Ok(Value::Int(count)), "{name}");
        }
    }
}
