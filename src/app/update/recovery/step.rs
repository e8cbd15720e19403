//! What Enter does with a step, and the other keys of a walk.

use std::time::Duration;

use indexmap::IndexMap;

use crate::action::ParameterSpec;
use crate::app::model::About;
use crate::app::recovery::BookKey;
use crate::app::update::act;
use crate::app::{Command, Effect, Model, Overlay};
use crate::base::{ActionId, Variables};
use crate::runbook::walk::{Doing, Mark, Query, Standing};

use super::{ask, is_early, is_elsewhere, is_read_only, record};

/// What comes of Enter, without a loan of the model.
enum Next {
    Act(ActionId, IndexMap<String, String>),
    Look,
    Check(Vec<String>, Duration),
    Ask(Query, Duration),
    Choose(usize, usize),
    Done,
    Fill(String, &'static str),
    Tell(String),
}

/// Runs the step that comes next. On another one Enter shows it whole: nothing is run out of its order by mistake.
pub(in crate::app::update) fn enter(model: &mut Model) -> Vec<Effect> {
    if is_early(model) {
        return Vec::new();
    }
    let Some((key, n)) = selected(model) else { return Vec::new() };
    let Some(book) = model.recovery.books.get_mut(&key) else { return Vec::new() };
    // nothing is run that is not looked at
    if std::mem::take(&mut book.turned) {
        return Vec::new();
    }
    if book.walk.current() != Some(n) {
        model.overlays.push(Overlay::Step { n, scroll: 0 });
        return Vec::new();
    }
    if book.running().is_some() {
        if let Some((_, Some(run))) = &book.acting {
            let run = run.clone();
            return act::open_run(model, run);
        }
        super::super::toast(model, format!("step {n} is under way"));
        return Vec::new();
    }
    if is_read_only(model) || is_elsewhere(model, &key.0) {
        return Vec::new();
    }
    match next(model, &key, n) {
        Next::Act(action, parameters) => act::begin_step(model, &action, parameters, (key, n)),
        Next::Look => begin(model, &key, n, Effect::PollNow(key.0.clone())),
        Next::Check(argv, time_box) => {
            let argv_told: Vec<String> = argv.iter().map(|argument| crate::action::quoted(argument)).collect();
            if let Some(book) = model.recovery.books.get_mut(&key) {
                book.ran.insert(n, argv_told.join(" "));
            }
            let step = model.recovery.books.get(&key).and_then(|book| book.walk.step(n));
            let is_endless = step.is_some_and(|step| step.time_boxed);
            let effect = Effect::Check { book: key.clone(), n, argv, time_box, is_endless };
            begin(model, &key, n, effect)
        }
        Next::Ask(query, time_box) => {
            let Some(book) = model.recovery.books.get_mut(&key) else { return Vec::new() };
            book.asked.insert(n, crate::incident::walk::asked(&query));
            (book.asking, book.unanswered) = (Some(n), None);
            let expects = book.walk.condition(n).is_some();
            let look = expects.then(|| Effect::PollNow(key.0.clone()));
            let mut effects = begin(model, &key, n, Effect::Query { book: key.clone(), n, query, time_box });
            effects.extend(look);
            effects
        }
        Next::Choose(choice, selected) => {
            model.overlays.push(Overlay::Choose { choice, selected });
            Vec::new()
        }
        Next::Done => mark(model, &key, n, Mark::Done),
        Next::Fill(name, kind) => {
            let why = vec![wanted(model, n, &name, kind)];
            ask(model, About::Field { n, name: name.clone() }, name, why, "");
            Vec::new()
        }
        Next::Tell(text) => {
            super::super::toast(model, text);
            Vec::new()
        }
    }
}

/// The parameter of a declared action that a field of a step stands for.
pub(super) fn parameter<'m>(model: &'m Model, n: usize, field: &str) -> Option<&'m ParameterSpec> {
    let (call, name) = model.recovery.book()?.walk.parameter(n, field)?;
    model.watch()?.system.action.get(call.id.text.as_str())?.parameter.get(name)
}

/// What fits into a field of a step.
fn wanted(model: &Model, n: usize, field: &str, kind: &str) -> String {
    let Some(spec) = parameter(model, n, field) else { return format!("step {n} needs it: a {kind}") };
    let title = spec.title.as_deref().unwrap_or(field);
    match (&spec.one_of, &spec.pattern) {
        (Some(one_of), _) => format!("step {n} needs it: {title}; one of {}", one_of.join(", ")),
        (None, Some(pattern)) => format!("step {n} needs it: {title}; of the form {pattern}"),
        (None, None) => format!("step {n} needs it: {title}"),
    }
}

