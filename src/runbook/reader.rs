//! Blocks to steps: what the house format and foreign files have in common.

use std::borrow::Cow;

use crate::action::Risk;
use crate::base::RunbookId;
use crate::runbook::class::judge;
use crate::runbook::directive::Directive;
use crate::runbook::document::{Class, Database, Part, Runbook, Step, StepOption, Symptom, SymptomKind, WITHIN};
use crate::runbook::fence::{self, Chunk};
use crate::runbook::markdown::{Block, Fence, Item, Para};
use crate::runbook::placeholder;
use crate::runbook::slug;

/// A scenario that is still read.
pub(super) struct Reader {
    pub(super) runbook: Runbook,
    pub(super) part: Part,
    pub(super) section: String,
    /// The way that steps belong to from here on.
    pub(super) option: Option<StepOption>,
    /// Prose that belongs to the next step.
    pub(super) intro: Vec<String>,
    choices: usize,
}

impl Reader {
    pub(super) fn new(id: RunbookId, title: String, line: usize) -> Self {
        let runbook = Runbook {
            id,
            title,
            scenario: String::new(),
            severity: String::new(),
            owner: String::new(),
            last_updated: String::new(),
            last_validated: String::new(),
            components: Vec::new(),
            consequence_of: Vec::new(),
            symptoms: Vec::new(),
            steps: Vec::new(),
            related: Vec::new(),
            links: Vec::new(),
            contacts: Vec::new(),
            validations: Vec::new(),
            prevention: Vec::new(),
            about: Vec::new(),
            anchors: Vec::new(),
            strays: Vec::new(),
            line,
        };
        Self { runbook, part: Part::Other, section: String::new(), option: None, intro: Vec::new(), choices: 0 }
    }

    /// A new heading or label: what was said and led to no step is kept beside the steps.
    pub(super) fn section(&mut self, part: Part, title: &str) {
        self.settle();
        self.part = part;
        title.clone_into(&mut self.section);
        self.option = None;
    }

    pub(super) fn new_choice(&mut self) -> usize {
        self.choices += 1;
        self.choices
    }

    pub(super) fn settle(&mut self) {
        let intro = std::mem::take(&mut self.intro);
        if !intro.is_empty() {
            self.runbook.about.push((self.section.clone(), intro.join("\n")));
        }
    }

    pub(super) fn done(mut self) -> Runbook {
        self.settle();
        self.runbook
    }

    /// An empty step of the section.
    pub(super) fn step(&self, line: usize) -> Step {
        Step {
            n: self.runbook.steps.len() + 1,
            part: self.part,
            section: self.section.clone(),
            text: String::new(),
            notes: Vec::new(),
            class: Class::Manual,
            why: Cow::Borrowed("for a person: it holds no command"),
            risk: Risk::Disruptive,
            source: String::new(),
            language: "text".to_owned(),
            time_boxed: false,
            fields: Vec::new(),
            action: None,
            database: None,
            asked: Database::Open,
            expect: None,
            within: WITHIN,
            option: self.option.clone(),
            strays: Vec::new(),
            line,
        }
    }

    pub(super) fn push(&mut self, mut step: Step) {
        if !self.intro.is_empty() {
            let mut lines = std::mem::take(&mut self.intro);
            if !step.text.is_empty() {
                lines.push(std::mem::take(&mut step.text));
            }
            step.text = lines.join("\n");
        }
        if step.text.is_empty() {
            step.source.lines().next().unwrap_or_default().clone_into(&mut step.text);
        }
        step.n = self.runbook.steps.len() + 1;
        self.runbook.steps.push(step);
    }

    /// A step for a person.
    pub(super) fn manual(&mut self, text: String, line: usize) {
        if !text.trim().is_empty() {
            let step = Step { source: text.clone(), text, ..self.step(line) };
            self.push(step);
        }
    }

    /// Each command of a fence as a step.
    pub(super) fn fence(&mut self, fence: &Fence) {
        let chunks = fence::chunks(fence);
        let first = self.runbook.steps.len();
        let base = self.choices;
        let mut ways = 0;
        for chunk in chunks {
            if let Some((way, _)) = &chunk.way {
                ways = ways.max(way + 1);
            }
            let step = self.of_chunk(chunk, base);
            self.push(step);
        }
        self.choices = base + ways;
        choose(&mut self.runbook.steps[first..], base);
    }

    fn of_chunk(&self, chunk: Chunk, base: usize) -> Step {
        let mut step = self.step(chunk.line);
        let says = |text: &&str| !text.is_empty() && !text.eq_ignore_ascii_case("or");
        let comments: Vec<&str> = chunk.comments.iter().map(String::as_str).filter(says).collect();
        step.text = comments.join("\n");
        step.notes = chunk.notes;
        step.language = chunk.language;
        if let Some((way, name)) = chunk.way {
            step.option = Some(StepOption { choice: base + way + 1, name, variable: None });
        }
        if chunk.source.is_empty() {
            step.source.clone_from(&step.text);
            step.why = Cow::Borrowed("for a person: only comments, no command");
            return step;
        }
        let judged = judge(&step.language, &chunk.source);
        step.source = chunk.source;
        (step.class, step.why, step.risk) = (judged.class, judged.why, judged.risk);
        (step.time_boxed, step.fields) = (judged.time_boxed, judged.fields);
        step
    }

