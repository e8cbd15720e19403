//! What the simulated Redis holds: typed values with an expiry, in memory. Pure: the wall clock is told by [`Store::at`].
//!
//! Empty lists, sets, sorted sets and hashes vanish, as in Redis. No command words live here.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use indexmap::{IndexMap, IndexSet};

/// Bytes as Redis knows them: nothing in a store has to be text.
pub(crate) type Blob = Vec<u8>;
/// A list, head first.
pub(crate) type List = VecDeque<Blob>;
/// A set, in order of arrival.
pub(crate) type Set = IndexSet<Blob>;
/// A hash, in order of arrival.
pub(crate) type Hash = IndexMap<Blob, Blob>;

/// The key holds another kind of value than the command is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WrongType;

/// A score with the total order that a sorted set needs.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Score(f64);

impl Eq for Score {}

impl PartialOrd for Score {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Score {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// A sorted set: by score, then by member.
#[derive(Debug, Default)]
pub(crate) struct Sorted {
    order: BTreeSet<(Score, Blob)>,
    scores: HashMap<Blob, f64>,
}

impl Sorted {
    /// Adds or moves a member; true when it is new.
    pub(crate) fn insert(&mut self, member: &[u8], score: f64) -> bool {
        let old = self.scores.insert(member.to_vec(), score);
        if let Some(old) = old {
            self.order.remove(&(Score(old), member.to_vec()));
        }
        self.order.insert((Score(score), member.to_vec()));
        old.is_none()
    }

    /// Takes a member out; true when it was there.
    pub(crate) fn remove(&mut self, member: &[u8]) -> bool {
        let old = self.scores.remove(member);
        old.is_some_and(|score| self.order.remove(&(Score(score), member.to_vec())))
    }

    /// A member's score.
    pub(crate) fn score(&self, member: &[u8]) -> Option<f64> {
        self.scores.get(member).copied()
    }

    /// Members with their scores, lowest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (&Blob, f64)> {
        self.order.iter().map(|(score, member)| (member, score.0))
    }

    /// How many members.
    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }
}

/// One entry of a stream: id as milliseconds and sequence, then fields.
#[derive(Debug, Clone)]
pub(crate) struct StreamEntry {
    /// The id, ordered.
    pub(crate) id: (u64, u64),
    /// Field and value, in order.
    pub(crate) fields: Vec<(Blob, Blob)>,
}

/// A stream, oldest first.
pub(crate) type Stream = Vec<StreamEntry>;

/// A value of any kind.
#[derive(Debug)]
pub(crate) enum Value {
    /// `string`
    Text(Blob),
    /// `list`
    List(List),
    /// `set`
    Set(Set),
    /// `zset`
    Sorted(Sorted),
    /// `hash`
    Hash(Hash),
    /// `stream`
    Stream(Stream),
}

/// A kind of value, for typed access.
pub(crate) trait Kind: Default + Sized {
    /// Wraps it.
    fn wrap(self) -> Value;
    /// Reads it, if it is of this kind.
    fn of(value: &Value) -> Option<&Self>;
    /// Changes it, if it is of this kind.
    fn of_mut(value: &mut Value) -> Option<&mut Self>;
    /// Whether an emptied value vanishes.
    fn is_hollow(&self) -> bool;
}

macro_rules! kind {
    ($type:ty, $variant:ident, $hollow:expr) => {
        impl Kind for $type {
            fn wrap(self) -> Value {
                Value::$variant(self)
            }
            fn of(value: &Value) -> Option<&Self> {
                if let Value::$variant(inner) = value { Some(inner) } else { None }
            }
            fn of_mut(value: &mut Value) -> Option<&mut Self> {
                if let Value::$variant(inner) = value { Some(inner) } else { None }
            }
            fn is_hollow(&self) -> bool {
                let hollow: fn(&Self) -> bool = $hollow;
                hollow(self)
            }
        }
    };
}

kind!(Blob, Text, |_| false);
kind!(List, List, VecDeque::is_empty);
kind!(Set, Set, IndexSet::is_empty);
kind!(Sorted, Sorted, |z| z.len() == 0);
kind!(Hash, Hash, IndexMap::is_empty);
kind!(Stream, Stream, |_| false);

#[derive(Debug)]
struct Entry {
    value: Value,
    expires: Option<i64>,
    revision: u64,
}

/// How long a key lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ttl {
    /// There is no such key.
    Absent,
    /// For ever.
    Lasting,
    /// So many milliseconds.
    Ends(i64),
}

/// The key space.
#[derive(Debug, Default)]
pub(crate) struct Store {
    now: i64,
    revisions: u64,
    entries: BTreeMap<Blob, Entry>,
}

impl Store {
    /// Tells the wall time, in milliseconds since 1970; keys past their expiry are gone from then on.
    pub(crate) fn at(&mut self, now_ms: i64) {
        self.now = now_ms;
    }

