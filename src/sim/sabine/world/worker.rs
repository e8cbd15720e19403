//! The rq worker processes of the world: born, taking jobs, heartbeating, cleaning up, dying in several ways.

use super::effects::{Effects, Failure};
use super::routine::Routine;
use super::rq::job::Run;
use super::rq::worker::Told;
use super::{Rq, World, wal};
use crate::sim::resp::Blob;

/// Seconds from the start of the process to its first job.
const BOOT_S: u64 = 2;
/// Seconds between heartbeats of an idle worker.
const IDLE_BEAT_S: u64 = 405;
/// Seconds between heartbeats of a running job.
const BUSY_BEAT_S: u64 = 30;
/// Seconds between heartbeats of the scheduler. The real one beats each second; nobody can tell by its 61 s to live.
const SCHEDULER_BEAT_S: u64 = 5;
/// Seconds between the maintenance passes of a worker.
const MAINTENANCE_S: u64 = 600;
/// Passes that follow the first one sooner, in seconds after it: what was killed shortly before a restart is cleared
/// away while somebody still looks. The real worker lets ten minutes pass.
const EARLY_PASSES_S: [u64; 2] = [61, 122];
/// Of so many failed runs one was the last try.
const LAST_TRY_EVERY: u64 = 4;
/// The health server's process in megabytes, freshly started.
pub(super) const BASE_MB: f64 = 318.0;

/// A living worker process.
#[derive(Debug)]
pub(crate) struct Worker {
    name: String,
    pid: u32,
    born_ms: i64,
    /// It has the health port and the scheduler.
    is_main: bool,
    ready_at: u64,
    last_beat: u64,
    /// When its first maintenance pass was: nothing until it has reached Redis.
    first_pass: Option<u64>,
    is_suspended: bool,
    current: Option<Current>,
    successes: u64,
    failures: u64,
    working_s: f64,
}

/// The job that a worker is at.
#[derive(Debug)]
struct Current {
    run: Run,
    what: What,
    ends: u64,
    renewed: u64,
}

/// What a job does.
#[derive(Debug, Clone, Copy)]
enum What {
    Wal,
    Routine(&'static Routine),
    Other,
}

/// The scheduler process of the main worker.
#[derive(Debug)]
pub(crate) struct Scheduler {
    id: String,
    pid: u32,
    born_ms: i64,
}

impl Scheduler {
    /// Its id.
    pub(super) fn id(&self) -> &str {
        &self.id
    }
}

/// What is left when only the main process is killed: its sockets live on in the scheduler.
#[derive(Debug)]
pub(crate) struct Orphan {
    /// The dead worker's channel, still subscribed to.
    pub(super) channel: Blob,
    /// The dead worker's blocking pop still waits in Redis.
    pub(super) is_parked: bool,
}

impl Worker {
    fn told(&self) -> Told<'_> {
        let state = match (&self.current, self.is_suspended) {
            (Some(_), _) => "busy",
            (None, true) => "suspended",
            (None, false) => "idle",
        };
        Told {
            name: &self.name,
            pid: self.pid,
            born_ms: self.born_ms,
            state,
            successes: self.successes,
            failures: self.failures,
            working_s: self.working_s,
        }
    }

    /// The channel on which it takes commands.
    pub(super) fn channel(&self) -> Blob {
        format!("rq:pubsub:{}", self.name).into_bytes()
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// When it was born, in milliseconds since 1970.
    pub(super) fn born_ms(&self) -> i64 {
        self.born_ms
    }

    /// Whether it has reached Redis and begun.
    pub(super) fn has_begun(&self) -> bool {
        self.first_pass.is_some()
    }

    /// Drops what it is at, if it is that job (or any); the work-horse is gone.
    pub(super) fn drop_run(&mut self, job: Option<&str>) -> Option<Run> {
        self.current.take_if(|current| job.is_none_or(|job| current.run.job == job)).map(|current| current.run)
    }
}

impl World {
    /// The worker with the health port.
    pub(super) fn main_worker(&self) -> Option<&Worker> {
        self.workers.iter().find(|worker| worker.is_main)
    }

    /// Starts a main worker; `boot_s` from now it works.
    pub(super) fn begin_worker(&mut self, boot_s: u64) {
        self.orphan = None;
        let worker = self.new_worker(true, boot_s);
        self.scheduler = Some(Scheduler { id: self.dice.hex(), pid: worker.pid + 3, born_ms: self.now_ms });
        self.workers.push(worker);
        self.leak_mb = 0.0;
    }

    /// Starts the main worker as a supervisor does.
    pub(super) fn boot_worker(&mut self) {
        self.begin_worker(BOOT_S);
    }

