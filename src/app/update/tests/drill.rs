//! A drill: it hides its fault, breaks out by itself, sees what is done, and ends with its score.

use super::*;
use crate::app::drill::Drilling;
use crate::app::{Demo, Simulated};
use crate::incident::drill::{End, Task};

/// The worker is down after 8 s.
fn drill(passes: bool) -> Model {
    let mut model = model();
    poll(&mut model, true);
    let task = Task {
        seed: 7,
        system: "shop".into(),
        fault: "worker-crash".into(),
        title: "The worker is killed".into(),
        runbook: "worker-crash".into(),
        actions: vec!["restart".into()],
        passes,
    };
    let seconds = Duration::from_secs;
    let drilling = Drilling::new(task, seconds(8), passes.then_some(seconds(60)));
    let faults = ["none", "worker-crash"].map(|name| (name.to_owned(), name.to_uppercase())).to_vec();
    let played = Simulated { system: "shop".parse().unwrap(), simulates: "all".into(), faults, current: "none".into() };
    model.options.demo = Some(Demo { systems: vec![played], opened: None, drill: Some(Box::new(drilling)) });
    model
}

fn tick(model: &mut Model, seconds: u64) -> Vec<Effect> {
    after(model, seconds * 1000);
    let mut effects = send(model, Msg::Tick);
    effects.retain(|effect| !matches!(effect, Effect::Keep { .. } | Effect::KeepTurns { .. }));
    effects
}

fn set(model: &mut Model, fault: &str) {
    send(model, Msg::FaultSet { system: "shop".parse().unwrap(), fault: fault.into() });
}

fn asks(fault: &str) -> Vec<Effect> {
    vec![Effect::SetFault { system: "shop".parse().unwrap(), fault: fault.into() }]
}

/// The fault is on and shown.
fn broken(passes: bool) -> Model {
    let mut model = drill(passes);
    assert_eq!(tick(&mut model, 0), []);
    assert_eq!(tick(&mut model, 7), []);
    assert_eq!(tick(&mut model, 1), asks("worker-crash"));
    set(&mut model, "worker-crash");
    assert_eq!(tick(&mut model, 1), [], "asked for once");
    poll(&mut model, false);
    poll(&mut model, false);
    model
}

fn score(model: &Model) -> crate::incident::drill::Score {
    model.options.demo.as_ref().unwrap().drill.as_ref().unwrap().score(model.now)
}

fn is_scored(model: &Model) -> bool {
    matches!(model.overlays.last(), Some(Overlay::Drill { .. }))
}

#[test]
fn nothing_tells_which_fault_it_is_while_it_is_looked_for() {
    let mut model = broken(false);
    assert_eq!(toast(&model), "");
    press(&mut model, &["F"]);
    assert!(model.overlays.is_empty() && toast(&model).contains("closed during a drill"), "{}", toast(&model));
    press(&mut model, &["q"]);
    assert!(is_scored(&model));
    press(&mut model, &["Esc", "F"]);
    assert!(matches!(model.overlays.last(), Some(Overlay::Faults { .. })), "it is over");
}

#[test]
fn what_is_seen_counts_and_a_recovery_ends_it() {
    let mut model = broken(false);
    assert!(score(&model).shown_s.is_some() && score(&model).reacted_s.is_none());
    press(&mut model, &["R"]);
    assert!(score(&model).reacted_s.is_some(), "its action was opened");
    press(&mut model, &["Esc"]);
    set(&mut model, "none");
    for _ in 0..4 {
        poll(&mut model, true);
    }
    let score = score(&model);
    assert_eq!((score.end, is_scored(&model)), (End::Recovered, true), "{score:?}");
    let drilling = model.options.demo.as_ref().unwrap().drill.as_ref().unwrap();
    assert!(drilling.opened.as_ref().unwrap().1.title.contains("Worker is down"), "{drilling:?}");
    assert!(drilling.events.iter().any(|event| format!("{event:?}").contains("up")), "{:?}", drilling.events);
    assert_eq!(press(&mut model, &["q"]), [Effect::Quit(0)]);
}

#[test]
fn who_leaves_sees_the_score_first() {
    let mut model = broken(false);
    assert_eq!(press(&mut model, &["q"]), []);
    assert_eq!((is_scored(&model), score(&model).end, score(&model).points), (true, End::Left, 0));
    press(&mut model, &["Esc"]);
    assert_eq!(press(&mut model, &["q"]), [Effect::Quit(0)], "once is enough");
}

#[test]
fn what_nobody_can_end_passes() {
    let mut model = broken(true);
    assert_eq!(tick(&mut model, 30), []);
    assert_eq!(tick(&mut model, 30), asks("none"));
    set(&mut model, "none");
    assert_eq!(tick(&mut model, 30), [], "asked for once");
}

#[test]
fn half_an_hour_is_enough() {
    let mut model = broken(false);
    tick(&mut model, 1800);
    assert_eq!((is_scored(&model), score(&model).end), (true, End::TimedOut));
}
