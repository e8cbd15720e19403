//! Looking without a screen: every component of every system is polled at the same time, and what comes back goes
//! through the same [`Watch`] as on the dashboard. One look, or a look that lasts.
//!
//! It prints nothing; what lasts for good does ([`plain`]).

pub mod plain;

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::base::{Cause, ComponentId, Mono};
use crate::probe::rhythm::Rhythm;
use crate::probe::{ComponentSpec, ProbeError, ProbeReport, Prober};
use crate::runtime::look::look;
use crate::runtime::{PreparedSystem, clock};
use crate::watch::Watch;

/// How often time passes for rules with `for`, while a look lasts.
const TICK: Duration = Duration::from_secs(1);
/// Reports that may wait: more than there are components.
const QUEUE: usize = 1024;

/// Runs IO on one thread. What still hangs at the end (a name look-up has no timeout of its own) is left behind.
pub fn run<F: Future>(future: F) -> std::io::Result<F::Output> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let output = runtime.block_on(future);
    runtime.shutdown_background();
    Ok(output)
}

/// Looks at all systems once, or for `hold`. A component that fails is asked again quickly until `down_after` is met,
/// so that even one look ends with a verdict; it takes at most `down_after` timeouts and as many short waits. What has a
/// price is asked once.
pub async fn look_at(systems: &[PreparedSystem], hold: Option<Duration>) -> Vec<Watch> {
    let start = clock::now();
    let until = hold.map(|hold| start.mono + hold);
    let mut watches: Vec<Watch> = systems.iter().map(|prepared| prepared.watch(start)).collect();
    let (sender, mut reports) = mpsc::channel(QUEUE);
    let mut tasks = JoinSet::new();
    let mut names = HashMap::new();
    for (index, prepared) in systems.iter().enumerate() {
        for (id, prober) in prepared.probers() {
            let Some(spec) = prepared.system.component.get(&id).cloned() else { continue };
            let task = tasks.spawn(follow(index, id.clone(), spec, prober, until, sender.clone()));
            names.insert(task.id(), (index, id));
        }
    }
    drop(sender);
    let mut tick = tokio::time::interval(hold.map_or(TICK, |hold| hold.clamp(Duration::from_millis(1), TICK)));
    let mut polling = true;
    loop {
        tokio::select! {
            report = reports.recv(), if polling => match report {
                Some((index, report)) => absorb(&mut watches, index, report),
                None => polling = false,
            },
            _ = tick.tick(), if hold.is_some() => watches.iter_mut().for_each(|watch| watch.tick(clock::now())),
            else => break,
        }
        if !polling && until.is_none_or(|until| clock::now().mono >= until) {
            break;
        }
    }
    while let Some(ended) = tasks.join_next().await {
        // a poller that panicked is told, not lost
        if let Some((index, id)) = ended.err().and_then(|error| names.remove(&error.id())) {
            absorb(&mut watches, index, panicked(id));
        }
    }
    let end = clock::now();
    for watch in &mut watches {
        watch.tick(end);
    }
    watches
}

fn absorb(watches: &mut [Watch], index: usize, report: ProbeReport) {
    if let Some(watch) = watches.get_mut(index) {
        watch.absorb(report, clock::now());
    }
}

fn panicked(component: ComponentId) -> ProbeReport {
    let error = ProbeError::new(Cause::Internal, "internal error: its poller panicked");
    ProbeReport { component, at: clock::now().mono, took: Duration::ZERO, outcome: Err(error) }
}

/// Polls one component until it is settled, up or down, and then at its rhythm until the time is over.
async fn follow(
    index: usize,
    id: ComponentId,
    spec: ComponentSpec,
    mut prober: Prober,
    until: Option<Mono>,
    reports: mpsc::Sender<(usize, ProbeReport)>,
) {
    let mut rhythm = Rhythm::new(&id, spec.every.0, spec.down_after());
    let mut failures = 0_u32;
    let mut settled = false;
    loop {
        let report = look(&id, &spec, &mut prober).await;
        let failed = report.failed();
        failures = if failed { failures.saturating_add(1) } else { 0 };
        let usual = rhythm.after(failed);
        settled = settled || !failed || failures >= spec.down_after() || spec.is_slow();
        let wait = if settled { usual } else { quickly(&report) };
        let over = until.is_none_or(|until| clock::now().mono + wait >= until);
        if reports.send((index, report)).await.is_err() || (settled && over) {
            return;
        }
        tokio::time::sleep(wait).await;
    }
}

/// The wait before asking again within one look: none to speak of where the failure itself took long, a moment where
/// nobody listened, a second where somebody answered that it is not well.
fn quickly(report: &ProbeReport) -> Duration {
    match report.outcome.as_ref().map_err(|error| error.cause) {
        Err(Cause::TimedOut) => Duration::from_millis(100),
        Err(cause) if cause.is_unreachable() => Duration::from_millis(300),
        _ => Duration::from_secs(1),
    }
}

#[cfg(test)]
mod tests;
