//! What the API counts of itself: cached model calls, tasks of its agents, recorded snapshots.

use super::World;
use super::effects::Effects;

/// Seconds between two recorded snapshots, on the clock's full five minutes.
const RECORD_EVERY_S: i64 = 300;

/// The counters.
#[derive(Debug, Clone)]
pub(crate) struct Telemetry {
    /// Model calls since the API started.
    pub(crate) calls: u64,
    /// Of them answered from the prompt cache.
    pub(crate) hits: u64,
    /// When a snapshot was recorded last, in milliseconds since 1970.
    pub(crate) recorded_ms: Option<i64>,
    /// Agent tasks done since ever.
    pub(crate) tasks_done: u64,
    /// Agent tasks failed since ever.
    pub(crate) tasks_failed: u64,
    /// Agent tasks waiting.
    pub(crate) tasks_queued: u64,
    /// Agent tasks under way.
    pub(crate) tasks_running: u64,
    /// Failures of the last hour.
    pub(crate) failed_1h: u64,
}

impl Telemetry {
    pub(super) fn new(start_ms: i64) -> Self {
        let period = RECORD_EVERY_S * 1000;
        Self {
            calls: 5400,
            hits: 4430,
            recorded_ms: Some(start_ms.div_euclid(period) * period),
            tasks_done: 1287,
            tasks_failed: 12,
            tasks_queued: 2,
            tasks_running: 1,
            failed_1h: 0,
        }
    }

    /// One model call; four in five come from the cache. A refused one is none.
    pub(super) fn count_call(&mut self, is_accepted: bool) {
        if is_accepted {
            self.calls += 1;
            self.hits += u64::from(!self.calls.is_multiple_of(5));
        }
    }

    /// The counters live in the API's memory.
    pub(super) fn forget_calls(&mut self) {
        (self.calls, self.hits) = (0, 0);
    }

    /// Completed tasks of the last hour.
    pub(crate) fn done_1h(&self) -> u64 {
        24_u64.saturating_sub(self.failed_1h)
    }

    /// Share of the last hour's tasks that succeeded, in percent.
    pub(crate) fn success_rate(&self) -> f64 {
        let all = self.done_1h() + self.failed_1h;
        if all == 0 { 0.0 } else { (self.done_1h() as f64 / all as f64 * 1000.0).round() / 10.0 }
    }
}

impl World {
    /// One second of counting: agent tasks come and go, the snapshot is recorded by the cron outside.
    pub(super) fn count(&mut self, effects: &Effects) {
        if !self.api_process.is_up || !effects.supabase {
            return;
        }
        let second = self.now_ms.div_euclid(1000);
        if second % RECORD_EVERY_S == 0 {
            self.record_metrics();
        }
        if !second.rem_euclid(150).eq(&0) {
            return;
        }
        let has_agents = effects.anthropic;
        let telemetry = &mut self.telemetry;
        if has_agents {
            telemetry.tasks_done += 1;
            telemetry.failed_1h = telemetry.failed_1h.saturating_sub(1);
        } else {
            telemetry.tasks_failed += 1;
            telemetry.failed_1h = (telemetry.failed_1h + 1).min(24);
        }
        telemetry.tasks_queued = self.dice.seconds((1, 4));
    }

    /// Records a snapshot of the metrics now.
    pub(crate) fn record_metrics(&mut self) {
        self.telemetry.recorded_ms = Some(self.now_ms);
    }

    /// Seconds for which the main worker has lived; nothing without one.
    pub(crate) fn worker_uptime_s(&self) -> Option<f64> {
        self.main_worker().map(|worker| (self.now_ms - worker.born_ms()) as f64 / 1000.0)
    }

    /// Whether the main worker has not yet reached Redis since its start.
    pub(crate) fn worker_is_starting(&self) -> bool {
        self.main_worker().is_some_and(|worker| !worker.has_begun())
    }
}
