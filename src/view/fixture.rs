//! A small shop under watch, for the tests of the view: made from a system file's text and from fake polls, so that what
//! is drawn went through the same evaluation as in the program.

mod answers;

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use jiff::Timestamp;

use crate::app::{Demo, Model, Options, Simulated};
use crate::base::{Cause, ComponentId, Now, Shown, SignalKey, State, SystemName};
use crate::config::{RunbookFile, System, SystemFile};
use crate::job::Zone;
use crate::probe::assess::Observation;
use crate::probe::rq::Liveness;
use crate::probe::{Measured, ProbeError, ProbeReport};
use crate::signal::Value;
use crate::watch::Watch;

const SYSTEM: &str = include_str!("fixture/shop.toml");

/// Seconds of a poll.
const EVERY: u64 = 5;

/// What is being watched, and how it is.
pub(crate) struct Bench {
    pub(crate) watch: Watch,
    pub(crate) now: Now,
    /// Seconds since the watch began.
    at: u64,
    /// Components that do not answer.
    down: Vec<&'static str>,
    pub(crate) pending: f64,
    /// Change of the backlog per poll.
    growth: f64,
    pub(crate) memory: f64,
    /// Megabytes per poll.
    leak: f64,
    pub(crate) workers: Vec<Liveness>,
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturating is what is wanted")]
fn whole(n: f64) -> u64 {
    n as u64
}

fn options() -> Options {
    Options { local_zone: Zone::new("Europe/Berlin").unwrap(), read_only: false, wall: false, demo: None }
}

fn shown(text: &str) -> Shown {
    Shown::from_remote(text)
}

pub(crate) fn id(name: &str) -> ComponentId {
    ComponentId::new(name).unwrap()
}

impl Bench {
    /// A watch that has just begun.
    pub(crate) fn starting() -> Self {
        Self::of(SYSTEM)
    }

    fn of(text: &str) -> Self {
        let file: SystemFile = toml::from_str(text).unwrap();
        let system = System {
            name: SystemName::new("shop").unwrap(),
            origin: "test".into(),
            text: "".into(),
            file,
            runbooks: std::sync::Arc::default(),
        };
        let wall: Timestamp = "2026-11-22T02:16:07Z".parse().unwrap();
        let now = Now::at(100_000.0, wall);
        let unset = IndexMap::from([(id("sandbox"), "sandbox_url".to_owned())]);
        let watch = Watch::new(Arc::new(system), &unset, &[], now);
        let workers = vec![Liveness::Live, Liveness::Live];
        Self { watch, now, at: 0, down: Vec::new(), pending: 2.0, growth: 0.0, memory: 612.0, leak: 0.0, workers }
    }

    /// Half an hour in which everything was well.
    pub(crate) fn healthy() -> Self {
        let mut bench = Self::starting();
        bench.remember(1770);
        bench.run(30);
        bench
    }

    /// Four minutes after the worker was killed: the backlog grows, the memory is what it was.
    pub(crate) fn trouble() -> Self {
        Self::healthy().crashed()
    }

    /// The same trouble where there are runbooks.
    pub(crate) fn with_runbooks() -> Self {
        let mut bench = Self::healthy();
        let files = [
            ("runbooks/redis-down.md", include_str!("fixture/redis-down.md")),
            ("runbooks/worker-crash.md", include_str!("fixture/worker-crash.md")),
        ];
        let files = files.map(|(path, text)| RunbookFile::new(path.as_ref(), text).unwrap());
        Arc::make_mut(&mut bench.watch.system).runbooks = files.into();
        bench.crashed()
    }

    fn crashed(self) -> Self {
        let mut bench = self;
        bench.workers = vec![Liveness::Killed, Liveness::Live];
        bench.down = vec!["worker"];
        bench.growth = 1.2;
        bench.run(420);
        bench.workers = vec![Liveness::Killed, Liveness::OrphanScheduler];
        bench.run(10);
        bench
    }

    /// The store is down, and with it what stands on it.
    pub(crate) fn store_down() -> Self {
        let mut bench = Self::healthy();
        bench.down = vec!["store", "queue"];
        bench.run(95);
        bench
    }

    /// The same shop elsewhere: `staging`, `development`.
    pub(crate) fn elsewhere(environment: &str) -> Self {
        Self::of(&SYSTEM.replacen("production", environment, 1))
    }

