//! All signals of one system: the last value, its time, its history.

use std::collections::HashMap;

use indexmap::IndexMap;

use crate::base::{ComponentId, Missing, Mono, Now, SignalKey, SignalName, State};
use crate::signal::past::{self, Past, Seen, millis};
use crate::signal::{Course, Freshness, History, Reading, Timing, Value};

/// Most numbers of one system that have a long past; of a fleet of thousands the first.
pub const MOST_KEPT: usize = 1000;

/// One signal as recorded.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// The last value and when it was taken.
    pub last: Option<(Value, Mono)>,
    /// Why the newest poll brought no value.
    pub missing: Option<Missing>,
    /// Unit of the value, for screens and JSON.
    pub unit: Option<String>,
    /// Samples over time, where it is a number.
    pub history: History,
    /// What screens show of hours ago; also of states, by their rank.
    past: Option<Box<Past>>,
}

/// What is new of one number since a time, to be kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Fresh {
    /// Which.
    pub key: SignalKey,
    /// When its newest sample was taken.
    pub at: Mono,
    /// What was seen of it since that time.
    pub seen: Seen,
}

/// The signals of one system, by component and name, in the order of first appearance.
#[derive(Clone, Debug, Default)]
pub struct SignalStore {
    components: IndexMap<ComponentId, IndexMap<SignalName, Recorded>>,
    timing: HashMap<ComponentId, Timing>,
    /// How many numbers have a long past.
    kept: usize,
}

impl SignalStore {
    /// Makes a component known, with its rhythm.
    pub fn register(&mut self, component: ComponentId, timing: Timing) {
        self.components.entry(component.clone()).or_default();
        self.timing.insert(component, timing);
    }

    /// Records a value taken at `at`.
    pub fn record(&mut self, key: &SignalKey, value: Value, unit: Option<&str>, at: Mono) {
        if let Some(number) = value.as_f64().or_else(|| rank(key, &value)) {
            self.keep(key, number, at);
        }
        let recorded = self.slot(key);
        if let Some(number) = value.as_f64() {
            recorded.history.push(at, number);
        }
        recorded.last = Some((value, at));
        recorded.missing = None;
        if recorded.unit.as_deref() != unit {
            recorded.unit = unit.map(str::to_owned);
        }
    }

    fn keep(&mut self, key: &SignalKey, number: f64, at: Mono) {
        let patience = self.timing.get(&key.component).map(|timing| timing.stale_after()).unwrap_or_default();
        let has_room = self.kept < MOST_KEPT;
        let recorded = self.slot(key);
        if let Some(past) = &mut recorded.past {
            past.push(millis(at), Seen::one(number), patience, past::COARSE);
        } else if has_room && number.is_finite() {
            let mut past = Past::default();
            past.push(millis(at), Seen::one(number), patience, past::COARSE);
            recorded.past = Some(Box::new(past));
            self.kept += 1;
        }
    }

    /// What is new since a time, of all numbers that are kept.
    pub fn fresh(&self, since: Mono) -> Vec<Fresh> {
        let mut fresh = Vec::new();
        for (component, signals) in &self.components {
            for (name, recorded) in signals {
                let Some(past) = &recorded.past else { continue };
                let mut new = recorded.history.iter().rev().take_while(|(at, _)| *at > since).peekable();
                let of_history = new.peek().copied().map(|(at, last)| {
                    let one = Seen::one(last);
                    (at, new.fold(one, |s, (_, v)| Seen { low: s.low.min(v), high: s.high.max(v), ..s }))
                });
                // a state has no samples, its past is all there is
                let of_past = || {
                    let newest = past.iter().next_back().filter(|newest| newest.until > millis(since))?;
                    let at = Mono(std::time::Duration::from_millis(u64::try_from(newest.until).ok()?));
                    Some((at, Seen::one(newest.last)))
                };
                let told = if recorded.history.is_empty() { of_past() } else { of_history };
                if let Some((at, seen)) = told {
                    let key = SignalKey::new(component.clone(), name.clone());
                    fresh.push(Fresh { key, at, seen });
                }
            }
        }
        fresh
    }

