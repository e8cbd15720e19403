//! What people and commands do to the world: what repairs it, and what only seems to.

use super::*;

#[test]
fn commands_published_to_a_worker_are_obeyed() {
    let mut run = Run::healthy();
    run.world.trigger_job("salience_recalculation").unwrap();
    for _ in 0..60 {
        run.on(1);
        if run.zcard("wip") == 1 && run.world.redis.store.has("rq:suspended") {
            break;
        }
        if let Some(id) = running(&run).filter(|id| run.world.rq().job_text(id).contains("salience")) {
            let worker = run.members()[0].strip_prefix("rq:worker:").unwrap().to_owned();
            let message = format!(r#"{{"command":"stop-job","job_id":"{id}"}}"#);
            let told = call(&mut run.world, &["PUBLISH", &format!("rq:pubsub:{worker}"), &message]);
            assert_eq!(told, crate::sim::resp::Reply::Int(1));
            run.on(1);
            assert_eq!(run.world.rq().hget(&rq::job_key(&id), "status").as_deref(), Some("stopped"));
            assert_eq!(run.zcard("failed"), 1);
            return;
        }
    }
    panic!("the job never ran");
}

fn running(run: &Run) -> Option<String> {
    let wip = run.world.redis.store.peek::<Sorted>(format!("rq:wip:{QUEUE}")).unwrap()?;
    let (lease, _) = wip.iter().next()?;
    String::from_utf8(lease.clone()).unwrap().split_once(':').map(|(job, _)| job.to_owned())
}

fn call(world: &mut World, words: &[&str]) -> crate::sim::resp::Reply {
    let args: Vec<Vec<u8>> = words.iter().map(|word| word.as_bytes().to_vec()).collect();
    world.redis.call(&mut crate::sim::resp::Client::new(1), &args)
}

#[test]
fn a_suspended_worker_takes_no_job() {
    let mut run = Run::healthy();
    call(&mut run.world, &["SET", "rq:suspended", "1", "EX", "60"]);
    run.on(50);
    assert!(run.zcard("wip") == 0 && run.queued() > 3);
    let key = run.members().remove(0);
    assert_eq!(run.world.rq().hget(&key, "state").as_deref(), Some("suspended"));
    run.on(120);
    run.assert_well();
}

/// A command line's exit code and what it says, if it is this system's.
fn typed(run: &mut Run, line: &str) -> Option<(u8, String)> {
    let argv: Vec<&str> = line.split(' ').collect();
    run.world.command(&argv).map(|ran| (ran.code, ran.out + &ran.err))
}

#[test]
fn the_commands_of_every_platform_repair_and_what_is_unknown_is_left_to_others() {
    for (fault, line, said) in [
        (Fault::WorkerCrash, "sudo -n systemctl restart sabine-worker", ""),
        (Fault::WorkerCrash, "docker restart sabine-worker", "sabine-worker"),
        (Fault::OrphanScheduler, "railway restart --service worker --yes", "Restarted service worker"),
        (Fault::RedisDown, "sudo -n systemctl restart redis", ""),
        (Fault::RedisDown, "docker restart redis", "redis"),
        (Fault::RedisDown, "railway restart --service redis --yes", "Restarted service redis"),
        (Fault::ApiDown, "sudo -n systemctl restart sabine-api", ""),
        (Fault::ApiDown, "railway restart --service api --yes", "Restarted service api"),
    ] {
        let mut run = Run::with(fault);
        run.on(60);
        assert_eq!(typed(&mut run, line), Some((0, said.to_owned())), "{line}");
        run.on(240);
        run.assert_well();
    }
    let mut run = Run::with(Fault::WorkerCrash);
    for line in [
        "systemctl restart sabine-wroker",
        "docker restart sabine-api",
        "railway restart --service worker",
        "systemctl stop sabine-worker",
        "sudo systemctl restart sabine-worker",
        "rm -rf /",
    ] {
        assert_eq!(typed(&mut run, line), None, "{line}");
    }
    let (code, said) = typed(&mut run, "docker update --memory=lots sabine-worker").unwrap();
    assert!(code == 1 && said.contains("lots"), "{code} {said}");
    assert_eq!(run.world.fault(), Fault::WorkerCrash, "nothing was repaired");
}

#[test]
fn a_restart_without_effect_succeeds_and_starts_nothing() {
    let mut run = Run::with(Fault::RestartWithoutEffect);
    run.on(60);
    assert_eq!(typed(&mut run, "sudo -n systemctl restart sabine-worker"), Some((0, String::new())));
    run.on(60);
    assert_eq!((run.world.worker_way(), run.world.fault()), (Way::Shut, Fault::RestartWithoutEffect));
    run.world.set_fault(Fault::None);
    run.on(240);
    run.assert_well();
}

#[test]
fn a_further_worker_has_its_name_and_a_backlog_goes_down() {
    let mut run = Run::with(Fault::WalBacklog);
    run.on(600);
    let line = "setsid --fork rq worker --name worker-2 sabine-slow-path";
    assert_eq!(typed(&mut run, line).unwrap().0, 0);
    run.on(5);
    assert!(run.members().contains(&"rq:worker:worker-2".to_owned()), "{:?}", run.members());
    assert!(typed(&mut run, line).unwrap().1.contains("There exists an active worker"));
    assert_eq!(typed(&mut run, "rq worker --name worker-3 default"), None, "nothing is queued there");
}

#[test]
fn over_a_memory_limit_the_worker_is_killed_and_started_again() {
    let mut run = Run::with(Fault::MemoryPressure);
    run.on(400);
    assert!(run.world.worker_rss_mb() > 2048.0);
    assert_eq!(typed(&mut run, "sudo -n systemctl set-property sabine-worker MemoryMax=4G"), Some((0, String::new())));
    assert!(run.world.worker_rss_mb() > 2048.0, "there is room");
    let told = Some((0, "sabine-worker".to_owned()));
    assert_eq!(typed(&mut run, "docker update --memory=2g sabine-worker"), told);
    run.on(30);
    assert!(run.world.worker_rss_mb() < 1000.0 && run.world.worker_way() == Way::Open, "{}", run.world.worker_rss_mb());
    for _ in 0..60 {
        run.on(10);
        assert!(run.world.worker_rss_mb() <= 2048.0);
    }
}
