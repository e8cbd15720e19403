//! A small shop, and what was learnt of it: reports as a poller sends them, no sockets.

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;

use crate::base::{Cause, ComponentId, Mono, Now, Redactor, Secret, Shown, SignalName, State, SystemName};
use crate::config::System;
use crate::probe::assess::Observation;
use crate::probe::rq::{Liveness, QueueFacts, RqSnapshot, WorkerFacts};
use crate::probe::{Detail, Measured, ProbeError, ProbeReport};
use crate::signal::Value;
use crate::watch::Watch;

pub(super) const SECRET: &str = "s3cr3t-of-the-shop";

/// 2026-11-22T02:50:00Z, a day after boot.
pub(super) fn start() -> Now {
    Now { mono: Mono(Duration::from_secs(86_400)), wall: "2026-11-22T02:50:00Z".parse().unwrap() }
}

const FILE: &str = r#"
title = "Corner shop"
environment = "staging"

[var.pay_url]
env = "SHOP_PAY_URL"

[component.api]
title = "Front door"
probe.tcp = { address = "127.0.0.1:1" }

[component.worker]
title = "Worker"
probe.tcp = { address = "127.0.0.1:2" }
runbook = "worker-crash"
[component.worker.signal]
memory_mb = { value = "latency_ms", unit = "MB" }

[component.wal]
title = "Write-ahead log"
probe.tcp = { address = "127.0.0.1:3" }
depends_on = ["api"]
[component.wal.signal]
pending = { value = "latency_ms", unit = "entries" }
note = "text"

[component.queue]
title = "rq"
probe.rq = { url = "redis://127.0.0.1:4" }
depends_on = ["worker"]

[component.pay]
title = "Payments"
probe.tcp = { address = "${pay_url}" }

[component.sandbox]
title = "Sandbox"
every = "15m"
on_down = "warning"
probe.tcp = { address = "127.0.0.1:5" }

[rule.wal-backlog]
summary = "WAL pending above 50"
when = "wal.pending > 50"
severity = "warning"
runbook = "wal-backlog"

[rule.wal-flood]
summary = "WAL pending above 100"
when = "wal.pending > 100"
for = "5m"
severity = "critical"

[rule.workers-none]
summary = "No worker takes jobs"
when = "queue.workers_live < 1"
severity = "critical"

[rule.worker-memory]
summary = "Worker memory is high"
when = "worker.memory_mb > 1536.0"
severity = "warning"

[job.digest]
title = "Digest"
schedule = "0 3 * * SUN"
"#;

/// The shop at one moment.
pub(super) struct Shop {
    pub(super) watch: Watch,
    pub(super) now: Now,
    pub(super) redactor: Redactor,
}

impl Shop {
    pub(super) fn open(skipped: &[&str]) -> Self {
        let file = toml::from_str(FILE).unwrap();
        let system = System {
            name: SystemName::new("shop").unwrap(),
            origin: "test".into(),
            text: "".into(),
            file,
            runbooks: std::sync::Arc::default(),
        };
        let lacking = IndexMap::from([(ComponentId::new("pay").unwrap(), "pay_url".to_owned())]);
        let skipped: Vec<ComponentId> = skipped.iter().map(|id| ComponentId::new(id).unwrap()).collect();
        let watch = Watch::new(Arc::new(system), &lacking, &skipped, start());
        Self { watch, now: start(), redactor: Redactor::new([&Secret::new(SECRET.into())]) }
    }

    pub(super) fn pass(&mut self, secs: u64) {
        self.now = self.now.plus(Duration::from_secs(secs));
        self.watch.tick(self.now);
    }

    pub(super) fn report(&mut self, component: &str, outcome: Result<Observation, ProbeError>) {
        let component = ComponentId::new(component).unwrap();
        let took = Duration::from_millis(3);
        self.watch.absorb(ProbeReport { component, at: self.now.mono, took, outcome }, self.now);
    }

    pub(super) fn answers(&mut self, component: &str, signals: Vec<Measured>, detail: Detail) {
        let latency = Duration::from_micros(3100);
        self.report(component, Ok(Observation { state: State::Up, reason: None, signals, latency, detail }));
    }

    pub(super) fn refuses(&mut self, component: &str, error: &ProbeError) {
        for _ in 0..2 {
            self.report(component, Err(error.clone()));
        }
    }

