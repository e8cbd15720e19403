//! The questions of a poll as data, and the one Redis command that each of them is. Every command here only reads, is
//! allowed by `+@read` unless it says otherwise, and its cost does not grow with the number of jobs. Pure.

use redis::{Cmd, cmd};

use crate::probe::rq::keys::{Bytes, Keys, Tally};

/// One question. Queues and workers are meant by their place in the poll's lists.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ask {
    /// The clock of Redis; not part of `+@read`.
    Time,
    /// When the hash of a worker expires, in milliseconds of the clock of Redis (from Redis 7.0 on).
    ClockExpiry(usize),
    /// How many milliseconds that is from now: both together tell the time to a user who may not ask for it.
    ClockRest(usize),
    /// Whether `rq:suspended` is set.
    Suspended,
    /// The keys of all queues.
    Queues,
    /// The keys of all registered workers.
    Workers,
    /// All channels of workers that somebody listens on; not part of `+@read`.
    Channels,
    /// A step through all keys, for the hashes of workers.
    Scan(u64),
    /// The values of the locks of these queues' schedulers.
    Locks(Vec<usize>),
    /// How many of these queues have an intermediate list.
    AnyTaken(Vec<usize>),
    /// How many of these queues have anything that is counted so: Redis keeps no empty list and no empty registry.
    Any(Tally, Vec<usize>),
    /// How many listen on the channels of these workers; not part of `+@read`.
    Listeners(Vec<usize>),
    /// A scheduler by its name (rq 3.0).
    Scheduler(Bytes),
    /// The description of a job, and when it ended.
    Job(Bytes),
    /// The newest result of a job.
    Outcome(Bytes),
    /// When a job was enqueued.
    Enqueued(Bytes),
    /// Of one queue.
    Queue(usize, QueueAsk),
    /// Of one worker.
    Worker(usize, WorkerAsk),
}

/// One question about a queue.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum QueueAsk {
    /// A count.
    Count(Tally),
    /// Failed jobs that have expired and only wait to be cleaned away.
    Expired,
    /// Started jobs whose lease ran out.
    Lapsed,
    /// Scheduled jobs that should have been queued.
    Overdue,
    /// So many of the next jobs.
    Front(isize),
    /// The last job.
    Back,
    /// The length of the intermediate list.
    TakenCount,
    /// The jobs in it, oldest first.
    Taken,
    /// Members of the started registry.
    Running,
    /// When rq itself first saw a job in the intermediate list.
    FirstSeen(Bytes),
    /// So many jobs of a registry with their scores: the soonest scheduled, the newest of the others.
    List(Tally, isize),
}

/// One question about a worker.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum WorkerAsk {
    /// What changes.
    Pulse,
    /// What it wrote at its birth.
    Identity,
    /// Milliseconds until its hash expires.
    Rest,
    /// The executions that it runs (rq 3.0).
    Executions,
}

/// Fields of [`WorkerAsk::Pulse`], in order.
const PULSE: [&str; 7] =
    ["state", "last_heartbeat", "birth", "death", "current_job", "successful_job_count", "failed_job_count"];
/// Fields of [`WorkerAsk::Identity`], in order.
const IDENTITY: [&str; 4] = ["queues", "hostname", "pid", "version"];
/// Fields of [`Ask::Scheduler`], in order.
const SCHEDULER: [&str; 2] = ["hostname", "pid"];
/// Fields of [`Ask::Job`], in order.
const JOB: [&str; 2] = ["description", "ended_at"];
/// Fields of [`Ask::Enqueued`], in order.
const ENQUEUED: [&str; 2] = ["enqueued_at", "created_at"];

/// Jobs looked at in an intermediate list.
const TAKEN_MOST: isize = 100;
/// Members looked at in a started registry, when a job stands in the intermediate list.
const RUNNING_MOST: isize = 500;
/// Keys that one step of a scan goes over.
const SCAN_STEP: usize = 1000;
/// Seconds after which a scheduled job that still waits is overdue: rq takes up to 120 s to replace a scheduler.
const OVERDUE_S: f64 = 120.0;

/// What a command is made from.
pub(crate) struct Names<'a> {
    pub(crate) keys: &'a Keys,
    pub(crate) queue: &'a dyn Fn(usize) -> &'a [u8],
    pub(crate) worker: &'a dyn Fn(usize) -> &'a [u8],
    /// The clock of Redis, in Unix seconds.
    pub(crate) now: f64,
}

