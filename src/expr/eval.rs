//! Evaluation: fills the slots of a compiled expression lazily from the facts of an answer or from the signals of a
//! system, lets CEL calculate, and turns every failure into words.
//!
//! The cost is bounded: at most [`MOST_ELEMENTS`] list elements per slot ([`MOST_NESTED`] where a comprehension stands
//! within another), and [`FUEL`] in all for the elements and texts that slots hand out.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use cel::common::ast::{ComprehensionExpr, Expr as Ast, IdedExpr, LiteralValue};
use cel::common::types::{CelBool, CelDouble, CelList};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::{Context, ExecutionError};

use crate::base::{Missing, Now, Shown, SignalKey};
use crate::expr::bridge::{from_cel, to_cel};
use crate::expr::compile::{Compiled, Slot, slot_number, slot_of};
use crate::expr::functions::{About, Pattern, Window, WindowValue, env};
use crate::expr::path::{Path, listed};
use crate::expr::series::{self, Selected, Selection};
use crate::expr::types::{Ty, sign};
use crate::expr::{Facts, Why};
use crate::signal::{Freshness, Reading, SignalStore, Value};

/// Longest list that an expression works through.
pub(super) const MOST_ELEMENTS: usize = 10_000;
/// Longest list where comprehensions stand within one another.
pub(super) const MOST_NESTED: usize = 300;
/// Elements (and 64-byte pieces of texts) that slots hand out in one evaluation.
const FUEL: u64 = 1_000_000;

/// Where values come from.
#[derive(Clone, Copy)]
pub(super) enum Origin<'a> {
    /// One answer.
    Answer(&'a Facts),
    /// All signals.
    Signals(&'a SignalStore, Now),
}

/// One evaluation.
pub(super) struct Scope<'a> {
    compiled: &'a Compiled,
    from: Origin<'a>,
    cells: Vec<OnceLock<Result<Cell<'a>, Why>>>,
    spent: AtomicU64,
}

struct Cell<'a> {
    value: Box<dyn Val + 'a>,
    cost: u64,
}

impl<'a> Scope<'a> {
    pub(super) fn new(compiled: &'a Compiled, from: Origin<'a>) -> Self {
        let cells = std::iter::repeat_with(OnceLock::new).take(compiled.slots.len()).collect();
        Self { compiled, from, cells, spent: AtomicU64::new(0) }
    }

    /// Evaluates the whole expression.
    pub(super) fn value(&self) -> Result<Value, Why> {
        if let Some(Slot::Path(path)) = slot_of(&self.compiled.root).and_then(|slot| self.compiled.slots.get(slot)) {
            return self.follow(path).cloned();
        }
        self.value_of(&self.compiled.root)
    }

    /// Evaluates a part of it.
    pub(super) fn value_of(&self, node: &IdedExpr) -> Result<Value, Why> {
        self.with(node, |value| from_cel(value).map_err(Why::words))
    }

    /// Is a part of it true? `Ok(None)` where it is neither true nor false.
    pub(super) fn truth_of(&self, node: &IdedExpr) -> Result<Option<bool>, Why> {
        self.with(node, |value| Ok(value.downcast_ref::<CelBool>().map(|b| *b.inner())))
    }

    fn with<T>(&self, node: &IdedExpr, take: impl FnOnce(&dyn Val) -> Result<T, Why>) -> Result<T, Why> {
        let mut context = Context::with_env(env());
        context.set_variable_resolver(self);
        let result = match cel::Value::resolve_val(node, &context) {
            Ok(value) => take(value.as_ref()),
            Err(error) => Err(self.explain(&error)),
        };
        drop(context);
        result
    }

    /// Of how many elements `all` or `exists` asks its question, and for how many the answer is yes.
    pub(super) fn counted(&self, asked: &ComprehensionExpr) -> Option<(usize, usize)> {
        let (Ast::Call(step), Ast::Literal(LiteralValue::Boolean(_))) = (&asked.loop_step.expr, &asked.accu_init.expr)
        else {
            return None;
        };
        let question = step.args.get(1)?;
        let mut context = Context::with_env(env());
        context.set_variable_resolver(self);
        let range = cel::Value::resolve_val(&asked.iter_range, &context).ok()?;
        let (mut yes, mut all) = (0, 0);
        let mut items = range.as_iterable()?.iter();
        while let Some(item) = items.next() {
            let mut inner = context.new_inner_scope();
            inner.add_variable_as_val(&asked.iter_var, item.clone_as_boxed());
            let answer = cel::Value::resolve_val(question, &inner);
            yes += usize::from(answer.is_ok_and(|v| v.downcast_ref::<CelBool>().is_some_and(|b| *b.inner())));
            all += 1;
        }
        Some((yes, all))
    }

    /// The reason why a slot cannot be filled; `None` where it can.
    pub(super) fn slot(&self, at: usize) -> Option<&Why> {
        self.cell(at)?.as_ref().err()
    }

