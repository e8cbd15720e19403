//! What each fault does to the world, and how the world is without one.

use super::{Limits, Orchestrator, World};
use crate::sim::moose::fault::Fault;

/// Dollars of a calm day by now.
const CALM: f64 = 12.5;

impl World {
    /// The healthy state: orders in all states, nothing stuck, nothing escalated.
    pub(super) fn begin(&mut self) {
        self.orders.clear();
        self.escalations.clear();
        self.limits = Limits::SEED;
        self.orchestrator = Orchestrator { executed: self.orchestrator.executed, ..Orchestrator::new(self.now_ms) };
        self.delivered = 200;
        self.duplicates = 0;
        self.old_outcomes = 2310;
        self.spent = CALM;
        self.requests = 84;
        self.costs.clear();
        self.order("Rate limits for the public API", "pending", 25);
        self.order("Retry policy of the mailer", "needs_review", 180);
        for (title, minutes) in [
            ("Paginate the audit log", 1500),
            ("Cache proposer configurations", 900),
            ("Contract tests for billing", 700),
            ("Dark mode of the dashboard", 400),
        ] {
            let at = self.order(title, "completed", minutes);
            if let Some(order) = self.orders.get_mut(at) {
                order.pull_request = u32::try_from(at).ok().map(|at| 380 + at);
            }
        }
        for at in 0..8 {
            let order = self.orders.get(at % 6).map(|order| order.id.clone()).unwrap_or_default();
            self.spend("anthropic", 0.0, order);
        }
    }

    /// Puts a fault on in place of the one before.
    pub(crate) fn set_fault(&mut self, fault: Fault) {
        if fault == self.fault {
            return;
        }
        self.begin();
        self.fault = fault;
        match fault {
            Fault::BudgetSoftCap => self.spent = 34.2,
            Fault::BudgetWarning => self.spent = 62.4,
            Fault::BudgetCritical => self.spent = 88.1,
            Fault::BudgetExceeded => self.spent = 117.9,
            Fault::BudgetKill => self.spent = 204.3,
            Fault::StuckPending => drop(self.order("Webhooks for project members", "pending", 190)),
            Fault::StuckInProgress => drop(self.order("Split the monolithic router", "in_progress", 1830)),
            Fault::Refinements => self.refined(5),
            Fault::RetryStorm => self.refined(12),
            Fault::OrchestratorStopped => {
                self.orchestrator.polling = false;
                self.order("Webhooks for project members", "approved", 40);
            }
            Fault::OrchestratorErrors => self.fail(),
            Fault::EscalationRetry => self.escalate("proposer_exhausted", "open", 150),
            Fault::EscalationBudget => self.escalate("budget_overrun", "open", 48),
            Fault::EscalationTests => self.escalate("sentinel_hard_failure", "in_progress", 290),
            Fault::EscalationContract => self.escalate("contract_violation", "pending", 85),
            Fault::EscalationAider => self.escalate("aider_irreconcilable", "open", 135),
            Fault::EscalationLow => self.escalate("technical_blocker", "open", 1600),
            Fault::SecurityIncident => self.escalate("security_incident", "open", 44),
            Fault::EscalationsUnseen => self.escalate("technical_blocker", "open", 20),
            Fault::WebhookFailure => self.delivered = 401,
            Fault::CostDuplicates => self.duplicates = 14,
            Fault::None
            | Fault::OrchestratorSilent
            | Fault::TestsFailing
            | Fault::SlowApi
            | Fault::SlowQueries
            | Fault::ErrorRate
            | Fault::ConnectionsExhausted
            | Fault::DatabaseDown
            | Fault::SystemOutage
            | Fault::HealthDefect => {}
        }
    }

    /// A work order that was tried so often.
    fn refined(&mut self, times: u32) {
        let at = self.order("Migrate sessions to signed cookies", "in_progress", 95);
        self.orders.swap(0, at);
        if let Some(order) = self.orders.first_mut() {
            order.refinements = times;
        }
        for _ in 0..times {
            let order = self.orders.first().map(|order| order.id.clone()).unwrap_or_default();
            self.spend("anthropic", 0.4, order);
        }
    }

    fn fail(&mut self) {
        self.orchestrator.failed += 1;
        self.orchestrator
            .errors
            .push((self.now_ms, "git push failed: remote rejected (protected branch hook declined)"));
    }

    pub(super) fn ends(&mut self, faults: &[Fault]) {
        if faults.contains(&self.fault) {
            self.fault = Fault::None;
        }
    }

    /// Whether the routes are served at all.
    pub(crate) fn is_served(&self) -> bool {
        self.fault != Fault::SystemOutage
    }

    /// Whether the database answers.
    pub(crate) fn has_database(&self) -> bool {
        self.fault != Fault::DatabaseDown
    }

    /// Whether the admin health selects what is there.
    pub(crate) fn has_health(&self) -> bool {
        self.fault != Fault::HealthDefect
    }

    /// Whether the application lists what is open.
    pub(crate) fn lists_escalations(&self) -> bool {
        self.fault != Fault::EscalationsUnseen
    }

    /// How long an answer takes, in milliseconds.
    pub(crate) fn takes_ms(&self) -> u64 {
        if self.fault == Fault::SlowApi { 2300 } else { 4 + self.t % 7 }
    }

    /// How the last runs of the tests ended.
    pub(crate) fn conclusions(&self) -> [&'static str; 5] {
        match self.fault {
            Fault::TestsFailing => ["failure"; 5],
            _ => ["success", "success", "failure", "success", "success"],
        }
    }
}
