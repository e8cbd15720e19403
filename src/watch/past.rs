//! What was known at a time: a watch of that moment, made of samples. Numbers and states are in it; texts, lists, details
//! and alerts were not recorded and are missing in it, never what they are now.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use jiff::SignedDuration;

use crate::base::{ComponentId, Mono, Now, State};
use crate::rule::Alert;
use crate::signal::past::millis;
use crate::signal::store::state_of;
use crate::watch::{Component, Log, Situation, Watch, WatchedRule, component};

/// The time of its own clock that stands for the moment: what lies before it, before the boot too, is a time on that clock.
const MOMENT: Duration = Duration::from_secs(86_400);

/// A system as it was at a moment.
#[derive(Debug)]
pub struct Then {
    /// What was known.
    pub watch: Watch,
    /// The moment on the watch's own clock, and on the wall.
    pub now: Now,
    /// The moment on our boot-time clock, in milliseconds; negative before the boot.
    pub at: i64,
}

impl Then {
    /// What a watch knows of a moment before `now`.
    pub fn of(watch: &Watch, at: i64, now: Now) -> Self {
        let ago = SignedDuration::from_millis(millis(now.mono).saturating_sub(at));
        let wall = now.wall.checked_sub(ago).unwrap_or(now.wall);
        let then = Now { mono: Mono(MOMENT), wall };
        Self { watch: as_of(watch, at, then), now: then, at }
    }

    /// How long ago it was.
    pub fn ago(&self, now: Now) -> Duration {
        Duration::from_millis(u64::try_from(millis(now.mono).saturating_sub(self.at)).unwrap_or(0))
    }
}

/// Since when something is recorded at all, in milliseconds of the boot-time clock.
pub fn oldest(watch: &Watch) -> Option<i64> {
    let of = |id: &ComponentId| watch.store.course(id.as_str(), "up").and_then(crate::signal::Course::oldest);
    watch.components.keys().filter_map(of).min()
}

fn as_of(watch: &Watch, at: i64, then: Now) -> Watch {
    let store = watch.store.as_of(at, millis(then.mono).saturating_sub(at));
    let components: IndexMap<ComponentId, Component> =
        watch.components.iter().map(|(id, own)| (id.clone(), component_at(watch, id, own, at, then))).collect();
    let rule = |own: &WatchedRule| WatchedRule {
        rule: own.rule.clone(),
        implied: own.implied.clone(),
        reads: own.reads.clone(),
        alert: Alert::new(then),
        explained_by: None,
    };
    let mut log = Log::default();
    watch.log.iter().filter(|event| event.at.wall <= then.wall).cloned().for_each(|event| log.push(event));
    let mut past = Watch {
        system: Arc::clone(&watch.system),
        store,
        components,
        alerts: watch.alerts.iter().map(|(id, own)| (id.clone(), rule(own))).collect(),
        jobs: IndexMap::new(),
        log,
        situation: Situation { starting: false, ..Situation::default() },
        diagnoses: Vec::new(),
        signs: None,
        readers: HashMap::new(),
        owed: None,
        judged: then.mono,
    };
    for (id, component) in &past.components {
        component::age(id, component, &mut past.store, then);
    }
    let _ = past.evaluate_alerts(0..past.alerts.len(), then);
    past.evaluate_jobs(None, then);
    past
}

/// A component by its recorded `up`, `state` and `latency_ms`.
fn component_at(watch: &Watch, id: &ComponentId, own: &Component, at: i64, then: Now) -> Component {
    let mut past = Component::new(own.not_configured.clone(), own.skipped, then);
    let course = |signal| watch.store.course(id.as_str(), signal);
    let here =
        |time: i64| Mono(then.mono.0.saturating_sub(Duration::from_millis(u64::try_from(at - time).unwrap_or(0))));
    let Some(up) = course("up").and_then(|up| up.at(at)) else { return past };
    let is_up = up.last > 0.5;
    past.polled = Some(here(up.until));
    let state = course("state").and_then(|state| state.at(at));
    past.state = state.and_then(|state| state_of(state.last)).unwrap_or(if is_up { State::Up } else { State::Down });
    let mono = here(state.map_or(up.from, |state| state.from));
    let before = SignedDuration::try_from(then.mono.since(mono)).unwrap_or_default();
    past.since = Now { mono, wall: then.wall.checked_sub(before).unwrap_or(then.wall) };
    past.failures = u32::from(!is_up);
    let answered = course("up").and_then(|course| {
        let seen = course.between(i64::MIN, at).filter(|seen| seen.last > 0.5);
        seen.last().map(|seen| seen.until)
    });
    past.answered = answered.map(here);
    let latency = course("latency_ms").and_then(|latency| latency.at(at)).filter(|latency| latency.until >= up.until);
    past.latency = latency.and_then(|latency| crate::base::time::seconds(latency.last / 1000.0));
    past
}
