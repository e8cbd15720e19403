//! The troubles that the simulated system can have, by name: those of its runbook, and a defect of the deployed code.
//!
//! What each of them does to the world is in `world::faults`.

use crate::sim::kind::Fault as Row;

/// A trouble. The names are stable: they are typed on the command line and in tests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Fault {
    /// All is well.
    #[default]
    None,
    /// A third of the day's limit is spent.
    BudgetSoftCap,
    /// More than half of it.
    BudgetWarning,
    /// Nearly all of it.
    BudgetCritical,
    /// More than the limit, less than the kill of the deployed code.
    BudgetExceeded,
    /// More than the kill.
    BudgetKill,
    /// Nobody approves a work order.
    StuckPending,
    /// A work order does not end.
    StuckInProgress,
    /// A work order fails again and again.
    Refinements,
    /// Too much fails.
    ErrorRate,
    /// One work order makes all the costs.
    RetryStorm,
    /// The loop is stopped.
    OrchestratorStopped,
    /// The loop hangs.
    OrchestratorSilent,
    /// Its last run ended with an error.
    OrchestratorErrors,
    /// Type 1, overdue.
    EscalationRetry,
    /// Type 2, overdue.
    EscalationBudget,
    /// Type 3, overdue.
    EscalationTests,
    /// Type 4, overdue; inserted by hand, so that only the admin health counts it.
    EscalationContract,
    /// Type 5, overdue.
    EscalationAider,
    /// None of the five types, overdue.
    EscalationLow,
    /// Somebody came in who should not, overdue.
    SecurityIncident,
    /// The list of the application leaves one out that is open.
    EscalationsUnseen,
    /// Five runs failed.
    TestsFailing,
    /// Every route is slow.
    SlowApi,
    /// The database works at one query.
    SlowQueries,
    /// The budget counts too much.
    CostDuplicates,
    /// The secrets differ.
    WebhookFailure,
    /// The project is paused.
    DatabaseDown,
    /// The pool is missing.
    ConnectionsExhausted,
    /// A bad deployment.
    SystemOutage,
    /// Always so in the deployed code.
    HealthDefect,
}

