//! The lists of jobs end with their registries: nothing that is over is shown as if it were not.

use std::time::Duration;

use midwatch::action::{End, JobAt, RqAct, RqCall};
use midwatch::base::{Redactor, Template, Variables};
use midwatch::runtime::clock;
use midwatch::runtime::run::rq::{RqTerms, run};
use midwatch::signal::Value;

use super::{Watcher, signal};
use crate::support::redis_server::Redis;
use crate::support::rq_env::{RqEnv, RqVersion};

/// How many jobs each of the lists has, and `failed_recently`.
#[track_caller]
fn lengths(watcher: &mut Watcher) -> [usize; 4] {
    let answer = watcher.answer();
    let length = |name: &str| match signal(&answer, name) {
        Ok(Value::List(jobs)) => jobs.len(),
        Ok(Value::Int(count)) => usize::try_from(count).unwrap(),
        other => panic!("{name}: {other:?}"),
    };
    ["failed_jobs", "scheduled_jobs", "finished_jobs", "failed_recently"].map(length)
}

/// Two failed jobs, one scheduled, three finished, and a watcher who has seen them.
fn full(rq: &RqEnv, redis: &Redis) -> (Watcher, Vec<String>) {
    let failed = rq.fail("slow", 2);
    rq.enqueue("slow", "work.ok", &[], 3);
    rq.run_all("slow");
    rq.schedule("slow", "work.ok", Duration::from_secs(3600));
    let mut watcher = Watcher::of(&redis.url());
    for _ in 0..2 {
        assert_eq!(lengths(&mut watcher), [2, 1, 3, 2]);
    }
    (watcher, failed)
}

#[test]
fn what_is_over_is_gone_with_the_very_next_poll() {
    for version in RqVersion::ALL {
        let redis = Redis::start();
        let rq = RqEnv::new(version, &redis);
        let (mut watcher, failed) = full(&rq, &redis);
        redis.call::<()>(&["DEL", "rq:finished:slow"]);
        assert_eq!(lengths(&mut watcher), [2, 1, 0, 2], "{version:?}");
        rq.python(
            "for i in queue('slow').scheduled_job_registry.get_job_ids(): Job.fetch(i, connection=connection).delete()",
            &[],
        );
        assert_eq!(lengths(&mut watcher), [2, 0, 0, 2], "{version:?}");
        assert_eq!(requeue(&redis, &failed), End::Accepted);
        assert_eq!(lengths(&mut watcher), [0, 0, 0, 0], "{version:?}");
        // and they come back as soon
        rq.run_all("slow");
        assert_eq!(lengths(&mut watcher), [2, 0, 0, 2], "{version:?}");
        redis.call::<()>(&["FLUSHALL"]);
        assert_eq!(lengths(&mut watcher), [0, 0, 0, 0], "{version:?}");
    }
}

fn requeue(redis: &Redis, ids: &[String]) -> End {
    let url = Template::parse(&redis.url()).unwrap().fill(&Variables::default()).unwrap();
    let jobs = ids.iter().map(|id| JobAt { queue: "slow".to_owned(), id: id.clone() }).collect();
    let call = RqCall { url, act: RqAct::Requeue(jobs) };
    let (keep, redactor) = (tempfile::tempdir().unwrap(), Redactor::default());
    let terms = RqTerms {
        timeout: super::WITHIN,
        now: clock::now(),
        keep: keep.path(),
        run: "run",
        redactor: &redactor,
        cancelled: &|| false,
        say: &mut |_| (),
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(run(&call, terms)).end
}

#[test]
fn the_jobs_of_a_queue_that_was_removed_are_not_shown_though_its_worker_listens_on() {
    let redis = Redis::start();
    let rq = RqEnv::new(RqVersion::V3, &redis);
    let (mut watcher, _) = full(&rq, &redis);
    redis.call::<()>(&["SREM", "rq:queues", "rq:queue:slow"]);
    assert_eq!(lengths(&mut watcher), [0, 0, 0, 0]);
    redis.call::<()>(&["SADD", "rq:queues", "rq:queue:slow"]);
    assert_eq!(lengths(&mut watcher), [2, 1, 3, 2]);
    let _worker = rq.worker("one", &["slow"]);
    assert_eq!(lengths(&mut watcher), [2, 1, 3, 2]);
    redis.call::<()>(&["SREM", "rq:queues", "rq:queue:slow"]);
    assert_eq!(lengths(&mut watcher), [0, 0, 0, 0]);
    assert_eq!(lengths(&mut watcher), [0, 0, 0, 0]);
}
