//! Jobs that a worker took and never started come back to the head of their queue, and only those.

use std::time::Duration;

use midwatch::action::{End, ItemEnd, RqAct};
use midwatch::runtime::run::rq::intermediate_jobs;

use super::{Actor, at, end_of, filled, seen};
use crate::support::redis_server::Redis;
use crate::support::rq_env::{RqEnv, RqVersion};

#[test]
fn only_what_no_worker_starts_comes_back() {
    std::thread::scope(|all| {
        for version in RqVersion::ALL {
            all.spawn(move || comes_back(version));
        }
    });
}

fn comes_back(version: RqVersion) {
    let redis = Redis::start();
    let rq = RqEnv::new(version, &redis);
    let ids = rq.enqueue("slow", "work.ok", &[], 6);
    // as a worker takes them that dies before it starts them
    for _ in 0..5 {
        redis.call::<()>(&["LMOVE", "rq:queue:slow", "rq:queue:slow:intermediate", "LEFT", "RIGHT"]);
    }
    // the third runs, by its status; the fourth by the registry, as rq 1 or as rq 2 writes it
    redis.call::<()>(&["HSET", &format!("rq:job:{}", ids[2]), "status", "started"]);
    let execution = if version == RqVersion::V1 { String::new() } else { format!(":{:032x}", 7) };
    redis.call::<()>(&["ZADD", "rq:wip:slow", "9999999999", &format!("{}{execution}", ids[3])]);
    redis.call::<()>(&["SET", &format!("rq:queue:slow:intermediate:first_seen:{}", ids[0]), "1", "EX", "900"]);
    let url = filled(&redis.url());
    let shown = seen(intermediate_jobs(&url, None));
    assert_eq!(shown, [0, 1, 4].map(|n| at("slow", &ids[n])), "{version:?}");
    assert_eq!(seen(intermediate_jobs(&url, Some("other"))), []);

    // while we watch, a worker starts the fifth after all
    let fifth = ids[4].clone();
    let start = |line: &str| {
        if line.starts_with("watching") {
            redis.call::<()>(&["LREM", "rq:queue:slow:intermediate", "1", &fifth]);
        }
    };
    let asked = [0, 1, 2, 3, 4].map(|n| at("slow", &ids[n])).to_vec();
    let done = Actor::on(&redis.url()).run_hearing(RqAct::ReturnIntermediate(asked), &mut { start });
    assert_eq!((done.end, done.counts()), (End::Accepted, [2, 1, 2, 0]), "{version:?}: {done:?}");
    assert_eq!(end_of(&done, &ids[2]), &ItemEnd::Skipped("its status is started".to_owned()));
    assert_eq!(end_of(&done, &ids[3]), &ItemEnd::Skipped("a worker runs it".to_owned()));
    assert_eq!(end_of(&done, &ids[4]), &ItemEnd::Gone);
    let waiting: Vec<String> = redis.call(&["LRANGE", "rq:queue:slow", "0", "-1"]);
    assert_eq!(waiting, [&ids[0], &ids[1], &ids[5]].map(String::clone), "at the head, in their order");
    assert!(!redis.call::<bool>(&["EXISTS", &format!("rq:queue:slow:intermediate:first_seen:{}", ids[0])]));
    rq.run_all("slow");
    assert_eq!(rq.counts("slow").finished, 3, "{version:?}");
}

#[test]
fn a_time_that_is_too_short_to_tell_is_refused() {
    let redis = Redis::start();
    let mut actor = Actor::on(&redis.url());
    actor.timeout = Duration::from_secs(5);
    let done = actor.run(RqAct::ReturnIntermediate(vec![at("slow", "a")]));
    assert_eq!(done.end, End::Failed);
    assert!(done.reason.contains("a longer timeout"), "{}", done.reason);
}
