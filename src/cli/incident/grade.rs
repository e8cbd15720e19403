//! `midwatch incident severity` and `midwatch incident mitigated`: what people say of how bad it is. Either goes into the record
//! beside whoever writes down what changes.

use crate::cli::incident::desk::Desk;
use crate::cli::incident::{add, refused, said};
use crate::cli::{Failure, Outcome, choice};
use crate::incident::Kind;
use crate::watch::incident::severity as judged;

/// Says how bad it is now, and why.
pub(super) fn severity(id: &str, word: &str, reason: &[String], choice: &choice::Args) -> Outcome {
    let desk = Desk::existing()?;
    let incident = desk.incident(&desk.find(id)?)?;
    if !incident.is_open() {
        return Ok(refused("it is closed: midwatch incident reopen"));
    }
    let reason = said(&reason.join(" "), "why it is so")?;
    let prepared = choice::of_name(&incident.system, choice)?;
    let kind = judged(&prepared.system, word, &reason).map_err(|why| Failure::Usage(format!("'{word}': {why}")))?;
    add(id, choice, "severity changed in", kind)
}

/// Says by what users are served again.
pub(super) fn mitigated(id: &str, words: &[String], choice: &choice::Args) -> Outcome {
    let desk = Desk::existing()?;
    let incident = desk.incident(&desk.find(id)?)?;
    if !incident.is_open() {
        return Ok(refused("it is closed: midwatch incident reopen"));
    }
    if let Some(at) = incident.mitigated {
        return Ok(refused(&format!("it is mitigated since {}", at.strftime("%Y-%m-%d %H:%M UTC"))));
    }
    let words = said(&words.join(" "), "by what it is mitigated")?;
    add(id, choice, "mitigated", Kind::Mitigated { words })
}