    /// One item of a list that is a step, or holds steps.
    pub(super) fn item(&mut self, item: &Item) {
        let told = Told::of(item);
        let first = self.runbook.steps.len();
        let chosen = told.directives.iter().find(|directive| directive.key == "choose");
        if told.is_one_step() {
            self.one_step(&told, item.line);
        } else if chosen.is_some() && !told.steps.is_empty() {
            // the question itself is no step: its answers are
        } else if told.fences.is_empty() {
            self.manual(told.words(), item.line);
        } else {
            let words = told.words();
            self.intro.extend((!words.is_empty()).then_some(words));
            told.fences.iter().for_each(|fence| self.fence(fence));
        }
        for step in &mut self.runbook.steps[first..] {
            overrule(step, &told.directives);
        }
        let outer = self.option.clone();
        let choice = chosen.map(|directive| (self.new_choice(), variable(directive)));
        for child in &told.steps {
            if let Some((choice, variable)) = &choice {
                let name = Told::of(child).words();
                self.option = Some(StepOption { choice: *choice, name, variable: variable.clone() });
            }
            let first = self.runbook.steps.len();
            self.item(child);
            if choice.is_some() {
                self.runbook.steps[first..].iter_mut().for_each(as_way);
            }
        }
        if let Some(step) = self.runbook.steps.get_mut(first).filter(|_| choice.is_some()) {
            step.notes.insert(0, told.words());
        }
        self.option = outer;
    }

    /// What carries `action` or `expect` is one step; code in it shows a person what it does.
    pub(super) fn one_step(&mut self, told: &Told<'_>, line: usize) {
        let mut step = self.step(line);
        step.text = told.words();
        let code: Vec<&str> = told.fences.iter().map(|fence| fence.code.trim_end()).collect();
        step.source = if code.is_empty() { step.text.clone() } else { code.join("\n") };
        if let Some(fence) = told.fences.first() {
            step.language.clone_from(&fence.language);
        }
        for directive in &told.directives {
            match directive.key.as_str() {
                "action" => step.action = directive.action(),
                "expect" => step.expect = Some(directive.condition()),
                _ => {}
            }
        }
        if let Some(call) = &step.action {
            step.class = Class::Act;
            step.why = Cow::Owned(format!("the action {}", call.id.text));
            let asked: Vec<&str> = call.parameters.iter().map(|(_, value)| value.as_str()).collect();
            step.fields = asked.iter().flat_map(|value| placeholder::fields(value)).collect();
            if !step.fields.is_empty() {
                step.class = Class::NeedsInput;
                step.why = Cow::Owned(format!("the action {}, which asks for a value", call.id.text));
            }
        } else {
            (step.class, step.risk) = (Class::Check, Risk::Safe);
            step.why = Cow::Borrowed("reads signals that are polled anyway");
            if step.language == "sql" {
                asks(&mut step);
            }
        }
        self.push(step);
    }

    /// A line of the symptoms.
    pub(super) fn symptom(&mut self, item: &Item) {
        let told = Told::of(item);
        let mut kind = SymptomKind::Human;
        for directive in &told.directives {
            match directive.key.as_str() {
                "when" => kind = SymptomKind::When(directive.condition()),
                "context" => kind = SymptomKind::Context(directive.condition()),
                _ => self.runbook.strays.push(directive.clone()),
            }
        }
        let text = told.words();
        if !text.is_empty() || kind != SymptomKind::Human {
            self.runbook.symptoms.push(Symptom { text, kind, line: item.line });
        }
        self.code(&told);
    }

    /// The commands of an item that is no step itself: they are shown with their class all the same.
    pub(super) fn code(&mut self, told: &Told<'_>) {
        told.fences.iter().for_each(|fence| self.fence(fence));
        told.steps.iter().for_each(|item| self.item(item));
    }
}

/// The words, code and comments of an item or of a check.
#[derive(Default)]
pub(super) struct Told<'b> {
    pub(super) words: Vec<String>,
    pub(super) fences: Vec<&'b Fence>,
    pub(super) directives: Vec<Directive>,
    /// Items within it that are steps of their own.
    pub(super) steps: Vec<&'b Item>,
}

impl<'b> Told<'b> {
    pub(super) fn of(item: &'b Item) -> Self {
        let mut told = Self::default();
        let chooses = item.blocks.iter().any(|block| match block {
            Block::Para(para) => para.directives.iter().any(|directive| directive.key == "choose"),
            Block::Comments(found) => found.iter().any(|directive| directive.key == "choose"),
            _ => false,
        });
        item.blocks.iter().for_each(|block| told.add(block, chooses));
        told
    }

