//! The simulated Redis read and written by the real rq library: what the demo shows is what rq would see.

use std::time::Duration;

use midwatch::runtime::clock;
use midwatch::sim::Demo;
use serde_json::Value;

use crate::support::eventually::eventually;
use crate::support::rq_env::{RqEnv, RqVersion};

/// The simulated system.
const SYSTEM: &str = "sabine";

const QUEUE: &str = "sabine-slow-path";
const WITHIN: Duration = Duration::from_secs(60);

/// What the library can read of every registry and every job in it, payloads unpickled.
const READ: &str = r"
import time
q = queue(args[0])
def job(i):
    j = Job.fetch(i, connection=connection)
    result = j.latest_result()
    return {'function': j.func_name, 'args': j.args, 'meta': j.meta, 'status': str(j.get_status().value),
            'description': j.description, 'worker': j.worker_name, 'retries': j.retries_left,
            'exception': result and result.exc_string, 'returned': result and result.return_value}
def jobs(registry): return [job(i) for i in registry.get_job_ids(cleanup=False)]
# a job is forgotten a day after its end; its id stays in the registry until a worker cleans it
kept = {i.decode() for i in connection.zrangebyscore(q.finished_job_registry.key, time.time() + 5, '+inf')}
finished = [job(i) for i in q.finished_job_registry.get_job_ids(cleanup=False) if i in kept]
print(json.dumps({
    'queued': [job(i) for i in q.get_job_ids()], 'failed': jobs(q.failed_job_registry), 'finished': finished,
    'scheduled': jobs(q.scheduled_job_registry), 'started': jobs(q.started_job_registry),
    'workers': [[w.name, w.get_state(), w.successful_job_count, w.queue_names()] for w in Worker.all(connection=connection)]}))
";

/// A demo that runs on a thread of its own until dropped.
struct Running {
    demo: Option<Demo>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Running {
    fn start(fault: &str, minutes: u64) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let offset = Duration::from_secs(minutes * 60);
        let demo = runtime.block_on(async { Demo::of(None, (SYSTEM, fault), offset, 3, clock::now) }).unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let thread = std::thread::spawn(move || {
            let _ = runtime.block_on(stopped);
        });
        Self { demo: Some(demo), stop: Some(stop), thread: Some(thread) }
    }

    fn rq(&self) -> RqEnv {
        let vars = self.demo.as_ref().unwrap().vars(SYSTEM);
        let url = &vars.iter().find(|(name, _)| name == "redis_url").unwrap().1;
        let port = url.trim_end_matches("/0").rsplit(':').next().unwrap().parse().unwrap();
        RqEnv::at(RqVersion::V3, port)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.demo.take());
        drop(self.stop.take());
        self.thread.take().map(std::thread::JoinHandle::join);
    }
}

fn read(rq: &RqEnv) -> Value {
    serde_json::from_str(&rq.python(READ, &[QUEUE])).unwrap()
}

fn each<'a>(told: &'a Value, registry: &str) -> &'a Vec<Value> {
    told[registry].as_array().unwrap()
}

#[test]
fn the_library_reads_every_job_of_a_healthy_world() {
    let running = Running::start("none", 0);
    let rq = running.rq();
    let told = read(&rq);
    assert!(each(&told, "finished").len() > 100 && each(&told, "failed").is_empty());
    for job in each(&told, "finished") {
        assert_eq!((&job["status"], &job["returned"]["status"]), (&Value::from("finished"), &Value::from("completed")));
        assert!(job["function"].as_str().unwrap().starts_with("backend.worker.jobs."), "{job}");
    }
    let scheduled: Vec<&str> =
        each(&told, "scheduled").iter().map(|job| job["description"].as_str().unwrap()).collect();
    assert_eq!(scheduled.len(), 6, "{scheduled:?}");
    for job in each(&told, "scheduled") {
        assert_eq!(job["meta"]["description"], job["description"]);
    }
    let workers = each(&told, "workers");
    assert!(workers.len() == 1 && workers[0][3][0] == QUEUE && workers[0][2].as_u64().unwrap() > 100, "{workers:?}");
    let counts = rq.counts(QUEUE);
    assert!(counts.finished > 100 && counts.scheduled == 6 && counts.failed == 0, "{counts:?}");
}

#[test]
fn the_library_sees_a_crash_as_a_crash() {
    let running = Running::start("worker-crash", 10);
    let told = read(&running.rq());
    assert!(each(&told, "workers").is_empty(), "the hash of a worker killed at work is gone after 90 s");
    let started = each(&told, "started");
    assert_eq!((started.len(), &started[0]["status"]), (1, &Value::from("started")));
    assert!(each(&told, "queued").len() > 50);
    for job in each(&told, "queued") {
        let entry = job["args"][0].as_str().unwrap();
        assert!(job["description"].as_str().unwrap().contains(entry) && job["retries"] == 3, "{job}");
    }
}

#[test]
fn the_library_reads_exceptions_and_its_writes_are_obeyed() {
    let running = Running::start("anthropic-api-failure", 12);
    let rq = running.rq();
    let told = read(&rq);
    let failed = each(&told, "failed").len();
    assert!(failed > 5, "{failed}");
    for job in each(&told, "failed") {
        let exception = job["exception"].as_str().unwrap();
        assert!(exception.starts_with("Traceback") && exception.contains("invalid x-api-key"), "{exception}");
    }
    assert!(running.demo.as_ref().unwrap().command(&["systemctl", "restart", "sabine-api"]));
    let requeue = "registry = queue(args[0]).failed_job_registry\n\
                   ids = registry.get_job_ids(cleanup=False)\n\
                   print(len([registry.requeue(i) for i in ids]))";
    let requeued: usize = rq.python(requeue, &[QUEUE]).parse().unwrap();
    assert!(requeued >= failed, "{requeued} of {failed}: more may have failed meanwhile");
    assert_eq!(rq.counts(QUEUE).failed, 0);
    let id = rq.enqueue(QUEUE, "backend.worker.jobs.run_weekly_digest", &[], 1).remove(0);
    // ahead of the backlog
    rq.python(
        "connection.lrem('rq:queue:' + args[0], 0, args[1]); connection.lpush('rq:queue:' + args[0], args[1])",
        &[QUEUE, &id],
    );
    let state = "print(Job.fetch(args[0], connection=connection).get_status().value)";
    eventually("the job done", WITHIN, || (rq.python(state, &[&id]) == "finished").then_some(()));
}
