//! How many lines of a window match: counted by the second, forgotten with the window. Pure.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use regex::Regex;

use crate::base::{Cause, SignalName};
use crate::expr::{Expr, Facts};
use crate::probe::ProbeError;
use crate::probe::log::Pattern;
use crate::probe::log::record::Record;
use crate::signal::Value;

/// Matching lines that are kept.
pub(super) const KEPT: usize = 50;
/// A rate is told from so much time on.
const RATE_AFTER: f64 = 60.0;

/// Which lines count for a signal.
#[derive(Debug)]
pub(super) struct Matcher {
    pub(super) name: SignalName,
    test: Test,
}

#[derive(Debug)]
enum Test {
    Text(Regex),
    When(Expr),
}

impl Matcher {
    /// The error is a regular expression that is none.
    pub(super) fn new(name: &SignalName, pattern: &Pattern) -> Result<Self, ProbeError> {
        let test =
            match pattern {
                Pattern::Text(text) => Test::Text(Regex::new(text).map_err(|_| {
                    ProbeError::new(Cause::Internal, format!("pattern {name} is no regular expression"))
                })?),
                Pattern::Condition(condition) => Test::When(condition.when.clone()),
            };
        Ok(Self { name: name.clone(), test })
    }

    fn matches(&self, text: &str, facts: Option<&Facts>) -> bool {
        match &self.test {
            Test::Text(regex) => regex.is_match(text),
            Test::When(expr) => facts.is_some_and(|facts| expr.over(facts) == Ok(Value::Bool(true))),
        }
    }
}

/// A line that matched.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Match {
    /// Unix seconds.
    pub(super) at: f64,
    /// Places of the patterns.
    pub(super) patterns: Vec<usize>,
    pub(super) text: String,
}

/// What was in one second.
#[derive(Debug, Default)]
struct Second {
    lines: u64,
    skipped: u64,
    matched: Vec<u64>,
}

/// The counts of a window.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) matchers: Vec<Matcher>,
    pub(super) window: f64,
    has_history: bool,
    seconds: BTreeMap<i64, Second>,
    newest: Option<f64>,
    matches: VecDeque<Match>,
    /// From when on every line is known; `None` before the first look.
    since: Option<f64>,
    /// Lines that tell this time or an older one were counted already.
    counted_to: Option<f64>,
    newest_told: Option<f64>,
}

impl Tally {
    /// Nothing counted.
    pub(super) fn new(matchers: Vec<Matcher>, window: Duration, has_history: bool) -> Self {
        Self {
            matchers,
            window: window.as_secs_f64(),
            has_history,
            seconds: BTreeMap::new(),
            newest: None,
            matches: VecDeque::new(),
            since: None,
            counted_to: None,
            newest_told: None,
        }
    }

    /// A look begins: from the first one on every line is seen.
    pub(super) fn begin(&mut self, now: f64) {
        let since = if self.has_history { f64::NEG_INFINITY } else { now };
        self.since.get_or_insert(since);
    }

    /// Nobody listens: what is written from now on is not seen.
    pub(super) fn lose(&mut self) {
        self.since = None;
    }

    /// The file was there before: it was last written then, and is known from its beginning or not.
    pub(super) fn first_look(&mut self, modified: f64, is_whole: bool, now: f64) {
        if is_whole || modified < now - self.window {
            self.since = Some(f64::NEG_INFINITY);
        }
        self.newest = Some(modified.min(now));
    }

    /// The command begins anew, and may repeat what it said before.
    pub(super) fn resume(&mut self) {
        self.counted_to = self.newest_told;
    }

    /// So many bytes were not read.
    pub(super) fn skipped(&mut self, bytes: u64, now: f64) {
        if bytes > 0 {
            self.second(now).skipped += bytes;
        }
    }

