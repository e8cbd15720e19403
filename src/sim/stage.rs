//! Where a world meets its sockets: one lock, brought up to the clock's time before every look, doors turned after it.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::door::{Door, Way};
use super::remote::Ran;
use crate::base::{Mono, Now};

/// Tells the time; only the runtime has a real one.
pub(crate) type Clock = Arc<dyn Fn() -> Now + Send + Sync>;

/// A simulated system as a pure state machine: no sockets, no clock.
pub(crate) trait World: Send + 'static {
    /// Plays it up to so long after its start; a time that has been played changes nothing.
    fn advance(&mut self, to: Duration);

    /// The fault that is on, by name.
    fn fault(&self) -> &'static str;

    /// Puts a fault on in place of the one before; `none`, or a name that it does not know, only heals.
    fn set_fault(&mut self, name: &str);

    /// Runs a command line as the one who operates the system would; nothing when it is none of this system's.
    fn command(&mut self, argv: &[&str]) -> Option<Ran>;
}

/// A door and how the world wants it.
struct Hinge<W> {
    wanted: fn(&W) -> Way,
    turn: watch::Sender<Way>,
}

impl<W> Hinge<W> {
    fn turn(&self, way: Way) {
        self.turn.send_if_modified(|now| std::mem::replace(now, way) != way);
    }
}

/// The world with its clock and its doors.
pub(crate) struct Stage<W> {
    inner: Mutex<(W, Vec<Hinge<W>>)>,
    clock: Clock,
    /// When it was opened, and how much of the world had been played by then.
    opened: Mono,
    played: Duration,
    has_ended: AtomicBool,
}

impl<W: World> Stage<W> {
    /// A world that has been played for `played` up to `now`, without a door yet.
    pub(crate) fn new(world: W, clock: Clock, now: Now, played: Duration) -> Self {
        Self {
            inner: Mutex::new((world, Vec::new())),
            clock,
            opened: now.mono,
            played,
            has_ended: AtomicBool::new(false),
        }
    }

    /// Takes a free loopback port that behaves as the world wants it from now on.
    pub(crate) fn door(&self, wanted: fn(&W) -> Way) -> io::Result<Door> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let (turn, way) = watch::channel(wanted(&inner.0));
        let door = Door::new(way)?;
        inner.1.push(Hinge { wanted, turn });
        Ok(door)
    }

    /// Looks at the world, or changes it, as it is now.
    pub(crate) fn with<R>(&self, look: impl FnOnce(&mut W) -> R) -> R {
        let since = (self.clock)().mono.since(self.opened);
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let (world, hinges) = &mut *inner;
        world.advance(self.played.saturating_add(since));
        let result = look(world);
        if !self.has_ended.load(Ordering::Relaxed) {
            for hinge in hinges.iter() {
                hinge.turn((hinge.wanted)(world));
            }
        }
        result
    }

    /// Cuts every connection; no look at the world opens a door again.
    pub(crate) fn end(&self) {
        self.has_ended.store(true, Ordering::Relaxed);
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.1.iter().for_each(|hinge| hinge.turn(Way::Shut));
    }
}
