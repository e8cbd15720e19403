//! Where the world meets the sockets: one lock, brought up to the clock's time before every look, doors turned after it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::door::{Door, Way};
use super::resp::{Blob, Client, Host, Reply};
use super::world::World;
use crate::base::{Mono, Now};

/// Tells the time; only the runtime has a real one.
pub(crate) type Clock = Arc<dyn Fn() -> Now + Send + Sync>;

/// The world with its clock and its doors.
pub(crate) struct Stage {
    world: Mutex<World>,
    clock: Clock,
    /// When the doors were opened, and how much of the world had been played by then.
    opened: Mono,
    played: Duration,
    api: watch::Sender<Way>,
    redis: watch::Sender<Way>,
    worker: watch::Sender<Way>,
    has_ended: AtomicBool,
}

/// The doors whose ways the world decides.
pub(crate) struct Doors {
    pub(crate) api: Door,
    pub(crate) redis: Door,
    pub(crate) worker: Door,
}

impl Stage {
    /// Opens the doors of a world that has been played for `played` up to `now`.
    pub(crate) fn open(mut world: World, clock: Clock, now: Now, played: Duration) -> std::io::Result<(Self, Doors)> {
        let (api, api_way) = watch::channel(world.api_way());
        let (redis, redis_way) = watch::channel(world.redis_way());
        let (worker, worker_way) = watch::channel(world.worker_way());
        let doors = Doors { api: Door::new(api_way)?, redis: Door::new(redis_way)?, worker: Door::new(worker_way)? };
        world.redis.facts.port = doors.redis.address().port();
        let world = Mutex::new(world);
        Ok((
            Self { world, clock, opened: now.mono, played, api, redis, worker, has_ended: AtomicBool::new(false) },
            doors,
        ))
    }

    /// Looks at the world, or changes it, as it is now.
    pub(crate) fn with<R>(&self, look: impl FnOnce(&mut World) -> R) -> R {
        let since = (self.clock)().mono.since(self.opened);
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.advance(self.played.saturating_add(since));
        let result = look(&mut world);
        if !self.has_ended.load(Ordering::Relaxed) {
            turn(&self.api, world.api_way());
            turn(&self.redis, world.redis_way());
            turn(&self.worker, world.worker_way());
        }
        result
    }

    /// Cuts every connection; no look at the world opens a door again.
    pub(crate) fn end(&self) {
        self.has_ended.store(true, Ordering::Relaxed);
        for door in [&self.api, &self.redis, &self.worker] {
            turn(door, Way::Shut);
        }
    }
}

fn turn(door: &watch::Sender<Way>, way: Way) {
    door.send_if_modified(|now| std::mem::replace(now, way) != way);
}

impl Host for Stage {
    fn call(&self, client: &mut Client, args: &[Blob]) -> Reply {
        self.with(|world| world.redis.call(client, args))
    }
}
