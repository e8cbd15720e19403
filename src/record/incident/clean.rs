//! An event made fit for its file: secrets out, control characters neutralised, lists and texts no longer than a line has
//! room for. What was cut says so in its place.

use serde::Serialize;

use crate::base::{Redactor, Shown};
use crate::incident::{Closing, Event, Kind};
use crate::record::incident::MAX_LINE;

/// Longest texts that are tried, in bytes: the first at which the line fits.
const LENGTHS: [usize; 4] = [4096, 1024, 256, 48];
/// Most entries of a list.
const MOST: usize = 64;
/// Most runbooks of a diagnosis, and most evidence of each.
const MOST_RANKED: usize = 24;
const MOST_EVIDENCE: usize = 8;
/// Most values of a course.
const MOST_VALUES: usize = 600;

/// The line, with its end; how long it would be where it does not fit.
pub(super) fn line<T: Serialize>(
    mut event: Event,
    redactor: &Redactor,
    written: impl Fn(Event) -> T,
) -> Result<String, usize> {
    bounded(&mut event);
    without_secret_numbers(&mut event, redactor);
    for text in event.texts() {
        // secrets first: a neutralised or cut secret would not be found
        *text = redactor.redact(text);
    }
    let mut length = usize::MAX;
    for most in LENGTHS {
        let mut event = event.clone();
        for text in event.texts() {
            *text = Shown::long_from_remote(text, most).into_string();
        }
        let Ok(text) = serde_json::to_string(&written(event)) else { continue };
        length = text.len() + 1;
        if length <= MAX_LINE {
            return Ok(text + "\n");
        }
    }
    Err(length)
}

/// An event that was read back: neutralised again, nothing redacted.
pub(super) fn shown(mut event: Event) -> Event {
    for text in event.texts() {
        *text = Shown::long_from_remote(text, MAX_LINE).into_string();
    }
    event
}

fn bounded(event: &mut Event) {
    match &mut event.kind {
        Kind::Opened(opened) => {
            first(&mut opened.rules, MOST);
            first(&mut opened.components, MOST);
            opened.escalation.truncate(MOST);
        }
        Kind::Diagnosis(diagnosed) => {
            diagnosed.ranked.truncate(MOST_RANKED);
            diagnosed.ranked.iter_mut().for_each(|ranked| first(&mut ranked.evidence, MOST_EVIDENCE));
        }
        Kind::Runbook { advice, .. } => first(advice, MOST),
        Kind::Step(told) => first(&mut told.evidence, MOST),
        Kind::Closed { how: Closing::Verified { evidence } } => first(evidence, MOST),
        Kind::Samples(course) => {
            let more = course.values.len().saturating_sub(MOST_VALUES);
            course.values.drain(..more);
        }
        _ => {}
    }
}

/// The first of a list, and how many more there were.
fn first(list: &mut Vec<String>, most: usize) {
    if list.len() > most {
        let more = list.len() + 1 - most;
        list.truncate(most.saturating_sub(1));
        list.push(format!("and {more} more"));
    }
}

/// A secret may be made of digits.
fn without_secret_numbers(event: &mut Event, redactor: &Redactor) {
    if let Kind::Samples(course) = &mut event.kind {
        for value in &mut course.values {
            *value = value.filter(|value| value.is_finite() && !redactor.finds(&value.to_string()));
        }
    }
}
