//! Runbooks that are open, each with its live symptoms and its walk; and the incidents they are walked for. State only:
//! `update::recovery` moves it, `view::screen::runbook` draws it.

pub mod desk;
pub mod validity;

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::action::RunId;
use crate::app::Model;
use crate::base::{Mono, Now, RunbookId, SystemName, Variables};
use crate::expr::{Expr, Verdict};
use crate::runbook::walk::{Mark, Walk};
use crate::runbook::{Runbook, Step, SymptomKind};
use crate::watch::Watch;

pub use desk::{Desk, Writing};
pub use validity::Validity;

/// Which runbook of which system.
pub type BookKey = (SystemName, RunbookId);

/// Most lines kept of what a check printed.
pub const MOST_LINES: usize = 200;

/// A step in one line: its words, else what it runs.
pub fn line(step: &Step) -> &str {
    let words = step.text.lines().map(str::trim).find(|line| !line.is_empty());
    words.or_else(|| step.source.lines().next()).unwrap_or(&step.section)
}

/// All that guided recovery knows.
#[derive(Debug, Default)]
pub struct Recovery {
    /// Runbooks that were opened, each with its walk: they stay when the screen is left.
    pub books: IndexMap<BookKey, Book>,
    /// The one on the screen.
    pub shown: Option<BookKey>,
    /// The values of the systems' variables, without secrets.
    pub variables: HashMap<SystemName, Variables>,
    /// The incidents.
    pub desk: Desk,
}

/// A runbook that is open.
#[derive(Debug)]
pub struct Book {
    /// The pass through its steps.
    pub walk: Walk,
    /// Its symptoms, in the order of the file.
    pub symptoms: Vec<Live>,
    /// The selected step; `None` follows the walk.
    pub cursor: Option<usize>,
    /// True while the symptoms have the focus; where there is no room for both sides they alone are shown then.
    pub turned: bool,
    /// The symptom that was gone to.
    pub symptom: usize,
    /// The step whose action is confirmed or runs, and its run.
    pub acting: Option<(usize, Option<RunId>)>,
    /// The runs that were begun for steps.
    pub runs: HashMap<RunId, usize>,
    /// The step whose condition held once, and since when: a verification has to hold again on the samples after.
    pub held: Option<(usize, Mono)>,
    /// What checks printed, by step.
    pub printed: HashMap<usize, Vec<String>>,
    /// The commands that checks ran, by step, exactly.
    pub ran: HashMap<usize, String>,
    /// What was asked of databases, by step, line by line.
    pub asked: HashMap<usize, Vec<String>>,
    /// The step whose question is under way.
    pub asking: Option<usize>,
    /// The step whose question has no answer, and why.
    pub unanswered: Option<(usize, String)>,
    /// True once something was done with it here: what the record says is known then.
    pub touched: bool,
    /// True once the incident was told which runbook it is.
    pub announced: bool,
}

/// A symptom that is looked at all the time.
#[derive(Clone, Debug)]
pub struct Live {
    /// The human's line.
    pub text: String,
    /// Line in the file, from 1.
    pub line: usize,
    /// True counts for nothing: it only must hold too.
    pub is_context: bool,
    /// Its condition; `None` where only a human can tell.
    pub condition: Option<Expr>,
}

/// What a symptom comes to now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not.
    False,
    /// It cannot be told.
    Unknown,
    /// A human must say.
    Human,
}

impl Truth {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Truth::True => "true",
            Truth::False => "false",
            Truth::Unknown => "unknown",
            Truth::Human => "you tell",
        }
    }
}

impl Live {
    fn all(runbook: &Runbook) -> Vec<Self> {
        let live = |symptom: &crate::runbook::Symptom| {
            let (condition, is_context) = match &symptom.kind {
                SymptomKind::When(condition) => (Some(condition), false),
                SymptomKind::Context(condition) => (Some(condition), true),
                SymptomKind::Human => (None, false),
            };
            // a condition that is no expression is the linter's business: here nobody can tell it
            let condition = condition.and_then(|condition| Expr::compile(&condition.text).ok());
            Self { text: symptom.text.clone(), line: symptom.line, is_context, condition }
        };
        runbook.symptoms.iter().map(live).collect()
    }

