//! Time as a value. Nothing here reads a clock: `runtime::clock` makes the only [`Now`].

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

/// An instant on the boot-time clock (`CLOCK_BOOTTIME`): counts through suspend, never steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mono(pub Duration);

/// The one time argument: a boot-time instant for ages and the wall clock for dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// For ages, `for`, timeouts.
    pub mono: Mono,
    /// For schedules, files and what a person reads.
    pub wall: Timestamp,
}

impl Mono {
    /// How long ago `earlier` was; zero if it is later.
    pub fn since(self, earlier: Mono) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl std::ops::Add<Duration> for Mono {
    type Output = Mono;
    fn add(self, span: Duration) -> Mono {
        Mono(self.0.saturating_add(span))
    }
}

impl Now {
    /// A `Now` for tests and simulations: `secs` after an arbitrary boot, at the given wall time.
    pub fn at(secs: f64, wall: Timestamp) -> Self {
        Self { mono: Mono(seconds(secs).unwrap_or(Duration::ZERO)), wall }
    }

    /// The wall clock in Unix seconds.
    pub fn unix(self) -> f64 {
        self.wall.as_duration().as_secs_f64()
    }

    /// Both clocks moved forward together.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        let wall = jiff::SignedDuration::try_from(span).ok().and_then(|s| self.wall.checked_add(s).ok());
        Self { mono: self.mono + span, wall: wall.unwrap_or(self.wall) }
    }

    /// Both clocks as they were at the last whole multiple of `step` on the wall.
    #[must_use]
    pub fn floor(self, step: Duration) -> Self {
        let step = i64::try_from(step.as_micros()).unwrap_or(i64::MAX).max(1);
        let past = self.wall.as_microsecond().rem_euclid(step);
        let wall = self.wall.checked_sub(jiff::SignedDuration::from_micros(past)).unwrap_or(self.wall);
        let past = Duration::from_micros(past.unsigned_abs());
        Self { mono: Mono(self.mono.0.saturating_sub(past)), wall }
    }

    /// The wall time of an earlier boot-time instant, as of this `Now`.
    pub fn wall_of(self, then: Mono) -> Timestamp {
        let back = jiff::SignedDuration::try_from(self.mono.since(then)).unwrap_or_default();
        self.wall.checked_sub(back).unwrap_or(self.wall)
    }
}

/// Seconds from outside as a duration: `None` for NaN, infinite, negative or beyond a thousand years.
pub fn seconds(secs: f64) -> Option<Duration> {
    (secs.is_finite() && (0.0..3.2e10).contains(&secs)).then(|| Duration::try_from_secs_f64(secs).ok()).flatten()
}

/// Why a text is no duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a duration: write a number and ms, s, m, h or d, such as 5s, 1m30s or 250ms")]
pub struct BadDuration(pub String);

/// A span as written in files and flags: `250ms`, `5s`, `1m30s`, `24h`, `90d`.
pub fn parse_duration(text: &str) -> Result<Duration, BadDuration> {
    let bad = || BadDuration(text.to_owned());
    let mut rest = text.trim();
    let mut total = Duration::ZERO;
    if rest.is_empty() {
        return Err(bad());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(bad)?;
        let number: f64 = rest[..digits].parse().map_err(|_| bad())?;
        rest = &rest[digits..];
        let unit_len = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let scale = match &rest[..unit_len] {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "d" => 86_400.0,
            _ => return Err(bad()),
        };
        rest = &rest[unit_len..];
        total = total.checked_add(seconds(number * scale).ok_or_else(bad)?).ok_or_else(bad)?;
    }
    Ok(total)
}

/// A duration as files and flags write it; see [`parse_duration`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period(pub Duration);

impl Period {
    /// A period of whole seconds.
    pub const fn secs(secs: u64) -> Self {
        Self(Duration::from_secs(secs))
    }
}

impl std::str::FromStr for Period {
    type Err = BadDuration;
    fn from_str(text: &str) -> Result<Self, BadDuration> {
        parse_duration(text).map(Self)
    }
}

impl<'de> serde::Deserialize<'de> for Period {
    fn deserialize<D: serde::Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        let text = String::deserialize(de)?;
        parse_duration(&text).map(Self).map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for Period {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Period".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^([0-9.]+(ms|s|m|h|d))+$",
            "description": "a number and ms, s, m, h or d: 5s, 1m30s, 250ms"
        })
    }
}

/// A span for people, two units at most: `3 ms`, `42s`, `4m12s`, `11h08m`, `3d4h`.
#[derive(Clone, Copy, Debug)]
pub struct Span(pub Duration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secs = self.0.as_secs();
        let text = match secs {
            0..60 => format!("{secs}s"),
            60..3600 => format!("{}m{:02}s", secs / 60, secs % 60),
            3600..86_400 => format!("{}h{:02}m", secs / 3600, secs / 60 % 60),
            _ => format!("{}d{}h", secs / 86_400, secs / 3600 % 24),
        };
        f.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_as_people_write_them() {
        for (text, millis) in [("5s", 5000), ("1m30s", 90_000), ("250ms", 250), ("24h", 86_400_000), ("1.5s", 1500)] {
            assert_eq!(parse_duration(text).unwrap().as_millis(), millis, "{text}");
        }
        for bad in ["", "5", "s", "5 parsecs", "-5s", "1e99d", "99999999999999d", "5s5"] {
            assert!(parse_duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn numbers_from_outside_never_panic() {
        for bad in [f64::NAN, f64::INFINITY, -1.0, 1e300] {
            assert_eq!(seconds(bad), None);
        }
    }

    #[test]
    fn spans_have_two_units() {
        for (secs, text) in [(0, "0s"), (59, "59s"), (252, "4m12s"), (40_080, "11h08m"), (273_600, "3d4h")] {
            assert_eq!(Span(Duration::from_secs(secs)).to_string(), text);
        }
    }
}