    /// Starts a further worker beside the main one.
    pub(super) fn begin_helper(&mut self, name: Option<&str>) {
        let mut worker = self.new_worker(false, BOOT_S);
        if let Some(name) = name {
            name.clone_into(&mut worker.name);
        }
        self.workers.push(worker);
    }

    fn new_worker(&mut self, is_main: bool, boot_s: u64) -> Worker {
        let name = format!("sabine-worker-{}", &self.dice.hex()[..8]);
        Worker {
            name,
            pid: 2000 + u32::try_from(self.dice.seconds((0, 9000))).unwrap_or(0),
            born_ms: self.now_ms,
            is_main,
            ready_at: self.t + boot_s,
            last_beat: self.t,
            first_pass: None,
            is_suspended: false,
            current: None,
            successes: 0,
            failures: 0,
            working_s: 0.0,
        }
    }

    /// Redis is back: workers subscribe to their channels again.
    pub(super) fn subscribe_workers(&mut self) {
        let orphan = self.orphan.iter().map(|orphan| orphan.channel.clone());
        self.redis.channels = self.workers.iter().map(Worker::channel).chain(orphan).map(|c| (c, 1)).collect();
    }

    /// One second of everything that lives on Redis.
    pub(super) fn work_all(&mut self, effects: &Effects) {
        self.obey();
        self.run_scheduler();
        if let Some(orphan) = &mut self.orphan {
            orphan.is_parked = orphan.is_parked && !Rq(&mut self.redis.store).swallow();
        }
        if self.t.is_multiple_of(30) && self.main_worker().is_some() {
            self.enqueue_forgotten();
        }
        if let Some((task, _)) = effects.asked_for.filter(|(_, every)| (self.t - self.since) % every == 1) {
            // Redis is up here and the table names tasks that exist
            let _ = self.trigger_job(task);
        }
        let mut workers = std::mem::take(&mut self.workers);
        for worker in &mut workers {
            self.work(worker, effects);
        }
        self.workers = workers;
    }

    fn run_scheduler(&mut self) {
        let is_ready = self.orphan.is_some() || self.main_worker().is_some_and(|worker| self.t >= worker.ready_at);
        let Some(scheduler) = self.scheduler.as_ref().filter(|_| is_ready) else { return };
        let mut rq = Rq(&mut self.redis.store);
        if self.t.is_multiple_of(SCHEDULER_BEAT_S) || !rq.holds_lock(&scheduler.id) {
            rq.beat_scheduler(&scheduler.id, scheduler.pid, scheduler.born_ms);
        }
        rq.enqueue_due();
    }

    fn work(&mut self, worker: &mut Worker, effects: &Effects) {
        if self.t < worker.ready_at {
            return;
        }
        if !self.rq().is_registered(&worker.name) {
            self.rq().register(&worker.told());
            self.redis.channels.insert(worker.channel(), 1);
        }
        self.maintain(worker);
        if worker.current.as_ref().is_some_and(|current| self.t >= current.ends) {
            self.complete(worker, effects);
        }
        let is_suspended = self.redis.store.has("rq:suspended");
        let woke = std::mem::replace(&mut worker.is_suspended, is_suspended) != is_suspended;
        let was_busy = worker.current.is_some();
        if !was_busy && !is_suspended {
            self.take_job(worker, effects);
        }
        self.beat(worker, woke || was_busy != worker.current.is_some());
    }

    fn beat(&mut self, worker: &mut Worker, changed: bool) {
        let t = self.t;
        let due = worker.current.as_mut().filter(|current| t >= current.renewed + BUSY_BEAT_S);
        let renewed = due.is_some();
        if let Some(current) = due {
            current.renewed = t;
            Rq(&mut self.redis.store).renew(&current.run);
        }
        if changed || renewed || t >= worker.last_beat + IDLE_BEAT_S {
            worker.last_beat = t;
            self.rq().beat(&worker.told());
        }
    }

    /// Cleans up after the dead: at the start, soon again, then every ten minutes.
    fn maintain(&mut self, worker: &mut Worker) {
        let first = *worker.first_pass.get_or_insert(self.t);
        let since = self.t - first;
        if !since.is_multiple_of(MAINTENANCE_S) && !EARLY_PASSES_S.contains(&since) {
            return;
        }
        let mut rq = self.rq();
        rq.forget_dead();
        rq.clean_registries();
        rq.fail_swallowed();
        for run in rq.abandoned() {
            let exception = "Moved to FailedJobRegistry, due to AbandonedJobError";
            self.end_badly(&run, exception, "rq.exceptions.AbandonedJobError");
        }
    }

