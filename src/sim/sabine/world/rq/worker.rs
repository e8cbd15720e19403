//! A worker's and a scheduler's registration in rq's keys: birth, heartbeat, clean death, and what a killed one leaves.

use super::{QUEUE, Rq, stamp};

/// Seconds that an idle worker's hash lives: its time-out of 420 and 60 more.
const IDLE_TTL_S: i64 = 480;
/// Seconds that a scheduler's lock and hash live.
const LOCK_TTL_S: i64 = 61;

/// What a worker tells of itself.
pub(crate) struct Told<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// Its process id.
    pub(crate) pid: u32,
    /// When it was born, in milliseconds since 1970.
    pub(crate) born_ms: i64,
    /// `started`, `idle`, `busy`, `suspended`.
    pub(crate) state: &'a str,
    /// Jobs that returned.
    pub(crate) successes: u64,
    /// Jobs that did not.
    pub(crate) failures: u64,
    /// Seconds at work.
    pub(crate) working_s: f64,
}

fn key(name: &str) -> String {
    format!("rq:worker:{name}")
}

impl Rq<'_> {
    /// Registers a worker.
    pub(crate) fn register(&mut self, worker: &Told<'_>) {
        let key = key(worker.name);
        self.sadd("rq:workers", &key);
        self.sadd(&format!("rq:workers:{QUEUE}"), &key);
        self.0.remove(&key);
        self.hset(
            &key,
            &[
                ("birth", stamp(worker.born_ms).as_bytes()),
                ("queues", QUEUE.as_bytes()),
                ("pid", worker.pid.to_string().as_bytes()),
                ("hostname", b"sabine-prod-1"),
                ("ip_address", format!("10.0.4.17:{}", 40_000 + worker.pid % 20_000).as_bytes()),
                ("version", b"3.0.0"),
                ("python_version", b"3.11.9 (main, Apr  2 2024, 08:25:04) [GCC 12.2.0]"),
            ],
        );
        self.beat(worker);
    }

    /// A heartbeat: state, counters and a longer life.
    pub(crate) fn beat(&mut self, worker: &Told<'_>) {
        let key = key(worker.name);
        self.hset(
            &key,
            &[
                ("last_heartbeat", stamp(self.now()).as_bytes()),
                ("state", worker.state.as_bytes()),
                ("successful_job_count", worker.successes.to_string().as_bytes()),
                ("total_working_time", format!("{:.6}", worker.working_s).as_bytes()),
                ("failed_job_count", worker.failures.to_string().as_bytes()),
            ],
        );
        self.expire(&key, if worker.state == "busy" { super::job::LEASE_S } else { IDLE_TTL_S });
    }

    /// Whether the worker's hash is there with its birth.
    pub(crate) fn is_registered(&self, name: &str) -> bool {
        self.hget(&key(name), "birth").is_some()
    }

    /// A clean stop.
    pub(crate) fn unregister(&mut self, name: &str) {
        let key = key(name);
        self.srem("rq:workers", &key);
        self.srem(&format!("rq:workers:{QUEUE}"), &key);
        self.hset(&key, &[("death", stamp(self.now()).as_bytes())]);
        self.expire(&key, 60);
    }

    /// Takes killed workers whose hash has run out off the register.
    pub(crate) fn forget_dead(&mut self) {
        for member in self.smembers("rq:workers") {
            if !self.lives(&member) {
                self.srem("rq:workers", &member);
                self.srem(&format!("rq:workers:{QUEUE}"), &member);
            }
        }
    }

    /// A scheduler's heartbeat: it holds the lock of the queue.
    pub(crate) fn beat_scheduler(&mut self, id: &str, pid: u32, born_ms: i64) {
        let lock = format!("rq:scheduler-lock:{QUEUE}");
        self.put(&lock, id);
        self.expire(&lock, LOCK_TTL_S);
        let key = format!("rq:scheduler:{id}");
        self.hset(
            &key,
            &[
                ("name", id.as_bytes()),
                ("hostname", b"sabine-prod-1"),
                ("pid", pid.to_string().as_bytes()),
                ("queues", QUEUE.as_bytes()),
                ("created_at", stamp(born_ms).as_bytes()),
                ("last_heartbeat", stamp(self.now()).as_bytes()),
            ],
        );
        self.expire(&key, LOCK_TTL_S);
    }

    /// Whether the scheduler's hash is there.
    pub(crate) fn holds_lock(&self, id: &str) -> bool {
        self.lives(&format!("rq:scheduler:{id}"))
    }

    /// A clean stop of the scheduler.
    pub(crate) fn release_lock(&mut self, id: &str) {
        self.0.remove(format!("rq:scheduler-lock:{QUEUE}"));
        self.0.remove(format!("rq:scheduler:{id}"));
    }
}
