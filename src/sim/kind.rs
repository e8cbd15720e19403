//! What a simulated system declares of itself, and what a running one can be told.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::remote::Ran;
use super::stage::Clock;
use crate::base::Now;

/// The name under which every system is well.
pub(crate) const NONE: &str = "none";

/// A trouble that a simulated system can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Its stable name: it is typed on the command line and in tests.
    pub name: &'static str,
    /// One line for a menu.
    pub title: &'static str,
    /// The runbook of its system that is for it; none where no scenario is.
    pub runbook: Option<&'static str>,
    /// Nothing that can be run on the simulated machine ends it: it is somebody else's, and passes.
    pub passes: bool,
}

impl Fault {
    pub(crate) const fn new(name: &'static str, title: &'static str) -> Self {
        Self { name, title, runbook: None, passes: false }
    }

    /// With the runbook that is for it.
    pub(crate) const fn led_by(self, runbook: &'static str) -> Self {
        Self { runbook: Some(runbook), ..self }
    }

    /// One that no repair ends.
    pub(crate) const fn passing(self) -> Self {
        Self { passes: true, ..self }
    }
}

/// A simulated system: one line of the registry.
pub struct Kind {
    /// The system, by the name of its folder.
    pub system: &'static str,
    /// What is simulated and what is not, in one line, for the demo to say.
    pub simulates: &'static str,
    /// Its faults, in the order of its runbook; `none` first.
    pub faults: &'static [Fault],
    /// The programs of the operated machine that its actions and probes call.
    pub(crate) programs: &'static [&'static str],
    /// Binds everything to free loopback ports and serves it on the current tokio runtime.
    pub(crate) start: fn(&Begin) -> io::Result<Box<dyn Simulation>>,
}

impl std::fmt::Debug for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kind").field("system", &self.system).finish_non_exhaustive()
    }
}

impl Kind {
    /// Its fault of this name.
    pub fn fault(&self, name: &str) -> Option<&'static Fault> {
        self.faults.iter().find(|fault| fault.name == name)
    }
}

/// How a simulation begins.
#[derive(Clone)]
pub(crate) struct Begin {
    /// Tells the time.
    pub(crate) clock: Clock,
    /// The time at which everything is served.
    pub(crate) now: Now,
    /// The fault that is on by then: a name of its [`Kind`].
    pub(crate) fault: &'static str,
    /// For how long.
    pub(crate) since: Duration,
    /// The same seed gives the same world.
    pub(crate) seed: u64,
    /// The folder of the stand-in programs.
    pub(crate) programs: PathBuf,
}

/// A simulated system that runs. Ends with its last connection when it is dropped, or told to.
pub(crate) trait Simulation: Send + Sync {
    /// The system's variables, by name.
    fn vars(&self) -> &[(String, String)];

    /// The fault that is on.
    fn fault(&self) -> &'static str;

    /// Puts a fault of its [`Kind`] on in place of the one before; `none` heals.
    fn set_fault(&self, name: &str);

    /// Runs a command line as the one who operates the system would; nothing when it is none of this system's.
    fn command(&self, argv: &[&str]) -> Option<Ran>;

    /// Cuts every connection and opens no door again.
    fn end(&self);
}
