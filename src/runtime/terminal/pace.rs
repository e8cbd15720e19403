//! How fast the terminal takes what is written, judged by how long writes are held up; and, where it is slow, how much may
//! follow when. Pure: time is an argument.
//!
//! What was written cannot be taken back: it lies in buffers of the system and of the connection, in front of the answer to
//! the next key. So a slow link is given no more than it carries away.

use std::collections::VecDeque;
use std::time::Duration;

use crate::base::Mono;

/// A write that is held up so long is one over a slow link.
const HELD_UP: Duration = Duration::from_millis(700);
/// A write that is held up so long, and not the first of late, is another sign of it.
const HELD_BACK: Duration = Duration::from_millis(200);
/// So many of those in [`OF_LATE`] make a slow link.
const SIGNS: usize = 3;
/// How long a sign counts.
const OF_LATE: Duration = Duration::from_secs(10);
/// A slow link that has held nothing up for so long is a fast one again.
const PATIENCE: Duration = Duration::from_secs(20);
/// The same for one that was slow again soon after, at most.
const LONGEST: Duration = Duration::from_secs(320);
/// How soon that is.
const SOON: Duration = Duration::from_secs(60);
/// What a slow link is believed to carry until it is known, bytes a second.
const USUAL: u32 = 4096;
/// Slower than a modem is no link but a terminal that stopped: one that is suspended, or held by Ctrl-S.
const LEAST: u32 = 300;
/// A write that is held up for less says nothing about the link.
const TELLING: Duration = Duration::from_millis(30);
/// Most writes of late that are noted.
const NOTED: usize = 512;
/// Writes whose speed is remembered.
const REMEMBERED: usize = 6;

/// The state of a link.
#[derive(Debug)]
pub(super) struct Pace {
    /// Slow by request, whatever is measured.
    forced: bool,
    /// Since when it is slow.
    slow: Option<Mono>,
    /// When writes were held up of late.
    signs: VecDeque<Mono>,
    /// When one was held up last.
    last: Mono,
    /// When it was fast again.
    left: Option<Mono>,
    /// How long nothing may be held up for before it is fast.
    patience: Duration,
    /// Bytes a second of the last writes that were held up.
    speeds: VecDeque<u32>,
    /// When the link will have carried away what was written.
    free: Mono,
    /// The writes of late: when each ended, and its bytes.
    written: VecDeque<(Mono, usize)>,
}

impl Pace {
    /// A link of which nothing is known; slow for good where that is asked for.
    pub(super) fn new(forced: bool) -> Self {
        Self {
            forced,
            slow: None,
            signs: VecDeque::new(),
            last: Mono::default(),
            left: None,
            patience: PATIENCE,
            speeds: VecDeque::new(),
            free: Mono::default(),
            written: VecDeque::new(),
        }
    }

    /// True while the link is slow.
    pub(super) fn is_slow(&self) -> bool {
        self.forced || self.slow.is_some()
    }

    /// True of a write that has been going on for so long that the link is slow.
    pub(super) fn is_held_up(since: Mono, now: Mono) -> bool {
        now.since(since) >= HELD_UP
    }

    /// Takes in a write of so many bytes that began then and has ended now.
    pub(super) fn wrote(&mut self, bytes: usize, began: Mono, now: Mono) {
        let took = now.since(began);
        let stopped = took >= HELD_BACK && self.is_stop(bytes, began, took);
        self.note(bytes, now);
        if took >= HELD_BACK && !stopped {
            self.signs.push_back(now);
        }
        while self.signs.front().is_some_and(|at| now.since(*at) > OF_LATE || self.signs.len() > SIGNS) {
            self.signs.pop_front();
        }
        if took >= TELLING && !stopped {
            self.last = now;
            if self.is_slow() {
                self.measure(bytes, took);
            }
        }
        let is_sign = !stopped && (took >= HELD_UP || self.signs.len() >= SIGNS);
        match self.slow {
            None if is_sign => self.enter(now),
            Some(since) if now.since(since.max(self.last)) >= self.patience => self.leave(now),
            _ => {}
        }
        if self.is_slow() {
            let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
            self.free = self.free.max(now) + Duration::from_secs(1) * bytes / self.speed();
        }
    }

    /// True of a write that made no progress at all: with what went before it in as long a time it is less than the
    /// slowest of links carries away meanwhile. What ended it was somebody, not the link.
    fn is_stop(&self, bytes: usize, began: Mono, took: Duration) -> bool {
        let window = took.min(OF_LATE);
        let before = self.written.iter().rev().take_while(|(at, _)| began.since(*at) <= window);
        let carried = before.fold(bytes, |sum, (_, bytes)| sum.saturating_add(*bytes));
        u128::try_from(carried).unwrap_or(u128::MAX) * 1000 < u128::from(LEAST) * took.as_millis()
    }

    fn note(&mut self, bytes: usize, now: Mono) {
        self.written.push_back((now, bytes));
        while self.written.front().is_some_and(|(at, _)| now.since(*at) > OF_LATE) || self.written.len() > NOTED {
            self.written.pop_front();
        }
    }

    /// How long the next write has to wait.
    pub(super) fn wait(&self, now: Mono) -> Duration {
        if self.is_slow() { self.free.since(now) } else { Duration::ZERO }
    }

