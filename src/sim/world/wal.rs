//! The write-ahead log of the simulated system: entries that wait, are worked on, have failed for good.

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
    /// The rq job that carries it; none while Redis was down when it came in.
    pub(crate) job: Option<String>,
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
        self.entries.iter_mut().find(|entry| entry.job.as_deref() == Some(job))
    }

    /// The entry that a job carried is completed.
    pub(crate) fn complete(&mut self, job: &str) {
        let before = self.entries.len();
        self.entries.retain(|entry| entry.job.as_deref() != Some(job));
        self.completed += u64::try_from(before - self.entries.len()).unwrap_or(0);
    }
}
