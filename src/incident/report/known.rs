//! What a report lacks: what nobody but a person can tell, until a hand has written it, and what the record has no end of.

use crate::incident::fold::short;
use crate::incident::{Incident, StepState};

/// Something that the record does not tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Missing {
    /// What: `Users Affected`.
    pub(super) what: String,
    /// Why, or where to write it: in our own words, as Markdown.
    pub(super) how: String,
}

/// What only people know: its label, and the heading under which they write it.
const BY_HAND: [(&str, &str); 8] = [
    ("Users Affected", "Impact"),
    ("Functionality Impact", "Impact"),
    ("Data Loss", "Impact"),
    ("Root Cause", "Root Cause"),
    ("Contributing Factors", "Root Cause"),
    ("Why It Wasn't Caught Earlier", "Root Cause"),
    ("What Went Well", "Lessons Learned"),
    ("What Could Be Improved", "Lessons Learned"),
];
/// Boxes that only people tick.
const BOXES: [&str; 3] =
    ["Error rates returned to normal", "User functionality restored", "No data corruption detected"];

/// Everything that is missing, given what others have written.
pub(super) fn missing(incident: &Incident, by_others: &str) -> Vec<Missing> {
    let mut all = of_the_record(incident);
    let told = BY_HAND.iter().filter(|(what, _)| !says(by_others, what));
    all.extend(told.map(|(what, heading)| Missing {
        what: (*what).to_owned(),
        how: format!("the record does not tell it; write `**{what}:** …` under {heading}"),
    }));
    let open = BOXES.iter().filter(|text| by_others.contains(&format!("[ ] {text}")));
    all.extend(open.map(|text| Missing {
        what: (*text).to_owned(),
        how: "tick its box under Resolution when somebody has seen it".to_owned(),
    }));
    all
}

fn of_the_record(incident: &Incident) -> Vec<Missing> {
    let mut all = Vec::new();
    let mut add = |what: &str, how: String| all.push(Missing { what: what.to_owned(), how });
    if incident.opened.is_none() {
        add("How it began", "the record has no opening".to_owned());
    }
    if incident.components.is_empty() {
        add("Component", "the record names none".to_owned());
    }
    if incident.is_open() {
        add("Incident End", "it is not closed".to_owned());
    }
    if incident.runs.is_empty() && incident.steps.is_empty() {
        add("Immediate Fix", "no action and no step stands in the record".to_owned());
    }
    if incident.courses.is_empty() {
        add("Decisive Signals", "no samples were kept".to_owned());
    }
    for run in incident.runs.iter().filter(|run| matches!(run.outcome.as_deref(), None | Some("unknown"))) {
        add(&format!("How run {} of {} ended", short(&run.run), run.action), "nobody saw its end".to_owned());
    }
    for step in incident.steps.iter().filter(|step| step.told.state == StepState::Begun) {
        let told = &step.told;
        add(&format!("What came of step {} of {}", told.n, told.runbook), "it was begun, and has no end".to_owned());
    }
    all
}

/// Did a hand write this: behind its label, below it, or under a heading of that name?
fn says(text: &str, what: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.iter().enumerate().any(|(at, line)| {
        let below = || lines[at + 1..].iter().find(|line| !line.is_empty()).is_some_and(|line| is_prose(line));
        let label = line.strip_prefix(&format!("**{what}:**"));
        let heading = line.starts_with('#') && line.trim_start_matches('#').trim() == what;
        label.is_some_and(|rest| !rest.trim().is_empty() || below()) || (heading && below())
    })
}

/// A line that says something: no heading, no rule, no label of the next field.
fn is_prose(line: &str) -> bool {
    !(line.starts_with('#') || line.starts_with("**") || line.starts_with("<!--") || line.chars().all(|c| c == '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hand_is_heard_where_it_writes() {
        for (text, heard) in [
            ("**Root Cause:** a full disk", true),
            ("**Root Cause:**\n\n- a full disk", true),
            ("## Root Cause\n\nA full disk.", true),
            ("## Root Cause\n\n**Contributing Factors:**\n", false),
            ("## Root Cause\n\n---\n\n## Resolution\n", false),
            ("**Root Cause:**\n", false),
            ("the root cause is", false),
            ("", false),
        ] {
            assert_eq!(says(text, "Root Cause"), heard, "{text}");
        }
    }
}
