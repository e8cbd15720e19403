//! The functions that an expression may call: what CEL has, and what midwatch adds. One table; nothing else lists them.

use std::cmp::Ordering;
use std::sync::{Arc, LazyLock};

use cel::common::types::{CelBool, CelDouble, CelList, CelString, DYN_TYPE, LIST_TYPE, STRING_TYPE, Type};
use cel::common::value::{CowVal, StaticVal, Val};
use cel::{Env, ExecutionError};

use crate::expr::series::{self, Series};
use crate::expr::types::Ty;
use crate::signal::{Value, moment};

/// How a function is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// `size(x)`.
    Global,
    /// `x.contains(y)`.
    Member,
    /// Over the history of a signal: `rate('wal.pending', '5m')`.
    Window(Window),
    /// Over what is known of a signal: `stale('wal.pending')`.
    About(About),
    /// Over a page of metrics: `metric('http_requests_total')`.
    Series(Series),
}

/// A function over the samples of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Window {
    Rate,
    Delta,
    Avg,
    Min,
    Max,
    Rising,
    Covered,
}

/// A function over a reading itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    Stale,
    Known,
    Age,
}

/// One function.
pub(super) struct Function {
    pub(super) name: &'static str,
    pub(super) call: Call,
    /// Arguments, without the target of a member call.
    pub(super) args: usize,
    pub(super) gives: Ty,
    /// How it is written, for help.
    pub(super) usage: &'static str,
}

const fn function(name: &'static str, call: Call, args: usize, gives: Ty, usage: &'static str) -> Function {
    Function { name, call, args, gives, usage }
}

/// All of them. A name may stand more than once, with another way to call it.
pub(super) const FUNCTIONS: &[Function] = &[
    function("rate", Call::Window(Window::Rate), 2, Ty::Double, "rate('component.signal', '5m'), per minute"),
    function("delta", Call::Window(Window::Delta), 2, Ty::Double, "delta('component.signal', '5m')"),
    function("avg", Call::Window(Window::Avg), 2, Ty::Double, "avg('component.signal', '5m')"),
    function("min", Call::Window(Window::Min), 2, Ty::Double, "min('component.signal', '5m')"),
    function("max", Call::Window(Window::Max), 2, Ty::Double, "max('component.signal', '5m')"),
    function("rising", Call::Window(Window::Rising), 2, Ty::Bool, "rising('component.signal', '10m')"),
    function("covered", Call::Window(Window::Covered), 2, Ty::Bool, "covered('component.signal', '10m')"),
    function("stale", Call::About(About::Stale), 1, Ty::Bool, "stale('component.signal')"),
    function("known", Call::About(About::Known), 1, Ty::Bool, "known('component.signal')"),
    function("age_s", Call::About(About::Age), 1, Ty::Double, "age_s('component.signal')"),
    function("metric", Call::Series(Series::Metric), 1, Ty::List, "metric('name')"),
    function("metric", Call::Series(Series::Metric), 2, Ty::List, "metric('name', {'label': 'value'})"),
    function("increase", Call::Series(Series::Increase), 1, Ty::Double, "increase('name')"),
    function("increase", Call::Series(Series::Increase), 2, Ty::Double, "increase('name', {'label': 'value'})"),
    function("quantile", Call::Series(Series::Quantile), 2, Ty::Double, "quantile(0.95, 'name')"),
    function("quantile", Call::Series(Series::Quantile), 3, Ty::Double, "quantile(0.95, 'name', {'label': 'value'})"),
    function("sum", Call::Global, 1, Ty::Double, "sum(list)"),
    function("value", Call::Global, 1, Ty::Double, "value(metric('name'))"),
    function("unix", Call::Global, 1, Ty::Double, "unix('2026-11-22T03:00:00Z')"),
    function("min", Call::Global, 1, Ty::Dyn, "min(list)"),
    function("max", Call::Global, 1, Ty::Dyn, "max(list)"),
    function("size", Call::Global, 1, Ty::Int, "size(list)"),
    function("int", Call::Global, 1, Ty::Int, "int(x)"),
    function("uint", Call::Global, 1, Ty::Uint, "uint(x)"),
    function("double", Call::Global, 1, Ty::Double, "double(x)"),
    function("string", Call::Global, 1, Ty::Text, "string(x)"),
    function("bool", Call::Global, 1, Ty::Bool, "bool(x)"),
    function("dyn", Call::Global, 1, Ty::Dyn, "dyn(x)"),
    function("type", Call::Global, 1, Ty::Dyn, "type(x)"),
    function("size", Call::Member, 0, Ty::Int, "list.size()"),
    function("contains", Call::Member, 1, Ty::Bool, "text.contains('part')"),
    function("startsWith", Call::Member, 1, Ty::Bool, "text.startsWith('part')"),
    function("endsWith", Call::Member, 1, Ty::Bool, "text.endsWith('part')"),
    function("matches", Call::Member, 1, Ty::Bool, "text.matches('regex')"),
];

