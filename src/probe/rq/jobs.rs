//! Jobs that are shown by name: the soonest scheduled, the newest failed and finished, over all queues. What was read of
//! a job is kept while it stands in its registry unchanged, so that a calm poll reads none. Pure.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::base::{Redactor, Shown};
use crate::probe::rq::ask::Ask;
use crate::probe::rq::facts::{FailedJob, FinishedJob, ScheduledJob};
use crate::probe::rq::keys::{Bytes, Tally};
use crate::probe::rq::list::{LISTS, REFRESH};
use crate::probe::rq::parse;
use crate::probe::rq::queue::Queue;
use crate::probe::rq::slot::Reply;

/// The places of the lists in [`LISTS`].
const SCHEDULED: usize = 0;
const FAILED: usize = 1;
const FINISHED: usize = 2;

/// The most jobs that are shown of each list, in the order of [`LISTS`].
const MOST: [usize; 3] = [200, 20, 100];

/// A job in a registry.
#[derive(Clone, Debug, PartialEq)]
struct Pick {
    queue: usize,
    job: Bytes,
    score: f64,
}

/// What was read of a job.
#[derive(Clone, Debug, Default)]
struct Known {
    /// Its score when it was read: another one means that it ran again.
    score: f64,
    description: Shown,
    ended_at: Shown,
    ended: Option<f64>,
    traceback: Vec<Shown>,
    /// The poll in which it was last asked for, and whether it was answered.
    asked: u64,
    is_read: bool,
}

/// What is shown of the jobs, shared from poll to poll while it stays the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lists {
    pub(crate) scheduled: Arc<[ScheduledJob]>,
    pub(crate) failed: Arc<[FailedJob]>,
    pub(crate) finished: Arc<[FinishedJob]>,
}

/// The jobs.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    picks: [Vec<Pick>; 3],
    known: [HashMap<Bytes, Known>; 3],
    /// Something picked may not have been read yet.
    is_open: bool,
    /// The lists are not made of what is known now.
    is_changed: bool,
    lists: Lists,
    enqueued: HashMap<Bytes, Enqueued>,
    redactor: Redactor,
}

#[derive(Clone, Copy, Debug, Default)]
struct Enqueued {
    at: Option<f64>,
    /// The poll in which it was last asked for, and whether it was answered.
    asked: u64,
    is_read: bool,
    /// The poll in which it was last needed.
    needed: u64,
}

impl Jobs {
    pub(crate) fn new(redactor: Redactor) -> Self {
        Self { redactor, ..Self::default() }
    }

