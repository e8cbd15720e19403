//! The simulated Agent Team Platform as a pure state machine: counters that grow, a circuit breaker as the runbook has
//! it, revisions with their traffic, the versions of the HMAC secret, backups.
//!
//! Time is an argument: [`World::advance`] plays every second; the same seed gives the same world. No sockets, no clock.

use std::time::Duration;

use jiff::Timestamp;

use super::effects::{Effects, FAULTS, MODELS, effects};
use crate::sim::dice::Dice;
use crate::sim::door::Way;
use crate::sim::resp::Redis;

/// After a pause (a suspended laptop) no more than so many seconds are played.
const MOST_CAUGHT_UP_S: u64 = 7200;
/// Tasks a second.
const TASKS_PER_S: f64 = 2.0;
/// Failures in a row that open the breaker, the seconds for which it stays open, successes in a row that close it.
const BREAKER: (u32, u64, u32) = (5, 30, 2);
/// Seconds that a restarted service or Redis is away.
const RESTART_S: u64 = 2;
/// Milliseconds of a day.
pub(super) const DAY_MS: i64 = 86_400_000;

/// The circuit breaker in front of the models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Breaker {
    /// Calls pass; so many failed in a row.
    Closed(u32),
    /// Calls fail at once, until this second.
    Open(u64),
    /// A call passes to try; so many succeeded in a row.
    HalfOpen(u32),
}

impl Breaker {
    /// The breaker after a call at a second.
    fn after(self, is_well: bool, t: u64) -> Self {
        let (most, rest, least) = BREAKER;
        match self {
            Self::Open(until) if t >= until => Self::HalfOpen(0).after(is_well, t),
            Self::Open(_) => self,
            Self::Closed(_) if is_well => Self::Closed(0),
            Self::Closed(failed) if failed + 1 < most => Self::Closed(failed + 1),
            Self::Closed(_) => Self::Open(t + rest),
            Self::HalfOpen(_) if !is_well => Self::Open(t + rest),
            Self::HalfOpen(passed) if passed + 1 < least => Self::HalfOpen(passed + 1),
            Self::HalfOpen(_) => Self::Closed(0),
        }
    }
}

/// A version of the HMAC secret.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeyVersion {
    pub(super) number: u32,
    pub(super) created_ms: i64,
    pub(super) is_enabled: bool,
}

/// The whole simulated system.
#[derive(Debug)]
pub(super) struct World {
    pub(super) redis: Redis,
    /// What has happened since the process started.
    pub(super) succeeded: f64,
    pub(super) failed: f64,
    pub(super) denied: f64,
    /// Calls of each model.
    pub(super) asked: [f64; 3],
    pub(super) breaker: Breaker,
    /// Revisions with their share of the traffic in percent, newest last.
    pub(super) revisions: Vec<(String, u32)>,
    /// Environment variables of the service that people set.
    pub(super) settings: Vec<(String, String)>,
    pub(super) keys: Vec<KeyVersion>,
    /// When each backup was made.
    pub(super) backups: Vec<i64>,
    /// Lines of the log that nobody has taken yet.
    pub(super) log: Vec<String>,
    start_ms: i64,
    now_ms: i64,
    t: u64,
    /// The second in which the process started.
    since: u64,
    returns: Option<u64>,
    redis_returns: Option<u64>,
    fault: &'static str,
    dice: Dice,
}

impl World {
    /// A healthy world that begins at a wall time.
    pub(super) fn new(start: Timestamp, seed: u64) -> Self {
        let now = start.as_millisecond();
        let mut world = Self {
            redis: Redis::default(),
            succeeded: 0.0,
            failed: 0.0,
            denied: 0.0,
            asked: [0.0; 3],
            breaker: Breaker::Closed(0),
            revisions: Vec::new(),
            settings: Vec::new(),
            keys: Vec::new(),
            backups: Vec::new(),
            log: Vec::new(),
            start_ms: now,
            now_ms: now,
            t: 0,
            since: 0,
            returns: None,
            redis_returns: None,
            fault: "none",
            dice: Dice::new(seed),
        };
        world.redis.store.at(now);
        world.redis.facts.base_memory = 23 << 20;
        world.redis.facts.maxmemory = 256 << 20;
        world.redis.facts.clients = 4;
        world.redis.facts.last_save_s = now / 1000 - 900;
        world.heal();
        world
    }

