//! `check --format json`: the stable shape, held against `check.schema.json` by a test.
//!
//! Values are the source's own, made safe to print. A reading that is not to be believed is null with its reason.

use indexmap::IndexMap;
use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use serde::Serialize;
use serde_json::Value as Json;

use crate::base::{ComponentId, Missing, Now, RunbookId, Severity, Shown, State, Status};
use crate::probe::Detail;
use crate::probe::rq::{QueueFacts, RqSnapshot, WorkerFacts};
use crate::report::{Facts, diagnosis, overall};
use crate::rule::AlertState;
use crate::signal::{Freshness, Reading, Value};
use crate::watch::{Component, Watch, WatchedRule};

/// Version of the shape.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    at: String,
    status: Status,
    systems: Vec<System<'a>>,
}

#[derive(Serialize)]
struct System<'a> {
    name: &'a str,
    title: &'a str,
    environment: &'static str,
    status: Status,
    components: Vec<ComponentOut<'a>>,
    signals: IndexMap<String, Signal>,
    alerts: Vec<AlertOut<'a>>,
    diagnoses: Vec<diagnosis::Out<'a>>,
    queues: Vec<Queue<'a>>,
    workers: Vec<Worker<'a>>,
    jobs: Vec<Job<'a>>,
}

#[derive(Serialize)]
struct ComponentOut<'a> {
    id: &'a str,
    title: &'a str,
    state: State,
    latency_ms: Option<f64>,
    failures: u32,
    error: Option<String>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Signal {
    Known { value: Json, unit: Option<String>, at: String, freshness: &'static str },
    Missing { value: (), missing: &'static str, freshness: &'static str },
}

#[derive(Serialize)]
struct AlertOut<'a> {
    rule: &'a str,
    state: &'static str,
    severity: Severity,
    since: String,
    summary: &'a str,
    runbook: Option<&'a str>,
    why_unknown: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    word: Option<&'a str>,
}

#[derive(Serialize)]
struct Queue<'a> {
    name: &'a str,
    queued: Option<u64>,
    started: Option<u64>,
    failed: Option<u64>,
    deferred: Option<u64>,
    scheduled: Option<u64>,
    finished: Option<u64>,
    oldest_wait_s: Option<f64>,
}

#[derive(Serialize)]
struct Worker<'a> {
    name: &'a str,
    state: &'a str,
    heartbeat_age_s: Option<f64>,
    live: bool,
    queues: Vec<&'a str>,
    current_job: Option<&'a str>,
}

#[derive(Serialize)]
struct Job<'a> {
    id: &'a str,
    next_run: Option<String>,
    last_run: Option<String>,
    state: &'static str,
}

/// The report, one object over several lines, ending with a line break.
pub fn render(facts: Facts<'_>) -> Result<String, serde_json::Error> {
    let report = Report {
        version: VERSION,
        at: stamp(facts.now.wall),
        status: overall(facts.watches),
        systems: facts.watches.iter().map(|watch| system(watch, facts)).collect(),
    };
    printed(&report, facts)
}

/// Several lines, without secrets, ending with a line break.
pub(super) fn printed(report: &impl Serialize, facts: Facts<'_>) -> Result<String, serde_json::Error> {
    let mut tree = serde_json::to_value(report)?;
    redact(&mut tree, facts.redact);
    serde_json::to_string_pretty(&tree).map(|text| text + "\n")
}

/// RFC 3339 in UTC, to the millisecond.
pub(super) fn stamp(at: Timestamp) -> String {
    let to_millis = TimestampRound::new().smallest(Unit::Millisecond).mode(RoundMode::Trunc);
    at.round(to_millis).unwrap_or(at).to_string()
}

fn rounded(number: f64) -> Option<f64> {
    number.is_finite().then(|| (number * 1000.0).round() / 1000.0)
}

fn system<'a>(watch: &'a Watch, facts: Facts<'_>) -> System<'a> {
    let snapshots = snapshots(watch, facts.now);
    System {
        name: watch.system.name.as_str(),
        title: &watch.system.title,
        environment: watch.system.environment.word(),
        status: watch.situation.status,
        components: watch.components.iter().map(|(id, c)| component(watch, id, c)).collect(),
        signals: signals(watch, facts),
        alerts: alerts(watch),
        diagnoses: diagnosis::of(watch),
        queues: snapshots.iter().flat_map(|snapshot| &snapshot.queues).map(queue).collect(),
        workers: snapshots.iter().flat_map(|snapshot| &snapshot.workers).map(worker).collect(),
        jobs: jobs(watch),
    }
}

fn component<'a>(watch: &'a Watch, id: &'a ComponentId, known: &Component) -> ComponentOut<'a> {
    let error = match (&known.not_configured, known.skipped) {
        (Some(variable), _) => Some(format!("not configured: variable {variable} is not set")),
        (None, true) => Some("not asked: --skip-slow".to_owned()),
        (None, false) => known.error.as_ref().map(|error| error.text.clone()),
    };
    ComponentOut {
        id: id.as_str(),
        title: watch.system.component_title(id),
        state: known.state,
        latency_ms: known.latency.and_then(|l| rounded(l.as_secs_f64() * 1000.0)),
        failures: known.failures,
        error,
    }
}

