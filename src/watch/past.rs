//! What was known at a time: a watch of that moment, made of samples and of what was taken down of alerts and events.
//! Texts, lists and details were not recorded and are missing in it, never what they are now.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use jiff::SignedDuration;

use crate::base::{ComponentId, Mono, Now, State};
use crate::expr::Why;
use crate::rule::{Alert, AlertState};
use crate::signal::Freshness;
use crate::signal::past::millis;
use crate::signal::store::{NOT_RECORDED, state_of};
use crate::watch::chronicle::{Run, Stand, Standing};
use crate::watch::{Chronicle, Component, Event, Log, Situation, Watch, WatchedRule, component, event, situation};

/// The time of its own clock that stands for the moment: what lies before it, before the boot too, is a time on that clock.
const MOMENT: Duration = Duration::from_secs(30 * 86_400);

/// A change that lies no further from the grain of the samples is the one that they tell.
const NEARLY: SignedDuration = SignedDuration::from_secs(90);

/// A system as it was at a moment.
#[derive(Debug)]
pub struct Then {
    /// What was known.
    pub watch: Watch,
    /// The moment on the watch's own clock, and on the wall.
    pub now: Now,
    /// The moment on our boot-time clock, in milliseconds; negative before the boot.
    pub at: i64,
    /// What is known of its alerts.
    pub alerts: Told,
}

/// What is known of the alerts of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Where they stood.
    Recorded,
    /// Nobody watched.
    NotWatched,
    /// It was watched, and not taken down.
    NotRecorded,
}

impl Then {
    /// What a watch knows of a moment before `now`.
    pub fn of(watch: &Watch, at: i64, now: Now) -> Self {
        let ago = SignedDuration::from_millis(millis(now.mono).saturating_sub(at));
        let wall = now.wall.checked_sub(ago).unwrap_or(now.wall);
        let then = Now { mono: Mono(MOMENT), wall };
        let (watch, alerts) = as_of(watch, at, then);
        Self { watch, now: then, at, alerts }
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

/// The time now of a moment on our boot-time clock; one before the boot has no place on it but the first.
pub fn recalled(at: i64, now: Now) -> Now {
    let ago = SignedDuration::from_millis(millis(now.mono).saturating_sub(at));
    let mono = Duration::from_millis(u64::try_from(at).unwrap_or(0));
    Now { mono: Mono(mono), wall: now.wall.checked_sub(ago).unwrap_or(now.wall) }
}

/// A line for each start after another run, with what nobody watched before it; the last is our own.
pub(super) fn starts(runs: &[Run], began: i64, now: Now) -> Vec<Event> {
    let next = runs.iter().skip(1).map(|run| (run.began, true)).chain([(began, false)]);
    let line = |(run, (next, before)): (&Run, (i64, bool))| {
        let unwatched = Duration::from_millis(u64::try_from(next.saturating_sub(run.ended)).unwrap_or(0));
        Event { before, ..event::start(recalled(next, now), unwatched) }
    };
    runs.iter().zip(next).map(line).collect()
}

fn as_of(watch: &Watch, at: i64, then: Now) -> (Watch, Told) {
    let store = watch.store.as_of(at, millis(then.mono).saturating_sub(at));
    let components: IndexMap<ComponentId, Component> =
        watch.components.iter().map(|(id, own)| (id.clone(), component_at(watch, id, own, at, then))).collect();
    let rule = |own: &WatchedRule| WatchedRule {
        rule: own.rule.clone(),
        implied: own.implied.clone(),
        reads: own.reads.clone(),
        alert: Alert::new(then),
        explained_by: None,
        noted: None,
    };
    let mut log = Log::default();
    // of a moment before this start nothing has to be told apart
    let is_ours = at >= watch.chronicle.began();
    let until_then = watch.log.iter().filter(|event| event.at.wall <= then.wall).cloned();
    until_then.for_each(|event| log.push(Event { before: event.before && is_ours, ..event }));
    let mut past = Watch {
        system: Arc::clone(&watch.system),
        store,
        components,
        alerts: watch.alerts.iter().map(|(id, own)| (id.clone(), rule(own))).collect(),
        jobs: IndexMap::new(),
        log,
        chronicle: Chronicle::new(0),
        situation: Situation { starting: false, ..Situation::default() },
        diagnoses: Vec::new(),
        signs: None,
        readers: HashMap::new(),
        owed: None,
        judged: then.mono,
        told: 0,
    };
    for (id, component) in &past.components {
        component::age(id, component, &mut past.store, then);
    }
    let told = recall_alerts(&mut past, &watch.chronicle, at, then);
    past.evaluate_jobs(None, then);
    (past, told)
}

/// Puts the alerts where they stood, and judges the whole by that. Where that was not taken down, the numbers of then at
/// least colour what stands above its marks.
fn recall_alerts(past: &mut Watch, chronicle: &Chronicle, at: i64, then: Now) -> Told {
    let stands = chronicle.at(at);
    let watched = past.components.iter().any(|(id, component)| {
        let timing = past.store.timing(id.as_str());
        let age = component.polled.map(|polled| then.mono.since(polled));
        age.zip(timing).is_some_and(|(age, timing)| Freshness::of_age(age, timing) != Freshness::Stale)
    });
    if stands.is_empty() || !watched {
        let _ = past.evaluate_alerts(0..past.alerts.len(), then);
        return if watched { Told::NotRecorded } else { Told::NotWatched };
    }
    let here = |time: i64| {
        let ago = Duration::from_millis(u64::try_from(at.saturating_sub(time)).unwrap_or(0));
        let mono = Mono(then.mono.0.saturating_sub(ago));
        Now { mono, wall: then.wall_of(mono) }
    };
    for (id, watched) in &mut past.alerts {
        let flips = chronicle.flips(id, at).into_iter().map(|flip| here(flip).mono);
        watched.alert = match stands.get(id) {
            Some(stand) => Alert::recalled(state(stand), here(stand.since), reason(stand), flips),
            None => Alert::recalled(AlertState::Unknown(Why::words(NOT_RECORDED)), then, String::new(), flips),
        };
    }
    situation::explain(&past.system, &mut past.components, &mut past.alerts);
    past.situation = Situation { starting: false, ..situation::judge(past, then) };
    Told::Recorded
}

fn state(stand: &Stand) -> AlertState {
    match stand.standing {
        Standing::Unknown => AlertState::Unknown(Why::words(stand.because.clone())),
        Standing::Inactive => AlertState::Inactive,
        Standing::Pending => AlertState::Pending,
        Standing::Firing => AlertState::Firing,
    }
}

fn reason(stand: &Stand) -> String {
    if stand.standing == Standing::Unknown { String::new() } else { stand.because.clone() }
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
    // samples of hours ago tell the minute of a change, its event the second
    let change = watch.log.iter().rev().find(|event| event.at.wall <= then.wall && event.is_of(id));
    if let Some(event) = change.filter(|event| event.at.wall.duration_since(past.since.wall).abs() <= NEARLY) {
        let ago = Duration::try_from(then.wall.duration_since(event.at.wall)).unwrap_or_default();
        past.since = Now { mono: Mono(then.mono.0.saturating_sub(ago)), wall: event.at.wall };
    }
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
