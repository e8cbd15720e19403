//! The simulated Sabine Super Agent as a pure state machine: API, worker, Redis, database, outside services.
//!
//! Time is an argument: [`World::advance`] takes seconds since the start and plays every second in between; the same
//! seed gives the same world. Faults go on and off while it runs, repairs end them where the runbook says so. No
//! sockets here, no clock.

use std::time::Duration;

use jiff::Timestamp;

use self::effects::{Effects, effects};
use self::rq::Rq;
use self::telemetry::Telemetry;
use self::wal::Wal;
use self::worker::{Orphan, Scheduler, Worker};
use super::fault::Fault;
use crate::sim::dice::Dice;
use crate::sim::door::Way;
use crate::sim::resp::Redis;

mod death;
mod effects;
pub(crate) mod faults;
pub(crate) mod hands;
mod pickle;
pub(crate) mod routine;
pub(crate) mod rq;
mod telemetry;
mod timetable;
pub(crate) mod wal;
mod worker;

/// After a pause (a suspended laptop) no more than so many seconds are played.
const MOST_CAUGHT_UP_S: u64 = 7200;
/// How old Redis and the API are when the world begins.
const OLD_S: u64 = 9 * 86_400 + 4711;

/// A process that is up, or down, perhaps until a known second.
#[derive(Debug, Clone, Copy)]
struct Process {
    is_up: bool,
    /// When it came up, in seconds of the world; may lie before its start.
    since: i64,
    returns: Option<u64>,
}

impl Process {
    fn old() -> Self {
        Self { is_up: true, since: -i64::try_from(OLD_S).unwrap_or(0), returns: None }
    }

    fn stop(&mut self, returns: Option<u64>) {
        *self = Self { is_up: false, returns, ..*self };
    }

    /// Comes back when its second has come; true at that moment.
    fn tick(&mut self, t: u64) -> bool {
        let comes = !self.is_up && self.returns.is_some_and(|at| t >= at);
        if comes {
            *self = Self { is_up: true, since: i64::try_from(t).unwrap_or(0), returns: None };
        }
        comes
    }
}

/// The whole simulated system.
#[derive(Debug)]
pub(crate) struct World {
    /// The simulated Redis, filled with rq's keys.
    pub(crate) redis: Redis,
    /// The write-ahead log.
    pub(crate) wal: Wal,
    /// What the API counts.
    pub(crate) telemetry: Telemetry,
    start_ms: i64,
    now_ms: i64,
    t: u64,
    dice: Dice,
    fault: Fault,
    since: u64,
    redis_process: Process,
    api_process: Process,
    workers: Vec<Worker>,
    scheduler: Option<Scheduler>,
    orphan: Option<Orphan>,
    leak_mb: f64,
    /// Megabytes over which the worker is killed, once somebody has set a limit.
    memory_cap_mb: Option<f64>,
    arriving: f64,
    /// Runs that failed so far.
    failed_runs: u64,
}

impl World {
    /// A healthy world that begins at a wall time.
    pub(crate) fn new(start: Timestamp, seed: u64) -> Self {
        let start_ms = start.as_millisecond();
        let mut world = Self {
            redis: Redis::default(),
            wal: Wal { entries: Vec::new(), completed: 18_240 },
            telemetry: Telemetry::new(start_ms),
            start_ms,
            now_ms: start_ms,
            t: 0,
            dice: Dice::new(seed),
            fault: Fault::None,
            since: 0,
            redis_process: Process::old(),
            api_process: Process::old(),
            workers: Vec::new(),
            scheduler: None,
            orphan: None,
            leak_mb: 0.0,
            memory_cap_mb: None,
            arriving: 0.0,
            failed_runs: 0,
        };
        world.redis.store.at(start_ms);
        world.redis.facts.base_memory = 41 << 20;
        world.redis.facts.maxmemory = 256 << 20;
        world.redis.facts.clients = 7;
        world.redis.facts.last_save_s = start_ms / 1000 - 1900;
        world.begin_worker(0);
        world.remember_last_runs();
        world.schedule_routines();
        world
    }

    /// Plays the world up to so long after its start.
    pub(crate) fn advance(&mut self, to: Duration) {
        let target = to.as_secs();
        self.t = self.t.max(target.saturating_sub(MOST_CAUGHT_UP_S));
        while self.t < target {
            self.t += 1;
            self.tell_time(Duration::from_secs(self.t));
            self.step();
        }
        if to > Duration::from_secs(self.t) {
            self.tell_time(to);
        }
    }

    fn tell_time(&mut self, at: Duration) {
        self.now_ms = self.start_ms.saturating_add(i64::try_from(at.as_millis()).unwrap_or(i64::MAX));
        self.redis.store.at(self.now_ms);
        self.redis.facts.uptime_s = self.age_of(&self.redis_process);
    }

    /// One second.
    fn step(&mut self) {
        let effects = effects(self.fault);
        if self.redis_process.tick(self.t) {
            self.subscribe_workers();
        }
        self.api_process.tick(self.t);
        self.crash_loop(&effects);
        self.leak(&effects);
        self.keep_cap();
        self.receive(&effects);
        self.count(&effects);
        if self.redis_process.is_up {
            self.work_all(&effects);
        }
        if self.t.is_multiple_of(600) {
            self.redis.store.purge();
        }
        if self.t.is_multiple_of(3600) {
            self.redis.facts.last_save_s = self.now_ms / 1000;
        }
    }

    fn age_of(&self, process: &Process) -> u64 {
        u64::try_from(i64::try_from(self.t).unwrap_or(0) - process.since).unwrap_or(0)
    }

    /// The wall time, in milliseconds since 1970.
    pub(crate) fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// rq's view of the store.
    pub(crate) fn rq(&mut self) -> Rq<'_> {
        Rq(&mut self.redis.store)
    }

    /// A fresh id.
    pub(crate) fn new_id(&mut self) -> String {
        self.dice.uuid()
    }

    /// What lasts at the moment.
    pub(crate) fn effects(&self) -> Effects {
        effects(self.fault)
    }

    /// How the API's port behaves.
    pub(crate) fn api_way(&self) -> Way {
        if self.api_process.is_up { Way::Open } else { Way::Shut }
    }

    /// How Redis' port behaves.
    pub(crate) fn redis_way(&self) -> Way {
        if self.redis_process.is_up { Way::Open } else { Way::Shut }
    }

    /// How the worker's health port behaves.
    pub(crate) fn worker_way(&self) -> Way {
        match (self.main_worker(), &self.orphan) {
            (Some(_), _) => Way::Open,
            (None, Some(_)) => Way::Silent,
            (None, None) => Way::Shut,
        }
    }
}

#[cfg(test)]
mod tests;
