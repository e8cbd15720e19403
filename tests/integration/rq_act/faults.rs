//! What Redis refuses is told as such and changes nothing; what it never answered is told as unknown, and not sent again.

use std::time::Duration;

use midwatch::action::{Done, End, ItemEnd, JobAt, RqAct};
use midwatch::runtime::run::rq::{failed_jobs, workers};

use super::{Actor, at, block_on, filled};
use crate::support::eventually::eventually;
use crate::support::redis_server::Redis;
use crate::support::rq_env::{RqEnv, RqVersion};
use crate::support::tcp_stub::TcpStub;

const WITHIN: Duration = Duration::from_secs(30);

/// Failed jobs and waiting ones as rq writes them, without the time that it takes.
fn fill(redis: &Redis, count: usize) -> (Vec<JobAt>, Vec<JobAt>) {
    let mut pipe = redis::pipe();
    pipe.cmd("SADD").arg("rq:queues").arg("rq:queue:slow");
    let jobs = |state: &str| (0..count).map(|n| at("slow", &format!("{state}-{n}"))).collect::<Vec<_>>();
    let (failed, waiting) = (jobs("failed"), jobs("waiting"));
    for job in &failed {
        pipe.cmd("ZADD").arg("rq:failed:slow").arg("9999999999").arg(&job.id);
        pipe.cmd("HSET").arg(format!("rq:job:{}", job.id)).arg("status").arg("failed");
    }
    for job in &waiting {
        pipe.cmd("RPUSH").arg("rq:queue:slow").arg(&job.id);
        pipe.cmd("HSET").arg(format!("rq:job:{}", job.id)).arg("status").arg("queued");
    }
    pipe.exec(&mut redis.connection()).unwrap();
    (failed, waiting)
}

/// Everything that is stored, as far as it can be told in few words.
fn stored(redis: &Redis) -> String {
    let keys: Vec<String> = redis.call(&["KEYS", "*"]);
    let of = |key: &str| redis.call::<Option<redis::Value>>(&["DUMP", key]).map(|dump| format!("{key} {dump:?}"));
    let mut all: Vec<_> = keys.iter().filter_map(|key| of(key)).collect();
    all.sort();
    all.join("\n")
}

/// Every operation that changes something in Redis.
fn every(failed: &[JobAt], waiting: &[JobAt]) -> Vec<RqAct> {
    vec![
        RqAct::Requeue(failed.to_vec()),
        RqAct::Empty(waiting.to_vec()),
        RqAct::Enqueue { queue: "slow".to_owned(), function: "work.ok".to_owned() },
        RqAct::Suspend(Duration::from_secs(60)),
        RqAct::Resume,
    ]
}

#[track_caller]
fn refused(redis: &Redis, url: &str, acts: &[RqAct], why: &str) {
    let before = stored(redis);
    for act in acts {
        let done = Actor::on(url).run(act.clone());
        assert_eq!(done.end, End::Failed, "{act}: {done:?}");
        assert!(done.reason.contains(why), "{act}: {}", done.reason);
        assert!(!format!("{done:?}").contains("s3cret-word"), "{done:?}");
        let [done_items, gone, skipped, _] = done.counts();
        assert_eq!([done_items, gone, skipped], [0; 3], "{act}: {done:?}");
        assert_eq!(stored(redis), before, "{act}");
    }
}

#[test]
fn a_user_who_may_only_read_changes_nothing() {
    for rules in [&["~rq:*", "&*", "+@read", "+@connection"][..], &["~rq:*", "&*", "+@read", "+@connection", "+eval"]] {
        let mut redis = Redis::start();
        let reader = redis.acl("reader", "s3cret-word", rules);
        let (failed, waiting) = fill(&redis, 3);
        redis.call::<()>(&["SET", "rq:suspended", "1", "EX", "50"]);
        refused(&redis, &reader, &every(&failed, &waiting), "unauthorized");
    }
}

#[test]
fn half_a_right_is_no_half_an_operation() {
    let mut redis = Redis::start();
    let rules = ["~rq:*", "&*", "+@all", "-@transaction", "-hset"];
    let url = redis.acl("half", "s3cret-word", &rules);
    let (_, waiting) = fill(&redis, 3);
    refused(&redis, &url, &every(&[], &waiting)[2..3], "unauthorized");
}

#[test]
fn a_full_server_refuses_before_anything_is_moved() {
    let redis = Redis::start();
    let (failed, _) = fill(&redis, 3);
    redis.call::<()>(&["CONFIG", "SET", "maxmemory", "1"]);
    let acts = [
        RqAct::Requeue(failed),
        RqAct::Enqueue { queue: "slow".to_owned(), function: "work.ok".to_owned() },
        RqAct::Suspend(Duration::from_secs(60)),
    ];
    refused(&redis, &redis.url(), &acts, "out of memory: writes are refused (OOM)");
}

#[test]
fn a_replica_refuses() {
    let redis = Redis::start();
    let (failed, waiting) = fill(&redis, 3);
    redis.call::<()>(&["REPLICAOF", "127.0.0.1", "1"]);
    refused(&redis, &redis.url(), &every(&failed, &waiting), "a replica: read-only (READONLY)");
}

