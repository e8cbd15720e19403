//! The long past of one number: what screens show of the time before the samples of this run, and of hours ago. Pure and
//! bounded. Rules never read it: what another run of midwatch saw decides nothing.
//!
//! Times are milliseconds of the boot-time clock, negative where they lie before the boot.

use std::collections::VecDeque;
use std::time::Duration;

use crate::base::Mono;

/// How far back it reaches.
pub const KEPT: Duration = Duration::from_secs(6 * 3600);
/// Most stretches of one number.
pub const MOST: usize = 560;
/// The grain of what lies far back: a minute.
pub const COARSE: Duration = Duration::from_secs(60);
/// The grain of what was taken up from the disk and is not older than [`RECENT`].
pub const FINE: Duration = Duration::from_secs(10);
/// What counts as recent when it is taken up: what the panels show by themselves.
pub const RECENT: Duration = Duration::from_secs(1800);

/// A time in which a number was watched without a gap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// Since when, in milliseconds of the boot-time clock.
    pub from: i64,
    /// Until when.
    pub until: i64,
    /// The lowest value in it.
    pub low: f64,
    /// The highest value in it.
    pub high: f64,
    /// The last value in it.
    pub last: f64,
}

impl Stretch {
    /// A single sample.
    pub fn of(at: i64, value: f64) -> Self {
        Self { from: at, until: at, low: value, high: value, last: value }
    }

    /// True when it had one value all the time.
    pub fn is_level(&self) -> bool {
        same(self.high, self.last) && same(self.low, self.last)
    }
}

/// What was seen of a number since it was looked at before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// The lowest value.
    pub low: f64,
    /// The highest value.
    pub high: f64,
    /// The last value.
    pub last: f64,
}

impl Seen {
    /// One value.
    pub fn one(value: f64) -> Self {
        Self { low: value, high: value, last: value }
    }
}

/// As it is kept: a length takes half of a time, and what is drawn and not told half of a number. A system has half a million
/// of them at most: none is padded.
#[derive(Clone, Copy, Debug)]
#[repr(C, packed(4))]
struct Packed {
    from: i64,
    last: f64,
    lasted: u32,
    low: f32,
    high: f32,
}

impl PartialEq for Packed {
    fn eq(&self, other: &Self) -> bool {
        self.told() == other.told()
    }
}

impl Packed {
    fn new(stretch: Stretch) -> Self {
        let lasted = u32::try_from(stretch.until.saturating_sub(stretch.from)).unwrap_or(u32::MAX);
        #[expect(clippy::cast_possible_truncation, reason = "a peak is drawn, not told")]
        let [low, high] = [stretch.low as f32, stretch.high as f32];
        Self { from: stretch.from, last: stretch.last, lasted, low, high }
    }

    fn told(self) -> Stretch {
        let until = self.from.saturating_add(i64::from(self.lasted));
        // a level is one exactly, whatever the shorter number made of it
        #[expect(clippy::cast_possible_truncation, reason = "compared as it was packed")]
        let is_last = |drawn: f32| drawn.to_bits() == (self.last as f32).to_bits();
        let low = if is_last(self.low) { self.last } else { f64::from(self.low).min(self.last) };
        let high = if is_last(self.high) { self.last } else { f64::from(self.high).max(self.last) };
        Stretch { from: self.from, until, low, high, last: self.last }
    }
}

fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits()
}

/// A boot-time instant in milliseconds.
pub fn millis(at: Mono) -> i64 {
    i64::try_from(at.0.as_millis()).unwrap_or(i64::MAX)
}

/// A span in milliseconds.
pub fn span(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

/// The stretches of one number, oldest first, never overlapping.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Past {
    stretches: VecDeque<Packed>,
}

impl Past {
    /// Adds what was seen until a time, since the time before. What is not finite or goes back in time is left out. A silence longer than `patience` is a gap; what changes within one `grain` becomes one stretch.
    pub fn push(&mut self, at: i64, seen: Seen, patience: Duration, grain: Duration) {
        let Seen { low, high, last } = seen;
        if !(low.is_finite() && high.is_finite() && last.is_finite()) {
            return;
        }
        let new = Stretch { from: at, until: at, low: low.min(last), high: high.max(last), last };
        let Some(back) = self.stretches.back_mut() else {
            self.stretches.push_back(Packed::new(new));
            return;
        };
        let mut before = back.told();
        if at < before.until {
            return;
        }
        if at.saturating_sub(before.until) <= span(patience) {
            let level = before.is_level() && new.is_level() && same(before.last, last);
            let grain = span(grain).max(1);
            let shares_grain = before.from.div_euclid(grain) == at.div_euclid(grain);
            // what was held until now is held until here
            before.until = at;
            if level || shares_grain {
                before.low = before.low.min(new.low);
                before.high = before.high.max(new.high);
                before.last = last;
                *back = Packed::new(before);
                return;
            }
            *back = Packed::new(before);
        }
        self.stretches.push_back(Packed::new(new));
        self.trim(at);
    }

