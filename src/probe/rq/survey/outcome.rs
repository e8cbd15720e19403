//! What a poll of rq tells in the end: facts of queues, workers, schedulers and jobs. Pure.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::base::Shown;
use crate::probe::rq::facts::{FailedJob, RECENT_S, RqSnapshot, SchedulerFacts};
use crate::probe::rq::jobs::Lists;
use crate::probe::rq::keys::Bytes;
use crate::probe::rq::parse;
use crate::probe::rq::queue::Queue;
use crate::probe::rq::survey::Survey;
use crate::probe::rq::worker::{Around, Worker};

/// Swallowed jobs of one queue, with the time since when.
type Swallowed = Vec<(Bytes, f64)>;

impl Survey {
    /// Ends a poll: what it told, in the order of names.
    pub(crate) fn finish(&mut self) -> RqSnapshot {
        self.workers.iter_mut().for_each(Worker::note_unheard);
        // one that beats unheard, and none that is heard: it is not about that one
        let counts_listeners =
            self.workers.iter().any(Worker::is_heard) || !self.workers.iter().any(|worker| worker.is_unheard);
        let now = self.clock.now();
        let enqueued = |job: &[u8]| self.jobs.enqueued(job);
        // nearly always nothing is taken, and then nobody's beats matter
        let has_taken = self.queues.iter().any(|queue| queue.taken.jobs().next().is_some());
        let beats = if has_taken { self.newest_beats() } else { BTreeMap::new() };
        let swallowed: Vec<Swallowed> = self
            .queues
            .iter()
            .map(|queue| queue.taken.swallowed(&enqueued, beats.get(&queue.name).copied(), now))
            .collect();
        let mut queues: Vec<_> = self
            .queues
            .iter()
            .zip(&swallowed)
            .filter(|(queue, _)| queue.is_listed)
            .map(|(queue, swallowed)| queue.facts(&enqueued, swallowed, now))
            .collect();
        queues.sort_by(|a, b| a.name.cmp(&b.name));
        let mut workers: Vec<_> = self
            .workers
            .iter()
            .filter(|worker| !worker.is_gone())
            .map(|worker| worker.facts(now, counts_listeners, self.around(worker, &swallowed, now)))
            .collect();
        workers.sort_by(|a, b| a.name.cmp(&b.name));
        self.search.works = workers.iter().any(|worker| worker.liveness.works());
        let Lists { scheduled, failed: failed_jobs, finished: finished_jobs } = self.jobs.lists(&self.queues);
        let is_recent = |job: &&FailedJob| job.ended.is_some_and(|ended| now - ended < RECENT_S);
        let snapshot = RqSnapshot {
            failed_recently: failed_jobs.iter().filter(is_recent).count() as u64,
            queues,
            queues_fault: self.queues_fault.clone(),
            workers,
            workers_fault: self.workers_fault.clone(),
            schedulers: self.scheduler_facts(),
            schedulers_fault: self.queues.iter().find_map(|queue| queue.lock_fault().cloned()),
            suspended: self.suspended.known().copied(),
            scheduled,
            failed_jobs,
            finished_jobs,
            clock_skew_s: self.clock.skew(),
            limits: self.limits(),
        };
        self.forget();
        snapshot
    }

    /// The newest heartbeat of any worker of each queue.
    fn newest_beats(&self) -> BTreeMap<Bytes, f64> {
        let mut newest = BTreeMap::new();
        for worker in &self.workers {
            let Some(beat) = worker.beat() else { continue };
            for queue in worker.queues() {
                let known = newest.entry(queue.clone()).or_insert(beat);
                *known = beat.max(*known);
            }
        }
        newest
    }

