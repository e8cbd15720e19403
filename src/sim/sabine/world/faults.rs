//! Faults on and off, and the repairs. A repair ends a fault only where the runbook says that it does.

use super::routine::{ROUTINES, Routine};
use super::rq::Rq;
use super::{World, wal};
use crate::sim::sabine::fault::Fault;

/// Seconds that a restarted Redis or API is away.
const RESTART_S: u64 = 2;

impl World {
    /// The fault that is on.
    pub(crate) fn fault(&self) -> Fault {
        self.fault
    }

    /// Puts a fault on in place of the one before, which heals with all that it left; [`Fault::None`] only heals.
    pub(crate) fn set_fault(&mut self, fault: Fault) {
        if fault == self.fault {
            return;
        }
        self.heal();
        self.requeue(None);
        self.fault = fault;
        self.since = self.t;
        match fault {
            Fault::WorkerCrash | Fault::RestartWithoutEffect => self.kill_workers(),
            Fault::OrphanScheduler => self.kill_main_alone(),
            Fault::RedisDown => {
                self.redis_process.stop(None);
                self.redis.channels.clear();
            }
            Fault::ApiDown => self.api_process.stop(None),
            _ => {}
        }
    }

    /// Ends the fault without anybody's doing: what was down comes back.
    fn heal(&mut self) {
        if self.fault == Fault::Flapping {
            self.drop_duplicates();
        }
        self.fault = Fault::None;
        self.since = self.t;
        if self.main_worker().is_none() {
            self.stop_workers();
            self.boot_worker();
        }
        for process in [&mut self.redis_process, &mut self.api_process] {
            if !process.is_up {
                process.returns = Some(self.t + 1);
            }
        }
    }

    fn ends(&mut self, faults: &[Fault]) {
        if faults.contains(&self.fault) {
            self.fault = Fault::None;
            self.since = self.t;
        }
    }

    /// Restarts the worker: ends a crash, an orphan, memory trouble, a crash loop; picks up a new webhook. One fault
    /// lets the command succeed and nothing come up.
    pub(crate) fn restart_worker(&mut self) {
        if self.fault == Fault::RestartWithoutEffect {
            return;
        }
        self.stop_workers();
        self.boot_worker();
        if self.fault == Fault::Flapping {
            self.drop_duplicates();
        }
        self.ends(&[
            Fault::WorkerCrash,
            Fault::OrphanScheduler,
            Fault::MemoryPressure,
            Fault::MemoryWarning,
            Fault::Flapping,
            Fault::SlackWebhookFailure,
        ]);
    }

    /// Restarts Redis; its data survive by its dump.
    pub(crate) fn restart_redis(&mut self) {
        self.redis_process.stop(Some(self.t + RESTART_S));
        self.redis.channels.clear();
        self.ends(&[Fault::RedisDown]);
    }

    /// Restarts the API: it picks up new keys of E2B and Anthropic.
    pub(crate) fn restart_api(&mut self) {
        self.api_process.stop(Some(self.t + RESTART_S));
        self.telemetry.forget_calls();
        self.ends(&[Fault::ApiDown, Fault::E2bTimeout, Fault::AnthropicApiFailure]);
    }

    /// Starts one more worker under a name; why not, in rq's words.
    pub(crate) fn add_worker(&mut self, name: &str) -> Result<(), String> {
        if !self.redis_process.is_up {
            return Err(format!("redis.exceptions.ConnectionError: Error 111 connecting to Redis for {name}."));
        }
        if self.workers.iter().any(|worker| worker.name() == name) {
            return Err(format!("ValueError: There exists an active worker named '{name}' already"));
        }
        self.begin_helper(Some(name));
        self.ends(&[Fault::WalBacklog]);
        Ok(())
    }

    /// Caps the worker's memory, in megabytes: over it the kernel kills it, and its supervisor starts it again.
    pub(crate) fn cap_worker(&mut self, megabytes: f64) {
        self.memory_cap_mb = Some(megabytes);
        self.keep_cap();
    }

    /// What the kernel and the supervisor do.
    pub(super) fn keep_cap(&mut self) {
        let is_over = self.memory_cap_mb.is_some_and(|cap| self.worker_rss_mb() > cap);
        if is_over && self.main_worker().is_some() {
            self.kill_workers();
            self.boot_worker();
        }
    }

    /// Whether Redis takes writes.
    pub(crate) fn redis_is_up(&self) -> bool {
        self.redis_process.is_up
    }

    /// Puts the named failed jobs, or all of them, back into the queue; tells how many.
    pub(crate) fn requeue(&mut self, ids: Option<&[String]>) -> usize {
        if !self.redis_process.is_up {
            return 0;
        }
        let mut rq = Rq(&mut self.redis.store);
        let ids = ids.map_or_else(|| rq.failed(), <[String]>::to_vec);
        let requeued: Vec<&String> = ids.iter().filter(|id| rq.requeue(id)).collect();
        for id in &requeued {
            if let Some(entry) = self.wal.of_job(id) {
                entry.status = wal::Status::Pending;
            }
        }
        requeued.len()
    }

    /// Enqueues a WAL entry by its id, which nobody checks; the job's id, or nothing while Redis is down.
    pub(crate) fn enqueue(&mut self, entry_id: &str, is_urgent: bool) -> Option<String> {
        if !self.redis_process.is_up {
            return None;
        }
        if let Some(at) = self.wal.entries.iter().position(|entry| entry.id == entry_id) {
            return self.enqueue_entry(at, is_urgent);
        }
        let id = self.dice.uuid();
        self.enqueue_wal_job(&id, entry_id, is_urgent);
        Some(id)
    }

    /// Runs the routine of a task now; the job's id, or why not.
    pub(crate) fn trigger_job(&mut self, task_type: &str) -> Result<String, Untriggered> {
        let routine = Routine::of_task(task_type).ok_or(Untriggered::Unknown)?;
        if !self.redis_process.is_up {
            return Err(Untriggered::RedisDown);
        }
        Ok(self.enqueue_routine(routine))
    }
}

/// Why a routine was not started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Untriggered {
    /// No routine has this task type.
    Unknown,
    /// There is no queue to put it into.
    RedisDown,
}

impl Untriggered {
    /// The task types that exist, for an error's text.
    pub(crate) fn allowed() -> String {
        ROUTINES.iter().map(|routine| routine.task_type).collect::<Vec<_>>().join(", ")
    }
}
