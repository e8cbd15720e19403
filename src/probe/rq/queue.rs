//! One queue over the polls: what to ask of it, what was answered, and what is remembered from poll to poll. Pure.

use crate::base::{Cause, Shown};
use crate::probe::ProbeError;
use crate::probe::rq::ask::QueueAsk as Ask;
use crate::probe::rq::facts::QueueFacts;
use crate::probe::rq::keys::{Bytes, Tally};
use crate::probe::rq::list::{LISTS, List, REFRESH};
use crate::probe::rq::parse;
use crate::probe::rq::slot::{Reply, Slot};
use crate::probe::rq::taken::Taken;

/// When a poll is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct When {
    /// Number of the poll.
    pub(crate) poll: u64,
    /// The clock of Redis, in Unix seconds.
    pub(crate) now: f64,
}

/// What a queue must know of the poll to ask.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) when: When,
    /// There are few queues: ask a little more, to be exact and to save the second trip.
    pub(crate) is_small: bool,
    /// There are many, and what is empty may be asked for together with others.
    pub(crate) may_group: bool,
    /// How many queues have scheduled, failed, finished jobs.
    pub(crate) lists: [usize; 3],
}

/// What this poll was told.
#[derive(Clone, Debug, Default)]
struct Poll {
    counts: [Slot<u64>; 7],
    lapsed: Slot<u64>,
    overdue: Slot<u64>,
    front: Slot<Vec<Bytes>>,
    back: Slot<Option<Bytes>>,
    lock: Slot<Option<Bytes>>,
    expired_asked: bool,
    /// Something was there where it was asked for together with others: it is counted by itself.
    apart: [bool; 7],
}

/// One queue.
#[derive(Clone, Debug, Default)]
pub(crate) struct Queue {
    pub(crate) name: Bytes,
    pub(crate) shown: Shown,
    /// False when `rq:queues` does not name it: it is gone, or a worker listens on it and nothing was ever enqueued.
    pub(crate) is_listed: bool,
    now: Poll,
    pub(crate) taken: Taken,
    lists: [List; 3],
    /// The counts of the last poll that told them.
    last: [Option<u64>; 7],
    /// The ends of the queue at the last poll.
    ends: Ends,
    /// Expired failed jobs, with the count of the registry and the poll when they were counted.
    expired: Slot<u64>,
    expired_of: Option<(u64, u64)>,
}

/// The ends of the queue.
#[derive(Clone, Debug, Default)]
struct Ends {
    front: Vec<Bytes>,
    back: Option<Bytes>,
    /// The front was another one at the poll before.
    is_moving: bool,
    /// The poll in which the back was last read.
    read: Option<u64>,
}

impl Queue {
    pub(crate) fn new(name: &[u8]) -> Self {
        Self { name: name.into(), shown: parse::shown(name), is_listed: true, ..Self::default() }
    }

    /// A queue that only its worker knows.
    pub(crate) fn unlisted(name: &[u8]) -> Self {
        Self { is_listed: false, ..Self::new(name) }
    }

    /// Forgets the last poll but for what is remembered.
    pub(crate) fn begin(&mut self, poll: u64) {
        let now = std::mem::take(&mut self.now);
        for (last, count) in self.last.iter_mut().zip(&now.counts) {
            *last = count.known().copied().or(*last);
        }
        if let Slot::Known(front) = now.front {
            self.ends.is_moving = front.first() != self.ends.front.first();
            self.ends.front = front;
        }
        if let Slot::Known(back) = now.back {
            self.ends.back = back;
            self.ends.read = Some(poll.saturating_sub(1));
        }
        self.taken.begin();
        self.lists.iter_mut().for_each(List::begin);
    }

    fn told(&self, tally: Tally) -> Option<u64> {
        self.now.counts[tally as usize].known().copied()
    }

    /// The count of this poll, or else of the last one.
    pub(crate) fn count(&self, tally: Tally) -> Option<u64> {
        self.told(tally).or(self.last[tally as usize])
    }

    /// Whether there is something to look at; where that is not known yet, look if there are few queues.
    fn has(&self, tally: Tally, moment: &Moment) -> bool {
        self.count(tally).map_or(moment.is_small, |count| count > 0)
    }

    /// The jobs at both ends of the queue, as far as this poll knows them. The back that an earlier poll saw counts only
    /// while the front has not moved.
    fn waiting(&self) -> impl Iterator<Item = &Bytes> {
        let front = self.now.front.known();
        let has_moved = front.is_some_and(|front| front.first() != self.ends.front.first());
        let back = match &self.now.back {
            Slot::Known(back) => back.as_ref(),
            _ => self.ends.back.as_ref().filter(|_| front.is_some() && !has_moved),
        };
        front.into_iter().flatten().chain(back)
    }

