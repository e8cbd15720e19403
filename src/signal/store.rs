//! All signals of one system: the last value, its time, its history.

use std::collections::HashMap;

use indexmap::IndexMap;

use crate::base::{ComponentId, Missing, Mono, Now, SignalKey, SignalName};
use crate::signal::{Freshness, History, Reading, Timing, Value};

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
}

/// The signals of one system, by component and name, in the order of first appearance.
#[derive(Clone, Debug, Default)]
pub struct SignalStore {
    components: IndexMap<ComponentId, IndexMap<SignalName, Recorded>>,
    timing: HashMap<ComponentId, Timing>,
}

impl SignalStore {
    /// Makes a component known, with its rhythm.
    pub fn register(&mut self, component: ComponentId, timing: Timing) {
        self.components.entry(component.clone()).or_default();
        self.timing.insert(component, timing);
    }

    /// Records a value taken at `at`.
    pub fn record(&mut self, key: &SignalKey, value: Value, unit: Option<&str>, at: Mono) {
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