    /// Plays the world up to so long after its start.
    pub(super) fn advance(&mut self, to: Duration) {
        let target = to.as_secs();
        self.t = self.t.max(target.saturating_sub(MOST_CAUGHT_UP_S));
        while self.t < target {
            self.t += 1;
            self.now_ms = self.start_ms.saturating_add(i64::try_from(self.t * 1000).unwrap_or(i64::MAX));
            self.step();
        }
        self.now_ms = self.start_ms.saturating_add(i64::try_from(to.as_millis()).unwrap_or(i64::MAX)).max(self.now_ms);
        self.redis.store.at(self.now_ms);
        self.redis.facts.uptime_s = self.t + 40_000;
    }

    /// One second.
    fn step(&mut self) {
        if self.returns.is_some_and(|at| self.t >= at) {
            self.returns = None;
            self.begin();
        }
        if self.redis_returns.is_some_and(|at| self.t >= at) {
            self.redis_returns = None;
        }
        if !self.is_up() {
            return;
        }
        self.write_log();
        let effects = self.effects();
        let tasks = TASKS_PER_S * self.dice.between(0.9, 1.1);
        self.failed += tasks * effects.error_percent / 100.0;
        self.succeeded += tasks * (1.0 - effects.error_percent / 100.0);
        self.denied += effects.denied_per_min / 60.0;
        self.breaker = self.breaker.after(effects.model.is_some(), self.t);
        if let Some(asked) = effects.model.and_then(|model| self.asked.get_mut(model)) {
            *asked += tasks * 0.6;
        }
    }

    /// The process starts: its counters begin at zero.
    fn begin(&mut self) {
        self.since = self.t;
        (self.succeeded, self.failed, self.denied, self.asked) = (0.0, 0.0, 0.0, [0.0; 3]);
        self.breaker = Breaker::Closed(0);
    }

    /// What lasts at the moment.
    pub(super) fn effects(&self) -> Effects {
        effects(self.fault)
    }

