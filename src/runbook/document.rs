//! What a runbook says, as data. Texts are repaired for display; ranges and lines point into the file as it is.

use std::borrow::Cow;
use std::ops::Range;
use std::time::Duration;

use crate::action::Risk;
use crate::base::{ComponentId, RunbookId};
use crate::runbook::directive::Directive;
use crate::runbook::placeholder::Field;

/// One scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Runbook {
    /// Its file's stem, or its title in kebab-case.
    pub id: RunbookId,
    /// Its title, without a number.
    pub title: String,
    /// When to use it.
    pub scenario: String,
    /// The system's own word for how bad it is; empty where it says none.
    pub severity: String,
    /// Who keeps it.
    pub owner: String,
    /// As written: `2026-01-31`.
    pub last_updated: String,
    /// As written: a date, or `never`.
    pub last_validated: String,
    /// What it is about.
    pub components: Vec<Name>,
    /// Runbooks that go before it where they match.
    pub consequence_of: Vec<Name>,
    /// How it shows.
    pub symptoms: Vec<Symptom>,
    /// What to do, in order: `n` counts from 1.
    pub steps: Vec<Step>,
    /// Where else to look.
    pub related: Vec<Link>,
    /// Links anywhere in it.
    pub links: Vec<Link>,
    /// Whom to ask.
    pub contacts: Vec<String>,
    /// When somebody tried it.
    pub validations: Vec<Validation>,
    /// How to keep it from happening.
    pub prevention: Vec<String>,
    /// What it says beside its steps: section and text.
    pub about: Vec<(String, String)>,
    /// Its headings as anchors, as a Git host makes them.
    pub anchors: Vec<String>,
    /// Comments that look like directives, and are none or stand where they mean nothing.
    pub strays: Vec<Directive>,
    /// Line of its title, from 1.
    pub line: usize,
}

/// A name that a directive gives, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// As written.
    pub text: String,
    /// Byte range in the file.
    pub span: Range<usize>,
}

/// An expression that a directive gives; compiled where it is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// CEL.
    pub text: String,
    /// Byte range in the file.
    pub span: Range<usize>,
}

/// One line of the symptoms.
#[derive(Clone, Debug, PartialEq)]
pub struct Symptom {
    /// The human's line.
    pub text: String,
    /// What it counts for, and its condition.
    pub kind: SymptomKind,
    /// Line in the file, from 1.
    pub line: usize,
}

/// What a symptom counts for.
#[derive(Clone, Debug, PartialEq)]
pub enum SymptomKind {
    /// True speaks for the scenario, false against it.
    When(Condition),
    /// True counts for nothing, false speaks against it.
    Context(Condition),
    /// Only a human can tell.
    Human,
}

/// What may be done with a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// It reads only.
    Check,
    /// It changes something.
    Act,
    /// One of several ways: the operator picks.
    Choose,
    /// For hands and eyes; nothing is run.
    Manual,
    /// It runs once its fields are filled in.
    NeedsInput,
    /// It is never run.
    Never,
}

impl Class {
    /// The stable word.
    pub fn word(self) -> &'static str {
        match self {
            Class::Check => "check",
            Class::Act => "act",
            Class::Choose => "choose",
            Class::Manual => "manual",
            Class::NeedsInput => "needs-input",
            Class::Never => "never",
        }
    }

    /// The class of a word.
    pub fn of(word: &str) -> Option<Self> {
        const ALL: [Class; 6] =
            [Class::Check, Class::Act, Class::Choose, Class::Manual, Class::NeedsInput, Class::Never];
        ALL.into_iter().find(|class| class.word() == word)
    }
}

/// The part of a scenario that a step belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// How it shows.
    Symptoms,
    /// Triage, containment, communication.
    Immediate,
    /// Finding out.
    Diagnosis,
    /// Repairing.
    Resolution,
    /// Proving.
    Verification,
    /// Afterwards.
    PostIncident,
    /// Advice for later.
    Prevention,
    /// Where else to look.
    Related,
    /// Whom to ask.
    Contacts,
    /// Who tried it.
    Validation,
    /// Anything else.
    Other,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its number within the scenario, from 1.
    pub n: usize,
    /// The part that it belongs to.
    pub part: Part,
    /// The heading or label that it stands under, in the file's own words.
    pub section: String,
    /// What it is for; several lines where the file has several.
    pub text: String,
    /// What is said after it: what to expect, where code and runbook disagree.
    pub notes: Vec<String>,
    /// What may be done with it.
    pub class: Class,
    /// Why it is of that class, in one line.
    pub why: Cow<'static, str>,
    /// What it may break, once it may run at all; `safe` reads only.
    pub risk: Risk,
    /// The command, byte for byte as it would run; of a step for humans its text.
    pub source: String,
    /// Of the source: `bash`, `sql`, another word of a fence, or `text`.
    pub language: String,
    /// It never ends by itself: it is ended after a while.
    pub time_boxed: bool,
    /// What has to be filled in.
    pub fields: Vec<Field>,
    /// The declared action that it is.
    pub action: Option<ActionCall>,
    /// The component whose database a statement is asked of, as the file names it.
    pub database: Option<Name>,
    /// The database that a statement is asked of, as the system has it.
    pub asked: Database,
    /// What proves it.
    pub expect: Option<Condition>,
    /// For how long to wait for that.
    pub within: Duration,
    /// The way that it belongs to, where there are several.
    pub option: Option<StepOption>,
    /// Directives of it that were not understood, for the linter.
    pub strays: Vec<Directive>,
    /// Line in the file, from 1.
    pub line: usize,
}

/// The database that a statement is asked of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Database {
    /// Nobody said yet: only a system knows its databases.
    #[default]
    Open,
    /// The one that this component is polled at.
    Of {
        /// The component.
        component: ComponentId,
        /// Its address as the system's file has it, without values: `${database_url}`.
        address: String,
    },
    /// It cannot be told, and why.
    Untold(String),
}

/// For how long an expectation is waited for where nothing is said.
pub(super) const WITHIN: Duration = Duration::from_secs(30);

/// One of several ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepOption {
    /// Steps of one number are ways of the same choice.
    pub choice: usize,
    /// What tells it from the others: `Docker`, `Option A: Restart`.
    pub name: String,
    /// The variable whose value picks it.
    pub variable: Option<Name>,
}

/// A declared action with what is given to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionCall {
    /// Its id.
    pub id: Name,
    /// Its parameters; a value in `<…>` is asked for.
    pub parameters: Vec<(Name, String)>,
}

/// A link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its words.
    pub text: String,
    /// Where to.
    pub target: String,
    /// Byte range in the file.
    pub span: Range<usize>,
}

/// A row of the validation log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validation {
    /// `YYYY-MM-DD`.
    pub date: String,
    /// Who.
    pub validator: String,
    /// Where.
    pub environment: String,
    /// How it went.
    pub result: String,
    /// What was seen.
    pub notes: String,
}
