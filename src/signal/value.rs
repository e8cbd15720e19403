//! The value of a signal. Numbers from outside are kept finite; what is not finite stays text.

use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;

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
}