#[test]
fn a_server_that_cannot_serve_is_told_by_its_own_word() {
    for (line, why) in [
        ("LOADING Redis is loading the dataset in memory", "loading the data set"),
        ("MISCONF Errors writing to the AOF file", "MISCONF"),
        ("BUSY Redis is busy running a script", "busy"),
        ("NOAUTH Authentication required.", "unauthorized"),
    ] {
        let stub = TcpStub::saying(format!("-{line}\r\n"));
        let url = format!("redis://{}", stub.address());
        for act in [RqAct::Requeue(vec![at("slow", "a")]), RqAct::Suspend(Duration::from_secs(9)), RqAct::Resume] {
            let done = Actor::on(&url).run(act.clone());
            assert_eq!(done.end, End::Failed, "{act}: {done:?}");
            assert!(done.reason.contains(why), "{act}: {}", done.reason);
        }
        let error = block_on(workers(&filled(&url), None)).unwrap_err();
        assert!(error.text.contains(why), "{error}");
    }
}

#[test]
fn nobody_there_is_a_failure_and_not_unknown() {
    let mut redis = Redis::start();
    redis.stop();
    let done = Actor::on(&redis.url()).run(RqAct::Requeue(vec![at("slow", "a")]));
    assert_eq!((done.end, done.counts()), (End::Failed, [0, 0, 0, 1]), "{done:?}");
    assert!(done.reason.contains("refused 127.0.0.1:"), "{}", done.reason);
    let error = block_on(failed_jobs(&filled(&redis.url()), None, 10)).unwrap_err();
    assert!(error.text.starts_with("refused"), "{error}");
}

/// Requeues 450 jobs; after the first batch something happens to the connection.
fn requeue_and(redis: &Redis, jobs: &[JobAt], timeout: Duration, happens: impl Fn() + Send + Sync) -> Done {
    let mut actor = Actor::on(&redis.url());
    actor.timeout = timeout;
    actor.run_hearing(RqAct::Requeue(jobs.to_vec()), &mut |line| {
        if line.starts_with("200 of") {
            happens();
        }
    })
}

#[track_caller]
fn is_unknown(done: &Done) {
    assert_eq!((done.end, done.counts()), (End::Unknown, [200, 0, 0, 250]), "{}", done.reason);
    assert!(matches!(&done.items[200].end, ItemEnd::Failed(why) if why.starts_with("not known: ")), "{done:?}");
    assert!(matches!(&done.items[399].end, ItemEnd::Failed(why) if why.starts_with("not known: ")), "{done:?}");
    assert_eq!(done.items[400].end, ItemEnd::Failed("not tried".to_owned()));
}

fn moved(redis: &Redis) -> (u64, u64) {
    (redis.call(&["LLEN", "rq:queue:slow"]), redis.call(&["ZCARD", "rq:failed:slow"]))
}

#[test]
fn a_connection_that_is_killed_in_the_middle_leaves_each_job_whole() {
    let redis = Redis::start();
    let (failed, _) = fill(&redis, 450);
    let done = requeue_and(&redis, &failed, WITHIN, || redis.call::<()>(&["CLIENT", "KILL", "TYPE", "normal"]));
    is_unknown(&done);
    assert_eq!(moved(&redis), (450 + 200, 250));
    let rest = requeue_and(&redis, &failed, WITHIN, || ());
    assert_eq!((rest.end, rest.counts()), (End::Accepted, [250, 200, 0, 0]));
    assert_eq!(moved(&redis), (450 + 450, 0), "each of them once");
}

#[test]
fn what_a_frozen_server_does_after_all_was_told_as_unknown() {
    let redis = Redis::start();
    let (failed, _) = fill(&redis, 450);
    let done = requeue_and(&redis, &failed, Duration::from_secs(2), || redis.pause());
    is_unknown(&done);
    redis.resume();
    eventually("the batch that was under way", WITHIN, || (moved(&redis) == (450 + 400, 50)).then_some(()));
    let rest = requeue_and(&redis, &failed, WITHIN, || ());
    assert_eq!((rest.end, rest.counts()), (End::Accepted, [50, 400, 0, 0]));
    assert_eq!(moved(&redis), (450 + 450, 0), "each of them once");
}

#[test]
fn a_server_that_dies_in_the_middle_has_each_job_whole_when_it_comes_back() {
    let mut redis = Redis::persistent();
    let (failed, _) = fill(&redis, 450);
    let pid = redis.pid().and_then(|pid| rustix::process::Pid::from_raw(pid.cast_signed())).unwrap();
    let kill = || rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    let done = requeue_and(&redis, &failed, WITHIN, kill);
    assert!(matches!(done.end, End::Unknown | End::Failed), "{done:?}");
    assert_eq!(done.counts(), [200, 0, 0, 250], "{}", done.reason);
    redis.restart();
    let (queued, left) = moved(&redis);
    assert_eq!(queued + left, 450 + 450, "none is lost, none is there twice");
    let rest = requeue_and(&redis, &failed, WITHIN, || ());
    assert_eq!(rest.end, End::Accepted, "{}", rest.reason);
    assert_eq!(moved(&redis), (450 + 450, 0));
}

#[test]
fn one_job_that_is_no_job_does_not_keep_the_others() {
    let redis = Redis::start();
    let rq = RqEnv::new(RqVersion::V3, &redis);
    let ids = rq.fail("slow", 3);
    redis.call::<()>(&["DEL", &format!("rq:job:{}", ids[1])]);
    redis.call::<()>(&["SET", &format!("rq:job:{}", ids[1]), "no hash"]);
    let jobs = ids.iter().map(|id| at("slow", id)).collect();
    let done = Actor::on(&redis.url()).run(RqAct::Requeue(jobs));
    assert_eq!((done.end, done.counts()), (End::Failed, [2, 0, 0, 1]), "{done:?}");
    assert_eq!(done.items[1].end, ItemEnd::Failed("wrong type: EVAL".to_owned()));
    assert_eq!(redis.call::<Option<f64>>(&["ZSCORE", "rq:failed:slow", &ids[1]]).map(|_| ()), Some(()));
}
