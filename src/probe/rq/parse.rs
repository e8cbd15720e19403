//! Takes Redis replies apart: counts, names, times, tracebacks. Pure; never unpickles, and caps what it unpacks.

use std::io::Read as _;

use base64::Engine as _;
use redis::Value;

use crate::base::{Redactor, Shown};
use crate::probe::rq::keys::Bytes;

/// Lines kept of a traceback: the last ones say what happened.
pub(crate) const TRACEBACK_LINES: usize = 40;
/// Most of a compressed traceback that is unpacked.
const PACKED_CAP: usize = 64 * 1024;
/// Most that it may unpack to.
const UNPACKED_CAP: u64 = 256 * 1024;

/// A count.
pub(crate) fn count(reply: &Value) -> Option<u64> {
    match reply {
        Value::Int(n) => u64::try_from(*n).ok(),
        _ => std::str::from_utf8(bytes(reply)?).ok()?.trim().parse().ok(),
    }
}

/// A text of any kind.
pub(crate) fn bytes(reply: &Value) -> Option<&[u8]> {
    match reply {
        Value::BulkString(bytes) => Some(bytes),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => Some(text.as_bytes()),
        _ => None,
    }
}

/// A text of any kind, owned without a copy where possible.
pub(crate) fn into_bytes(reply: Value) -> Option<Bytes> {
    match reply {
        Value::BulkString(bytes) => Some(bytes.into_boxed_slice()),
        other => bytes(&other).map(Box::from),
    }
}

/// A list or set of replies.
pub(crate) fn items(reply: Value) -> Option<Vec<Value>> {
    match reply {
        Value::Array(items) | Value::Set(items) => Some(items),
        _ => None,
    }
}

/// A list or set of names.
pub(crate) fn names(reply: Value) -> Option<Vec<Bytes>> {
    items(reply).map(|items| items.into_iter().filter_map(into_bytes).collect())
}

/// A float as Redis writes it; `inf` is a score that never expires.
pub(crate) fn float(reply: &Value) -> Option<f64> {
    let number = match reply {
        Value::Double(number) => *number,
        Value::Int(n) => *n as f64,
        _ => std::str::from_utf8(bytes(reply)?).ok()?.trim().parse().ok()?,
    };
    (!number.is_nan()).then_some(number)
}

/// Members with scores: flat (RESP2), or as pairs (RESP3).
pub(crate) fn scored(reply: Value) -> Option<Vec<(Bytes, f64)>> {
    let mut scored = Vec::new();
    let mut items = items(reply)?.into_iter();
    while let Some(item) = items.next() {
        let (member, score) = match item {
            Value::Array(pair) => <[Value; 2]>::try_from(pair).ok()?.into(),
            member => (member, items.next()?),
        };
        scored.push((into_bytes(member)?, float(&score)?));
    }
    Some(scored)
}

/// Texts as remote text.
pub(crate) fn shown(bytes: &[u8]) -> Shown {
    Shown::from_remote(&String::from_utf8_lossy(bytes))
}

/// A whole number as text.
pub(crate) fn whole(bytes: &[u8]) -> Option<u64> {
    std::str::from_utf8(bytes).ok()?.trim().parse().ok()
}

/// A time as rq writes it, `2026-11-22T02:24:51.818718Z`, or an epoch, as Unix seconds.
pub(crate) fn time(bytes: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(bytes).ok()?.trim();
    let unix = |at: jiff::Timestamp| at.as_microsecond() as f64 / 1e6;
    if text.contains('T') || text.contains(' ') {
        let stamp = text.parse::<jiff::Timestamp>().ok();
        // some versions leave the Z out; it is UTC all the same
        let naive = || text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
        return stamp.or_else(|| naive().map(|at| at.timestamp())).map(unix);
    }
    text.parse().ok().filter(|at: &f64| at.is_finite() && *at >= 0.0)
}

/// The traceback in the newest entry of a job's results (`XREVRANGE rq:results:ID + - COUNT 1`): empty when there is no
/// entry or it holds none.
pub(crate) fn traceback(reply: &Value, redactor: &Redactor) -> Vec<Shown> {
    let entry = array(reply).and_then(|entries| entries.first()).and_then(array);
    let Some(fields) = entry.and_then(|entry| entry.get(1)).and_then(array) else { return Vec::new() };
    let packed = fields.chunks_exact(2).find(|pair| bytes(&pair[0]) == Some(b"exc_string"));
    packed.and_then(|pair| bytes(&pair[1])).map(|text| unpack(text, redactor)).unwrap_or_default()
}

fn array(value: &Value) -> Option<&Vec<Value>> {
    if let Value::Array(items) = value { Some(items) } else { None }
}

