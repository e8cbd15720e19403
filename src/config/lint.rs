//! What of a runbook rots: names that are gone, links that lead nowhere, scenarios that nothing proves, validations that
//! are old. Every finding has its `file:line:column`. Pure; the date is an argument.

mod condition;
mod endpoint;
mod links;

use std::ops::Range;

use jiff::civil::Date;

use crate::action::Risk;
use crate::base::problem::nearest;
use crate::base::{Problem, Source};
use crate::config::{RunbookFile, System};
use crate::runbook::{
    self, ActionCall, Class, Condition, DIRECTIVES, Database, Directive, FieldKind, Name, Part, Runbook, Step,
    SymptomKind,
};

/// A validation is good for a quarter of a year.
const FRESH_DAYS: i32 = 92;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// It will mislead somebody.
    Error,
    /// Somebody should look at it.
    Warning,
}

/// One finding.
#[derive(Clone, Debug)]
pub struct Lint {
    /// How bad.
    pub level: Level,
    /// Where and what.
    pub problem: Problem,
}

impl Lint {
    /// As text: the headline, the line with a caret, the help. A warning says that it is one.
    pub fn render(&self) -> String {
        self.problem.render()
    }
}

/// Everything about all runbooks of a system, in the order of files and lines.
pub fn lint(system: &System, today: Date) -> Vec<Lint> {
    let mut all = rules(system);
    for file in system.runbooks.iter() {
        all.extend(lint_file(system, file, today));
    }
    all
}

/// Everything about one runbook of a system.
pub fn lint_file(system: &System, file: &RunbookFile, today: Date) -> Vec<Lint> {
    let runbook = system.read(file);
    let mut linter = Linter::new(file.source(), Some(system));
    linter.anchors.clone_from(&runbook.anchors);
    linter.header(&runbook, today);
    linter.links(&runbook.links);
    linter.common(&runbook);
    linter.verification(&runbook);
    linter.done()
}

/// What can be told of a file that belongs to no system: its own links and comments, and what must never be run.
pub fn lint_foreign(source: &Source) -> Vec<Lint> {
    let stem = source.path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let runbooks = runbook::read_any(&stem, &source.text);
    let mut linter = Linter::new(source.clone(), None);
    let (links, anchors) = runbook::links(&source.text);
    linter.anchors = anchors;
    linter.links(&links);
    for runbook in &runbooks {
        linter.common(runbook);
        for step in runbook.steps.iter().filter(|step| step.class == Class::Never) {
            linter.at_line(Level::Warning, step.line, format!("never run: {}", step.why), None);
        }
        let repairs = runbook.steps.iter().any(|step| step.part == Part::Resolution);
        if repairs && !runbook.steps.iter().any(|step| step.part == Part::Verification) {
            let message = format!("'{}' has no verification: nothing says when it is over", runbook.title);
            linter.at_line(Level::Warning, runbook.line, message, None);
        }
    }
    linter.done()
}

/// Rules and components that open a runbook which does not exist.
fn rules(system: &System) -> Vec<Lint> {
    let source = Source { path: system.origin.clone().into(), text: system.text.clone() };
    let mut linter = Linter::new(source, Some(system));
    let of_rules = system.rule.iter().filter_map(|(id, rule)| Some((format!("rule.{id}"), rule.runbook.as_ref()?)));
    let of_components =
        system.component.iter().filter_map(|(id, spec)| Some((format!("component.{id}"), spec.runbook.as_ref()?)));
    let of_jobs = system.job.iter().filter_map(|(id, job)| Some((format!("job.{id}"), job.runbook.as_ref()?)));
    for (path, id) in of_rules.chain(of_components).chain(of_jobs) {
        if system.runbook(id.as_str()).is_none() {
            let header = system.text.find(&format!("[{path}]")).unwrap_or(0);
            let tail = system.text.get(header..).unwrap_or_default();
            let at = tail.find(&format!("\"{id}\"")).map_or(header, |at| header + at);
            let known = linter.runbooks();
            let help = suggest(id.as_str(), &known);
            linter.push(Level::Error, at..at + id.as_str().len() + 2, &path, format!("no runbook '{id}'"), help);
        }
    }
    linter.done()
}

struct Linter<'s> {
    source: Source,
    system: Option<&'s System>,
    /// Anchors of the whole file.
    anchors: Vec<String>,
    found: Vec<Lint>,
}

impl<'s> Linter<'s> {
    fn new(source: Source, system: Option<&'s System>) -> Self {
        Self { source, system, anchors: Vec::new(), found: Vec::new() }
    }

    fn done(mut self) -> Vec<Lint> {
        self.found.sort_by_key(|lint| (lint.problem.span.start, lint.level));
        self.found
    }

    fn push(&mut self, level: Level, span: Range<usize>, path: &str, message: String, help: Option<String>) {
        let message = if level == Level::Warning { format!("warning: {message}") } else { message };
        let problem = Problem { source: self.source.clone(), span, path: path.to_owned(), message, help };
        self.found.push(Lint { level, problem });
    }

