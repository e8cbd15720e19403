//! One cell as PostgreSQL sends it (its binary form) to a value. Pure; trusts no length.
//!
//! A null and a NaN are nothing, never a number. What is not finite, what no double holds and what we cannot read is
//! text. Times are RFC 3339: with `Z` where the column has a zone, without one where it has none. Intervals are seconds.

use std::error::Error;

use jiff::civil;
use tokio_postgres::types::{FromSql, Kind, Type};

use crate::probe::postgres::numeric;
use crate::signal::Value;

/// A cell of a row.
pub(crate) struct Cell(pub(crate) Value);

impl<'a> FromSql<'a> for Cell {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        value(kind, raw, 0).map(Cell).ok_or_else(|| "not in the form of its type".into())
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Cell(Value::Null))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// Arrays of arrays, domains of domains: no deeper.
const DEEPEST: usize = 8;
/// Bytes of a `bytea` that are told.
const MOST_BYTES: usize = 64;
/// Seconds from 1970 to 2000, from where PostgreSQL counts.
const EPOCH: i64 = 946_684_800;
/// The same in days.
const EPOCH_DAYS: i64 = 10_957;
const DAY: f64 = 86_400.0;

fn value(kind: &Type, raw: &[u8], depth: usize) -> Option<Value> {
    if depth > DEEPEST {
        return None;
    }
    match kind.kind() {
        Kind::Domain(base) => return value(base, raw, depth + 1),
        Kind::Enum(_) => return Some(text(raw)),
        Kind::Array(element) => return array(element, raw, depth),
        _ => {}
    }
    Some(match *kind {
        Type::BOOL => Value::Bool(sized::<1>(raw)? != [0]),
        Type::INT2 => Value::Int(i16::from_be_bytes(sized(raw)?).into()),
        Type::INT4 => Value::Int(i32::from_be_bytes(sized(raw)?).into()),
        Type::INT8 => Value::Int(i64::from_be_bytes(sized(raw)?)),
        Type::OID | Type::XID | Type::CID | Type::REGCLASS | Type::REGTYPE | Type::REGPROC => {
            Value::Int(u32::from_be_bytes(sized(raw)?).into())
        }
        Type::FLOAT4 => double(f32::from_be_bytes(sized(raw)?).into()),
        Type::FLOAT8 => double(f64::from_be_bytes(sized(raw)?)),
        Type::NUMERIC => numeric::value(raw)?,
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::CHAR | Type::UNKNOWN | Type::XML => text(raw),
        Type::JSON => json(raw),
        Type::JSONB => json(raw.strip_prefix(&[1])?),
        Type::TIMESTAMPTZ => instant(i64::from_be_bytes(sized(raw)?)),
        Type::TIMESTAMP => wall(i64::from_be_bytes(sized(raw)?)),
        Type::DATE => date(i32::from_be_bytes(sized(raw)?)),
        Type::TIME => time(i64::from_be_bytes(sized(raw)?))?,
        Type::INTERVAL => interval(raw)?,
        Type::UUID => Value::Text(uuid::Uuid::from_bytes(sized(raw)?).to_string()),
        Type::INET | Type::CIDR => network(raw)?,
        Type::BYTEA => bytes(raw),
        Type::PG_LSN => {
            let at = u64::from_be_bytes(sized(raw)?);
            Value::Text(format!("{:X}/{:X}", at >> 32, at & 0xFFFF_FFFF))
        }
        Type::VOID => Value::Null,
        _ if kind.name() == "citext" => text(raw),
        _ => Value::Text(format!("({}, {} bytes: select it as text)", kind.name(), raw.len())),
    })
}

fn sized<const N: usize>(raw: &[u8]) -> Option<[u8; N]> {
    raw.try_into().ok()
}

fn text(raw: &[u8]) -> Value {
    Value::Text(String::from_utf8_lossy(raw).into_owned())
}

fn double(n: f64) -> Value {
    match n {
        n if n.is_nan() => Value::Null,
        n if n.is_infinite() => Value::Text(if n > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()),
        n => Value::Number(n),
    }
}

fn json(raw: &[u8]) -> Value {
    serde_json::from_slice(raw).map_or_else(|_| text(raw), Value::from_json)
}

fn bytes(raw: &[u8]) -> Value {
    use std::fmt::Write as _;
    let mut text = "\\x".to_owned();
    for byte in raw.iter().take(MOST_BYTES) {
        // writing into a text cannot fail
        let _ = write!(text, "{byte:02x}");
    }
    if raw.len() > MOST_BYTES {
        text.push('…');
    }
    Value::Text(text)
}

/// What PostgreSQL has beyond all times.
fn endless(is_past: bool) -> Value {
    Value::from(if is_past { "-infinity" } else { "infinity" })
}

fn instant(micros: i64) -> Value {
    match at(micros) {
        Some(at) => Value::Text(at.to_string()),
        None => endless(micros < 0),
    }
}

fn wall(micros: i64) -> Value {
    match at(micros) {
        Some(at) => Value::Text(at.to_zoned(jiff::tz::TimeZone::UTC).datetime().to_string()),
        None => endless(micros < 0),
    }
}

/// None for the infinities, and for years after 9999, which nobody's clock shows.
fn at(micros: i64) -> Option<jiff::Timestamp> {
    if matches!(micros, i64::MAX | i64::MIN) {
        return None;
    }
    jiff::Timestamp::from_microsecond(micros.checked_add(EPOCH * 1_000_000)?).ok()
}

fn date(days: i32) -> Value {
    let at = jiff::Timestamp::from_second((i64::from(days) + EPOCH_DAYS).saturating_mul(86_400));
    match at {
        Ok(at) if !matches!(days, i32::MAX | i32::MIN) => {
            Value::Text(at.to_zoned(jiff::tz::TimeZone::UTC).date().to_string())
        }
        _ => endless(days < 0),
    }
}