    /// Puts what an earlier run saw under what this one sees; nothing of it becomes a reading. Signals that are not known
    /// here are left out.
    pub fn restore(&mut self, key: &SignalKey, older: Past) {
        let Some(recorded) = self.components.get_mut(&key.component).and_then(|own| own.get_mut(&key.signal)) else {
            return;
        };
        if older.is_empty() || (recorded.past.is_none() && self.kept >= MOST_KEPT) {
            return;
        }
        self.kept += usize::from(recorded.past.is_none());
        recorded.past.get_or_insert_default().put_under(older);
    }

    /// What was known at a time, on a clock that is moved by so many milliseconds: numbers and states by their last sample
    /// until then; of what was not recorded that it was not.
    #[must_use]
    pub fn as_of(&self, at: i64, by: i64) -> Self {
        let moved = |name: &SignalName, recorded: &Recorded| {
            let course = Course::new(&recorded.history, recorded.past.as_deref());
            let last = course.at(at).and_then(|seen| {
                let mono = std::time::Duration::from_millis(u64::try_from(seen.until.saturating_add(by)).ok()?);
                Some((like(name, recorded.last.as_ref().map(|(value, _)| value), seen.last)?, Mono(mono)))
            });
            let missing = last.is_none().then(|| Missing::NotReported { text: NOT_RECORDED.to_owned() });
            let history = recorded.history.moved(by, at);
            let past = recorded.past.as_ref().map(|past| Box::new(past.moved(by, at)));
            Recorded { last, missing, unit: recorded.unit.clone(), history, past }
        };
        let components = self.components.iter().map(|(id, signals)| {
            (id.clone(), signals.iter().map(|(name, own)| (name.clone(), moved(name, own))).collect())
        });
        Self { components: components.collect(), timing: self.timing.clone(), kept: self.kept }
    }

    /// The long past of a signal.
    pub fn past(&self, component: &str, signal: &str) -> Option<&Past> {
        self.components.get(component)?.get(signal)?.past.as_deref()
    }

    /// All that can be drawn of a signal over time.
    pub fn course(&self, component: &str, signal: &str) -> Option<Course<'_>> {
        let recorded = self.components.get(component)?.get(signal)?;
        Some(Course::new(&recorded.history, recorded.past.as_deref()))
    }

    /// Fills what is not known of a signal's past: samples oldest first, those that are newer than the last one it has.
    pub fn fill(&mut self, key: &SignalKey, course: impl IntoIterator<Item = (Mono, f64)>) {
        let history = &mut self.slot(key).history;
        for (at, value) in course {
            if history.last().is_none_or(|(last, _)| last < at) {
                history.push(at, value);
            }
        }
    }

    /// Records a value that changes by itself, such as an age: it has no history.
    pub fn set(&mut self, key: &SignalKey, value: Value, unit: Option<&str>, at: Mono) {
        let recorded = self.slot(key);
        recorded.last = Some((value, at));
        recorded.missing = None;
        if recorded.unit.as_deref() != unit {
            recorded.unit = unit.map(str::to_owned);
        }
    }

    /// Records that the newest poll brought no value. The last one stays, to be shown as stale.
    pub fn record_missing(&mut self, key: &SignalKey, why: Missing) {
        self.slot(key).missing = Some(why);
    }

    fn slot(&mut self, key: &SignalKey) -> &mut Recorded {
        self.components.entry(key.component.clone()).or_default().entry(key.signal.clone()).or_default()
    }

    /// Why every signal of a component is missing at once (it is down, or not configured); `None` takes it back, and
    /// the next poll decides each signal anew.
    pub fn set_component_missing(&mut self, component: &ComponentId, why: Option<&Missing>) {
        for recorded in self.components.get_mut(component).into_iter().flat_map(IndexMap::values_mut) {
            recorded.missing = why.cloned();
        }
    }

    /// What is known of a signal now.
    pub fn reading(&self, component: &str, signal: &str, now: Now) -> Reading<'_> {
        let recorded = self.components.get(component).and_then(|signals| signals.get(signal));
        let timing = self.timing.get(component).copied();
        match recorded {
            Some(recorded) => read(recorded, timing, now.mono),
            None => Reading { last: None, missing: Some(Missing::NotPolled), freshness: Freshness::Never },
        }
    }

    /// What is known of a signal now, by its key.
    pub fn get(&self, key: &SignalKey, now: Now) -> Reading<'_> {
        self.reading(key.component.as_str(), key.signal.as_str(), now)
    }

    /// The rhythm of a component.
    pub fn timing(&self, component: &str) -> Option<Timing> {
        self.timing.get(component).copied()
    }

    /// The samples of a signal.
    pub fn history(&self, component: &str, signal: &str) -> Option<&History> {
        self.components.get(component)?.get(signal).map(|recorded| &recorded.history)
    }

    /// The unit of a signal.
    pub fn unit(&self, component: &str, signal: &str) -> Option<&str> {
        self.components.get(component)?.get(signal)?.unit.as_deref()
    }

    /// The signals of a component, with their readings.
    pub fn component(&self, component: &str, now: Now) -> impl Iterator<Item = (&SignalName, Reading<'_>)> {
        let timing = self.timing.get(component).copied();
        self.components
            .get(component)
            .into_iter()
            .flatten()
            .map(move |(name, recorded)| (name, read(recorded, timing, now.mono)))
    }

    /// The components, in the order of registration.
    pub fn components(&self) -> impl Iterator<Item = &ComponentId> {
        self.components.keys()
    }

    /// True when the component is known at all.
    pub fn has_component(&self, component: &str) -> bool {
        self.components.contains_key(component)
    }
}

