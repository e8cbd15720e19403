//! The state of one component: failures counted, `down_after` respected, its readings recorded. Pure.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

use crate::base::{ComponentId, Missing, Mono, Now, SignalKey, SignalName, State};
use crate::probe::{ComponentSpec, Detail, ProbeError, ProbeReport};
use crate::signal::{Freshness, SignalStore, Value};

/// Errors kept for the drill-down.
const ERRORS_KEPT: usize = 20;

/// What is known of one component now.
#[derive(Debug)]
pub struct Component {
    /// How it is.
    pub state: State,
    /// Since when.
    pub since: Now,
    /// Consecutive polls that were not up or degraded.
    pub failures: u32,
    /// When the last poll ended, good or bad.
    pub polled: Option<Mono>,
    /// When it last answered as up or degraded.
    pub answered: Option<Mono>,
    /// Why it is not up.
    pub error: Option<ProbeError>,
    /// Time of the last exchange.
    pub latency: Option<Duration>,
    /// Of the last answer.
    pub detail: Detail,
    /// The last failures, newest last.
    pub errors: VecDeque<(Timestamp, ProbeError)>,
    /// The variable that it lacks, where it is not configured.
    pub not_configured: Option<String>,
    /// Not looked at by choice.
    pub skipped: bool,
    /// The component whose failure explains this one's.
    pub explained_by: Option<ComponentId>,
    /// The state before the last change, until it is logged.
    changed_from: Option<State>,
}

impl Component {
    /// A component of which nothing is known yet.
    pub fn new(not_configured: Option<String>, skipped: bool, now: Now) -> Self {
        Self {
            state: State::Unknown,
            since: now,
            failures: 0,
            polled: None,
            answered: None,
            error: None,
            latency: None,
            detail: Detail::None,
            errors: VecDeque::new(),
            not_configured,
            skipped,
            explained_by: None,
            changed_from: None,
        }
    }

    /// True when its state matters: it is configured and looked at.
    pub fn is_watched(&self) -> bool {
        self.not_configured.is_none() && !self.skipped
    }

    /// Why its state is unknown, in words.
    pub fn why(&self) -> Missing {
        match (&self.not_configured, &self.error) {
            (Some(variable), _) => Missing::NotConfigured { variable: variable.clone() },
            (None, Some(error)) => error.missing(),
            (None, None) => Missing::NotPolled,
        }
    }

    /// How fresh its last poll is.
    pub fn freshness(&self, spec: &ComponentSpec, now: Mono) -> Freshness {
        self.polled.map_or(Freshness::Never, |at| Freshness::of_age(now.since(at), spec.timing()))
    }

    pub(super) fn take_change(&mut self) -> Option<State> {
        self.changed_from.take()
    }

    fn move_to(&mut self, state: State, now: Now) {
        if self.state != state {
            // the first verdict after the start is no change
            if self.polled.is_some() && !(self.state == State::Unknown && self.answered.is_none() && state == State::Up)
            {
                self.changed_from = Some(self.state);
            }
            self.state = state;
            self.since = now;
        }
    }
}

impl Component {
    /// What of it the judgement of the whole depends on, beside the alerts.
    pub(super) fn face(&self) -> (State, Option<ProbeError>, bool, bool) {
        (self.state, self.error.clone(), self.polled.is_some(), self.answered.is_some())
    }
}

/// Signals that every component has.
pub use crate::probe::component::BUILT_IN_SIGNALS as BUILT_IN;

fn key(component: &ComponentId, signal: &str) -> Option<SignalKey> {
    SignalName::new(signal).ok().map(|name| SignalKey::new(component.clone(), name))
}

/// Makes a component and its declared signals known to the store, all missing so far.
pub(super) fn register(store: &mut SignalStore, id: &ComponentId, spec: &ComponentSpec, component: &Component) {
    store.register(id.clone(), spec.timing());
    let missing = component.why();
    let declared = spec.signal.keys().cloned();
    let own = spec.probe.own_signals().into_iter();
    for name in own.chain(declared).chain(BUILT_IN.iter().filter_map(|name| SignalName::new(name).ok())) {
        store.record_missing(&SignalKey::new(id.clone(), name), missing.clone());
    }
}

