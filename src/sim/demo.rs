//! The running simulation: every socket bound, the world played, until dropped.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use super::door::{Door, Way};
use super::fault::Fault;
use super::http::{self, ANTHROPIC_KEY, API_KEY, E2B_KEY, SUPABASE_KEY};
use super::resp;
use super::stage::{Clock, Stage};
use super::stand_ins::StandIns;
use super::world::World;
use crate::base::Now;

/// Played in good health before the fault, so that queues and registries look lived in.
const WARM_UP: Duration = Duration::from_secs(900);
/// The longest time that a fault may have been on when the demo begins.
const LONGEST_OFFSET: Duration = Duration::from_secs(6 * 3600);
/// Between two looks at what time alone changes: a process that dies or comes back.
const TICK: Duration = Duration::from_secs(1);

/// The simulated Sabine Super Agent on loopback sockets. Ends with its last connection when dropped.
pub struct Demo {
    stage: Arc<Stage>,
    api: SocketAddr,
    worker: SocketAddr,
    redis: SocketAddr,
    supabase: SocketAddr,
    services: SocketAddr,
    control: SocketAddr,
    stand_ins: StandIns,
    /// The listeners; aborted on drop.
    _tasks: JoinSet<()>,
    /// Keeps the doors open that no fault shuts; their connections are cut when it is dropped.
    _open: watch::Sender<Way>,
}

impl std::fmt::Debug for Demo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Demo").field("api", &self.api).field("fault", &self.fault()).finish_non_exhaustive()
    }
}

impl Demo {
    /// Binds everything to free loopback ports and serves it on the current tokio runtime. `fault` has been on for
    /// `offset` when it returns; the same `seed` gives the same world.
    pub fn start(
        fault: Fault,
        offset: Duration,
        seed: u64,
        clock: impl Fn() -> Now + Send + Sync + 'static,
    ) -> io::Result<Self> {
        Self::start_for(&std::env::current_exe()?, fault, offset, seed, clock)
    }

    /// The same where another program than this one knows the subcommand of the stand-ins.
    pub fn start_for(
        program: &Path,
        fault: Fault,
        offset: Duration,
        seed: u64,
        clock: impl Fn() -> Now + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let now = clock();
        let offset = offset.min(LONGEST_OFFSET);
        let played = WARM_UP + offset;
        let back = jiff::SignedDuration::try_from(played).unwrap_or_default();
        let mut world = World::new(now.wall.checked_sub(back).unwrap_or(now.wall), seed);
        world.advance(WARM_UP);
        world.set_fault(fault);
        world.advance(played);
        Self::serve(program, world, Arc::new(clock), now, played)
    }

    fn serve(program: &Path, world: World, clock: Clock, now: Now, played: Duration) -> io::Result<Self> {
        let (stage, doors) = Stage::open(world, clock, now, played)?;
        let stage = Arc::new(stage);
        let (open, always) = watch::channel(Way::Open);
        let (supabase, services) = (Door::new(always.clone())?, Door::new(always.clone())?);
        let control = Door::new(always)?;
        let addresses = [&doors.api, &doors.worker, &doors.redis, &supabase, &services, &control].map(Door::address);
        let stand_ins = StandIns::make(program, control.address())?;
        let mut tasks = JoinSet::new();
        tasks.spawn(http::serve(doors.api, http::api::router(Arc::clone(&stage))));
        tasks.spawn(http::worker::serve(doors.worker, Arc::clone(&stage)));
        tasks.spawn(resp::serve(doors.redis, Arc::<Stage>::clone(&stage)));
        tasks.spawn(http::serve(supabase, http::outside::supabase(Arc::clone(&stage))));
        tasks.spawn(http::serve(services, http::outside::services(Arc::clone(&stage))));
        tasks.spawn(http::serve(control, http::control::router(Arc::clone(&stage))));
        tasks.spawn(keep_time(Arc::clone(&stage)));
        let [api, worker, redis, supabase, services, control] = addresses;
        Ok(Self { stage, api, worker, redis, supabase, services, control, stand_ins, _tasks: tasks, _open: open })
    }

    /// The system's variables, by name.
    pub fn vars(&self) -> Vec<(String, String)> {
        let slack = format!("http://{}/slack", self.services);
        let pairs = [
            ("api_url", format!("http://{}", self.api)),
            ("worker_url", format!("http://{}", self.worker)),
            ("redis_url", format!("redis://{}/0", self.redis)),
            ("supabase_url", format!("http://{}", self.supabase)),
            ("api_key", API_KEY.to_owned()),
            ("supabase_key", SUPABASE_KEY.to_owned()),
            ("slack_webhook_url", slack.clone()),
            ("slack_alert_webhook_url", format!("{slack}/alerts")),
            ("anthropic_url", self.anthropic_url()),
            ("anthropic_api_key", ANTHROPIC_KEY.to_owned()),
            ("e2b_api_key", E2B_KEY.to_owned()),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value)).into()
    }

    /// The state folder of the demo, where its actions are journalled. Only the demo's: it goes with it.
    pub fn state(&self) -> &Path {
        self.stand_ins.state()
    }

    /// A search path on which the programs stand first that act on the simulated system: `systemctl`, `docker`, ….
    pub fn path(&self) -> String {
        self.stand_ins.path()
    }

    /// Where the language model answers: `…/v1/models` with the key in `x-api-key`.
    pub fn anthropic_url(&self) -> String {
        format!("http://{}/anthropic", self.services)
    }

    /// Where another process controls the simulation: `POST {control_url}/sim/fault/NAME`, `/sim/restart/worker`, ….
    pub fn control_url(&self) -> String {
        format!("http://{}", self.control)
    }

    /// The fault that is on.
    pub fn fault(&self) -> Fault {
        self.stage.with(|world| world.fault())
    }

    /// Puts a fault on in place of the one before; [`Fault::None`] heals.
    pub fn set_fault(&self, fault: Fault) {
        self.stage.with(|world| world.set_fault(fault));
    }

    /// Makes faults unfold so many times faster than in life (0.1 to 100).
    pub fn set_speed(&self, speed: f64) {
        self.stage.with(|world| world.set_speed(speed));
    }

    /// Restarts the worker, as the supervisor's command does.
    pub fn restart_worker(&self) {
        self.stage.with(World::restart_worker);
    }

    /// Restarts Redis; its data survive.
    pub fn restart_redis(&self) {
        self.stage.with(World::restart_redis);
    }

    /// Restarts the API.
    pub fn restart_api(&self) {
        self.stage.with(World::restart_api);
    }

    /// Starts one more worker.
    pub fn scale_workers(&self) {
        self.stage.with(World::scale_workers);
    }

    /// How often each Redis command was called so far, by name in capitals: what a watcher really did.
    pub fn redis_calls(&self) -> Vec<(&'static str, u64)> {
        self.stage.with(|world| world.redis.calls().iter().map(|(name, calls)| (*name, *calls)).collect())
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        self.stage.end();
    }
}

/// Turns the doors when time alone changes the world.
async fn keep_time(stage: Arc<Stage>) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        stage.with(|_| ());
    }
}

#[cfg(test)]
mod tests;