    fn take_job(&mut self, worker: &mut Worker, effects: &Effects) {
        let Some(job) = self.rq().take() else { return };
        let text = self.rq().job_text(&job);
        let what = match Routine::named_in(&text) {
            Some(routine) => What::Routine(routine),
            None if text.contains("process_wal_entry") => What::Wal,
            None => What::Other,
        };
        let takes = match what {
            // completed by another job meanwhile
            What::Wal if self.wal.of_job(&job).is_none() => 0,
            What::Wal => self.dice.seconds(effects.wal_takes),
            What::Routine(routine) if routine.task_type == "skill_generation" && !effects.e2b => 32,
            What::Routine(routine) => self.dice.seconds(routine.takes),
            What::Other => self.dice.seconds((2, 4)),
        };
        let run = Run { job, execution: self.dice.hex(), worker: worker.name.clone(), started_ms: self.now_ms };
        self.rq().start(&run);
        if let Some(entry) = self.wal.of_job(&run.job) {
            entry.status = wal::Status::Processing;
        }
        worker.current = Some(Current { run, what, ends: self.t + takes, renewed: self.t });
    }

    fn complete(&mut self, worker: &mut Worker, effects: &Effects) {
        let Some(current) = worker.current.take() else { return };
        worker.working_s += (self.now_ms - current.run.started_ms) as f64 / 1000.0;
        if let Some(failure) = self.failure(current.what, effects) {
            worker.failures += 1;
            // some messages were at their last try already, the first of them too: what a fault does is soon seen
            if self.failed_runs.is_multiple_of(LAST_TRY_EVERY) {
                self.rq().forbid_retry(&current.run.job);
            }
            self.failed_runs += 1;
            let function = match current.what {
                What::Routine(routine) => routine.function,
                What::Wal | What::Other => "process_wal_entry",
            };
            self.end_badly(&current.run, &failure.traceback(function), failure.line());
            return;
        }
        worker.successes += 1;
        self.rq().finish(&current.run);
        self.wal.complete(&current.run.job);
        if matches!(current.what, What::Routine(_)) {
            self.schedule_routines();
        }
    }

    /// Finishes what a worker is at, whatever is left of it.
    pub(super) fn finish_now(&mut self, worker: &mut Worker) {
        if let Some(current) = worker.current.take().filter(|_| self.redis_process.is_up) {
            self.rq().finish(&current.run);
            self.wal.complete(&current.run.job);
        }
    }

    /// The heartbeat of a worker that has just become idle.
    pub(super) fn rest(&mut self, worker: &Worker) {
        if self.redis_process.is_up {
            self.rq().beat(&worker.told());
        }
    }

    /// Gives the main worker a job to be at, if it has none.
    pub(super) fn make_busy(&mut self) {
        let is_idle = self.main_worker().is_some_and(|worker| worker.current.is_none());
        if !is_idle || !self.redis_process.is_up {
            return;
        }
        self.add_entry();
        let effects = self.effects();
        let mut workers = std::mem::take(&mut self.workers);
        if let Some(worker) = workers.iter_mut().find(|worker| worker.is_main) {
            self.take_job(worker, &effects);
            self.rq().beat(&worker.told());
        }
        self.workers = workers;
    }

    fn failure(&mut self, what: What, effects: &Effects) -> Option<Failure> {
        match what {
            What::Wal => effects.wal_failure.filter(|(_, often)| self.dice.chance(*often)).map(|(failure, _)| failure),
            What::Routine(_) if !effects.supabase => Some(Failure::DatabaseDown),
            What::Routine(routine) if routine.task_type == "skill_generation" => match (effects.e2b, effects.anthropic)
            {
                (_, false) => Some(Failure::ModelRefused),
                (false, _) => Some(Failure::SandboxTimeout),
                _ => None,
            },
            What::Routine(routine) if routine.task_type == "weekly_digest" && !effects.slack => {
                Some(Failure::WebhookGone)
            }
            // the handlers of the others catch what goes wrong and return it: to rq the job is done
            What::Routine(_) | What::Other => None,
        }
    }

    /// A run that did not return: tried again if tries are left, else failed; the WAL entry goes with it.
    pub(super) fn end_badly(&mut self, run: &Run, exception: &str, error: &'static str) {
        let mut rq = self.rq();
        let tries_again = rq.retry(run);
        if !tries_again {
            rq.fail(run, "failed", exception);
        }
        if let Some(entry) = self.wal.of_job(&run.job) {
            entry.retries += 1;
            entry.last_error = Some(error);
            entry.status = if tries_again { wal::Status::Pending } else { wal::Status::Failed };
        }
    }

    /// Resident memory of the main worker in megabytes.
    pub(crate) fn worker_rss_mb(&self) -> f64 {
        let wave = libm::sin(self.t as f64 / 37.0) * 4.0 + libm::sin(self.t as f64 / 11.0) * 1.5;
        ((BASE_MB + self.leak_mb + wave) * 10.0).round() / 10.0
    }
}
