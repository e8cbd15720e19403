//! Symptoms judged, scenarios ranked: a small system of a store, a queue on it and a worker on both.

use std::collections::HashMap;
use std::time::Duration;

use super::*;
use crate::base::{Cause, Missing, SignalKey};
use crate::runbook::read_house;
use crate::signal::{Timing, Value};

fn now() -> Now {
    Now::at(100.0, jiff::Timestamp::UNIX_EPOCH)
}

/// What is known: each signal with its value, `None` where its component is refused.
fn store(signals: &[(&str, Option<Value>)]) -> SignalStore {
    let mut store = SignalStore::default();
    for (name, value) in signals {
        let key: SignalKey = name.parse().unwrap();
        let timing = Timing { every: Duration::from_secs(5), timeout: Duration::from_secs(2) };
        store.register(key.component.clone(), timing);
        if let Some(value) = value {
            store.record(&key, value.clone(), None, now().mono);
        } else {
            let why = Missing::Failed { cause: Cause::Refused, text: "refused 127.0.0.1:1".into() };
            store.record_missing(&key, why);
        }
    }
    store
}

#[derive(Default)]
struct Around {
    below: HashMap<ComponentId, Vec<ComponentId>>,
    at_fault: Vec<ComponentId>,
}

impl Surroundings for Around {
    fn below(&self, component: &ComponentId) -> &[ComponentId] {
        self.below.get(component).map_or(&[], Vec::as_slice)
    }
    fn is_at_fault(&self, component: &ComponentId) -> bool {
        self.at_fault.contains(component)
    }
}

fn around(at_fault: &[&str]) -> Around {
    let id = |name: &str| ComponentId::new(name).unwrap();
    let below = HashMap::from([(id("worker"), vec![id("queue")]), (id("queue"), vec![id("store")])]);
    Around { below, at_fault: at_fault.iter().map(|name| id(name)).collect() }
}

/// A scenario: its id, its header, its symptoms.
fn signs(id: &str, header: &str, symptoms: &[&str], weight: u8) -> Signs {
    let symptoms: Vec<String> = symptoms.iter().map(|one| format!("- it shows <!-- {one} -->")).collect();
    let symptoms = symptoms.join("\n");
    let text = format!("# {id}\n\n{header}\n\n## Symptoms\n\n{symptoms}\n");
    Signs::of(&read_house(id.parse().unwrap(), &text), weight).unwrap()
}

fn ranked(all: &[Signs], store: &SignalStore, around: &Around) -> Vec<String> {
    diagnose(all, store, around, now())
        .iter()
        .map(|one| format!("{} {}/{}/{}", one.runbook, one.matched, one.contradicted, one.unknown))
        .collect()
}

#[test]
fn each_symptom_is_true_false_or_unknown_with_what_decides_it() {
    let known = store(&[("a.up", Some(Value::Bool(false))), ("a.n", Some(Value::Int(7))), ("b.n", None)]);
    let all =
        [signs("x", "", &["when: !a.up", "when: a.n > 9", "when: b.n > 0", "context: a.n == 7", "context: a.up"], 0)];
    let found = diagnose(&all, &known, &around(&[]), now());
    let told: Vec<(&str, &str)> = found[0].evidence.iter().map(|one| (one.word(), one.because.as_str())).collect();
    assert_eq!(
        told,
        [
            ("true", "a.up = false"),
            ("false", "a.n = 7 <= 9"),
            ("unknown", "b.n unknown (refused)"),
            ("true", "a.n = 7"),
            ("false", "a.up = false"),
        ]
    );
    assert_eq!((found[0].matched, found[0].contradicted, found[0].unknown), (1, 2, 1));
    assert_eq!((found[0].share().as_str(), found[0].rank, found[0].evidence[0].line), ("1 of 3 symptoms", 1, 7));
}

#[test]
fn where_nothing_matches_nothing_is_proposed() {
    let known = store(&[("a.up", Some(Value::Bool(true)))]);
    let all = [signs("x", "", &["when: !a.up", "context: a.up"], 0), signs("y", "", &["when: gone.n > 1"], 0)];
    assert_eq!(ranked(&all, &known, &around(&[])), [] as [&str; 0]);
    let humans = read_house("z".parse().unwrap(), "# z\n\n## Symptoms\n\n- users say so\n");
    assert!(Signs::of(&humans, 3).is_none());
}

