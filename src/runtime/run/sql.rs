//! Statements on a PostgreSQL: prepared first, all of them in one transaction, rolled back as a whole when one of them
//! fails or concerns other rows than it must. A look does the same and rolls back in every case.
//!
//! Values go beside the text as parameters, never into it. What was committed and not answered is told as unknown, and
//! never done again.

mod session;
mod undo;

use std::time::Duration;

use tokio::sync::watch;

use crate::action::{Done, End, SqlCall};
use crate::base::{Cause, Redactor, Shown};
use crate::probe::ProbeError;
use crate::probe::deadline::Deadline;
use crate::probe::postgres::link::Failed;
use session::Session;

/// A look takes no longer, whatever the action may take.
const LOOK: Duration = Duration::from_secs(5);

/// The terms of a run.
pub struct SqlTerms<'a> {
    /// Longest time, all in all.
    pub timeout: Duration,
    /// Becomes true when somebody asks for the end.
    pub cancelled: watch::Receiver<bool>,
    /// Takes secrets out of all that is told.
    pub redactor: &'a Redactor,
    /// Hears how far it is, line by line.
    pub say: &'a mut (dyn FnMut(&str) + Send),
}

/// What one statement came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Came {
    /// Rows that it concerned; none where it was only prepared.
    pub rows: Option<u64>,
    /// What `before` found, one line for each row, told.
    pub before: Vec<String>,
    /// How to undo it.
    pub undo: Vec<String>,
    /// What it returned, one line for each row, told.
    pub returned: Vec<String>,
}

/// What a run would come to: every statement is prepared and, where `tries`, carried out and rolled back.
pub async fn look(call: &SqlCall, tries: bool, timeout: Duration, redactor: &Redactor) -> Result<Vec<Came>, String> {
    let deadline = Deadline::after(timeout.min(LOOK));
    let told = |stop: Stop| redactor.redact(&stop.why);
    let mut session = Session::open(call, &deadline).await.map_err(|failed| told(Stop::of(None, &failed, call)))?;
    session.prepare(call, &deadline).await.map_err(told)?;
    let mut all = Vec::new();
    for (at, statement) in call.statements.iter().enumerate() {
        let came = if tries {
            session.carry_out(at, statement, call, &deadline).await.map_err(told)?
        } else {
            Came::default()
        };
        all.push(came);
    }
    session.roll_back(&deadline).await;
    Ok(all.into_iter().map(|came| came.told(redactor)).collect())
}

/// Carries it out.
pub async fn run(call: &SqlCall, mut terms: SqlTerms<'_>) -> Done {
    let mut cancelled = terms.cancelled.clone();
    let redactor = terms.redactor.clone();
    let mut committing = false;
    // dropping the session before its COMMIT closes the connection, and the server rolls back
    let done = tokio::select! {
        done = transact(call, &mut terms, &mut committing) => done,
        () = asked(&mut cancelled) => None,
    };
    let done = match done {
        Some(done) => done,
        None if committing => Done::new(End::Unknown, "cancelled while it was committed: look before you run it again"),
        None => Done::new(End::Cancelled, "cancelled: all of it is rolled back"),
    };
    Done { reason: redactor.redact(&done.reason), ..done }
}

/// Waits until somebody asks for the end.
async fn asked(cancelled: &mut watch::Receiver<bool>) {
    if cancelled.wait_for(|cancelled| *cancelled).await.is_err() {
        std::future::pending::<()>().await;
    }
}

async fn transact(call: &SqlCall, terms: &mut SqlTerms<'_>, committing: &mut bool) -> Option<Done> {
    let deadline = Deadline::after(terms.timeout);
    let mut undo = Vec::new();
    match through(call, terms, &deadline, &mut undo, committing).await {
        Ok(rows) => {
            let count = call.statements.len();
            let (statements, rows_word) = (plural(count as u64, "statement"), plural(rows, "row"));
            let mut done = Done::new(End::Accepted, &format!("{statements}, {rows_word}"));
            done.undo = (!undo.is_empty()).then(|| undo.join("; "));
            Some(done)
        }
        Err(stop) => Some(Done::new(stop.end, &stop.why)),
    }
}

/// All statements and the COMMIT; rows in all.
async fn through(
    call: &SqlCall,
    terms: &mut SqlTerms<'_>,
    deadline: &Deadline,
    undo: &mut Vec<String>,
    committing: &mut bool,
) -> Result<u64, Stop> {
    let mut session = Session::open(call, deadline).await.map_err(|failed| Stop::of(None, &failed, call))?;
    session.prepare(call, deadline).await?;
    let mut rows = 0;
    for (at, statement) in call.statements.iter().enumerate() {
        let came = session.carry_out(at, statement, call, deadline).await?.told(terms.redactor);
        rows += came.rows.unwrap_or(0);
        for line in came.before.iter().map(|row| format!("before: {row}")).chain(came.returned.iter().cloned()) {
            (terms.say)(&format!("statement {}: {line}", at + 1));
        }
        (terms.say)(&format!("statement {}: {}", at + 1, plural(came.rows.unwrap_or(0), "row")));
        undo.extend(came.undo);
    }
    *committing = true;
    session.commit(deadline).await.map_err(|stop| Stop { why: stop.why, ..stop })?;
    (terms.say)("committed");
    Ok(rows)
}

/// Why a transaction was not committed.
pub(super) struct Stop {
    end: End,
    why: String,
}

impl Stop {
    /// An error before the COMMIT: nothing is changed.
    fn of(at: Option<usize>, failed: &Failed, call: &SqlCall) -> Self {
        let end = if failed.error.cause == Cause::TimedOut { End::TimedOut } else { End::Failed };
        Self { end, why: format!("{}{}; nothing is changed", place(at, call), failed.error) }
    }

    fn saying(at: usize, words: &str, call: &SqlCall) -> Self {
        Self { end: End::Failed, why: format!("{}{words}; nothing is changed", place(Some(at), call)) }
    }

    /// An error of the COMMIT: the server's word, or none at all.
    fn at_commit(failed: &Failed) -> Self {
        if failed.is_answer {
            return Self { end: End::Failed, why: format!("{}; nothing is changed", failed.error) };
        }
        let why = format!("not known whether it was committed: {}", failed.error);
        Self { end: End::Unknown, why }
    }
}

fn place(at: Option<usize>, call: &SqlCall) -> String {
    at.map_or_else(String::new, |at| format!("statement {} of {}: ", at + 1, call.statements.len()))
}

impl Came {
    /// The same, sanitised and without secrets.
    fn told(mut self, redactor: &Redactor) -> Self {
        for line in [&mut self.before, &mut self.undo, &mut self.returned].into_iter().flatten() {
            *line = Shown::long_from_remote(&redactor.redact(line), 4096).into_string();
        }
        self
    }
}

fn plural(n: u64, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}

/// An error of ours about what was written.
fn unfit(words: String) -> Failed {
    Failed { error: ProbeError::new(Cause::Malformed, words), is_answer: true }
}
