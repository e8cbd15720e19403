//! A moment as systems write it: RFC 3339, Python's naive `isoformat()` in UTC, or Unix seconds.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::base::{Shown, time::seconds};
use crate::signal::Value;

/// Unix seconds of the year 10000: what is above counts something smaller than seconds.
const LATEST: f64 = 253_402_300_800.0;

/// Reads a moment; `None` for a null or an empty text, which tell of none. The error says what it is instead.
pub(crate) fn read(value: &Value) -> Result<Option<Timestamp>, String> {
    match value {
        Value::Null => Ok(None),
        Value::Int(unix) => from_unix(*unix as f64).map(Some),
        Value::Number(unix) => from_unix(*unix).map(Some),
        Value::Text(text) if text.trim().is_empty() => Ok(None),
        Value::Text(text) => from_text(text.trim()).map(Some),
        other => Err(format!("{other} is no time")),
    }
}

fn from_unix(unix: f64) -> Result<Timestamp, String> {
    if unix.is_finite() && unix >= LATEST {
        return Err(format!("{unix:.0} is no time in Unix seconds: divide it by 1000.0 if it counts milliseconds"));
    }
    let since = seconds(unix).and_then(|since| SignedDuration::try_from(since).ok());
    since.and_then(|since| Timestamp::from_duration(since).ok()).ok_or_else(|| format!("{unix} is no time"))
}

fn from_text(text: &str) -> Result<Timestamp, String> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment);
    }
    if let Ok(unix) = text.parse::<f64>() {
        return from_unix(unix);
    }
    let naive = text.parse::<DateTime>().ok().and_then(|naive| naive.to_zoned(TimeZone::UTC).ok());
    naive.map(|zoned| zoned.timestamp()).ok_or_else(|| {
        let shown: String = Shown::from_remote(text).as_str().chars().take(40).collect();
        format!("'{shown}' is no time: RFC 3339 or Unix seconds")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_as_systems_write_them() {
        let want: Timestamp = "2026-11-22T08:00:00Z".parse().unwrap();
        for text in [
            "2026-11-22T08:00:00Z",
            "2026-11-22T02:00:00-06:00",
            "2026-11-22 08:00:00+00:00",
            "2026-11-22T08:00:00",
            "2026-11-22T08:00:00.000000",
            "2026-11-22 08:00:00",
            " 1795334400 ",
            "1795334400.0",
        ] {
            assert_eq!(read(&Value::from(text)), Ok(Some(want)), "{text}");
        }
        assert_eq!(read(&Value::Int(1_795_334_400)), Ok(Some(want)));
        assert_eq!(read(&Value::Number(1_795_334_400.0)), Ok(Some(want)));
        assert_eq!(read(&Value::Null), Ok(None));
        assert_eq!(read(&Value::from("")), Ok(None));
        for bad in [
            Value::from("soon"),
            Value::Int(-1),
            Value::Int(1_795_334_400_000),
            Value::Bool(true),
            Value::from("inf"),
            Value::from("2026-13-01"),
        ] {
            assert!(read(&bad).is_err(), "{bad}");
        }
    }
}
