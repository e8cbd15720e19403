//! INFO of a Redis server: text to fields, fields to signals and trouble. Pure.

use indexmap::IndexMap;

use crate::base::{Cause, Missing, SignalName};
use crate::probe::{Measured, ProbeError};
use crate::signal::Value;

/// The fields of INFO by name.
pub(super) type Fields = IndexMap<String, Value>;

/// More fields than any server has are not kept.
const MOST_FIELDS: usize = 2000;

/// Parses INFO. Whole numbers become ints and decimal ones doubles; what merely looks like a number (a version, an id)
/// stays text.
pub(super) fn fields(text: &str) -> Fields {
    let lines = text.lines().map(str::trim_end).filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.split_once(':')).take(MOST_FIELDS);
    pairs.map(|(name, value)| (name.to_owned(), typed(name, value))).collect()
}

fn typed(name: &str, value: &str) -> Value {
    let is_name = ["version", "sha1", "id", "replid", "replid2", "name", "host"]
        .iter()
        .any(|end| name.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('_')));
    if is_name && name != "process_id" {
        return Value::Text(value.to_owned());
    }
    match value.parse::<i64>() {
        // 007 and +7 are no numbers of INFO
        Ok(int) if int.to_string() == value => Value::Int(int),
        _ if value.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-') => {
            value.parse().map_or_else(|_| Value::Text(value.to_owned()), Value::number)
        }
        _ => Value::Text(value.to_owned()),
    }
}

/// Why a server that answers cannot serve, as its INFO says.
pub(super) fn trouble(fields: &Fields) -> Option<ProbeError> {
    let int = |name| whole(fields, name).ok();
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    if int("loading") == Some(1) {
        let left = fields.get("loading_eta_seconds").map(|eta| format!(", {eta} s left")).unwrap_or_default();
        return Some(ProbeError::new(Cause::Loading, format!("loading the data set{left}")));
    }
    if is_orphaned_replica(fields) {
        return Some(ProbeError::new(Cause::Busy, "replica: the link to its master is down"));
    }
    let (used, most) = (int("used_memory")?, int("maxmemory")?);
    let full = most > 0 && used >= most && text("maxmemory_policy") == Some("noeviction");
    let words = || format!("out of memory: {used} B used of maxmemory {most} B, writes are refused");
    full.then(|| ProbeError::new(Cause::Busy, words()))
}

/// True of a replica that has lost its master.
pub(super) fn is_orphaned_replica(fields: &Fields) -> bool {
    let is = |name: &str, value| fields.get(name).and_then(Value::as_str) == Some(value);
    is("role", "slave") && is("master_link_status", "down")
}

/// The signals of the `redis` probe; all of them missing for the same reason where there is no INFO.
pub(super) fn signals(fields: &Result<Fields, ProbeError>) -> Vec<Measured> {
    type Read = fn(&Fields) -> Result<Value, Missing>;
    let table: [(&str, Option<&str>, Read); 14] = [
        ("memory_used_bytes", Some("B"), |f| whole(f, "used_memory").map(Value::Int)),
        // as the server says it: 0 stands for no limit
        ("memory_max_bytes", Some("B"), |f| whole(f, "maxmemory").map(Value::Int)),
        ("memory_ratio", None, |f| Ok(Value::number(whole(f, "used_memory")? as f64 / limit(f)? as f64))),
        ("clients", None, |f| whole(f, "connected_clients").map(Value::Int)),
        ("role", None, |f| text(f, "role")),
        ("loading", None, |f| whole(f, "loading").map(|flag| Value::Bool(flag != 0))),
        ("uptime_s", Some("s"), |f| whole(f, "uptime_in_seconds").map(Value::Int)),
        ("version", None, |f| text(f, "redis_version")),
        ("persistence_ok", None, persistence),
        ("aof_enabled", None, |f| whole(f, "aof_enabled").map(|flag| Value::Bool(flag != 0))),
        ("evicted_keys", None, |f| whole(f, "evicted_keys").map(Value::Int)),
        ("ops_per_s", Some("/s"), |f| whole(f, "instantaneous_ops_per_sec").map(Value::Int)),
        ("rejected_connections", None, |f| whole(f, "rejected_connections").map(Value::Int)),
        ("hit_rate", None, hit_rate),
    ];
    let rows = table.into_iter().filter_map(|(name, unit, read)| {
        let value = match fields {
            Ok(fields) => read(fields),
            Err(error) => Err(error.missing()),
        };
        SignalName::new(name).ok().map(|name| Measured {
            name,
            value,
            unit: unit.map(str::to_owned),
            course: Vec::new(),
        })
    });
    rows.collect()
}

fn absent(name: &str) -> Missing {
    Missing::NotReported { text: format!("INFO has no {name}") }
}

fn whole(fields: &Fields, name: &str) -> Result<i64, Missing> {
    match fields.get(name) {
        Some(Value::Int(int)) => Ok(*int),
        Some(other) => Err(Missing::NotReported { text: format!("INFO's {name} is '{other}', not a number") }),
        None => Err(absent(name)),
    }
}

fn text(fields: &Fields, name: &str) -> Result<Value, Missing> {
    fields.get(name).cloned().ok_or_else(|| absent(name))
}

