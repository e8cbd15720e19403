//! A running program in a real pseudo-terminal, seen through a VT100 screen. Waiting has a deadline and its errors carry the
//! last screen. The program is ended by its own process id when the [`Pty`] is dropped.

use std::fmt;
use std::os::fd::OwnedFd;
use std::process::{Child, ExitStatus};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::{Errno, read, write};
use rustix::process::{Signal, kill_process};
use rustix::termios::{Termios, Winsize, tcgetattr, tcsetwinsize};
use vt100::Screen;

use crate::support::key::Key;
use crate::support::process::{pid, processes, reap};
use crate::support::terminal::{self, Terminal};
use crate::support::watched::Watched;

/// Why something in the PTY did not come about.
#[derive(thiserror::Error)]
pub(crate) enum PtyError {
    /// The operating system refused.
    #[error("cannot {what}")]
    Io {
        /// What was tried.
        what: String,
        /// The system's word.
        source: std::io::Error,
    },
    /// It was waited for in vain.
    #[error("{what} did not come within {within:?}{after}; the screen was:\n{screen}")]
    Waited {
        /// What was waited for.
        what: String,
        /// How long.
        within: Duration,
        /// What had happened to the program, if it had ended.
        after: String,
        /// The last screen.
        screen: String,
    },
    /// The terminal had already been closed.
    #[error("the terminal is closed")]
    Closed,
}

/// As `unwrap` prints it: a screen is to be looked at, not to be read as an escaped string.
impl fmt::Debug for PtyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PtyError::Io { source, .. } => write!(f, "{self}: {source}"),
            _ => write!(f, "{self}"),
        }
    }
}

/// What the reader thread shares with its owner.
struct State {
    terminal: Terminal,
    order: Order,
    /// Every holder of the terminal side has closed it.
    eof: bool,
    exit: Option<ExitStatus>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Read,
    /// So many bytes a second.
    Slowly(usize),
    Pause,
    Close,
}

impl State {
    fn new(cols: u16, rows: u16) -> Self {
        Self { terminal: Terminal::new(cols, rows), order: Order::Read, eof: false, exit: None }
    }

    /// Nothing more can come to the screen.
    fn is_over(&self) -> bool {
        self.eof || (self.exit.is_some() && self.order == Order::Close)
    }
}

/// A running program and its terminal.
pub(crate) struct Pty {
    shared: Arc<Watched<State>>,
    master: Option<Arc<OwnedFd>>,
    wake: Arc<OwnedFd>,
    pid: u32,
    reader: Option<JoinHandle<()>>,
    waiter: Option<JoinHandle<()>>,
    modes_at_start: Termios,
    patience: Duration,
}

