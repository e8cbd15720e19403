//! A world that is played on its stage, with the listeners over it: what every simulated system is when it runs.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use jiff::Timestamp;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use super::door::{Door, Way};
use super::http;
use super::kind::{Begin, Simulation};
use super::pg;
use super::remote::Ran;
use super::stage::{Stage, World};

/// Played in good health before the fault, so that counters, queues and histories look lived in.
const WARM_UP: Duration = Duration::from_secs(900);
/// The longest time that a fault may have been on when the demo begins.
const LONGEST_OFFSET: Duration = Duration::from_secs(6 * 3600);
/// Between two looks at what time alone changes: a process that dies or comes back.
const TICK: Duration = Duration::from_secs(1);

/// The running system. Ends with its last connection when dropped.
pub(crate) struct Running<W: World> {
    /// The world.
    pub(crate) stage: Arc<Stage<W>>,
    vars: Vec<(String, String)>,
    /// The listeners; aborted on drop.
    tasks: JoinSet<()>,
}

impl<W: World> Running<W> {
    /// Makes a world that begins so long ago that the fault has been on for its time now, and plays it up to now.
    pub(crate) fn begin(begin: &Begin, make: impl FnOnce(Timestamp, u64) -> W) -> Self {
        let played = WARM_UP + begin.since.min(LONGEST_OFFSET);
        let back = jiff::SignedDuration::try_from(played).unwrap_or_default();
        let mut world = make(begin.now.wall.checked_sub(back).unwrap_or(begin.now.wall), begin.seed);
        world.advance(WARM_UP);
        world.set_fault(begin.fault);
        world.advance(played);
        let stage = Arc::new(Stage::new(world, Arc::clone(&begin.clock), begin.now, played));
        let mut tasks = JoinSet::new();
        tasks.spawn(keep_time(Arc::clone(&stage)));
        Self { stage, vars: Vec::new(), tasks }
    }

    /// Takes a free loopback port that behaves as the world wants it.
    pub(crate) fn door(&self, wanted: fn(&W) -> Way) -> io::Result<Door> {
        self.stage.door(wanted)
    }

    /// Serves HTTP through a door that behaves as the world wants it.
    pub(crate) fn serve(&mut self, wanted: fn(&W) -> Way, router: Router) -> io::Result<SocketAddr> {
        let door = self.door(wanted)?;
        let address = door.address();
        self.spawn(http::serve(door, router));
        Ok(address)
    }

    /// Serves a database through a door that behaves as the world wants it, and sets `database_url` to where it is.
    pub(crate) fn database(&mut self, wanted: fn(&W) -> Way) -> io::Result<()>
    where
        Stage<W>: pg::Host,
    {
        let door = self.door(wanted)?;
        self.var("database_url", format!("postgresql://reader@{}/postgres?sslmode=disable", door.address()));
        self.spawn(pg::serve(door, Arc::clone(&self.stage) as Arc<dyn pg::Host>));
        Ok(())
    }

    /// Runs a listener of another kind until the system ends.
    pub(crate) fn spawn(&mut self, listener: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(listener);
    }

    /// Sets a variable of the system.
    pub(crate) fn var(&mut self, name: &str, value: impl Into<String>) {
        self.vars.push((name.to_owned(), value.into()));
    }

    /// Sets variables of the system to where they are served.
    pub(crate) fn urls(&mut self, places: &[(&str, SocketAddr, &str)]) {
        for (name, address, path) in places {
            self.var(name, format!("http://{address}{path}"));
        }
    }
}

impl<W: World> Simulation for Running<W> {
    fn vars(&self) -> &[(String, String)] {
        &self.vars
    }

    fn fault(&self) -> &'static str {
        self.stage.with(|world| world.fault())
    }

    fn set_fault(&self, name: &str) {
        self.stage.with(|world| world.set_fault(name));
    }

    fn command(&self, argv: &[&str]) -> Option<Ran> {
        self.stage.with(|world| world.command(argv))
    }

    fn end(&self) {
        self.stage.end();
    }
}

impl<W: World> Drop for Running<W> {
    fn drop(&mut self) {
        self.stage.end();
    }
}

/// Turns the doors when time alone changes the world.
async fn keep_time<W: World>(stage: Arc<Stage<W>>) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        stage.with(|_| ());
    }
}