    /// What it comes to now.
    pub fn truth(&self, watch: &Watch, now: Now) -> Truth {
        match self.condition.as_ref().map(|condition| condition.verdict(&watch.store, now)) {
            Some(Verdict::True) => Truth::True,
            Some(Verdict::False) => Truth::False,
            Some(Verdict::Unknown(_)) => Truth::Unknown,
            None => Truth::Human,
        }
    }
}

/// How many symptoms say what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Symptoms that hold.
    pub matched: usize,
    /// Symptoms that a machine can tell.
    pub symptoms: usize,
    /// Symptoms and contexts that are false.
    pub against: usize,
    /// Symptoms and contexts that cannot be told.
    pub unknown: usize,
}

impl Book {
    /// A runbook that was just opened.
    pub fn new(runbook: Arc<Runbook>) -> Self {
        Self {
            symptoms: Live::all(&runbook),
            walk: Walk::new(runbook),
            cursor: None,
            turned: false,
            symptom: 0,
            acting: None,
            runs: HashMap::new(),
            held: None,
            printed: HashMap::new(),
            ran: HashMap::new(),
            asked: HashMap::new(),
            asking: None,
            unanswered: None,
            touched: false,
            announced: false,
        }
    }

    /// What it says.
    pub fn runbook(&self) -> &Runbook {
        self.walk.runbook()
    }

    /// What its symptoms come to now.
    pub fn count(&self, watch: &Watch, now: Now) -> Count {
        let mut count = Count::default();
        for live in &self.symptoms {
            let truth = live.truth(watch, now);
            count.symptoms += usize::from(!live.is_context && truth != Truth::Human);
            count.matched += usize::from(!live.is_context && truth == Truth::True);
            count.against += usize::from(truth == Truth::False);
            count.unknown += usize::from(truth == Truth::Unknown);
        }
        count
    }

    /// What a human alone can tell of the symptoms.
    pub fn said(&self) -> impl Iterator<Item = &str> {
        let about = self.runbook().about.iter();
        about.filter(|(section, _)| section == "Symptoms").map(|(_, text)| text.as_str())
    }

    /// The steps on the screen: those that are walked, without the ways that were not chosen.
    pub fn steps(&self) -> Vec<usize> {
        self.walk.order().filter(|n| self.walk.is_applicable(*n)).collect()
    }

    /// The selected step: the one that was gone to, else the one that comes next, else the last.
    pub fn selected(&self) -> Option<usize> {
        let steps = self.steps();
        let there = self.cursor.filter(|n| steps.contains(n));
        there.or_else(|| self.walk.current()).or_else(|| steps.last().copied())
    }

    /// The step that is under way.
    pub fn running(&self) -> Option<usize> {
        self.walk.order().find(|n| matches!(self.walk.marked(*n), Mark::Running { .. }))
    }
}

impl Recovery {
    /// The step that comes next on a walk; none while it is not known how far an earlier run came.
    pub fn next(&self, book: &Book) -> Option<usize> {
        if self.desk.awaited { None } else { book.walk.current() }
    }

    /// The runbook on the screen.
    pub fn book(&self) -> Option<&Book> {
        self.books.get(self.shown.as_ref()?)
    }

    /// The same, to be moved.
    pub fn book_mut(&mut self) -> Option<&mut Book> {
        self.books.get_mut(self.shown.as_ref()?)
    }
}

/// One row of the list of runbooks.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// Which.
    pub id: RunbookId,
    /// Its title.
    pub title: String,
    /// Its place among those that fit; `None` where no symptom holds.
    pub diagnosis: Option<usize>,
}

/// All runbooks of a system: those that fit first, best first, then the rest by name.
pub fn list(model: &Model, watch: &Watch) -> Vec<Listed> {
    let filter = model.filter.text.to_lowercase();
    let fits = watch.diagnoses.iter().enumerate().map(|(at, diagnosis)| Listed {
        id: diagnosis.runbook.clone(),
        title: diagnosis.title.to_string(),
        diagnosis: Some(at),
    });
    let mut all: Vec<Listed> = fits.collect();
    for file in watch.system.runbooks.iter() {
        if !all.iter().any(|known| known.id == file.id) {
            all.push(Listed { id: file.id.clone(), title: file.title(), diagnosis: None });
        }
    }
    all.retain(|row| filter.is_empty() || format!("{} {}", row.id, row.title).to_lowercase().contains(&filter));
    all
}