fn signals(watch: &Watch, facts: Facts<'_>) -> IndexMap<String, Signal> {
    let mut all = IndexMap::new();
    for id in watch.store.components() {
        for (name, reading) in watch.store.component(id.as_str(), facts.now) {
            let unit = watch.store.unit(id.as_str(), name.as_str());
            all.insert(format!("{id}.{name}"), signal(&reading, unit, facts));
        }
    }
    all
}

fn signal(reading: &Reading<'_>, unit: Option<&str>, facts: Facts<'_>) -> Signal {
    let freshness = reading.freshness.word();
    match (reading.known(), reading.last) {
        (Some(value), Some((_, at))) => Signal::Known {
            value: safe(value, facts.redact),
            unit: unit.map(str::to_owned),
            at: stamp(facts.now.wall_of(at)),
            freshness,
        },
        _ => Signal::Missing {
            value: (),
            missing: reading.missing.as_ref().map_or(Missing::NotPolled.code(), Missing::code),
            freshness,
        },
    }
}

/// A value with every text in it neutralised (JSON escapes no C1 control, no bidi override), and no secret in a key.
fn safe(value: &Value, take_out: &dyn Fn(&str) -> String) -> Json {
    match value {
        Value::Text(text) => Shown::from_remote(text).into_string().into(),
        Value::List(list) => list.iter().map(|inner| safe(inner, take_out)).collect(),
        Value::Map(map) => Json::Object(
            map.iter()
                .map(|(key, inner)| (take_out(Shown::from_remote(key).as_str()), safe(inner, take_out)))
                .collect(),
        ),
        plain => plain.to_json(),
    }
}

/// Alerts that are not inactive: firing, then unknown, then pending; the worst severity first.
fn alerts(watch: &Watch) -> Vec<AlertOut<'_>> {
    let rank = |watched: &WatchedRule| match watched.alert.state {
        AlertState::Firing => 0,
        AlertState::Unknown(_) => 1,
        AlertState::Pending => 2,
        AlertState::Inactive => 3,
    };
    let mut active: Vec<_> = watch.active_alerts().collect();
    active.sort_by_key(|(_, watched)| (rank(watched), std::cmp::Reverse(watched.rule.severity)));
    active
        .into_iter()
        .map(|(id, watched)| AlertOut {
            rule: id.as_str(),
            state: watched.alert.state.word(),
            severity: watched.rule.severity,
            since: stamp(watched.alert.since.wall),
            summary: &watched.rule.summary,
            runbook: watched.rule.runbook.as_ref().map(RunbookId::as_str),
            why_unknown: match &watched.alert.state {
                AlertState::Unknown(why) => Some(&why.text),
                _ => None,
            },
            word: watched.rule.word.as_deref(),
        })
        .collect()
}

/// What rq told in the newest poll. A snapshot of a poll before that is no present fact.
fn snapshots(watch: &Watch, now: Now) -> Vec<&RqSnapshot> {
    let is_fresh = |id: &ComponentId, known: &Component| {
        let spec = watch.system.component.get(id);
        known.latency.is_some() && spec.is_some_and(|spec| known.freshness(spec, now.mono) < Freshness::Stale)
    };
    watch
        .components
        .iter()
        .filter(|(id, known)| is_fresh(id, known))
        .filter_map(|(_, known)| if let Detail::Rq(snapshot) = &known.detail { Some(&**snapshot) } else { None })
        .collect()
}

fn queue(facts: &QueueFacts) -> Queue<'_> {
    Queue {
        name: facts.name.as_str(),
        queued: facts.queued,
        started: facts.started,
        failed: facts.failed,
        deferred: facts.deferred,
        scheduled: facts.scheduled,
        finished: facts.finished,
        oldest_wait_s: facts.oldest_wait_s.and_then(rounded),
    }
}

fn worker(facts: &WorkerFacts) -> Worker<'_> {
    Worker {
        name: facts.name.as_str(),
        state: facts.state.as_str(),
        heartbeat_age_s: facts.heartbeat_age_s.and_then(rounded),
        live: facts.liveness.works(),
        queues: facts.queues.iter().map(Shown::as_str).collect(),
        current_job: facts.current_job.as_ref().map(Shown::as_str),
    }
}

fn jobs(watch: &Watch) -> Vec<Job<'_>> {
    watch
        .jobs
        .iter()
        .map(|(id, status)| Job {
            id: id.as_str(),
            next_run: status.next_run.map(stamp),
            last_run: status.last_run.map(stamp),
            state: status.state.word(),
        })
        .collect()
}

/// Takes secrets out of every text of the tree; keys are our own words, or [`safe`] already.
fn redact(tree: &mut Json, take_out: &dyn Fn(&str) -> String) {
    match tree {
        Json::String(text) => *text = take_out(text),
        Json::Array(list) => list.iter_mut().for_each(|inner| redact(inner, take_out)),
        Json::Object(map) => map.values_mut().for_each(|inner| redact(inner, take_out)),
        _ => {}
    }
}
