//! What a calm minute costs on a slow link: a minute of reports and ticks, drawn and encoded as in the program, on a clock
//! of its own.

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;

use super::*;
use crate::app::{Msg, Options, update};
use crate::base::{ComponentId, Now, Shown, State, SystemName};
use crate::config::System as SystemOf;
use crate::job::Zone;
use crate::probe::assess::Observation;
use crate::probe::rq::{Liveness, QueueFacts, RqSnapshot, WorkerFacts};
use crate::probe::{Detail, Measured, ProbeReport};
use crate::signal::Value;
use crate::view::ColorDepth;
use crate::watch::Watch;

/// Queues, and workers that are gone.
const MANY: u32 = 10;
/// What a minute may cost.
const MOST: usize = 4200;

const SYSTEM: &str = r#"
title = "Bench"
[panel.queues]
title = "Queues"
kind = "queues"
component = "queue"
[panel.services]
title = "Services"
kind = "services"
[component.queue]
every = "1s"
timeout = "1s"
probe.rq = { url = "redis://127.0.0.1:6379/0" }
[component.api]
every = "1s"
timeout = "1s"
probe.http = { url = "http://127.0.0.1:8001/health" }
"#;

/// What rq tells when jobs wait for so long, and the workers beat so long ago.
fn snapshot(waited: f64) -> RqSnapshot {
    let zero = Some(0);
    let name = |kind: &str, n: u32| Shown::from_remote(&format!("{kind}-{n}"));
    let queue = |n| QueueFacts {
        name: name("queue", n),
        queued: Some(50),
        finished: Some(50),
        started: zero,
        failed: zero,
        deferred: zero,
        scheduled: zero,
        canceled: zero,
        abandoned: zero,
        swallowed: zero,
        overdue: zero,
        intermediate: zero,
        // they came one after the other
        oldest_wait_s: Some(waited + f64::from(n) * 0.7),
        ..QueueFacts::default()
    };
    let worker = |n| WorkerFacts {
        name: name("worker", n),
        registered: true,
        liveness: Liveness::Killed,
        heartbeat_age_s: Some(waited + f64::from(n) * 0.3),
        ..WorkerFacts::default()
    };
    RqSnapshot {
        queues: (0..MANY).map(queue).collect(),
        workers: (0..MANY).map(worker).collect(),
        suspended: Some(false),
        ..RqSnapshot::default()
    }
}

/// The screen over a fake terminal.
struct Bench {
    model: Model,
    theme: Theme,
    now: Now,
    jobs_waited: f64,
    seed: u64,
}

impl Bench {
    fn new((columns, rows): (u16, u16)) -> Self {
        let file = toml::from_str(SYSTEM).unwrap();
        let system = SystemOf {
            name: SystemName::new("bench").unwrap(),
            origin: "test".into(),
            text: SYSTEM.into(),
            file,
            runbooks: std::sync::Arc::default(),
        };
        let now = Now::at(100_000.25, "2026-11-22T02:16:07.25Z".parse().unwrap());
        let watch = Watch::new(Arc::new(system), &IndexMap::new(), &[], now);
        let options = Options { local_zone: Zone::utc(), read_only: false, wall: false, demo: None };
        let model = Model::new(vec![watch], Vec::new(), options, (columns, rows), now);
        let theme = Theme::builtin("dark", ColorDepth::True, false).unwrap();
        Self { model, theme, now, jobs_waited: 4.0, seed: 7 }
    }

    /// A second: both components answer, then the screen is drawn.
    fn second(&mut self) -> Buffer {
        self.jobs_waited += 1.0;
        let queue = snapshot(self.jobs_waited);
        let signals = [("queued", 500), ("workers_live", 0)];
        self.report("queue", Duration::from_millis(300), &signals, Detail::Rq(Box::new(queue)));
        self.report("api", Duration::from_millis(450), &[], Detail::None);
        self.now = self.now.plus(Duration::from_millis(250));
        update(&mut self.model, Msg::Tick, self.now);
        let mut frame = Buffer::default();
        blank(&mut frame, self.model.size);
        view::draw(&self.model, &self.theme, &mut frame);
        frame
    }

    fn report(&mut self, id: &str, after: Duration, signals: &[(&str, i64)], detail: Detail) {
        self.now = self.now.plus(after);
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        // now and then one takes ten times as long
        let usual = 400 + (self.seed >> 40) % 2000;
        let latency = Duration::from_micros(if (self.seed >> 33).is_multiple_of(32) { usual * 10 } else { usual });
        let measured = |(name, value): &(&str, i64)| Measured {
            name: name.parse().unwrap(),
            value: Ok(Value::Int(*value)),
            unit: None,
            course: Vec::new(),
        };
        let signals = signals.iter().map(measured).collect();
        let seen = Observation { state: State::Up, reason: None, signals, latency, detail };
        let component = ComponentId::new(id).unwrap();
        let report = ProbeReport { component, at: self.now.mono, took: latency, outcome: Ok(seen) };
        let system = self.model.systems[0].system.name.clone();
        update(&mut self.model, Msg::Reports(vec![(system, Box::new(report))]), self.now);
    }
}

/// Bytes of each of sixty seconds, and what the costliest wrote.
fn minute(bench: &mut Bench) -> (usize, String) {
    let mut before = bench.second();
    let (mut all, mut worst) = (0, Vec::new());
    for _ in 0..60 {
        let after = bench.second();
        let mut bytes = Vec::new();
        encode::frame(Some(&before), &after, &mut bytes);
        all += bytes.len();
        if bytes.len() > worst.len() {
            worst = bytes;
        }
        before = after;
    }
    (all, String::from_utf8_lossy(&worst).replace('\u{1b}', "^"))
}

#[test]
fn a_calm_minute_stays_small() {
    for size in [(80, 24), (120, 40), (200, 60)] {
        let mut bench = Bench::new(size);
        for n in 1..=4 {
            let (bytes, worst) = minute(&mut bench);
            assert!(bytes <= MOST, "{bytes} bytes in minute {n} at {size:?}; the costliest second wrote {worst}");
        }
    }
}
