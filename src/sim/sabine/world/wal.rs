//! The write-ahead log of the simulated system: entries that wait, are worked on, have failed for good; and how they
//! come in and get their jobs.

use super::World;
use super::effects::Effects;
use super::rq::job::NewJob;

/// More entries do not pile up in the log.
const MOST_ENTRIES: usize = 20_000;
/// Seconds for which a result is kept. The deployed system keeps a day; an hour spares the demo's memory.
const RESULT_TTL_S: i64 = 3600;

/// Where an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// Waits for the worker, or for its next try.
    Pending,
    /// The worker is at it, or died at it.
    Processing,
    /// All tries are used up.
    Failed,
}

/// One entry that is not completed.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Its id.
    pub(crate) id: String,
    /// The rq jobs that carry it: none while Redis was down when it came in, several once somebody queued it again.
    pub(crate) jobs: Vec<String>,
    /// When it came in, in milliseconds since 1970.
    pub(crate) created_ms: i64,
    /// Where it stands.
    pub(crate) status: Status,
    /// Tries that failed.
    pub(crate) retries: u32,
    /// Why the last one did.
    pub(crate) last_error: Option<&'static str>,
    /// The beginning of the message.
    pub(crate) preview: &'static str,
}

/// The log.
#[derive(Debug)]
pub(crate) struct Wal {
    /// What is not completed, oldest first.
    pub(crate) entries: Vec<Entry>,
    /// How many are completed.
    pub(crate) completed: u64,
}

/// What people say to their assistant.
pub(crate) const MESSAGES: [&str; 8] = [
    "Remind me to send Dana the quarterly numbers before Friday",
    "What did we agree with the landlord about the roof?",
    "Move the dentist to next week, mornings only",
    "I met Priya at the offsite, she leads the mapping team now",
    "Draft a reply to the school about the trip",
    "The garage code has changed, keep it to yourself",
    "Book a table for four on Saturday, somewhere quiet",
    "Summarise what I promised in yesterday's calls",
];

impl Wal {
    /// How many entries stand so.
    pub(crate) fn count(&self, status: Status) -> usize {
        self.entries.iter().filter(|entry| entry.status == status).count()
    }

    /// The oldest entries that stand so.
    pub(crate) fn oldest(&self, status: Status, limit: usize) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.status == status).take(limit)
    }

    /// The entry that a job carries.
    pub(crate) fn of_job(&mut self, job: &str) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.jobs.iter().any(|other| other == job))
    }

    /// The entry that a job carried is completed.
    pub(crate) fn complete(&mut self, job: &str) {
        let before = self.entries.len();
        self.entries.retain(|entry| entry.jobs.iter().all(|other| other != job));
        self.completed += u64::try_from(before - self.entries.len()).unwrap_or(0);
    }
}

impl World {
    /// Messages come in: a WAL entry each, and a job while Redis is there.
    pub(super) fn receive(&mut self, effects: &Effects) {
        if !self.api_process.is_up || !effects.supabase || self.wal.entries.len() >= MOST_ENTRIES {
            return;
        }
        let a_minute = effects.arrivals_per_min;
        self.arriving += a_minute / 60.0 * self.dice.between(0.3, 1.7);
        while self.arriving >= 1.0 {
            self.arriving -= 1.0;
            self.telemetry.count_call(effects.anthropic);
            self.add_entry();
        }
    }

    pub(super) fn add_entry(&mut self) {
        let (id, preview) = (self.dice.uuid(), self.dice.pick(&MESSAGES));
        let entry = Entry {
            id,
            jobs: Vec::new(),
            created_ms: self.now_ms,
            status: Status::Pending,
            retries: 0,
            last_error: None,
            preview,
        };
        self.wal.entries.push(entry);
        if self.redis_process.is_up {
            self.enqueue_entry(self.wal.entries.len() - 1, false);
        }
    }

    /// Puts one WAL entry into the queue as a job.
    pub(super) fn enqueue_entry(&mut self, at: usize, is_urgent: bool) -> Option<String> {
        let id = self.dice.uuid();
        let entry = self.wal.entries.get_mut(at)?;
        entry.jobs.push(id.clone());
        entry.status = Status::Pending;
        let entry_id = entry.id.clone();
        self.enqueue_wal_job(&id, &entry_id, is_urgent);
        Some(id)
    }

    /// Puts a job for a WAL entry, known or not, into the queue.
    pub(super) fn enqueue_wal_job(&mut self, id: &str, entry_id: &str, is_urgent: bool) {
        let function = "backend.worker.jobs.process_wal_entry";
        let description = format!("{function}('{entry_id}')");
        let mut rq = self.rq();
        let job = NewJob {
            id,
            function,
            argument: Some(entry_id),
            description: &description,
            retries: true,
            result_ttl: RESULT_TTL_S,
            meta: None,
        };
        rq.create(&job, "queued");
        rq.enqueue(id, is_urgent);
    }

    /// Entries that came in while Redis was down get their job now.
    pub(super) fn enqueue_forgotten(&mut self) {
        let forgotten: Vec<usize> =
            (0..self.wal.entries.len()).filter(|at| self.wal.entries[*at].jobs.is_empty()).collect();
        for at in forgotten {
            self.enqueue_entry(at, false);
        }
    }
}