    fn cell(&self, at: usize) -> Option<&Result<Cell<'a>, Why>> {
        let slot = self.compiled.slots.get(at)?;
        Some(self.cells.get(at)?.get_or_init(|| self.fill(slot)))
    }

    fn fill(&self, slot: &'a Slot) -> Result<Cell<'a>, Why> {
        let cheap = |value: Box<dyn Val + 'a>| Cell { value, cost: 1 };
        match slot {
            Slot::Path(path) => self.laid_out(path, self.follow(path)?),
            Slot::Has(path) => Ok(cheap(Box::new(CelBool::from(self.has(path)?)))),
            Slot::Window { window, key, over } => Ok(cheap(match self.window(*window, key, *over)? {
                WindowValue::Number(n) => Box::new(CelDouble::from(n)),
                WindowValue::Truth(b) => Box::new(CelBool::from(b)),
            })),
            Slot::About { about, key } => self.about(*about, key).map(cheap),
            Slot::Series(selection) => self.selected(selection),
            Slot::Pattern(Pattern(regex)) => Ok(cheap(Box::new(Pattern(regex.clone())))),
        }
    }

    fn selected(&self, selection: &Selection) -> Result<Cell<'a>, Why> {
        let Origin::Answer(facts) = self.from else {
            let words = format!("{selection} looks into one answer, this at signals: write it into component.signal");
            return Err(Why::words(words));
        };
        match selection.of(facts).map_err(Why::words)? {
            Selected::Number(number) => Ok(Cell { value: Box::new(CelDouble::from(number)), cost: 1 }),
            Selected::Samples(samples) => {
                let most = if self.compiled.nested { MOST_NESTED } else { MOST_ELEMENTS };
                if samples.len() > most {
                    let words = format!("{selection} has {} samples: this takes at most {most}", samples.len());
                    return Err(Why::words(words));
                }
                let cost = 1 + samples.len() as u64;
                let samples: Vec<Box<dyn Val + 'a>> = samples.into_iter().map(to_cel).collect();
                Ok(Cell { value: Box::new(CelList::from(samples)), cost })
            }
        }
    }

    fn laid_out(&self, path: &Path, value: &'a Value) -> Result<Cell<'a>, Why> {
        let most = if self.compiled.nested { MOST_NESTED } else { MOST_ELEMENTS };
        let elements = elements(value);
        if elements > most {
            return Err(Why::words(format!("{path} has {elements} elements: this expression takes at most {most}")));
        }
        let text = value.as_str().map_or(0, |text| text.len() / 64);
        Ok(Cell { value: to_cel(value), cost: 1 + (elements + text) as u64 })
    }

    fn follow(&self, path: &Path) -> Result<&'a Value, Why> {
        match self.from {
            Origin::Answer(facts) => {
                let root = facts.get(path.root()).ok_or_else(|| {
                    let there = listed(facts.keys().map(String::as_str));
                    Why::words(format!("{path}: the answer has no '{}' ({there})", path.root()))
                })?;
                path.within(root).map_err(Why::words)
            }
            Origin::Signals(store, now) => {
                let key = path.key().ok_or_else(|| Why::words(no_signal(path, store)))?;
                let value = known(key, &store.get(key, now))?;
                path.within_signal(value).map_err(|text| Why { signal: Some(key.clone()), ..Why::words(text) })
            }
        }
    }

    /// Is it there? Over signals: what a source left out of its answer is not there; what it could not be asked for is
    /// unknown.
    fn has(&self, path: &Path) -> Result<bool, Why> {
        match self.follow(path) {
            Ok(_) => Ok(true),
            Err(why) => match (&self.from, &why.missing) {
                (Origin::Answer(facts), _) if facts.contains_key(path.root()) => Ok(false),
                (Origin::Signals(..), Some(Missing::NotReported { .. })) => Ok(false),
                (Origin::Signals(..), None) if why.signal.is_some() => Ok(false),
                _ => Err(why),
            },
        }
    }

    fn signals(&self, function: &str) -> Result<(&'a SignalStore, Now), Why> {
        match self.from {
            Origin::Signals(store, now) => Ok((store, now)),
            Origin::Answer(_) => {
                Err(Why::words(format!("{function}() looks at signals over time, this at one answer")))
            }
        }
    }

    fn window(&self, window: Window, key: &SignalKey, over: std::time::Duration) -> Result<WindowValue, Why> {
        let (store, now) = self.signals(window.name())?;
        known(key, &store.get(key, now))?;
        let short = || Why {
            signal: Some(key.clone()),
            ..Why::words(format!("{key}: known for less than half of {}", crate::base::time::Span(over)))
        };
        let Some(history) = store.history(key.component.as_str(), key.signal.as_str()) else {
            return if window == Window::Covered { Ok(WindowValue::Truth(false)) } else { Err(short()) };
        };
        if !history.covers(now.mono, over) {
            return if window == Window::Covered { Ok(WindowValue::Truth(false)) } else { Err(short()) };
        }
        let samples = history.window(now.mono, over).map(|(at, value)| (at.0.as_secs_f64(), value));
        window.of(samples).ok_or_else(short)
    }

    fn about(&self, about: About, key: &SignalKey) -> Result<Box<dyn Val + 'a>, Why> {
        let (store, now) = self.signals(about.name())?;
        let reading = store.get(key, now);
        Ok(match about {
            About::Stale => Box::new(CelBool::from(reading.freshness == Freshness::Stale)),
            About::Known => Box::new(CelBool::from(reading.known().is_some())),
            About::Age => match reading.age(now.mono) {
                Some(age) => Box::new(CelDouble::from(age.as_secs_f64())),
                None => return Err(known(key, &reading).err().unwrap_or_else(|| Why::words(key.to_string()))),
            },
        })
    }

    fn explain(&self, error: &ExecutionError) -> Why {
        if self.spent.load(Ordering::Relaxed) > FUEL {
            return Why::words("it takes too long on lists as long as these");
        }
        if let ExecutionError::UndeclaredReference(name) = error {
            let failed = slot_number(name).and_then(|at| self.slot(at));
            return failed.cloned().unwrap_or_else(|| Why::words(format!("'{name}' is not known here")));
        }
        let not_yet = match (error, self.from) {
            (ExecutionError::NoSuchKey(field), Origin::Answer(facts)) => series::not_yet(field, facts),
            _ => None,
        };
        Why::words(not_yet.unwrap_or_else(|| words(error)))
    }
}

