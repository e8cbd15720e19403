//! rq's key layout (1.16 to 3.0). Names are bytes: what is in Redis need not be UTF-8. Pure.

/// A name or an id, as stored.
pub(crate) type Bytes = Box<[u8]>;

/// Builds and takes apart rq's keys under one prefix.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    prefix: Box<str>,
}

/// What is counted of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tally {
    Queued,
    Started,
    Failed,
    Deferred,
    Scheduled,
    Finished,
    Canceled,
}

impl Tally {
    /// All, in the order of their discriminants.
    pub(crate) const ALL: [Tally; 7] = [
        Tally::Queued,
        Tally::Started,
        Tally::Failed,
        Tally::Deferred,
        Tally::Scheduled,
        Tally::Finished,
        Tally::Canceled,
    ];

    /// The name of the signal.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Tally::Queued => "queued",
            Tally::Started => "started",
            Tally::Failed => "failed",
            Tally::Deferred => "deferred",
            Tally::Scheduled => "scheduled",
            Tally::Finished => "finished",
            Tally::Canceled => "canceled",
        }
    }

    /// What stands between prefix and queue in its key.
    fn middle(self) -> &'static str {
        match self {
            Tally::Queued => ":queue:",
            Tally::Started => ":wip:",
            Tally::Failed => ":failed:",
            Tally::Deferred => ":deferred:",
            Tally::Scheduled => ":scheduled:",
            Tally::Finished => ":finished:",
            Tally::Canceled => ":canceled:",
        }
    }
}

impl Keys {
    pub(crate) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.into() }
    }

    /// A key without a name in it: `:queues`.
    pub(crate) fn fixed(&self, end: &str) -> Vec<u8> {
        self.join(end, b"", "")
    }

    /// The list of a queue, or one of its registries.
    pub(crate) fn tally(&self, tally: Tally, queue: &[u8]) -> Vec<u8> {
        self.join(tally.middle(), queue, "")
    }

    pub(crate) fn intermediate(&self, queue: &[u8]) -> Vec<u8> {
        self.join(":queue:", queue, ":intermediate")
    }

    pub(crate) fn first_seen(&self, queue: &[u8], job: &[u8]) -> Vec<u8> {
        let mut key = self.join(":queue:", queue, ":intermediate:first_seen:");
        key.extend_from_slice(job);
        key
    }

    pub(crate) fn scheduler_lock(&self, queue: &[u8]) -> Vec<u8> {
        self.join(":scheduler-lock:", queue, "")
    }

    pub(crate) fn scheduler(&self, name: &[u8]) -> Vec<u8> {
        self.join(":scheduler:", name, "")
    }

    pub(crate) fn worker(&self, worker: &[u8]) -> Vec<u8> {
        self.join(":worker:", worker, "")
    }

    pub(crate) fn executions(&self, worker: &[u8]) -> Vec<u8> {
        self.join(":worker:", worker, ":executions")
    }

    pub(crate) fn channel(&self, worker: &[u8]) -> Vec<u8> {
        self.join(":pubsub:", worker, "")
    }

    pub(crate) fn job(&self, job: &[u8]) -> Vec<u8> {
        self.join(":job:", job, "")
    }

    pub(crate) fn results(&self, job: &[u8]) -> Vec<u8> {
        self.join(":results:", job, "")
    }

    pub(crate) fn dependents(&self, job: &[u8]) -> Vec<u8> {
        self.join(":job:", job, ":dependents")
    }

    /// With two colons, as rq writes it.
    pub(crate) fn dependencies(&self, job: &[u8]) -> Vec<u8> {
        self.join(":job::", job, ":dependencies")
    }

    pub(crate) fn executions_of_job(&self, job: &[u8]) -> Vec<u8> {
        self.join(":executions:", job, "")
    }

    pub(crate) fn execution(&self, job: &[u8], execution: &[u8]) -> Vec<u8> {
        [self.prefix.as_bytes(), b":execution:", job, b":", execution].concat()
    }

    /// The workers that listen to a queue.
    pub(crate) fn workers_of_queue(&self, queue: &[u8]) -> Vec<u8> {
        self.join(":workers:", queue, "")
    }

    /// The glob that matches every key with this middle: `:worker:` gives `rq:worker:*`.
    pub(crate) fn pattern(&self, middle: &str) -> String {
        let mut pattern = String::with_capacity(self.prefix.len() + middle.len() + 1);
        for c in self.prefix.chars() {
            if matches!(c, '*' | '?' | '[' | ']' | '\\') {
                pattern.push('\\');
            }
            pattern.push(c);
        }
        pattern.push_str(middle);
        pattern.push('*');
        pattern
    }

    /// The name in `rq:queue:NAME`.
    pub(crate) fn queue_name<'a>(&self, key: &'a [u8]) -> Option<&'a [u8]> {
        self.name_after(":queue:", key)
    }

    /// The name in `rq:worker:NAME`. The set of a worker's executions is no worker.
    pub(crate) fn worker_name<'a>(&self, key: &'a [u8]) -> Option<&'a [u8]> {
        self.name_after(":worker:", key).filter(|name| !name.ends_with(b":executions"))
    }

    /// The name in `rq:pubsub:NAME`.
    pub(crate) fn channel_name<'a>(&self, channel: &'a [u8]) -> Option<&'a [u8]> {
        self.name_after(":pubsub:", channel)
    }

    fn name_after<'a>(&self, middle: &str, key: &'a [u8]) -> Option<&'a [u8]> {
        key.strip_prefix(self.prefix.as_bytes())?.strip_prefix(middle.as_bytes()).filter(|name| !name.is_empty())
    }

    fn join(&self, middle: &str, name: &[u8], end: &str) -> Vec<u8> {
        [self.prefix.as_bytes(), middle.as_bytes(), name, end.as_bytes()].concat()
    }
}

