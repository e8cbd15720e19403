//! The thread that writes to the terminal. It has a mailbox of one frame: when the terminal stops reading, frames are
//! replaced, nobody waits, and the first frame after is the current one.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use ratatui::buffer::Buffer;

use super::encode;
use crate::runtime::trip::{Site, trip};

/// How long a terminal that does not read may delay the end of the program.
const LAST_WRITE: Duration = Duration::from_millis(300);

#[derive(Default)]
struct Mailbox {
    frame: Option<Buffer>,
    /// The cells of a frame that is shown no more.
    spare: Option<Buffer>,
    /// True while the thread compares a frame with the one before: it holds the cells of both.
    comparing: bool,
    forget: bool,
    /// What is written before the next frame, and shows nothing.
    beside: Vec<u8>,
    /// What sets the title: only the last counts.
    title: Vec<u8>,
    closing: bool,
    closed: bool,
    broken: bool,
}

/// The handle of the writer thread.
pub(super) struct Writer {
    shared: Arc<(Mutex<Mailbox>, Condvar)>,
}

impl Writer {
    /// Starts the thread over a terminal.
    pub(super) fn start(terminal: impl Write + Send + 'static) -> io::Result<Self> {
        let shared = Arc::new((Mutex::new(Mailbox::default()), Condvar::new()));
        let theirs = Arc::clone(&shared);
        thread::Builder::new().name("terminal".into()).spawn(move || run(terminal, &theirs))?;
        Ok(Self { shared })
    }

    /// Cells to draw the next frame into: those of a frame that was not taken yet, or of one that is shown no more. Two
    /// frames are all there ever are; while the thread compares them this waits, for less than a millisecond.
    pub(super) fn cells(&self) -> Buffer {
        let mailbox = lock(&self.shared.0);
        let waited = self.shared.1.wait_while(mailbox, |mailbox| mailbox.comparing);
        let mut mailbox = waited.unwrap_or_else(PoisonError::into_inner);
        mailbox.frame.take().or_else(|| mailbox.spare.take()).unwrap_or_default()
    }

    /// Puts a frame into the mailbox. Never waits for the terminal. The error says that it takes no more writes.
    pub(super) fn post(&self, frame: Buffer) -> io::Result<()> {
        let mut mailbox = lock(&self.shared.0);
        if mailbox.broken {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        mailbox.frame = Some(frame);
        self.shared.1.notify_all();
        Ok(())
    }

    /// Writes something that shows nothing before the next frame.
    pub(super) fn beside(&self, bytes: &[u8]) {
        lock(&self.shared.0).beside.extend_from_slice(bytes);
    }

    /// Sets the title before the next frame.
    pub(super) fn name(&self, bytes: Vec<u8>) {
        lock(&self.shared.0).title = bytes;
    }

    /// The terminal shows something else now: the next frame is written whole.
    pub(super) fn forget(&self) {
        lock(&self.shared.0).forget = true;
    }

    /// Lets the thread write what it has and ends it; gives up on a terminal that does not read.
    pub(super) fn finish(self) {
        let mut mailbox = lock(&self.shared.0);
        mailbox.closing = true;
        self.shared.1.notify_all();
        let waited = self.shared.1.wait_timeout_while(mailbox, LAST_WRITE, |mailbox| !mailbox.closed);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }
}

/// A poisoned lock still holds a whole mailbox: every field of it is valid at any time.
fn lock(mailbox: &Mutex<Mailbox>) -> MutexGuard<'_, Mailbox> {
    mailbox.lock().unwrap_or_else(PoisonError::into_inner)
}

fn run(mut terminal: impl Write, shared: &(Mutex<Mailbox>, Condvar)) {
    let mut shown: Option<Buffer> = None;
    let mut bytes = Vec::with_capacity(64 << 10);
    loop {
        let mut mailbox = lock(&shared.0);
        while mailbox.frame.is_none() && !mailbox.closing {
            mailbox = shared.1.wait(mailbox).unwrap_or_else(PoisonError::into_inner);
        }
        let Some(frame) = mailbox.frame.take() else { break };
        mailbox.comparing = true;
        if std::mem::take(&mut mailbox.forget) {
            shown = None;
        }
        let (title, beside) = (std::mem::take(&mut mailbox.title), std::mem::take(&mut mailbox.beside));
        drop(mailbox);
        trip(Site::Draw);
        bytes.clear();
        bytes.extend_from_slice(&title);
        bytes.extend_from_slice(&beside);
        encode::frame(shown.as_ref(), &frame, &mut bytes);
        let spare = shown.replace(frame);
        let mut mailbox = lock(&shared.0);
        (mailbox.spare, mailbox.comparing) = (spare, false);
        drop(mailbox);
        shared.1.notify_all();
        // one write a frame
        if terminal.write_all(&bytes).and_then(|()| terminal.flush()).is_err() {
            lock(&shared.0).broken = true;
            break;
        }
    }
    lock(&shared.0).closed = true;
    shared.1.notify_all();
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// A terminal that reads only when it is told to.
    struct Slow {
        gate: mpsc::Receiver<()>,
        wrote: mpsc::Sender<Vec<u8>>,
    }

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.gate.recv().map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
            let _ = self.wrote.send(bytes.to_vec());
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_terminal_that_stops_reading_delays_nobody_and_then_gets_the_current_frame() {
        let (open, gate) = mpsc::channel();
        let (wrote, written) = mpsc::channel();
        let writer = Writer::start(Slow { gate, wrote }).unwrap();
        for n in 0..1000 {
            // a frame that waits is taken back and drawn anew
            drop(writer.cells());
            writer.post(Buffer::with_lines([format!("frame {n:04}")])).unwrap();
        }
        writer.post(Buffer::with_lines(["CURRENT"])).unwrap();
        open.send(()).unwrap();
        open.send(()).unwrap();
        let first = written.recv_timeout(Duration::from_secs(5)).unwrap();
        let text = String::from_utf8_lossy(&first).into_owned();
        // the first write holds whichever frame was posted when the thread woke; the next one is the last
        if !text.contains("CURRENT") {
            let second = written.recv_timeout(Duration::from_secs(5)).unwrap();
            assert!(String::from_utf8_lossy(&second).contains("CURRENT"), "{text}");
        }
        writer.finish();
    }
}
