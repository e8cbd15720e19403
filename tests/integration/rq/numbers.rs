//! Every number is the one that the library itself reports, for each version of it.

use std::time::Duration;

use midwatch::base::Shown;
use midwatch::probe::rq::{Liveness, QueueFacts, RqSnapshot};
use serde_json::Value;

use super::{Watcher, look, now, worker};
use crate::support::eventually::eventually;
use crate::support::redis_server::Redis;
use crate::support::rq_env::{RqEnv, RqVersion, release};

/// All that the library counts, after its own cleaning up, and what it says of jobs and workers.
const REPORT: &str = r"
def registry(kind, name): return kind(name, connection=connection)
def count(kind, name): return registry(kind, name).count
def unix(at): return at.replace(tzinfo=timezone.utc).timestamp()
report = {'queues': {}, 'workers': {}}
for q in Queue.all(connection=connection):
    first = q.fetch_job(q.job_ids[0]) if q.job_ids else None
    failed = [Job.fetch(i, connection=connection) for i in registry(FailedJobRegistry, q.name).get_job_ids()]
    report['queues'][q.name] = {
        'queued': q.count, 'started': registry(StartedJobRegistry, q.name).count,
        'failed': count(FailedJobRegistry, q.name), 'deferred': count(DeferredJobRegistry, q.name),
        'scheduled': count(ScheduledJobRegistry, q.name), 'finished': count(FinishedJobRegistry, q.name),
        'canceled': count(CanceledJobRegistry, q.name),
        'enqueued_at': unix(first.enqueued_at) if first else None,
        'failures': {j.id: [j.description, unix(j.ended_at), j.latest_result().exc_string] for j in failed},
        'scheduled_jobs': sorted([i, Job.fetch(i, connection=connection).description,
                                  unix(registry(ScheduledJobRegistry, q.name).get_scheduled_time(i))]
                                 for i in registry(ScheduledJobRegistry, q.name).get_job_ids()),
        'finished_jobs': sorted([Job.fetch(i, connection=connection).description,
                                 unix(Job.fetch(i, connection=connection).ended_at)]
                                for i in registry(FinishedJobRegistry, q.name).get_job_ids()),
    }
for w in Worker.all(connection=connection):
    report['workers'][w.name] = {'state': w.get_state(), 'queues': w.queue_names(), 'pid': w.pid,
        'host': w.hostname, 'version': w.version, 'job': w.get_current_job_id(),
        'successful': w.successful_job_count, 'failed': w.failed_job_count}
print(json.dumps(report))
";

fn report(rq: &RqEnv) -> Value {
    serde_json::from_str(&rq.python(REPORT, &[])).unwrap()
}

/// Jobs in every registry, some of them expired, in two queues.
fn fill(rq: &RqEnv, redis: &Redis) {
    rq.fail("slow", 2);
    rq.enqueue("slow", "work.ok", &[], 3);
    rq.run_all("slow");
    rq.enqueue("slow", "work.ok", &[], 4);
    rq.enqueue("fast", "work.ok", &[], 1);
    rq.schedule("slow", "work.ok", Duration::from_secs(3600));
    rq.schedule("slow", "work.fail", Duration::from_secs(1800));
    let code = "parent = queue('slow').enqueue('work.ok')\n\
                for _ in range(2): queue('slow').enqueue('work.ok', depends_on=parent)\n\
                for _ in range(3): queue('slow').enqueue('work.fail').cancel()\n\
                queue('slow').enqueue('work.ok', at_front=True)\n\
                keep = queue('fast').enqueue('work.fail', failure_ttl=-1)";
    rq.python(code, &[]);
    rq.run_all("fast");
    // what has expired stays until somebody cleans up, which the library does before it counts
    redis.call::<()>(&["ZADD", "rq:failed:slow", "1", "long-gone", "2", "long-gone-too"]);
    redis.call::<()>(&["ZADD", "rq:finished:slow", "1", "long-gone"]);
}

#[test]
fn every_count_job_and_time_is_the_librarys_own() {
    for version in RqVersion::ALL {
        let redis = Redis::start();
        let rq = RqEnv::new(version, &redis);
        fill(&rq, &redis);
        let look = look(&redis.url());
        let said = report(&rq);
        assert_eq!(look.queues.len(), said["queues"].as_object().unwrap().len(), "{version:?}");
        for queue in &look.queues {
            let said = &said["queues"][queue.name.as_str()];
            same_counts(queue, said);
            same_jobs(&look, queue, said);
            assert_eq!(queue.faults, []);
        }
        assert_eq!(look.limits, []);
        assert_eq!(look.suspended, Some(false));
        assert!(look.clock_skew_s.unwrap().abs() < 5.0);
    }
}

