//! Writes rq 3.0's keys into a store, as a real worker and the real library leave them. Pure: the store tells the time.
//!
//! A key that a client has spoilt (`SET rq:workers x`) stays spoilt: the simulated library does not repair it either.

use crate::sim::resp::{Blob, Hash, List, Set, Sorted, Store, Ttl};

pub(crate) mod job;
pub(crate) mod worker;

/// The one queue of the system.
pub(crate) const QUEUE: &str = "sabine-slow-path";

/// The store with rq's habits.
pub(crate) struct Rq<'a>(pub(crate) &'a mut Store);

/// `2026-11-22T05:33:31.448000Z`, as rq writes instants.
pub(crate) fn stamp(ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    format!("{at:.6}")
}

/// `1795325611.838`, seconds since 1970.
pub(crate) fn epoch(ms: i64) -> String {
    format!("{}.{:03}", ms.div_euclid(1000), ms.rem_euclid(1000))
}

/// Seconds since 1970 as a score.
fn score(ms: i64) -> f64 {
    ms.div_euclid(1000) as f64
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl Rq<'_> {
    /// The wall time in milliseconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        self.0.now()
    }

    /// Sets fields of a hash.
    pub(crate) fn hset(&mut self, key: &str, fields: &[(&str, &[u8])]) {
        let _ = self.0.edit(key, |hash: &mut Hash| {
            for (field, value) in fields {
                hash.insert(field.as_bytes().to_vec(), value.to_vec());
            }
        });
    }

    /// A field of a hash as text.
    pub(crate) fn hget(&self, key: &str, field: &str) -> Option<String> {
        let hash = self.0.peek::<Hash>(key).ok().flatten()?;
        hash.get(field.as_bytes()).map(|value| text(value))
    }

    fn sadd(&mut self, key: &str, member: &str) {
        let _ = self.0.edit(key, |set: &mut Set| set.insert(member.into()));
    }

    fn srem(&mut self, key: &str, member: &str) {
        let _ = self.0.edit(key, |set: &mut Set| set.shift_remove(member.as_bytes()));
    }

    fn smembers(&self, key: &str) -> Vec<String> {
        let set = self.0.peek::<Set>(key).ok().flatten();
        set.map_or_else(Vec::new, |set| set.iter().map(|member| text(member)).collect())
    }

    fn zadd(&mut self, key: &str, member: &str, score: f64) {
        let _ = self.0.edit(key, |sorted: &mut Sorted| sorted.insert(member.as_bytes(), score));
    }

    fn zrem(&mut self, key: &str, member: &str) -> bool {
        self.0.edit(key, |sorted: &mut Sorted| sorted.remove(member.as_bytes())).unwrap_or(false)
    }

    /// Members of a sorted set up to a score.
    fn due(&self, key: &str, until: f64) -> Vec<String> {
        let sorted = self.0.peek::<Sorted>(key).ok().flatten();
        sorted.map_or_else(Vec::new, |sorted| {
            sorted.iter().take_while(|(_, score)| *score <= until).map(|(member, _)| text(member)).collect()
        })
    }

    /// How many members a sorted set has.
    pub(crate) fn zcard(&self, key: &str) -> usize {
        self.0.peek::<Sorted>(key).ok().flatten().map_or(0, Sorted::len)
    }

    /// Items of a list, head first.
    pub(crate) fn items(&self, key: &str) -> Vec<String> {
        let list = self.0.peek::<List>(key).ok().flatten();
        list.map_or_else(Vec::new, |list| list.iter().map(|item| text(item)).collect())
    }

    /// How many items a list has.
    pub(crate) fn llen(&self, key: &str) -> usize {
        self.0.peek::<List>(key).ok().flatten().map_or(0, List::len)
    }

    fn push(&mut self, key: &str, item: &str, put: fn(&mut List, Blob)) {
        let _ = self.0.edit(key, |list: &mut List| put(list, item.into()));
    }

    fn lpop(&mut self, key: &str) -> Option<String> {
        self.0.edit(key, List::pop_front).ok().flatten().map(|item| text(&item))
    }

    fn lrem(&mut self, key: &str, item: &str) -> bool {
        let removed = self.0.edit(key, |list: &mut List| {
            let before = list.len();
            list.retain(|other| other != item.as_bytes());
            before != list.len()
        });
        removed.unwrap_or(false)
    }

    /// Gives a key seconds to live.
    pub(crate) fn expire(&mut self, key: &str, secs: i64) {
        let at = self.now() + secs * 1000;
        self.0.expire_at(key, Some(at));
    }

    fn lives(&self, key: &str) -> bool {
        self.0.ttl(key) != Ttl::Absent
    }

    fn put(&mut self, key: &str, value: &str) {
        self.0.put(key, Blob::from(value));
    }
}

/// `rq:queue:NAME`
pub(crate) fn queue_key() -> String {
    format!("rq:queue:{QUEUE}")
}

/// `rq:queue:NAME:intermediate`
pub(crate) fn intermediate_key() -> String {
    format!("rq:queue:{QUEUE}:intermediate")
}

/// A registry of the queue: `wip`, `failed`, `finished`, `scheduled`.
pub(crate) fn registry_key(registry: &str) -> String {
    format!("rq:{registry}:{QUEUE}")
}

/// `rq:job:ID`
pub(crate) fn job_key(id: &str) -> String {
    format!("rq:job:{id}")
}