fn time(micros: i64) -> Option<Value> {
    let span = jiff::SignedDuration::from_micros(micros);
    // midnight at the end of the day
    if micros == 86_400_000_000 {
        return Some(Value::from("24:00:00"));
    }
    (0..86_400_000_000)
        .contains(&micros)
        .then(|| civil::Time::midnight().checked_add(span).ok())?
        .map(|time| Value::Text(time.to_string()))
}

/// In seconds, months and years as PostgreSQL's `extract(epoch from …)` counts them.
fn interval(raw: &[u8]) -> Option<Value> {
    let micros = i64::from_be_bytes(sized(raw.get(..8)?)?);
    let days = i32::from_be_bytes(sized(raw.get(8..12)?)?);
    let months = i32::from_be_bytes(sized(raw.get(12..)?)?);
    let years = f64::from(months / 12) * 365.25 * DAY;
    Some(Value::number(years + f64::from(months % 12) * 30.0 * DAY + f64::from(days) * DAY + micros as f64 / 1e6))
}

fn network(raw: &[u8]) -> Option<Value> {
    let [family, bits, is_cidr, _, address @ ..] = raw else { return None };
    let (address, most) = match family {
        2 => (std::net::IpAddr::from(sized::<4>(address)?), 32),
        3 => (std::net::IpAddr::from(sized::<16>(address)?), 128),
        _ => return None,
    };
    let is_bare = *is_cidr == 0 && *bits == most;
    Some(Value::Text(if is_bare { address.to_string() } else { format!("{address}/{bits}") }))
}

fn array(element: &Type, raw: &[u8], depth: usize) -> Option<Value> {
    let mut reader = Reader(raw);
    let dimensions = usize::try_from(reader.int()?).ok()?;
    let (_has_nulls, _element) = (reader.int()?, reader.int()?);
    if dimensions > DEEPEST {
        return None;
    }
    let lengths: Vec<usize> = (0..dimensions)
        .map(|_| {
            let length = usize::try_from(reader.int()?).ok()?;
            reader.int().map(|_lower| length)
        })
        .collect::<Option<_>>()?;
    if lengths.is_empty() {
        return Some(Value::from(Vec::new()));
    }
    items(element, &lengths, &mut reader, depth)
}

fn items(element: &Type, lengths: &[usize], reader: &mut Reader<'_>, depth: usize) -> Option<Value> {
    let Some((length, inner)) = lengths.split_first() else {
        let Ok(size) = usize::try_from(reader.int()?) else { return Some(Value::Null) };
        return value(element, reader.take(size)?, depth + 1);
    };
    // what is not there ends it: a length costs nothing by itself
    let mut list = Vec::new();
    for _ in 0..*length {
        list.push(items(element, inner, reader, depth)?);
    }
    list.truncate(Value::MOST);
    Some(Value::from(list))
}

struct Reader<'r>(&'r [u8]);

impl<'r> Reader<'r> {
    fn take(&mut self, size: usize) -> Option<&'r [u8]> {
        let (head, rest) = self.0.split_at_checked(size)?;
        self.0 = rest;
        Some(head)
    }

    fn int(&mut self) -> Option<i32> {
        Some(i32::from_be_bytes(sized(self.take(4)?)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: &Type, raw: &[u8]) -> Option<Value> {
        value(kind, raw, 0)
    }

    #[test]
    fn what_is_beyond_numbers_and_times_is_text_or_nothing() {
        for (kind, raw, expected) in [
            (Type::FLOAT8, f64::NAN.to_be_bytes().to_vec(), Value::Null),
            (Type::FLOAT8, f64::NEG_INFINITY.to_be_bytes().to_vec(), "-Infinity".into()),
            (Type::FLOAT4, f32::INFINITY.to_be_bytes().to_vec(), "Infinity".into()),
            (Type::TIMESTAMPTZ, i64::MAX.to_be_bytes().to_vec(), "infinity".into()),
            (Type::TIMESTAMP, i64::MIN.to_be_bytes().to_vec(), "-infinity".into()),
            (Type::TIMESTAMPTZ, (i64::MAX - 1).to_be_bytes().to_vec(), "infinity".into()),
            (Type::DATE, i32::MAX.to_be_bytes().to_vec(), "infinity".into()),
            (Type::TIMESTAMPTZ, 0_i64.to_be_bytes().to_vec(), "2000-01-01T00:00:00Z".into()),
            (Type::TIMESTAMP, 1_500_000_i64.to_be_bytes().to_vec(), "2000-01-01T00:00:01.5".into()),
            (Type::DATE, (-1_i32).to_be_bytes().to_vec(), "1999-12-31".into()),
        ] {
            assert_eq!(read(&kind, &raw), Some(expected), "{kind} {raw:?}");
        }
    }

    #[test]
    fn cells_that_are_not_what_they_say_are_none() {
        let long = |n: i32| [1, 0, 23, n, 1].iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<u8>>();
        for (kind, raw) in [
            (Type::INT4, vec![1, 2, 3]),
            (Type::BOOL, vec![]),
            (Type::JSONB, vec![2, b'1']),
            (Type::TIME, i64::MAX.to_be_bytes().to_vec()),
            (Type::INTERVAL, vec![0; 15]),
            (Type::INET, vec![2, 32, 0, 4, 1]),
            (Type::INT4_ARRAY, long(i32::MAX)),
            (Type::INT4_ARRAY, long(-1)),
            (Type::INT4_ARRAY, i32::MAX.to_be_bytes().to_vec()),
        ] {
            assert_eq!(read(&kind, &raw), None, "{kind} {raw:?}");
        }
    }
}
