//! Recent samples of one numeric signal, bounded, for sparklines and window functions.

use std::collections::VecDeque;
use std::time::Duration;

use crate::base::Mono;

/// Most samples kept: at 5 s an hour and a half.
pub const MOST: usize = 1080;

/// Samples in the order of time, oldest first. A fleet has ten thousand of these: each takes what it needs and no more.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    samples: VecDeque<Sample>,
}

/// Nanoseconds of the boot-time clock, and the value.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Sample(u64, f64);

impl Sample {
    fn new(at: Mono, value: f64) -> Self {
        Self(nanos(at.0), value)
    }

    fn told(self) -> (Mono, f64) {
        (Mono(Duration::from_nanos(self.0)), self.1)
    }
}

/// Five hundred years of them fit.
fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

impl History {
    /// Adds a sample; what is not finite or goes back in time is left out.
    pub fn push(&mut self, at: Mono, value: f64) {
        let sample = Sample::new(at, value);
        if !value.is_finite() || self.samples.back().is_some_and(|last| last.0 > sample.0) {
            return;
        }
        let len = self.samples.len();
        if len == MOST {
            self.samples.pop_front();
        } else if len == self.samples.capacity() {
            // doubling by itself it would end at twice what is ever needed
            self.samples.reserve_exact(len.max(8).min(MOST - len));
        }
        self.samples.push_back(sample);
    }

    /// All samples, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (Mono, f64)> + ExactSizeIterator + '_ {
        self.samples.iter().map(|sample| sample.told())
    }

    /// The samples of the last `window` before `now`.
    pub fn window(&self, now: Mono, window: Duration) -> impl DoubleEndedIterator<Item = (Mono, f64)> + '_ {
        let (from, to) = (nanos(now.0.saturating_sub(window)), nanos(now.0));
        let first = self.samples.partition_point(|sample| sample.0 < from);
        let end = self.samples.partition_point(|sample| sample.0 <= to);
        self.samples.range(first..end.max(first)).map(|sample| sample.told())
    }

    /// How much of the window the samples cover; a window function needs at least half.
    pub fn covers(&self, now: Mono, window: Duration) -> bool {
        let mut inside = self.window(now, window);
        match (inside.next(), inside.next_back()) {
            (Some((first, _)), Some((last, _))) => last.since(first) * 2 >= window,
            _ => false,
        }
    }

    /// The window cut into `columns` equal parts, each with the mean of its samples; `None` where nothing was sampled:
    /// a gap is a gap, not a zero.
    pub fn columns(&self, now: Mono, window: Duration, columns: usize) -> Vec<Option<f64>> {
        let mut sums = vec![(0.0, 0_u32); columns];
        if columns == 0 || window.is_zero() {
            return Vec::new();
        }
        for (at, value) in self.window(now, window) {
            // counted back from now: a clock that is younger than the window has no time at which the window began
            let part = 1.0 - now.since(at).as_secs_f64() / window.as_secs_f64();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "part is within 0..=1")]
            let column = ((part * columns as f64) as usize).min(columns - 1);
            sums[column].0 += value;
            sums[column].1 += 1;
        }
        sums.into_iter().map(|(sum, n)| (n > 0).then(|| sum / f64::from(n))).collect()
    }

    /// The same with every time moved by so many milliseconds, without what lies after `until` (before the move).
    #[must_use]
    pub fn moved(&self, by: i64, until: i64) -> Self {
        let by = i128::from(by) * 1_000_000;
        let end = i128::from(until).saturating_add(1) * 1_000_000;
        let before = self.samples.iter().take_while(|sample| i128::from(sample.0) < end);
        let moved = before.filter_map(|sample| Some(Sample(u64::try_from(i128::from(sample.0) + by).ok()?, sample.1)));
        Self { samples: moved.collect() }
    }

    /// The newest sample.
    pub fn last(&self) -> Option<(Mono, f64)> {
        self.samples.back().map(|sample| sample.told())
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Mono {
        Mono(Duration::from_secs(secs))
    }

    #[test]
    fn it_is_bounded_and_ordered() {
        let mut history = History::default();
        for n in 0..2000 {
            history.push(at(n), n as f64);
        }
        history.push(at(3), 99.0);
        history.push(at(5000), f64::NAN);
        assert_eq!(history.len(), MOST);
        assert_eq!(history.last(), Some((at(1999), 1999.0)));
        assert_eq!(history.samples.capacity(), MOST, "no room for what is never kept");
    }

    #[test]
    fn a_gap_is_a_gap() {
        let mut history = History::default();
        history.push(at(100), 1.0);
        history.push(at(109), 3.0);
        assert_eq!(history.columns(at(110), Duration::from_secs(10), 5), [Some(1.0), None, None, None, Some(3.0)]);
        assert!(history.covers(at(110), Duration::from_secs(10)));
        assert!(!history.covers(at(110), Duration::from_secs(60)));
    }

    #[test]
    fn a_sample_stands_in_the_column_of_its_age_however_young_the_clock_is() {
        let window = Duration::from_secs(100);
        for (now, sampled, column) in [
            (1000, 1000, 9),
            (1000, 995, 9),
            (1000, 955, 5),
            (1000, 901, 0),
            (1000, 900, 0),
            // the clock began after the window did
            (30, 30, 9),
            (30, 25, 9),
            (30, 5, 7),
            (30, 0, 7),
            (1, 0, 9),
        ] {
            let mut history = History::default();
            history.push(at(sampled), 1.0);
            let columns = history.columns(at(now), window, 10);
            let found: Vec<usize> = (0..10).filter(|at| columns[*at].is_some()).collect();
            assert_eq!(found, [column], "now {now}, sampled {sampled}");
        }
    }
}