    /// Takes a block in; where its children are ways, each is a step.
    pub(super) fn add(&mut self, block: &'b Block, chooses: bool) {
        match block {
            Block::Heading(_, para) | Block::Para(para) => self.para(para),
            Block::Comments(found) => self.directives.extend(found.iter().cloned()),
            Block::Fence(fence) => self.fences.push(fence),
            Block::List(items) => {
                for child in items {
                    let inner = Told::of(child);
                    if chooses || !inner.directives.is_empty() || !inner.fences.is_empty() || !inner.steps.is_empty() {
                        self.steps.push(child);
                    } else {
                        self.words.push(format!("- {}", inner.words().replace('\n', "\n  ")));
                    }
                }
            }
            Block::Table(rows) => self.words.extend(rows.iter().map(|row| row.join(" | "))),
            Block::Quote(blocks) => blocks.iter().for_each(|block| self.add(block, chooses)),
        }
    }

    fn para(&mut self, para: &Para) {
        let text = para.text();
        if !text.is_empty() {
            self.words.push(text);
        }
        self.directives.extend(para.directives.iter().cloned());
    }

    pub(super) fn words(&self) -> String {
        self.words.join("\n")
    }

    pub(super) fn is_one_step(&self) -> bool {
        self.directives.iter().any(|directive| matches!(directive.key.as_str(), "action" | "expect"))
    }
}

/// The variable that a `choose` names; `one` leaves it to the operator.
pub(super) fn variable(directive: &Directive) -> Option<crate::runbook::document::Name> {
    directive.names().into_iter().next().filter(|name| name.text != "one")
}

/// What a person wrote over the guess.
pub(super) fn overrule(step: &mut Step, directives: &[Directive]) {
    for directive in directives {
        match directive.key.as_str() {
            "within" => match directive.duration() {
                Some(within) => step.within = within,
                None => step.strays.push(directive.clone()),
            },
            "risk" => match directive.risk() {
                Some(risk) => step.risk = risk,
                None => step.strays.push(directive.clone()),
            },
            "class" => match directive.class() {
                // what prints a secret is not run because a file says so
                Some(_) if step.class == Class::Never => {}
                Some(class) => {
                    step.class = class;
                    step.why = Cow::Borrowed("the runbook says so");
                }
                None => step.strays.push(directive.clone()),
            },
            "database" => match directive.names().into_iter().next().filter(|_| step.language == "sql") {
                Some(name) => step.database = Some(name),
                None => step.strays.push(directive.clone()),
            },
            "note" => step.notes.push(directive.value.clone()),
            "action" | "expect" | "choose" => {}
            _ => step.strays.push(directive.clone()),
        }
    }
}

/// A statement beside an expectation is asked as well, where it only reads.
fn asks(step: &mut Step) {
    let judged = judge(&step.language, &step.source);
    match judged.class {
        Class::Check => step.why = Cow::Owned(format!("{}; reads signals that are polled anyway", judged.why)),
        Class::NeedsInput if judged.risk == Risk::Safe => {
            (step.class, step.why, step.fields) = (Class::NeedsInput, judged.why, judged.fields);
        }
        _ => {}
    }
}

/// A step that is one of several ways is chosen first.
fn as_way(step: &mut Step) {
    if matches!(step.class, Class::Check | Class::Act) {
        step.class = Class::Choose;
        step.why = Cow::Owned(format!("one of several ways; then: {}", step.why));
    }
}

/// Of the ways of a fence, those that only read may all be gone; of others one is picked. Its choices come after `base`.
fn choose(steps: &mut [Step], base: usize) {
    let of_fence = |step: &Step| step.option.as_ref().map(|option| option.choice).filter(|choice| *choice > base);
    let picked: Vec<usize> = steps.iter().filter(|step| step.class != Class::Check).filter_map(of_fence).collect();
    for step in steps.iter_mut().filter(|step| of_fence(step).is_some_and(|choice| picked.contains(&choice))) {
        as_way(step);
    }
}

/// The part that a heading or a label names, whatever number or time stands beside it.
pub(super) fn part_of(title: &str) -> Option<Part> {
    let title = slug::without_number(title);
    let bare = title.split(" (").next().unwrap_or(title).trim().trim_end_matches(':').to_lowercase();
    Some(match bare.as_str() {
        "symptoms" | "symptom" | "trigger" | "triggers" | "signs" | "indicators" | "detection" => Part::Symptoms,
        "immediate actions" | "immediate action" | "triage" | "containment" | "first response" | "communication"
        | "escalation" => Part::Immediate,
        "diagnosis" | "investigation" | "investigation steps" | "diagnostics" | "diagnose" | "diagnostic steps" => {
            Part::Diagnosis
        }
        "resolution" | "resolution steps" | "resolution options" | "recovery" | "recovery steps" | "fix"
        | "mitigation" | "remediation" | "rollback steps" | "steps to resolve" | "recovery procedure"
        | "recovery actions" | "how to fix" | "quick fix" | "workaround" => Part::Resolution,
        "verification" | "verify" | "validation" | "verification steps" | "how to verify" => Part::Verification,
        "post-incident" | "post incident" | "follow-up" | "post-mortem" | "postmortem" => Part::PostIncident,
        "prevention" | "preventive measures" => Part::Prevention,
        "related runbooks" | "related" | "see also" => Part::Related,
        "contacts" => Part::Contacts,
        "validation log" => Part::Validation,
        _ => return None,
    })
}
