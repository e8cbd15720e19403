//! Acting as keys and messages in, effects out: what confirms and what does not, what ends a dialog, what read-only ends.

mod dialog;
mod drill;
mod notices;
mod query;
mod recovery;
mod roads;
mod runs;
mod settings;
mod themes;
mod wall;

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use jiff::Timestamp;

use super::update;
use crate::action::{Condition, Confirm, Preview};
use crate::app::act::Stage;
use crate::app::{Effect, Key, Model, Msg, Options, Overlay, Screen};
use crate::base::{ActionId, Cause, ComponentId, Now, State};
use crate::config::{System, SystemFile};
use crate::job::Zone;
use crate::probe::assess::Observation;
use crate::probe::{Detail, Measured, ProbeError, ProbeReport};
use crate::signal::Value;
use crate::watch::Watch;

const SYSTEM: &str = r#"
title = "Shop"
environment = "production"
[component.worker]
title = "Worker"
probe.http = { url = "http://127.0.0.1:1/health" }
[component.worker.signal]
waiting = "body.waiting"
[panel.services]
title = "Service health"
kind = "services"
[panel.waiting]
title = "Waiting"
kind = "table"
rows = ["worker.waiting"]
[action.restart]
title = "Restart worker"
risk = "disruptive"
command = ["restart"]
component = "worker"
key = "R"
[action.ping]
title = "Ping"
risk = "safe"
http = { url = "http://127.0.0.1:1/ping" }
key = "P"
[action.purge]
title = "Purge everything"
risk = "destructive"
command = ["purge"]
key = "D"
[action.limit]
title = "Set the limit"
risk = "safe"
command = ["limit", "${limit}"]
key = "L"
parameter.limit = { pattern = "[0-9]+m", default = "3m" }
parameter.unit = { one_of = ["a", "b"] }
[action.requeue]
title = "Requeue"
risk = "safe"
http = { url = "http://127.0.0.1:1/${item}" }
items = "worker.waiting.map(e, e.id)"
component = "worker"
key = "Q"
[job.nightly]
title = "Nightly"
schedule = "0 3 * * *"
trigger = "ping"
"#;

fn model() -> Model {
    let file: SystemFile = toml::from_str(SYSTEM).unwrap();
    let system = System {
        name: "shop".parse().unwrap(),
        origin: "test".into(),
        text: SYSTEM.into(),
        file,
        runbooks: std::sync::Arc::default(),
    };
    let wall: Timestamp = "2026-11-22T02:16:07Z".parse().unwrap();
    let now = Now::at(1000.0, wall);
    let watch = Watch::new(Arc::new(system), &IndexMap::new(), &[], now);
    let options = Options { local_zone: Zone::utc(), read_only: false, wall: false, demo: None };
    let mut model = Model::new(vec![watch], Vec::new(), options, (80, 24), now);
    poll(&mut model, false);
    poll(&mut model, false);
    model
}

fn after(model: &mut Model, millis: u64) {
    model.now = model.now.plus(Duration::from_millis(millis));
}

fn send(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let now = model.now;
    update(model, msg, now)
}

fn press(model: &mut Model, keys: &[&str]) -> Vec<Effect> {
    keys.iter().flat_map(|key| send(model, Msg::Key(key.parse::<Key>().unwrap()))).collect()
}

/// The worker answers, or does not.
fn poll(model: &mut Model, up: bool) -> Vec<Effect> {
    after(model, 5000);
    let entry = |id: &str| Value::Map(IndexMap::from([("id".to_owned(), Value::from(id))]));
    let waiting = Measured {
        name: "waiting".parse().unwrap(),
        value: Ok(Value::from(vec![entry("e-1"), entry("e-2"), entry("e-3")])),
        unit: None,
        course: Vec::new(),
    };
    let outcome = if up {
        let took = Duration::from_millis(2);
        Ok(Observation { state: State::Up, reason: None, signals: vec![waiting], latency: took, detail: Detail::None })
    } else {
        Err(ProbeError::new(Cause::Refused, "refused"))
    };
    let component = ComponentId::new("worker").unwrap();
    let report = ProbeReport { component, at: model.now.mono, took: Duration::from_millis(2), outcome };
    let name = model.systems[0].system.name.clone();
    send(model, Msg::Reports(vec![(name, Box::new(report))]))
}

