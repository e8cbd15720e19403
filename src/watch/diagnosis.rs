//! When to ask which runbook fits, and what the ranking must know of the system beside its signals. Pure.

use crate::base::{ComponentId, Now, RunbookId, State, Status};
use crate::rule::AlertState;
use crate::runbook::diagnosis::{self, Diagnosis, Signs, Surroundings};
use crate::watch::Watch;

/// Something is wrong, or about to be: only then runbooks are looked into. While it starts, nothing can be told yet.
pub(super) fn is_wanted(watch: &Watch) -> bool {
    let situation = &watch.situation;
    if watch.system.runbooks.is_empty() || situation.starting && situation.status != Status::Critical {
        return false;
    }
    situation.findings.iter().any(|finding| finding.status != Status::Ok)
        || watch.alerts.values().any(|watched| matches!(watched.alert.state, AlertState::Pending | AlertState::Firing))
}

/// What of the diagnoses a screen shows at once: without the values, which move all the time.
pub(super) fn face(diagnoses: &[Diagnosis]) -> Vec<(RunbookId, usize, usize)> {
    diagnoses.iter().map(|one| (one.runbook.clone(), one.matched, one.contradicted)).collect()
}

pub(super) fn diagnose(watch: &Watch, signs: &[Signs], now: Now) -> Vec<Diagnosis> {
    diagnosis::diagnose(signs, &watch.store, &Known(watch), now)
}

struct Known<'w>(&'w Watch);

impl Surroundings for Known<'_> {
    fn below(&self, component: &ComponentId) -> &[ComponentId] {
        self.0.system.component.get(component).map_or(&[], |spec| &spec.depends_on)
    }

    fn is_at_fault(&self, component: &ComponentId) -> bool {
        let state = self.0.components.get(component).map(|known| known.state);
        let is_told = || {
            let mut findings = self.0.situation.findings.iter().filter(|finding| finding.status != Status::Ok);
            findings.any(|finding| finding.component.as_ref() == Some(component))
        };
        matches!(state, Some(State::Down | State::Degraded)) || is_told()
    }
}