    /// Takes a line; `is_new` when it was written since the look before, so that one that tells no time is of now.
    pub(super) fn take(&mut self, line: &[u8], now: f64, is_new: bool) {
        let record = Record::of(line);
        if record.text.trim().is_empty() {
            return;
        }
        if let Some(told) = record.time {
            if self.counted_to.is_some_and(|counted| told <= counted) {
                return;
            }
            self.newest_told = Some(self.newest_told.map_or(told, |newest| newest.max(told)));
            self.since = self.since.map(|since| since.min(told));
        }
        // a clock that is ahead of ours writes no line in the future
        let Some(at) = record.time.map(|told| told.min(now)).or(is_new.then_some(now)) else { return };
        self.newest = Some(self.newest.map_or(at, |newest| newest.max(at)));
        if at <= now - self.window {
            return;
        }
        let facts = record.json.map(|json| {
            Facts::from([("line".to_owned(), json), ("text".to_owned(), Value::Text(record.text.clone()))])
        });
        let hits = self.matchers.iter().enumerate().filter(|(_, one)| one.matches(&record.text, facts.as_ref()));
        let patterns: Vec<usize> = hits.map(|(place, _)| place).collect();
        let second = self.second(at);
        second.lines += 1;
        for place in &patterns {
            second.matched[*place] += 1;
        }
        if !patterns.is_empty() {
            if self.matches.len() == KEPT {
                self.matches.pop_front();
            }
            self.matches.push_back(Match { at, patterns, text: record.text });
        }
    }

    /// Lets go of what is older than the window.
    pub(super) fn forget(&mut self, now: f64) {
        self.seconds = self.seconds.split_off(&(whole(now - self.window) + 1));
    }

    fn second(&mut self, at: f64) -> &mut Second {
        let patterns = self.matchers.len();
        self.seconds.entry(whole(at)).or_insert_with(|| Second { matched: vec![0; patterns], ..Second::default() })
    }

    /// Lines in the window.
    pub(super) fn lines(&self) -> u64 {
        self.seconds.values().map(|second| second.lines).sum()
    }

    /// Bytes that were not read, in the window.
    pub(super) fn skipped_bytes(&self) -> u64 {
        self.seconds.values().map(|second| second.skipped).sum()
    }

    /// Lines in the window that match a pattern.
    pub(super) fn count(&self, place: usize) -> u64 {
        self.seconds.values().filter_map(|second| second.matched.get(place)).sum()
    }

    /// How much of the window was seen, in seconds: all of it, once nothing of it is from before we looked.
    pub(super) fn covered(&self, now: f64) -> f64 {
        self.since.map_or(0.0, |since| (now - since).clamp(0.0, self.window))
    }

    /// A count, where it can be told: a zero only of a window that was seen whole.
    pub(super) fn known(&self, count: u64, now: f64) -> Option<u64> {
        (count > 0 || self.covered(now) >= self.window).then_some(count)
    }

    /// A count as a rate a minute, where enough was seen for one.
    pub(super) fn per_minute(&self, count: u64, now: f64) -> Option<f64> {
        let covered = self.covered(now);
        (covered >= RATE_AFTER.min(self.window)).then(|| count as f64 * 60.0 / covered)
    }

    /// Seconds since the newest line; where there was none, since we listen, once that is a window.
    pub(super) fn silent(&self, now: f64) -> Option<f64> {
        let listening = || self.since.filter(|since| since.is_finite() && now - since >= self.window);
        self.newest.or_else(listening).map(|newest| (now - newest).max(0.0))
    }

    /// The last matching lines, newest first.
    pub(super) fn matches(&self) -> impl Iterator<Item = &Match> {
        self.matches.iter().rev()
    }

    /// The newest line of those that are kept that matches a pattern.
    pub(super) fn newest_match(&self, place: usize) -> Option<&Match> {
        self.matches().find(|one| one.patterns.contains(&place))
    }
}

