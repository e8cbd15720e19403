//! Walking a runbook where it touches the world: looks at what a step expects, runs the commands that only read, and asks
//! databases what only reads.
//! `runbook run` and the dashboard share it. What may be run it takes from [`crate::runbook::walk::Doing`] alone.

mod command;
mod query;

use std::time::Duration;

use tokio::sync::watch;

use crate::expr::Expr;
use crate::runbook::Part;
use crate::runbook::walk::{Mark, Walk};
use crate::runtime::PreparedSystem;
use crate::runtime::act::verify::{self, Look};

pub use command::{Ran, Terms, run};
pub use query::ask;

/// So many samples in a row prove a recovery: one may be a moment of luck.
const PROOF: u32 = 2;

/// Looks at what a step expects, on samples taken from now on, and says what came of it. `None` where the step expects
/// nothing. `told` hears of each look. `unanswered` is why a question that belongs to it has no answer.
pub async fn expected(
    prepared: &PreparedSystem,
    walk: &Walk,
    n: usize,
    unanswered: Option<&str>,
    cancelled: watch::Receiver<bool>,
    told: impl FnMut(&Look),
) -> Option<Mark> {
    let condition = walk.condition(n)?;
    let samples = if walk.step(n)?.part == Part::Verification { PROOF } else { 1 };
    let (holds, because) = seen(prepared, condition, walk.within(n), samples, cancelled, told).await;
    Some(walk.judged_beside(n, unanswered, holds, because))
}

/// Whether a condition came to hold within a time, and what decides.
async fn seen(
    prepared: &PreparedSystem,
    condition: &Expr,
    within: Duration,
    samples: u32,
    cancelled: watch::Receiver<bool>,
    told: impl FnMut(&Look),
) -> (Option<bool>, String) {
    let terms = verify::Terms { within, samples };
    let (proved, look) = verify::seen(prepared, terms, condition, cancelled, told).await;
    // held at the end, and not often enough: that is no proof, and no refutation
    (if proved { Some(true) } else { look.holds.filter(|holds| !holds) }, look.because)
}
