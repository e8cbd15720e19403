//! One task per component: polls at its rhythm, at most one poll in flight, its outcome sent as a message. A task that
//! panics is told as the component's internal error and started again.

use std::any::Any;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::app::Msg;
use crate::base::{Cause, ComponentId, SystemName};
use crate::probe::rhythm::Rhythm;
use crate::probe::{ComponentSpec, ProbeError, ProbeReport, Prober};
use crate::runtime::PreparedSystem;
use crate::runtime::clock;
use crate::runtime::look::look;
use crate::runtime::trip::{Site, trip};

/// What the loop tells all pollers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Control {
    paused: bool,
    /// Counts the requests to poll at once.
    round: u64,
}

/// All polling of the dashboard. Dropping it ends every task.
pub struct Pollers {
    tasks: JoinSet<()>,
    control: watch::Sender<Control>,
}

impl Pollers {
    /// Starts a task for every configured component of these systems.
    pub fn start(systems: &[PreparedSystem], reports: &mpsc::Sender<Msg>) -> Self {
        let (control, listen) = watch::channel(Control::default());
        let mut tasks = JoinSet::new();
        for prepared in systems {
            for (id, spec) in &prepared.system.component {
                if prepared.not_configured.contains_key(id) || prepared.skipped.contains(id) {
                    continue;
                }
                let poller = Poller {
                    system: prepared.system.name.clone(),
                    id: id.clone(),
                    spec: spec.clone(),
                    prepared: prepared.clone(),
                    reports: reports.clone(),
                };
                tasks.spawn(poller.supervise(listen.clone()));
            }
        }
        Self { tasks, control }
    }

    /// Stops or resumes all polling.
    pub fn pause(&self, paused: bool) {
        self.control.send_modify(|control| control.paused = paused);
    }

    /// Polls everything now, except what has a price; a poll that is under way counts.
    pub fn poll_now(&self) {
        self.control.send_modify(|control| control.round += 1);
    }

    /// Number of tasks, for tests that look for leaks.
    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    /// True when nothing is polled.
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }
}

#[derive(Clone)]
struct Poller {
    system: SystemName,
    id: ComponentId,
    spec: ComponentSpec,
    prepared: PreparedSystem,
    reports: mpsc::Sender<Msg>,
}

impl Poller {
    /// Keeps the component polled, whatever happens in its task.
    async fn supervise(self, control: watch::Receiver<Control>) {
        loop {
            // dropping the set, when this task is ended, ends the inner one as well
            let mut inner = JoinSet::new();
            inner.spawn(self.clone().run(control.clone()));
            match inner.join_next().await {
                Some(Err(error)) if error.is_panic() => {
                    let text = format!("internal error: {}; its poller was started again", said(&*error.into_panic()));
                    let error = ProbeError::new(Cause::Internal, text);
                    let (component, at) = (self.id.clone(), clock::now().mono);
                    let report = ProbeReport { component, at, took: Duration::ZERO, outcome: Err(error) };
                    if !self.send(report).await {
                        return;
                    }
                    tokio::time::sleep(self.spec.every.0).await;
                }
                _ => return,
            }
        }
    }

    async fn run(self, mut control: watch::Receiver<Control>) {
        let Ok(mut prober) = self.prepared.prober(&self.spec) else { return };
        let mut rhythm = Rhythm::new(&self.id, self.spec.every.0, self.spec.down_after());
        let slow = self.spec.is_slow();
        loop {
            if control.wait_for(|control| !control.paused).await.is_err() {
                return;
            }
            let round = control.borrow_and_update().round;
            let (failed, sent) = self.poll_once(&mut prober).await;
            if !sent {
                return;
            }
            let wait = rhythm.after(failed);
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                asked = control.wait_for(|control| control.round != round && !slow) => if asked.is_err() { return },
            }
        }
    }

    /// One poll, judged and sent. Returns whether it failed, and whether anybody still listens.
    async fn poll_once(&self, prober: &mut Prober) -> (bool, bool) {
        trip(Site::Poll);
        let report = look(&self.id, &self.spec, prober).await;
        let failed = report.failed();
        (failed, self.send(report).await)
    }

    async fn send(&self, report: ProbeReport) -> bool {
        self.reports.send(Msg::Report(self.system.clone(), Box::new(report))).await.is_ok()
    }
}

/// The words of a panic.
fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("it panicked")
}
