//! A signal's history as columns of a chart, and what can be said of its course: rate, time to a limit. Pure arithmetic.
//!
//! Column limits stand at multiples of the column's width since boot, so that a drawn line moves on by whole columns and
//! a calm screen changes rarely.

use std::time::Duration;

use crate::base::Mono;
use crate::signal::past::{Stretch, millis, span};
use crate::signal::{Course, History, Timing};

/// How the samples within one column become one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Merge {
    /// The newest: for levels.
    Last,
    /// The highest: for latencies, whose peaks matter.
    Peak,
}

/// Windows that a chart may show.
const WINDOWS: [u64; 10] = [30, 60, 120, 300, 600, 900, 1800, 2700, 3600, 5400];

/// The largest window that these courses fill, at most `most`: a chart is full, and grows with what is known.
pub(crate) fn window<'a>(courses: impl Iterator<Item = Course<'a>>, now: Mono, most: Duration) -> Duration {
    let oldest = courses.filter_map(Course::oldest).min();
    let known = oldest.map_or(0, |oldest| millis(now).saturating_sub(oldest));
    let full = WINDOWS.iter().rev().map(|secs| Duration::from_secs(*secs)).find(|window| span(*window) <= known);
    full.unwrap_or(Duration::from_secs(WINDOWS[0])).min(most)
}

/// The highest value of a window, at least `floor`.
pub(crate) fn highest(course: Course<'_>, now: Mono, window: Duration, floor: f64) -> f64 {
    let now = millis(now);
    course.between(now.saturating_sub(span(window)), now).fold(floor, |top, stretch| top.max(stretch.high))
}

/// A window's length in words: `10 min`, `1 h`.
pub(crate) fn window_words(window: Duration) -> String {
    let minutes = window.as_secs() / 60;
    if minutes == 0 {
        return format!("{} s", window.as_secs());
    }
    if minutes >= 60 && minutes.is_multiple_of(60) { format!("{} h", minutes / 60) } else { format!("{minutes} min") }
}

/// From this width on a column tells its peak whatever it is of: what is that far apart would hide it.
const WIDE: i64 = 30_000;

/// What one column of a chart is about: the lowest and the highest of its time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Band {
    /// The lowest.
    pub(crate) low: f64,
    /// The highest.
    pub(crate) high: f64,
}

impl Band {
    /// One value.
    pub(crate) fn one(value: f64) -> Self {
        Self { low: value, high: value }
    }
}

/// The window as `columns` values, oldest first. A column without a sample keeps the value before it as long as that is
/// not stale; beyond that it is a gap.
pub(crate) fn columns(
    course: Course<'_>,
    now: Mono,
    window: Duration,
    columns: usize,
    timing: Timing,
    merge: Merge,
) -> Vec<Option<f64>> {
    bands(course, now, window, columns, timing, merge).into_iter().map(|band| Some(band?.high)).collect()
}

/// The same with the lowest of each column too, where a column tells more than one value.
pub(crate) fn bands(
    course: Course<'_>,
    now: Mono,
    window: Duration,
    columns: usize,
    timing: Timing,
    merge: Merge,
) -> Vec<Option<Band>> {
    let width = span(window) / i64::try_from(columns).unwrap_or(i64::MAX).max(1);
    if columns == 0 || width == 0 {
        return vec![None; columns];
    }
    let now = millis(now);
    let mut row = Row { out: vec![None; columns], last: now.div_euclid(width), width, now };
    let patience = span(timing.stale_after());
    let peaks = merge == Merge::Peak || width >= WIDE;
    let mut held: Option<Stretch> = None;
    let mut filled = 0;
    for stretch in course.between(now.saturating_sub(span(window)).saturating_sub(patience), now) {
        let (Some(first), Some(end)) = (row.column(stretch.from), row.column(stretch.until)) else {
            // what began before the window may reach into it
            if let Some(end) = row.column(stretch.until) {
                row.fill(0..=end, &stretch, peaks);
                filled = end + 1;
            }
            held = Some(stretch);
            continue;
        };
        row.hold(filled..first, held, patience);
        row.fill(first..=end, &stretch, peaks);
        filled = end + 1;
        held = Some(stretch);
    }
    row.hold(filled..columns, held, patience);
    row.out
}