/// The rank of a state, which is kept like a number: `0` up to `3`.
fn rank(key: &SignalKey, value: &Value) -> Option<f64> {
    let word = value.as_str().filter(|_| key.signal.as_str() == "state")?;
    let at = RANKS.iter().position(|state| state.word() == word)?;
    u8::try_from(at).ok().map(f64::from)
}

/// States in the order of their ranks.
const RANKS: [State; 4] = [State::Up, State::Degraded, State::Down, State::Unknown];

/// What is said of what samples do not tell.
pub const NOT_RECORDED: &str = "not recorded";

/// A recorded number as a value of the kind that the signal has now.
fn like(name: &SignalName, now: Option<&Value>, number: f64) -> Option<Value> {
    match now {
        _ if name.as_str() == "state" => state_of(number).map(|state| Value::from(state.word())),
        Some(Value::Bool(_)) => Some(Value::Bool(number > 0.5)),
        #[expect(clippy::cast_possible_truncation, reason = "it was a whole number when it was recorded")]
        Some(Value::Int(_)) if number.fract() == 0.0 && number.abs() < 9e15 => Some(Value::Int(number as i64)),
        Some(Value::Int(_) | Value::Number(_)) | None => Some(Value::number(number)),
        Some(_) => None,
    }
}

/// The state of a rank.
pub fn state_of(rank: f64) -> Option<State> {
    RANKS.into_iter().zip(0_u8..).find(|(_, at)| (f64::from(*at) - rank).abs() < 0.5).map(|(state, _)| state)
}

