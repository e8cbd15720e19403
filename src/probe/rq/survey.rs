//! The polls of one rq as data: which questions to send next, what to make of the replies, what they tell in the end.
//!
//! A poll begins with everything that the last one makes likely, in one trip; what turns out to be new or changed takes
//! another. Nothing here waits, sends, or reads a clock.

mod outcome;
mod replies;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use crate::base::Redactor;
use crate::probe::ProbeError;
use crate::probe::rq::ask::{Ask, Names};
use crate::probe::rq::clock::Clock;
use crate::probe::rq::jobs::Jobs;
use crate::probe::rq::keys::{Bytes, Keys, Tally};
use crate::probe::rq::list::LISTS;
use crate::probe::rq::parse;
use crate::probe::rq::queue::{Moment, Queue, When};
use crate::probe::rq::slot::Slot;
use crate::probe::rq::worker::Worker;

/// Trips of one poll at most. A calm poll takes one, the first three or four.
const TRIPS: usize = 5;
/// Queues and workers that are watched at most; the rest is told as a limit.
const MOST: usize = 10_000;
/// Up to so many queues, each poll asks a little more of each.
const SMALL: usize = 50;
/// Queues of which it is asked in one command whether any has something.
const ANY_GROUP: usize = 100;
/// Names in one command, where a command takes many.
const GROUP: usize = 1000;
/// Polls between two looks for workers that are not registered, when there are others that work.
const SEARCH: u64 = 12;
/// Polls after which a refused command is tried again: rights may change.
const RETRY: u64 = 60;

/// The state of the polls.
#[derive(Debug)]
pub(crate) struct Survey {
    keys: Keys,
    /// Queues that were named in the configuration: no others are watched.
    is_named: bool,
    poll: u64,
    trip: usize,
    clock: Clock,
    queues: Vec<Queue>,
    queue_places: HashMap<Bytes, usize>,
    workers: Vec<Worker>,
    worker_places: HashMap<Bytes, usize>,
    jobs: Jobs,
    /// Lists have changed: pick the jobs anew.
    is_stale: bool,
    schedulers: HashMap<Bytes, Host>,
    suspended: Slot<bool>,
    queues_fault: Option<ProbeError>,
    workers_fault: Option<ProbeError>,
    left_out: usize,
    /// The poll in which asking for several at once was refused.
    any_refused: Option<u64>,
    /// The poll in which `PUBSUB` was refused.
    pubsub_refused: Option<u64>,
    search: Search,
}

/// Where a scheduler runs (rq 3.0).
#[derive(Clone, Debug, Default)]
struct Host {
    name: Bytes,
    pid: Option<u64>,
    /// The poll in which it was last asked for.
    asked: u64,
}

/// The search for workers that are not registered.
#[derive(Clone, Copy, Debug, Default)]
struct Search {
    /// A worker worked at the last poll.
    works: bool,
    /// Where the scan goes on, and the poll in which the last one was complete.
    cursor: Option<u64>,
    scanned: Option<u64>,
    asked: bool,
}

impl Survey {
    pub(crate) fn new(prefix: &str, queues: &[String], redactor: Redactor) -> Self {
        let mut survey = Self {
            keys: Keys::new(prefix),
            is_named: !queues.is_empty(),
            poll: 0,
            trip: 0,
            clock: Clock::default(),
            queues: Vec::new(),
            queue_places: HashMap::new(),
            workers: Vec::new(),
            worker_places: HashMap::new(),
            jobs: Jobs::new(redactor),
            is_stale: false,
            schedulers: HashMap::new(),
            suspended: Slot::Unasked,
            queues_fault: None,
            workers_fault: None,
            left_out: 0,
            any_refused: None,
            pubsub_refused: None,
            search: Search::default(),
        };
        for name in queues.iter().map(String::as_bytes) {
            add(&mut survey.queues, &mut survey.queue_places, name, Queue::new(name));
        }
        survey
    }

    /// Starts a poll at this time of our clock, in Unix seconds.
    pub(crate) fn begin(&mut self, ours: f64) {
        self.poll += 1;
        self.trip = 0;
        self.clock.begin(ours);
        self.suspended.clear();
        self.search.asked = false;
        self.queues.iter_mut().for_each(|queue| queue.begin(self.poll));
        self.workers.iter_mut().for_each(Worker::begin);
        for refused in [&mut self.pubsub_refused, &mut self.any_refused] {
            if refused.is_some_and(|poll| self.poll >= poll + RETRY) {
                *refused = None;
            }
        }
    }

    /// The questions of the next trip; none when the poll is complete.
    pub(crate) fn asks(&mut self) -> Vec<Ask> {
        let mut out = Vec::new();
        if self.trip >= TRIPS {
            return out;
        }
        if self.trip == 0 {
            self.ask_roots(&mut out);
        }
        // the first poll learns the clock and the names before it asks what depends on them
        if self.trip > 0 || self.poll > 1 {
            self.ask_clock(&mut out);
            self.ask_queues(&mut out);
            self.ask_workers(&mut out);
            self.ask_jobs(&mut out);
        }
        self.trip += 1;
        out
    }