/// The job in a member of a started registry or of a worker's executions: `JOB` (1.x) or `JOB:EXECUTION` (from 2.0 on,
/// where an execution is 32 hexadecimal digits).
pub(crate) fn job_of(member: &[u8]) -> &[u8] {
    let Some(colon) = member.iter().rposition(|&byte| byte == b':') else { return member };
    let execution = &member[colon + 1..];
    if colon > 0 && execution.len() == 32 && execution.iter().all(u8::is_ascii_hexdigit) {
        &member[..colon]
    } else {
        member
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_rq() {
        let keys = Keys::new("rq");
        let text = |key: Vec<u8>| String::from_utf8(key).unwrap();
        assert_eq!(text(keys.fixed(":queues")), "rq:queues");
        assert_eq!(text(keys.intermediate(b"q")), "rq:queue:q:intermediate");
        assert_eq!(text(keys.first_seen(b"q", b"j")), "rq:queue:q:intermediate:first_seen:j");
        assert_eq!(text(keys.tally(Tally::Started, b"q")), "rq:wip:q");
        assert_eq!(text(keys.scheduler_lock(b"q")), "rq:scheduler-lock:q");
        assert_eq!(text(keys.executions(b"w")), "rq:worker:w:executions");
        assert_eq!(text(Keys::new("team:{a}").job(b"j")), "team:{a}:job:j");
    }

    #[test]
    fn names_come_back_out_of_keys() {
        let keys = Keys::new("rq");
        assert_eq!(keys.queue_name(b"rq:queue:a:b\xff"), Some(&b"a:b\xff"[..]));
        assert_eq!(keys.queue_name(b"rq:queue:"), None);
        assert_eq!(keys.queue_name(b"other:queue:a"), None);
        assert_eq!(keys.worker_name(b"rq:worker:w.1"), Some(&b"w.1"[..]));
        assert_eq!(keys.worker_name(b"rq:worker:w.1:executions"), None);
        assert_eq!(keys.channel_name(b"rq:pubsub:w.1"), Some(&b"w.1"[..]));
    }

    #[test]
    fn a_prefix_is_no_pattern() {
        assert_eq!(Keys::new("a*[b]?").pattern(":worker:"), "a\\*\\[b\\]\\?:worker:*");
    }

    #[test]
    fn members_of_every_version_name_their_job() {
        let execution = "0123456789abcdef0123456789abcdef";
        for (member, job) in [
            ("9e1f".to_owned(), "9e1f"),
            (format!("9e1f:{execution}"), "9e1f"),
            (format!("my:own:id:{execution}"), "my:own:id"),
            ("my:own".to_owned(), "my:own"),
            (format!(":{execution}"), &format!(":{execution}")),
        ] {
            assert_eq!(job_of(member.as_bytes()), job.as_bytes());
        }
    }
}
