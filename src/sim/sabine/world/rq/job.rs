//! A job's life in rq's keys: created, queued or scheduled, taken, finished, retried, failed, abandoned.

use super::super::pickle;
use super::{Rq, epoch, intermediate_key, job_key, queue_key, registry_key, score, stamp};
use crate::sim::resp::{Hash, List, Stream, StreamEntry};

/// Seconds for which a lease is taken and a busy worker's hash lives.
pub(crate) const LEASE_S: i64 = 90;

/// A job to create.
pub(crate) struct NewJob<'a> {
    /// Its id.
    pub(crate) id: &'a str,
    /// The function with its module.
    pub(crate) function: &'a str,
    /// Its one argument.
    pub(crate) argument: Option<&'a str>,
    /// What people read.
    pub(crate) description: &'a str,
    /// Whether it is tried three times more.
    pub(crate) retries: bool,
    /// How long the result is kept, in seconds.
    pub(crate) result_ttl: i64,
    /// Pickled extras.
    pub(crate) meta: Option<Vec<u8>>,
}

/// One run of a job.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    /// The job.
    pub(crate) job: String,
    /// The execution's id.
    pub(crate) execution: String,
    /// Who runs it.
    pub(crate) worker: String,
    /// When it began, in milliseconds since 1970.
    pub(crate) started_ms: i64,
}

impl Run {
    fn lease(&self) -> String {
        format!("{}:{}", self.job, self.execution)
    }
}

