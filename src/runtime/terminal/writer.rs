//! The thread that writes to the terminal. It has a mailbox of one frame: when the terminal stops reading, frames are
//! replaced, nobody waits, and the first frame after is the current one.
//!
//! A frame is one write. Over a slow link it is several, row by row and no faster than they are carried away: a newer frame
//! takes the place of what is not written yet, so that the answer to a key never stands behind an old picture.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use ratatui::buffer::Buffer;

use super::encode::{self, Erasing};
use super::pace::Pace;
use crate::base::Mono;
use crate::runtime::clock;
use crate::runtime::trip::{Site, trip};

/// How long a terminal that does not read may delay the end of the program.
const LAST_WRITE: Duration = Duration::from_millis(300);
/// Bytes after which a piece of a frame is written, where it is written in pieces.
const PIECE: usize = 400;

#[derive(Default)]
struct Mailbox {
    frame: Option<Buffer>,
    /// How many frames were posted: the number of the last one.
    posted: u64,
    /// The frame that somebody waits for.
    awaited: Option<u64>,
    /// When all of that one, or of a newer one, was on the terminal.
    reached: Option<Mono>,
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
    /// The link is slow, as far as writes that have ended tell.
    slow: bool,
    /// Since when the thread has been writing.
    writing: Option<Mono>,
}

/// The handle of the writer thread.
pub(super) struct Writer {
    shared: Arc<(Mutex<Mailbox>, Condvar)>,
}

impl Writer {
    /// Starts the thread over a terminal, behind a link that is slow for good or as slow as is measured.
    pub(super) fn start(terminal: impl Write + Send + 'static, erasing: Erasing, slow: bool) -> io::Result<Self> {
        let shared = Arc::new((Mutex::new(Mailbox { slow, ..Mailbox::default() }), Condvar::new()));
        let theirs = Arc::clone(&shared);
        let (pace, bytes) = (Pace::new(slow), Vec::with_capacity(64 << 10));
        let pen = Pen { terminal, erasing, pace, shown: None, from: 0, bytes, rows: Vec::new() };
        thread::Builder::new().name("terminal".into()).spawn(move || pen.run(&theirs))?;
        Ok(Self { shared })
    }

    /// True while the link is slow; that the write under way is held up tells it too.
    pub(super) fn is_slow(&self, now: Mono) -> bool {
        let mailbox = lock(&self.shared.0);
        mailbox.slow || mailbox.writing.is_some_and(|since| Pace::is_held_up(since, now))
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
        mailbox.posted += 1;
        self.shared.1.notify_all();
        Ok(())
    }

    /// Waits from now on for the frame that was posted last: [`Writer::reached`] tells of it.
    pub(super) fn expect(&self) {
        let mut mailbox = lock(&self.shared.0);
        (mailbox.awaited, mailbox.reached) = (Some(mailbox.posted), None);
    }