fn next(model: &Model, key: &BookKey, n: usize) -> Next {
    let nobody = Variables::default();
    let variables = model.recovery.variables.get(&key.0).unwrap_or(&nobody);
    let Some(book) = model.recovery.books.get(key) else { return Next::Tell(String::new()) };
    let walk = &book.walk;
    match walk.doing(n, variables) {
        Doing::Action { call } => {
            let asked = walk.asked(n).and_then(|asked| Some((ActionId::new(&asked.action).ok()?, asked.parameters)));
            match asked {
                Some((action, parameters)) => Next::Act(action, parameters),
                None => Next::Tell(format!("'{}' is no action of this system", call.id.text)),
            }
        }
        Doing::Expect { .. } => Next::Look,
        Doing::Command { argv, time_box } => Next::Check(argv, time_box),
        Doing::Query { query, time_box } => Next::Ask(query, time_box),
        Doing::Choice { options, by } => {
            let at = by.and_then(|by| options.iter().position(|option| *option == by)).unwrap_or(0);
            Next::Choose(walk.choice_of(n).unwrap_or(0), at)
        }
        // its human says that it is done; where something can prove it, that decides
        Doing::Human if walk.condition(n).is_some() => Next::Look,
        Doing::Human => Next::Done,
        Doing::Input { fields } => match fields.first() {
            Some(field) => Next::Fill(field.name.clone(), field.kind.word()),
            None => Next::Done,
        },
        Doing::Never => Next::Tell("this is never run here: do it elsewhere, or leave it out".to_owned()),
    }
}

/// A step is under way from now on.
fn begin(model: &mut Model, key: &BookKey, n: usize, effect: Effect) -> Vec<Effect> {
    let since = model.now.mono;
    let mut effects = mark(model, key, n, Mark::Running { since });
    effects.push(effect);
    effects
}

/// Marks a step, and has it written down.
pub(super) fn mark(model: &mut Model, key: &BookKey, n: usize, mark: Mark) -> Vec<Effect> {
    let Some(book) = model.recovery.books.get_mut(key) else { return Vec::new() };
    (book.touched, book.held) = (true, None);
    // the walk leads on; what is under way stays in sight
    book.cursor = None;
    book.walk.mark(n, mark);
    let over = book.walk.is_over().then(|| book.walk.standing());
    if let Some(standing) = over {
        let close = model.keymap.told(Command::CloseIncident);
        let text = match standing {
            Standing::Verified => format!("walked to the end, verified: {close} closes the incident"),
            _ => format!("walked to the end, not verified: {close} closes the incident with a reason"),
        };
        super::super::toast(model, text);
    }
    record::step(model, key, n)
}

fn selected(model: &Model) -> Option<(BookKey, usize)> {
    let key = model.recovery.shown.clone()?;
    let n = model.recovery.books.get(&key)?.selected()?;
    Some((key, n))
}

/// Asks why the step is left out.
pub(in crate::app::update) fn skip(model: &mut Model) -> Vec<Effect> {
    let Some((key, n)) = selected(model) else { return Vec::new() };
    if is_early(model) || is_read_only(model) || is_elsewhere(model, &key.0) {
        return Vec::new();
    }
    let Some(book) = model.recovery.books.get(&key) else { return Vec::new() };
    let marked = book.walk.marked(n);
    if marked.is_behind() || matches!(marked, Mark::Running { .. }) {
        let text = format!("step {n} is {}", marked.word());
        super::super::toast(model, text);
        return Vec::new();
    }
    let why = vec!["the reason goes into the record".to_owned()];
    ask(model, About::Skip(n), format!("Leave step {n} out: why?"), why, "");
    Vec::new()
}

/// Shows the ways of the choice that the step belongs to.
pub(in crate::app::update) fn pick(model: &mut Model) -> Vec<Effect> {
    let Some((key, n)) = selected(model) else { return Vec::new() };
    let Some(book) = model.recovery.books.get(&key) else { return Vec::new() };
    let current = || book.walk.current().and_then(|n| book.walk.choice_of(n));
    match book.walk.choice_of(n).or_else(current) {
        Some(choice) => {
            let chosen = book.walk.chosen(choice);
            let selected = book.walk.options(choice).iter().position(|option| Some(*option) == chosen).unwrap_or(0);
            model.overlays.push(Overlay::Choose { choice, selected });
        }
        None => super::super::toast(model, "there is only one way here".to_owned()),
    }
    Vec::new()
}

/// Takes the way that is selected in the list of a choice.
pub(in crate::app::update) fn take(model: &mut Model, choice: usize, selected: usize) -> Vec<Effect> {
    if is_early(model) || is_read_only(model) {
        return Vec::new();
    }
    let Some(key) = model.recovery.shown.clone() else { return Vec::new() };
    if is_elsewhere(model, &key.0) {
        return Vec::new();
    }
    let Some(book) = model.recovery.books.get_mut(&key) else { return Vec::new() };
    let Some(option) = book.walk.options(choice).get(selected).map(|option| (*option).to_owned()) else {
        return Vec::new();
    };
    if book.running().is_some() {
        super::super::toast(model, "wait for the step that is under way".to_owned());
        return Vec::new();
    }
    if book.walk.chosen(choice) == Some(option.as_str()) {
        return Vec::new();
    }
    book.walk.choose(choice, &option);
    (book.touched, book.cursor) = (true, None);
    record::chosen(model, &key, choice, &option)
}

/// Copies what the step runs, or says.
pub(in crate::app::update) fn copy(model: &mut Model) -> Vec<Effect> {
    let Some((key, n)) = selected(model) else { return Vec::new() };
    let Some(step) = model.recovery.books.get(&key).and_then(|book| book.walk.step(n)) else { return Vec::new() };
    let text = if step.source.is_empty() { step.text.clone() } else { step.source.clone() };
    vec![Effect::Copy { what: format!("step {n}"), text }]
}
