//! Four weeks with polling: every answer goes through the same `update` as in the program, outages come and go, jobs run,
//! and the screen is drawn. Nothing grows, no age drifts, nothing panics.

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;

use super::*;
use crate::app::{Effect, Options};
use crate::base::{Cause, Mono, Now, State, Status};
use crate::config::System;
use crate::job::{JobState, Zone};
use crate::probe::assess::Observation;
use crate::probe::{Detail, Measured, ProbeError, ProbeReport};
use crate::rule::AlertState;
use crate::signal::{Value, history, past};
use crate::watch::{Watch, chronicle, event};

const SHOP: &str = r#"
title = "Shop"
[component.api]
every = "2m"
probe.http = { url = "http://127.0.0.1:1/health" }
signal = { orders = "body.orders" }
[component.worker]
every = "2m"
depends_on = ["api"]
probe.http = { url = "http://127.0.0.1:2/health" }
signal = { beat = "body.beat" }
[rule.backlog]
summary = "Orders wait"
when = "api.orders > 50"
for = "5m"
severity = "warning"
[rule.rising]
summary = "Orders rise"
when = "rate('api.orders', '10m') > 4.0"
severity = "info"
[job.nightly]
title = "Nightly"
schedule = "0 3 * * *"
timezone = "UTC"
[panel.services]
title = "Services"
kind = "services"
[panel.orders]
title = "Orders"
kind = "trend"
signal = "api.orders"
"#;

const DAYS: u64 = 28;
const MINUTE: Duration = Duration::from_secs(60);

/// How the shop is in a minute: twice a day the worker is gone for a quarter of an hour, once the orders pile up; once a
/// week everything is gone for two hours.
struct Plan {
    minute: u64,
}

impl Plan {
    fn is_gone(&self, id: &str) -> bool {
        let all = self.minute % (7 * 1440) >= 7 * 1440 - 120;
        all || (id == "worker" && matches!(self.minute % 720, 300..315))
    }

    fn orders(&self) -> i64 {
        let of_day = i64::try_from(self.minute % 1440).unwrap();
        if (600..640).contains(&of_day) { 5 * (of_day - 600) } else { of_day % 7 }
    }

    fn report(&self, id: &str, now: Now) -> ProbeReport {
        let took = Duration::from_millis(3 + self.minute % 40);
        let outcome = if self.is_gone(id) {
            Err(ProbeError::new(Cause::Refused, format!("refused, try {}", self.minute)))
        } else {
            let (name, value) = match id {
                "api" => ("orders", Value::Int(self.orders())),
                _ => ("beat", Value::Text(format!("beat {}", self.minute))),
            };
            let measured = Measured { name: name.parse().unwrap(), value: Ok(value), unit: None, course: Vec::new() };
            Ok(Observation {
                state: State::Up,
                reason: None,
                signals: vec![measured],
                latency: took,
                detail: Detail::None,
            })
        };
        ProbeReport { component: id.parse().unwrap(), at: now.mono, took, outcome }
    }
}

fn model(now: Now) -> Model {
    let system = System {
        name: "shop".parse().unwrap(),
        origin: "test".into(),
        text: "".into(),
        file: toml::from_str(SHOP).unwrap(),
        runbooks: Arc::default(),
    };
    let watch = Watch::new(Arc::new(system), &IndexMap::new(), &[], now);
    let options = Options { local_zone: Zone::utc(), read_only: false, wall: false, demo: None };
    Model::new(vec![watch], Vec::new(), options, (120, 40), now)
}

/// All that is kept by the model, in entries; each kind within its limit.
fn entries(model: &Model) -> usize {
    let watch = &model.systems[0];
    assert!(watch.log.len() <= event::MOST, "{} events", watch.log.len());
    assert!(watch.chronicle.len() <= chronicle::MOST, "{} changes", watch.chronicle.len());
    let mut all = watch.chronicle.len()
        + watch.log.len()
        + model.runs.len()
        + model.plans.len()
        + model.launched.len()
        + model.overlays.len();
    for (id, component) in &watch.components {
        assert!(component.errors.len() <= 20, "{id}: {} errors", component.errors.len());
        all += component.errors.len();
        for (signal, _) in watch.store.component(id.as_str(), model.now) {
            let samples = watch.store.history(id.as_str(), signal.as_str()).map_or(0, crate::signal::History::len);
            let past = watch.store.past(id.as_str(), signal.as_str()).map_or(0, crate::signal::Past::len);
            assert!(
                samples <= history::MOST && past <= past::MOST,
                "{id}.{signal}: {samples} samples, {past} stretches"
            );
            all += samples + past;
        }
    }
    all
}