    /// Jobs whose time of enqueueing matters: those at both ends (before this poll knows them, those of the last one),
    /// and those in the intermediate list.
    pub(crate) fn timed(&self) -> impl Iterator<Item = &Bytes> {
        let guess = if matches!(self.now.front, Slot::Asked) { self.ends.front.as_slice() } else { &[] };
        self.waiting().chain(guess).chain(self.taken.jobs())
    }

    /// Asks what this poll does not know yet.
    pub(crate) fn asks(&mut self, moment: &Moment, mut ask: impl FnMut(Ask)) {
        if !self.is_listed {
            return;
        }
        for tally in Tally::ALL {
            if !self.is_grouped(tally, moment) && self.now.counts[tally as usize].ask() {
                ask(Ask::Count(tally));
            }
        }
        if self.has(Tally::Started, moment) && self.now.lapsed.ask() {
            ask(Ask::Lapsed);
        }
        if self.has(Tally::Scheduled, moment) && self.now.overdue.ask() {
            ask(Ask::Overdue);
        }
        if self.has(Tally::Queued, moment) && self.now.front.ask() {
            // a job that was put at the front is younger than those behind it
            ask(Ask::Front(if moment.is_small { 3 } else { 1 }));
            let is_old = self.ends.read.is_none_or(|read| moment.when.poll >= read + REFRESH);
            if (self.ends.is_moving || is_old) && self.now.back.ask() {
                ask(Ask::Back);
            }
        }
        if self.is_expired_due(moment) {
            self.now.expired_asked = true;
            ask(Ask::Expired);
        }
        self.taken.asks(moment, &mut ask);
        for (place, tally) in LISTS.into_iter().enumerate() {
            let counts = (self.told(tally), self.count(tally));
            if let Some(depth) = self.lists[place].ask(tally, counts, moment.lists[place], moment) {
                ask(Ask::List(tally, depth));
            }
        }
    }

    fn is_expired_due(&self, moment: &Moment) -> bool {
        if self.now.expired_asked || !self.has(Tally::Failed, moment) {
            return false;
        }
        let is_due = |(of, poll): (u64, u64)| {
            self.told(Tally::Failed).is_some_and(|count| count != of) || moment.when.poll >= poll + REFRESH
        };
        self.expired_of.is_none_or(is_due)
    }

    /// What was empty at the last poll is empty mostly. Finished jobs that have expired are not counted and yet there, so
    /// that their registry is not empty when its count is 0.
    fn is_grouped(&self, tally: Tally, moment: &Moment) -> bool {
        let at = tally as usize;
        moment.may_group && tally != Tally::Finished && self.last[at] == Some(0) && !self.now.apart[at]
    }

    /// True when it is to be asked together with others whether there is anything that is counted so.
    pub(crate) fn asks_any(&mut self, tally: Tally, moment: &Moment) -> bool {
        self.is_listed && self.is_grouped(tally, moment) && self.now.counts[tally as usize].ask()
    }

    /// Whether any of those that were asked for together has something; `None`: they cannot be. True when one of the lists
    /// is another one now.
    pub(crate) fn take_any(&mut self, tally: Tally, any: Option<bool>, when: &When) -> bool {
        if any == Some(false) {
            return self.take(&Ask::Count(tally), Ok(redis::Value::Int(0)), when);
        }
        self.now.counts[tally as usize].clear();
        self.now.apart[tally as usize] = true;
        false
    }

    /// True when it is to be asked together with others whether there is anything in its intermediate list.
    pub(crate) fn asks_any_taken(&mut self, moment: &Moment) -> bool {
        self.is_listed && self.taken.asks_any(moment)
    }

    /// True when its lock is to be asked for.
    pub(crate) fn asks_lock(&mut self) -> bool {
        self.now.lock.ask()
    }

