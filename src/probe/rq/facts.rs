//! What one poll of rq told: queues, workers, schedulers, jobs. Plain data; what could not be told is `None`, with its
//! reason in `faults` or `limits`.

use std::sync::Arc;

use crate::base::text::MAX_BYTES;
use crate::base::{Redactor, Shown};
use crate::probe::ProbeError;

/// A failure this young (seconds) is news; a failed job stays in its registry for a week or a year.
pub const RECENT_S: f64 = 3600.0;

/// One poll of rq.
#[derive(Clone, Debug, Default)]
pub struct RqSnapshot {
    /// In the order of their names.
    pub queues: Vec<QueueFacts>,
    /// Why the names of the queues could not be read.
    pub queues_fault: Option<ProbeError>,
    /// In the order of their names; ghosts included.
    pub workers: Vec<WorkerFacts>,
    /// Why the names of the workers could not be read.
    pub workers_fault: Option<ProbeError>,
    /// The schedulers that hold a lock.
    pub schedulers: Vec<SchedulerFacts>,
    /// Why the locks of the schedulers could not be read.
    pub schedulers_fault: Option<ProbeError>,
    /// True when `rq:suspended` is set; `None` when it could not be read.
    pub suspended: Option<bool>,
    /// Jobs waiting in rq's scheduled registries, soonest first, at most 200.
    pub scheduled: Arc<[ScheduledJob]>,
    /// The newest failed jobs, at most 20, newest first.
    pub failed_jobs: Arc<[FailedJob]>,
    /// How many of those ended within the last hour ([`RECENT_S`]).
    pub failed_recently: u64,
    /// Recently finished jobs that tell when they ended, at most 100, newest first.
    pub finished_jobs: Arc<[FinishedJob]>,
    /// Seconds by which the clock of Redis is ahead of ours; `None` when the user may not read it.
    pub clock_skew_s: Option<f64>,
    /// What could not be read and what is used instead (`PUBSUB NUMSUB` without the right: heartbeat and TTL).
    pub limits: Vec<Shown>,
}

impl RqSnapshot {
    /// Takes secrets out of what jobs say: they are called with them, and fail with them in their words. Lists without
    /// one stay shared with the poll before.
    pub fn redact(&mut self, redactor: &Redactor) {
        cleaned(&mut self.failed_jobs, redactor, |job| {
            std::iter::once(&mut job.description).chain(&mut job.exception).collect()
        });
        cleaned(&mut self.scheduled, redactor, |job| vec![&mut job.description]);
        cleaned(&mut self.finished_jobs, redactor, |job| vec![&mut job.description]);
    }
}

fn cleaned<T: Clone>(list: &mut Arc<[T]>, redactor: &Redactor, texts: fn(&mut T) -> Vec<&mut Shown>) {
    let mut jobs = list.to_vec();
    let mut found = false;
    for text in jobs.iter_mut().flat_map(texts).filter(|text| redactor.finds(text.as_str())) {
        *text = Shown::long_from_remote(&redactor.redact(text.as_str()), MAX_BYTES);
        found = true;
    }
    if found {
        *list = jobs.into();
    }
}

/// One queue. A count that could not be read is `None`, and `faults` says why.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueueFacts {
    /// Name without prefix.
    pub name: Shown,
    /// `LLEN` of the queue.
    pub queued: Option<u64>,
    /// Started registry, abandoned ones included.
    pub started: Option<u64>,
    /// Failed registry, without what has expired and only waits to be cleaned.
    pub failed: Option<u64>,
    /// Deferred registry.
    pub deferred: Option<u64>,
    /// Scheduled registry.
    pub scheduled: Option<u64>,
    /// Finished registry, without what has expired and only waits to be cleaned.
    pub finished: Option<u64>,
    /// Canceled registry.
    pub canceled: Option<u64>,
    /// Seconds the oldest queued job waits; 0 when nothing waits.
    pub oldest_wait_s: Option<f64>,
    /// Started jobs whose lease ran out: their worker died.
    pub abandoned: Option<u64>,
    /// Jobs in the intermediate list that no worker has taken up for more than 10 s: swallowed.
    pub swallowed: Option<u64>,
    /// Ids of the swallowed jobs, at most 100.
    pub swallowed_jobs: Vec<Shown>,
    /// Length of the intermediate list.
    pub intermediate: Option<u64>,
    /// Scheduled jobs that should have been queued more than 120 s ago.
    pub overdue: Option<u64>,
    /// True when a scheduler holds this queue's lock.
    pub scheduler: Option<bool>,
    /// What could not be read, by the field's name.
    pub faults: Vec<(&'static str, ProbeError)>,
}