fn preview(action: &str, confirm: Confirm) -> Preview {
    Preview {
        at: jiff::Timestamp::UNIX_EPOCH,
        system: "shop".into(),
        environment: "production".into(),
        action: action.into(),
        title: action.into(),
        risk: "disruptive".into(),
        confirm,
        target: "worker".into(),
        call: "/bin/true".into(),
        calls: Vec::new(),
        items: Vec::new(),
        effect: None,
        affects: Vec::new(),
        evidence: Vec::new(),
        precondition: None,
        verify: None,
        verify_within_s: 60,
        timeout_s: 60,
        undo: None,
        last: None,
        held_by: None,
        reach: crate::action::Reach::Host,
        refusal: None,
        picture: vec![("worker".into(), "down".into())],
    }
}

fn plan(model: &mut Model, preview: Preview) {
    let action = ActionId::new(&preview.action).unwrap();
    let system = "shop".parse().unwrap();
    send(model, Msg::Planned { system, action, preview: Box::new(preview) });
}

/// A dialog that was opened by its key and shows its preview, at once.
fn shown(key: &str, preview: Preview) -> Model {
    let mut model = model();
    let effects = press(&mut model, &[key]);
    assert!(matches!(effects[..], [Effect::Plan { .. }]), "{effects:?}");
    plan(&mut model, preview);
    model
}

fn stage(model: &Model) -> Option<&Stage> {
    match model.overlays.last() {
        Some(Overlay::Confirm(dialog)) => Some(&dialog.stage),
        _ => None,
    }
}

fn note(model: &Model) -> String {
    match model.overlays.last() {
        Some(Overlay::Confirm(dialog)) => dialog.note.clone().unwrap_or_default(),
        _ => String::new(),
    }
}

fn toast(model: &Model) -> &str {
    model.toast.as_ref().map_or("", |(text, _)| text)
}

fn runs(effects: &[Effect]) -> usize {
    effects.iter().filter(|effect| matches!(effect, Effect::Run { .. })).count()
}

/// Three systems: the first is healthy, the second is down, nothing is known of the third.
fn fleet() -> Model {
    let mut model = model();
    poll(&mut model, true);
    let now = model.now;
    for name in ["mill", "dock"] {
        let file: SystemFile = toml::from_str(SYSTEM).unwrap();
        let system = System {
            name: name.parse().unwrap(),
            origin: "test".into(),
            text: SYSTEM.into(),
            file,
            runbooks: std::sync::Arc::default(),
        };
        model.systems.push(Watch::new(Arc::new(system), &IndexMap::new(), &[], now));
    }
    for _ in 0..2 {
        after(&mut model, 5000);
        let component = ComponentId::new("worker").unwrap();
        let outcome = Err(ProbeError::new(Cause::Refused, "refused"));
        let report = ProbeReport { component, at: model.now.mono, took: Duration::from_millis(2), outcome };
        send(&mut model, Msg::Reports(vec![("mill".parse().unwrap(), Box::new(report))]));
    }
    model.screen = Screen::Fleet;
    model
}

#[test]
fn until_a_key_is_pressed_the_worst_of_the_fleet_is_selected() {
    let mut model = fleet();
    let report = |model: &Model| {
        let outcome = Err(ProbeError::new(Cause::Refused, "refused"));
        let component = ComponentId::new("worker").unwrap();
        let report = ProbeReport { component, at: model.now.mono, took: Duration::from_millis(2), outcome };
        Msg::Reports(vec![("mill".parse().unwrap(), Box::new(report))])
    };
    let again = report(&model);
    send(&mut model, again);
    assert_eq!(model.list_cursor, 1, "the one that is down");
    press(&mut model, &["j"]);
    let again = report(&model);
    send(&mut model, again);
    assert_eq!(model.list_cursor, 0, "what somebody chose stays");
}

#[test]
fn the_fleet_is_walked_worst_first_and_numbers_stay_with_their_system() {
    let mut model = fleet();
    assert_eq!(model.worst_first(), [1, 0, 2]);
    press(&mut model, &["0"]);
    assert_eq!(model.list_cursor, 1, "the worst is selected");
    press(&mut model, &["j", "Enter"]);
    assert_eq!((model.screen, model.current), (Screen::System, 0), "the next one in the order on the screen");
    for (key, current) in [("2", 1), ("3", 2), ("1", 0)] {
        press(&mut model, &[key]);
        assert_eq!((model.screen, model.current), (Screen::System, current), "{key}");
    }
    press(&mut model, &["7"]);
    assert_eq!((toast(&model), model.current), ("there is no system 7", 0));
}
