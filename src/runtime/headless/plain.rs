//! `--plain`: looks for as long as somebody reads, by the dashboard's own pollers, and writes a line for each change.
//!
//! It waits for no reader: whoever reads slowly delays neither a poll nor a signal, and is told what was left out.

use std::collections::VecDeque;
use std::io;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

use super::{QUEUE, TICK};
use crate::report::plain::Told;
use crate::runtime::poll::Pollers;
use crate::runtime::signals::{Heard, Signals};
use crate::runtime::terminal::HANG_UP;
use crate::runtime::{PreparedSystem, clock};
use crate::watch::Watch;

/// Lines that may wait for a reader.
const MOST: usize = 1000;

/// Watches until a signal, or until nobody reads any more; returns the exit code. `dress` makes a line fit to show:
/// secrets hidden, in the characters of the terminal.
pub async fn watch(systems: &[PreparedSystem], dress: &dyn Fn(&str) -> String) -> io::Result<u8> {
    let mut signals = Signals::listen()?;
    let start = clock::now();
    let mut all: Vec<(Watch, Told)> = systems.iter().map(|one| (one.watch(start), Told::default())).collect();
    let (sender, mut reports) = mpsc::channel(QUEUE);
    let _pollers = Pollers::start(systems, &sender);
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut lines = Lines::default();
    loop {
        let ended = tokio::select! {
            heard = signals.next() => match heard {
                Heard::End(code) => Some(code),
                Heard::Continued => None,
            },
            Some((name, report)) = reports.recv() => {
                let own = all.iter_mut().find(|(watch, _)| watch.system.name == name);
                if let Some((watch, _)) = own {
                    watch.absorb(*report, clock::now());
                }
                None
            }
            _ = tick.tick() => {
                for (watch, _) in &mut all {
                    watch.tick(clock::now());
                }
                None
            }
        };
        for (watch, told) in &mut all {
            for line in told.news(watch, clock::now()) {
                lines.push(dress(&line));
            }
        }
        let gone = lines.write()?;
        if let Some(code) = ended.or(gone) {
            return Ok(code);
        }
    }
}

/// What is still to be written.
#[derive(Default)]
struct Lines {
    waiting: VecDeque<Vec<u8>>,
    left_out: usize,
}

impl Lines {
    fn push(&mut self, line: String) {
        if self.waiting.len() >= MOST {
            self.left_out += 1;
            return;
        }
        if self.left_out > 0 {
            let left_out = std::mem::take(&mut self.left_out);
            self.waiting.push_back(format!("midwatch: {left_out} lines are left out here: nobody read\n").into_bytes());
        }
        self.waiting.push_back((line + "\n").into_bytes());
    }

    /// Writes what standard output takes now. `Some` is the exit code when nobody reads any more, even where there is
    /// nothing to write.
    fn write(&mut self) -> io::Result<Option<u8>> {
        loop {
            let stdout = rustix::stdio::stdout();
            let mut descriptors = [PollFd::new(&stdout, PollFlags::OUT)];
            match poll(&mut descriptors, Some(&Timespec::default())) {
                Ok(_) => {}
                Err(Errno::INTR) => continue,
                Err(error) => return Err(error.into()),
            }
            let state = descriptors[0].revents();
            if state.contains(PollFlags::HUP) {
                return Ok(Some(HANG_UP));
            }
            // of a pipe without a reader
            if state.intersects(PollFlags::ERR | PollFlags::NVAL) {
                return Ok(Some(0));
            }
            let Some(line) = self.waiting.front_mut().filter(|_| state.contains(PollFlags::OUT)) else {
                return Ok(None);
            };
            match rustix::io::write(stdout, line) {
                Ok(sent) if sent < line.len() => *line = line.split_off(sent),
                Ok(_) => _ = self.waiting.pop_front(),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Ok(None),
                Err(Errno::PIPE) => return Ok(Some(0)),
                Err(Errno::IO) => return Ok(Some(HANG_UP)),
                Err(error) => return Err(error.into()),
            }
        }
    }
}
