//! Which repair ends which trouble, and what a deploy brings.

use std::time::Duration;

use super::fault::Fault;
use super::world::World;

fn world(fault: Fault) -> World {
    let mut world = World::new("2026-11-22T02:00:00Z".parse().unwrap(), 3);
    world.advance(Duration::from_secs(60));
    world.set_fault(fault);
    world.advance(Duration::from_secs(120));
    world
}

fn later(world: &mut World) -> Fault {
    world.advance(Duration::from_secs(600));
    world.fault()
}

#[test]
fn a_fault_ends_by_what_the_runbook_says_and_by_nothing_else() {
    for fault in Fault::ALL {
        let mut restarted = world(fault);
        restarted.restart();
        let ends = [Fault::None, Fault::ApiDown, Fault::PoolExhausted, Fault::SseWarning, Fault::SseCritical];
        assert_eq!(later(&mut restarted) == Fault::None, ends.contains(&fault), "restart, {fault:?}");

        let mut deployed = world(fault);
        deployed.redeploy();
        let ends = [&ends[..], &[Fault::DeployFailed]].concat();
        assert_eq!(later(&mut deployed) == Fault::None, ends.contains(&fault), "redeploy, {fault:?}");

        let mut back = world(fault);
        let target = back.deploys.last().unwrap().id.clone();
        back.rollback(&target).unwrap();
        let ends = [&ends[..], &[Fault::BadDeploy]].concat();
        assert_eq!(later(&mut back) == Fault::None, ends.contains(&fault), "rollback, {fault:?}");
        assert_eq!(back.deploys[0].commit, back.deploys.last().unwrap().commit);
    }
}

#[test]
fn a_model_counts_from_the_next_deploy_on() {
    let mut world = world(Fault::HighLatency);
    assert!(world.set_variable("DEFAULT_MODEL", "claude-haiku-4".into()));
    assert!(!world.set_variable("SECRET", "x".into()));
    assert_eq!(later(&mut world), Fault::HighLatency);
    assert!(!world.page().contains("claude-haiku-4"));
    world.redeploy();
    world.advance(Duration::from_secs(700));
    assert_eq!(world.fault(), Fault::None);
    assert!(world.page().contains("claude-haiku-4"));
}

#[test]
fn of_deploys_that_are_done_at_once_the_newest_is_live() {
    let mut world = world(Fault::None);
    assert_eq!(world.deploys[0].status, "live", "and stays it: {:?}", world.deploys);
    let oldest = world.deploys.last().unwrap().id.clone();
    world.redeploy();
    world.rollback(&oldest).unwrap();
    later(&mut world);
    let told: Vec<_> = world.deploys.iter().map(|deploy| (deploy.trigger, deploy.status)).collect();
    assert_eq!(told[..2], [("rollback", "live"), ("api", "deactivated")], "{told:?}");
}

#[test]
fn exactly_one_deploy_is_live() {
    for fault in Fault::ALL {
        let mut world = world(fault);
        world.redeploy();
        later(&mut world);
        let live = world.deploys.iter().filter(|deploy| deploy.status == "live").count();
        assert_eq!((live, world.deploys[0].status), (1, "live"), "{fault:?}");
    }
}
