//! What workers are told: stop a job, leave, take no new jobs. In every version of the library.

use std::time::Duration;

use midwatch::action::{End, ItemEnd, RqAct};
use midwatch::runtime::run::rq::workers;

use super::{Actor, filled, seen};
use crate::support::eventually::eventually;
use crate::support::redis_server::Redis;
use crate::support::rq_env::{RqEnv, RqVersion, release};

const WITHIN: Duration = Duration::from_secs(60);

fn status(redis: &Redis, id: &str) -> Option<String> {
    redis.call(&["HGET", &format!("rq:job:{id}"), "status"])
}

/// A job that runs until it is stopped or its pipe is released.
fn hold(rq: &RqEnv, redis: &Redis, pipe: &std::path::Path) -> String {
    let id = rq.enqueue("slow", "work.hold", &[pipe.to_str().unwrap()], 1).remove(0);
    eventually("a started job", WITHIN, || {
        let is_started = status(redis, &id).as_deref() == Some("started");
        (is_started && rq.counts("slow").started == 1).then_some(())
    });
    id
}

/// Waits until Redis has noticed that the worker and its job, which held the same socket, are gone.
fn unheard(redis: &Redis) {
    eventually("a channel without listeners", WITHIN, || {
        redis.call::<(String, u64)>(&["PUBSUB", "NUMSUB", "rq:pubsub:one"]).1.eq(&0).then_some(())
    });
}

#[test]
fn a_running_job_is_stopped_and_only_that() {
    for version in RqVersion::ALL {
        let redis = Redis::start();
        let rq = RqEnv::new(version, &redis);
        let worker = rq.worker("one", &["slow", "fast"]);
        let id = hold(&rq, &redis, &rq.pipe("gate"));
        let actor = Actor::on(&redis.url());
        let done = actor.run(RqAct::StopJob(id.clone()));
        assert_eq!((done.end, &done.items[0].end), (End::Accepted, &ItemEnd::Done), "{version:?}: {done:?}");
        assert_eq!((done.items[0].id.as_str(), done.reason.as_str()), (id.as_str(), "told worker one"));
        eventually("a stopped job", WITHIN, || (status(&redis, &id).as_deref() == Some("stopped")).then_some(()));

        let again = actor.run(RqAct::StopJob(id.clone()));
        assert_eq!((again.end, &again.items[0].end), (End::Failed, &ItemEnd::Gone), "{version:?}");
        assert_eq!(again.reason, format!("job {id} does not run: stopped"));
        let never = actor.run(RqAct::StopJob("nope".to_owned()));
        assert_eq!((never.end, never.reason.as_str()), (End::Failed, "job nope does not run: it is not there"));

        let lost = hold(&rq, &redis, &rq.pipe("second"));
        worker.kill();
        unheard(&redis);
        let done = actor.run(RqAct::StopJob(lost));
        assert_eq!(done.end, End::Failed, "{version:?}: {done:?}");
        assert_eq!(done.items[0].end, ItemEnd::Failed("nobody heard".to_owned()), "{version:?}");
    }
}

#[test]
fn a_warm_shutdown_lets_the_job_finish() {
    for version in RqVersion::ALL {
        let redis = Redis::start();
        let rq = RqEnv::new(version, &redis);
        let worker = rq.worker("one", &["slow"]);
        let _other = rq.worker("two", &["other"]);
        let pipe = rq.pipe("gate");
        let id = hold(&rq, &redis, &pipe);
        let url = filled(&redis.url());
        assert_eq!(seen(workers(&url, None)), ["one", "two"], "{version:?}");
        assert_eq!(seen(workers(&url, Some("slow"))), ["one"], "{version:?}");
        let actor = Actor::on(&redis.url());
        let done = actor.run(RqAct::ShutDown(vec!["one".to_owned()]));
        assert_eq!((done.end, done.counts()), (End::Accepted, [1, 0, 0, 0]), "{version:?}: {done:?}");
        assert_eq!(done.reason, "1 of 1 workers were told");
        worker.wait_line("shut down");
        release(&pipe);
        worker.wait_end();
        assert_eq!(status(&redis, &id).as_deref(), Some("finished"), "{version:?}");
        assert_eq!(rq.workers(), ["two"], "{version:?}");
        let again = actor.run(RqAct::ShutDown(vec!["one".to_owned(), "two".to_owned()]));
        assert_eq!((again.end, again.counts()), (End::Failed, [1, 0, 0, 1]), "{version:?}: {again:?}");
        assert_eq!(again.items[0].end, ItemEnd::Failed("nobody listens".to_owned()));
    }
}

#[test]
fn a_worker_that_redis_forgot_is_found_by_its_channel() {
    let redis = Redis::start();
    let rq = RqEnv::new(RqVersion::V3, &redis);
    let worker = rq.worker("one", &["slow"]);
    redis.call::<()>(&["DEL", "rq:workers", "rq:workers:slow"]);
    assert_eq!(seen(workers(&filled(&redis.url()), None)), ["one"]);
    worker.kill();
    unheard(&redis);
    assert!(seen(workers(&filled(&redis.url()), None)).is_empty());
}

#[test]
fn a_suspension_holds_ends_by_itself_and_never_shortens_another() {
    for version in RqVersion::ALL {
        let redis = Redis::start();
        let rq = RqEnv::new(version, &redis);
        let actor = Actor::on(&redis.url());
        let suspend = |secs| actor.run(RqAct::Suspend(Duration::from_secs(secs)));
        let said = || rq.python("from rq.suspension import is_suspended; print(bool(is_suspended(connection)))", &[]);
        let none = actor.run(RqAct::Suspend(Duration::from_millis(900)));
        assert_eq!((none.end, said().as_str()), (End::Failed, "False"), "without an end: {none:?}");

        let done = suspend(600);
        assert_eq!((done.end, said().as_str()), (End::Accepted, "True"), "{version:?}: {done:?}");
        assert_eq!(done.reason, "suspended for 10m00s");
        assert!(done.undo.is_some());
        assert_eq!(suspend(900).end, End::Accepted, "longer");
        let shorter = suspend(60);
        assert_eq!(shorter.end, End::Failed);
        assert!(shorter.reason.starts_with("the workers are suspended already, for 1"), "{}", shorter.reason);
        assert!(redis.call::<i64>(&["TTL", "rq:suspended"]) > 600);

        assert_eq!((actor.run(RqAct::Resume).end, said().as_str()), (End::Accepted, "False"), "{version:?}");
        assert_eq!(actor.run(RqAct::Resume).reason, "the workers were not suspended");
        redis.call::<()>(&["SET", "rq:suspended", "1"]);
        assert_eq!(suspend(60).end, End::Failed, "somebody else's, without an end");
        assert_eq!(redis.call::<i64>(&["TTL", "rq:suspended"]), -1);
        actor.run(RqAct::Resume);
        assert_eq!(suspend(1).end, End::Accepted);
        eventually("the end of it", WITHIN, || (!redis.call::<bool>(&["EXISTS", "rq:suspended"])).then_some(()));
    }
}
