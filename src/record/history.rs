//! What the journal tells of runs: the last on a target, those since a time, those of which nobody saw the end. Pure.

use jiff::Timestamp;

use crate::record::chain::{Kind, Record, Who};

/// Which runs of a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of<'a> {
    /// Of this action.
    Action(&'a str),
    /// On this target.
    Target(&'a str),
    /// All.
    Any,
}

/// One run: its intent, and how it ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Its id.
    pub run: String,
    /// System.
    pub system: String,
    /// Action.
    pub action: String,
    /// What it acted on.
    pub target: Option<String>,
    /// Who ran it.
    pub who: Who,
    /// Why, as the operator said.
    pub reason: Option<String>,
    /// When the intent was journalled.
    pub started: Timestamp,
    /// When the end was journalled; none while it runs, or where nobody saw it.
    pub ended: Option<Timestamp>,
    /// The word of the outcome; none while it runs, or where nobody saw it.
    pub outcome: Option<String>,
    /// How to undo it.
    pub undo: Option<String>,
}

impl Run {
    fn of(intent: &Record) -> Option<Self> {
        let what = &intent.what;
        (what.kind == Kind::Intent).then_some(())?;
        Some(Self {
            run: what.run.clone()?,
            system: what.system.clone()?,
            action: what.action.clone()?,
            target: what.target.clone(),
            who: what.who.clone(),
            reason: what.reason.clone(),
            started: intent.at,
            ended: None,
            outcome: None,
            undo: what.undo.clone(),
        })
    }

    fn is_of(&self, of: Of<'_>) -> bool {
        match of {
            Of::Action(action) => self.action == action,
            Of::Target(target) => self.target.as_deref() == Some(target),
            Of::Any => true,
        }
    }
}

/// The runs that the records tell of, in the order of their intents. The first end counts; a run that was written down
/// as unknown has ended so, until an outcome is written after it.
pub fn runs<'a>(records: impl IntoIterator<Item = &'a Record>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut by_id = std::collections::HashMap::new();
    for record in records {
        let Some(id) = &record.what.run else { continue };
        if let Some(run) = Run::of(record) {
            by_id.entry(id.clone()).or_insert_with(|| {
                runs.push(run);
                runs.len() - 1
            });
        }
        if !matches!(record.what.kind, Kind::Outcome | Kind::Unknown | Kind::Refused) {
            continue;
        }
        let Some(run) = by_id.get(id).and_then(|at| runs.get_mut(*at)) else { continue };
        if run.outcome.as_deref().is_some_and(|outcome| outcome != Kind::Unknown.word()) {
            continue;
        }
        run.ended = Some(record.at);
        run.outcome = Some(record.what.outcome.clone().unwrap_or_else(|| record.what.kind.word().to_owned()));
        run.undo = record.what.undo.clone().or_else(|| run.undo.take());
    }
    runs
}

/// The last run.
pub fn last(runs: &[Run], system: &str, of: Of<'_>) -> Option<Run> {
    runs.iter().rev().find(|run| run.system == system && run.is_of(of)).cloned()
}

/// The runs that were started at or after this time, oldest first.
pub fn since(runs: &[Run], system: &str, of: Of<'_>, since: Timestamp) -> Vec<Run> {
    runs.iter().filter(|run| run.system == system && run.is_of(of) && run.started >= since).cloned().collect()
}

/// The runs that have no end: they are running, or nobody saw it. Oldest first.
pub fn unfinished(runs: Vec<Run>) -> Vec<Run> {
    runs.into_iter().filter(|run| run.outcome.is_none()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::chain::Draft;
    use crate::record::chain::tests::{chain, who};

    fn draft(kind: Kind, run: &str, outcome: Option<&str>) -> Draft {
        Draft {
            run: Some(run.to_owned()),
            system: Some("shop".to_owned()),
            action: Some("restart".to_owned()),
            target: Some("api".to_owned()),
            outcome: outcome.map(str::to_owned),
            ..Draft::new(kind, who())
        }
    }

    fn told(drafts: &[Draft]) -> Vec<(String, Option<String>)> {
        runs(&chain(drafts)).into_iter().map(|run| (run.run, run.outcome)).collect()
    }

    #[test]
    fn a_run_is_an_intent_and_its_first_end() {
        let intent = |run| draft(Kind::Intent, run, None);
        let end = |run, outcome| draft(Kind::Outcome, run, Some(outcome));
        let unknown = |run| draft(Kind::Unknown, run, None);
        let run = |run: &str, outcome: Option<&str>| (run.to_owned(), outcome.map(str::to_owned));
        for (drafts, expected) in [
            (vec![], vec![]),
            (vec![intent("a")], vec![run("a", None)]),
            (vec![intent("a"), end("a", "verified")], vec![run("a", Some("verified"))]),
            (vec![intent("a"), intent("b"), end("a", "failed")], vec![run("a", Some("failed")), run("b", None)]),
            (vec![intent("a"), unknown("a")], vec![run("a", Some("unknown"))]),
            // the runner was still there after all
            (vec![intent("a"), unknown("a"), end("a", "verified")], vec![run("a", Some("verified"))]),
            (vec![intent("a"), end("a", "failed"), end("a", "verified")], vec![run("a", Some("failed"))]),
            (vec![intent("a"), draft(Kind::Refused, "a", None)], vec![run("a", Some("refused"))]),
            // refused before there was an intent: nothing ran
            (vec![draft(Kind::Refused, "a", None), end("b", "verified")], vec![]),
        ] {
            assert_eq!(told(&drafts), expected, "{drafts:?}");
        }
    }

    #[test]
    fn the_last_run_is_found_by_action_or_target_and_by_system() {
        let mut other = draft(Kind::Intent, "c", None);
        other.action = Some("drain".to_owned());
        let mut elsewhere = draft(Kind::Intent, "d", None);
        elsewhere.system = Some("bakery".to_owned());
        let records = chain(&[draft(Kind::Intent, "a", None), draft(Kind::Intent, "b", None), other, elsewhere]);
        let runs = runs(&records);
        let id = |of| last(&runs, "shop", of).map(|run| run.run);
        assert_eq!(id(Of::Action("restart")).as_deref(), Some("b"));
        assert_eq!(id(Of::Target("api")).as_deref(), Some("c"));
        assert_eq!(id(Of::Target("db")), None);
        assert_eq!(since(&runs, "shop", Of::Any, records[1].at).len(), 2);
        assert_eq!(since(&runs, "shop", Of::Action("restart"), records[2].at).len(), 0);
    }
}