/// Takes in one poll's outcome.
pub(super) fn absorb(
    component: &mut Component,
    spec: &ComponentSpec,
    store: &mut SignalStore,
    report: ProbeReport,
    now: Now,
) {
    let id = &report.component;
    let (seen, error) = match report.outcome {
        Ok(observation) => {
            component.latency = Some(observation.latency);
            component.detail = observation.detail;
            for measured in observation.signals {
                let key = SignalKey::new(id.clone(), measured.name);
                match measured.value {
                    Ok(value) => {
                        let at = |ago: Duration| Mono(report.at.0.saturating_sub(ago));
                        store.fill(&key, measured.course.into_iter().map(|(ago, value)| (at(ago), value)));
                        store.record(&key, value, measured.unit.as_deref(), report.at);
                    }
                    Err(missing) => store.record_missing(&key, missing),
                }
            }
            (observation.state, observation.reason)
        }
        Err(error) => {
            component.latency = None;
            (error.cause.state(), Some(error))
        }
    };
    let answered = component.latency.is_some();
    count(component, spec, seen, error, now);
    component.polled = Some(report.at);
    if matches!(seen, State::Up | State::Degraded) {
        component.answered = Some(report.at);
    } else if !answered && component.failures >= spec.down_after() {
        // confirmed: what it said before is not true any more, only the last that was known
        store.set_component_missing(id, Some(&component.why()));
    }
    record_built_in(component, spec, id, seen, store, report.at);
}

/// Counts failures; a single one changes nothing yet.
fn count(component: &mut Component, spec: &ComponentSpec, seen: State, error: Option<ProbeError>, now: Now) {
    let failed = matches!(seen, State::Down | State::Unknown);
    component.failures = if failed { component.failures.saturating_add(1) } else { 0 };
    if let (true, Some(error)) = (failed, &error) {
        if component.errors.len() == ERRORS_KEPT {
            component.errors.pop_front();
        }
        component.errors.push_back((now.wall, error.clone()));
    }
    if !failed || component.failures >= spec.down_after() || component.answered.is_none() {
        component.error = error;
    }
    if !failed || component.failures >= spec.down_after() {
        component.move_to(seen, now);
    }
}

fn record_built_in(
    component: &Component,
    spec: &ComponentSpec,
    id: &ComponentId,
    seen: State,
    store: &mut SignalStore,
    at: Mono,
) {
    let up = matches!(seen, State::Up | State::Degraded);
    let values: [(&str, Option<Value>, Option<&str>); 5] = [
        ("up", (up || component.failures > 0).then_some(Value::Bool(up)), None),
        ("state", (component.state != State::Unknown).then(|| Value::from(component.state.word())), None),
        ("latency_ms", component.latency.map(|l| Value::number(l.as_secs_f64() * 1000.0)), Some("ms")),
        ("failures", Some(Value::Int(component.failures.into())), None),
        ("error", Some(Value::Text(component.error.as_ref().map(|e| e.text.clone()).unwrap_or_default())), None),
    ];
    let unconfirmed = !up && component.answered.is_some() && component.failures < spec.down_after();
    for (name, value, unit) in values {
        let Some(key) = key(id, name) else { continue };
        match value {
            Some(value) => store.record(&key, value, unit, at),
            // not confirmed yet: like every other signal it stays what it was
            None if unconfirmed => {}
            None => store.record_missing(&key, component.why()),
        }
    }
}

/// Moves `age_s`, the seconds since a component last answered.
pub(super) fn age(id: &ComponentId, component: &Component, store: &mut SignalStore, now: Now) {
    if let (Some(key), Some(at)) = (key(id, "age_s"), component.answered) {
        store.set(&key, Value::number(now.mono.since(at).as_secs_f64()), Some("s"), now.mono);
    }
}
