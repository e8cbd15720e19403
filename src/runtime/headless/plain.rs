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
use crate::app::settings::{News, Settings};
use crate::report::plain::Told;
use crate::runtime::poll::Pollers;
use crate::runtime::reload::{self, Files, Reread};
use crate::runtime::signals::{Heard, Signals};
use crate::runtime::terminal::HANG_UP;
use crate::runtime::{PreparedSystem, clock};
use crate::watch::Watch;

/// Lines that may wait for a reader.
const MOST: usize = 1000;

/// The user's own settings: as they hold, and where they come from, to be read again when that changes.
pub struct Own {
    /// As they hold.
    pub settings: Settings,
    /// Where they come from; none where they hold for good.
    pub files: Option<Files>,
}

/// Watches until a signal, or until nobody reads any more; returns the exit code. `dress` makes a line fit to show:
/// secrets hidden, in the characters of the terminal.
pub async fn watch(systems: &[PreparedSystem], own: Own, dress: &dyn Fn(&str) -> String) -> io::Result<u8> {
    let mut signals = Signals::listen()?;
    let start = clock::now();
    let mut all: Vec<(Watch, Told)> = systems.iter().map(|one| (one.watch(start), Told::default())).collect();
    let (sender, mut reports) = mpsc::channel(QUEUE);
    let pollers = Pollers::start(systems, &sender);
    let mut held = Held { settings: own.settings, is_wrong: false };
    let (reread, mut settings) = mpsc::unbounded_channel();
    if let Some(files) = own.files {
        reload::watch(files, reread);
    }
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
            Some(Reread { news, .. }) = settings.recv() => {
                let floor = held.settings.floor;
                if let Some(line) = held.take(news) {
                    lines.push(dress(&format!("midwatch: {line}")));
                }
                if held.settings.floor != floor {
                    pollers.no_faster_than(held.settings.floor);
                    for ((watch, _), own) in all.iter_mut().zip(systems) {
                        watch.keep_pace(own.clone().no_faster_than(held.settings.floor).system);
                    }
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

/// The user's own settings, as far as anything here follows them.
struct Held {
    settings: Settings,
    /// What was read last could not be taken.
    is_wrong: bool,
}

impl Held {
    /// Takes them as they are now; what is told of it, where anything is. What is wrong leaves everything as it was.
    fn take(&mut self, news: News) -> Option<String> {
        let right = match news {
            News::Kept { why, .. } => {
                self.is_wrong = true;
                return Some(why);
            }
            News::Right(right) => right.settings,
        };
        let was_wrong = std::mem::take(&mut self.is_wrong);
        let mut told = Vec::new();
        if self.settings.floor != right.floor {
            self.settings.floor = right.floor;
            told.push("your settings, read again: refresh_floor");
        }
        // told for as long as it has to wait
        if self.settings.systems != right.systems {
            told.push("with the next start: systems");
        }
        if told.is_empty() && was_wrong {
            told.push("your settings are right again");
        }
        (!told.is_empty()).then(|| told.join("; "))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::settings::Right;
    use crate::job::Zone;

    #[test]
    fn settings_that_change_are_told_once_and_broken_ones_change_nothing() {
        let with = |secs: u64, systems: &[&str]| Settings {
            floor: std::time::Duration::from_secs(secs),
            systems: systems.iter().map(|name| (*name).to_owned()).collect(),
            ..Settings::default()
        };
        let right = |settings: Settings| {
            let zone = Zone::new("UTC").unwrap();
            News::Right(Box::new(Right { settings, zone, theme: String::new(), trouble: None, asks: false }))
        };
        let broken = || News::Kept { why: "config.toml:1:1: no".to_owned(), read_only: false };
        let mut held = Held { settings: with(0, &["shop"]), is_wrong: false };
        for (news, told, secs) in [
            (right(with(0, &["shop"])), None, 0),
            (right(with(30, &["shop"])), Some("your settings, read again: refresh_floor"), 30),
            (broken(), Some("config.toml:1:1: no"), 30),
            (right(with(30, &["shop"])), Some("your settings are right again"), 30),
            (right(with(5, &[])), Some("your settings, read again: refresh_floor; with the next start: systems"), 5),
            (right(with(5, &[])), Some("with the next start: systems"), 5),
            (right(with(5, &["shop"])), None, 5),
        ] {
            assert_eq!(held.take(news).as_deref(), told);
            assert_eq!(held.settings.floor.as_secs(), secs);
        }
    }
}
