//! What the journal is told of a run, and what it tells of those before. Without a journal nothing runs.

use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rustix::fs::{FlockOperation, flock};
use serde_json::{Value, json};

use crate::action::guard::{Given, Recent};
use crate::action::{Confirm, Done, End, Ending, LastRun, Outcome, Preview, RunId};
use crate::base::Redactor;
use crate::record::{Audit, AuditError, Draft, Filter, Kind, Of, Record, Run, StateDir, Who, chain};
use crate::runtime::act::feed;
use crate::runtime::act::lock::Scope;
use crate::runtime::clock;

/// How far back runs count for the guard.
const BACK: Duration = Duration::from_secs(3600);
/// Locked while runs without an end are written down.
const RECONCILE: &str = "reconcile.lock";
/// What is said of a run of which nobody knows the end.
const UNSEEN: &str = "its runner is gone and nobody saw the end: look before you run it again";

/// The journal and the folder it is in.
#[derive(Clone, Debug)]
pub struct Journal {
    state: StateDir,
    audit: Audit,
}

/// Who runs what on which.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The run.
    pub run: &'a RunId,
    /// By whom.
    pub who: &'a Who,
    /// How it was confirmed, and why.
    pub given: &'a Given,
    /// What is run.
    pub preview: &'a Preview,
}

/// A run that has no end in the journal.
#[derive(Clone, Debug)]
pub struct Unfinished {
    /// What the journal tells.
    pub run: Run,
    /// Its id.
    pub id: RunId,
    /// True while its runner lives; else nobody saw its end.
    pub live: bool,
}

impl Journal {
    /// Opens the journal in a state folder, which is made where it is missing.
    pub fn open(state: &Path, redactor: &Redactor) -> Result<Self, AuditError> {
        let state = StateDir::open(state)?;
        let audit = Audit::open(&state).redacting(redactor.clone());
        audit.ready()?;
        Ok(Self { state, audit })
    }

    /// The journal as it is, to look into; none where nothing was ever written. Makes nothing.
    pub fn existing(state: &Path, redactor: &Redactor) -> Result<Option<Self>, AuditError> {
        let there = StateDir::existing(state)?;
        Ok(there.map(|state| Self { audit: Audit::open(&state).redacting(redactor.clone()), state }))
    }

    /// The state folder.
    pub fn state(&self) -> &StateDir {
        &self.state
    }

    /// The last run on a target.
    pub fn last_on(&self, scope: &Scope) -> Option<LastRun> {
        let run = self.audit.last_run(&scope.system, Of::Target(&scope.target)).ok().flatten()?;
        Some(last_run(&run))
    }

    /// The runs on a target that count for the guard, newest first.
    pub fn recent(&self, scope: &Scope, now: Timestamp) -> Result<Vec<Recent>, AuditError> {
        let back = SignedDuration::try_from(BACK).unwrap_or(SignedDuration::from_hours(1));
        let since = now.checked_sub(back).unwrap_or(Timestamp::MIN);
        let runs = self.audit.runs_since(&scope.system, Of::Target(&scope.target), since)?;
        let recent = |run: &Run| Recent {
            verified: run.outcome.as_deref() == Some(Outcome::Verified.word()),
            last: last_run(run),
        };
        Ok(runs.iter().rev().map(recent).collect())
    }

    /// That something is about to be run. When this fails, it is not.
    pub fn intent(&self, entry: &Entry<'_>, argv: Vec<String>, config: &str) -> Result<(), AuditError> {
        let Preview { evidence, precondition, verify, undo, .. } = entry.preview;
        let mut draft = draft(Kind::Intent, entry);
        draft.confirm = entry.given.confirm.map(|confirm| word(confirm).to_owned());
        draft.reason.clone_from(&entry.given.reason);
        draft.argv = argv;
        draft.evidence = Some(json!({
            "known": evidence, "precondition": precondition, "verify": verify, "picture": entry.preview.digest(),
        }));
        draft.undo.clone_from(undo);
        draft.binary = Some(format!("midwatch {}", env!("CARGO_PKG_VERSION")));
        draft.config = Some(format!("sha256:{}", chain::sha256(config.as_bytes())));
        self.audit.append(&draft, clock::now()).map(drop)
    }

    /// How it ended.
    pub fn outcome(&self, entry: &Entry<'_>, ending: &Ending) -> Result<(), AuditError> {
        let kind = if ending.outcome == Outcome::Refused { Kind::Refused } else { Kind::Outcome };
        let mut draft = draft(kind, entry);
        draft.outcome = Some(ending.outcome.word().to_owned());
        draft.reason = (!ending.reason.is_empty()).then(|| ending.reason.clone());
        draft.evidence =
            (!ending.evidence.is_empty()).then(|| json!({ "verify": ending.evidence, "verified": ending.verified }));
        if let Some(done) = &ending.done {
            draft.exit_code = done.exit_code;
            draft.http_status = done.http_status;
            draft.items.clone_from(&done.items);
            draft.undo.clone_from(&done.undo);
        }
        self.audit.append(&draft, clock::now()).map(drop)
    }

