//! What becomes of real workers that are stopped, killed, orphaned, or forgotten by Redis.

use midwatch::probe::rq::{Liveness, RqSnapshot};
use midwatch::signal::Value;

use super::{WITHIN, Watcher, look, signal, worker};
use crate::support::eventually::eventually;
use crate::support::redis_server::Redis;
use crate::support::rq_env::{RqEnv, RqVersion, release};

/// Looks until the worker idles and its scheduler has told who it is: from then on it may be harmed.
#[track_caller]
fn settles(watcher: &mut Watcher, name: &str) -> RqSnapshot {
    eventually(&format!("{name} idles and schedules"), WITHIN, || {
        let look = watcher.look();
        let worker = look.workers.iter().find(|worker| worker.name.as_str() == name)?;
        let schedules = look.schedulers.iter().any(|scheduler| scheduler.pid.is_some());
        (worker.state.as_str() == "idle" && worker.liveness == Liveness::Live && schedules).then_some(look)
    })
}

/// Looks until the worker is what it should be.
#[track_caller]
fn becomes(watcher: &mut Watcher, name: &str, wanted: Liveness) -> RqSnapshot {
    let mut last = String::new();
    eventually(&format!("{name} is {wanted:?}"), WITHIN, || {
        let look = watcher.look();
        let now = look.workers.iter().find(|worker| worker.name.as_str() == name);
        last = format!("{now:?}");
        now.is_some_and(|worker| worker.liveness == wanted).then_some(look)
    })
}

#[test]
fn a_clean_stop_is_told_as_one() {
    let redis = Redis::start();
    let rq = RqEnv::new(RqVersion::V3, &redis);
    let one = rq.worker_with_scheduler("one", &["slow"]);
    let mut watcher = Watcher::of(&redis.url());
    let alive = settles(&mut watcher, "one");
    assert!(worker(&alive, "one").registered);
    one.stop();
    let answer = watcher.answer();
    let look = super::snapshot(&answer);
    assert_eq!(worker(&look, "one").liveness, Liveness::Stopped);
    assert!(look.schedulers.is_empty());
    for name in ["workers", "workers_live", "workers_ghost", "schedulers"] {
        assert_eq!(signal(&answer, name), Ok(Value::Int(0)), "{name}");
    }
    redis.call::<()>(&["DEL", "rq:worker:one"]);
    assert!(watcher.look().workers.is_empty(), "forgotten when its hash is gone");
}

#[test]
fn a_killed_worker_is_dead_at_the_first_look_and_its_job_is_abandoned() {
    for version in RqVersion::ALL {
        let redis = Redis::start();
        let rq = RqEnv::new(version, &redis);
        let one = rq.worker("one", &["slow"]);
        let pipe = rq.pipe("gate");
        rq.enqueue("slow", "work.hold", &[pipe.to_str().unwrap()], 1);
        let mut watcher = Watcher::of(&redis.url());
        eventually("a busy worker", WITHIN, || (worker(&watcher.look(), "one").state.as_str() == "busy").then_some(()));
        one.kill();
        let killed = becomes(&mut watcher, "one", Liveness::Killed);
        assert!(worker(&killed, "one").why.contains("nobody listens"), "{}", worker(&killed, "one").why);
        assert_eq!(rq.workers(), ["one"], "the library lists it still");
        let answer = Watcher::of(&redis.url()).answer();
        assert_eq!(signal(&answer, "workers"), Ok(Value::Int(1)));
        assert_eq!(signal(&answer, "workers_live"), Ok(Value::Int(0)));
        assert_eq!(signal(&answer, "workers_ghost"), Ok(Value::Int(1)));
        assert_eq!(signal(&answer, "abandoned"), Ok(Value::Int(0)), "its lease still runs");
        // the lease ends 90 s after the last heartbeat: end it now
        let member: Vec<String> = redis.call(&["ZRANGE", "rq:wip:slow", "0", "-1"]);
        redis.call::<()>(&["ZADD", "rq:wip:slow", "XX", "1000", &member[0]]);
        let answer = watcher.answer();
        assert_eq!(signal(&answer, "abandoned"), Ok(Value::Int(1)));
        assert_eq!(signal(&answer, "started"), Ok(Value::Int(1)), "nobody has moved it");
    }
}

