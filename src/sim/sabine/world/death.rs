//! How workers end: stopped cleanly, killed as a group, killed alone, told to by rq's own commands, out of memory.

use super::effects::{Effects, Failure};
use super::worker::Orphan;
use super::{Rq, World};

/// Megabytes a second that a healed worker gives back.
const RELIEF_MB_PER_S: f64 = 40.0;

impl World {
    /// The whole group is killed while a job runs: registration, lease and lock are left to run out.
    pub(super) fn kill_workers(&mut self) {
        self.make_busy();
        for worker in std::mem::take(&mut self.workers) {
            self.redis.channels.remove(&worker.channel());
        }
        self.scheduler = None;
    }

    /// Only the main process is killed, while idle: scheduler, channel and parked pop live on.
    pub(super) fn kill_main_alone(&mut self) {
        let Some(channel) = self.main_worker().map(super::worker::Worker::channel) else { return };
        for mut worker in std::mem::take(&mut self.workers) {
            self.finish_now(&mut worker);
            self.rest(&worker);
            if worker.channel() != channel {
                self.redis.channels.remove(&worker.channel());
            }
        }
        self.orphan = Some(Orphan { channel, is_parked: true });
    }

    /// A clean stop: the job is finished, the registration taken back.
    pub(super) fn stop_workers(&mut self) {
        for mut worker in std::mem::take(&mut self.workers) {
            self.finish_now(&mut worker);
            self.redis.channels.remove(&worker.channel());
            if self.redis_process.is_up {
                self.rq().unregister(worker.name());
            }
        }
        if let Some(orphan) = self.orphan.take() {
            self.redis.channels.remove(&orphan.channel);
        }
        if let Some(scheduler) = self.scheduler.take().filter(|_| self.redis_process.is_up) {
            Rq(&mut self.redis.store).release_lock(scheduler.id());
        }
    }

    /// Carries out what was published to the workers.
    pub(super) fn obey(&mut self) {
        for (channel, message) in std::mem::take(&mut self.redis.published) {
            let Ok(message) = serde_json::from_slice::<serde_json::Value>(&message) else { continue };
            let word = |key: &str| message.get(key).and_then(serde_json::Value::as_str).map(str::to_owned);
            match word("command").as_deref() {
                Some("stop-job") => self.stop_job(&channel, &word("job_id").unwrap_or_default()),
                Some("kill-horse") => self.kill_horse(&channel),
                Some("shutdown") => self.shut_down(&channel),
                _ => {}
            }
        }
    }

    fn stop_job(&mut self, channel: &[u8], job: &str) {
        let stopped =
            self.workers.iter_mut().find(|worker| worker.channel() == channel).and_then(|w| w.drop_run(Some(job)));
        if let Some(run) = stopped {
            self.rq().fail(&run, "stopped", "Job stopped by user, work-horse terminated.");
        }
    }

    fn kill_horse(&mut self, channel: &[u8]) {
        let killed = self.workers.iter_mut().find(|worker| worker.channel() == channel).and_then(|w| w.drop_run(None));
        if let Some(run) = killed {
            self.end_badly(&run, Failure::Killed.line(), Failure::Killed.line());
        }
    }

    /// A warm stop; a supervisor brings the main worker back.
    fn shut_down(&mut self, channel: &[u8]) {
        if self.main_worker().is_some_and(|worker| worker.channel() == channel) {
            self.stop_workers();
            self.boot_worker();
        }
    }

    /// Kills and revives the worker in turns.
    pub(super) fn crash_loop(&mut self, effects: &Effects) {
        let Some((up, down)) = effects.crash_loop else { return };
        let place = (self.t - self.since) % (up + down);
        if place >= up && self.main_worker().is_some() {
            self.kill_workers();
        } else if place < up && self.main_worker().is_none() {
            self.boot_worker();
            if self.redis_process.is_up {
                self.schedule_duplicates();
            }
        }
    }

    /// The worker's memory grows, or comes back.
    pub(super) fn leak(&mut self, effects: &Effects) {
        let limit = (effects.leak_until_mb - super::worker::BASE_MB).max(0.0);
        self.leak_mb = if effects.leak_mb_per_s > 0.0 {
            (self.leak_mb + effects.leak_mb_per_s).min(limit)
        } else {
            (self.leak_mb - RELIEF_MB_PER_S).max(0.0)
        };
    }
}
