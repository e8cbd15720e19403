//! Who looks elsewhere is told once of each alert, and at most once a minute.

use super::*;
use crate::base::Severity;

fn told(effects: &[Effect]) -> Vec<&str> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Notify { text, .. } => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

/// The worker fails until it is down, or answers until it is up; what was told meanwhile.
fn polls(model: &mut Model, up: bool) -> Vec<Effect> {
    (0..3).flat_map(|_| poll(model, up)).collect()
}

/// A minute in which it goes on answering, or failing.
fn minute(model: &mut Model, up: bool) -> Vec<Effect> {
    (0..12).flat_map(|_| poll(model, up)).collect()
}

#[test]
fn an_alert_is_told_once_and_none_within_a_minute_of_another() {
    let mut model = model();
    model.notices.at_least = Some(Severity::Critical);
    // down already when it was looked at for the first time
    assert_eq!(told(&polls(&mut model, false)), [""; 0]);
    assert_eq!(told(&polls(&mut model, true)), [""; 0]);
    let down = polls(&mut model, false);
    assert!(told(&down).len() == 1 && told(&down)[0].contains("refused"), "{down:?}");
    assert_eq!(told(&minute(&mut model, false)), [""; 0], "once");
    // up and down again: that is another one
    polls(&mut model, true);
    assert_eq!(told(&polls(&mut model, false)).len(), 1);
    // within the minute: it waits
    polls(&mut model, true);
    let again = polls(&mut model, false);
    assert_eq!(told(&again), [""; 0]);
    assert_eq!(told(&minute(&mut model, false)).len(), 1);
}

#[test]
fn what_is_over_before_its_minute_comes_is_never_told() {
    let mut model = model();
    model.notices.at_least = Some(Severity::Critical);
    polls(&mut model, true);
    assert_eq!(told(&polls(&mut model, false)).len(), 1);
    polls(&mut model, true);
    assert_eq!(told(&polls(&mut model, false)), [""; 0]);
    polls(&mut model, true);
    assert_eq!(told(&minute(&mut model, true)), [""; 0]);
}

#[test]
fn nobody_is_told_where_nothing_is_set() {
    let mut model = model();
    polls(&mut model, true);
    assert_eq!(told(&polls(&mut model, false)), [""; 0]);
}