impl Rq<'_> {
    /// Writes a job's hash.
    pub(crate) fn create(&mut self, job: &NewJob<'_>, status: &str) {
        let key = job_key(job.id);
        let now = stamp(self.now());
        let (result_ttl, data) = (job.result_ttl.to_string(), pickle::call(job.function, job.argument));
        self.hset(
            &key,
            &[
                ("status", status.as_bytes()),
                ("created_at", now.as_bytes()),
                ("data", &data),
                ("success_callback_name", b""),
                ("failure_callback_name", b""),
                ("stopped_callback_name", b""),
                ("started_at", b""),
                ("ended_at", b""),
                ("last_heartbeat", b""),
                ("worker_name", b""),
                ("group_id", b""),
                ("origin", super::QUEUE.as_bytes()),
                ("description", job.description.as_bytes()),
                ("timeout", b"600"),
                ("result_ttl", result_ttl.as_bytes()),
                ("failure_ttl", b"604800"),
            ],
        );
        if job.retries {
            self.hset(&key, &[("retries_left", b"3"), ("retry_intervals", b"[30, 300, 900]")]);
        }
        if let Some(meta) = &job.meta {
            self.hset(&key, &[("meta", meta)]);
        }
    }

    /// Puts a job into the queue, at its front if it is urgent.
    pub(crate) fn enqueue(&mut self, id: &str, is_urgent: bool) {
        let now = stamp(self.now());
        self.hset(&job_key(id), &[("status", b"queued"), ("enqueued_at", now.as_bytes())]);
        self.sadd("rq:queues", &queue_key());
        self.push(&queue_key(), id, if is_urgent { List::push_front } else { List::push_back });
    }

    /// Puts a job into the scheduled registry.
    pub(crate) fn schedule(&mut self, id: &str, at_ms: i64) {
        self.hset(&job_key(id), &[("status", b"scheduled")]);
        self.zadd(&registry_key("scheduled"), id, score(at_ms));
    }

    /// Moves what is due from the scheduled registry into the queue, as the scheduler does.
    pub(crate) fn enqueue_due(&mut self) {
        let registry = registry_key("scheduled");
        for id in self.due(&registry, score(self.now())) {
            self.zrem(&registry, &id);
            if self.lives(&job_key(&id)) {
                self.enqueue(&id, false);
            }
        }
    }

    /// Jobs in the scheduled registry.
    pub(crate) fn scheduled(&self) -> Vec<String> {
        self.due(&registry_key("scheduled"), f64::INFINITY)
    }

    /// Takes the next job out of the queue; ids without a hash fall away, as in rq.
    pub(crate) fn take(&mut self) -> Option<String> {
        while let Some(id) = self.lpop(&queue_key()) {
            if self.lives(&job_key(&id)) {
                return Some(id);
            }
        }
        None
    }

    /// What a dead worker's parked `BLMOVE` does: the job leaves the queue and nobody runs it.
    pub(crate) fn swallow(&mut self) -> bool {
        let Some(id) = self.take() else { return false };
        self.push(&intermediate_key(), &id, List::push_back);
        true
    }

    /// Writes the start of a run.
    pub(crate) fn start(&mut self, run: &Run) {
        let (now, at) = (self.now(), stamp(self.now()));
        self.hset(
            &job_key(&run.job),
            &[
                ("status", b"started"),
                ("started_at", at.as_bytes()),
                ("ended_at", b""),
                ("last_heartbeat", at.as_bytes()),
                ("worker_name", run.worker.as_bytes()),
            ],
        );
        self.0.expire_at(job_key(&run.job), None);
        let execution = format!("rq:execution:{}:{}", run.job, run.execution);
        self.hset(
            &execution,
            &[
                ("id", run.execution.as_bytes()),
                ("job_id", run.job.as_bytes()),
                ("created_at", epoch(now).as_bytes()),
                ("worker_name", run.worker.as_bytes()),
            ],
        );
        self.sadd(&executions_key(&run.worker), &run.lease());
        self.renew(run);
    }

    /// Renews the lease of a run; a living work-horse does so every 30 seconds.
    pub(crate) fn renew(&mut self, run: &Run) {
        let now = self.now();
        let execution = format!("rq:execution:{}:{}", run.job, run.execution);
        self.hset(&execution, &[("last_heartbeat", epoch(now).as_bytes())]);
        self.hset(&job_key(&run.job), &[("last_heartbeat", stamp(now).as_bytes())]);
        self.expire(&execution, LEASE_S);
        self.zadd(&registry_key("wip"), &run.lease(), score(now + LEASE_S * 1000));
        let executions = format!("rq:executions:{}", run.job);
        self.zadd(&executions, &run.execution, score(now + 150_000));
        self.expire(&executions, 150);
        self.expire(&executions_key(&run.worker), LEASE_S);
    }

    fn end(&mut self, run: &Run, status: &str) {
        let at = stamp(self.now());
        self.hset(&job_key(&run.job), &[("status", status.as_bytes()), ("ended_at", at.as_bytes())]);
        self.zrem(&registry_key("wip"), &run.lease());
        self.srem(&executions_key(&run.worker), &run.lease());
        self.0.remove(format!("rq:execution:{}:{}", run.job, run.execution));
        self.0.remove(format!("rq:executions:{}", run.job));
    }

    /// The run returned.
    pub(crate) fn finish(&mut self, run: &Run) {
        self.end(run, "finished");
        let key = job_key(&run.job);
        let ttl = self.hget(&key, "result_ttl").and_then(|text| text.parse().ok()).unwrap_or(500);
        self.expire(&key, ttl);
        self.zadd(&registry_key("finished"), &run.job, score(self.now() + ttl * 1000));
        let value = pickle::returned(&[("status", pickle::Item::Text("completed"))]);
        self.result(run, "1", ("return_value", &value), ttl);
    }

    /// The run raised, was killed or stopped: into the failed registry with its exception.
    pub(crate) fn fail(&mut self, run: &Run, status: &str, exception: &str) {
        self.end(run, status);
        let key = job_key(&run.job);
        let ttl = self.hget(&key, "failure_ttl").and_then(|text| text.parse().ok()).unwrap_or(31_536_000);
        self.expire(&key, ttl);
        self.zadd(&registry_key("failed"), &run.job, score(self.now() + ttl * 1000));
        self.result(run, "2", ("exc_string", &pickle::exception(exception)), ttl);
    }

    /// Tries again later if tries are left; true when it will.
    pub(crate) fn retry(&mut self, run: &Run) -> bool {
        let key = job_key(&run.job);
        let left: usize = self.hget(&key, "retries_left").and_then(|text| text.parse().ok()).unwrap_or(0);
        let Some(wait_s) = [900, 300, 30].get(left.wrapping_sub(1)) else { return false };
        self.end(run, "scheduled");
        self.hset(&key, &[("retries_left", (left - 1).to_string().as_bytes())]);
        self.schedule(&run.job, self.now() + wait_s * 1000);
        true
    }

    /// The next failure of a job is its last.
    pub(crate) fn forbid_retry(&mut self, id: &str) {
        if self.hget(&job_key(id), "retries_left").is_some() {
            self.hset(&job_key(id), &[("retries_left", b"0")]);
        }
    }

    /// Takes a job out of the scheduled registry and deletes it.
    pub(crate) fn unschedule(&mut self, id: &str) {
        self.zrem(&registry_key("scheduled"), id);
        self.0.remove(job_key(id));
    }

    fn result(&mut self, run: &Run, kind: &str, value: (&str, &str), ttl: i64) {
        let now = self.now();
        let fields = [
            ("type", kind),
            ("worker_name", &run.worker),
            value,
            ("execution_id", &run.execution),
            ("execution_started_at", &epoch(run.started_ms)),
            ("execution_ended_at", &epoch(now)),
        ];
        let entry = StreamEntry {
            id: (u64::try_from(now).unwrap_or(0), 0),
            fields: fields.iter().map(|(field, value)| ((*field).into(), (*value).into())).collect(),
        };
        let key = format!("rq:results:{}", run.job);
        let _ = self.0.edit(&key, |stream: &mut Stream| stream.push(entry));
        self.expire(&key, ttl);
    }

    /// Runs whose lease has run out: their worker died.
    pub(crate) fn abandoned(&self) -> Vec<Run> {
        let leases = self.due(&registry_key("wip"), score(self.now()));
        let run = |lease: &String| {
            let (job, execution) = lease.split_once(':')?;
            let worker = self.hget(&job_key(job), "worker_name").unwrap_or_default();
            let started_ms = self.now() - LEASE_S * 1000;
            Some(Run { job: job.to_owned(), execution: execution.to_owned(), worker, started_ms })
        };
        leases.iter().filter_map(run).collect()
    }

    /// Moves jobs that a dead worker swallowed to the failed registry once they were seen there a minute ago.
    pub(crate) fn fail_swallowed(&mut self) {
        for id in self.items(&intermediate_key()) {
            let seen = format!("{}:first_seen:{id}", intermediate_key());
            if !self.lives(&seen) {
                let now = epoch(self.now());
                self.put(&seen, &now);
                self.expire(&seen, 86_400);
                continue;
            }
            self.lrem(&intermediate_key(), &id);
            let run = Run { job: id, execution: String::new(), worker: String::new(), started_ms: self.now() };
            self.fail(&run, "failed", "Job was stuck in intermediate queue.");
        }
    }

    /// Drops what has expired from the registries of ended jobs.
    pub(crate) fn clean_registries(&mut self) {
        for registry in ["finished", "failed"] {
            for id in self.due(&registry_key(registry), score(self.now())) {
                self.zrem(&registry_key(registry), &id);
            }
        }
    }

    /// Ids in the failed registry.
    pub(crate) fn failed(&self) -> Vec<String> {
        self.due(&registry_key("failed"), f64::INFINITY)
    }

    /// Takes one id from the failed registry back into the queue; false when it is not there any more.
    pub(crate) fn requeue(&mut self, id: &str) -> bool {
        if !self.zrem(&registry_key("failed"), id) || !self.lives(&job_key(id)) {
            return false;
        }
        self.hset(&job_key(id), &[("started_at", b""), ("ended_at", b"")]);
        self.enqueue(id, false);
        true
    }

    /// What a worker can read of a job to know its function: description, and data where it is not compressed.
    pub(crate) fn job_text(&self, id: &str) -> String {
        let hash = self.0.peek::<Hash>(job_key(id)).ok().flatten();
        let field = |name: &str| hash.and_then(|hash| hash.get(name.as_bytes())).map(|value| super::text(value));
        let (description, data) = (field("description").unwrap_or_default(), field("data").unwrap_or_default());
        if data.contains("backend.worker.jobs") { data } else { description }
    }
}

fn executions_key(worker: &str) -> String {
    format!("rq:worker:{worker}:executions")
}