    /// Takes the reply to a question in; true when one of the lists is another one now.
    pub(crate) fn take(&mut self, ask: &Ask, reply: Reply, when: &When) -> bool {
        let count = |reply| parse::count(&reply);
        let now = &mut self.now;
        match ask {
            Ask::Count(tally) => {
                now.counts[*tally as usize].take(reply, count);
                let list = LISTS.iter().position(|one| one == tally).filter(|_| self.told(*tally) == Some(0));
                return list.is_some_and(|place| self.lists[place].empty());
            }
            Ask::Lapsed => now.lapsed.take(reply, count),
            Ask::Overdue => now.overdue.take(reply, count),
            Ask::Front(_) => now.front.take(reply, parse::names),
            Ask::Back => now.back.take(reply, |reply| Some(parse::into_bytes(reply))),
            Ask::Expired => {
                self.expired.take(reply, count);
                self.expired_of = self.told(Tally::Failed).map(|of| (of, when.poll));
            }
            Ask::TakenCount => self.taken.take_count(reply, when),
            Ask::Taken => self.taken.take_jobs(reply, when),
            Ask::Running => self.taken.take_running(reply),
            Ask::FirstSeen(job) => self.taken.take_first_seen(job, reply),
            Ask::List(tally, _) => {
                let known = self.told(*tally);
                let list = LISTS.iter().position(|one| one == tally);
                return list.is_some_and(|place| self.lists[place].take(*tally, known, reply, when));
            }
        }
        false
    }

    pub(crate) fn take_lock(&mut self, reply: Reply) {
        self.now.lock.take(reply, |reply| Some(parse::into_bytes(reply)));
    }

    /// Jobs of one of the lists.
    pub(crate) fn listed(&self, place: usize) -> &[(Bytes, f64)] {
        &self.lists[place].jobs
    }

    /// The value of its scheduler's lock.
    pub(crate) fn lock(&self) -> Option<&Bytes> {
        self.now.lock.known().and_then(Option::as_ref)
    }

    pub(crate) fn lock_fault(&self) -> Option<&ProbeError> {
        self.now.lock.fault()
    }

    /// Seconds that the oldest job waits: 0 when none does. That is the first one but for jobs that were put at the
    /// front, which are younger than what they overtook; so both ends are compared.
    pub(crate) fn oldest_wait(&self, enqueued: &dyn Fn(&[u8]) -> Option<f64>, now: f64) -> Result<f64, ProbeError> {
        let queued = &self.now.counts[Tally::Queued as usize];
        let front = match (&self.now.front, queued.known()) {
            (_, Some(0)) => return Ok(0.0),
            (Slot::Known(front), _) => front,
            (Slot::Failed(fault), _) => return Err(fault.clone()),
            _ => return Err(queued.fault().cloned().unwrap_or_else(unread)),
        };
        if front.is_empty() {
            return Ok(0.0);
        }
        let waits = self.waiting().filter_map(|job| enqueued(job)).map(|at| (now - at).max(0.0));
        waits.reduce(f64::max).ok_or_else(|| {
            let text = format!("job {} does not tell when it was enqueued", parse::shown(&front[0]));
            ProbeError::new(Cause::MissingField, text)
        })
    }

    /// What this poll tells.
    pub(crate) fn facts(
        &self,
        enqueued: &dyn Fn(&[u8]) -> Option<f64>,
        swallowed: &[(Bytes, f64)],
        now: f64,
    ) -> QueueFacts {
        let mut faults = Vec::new();
        let mut count = |tally: Tally| self.now.counts[tally as usize].told(tally.name(), &mut faults);
        let [queued, started, failed, deferred, scheduled, finished, canceled] = Tally::ALL.map(&mut count);
        // of nothing, nothing can be late
        let mut part = |slot: &Slot<u64>, all: Option<u64>, name| match all {
            Some(0) => Some(0),
            _ => slot.told(name, &mut faults),
        };
        let expired = part(&self.expired, failed, "failed");
        let abandoned = part(&self.now.lapsed, started, "abandoned");
        let overdue = part(&self.now.overdue, scheduled, "overdue");
        let intermediate = self.taken.told(&mut faults);
        let oldest_wait = self.oldest_wait(enqueued, now);
        faults.extend(oldest_wait.as_ref().err().map(|fault| ("oldest_wait_s", fault.clone())));
        for (list, name) in self.lists.iter().zip(["scheduled_jobs", "failed_jobs", "finished_jobs"]) {
            faults.extend(list.fault.iter().map(|fault| (name, fault.clone())));
        }
        QueueFacts {
            name: self.shown.clone(),
            queued,
            started,
            failed: failed.zip(expired).map(|(all, expired)| all.saturating_sub(expired)),
            deferred,
            scheduled,
            finished,
            canceled,
            oldest_wait_s: oldest_wait.ok(),
            abandoned,
            swallowed: self.taken.is_read().then_some(swallowed.len() as u64),
            swallowed_jobs: swallowed.iter().map(|(job, _)| parse::shown(job)).collect(),
            intermediate,
            overdue,
            scheduler: self.now.lock.known().map(Option::is_some),
            faults,
        }
    }
}

fn unread() -> ProbeError {
    ProbeError::new(Cause::MissingField, "not read in this poll")
}
