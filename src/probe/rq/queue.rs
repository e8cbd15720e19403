//! One queue over the polls: what to ask of it, what was answered, and what is remembered from poll to poll. Pure.

use std::collections::HashMap;

use crate::base::{Cause, Shown};
use crate::probe::ProbeError;
use crate::probe::rq::ask::QueueAsk as Ask;
use crate::probe::rq::facts::QueueFacts;
use crate::probe::rq::keys::{Bytes, Tally, job_of};
use crate::probe::rq::parse;
use crate::probe::rq::slot::{Reply, Slot};

/// Polls after which what seems unchanged is read again.
const REFRESH: u64 = 12;
/// Polls for which an intermediate list is watched closely after it was last seen with a job in it.
const HOT: u64 = 12;
/// Up to so many queues with a list, their short lists are read at every poll.
const FEW_LISTS: usize = 16;
/// A list up to this long is short.
const SHORT_LIST: u64 = 50;
/// Seconds between two looks at the finished jobs, which change all the time.
const FINISHED_EVERY_S: f64 = 10.0;
/// Seconds in the intermediate list after which a job counts as swallowed.
const SWALLOWED_S: f64 = 10.0;
/// Clocks of hosts may differ by this much without a meaning, in seconds.
const SKEW_S: f64 = 2.0;

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
    /// How many queues have scheduled, failed, finished jobs.
    pub(crate) lists: [usize; 3],
}

/// The lists of jobs that are shown.
pub(crate) const LISTS: [Tally; 3] = [Tally::Scheduled, Tally::Failed, Tally::Finished];

/// The end of a registry, kept as long as it seems unchanged.
#[derive(Clone, Debug, Default)]
pub(crate) struct List {
    /// Jobs with their scores.
    pub(crate) jobs: Vec<(Bytes, f64)>,
    asked: bool,
    /// The count when it was read, which poll that was, and when.
    read: Option<(Option<u64>, u64, f64)>,
    fault: Option<ProbeError>,
}

#[derive(Clone, Debug, Default)]
struct Poll {
    counts: [Slot<u64>; 7],
    expired: Slot<u64>,
    lapsed: Slot<u64>,
    overdue: Slot<u64>,
    front: Slot<Vec<Bytes>>,
    back: Slot<Option<Bytes>>,
    lock: Slot<Option<Bytes>>,
    any_taken: Slot<()>,
    taken_count: Slot<u64>,
    taken: Slot<Vec<Bytes>>,
    running: Slot<Vec<Bytes>>,
}

/// One queue.
#[derive(Clone, Debug, Default)]
pub(crate) struct Queue {
    pub(crate) name: Bytes,
    pub(crate) shown: Shown,
    /// False when `rq:queues` does not name it: it is gone, or a worker listens on it and nothing was ever enqueued.
    pub(crate) is_listed: bool,
    now: Poll,
    last: [Option<u64>; 7],
    pub(crate) lists: [List; 3],
    hot_until: u64,
    /// Since when jobs stand in the intermediate list, in Unix seconds.
    taken_since: HashMap<Bytes, Since>,
    /// The jobs at both ends at the last poll.
    ends: Vec<Bytes>,
}

#[derive(Clone, Copy, Debug)]
struct Since {
    at: f64,
    asked_rq: bool,
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
    pub(crate) fn begin(&mut self) {
        for tally in Tally::ALL {
            if let Some(count) = self.now.counts[tally as usize].known() {
                self.last[tally as usize] = Some(*count);
            }
        }
        self.ends = self.waiting().cloned().collect();
        self.now = Poll::default();
        self.lists.iter_mut().for_each(|list| list.asked = false);
    }

    /// The count of this poll, or else of the last one.
    pub(crate) fn count(&self, tally: Tally) -> Option<u64> {
        self.now.counts[tally as usize].known().copied().or(self.last[tally as usize])
    }

