//! JSON straight into values, without a tree between: strict where the common parsers are lenient. Pure.
//!
//! A key that comes twice, a byte-order mark, bytes that are no UTF-8, NaN, 1e999 and a nesting above 128 are errors, not
//! guesses.

use std::fmt;

use indexmap::IndexMap;
use indexmap::map::Entry;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::base::Shown;
use crate::signal::Value;

/// Parses a body. The error is a sentence without its subject: `JSON: key "status" comes twice at line 1 column 9`.
pub(in crate::probe) fn parse(bytes: &[u8]) -> Result<Value, String> {
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err("a byte-order mark before the JSON".to_owned());
    }
    let text = std::str::from_utf8(bytes).map_err(|error| format!("not UTF-8 at byte {}", error.valid_up_to()))?;
    let mut parser = serde_json::Deserializer::from_str(text);
    let parsed = Strict.deserialize(&mut parser).and_then(|value| parser.end().map(|()| value));
    parsed.map_err(|error| format!("JSON: {}", Shown::from_remote(&error.to_string())))
}

#[derive(Clone, Copy)]
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, parser: D) -> Result<Value, D::Error> {
        parser.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E>(self, int: i64) -> Result<Value, E> {
        Ok(Value::Int(int))
    }

    fn visit_u64<E>(self, int: u64) -> Result<Value, E> {
        // above i64 a whole number is kept as the nearest double
        Ok(i64::try_from(int).map_or_else(|_| Value::number(int as f64), Value::Int))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        // -0 is 0: it would print as a sign without a number behind it
        Ok(Value::number(if number == 0.0 { 0.0 } else { number }))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element_seed(Strict)? {
            list.push(element);
            if list.len() == Value::MOST {
                while elements.next_element::<IgnoredAny>()?.is_some() {}
            }
        }
        Ok(Value::List(list.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = IndexMap::new();
        while let Some(key) = entries.next_key::<String>()? {
            if map.len() == Value::MOST {
                entries.next_value::<IgnoredAny>()?;
                continue;
            }
            match map.entry(key) {
                Entry::Vacant(free) => free.insert(entries.next_value_seed(Strict)?),
                Entry::Occupied(twice) => {
                    return Err(A::Error::custom(format_args!("key \"{}\" comes twice", twice.key())));
                }
            };
        }
        Ok(Value::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_kept_as_they_are() {
        for (json, value) in [
            ("51", Value::Int(51)),
            ("0.5", Value::Number(0.5)),
            ("-0", Value::Number(0.0)),
            ("1e-400", Value::Number(0.0)),
            ("18446744073709551616", Value::Number(18_446_744_073_709_551_616.0)),
            ("null", Value::Null),
            ("\"12\"", Value::Text("12".into())),
            (" [true, {}] ", Value::List([Value::Bool(true), Value::Map(IndexMap::new())].into())),
        ] {
            assert_eq!(parse(json.as_bytes()), Ok(value), "{json}");
        }
    }

    #[test]
    fn what_others_let_pass_is_malformed() {
        for (body, words) in [
            (
                &b"{\"status\":\"healthy\",\"status\":\"down\"}"[..],
                "JSON: key \"status\" comes twice at line 1 column 28",
            ),
            (b"{\"a\":NaN}", "JSON: expected value at line 1 column 6"),
            (b"[Infinity]", "JSON: expected value at line 1 column 2"),
            (b"[1e999]", "JSON: number out of range at line 1 column 6"),
            (b"\xef\xbb\xbf{}", "a byte-order mark before the JSON"),
            (b"{\"a\":\"\xff\"}", "not UTF-8 at byte 6"),
            (b"{\x00}\x00", "JSON: key must be a string at line 1 column 2"),
            (b"[\"\\ud800\"]", "JSON: unexpected end of hex escape at line 1 column 9"),
            (b"{} x", "JSON: trailing characters at line 1 column 4"),
            (b"", "JSON: EOF while parsing a value at line 1 column 0"),
            (b"{\"a\":1", "JSON: EOF while parsing an object at line 1 column 6"),
        ] {
            assert_eq!(parse(body), Err(words.to_owned()), "{}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn nesting_ends_before_the_stack_does() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let deepest = parse(nested(127).as_bytes()).unwrap();
        assert_eq!(deepest.clone(), deepest);
        assert!(parse(nested(100_000).as_bytes()).unwrap_err().starts_with("JSON: recursion limit exceeded"));
    }

    #[test]
    fn long_lists_are_cut_and_checked_to_their_end() {
        let long = format!("[{}1]", "1,".repeat(Value::MOST + 5));
        assert_eq!(parse(long.as_bytes()).unwrap().as_list().map(<[Value]>::len), Some(Value::MOST));
        let broken = format!("[{}NaN]", "1,".repeat(Value::MOST + 5));
        assert!(parse(broken.as_bytes()).is_err());
    }
}