    pub(super) fn well(&mut self, pending: i64) {
        self.answers("worker", vec![measured("memory_mb", Value::number(612.4), Some("MB"))], Detail::None);
        self.rest_well(pending);
    }

    pub(super) fn rest_well(&mut self, pending: i64) {
        self.answers("api", Vec::new(), Detail::None);
        let wal =
            vec![measured("pending", Value::Int(pending), Some("entries")), measured("note", "fine".into(), None)];
        self.answers("wal", wal, Detail::None);
        self.queue(Liveness::Live);
        self.answers("sandbox", Vec::new(), Detail::None);
    }

    fn queue(&mut self, liveness: Liveness) {
        let name = Shown::from_remote("shop-worker-1a2b");
        let snapshot = RqSnapshot {
            queues: vec![QueueFacts {
                name: Shown::from_remote("default"),
                queued: Some(3),
                started: Some(1),
                failed: Some(2),
                deferred: Some(0),
                scheduled: None,
                finished: Some(9),
                oldest_wait_s: Some(41.25),
                ..QueueFacts::default()
            }],
            workers: vec![WorkerFacts {
                name,
                state: Shown::from_remote("busy"),
                liveness,
                queues: vec![Shown::from_remote("default")],
                heartbeat_age_s: Some(2.125),
                current_job: Some(Shown::from_remote("7c9e")),
                ..WorkerFacts::default()
            }],
            ..RqSnapshot::default()
        };
        let live = Value::Int(i64::from(liveness.works()));
        let signals = vec![
            measured("queued", Value::Int(3), Some("jobs")),
            measured("workers_live", live, None),
            measured("suspended", Value::Bool(false), None),
        ];
        self.answers("queue", signals, Detail::Rq(Box::new(snapshot)));
    }

    /// Everything that can be asked is well.
    pub(super) fn calm() -> Self {
        let mut shop = Self::open(&[]);
        shop.well(12);
        shop.pass(1);
        shop
    }

    /// The worker died four minutes ago: its queue has nobody, and the backlog grows.
    pub(super) fn trouble() -> Self {
        let mut shop = Self::open(&[]);
        shop.well(12);
        shop.pass(5);
        let refused = ProbeError::new(Cause::Refused, "refused 127.0.0.1:2");
        shop.refuses("worker", &refused);
        shop.pass(252);
        shop.rest_well(128);
        shop.refuses("worker", &refused);
        shop.queue(Liveness::Killed);
        shop.pass(1);
        shop
    }

    /// A source that puts escape sequences, invisible characters and our own secret into its words.
    pub(super) fn hostile() -> Self {
        let mut shop = Self::open(&[]);
        shop.well(12);
        let evil = format!("\u{1b}]0;pwned\u{7}#(reboot)|x'=\u{202e}gpj \u{9b}31m key {SECRET}\r\nOK");
        let list = Value::List([Value::Map(IndexMap::from([(evil.clone(), Value::Text(evil.clone()))]))].into());
        let signals = vec![measured("note", list, None), measured("pending", Value::Text("1e999".into()), None)];
        shop.answers("wal", signals, Detail::None);
        let error = ProbeError::new(Cause::ServerError, Shown::from_remote(&evil).into_string());
        shop.refuses("api", &error);
        shop.refuses("worker", &ProbeError::new(Cause::TimedOut, Shown::from_remote(&evil).into_string()));
        shop.pass(1);
        shop
    }

    /// One look that left the sandbox out; the log cannot be read.
    pub(super) fn unasked() -> Self {
        let mut shop = Self::open(&["sandbox"]);
        shop.answers("api", Vec::new(), Detail::None);
        shop.answers("worker", vec![measured("memory_mb", Value::number(612.4), Some("MB"))], Detail::None);
        shop.queue(Liveness::Live);
        shop.refuses("wal", &ProbeError::new(Cause::Unauthorized, "unauthorized: answers 401; is the key right?"));
        shop.pass(1);
        shop
    }

    /// Nothing was polled yet.
    pub(super) fn untouched() -> Self {
        Self::open(&[])
    }
}

fn measured(name: &str, value: Value, unit: Option<&str>) -> Measured {
    Measured {
        name: SignalName::new(name).unwrap(),
        value: Ok(value),
        unit: unit.map(str::to_owned),
        course: Vec::new(),
    }
}