/// `base64(zlib(utf8))`. What is longer than the caps is cut, and says so.
fn unpack(text: &[u8], redactor: &Redactor) -> Vec<Shown> {
    let most = PACKED_CAP.div_ceil(3) * 4;
    let is_cut = text.len() > most;
    let Ok(packed) = base64::engine::general_purpose::STANDARD.decode(&text[..text.len().min(most)]) else {
        return vec![Shown::from_remote("(the traceback is not base64)")];
    };
    let mut plain = Vec::new();
    let ended = flate2::read::ZlibDecoder::new(packed.as_slice()).take(UNPACKED_CAP).read_to_end(&mut plain);
    if plain.is_empty() && ended.is_err() {
        return vec![Shown::from_remote("(the traceback is not zlib)")];
    }
    let is_cut = is_cut || ended.is_err() || plain.len() as u64 >= UNPACKED_CAP;
    let plain = redactor.redact(&String::from_utf8_lossy(&plain));
    let mut lines = Shown::lines_from_remote(plain.trim_end(), TRACEBACK_LINES);
    if is_cut {
        lines.push(Shown::from_remote("(the traceback is longer: cut here)"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    fn packed(plain: &[u8]) -> String {
        let mut encoder = flate2::read::ZlibEncoder::new(plain, flate2::Compression::default());
        let mut packed = Vec::new();
        encoder.read_to_end(&mut packed).unwrap();
        base64::engine::general_purpose::STANDARD.encode(packed)
    }

    fn result(exc: &str) -> Value {
        let fields = vec![text("type"), text("2"), text("return_value"), text("gASV"), text("exc_string"), text(exc)];
        Value::Array(vec![Value::Array(vec![text("1-0"), Value::Array(fields)])])
    }

    fn told(reply: &Value) -> Vec<Shown> {
        traceback(reply, &Redactor::default())
    }

    #[test]
    fn numbers_from_outside_stay_in_their_limits() {
        assert_eq!(count(&Value::Int(7)), Some(7));
        assert_eq!(count(&text(" 12 ")), Some(12));
        assert_eq!(count(&Value::Int(-1)), None);
        assert_eq!(count(&text("18446744073709551616")), None);
        assert_eq!(float(&text("nan")), None);
        assert_eq!(float(&text("inf")), Some(f64::INFINITY));
        assert_eq!(time(b"1e999"), None);
        assert_eq!(time(b"-5"), None);
    }

    #[test]
    fn times_of_every_version() {
        for (written, unix) in [
            ("2026-11-22T02:24:51.500000Z", Some(1_795_314_291.5)),
            ("2026-11-22T02:24:51Z", Some(1_795_314_291.0)),
            ("2026-11-22T02:24:51.500000", Some(1_795_314_291.5)),
            ("2026-11-22 02:24:51", Some(1_795_314_291.0)),
            ("1795314291.25", Some(1_795_314_291.25)),
            ("", None),
            ("yesterday", None),
            ("2026-13-40T99:00:00Z", None),
        ] {
            assert_eq!(time(written.as_bytes()), unix, "{written}");
        }
    }

    #[test]
    fn scores_come_flat_and_in_pairs() {
        let wanted = vec![(Bytes::from(&b"a"[..]), 1.5), (Bytes::from(&b"b"[..]), f64::INFINITY)];
        let flat = Value::Array(vec![text("a"), text("1.5"), text("b"), text("inf")]);
        let pairs = Value::Array(vec![
            Value::Array(vec![text("a"), Value::Double(1.5)]),
            Value::Array(vec![text("b"), Value::Double(f64::INFINITY)]),
        ]);
        assert_eq!(scored(flat), Some(wanted.clone()));
        assert_eq!(scored(pairs), Some(wanted));
        assert_eq!(scored(Value::Array(vec![text("a")])), None);
    }

    #[test]
    fn a_traceback_keeps_its_last_lines() {
        let plain = (0..100).map(|n| format!("line {n}")).collect::<Vec<_>>().join("\n");
        let lines = told(&result(&packed(plain.as_bytes())));
        assert_eq!(lines.len(), TRACEBACK_LINES);
        assert_eq!(lines.last().map(Shown::as_str), Some("line 99"));
        let hostile = told(&result(&packed(b"ValueError: \x1b[2J\n")));
        assert_eq!(hostile[0].as_str(), "ValueError: \u{241b}[2J");
    }

    #[test]
    fn a_bomb_is_cut_and_says_so() {
        let bomb = told(&result(&packed(&vec![b'x'; 64 * 1024 * 1024])));
        assert_eq!(bomb.len(), 2);
        assert_eq!(bomb[1].as_str(), "(the traceback is longer: cut here)");
        let mut noise = 1_u32;
        let long: Vec<u8> = std::iter::repeat_with(|| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            b'a' + (noise >> 24) as u8 % 26
        })
        .take(400_000)
        .collect();
        let cut = told(&result(&packed(&long)));
        assert_eq!(cut.last().map(Shown::as_str), Some("(the traceback is longer: cut here)"));
    }

    #[test]
    fn what_is_no_traceback_is_told() {
        assert_eq!(told(&result("%%%"))[0].as_str(), "(the traceback is not base64)");
        assert_eq!(told(&result("AAAA"))[0].as_str(), "(the traceback is not zlib)");
        assert!(told(&Value::Array(Vec::new())).is_empty());
        assert!(told(&Value::Nil).is_empty());
        assert!(told(&Value::Array(vec![Value::Array(vec![text("1-0"), Value::Nil])])).is_empty());
    }
}
