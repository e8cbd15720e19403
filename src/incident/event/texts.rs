//! Every text of an event that came from outside, to be cleaned. A new kind of event cannot be forgotten here: the match is
//! whole, and a test looks for what is left.

use crate::incident::drill::Score;
use crate::incident::event::{Closing, Event, Kind, Ran, StepState, Told};

impl Event {
    /// Every text in it that came from outside: to be cleaned before it is written, and after it was read.
    pub fn texts(&mut self) -> Vec<&mut String> {
        let mut all = vec![&mut self.by];
        match &mut self.kind {
            Kind::Opened(opened) => {
                all.extend([&mut opened.system, &mut opened.environment, &mut opened.title]);
                all.extend(opened.word.as_mut());
                all.extend(opened.runbook.as_mut());
                all.extend(opened.rules.iter_mut().chain(&mut opened.components));
                all.extend(opened.escalation.iter_mut().map(|step| &mut step.to));
            }
            Kind::Transition(turn) => {
                all.extend([&mut turn.of, &mut turn.id, &mut turn.from, &mut turn.to, &mut turn.words]);
            }
            Kind::Diagnosis(diagnosed) => {
                for ranked in &mut diagnosed.ranked {
                    all.extend([&mut ranked.runbook, &mut ranked.title]);
                    all.extend(&mut ranked.evidence);
                }
            }
            Kind::Runbook { runbook, title, advice } => {
                all.extend([runbook, title]);
                all.extend(advice);
            }
            Kind::Step(told) => step_texts(told, &mut all),
            Kind::Note { text } => all.push(text),
            Kind::Severity { word, reason, .. } => {
                all.extend(word.as_mut());
                all.push(reason);
            }
            Kind::Mitigated { words } => all.push(words),
            Kind::Samples(course) => {
                all.push(&mut course.signal);
                all.extend(course.unit.as_mut());
                all.extend(course.mark.as_mut());
            }
            Kind::DrillRun { run } => ran_texts(run, &mut all),
            Kind::Drill(score) => score_texts(score, &mut all),
            Kind::Closed { how: Closing::Verified { evidence } } => all.extend(evidence),
            Kind::Closed { how: Closing::Reason { reason } } | Kind::Reopened { reason } => all.push(reason),
        }
        all
    }
}

fn ran_texts<'a>(ran: &'a mut Ran, all: &mut Vec<&'a mut String>) {
    all.extend([&mut ran.run, &mut ran.by, &mut ran.action, &mut ran.call, &mut ran.because]);
    all.extend(ran.target.as_mut().into_iter().chain(&mut ran.outcome).chain(&mut ran.undo));
}

fn score_texts<'a>(score: &'a mut Score, all: &mut Vec<&'a mut String>) {
    let task = &mut score.task;
    all.extend([&mut task.system, &mut task.fault, &mut task.title, &mut task.runbook]);
    all.extend(task.actions.iter_mut().chain(&mut score.healed_by).chain(&mut score.unneeded).chain(&mut score.wrong));
}

fn step_texts<'a>(told: &'a mut Told, all: &mut Vec<&'a mut String>) {
    all.extend([&mut told.runbook, &mut told.text]);
    all.extend(&mut told.evidence);
    all.extend(told.command.as_mut());
    all.extend(told.asked.iter_mut());
    all.extend(told.run.as_mut());
    match &mut told.state {
        StepState::Skipped { reason } => all.push(reason),
        StepState::Chosen { option, reason } => all.extend([option, reason]),
        StepState::Begun | StepState::Done | StepState::Verified | StepState::NotVerified | StepState::Failed => {}
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::incident::fold::tests::{every_kind, of_a_drill};

    #[test]
    fn no_text_of_an_event_escapes_the_cleaner() {
        const DIRTY: &str = "dirty";
        for kind in every_kind().into_iter().chain(of_a_drill()) {
            let mut event = Event::new(Timestamp::UNIX_EPOCH, "alice@ops1", kind);
            for text in event.texts() {
                *text = DIRTY.to_owned();
            }
            // what is left is of midwatch: names of fields, words of states, times and numbers
            let tree = serde_json::to_value(&event).unwrap();
            let mut left = Vec::new();
            strings(&tree, &mut left);
            left.retain(|(key, text)| {
                text != DIRTY && !["kind", "state", "part", "severity", "as", "end"].contains(&key.as_str())
            });
            left.retain(|(_, text)| text.parse::<Timestamp>().is_err());
            assert_eq!(left, [], "{event:?}");
        }
    }

    fn strings(tree: &serde_json::Value, found: &mut Vec<(String, String)>) {
        match tree {
            serde_json::Value::Object(entries) => {
                for (key, value) in entries {
                    match value {
                        serde_json::Value::String(text) => found.push((key.clone(), text.clone())),
                        other => strings(other, found),
                    }
                }
            }
            serde_json::Value::Array(entries) => {
                for entry in entries {
                    match entry {
                        serde_json::Value::String(text) => found.push((String::new(), text.clone())),
                        other => strings(other, found),
                    }
                }
            }
            _ => {}
        }
    }
}