    /// Picks anew what is to be shown, after a list was read.
    pub(crate) fn pick(&mut self, queues: &[Queue]) {
        (self.is_open, self.is_changed) = (true, true);
        for (place, tally) in LISTS.into_iter().enumerate() {
            let picks = &mut self.picks[place];
            picks.clear();
            for (at, queue) in queues.iter().enumerate().filter(|(_, queue)| queue.is_listed) {
                let listed = queue.listed(place).iter();
                picks.extend(listed.map(|(job, score)| Pick { queue: at, job: job.clone(), score: *score }));
            }
            if tally == Tally::Scheduled {
                picks.sort_by(|a, b| a.score.total_cmp(&b.score).then_with(|| a.job.cmp(&b.job)));
            } else {
                picks.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.job.cmp(&b.job)));
            }
            picks.truncate(MOST[place]);
            let kept: HashSet<&Bytes> = picks.iter().map(|pick| &pick.job).collect();
            self.known[place].retain(|job, _| kept.contains(job));
        }
    }

    /// Asks for the picked jobs that are not known, or have another score since.
    pub(crate) fn asks(&mut self, poll: u64, out: &mut Vec<Ask>) {
        if !std::mem::take(&mut self.is_open) {
            return;
        }
        for (place, tally) in LISTS.into_iter().enumerate() {
            for pick in &self.picks[place] {
                let known = self.known[place].get(&pick.job);
                let known = known.filter(|known| known.score.total_cmp(&pick.score).is_eq());
                if known.is_some_and(|known| known.is_read) {
                    continue;
                }
                // until all were answered: the connection may be lost before
                self.is_open = true;
                if known.is_some_and(|known| known.asked == poll) {
                    continue;
                }
                let known = Known { score: pick.score, asked: poll, ..Known::default() };
                self.known[place].insert(pick.job.clone(), known);
                out.push(Ask::Job(pick.job.clone()));
                if tally == Tally::Failed {
                    out.push(Ask::Outcome(pick.job.clone()));
                }
            }
        }
    }

    /// Asks when these jobs were enqueued.
    pub(crate) fn asks_enqueued<'a>(&mut self, jobs: impl Iterator<Item = &'a Bytes>, poll: u64, out: &mut Vec<Ask>) {
        for job in jobs {
            let known = match self.enqueued.get_mut(job) {
                Some(known) => known,
                None => self.enqueued.entry(job.clone()).or_default(),
            };
            // an id that was away may have been enqueued again
            let was_away = known.needed + 1 < poll;
            known.needed = poll;
            let is_due = was_away || !known.is_read || poll >= known.asked + REFRESH;
            if is_due && known.asked != poll {
                (known.asked, known.is_read) = (poll, false);
                out.push(Ask::Enqueued(job.clone()));
            }
        }
    }

    pub(crate) fn take_job(&mut self, job: &[u8], reply: Reply) {
        let fields = reply.ok().and_then(parse::items).and_then(|fields| <[redis::Value; 2]>::try_from(fields).ok());
        let [description, ended_at] = fields.unwrap_or_default();
        let shown = |value: Option<&[u8]>| self.shown(value.unwrap_or_default());
        let (description, ended_at) = (shown(parse::bytes(&description)), parse::bytes(&ended_at).unwrap_or_default());
        self.is_changed = true;
        for known in self.known.iter_mut().filter_map(|known| known.get_mut(job)) {
            known.is_read = true;
            known.description = description.clone();
            known.ended_at = parse::shown(ended_at);
            known.ended = parse::time(ended_at);
        }
    }

    pub(crate) fn take_outcome(&mut self, job: &[u8], reply: &Reply) {
        if let (Some(known), Ok(reply)) = (self.known[FAILED].get_mut(job), reply) {
            known.traceback = parse::traceback(reply, &self.redactor);
            self.is_changed = true;
        }
    }

    pub(crate) fn take_enqueued(&mut self, job: &[u8], reply: Reply) {
        let fields = reply.ok().and_then(parse::items).unwrap_or_default();
        // a job that was enqueued before rq wrote the time tells when it was created
        let at = fields.iter().find_map(|field| parse::bytes(field).and_then(parse::time));
        if let Some(known) = self.enqueued.get_mut(job) {
            (known.at, known.is_read) = (at, true);
        }
    }

    /// When a job was enqueued, in Unix seconds.
    pub(crate) fn enqueued(&self, job: &[u8]) -> Option<f64> {
        self.enqueued.get(job).and_then(|known| known.at)
    }

    /// Forgets the times that were not needed for a while.
    pub(crate) fn forget(&mut self, poll: u64) {
        self.enqueued.retain(|_, known| known.needed + REFRESH > poll);
    }

    fn shown(&self, bytes: &[u8]) -> Shown {
        Shown::from_remote(&self.redactor.redact(&String::from_utf8_lossy(bytes)))
    }

    fn of<'a>(&'a self, place: usize, queues: &'a [Queue]) -> impl Iterator<Item = (&'a Pick, &'a Known, Shown)> {
        self.picks[place].iter().filter_map(move |pick| {
            let known = self.known[place].get(&pick.job)?;
            Some((pick, known, queues.get(pick.queue)?.shown.clone()))
        })
    }

    /// What is shown.
    pub(crate) fn lists(&mut self, queues: &[Queue]) -> Lists {
        if std::mem::take(&mut self.is_changed) {
            self.lists = Lists {
                scheduled: self.scheduled(queues),
                failed: self.failed(queues).into(),
                finished: self.finished(queues).into(),
            };
        }
        self.lists.clone()
    }

    /// The soonest first.
    fn scheduled(&self, queues: &[Queue]) -> Arc<[ScheduledJob]> {
        let jobs = self.of(SCHEDULED, queues).filter(|(pick, ..)| pick.score.is_finite());
        jobs.map(|(pick, known, queue)| ScheduledJob {
            id: parse::shown(&pick.job),
            queue,
            description: known.description.clone(),
            at: pick.score,
        })
        .collect()
    }

    /// The newest first.
    fn failed(&self, queues: &[Queue]) -> Vec<FailedJob> {
        let mut jobs: Vec<FailedJob> = self
            .of(FAILED, queues)
            .map(|(pick, known, queue)| FailedJob {
                id: parse::shown(&pick.job),
                queue,
                description: known.description.clone(),
                ended_at: known.ended_at.clone(),
                ended: known.ended,
                exception: known.traceback.clone(),
            })
            .collect();
        // scores are expiries, and a job may have one of its own
        jobs.sort_by(|a, b| b.ended.unwrap_or(0.0).total_cmp(&a.ended.unwrap_or(0.0)));
        jobs
    }

    /// The newest first.
    fn finished(&self, queues: &[Queue]) -> Vec<FinishedJob> {
        let jobs = self.of(FINISHED, queues).filter_map(|(_, known, _)| {
            known.ended.map(|ended_at| FinishedJob { description: known.description.clone(), ended_at })
        });
        let mut jobs: Vec<FinishedJob> = jobs.collect();
        jobs.sort_by(|a, b| b.ended_at.total_cmp(&a.ended_at));
        jobs
    }
}