fn same_counts(queue: &QueueFacts, said: &Value) {
    for (name, count) in [
        ("queued", queue.queued),
        ("started", queue.started),
        ("failed", queue.failed),
        ("deferred", queue.deferred),
        ("scheduled", queue.scheduled),
        ("finished", queue.finished),
        ("canceled", queue.canceled),
    ] {
        assert_eq!(count, said[name].as_u64(), "{name} of {}", queue.name);
    }
    assert_eq!((queue.abandoned, queue.swallowed, queue.overdue), (Some(0), Some(0), Some(0)));
    let waits = queue.oldest_wait_s.unwrap();
    match said["enqueued_at"].as_f64() {
        // the first was put in front of the others: an older one waits behind it
        Some(at) => assert!((now() - at..now() - at + 30.0).contains(&(waits + 5.0)) || waits >= now() - at - 5.0),
        None => assert!(waits == 0.0, "nothing waits"),
    }
}

fn same_jobs(look: &RqSnapshot, queue: &QueueFacts, said: &Value) {
    let mine = look.failed_jobs.iter().filter(|job| job.queue == queue.name);
    let failures = said["failures"].as_object().unwrap();
    assert_eq!(mine.clone().count(), failures.len());
    for job in mine {
        let said = &failures[job.id.as_str()];
        assert_eq!(job.description.as_str(), said[0].as_str().unwrap());
        assert_eq!(job.ended, said[1].as_f64());
        let lines: Vec<&str> = said[2].as_str().unwrap().trim_end().lines().collect();
        assert_eq!(job.exception.iter().map(Shown::as_str).collect::<Vec<_>>(), lines);
        assert_eq!(job.exception.last().unwrap().as_str(), "ValueError: it went wrong");
    }
    let mut scheduled: Vec<_> = look
        .scheduled
        .iter()
        .filter(|job| job.queue == queue.name)
        .map(|job| serde_json::json!([job.id.as_str(), job.description.as_str(), job.at.floor()]))
        .collect();
    scheduled.sort_by_key(ToString::to_string);
    let floor = |job: &Value| serde_json::json!([job[0], job[1], job[2].as_f64().unwrap().floor()]);
    let wanted: Vec<Value> = said["scheduled_jobs"].as_array().unwrap().iter().map(floor).collect();
    assert_eq!(scheduled, wanted);
    for job in said["finished_jobs"].as_array().unwrap() {
        let is_it = |one: &&midwatch::probe::rq::FinishedJob| {
            one.description.as_str() == job[0] && Some(one.ended_at) == job[1].as_f64()
        };
        assert!(look.finished_jobs.iter().any(|one| is_it(&one)), "{job} in {:?}", look.finished_jobs);
    }
    assert!(look.scheduled.is_sorted_by(|a, b| a.at <= b.at));
    assert!(look.finished_jobs.is_sorted_by(|a, b| a.ended_at >= b.ended_at));
}

