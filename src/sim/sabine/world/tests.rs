//! What a poller would see of each fault, minute by minute; and what the repairs do.

mod hands;

use super::rq::{self, QUEUE};
use super::wal::Status;
use super::*;
use crate::sim::resp::{List, Set, Sorted, Ttl};

/// Seconds of good health before a fault.
const WARM_S: u64 = 300;

struct Run {
    world: World,
    at: u64,
}

impl Run {
    fn healthy() -> Self {
        let start = "2026-11-22T12:00:00Z".parse().unwrap();
        let mut run = Self { world: World::new(start, 7), at: 0 };
        run.on(WARM_S);
        run
    }

    fn with(fault: Fault) -> Self {
        let mut run = Self::healthy();
        run.world.set_fault(fault);
        run
    }

    fn on(&mut self, secs: u64) {
        self.at += secs;
        self.world.advance(Duration::from_secs(self.at));
    }

    fn pending(&self) -> usize {
        self.world.wal.count(Status::Pending)
    }

    fn llen(&self, key: &str) -> usize {
        self.world.redis.store.peek::<List>(key).unwrap().map_or(0, List::len)
    }

    fn zcard(&self, registry: &str) -> usize {
        self.world.redis.store.peek::<Sorted>(format!("rq:{registry}:{QUEUE}")).unwrap().map_or(0, Sorted::len)
    }

    fn queued(&self) -> usize {
        self.llen(&rq::queue_key())
    }

    fn members(&self) -> Vec<String> {
        let set = self.world.redis.store.peek::<Set>("rq:workers").unwrap();
        set.into_iter().flatten().map(|member| String::from_utf8(member.clone()).unwrap()).collect()
    }

    fn ttl(&self, key: &str) -> Ttl {
        self.world.redis.store.ttl(key)
    }

    fn has_lock(&self) -> bool {
        self.ttl(&format!("rq:scheduler-lock:{QUEUE}")) != Ttl::Absent
    }

    /// Leases of running jobs that have run out.
    fn abandoned(&self) -> usize {
        let now = self.world.now_ms() as f64 / 1000.0;
        let wip = self.world.redis.store.peek::<Sorted>(format!("rq:wip:{QUEUE}")).unwrap();
        wip.map_or(0, |wip| wip.iter().filter(|(_, score)| *score < now).count())
    }

    fn subscribers(&self) -> usize {
        self.world.redis.channels.len()
    }

    /// Everything that a first look at health asks.
    fn assert_well(&self) {
        let world = &self.world;
        assert_eq!((world.api_way(), world.redis_way(), world.worker_way()), (Way::Open, Way::Open, Way::Open));
        assert!(self.pending() <= 6, "{} pending", self.pending());
        assert_eq!((self.subscribers(), self.abandoned(), self.has_lock()), (1, 0, true));
        assert!(world.worker_rss_mb() < 400.0);
        assert_eq!(world.fault(), Fault::None);
    }
}

#[test]
fn a_healthy_world_moves_and_stays_healthy() {
    let mut run = Run::healthy();
    let (completed, calls) = (run.world.wal.completed, run.world.telemetry.calls);
    let mut busy = 0;
    for _ in 0..60 {
        run.on(10);
        run.assert_well();
        assert_eq!((run.members().len(), run.zcard("failed"), run.zcard("scheduled")), (1, 0, 6));
        busy += run.zcard("wip");
    }
    assert!((100..180).contains(&(run.world.wal.completed - completed)), "about 14 a minute");
    assert!(run.world.telemetry.calls > calls && busy > 5 && busy < 55, "a queue in motion: {busy}");
    assert!(run.zcard("finished") > 100, "what is done is remembered");
}

#[test]
fn one_seed_is_one_world_however_it_is_asked() {
    let told = |steps: &[u64]| {
        let mut run = Run::with(Fault::WalBacklog);
        for secs in steps {
            run.on(*secs);
        }
        (run.pending(), run.world.wal.completed, run.members(), run.world.wal.entries.last().unwrap().id.clone())
    };
    assert_eq!(told(&[300]), told(&[1, 99, 200]));
}

