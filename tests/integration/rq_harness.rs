//! The real rq of the tests, in each version we promise to understand.

use std::time::Duration;

use crate::support::eventually::eventually;
use crate::support::process::{descendants, processes};
use crate::support::redis_server::Redis;
use crate::support::rq_env::{Counts, RqEnv, RqVersion, release};

const WITHIN: Duration = Duration::from_secs(60);

#[test]
fn every_version_queues_fails_schedules_and_finishes() {
    for version in RqVersion::ALL {
        let redis = Redis::start();
        let rq = RqEnv::new(version, &redis);
        assert_eq!(rq.version().number(), rq.python("import rq; print(rq.__version__)", &[]));
        assert_eq!(rq.fail("slow", 2).len(), 2);
        rq.enqueue("slow", "work.ok", &[], 3);
        rq.run_all("slow");
        rq.enqueue("slow", "work.ok", &[], 4);
        rq.schedule("slow", "work.ok", Duration::from_secs(3600));
        let expected = Counts { queued: 4, started: 0, failed: 2, deferred: 0, scheduled: 1, finished: 3, canceled: 0 };
        assert_eq!(rq.counts("slow"), expected, "{version:?}");
        assert_eq!(redis.call::<u64>(&["LLEN", "rq:queue:slow"]), 4);
    }
}

#[test]
fn a_worker_holds_a_job_until_it_is_released_and_stops_cleanly() {
    let redis = Redis::start();
    let rq = RqEnv::new(RqVersion::V3, &redis);
    let worker = rq.worker("one", &["slow"]);
    assert_eq!(rq.workers(), ["one"]);
    let pipe = rq.pipe("gate");
    rq.enqueue("slow", "work.hold", &[pipe.to_str().unwrap()], 1);
    worker.wait_line("work.hold");
    eventually("a started job", WITHIN, || (rq.counts("slow").started == 1).then_some(()));
    release(&pipe);
    eventually("a finished job", WITHIN, || (rq.counts("slow").finished == 1).then_some(()));
    worker.stop();
    assert!(worker.log().contains("work.hold"));
    assert!(rq.workers().is_empty());
}

#[test]
fn killing_only_the_main_process_orphans_the_scheduler_and_killing_all_leaves_nobody() {
    let redis = Redis::start();
    let rq = RqEnv::new(RqVersion::V3, &redis);
    let worker = rq.worker_with_scheduler("one", &["slow"]);
    let children = eventually("the scheduler's own process", WITHIN, || {
        Some(descendants(worker.pid())).filter(|children| !children.is_empty())
    });
    let alive = || processes().filter(|p| children.contains(&p.id)).count();
    worker.kill_main();
    assert_eq!(alive(), children.len());
    assert_eq!(rq.workers(), ["one"], "a killed worker is listed still");
    worker.kill();
    eventually("the orphans' end", WITHIN, || (alive() == 0).then_some(()));
}
