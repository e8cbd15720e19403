//! Watching as the dashboard does, without its screen: the production pollers, their reports into a `Watch`, real time.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use midwatch::app::msg::Report;
use midwatch::base::template::Variable;
use midwatch::base::{Mono, SystemName, Variables};
use midwatch::config::{System, SystemFile};
use midwatch::runtime::poll::Pollers;
use midwatch::runtime::{PreparedSystem, clock};
use midwatch::signal::Reading;
use midwatch::watch::Watch;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use super::without_ports;

/// Longer than anything takes on a loaded machine when nothing is wrong.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often time passes.
const TICK: Duration = Duration::from_millis(50);

/// One report as it came in.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Whose.
    pub(crate) component: String,
    /// When.
    pub(crate) at: Mono,
    /// The state, and why: `down: refused HOST`.
    pub(crate) told: String,
}

/// A system under watch. It is polled only while somebody waits for something.
pub(crate) struct Live {
    runtime: Runtime,
    pub(crate) pollers: Pollers,
    reports: mpsc::Receiver<Report>,
    /// What is known.
    pub(crate) watch: Watch,
    /// Every report so far.
    pub(crate) seen: Vec<Seen>,
}

impl Live {
    /// Watches the system of this text, which may be faster than a file may ask for.
    pub(crate) fn file(text: &str) -> Self {
        Self::with(toml::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}")), &[])
    }

    /// Watches a system with these variables.
    pub(crate) fn with(file: SystemFile, variables: &[(&str, &str)]) -> Self {
        let system = System {
            name: SystemName::new("shop").unwrap(),
            origin: "test".into(),
            text: "".into(),
            file,
            runbooks: std::sync::Arc::default(),
        };
        let plain = |(name, value): &(&str, &str)| ((*name).to_owned(), Variable::Plain((*value).to_owned()));
        let variables: HashMap<String, Variable> = variables.iter().map(plain).collect();
        let prepared = PreparedSystem::new(Arc::new(system), Variables(variables), false);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (sender, reports) = mpsc::channel(1024);
        let watch = prepared.watch(clock::now());
        let pollers = runtime.block_on(async { Pollers::start(&[prepared], &sender) });
        Self { runtime, pollers, reports, watch, seen: Vec::new() }
    }

    /// Watches until something is there to be found.
    #[track_caller]
    pub(crate) fn until<R>(&mut self, what: &str, find: impl FnMut(&Watch, &[Seen]) -> Option<R>) -> R {
        let found = self.watch_for(PATIENCE, find);
        found.unwrap_or_else(|| panic!("{what}: not within {PATIENCE:?}; {:?}", self.seen))
    }

    /// Watches for so long.
    pub(crate) fn pass(&mut self, time: Duration) {
        self.watch_for(time, |_, _| None::<()>);
    }

    fn watch_for<R>(&mut self, time: Duration, mut find: impl FnMut(&Watch, &[Seen]) -> Option<R>) -> Option<R> {
        let ends = clock::now().mono + time;
        loop {
            if let Some(found) = find(&self.watch, &self.seen) {
                return Some(found);
            }
            let now = clock::now();
            if now.mono >= ends {
                return None;
            }
            let wait = TICK.min(ends.since(now.mono));
            let (runtime, reports) = (&self.runtime, &mut self.reports);
            match runtime.block_on(async { tokio::time::timeout(wait, reports.recv()).await }) {
                Ok(Some((_, report))) => {
                    self.seen.push(seen(&report));
                    self.watch.absorb(*report, clock::now());
                }
                Ok(other) => panic!("pollers only report: {other:?}"),
                Err(_) => self.watch.tick(clock::now()),
            }
        }
    }

    /// A component as it is now: `down: refused HOST`.
    pub(crate) fn state(&self, id: &str) -> String {
        state(&self.watch, id)
    }

    /// Reports of a component.
    pub(crate) fn reports_of(&self, id: &str) -> Vec<&Seen> {
        self.seen.iter().filter(|seen| seen.component == id).collect()
    }

    /// What is known of a signal now.
    pub(crate) fn reading(&self, component: &str, signal: &str) -> Reading<'_> {
        self.watch.store.reading(component, signal, clock::now())
    }
}

/// A component as a watch has it: `down: refused HOST`.
pub(crate) fn state(watch: &Watch, id: &str) -> String {
    let component = &watch.components[id];
    let why = component.error.as_ref().map(|error| format!(": {}", without_ports(&error.text)));
    format!("{}{}", component.state, why.unwrap_or_default())
}

fn seen(report: &midwatch::probe::ProbeReport) -> Seen {
    let (state, reason) = match &report.outcome {
        Ok(seen) => (seen.state, seen.reason.as_ref()),
        Err(error) => (error.cause.state(), Some(error)),
    };
    let why = reason.map(|error| format!(": {}", without_ports(&error.text))).unwrap_or_default();
    Seen { component: report.component.to_string(), at: report.at, told: format!("{state}{why}") }
}