    /// What others tell of a worker.
    fn around(&self, worker: &Worker, swallowed: &[Swallowed], now: f64) -> Around {
        let mut around = Around::default();
        let (host, pid) = worker.process();
        for name in worker.queues() {
            let Some(at) = self.queue_places.get(name).copied() else { continue };
            let Some(queue) = self.queues.get(at) else { continue };
            if let Some(lock) = queue.lock() {
                // up to rq 2 the lock holds the process id of the worker, from 3 on the name of a scheduler with its host
                around.scheduler |= match (parse::whole(lock), self.schedulers.get(lock)) {
                    (Some(holder), _) => Some(holder) == pid,
                    (None, Some(scheduler)) => !host.is_empty() && *scheduler.name == *host,
                    (None, None) => false,
                };
            }
            let wait = queue.oldest_wait(&|job| self.jobs.enqueued(job), now).ok();
            around.waiting_s = around.waiting_s.into_iter().chain(wait).reduce(f64::max);
            if let Some(since) =
                swallowed.get(at).and_then(|lost| lost.iter().map(|(_, since)| *since).reduce(f64::min))
            {
                around.swallowed |= self.is_only_suspect(worker, name, since);
            }
        }
        around
    }

    /// True when this worker has not beaten since a job of the queue was lost, and no other idle one has not either.
    fn is_only_suspect(&self, worker: &Worker, queue: &Bytes, since: f64) -> bool {
        let is_suspect = |one: &Worker| {
            one.may_swallow() && one.queues().contains(queue) && one.beat().is_none_or(|beat| beat <= since)
        };
        is_suspect(worker) && self.workers.iter().filter(|one| is_suspect(one)).count() == 1
    }

    fn scheduler_facts(&self) -> Vec<SchedulerFacts> {
        let mut held: BTreeMap<&Bytes, Vec<Shown>> = BTreeMap::new();
        for queue in &self.queues {
            if let Some(lock) = queue.lock() {
                held.entry(lock).or_default().push(queue.shown.clone());
            }
        }
        let facts = held.into_iter().map(|(lock, mut queues)| {
            queues.sort();
            let host = self.schedulers.get(lock);
            SchedulerFacts {
                name: parse::shown(lock),
                host: host.map(|host| parse::shown(&host.name)).unwrap_or_default(),
                pid: parse::whole(lock).or_else(|| host.and_then(|host| host.pid)),
                queues,
            }
        });
        facts.collect()
    }

    /// What cannot be read, and what is used instead.
    fn limits(&self) -> Vec<Shown> {
        let mut limits = Vec::new();
        let mut limit = |text: &str| limits.push(Shown::from_remote(text));
        if self.pubsub_refused.is_some() {
            limit("PUBSUB is not allowed: whether workers live is told by heartbeats and expiry alone");
        } else if self.workers.iter().any(|worker| worker.is_unheard) {
            limit("a worker beats, but nobody listens on its channel (or a replica is asked): it hears no command");
        }
        if self.clock.is_refused && self.clock.skew().is_none() {
            limit("TIME is not allowed: ages and leases are told by this machine's clock");
        }
        if self.left_out > 0 {
            limit(&format!("{} queues more than can be watched: name those that matter in the file", self.left_out));
        }
        limits
    }

    /// Keeps the queues that are listed, or that a worker listens on.
    fn forget_queues(&mut self) {
        let served: HashSet<&Bytes> = self.workers.iter().flat_map(Worker::queues).collect();
        let is_left = |queue: &Queue| queue.is_listed || served.contains(&queue.name);
        if !self.queues.iter().all(is_left) {
            self.queues.retain(is_left);
            self.queue_places = places(self.queues.iter().map(|queue| &queue.name));
            self.jobs.pick(&self.queues);
        }
    }

    /// Forgets what is not there any more.
    fn forget(&mut self) {
        self.jobs.forget(self.poll);
        if self.queues.iter().any(|queue| !queue.is_listed) {
            self.forget_queues();
        }
        if self.workers.iter().any(Worker::is_gone) {
            self.workers.retain(|worker| !worker.is_gone());
            self.worker_places = places(self.workers.iter().map(|worker| &worker.name));
        }
        let queues = &self.queues;
        self.schedulers.retain(|name, _| queues.iter().any(|queue| queue.lock() == Some(name)));
    }
}

fn places<'a>(names: impl Iterator<Item = &'a Bytes>) -> HashMap<Bytes, usize> {
    names.enumerate().map(|(at, name)| (name.clone(), at)).collect()
}