/// The columns while they are filled.
struct Row {
    out: Vec<Option<Band>>,
    /// The number of the last column since boot.
    last: i64,
    /// Milliseconds of a column.
    width: i64,
    now: i64,
}

impl Row {
    /// The column of a time; `None` before the first.
    fn column(&self, at: i64) -> Option<usize> {
        let back = usize::try_from(self.last.saturating_sub(at.div_euclid(self.width)).max(0)).ok()?;
        (self.out.len() - 1).checked_sub(back)
    }

    fn fill(&mut self, columns: std::ops::RangeInclusive<usize>, stretch: &Stretch, peaks: bool) {
        let own = if peaks { Band { low: stretch.low, high: stretch.high } } else { Band::one(stretch.last) };
        for slot in &mut self.out[columns] {
            let before = slot.filter(|_| peaks).unwrap_or(own);
            *slot = Some(Band { low: before.low.min(own.low), high: before.high.max(own.high) });
        }
    }

    /// Carries the held value over free columns as long as it is not stale there.
    fn hold(&mut self, columns: std::ops::Range<usize>, held: Option<Stretch>, patience: i64) {
        let Some(held) = held else { return };
        for column in columns {
            let back = i64::try_from(self.out.len() - 1 - column).unwrap_or(i64::MAX);
            let start = self.last.saturating_sub(back).saturating_mul(self.width).min(self.now);
            if start.saturating_sub(held.until) <= patience {
                self.out[column] = Some(Band::one(held.last));
            }
        }
    }
}

/// The change per minute over the last `window`; `None` when the samples cover less than half of it.
pub(crate) fn per_minute(history: &History, now: Mono, window: Duration) -> Option<f64> {
    if !history.covers(now, window) {
        return None;
    }
    slope(history, now, window).map(|per_second| per_second * 60.0)
}

/// The slope of the line through the samples of a window, by least squares, per second.
fn slope(history: &History, now: Mono, window: Duration) -> Option<f64> {
    let x = |at: Mono| at.0.as_secs_f64() - now.0.as_secs_f64();
    let (mut n, mut sum_x, mut sum_y) = (0.0, 0.0, 0.0);
    for (at, value) in history.window(now, window) {
        n += 1.0;
        sum_x += x(at);
        sum_y += value;
    }
    if n < 2.0 {
        return None;
    }
    let (mean_x, mean_y) = (sum_x / n, sum_y / n);
    let (mut above, mut below) = (0.0, 0.0);
    for (at, value) in history.window(now, window) {
        let dx = x(at) - mean_x;
        above += dx * (value - mean_y);
        below += dx * dx;
    }
    let slope = above / below;
    slope.is_finite().then_some(slope)
}

/// When a level that rises by `per_minute` reaches `limit`; `None` when it does not rise, or not within a week.
pub(crate) fn time_to(level: f64, limit: f64, per_minute: f64) -> Option<Duration> {
    if per_minute <= 0.0 || level >= limit {
        return None;
    }
    crate::base::time::seconds((limit - level) / per_minute * 60.0).filter(|span| span.as_secs() < 7 * 86_400)
}