    fn trim(&mut self, now: i64) {
        let oldest = now.saturating_sub(span(KEPT));
        while self.stretches.len() > MOST || self.stretches.front().is_some_and(|front| front.told().until < oldest) {
            self.stretches.pop_front();
        }
    }

    /// Puts what an earlier run saw before what this one has seen.
    pub fn put_under(&mut self, mut older: Past) {
        let first = self.stretches.front().map_or(i64::MAX, |front| front.from);
        while older.stretches.back().is_some_and(|back| back.told().until >= first) {
            older.stretches.pop_back();
        }
        older.stretches.extend(self.stretches.drain(..));
        *self = older;
        if let Some(last) = self.stretches.back().map(|back| back.told().until) {
            self.trim(last);
        }
        self.stretches.shrink_to_fit();
    }

    /// The same with every time moved, without what lies after `until` (before the move).
    #[must_use]
    pub fn moved(&self, by: i64, until: i64) -> Self {
        let before = self.stretches.iter().take_while(|packed| packed.from <= until);
        let moved = before.map(|packed| {
            let stretch = packed.told();
            let until = stretch.until.min(until).saturating_add(by);
            Packed::new(Stretch { from: stretch.from.saturating_add(by), until, ..stretch })
        });
        Self { stretches: moved.collect() }
    }

    /// All stretches, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Stretch> + ExactSizeIterator + '_ {
        self.stretches.iter().map(|packed| packed.told())
    }

    /// Those that reach into a time from `from` on.
    pub fn since(&self, from: i64) -> impl Iterator<Item = Stretch> + '_ {
        let first = self.stretches.partition_point(|packed| packed.told().until < from);
        self.stretches.range(first..).map(|packed| packed.told())
    }

    /// How many stretches there are.
    pub fn len(&self) -> usize {
        self.stretches.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.stretches.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(15);

    fn past(samples: impl IntoIterator<Item = (i64, f64)>) -> Past {
        let mut past = Past::default();
        for (secs, value) in samples {
            past.push(secs * 1000, Seen::one(value), PATIENCE, COARSE);
        }
        past
    }

    fn told(past: &Past) -> Vec<(i64, i64, f64, f64)> {
        past.iter().map(|s| (s.from / 1000, s.until / 1000, s.high, s.last)).collect()
    }

    #[test]
    fn a_level_is_one_stretch_a_change_another_and_a_silence_a_gap() {
        for (samples, expected) in [
            (vec![(0, 1.0), (5, 1.0), (300, 1.0)], vec![(0, 5, 1.0, 1.0), (300, 300, 1.0, 1.0)]),
            // within a minute: the peak and the last
            (vec![(60, 1.0), (65, 9.0), (70, 2.0)], vec![(60, 70, 9.0, 2.0)]),
            // what is held reaches until the next is seen
            (vec![(50, 1.0), (60, 2.0)], vec![(50, 60, 1.0, 1.0), (60, 60, 2.0, 2.0)]),
            // back in time, and what is no number
            (vec![(50, 1.0), (40, 2.0), (51, f64::NAN)], vec![(50, 50, 1.0, 1.0)]),
            // before the boot
            (vec![(-65, 1.0), (-61, 2.0), (-59, 3.0)], vec![(-65, -59, 2.0, 2.0), (-59, -59, 3.0, 3.0)]),
        ] {
            assert_eq!(told(&past(samples.clone())), expected, "{samples:?}");
        }
    }

    #[test]
    fn a_dip_is_kept_like_a_peak() {
        let dipped = past([(60, 5.0), (65, 0.1), (70, 9.0), (75, 5.0)]);
        let told: Vec<_> = dipped.iter().map(|s| (s.low < 0.2, s.high > 8.9, s.last)).collect();
        assert_eq!(told, [(true, true, 5.0)]);
        assert!(!dipped.iter().any(|stretch| stretch.is_level()));
        assert_eq!(size_of::<Packed>(), 28);
    }

    #[test]
    fn it_is_bounded_in_time_and_in_number() {
        let days = past((0..60_480).map(|n| (n * 20, (n % 7) as f64)));
        assert!(days.len() <= MOST, "{}", days.len());
        let mut dense = Past::default();
        for n in 0..10_000 {
            dense.push(n * 1000, Seen::one(n as f64), PATIENCE, Duration::from_secs(1));
        }
        assert_eq!(dense.len(), MOST);
        let level = past((0..60_480).map(|n| (n * 5, 1.0)));
        assert_eq!(level.len(), 1);
    }

    #[test]
    fn an_earlier_run_lies_under_this_one_with_the_gap_between() {
        let mut own = past([(1000, 5.0)]);
        own.put_under(past([(0, 1.0), (5, 1.0), (1000, 7.0), (1010, 8.0)]));
        assert_eq!(told(&own), [(0, 5, 1.0, 1.0), (1000, 1000, 5.0, 5.0)]);
        assert_eq!(told(&own.moved(10_000, 3000)), [(10, 13, 1.0, 1.0)]);
    }
}
