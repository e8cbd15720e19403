//! Watching needs no right but to read, writes nothing, and survives keys that are not what they should be.

use midwatch::base::{Cause, Shown};
use midwatch::probe::rq::Liveness;
use midwatch::signal::Value;

use super::{Watcher, look, signal, snapshot, worker};
use crate::support::eventually::eventually;
use crate::support::redis_server::Redis;
use crate::support::rq_env::{RqEnv, RqVersion};

/// The least that a careful administrator grants.
const READER: [&str; 4] = ["~rq:*", "+@read", "+@connection", "-@dangerous"];

/// Every command that watching may send.
const READING: [&str; 20] = [
    "AUTH",
    "EXISTS",
    "GET",
    "HMGET",
    "LINDEX",
    "LLEN",
    "LRANGE",
    "MGET",
    "PEXPIRETIME",
    "PTTL",
    "PUBSUB",
    "SCAN",
    "SELECT",
    "SMEMBERS",
    "TIME",
    "XREVRANGE",
    "ZCARD",
    "ZCOUNT",
    "ZRANGE",
    "ZREVRANGE",
];

#[test]
fn a_user_who_may_only_read_sees_the_same_and_is_told_what_is_missing() {
    let mut redis = Redis::start();
    let rq = RqEnv::new(RqVersion::V3, &redis);
    rq.fail("slow", 2);
    rq.schedule("slow", "work.ok", std::time::Duration::from_secs(600));
    rq.enqueue("other", "work.ok", &[], 3);
    let one = rq.worker_with_scheduler("one", &["slow"]);
    let full = look(&redis.url());
    let reader = redis.acl("watcher", "s3cret-word", &READER);
    let mut watcher = Watcher::of(&reader);
    for _ in 0..3 {
        let answer = watcher.answer();
        assert_eq!(answer.trouble, None);
        let look = snapshot(&answer);
        assert_eq!(look.queues.iter().map(|q| (&q.name, q.queued, q.failed, q.scheduled)).collect::<Vec<_>>(), {
            full.queues.iter().map(|q| (&q.name, q.queued, q.failed, q.scheduled)).collect::<Vec<_>>()
        });
        assert_eq!((&look.scheduled, &look.failed_jobs), (&full.scheduled, &full.failed_jobs));
        assert_eq!(worker(&look, "one").liveness, Liveness::Live);
        let limits: Vec<&str> = look.limits.iter().map(Shown::as_str).collect();
        assert_eq!(limits, ["PUBSUB is not allowed: whether workers live is told by heartbeats and expiry alone"]);
        assert!(look.clock_skew_s.unwrap().abs() < 5.0, "the clock of Redis is told by an expiry");
    }
    one.kill();
    let dead = watcher.look();
    assert_eq!(worker(&dead, "one").liveness, Liveness::Live, "nothing tells it yet");
    redis.call::<()>(&["DEL", "rq:worker:one"]);
    assert_eq!(worker(&watcher.look(), "one").liveness, Liveness::Killed, "its hash ran out");
}

#[test]
fn without_the_right_to_list_channels_a_scan_finds_who_was_forgotten() {
    let mut redis = Redis::start();
    for n in 0..5000 {
        redis.call::<()>(&["SET", &format!("rq:other:{n}"), "x"]);
    }
    let now = format!("{}", super::now());
    redis.call::<()>(&["HSET", "rq:worker:lost", "last_heartbeat", &now]);
    redis.call::<()>(&["EXPIRE", "rq:worker:lost", "480"]);
    redis.call::<()>(&["SADD", "rq:worker:lost:executions", "job:execution"]);
    let mut watcher = Watcher::of(&redis.acl("watcher", "s3cret-word", &READER));
    let look =
        eventually("the lost worker", super::WITHIN, || Some(watcher.look()).filter(|look| !look.workers.is_empty()));
    assert_eq!(look.workers.len(), 1, "the set of its executions is no worker");
    assert_eq!(worker(&look, "lost").liveness, Liveness::Unregistered);
}