    /// A watch of the same shop with other panels that has just begun.
    pub(crate) fn starting_with(panels: &str) -> Self {
        let shop = SYSTEM.split("[panel.services]").next().unwrap();
        Self::of(&format!("{shop}{panels}"))
    }

    /// From now on so much memory is used, and more with each poll; a tenth of it is spent money.
    pub(crate) fn spend(&mut self, memory: f64, leak: f64) {
        (self.memory, self.leak) = (memory, leak);
    }

    /// The same shop with other panels.
    pub(crate) fn with_panels(panels: &str) -> Self {
        let mut bench = Self::starting_with(panels);
        bench.remember(1770);
        bench.run(30);
        bench
    }

    /// Nothing was polled for two minutes.
    pub(crate) fn stale() -> Self {
        let mut bench = Self::healthy();
        bench.wait(125);
        bench
    }

    /// The worker's memory rises towards its limit.
    pub(crate) fn leaking() -> Self {
        let mut bench = Self::healthy();
        bench.memory = 900.0;
        bench.leak = 4.5;
        bench.run(800);
        bench
    }

    /// From now on these do not answer.
    pub(crate) fn fail(&mut self, names: &[&'static str]) {
        self.down = names.to_vec();
    }

    /// Lets time pass without a poll.
    pub(crate) fn wait(&mut self, secs: u64) {
        self.now = self.now.plus(Duration::from_secs(secs));
        self.at += secs;
        self.watch.tick(self.now);
    }

    /// Lets a time pass of which only the samples are left, as if it had been polled: quick.
    fn remember(&mut self, secs: u64) {
        let began = self.now;
        for _ in 0..secs / EVERY {
            self.now = self.now.plus(Duration::from_secs(EVERY));
            self.at += EVERY;
            for id in self.due() {
                let answer = self.answer(id.as_str(), self.latency(id.as_str()));
                let latency = Measured {
                    name: "latency_ms".parse().unwrap(),
                    value: Ok(Value::number(answer.latency.as_secs_f64() * 1000.0)),
                    unit: Some("ms".into()),
                    course: Vec::new(),
                };
                for signal in answer.signals.into_iter().chain([latency]) {
                    let key = SignalKey::new(id.clone(), signal.name);
                    self.watch.store.record(&key, signal.value.unwrap(), signal.unit.as_deref(), self.now.mono);
                }
            }
        }
        self.watch.tick(began);
        // those that are polled rarely were polled once in that time
        for name in ["pay", "metrics", "cache", "scheduler"] {
            self.poll(&id(name));
        }
    }

    /// The components whose turn it is.
    fn due(&self) -> Vec<ComponentId> {
        let every = |id: &ComponentId| self.watch.system.component[id].every.0.as_secs();
        let watched = self.watch.components.iter().filter(|(_, component)| component.is_watched());
        watched.map(|(id, _)| id).filter(|id| (self.at - EVERY).is_multiple_of(every(id))).cloned().collect()
    }

    /// Polls everything in its rhythm for some seconds.
    pub(crate) fn run(&mut self, secs: u64) {
        for _ in 0..secs / EVERY {
            self.wait(EVERY);
            self.pending = (self.pending + self.growth).clamp(0.0, 900.0);
            self.memory += self.leak;
            for id in self.due() {
                self.poll(&id);
            }
        }
    }

    fn poll(&mut self, id: &ComponentId) {
        let latency = self.latency(id.as_str());
        let outcome = if self.down.contains(&id.as_str()) {
            let address = if id.as_str() == "worker" { "127.0.0.1:8082" } else { "127.0.0.1:6379" };
            Err(ProbeError::new(Cause::Refused, format!("refused {address}")))
        } else {
            Ok(self.answer(id.as_str(), latency))
        };
        let report = ProbeReport { component: id.clone(), at: self.now.mono, took: latency, outcome };
        self.watch.absorb(report, self.now);
    }

    /// A latency with some life in it, the same in every run.
    fn latency(&self, name: &str) -> Duration {
        let (base, spread) = match name {
            "api" => (3, 2),
            "db" => (41, 9),
            "wal" => (12, 6),
            "metrics" => (180, 60),
            _ => (1, 1),
        };
        let seed = name.len() as u64 * 7919 + self.at / EVERY * 104_729;
        let jitter = seed % 97 % (spread + 1);
        let spike = if seed.is_multiple_of(53) { base * 2 } else { 0 };
        Duration::from_millis(base + jitter + spike)
    }

    fn answer(&self, name: &str, latency: Duration) -> Observation {
        let signals = match name {
            "wal" => vec![
                ("pending", Value::number(self.pending.round()), "entries"),
                ("processing", Value::Int(i64::from(self.growth == 0.0)), "entries"),
                ("failed", Value::Int(if self.growth > 0.0 { 3 } else { 0 }), "entries"),
                ("pending_entries", self.entries(), ""),
            ],
            "budget" => vec![
                ("spent", Value::number(self.memory / 10.0), "USD"),
                ("limit", Value::Int(100), "USD"),
                ("percentage", Value::number(self.memory / 10.0), "%"),
            ],
            "stuck" => vec![("orders", self.orders(), ""), ("row_count", Value::Int(1204), "")],
            "worker" => vec![("memory_rss_mb", Value::number(self.memory), "MB")],
            "queue" => vec![
                ("queued", Value::count(self.queued()), "jobs"),
                ("workers_live", Value::count(self.live() as u64), ""),
                ("failed_jobs", self.failed_jobs(), ""),
            ],
            _ => Vec::new(),
        };
        let signals = signals
            .into_iter()
            .map(|(name, value, unit)| Measured {
                name: name.parse().unwrap(),
                value: Ok(value),
                unit: Some(unit.to_owned()).filter(|unit| !unit.is_empty()),
                course: Vec::new(),
            })
            .collect();
        Observation { state: State::Up, reason: None, signals, latency, detail: self.detail(name) }
    }

    fn queued(&self) -> u64 {
        if self.growth > 0.0 { whole(self.pending * 0.8) } else { 0 }
    }

    fn live(&self) -> usize {
        self.workers.iter().filter(|worker| worker.works()).count()
    }

    /// Shows a model over it, some seconds from now, and goes on.
    pub(crate) fn look<R>(&mut self, size: (u16, u16), after: u64, show: impl FnOnce(&Model) -> R) -> R {
        let blank = Watch::new(self.watch.system.clone(), &IndexMap::new(), &[], self.now);
        let watch = std::mem::replace(&mut self.watch, blank);
        let mut model = Model::new(vec![watch], Vec::new(), options(), size, self.now);
        model.now = self.now.plus(Duration::from_secs(after));
        let shown = show(&model);
        self.watch = model.systems.remove(0);
        shown
    }

    /// A model over it, which the bench goes on with: see [`Bench::go_on`].
    pub(crate) fn lend(&mut self, size: (u16, u16)) -> Model {
        let blank = Watch::new(self.watch.system.clone(), &IndexMap::new(), &[], self.now);
        Model::new(vec![std::mem::replace(&mut self.watch, blank)], Vec::new(), options(), size, self.now)
    }

    /// Polls what a lent model watches, for some seconds.
    pub(crate) fn go_on(&mut self, model: &mut Model, secs: u64) {
        std::mem::swap(&mut self.watch, &mut model.systems[0]);
        self.run(secs);
        std::mem::swap(&mut self.watch, &mut model.systems[0]);
        model.now = self.now;
    }

    /// A model over it.
    pub(crate) fn model(self, size: (u16, u16)) -> Model {
        Model::new(vec![self.watch], Vec::new(), options(), size, self.now)
    }

    /// A model over it, as the demo shows it.
    pub(crate) fn demo(self, size: (u16, u16), fault: &str) -> Model {
        let mut model = self.model(size);
        let faults = [
            ("none", "everything is well"),
            ("worker-crash", "the worker's process is killed"),
            ("redis-down", "Redis is gone"),
        ];
        let faults = faults.map(|(name, title)| (name.to_owned(), title.to_owned())).to_vec();
        let system = model.systems[0].system.name.clone();
        let simulates = "everything answers on loopback sockets".to_owned();
        let played = Simulated { system, simulates, faults, current: fault.to_owned() };
        model.options.demo = Some(Demo { systems: vec![played], opened: None, drill: None });
        model
    }
}
