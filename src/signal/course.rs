//! What is drawn of one number: the samples of this run, and under them its long past. A gap is a gap.

use std::time::Duration;

use crate::base::Mono;
use crate::signal::History;
use crate::signal::past::{Past, Stretch, millis, span};

/// The course of one number.
#[derive(Clone, Copy, Debug)]
pub struct Course<'a> {
    history: &'a History,
    past: Option<&'a Past>,
}

impl<'a> Course<'a> {
    /// These samples over this past.
    pub fn new(history: &'a History, past: Option<&'a Past>) -> Self {
        Self { history, past }
    }

    /// The samples of this run alone: what a rate or a forecast may stand on.
    pub fn history(self) -> &'a History {
        self.history
    }

    /// All that is known between two times, oldest first: from the past what lies before the first sample.
    pub fn between(self, from: i64, to: i64) -> impl Iterator<Item = Stretch> + 'a {
        let first = self.history.iter().next().map_or(i64::MAX, |(at, _)| millis(at));
        let past = self.past.into_iter().flat_map(move |past| past.since(from));
        let past = past.take_while(move |stretch| stretch.from < first.min(to.saturating_add(1)));
        let past = past.map(move |stretch| Stretch { until: stretch.until.min(first).min(to), ..stretch });
        let mono = |at: i64| Mono(Duration::from_millis(u64::try_from(at).unwrap_or(0)));
        // to the end of the last millisecond
        let (start, end) = (mono(from), mono(to.saturating_add(1)));
        let samples = self.history.window(end, end.since(start)).map(|(at, value)| Stretch::of(millis(at), value));
        past.chain(samples.filter(move |own| own.from <= to))
    }

    /// Since when something is known.
    pub fn oldest(self) -> Option<i64> {
        let past = self.past.and_then(|past| past.iter().next()).map(|first| first.from);
        let own = self.history.iter().next().map(|(at, _)| millis(at));
        past.into_iter().chain(own).min()
    }

    /// The stretch that a time lies in, or the last before it.
    pub fn at(self, at: i64) -> Option<Stretch> {
        let own = self.history.iter().rev().find(|(sampled, _)| millis(*sampled) <= at);
        if let Some((sampled, value)) = own {
            return Some(Stretch::of(millis(sampled), value));
        }
        let found = self.past?.iter().rev().find(|stretch| stretch.from <= at)?;
        Some(Stretch { until: found.until.min(at), ..found })
    }

    /// The window cut into `columns` equal parts, each with the mean of its samples; `None` where nothing was sampled.
    /// What lies before this run counts with its last values.
    pub fn means(self, now: Mono, window: Duration, columns: usize) -> Vec<Option<f64>> {
        let mut means = self.history.columns(now, window, columns);
        let (now, window) = (millis(now), span(window));
        let width = window / i64::try_from(columns.max(1)).unwrap_or(1);
        if width == 0 {
            return means;
        }
        for stretch in self.between(now.saturating_sub(window), now).filter(|stretch| stretch.until > stretch.from) {
            for (column, mean) in means.iter_mut().enumerate().filter(|(_, mean)| mean.is_none()) {
                let start = now - window + width * i64::try_from(column).unwrap_or(0);
                if stretch.from < start + width && stretch.until >= start {
                    *mean = Some(stretch.last);
                }
            }
        }
        means
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::past::{COARSE, Seen};

    const PATIENCE: Duration = Duration::from_secs(15);

    fn course() -> (History, Past) {
        let (mut history, mut past) = (History::default(), Past::default());
        for n in 0..24 {
            past.push(n * 5000, Seen::one(1.0), PATIENCE, COARSE);
        }
        for n in 60..72_u64 {
            let at = Mono(Duration::from_secs(n * 5));
            history.push(at, 4.0);
            past.push(millis(at), Seen::one(4.0), PATIENCE, COARSE);
        }
        (history, past)
    }

    #[test]
    fn the_past_reaches_to_the_first_sample_and_no_further() {
        let (history, past) = course();
        let told: Vec<_> = Course::new(&history, Some(&past)).between(0, 1_000_000).collect();
        assert_eq!((told[0].from, told[0].until), (0, 115_000));
        assert_eq!(told.len(), 13, "the stretch of this run's own samples is not told twice");
        assert_eq!(Course::new(&history, Some(&past)).oldest(), Some(0));
        let alone: Vec<_> = Course::new(&history, None).between(310_000, 330_000).collect();
        assert_eq!(alone.len(), 5);
    }

    #[test]
    fn what_was_there_at_a_time_is_the_last_before_it() {
        let (history, past) = course();
        let course = Course::new(&history, Some(&past));
        for (at, expected) in [(60, Some((60, 1.0))), (200, Some((115, 1.0))), (303, Some((300, 4.0))), (-1, None)] {
            let found = course.at(at * 1000).map(|stretch| (stretch.until / 1000, stretch.last));
            assert_eq!(found, expected, "{at}");
        }
    }

    #[test]
    fn means_are_those_of_the_samples_and_a_gap_stays_one() {
        let (history, past) = course();
        let means =
            Course::new(&history, Some(&past)).means(Mono(Duration::from_secs(360)), Duration::from_secs(360), 6);
        assert_eq!(means, [Some(1.0), Some(1.0), None, None, None, Some(4.0)]);
    }
}