/// What a worker is, by the liveness rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Liveness {
    /// Registered and listening.
    Live,
    /// Says that it stopped (its hash has `death`).
    Stopped,
    /// Registered, but nobody listens: killed.
    Killed,
    /// Its main process is gone but its scheduler still holds the connection: swallows the next job.
    OrphanScheduler,
    /// Works, but Redis lost its registration (restarted empty): `rq info` does not see it.
    Unregistered,
    /// Silent, and not long enough to say it is dead.
    #[default]
    Silent,
}

impl Liveness {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Liveness::Live => "live",
            Liveness::Stopped => "stopped",
            Liveness::Killed => "killed",
            Liveness::OrphanScheduler => "orphaned scheduler",
            Liveness::Unregistered => "unregistered",
            Liveness::Silent => "silent",
        }
    }

    /// True when it takes jobs: live or unregistered.
    pub fn works(self) -> bool {
        matches!(self, Liveness::Live | Liveness::Unregistered)
    }

    /// True of what is listed but dead: killed, or an orphaned scheduler.
    pub fn is_ghost(self) -> bool {
        matches!(self, Liveness::Killed | Liveness::OrphanScheduler)
    }
}

/// One worker.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WorkerFacts {
    /// Name.
    pub name: Shown,
    /// True when `rq:workers` lists it: what the library itself counts.
    pub registered: bool,
    /// `started`, `idle`, `busy`, `suspended` as it wrote; empty when it wrote none.
    pub state: Shown,
    /// What it is.
    pub liveness: Liveness,
    /// Why we say so: `heartbeat 212 s ago (idle workers beat every 405 s), nobody listens`.
    pub why: String,
    /// Queues it listens on.
    pub queues: Vec<Shown>,
    /// Seconds since its last heartbeat.
    pub heartbeat_age_s: Option<f64>,
    /// Id of the job it runs.
    pub current_job: Option<Shown>,
    /// Jobs it finished.
    pub successful: Option<u64>,
    /// Jobs it failed.
    pub failed: Option<u64>,
    /// Host, as it wrote.
    pub host: Shown,
    /// Process id, as it wrote.
    pub pid: Option<u64>,
    /// rq's version, as it wrote.
    pub version: Shown,
}

/// A scheduler that holds the lock of a queue.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SchedulerFacts {
    /// Its own name (rq 3.0), or the process id of its worker (rq 1 and 2).
    pub name: Shown,
    /// Host, as it wrote (rq 3.0).
    pub host: Shown,
    /// Process id: of the scheduler itself (rq 3.0), or of its worker (rq 1 and 2).
    pub pid: Option<u64>,
    /// Queues whose lock it holds.
    pub queues: Vec<Shown>,
}

/// A job waiting in a scheduled registry.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScheduledJob {
    /// Job id.
    pub id: Shown,
    /// Queue.
    pub queue: Shown,
    /// rq's description.
    pub description: Shown,
    /// Unix seconds.
    pub at: f64,
}

/// A job in a failed registry.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FailedJob {
    /// Job id.
    pub id: Shown,
    /// Queue.
    pub queue: Shown,
    /// rq's description.
    pub description: Shown,
    /// When it ended, as it wrote.
    pub ended_at: Shown,
    /// When it ended, in Unix seconds; `None` when it does not tell.
    pub ended: Option<f64>,
    /// Tail of the exception's traceback, at most 40 lines, the last line last.
    pub exception: Vec<Shown>,
}

/// A job in a finished registry.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FinishedJob {
    /// rq's description.
    pub description: Shown,
    /// Unix seconds.
    pub ended_at: f64,
}
