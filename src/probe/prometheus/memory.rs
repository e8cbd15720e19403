//! What counters and buckets said before: how much each has grown over the last minutes, whatever its process did. Pure;
//! the time of a scrape is an argument.
//!
//! A counter that fell has started anew with its process: what it shows is what it grew by since then. One that was not on
//! the page before has started from zero. Nothing is known before the second scrape, nor after a gap as long as the window.

use std::collections::{HashMap, VecDeque};

/// Points of time that are kept within a window: what is told of one is right to this part of it.
const MARKS: f64 = 30.0;
/// More names than this are never kept: they come and go, and it is begun anew.
const MOST: usize = 40_000;

/// The growth of every counter of a page.
pub(super) struct Memory {
    /// Seconds.
    window: f64,
    places: HashMap<String, usize>,
    counters: Vec<Counter>,
    /// Oldest first.
    marks: VecDeque<Mark>,
    /// When the page was last seen, Unix seconds.
    seen: Option<f64>,
    scrape: u64,
}

#[derive(Clone, Copy)]
struct Counter {
    /// As it stood on the last page that held it.
    last: f64,
    /// The scrape that saw it.
    scrape: u64,
    /// All that it grew by since the first scrape.
    total: f64,
}

struct Mark {
    at: f64,
    totals: Box<[f64]>,
}

impl Memory {
    /// An empty memory of so many seconds.
    pub(super) fn new(window: f64) -> Self {
        let (places, counters, marks) = (HashMap::new(), Vec::new(), VecDeque::new());
        Self { window, places, counters, marks, seen: None, scrape: 0 }
    }

    /// A page at a time: the counters that it holds.
    pub(super) fn take(&mut self, now: f64, counters: impl Iterator<Item = (String, f64)>) {
        self.age(now);
        let first = self.scrape == 0;
        self.scrape += 1;
        for (name, value) in counters.filter(|(_, value)| value.is_finite() && *value >= 0.0) {
            let scrape = self.scrape;
            if let Some(counter) = self.places.get(&name).and_then(|place| self.counters.get_mut(*place)) {
                let went_on = counter.scrape + 1 == scrape && value >= counter.last;
                counter.total += if went_on { value - counter.last } else { value };
                (counter.last, counter.scrape) = (value, scrape);
            } else {
                self.places.insert(name, self.counters.len());
                self.counters.push(Counter { last: value, scrape, total: if first { 0.0 } else { value } });
            }
        }
        if self.marks.back().is_none_or(|mark| now - mark.at >= self.window / MARKS) {
            self.marks.push_back(Mark { at: now, totals: self.counters.iter().map(|counter| counter.total).collect() });
        }
        self.seen = Some(now);
    }

    /// Forgets what is older than the window, and all where the time between is not known.
    fn age(&mut self, now: f64) {
        let gap = self.seen.map(|seen| now - seen);
        if self.counters.len() > MOST || gap.is_some_and(|gap| !(0.0..=self.window).contains(&gap)) {
            *self = Self::new(self.window);
        }
        while self.marks.get(1).is_some_and(|next| now - next.at >= self.window) {
            self.marks.pop_front();
        }
    }

    /// Seconds that [`Self::growth`] is told of: the window, or less where it is not known for as long.
    pub(super) fn span(&self) -> Option<f64> {
        let span = self.seen? - self.marks.front()?.at;
        (span > 0.0).then_some(span)
    }

    /// What a counter of the last page grew by.
    pub(super) fn growth(&self, name: &str) -> Option<f64> {
        self.span()?;
        let place = *self.places.get(name)?;
        let counter = self.counters.get(place).filter(|counter| counter.scrape == self.scrape)?;
        let before = self.marks.front()?.totals.get(place).copied().unwrap_or(0.0);
        Some(counter.total - before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fed(pages: &[(f64, &[(&str, f64)])]) -> Memory {
        let mut memory = Memory::new(300.0);
        for (at, page) in pages {
            memory.take(*at, page.iter().map(|(name, value)| ((*name).to_owned(), *value)));
        }
        memory
    }

    #[test]
    fn growth_is_told_from_the_second_scrape_on() {
        let memory = fed(&[(0.0, &[("a", 100.0)])]);
        assert_eq!((memory.span(), memory.growth("a")), (None, None));
        let memory = fed(&[(0.0, &[("a", 100.0)]), (5.0, &[("a", 107.0)])]);
        assert_eq!((memory.span(), memory.growth("a"), memory.growth("b")), (Some(5.0), Some(7.0), None));
    }

    #[test]
    fn only_the_window_counts() {
        let pages: Vec<(f64, Vec<(&str, f64)>)> = (0..=200_i32)
            // ten each five seconds, and then nothing for four minutes
            .map(|n| (f64::from(n) * 5.0, vec![("a", f64::from(n.min(152)) * 10.0)]))
            .collect();
        let pages: Vec<(f64, &[(&str, f64)])> = pages.iter().map(|(at, page)| (*at, &page[..])).collect();
        let memory = fed(&pages);
        assert_eq!((memory.span(), memory.growth("a")), (Some(300.0), Some(120.0)));
        assert!(memory.marks.len() <= 33, "{}", memory.marks.len());
    }

    #[test]
    fn a_restart_loses_nothing_and_invents_nothing() {
        let memory =
            fed(&[(0.0, &[("a", 100.0)]), (5.0, &[("a", 110.0)]), (10.0, &[("a", 3.0)]), (15.0, &[("a", 5.0)])]);
        assert_eq!(memory.growth("a"), Some(15.0));
        let memory = fed(&[(0.0, &[("a", 100.0)]), (5.0, &[]), (10.0, &[("a", 200.0)])]);
        assert_eq!(memory.growth("a"), Some(200.0), "what was away has begun anew");
        let memory = fed(&[(0.0, &[("a", 1.0)]), (5.0, &[("a", 1.0), ("b", 2.0)])]);
        assert_eq!(memory.growth("b"), Some(2.0), "what was not there has begun at zero");
        let memory = fed(&[(0.0, &[("a", 1.0)]), (5.0, &[])]);
        assert_eq!(memory.growth("a"), None, "what is not on the page is not told");
    }

    #[test]
    fn a_gap_and_a_clock_that_jumps_begin_anew() {
        for second in [301.0, -1.0, f64::NAN] {
            let memory = fed(&[(0.0, &[("a", 100.0)]), (second, &[("a", 900.0)])]);
            assert_eq!(memory.growth("a"), None, "{second}");
        }
    }

    #[test]
    fn numbers_that_are_none_are_left_out() {
        let memory = fed(&[(0.0, &[("a", 1.0), ("b", -1.0)]), (5.0, &[("a", f64::NAN), ("b", f64::INFINITY)])]);
        assert_eq!((memory.growth("a"), memory.growth("b")), (None, None));
    }
}
