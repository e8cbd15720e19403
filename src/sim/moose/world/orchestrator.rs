//! The orchestrator: it takes approved work orders up, one at a time, and ends each with a pull request.

use super::World;
use crate::sim::moose::fault::Fault;

/// How long a work order takes, in milliseconds.
const TAKES_MS: i64 = 45_000;
/// Dollars of a work order.
const COSTS: f64 = 0.03;

/// Its loop.
#[derive(Debug, Clone)]
pub(crate) struct Orchestrator {
    pub(crate) polling: bool,
    pub(crate) interval_ms: i64,
    pub(crate) last_poll_ms: i64,
    /// What it works at, and since when.
    pub(crate) executing: Option<(String, i64)>,
    pub(crate) executed: u32,
    pub(crate) failed: u32,
    /// When it failed, and with which words.
    pub(crate) errors: Vec<(i64, &'static str)>,
}

impl Orchestrator {
    pub(super) fn new(now_ms: i64) -> Self {
        Self {
            polling: true,
            interval_ms: 10_000,
            last_poll_ms: now_ms,
            executing: None,
            executed: 14,
            failed: 0,
            errors: Vec::new(),
        }
    }
}

impl World {
    /// One second of it.
    pub(super) fn poll_orders(&mut self) {
        if let Some((id, since)) = self.orchestrator.executing.clone()
            && self.now_ms - since >= TAKES_MS
        {
            self.finish(&id);
        }
        let is_due = self.now_ms - self.orchestrator.last_poll_ms >= self.orchestrator.interval_ms;
        if !self.orchestrator.polling || self.fault == Fault::OrchestratorSilent || !is_due {
            return;
        }
        self.orchestrator.last_poll_ms = self.now_ms;
        if self.orchestrator.executing.is_none()
            && let Some(order) = self.orders.iter_mut().find(|order| order.status == "approved")
        {
            "in_progress".clone_into(&mut order.status);
            order.updated_ms = self.now_ms;
            self.orchestrator.executing = Some((order.id.clone(), self.now_ms));
        }
    }

    /// Ends a work order with its pull request.
    pub(super) fn finish(&mut self, id: &str) {
        self.orchestrator.executing = None;
        self.orchestrator.executed += 1;
        let (now, number) = (self.now_ms, 400 + self.orchestrator.executed);
        if let Some(order) = self.orders.iter_mut().find(|order| order.id == id) {
            "completed".clone_into(&mut order.status);
            order.updated_ms = now;
            order.pull_request = Some(number);
        }
        self.spend("anthropic", COSTS, id.to_owned());
    }
}
