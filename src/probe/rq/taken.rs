//! A queue's intermediate list: jobs that a worker took and has not started yet. It is empty nearly always, so it is
//! asked for together with those of other queues, and looked at closely only when there is something in one. Pure.

use std::collections::HashMap;

use crate::probe::ProbeError;
use crate::probe::rq::ask::QueueAsk as Ask;
use crate::probe::rq::keys::{Bytes, job_of};
use crate::probe::rq::parse;
use crate::probe::rq::queue::{Moment, When};
use crate::probe::rq::slot::{Reply, Slot};

/// Polls for which it is watched closely after it was last seen with a job in it.
const HOT: u64 = 12;
/// Seconds in it after which a job counts as swallowed.
const SWALLOWED_S: f64 = 10.0;
/// Clocks of hosts may differ by this much without a meaning, in seconds.
const SKEW_S: f64 = 2.0;

/// An intermediate list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Taken {
    any: Slot<()>,
    count: Slot<u64>,
    jobs: Slot<Vec<Bytes>>,
    running: Slot<Vec<Bytes>>,
    hot_until: u64,
    is_known: bool,
    /// Since when jobs stand in it.
    since: HashMap<Bytes, Since>,
}

#[derive(Clone, Copy, Debug)]
struct Since {
    /// Unix seconds of the clock of Redis.
    at: f64,
    /// rq was asked when it first saw the job.
    is_asked: bool,
}

impl Taken {
    /// Forgets the last poll, not since when jobs stand in it.
    pub(crate) fn begin(&mut self) {
        self.any.clear();
        self.count.clear();
        self.jobs.clear();
        self.running.clear();
    }

    /// It is looked at closely: it lately held a job, or this is the first look.
    fn is_hot(&self, moment: &Moment) -> bool {
        moment.when.poll < self.hot_until || (moment.is_small && !self.is_known)
    }

    /// True when it is to be asked together with others whether there is anything in it.
    pub(crate) fn asks_any(&mut self, moment: &Moment) -> bool {
        !self.is_hot(moment) && matches!(self.count, Slot::Unasked) && self.any.ask()
    }

    pub(crate) fn asks(&mut self, moment: &Moment, mut ask: impl FnMut(Ask)) {
        if self.is_hot(moment) && self.count.ask() {
            ask(Ask::TakenCount);
        }
        let has_jobs = self.count.known().map_or(self.is_hot(moment), |count| *count > 0);
        if has_jobs && self.jobs.ask() {
            self.running.ask();
            ask(Ask::Taken);
            ask(Ask::Running);
        }
        for (job, since) in &mut self.since {
            if !std::mem::replace(&mut since.is_asked, true) {
                ask(Ask::FirstSeen(job.clone()));
            }
        }
    }

    /// Whether any of those that were asked for together has a job in it; `None`: they cannot be.
    pub(crate) fn take_any(&mut self, any: Option<bool>, when: &When) {
        if any == Some(false) {
            self.set_count(Slot::Known(0), when);
        } else {
            self.hot_until = when.poll + 1;
        }
    }

    pub(crate) fn take_count(&mut self, reply: Reply, when: &When) {
        let mut count = Slot::Asked;
        count.take(reply, |reply| parse::count(&reply));
        self.set_count(count, when);
    }

    fn set_count(&mut self, count: Slot<u64>, when: &When) {
        self.is_known |= count.known().is_some();
        match count.known() {
            Some(0) => self.since.clear(),
            Some(_) => self.hot_until = when.poll + HOT,
            None => {}
        }
        self.count = count;
    }

    pub(crate) fn take_jobs(&mut self, reply: Reply, when: &When) {
        self.jobs.take(reply, parse::names);
        let Some(jobs) = self.jobs.known() else { return };
        self.since.retain(|job, _| jobs.contains(job));
        for job in jobs {
            self.since.entry(job.clone()).or_insert(Since { at: when.now, is_asked: false });
        }
    }

    pub(crate) fn take_running(&mut self, reply: Reply) {
        self.running.take(reply, parse::names);
    }

    /// When rq's own upkeep first saw a job in it.
    pub(crate) fn take_first_seen(&mut self, job: &[u8], reply: Reply) {
        let at = reply.ok().as_ref().and_then(parse::bytes).and_then(parse::time);
        if let (Some(since), Some(at)) = (self.since.get_mut(job), at) {
            since.at = since.at.min(at);
        }
    }

    /// The jobs in it.
    pub(crate) fn jobs(&self) -> impl Iterator<Item = &Bytes> {
        self.jobs.known().into_iter().flatten()
    }

    /// Jobs that were taken and never started, with the time since when, in Unix seconds. `enqueued` tells when a job was
    /// enqueued; `beat` is the newest heartbeat of any worker of this queue.
    ///
    /// A worker that takes a job beats at once. So a job that was enqueued after the newest beat was taken by something
    /// that does not beat: it is lost since then, which one look can tell. Otherwise it counts from its first sight.
    pub(crate) fn swallowed(
        &self,
        enqueued: &dyn Fn(&[u8]) -> Option<f64>,
        beat: Option<f64>,
        now: f64,
    ) -> Vec<(Bytes, f64)> {
        let is_running = |job: &[u8]| self.running.known().into_iter().flatten().any(|member| job_of(member) == job);
        let lost = self.jobs().filter(|job| !is_running(job)).filter_map(|job| {
            let seen = self.since.get(job)?.at;
            let lost = enqueued(job).filter(|at| beat.is_none_or(|beat| beat + SKEW_S < *at));
            let since = lost.map_or(seen, |lost| lost.min(seen));
            (now - since > SWALLOWED_S).then(|| (job.clone(), since))
        });
        lost.collect()
    }

    /// Its length, noting what failed.
    pub(crate) fn told(&self, faults: &mut Vec<(&'static str, ProbeError)>) -> Option<u64> {
        let count = self.count.told("swallowed", faults);
        faults.extend(self.jobs.fault().map(|fault| ("swallowed", fault.clone())));
        count
    }

    /// True when its jobs could be read, if there are any.
    pub(crate) fn is_read(&self) -> bool {
        self.count.known().is_some() && self.jobs.fault().is_none()
    }
}
