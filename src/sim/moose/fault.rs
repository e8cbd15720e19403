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
const ALL: [(Fault, Row); 29] = [
    (Fault::None, Row { name: "none", title: "All is well" }),
    (Fault::BudgetSoftCap, Row { name: "budget-soft-cap", title: "1.3  The budget is between 20 and 50 %" }),
    (Fault::BudgetWarning, Row { name: "budget-warning", title: "1.3  The budget is between 50 and 80 %" }),
    (Fault::BudgetCritical, Row { name: "budget-critical", title: "1.3  The budget is above 80 %" }),
    (Fault::BudgetExceeded, Row { name: "budget-exceeded", title: "5.1  The daily limit of 100 $ is exceeded" }),
    (Fault::BudgetKill, Row { name: "budget-kill", title: "5.1  The emergency kill is reached" }),
    (Fault::StuckPending, Row { name: "stuck-pending", title: "4.3  A work order is pending for more than 2 h" }),
    (
        Fault::StuckInProgress,
        Row { name: "stuck-in-progress", title: "1.4  A work order is in progress for more than 24 h" },
    ),
    (Fault::Refinements, Row { name: "refinements", title: "1.4  A work order has more than 3 refinements" }),
    (Fault::ErrorRate, Row { name: "error-rate", title: "1.1  More than 5 % of the outcomes of a day failed" }),
    (Fault::RetryStorm, Row { name: "retry-storm", title: "5.1  A work order is tried without end and money burns" }),
    (Fault::OrchestratorStopped, Row { name: "orchestrator-stopped", title: "4.3  The orchestrator does not poll" }),
    (
        Fault::OrchestratorSilent,
        Row { name: "orchestrator-silent", title: "4.3  The orchestrator says that it polls, and does not" },
    ),
    (Fault::OrchestratorErrors, Row { name: "orchestrator-errors", title: "4.3  The orchestrator fails" }),
    (
        Fault::EscalationRetry,
        Row { name: "escalation-retry", title: "3.1  An exhausted retry waits for more than 2 h" },
    ),
    (
        Fault::EscalationBudget,
        Row { name: "escalation-budget", title: "3.1  A budget escalation waits for more than 30 min" },
    ),
    (Fault::EscalationTests, Row { name: "escalation-tests", title: "3.1  Failing tests wait for more than 4 h" }),
    (
        Fault::EscalationContract,
        Row { name: "escalation-contract", title: "3.1  A contract violation waits for more than 1 h" },
    ),
    (Fault::EscalationAider, Row { name: "escalation-aider", title: "3.1  An Aider failure waits for more than 2 h" }),
    (
        Fault::EscalationLow,
        Row { name: "escalation-low", title: "1.2  An escalation of low priority waits for more than 24 h" },
    ),
    (Fault::TestsFailing, Row { name: "tests-failing", title: "3.1  The tests fail again and again" }),
    (Fault::SlowApi, Row { name: "slow-api", title: "4.1  The API takes seconds to answer" }),
    (Fault::SlowQueries, Row { name: "slow-queries", title: "4.1  A query runs for many seconds" }),
    (Fault::CostDuplicates, Row { name: "cost-duplicates", title: "4.2  The cost log holds entries twice" }),
    (Fault::WebhookFailure, Row { name: "webhook-failure", title: "4.5  GitHub's webhook is refused with 401" }),
    (
        Fault::DatabaseDown,
        Row { name: "database-down", title: "5.2  Supabase is paused: all but two routes answer 500" },
    ),
    (
        Fault::ConnectionsExhausted,
        Row { name: "connections-exhausted", title: "5.2  Nearly all connections of the database are taken" },
    ),
    (
        Fault::SystemOutage,
        Row { name: "system-outage", title: "5.3  Every route answers 500 since the last deployment" },
    ),
    (Fault::HealthDefect, Row { name: "health-defect", title: "The admin health selects a column that is gone" }),
];

/// Name and title of each.
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