/// The macros, which the parser has expanded where they are written rightly.
pub(super) const MACROS: &[(&str, &str)] = &[
    ("has", "has(component.signal)"),
    ("all", "list.all(x, x > 0)"),
    ("exists", "list.exists(x, x > 0)"),
    ("exists_one", "list.exists_one(x, x > 0)"),
    ("map", "list.map(x, x.field)"),
    ("filter", "list.filter(x, x > 0)"),
];

impl Window {
    /// Its name in an expression.
    pub(super) fn name(self) -> &'static str {
        name_of(Call::Window(self))
    }

    /// Evaluates it over samples in the order of time; the window has been checked to be covered.
    pub(super) fn of(self, mut samples: impl DoubleEndedIterator<Item = (f64, f64)>) -> Option<WindowValue> {
        let first = samples.next()?;
        let (mut last, mut sum, mut n) = (first, first.1, 1.0);
        let (mut low, mut high) = (first.1, first.1);
        let (mut rose, mut fell) = (false, false);
        for sample in samples {
            let value = sample.1;
            (last, sum, n) = (sample, sum + value, n + 1.0);
            (low, high) = (low.min(value), high.max(value));
            fell |= rose && value <= first.1;
            rose |= value > first.1;
        }
        let (span, delta) = (last.0 - first.0, last.1 - first.1);
        Some(match self {
            Window::Rate if span > 0.0 => WindowValue::Number(delta / span * 60.0),
            Window::Rate => return None,
            Window::Delta => WindowValue::Number(delta),
            Window::Avg => WindowValue::Number(sum / n),
            Window::Min => WindowValue::Number(low),
            Window::Max => WindowValue::Number(high),
            Window::Rising => WindowValue::Truth(delta > 0.0 && !fell),
            Window::Covered => WindowValue::Truth(true),
        })
    }
}

/// What a window function yields.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum WindowValue {
    Number(f64),
    Truth(bool),
}

impl About {
    /// Its name in an expression.
    pub(super) fn name(self) -> &'static str {
        name_of(Call::About(self))
    }
}

fn name_of(call: Call) -> &'static str {
    FUNCTIONS.iter().find(|function| function.call == call).map_or("", |function| function.name)
}

/// Division that fails for a zero divisor, decimals included: an infinite ratio is no measurement.
pub(super) const DIVIDE: &str = "@divide";
/// `matches` with a pattern that was compiled when the expression was.
pub(super) const MATCHES: &str = "@matches";

/// A compiled pattern as a CEL value; only [`MATCHES`] can do anything with it.
#[derive(Clone, Debug)]
pub(super) struct Pattern(pub(super) regex::Regex);

static PATTERN: Type = Type::new_unspecified_type("pattern");

impl Val for Pattern {
    fn get_type(&self) -> &Type {
        &PATTERN
    }
    fn cel_type() -> &'static Type {
        &PATTERN
    }
    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
    where
        Self: 'v,
    {
        Box::new(self.clone())
    }
    fn as_any(&self) -> Option<&dyn std::any::Any> {
        Some(self)
    }
}
impl StaticVal for Pattern {}