#[test]
fn worker_crash_leaves_what_a_killed_group_leaves() {
    let mut run = Run::with(Fault::WorkerCrash);
    run.on(10);
    assert_eq!((run.world.worker_way(), run.subscribers()), (Way::Shut, 0));
    let ghost = run.members().remove(0);
    assert!(matches!(run.ttl(&ghost), Ttl::Ends(1..=90_000)), "killed while busy: {:?}", run.ttl(&ghost));
    assert_eq!((run.zcard("wip"), run.abandoned(), run.world.wal.count(Status::Processing)), (1, 0, 1));
    run.on(110);
    assert_eq!((run.members(), run.ttl(&ghost), run.has_lock(), run.abandoned()), (vec![ghost], Ttl::Absent, false, 1));
    let (early, queued) = (run.pending(), run.queued());
    run.on(240);
    assert!(run.pending() > early + 30 && run.pending() > 50 && run.queued() > queued + 30, "{}", run.pending());

    run.world.restart_worker();
    assert_eq!(run.world.worker_way(), Way::Open);
    assert!(run.world.worker_is_starting());
    run.on(4);
    assert!(!run.world.worker_is_starting());
    assert_eq!((run.members().len(), run.abandoned()), (1, 0), "the ghost is off the register, its job is tried again");
    run.on(1200);
    run.assert_well();
}

#[test]
fn an_orphan_scheduler_looks_alive_to_redis_and_swallows_a_job() {
    let mut run = Run::with(Fault::OrphanScheduler);
    run.on(120);
    assert_eq!((run.world.worker_way(), run.subscribers(), run.has_lock()), (Way::Silent, 1, true));
    assert_eq!((run.llen(&rq::intermediate_key()), run.zcard("wip"), run.members().len()), (1, 0, 1));
    assert!(run.queued() > 10);
    let name = run.members().remove(0);
    assert!(matches!(run.ttl(&name), Ttl::Ends(_)), "an idle worker's hash lives 480 s");
    run.on(480);
    assert_eq!(run.ttl(&name), Ttl::Absent);
    run.world.restart_worker();
    run.on(900);
    run.assert_well();
    assert_eq!(run.llen(&rq::intermediate_key()), 0);
}

#[test]
fn redis_down_keeps_the_log_filling_and_the_queue_out_of_reach() {
    let mut run = Run::with(Fault::RedisDown);
    let queued = run.queued();
    run.on(300);
    assert_eq!((run.world.redis_way(), run.world.worker_way()), (Way::Shut, Way::Open));
    assert!(run.pending() > 50 && run.queued() == queued, "nothing reaches the queue");
    assert!(run.world.enqueue("x", false).is_none() && run.world.requeue(None) == 0);
    assert_eq!(run.world.trigger_job("gap_detection"), Err(faults::Untriggered::RedisDown));
    run.world.restart_worker();
    run.on(60);
    assert_eq!(run.world.redis_way(), Way::Shut, "restarting the worker does not bring Redis back");
    assert!(run.world.worker_is_starting());
    run.world.restart_redis();
    run.on(3);
    assert_eq!(run.world.redis_way(), Way::Open);
    run.on(1200);
    run.assert_well();
}

#[test]
fn memory_climbs_through_both_bands_and_a_restart_clears_it() {
    for (fault, band) in [(Fault::MemoryPressure, 2048.0..2200.0), (Fault::MemoryWarning, 1536.0..2048.0)] {
        let mut run = Run::with(fault);
        let first = run.world.worker_rss_mb();
        run.on(60);
        assert!((first..1536.0).contains(&run.world.worker_rss_mb()));
        run.on(300);
        assert!(band.contains(&run.world.worker_rss_mb()), "{fault:?}: {}", run.world.worker_rss_mb());
        run.world.restart_worker();
        run.on(1200);
        run.assert_well();
    }
}

#[test]
fn a_backlog_grows_with_a_living_worker_and_drains_with_a_second_one() {
    let mut run = Run::with(Fault::WalBacklog);
    run.on(360);
    assert_eq!((run.world.worker_way(), run.subscribers()), (Way::Open, 1));
    assert!(run.pending() > 50 && run.queued() > 40, "{} {}", run.pending(), run.queued());
    run.world.restart_worker();
    run.on(5);
    assert_eq!(run.world.fault(), Fault::WalBacklog, "a restart is no cure");
    run.world.add_worker("worker-2").unwrap();
    run.on(900);
    assert_eq!((run.subscribers(), run.world.fault()), (2, Fault::None));
    assert!(run.pending() < 20, "{}", run.pending());
}