#[test]
fn an_orphaned_scheduler_gives_itself_away_by_the_job_it_swallows() {
    let redis = Redis::start();
    let rq = RqEnv::new(RqVersion::V3, &redis);
    let one = rq.worker_with_scheduler("one", &["slow"]);
    let mut watcher = Watcher::of(&redis.url());
    settles(&mut watcher, "one");
    one.kill_main();
    // a worker that takes a job beats at once: this job comes after its last beat
    eventually("silence", WITHIN, || (worker(&watcher.look(), "one").heartbeat_age_s > Some(3.0)).then_some(()));
    rq.enqueue("slow", "work.ok", &[], 1);
    let look = becomes(&mut watcher, "one", Liveness::OrphanScheduler);
    let queue = &look.queues[0];
    assert_eq!((queue.queued, queue.intermediate, queue.swallowed), (Some(0), Some(1), Some(1)));
    assert_eq!(queue.swallowed_jobs.len(), 1);
    assert_eq!(queue.scheduler, Some(true), "it holds the lock");
    let first = Watcher::of(&redis.url()).answer();
    assert_eq!(signal(&first, "swallowed"), Ok(Value::Int(1)), "one look suffices");
    assert_eq!(signal(&first, "orphan_schedulers"), Ok(Value::Int(1)));
    // the remedy of the runbook: kill the orphan, put the job back
    let scheduler = &look.schedulers[0];
    assert!(scheduler.pid.is_some_and(|pid| pid != u64::from(one.pid())), "the pid to kill: {scheduler:?}");
    one.kill();
    redis.call::<()>(&["LMOVE", "rq:queue:slow:intermediate", "rq:queue:slow", "RIGHT", "LEFT"]);
    let after = becomes(&mut watcher, "one", Liveness::Killed);
    assert_eq!((after.queues[0].queued, after.queues[0].swallowed), (Some(1), Some(0)));
}

#[test]
fn a_worker_that_redis_forgot_works_unregistered() {
    let mut redis = Redis::start();
    let rq = RqEnv::new(RqVersion::V3, &redis);
    let one = rq.worker("one", &["slow"]);
    let mut watcher = Watcher::of(&redis.url());
    becomes(&mut watcher, "one", Liveness::Live);
    redis.restart();
    let look = eventually("the worker's return", WITHIN, || {
        let look = watcher.poll().ok().map(|answer| super::snapshot(&answer))?;
        look.workers.iter().any(|worker| worker.liveness == Liveness::Unregistered).then_some(look)
    });
    assert!(!worker(&look, "one").registered);
    assert!(rq.workers().is_empty(), "the library does not see it");
    // neither did a newcomer see it before
    let answer = Watcher::of(&redis.url()).answer();
    assert_eq!(signal(&answer, "workers"), Ok(Value::Int(0)));
    assert_eq!(signal(&answer, "workers_unregistered"), Ok(Value::Int(1)));
    assert_eq!(signal(&answer, "workers_live"), Ok(Value::Int(1)), "it takes jobs");
    let pipe = rq.pipe("gate");
    rq.enqueue("slow", "work.hold", &[pipe.to_str().unwrap()], 1);
    eventually("it works", WITHIN, || (watcher.look().queues.first()?.started == Some(1)).then_some(()));
    release(&pipe);
    one.kill();
}

#[test]
fn suspension_is_seen_and_ends() {
    let redis = Redis::start();
    let rq = RqEnv::new(RqVersion::V3, &redis);
    let one = rq.worker("one", &["slow"]);
    redis.call::<()>(&["SET", "rq:suspended", "1"]);
    // it waits for a job and does not notice: it runs one more
    rq.enqueue("slow", "work.ok", &[], 1);
    let mut watcher = Watcher::of(&redis.url());
    let look = eventually("a suspended worker", WITHIN, || {
        let look = watcher.look();
        look.workers.iter().any(|worker| worker.state.as_str() == "suspended").then_some(look)
    });
    assert_eq!((look.suspended, worker(&look, "one").liveness), (Some(true), Liveness::Live));
    redis.call::<()>(&["DEL", "rq:suspended"]);
    assert_eq!(watcher.look().suspended, Some(false));
    one.kill();
}

#[test]
fn a_late_schedule_is_overdue_and_a_held_lock_is_a_scheduler() {
    for (version, pid_is_workers) in [(RqVersion::V3, false), (RqVersion::V1, true)] {
        let redis = Redis::start();
        let rq = RqEnv::new(version, &redis);
        let schedule = "for hours in (-1, 1): \
                        queue('slow').enqueue_at(datetime.now(timezone.utc) + timedelta(hours=hours), 'work.ok')";
        rq.python(schedule, &[]);
        let late = look(&redis.url());
        assert_eq!((late.queues[0].overdue, late.queues[0].scheduler), (Some(1), Some(false)));
        let one = rq.worker_with_scheduler("one", &["slow"]);
        let look = eventually("a scheduler", WITHIN, || {
            Some(look(&redis.url())).filter(|look| look.queues[0].overdue == Some(0) && !look.schedulers.is_empty())
        });
        assert_eq!(look.queues[0].scheduler, Some(true));
        assert_eq!(look.schedulers[0].pid == Some(u64::from(one.pid())), pid_is_workers, "{version:?}");
        one.kill();
    }
}