    /// Whether there is something to look at; where that is not known yet, look if there are few queues.
    fn has(&self, tally: Tally, moment: &Moment) -> bool {
        self.count(tally).map_or(moment.is_small, |count| count > 0)
    }

    /// The jobs at both ends of the queue, as far as this poll knows them.
    fn waiting(&self) -> impl Iterator<Item = &Bytes> {
        let back = self.now.back.known().and_then(Option::as_ref);
        let front = self.now.front.known().into_iter().flatten();
        front.chain(back)
    }

    /// Jobs whose time of enqueueing matters: those at both ends (at the start of a poll those of the last one), and
    /// those in the intermediate list.
    pub(crate) fn timed(&self) -> impl Iterator<Item = &Bytes> {
        let guess = if matches!(self.now.front, Slot::Asked) { self.ends.as_slice() } else { &[] };
        self.waiting().chain(guess).chain(self.now.taken.known().into_iter().flatten())
    }

    /// Asks what this poll does not know yet.
    pub(crate) fn asks(&mut self, moment: &Moment, mut ask: impl FnMut(Ask)) {
        if !self.is_listed {
            return;
        }
        for tally in Tally::ALL {
            if self.now.counts[tally as usize].ask() {
                ask(Ask::Count(tally));
            }
        }
        if self.has(Tally::Started, moment) && self.now.lapsed.ask() {
            ask(Ask::Lapsed);
        }
        if self.has(Tally::Failed, moment) && self.now.expired.ask() {
            ask(Ask::Expired);
        }
        if self.has(Tally::Scheduled, moment) && self.now.overdue.ask() {
            ask(Ask::Overdue);
        }
        if self.has(Tally::Queued, moment) && self.now.front.ask() {
            // a job that was put at the front is younger than those behind it
            ask(Ask::Front(if moment.is_small { 3 } else { 1 }));
            self.now.back.ask();
            ask(Ask::Back);
        }
        if self.is_hot(moment) && self.now.taken_count.ask() {
            ask(Ask::TakenCount);
        }
        let has_taken = self.now.taken_count.known().map_or(self.is_hot(moment), |count| *count > 0);
        if has_taken && self.now.taken.ask() {
            self.now.running.ask();
            ask(Ask::Taken);
            ask(Ask::Running);
        }
        for (job, since) in &mut self.taken_since {
            if !std::mem::replace(&mut since.asked_rq, true) {
                ask(Ask::FirstSeen(job.clone()));
            }
        }
        for (place, tally) in LISTS.into_iter().enumerate() {
            if self.is_due(place, tally, moment) {
                self.lists[place].asked = true;
                ask(Ask::List(tally, depth(tally, moment.lists[place])));
            }
        }
    }

    /// Its intermediate list is looked at closely: it lately held a job, or this is the first look.
    fn is_hot(&self, moment: &Moment) -> bool {
        moment.when.poll < self.hot_until || (moment.is_small && self.last[Tally::Queued as usize].is_none())
    }

    /// True when it is to be asked together with others whether there is anything in its intermediate list.
    pub(crate) fn asks_any_taken(&mut self, moment: &Moment) -> bool {
        self.is_listed
            && !self.is_hot(moment)
            && matches!(self.now.taken_count, Slot::Unasked)
            && self.now.any_taken.ask()
    }

    /// True when its lock is to be asked for.
    pub(crate) fn asks_lock(&mut self) -> bool {
        self.now.lock.ask()
    }

    fn is_due(&self, place: usize, tally: Tally, moment: &Moment) -> bool {
        let list = &self.lists[place];
        let known = self.now.counts[tally as usize].known().copied();
        if list.asked || self.count(tally) == Some(0) {
            return false;
        }
        let Some((count, poll, at)) = list.read else { return known.is_some() || moment.is_small };
        let changed = known.is_some() && known != count;
        if tally == Tally::Finished {
            return moment.when.now - at >= FINISHED_EVERY_S && (changed || moment.lists[place] <= FEW_LISTS);
        }
        let is_short = moment.lists[place] <= FEW_LISTS && self.count(tally).is_some_and(|count| count <= SHORT_LIST);
        changed || is_short || moment.when.poll >= poll + REFRESH
    }

