//! What the database of the simulated system holds beside orders and escalations, and what statements change in it. Each
//! tells how many rows it concerns, and changes them where it applies.

use super::World;
use crate::sim::moose::fault::Fault;

impl World {
    /// Outcomes of a day: all, and those that failed.
    pub(crate) fn outcomes(&self) -> (u32, u32) {
        match self.fault {
            Fault::ErrorRate => (160, 19),
            Fault::Refinements => (164, 5),
            Fault::RetryStorm => (420, 12),
            _ => (160, 3),
        }
    }

    /// Whether a query runs for long.
    pub(crate) fn has_slow_query(&self) -> bool {
        self.fault == Fault::SlowQueries
    }

    /// Connections that are taken, of sixty.
    pub(crate) fn connections(&self) -> u32 {
        if self.fault == Fault::ConnectionsExhausted { 57 } else { 11 }
    }

    /// The kill switch: an escalation that the application lists.
    pub(crate) fn kill_escalate(&mut self, applies: bool) -> u64 {
        if applies {
            self.escalate("budget_overrun", "open", 0);
        }
        1
    }

    /// The kill switch: limits of 0.
    pub(crate) fn kill_limits(&mut self, applies: bool) -> u64 {
        if applies {
            (self.limits.soft, self.limits.hard, self.limits.kill) = (0.0, 0.0, 0.0);
        }
        1
    }

    /// The kill switch: what waits is paused.
    pub(crate) fn pause_orders(&mut self, applies: bool) -> u64 {
        let now = self.now_ms;
        let waiting = self.orders.iter_mut().filter(|order| ["pending", "approved"].contains(&order.status.as_str()));
        waiting
            .map(|order| {
                if applies {
                    order.paused_from = Some(std::mem::replace(&mut order.status, "paused".to_owned()));
                    order.updated_ms = now;
                }
            })
            .count() as u64
    }

    /// Gives back what the kill switch took.
    pub(crate) fn resume_orders(&mut self, applies: bool) -> u64 {
        let now = self.now_ms;
        let paused = self.orders.iter_mut().filter(|order| order.status == "paused");
        paused
            .map(|order| {
                if applies {
                    order.status = order.paused_from.take().unwrap_or_else(|| "pending".to_owned());
                    order.updated_ms = now;
                }
            })
            .count() as u64
    }

    /// Leaves one of each.
    pub(crate) fn remove_duplicates(&mut self, applies: bool) -> u64 {
        let count = self.duplicates;
        if applies {
            self.duplicates = 0;
            self.ends(&[Fault::CostDuplicates]);
        }
        u64::from(count)
    }

    /// Deletes the old outcomes.
    pub(crate) fn clean_up(&mut self, applies: bool) -> u64 {
        let count = self.old_outcomes;
        if applies {
            self.old_outcomes = 0;
        }
        u64::from(count)
    }
}