#[test]
fn what_fits_best_is_first() {
    let known = store(&[("a.x", Some(Value::Bool(true))), ("a.y", Some(Value::Bool(false)))]);
    let all = [
        signs("half", "", &["when: a.x", "when: a.y"], 9),
        signs("b-one", "", &["when: a.x"], 1),
        signs("a-one", "", &["when: a.x"], 1),
        signs("bad", "", &["when: a.x"], 3),
        signs("two", "", &["when: a.x", "when: a.x"], 0),
        signs("mostly-against", "", &["when: a.x", "when: a.y", "when: a.y"], 9),
    ];
    let found = ranked(&all, &known, &around(&[]));
    assert_eq!(found, ["two 2/0/0", "bad 1/0/0", "a-one 1/0/0", "b-one 1/0/0", "half 1/1/0", "mostly-against 1/2/0"]);
}

#[test]
fn a_cause_goes_before_its_consequences_however_well_they_fit() {
    let known = store(&[
        ("store.up", Some(Value::Bool(false))),
        ("worker.up", Some(Value::Bool(false))),
        ("store.x", Some(Value::Bool(false))),
    ]);
    let crash = signs("crash", "<!-- component: worker -->", &["when: !worker.up", "when: !worker.up"], 3);
    let down = signs("down", "<!-- component: store -->", &["when: !store.up", "when: !store.up", "when: store.x"], 1);
    let all = [crash, down];
    // by the depth of what stands on what, where the lower one is at fault
    assert_eq!(ranked(&all, &known, &around(&["store"])), ["down 2/1/0", "crash 2/0/0"]);
    assert_eq!(ranked(&all, &known, &around(&[])), ["crash 2/0/0", "down 2/1/0"]);
    // by what the runbook says
    let named = [signs("crash", "<!-- consequence-of: down -->", &["when: !worker.up"], 3), all[1].clone()];
    assert_eq!(ranked(&named, &known, &around(&[])), ["down 2/1/0", "crash 1/0/0"]);
    // not where more speaks against the cause than for it
    let unlikely = [named[0].clone(), signs("down", "", &["when: !store.up", "when: store.x", "when: store.x"], 3)];
    assert_eq!(ranked(&unlikely, &known, &around(&[])), ["crash 1/0/0", "down 1/2/0"]);
    // two that name each other: the better fit
    let circle = [
        signs("a", "<!-- consequence-of: b -->", &["when: !store.up", "when: store.x"], 0),
        signs("b", "<!-- consequence-of: a -->", &["when: !store.up"], 0),
    ];
    assert_eq!(ranked(&circle, &known, &around(&[])), ["b 1/0/0", "a 1/1/0"]);
}

#[test]
fn a_signal_that_is_gone_makes_its_symptom_unknown_and_never_false() {
    let all = [signs("x", "", &["when: a.up == false", "when: b.n > 3", "when: !(b.n < 1)"], 0)];
    let up = Some(Value::Bool(false));
    let with = store(&[("a.up", up.clone()), ("b.n", Some(Value::Int(9)))]);
    assert_eq!(ranked(&all, &with, &around(&[])), ["x 3/0/0"]);
    for gone in [store(&[("a.up", up.clone()), ("b.n", None)]), store(&[("a.up", up)])] {
        assert_eq!(ranked(&all, &gone, &around(&[])), ["x 1/0/2"]);
    }
}

#[test]
fn the_same_is_told_in_the_same_words_every_time() {
    let known = store(&[("store.up", Some(Value::Bool(false))), ("worker.up", Some(Value::Bool(false)))]);
    let all: Vec<Signs> = (0..20)
        .map(|n| signs(&format!("s{n}"), "<!-- component: worker -->", &["when: !worker.up", "when: !store.up"], n % 3))
        .collect();
    let told = || format!("{:?}", diagnose(&all, &known, &around(&["store"]), now()));
    let first = told();
    assert!((0..100).all(|_| told() == first));
}