#[test]
fn workers_are_what_the_library_says_while_they_idle_and_work() {
    for version in RqVersion::ALL {
        let redis = Redis::start();
        let rq = RqEnv::new(version, &redis);
        let one = rq.worker("one", &["slow", "fast"]);
        let mut watcher = Watcher::of(&redis.url());
        let pipe = rq.pipe("gate");
        for round in ["idle", "busy", "idle"] {
            if round == "busy" {
                rq.enqueue("slow", "work.hold", &[pipe.to_str().unwrap()], 1);
            }
            let look = eventually("the state", super::WITHIN, || {
                Some(watcher.look()).filter(|look| worker(look, "one").state.as_str() == round)
            });
            let (mine, said) = (worker(&look, "one"), &report(&rq)["workers"]["one"]);
            assert_eq!(mine.liveness, Liveness::Live, "{version:?}: {}", mine.why);
            assert_eq!(mine.state.as_str(), said["state"], "{version:?}");
            assert_eq!(mine.current_job.as_ref().map(Shown::as_str), said["job"].as_str(), "{version:?}");
            assert_eq!(mine.current_job.is_some(), round == "busy");
            assert_eq!(mine.pid, said["pid"].as_u64());
            assert_eq!((mine.host.as_str(), mine.version.as_str()), (text(&said["host"]), text(&said["version"])));
            assert_eq!(mine.version.as_str(), version.number());
            let queues: Vec<&str> = mine.queues.iter().map(Shown::as_str).collect();
            assert_eq!(queues, ["slow", "fast"]);
            assert_eq!(mine.successful.unwrap_or(0), said["successful"].as_u64().unwrap());
            assert!(mine.heartbeat_age_s.unwrap() < 30.0);
            if round == "busy" {
                release(&pipe);
            }
        }
        one.stop();
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[test]
fn the_oldest_wait_looks_behind_jobs_that_were_put_in_front() {
    let redis = Redis::start();
    let rq = RqEnv::new(RqVersion::V3, &redis);
    let ids = rq.enqueue("slow", "work.ok", &[], 3);
    let hour_ago = "connection.hset('rq:job:' + args[0], 'enqueued_at', \
                    (datetime.now(timezone.utc) - timedelta(hours=1)).strftime('%Y-%m-%dT%H:%M:%S.%fZ'))";
    rq.python(hour_ago, &[&ids[0]]);
    rq.python("queue('slow').enqueue('work.ok', at_front=True)", &[]);
    let waits = look(&redis.url()).queues[0].oldest_wait_s.unwrap();
    assert!((3600.0..3660.0).contains(&waits), "{waits}");
}

#[test]
fn only_named_queues_are_watched_and_the_prefix_is_free() {
    let redis = Redis::start();
    redis.call::<()>(&["SADD", "team:{a}:queues", "team:{a}:queue:x", "team:{a}:queue:y"]);
    redis.call::<()>(&["RPUSH", "team:{a}:queue:x", "job"]);
    let names = |look: &RqSnapshot| look.queues.iter().map(|queue| queue.name.to_string()).collect::<Vec<_>>();
    let all = Watcher::with(&redis.url(), &[], "team:{a}").look();
    assert_eq!((names(&all), all.queues[0].queued), (vec!["x".to_owned(), "y".to_owned()], Some(1)));
    let picked = Watcher::with(&redis.url(), &["y", "not-yet-there"], "team:{a}").look();
    assert_eq!(names(&picked), ["not-yet-there", "y"]);
    assert_eq!(picked.queues[0].queued, Some(0));
}

#[test]
fn queues_come_go_and_change_from_poll_to_poll() {
    let redis = Redis::start();
    let mut watcher = Watcher::of(&redis.url());
    assert!(watcher.look().queues.is_empty());
    for (command, queued) in [
        (vec!["SADD", "rq:queues", "rq:queue:b", "rq:queue:a"], vec![("a", 0), ("b", 0)]),
        (vec!["RPUSH", "rq:queue:b", "1", "2"], vec![("a", 0), ("b", 2)]),
        (vec!["SREM", "rq:queues", "rq:queue:a"], vec![("b", 2)]),
        (vec!["SADD", "rq:queues", "rq:queue:c"], vec![("b", 2), ("c", 0)]),
        (vec!["LPOP", "rq:queue:b"], vec![("b", 1), ("c", 0)]),
        (vec!["FLUSHALL"], vec![]),
    ] {
        redis.call::<()>(&command);
        let look = watcher.look();
        let seen: Vec<_> = look.queues.iter().map(|q| (q.name.as_str(), q.queued.unwrap())).collect();
        assert_eq!(seen, queued, "{command:?}");
    }
}

#[test]
fn hostile_names_and_texts_reach_nobody() {
    let redis = Redis::start();
    let evil = "\u{1b}]0;owned\u{7}";
    redis.call::<()>(&["SADD", "rq:queues", &format!("rq:queue:{evil}")]);
    redis.call::<()>(&["ZADD", &format!("rq:scheduled:{evil}"), "9999999999", evil, "inf", "never"]);
    redis.call::<()>(&["HSET", &format!("rq:job:{evil}"), "description", evil]);
    redis.call::<()>(&["SADD", "rq:workers", &format!("rq:worker:{evil}")]);
    redis.call::<()>(&["HSET", &format!("rq:worker:{evil}"), "state", evil, "last_heartbeat", "1e999", "pid", "-1"]);
    let mut watcher = Watcher::of(&redis.url());
    for _ in 0..2 {
        let look = watcher.look();
        assert!(!format!("{look:?}").contains('\u{1b}'));
        assert_eq!((look.scheduled.len(), look.workers.len()), (1, 1), "a job at infinity is not shown");
        assert_eq!((look.workers[0].heartbeat_age_s, look.workers[0].pid), (None, None));
    }
}