impl Ask {
    /// The command.
    pub(crate) fn command(&self, names: &Names<'_>) -> Cmd {
        let (keys, queue, worker) = (names.keys, names.queue, names.worker);
        match self {
            Ask::Time => cmd("TIME"),
            Ask::ClockExpiry(at) => one("PEXPIRETIME", keys.worker(worker(*at))),
            Ask::ClockRest(at) => one("PTTL", keys.worker(worker(*at))),
            Ask::Suspended => one("EXISTS", keys.fixed(":suspended")),
            Ask::Queues => one("SMEMBERS", keys.fixed(":queues")),
            Ask::Workers => one("SMEMBERS", keys.fixed(":workers")),
            Ask::Channels => with(cmd("PUBSUB"), |c| _ = c.arg("CHANNELS").arg(keys.pattern(":pubsub:"))),
            Ask::Scan(cursor) => with(cmd("SCAN"), |c| {
                c.arg(*cursor).arg("MATCH").arg(keys.pattern(":worker:")).arg("COUNT").arg(SCAN_STEP);
            }),
            Ask::Locks(at) => many("MGET", at.iter().map(|at| keys.scheduler_lock(queue(*at)))),
            Ask::AnyTaken(at) => many("EXISTS", at.iter().map(|at| keys.intermediate(queue(*at)))),
            Ask::Any(of, at) => many("EXISTS", at.iter().map(|at| keys.tally(*of, queue(*at)))),
            Ask::Listeners(at) => {
                let channels = at.iter().map(|at| keys.channel(worker(*at)));
                with(cmd("PUBSUB"), |c| _ = c.arg("NUMSUB").arg(channels.collect::<Vec<_>>()))
            }
            Ask::Scheduler(name) => fields(keys.scheduler(name), &SCHEDULER),
            Ask::Job(job) => fields(keys.job(job), &JOB),
            Ask::Outcome(job) => with(one("XREVRANGE", keys.results(job)), |c| {
                c.arg("+").arg("-").arg("COUNT").arg(1);
            }),
            Ask::Enqueued(job) => fields(keys.job(job), &ENQUEUED),
            Ask::Queue(at, ask) => ask.command(keys, queue(*at), names.now),
            Ask::Worker(at, ask) => ask.command(keys, worker(*at)),
        }
    }
}

impl QueueAsk {
    fn command(&self, keys: &Keys, queue: &[u8], now: f64) -> Cmd {
        let tally = |tally| keys.tally(tally, queue);
        match self {
            QueueAsk::Count(Tally::Queued) => one("LLEN", tally(Tally::Queued)),
            // what has expired is counted out, as rq does it (by removing it)
            QueueAsk::Count(Tally::Finished) => range("ZCOUNT", tally(Tally::Finished), format!("({now:.6}"), "+inf"),
            QueueAsk::Count(of) => one("ZCARD", tally(*of)),
            QueueAsk::Expired => range("ZCOUNT", tally(Tally::Failed), "0", format!("{now:.6}")),
            QueueAsk::Lapsed => range("ZCOUNT", tally(Tally::Started), "-inf", format!("({now:.6}")),
            QueueAsk::Overdue => range("ZCOUNT", tally(Tally::Scheduled), "-inf", format!("({:.6}", now - OVERDUE_S)),
            QueueAsk::Front(most) => range("LRANGE", tally(Tally::Queued), 0, most - 1),
            QueueAsk::Back => with(one("LINDEX", tally(Tally::Queued)), |c| _ = c.arg(-1)),
            QueueAsk::TakenCount => one("LLEN", keys.intermediate(queue)),
            QueueAsk::Taken => range("LRANGE", keys.intermediate(queue), 0, TAKEN_MOST - 1),
            QueueAsk::Running => range("ZRANGE", tally(Tally::Started), 0, RUNNING_MOST - 1),
            QueueAsk::FirstSeen(job) => one("GET", keys.first_seen(queue, job)),
            QueueAsk::List(of, most) => {
                let name = if *of == Tally::Scheduled { "ZRANGE" } else { "ZREVRANGE" };
                with(range(name, tally(*of), 0, most - 1), |c| _ = c.arg("WITHSCORES"))
            }
        }
    }
}

impl WorkerAsk {
    fn command(self, keys: &Keys, worker: &[u8]) -> Cmd {
        match self {
            WorkerAsk::Pulse => fields(keys.worker(worker), &PULSE),
            WorkerAsk::Identity => fields(keys.worker(worker), &IDENTITY),
            WorkerAsk::Rest => one("PTTL", keys.worker(worker)),
            WorkerAsk::Executions => one("SMEMBERS", keys.executions(worker)),
        }
    }
}

fn with(mut command: Cmd, finish: impl FnOnce(&mut Cmd)) -> Cmd {
    finish(&mut command);
    command
}

/// A command with room for its arguments: a poll of a thousand queues makes ten thousand.
fn one(name: &str, key: Vec<u8>) -> Cmd {
    with(Cmd::with_capacity(4, name.len() + key.len() + 24), |c| _ = c.arg(name).arg(key))
}

fn range(name: &str, key: Vec<u8>, from: impl redis::ToRedisArgs, to: impl redis::ToRedisArgs) -> Cmd {
    with(one(name, key), |c| _ = c.arg(from).arg(to))
}

fn fields(key: Vec<u8>, names: &[&str]) -> Cmd {
    let room = key.len() + 8 + names.iter().map(|name| name.len()).sum::<usize>();
    with(Cmd::with_capacity(2 + names.len(), room), |c| _ = c.arg("HMGET").arg(key).arg(names))
}

fn many(name: &str, keys: impl Iterator<Item = Vec<u8>>) -> Cmd {
    with(cmd(name), |c| keys.for_each(|key| _ = c.arg(key)))
}
