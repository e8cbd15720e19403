//! Clocks as a table: seconds after the fall in, words out.

use std::sync::Arc;

use indexmap::IndexMap;

use super::clocks;
use crate::base::{Cause, ComponentId, Now};
use crate::config::{System, SystemFile};
use crate::probe::{ProbeError, ProbeReport};
use crate::watch::Watch;

const SYSTEM: &str = r#"
title = "Shop"
escalation = [ { after = "15m", to = "Team lead" }, { after = "1h", to = "Manager" } ]
[severity.P1]
means = "critical"
respond = "10m"
[component.api]
probe.http = { url = "http://127.0.0.1:1/health" }
word = "P1"
"#;

fn at(secs: f64) -> Now {
    Now::at(secs, "2026-11-22T02:16:07Z".parse().unwrap())
}

/// The clocks of an API that is down since second 100.
fn after(secs: f64) -> Vec<(String, bool)> {
    of(SYSTEM, secs)
}

fn of(text: &str, secs: f64) -> Vec<(String, bool)> {
    let file: SystemFile = toml::from_str(text).unwrap();
    let system = System {
        name: "shop".parse().unwrap(),
        origin: "test".into(),
        text: SYSTEM.into(),
        file,
        runbooks: std::sync::Arc::default(),
    };
    let mut watch = Watch::new(Arc::new(system), &IndexMap::new(), &[], at(0.0));
    for second in [100.0, 105.0, 100.0 + secs] {
        let outcome = Err(ProbeError::new(Cause::Refused, "refused"));
        let component = ComponentId::new("api").unwrap();
        let took = std::time::Duration::from_millis(1);
        watch.absorb(ProbeReport { component, at: at(second).mono, took, outcome }, at(second));
    }
    clocks(&watch, at(100.0 + secs)).into_iter().map(|clock| (clock.text, clock.over)).collect()
}

#[test]
fn who_must_answer_until_when_and_who_is_told_next() {
    let table: &[(f64, &[(&str, bool)])] = &[
        (60.0, &[("P1: answer within 9m", false), ("Team lead in 14m", false)]),
        (599.0, &[("P1: answer within 6s", false), ("Team lead in 5m", false)]),
        (660.0, &[("P1: answer 55s overdue", true), ("Team lead in 4m", false)]),
        (1000.0, &[("P1: answer 6m overdue", true), ("Team lead since 1m35s", true), ("Manager in 43m", false)]),
        (4000.0, &[("P1: answer 56m overdue", true), ("Manager since 6m", true)]),
    ];
    for (secs, wanted) in table {
        let wanted: Vec<_> = wanted.iter().map(|(text, over)| ((*text).to_owned(), *over)).collect();
        assert_eq!(after(*secs), wanted, "{secs} s after");
    }
}

#[test]
fn the_time_of_what_is_less_bad_is_not_told_beside_what_is_worse() {
    let text = SYSTEM.replace("respond = \"10m\"", "").replace(
        "[component.api]",
        "[severity.P4]\nmeans = \"info\"\nrespond = \"24h\"\n[rule.low]\nsummary = \"low\"\nwhen = \"!api.up\"\n\
         severity = \"info\"\nword = \"P4\"\n[component.api]",
    );
    let told: Vec<String> = of(&text, 60.0).into_iter().map(|(text, _)| text).collect();
    assert_eq!(told, ["Team lead in 14m"]);
}

#[test]
fn nothing_runs_while_nothing_is_wrong() {
    let file: SystemFile = toml::from_str(SYSTEM).unwrap();
    let system = System {
        name: "shop".parse().unwrap(),
        origin: "test".into(),
        text: SYSTEM.into(),
        file,
        runbooks: std::sync::Arc::default(),
    };
    assert_eq!(clocks(&Watch::new(Arc::new(system), &IndexMap::new(), &[], at(0.0)), at(9999.0)), []);
}