#[test]
fn watching_only_ever_reads() {
    let redis = Redis::start();
    let rq = RqEnv::new(RqVersion::V3, &redis);
    rq.fail("slow", 2);
    rq.enqueue("slow", "work.ok", &[], 2);
    rq.run_all("slow");
    rq.enqueue("slow", "work.ok", &[], 2);
    rq.schedule("slow", "work.ok", std::time::Duration::from_secs(600));
    rq.worker("one", &["other"]).kill();
    redis.call::<()>(&["RPUSH", "rq:queue:slow:intermediate", "swallowed"]);
    let before: Vec<String> = redis.call(&["KEYS", "*"]);
    let monitor = redis.monitor();
    let mut watcher = Watcher::of(&redis.url());
    for _ in 0..70 {
        watcher.look();
    }
    redis.call::<()>(&["ECHO", "the end"]);
    monitor.wait_line("the end");
    let seen: Vec<String> = monitor.commands().into_iter().filter(|name| name != "ECHO").collect();
    let others: Vec<&String> = seen.iter().filter(|name| !READING.contains(&name.as_str())).collect();
    assert!(others.is_empty(), "{others:?} are no reading commands");
    assert!(seen.len() > 10, "{seen:?}");
    let after: Vec<String> = redis.call(&["KEYS", "*"]);
    assert_eq!(before.len(), after.len());
}

#[test]
fn a_key_of_another_type_makes_that_fact_missing_and_names_the_key() {
    for (key, signals) in [
        ("rq:workers", vec!["workers", "workers_live", "workers_ghost", "worker_list"]),
        ("rq:failed:slow", vec!["failed", "failed_jobs"]),
        ("rq:wip:slow", vec!["started"]),
        ("rq:queue:slow", vec!["queued", "oldest_wait_s"]),
        ("rq:queue:slow:intermediate", vec!["swallowed"]),
    ] {
        let redis = Redis::start();
        redis.call::<()>(&["SADD", "rq:queues", "rq:queue:slow", "rq:queue:fast"]);
        redis.call::<()>(&["RPUSH", "rq:queue:fast", "job"]);
        redis.call::<()>(&["HSET", "rq:job:job", "enqueued_at", "2026-11-22T02:24:51.500000Z"]);
        redis.call::<()>(&["SET", key, "x"]);
        let mut watcher = Watcher::of(&redis.url());
        for _ in 0..3 {
            let answer = watcher.answer();
            for name in &signals {
                let why = signal(&answer, name).unwrap_err();
                assert!(why.starts_with("wrong type: ") && why.ends_with(key), "{name}: {why}");
            }
            let others =
                ["workers", "queued", "started", "failed", "deferred", "oldest_wait_s", "swallowed", "schedulers"];
            for name in others.iter().filter(|name| !signals.contains(name)) {
                assert!(signal(&answer, name).is_ok(), "{name} beside {key}: {:?}", signal(&answer, name));
            }
            let fast = snapshot(&answer).queues.into_iter().find(|queue| queue.name.as_str() == "fast").unwrap();
            assert_eq!(fast.queued, Some(1), "its neighbour is unharmed");
        }
    }
}

#[test]
fn without_the_names_of_the_queues_rq_is_in_trouble() {
    let mut redis = Redis::start();
    redis.call::<()>(&["SET", "rq:queues", "x"]);
    let answer = Watcher::of(&redis.url()).answer();
    assert_eq!(answer.trouble.clone().unwrap().text, "wrong type: SMEMBERS rq:queues");
    assert_eq!(signal(&answer, "queued"), Err("wrong type: SMEMBERS rq:queues".to_owned()));
    let nobody = redis.acl("nobody", "s3cret-word", &["+ping"]);
    let answer = Watcher::of(&nobody).answer();
    assert_eq!(answer.trouble.unwrap().cause, Cause::Unauthorized);
    assert_eq!(Watcher::of("redis://127.0.0.1:1/0").poll().unwrap_err().cause, Cause::Refused);
}

#[test]
fn what_watching_says_of_nothing_is_nothing() {
    let redis = Redis::start();
    let answer = Watcher::of(&redis.url()).answer();
    assert_eq!(answer.trouble, None);
    for name in ["queued", "failed", "workers", "workers_live", "schedulers", "swallowed"] {
        assert_eq!(signal(&answer, name), Ok(Value::Int(0)), "{name}");
    }
    assert_eq!(signal(&answer, "oldest_wait_s"), Ok(Value::Number(0.0)));
}
