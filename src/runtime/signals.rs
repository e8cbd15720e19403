//! Signals that end the program, as exit codes; the stop that Ctrl-Z asks for, and the going on after any stop.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// To end, with the exit code that a shell would report: 143, 130 or 129.
    End(u8),
    /// To go on after a stop, whoever stopped us: the terminal may have been somebody else's meanwhile.
    Continued,
}

/// The signals that the dashboard listens to.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
    continued: Signal,
    /// A file as long as it may be is an error of its write, and no reason to die of: heard, and passed over.
    _too_long: Signal,
}

impl Signals {
    /// Listens from now on.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
            continued: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
            _too_long: signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()))?,
        })
    }

    /// Waits for one.
    pub async fn next(&mut self) -> Heard {
        tokio::select! {
            _ = self.terminate.recv() => Heard::End(143),
            _ = self.interrupt.recv() => Heard::End(130),
            _ = self.hang_up.recv() => Heard::End(129),
            _ = self.continued.recv() => Heard::Continued,
        }
    }
}

/// The signals by which a runner is asked to end what it carries out. What it cannot listen to it does not hear.
pub struct Termination {
    terminate: Option<Signal>,
    interrupt: Option<Signal>,
}

/// Listens from now on.
pub fn termination() -> Termination {
    Termination { terminate: signal(SignalKind::terminate()).ok(), interrupt: signal(SignalKind::interrupt()).ok() }
}

impl Termination {
    /// Waits for one.
    pub async fn heard(&mut self) {
        async fn next(signal: &mut Option<Signal>) {
            match signal {
                Some(signal) => drop(signal.recv().await),
                None => std::future::pending().await,
            }
        }
        tokio::select! {
            () = next(&mut self.terminate) => {}
            () = next(&mut self.interrupt) => {}
        }
    }
}

/// Stops the whole process group, as the shell expects of Ctrl-Z; returns when it is continued. Where no shell could
/// ever continue us (`ssh -t host midwatch`) the system does not stop us at all, unlike with SIGSTOP.
pub fn stop() -> io::Result<()> {
    rustix::process::kill_current_process_group(rustix::process::Signal::TSTP)?;
    Ok(())
}