/// The next round number at or above a value, for the top of a scale: 1, 2, 5, 10, 20, 50, …
pub(crate) fn nice_top(value: f64) -> f64 {
    if !value.is_finite() || value <= 1.0 {
        return 1.0;
    }
    let magnitude = libm::pow(10.0, libm::log10(value).floor());
    [1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0]
        .iter()
        .map(|step| step * magnitude)
        .find(|top| *top >= value)
        .unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::Past;
    use crate::signal::past::Seen;

    const TIMING: Timing = Timing { every: Duration::from_secs(5), timeout: Duration::from_secs(2) };

    fn at(secs: u64) -> Mono {
        Mono(Duration::from_secs(secs))
    }

    fn history(samples: &[(u64, f64)]) -> History {
        let mut history = History::default();
        for (secs, value) in samples {
            history.push(at(*secs), *value);
        }
        history
    }

    fn ten(history: &History, now: u64, merge: Merge) -> Vec<Option<f64>> {
        columns(Course::new(history, None), at(now), Duration::from_secs(20), 10, TIMING, merge)
    }

    #[test]
    fn a_level_is_held_between_polls_and_a_silence_is_a_gap() {
        let polled = history(&[(980, 1.0), (985, 2.0), (1010, 3.0)]);
        let shown = ten(&polled, 1010, Merge::Last);
        assert_eq!(shown, [Some(2.0), Some(2.0), Some(2.0), Some(2.0), Some(2.0), None, None, None, None, Some(3.0)]);
    }

    #[test]
    fn columns_stand_still_until_a_whole_one_has_passed() {
        let polled = history(&[(1000, 1.0), (1004, 5.0), (1005, 2.0)]);
        let columns = |now| ten(&polled, now, Merge::Peak);
        assert_eq!(columns(1008), columns(1009));
        assert_ne!(columns(1009), columns(1010));
        assert_eq!(columns(1008)[7], Some(5.0), "the peak of the column");
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        let none = History::default();
        let none = Course::new(&none, None);
        assert_eq!(ten(&History::default(), 1000, Merge::Last), vec![None; 10]);
        assert_eq!(columns(none, at(9), Duration::ZERO, 3, TIMING, Merge::Last), vec![None; 3]);
        assert!(columns(none, at(9), Duration::from_secs(9), 0, TIMING, Merge::Last).is_empty());
    }

    #[test]
    fn what_an_earlier_run_saw_is_drawn_and_the_time_between_is_a_gap() {
        let mut past = Past::default();
        for secs in (0..60).step_by(5) {
            let value = if secs == 20 { 9.0 } else { 1.0 };
            past.push(secs * 1000 - 30_000, Seen::one(value), TIMING.stale_after(), Duration::from_secs(15));
        }
        let own = history(&[(70, 2.0), (75, 2.0)]);
        let course = Course::new(&own, Some(&past));
        let shown = columns(course, at(79), Duration::from_secs(110), 11, TIMING, Merge::Peak);
        let expected = [1, 1, 9, 9, 1, 1, 0, 0, 0, 0, 2].map(|n| (n > 0).then_some(f64::from(n)));
        // the peak fills the quarter of a minute that it lies in; what was last seen holds until it is stale
        assert_eq!(shown[..6], expected[..6]);
        assert_eq!(shown[8..], expected[8..]);
        assert_eq!(window([course].into_iter(), at(79), Duration::from_secs(900)), Duration::from_secs(60));
        assert!((highest(course, at(79), Duration::from_secs(110), 0.0) - 9.0).abs() < 1e-9);
    }

    #[test]
    fn a_peak_stays_in_sight_however_wide_the_window_is() {
        let mut own = History::default();
        (0..1000)
            .for_each(|n| own.push(at(n * 5), [1.0, 40.0, 0.0][usize::from(n == 500) + 2 * usize::from(n == 700)]));
        let course = Course::new(&own, None);
        let hours = columns(course, at(4999), Duration::from_secs(21_600), 40, TIMING, Merge::Last);
        assert!(hours.contains(&Some(40.0)), "{hours:?}");
        let hours = bands(course, at(4999), Duration::from_secs(21_600), 40, TIMING, Merge::Last);
        assert!(hours.contains(&Some(Band { low: 0.0, high: 1.0 })), "a dip too\n{hours:?}");
        assert!(hours.contains(&Some(Band { low: 1.0, high: 40.0 })), "{hours:?}");
    }

    #[test]
    fn rates_and_forecasts_are_told_only_when_known() {
        let rising = history(&(0..61).map(|n| (n * 5, n as f64)).collect::<Vec<_>>());
        let rate = per_minute(&rising, at(300), Duration::from_secs(300)).unwrap();
        assert!((rate - 12.0).abs() < 1e-6, "{rate}");
        assert_eq!(per_minute(&history(&[(299, 1.0), (300, 2.0)]), at(300), Duration::from_secs(300)), None);
        assert_eq!(time_to(60.0, 120.0, 12.0), Some(Duration::from_secs(300)));
        for (level, limit, rate) in [(60.0, 120.0, 0.0), (60.0, 120.0, -3.0), (130.0, 120.0, 3.0), (0.0, 1e18, 1e-9)] {
            assert_eq!(time_to(level, limit, rate), None);
        }
        assert_eq!(time_to(f64::NAN, 1.0, 1.0), None);
    }

    #[test]
    fn scales_end_at_round_numbers() {
        for (value, top) in [(0.0, 1.0), (41.0, 50.0), (128.0, 150.0), (2048.0, 2500.0), (f64::NAN, 1.0)] {
            assert!((nice_top(value) - top).abs() < 1e-9, "{value}");
        }
    }
}