    /// That somebody asked for it to be cancelled.
    pub fn cancel(&self, entry: &Entry<'_>, by: &str) -> Result<(), AuditError> {
        let mut draft = draft(Kind::Cancel, entry);
        draft.reason = Some(format!("asked by {by}"));
        self.audit.append(&draft, clock::now()).map(drop)
    }

    /// How a run ended whose runner is gone without having told it, and what that runner said.
    pub fn end_of(&self, run: &RunId, words: &str) -> Result<Ending, AuditError> {
        let filter = Filter { run: Some(run.to_string()), ..Filter::default() };
        let records = self.audit.records(&filter)?;
        let of = |kinds: &[Kind]| records.iter().rev().find(|record| kinds.contains(&record.what.kind));
        Ok(match (of(&[Kind::Outcome, Kind::Refused]), of(&[Kind::Intent])) {
            (Some(end), _) => recorded(end),
            (None, Some(_)) => unseen(),
            (None, None) => {
                let words = if words.is_empty() { String::new() } else { format!(": {words}") };
                bare(Outcome::Failed, &format!("its runner ended before it began, so that nothing was run{words}"))
            }
        })
    }

    /// The runs without an end, oldest first.
    pub fn unfinished(&self) -> Result<Vec<Unfinished>, AuditError> {
        let runs = self.audit.unfinished()?;
        let known = |run: Run| {
            let id = RunId::new(&run.run)?;
            let live = feed::is_live(&self.state, &id);
            Some(Unfinished { run, id, live })
        };
        Ok(runs.into_iter().filter_map(known).collect())
    }

    /// Writes down every run whose runner is gone as unknown, and returns those. It is never run again by itself.
    pub fn reconcile(&self, who: &Who) -> Result<Vec<Unfinished>, AuditError> {
        if !self.unfinished()?.iter().any(|unfinished| !unfinished.live) {
            return Ok(Vec::new());
        }
        // one at a time, so that each of them is written down once
        let lock = self.state.to_append(RECONCILE)?;
        let _ = flock(&lock, FlockOperation::LockExclusive);
        let mut lost = Vec::new();
        for unfinished in self.unfinished()?.into_iter().filter(|unfinished| !unfinished.live) {
            let Run { run, system, action, target, .. } = &unfinished.run;
            let mut draft = Draft::new(Kind::Unknown, who.clone());
            draft.run = Some(run.clone());
            draft.system = Some(system.clone());
            draft.action = Some(action.clone());
            draft.target.clone_from(target);
            draft.outcome = Some(Outcome::Unknown.word().to_owned());
            draft.reason = Some(UNSEEN.to_owned());
            self.audit.append(&draft, clock::now())?;
            lost.push(unfinished);
        }
        Ok(lost)
    }
}

/// The end of a run that nobody saw.
pub fn unseen() -> Ending {
    bare(Outcome::Unknown, UNSEEN)
}

fn bare(outcome: Outcome, reason: &str) -> Ending {
    Ending {
        at: clock::now().wall,
        outcome,
        reason: reason.to_owned(),
        verified: false,
        evidence: String::new(),
        done: None,
    }
}

/// As the journal tells it.
fn recorded(record: &Record) -> Ending {
    let what = &record.what;
    let outcome = what.outcome.clone().and_then(|word| serde_json::from_value(Value::String(word)).ok());
    let evidence = |name: &str| what.evidence.as_ref().and_then(|evidence| evidence.get(name));
    let done = (what.kind == Kind::Outcome).then(|| Done {
        exit_code: what.exit_code,
        http_status: what.http_status,
        items: what.items.clone(),
        undo: what.undo.clone(),
        ..Done::new(End::Unknown, "")
    });
    Ending {
        at: record.at,
        verified: evidence("verified") == Some(&Value::Bool(true)),
        evidence: evidence("verify").and_then(Value::as_str).unwrap_or_default().to_owned(),
        done,
        ..bare(outcome.unwrap_or(Outcome::Unknown), what.reason.as_deref().unwrap_or_default())
    }
}

fn draft(kind: Kind, entry: &Entry<'_>) -> Draft {
    let Preview { system, environment, action, target, call, .. } = entry.preview;
    let mut draft = Draft::new(kind, entry.who.clone());
    draft.run = Some(entry.run.to_string());
    draft.system = Some(system.clone());
    draft.environment = Some(environment.clone());
    draft.action = Some(action.clone());
    draft.target = Some(target.clone());
    draft.call = (kind != Kind::Outcome && !call.is_empty()).then(|| call.clone());
    draft
}

fn word(confirm: Confirm) -> &'static str {
    match confirm {
        Confirm::Enter => "enter",
        Confirm::Yes => "y",
        Confirm::Name => "typed",
    }
}

fn last_run(run: &Run) -> LastRun {
    LastRun {
        run: run.run.clone(),
        action: run.action.clone(),
        who: run.who.name(),
        at: run.started,
        outcome: run.outcome.clone(),
    }
}
