//! The one way in which a poll waits: every await on the network ends at the poll's deadline, and says at which stage.
//!
//! It measures with tokio's timer clock (the deadline of a timer), which is for spans of one poll only; ages and dates
//! are told by the runtime's clock.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use crate::base::Cause;
use crate::probe::{ProbeError, net::Address};

/// When a poll must have ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    ends: Instant,
    budget: Duration,
}

impl Deadline {
    /// A deadline so far ahead. Must be made inside the runtime.
    pub(crate) fn after(budget: Duration) -> Self {
        Self { ends: tokio::time::sleep(budget).deadline(), budget }
    }

    /// Time since it was made.
    pub(crate) fn elapsed(&self) -> Duration {
        (self.ends - self.budget).elapsed()
    }

    /// Time until it.
    pub(crate) fn left(&self) -> Duration {
        self.budget.saturating_sub(self.elapsed())
    }

    /// Waits for `work`, at most until the deadline: then `timed out (connect) after 2s at 127.0.0.1:8082`.
    pub(crate) async fn within<T>(
        &self,
        stage: &str,
        address: &Address,
        work: impl Future<Output = T>,
    ) -> Result<T, ProbeError> {
        self.bound(work).await.ok_or_else(|| self.expired(stage, address))
    }

    /// Waits for `work`, at most until the deadline: then nothing, and the caller knows at which stage it was.
    pub(crate) async fn bound<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::time::timeout_at(self.ends, work).await.ok()
    }

    /// What a poll says whose time was up at this stage.
    pub(crate) fn expired(&self, stage: &str, address: &Address) -> ProbeError {
        let words = format!("timed out ({stage}) after {} at {address}", Budget(self.budget));
        ProbeError::new(Cause::TimedOut, words)
    }

    /// The budget, as a person writes it.
    pub(crate) fn budget(&self) -> impl fmt::Display {
        Budget(self.budget)
    }
}

/// A short span, as it was written in the file: `2s`, `250ms`, `1.5s`.
struct Budget(Duration);

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < Duration::from_secs(1) {
            write!(f, "{}ms", self.0.as_millis())
        } else {
            write!(f, "{}s", self.0.as_secs_f64())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_stage_and_the_budget_are_told() {
        let deadline = Deadline::after(Duration::from_millis(5));
        let address = Address::new("db", 5432);
        let error = deadline.within("connect", &address, std::future::pending::<()>()).await.unwrap_err();
        assert_eq!(error, ProbeError::new(Cause::TimedOut, "timed out (connect) after 5ms at db:5432"));
        assert!(deadline.elapsed() >= Duration::from_millis(5));
        assert_eq!(Budget(Duration::from_millis(1500)).to_string(), "1.5s");
    }
}
