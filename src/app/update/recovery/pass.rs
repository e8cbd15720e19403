//! What comes back: readings for a step that waits for them, the end of its run, the end of its command.

use std::time::Duration;

use crate::action::{Outcome, RunId};
use crate::app::msg::CheckEnd;
use crate::app::recovery::{BookKey, MOST_LINES};
use crate::app::{Effect, Model, Redraw};
use crate::base::Mono;
use crate::expr::{Expr, Verdict};
use crate::incident::walk::mark_of;
use crate::runbook::Part;
use crate::runbook::walk::Mark;
use crate::watch::Watch;

use super::{record, step};

/// For how long samples of after the step's beginning are waited for, at least.
const SAMPLES: Duration = Duration::from_secs(15);

/// Looks at every step that waits for its condition.
pub(in crate::app::update) fn look(model: &mut Model) -> Vec<Effect> {
    let waiting: Vec<(BookKey, usize, Mono)> = model
        .recovery
        .books
        .iter()
        .filter(|(_, book)| book.acting.is_none())
        .filter_map(|(key, book)| {
            let n = book.running().filter(|n| book.walk.condition(*n).is_some())?;
            // the question that belongs to it comes first
            if book.asking == Some(n) {
                return None;
            }
            let Mark::Running { since } = book.walk.marked(n) else { return None };
            Some((key.clone(), n, *since))
        })
        .collect();
    let mut effects = Vec::new();
    for (key, n, since) in waiting {
        if let Some(held) = holds_first(model, &key, n, since) {
            // one sample may be a moment of luck: a verification has to hold again
            if let Some(book) = model.recovery.books.get_mut(&key) {
                book.held = held.then_some((n, model.now.mono));
            }
            effects.push(Effect::PollNow(key.0.clone()));
        } else if let Some(mark) = judged(model, &key, n, since) {
            model.redraw = Redraw::Now;
            effects.extend(step::mark(model, &key, n, mark));
        }
    }
    effects
}

/// True when a verification holds for the first time, false when it held and does not any more; `None` where that is not
/// the question.
fn holds_first(model: &Model, key: &BookKey, n: usize, since: Mono) -> Option<bool> {
    let book = model.recovery.books.get(key)?;
    let watch = model.systems.iter().find(|watch| watch.system.name == key.0)?;
    let condition =
        book.walk.condition(n).filter(|_| book.walk.step(n).is_some_and(|s| s.part == Part::Verification))?;
    let held = book.held.filter(|(of, _)| *of == n).map(|(_, at)| at);
    let holds = matches!(condition.verdict(&watch.store, model.now), Verdict::True);
    match (held, holds) {
        (None, true) => is_fresh(watch, condition, since).then_some(true),
        (Some(_), false) => Some(false),
        _ => None,
    }
}

/// What a look comes to; `None` while it is waited for more.
fn judged(model: &Model, key: &BookKey, n: usize, began: Mono) -> Option<Mark> {
    let book = model.recovery.books.get(key)?;
    let walk = &book.walk;
    let since = book.held.filter(|(of, _)| *of == n).map_or(began, |(_, at)| at);
    let watch = model.systems.iter().find(|watch| watch.system.name == key.0)?;
    let condition = walk.condition(n)?;
    let unanswered = book.unanswered.as_ref().filter(|(of, _)| *of == n).map(|(_, why)| why.as_str());
    let judged = |holds, because| walk.judged_beside(n, unanswered, holds, because);
    let waited = model.now.mono.since(began);
    let within = walk.within(n);
    if !is_fresh(watch, condition, since) {
        let no_sample = || "no sample was taken since the step began".to_owned();
        return (waited >= within.max(SAMPLES)).then(|| judged(None, no_sample()));
    }
    let evidence = || condition.evidence(&watch.store, model.now);
    match condition.verdict(&watch.store, model.now) {
        Verdict::True => Some(judged(Some(true), evidence())),
        _ if waited < within => None,
        Verdict::False => Some(judged(Some(false), evidence())),
        Verdict::Unknown(_) => Some(judged(None, evidence())),
    }
}

/// True when all that a condition reads was asked after the step began.
fn is_fresh(watch: &Watch, condition: &Expr, since: Mono) -> bool {
    condition.signals().iter().all(|signal| {
        let component = watch.components.get(&signal.component);
        component.is_some_and(|component| component.polled.is_some_and(|polled| polled > since))
    })
}