impl Pty {
    /// Takes over a program that was just started on the other side of `master`.
    pub(crate) fn over(
        master: OwnedFd,
        child: Child,
        modes_at_start: Termios,
        (cols, rows): (u16, u16),
        patience: Duration,
    ) -> Result<Self, PtyError> {
        let shared = Arc::new(Watched::new(State::new(cols, rows)));
        let master = Arc::new(master);
        let wake = Arc::new(eventfd(0, EventfdFlags::CLOEXEC).map_err(io("make an eventfd"))?);
        let pid = child.id();
        let reader = {
            let (master, wake, shared) = (Arc::clone(&master), Arc::clone(&wake), Arc::clone(&shared));
            std::thread::spawn(move || read_loop(&master, &wake, &shared))
        };
        let waiter = {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || reap(child, |reap| shared.update(|s| s.exit = Some(reap()))))
        };
        Ok(Self {
            shared,
            master: Some(master),
            wake,
            pid,
            reader: Some(reader),
            waiter: Some(waiter),
            modes_at_start,
            patience,
        })
    }

    /// Sends text as if it were typed, byte by byte as it stands.
    pub(crate) fn send(&self, text: &str) -> Result<(), PtyError> {
        self.send_bytes(text.as_bytes())
    }

    /// Sends bytes that need not be text.
    pub(crate) fn send_bytes(&self, bytes: &[u8]) -> Result<(), PtyError> {
        let master = self.master.as_ref().ok_or(PtyError::Closed)?;
        let mut rest = bytes;
        while !rest.is_empty() {
            match write(master, rest) {
                Ok(n) => rest = &rest[n..],
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    let timeout = Timespec::try_from(self.patience).ok();
                    let ready = poll(&mut [PollFd::new(master, PollFlags::OUT)], timeout.as_ref());
                    if ready.map_err(io("wait to type"))? == 0 {
                        return Err(self.in_vain("the program's reading of what was typed"));
                    }
                }
                Err(e) => return Err(io("type")(e)),
            }
        }
        Ok(())
    }

    /// Presses a key, in the form that the program asked for.
    pub(crate) fn send_key(&self, key: Key) -> Result<(), PtyError> {
        let modes = self.shared.read(|s| s.terminal.key_modes());
        self.send(&key.bytes(modes))
    }

    /// Resizes the window: the program gets SIGWINCH.
    pub(crate) fn resize(&self, cols: u16, rows: u16) -> Result<(), PtyError> {
        let master = self.master.as_ref().ok_or(PtyError::Closed)?;
        self.shared.update(|s| s.terminal.resize(cols, rows));
        tcsetwinsize(master, winsize(cols, rows)).map_err(io("resize the PTY"))
    }

    /// Waits until a whole frame satisfies `look` and returns it; `what` names it in the error.
    pub(crate) fn wait_for(&self, what: &str, look: impl FnMut(&Screen) -> bool) -> Result<Screen, PtyError> {
        self.wait_within(self.patience, what, look)
    }

    /// The same, within another time than usual.
    pub(crate) fn wait_within(
        &self,
        within: Duration,
        what: &str,
        mut look: impl FnMut(&Screen) -> bool,
    ) -> Result<Screen, PtyError> {
        let verdict = self.shared.wait(within, |s| {
            let seen = s.terminal.is_whole() && look(s.terminal.screen());
            (seen || s.is_over()).then(|| seen.then(|| s.terminal.screen().clone()))
        });
        verdict.flatten().ok_or_else(|| self.in_vain(what))
    }

    /// Waits until the text stands on the screen, within one row.
    pub(crate) fn wait_text(&self, needle: &str) -> Result<Screen, PtyError> {
        self.wait_for(&format!("the text {needle:?}"), |screen| terminal::find(screen, needle).is_some())
    }

    /// Waits until the text stands nowhere on the screen.
    pub(crate) fn wait_gone(&self, needle: &str) -> Result<Screen, PtyError> {
        self.wait_for(&format!("a screen without {needle:?}"), |screen| terminal::find(screen, needle).is_none())
    }

    /// Waits until the program has written these bytes (control sequences too), counting from `from` bytes on.
    pub(crate) fn wait_bytes(&self, from: usize, needle: &[u8]) -> Result<(), PtyError> {
        let verdict = self.shared.wait(self.patience, |s| {
            let seen = s.terminal.log().get(from..).is_some_and(|log| log.windows(needle.len()).any(|w| w == needle));
            (seen || s.is_over()).then_some(seen)
        });
        let what = || format!("the bytes {:?}", String::from_utf8_lossy(needle));
        if verdict == Some(true) { Ok(()) } else { Err(self.in_vain(&what())) }
    }

    /// Waits for the end of the program, and for its last output while the terminal is being read.
    pub(crate) fn exit_status(&self) -> Result<ExitStatus, PtyError> {
        let Some(status) = self.shared.wait(self.patience, |s| s.exit) else {
            return Err(self.in_vain("the end of the program"));
        };
        // A left-over child may hold the terminal open for ever: the log is then as whole as it gets.
        self.shared.wait(Duration::from_secs(1), |s| (s.eof || s.order != Order::Read).then_some(()));
        Ok(status)
    }

    fn in_vain(&self, what: &str) -> PtyError {
        // The terminal's end is seen a moment before the program's: the error should tell how it ended.
        self.shared.wait(Duration::from_secs(1), |s| (!s.eof || s.exit.is_some()).then_some(()));
        self.shared.read(|s| PtyError::Waited {
            what: what.to_owned(),
            within: self.patience,
            after: s.exit.map(|status| format!(", and the program had ended ({status})")).unwrap_or_default(),
            screen: terminal::text(s.terminal.screen()).trim_end().to_owned(),
        })
    }

    /// The screen now: text, colours, cursor, modes.
    pub(crate) fn screen(&self) -> Screen {
        self.shared.read(|s| s.terminal.screen().clone())
    }

    /// The screen now as text, without trailing blanks.
    pub(crate) fn screen_text(&self) -> String {
        self.shared.read(|s| terminal::text(s.terminal.screen()))
    }

    /// Every byte the program wrote so far.
    pub(crate) fn raw(&self) -> Vec<u8> {
        self.shared.read(|s| s.terminal.log().to_vec())
    }

    /// How many bytes the program wrote so far.
    pub(crate) fn bytes_written(&self) -> usize {
        self.shared.read(|s| s.terminal.log().len())
    }

    /// What the program copied by OSC 52, in base64.
    pub(crate) fn clipboard(&self) -> Option<Vec<u8>> {
        self.shared.read(|s| s.terminal.clipboard().map(<[u8]>::to_vec))
    }

    /// The window title the program set.
    pub(crate) fn title(&self) -> Option<Vec<u8>> {
        self.shared.read(|s| s.terminal.title().map(<[u8]>::to_vec))
    }

    /// The terminal's modes before the program ran, in a form to compare and to print.
    pub(crate) fn modes_at_start(&self) -> String {
        modes(&self.modes_at_start)
    }

    /// The terminal's modes now; the program may have ended.
    pub(crate) fn modes_now(&self) -> Result<String, PtyError> {
        let master = self.master.as_ref().ok_or(PtyError::Closed)?;
        Ok(modes(&tcgetattr(master).map_err(io("read the terminal modes"))?))
    }

    /// From now on nobody reads: the program's writes will block once the kernel's buffer is full.
    pub(crate) fn pause_reading(&self) {
        self.order(Order::Pause);
    }

    /// From now on so many bytes a second are read, as over a slow link.
    pub(crate) fn read_slowly(&self, bytes_per_second: usize) {
        self.order(Order::Slowly(bytes_per_second));
    }

    /// Reads again.
    pub(crate) fn resume_reading(&self) {
        self.order(Order::Read);
    }

    /// Closes the terminal as a lost SSH connection does: the session gets SIGHUP.
    pub(crate) fn close(&mut self) {
        self.order(Order::Close);
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
        self.master = None;
    }

    fn order(&self, order: Order) {
        self.shared.update(|s| s.order = order);
        let _ = write(&self.wake, &1u64.to_ne_bytes());
    }

    /// False once the program has ended.
    pub(crate) fn is_running(&self) -> bool {
        self.shared.read(|s| s.exit.is_none())
    }

    /// The program's process id.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Sends a signal to the program, unless it has already ended.
    pub(crate) fn signal(&self, signal: Signal) -> Result<(), PtyError> {
        // Under the lock: the waiter reaps under it too, so that the id cannot belong to somebody else by now.
        self.shared.update(|s| match (s.exit, pid(self.pid)) {
            (None, Some(pid)) => kill_process(pid, signal).map_err(io("send a signal")),
            _ => Ok(()),
        })
    }

    /// The living processes of the program's session: after its end these are orphans.
    pub(crate) fn session(&self) -> Vec<u32> {
        processes().filter(|process| process.session == self.pid).map(|process| process.id).collect()
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ = self.signal(Signal::KILL);
        self.close();
        if let Some(waiter) = self.waiter.take() {
            let _ = waiter.join();
        }
    }
}