    /// Takes the reply to a question in.
    pub(crate) fn take(&mut self, ask: &Ask, reply: Reply, when: &When) {
        let count = |reply| parse::count(&reply);
        let now = &mut self.now;
        match ask {
            Ask::Count(tally) => now.counts[*tally as usize].take(reply, count),
            Ask::Expired => now.expired.take(reply, count),
            Ask::Lapsed => now.lapsed.take(reply, count),
            Ask::Overdue => now.overdue.take(reply, count),
            Ask::Front(_) => now.front.take(reply, parse::names),
            Ask::Back => now.back.take(reply, |reply| Some(parse::into_bytes(reply))),
            Ask::Running => now.running.take(reply, parse::names),
            Ask::TakenCount => self.take_taken_count(reply, when),
            Ask::Taken => self.take_taken(reply, when),
            Ask::FirstSeen(job) => self.take_first_seen(job, reply),
            Ask::List(tally, _) => self.take_list(*tally, reply, when),
        }
    }

    pub(crate) fn take_lock(&mut self, reply: Reply) {
        self.now.lock.take(reply, |reply| Some(parse::into_bytes(reply)));
    }

    /// Whether any of the queues that were asked for together has an intermediate list; `None`: they cannot be.
    pub(crate) fn take_any_taken(&mut self, any: Option<bool>, when: &When) {
        match any {
            Some(false) => self.now.taken_count = Slot::Known(0),
            Some(true) | None => self.hot_until = when.poll + 1,
        }
    }

    fn take_taken_count(&mut self, reply: Reply, when: &When) {
        self.now.taken_count.take(reply, |reply| parse::count(&reply));
        if self.now.taken_count.known().is_some_and(|count| *count > 0) {
            self.hot_until = when.poll + HOT;
        }
    }

    fn take_taken(&mut self, reply: Reply, when: &When) {
        self.now.taken.take(reply, parse::names);
        let Some(jobs) = self.now.taken.known() else { return };
        self.taken_since.retain(|job, _| jobs.contains(job));
        for job in jobs {
            self.taken_since.entry(job.clone()).or_insert(Since { at: when.now, asked_rq: false });
        }
    }

    /// When rq's own upkeep first saw a job in the intermediate list.
    fn take_first_seen(&mut self, job: &[u8], reply: Reply) {
        let at = reply.ok().as_ref().and_then(parse::bytes).and_then(parse::time);
        if let (Some(since), Some(at)) = (self.taken_since.get_mut(job), at) {
            since.at = since.at.min(at);
        }
    }

    fn take_list(&mut self, tally: Tally, reply: Reply, when: &When) {
        let count = self.now.counts[tally as usize].known().copied();
        let Some(list) = LISTS.iter().position(|one| *one == tally).map(|place| &mut self.lists[place]) else { return };
        list.read = Some((count, when.poll, when.now));
        let mut slot = Slot::Asked;
        slot.take(reply, parse::scored);
        list.fault = slot.fault().cloned();
        list.jobs = if let Slot::Known(jobs) = slot { jobs } else { Vec::new() };
        if tally != Tally::Scheduled {
            // expired, and only not cleaned away yet; a score below 0 never expires
            list.jobs.retain(|(_, score)| *score > when.now || *score < 0.0);
        }
    }

    /// Jobs of one of the lists; none when the registry is empty.
    pub(crate) fn listed(&self, place: usize) -> &[(Bytes, f64)] {
        if self.count(LISTS[place]) == Some(0) { &[] } else { &self.lists[place].jobs }
    }

    /// The value of its scheduler's lock.
    pub(crate) fn lock(&self) -> Option<&Bytes> {
        self.now.lock.known().and_then(Option::as_ref)
    }