    /// About a whole line.
    fn at_line(&mut self, level: Level, line: usize, message: String, help: Option<String>) {
        let start = line_start(&self.source.text, line);
        let text = self.source.text.get(start..).unwrap_or_default();
        let own = text.lines().next().unwrap_or_default();
        let indent = own.len() - own.trim_start().len();
        self.push(level, start + indent..start + own.len(), "", message, help);
    }

    fn runbooks(&self) -> Vec<&'s str> {
        self.system.map_or_else(Vec::new, |system| system.runbooks.iter().map(|file| file.id.as_str()).collect())
    }

    /// What is checked of every file.
    fn common(&mut self, runbook: &Runbook) {
        for directive in &runbook.strays {
            self.stray(directive);
        }
        for symptom in &runbook.symptoms {
            match &symptom.kind {
                SymptomKind::When(condition) => self.condition("when", condition),
                SymptomKind::Context(condition) => self.condition("context", condition),
                SymptomKind::Human => {}
            }
        }
        for step in &runbook.steps {
            self.step(step);
        }
    }

    fn header(&mut self, runbook: &Runbook, today: Date) {
        for (field, value) in
            [("Scenario", &runbook.scenario), ("Severity", &runbook.severity), ("Owner", &runbook.owner)]
        {
            if value.is_empty() {
                self.at_line(Level::Error, runbook.line, format!("the header has no **{field}:**"), None);
            }
        }
        if !runbook.symptoms.iter().any(|symptom| matches!(symptom.kind, SymptomKind::When(_))) {
            let message = match self.job_of(runbook) {
                Some(job) => format!("no symptom has a condition: only the job '{job}' leads here"),
                None => "no symptom has a condition: nothing can lead here".to_owned(),
            };
            self.at_line(Level::Warning, runbook.line, message, Some("write <!-- when: … --> beside one".to_owned()));
        }
        let components: Vec<&str> = self
            .system
            .iter()
            .flat_map(|system| system.component.keys())
            .map(crate::base::ComponentId::as_str)
            .collect();
        for name in &runbook.components {
            self.known("component", name, &components);
        }
        let runbooks = self.runbooks();
        for name in &runbook.consequence_of {
            if name.text == runbook.id.as_str() {
                self.push(Level::Error, name.span.clone(), "consequence-of", "is its own consequence".to_owned(), None);
            } else {
                self.known("runbook", name, &runbooks);
            }
        }
        self.validated(runbook, today);
    }

    /// The job whose checklist a runbook is.
    fn job_of(&self, runbook: &Runbook) -> Option<&'s str> {
        let mut jobs = self.system?.job.iter();
        jobs.find(|(_, job)| job.runbook.as_ref() == Some(&runbook.id)).map(|(id, _)| id.as_str())
    }

    fn known(&mut self, what: &str, name: &Name, known: &[&str]) {
        if !known.contains(&name.text.as_str()) {
            let message = format!("no {what} '{}'", name.text);
            self.push(Level::Error, name.span.clone(), "", message, suggest(&name.text, known));
        }
    }

    /// How old the newest validation is that passed.
    fn validated(&mut self, runbook: &Runbook, today: Date) {
        let passed = |result: &str| {
            let result = result.to_lowercase();
            result.contains("pass") || result.contains("ok")
        };
        let logged =
            runbook.validations.iter().filter(|row| passed(&row.result)).filter_map(|row| row.date.parse().ok());
        let newest = logged.chain(runbook.last_validated.parse()).max();
        let Some(newest): Option<Date> = newest else {
            let message = "never validated".to_owned();
            let help = Some("rehearse it, and write down the date".to_owned());
            self.at_line(Level::Warning, self.line_of("**Last Validated:**", runbook.line), message, help);
            return;
        };
        let days = today.since(newest).map_or(0, |span| span.get_days());
        if days > FRESH_DAYS {
            let message = format!("validated {days} days ago: every quarter is due");
            self.at_line(Level::Warning, self.line_of("**Last Validated:**", runbook.line), message, None);
        }
    }

    fn line_of(&self, text: &str, otherwise: usize) -> usize {
        self.source.text.lines().position(|line| line.contains(text)).map_or(otherwise, |at| at + 1)
    }

    fn verification(&mut self, runbook: &Runbook) {
        let steps: Vec<&Step> = runbook.steps.iter().filter(|step| step.part == Part::Verification).collect();
        if steps.is_empty() {
            let message = "no verification: nothing says when it is over".to_owned();
            self.at_line(Level::Error, runbook.line, message, Some("add ## Verification with boxes".to_owned()));
        } else if !steps.iter().any(|step| step.expect.is_some()) {
            let line = steps.first().map_or(runbook.line, |step| step.line);
            let message = "no box of the verification has a condition: only a person can tick it".to_owned();
            self.at_line(Level::Warning, line, message, None);
        }
    }

    fn step(&mut self, step: &Step) {
        for directive in &step.strays {
            self.stray(directive);
        }
        if let Some(condition) = &step.expect {
            self.condition("expect", condition);
        }
        if let Some(call) = &step.action {
            self.action(call);
        }
        if let Some(variable) = step.option.as_ref().and_then(|option| option.variable.as_ref()) {
            let variables = self.variables();
            if self.system.is_some() {
                self.known("variable", variable, &variables);
            }
        }
        // a parameter of a statement has the type that its column has
        let is_bound = step.language == "sql" && matches!(step.asked, Database::Of { .. }) && step.risk == Risk::Safe;
        if step.action.is_none() && step.class == Class::NeedsInput && !is_bound {
            for field in step.fields.iter().filter(|field| field.kind == FieldKind::Text) {
                let message = format!("the placeholder '{}' has no type", field.name);
                let help = "make it a parameter of an action, which has a pattern".to_owned();
                self.at_line(Level::Warning, step.line, message, Some(help));
            }
        }
        if self.system.is_some() && matches!(step.language.as_str(), "bash" | "sql") {
            if let Database::Untold(why) = &step.asked
                && (step.database.is_some() || self.system.is_some_and(System::has_databases))
            {
                self.at_line(Level::Warning, step.line, format!("a statement that nobody asks: {why}"), None);
            }
            self.variables_of(step);
            self.endpoints(step);
        }
    }

    fn variables(&self) -> Vec<&'s str> {
        self.system.iter().flat_map(|system| system.var.keys()).map(String::as_str).collect()
    }

    /// `${name}` of a command must be a variable of the system; those of the shell are written in capitals.
    fn variables_of(&mut self, step: &Step) {
        let known = self.variables();
        let mut rest = step.source.as_str();
        while let Some((_, after)) = rest.split_once("${") {
            let Some((name, tail)) = after.split_once('}') else { return };
            rest = tail;
            let is_ours = crate::base::id::is_identifier(name);
            if is_ours && !known.contains(&name) {
                let span = self.find_from(step.line, &format!("${{{name}}}"));
                self.push(Level::Error, span, "", format!("no variable '{name}'"), suggest(name, &known));
            }
        }
    }

    /// Where a text stands, looked for from a line on.
    fn find_from(&self, line: usize, text: &str) -> Range<usize> {
        let start = line_start(&self.source.text, line);
        let at = self.source.text.get(start..).and_then(|rest| rest.find(text)).map_or(start, |at| start + at);
        at..at + text.len()
    }

    fn action(&mut self, call: &ActionCall) {
        let Some(system) = self.system else { return };
        let known: Vec<&str> = system.action.keys().map(crate::base::ActionId::as_str).collect();
        self.known("action", &call.id, &known);
        let Some(spec) = system.action.get(call.id.text.as_str()) else { return };
        let parameters: Vec<&str> = spec.parameter.keys().map(String::as_str).collect();
        for (name, value) in &call.parameters {
            let Some(parameter) = spec.parameter.get(&name.text) else {
                let message = format!("action '{}' has no parameter '{}'", call.id.text, name.text);
                self.push(Level::Error, name.span.clone(), "action", message, suggest(&name.text, &parameters));
                continue;
            };
            let is_asked = value.starts_with('<') && value.ends_with('>');
            let allowed = parameter.one_of.as_deref().unwrap_or_default();
            if !is_asked && !allowed.is_empty() && !allowed.contains(value) {
                let message = format!("'{value}' is not one of: {}", allowed.join(", "));
                self.push(Level::Error, name.span.clone(), "action", message, None);
            }
        }
    }

    fn stray(&mut self, directive: &Directive) {
        let key = directive.key.as_str();
        if DIRECTIVES.contains(&key) {
            let known_value = matches!(key, "within" | "risk" | "class");
            let (message, help) = if known_value {
                let help = match key {
                    "within" => "a time, such as 90s",
                    "risk" => "safe, disruptive or destructive",
                    _ => "check, act, choose, manual, needs-input or never",
                };
                (format!("'{}' is no {key}", directive.value), Some(help.to_owned()))
            } else {
                (format!("'{key}' means nothing here"), Some(place(key).to_owned()))
            };
            self.push(Level::Error, directive.span.clone(), key, message, help);
        } else if let Some(near) = nearest(key, DIRECTIVES) {
            let message = format!("no directive '{key}'");
            self.push(Level::Error, directive.key_span.clone(), "", message, Some(format!("did you mean '{near}'?")));
        }
    }

    fn condition(&mut self, path: &str, condition: &Condition) {
        for (span, message, help) in condition::problems(&condition.text, self.system) {
            let span = condition.span.start + span.start..condition.span.start + span.end;
            self.push(Level::Error, span, path, message, help);
        }
    }
}

/// Where a directive belongs.
fn place(key: &str) -> &'static str {
    match key {
        "component" | "consequence-of" => "it belongs below the title",
        "when" | "context" => "it belongs to a line of the symptoms",
        _ => "it belongs to a step",
    }
}

/// Byte offset of the beginning of a line, from 1.
fn line_start(text: &str, line: usize) -> usize {
    text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum()
}

fn suggest(wrong: &str, known: &[&str]) -> Option<String> {
    if let Some(near) = nearest(wrong, known.iter().copied()) {
        return Some(format!("did you mean '{near}'?"));
    }
    (!known.is_empty() && known.len() <= 40).then(|| format!("there are: {}", known.join(", ")))
}

#[cfg(test)]
mod tests;