/// Nothing is older or younger than it is.
fn assert_ages(model: &Model, plan: &Plan, down_since: Option<Mono>) {
    let (watch, now) = (&model.systems[0], model.now);
    let worker = &watch.components["worker"];
    assert_eq!(worker.polled.map(|at| now.mono.since(at)), Some(Duration::ZERO), "minute {}", plan.minute);
    let age = watch.store.reading("api", "age_s", now).number();
    assert!(plan.is_gone("api") || age == Some(0.0), "minute {}: {age:?}", plan.minute);
    if let Some(since) = down_since {
        assert_eq!((worker.state, worker.since.mono), (State::Down, since), "minute {}", plan.minute);
        assert_eq!(now.wall_of(since), worker.since.wall, "both clocks agree");
        assert_ne!(watch.situation.status, Status::Ok, "minute {}", plan.minute);
    }
    let job = &watch.jobs["nightly"];
    let left = job.next_run.unwrap().duration_since(now.wall).as_secs();
    assert!((0..=86_400).contains(&left) && job.state == JobState::Scheduled, "minute {}: {job:?}", plan.minute);
}

#[test]
fn four_weeks_of_polling_keep_everything_within_its_bounds() {
    let begin = Now::at(50_000.0, "2026-11-01T00:00:00Z".parse().unwrap());
    let (mut model, theme) = (model(begin), dark());
    let (mut by_day, mut firing, mut kept, mut turns, mut down_since) = (Vec::new(), 0, 0, 0, None);
    for minute in (0..DAYS * 1440).step_by(2) {
        let plan = Plan { minute };
        let now = begin.plus(MINUTE * u32::try_from(minute).unwrap());
        let shop = model.systems[0].system.name.clone();
        let reports = ["api", "worker"].map(|id| (shop.clone(), Box::new(plan.report(id, now))));
        let effects = update(&mut model, Msg::Reports(reports.into()), now);
        assert!(effects.is_empty(), "{effects:?}");
        for effect in update(&mut model, Msg::Tick, now) {
            match effect {
                Effect::Keep { fresh, .. } => {
                    assert!(fresh.len() <= 12, "{} numbers of a minute", fresh.len());
                    kept += fresh.len();
                }
                Effect::KeepTurns { turns: new, .. } => {
                    assert!(new.len() <= 24, "{} changes of a minute", new.len());
                    turns += new.len();
                }
                effect => panic!("{effect:?}"),
            }
        }
        // the second failure in a row is the one that counts
        let second = minute > 0 && plan.is_gone("worker") && Plan { minute: minute - 2 }.is_gone("worker");
        down_since = second.then(|| down_since.unwrap_or(now.mono));
        assert_ages(&model, &plan, down_since);
        firing += u32::from(model.systems[0].alerts["backlog"].alert.state == AlertState::Firing);
        if minute % 360 == 358 {
            let keys: &[&str] = if minute % 720 == 358 { &["[", "{", "+", "Esc"] } else { &["z", "-", "z"] };
            for key in keys {
                update(&mut model, Msg::Key(key.parse().unwrap()), now);
                let _ = paint_at(&model, &theme);
            }
        }
        if minute % 1440 == 1438 {
            by_day.push(entries(&model));
        }
    }
    assert!(firing >= 8 * u32::try_from(DAYS).unwrap(), "the alert has fired every day: {firing} polls");
    assert!(kept > 10_000, "{kept}");
    // twice a day the worker goes and comes, once the orders pile up: both as events, and where their alerts stand
    assert!((10 * 28..100 * 28).contains(&turns), "{turns}");
    assert_eq!(model.systems[0].log.len(), event::MOST.min(usize::try_from(model.systems[0].log.written()).unwrap()));
    let [early, late] = [&by_day[7..14], &by_day[21..]].map(|week| week.iter().max().copied().unwrap());
    assert!(late <= early + event::MOST + chronicle::MOST, "the last week keeps more than the second: {by_day:?}");
}
