//! Proving by effect: a condition is looked at on samples that were taken from now on, after a run or since a step of a
//! runbook began, and must hold on several in a row.

use std::time::Duration;

use tokio::sync::watch;

use crate::action::Verify;
use crate::base::{ComponentId, Mono};
use crate::expr::{Expr, Verdict};
use crate::probe::Prober;
use crate::runtime::act::facts::RunFacts;
use crate::runtime::look::look;
use crate::runtime::{PreparedSystem, clock};
use crate::watch::Watch;

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(1);
/// Two samples that count in a row are at least this far apart.
const APART: Duration = Duration::from_secs(2);

/// One look at the effect.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// Does it hold? None where it cannot be told.
    pub holds: Option<bool>,
    /// What decides.
    pub because: String,
    /// Time that is left to look.
    pub left: Duration,
}

/// For how long to look, and how often it must hold in a row.
#[derive(Clone, Copy, Debug)]
pub(in crate::runtime) struct Terms {
    /// Longest time.
    pub(in crate::runtime) within: Duration,
    /// Samples in a row.
    pub(in crate::runtime) samples: u32,
}

impl Terms {
    /// Those of an action.
    pub(super) fn of(verify: &Verify) -> Self {
        Self { within: verify.within.0, samples: verify.samples }
    }
}

/// Looks until the condition held on enough samples in a row, or the time is over, or somebody asks to stop. Returns
/// whether it was proved, and the last look.
pub(super) async fn verify(
    prepared: &PreparedSystem,
    terms: Terms,
    when: &Expr,
    run: Option<&RunFacts>,
    mut cancelled: watch::Receiver<bool>,
    mut told: impl FnMut(&Look),
) -> (bool, Look) {
    let mut effect = Effect::new(prepared, when, run);
    let start = clock::now().mono;
    let Terms { within, samples } = terms;
    let needed = APART * samples.saturating_sub(1);
    let mut since: Option<Mono> = None;
    loop {
        let mut seen = effect.look(when).await;
        let now = clock::now().mono;
        seen.left = within.saturating_sub(now.since(start));
        told(&seen);
        since = if seen.holds == Some(true) { since.or(Some(now)) } else { None };
        if since.is_some_and(|since| now.since(since) >= needed) {
            return (true, seen);
        }
        // a condition that holds already is given the time that its last sample takes
        let over = now.since(start) >= within && since.is_none_or(|since| since > start + within);
        if over || *cancelled.borrow() {
            return (false, seen);
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            _ = cancelled.changed() => {}
        }
    }
}

/// Looks whether a condition comes to hold where no run goes before it: a step of a runbook.
pub(in crate::runtime) async fn seen(
    prepared: &PreparedSystem,
    terms: Terms,
    when: &Expr,
    cancelled: watch::Receiver<bool>,
    told: impl FnMut(&Look),
) -> (bool, Look) {
    verify(prepared, terms, when, None, cancelled, told).await
}

/// The components that a condition reads, looked at anew.
struct Effect {
    watch: Watch,
    probers: Vec<(ComponentId, Prober)>,
}

impl Effect {
    fn new(prepared: &PreparedSystem, when: &Expr, run: Option<&RunFacts>) -> Self {
        let read: Vec<ComponentId> = when.signals().iter().map(|key| key.component.clone()).collect();
        let narrow = prepared.only(&read, false);
        let mut watch = narrow.watch(clock::now());
        if let Some(run) = run {
            run.record(&mut watch.store, clock::now());
        }
        Self { watch, probers: narrow.probers() }
    }

    /// Polls each of them once, those whose poll has a price only the first time.
    async fn look(&mut self, when: &Expr) -> Look {
        let Self { watch, probers } = self;
        let system = std::sync::Arc::clone(&watch.system);
        let looks = probers.iter_mut().filter_map(|(id, prober)| {
            let spec = system.component.get(id)?;
            Some(look(id, spec, prober))
        });
        let reports = futures_util::future::join_all(looks).await;
        for report in reports {
            watch.absorb(report, clock::now());
        }
        probers.retain(|(id, _)| system.component.get(id).is_some_and(|spec| !spec.is_slow()));
        let now = clock::now();
        watch.tick(now);
        let holds = match when.verdict(&watch.store, now) {
            Verdict::True => Some(true),
            Verdict::False => Some(false),
            Verdict::Unknown(_) => None,
        };
        Look { holds, because: when.evidence(&watch.store, now), left: Duration::ZERO }
    }
}
