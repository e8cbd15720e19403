//! The id of an incident: `2026-11-22-shop-1`. It sorts by day, can be typed, and names its file.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::base::id::is_kebab;

/// Longest id: the day, a system's name, a number.
const LONGEST: usize = 10 + 1 + 64 + 1 + 9;

/// The id of an incident: the day (UTC) it was opened, the system, and a number that tells those of one day apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct IncidentId(Arc<str>);

impl IncidentId {
    /// Takes an id in; `None` for a text that is none and could name another file.
    pub fn new(text: &str) -> Option<Self> {
        let (day, rest) = (text.get(..10)?, text.get(10..)?.strip_prefix('-')?);
        let (system, number) = rest.rsplit_once('-')?;
        let fits = text.len() <= LONGEST && is_day(day) && is_kebab(system) && is_number(number);
        fits.then(|| Self(text.into()))
    }

    /// The n-th incident of a system on a day, in UTC. `None` for what is no name of a system.
    pub fn of(system: &str, at: Timestamp, n: u32) -> Option<Self> {
        Self::new(&format!("{}-{system}-{n}", at.to_zoned(TimeZone::UTC).date()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The system that it names.
    pub fn system(&self) -> &str {
        self.0.get(11..).and_then(|rest| rest.rsplit_once('-')).map_or("", |(system, _)| system)
    }

    /// The number within its day.
    pub fn number(&self) -> u32 {
        self.0.rsplit_once('-').and_then(|(_, n)| n.parse().ok()).unwrap_or(0)
    }
}

fn is_day(text: &str) -> bool {
    text.parse::<jiff::civil::Date>().is_ok() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.len() <= 9 && !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl fmt::Display for IncidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_day_a_system_and_a_number() {
        let at: Timestamp = "2026-11-22T23:59:59Z".parse().unwrap();
        let id = IncidentId::of("super-shop", at, 12).unwrap();
        assert_eq!((id.as_str(), id.system(), id.number()), ("2026-11-22-super-shop-12", "super-shop", 12));
        assert_eq!(IncidentId::new(id.as_str()), Some(id));
        for bad in [
            "",
            "2026-11-22",
            "2026-11-22-shop",
            "2026-11-22-shop-0",
            "2026-13-22-shop-1",
            "2026-11-22-../../x-1",
            "2026-11-22-shop-1.jsonl",
            "2026-11-22--1",
            "20261122-shop-1",
            "2026-11-22-shop-99999999999",
        ] {
            assert_eq!(IncidentId::new(bad), None, "{bad}");
        }
        assert_eq!(IncidentId::of("Shop/..", at, 1), None);
    }
}