fn read(recorded: &Recorded, timing: Option<Timing>, now: Mono) -> Reading<'_> {
    let last = recorded.last.as_ref().map(|(value, at)| (value, *at));
    let Some((_, at)) = last else {
        let missing = recorded.missing.clone().unwrap_or(Missing::NotPolled);
        return Reading { last: None, missing: Some(missing), freshness: Freshness::Never };
    };
    if let Some(missing) = &recorded.missing {
        return Reading { last, missing: Some(missing.clone()), freshness: Freshness::Stale };
    }
    let freshness = timing.map_or(Freshness::Live, |timing| Freshness::of_age(now.since(at), timing));
    let missing = (freshness == Freshness::Stale).then_some(Missing::Stale);
    Reading { last, missing, freshness }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::base::Cause;

    fn now(secs: f64) -> Now {
        Now::at(secs, jiff::Timestamp::UNIX_EPOCH)
    }

    fn store() -> (SignalStore, SignalKey) {
        let mut store = SignalStore::default();
        let key: SignalKey = "wal.pending".parse().unwrap();
        store
            .register(key.component.clone(), Timing { every: Duration::from_secs(5), timeout: Duration::from_secs(2) });
        (store, key)
    }

    #[test]
    fn a_reading_ages_from_live_to_stale_and_keeps_its_last_value() {
        let (mut store, key) = store();
        assert_eq!(store.get(&key, now(0.0)).freshness, Freshness::Never);
        store.record(&key, Value::Int(51), Some("entries"), now(10.0).mono);
        for (at, freshness, known) in
            [(10.0, Freshness::Live, true), (18.0, Freshness::Late, true), (26.0, Freshness::Stale, false)]
        {
            let reading = store.get(&key, now(at));
            assert_eq!((reading.freshness, reading.known().is_some()), (freshness, known), "{at}");
            assert_eq!(reading.last.unwrap().0, &Value::Int(51));
        }
    }

    #[test]
    fn a_past_fills_what_is_not_known_and_nothing_else() {
        let (mut store, key) = store();
        let past = |from: u32, to: u32| (from..to).map(|n| (now(f64::from(n)).mono, f64::from(n)));
        store.fill(&key, past(10, 20));
        store.record(&key, Value::Int(7), None, now(20.5).mono);
        store.fill(&key, past(10, 21));
        let course: Vec<f64> =
            store.history(key.component.as_str(), key.signal.as_str()).unwrap().iter().map(|s| s.1).collect();
        assert_eq!(course, [10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0, 17.0, 18.0, 19.0, 7.0]);
    }

    #[test]
    fn what_an_earlier_run_saw_is_drawn_and_never_read() {
        let (mut store, key) = store();
        let mut older = Past::default();
        older.push(-5000, Seen::one(9.0), Duration::from_secs(15), past::FINE);
        store.restore(&key, older.clone());
        assert!(store.course("wal", "pending").is_none(), "a signal that is not known here");
        store.record_missing(&key, Missing::NotPolled);
        store.restore(&key, older);
        assert_eq!(store.get(&key, now(1.0)).missing, Some(Missing::NotPolled));
        assert_eq!(store.history("wal", "pending").map(History::len), Some(0), "rules see nothing of it");
        store.record(&key, Value::Int(3), None, now(100.0).mono);
        let course: Vec<f64> =
            store.course("wal", "pending").unwrap().between(-9999, 200_000).map(|s| s.last).collect();
        assert_eq!(course, [9.0, 3.0]);
    }

    #[test]
    fn what_is_new_is_the_peak_and_the_last_and_states_too() {
        let (mut store, key) = store();
        let state: SignalKey = "wal.state".parse().unwrap();
        for (at, value) in [(1.0, 50), (2.0, 7), (3.0, 8)] {
            store.record(&key, Value::Int(value), None, now(at).mono);
            store.record(&state, Value::from("down"), None, now(at).mono);
        }
        let told = |since| {
            store.fresh(now(since).mono).into_iter().map(|f| (f.seen.low, f.seen.high, f.seen.last)).collect::<Vec<_>>()
        };
        assert_eq!(told(0.0), [(7.0, 50.0, 8.0), (2.0, 2.0, 2.0)]);
        assert_eq!(told(1.0), [(7.0, 8.0, 8.0), (2.0, 2.0, 2.0)]);
        assert_eq!(told(3.0), []);
        assert_eq!(state_of(2.0), Some(State::Down));
        assert_eq!(state_of(7.0), None);
    }

    #[test]
    fn of_thousands_of_numbers_the_first_have_a_long_past() {
        let mut store = SignalStore::default();
        for n in 0..MOST_KEPT + 50 {
            let key: SignalKey = format!("c{n}.v").parse().unwrap();
            store.record(&key, Value::Int(1), None, now(1.0).mono);
        }
        assert_eq!(store.fresh(now(0.0).mono).len(), MOST_KEPT);
    }

    #[test]
    fn missing_is_never_zero() {
        let (mut store, key) = store();
        store.record(&key, Value::Int(51), None, now(10.0).mono);
        let why = Missing::Failed { cause: Cause::Refused, text: "refused 127.0.0.1:1".into() };
        store.set_component_missing(&key.component, Some(&why));
        let reading = store.get(&key, now(10.1));
        assert_eq!((reading.known(), reading.missing), (None, Some(why)));
        store.record(&key, Value::Int(0), None, now(11.0).mono);
        assert_eq!(store.get(&key, now(11.0)).number(), Some(0.0));
    }
}
