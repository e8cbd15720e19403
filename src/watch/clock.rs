//! The clocks of what is wrong now: within which time somebody must answer the worst finding, and who is told when what
//! is critical lasts. Pure.

use crate::base::{Now, Status};
use crate::incident::clock::{answer, path};
use crate::watch::{Finding, Watch};

pub use crate::incident::clock::Clock;

/// The clocks that run now: the answer to the worst finding, then who was told last of what is critical, then who is next.
pub fn clocks(watch: &Watch, now: Now) -> Vec<Clock> {
    let findings = &watch.situation.findings;
    // what is less bad waits: its long time would stand beside what is worse and seem to be that of it
    let worst = findings.iter().map(|finding| finding.status).max();
    let worst = findings.iter().filter(|finding| Some(finding.status) == worst);
    let mut clocks: Vec<Clock> = worst.filter_map(|finding| awaited(watch, finding, now)).take(1).collect();
    // the one that lasts longest is the one that people were told of first
    let critical = findings.iter().filter(|finding| finding.status == Status::Critical);
    if let Some(age) = critical.map(|finding| now.mono.since(finding.since.mono)).max() {
        clocks.extend(path(watch.system.escalation.iter().map(|step| (step.after.0, step.to.as_str())), age));
    }
    clocks
}

fn awaited(watch: &Watch, finding: &Finding, now: Now) -> Option<Clock> {
    let word = finding.word.as_ref()?;
    let within = watch.system.severity.get(word)?.respond?.0;
    Some(answer(word, within, now.mono.since(finding.since.mono)))
}

#[cfg(test)]
mod tests;