    /// The fault that is on.
    pub(super) fn fault(&self) -> &'static str {
        self.fault
    }

    /// Puts a fault on in place of the one before, which heals with all that it left.
    pub(super) fn set_fault(&mut self, name: &str) {
        let fault = FAULTS.iter().map(|fault| fault.name).find(|known| *known == name).unwrap_or("none");
        if fault == self.fault {
            return;
        }
        self.heal();
        self.fault = fault;
        // what is seen over a window shows the fault alone
        self.begin();
        let (now, day) = (self.now_ms, DAY_MS);
        let key = |number, created_ms, is_enabled| KeyVersion { number, created_ms, is_enabled };
        match fault {
            "api-down" => self.returns = Some(u64::MAX),
            "redis-down" => self.redis_returns = Some(u64::MAX),
            "hmac-key-old" => self.keys = vec![key(1, now - 104 * day, true)],
            "hmac-old-key-removed" => {
                self.keys = vec![key(1, now - 91 * day, false), key(2, now - day / 8, true)];
            }
            "hmac-old-key-kept" => self.keys = vec![key(1, now - 97 * day, true), key(2, now - 6 * day, true)],
            "bus-fallback" => {
                let msg = "Redis bus initialization failed, falling back to memory";
                self.log.push(serde_json::json!({ "level": "warn", "time": now, "msg": msg }).to_string());
            }
            "backup-old" => self.backups = vec![now - 5 * day, now - 4 * day, now - 3 * day],
            "bad-canary" => {
                self.revisions = vec![("agent-team-00042-xyz".to_owned(), 90), ("agent-team-00043-abc".to_owned(), 10)];
            }
            _ => {}
        }
    }

    /// Everything is as it should be.
    fn heal(&mut self) {
        self.fault = "none";
        (self.returns, self.redis_returns) = (None, None);
        self.revisions = vec![("agent-team-00041-qed".to_owned(), 0), ("agent-team-00042-xyz".to_owned(), 100)];
        self.settings =
            [("AI_RATE_QPS", "3"), ("AI_MODEL_DEFAULT", "gemini-2.5-pro"), ("COMM_HMAC_ACTIVE_KEY_ID", "prod-v1")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into();
        self.keys = vec![KeyVersion { number: 1, created_ms: self.now_ms - 23 * DAY_MS, is_enabled: true }];
        self.backups = (1..=7).rev().map(|days| self.now_ms - days * DAY_MS + DAY_MS / 2).collect();
    }

    /// A repair ends the faults that it is for.
    pub(super) fn ends(&mut self, faults: &[&str]) {
        if faults.contains(&self.fault) {
            self.fault = "none";
            (self.returns, self.redis_returns) = (None, None);
        }
    }

    /// Restarts the service: it is away for a moment.
    pub(super) fn restart(&mut self) {
        self.ends(&[
            "api-down",
            "health-failing",
            "database-down",
            "pool-exhausted",
            "bus-fallback",
            "memory-warning",
            "memory-critical",
        ]);
        self.returns = Some(self.t + RESTART_S);
    }

    fn is_up(&self) -> bool {
        self.returns.is_none()
    }

    /// Seconds since the process started.
    pub(super) fn uptime_s(&self) -> f64 {
        // a process that begins with its fault has been up for as long as that; the healthy one was there before
        let before = if self.since == 0 { 50_000.0 } else { 0.0 };
        (self.t - self.since) as f64 + before
    }

    /// Seconds since the world began.
    pub(super) fn seconds(&self) -> u64 {
        self.t
    }

    /// The wall time, in milliseconds since 1970.
    pub(super) fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// The newest revision.
    pub(super) fn newest(&self) -> &str {
        self.revisions.last().map_or("", |(name, _)| name)
    }

    /// Requests of each model: a second, and of the day so far.
    pub(super) fn usage(&self) -> [(f64, f64); 3] {
        let effects = self.effects();
        std::array::from_fn(|at| {
            let (_, _, daily, _) = MODELS[at];
            let share = if at == 0 { effects.used_percent } else { 2.0 };
            let rate = if effects.model == Some(at) { TASKS_PER_S * 0.6 } else { 0.0 };
            (rate, (daily * share / 100.0).round())
        })
    }

    /// How the service's port behaves.
    pub(super) fn api_way(&self) -> Way {
        if self.is_up() { Way::Open } else { Way::Shut }
    }

    /// How Redis' port behaves.
    pub(super) fn redis_way(&self) -> Way {
        if self.redis_returns.is_none() { Way::Open } else { Way::Shut }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_breaker_opens_after_five_failures_tries_after_half_a_minute_and_closes_after_two_successes() {
        let mut breaker = Breaker::Closed(0);
        for failed in 1..5 {
            breaker = breaker.after(false, failed);
            assert!(matches!(breaker, Breaker::Closed(_)), "{failed}");
        }
        assert_eq!(breaker.after(true, 5), Breaker::Closed(0), "a success in between counts anew");
        breaker = breaker.after(false, 5);
        assert_eq!(breaker, Breaker::Open(35));
        assert_eq!(breaker.after(true, 34), Breaker::Open(35), "nothing passes");
        assert_eq!(breaker.after(false, 35), Breaker::Open(65));
        let half = breaker.after(true, 35);
        assert_eq!((half, half.after(true, 36)), (Breaker::HalfOpen(1), Breaker::Closed(0)));
        assert_eq!(half.after(false, 36), Breaker::Open(66));
    }

    #[test]
    fn counters_grow_at_the_rate_of_their_fault_and_a_restart_begins_anew() {
        let start = "2026-11-22T02:00:00Z".parse().unwrap();
        let mut world = World::new(start, 1);
        world.advance(Duration::from_secs(900));
        let share = |world: &World| world.failed / (world.failed + world.succeeded) * 100.0;
        assert!((1.0..5.0).contains(&share(&world)), "{}", share(&world));
        world.set_fault("high-error-rate");
        world.advance(Duration::from_secs(1000));
        assert!(share(&world) > 10.0 && world.uptime_s() < 101.0, "{}", share(&world));
        world.restart();
        assert_eq!(world.api_way(), Way::Shut);
        world.advance(Duration::from_secs(1003));
        assert!(world.api_way() == Way::Open && world.succeeded < 5.0);
    }
}