/// A slow link carries something so many times a second.
const SLICES: usize = 20;
const SLICE: Duration = Duration::from_millis(50);

/// Moves bytes from the PTY to the screen until it ends or is told to close.
fn read_loop(master: &OwnedFd, wake: &OwnedFd, shared: &Watched<State>) {
    let mut buffer = [0; 16 * 1024];
    loop {
        let order = shared.read(|s| s.order);
        if order == Order::Close {
            return;
        }
        let mut fds = vec![PollFd::new(wake, PollFlags::IN)];
        if matches!(order, Order::Read | Order::Slowly(_)) {
            fds.push(PollFd::new(master, PollFlags::IN));
        }
        let polled = poll(&mut fds, None);
        let (woken, ready) = (!fds[0].revents().is_empty(), fds.get(1).is_some_and(|fd| !fd.revents().is_empty()));
        if polled.is_ok() && woken {
            let _ = read(wake, &mut [0; 8]);
        } else if polled.is_ok() && ready {
            let (most, rest) = match order {
                Order::Slowly(speed) => ((speed / SLICES).max(1), Some(SLICE)),
                _ => (buffer.len(), None),
            };
            match read(master, &mut buffer[..most]) {
                Err(Errno::INTR | Errno::AGAIN) => {}
                Ok(0) | Err(_) => return shared.update(|s| s.eof = true),
                Ok(n) => {
                    let answers = shared.update(|s| s.terminal.process(&buffer[..n]));
                    // As in life, an answer is lost when the program does not read.
                    let _ = write(master, &answers);
                }
            }
            if let Some(rest) = rest.and_then(|rest| Timespec::try_from(rest).ok()) {
                let _ = poll(&mut [PollFd::new(wake, PollFlags::IN)], Some(&rest));
            }
        }
    }
}

pub(crate) fn winsize(cols: u16, rows: u16) -> Winsize {
    Winsize { ws_row: rows, ws_col: cols, ws_xpixel: 0, ws_ypixel: 0 }
}

fn modes(termios: &Termios) -> String {
    format!(
        "{:?} {:?} {:?} {:?} {:?}",
        termios.input_modes, termios.output_modes, termios.control_modes, termios.local_modes, termios.special_codes
    )
}

pub(crate) fn io<E: Into<std::io::Error>>(what: &str) -> impl FnOnce(E) -> PtyError {
    move |source| PtyError::Io { what: what.to_owned(), source: source.into() }
}
