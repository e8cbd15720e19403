//! One task per component: polls at its rhythm, at most one poll in flight, its outcome sent as a message. A task that
//! panics is told as the component's internal error and started again.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::app::msg::Report;
use crate::base::{Cause, ComponentId, SystemName};
use crate::probe::{ComponentSpec, ProbeError, ProbeReport, Prober};
use crate::runtime::PreparedSystem;
use crate::runtime::clock;
use crate::runtime::look::look;
use crate::runtime::trip::{Site, trip};

/// So many components are asked in one moment; each further one a little later, so that a fleet neither connects nor is
/// worked through all at once.
const AT_ONCE: u32 = 64;
/// How much later.
const APART: Duration = Duration::from_millis(1);

/// What the loop tells all pollers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Control {
    paused: bool,
    /// Counts the requests to poll at once.
    round: u64,
    /// No component is polled more often than this; none: as its system was made ready.
    floor: Option<Duration>,
}

/// All polling of the dashboard. Dropping it ends every task.
pub struct Pollers {
    tasks: JoinSet<()>,
    control: watch::Sender<Control>,
}

impl Pollers {
    /// Starts a task for every configured component of these systems.
    pub fn start(systems: &[PreparedSystem], reports: &mpsc::Sender<Report>) -> Self {
        let (control, listen) = watch::channel(Control::default());
        let mut tasks = JoinSet::new();
        let mut place = 0_u32;
        for prepared in systems.iter().cloned().map(Arc::new) {
            for (id, spec) in &prepared.system.component {
                if prepared.not_configured.contains_key(id) || prepared.skipped.contains(id) {
                    continue;
                }
                let poller = Poller {
                    system: prepared.system.name.clone(),
                    id: id.clone(),
                    spec: Arc::new(spec.clone()),
                    own_pace: prepared.at_own_pace.component.get(id).map_or(spec.every.0, |own| own.every.0),
                    prepared: Arc::clone(&prepared),
                    turn: turn(place, spec.every.0),
                    reports: reports.clone(),
                };
                place = place.saturating_add(1);
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

    /// Polls nothing more often than this from now on.
    pub fn no_faster_than(&self, floor: Duration) {
        self.control.send_modify(|control| control.floor = Some(floor));
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
    spec: Arc<ComponentSpec>,
    /// How often its file wants it polled.
    own_pace: Duration,
    prepared: Arc<PreparedSystem>,
    /// How long it waits where all are asked at once.
    turn: Duration,
    reports: mpsc::Sender<Report>,
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
        let mut rhythm = self.prepared.rhythm(&self.id, &self.spec);
        self.wait_its_turn().await;
        loop {
            if control.wait_for(|control| !control.paused).await.is_err() {
                return;
            }
            let known = *control.borrow_and_update();
            if let Some(floor) = known.floor {
                rhythm.keep_to(self.own_pace.max(floor), floor);
            }
            let (failed, sent) = self.poll_once(&mut prober).await;
            if !sent {
                return;
            }
            let due = Instant::now() + rhythm.after(failed);
            let Some(all_at_once) = self.wait(due, known, &mut control).await else { return };
            if all_at_once {
                self.wait_its_turn().await;
            }
        }
    }

    /// Waits until the next poll: true where all are asked at once, none where nobody asks any more. A floor that is set
    /// meanwhile counts from now.
    async fn wait(&self, mut due: Instant, known: Control, control: &mut watch::Receiver<Control>) -> Option<bool> {
        let begun = Instant::now();
        let mut floor = known.floor;
        loop {
            let is_news = |now: &Control| now.floor != floor || (now.round != known.round && !self.spec.is_slow());
            let now = tokio::select! {
                () = tokio::time::sleep_until(due) => return Some(false),
                now = control.wait_for(is_news) => now.ok().map(|now| *now)?,
            };
            if now.floor == floor {
                return Some(true);
            }
            floor = now.floor;
            due = begun + self.own_pace.max(floor.unwrap_or_default());
        }
    }

    async fn wait_its_turn(&self) {
        if !self.turn.is_zero() {
            tokio::time::sleep(self.turn).await;
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
        self.reports.send((self.system.clone(), Box::new(report))).await.is_ok()
    }
}

/// How long the component at this place waits where all are asked at once: never as long as its interval.
fn turn(place: u32, every: Duration) -> Duration {
    let round = u32::try_from(every.as_millis()).unwrap_or(u32::MAX).max(1);
    APART * (place.saturating_sub(AT_ONCE) % round)
}

/// The words of a panic.
fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("it panicked")
}