    fn enter(&mut self, now: Mono) {
        let relapsed = self.left.is_some_and(|left| now.since(left) < SOON);
        self.patience = if relapsed { (self.patience * 2).min(LONGEST) } else { PATIENCE };
        (self.slow, self.last, self.free) = (Some(now), now, now);
    }

    fn leave(&mut self, now: Mono) {
        (self.slow, self.left) = (None, Some(now));
        self.signs.clear();
        self.speeds.clear();
    }

    fn measure(&mut self, bytes: usize, took: Duration) {
        let millis = took.as_millis().max(1);
        let speed = u128::try_from(bytes).unwrap_or(0) * 1000 / millis;
        self.speeds.push_back(u32::try_from(speed).unwrap_or(u32::MAX));
        if self.speeds.len() > REMEMBERED {
            self.speeds.pop_front();
        }
    }

    /// Bytes a second. The fastest of the last writes: one alone may have met a terminal that stopped for a while.
    fn speed(&self) -> u32 {
        let known = self.speeds.iter().max().copied();
        known.filter(|_| self.speeds.len() > 1).unwrap_or(USUAL).clamp(LEAST, USUAL * 4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Mono {
        Mono(Duration::from_secs(1000) + Duration::from_millis(millis))
    }

    /// Writes of (bytes, began, ended), and whether the link is slow after each.
    fn judged(pace: &mut Pace, writes: &[(usize, u64, u64)]) -> Vec<bool> {
        let judge = |(bytes, began, ended): &(usize, u64, u64)| {
            pace.wrote(*bytes, at(*began), at(*ended));
            pace.is_slow()
        };
        writes.iter().map(judge).collect()
    }

    #[test]
    fn a_link_is_slow_when_one_write_is_held_up_or_several_are_of_late() {
        for (writes, slow) in [
            (&[(9000, 0, 5)][..], vec![false]),
            (&[(9000, 0, 800)], vec![true]),
            // a busy machine
            (&[(900, 0, 300), (900, 1000, 1001), (900, 2000, 2300)], vec![false, false, false]),
            (&[(900, 0, 300), (900, 1000, 1300), (900, 2000, 2300)], vec![false, false, true]),
            // long ago
            (&[(900, 0, 300), (900, 11_000, 11_300), (900, 22_000, 22_300)], vec![false, false, false]),
        ] {
            assert_eq!(judged(&mut Pace::new(false), writes), slow, "{writes:?}");
        }
        assert!(Pace::new(true).is_slow());
    }

    #[test]
    fn a_terminal_that_stopped_is_no_slow_link() {
        for (writes, slow) in [
            // Ctrl-S for a second, for ten, for ten minutes, while a few numbers change
            (&[(90, 0, 1), (90, 1000, 2000)][..], vec![false, false]),
            (&[(90, 0, 1), (90, 1000, 1001), (300, 2000, 12_000), (900, 12_000, 12_010)], vec![false; 4]),
            (&[(9000, 0, 600_000), (9000, 600_001, 600_010)], vec![false, false]),
            // again and again
            (&[(40, 0, 300), (40, 1000, 1300), (40, 2000, 2300)], vec![false; 3]),
            // a link of 2 KB a second behind a buffer: what is in front of a write counts
            (&[(9000, 0, 1), (90, 400, 1400)], vec![false, true]),
            (&[(4000, 0, 2000)], vec![true]),
        ] {
            assert_eq!(judged(&mut Pace::new(false), writes), slow, "{writes:?}");
        }
        // a link that is known to be slow stays it no longer for a stop
        let mut pace = Pace::new(false);
        assert_eq!(judged(&mut pace, &[(9000, 0, 1000), (90, 12_000, 52_000)]), [true, false]);
    }

    #[test]
    fn it_is_fast_again_when_nothing_was_held_up_for_long_and_longer_still_when_that_was_a_mistake() {
        let mut pace = Pace::new(false);
        assert_eq!(
            judged(&mut pace, &[(9000, 0, 1000), (90, 10_000, 10_001), (90, 20_900, 20_900), (90, 21_001, 21_001)]),
            [true, true, true, false]
        );
        // slow again: twice as long
        assert_eq!(
            judged(&mut pace, &[(9000, 30_000, 31_000), (90, 52_000, 52_000), (90, 71_001, 71_001)]),
            [true, true, false]
        );
        // much later it is a new matter
        assert_eq!(judged(&mut pace, &[(9000, 200_000, 201_000), (90, 221_001, 221_001)]), [true, false]);
    }

    #[test]
    fn no_more_is_written_than_it_carries_away() {
        let mut pace = Pace::new(false);
        judged(&mut pace, &[(9000, 0, 3000)]);
        assert_eq!(pace.wait(at(3000)).as_millis(), 2197, "what is not known is guessed");
        // 500 bytes in a quarter of a second, thrice
        judged(&mut pace, &[(500, 5500, 5750), (500, 5750, 6000), (500, 6000, 6250)]);
        assert_eq!(pace.speed(), 2000);
        assert_eq!(pace.wait(at(6250)).as_millis(), 250);
        assert_eq!(pace.wait(at(9000)), Duration::ZERO);
        // a stop for ten seconds is no speed
        judged(&mut pace, &[(500, 10_000, 20_000)]);
        assert_eq!(pace.speed(), 2000);
        assert_eq!(Pace::new(false).wait(at(0)), Duration::ZERO);
    }
}
