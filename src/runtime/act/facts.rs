//! The run as its own proof may read it: when it began, the ids that were done, its parameters, and what was known before
//! it. They stand in the store beside the components' signals, as those of a component `run`. Pure.

use indexmap::IndexMap;

use crate::action::{Done, ItemEnd, RUN, RUN_SIGNALS};
use crate::base::{ComponentId, Now, SignalKey};
use crate::signal::{SignalStore, Value};
use crate::watch::Watch;

/// What is known of a run when its effect is looked for.
#[derive(Clone, Debug)]
pub(super) struct RunFacts {
    /// When it began, in Unix seconds.
    pub(super) started_at: f64,
    /// The ids that were done.
    pub(super) items: Vec<String>,
    /// The values of its parameters.
    pub(super) parameters: IndexMap<String, String>,
    /// What was known before it.
    pub(super) before: Value,
}

impl RunFacts {
    /// The facts of a run, before what came of it is known.
    pub(super) fn new(now: Now, parameters: &IndexMap<String, String>, before: Value) -> Self {
        Self { started_at: now.unix(), items: Vec::new(), parameters: parameters.clone(), before }
    }

    /// With what was done.
    pub(super) fn with(mut self, done: &Done) -> Self {
        let ended_well = done.items.iter().filter(|item| item.end == ItemEnd::Done);
        self.items = ended_well.map(|item| item.id.clone()).collect();
        self
    }

    /// Writes them into a store.
    pub(super) fn record(&self, store: &mut SignalStore, now: Now) {
        let parameters = self.parameters.iter().map(|(name, value)| (name.clone(), Value::Text(value.clone())));
        let values = [
            Value::number(self.started_at),
            Value::List(self.items.iter().cloned().map(Value::Text).collect()),
            Value::Map(parameters.collect()),
            self.before.clone(),
        ];
        for (name, value) in RUN_SIGNALS.iter().zip(values) {
            if let Ok(key) = format!("{RUN}.{name}").parse::<SignalKey>() {
                store.set(&key, value, None, now.mono);
            }
        }
    }
}

/// What is known now of these components, by component and signal. Lists stay out: they are long, and are told by id.
pub(super) fn known(watch: &Watch, wanted: &[ComponentId], now: Now) -> Value {
    let of = |id: &ComponentId| {
        let signals = watch.store.component(id.as_str(), now).filter_map(|(name, reading)| {
            let value = reading.known().filter(|value| !matches!(value, Value::List(_) | Value::Map(_)))?;
            Some((name.to_string(), value.clone()))
        });
        (id.to_string(), Value::Map(signals.collect()))
    };
    Value::Map(wanted.iter().filter(|id| id.as_str() != RUN).map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::{End, Item};
    use crate::expr::{Expr, Verdict};

    fn now() -> Now {
        Now::at(5.0, "2026-11-22T02:50:00Z".parse().unwrap())
    }

    fn holds(facts: &RunFacts, text: &str) -> bool {
        let mut store = SignalStore::default();
        facts.record(&mut store, now());
        store.set(&"worker.uptime_s".parse().unwrap(), Value::Number(4.0), None, now().mono);
        match Expr::compile(text).unwrap().verdict(&store, now()) {
            Verdict::True => true,
            Verdict::False => false,
            Verdict::Unknown(why) => panic!("{text}: {why:?}"),
        }
    }

    #[test]
    fn a_proof_reads_when_it_began_what_was_done_and_what_was_before() {
        let ids = [("a", ItemEnd::Done), ("b", ItemEnd::Gone), ("c", ItemEnd::Failed("no".into()))];
        let mut done = Done::new(End::Accepted, "");
        done.items = ids.into_iter().map(|(id, end)| Item { id: id.to_owned(), end }).collect();
        let worker = Value::Map(IndexMap::from([("uptime_s".to_owned(), Value::Number(900.0))]));
        let before = Value::Map(IndexMap::from([("worker".to_owned(), worker)]));
        let parameters = IndexMap::from([("gigabytes".to_owned(), "2".to_owned())]);
        let facts = RunFacts::new(now(), &parameters, before).with(&done);
        for (text, truth) in [
            ("run.started_at == 1795315800.0", true),
            ("'a' in run.items", true),
            ("'b' in run.items || 'c' in run.items", false),
            ("[{'id': 'a'}].exists(j, j.id in run.items)", true),
            ("1024.0 * double(run.parameters.gigabytes) == 2048.0", true),
            ("!has(run.before.worker.uptime_s) || worker.uptime_s < run.before.worker.uptime_s", true),
            ("has(run.before.redis.uptime_s)", false),
        ] {
            assert_eq!(holds(&facts, text), truth, "{text}");
        }
        let unknown = RunFacts::new(now(), &IndexMap::new(), Value::Map(IndexMap::new()));
        assert!(!holds(&unknown, "has(run.before.worker.uptime_s)"));
    }
}
