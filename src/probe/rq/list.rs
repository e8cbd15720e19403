//! The end of a registry whose jobs are shown by name: kept as long as it seems unchanged. Pure.

use crate::probe::ProbeError;
use crate::probe::rq::keys::{Bytes, Tally};
use crate::probe::rq::parse;
use crate::probe::rq::queue::{Moment, When};
use crate::probe::rq::slot::{Reply, Slot};

/// The lists of jobs that are shown.
pub(crate) const LISTS: [Tally; 3] = [Tally::Scheduled, Tally::Failed, Tally::Finished];

/// Polls after which what seems unchanged is read again: a job may have come for each that went.
pub(crate) const REFRESH: u64 = 12;
/// The same, of a short list where few queues have one.
const REFRESH_SHORT: u64 = 3;
/// Up to so many queues with a list are few.
const FEW: usize = 16;
/// A list up to this long is short.
const SHORT: u64 = 50;
/// Seconds between two looks at the finished jobs, which change all the time.
const FINISHED_EVERY_S: f64 = 10.0;

/// The end of a registry.
#[derive(Clone, Debug, Default)]
pub(crate) struct List {
    /// Jobs with their scores.
    pub(crate) jobs: Vec<(Bytes, f64)>,
    pub(crate) fault: Option<ProbeError>,
    is_asked: bool,
    read: Option<Read>,
}

/// How things were when it was read.
#[derive(Clone, Copy, Debug)]
struct Read {
    count: Option<u64>,
    when: When,
}

impl List {
    /// Forgets the last poll, not the jobs.
    pub(crate) fn begin(&mut self) {
        self.is_asked = false;
    }

    /// How many jobs to ask for, if it is time. `known` is the registry's count as this poll knows it, `likely` that of
    /// this poll or the last; `lists` is how many queues have such a list.
    pub(crate) fn ask(
        &mut self,
        tally: Tally,
        (known, likely): (Option<u64>, Option<u64>),
        lists: usize,
        moment: &Moment,
    ) -> Option<isize> {
        let is_due = !self.is_asked && likely != Some(0) && self.is_due(tally, known, likely, lists, moment);
        self.is_asked |= is_due;
        is_due.then(|| depth(tally, lists))
    }

    fn is_due(&self, tally: Tally, known: Option<u64>, likely: Option<u64>, lists: usize, moment: &Moment) -> bool {
        let Some(read) = self.read else { return known.is_some() || moment.is_small };
        let has_changed = known.is_some() && known != read.count;
        let is_few = lists <= FEW;
        if tally == Tally::Finished {
            return moment.when.now - read.when.now >= FINISHED_EVERY_S && (has_changed || is_few);
        }
        let is_short = is_few && likely.is_some_and(|count| count <= SHORT);
        let polls = if is_short { REFRESH_SHORT } else { REFRESH };
        has_changed || moment.when.poll >= read.when.poll + polls
    }

    /// Takes the registry's end in; true when it is another one.
    pub(crate) fn take(&mut self, tally: Tally, known: Option<u64>, reply: Reply, when: &When) -> bool {
        self.read = Some(Read { count: known, when: *when });
        let mut slot = Slot::Asked;
        slot.take(reply, parse::scored);
        self.fault = slot.fault().cloned();
        let mut jobs = if let Slot::Known(jobs) = slot { jobs } else { Vec::new() };
        if tally != Tally::Scheduled {
            // expired, and only not cleaned away yet; a score below 0 never expires
            jobs.retain(|(_, score)| *score > when.now || *score < 0.0);
        }
        let has_changed = jobs != self.jobs;
        self.jobs = jobs;
        has_changed
    }

    /// The registry is empty; true when it was not before.
    pub(crate) fn empty(&mut self) -> bool {
        self.fault = None;
        self.read = None;
        !std::mem::take(&mut self.jobs).is_empty()
    }
}

/// How many jobs of a list to read when so many queues have one.
fn depth(tally: Tally, lists: usize) -> isize {
    let (all, most, least) = match tally {
        Tally::Scheduled => (800, 200, 4),
        Tally::Failed => (160, 20, 1),
        _ => (400, 100, 1),
    };
    (all / isize::try_from(lists.max(1)).unwrap_or(all)).clamp(least, most)
}