/// The memory that there is a share of; none where `maxmemory` is 0.
fn limit(fields: &Fields) -> Result<i64, Missing> {
    match whole(fields, "maxmemory")? {
        most if most > 0 => Ok(most),
        _ => Err(Missing::NotReported { text: "no maxmemory set".to_owned() }),
    }
}

/// False when the last save to disk failed.
fn persistence(fields: &Fields) -> Result<Value, Missing> {
    let is_ok = |name: &str| fields.get(name).map(|status| status.as_str() == Some("ok"));
    let rdb = is_ok("rdb_last_bgsave_status").ok_or_else(|| absent("rdb_last_bgsave_status"))?;
    Ok(Value::Bool(rdb && is_ok("aof_last_write_status") != Some(false)))
}

fn hit_rate(fields: &Fields) -> Result<Value, Missing> {
    let (hits, misses) = (whole(fields, "keyspace_hits")?, whole(fields, "keyspace_misses")?);
    match hits.saturating_add(misses) {
        0 => Err(Missing::NotReported { text: "no key was looked up yet".to_owned() }),
        all => Ok(Value::number(hits as f64 / all as f64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INFO: &str = "# Server\r\nredis_version:7.2\r\nredis_git_sha1:00000000\r\nprocess_id:42\r\n\
        uptime_in_seconds:90\r\n# Memory\r\nused_memory:1024\r\nmaxmemory:4096\r\nmaxmemory_policy:noeviction\r\n\
        mem_fragmentation_ratio:1.50\r\nused_memory_human:1.00K\r\nrole:master\r\nloading:0\r\nkeyspace_hits:3\r\n\
        keyspace_misses:1\r\nrdb_last_bgsave_status:ok\r\naof_last_write_status:err\r\nodd:nan\r\n";

    fn with(changes: &[(&str, &str)]) -> Fields {
        let mut fields = fields(INFO);
        fields.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), typed(name, value))));
        fields
    }

    fn value(fields: Fields, name: &str) -> Result<Value, Missing> {
        signals(&Ok(fields)).into_iter().find(|signal| signal.name.to_string() == name).expect(name).value
    }

    #[test]
    fn numbers_are_numbers_and_names_are_text() {
        let fields = fields(INFO);
        assert_eq!(fields["used_memory"], Value::Int(1024));
        assert_eq!(fields["mem_fragmentation_ratio"], Value::Number(1.5));
        assert_eq!(fields["process_id"], Value::Int(42));
        for (name, text) in [("redis_version", "7.2"), ("redis_git_sha1", "00000000"), ("odd", "nan")] {
            assert_eq!(fields[name], Value::Text(text.to_owned()), "{name}");
        }
    }

    #[test]
    fn every_signal_of_the_registry_is_yielded() {
        let names: Vec<String> = signals(&Ok(with(&[]))).iter().map(|signal| signal.name.to_string()).collect();
        assert_eq!(names, crate::probe::redis::SIGNALS);
    }

    #[test]
    fn signals_are_what_info_says() {
        assert_eq!(value(with(&[]), "memory_ratio"), Ok(Value::Number(0.25)));
        assert_eq!(value(with(&[]), "hit_rate"), Ok(Value::Number(0.75)));
        assert_eq!(value(with(&[]), "uptime_s"), Ok(Value::Int(90)));
        assert_eq!(value(with(&[]), "persistence_ok"), Ok(Value::Bool(false)), "the append-only file fails");
        assert_eq!(value(with(&[("aof_last_write_status", "ok")]), "persistence_ok"), Ok(Value::Bool(true)));
    }

    #[test]
    fn what_info_does_not_say_is_missing_and_never_zero() {
        let no_limit = Missing::NotReported { text: "no maxmemory set".into() };
        assert_eq!(value(with(&[("maxmemory", "0")]), "memory_ratio"), Err(no_limit));
        assert_eq!(value(with(&[("maxmemory", "0")]), "memory_max_bytes"), Ok(Value::Int(0)));
        assert_eq!(
            value(with(&[("used_memory", "lots")]), "memory_used_bytes"),
            Err(Missing::NotReported { text: "INFO's used_memory is 'lots', not a number".into() })
        );
        assert_eq!(value(with(&[]), "clients"), Err(absent("connected_clients")));
        let refused = ProbeError::new(Cause::Unauthorized, "unauthorized: INFO (NOPERM)");
        assert!(signals(&Err(refused.clone())).iter().all(|signal| signal.value == Err(refused.missing())));
    }

    #[test]
    fn trouble_is_told() {
        for (changes, cause, words) in [
            (&[("loading", "1"), ("loading_eta_seconds", "12")][..], Cause::Loading, "loading the data set, 12 s left"),
            (
                &[("role", "slave"), ("master_link_status", "down")],
                Cause::Busy,
                "replica: the link to its master is down",
            ),
            (&[("maxmemory", "1")], Cause::Busy, "out of memory: 1024 B used of maxmemory 1 B, writes are refused"),
        ] {
            assert_eq!(trouble(&with(changes)), Some(ProbeError::new(cause, words)));
        }
        assert_eq!(trouble(&with(&[("maxmemory", "1"), ("maxmemory_policy", "allkeys-lru")])), None);
        assert_eq!(trouble(&with(&[])), None);
    }
}