/// The second that a time falls into.
fn whole(at: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "Unix seconds of a clock; the cast saturates")]
    let second = at.floor() as i64;
    second
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: f64 = 1_795_315_800.0;

    fn tally(has_history: bool) -> Tally {
        let name = |name: &str| SignalName::new(name).unwrap();
        let slow: Pattern = toml::from_str("when = 'line.ms > 5000'").map(Pattern::Condition).unwrap();
        let matchers = vec![
            Matcher::new(&name("errors"), &Pattern::Text("ERROR|Trace".into())).unwrap(),
            Matcher::new(&name("slow"), &slow).unwrap(),
        ];
        Tally::new(matchers, Duration::from_secs(300), has_history)
    }

    fn counts(tally: &Tally) -> (u64, u64, u64) {
        (tally.lines(), tally.count(0), tally.count(1))
    }

    #[test]
    fn lines_are_counted_as_long_as_they_are_in_the_window() {
        let mut tally = tally(true);
        tally.begin(NOW);
        for line in
            ["ERROR a", "fine", "{\"ms\": 6000}", "{\"ms\": 10}", "{\"ms\": \"long\"}", "{\"no\":1}", "{bad", ""]
        {
            tally.take(line.as_bytes(), NOW, true);
        }
        tally.take(b"{\"ms\":9000,\"msg\":\"ERROR\",\"time\":1795315700000}", NOW, true);
        tally.take(b"2026-11-21T02:50:00Z ERROR of yesterday", NOW, true);
        tally.take(b"2027-11-21T02:50:00Z ERROR of a clock ahead", NOW, true);
        assert_eq!(counts(&tally), (9, 3, 2));
        assert!((tally.matches().next().unwrap().at - NOW).abs() < 1e-9);
        tally.forget(NOW + 210.0);
        assert_eq!(counts(&tally), (8, 2, 1));
        tally.forget(NOW + 301.0);
        assert_eq!(counts(&tally), (0, 0, 0));
        assert_eq!(tally.silent(NOW + 301.0), Some(301.0));
    }

    #[test]
    fn a_zero_is_told_only_of_a_window_that_was_seen_whole() {
        let mut fresh = tally(false);
        fresh.begin(NOW);
        assert_eq!((fresh.known(0, NOW), fresh.per_minute(0, NOW), fresh.silent(NOW)), (None, None, None));
        assert_eq!(fresh.known(3, NOW), Some(3), "what was seen was there");
        assert_eq!(fresh.per_minute(5, NOW + 60.0), Some(5.0));
        assert_eq!(fresh.known(0, NOW + 300.0), Some(0));
        assert_eq!(fresh.silent(NOW + 300.0), Some(300.0));
        let mut old = tally(false);
        old.begin(NOW);
        old.first_look(NOW - 4000.0, false, NOW);
        assert_eq!((old.known(0, NOW), old.silent(NOW)), (Some(0), Some(4000.0)), "it was not written since");
        let mut whole = tally(false);
        whole.begin(NOW);
        whole.first_look(NOW - 4.0, true, NOW);
        assert_eq!(whole.known(0, NOW), Some(0));
        let mut part = tally(false);
        part.begin(NOW);
        part.first_look(NOW - 4.0, false, NOW);
        part.take(b"ERROR without a time, from before", NOW, false);
        assert_eq!((part.known(part.count(0), NOW), part.lines()), (None, 0));
        part.take(b"2026-11-22T02:49:00Z fine", NOW, false);
        assert_eq!((part.covered(NOW), part.known(0, NOW)), (60.0, None));
    }

    #[test]
    fn what_a_command_repeats_is_not_counted_again() {
        let mut tally = tally(true);
        tally.begin(NOW);
        tally.take(b"2026-11-22T02:49:00Z ERROR 1", NOW, true);
        tally.resume();
        tally.take(b"2026-11-22T02:49:00Z ERROR 1", NOW, true);
        tally.take(b"2026-11-22T02:49:30Z ERROR 2", NOW, true);
        assert_eq!(tally.count(0), 2);
    }

    #[test]
    fn the_last_matches_are_kept() {
        let mut tally = tally(true);
        tally.begin(NOW);
        for n in 0..KEPT + 7 {
            tally.take(format!("ERROR {n}").as_bytes(), NOW, true);
        }
        assert_eq!(tally.matches().count(), KEPT);
        assert_eq!(tally.newest_match(0).unwrap().text, "ERROR 56");
        assert_eq!(tally.newest_match(1), None);
    }
}
