//! The simulated Moose Mission Control as a pure state machine: work orders, escalations, money, the orchestrator.
//!
//! Time is an argument: [`World::advance`] plays every second up to it. Faults go on and off while it runs, repairs end
//! them where the runbook says so. No sockets here, no clock.

use std::time::Duration;

use jiff::Timestamp;

use super::fault::Fault;

mod faults;
mod hands;
mod ledger;
mod orchestrator;

pub(crate) use orchestrator::Orchestrator;

/// After a pause (a suspended laptop) no more than so many seconds are played.
const MOST_CAUGHT_UP_S: u64 = 7200;
/// Rows of the cost log that are kept: as many as the application hands out.
const MOST_COSTS: usize = 30;

/// A work order.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) id: String,
    pub(crate) title: &'static str,
    pub(crate) status: String,
    pub(crate) created_ms: i64,
    pub(crate) updated_ms: i64,
    pub(crate) refinements: u32,
    pub(crate) pull_request: Option<u32>,
    /// The status that the kill switch took from it.
    pub(crate) paused_from: Option<String>,
}

/// An escalation.
#[derive(Debug, Clone)]
pub(crate) struct Escalation {
    pub(crate) id: String,
    pub(crate) work_order: Option<String>,
    pub(crate) trigger: &'static str,
    pub(crate) status: &'static str,
    pub(crate) created_ms: i64,
}

/// An entry of the cost log.
#[derive(Debug, Clone)]
pub(crate) struct Cost {
    pub(crate) id: String,
    pub(crate) at_ms: i64,
    pub(crate) service: &'static str,
    pub(crate) dollars: f64,
    pub(crate) work_order: String,
}

/// Dollars.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Limits {
    pub(crate) soft: f64,
    pub(crate) hard: f64,
    pub(crate) kill: f64,
    pub(crate) month: f64,
    pub(crate) month_hard: f64,
}

impl Limits {
    const SEED: Self = Self { soft: 50.0, hard: 100.0, kill: 200.0, month: 500.0, month_hard: 1000.0 };

    /// What the application says against them.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        if self.soft >= self.hard {
            return Some("daily_soft_cap must be less than daily_hard_cap");
        }
        if self.hard >= self.kill {
            return Some("daily_hard_cap must be less than emergency_kill");
        }
        (self.month >= self.month_hard).then_some("monthly_target must be less than monthly_hard_cap")
    }
}

/// The whole simulated system.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) orders: Vec<Order>,
    pub(crate) escalations: Vec<Escalation>,
    pub(crate) costs: Vec<Cost>,
    pub(crate) limits: Limits,
    pub(crate) orchestrator: Orchestrator,
    /// Dollars of today, and requests.
    pub(crate) spent: f64,
    pub(crate) requests: u32,
    /// What GitHub says of its last delivery.
    pub(crate) delivered: u16,
    /// Entries of the cost log that stand there twice.
    pub(crate) duplicates: u32,
    /// Outcomes of more than 90 days ago.
    pub(crate) old_outcomes: u32,
    fault: Fault,
    start_ms: i64,
    now_ms: i64,
    t: u64,
    made: u64,
}

impl World {
    /// A healthy world that begins at a wall time.
    pub(crate) fn new(start: Timestamp) -> Self {
        let start_ms = start.as_millisecond();
        let mut world = Self {
            orders: Vec::new(),
            escalations: Vec::new(),
            costs: Vec::new(),
            limits: Limits::SEED,
            orchestrator: Orchestrator::new(start_ms),
            spent: 0.0,
            requests: 0,
            delivered: 200,
            duplicates: 0,
            old_outcomes: 0,
            fault: Fault::None,
            start_ms,
            now_ms: start_ms,
            t: 0,
            made: 0,
        };
        world.begin();
        world
    }

    /// The wall time, in Unix milliseconds.
    pub(crate) fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// The fault that is on.
    pub(crate) fn fault(&self) -> Fault {
        self.fault
    }

    /// Seconds since its start.
    pub(crate) fn uptime_s(&self) -> u64 {
        self.t
    }

    /// Plays up to so long after its start.
    pub(crate) fn advance(&mut self, to: Duration) {
        let to = to.as_secs();
        if to.saturating_sub(self.t) > MOST_CAUGHT_UP_S {
            self.t = to - MOST_CAUGHT_UP_S;
        }
        while self.t < to {
            self.t += 1;
            self.now_ms = self.start_ms + i64::try_from(self.t).unwrap_or(0).saturating_mul(1000);
            self.second();
        }
    }

    fn second(&mut self) {
        self.poll_orders();
        let storm = self.fault == Fault::RetryStorm && self.orchestrator.polling;
        // a storm tries every ten seconds; else somebody asks the proposer for something now and then
        if storm && self.t.is_multiple_of(10) {
            let order = self.orders.first().map(|order| order.id.clone()).unwrap_or_default();
            self.spend("anthropic", 0.08, order);
        } else if self.t.is_multiple_of(240) {
            let at = usize::try_from(self.t / 240).unwrap_or(0) % self.orders.len().max(1);
            let order = self.orders.get(at).map(|order| order.id.clone()).unwrap_or_default();
            self.spend("openai", 0.01, order);
        }
    }

    fn spend(&mut self, service: &'static str, dollars: f64, work_order: String) {
        // the kill switch: nothing may be spent
        if self.limits.hard <= 0.0 {
            return;
        }
        self.spent += dollars;
        self.requests += 1;
        let cost = Cost { id: self.id(), at_ms: self.now_ms, service, dollars, work_order };
        self.costs.push(cost);
        let over = self.costs.len().saturating_sub(MOST_COSTS);
        self.costs.drain(..over);
    }

    /// A new id, in the form of a UUID.
    fn id(&mut self) -> String {
        self.made += 1;
        format!("{:08x}-6d6f-4f5e-8000-{:012x}", self.made.wrapping_mul(2_654_435_761) & 0xffff_ffff, self.made)
    }

    /// So many minutes ago.
    fn ago(&self, minutes: i64) -> i64 {
        self.now_ms - minutes * 60_000
    }

    fn order(&mut self, title: &'static str, status: &str, minutes_old: i64) -> usize {
        let (id, at) = (self.id(), self.ago(minutes_old));
        self.orders.push(Order {
            id,
            title,
            status: status.to_owned(),
            created_ms: at,
            updated_ms: at,
            refinements: 0,
            pull_request: None,
            paused_from: None,
        });
        self.orders.len() - 1
    }

    fn escalate(&mut self, trigger: &'static str, status: &'static str, minutes_old: i64) {
        let work_order = self.orders.first().map(|order| order.id.clone());
        let escalation = Escalation { id: self.id(), work_order, trigger, status, created_ms: self.ago(minutes_old) };
        self.escalations.push(escalation);
    }
}
