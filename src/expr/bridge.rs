//! Our values as CEL values and back. Texts are borrowed, objects are looked into only where an expression asks; lists
//! are laid out once, without their objects.

use std::sync::OnceLock;

use cel::ExecutionError;
use cel::common::traits::{Container, Indexer, Iterable, Iterator as CelIterator, Sizer};
use cel::common::types::{
    CelBool, CelBytes, CelDouble, CelInt, CelList, CelNull, CelString, CelType, CelUInt, Kind, MAP_TYPE, Type,
};
use cel::common::value::{CowVal, Val};
use indexmap::IndexMap;

use crate::signal::Value;

/// A value as CEL sees it.
pub(super) fn to_cel(value: &Value) -> Box<dyn Val + '_> {
    match value {
        Value::Bool(b) => Box::new(CelBool::from(*b)),
        Value::Int(i) => Box::new(CelInt::from(*i)),
        Value::Number(n) => Box::new(CelDouble::from(*n)),
        Value::Text(text) => Box::new(CelString::from(text.as_str())),
        Value::List(list) => Box::new(CelList::from(list.iter().map(to_cel).collect::<Vec<_>>())),
        Value::Map(map) => Box::new(Object { map, keys: OnceLock::new() }),
        Value::Null => Box::new(CelNull),
    }
}

/// A CEL value as ours. What is not finite becomes text; an object made by an expression is sorted by its keys.
pub(super) fn from_cel(value: &dyn Val) -> Result<Value, String> {
    let own = match value.get_type().kind() {
        Kind::Boolean => value.downcast_ref::<CelBool>().map(|b| Value::Bool(*b.inner())),
        Kind::Int => value.downcast_ref::<CelInt>().map(|i| Value::Int(*i.inner())),
        Kind::UInt => value.downcast_ref::<CelUInt>().map(|u| {
            let u = *u.inner();
            i64::try_from(u).map_or(Value::Number(u as f64), Value::Int)
        }),
        Kind::Double => value.downcast_ref::<CelDouble>().map(|n| Value::number(*n.inner())),
        Kind::String => value.downcast_ref::<CelString<'_>>().map(|text| Value::from(text.inner())),
        Kind::NullType => Some(Value::Null),
        Kind::Type => value.downcast_ref::<CelType>().map(|ty| Value::from(ty.name())),
        Kind::Bytes => value
            .downcast_ref::<CelBytes<'_>>()
            .map(|bytes| Value::Text(String::from_utf8_lossy(bytes.inner()).into_owned())),
        Kind::List => return elements(value).map(Value::from),
        Kind::Map => return object(value),
        _ => None,
    };
    own.ok_or_else(|| format!("{} is no value that can be kept", value.get_type().name()))
}

fn elements(value: &dyn Val) -> Result<Vec<Value>, String> {
    let mut elements = Vec::new();
    let Some(iterable) = value.as_iterable() else { return Ok(elements) };
    let mut iterator = iterable.iter();
    while let Some(element) = iterator.next() {
        elements.push(from_cel(element)?);
    }
    Ok(elements)
}

fn object(value: &dyn Val) -> Result<Value, String> {
    let mut map = IndexMap::new();
    if let (Some(iterable), Some(indexer)) = (value.as_iterable(), value.as_indexer()) {
        let mut keys = iterable.iter();
        while let Some(key) = keys.next() {
            let field = indexer.get(key).map_err(|error| error.to_string())?;
            map.insert(from_cel(key)?.to_string(), from_cel(field.as_ref())?);
        }
    }
    map.sort_keys();
    Ok(Value::Map(map))
}

/// An object that is looked into field by field.
#[derive(Debug)]
struct Object<'a> {
    map: &'a IndexMap<String, Value>,
    /// Laid out when something iterates over it.
    keys: OnceLock<Vec<CelString<'a>>>,
}

impl Val for Object<'_> {
    fn get_type(&self) -> &Type {
        &MAP_TYPE
    }
    fn cel_type() -> &'static Type {
        &MAP_TYPE
    }
    fn as_indexer<'b, 'v>(&'b self) -> Option<&'b (dyn Indexer + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }
    fn as_container(&self) -> Option<&dyn Container> {
        Some(self)
    }
    fn as_iterable<'b, 'v>(&'b self) -> Option<&'b (dyn Iterable + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }
    fn as_sizer(&self) -> Option<&dyn Sizer> {
        Some(self)
    }
    fn equals(&self, other: &dyn Val) -> bool {
        let same_size = other.as_sizer().is_some_and(|other| other.size() == self.size());
        let Some(indexer) = other.as_indexer().filter(|_| same_size) else { return false };
        self.map.iter().all(|(key, value)| {
            indexer.get(&CelString::from(key.as_str())).is_ok_and(|other| to_cel(value).equals(other.as_ref()))
        })
    }
    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
    where
        Self: 'v,
    {
        Box::new(Self { map: self.map, keys: OnceLock::new() })
    }
}

impl Indexer for Object<'_> {
    fn get<'b, 'v>(&'b self, key: &dyn Val) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        let key = key.downcast_ref::<CelString<'_>>().ok_or_else(|| ExecutionError::no_such_key("that is no text"))?;
        let value = self.map.get(key.inner()).ok_or_else(|| ExecutionError::no_such_key(key.inner()))?;
        Ok(CowVal::Owned(to_cel(value)))
    }

    fn steal<'v>(self: Box<Self>, key: &dyn Val) -> Result<Box<dyn Val + 'v>, ExecutionError>
    where
        Self: 'v,
    {
        self.get(key).map(CowVal::into_owned)
    }
}

impl Container for Object<'_> {
    fn contains(&self, key: &dyn Val) -> Result<bool, ExecutionError> {
        Ok(key.downcast_ref::<CelString<'_>>().is_some_and(|key| self.map.contains_key(key.inner())))
    }
}

impl Sizer for Object<'_> {
    fn size(&self) -> CelInt {
        i64::try_from(self.map.len()).unwrap_or(i64::MAX).into()
    }
}

impl Iterable for Object<'_> {
    fn iter<'b, 'v>(&'b self) -> Box<dyn CelIterator<'b, 'v> + 'b>
    where
        Self: 'v,
    {
        let keys = self.keys.get_or_init(|| self.map.keys().map(|key| CelString::from(key.as_str())).collect());
        Box::new(Keys(keys.iter()))
    }
}

struct Keys<'b, 'a>(std::slice::Iter<'b, CelString<'a>>);

impl<'b, 'v, 'a: 'v> CelIterator<'b, 'v> for Keys<'b, 'a> {
    fn next(&mut self) -> Option<&'b (dyn Val + 'v)> {
        self.0.next().map(|key| key as &(dyn Val + 'v))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_both_ways() {
        let json = serde_json::json!({"a": [1, 2.5, "x", null, {"b": true, "c": []}], "z": -7, "empty": {}});
        let value = Value::from_json(json);
        let Value::Map(map) = &value else { panic!() };
        assert_eq!(from_cel(to_cel(&value).as_ref()).unwrap(), Value::Map(map.clone()));
        assert!(to_cel(&value).equals(to_cel(&value).as_ref()));
        assert!(!to_cel(&value).equals(to_cel(&Value::Map(IndexMap::new())).as_ref()));
    }

    #[test]
    fn what_is_not_finite_becomes_text() {
        assert_eq!(from_cel(&CelDouble::from(f64::INFINITY)).unwrap(), Value::from("inf"));
        assert_eq!(from_cel(&CelUInt::from(u64::MAX)).unwrap(), Value::Number(u64::MAX as f64));
    }
}