/// Each with its row, in the order of the runbook; `none` first.
const ALL: [(Fault, Row); 31] = [
    (Fault::None, Row::new("none", "All is well")),
    (
        Fault::BudgetSoftCap,
        Row::new("budget-soft-cap", "1.3  The budget is between 20 and 50 %")
            .led_by("budget-warning-critical")
            .passing(),
    ),
    (
        Fault::BudgetWarning,
        Row::new("budget-warning", "1.3  The budget is between 50 and 80 %")
            .led_by("budget-warning-critical")
            .passing(),
    ),
    (
        Fault::BudgetCritical,
        Row::new("budget-critical", "1.3  The budget is above 80 %").led_by("budget-warning-critical").passing(),
    ),
    (
        Fault::BudgetExceeded,
        Row::new("budget-exceeded", "5.1  The daily limit of 100 $ is exceeded")
            .led_by("emergency-kill-switch-budget-overrun")
            .passing(),
    ),
    (
        Fault::BudgetKill,
        Row::new("budget-kill", "5.1  The emergency kill is reached")
            .led_by("emergency-kill-switch-budget-overrun")
            .passing(),
    ),
    (
        Fault::StuckPending,
        Row::new("stuck-pending", "4.3  A work order is pending for more than 2 h")
            .led_by("work-orders-stuck-in-pending"),
    ),
    (
        Fault::StuckInProgress,
        Row::new("stuck-in-progress", "1.4  A work order is in progress for more than 24 h")
            .led_by("work-orders-stuck-in-pending"),
    ),
    (
        Fault::Refinements,
        Row::new("refinements", "1.4  A work order has more than 3 refinements").led_by("retry-exhausted"),
    ),
    (
        Fault::ErrorRate,
        Row::new("error-rate", "1.1  More than 5 % of the outcomes of a day failed")
            .led_by("morning-health-check")
            .passing(),
    ),
    (
        Fault::RetryStorm,
        Row::new("retry-storm", "5.1  A work order is tried without end and money burns")
            .led_by("emergency-kill-switch-budget-overrun"),
    ),
    (
        Fault::OrchestratorStopped,
        Row::new("orchestrator-stopped", "4.3  The orchestrator does not poll").led_by("work-orders-stuck-in-pending"),
    ),
    (
        Fault::OrchestratorSilent,
        Row::new("orchestrator-silent", "4.3  The orchestrator says that it polls, and does not")
            .led_by("work-orders-stuck-in-pending"),
    ),
    (
        Fault::OrchestratorErrors,
        Row::new("orchestrator-errors", "4.3  The orchestrator fails").led_by("work-orders-stuck-in-pending"),
    ),
    (
        Fault::EscalationRetry,
        Row::new("escalation-retry", "3.1  An exhausted retry waits for more than 2 h").led_by("retry-exhausted"),
    ),
    (
        Fault::EscalationBudget,
        Row::new("escalation-budget", "3.1  A budget escalation waits for more than 30 min")
            .led_by("budget-warning-critical"),
    ),
    (
        Fault::EscalationTests,
        Row::new("escalation-tests", "3.1  Failing tests wait for more than 4 h").led_by("test-failures-repeated"),
    ),
    (
        Fault::EscalationContract,
        Row::new("escalation-contract", "3.1  A contract violation waits for more than 1 h")
            .led_by("contract-violation"),
    ),
    (
        Fault::EscalationAider,
        Row::new("escalation-aider", "3.1  An Aider failure waits for more than 2 h").led_by("aider-failure"),
    ),
    (
        Fault::EscalationLow,
        Row::new("escalation-low", "1.2  An escalation of low priority waits for more than 24 h")
            .led_by("morning-health-check"),
    ),
    (
        Fault::EscalationsUnseen,
        Row::new("escalations-unseen", "4.4  The database holds an escalation that the application does not show")
            .led_by("escalations-not-appearing-in-dashboard")
            .passing(),
    ),
    (
        Fault::SecurityIncident,
        Row::new("security-incident", "5.4  A security escalation waits for more than 30 min")
            .led_by("security-incident-unauthorized-access"),
    ),
    (
        Fault::TestsFailing,
        Row::new("tests-failing", "3.1  The tests fail again and again").led_by("test-failures-repeated").passing(),
    ),
    (Fault::SlowApi, Row::new("slow-api", "4.1  The API takes seconds to answer").led_by("slow-api-response-times")),
    (
        Fault::SlowQueries,
        Row::new("slow-queries", "4.1  A query runs for many seconds").led_by("slow-api-response-times").passing(),
    ),
    (
        Fault::CostDuplicates,
        Row::new("cost-duplicates", "4.2  The cost log holds entries twice").led_by("budget-tracking-incorrect"),
    ),
    (
        Fault::WebhookFailure,
        Row::new("webhook-failure", "4.5  GitHub's webhook is refused with 401")
            .led_by("github-webhook-not-triggering-sentinel")
            .passing(),
    ),
    (
        Fault::DatabaseDown,
        Row::new("database-down", "5.2  Supabase is paused: all but two routes answer 500")
            .led_by("database-connection-loss")
            .passing(),
    ),
    (
        Fault::ConnectionsExhausted,
        Row::new("connections-exhausted", "5.2  Nearly all connections of the database are taken")
            .led_by("database-connection-loss")
            .passing(),
    ),
    (
        Fault::SystemOutage,
        Row::new("system-outage", "5.3  Every route answers 500 since the last deployment")
            .led_by("complete-system-outage"),
    ),
    (Fault::HealthDefect, Row::new("health-defect", "The admin health selects a column that is gone")),
];

/// The row of each.
pub(crate) static ROWS: [Row; ALL.len()] = {
    let mut rows = [ALL[0].1; ALL.len()];
    let mut at = 0;
    while at < rows.len() {
        rows[at] = ALL[at].1;
        at += 1;
    }
    rows
};

impl Fault {
    /// Its stable name.
    pub(crate) fn name(self) -> &'static str {
        ALL.iter().find(|(fault, _)| *fault == self).map_or("none", |(_, row)| row.name)
    }

    /// The one of this name; all is well where there is none.
    pub(crate) fn named(name: &str) -> Self {
        ALL.iter().find(|(_, row)| row.name == name).map_or(Self::None, |(fault, _)| *fault)
    }
}
