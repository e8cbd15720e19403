//! What a line is: its text, the JSON in it, the time that it tells. Pure.
//!
//! A record of the journal (`journalctl -o json`) or of Docker's log files wraps the program's own line, which is what
//! people wrote patterns for: it is unwrapped.

use jiff::Timestamp;

use crate::probe::http::json;
use crate::probe::log::lines::plain;
use crate::signal::Value;

/// A line.
#[derive(Debug, PartialEq)]
pub(super) struct Record {
    /// As a person reads it.
    pub(super) text: String,
    /// The object that it is, where it is one.
    pub(super) json: Option<Value>,
    /// When it was written, in Unix seconds, where it tells that.
    pub(super) time: Option<f64>,
}

impl Record {
    /// Reads a line.
    pub(super) fn of(line: &[u8]) -> Self {
        let text = plain(line);
        let Some(object) = object(&text) else {
            let time = leading_time(&text);
            return Self { text, json: None, time };
        };
        let own = time_of(&object);
        let Some(inner) = wrapped(&object) else { return Self { text, json: Some(object), time: own } };
        let text = plain(inner.as_bytes());
        let json = self::object(&text);
        let time = own.or_else(|| json.as_ref().and_then(time_of));
        Self { text, json: json.or(Some(object)), time }
    }
}

fn object(text: &str) -> Option<Value> {
    let text = text.trim();
    text.starts_with('{').then(|| json::parse(text.as_bytes()).ok()).flatten()
}

/// The program's own line in the record of a collector.
fn wrapped(object: &Value) -> Option<&str> {
    let journal = object.get("MESSAGE").filter(|_| object.get("__REALTIME_TIMESTAMP").is_some());
    let docker = object.get("log").filter(|_| object.get("stream").is_some());
    journal.or(docker).and_then(Value::as_str)
}

/// The time of an object: a date, or a number of seconds, milliseconds, microseconds or nanoseconds since 1970.
fn time_of(object: &Value) -> Option<f64> {
    const NAMES: [&str; 6] = ["__REALTIME_TIMESTAMP", "time", "timestamp", "@timestamp", "ts", "t"];
    NAMES.iter().filter_map(|name| object.get(name)).find_map(|value| match value {
        Value::Text(text) => date(text).or_else(|| text.parse().ok().and_then(since_1970)),
        other => other.as_f64().and_then(since_1970),
    })
}

fn since_1970(number: f64) -> Option<f64> {
    [1.0, 1e3, 1e6, 1e9].iter().map(|unit| number / unit).find(|seconds| (1e9..1e10).contains(seconds))
}

fn date(text: &str) -> Option<f64> {
    let time: Timestamp = text.parse().ok()?;
    Some(time.as_microsecond() as f64 / 1e6)
}

/// `2026-11-22T02:50:00Z …`: a date with its zone at the beginning of a text. One without a zone tells no time.
fn leading_time(text: &str) -> Option<f64> {
    let text = text.trim_start_matches(['[', '<']);
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let word = text.split([' ', ']', '>', '\t', '|']).next()?;
    date(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_tell_their_time_in_many_ways_and_only_with_a_zone() {
        let at = 1_795_315_800.0;
        for line in [
            r#"{"time":1795315800000,"level":50}"#,
            r#"{"time":"2026-11-22T02:50:00Z"}"#,
            r#"{"ts":1795315800.0}"#,
            r#"{"timestamp":"2026-11-22T03:50:00+01:00"}"#,
            r#"{"__REALTIME_TIMESTAMP":"1795315800000000","MESSAGE":"x"}"#,
            "2026-11-22T02:50:00.000Z ERROR x",
            "[2026-11-22T02:50:00Z] x",
        ] {
            assert_eq!(Record::of(line.as_bytes()).time, Some(at), "{line}");
        }
        for line in ["2026-11-22 02:50:00,123 ERROR", "x", "", "{\"time\":3}", "{\"time\":\"soon\"}", "12 monkeys"] {
            assert_eq!(Record::of(line.as_bytes()).time, None, "{line}");
        }
    }

    #[test]
    fn what_a_collector_wrapped_is_unwrapped() {
        let journal =
            br#"{"__REALTIME_TIMESTAMP":"1795315800000000","_PID":"7","MESSAGE":"{\"responseTime\":6000,\"msg\":\"m\"}"}"#;
        let record = Record::of(journal);
        assert_eq!(record.text, r#"{"responseTime":6000,"msg":"m"}"#);
        assert_eq!(record.json.unwrap().get("responseTime"), Some(&Value::Int(6000)));
        let plain = Record::of(br#"{"log":"ERROR x\n","stream":"stdout","time":"2026-11-22T02:50:00Z"}"#);
        assert_eq!((plain.text.as_str(), plain.time), ("ERROR x", Some(1_795_315_800.0)));
        assert!(plain.json.is_some_and(|json| json.get("stream").is_some()));
        assert_eq!(Record::of(b"{ not json").json, None);
        assert_eq!(Record::of(b"[1]").json, None);
    }
}
