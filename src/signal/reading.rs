//! A signal's value now, or why there is none; and how old is too old.

use std::time::Duration;

use crate::base::{Missing, Mono};
use crate::signal::Value;

/// The polling rhythm of a component: what `late` and `stale` are measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Time between two polls.
    pub every: Duration,
    /// Longest time one poll may take.
    pub timeout: Duration,
}

impl Timing {
    /// A reading older than this is late: one interval and one timeout.
    pub fn late_after(self) -> Duration {
        self.every.saturating_add(self.timeout)
    }

    /// A reading older than this is stale: three intervals (and never sooner than late).
    pub fn stale_after(self) -> Duration {
        self.every.saturating_mul(3).max(self.late_after())
    }
}

/// How fresh a reading is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Freshness {
    /// Within one interval and one timeout.
    Live,
    /// Older, but not yet three intervals.
    Late,
    /// Older than three intervals, or its source is down: not believed any more.
    Stale,
    /// There never was a value.
    Never,
}

impl Freshness {
    /// The stable word.
    pub fn word(self) -> &'static str {
        match self {
            Freshness::Live => "live",
            Freshness::Late => "late",
            Freshness::Stale => "stale",
            Freshness::Never => "never",
        }
    }

    /// Freshness by age alone.
    pub fn of_age(age: Duration, timing: Timing) -> Self {
        if age > timing.stale_after() {
            Freshness::Stale
        } else if age > timing.late_after() {
            Freshness::Late
        } else {
            Freshness::Live
        }
    }
}

/// What is known of a signal now.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading<'a> {
    /// The last value that was seen, and when. Present although stale, so that a screen can show it dimmed.
    pub last: Option<(&'a Value, Mono)>,
    /// Why it is not to be believed; `None` for a live or late reading.
    pub missing: Option<Missing>,
    /// How fresh it is.
    pub freshness: Freshness,
}

impl<'a> Reading<'a> {
    /// The value, if it is fresh enough to be believed: what expressions see.
    pub fn known(&self) -> Option<&'a Value> {
        if self.missing.is_none() { self.last.map(|(value, _)| value) } else { None }
    }

    /// The known value as a number.
    pub fn number(&self) -> Option<f64> {
        self.known().and_then(Value::as_f64)
    }

    /// Age of the last value.
    pub fn age(&self, now: Mono) -> Option<Duration> {
        self.last.map(|(_, at)| now.since(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn freshness_has_exact_limits() {
        let timing = Timing { every: Duration::from_secs(5), timeout: Duration::from_secs(2) };
        for (age_ms, want) in [
            (0, Freshness::Live),
            (7000, Freshness::Live),
            (7001, Freshness::Late),
            (15_000, Freshness::Late),
            (15_001, Freshness::Stale),
        ] {
            assert_eq!(Freshness::of_age(Duration::from_millis(age_ms), timing), want, "{age_ms}");
        }
    }
}