    /// The wall time it was told last, in milliseconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        self.now
    }

    fn live(&self, key: &[u8]) -> Option<&Entry> {
        self.entries.get(key).filter(|entry| entry.expires.is_none_or(|at| at > self.now))
    }

    /// Reads a value of one kind.
    pub(crate) fn peek<K: Kind>(&self, key: impl AsRef<[u8]>) -> Result<Option<&K>, WrongType> {
        match self.live(key.as_ref()) {
            None => Ok(None),
            Some(entry) => K::of(&entry.value).map(Some).ok_or(WrongType),
        }
    }

    /// Changes a value of one kind, made first if it is absent, removed if it is left empty.
    pub(crate) fn edit<K: Kind, R>(
        &mut self,
        key: impl AsRef<[u8]>,
        change: impl FnOnce(&mut K) -> R,
    ) -> Result<R, WrongType> {
        let key = key.as_ref();
        if self.live(key).is_none() {
            self.put(key, K::default());
        }
        self.revisions += 1;
        let entry = self.entries.get_mut(key).ok_or(WrongType)?;
        let value = K::of_mut(&mut entry.value).ok_or(WrongType)?;
        let result = change(value);
        let hollow = value.is_hollow();
        entry.revision = self.revisions;
        if hollow {
            self.entries.remove(key);
        }
        Ok(result)
    }

    /// Sets a key whatever it held; its expiry is gone.
    pub(crate) fn put<K: Kind>(&mut self, key: impl AsRef<[u8]>, value: K) {
        self.revisions += 1;
        let entry = Entry { value: value.wrap(), expires: None, revision: self.revisions };
        self.entries.insert(key.as_ref().to_vec(), entry);
    }

    /// Deletes a key; true when it was there.
    pub(crate) fn remove(&mut self, key: impl AsRef<[u8]>) -> bool {
        let was = self.live(key.as_ref()).is_some();
        self.entries.remove(key.as_ref());
        was
    }

    /// The kind's name as `TYPE` tells it.
    pub(crate) fn kind_of(&self, key: impl AsRef<[u8]>) -> &'static str {
        match self.live(key.as_ref()).map(|entry| &entry.value) {
            None => "none",
            Some(Value::Text(_)) => "string",
            Some(Value::List(_)) => "list",
            Some(Value::Set(_)) => "set",
            Some(Value::Sorted(_)) => "zset",
            Some(Value::Hash(_)) => "hash",
            Some(Value::Stream(_)) => "stream",
        }
    }

    /// Whether the key is there.
    pub(crate) fn has(&self, key: impl AsRef<[u8]>) -> bool {
        self.live(key.as_ref()).is_some()
    }

    /// How long the key lives.
    pub(crate) fn ttl(&self, key: impl AsRef<[u8]>) -> Ttl {
        match self.live(key.as_ref()).map(|entry| entry.expires) {
            None => Ttl::Absent,
            Some(None) => Ttl::Lasting,
            Some(Some(at)) => Ttl::Ends(at - self.now),
        }
    }

    /// Sets or clears the instant (milliseconds since 1970) at which a key ends; true when the key is there.
    pub(crate) fn expire_at(&mut self, key: impl AsRef<[u8]>, at: Option<i64>) -> bool {
        let key = key.as_ref();
        let is_live = self.live(key).is_some();
        self.revisions += 1;
        let revision = self.revisions;
        if let Some(entry) = self.entries.get_mut(key).filter(|_| is_live) {
            entry.expires = at;
            entry.revision = revision;
        }
        is_live
    }

    /// A number that changes with every change of the key; 0 without it. What `WATCH` compares.
    pub(crate) fn revision(&self, key: &[u8]) -> u64 {
        self.live(key).map_or(0, |entry| entry.revision)
    }

    /// Forgets the expired.
    pub(crate) fn purge(&mut self) {
        let now = self.now;
        self.entries.retain(|_, entry| entry.expires.is_none_or(|at| at > now));
    }

    /// How many keys.
    pub(crate) fn len(&self) -> usize {
        self.entries.values().filter(|entry| entry.expires.is_none_or(|at| at > self.now)).count()
    }

    /// One page of keys in the order of their hashes, and the next cursor (0 at the end). Keys that stay throughout are
    /// told exactly once, whatever else comes and goes.
    pub(crate) fn scan(&self, cursor: u64, count: usize) -> (u64, Vec<&Blob>) {
        let mut rest: Vec<(u64, &Blob)> = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.expires.is_none_or(|at| at > self.now))
            .map(|(key, _)| (place(key), key))
            .filter(|(place, _)| *place >= cursor)
            .collect();
        rest.sort_unstable();
        let mut end = count.max(1).min(rest.len());
        // equal places travel together: a cursor cannot stand between them
        while end > 0 && end < rest.len() && rest[end].0 == rest[end - 1].0 {
            end += 1;
        }
        let next = rest.get(end).map_or(0, |(place, _)| *place);
        (next, rest[..end].iter().map(|(_, key)| *key).collect())
    }

    /// A guess at the bytes in use, for `INFO`.
    pub(crate) fn weight(&self) -> usize {
        self.entries.iter().map(|(key, entry)| 96 + key.len() + weight(&entry.value)).sum()
    }
}

/// FNV-1a folded to 48 bits, never 0 (0 is the end of a scan).
fn place(key: &[u8]) -> u64 {
    let hash = key
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    (hash >> 16).max(1)
}

fn weight(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.len(),
        Value::List(list) => list.iter().map(|item| 16 + item.len()).sum(),
        Value::Set(set) => set.iter().map(|item| 24 + item.len()).sum(),
        Value::Sorted(sorted) => sorted.iter().map(|(member, _)| 40 + member.len()).sum(),
        Value::Hash(hash) => hash.iter().map(|(field, value)| 32 + field.len() + value.len()).sum(),
        Value::Stream(stream) => {
            stream.iter().flat_map(|entry| &entry.fields).map(|(field, value)| 32 + field.len() + value.len()).sum()
        }
    }
}
