//! The running demo: some of the simulated systems, their control and their stand-ins, until dropped.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::cast::{self, Cast, On};
use super::door::{Door, Way};
use super::kind::{Begin, Kind};
use super::stage::Clock;
use super::stand_ins::StandIns;
use super::{control, http};
use crate::base::Now;

/// Simulated systems on loopback sockets. They end with their last connection when it is dropped.
pub struct Demo {
    cast: Arc<Cast>,
    control: SocketAddr,
    stand_ins: StandIns,
    /// The control's listener; aborted on drop.
    _tasks: JoinSet<()>,
    /// Keeps the control's door open; its connections are cut when it is dropped.
    _open: watch::Sender<Way>,
}

impl std::fmt::Debug for Demo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Demo").field("faults", &self.faults()).finish_non_exhaustive()
    }
}

impl Demo {
    /// Binds these systems to free loopback ports and serves them on the current tokio runtime. The fault has been on for
    /// `since` when it returns; the same `seed` gives the same worlds.
    pub fn start(
        kinds: &[&'static Kind],
        on: On,
        since: Duration,
        seed: u64,
        clock: impl Fn() -> Now + Send + Sync + 'static,
    ) -> io::Result<Self> {
        Self::start_for(&std::env::current_exe()?, kinds, on, since, seed, &(Arc::new(clock) as Clock))
    }

    /// One system in one of its faults, by name, where another program than this one may know the subcommand of the
    /// stand-ins.
    pub fn of(
        program: Option<&Path>,
        (system, fault): (&str, &str),
        since: Duration,
        seed: u64,
        clock: impl Fn() -> Now + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let invalid = |why: String| io::Error::new(io::ErrorKind::InvalidInput, why);
        let kinds = cast::choose(&[system.to_owned()]).map_err(|error| invalid(error.to_string()))?;
        let on = cast::find(&kinds, fault).map_err(|error| invalid(error.to_string()))?;
        let here = std::env::current_exe()?;
        Self::start_for(program.unwrap_or(&here), &kinds, on, since, seed, &(Arc::new(clock) as Clock))
    }

    fn start_for(
        program: &Path,
        kinds: &[&'static Kind],
        on: On,
        since: Duration,
        seed: u64,
        clock: &Clock,
    ) -> io::Result<Self> {
        let now = clock();
        let (open, always) = watch::channel(Way::Open);
        let door = Door::new(always)?;
        let control = door.address();
        let stand_ins = StandIns::make(program, control, kinds.iter().flat_map(|kind| kind.programs).copied())?;
        let begin = |kind: &Kind| {
            let fault = cast::begins_with(kind, on);
            let programs = stand_ins.programs().to_owned();
            (kind.start)(&Begin { clock: Arc::clone(clock), now, fault, since, seed, programs })
        };
        let running = kinds.iter().map(|&kind| Ok((kind, begin(kind)?))).collect::<io::Result<_>>()?;
        let cast = Arc::new(Cast(running));
        let mut tasks = JoinSet::new();
        tasks.spawn(http::serve(door, control::router(Arc::clone(&cast))));
        Ok(Self { cast, control, stand_ins, _tasks: tasks, _open: open })
    }

    /// A system's variables, by name; none where it does not run.
    pub fn vars(&self, system: &str) -> Vec<(String, String)> {
        self.cast.of(system).map(|simulation| simulation.vars().to_vec()).unwrap_or_default()
    }

    /// The state folder of the demo, where its actions are journalled. Only the demo's: it goes with it.
    pub fn state(&self) -> &Path {
        self.stand_ins.state()
    }

    /// A search path on which the programs stand first that act on the simulated systems: `systemctl`, `docker`, ….
    pub fn path(&self) -> String {
        self.stand_ins.path()
    }

    /// Where another process controls the simulation: `POST {control_url}/sim/SYSTEM/fault/NAME`, `/sim/command`.
    pub fn control_url(&self) -> String {
        format!("http://{}", self.control)
    }

    /// The fault that is on in each system, by names: system, fault.
    pub fn faults(&self) -> Vec<(&'static str, &'static str)> {
        self.cast.faults()
    }

    /// Puts a fault of a system on in place of the one before; `none` heals. False where there is no such system or
    /// fault: nothing changes then.
    pub fn set_fault(&self, system: &str, name: &str) -> bool {
        self.cast.set_fault(system, name).is_some()
    }

    /// Runs a command line as the one who operates the systems would; true when it exits with 0.
    pub fn command(&self, argv: &[&str]) -> bool {
        self.cast.command(argv).code == 0
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // a connection of the control that is still served holds the cast: it must not keep the systems up
        self.cast.0.iter().for_each(|(_, simulation)| simulation.end());
    }
}