impl VariableResolver for Scope<'_> {
    fn resolve<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
        let cell = self.cell(slot_number(name)?)?.as_ref().ok()?;
        let before = self.spent.fetch_add(cell.cost, Ordering::Relaxed);
        (before <= FUEL).then(|| CowVal::Borrowed(cell.value.as_ref()))
    }
}

/// The value of a reading that may be believed, or why there is none.
pub(super) fn known<'v>(key: &SignalKey, reading: &Reading<'v>) -> Result<&'v Value, Why> {
    reading.known().ok_or_else(|| {
        let missing = reading.missing.clone().unwrap_or(Missing::NotPolled);
        Why { text: format!("{key}: {missing}"), signal: Some(key.clone()), missing: Some(missing) }
    })
}

fn elements(value: &Value) -> usize {
    match value {
        Value::List(list) => list.iter().map(|element| 1 + elements(element)).sum(),
        _ => 0,
    }
}

fn no_signal(path: &Path, store: &SignalStore) -> String {
    if path.to_string() == path.root() && store.has_component(path.root()) {
        return format!("'{path}' is a component: write {path}.<signal>");
    }
    format!("'{path}' names no signal: write component.signal")
}

/// An evaluation error with the way to write it.
fn words(error: &ExecutionError) -> String {
    match error {
        ExecutionError::NoSuchOverload(overload) => {
            let types: Vec<&str> = overload.argument_types().iter().map(String::as_str).collect();
            unfit(sign(overload.function()), &types)
        }
        ExecutionError::UnsupportedBinaryOperator(operator, left, right) => {
            unfit(sign(operator), &[left, right].map(cel_type))
        }
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => {
            "division by zero: guard it, x != 0 && y / x > 1".to_owned()
        }
        ExecutionError::NoSuchKey(key) => format!("there is no '{}'", Shown::from_remote(key).as_str()),
        ExecutionError::IndexOutOfBounds(cel::Value::Int(at)) => format!("there is no entry [{at}]"),
        ExecutionError::IndexOutOfBounds(_) => "the list has no such entry".to_owned(),
        ExecutionError::Overflow(..) => "the whole number is too large: write double(x)".to_owned(),
        ExecutionError::UnexpectedType { got, want } => {
            format!("{} stands where {} is needed", Ty::words_of(got), Ty::words_of(want))
        }
        ExecutionError::FunctionError { function, message } => {
            format!("{function}(): {}", Shown::from_remote(message).as_str())
        }
        other => Shown::from_remote(&other.to_string()).as_str().to_owned(),
    }
}

fn unfit(operator: &str, types: &[&str]) -> String {
    let words: Vec<&str> = types.iter().map(|ty| Ty::words_of(ty)).collect();
    let numbers = types.iter().all(|ty| matches!(*ty, "int" | "uint" | "double"));
    let mixed = types.len() == 2 && numbers && types[0] != types[1];
    let help = if mixed { ": write double(x), or 2.0 for 2" } else { "" };
    format!("{operator} does not take {}{help}", words.join(" and "))
}

fn cel_type(value: &cel::Value) -> &'static str {
    match value {
        cel::Value::Bool(_) => "bool",
        cel::Value::Int(_) => "int",
        cel::Value::UInt(_) => "uint",
        cel::Value::Float(_) => "double",
        cel::Value::String(_) => "string",
        cel::Value::Null => "null_type",
        cel::Value::List(_) => "list",
        cel::Value::Map(_) => "map",
        _ => "a value of its own",
    }
}
