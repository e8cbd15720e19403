//! Ends the program when the terminal is gone. crossterm's own wait never returns then, and burns a core
//! (crossterm#793), so this thread watches the descriptor itself.

use std::io;
use std::process;
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};

/// Exit code on hang-up, as a shell reports SIGHUP.
pub const HANG_UP: u8 = 129;

/// Starts the watchdog over standard input. It sleeps in `poll` without asking for any event: only a hang-up or an
/// error wakes it.
pub fn watch_for_hang_up() -> io::Result<()> {
    thread::Builder::new().name("watchdog".into()).spawn(|| {
        let stdin = io::stdin();
        loop {
            let mut descriptors = [PollFd::new(&stdin, PollFlags::empty())];
            match poll(&mut descriptors, None) {
                Ok(_) => {
                    let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
                    if descriptors[0].revents().intersects(gone) {
                        // no restoring: there is nothing to write to, and a write may block
                        process::exit(HANG_UP.into());
                    }
                }
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => process::exit(HANG_UP.into()),
            }
        }
    })?;
    Ok(())
}