#[test]
fn outside_services_fail_jobs_with_their_own_words_and_the_runbooks_cure_heals() {
    type Cure = fn(&mut World);
    let cases: [(Fault, &str, Cure); 4] = [
        (Fault::SupabaseOutage, "ConnectError", |world| world.set_fault(Fault::None)),
        (Fault::AnthropicApiFailure, "AuthenticationError", World::restart_api),
        (Fault::SlackWebhookFailure, "no_service", World::restart_worker),
        (Fault::E2bTimeout, "E2B sandbox execution timed out", World::restart_api),
    ];
    for (fault, words, cure) in cases {
        let mut run = Run::healthy();
        // in the middle of traffic, so that there is work to fail
        run.world.add_entry();
        run.world.set_fault(fault);
        run.on(240);
        let failed = run.world.rq().failed();
        let tried_again = run.zcard("scheduled") - 6;
        assert!(failed.len() + tried_again > 0, "{fault:?}");
        let is_tried_once = matches!(fault, Fault::E2bTimeout | Fault::SlackWebhookFailure);
        assert!(!is_tried_once || !failed.is_empty(), "{fault:?}");
        for id in failed {
            let result = stream_field(&run.world, &id, "exc_string");
            assert!(result.contains(words), "{fault:?}: {result}");
        }
        cure(&mut run.world);
        assert_eq!(run.world.fault(), Fault::None);
        run.world.requeue(None);
        run.on(1800);
        run.assert_well();
        assert_eq!((run.zcard("failed"), run.world.wal.count(Status::Failed)), (0, 0), "{fault:?}");
    }
}

/// The text of a failed job's last result, unpacked as a reader does.
fn stream_field(world: &World, id: &str, field: &str) -> String {
    use base64::Engine as _;
    use std::io::Read as _;
    let stream = world.redis.store.peek::<crate::sim::resp::Stream>(format!("rq:results:{id}")).unwrap().unwrap();
    let (_, value) = stream.last().unwrap().fields.iter().find(|(name, _)| name == field.as_bytes()).unwrap();
    let packed = base64::engine::general_purpose::STANDARD.decode(value).unwrap();
    let mut text = String::new();
    flate2::read::ZlibDecoder::new(&*packed).read_to_string(&mut text).unwrap();
    text
}

#[test]
fn flapping_comes_and_goes_and_multiplies_the_timetable() {
    let mut run = Run::with(Fault::Flapping);
    let mut changes = 0;
    let mut last = run.world.worker_way();
    for _ in 0..300 {
        run.on(1);
        changes += usize::from(std::mem::replace(&mut last, run.world.worker_way()) != last);
    }
    assert!(changes > 8, "{changes} changes in five minutes");
    assert_eq!(run.zcard("scheduled").min(18), 18, "three copies of each");
    run.world.restart_worker();
    run.on(240);
    run.assert_well();
    assert_eq!(run.zcard("scheduled"), 6);
    run.on(300);
    assert_eq!(run.members().len(), 1, "the ghosts are off the register");
}

#[test]
fn a_quick_restart_after_a_crash_leaves_nothing_behind() {
    let mut run = Run::with(Fault::WorkerCrash);
    run.on(10);
    run.world.restart_worker();
    run.on(240);
    run.assert_well();
    assert_eq!((run.members().len(), run.zcard("failed")), (1, 0));
}

#[test]
fn api_down_stops_the_inflow_until_it_is_restarted() {
    let mut run = Run::with(Fault::ApiDown);
    run.on(60);
    assert_eq!((run.world.api_way(), run.world.wal.entries.len()), (Way::Shut, 0), "all done, nothing new");
    run.world.restart_api();
    run.on(3);
    run.assert_well();
}

#[test]
fn faults_follow_each_other() {
    let mut run = Run::with(Fault::RedisDown);
    run.on(30);
    run.world.set_fault(Fault::WorkerCrash);
    run.on(2);
    assert_eq!((run.world.redis_way(), run.world.worker_way()), (Way::Open, Way::Shut));
    run.world.set_fault(Fault::None);
    run.on(240);
    run.assert_well();
    run.world.set_fault(Fault::AnthropicApiFailure);
    run.on(300);
    assert!(run.zcard("failed") > 0);
    run.world.set_fault(Fault::None);
    assert_eq!(run.zcard("failed"), 0, "healing takes along what the fault left");
}
