//! What people do to the simulated system, by its API and by commands.

use super::{Limits, World};
use crate::sim::moose::fault::Fault;

impl World {
    /// Starts or stops the loop of the orchestrator. Started twice it keeps its interval.
    pub(crate) fn orchestrate(&mut self, polling: bool, interval_ms: Option<i64>) {
        if polling && !self.orchestrator.polling {
            self.orchestrator.interval_ms = interval_ms.filter(|ms| *ms > 0).unwrap_or(10_000);
        }
        self.orchestrator.polling = polling;
        if polling {
            self.orchestrator.last_poll_ms = self.now_ms;
            self.orchestrator.errors.clear();
            self.ends(&[Fault::OrchestratorStopped, Fault::OrchestratorSilent, Fault::OrchestratorErrors]);
        }
    }

    /// Gives a work order another status; false where there is none of this id.
    pub(crate) fn set_status(&mut self, id: &str, status: &str) -> bool {
        let now = self.now_ms;
        let Some(order) = self.orders.iter_mut().find(|order| order.id == id) else { return false };
        status.clone_into(&mut order.status);
        order.updated_ms = now;
        order.refinements = 0;
        self.ends(&[Fault::StuckPending, Fault::StuckInProgress, Fault::Refinements, Fault::RetryStorm]);
        true
    }

    /// Executes a work order at once; its pull request.
    pub(crate) fn execute(&mut self, id: &str) -> Option<u32> {
        if !self.set_status(id, "in_progress") {
            return None;
        }
        self.finish(id);
        self.orders.iter().find(|order| order.id == id).and_then(|order| order.pull_request)
    }

    /// Carries a decision out; false where there is no such escalation to decide.
    pub(crate) fn resolve(&mut self, id: &str) -> bool {
        let open = |one: &&mut super::Escalation| one.id == id && one.status != "resolved";
        let Some(escalation) = self.escalations.iter_mut().find(open) else { return false };
        escalation.status = "resolved";
        self.ends(&[
            Fault::EscalationRetry,
            Fault::EscalationBudget,
            Fault::EscalationTests,
            Fault::EscalationContract,
            Fault::EscalationAider,
            Fault::EscalationLow,
        ]);
        true
    }

    /// Sets the limits of the budget; why not, in the application's words.
    pub(crate) fn limit(&mut self, limits: Limits) -> Result<(), &'static str> {
        if let Some(problem) = limits.problem() {
            return Err(problem);
        }
        self.limits = limits;
        Ok(())
    }

    /// Goes back to the deployment before.
    pub(crate) fn roll_back(&mut self) {
        self.ends(&[Fault::SystemOutage, Fault::SlowApi]);
    }
}