/// The functions of CEL and ours, made once.
pub(super) fn env() -> Arc<Env> {
    static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| {
        let mut env = Env::stdlib();
        // a name that is taken would be a mistake in the lines below: the tests call each of them
        let added = [
            env.add_overload(DIVIDE, "midwatch_divide", vec![DYN_TYPE, DYN_TYPE], |args| divide(&args)),
            env.add_overload(MATCHES, "midwatch_matches", vec![STRING_TYPE, DYN_TYPE], |args| matches(&args)),
            env.add_overload("sum", "midwatch_sum", vec![LIST_TYPE], |args| series::sum(&args)),
            env.add_overload("value", "midwatch_value", vec![LIST_TYPE], |args| series::value(&args)),
            env.add_overload("unix", "midwatch_unix", vec![DYN_TYPE], |args| unix(&args)),
            env.add_overload("min", "midwatch_min_list", vec![LIST_TYPE], |args| extreme(&args, Ordering::Less)),
            env.add_overload("max", "midwatch_max_list", vec![LIST_TYPE], |args| extreme(&args, Ordering::Greater)),
        ];
        debug_assert!(added.iter().all(Result::is_ok));
        Arc::new(env)
    });
    Arc::clone(&ENV)
}

fn divide<'b, 'v>(args: &[CowVal<'b, 'v>]) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let [left, right] = args else {
        return Err(ExecutionError::invalid_argument_count(2, args.len()));
    };
    if right.downcast_ref::<CelDouble>().is_some_and(|by| *by.inner() == 0.0) {
        return Err(ExecutionError::DivisionByZero(cel::Value::Null));
    }
    let divider = left.as_divider().ok_or_else(|| {
        ExecutionError::no_such_overload("_/_", [left, right].map(|v| v.get_type().name().to_owned()).to_vec())
    })?;
    Ok(CowVal::Owned(divider.div(right.as_ref())?.into_owned()))
}

fn matches<'b, 'v>(args: &[CowVal<'b, 'v>]) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let [text, pattern] = args else {
        return Err(ExecutionError::invalid_argument_count(2, args.len()));
    };
    match (text.downcast_ref::<CelString<'_>>(), pattern.downcast_ref::<Pattern>()) {
        (Some(text), Some(pattern)) => Ok(CowVal::owned(CelBool::from(pattern.0.is_match(text.inner())))),
        _ => Err(ExecutionError::function_error("matches", "it takes a text and a pattern")),
    }
}

/// A moment as a system writes it, in Unix seconds.
fn unix<'b, 'v>(args: &[CowVal<'b, 'v>]) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let Some(text) = args.first().and_then(|moment| moment.downcast_ref::<CelString<'_>>()) else {
        return Err(ExecutionError::function_error("unix", "it takes a time as a text"));
    };
    match moment::read(&Value::from(text.inner())) {
        Ok(Some(moment)) => Ok(CowVal::owned(CelDouble::from(moment.as_duration().as_secs_f64()))),
        Ok(None) => Err(ExecutionError::function_error("unix", "the text is empty")),
        Err(why) => Err(ExecutionError::function_error("unix", why)),
    }
}

fn extreme<'b, 'v>(args: &[CowVal<'b, 'v>], keep: Ordering) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let name = if keep == Ordering::Less { "min" } else { "max" };
    let Some(list) = args.first().and_then(|list| list.downcast_ref::<CelList<'_>>()) else {
        return Err(ExecutionError::function_error(name, "it takes a list"));
    };
    let mut best: Option<&(dyn Val + 'v)> = None;
    for item in list.inner() {
        let comparer = item.as_comparer().ok_or_else(|| ExecutionError::function_error(name, "it takes numbers"))?;
        if best.is_none_or(|best| comparer.compare(best).is_ok_and(|order| order == keep)) {
            best = Some(item.as_ref());
        }
    }
    best.map(|best| CowVal::Owned(best.clone_as_boxed()))
        .ok_or_else(|| ExecutionError::function_error(name, "the list is empty"))
}
