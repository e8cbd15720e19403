//! The value of a signal. Numbers from outside are kept finite; what is not finite stays text.

use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::base::Redactor;

/// A value as learnt from a probe. There is no null: a null is a missing reading.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// true or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A finite number.
    Number(f64),
    /// Any text, as received: pass it through `Shown` before it is shown.
    Text(String),
    /// A list, shared: a copy costs nothing. At most [`Value::MOST`] elements are kept.
    List(Arc<[Value]>),
    /// An object, in the order received.
    Map(IndexMap<String, Value>),
    /// An explicit null inside a list or an object.
    Null,
}

impl Value {
    /// Longest list or object that is kept from a body.
    pub const MOST: usize = 10_000;

    /// The same without the secrets in its texts. What holds none stays what it is: a shared list stays shared.
    #[must_use]
    pub fn redacted(self, redactor: &Redactor) -> Self {
        if !self.leaks(redactor) {
            return self;
        }
        match self {
            Value::Text(text) => Value::Text(redactor.redact(&text)),
            Value::List(list) => Value::List(list.iter().cloned().map(|value| value.redacted(redactor)).collect()),
            Value::Map(map) => Value::Map(
                map.into_iter().map(|(key, value)| (redactor.redact(&key), value.redacted(redactor))).collect(),
            ),
            other => other,
        }
    }

    fn leaks(&self, redactor: &Redactor) -> bool {
        match self {
            Value::Text(text) => redactor.finds(text),
            Value::List(list) => list.iter().any(|value| value.leaks(redactor)),
            Value::Map(map) => map.iter().any(|(key, value)| redactor.finds(key) || value.leaks(redactor)),
            Value::Bool(_) | Value::Int(_) | Value::Number(_) | Value::Null => false,
        }
    }

    /// A number, or text where it is not finite: NaN and inf never enter arithmetic.
    pub fn number(n: f64) -> Self {
        if n.is_finite() { Value::Number(n) } else { Value::Text(n.to_string()) }
    }

    /// A count, saturating at `i64::MAX`.
    pub fn count(n: u64) -> Self {
        Value::Int(i64::try_from(n).unwrap_or(i64::MAX))
    }

    /// As a number for charts and thresholds: ints, numbers; booleans as 0 and 1.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Value::Bool(b) => Some(f64::from(u8::from(*b))),
            Value::Int(i) => Some(*i as f64),
            Value::Number(n) => Some(*n),
            _ => None,
        }
    }

    /// As text, if it is text.
    pub fn as_str(&self) -> Option<&str> {
        if let Value::Text(text) = self { Some(text) } else { None }
    }

    /// As a list, if it is one.
    pub fn as_list(&self) -> Option<&[Value]> {
        if let Value::List(list) = self { Some(list) } else { None }
    }

    /// As a boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Value::Bool(b) = self { Some(*b) } else { None }
    }

    /// A field of an object.
    pub fn get(&self, field: &str) -> Option<&Value> {
        if let Value::Map(map) = self { map.get(field) } else { None }
    }

    /// As JSON, for `check --format json`.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Value::Bool(b) => (*b).into(),
            Value::Int(i) => (*i).into(),
            Value::Number(n) => (*n).into(),
            Value::Text(text) => text.clone().into(),
            Value::List(list) => list.iter().map(Value::to_json).collect(),
            Value::Map(map) => serde_json::Value::Object(map.iter().map(|(k, v)| (k.clone(), v.to_json())).collect()),
            Value::Null => serde_json::Value::Null,
        }
    }

    /// From parsed JSON. Integers beyond `i64` become numbers; longer lists than [`Value::MOST`] are cut.
    pub fn from_json(json: serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(b) => Value::Bool(b),
            serde_json::Value::Number(n) => {
                n.as_i64().map_or_else(|| Value::number(n.as_f64().unwrap_or(f64::NAN)), Value::Int)
            }
            serde_json::Value::String(text) => Value::Text(text),
            serde_json::Value::Array(list) => {
                Value::List(list.into_iter().take(Self::MOST).map(Self::from_json).collect())
            }
            serde_json::Value::Object(map) => {
                Value::Map(map.into_iter().take(Self::MOST).map(|(k, v)| (k, Self::from_json(v))).collect())
            }
        }
    }
}

/// Short and unquoted, for evidence lines: `51`, `612.4`, `healthy`, `[3]`.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Bool(b) => write!(f, "{b}"),
            Value::Int(i) => write!(f, "{i}"),
            Value::Number(n) if n.fract() == 0.0 && n.abs() < 1e15 => write!(f, "{n:.0}"),
            Value::Number(n) if n.abs() >= 100.0 => write!(f, "{n:.1}"),
            Value::Number(n) => {
                let text = format!("{n:.3}");
                f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
            }
            Value::Text(text) => f.write_str(crate::base::Shown::from_remote(text).as_str()),
            Value::List(list) => write!(f, "[{}]", list.len()),
            Value::Map(map) => write!(f, "{{{}}}", map.len()),
            Value::Null => f.write_str("null"),
        }
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Value::Bool(b)
    }
}
impl From<i64> for Value {
    fn from(i: i64) -> Self {
        Value::Int(i)
    }
}
impl From<f64> for Value {
    fn from(n: f64) -> Self {
        Value::number(n)
    }
}
impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}
impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}
impl From<Vec<Value>> for Value {
    fn from(list: Vec<Value>) -> Self {
        Value::List(list.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_print_short() {
        for (value, text) in [
            (Value::Number(1645.3), "1645.3"),
            (Value::Number(3.0), "3"),
            (Value::Number(0.1250), "0.125"),
            (Value::Int(51), "51"),
            (Value::Text("a\u{1b}b".into()), "a\u{241b}b"),
        ] {
            assert_eq!(value.to_string(), text);
        }
    }

    #[test]
    fn what_is_not_finite_is_no_number() {
        assert_eq!(Value::number(f64::NAN).as_f64(), None);
        assert_eq!(
            Value::from_json(serde_json::json!(18_446_744_073_709_551_615_u64)).as_f64(),
            Some(1.844_674_407_370_955_2e19)
        );
    }
    #[test]
    fn a_secret_is_taken_out_of_every_depth_and_a_list_without_one_is_not_copied() {
        let redactor = Redactor::new([&crate::base::Secret::new("s3cret-key".into())]);
        let list = |texts: &[&str]| Value::List(texts.iter().map(|text| Value::from(*text)).collect());
        let deep = |list: Value| Value::Map(IndexMap::from([("k".to_owned(), list), ("n".to_owned(), Value::Int(1))]));
        let told = deep(list(&["a s3cret-key b", "redis://:pw@h/0", "c"])).redacted(&redactor);
        assert_eq!(told, deep(list(&["a *** b", "redis://***@h/0", "c"])));
        let Value::List(shared) = list(&["a", "http://h/@"]) else { unreachable!() };
        let Value::List(after) = Value::List(Arc::clone(&shared)).redacted(&redactor) else { unreachable!() };
        assert!(Arc::ptr_eq(&shared, &after));
    }
}
