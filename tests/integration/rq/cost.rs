//! What a poll costs: one round trip whatever the number of queues, and nothing that grows with the number of jobs.

use super::Watcher;
use crate::support::redis_server::Redis;
use crate::support::turns::{Passed, Turns};

/// Queues with a job in most of their registries, and a worker for each ten of them, in rq's own layout.
fn fill(redis: &Redis, queues: usize) {
    let mut pipe = redis::pipe();
    let now = super::now();
    let soon = now + 3600.0;
    for n in 0..queues {
        let job = format!("job-{n}");
        pipe.cmd("SADD").arg("rq:queues").arg(format!("rq:queue:q{n}")).ignore();
        pipe.cmd("RPUSH").arg(format!("rq:queue:q{n}")).arg(&job).ignore();
        pipe.cmd("HSET").arg(format!("rq:job:{job}")).arg(&[
            "description",
            "work.ok()",
            "enqueued_at",
            "2026-11-22T02:24:51Z",
        ]);
        pipe.cmd("HSET").arg(format!("rq:job:{job}")).arg(&["ended_at", "2026-11-22T02:24:52Z"]).ignore();
        for registry in ["failed", "scheduled", "finished", "deferred"] {
            pipe.cmd("ZADD").arg(format!("rq:{registry}:q{n}")).arg(soon).arg(&job).ignore();
        }
        if n % 10 == 0 {
            pipe.cmd("SADD").arg("rq:workers").arg(format!("rq:worker:w{n}")).ignore();
            pipe.cmd("HSET").arg(format!("rq:worker:w{n}")).arg("last_heartbeat").arg(now).ignore();
            pipe.cmd("HSET").arg(format!("rq:worker:w{n}")).arg(&["state", "idle", "queues", "q1,q2"]).ignore();
        }
    }
    pipe.ignore_errors().query::<redis::Value>(&mut redis.connection()).unwrap();
}

/// What one poll passes once everything is known.
fn calm(watcher: &mut Watcher, line: &Turns) -> Passed {
    let mut costs = Vec::new();
    for _ in 0..4 {
        let before = line.passed();
        watcher.look();
        let after = line.passed();
        costs.push(Passed {
            trips: after.trips - before.trips,
            sent: after.sent - before.sent,
            received: after.received - before.received,
        });
    }
    assert!(costs[0].trips <= 4, "the first poll: {costs:?}");
    costs[3]
}

#[test]
fn a_calm_poll_is_one_round_trip_at_any_number_of_queues() {
    for queues in [1, 10, 100, 1000] {
        let redis = Redis::start();
        fill(&redis, queues);
        let line = Turns::to(redis.port());
        let mut watcher = Watcher::of(&line.url());
        let cost = calm(&mut watcher, &line);
        assert_eq!(cost.trips, 1, "{queues} queues: {cost:?}");
        let look = watcher.look();
        assert_eq!(look.queues.len(), queues);
        assert!(look.queues.iter().all(|queue| queue.queued == Some(1) && queue.failed == Some(1)));
        assert_eq!(look.failed_jobs.len(), queues.min(20));
        assert_eq!(look.scheduled.len(), queues.min(200));
        assert!(look.queues.iter().all(|queue| queue.faults.is_empty() && queue.oldest_wait_s > Some(0.0)));
    }
}

#[test]
fn a_hundred_thousand_failed_jobs_cost_what_a_hundred_do() {
    let redis = Redis::start();
    fill(&redis, 3);
    let line = Turns::to(redis.port());
    let add = |from: u32, to: u32| {
        let mut pipe = redis::pipe();
        for n in from..to {
            pipe.cmd("ZADD").arg("rq:failed:q1").arg(super::now() + 3600.0).arg(format!("failed-{n:06}")).ignore();
        }
        pipe.query::<()>(&mut redis.connection()).unwrap();
    };
    add(0, 100);
    let mut watcher = Watcher::of(&line.url());
    let few = calm(&mut watcher, &line);
    add(100, 100_000);
    let mut newcomer = Watcher::of(&line.url());
    for watcher in [&mut watcher, &mut newcomer] {
        let look = watcher.look();
        assert_eq!((look.queues[1].failed, look.failed_jobs.len()), (Some(100_001), 20));
        let many = calm(watcher, &line);
        assert_eq!(many.trips, few.trips);
        assert!(many.sent <= few.sent + 100 && many.received <= few.received + 100, "{few:?} {many:?}");
    }
}