    pub(crate) fn lock_fault(&self) -> Option<&ProbeError> {
        self.now.lock.fault()
    }

    /// Jobs that were taken and never started, with the time since when. `enqueued` tells when a job was enqueued;
    /// `beat` is the newest heartbeat of any worker of this queue.
    ///
    /// A worker that takes a job beats at once. So a job that was enqueued after the newest beat was taken by something
    /// that does not beat: it is lost since then, which one look can tell. Otherwise it counts from its first sight.
    pub(crate) fn swallowed(
        &self,
        enqueued: &dyn Fn(&[u8]) -> Option<f64>,
        beat: Option<f64>,
        now: f64,
    ) -> Vec<(Bytes, f64)> {
        let running = || self.now.running.known().into_iter().flatten().map(|member| job_of(member));
        let taken = self.now.taken.known().into_iter().flatten();
        taken
            .filter(|job| !running().any(|one| one == &***job))
            .filter_map(|job| {
                let seen = self.taken_since.get(job)?.at;
                let lost = enqueued(job).filter(|at| beat.is_none_or(|beat| beat + SKEW_S < *at));
                let since = lost.map_or(seen, |lost| lost.min(seen));
                (now - since > SWALLOWED_S).then(|| (job.clone(), since))
            })
            .collect()
    }

    /// Seconds that the oldest job waits: 0 when none does. At-front pushes aside, that is the first one; the ends are
    /// compared, since what was pushed to the front is younger than what it overtook.
    pub(crate) fn oldest_wait(&self, enqueued: &dyn Fn(&[u8]) -> Option<f64>, now: f64) -> Result<f64, ProbeError> {
        let front = match (&self.now.front, self.now.counts[Tally::Queued as usize].known()) {
            (_, Some(0)) => return Ok(0.0),
            (Slot::Known(front), _) => front,
            (Slot::Failed(fault), _) => return Err(fault.clone()),
            _ => return Err(self.now.counts[Tally::Queued as usize].fault().cloned().unwrap_or_else(unread)),
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
        // nothing started, nothing scheduled: nothing to be late with
        let of = |slot: &Slot<u64>, all: Option<u64>| if all == Some(0) { Slot::Known(0) } else { slot.clone() };
        let expired = of(&self.now.expired, failed).told("failed", &mut faults);
        let abandoned = of(&self.now.lapsed, started).told("abandoned", &mut faults);
        let overdue = of(&self.now.overdue, scheduled).told("overdue", &mut faults);
        let intermediate = self.now.taken_count.told("swallowed", &mut faults);
        faults.extend(self.now.taken.fault().map(|fault| ("swallowed", fault.clone())));
        let oldest_wait = self.oldest_wait(enqueued, now);
        faults.extend(oldest_wait.as_ref().err().map(|fault| ("oldest_wait_s", fault.clone())));
        for (place, name) in ["scheduled_jobs", "failed_jobs", "finished_jobs"].into_iter().enumerate() {
            faults.extend(self.lists[place].fault.iter().map(|fault| (name, fault.clone())));
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
            swallowed: intermediate.filter(|_| self.now.taken.fault().is_none()).map(|_| swallowed.len() as u64),
            swallowed_jobs: swallowed.iter().map(|(job, _)| parse::shown(job)).collect(),
            intermediate,
            overdue,
            scheduler: self.now.lock.known().map(Option::is_some),
            faults,
        }
    }
}

/// How many jobs of a list to read when so many queues have one.
fn depth(tally: Tally, queues: usize) -> isize {
    let (all, most, least) = match tally {
        Tally::Scheduled => (800, 200, 4),
        Tally::Failed => (160, 20, 1),
        _ => (400, 100, 1),
    };
    (all / isize::try_from(queues.max(1)).unwrap_or(all)).clamp(least, most)
}

fn unread() -> ProbeError {
    ProbeError::new(Cause::MissingField, "not read in this poll")
}