    /// Since when, or from when on, all of the expected frame is on the terminal; `None` while something of it is not
    /// written. Over a slow link that is when it will have been carried there.
    pub(super) fn reached(&self) -> Option<Mono> {
        lock(&self.shared.0).reached
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

/// What the thread has: the way to the terminal and what that shows.
struct Pen<T> {
    terminal: T,
    erasing: Erasing,
    pace: Pace,
    shown: Option<Buffer>,
    /// The row where the next frame begins, if it is written in pieces: behind the one that was replaced.
    from: u16,
    bytes: Vec<u8>,
    /// The number of the frame that each row shows.
    rows: Vec<u64>,
}

/// Why the thread ends.
enum End {
    Closing,
    Broken,
}

type Shared = (Mutex<Mailbox>, Condvar);

impl<T: Write> Pen<T> {
    fn run(mut self, shared: &Shared) {
        let end = loop {
            let mut mailbox = lock(&shared.0);
            while mailbox.frame.is_none() && !mailbox.closing {
                mailbox = shared.1.wait(mailbox).unwrap_or_else(PoisonError::into_inner);
            }
            let Some(frame) = mailbox.frame.take() else { break End::Closing };
            if std::mem::take(&mut mailbox.forget) {
                self.shown = None;
            }
            self.bytes.clear();
            self.bytes.append(&mut mailbox.title);
            self.bytes.append(&mut mailbox.beside);
            let number = mailbox.posted;
            let in_pieces = self.pace.is_slow();
            mailbox.comparing = !in_pieces;
            drop(mailbox);
            trip(Site::Draw);
            let written =
                if in_pieces { self.in_pieces(frame, number, shared) } else { self.at_once(frame, number, shared) };
            if let Err(end) = written {
                break end;
            }
        };
        let mut mailbox = lock(&shared.0);
        mailbox.broken |= matches!(end, End::Broken);
        mailbox.closed = true;
        drop(mailbox);
        shared.1.notify_all();
    }

    /// One write a frame.
    fn at_once(&mut self, frame: Buffer, number: u64, shared: &Shared) -> Result<(), End> {
        let rows = usize::from(frame.area.height);
        encode::frame(self.shown.as_ref(), &frame, &mut self.bytes);
        let spare = self.shown.replace(frame);
        let mut mailbox = lock(&shared.0);
        (mailbox.spare, mailbox.comparing) = (spare, false);
        drop(mailbox);
        shared.1.notify_all();
        self.send(shared)?;
        self.rows.clear();
        self.rows.resize(rows, number);
        self.tell(shared);
        Ok(())
    }

    /// Tells whoever waits for a frame that all rows are at least as new.
    fn tell(&self, shared: &Shared) {
        let oldest = self.rows.iter().min().copied().unwrap_or(0);
        let mut mailbox = lock(&shared.0);
        if mailbox.awaited.is_some_and(|awaited| awaited <= oldest) {
            let now = clock::now().mono;
            (mailbox.awaited, mailbox.reached) = (None, Some(now + self.pace.wait(now)));
        }
    }

    /// Row by row, until it is written or a newer one has come. Rows that are out of date longest come first, so that no
    /// row waits for ever behind those above it.
    fn in_pieces(&mut self, frame: Buffer, number: u64, shared: &Shared) -> Result<(), End> {
        let same = self.shown.take().filter(|shown| shown.area == frame.area);
        let mut shown = same.unwrap_or_else(|| {
            encode::clear(&mut self.bytes);
            self.from = 0;
            self.rows.clear();
            Buffer::empty(frame.area)
        });
        let rows = frame.area.height;
        self.rows.resize(usize::from(rows), 0);
        let mut done = Ok(());
        let mut begun = 0;
        for nth in 0..rows {
            let y = (self.from + nth) % rows;
            encode::row(&shown, &frame, y, self.erasing, &mut self.bytes);
            if self.bytes.len() < PIECE && nth + 1 < rows {
                continue;
            }
            done = self.send_in_turn(shared);
            for written in (begun..=nth).map(|nth| (self.from + nth) % rows) {
                copy_row(&frame, &mut shown, written);
                if let Some(own) = self.rows.get_mut(usize::from(written)) {
                    *own = number;
                }
            }
            if done.is_ok() {
                self.tell(shared);
            }
            begun = nth + 1;
            if done.is_err() || lock(&shared.0).frame.is_some() {
                break;
            }
        }
        self.from = (self.from + begun).checked_rem(rows).unwrap_or(0);
        self.shown = Some(shown);
        lock(&shared.0).spare = Some(frame);
        done
    }

    /// Writes what is ready when the link has carried away what went before.
    fn send_in_turn(&mut self, shared: &Shared) -> Result<(), End> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        let wait = self.pace.wait(clock::now().mono);
        let waited = shared.1.wait_timeout_while(lock(&shared.0), wait, |mailbox| !mailbox.closing);
        let closing = waited.unwrap_or_else(PoisonError::into_inner).0.closing;
        if closing { Err(End::Closing) } else { self.send(shared) }
    }

    fn send(&mut self, shared: &Shared) -> Result<(), End> {
        let began = clock::now().mono;
        lock(&shared.0).writing = Some(began);
        let sent = self.terminal.write_all(&self.bytes).and_then(|()| self.terminal.flush());
        self.pace.wrote(self.bytes.len(), began, clock::now().mono);
        self.bytes.clear();
        let mut mailbox = lock(&shared.0);
        (mailbox.writing, mailbox.slow) = (None, self.pace.is_slow());
        sent.map_err(|_| End::Broken)
    }
}

/// Brings one row to what another frame of the same size has there.
fn copy_row(from: &Buffer, to: &mut Buffer, y: u16) {
    let start = to.index_of(to.area.left(), y);
    let row = start..start + usize::from(to.area.width);
    to.content[row.clone()].clone_from_slice(&from.content[row]);
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

    /// A terminal behind a slow link: it takes what it is told to, and what it was given is looked at as a screen.
    #[test]
    fn over_a_slow_link_a_newer_frame_takes_the_place_of_what_is_not_written_yet() {
        let (open, gate) = mpsc::channel();
        let (wrote, written) = mpsc::channel();
        let writer = Writer::start(Slow { gate, wrote }, Erasing::Bare, true).unwrap();
        assert!(writer.is_slow(Mono::default()));
        let picture = |letter: &str| Buffer::with_lines((0..12).map(|_| letter.repeat(PIECE)));
        writer.post(picture("o")).unwrap();
        open.send(()).unwrap();
        let piece = |written: &mpsc::Receiver<Vec<u8>>| {
            String::from_utf8(written.recv_timeout(Duration::from_secs(5)).unwrap()).unwrap()
        };
        assert!(piece(&written).contains("[2J"));
        writer.post(picture("n")).unwrap();
        (0..30).for_each(|_| open.send(()).unwrap());
        let (mut old, mut new) = (0, Vec::new());
        while new.len() < 12 {
            let piece = piece(&written);
            if piece.contains('o') {
                old += 1;
            } else {
                let (row, _) = piece.trim_start_matches("\u{1b}[").split_once('H').unwrap();
                new.push(row.parse::<u16>().unwrap());
            }
        }
        assert!(old <= 1, "{old} more pieces of what nobody needs");
        let first = new[0];
        assert!((2..=3).contains(&first), "it begins where the other was left, then comes round: {new:?}");
        new.sort_unstable();
        assert_eq!(new, (1..=12).collect::<Vec<_>>());
        writer.finish();
    }

    #[test]
    fn a_frame_is_there_when_all_its_rows_are_written() {
        for slow in [false, true] {
            let (open, gate) = mpsc::channel();
            let (wrote, written) = mpsc::channel();
            let writer = Writer::start(Slow { gate, wrote }, Erasing::Bare, slow).unwrap();
            let picture = |letter: &str| Buffer::with_lines((0..4).map(|_| letter.repeat(PIECE)));
            writer.post(picture("o")).unwrap();
            writer.post(picture("n")).unwrap();
            writer.expect();
            let mut new = 0;
            let deadline = clock::now().mono + Duration::from_secs(30);
            while writer.reached().is_none() {
                assert!(clock::now().mono < deadline, "{new} rows are written");
                let _ = open.send(());
                while let Ok(piece) = written.recv_timeout(Duration::from_millis(20)) {
                    new += String::from_utf8(piece).unwrap().matches('n').count() / PIECE;
                }
            }
            assert_eq!(new, 4, "slow: {slow}");
            // the next one is another matter
            writer.post(picture("m")).unwrap();
            writer.expect();
            assert_eq!(writer.reached(), None);
            drop(open);
            writer.finish();
        }
    }

    #[test]
    fn a_terminal_that_stops_reading_delays_nobody_and_then_gets_the_current_frame() {
        let (open, gate) = mpsc::channel();
        let (wrote, written) = mpsc::channel();
        let writer = Writer::start(Slow { gate, wrote }, Erasing::Bare, false).unwrap();
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