/// The action of a step was confirmed: it is written down before its runner is asked for.
pub(in crate::app::update) fn confirmed(model: &mut Model, (key, n): &(BookKey, usize)) -> Vec<Effect> {
    let since = model.now.mono;
    if let Some(book) = model.recovery.books.get_mut(key) {
        book.acting = Some((*n, None));
    }
    step::mark(model, key, *n, Mark::Running { since })
}

/// The runner of a step began.
pub(in crate::app::update) fn began(model: &mut Model, (key, n): &(BookKey, usize), run: &RunId) -> Vec<Effect> {
    if let Some(book) = model.recovery.books.get_mut(key) {
        book.acting = Some((*n, Some(run.clone())));
        book.runs.insert(run.clone(), *n);
    }
    record::step(model, key, *n)
}

/// The step that a run was for, where that still waits for one: what is run again then is run for it.
pub(in crate::app::update) fn waits(model: &Model, run: &RunId) -> Option<(BookKey, usize)> {
    model.recovery.books.iter().find_map(|(key, book)| {
        let n = *book.runs.get(run)?;
        let waits = book.walk.current() == Some(n) && book.walk.marked(n).is_stuck() && book.acting.is_none();
        waits.then(|| (key.clone(), n))
    })
}

/// There is no runner for a step.
pub(in crate::app::update) fn not_started(model: &mut Model, (key, n): &(BookKey, usize), why: &str) -> Vec<Effect> {
    if let Some(book) = model.recovery.books.get_mut(key) {
        book.acting = None;
    }
    step::mark(model, key, *n, Mark::Failed { why: why.to_owned() })
}

/// A run came to its end: where it was a step's, that is what came of the step.
pub(in crate::app::update) fn acted(model: &mut Model, run: &RunId) -> Vec<Effect> {
    let is_its = |acting: &Option<(usize, Option<RunId>)>| matches!(acting, Some((_, Some(own))) if own == run);
    let found = model.recovery.books.iter().find(|(_, book)| is_its(&book.acting));
    let Some((key, n)) = found.and_then(|(key, book)| Some((key.clone(), book.acting.as_ref()?.0))) else {
        return Vec::new();
    };
    let Some(ending) = model.runs.get(run).and_then(|view| view.ending.clone()) else { return Vec::new() };
    let mark = match ending.outcome {
        // what the step itself expects is looked at behind the action's own proof
        Outcome::Verified if model.recovery.books.get(&key).is_some_and(|book| book.walk.condition(n).is_some()) => {
            Mark::Running { since: model.now.mono }
        }
        outcome => mark_of(outcome, &ending.reason, &ending.evidence),
    };
    // the record is told the run with its end
    let effects = step::mark(model, &key, n, mark);
    if let Some(book) = model.recovery.books.get_mut(&key) {
        book.acting = None;
    }
    effects
}

/// A step's command or question came to its end: its human reads what it printed.
pub(in crate::app::update) fn checked(
    model: &mut Model,
    key: &BookKey,
    n: usize,
    outcome: Result<CheckEnd, String>,
) -> Vec<Effect> {
    let Some(book) = model.recovery.books.get_mut(key) else { return Vec::new() };
    if !matches!(book.walk.marked(n), Mark::Running { .. }) {
        return Vec::new();
    }
    model.redraw = Redraw::Now;
    if book.asking.take_if(|asking| *asking == n).is_some() && book.walk.condition(n).is_some() {
        // what the step expects decides, on samples that are waited for
        let lines = match outcome {
            Ok(end) => end.lines,
            Err(why) => {
                let line = format!("not answered: {why}");
                book.unanswered = Some((n, why));
                vec![line]
            }
        };
        book.printed.insert(n, lines.into_iter().take(MOST_LINES).collect());
        return look(model);
    }
    let (mark, lines) = match outcome {
        Ok(end) => {
            let as_expected = if end.well { None } else { Some(false) };
            (Mark::Found { what: end.ended, as_expected }, end.lines)
        }
        Err(why) => (Mark::Failed { why }, Vec::new()),
    };
    book.printed.insert(n, lines.into_iter().take(MOST_LINES).collect());
    step::mark(model, key, n, mark)
}
