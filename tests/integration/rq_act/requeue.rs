//! Requeue acts on the jobs that were shown and on no others, each of them whole, once.

use std::sync::atomic::Ordering;

use midwatch::action::{End, ItemEnd, RqAct};
use midwatch::runtime::run::rq::failed_jobs;

use super::{Actor, at, end_of, filled, seen};
use crate::support::redis_server::Redis;
use crate::support::rq_env::{Counts, RqEnv, RqVersion};

/// Fails as long as the key `broken` is there.
const BROKEN: &str = r"
import os
from redis import Redis
def run():
    if Redis(port=int(os.environ['REDIS_PORT'])).exists('broken'): raise ValueError('it is broken')
    return 'done'
";

/// Jobs that fail, and would succeed once somebody deletes the key `broken`.
fn fail(rq: &RqEnv, redis: &Redis, queue: &str, count: usize) -> Vec<String> {
    redis.call::<()>(&["SET", "broken", "1"]);
    rq.module("mended", BROKEN);
    let ids = rq.enqueue(queue, "mended.run", &[], count);
    rq.run_all(queue);
    ids
}

fn counts(queued: u64, failed: u64, finished: u64) -> Counts {
    Counts { queued, started: 0, failed, deferred: 0, scheduled: 0, finished, canceled: 0 }
}

#[test]
fn exactly_the_shown_jobs_are_requeued_and_run_to_success() {
    for version in RqVersion::ALL {
        let redis = Redis::start();
        let rq = RqEnv::new(version, &redis);
        let ids = fail(&rq, &redis, "slow", 201);
        let url = filled(&redis.url());
        let shown = seen(failed_jobs(&url, Some("slow"), 10_000));
        assert_eq!(shown.len(), 201, "{version:?}");
        assert_eq!(seen(failed_jobs(&url, None, 3)), shown[..3]);
        // meanwhile one more fails, and one goes
        let late = fail(&rq, &redis, "slow", 1);
        rq.python("Job.fetch(args[0], connection=connection).delete()", &[&ids[7]]);
        redis.call::<()>(&["DEL", "broken"]);

        let actor = Actor::on(&redis.url());
        let mut said = Vec::new();
        let done = actor.run_hearing(RqAct::Requeue(shown.clone()), &mut |line| said.push(line.to_owned()));
        assert_eq!((done.end, done.counts()), (End::Accepted, [200, 1, 0, 0]), "{version:?}: {}", done.reason);
        assert_eq!(done.reason, "200 requeued, 1 gone before");
        assert_eq!(end_of(&done, &ids[7]), &ItemEnd::Gone);
        assert_eq!(said, ["200 of 201 jobs", "201 of 201 jobs"]);
        assert_eq!(rq.counts("slow"), counts(200, 1, 0), "{version:?}: as the library counts");
        assert_eq!(seen(failed_jobs(&url, None, 10)), [at("slow", &late[0])]);
        waits_as_rq_would_leave_it(&rq, &redis, &ids[0]);

        let again = actor.run(RqAct::Requeue(shown));
        assert_eq!((again.end, again.counts()), (End::Accepted, [0, 201, 0, 0]), "a second run does nothing");
        assert_eq!(rq.counts("slow"), counts(200, 1, 0), "{version:?}");

        rq.run_all("slow");
        assert_eq!(rq.counts("slow"), counts(0, 1, 200), "{version:?}: the library ran them to success");
    }
}

/// The library reads the job as one that waits, and it does not expire while it does.
fn waits_as_rq_would_leave_it(rq: &RqEnv, redis: &Redis, id: &str) {
    let code = "job = Job.fetch(args[0], connection=connection)\n\
                at = job.enqueued_at.replace(tzinfo=timezone.utc)\n\
                print(job.get_status(), job.started_at, job.ended_at, bool(job.exc_info), \
                abs((datetime.now(timezone.utc) - at).total_seconds()) < 60)";
    let said = rq.python(code, &[id]).replace("JobStatus.QUEUED", "queued");
    // rq 2 and 3 tell the words of the last failure from its results
    assert!(["queued None None False True", "queued None None True True"].contains(&said.as_str()), "{said}");
    assert_eq!(redis.call::<i64>(&["TTL", &format!("rq:job:{id}")]), -1, "it does not expire while it waits");
    assert!(!redis.call::<bool>(&["HEXISTS", &format!("rq:job:{id}"), "exc_info"]));
}

#[test]
fn what_only_rq_may_queue_is_left_alone_and_a_time_to_live_is_kept() {
    let redis = Redis::start();
    let rq = RqEnv::new(RqVersion::V3, &redis);
    let ids = fail(&rq, &redis, "slow", 3);
    redis.call::<()>(&["HSET", &format!("rq:job:{}", ids[0]), "rate_limit_key", "k"]);
    redis.call::<()>(&["HSET", &format!("rq:job:{}", ids[1]), "ttl", "90"]);
    redis.call::<()>(&["DEL", &format!("rq:job:{}", ids[2])]);
    let shown: Vec<_> = ids.iter().map(|id| at("slow", id)).collect();
    let done = Actor::on(&redis.url()).run(RqAct::Requeue(shown));
    assert_eq!((done.end, done.counts()), (End::Accepted, [1, 1, 1, 0]), "{done:?}");
    assert!(matches!(end_of(&done, &ids[0]), ItemEnd::Skipped(why) if why.contains("rate limit")), "{done:?}");
    let left = redis.call::<i64>(&["TTL", &format!("rq:job:{}", ids[1])]);
    assert!((1..=90).contains(&left), "{left}");
    assert_eq!(rq.counts("slow"), counts(1, 1, 0), "the job that was lost is out of the registry");
}

#[test]
fn an_end_between_two_batches_leaves_the_rest_as_it_was() {
    let redis = Redis::start();
    let rq = RqEnv::new(RqVersion::V3, &redis);
    fail(&rq, &redis, "slow", 250);
    let shown = seen(failed_jobs(&filled(&redis.url()), None, 1000));
    let actor = Actor::on(&redis.url());
    let cancelled = actor.cancelled.clone();
    let done = actor.run_hearing(RqAct::Requeue(shown), &mut |_| cancelled.store(true, Ordering::Relaxed));
    assert_eq!((done.end, done.counts()), (End::Cancelled, [200, 0, 0, 50]));
    assert_eq!(done.reason, "200 requeued, 50 failed: cancelled");
    assert_eq!(done.items[200].end, ItemEnd::Failed("not tried".to_owned()));
    assert_eq!(rq.counts("slow"), counts(200, 50, 0));
}