    /// What the commands are made from.
    pub(crate) fn with_names<T>(&self, make: impl FnOnce(&Names<'_>) -> T) -> T {
        make(&Names {
            keys: &self.keys,
            queue: &|at| self.queues.get(at).map_or(&[], |queue| &queue.name),
            worker: &|at| self.workers.get(at).map_or(&[], |worker| &worker.name),
            now: self.clock.now(),
        })
    }

    /// What a queue must know of the poll to ask.
    fn moment(&self) -> Moment {
        let has = |tally| self.queues.iter().filter(|queue| queue.count(tally).is_some_and(|count| count > 0)).count();
        let is_small = self.queues.len() <= SMALL;
        let may_group = !is_small && self.any_refused.is_none();
        Moment { when: self.when(), is_small, may_group, lists: LISTS.map(|tally: Tally| has(tally)) }
    }

    fn when(&self) -> When {
        When { poll: self.poll, now: self.clock.now() }
    }

    fn ask_roots(&mut self, out: &mut Vec<Ask>) {
        if !self.clock.is_refused || self.poll.is_multiple_of(RETRY) {
            out.push(Ask::Time);
        }
        out.push(Ask::Suspended);
        if !self.is_named {
            out.push(Ask::Queues);
        }
        out.push(Ask::Workers);
    }

    /// Without the right to `TIME`, any hash of a worker tells it.
    fn ask_clock(&mut self, out: &mut Vec<Ask>) {
        let is_wanted = self.clock.is_refused && !self.clock.is_unknown;
        if is_wanted && self.trip <= 1 && !self.workers.is_empty() {
            let at = usize::try_from(self.poll).unwrap_or(0) % self.workers.len();
            out.extend([Ask::ClockExpiry(at), Ask::ClockRest(at)]);
        }
    }

    fn ask_queues(&mut self, out: &mut Vec<Ask>) {
        let moment = self.moment();
        let (mut locks, mut taken) = (Vec::new(), Vec::new());
        let mut empty = Tally::ALL.map(|tally| (tally, Vec::new()));
        for (at, queue) in self.queues.iter_mut().enumerate() {
            queue.asks(&moment, |ask| out.push(Ask::Queue(at, ask)));
            for (tally, group) in &mut empty {
                if queue.asks_any(*tally, &moment) {
                    group.push(at);
                }
            }
            if queue.asks_lock() {
                locks.push(at);
            }
            if queue.asks_any_taken(&moment) {
                taken.push(at);
            }
        }
        out.extend(locks.chunks(GROUP).map(|group| Ask::Locks(group.to_vec())));
        out.extend(taken.chunks(ANY_GROUP).map(|group| Ask::AnyTaken(group.to_vec())));
        for (tally, group) in &empty {
            out.extend(group.chunks(ANY_GROUP).map(|group| Ask::Any(*tally, group.to_vec())));
        }
        let timed = self.queues.iter().flat_map(Queue::timed);
        self.jobs.asks_enqueued(timed, self.poll, out);
        let names = self.queues.iter().filter_map(Queue::lock).filter(|lock| parse::whole(lock).is_none());
        for name in names {
            // the lock is taken a moment before the scheduler says who it is
            let host = self.schedulers.entry(name.clone()).or_default();
            if host.name.is_empty() && std::mem::replace(&mut host.asked, self.poll) != self.poll {
                out.push(Ask::Scheduler(name.clone()));
            }
        }
    }

    fn ask_workers(&mut self, out: &mut Vec<Ask>) {
        let now = self.clock.now();
        let mut listeners = Vec::new();
        for (at, worker) in self.workers.iter_mut().enumerate() {
            worker.asks(now, |ask| out.push(Ask::Worker(at, ask)));
            if self.pubsub_refused.is_none() && worker.asks_listeners() {
                listeners.push(at);
            }
        }
        out.extend(listeners.chunks(GROUP).map(|group| Ask::Listeners(group.to_vec())));
        self.ask_search(out);
    }

    /// Looks for workers that Redis forgot: by their channels, or, where that is not allowed, by a scan. One step of it
    /// a poll when others work, one a trip when none does.
    fn ask_search(&mut self, out: &mut Vec<Ask>) {
        let is_asked = std::mem::replace(&mut self.search.asked, true);
        if self.pubsub_refused.is_none() {
            if !is_asked && (!self.search.works || self.poll == 1 || self.poll.is_multiple_of(SEARCH)) {
                out.push(Ask::Channels);
            }
            return;
        }
        let is_due = self.search.scanned.is_none_or(|poll| self.poll >= poll + SEARCH);
        if self.search.cursor.is_none() && is_due {
            self.search.cursor = Some(0);
        }
        // whoever the last trip finds could not be asked any more what it is
        let goes_on = self.trip + 1 < TRIPS && (!is_asked || !self.search.works);
        out.extend(self.search.cursor.filter(|_| goes_on).map(Ask::Scan));
    }

    fn ask_jobs(&mut self, out: &mut Vec<Ask>) {
        if std::mem::replace(&mut self.is_stale, false) {
            self.jobs.pick(&self.queues);
        }
        self.jobs.asks(self.poll, out);
    }
}

/// Adds something by its name, and notes its place.
fn add<T>(all: &mut Vec<T>, places: &mut HashMap<Bytes, usize>, name: &[u8], one: T) {
    places.insert(name.into(), all.len());
    all.push(one);
}
