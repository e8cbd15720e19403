//! Taking the terminal over and giving it back: from the guard's drop, from the panic hook, from a signal. Idempotent.
//!
//! Whoever gives it back may be the last act of a program whose terminal stopped reading: nothing here waits for it
//! longer than [`PATIENCE`]. Every byte for the terminal passes here, so that none follows after it was given back.

use std::io::{self, Write};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// Alternate screen, hidden cursor, bracketed paste.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l\x1b[?2004h";
/// The same undone, the style reset, and any frame that was cut off closed. The screen is cleared before it is given back:
/// mosh has no other one, nor has GNU screen by default, and what was true then must not stand around the next prompt.
const LEAVE: &[u8] = b"\x1b[?2026l\x1b[m\x1b[?2004l\x1b[1;1H\x1b[2J\x1b[?25h\x1b[?1049l";
/// Presses and the wheel of the mouse, in the form for screens of any size.
const MOUSE: &[u8] = b"\x1b[?1000h\x1b[?1006h";
/// The mouse left to the terminal.
const NO_MOUSE: &[u8] = b"\x1b[?1006l\x1b[?1000l";
/// The title of the window, and of its icon, put by.
const PUT_BY: &[u8] = b"\x1b[22;0t";
/// The same put back; where nothing was put by, as in mosh, none is better than one that was true then.
const PUT_BACK: &[u8] = b"\x1b]2;\x07\x1b[23;0t";
/// How long a terminal that does not read may hold up giving it back.
const PATIENCE: Duration = Duration::from_millis(300);

/// Who may write.
struct Hold {
    taken: bool,
    /// The window has a title that is ours meanwhile.
    has_title: bool,
    /// The mouse is wanted.
    mouse: bool,
    /// The mouse was ours at some time: [`LEAVE`] leaves it to the terminal.
    had_mouse: bool,
    /// [`ENTER`] goes out before the next frame, on the thread that may wait for the terminal.
    owes_enter: bool,
    /// [`ENTER`] has gone out and [`LEAVE`] has not.
    entered: bool,
    /// A frame is on its way to the terminal.
    writing: bool,
}

static HOLD: Mutex<Hold> = Mutex::new(Hold {
    taken: false,
    has_title: false,
    mouse: false,
    had_mouse: false,
    owes_enter: false,
    entered: false,
    writing: false,
});
static WRITTEN: Condvar = Condvar::new();

/// Every field is valid at any time, so a poisoned lock holds a whole value.
fn hold() -> MutexGuard<'static, Hold> {
    HOLD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Holds the terminal; gives it back when dropped.
#[derive(Debug)]
pub struct Guard(());

impl Guard {
    /// Takes the terminal over, and the title of its window where it has one.
    pub fn take(has_title: bool) -> io::Result<Self> {
        let guard = Self(());
        hold().has_title = has_title;
        Self::retake()?;
        Ok(guard)
    }

    /// Takes the terminal over again, while a guard is still held: after [`restore`], or when somebody else may have
    /// changed its modes while we were stopped.
    pub fn retake() -> io::Result<()> {
        make_raw()?;
        let mut hold = hold();
        (hold.taken, hold.owes_enter) = (true, true);
        Ok(())
    }
}

/// Raw mode, in which no Ctrl-S stops the output. Linux takes one that was typed just before it for a stop that nothing
/// ends, neither Ctrl-Q nor raw mode itself, but the way through the former modes does.
fn make_raw() -> io::Result<()> {
    // crossterm does nothing when it believes that the mode is still raw
    let by_the_former = || disable_raw_mode().and_then(|()| enable_raw_mode());
    by_the_former()?;
    if takes_bytes(PATIENCE) { Ok(()) } else { by_the_former() }
}

impl Drop for Guard {
    fn drop(&mut self) {
        restore();
    }
}

/// Gives the terminal back if it is taken. Errors are of no use here: a terminal that is gone needs no restoring.
pub fn restore() {
    let waited = WRITTEN.wait_timeout_while(hold(), PATIENCE, |hold| hold.writing);
    let mut hold = waited.unwrap_or_else(PoisonError::into_inner).0;
    if std::mem::take(&mut hold.taken) {
        if std::mem::take(&mut hold.entered) && takes_bytes(PATIENCE) {
            let no_mouse = if hold.had_mouse { NO_MOUSE } else { &[] };
            let put_back = if hold.has_title { PUT_BACK } else { &[] };
            let _ = send(&[no_mouse, LEAVE, put_back].concat());
        }
        if super::ground::is_asked() {
            // an answer that nobody read any more must not stand in the shell's line
            let _ = rustix::termios::tcflush(rustix::stdio::stdin(), rustix::termios::QueueSelector::IFlush);
        }
        let _ = disable_raw_mode();
    }
}

/// Wants the mouse, or leaves it to the terminal; returns what is to be written for it. It is left with the terminal itself.
pub(super) fn mouse(on: bool) -> &'static [u8] {
    let mut hold = hold();
    hold.mouse = on;
    hold.had_mouse |= on;
    match on {
        // the first frame takes it with all the rest
        true if !hold.entered => &[],
        true => MOUSE,
        false => NO_MOUSE,
    }
}

/// The terminal as the frames' way out. What comes while it is not ours is dropped: the next frame after is whole.
#[derive(Debug)]
pub(super) struct Tty;

impl Write for Tty {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (enter, put_by, mouse) = {
            let mut hold = hold();
            if !hold.taken {
                return Ok(bytes.len());
            }
            hold.writing = true;
            // taken over again without having been given back, it is put by already
            let is_first = !std::mem::replace(&mut hold.entered, true);
            let put_by: &[u8] = if is_first && hold.has_title { PUT_BY } else { &[] };
            let mouse: &[u8] = if hold.mouse { MOUSE } else { &[] };
            (std::mem::take(&mut hold.owes_enter), put_by, mouse)
        };
        let sent = if enter { send(&[put_by, ENTER, mouse, bytes].concat()) } else { send(bytes) };
        hold().writing = false;
        WRITTEN.notify_all();
        sent.map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes all of it, past the buffer and the lock of the standard library's standard output: whoever gives the
/// terminal back must not wait for a thread that is stuck in a write.
fn send(mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(rustix::stdio::stdout(), bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(sent) => bytes = bytes.get(sent..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            // somebody else made the terminal non-blocking
            Err(Errno::AGAIN) => _ = takes_bytes(PATIENCE),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Waits until the terminal takes bytes; false when it does not.
fn takes_bytes(within: Duration) -> bool {
    let stdout = rustix::stdio::stdout();
    let mut descriptors = [PollFd::new(&stdout, PollFlags::OUT)];
    let ready = Timespec::try_from(within).ok().map(|within| poll(&mut descriptors, Some(&within)));
    matches!(ready, Some(Ok(1..))) && descriptors[0].revents().contains(PollFlags::OUT)
}
