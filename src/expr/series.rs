//! What looks into a page of metrics: `metric`, `increase`, `quantile`, over the facts `metrics` and `window_s` of the
//! `prometheus` probe; and `sum` and `value` over what they select. What is not there is unknown with its reason, never 0.

use cel::ExecutionError;
use cel::common::types::{CelDouble, CelInt, CelList, CelString, CelUInt};
use cel::common::value::{CowVal, Val};

use crate::base::time::{Span, seconds};
use crate::expr::Facts;
use crate::expr::path::listed;
use crate::signal::Value;

/// The fact that holds the samples, by name.
pub(super) const METRICS: &str = "metrics";

/// The fact that is there as soon as there is something to compare a page with.
const WINDOW: &str = "window_s";
/// Of a sample: what it has grown by within the window.
const INCREASE: &str = "increase";
const SECOND: &str = "known from the second scrape on";

/// True of the facts of a first page: nothing has grown yet.
fn is_first(facts: &Facts) -> bool {
    facts.contains_key(METRICS) && !facts.contains_key(WINDOW)
}

/// Why a sample has no such field, where that is for a while only.
pub(super) fn not_yet(field: &str, facts: &Facts) -> Option<String> {
    (field == INCREASE && is_first(facts)).then(|| format!("{SECOND}: .{INCREASE}"))
}

/// A function over a page of metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Series {
    /// `metric('name', {'label': 'value'})`: its samples.
    Metric,
    /// `increase('name', {…})`: what they have grown by, within the window.
    Increase,
    /// `quantile(0.95, 'name', {…})`: of a histogram, over what was observed within the window.
    Quantile,
}

/// One call, its arguments checked.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Selection {
    pub(super) series: Series,
    pub(super) name: String,
    /// Labels that a sample must have.
    pub(super) labels: Vec<(String, String)>,
    /// From 0 to 1; of `quantile` only.
    pub(super) share: f64,
}

/// What a call gives.
pub(super) enum Selected<'a> {
    Samples(Vec<&'a Value>),
    Number(f64),
}

impl Selection {
    /// Looks into the facts of one answer; the error says what is missing.
    pub(super) fn of<'a>(&self, facts: &'a Facts) -> Result<Selected<'a>, String> {
        let Some(Value::Map(metrics)) = facts.get(METRICS) else {
            return Err(format!("the answer has no '{METRICS}': {self}"));
        };
        if self.series == Series::Quantile {
            let bucket = format!("{}_bucket", self.name);
            let all = metrics.get(&bucket).and_then(Value::as_list).ok_or_else(|| self.no_histogram(metrics))?;
            return self.quantile(&self.fitting(all)?, facts).map(Selected::Number);
        }
        let all = metrics.get(&self.name).and_then(Value::as_list).ok_or_else(|| {
            let alike: Vec<&str> = alike(&self.name, metrics.keys().map(String::as_str));
            let names: Vec<&str> = if alike.is_empty() { metrics.keys().map(String::as_str).collect() } else { alike };
            format!("there is no metric '{}' ({})", self.name, listed(names.into_iter()))
        })?;
        let fitting = self.fitting(all)?;
        if self.series == Series::Metric {
            return Ok(Selected::Samples(fitting));
        }
        let increases: Vec<f64> = fitting.iter().filter_map(|sample| increase(sample)).collect();
        if increases.is_empty() {
            return Err(self.not_grown(facts));
        }
        Ok(Selected::Number(increases.iter().sum()))
    }

    /// The samples that have the labels; at least one.
    fn fitting<'a>(&self, all: &'a [Value]) -> Result<Vec<&'a Value>, String> {
        let has = |sample: &Value, name: &str, value: &str| {
            sample.get("labels").and_then(|labels| labels.get(name)).and_then(Value::as_str) == Some(value)
        };
        let fits = |sample: &&Value| self.labels.iter().all(|(name, value)| has(sample, name, value));
        let fitting: Vec<&Value> = all.iter().filter(fits).collect();
        if fitting.is_empty() {
            Err(format!("none of {} series has these labels: {self}", all.len()))
        } else {
            Ok(fitting)
        }
    }

    fn not_grown(&self, facts: &Facts) -> String {
        // the reason stands first: where there is little room it is what is left
        if is_first(facts) { format!("{SECOND}: {self}") } else { format!("it is no counter: {self}") }
    }

    fn no_histogram(&self, metrics: &indexmap::IndexMap<String, Value>) -> String {
        let name = &self.name;
        let first = metrics.get(name).and_then(Value::as_list).and_then(<[Value]>::first);
        let by_itself = first.and_then(|sample| sample.get("labels")?.get("quantile")).is_some();
        if by_itself {
            return format!("{self}: '{name}' is a summary: write value(metric('{name}', {{'quantile': '0.95'}}))");
        }
        let histograms: Vec<&str> = metrics.keys().filter_map(|name| name.strip_suffix("_bucket")).collect();
        let there = if histograms.is_empty() { "there are none".to_owned() } else { listed(histograms.into_iter()) };
        format!("there is no histogram '{name}' ({there})")
    }

    fn quantile(&self, buckets: &[&Value], facts: &Facts) -> Result<f64, String> {
        let mut counts: Vec<(f64, f64)> = Vec::new();
        for bucket in buckets {
            let bound = bucket.get("labels").and_then(|labels| labels.get("le")).and_then(Value::as_str);
            let (Some(bound), Some(grown)) = (bound.and_then(bound_of), increase(bucket)) else { continue };
            match counts.iter_mut().find(|(known, _)| known.total_cmp(&bound).is_eq()) {
                Some((_, count)) => *count += grown,
                None => counts.push((bound, grown)),
            }
        }
        if counts.is_empty() {
            return Err(self.not_grown(facts));
        }
        counts.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        if counts.len() < 2 || !counts.last().is_some_and(|(bound, _)| bound.is_infinite()) {
            return Err(format!("its buckets do not go from a bound to +Inf: {self}"));
        }
        within(self.share, &counts).ok_or_else(|| {
            let window = facts.get(WINDOW).and_then(Value::as_f64).and_then(seconds).unwrap_or_default();
            format!("nothing was observed for {}: {self}", Span(window))
        })
    }
}

/// As written.
impl std::fmt::Display for Selection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.series {
            Series::Metric => write!(f, "metric('{}'", self.name)?,
            Series::Increase => write!(f, "increase('{}'", self.name)?,
            Series::Quantile => write!(f, "quantile({}, '{}'", self.share, self.name)?,
        }
        let labels: Vec<String> = self.labels.iter().map(|(name, value)| format!("'{name}': '{value}'")).collect();
        if labels.is_empty() { f.write_str(")") } else { write!(f, ", {{{}}})", labels.join(", ")) }
    }
}

/// The value at a share of what was counted, between the bounds of its bucket as if all in it were spread evenly, as
/// Prometheus has it; `None` where nothing was counted. Buckets hold what is at most their bound, and end with +Inf.
fn within(share: f64, buckets: &[(f64, f64)]) -> Option<f64> {
    let mut most = 0.0_f64;
    // a scrape between two increments can make a larger bucket look smaller
    let counts: Vec<(f64, f64)> = buckets
        .iter()
        .map(|(bound, count)| {
            most = most.max(*count);
            (*bound, most)
        })
        .collect();
    let (&(_, total), finite) = counts.split_last()?;
    if total <= 0.0 {
        return None;
    }
    let rank = share * total;
    let Some(at) = finite.iter().position(|(_, count)| *count >= rank && *count > 0.0) else {
        return finite.last().map(|(bound, _)| *bound);
    };
    let (upper, count) = finite[at];
    let (lower, before) = match at.checked_sub(1).and_then(|before| finite.get(before)) {
        Some(before) => *before,
        None if upper <= 0.0 => return Some(upper),
        None => (0.0, 0.0),
    };
    let inside = count - before;
    Some(if inside > 0.0 { lower + (upper - lower) * ((rank - before) / inside).clamp(0.0, 1.0) } else { upper })
}

fn bound_of(text: &str) -> Option<f64> {
    match text {
        "+Inf" | "Inf" | "inf" => Some(f64::INFINITY),
        other => other.parse().ok().filter(|bound: &f64| bound.is_finite()),
    }
}

fn increase(sample: &Value) -> Option<f64> {
    sample.get(INCREASE).and_then(Value::as_f64)
}

/// Names that share their first word with the one that is not there.
fn alike<'n>(wanted: &str, names: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    let word = wanted.split('_').next().unwrap_or(wanted);
    names.filter(|name| name.split('_').next() == Some(word)).collect()
}

/// `sum(list)`: of numbers, or of samples by their values.
pub(super) fn sum<'b, 'v>(args: &[CowVal<'b, 'v>]) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let numbers = numbers("sum", args)?;
    if numbers.is_empty() {
        return Err(ExecutionError::function_error("sum", "the list is empty"));
    }
    finite("sum", numbers.iter().sum())
}

/// `value(list)`: the value of the one sample that there is.
pub(super) fn value<'b, 'v>(args: &[CowVal<'b, 'v>]) -> Result<CowVal<'b, 'v>, ExecutionError> {
    match numbers("value", args)?.as_slice() {
        [one] => finite("value", *one),
        [] => Err(ExecutionError::function_error("value", "the list is empty")),
        many => {
            let words = format!("there are {} values: write sum(…), or tell them apart by their labels", many.len());
            Err(ExecutionError::function_error("value", words))
        }
    }
}

fn finite<'b, 'v>(function: &str, number: f64) -> Result<CowVal<'b, 'v>, ExecutionError> {
    if number.is_finite() {
        Ok(CowVal::owned(CelDouble::from(number)))
    } else {
        Err(ExecutionError::function_error(function, "it is too large"))
    }
}

fn numbers(function: &str, args: &[CowVal<'_, '_>]) -> Result<Vec<f64>, ExecutionError> {
    let wrong = |words: &str| ExecutionError::function_error(function, words);
    let Some(list) = args.first().and_then(|list| list.downcast_ref::<CelList<'_>>()) else {
        return Err(wrong("it takes a list"));
    };
    let field = CelString::from("value");
    let of = |item: &dyn Val| match item.as_indexer() {
        Some(sample) => {
            let value = sample.get(&field).map_err(|_| wrong("it takes numbers, or samples with a value"))?;
            number(value.as_ref()).ok_or_else(|| wrong("a value is no number"))
        }
        None => number(item).ok_or_else(|| wrong("a value is no number")),
    };
    list.inner().iter().map(|item| of(item.as_ref())).collect()
}

fn number(value: &dyn Val) -> Option<f64> {
    let double = value.downcast_ref::<CelDouble>().map(|n| *n.inner());
    let int = || value.downcast_ref::<CelInt>().map(|n| *n.inner() as f64);
    let uint = || value.downcast_ref::<CelUInt>().map(|n| *n.inner() as f64);
    double.or_else(int).or_else(uint).filter(|number| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::Expr;

    fn facts() -> Facts {
        let bucket = |le: &str, route: &str, value: u32, increase: u32| serde_json::json!({"value": value, "labels": {"le": le, "route": route}, "increase": increase});
        let metrics = serde_json::json!({
            "http_requests_total": [
                {"value": 100.0, "labels": {"code": "200"}, "increase": 90.0},
                {"value": 10.0, "labels": {"code": "500"}, "increase": 10.0},
            ],
            "http_seconds_bucket": [
                bucket("0.1", "/a", 9000, 50), bucket("0.5", "/a", 9000, 80), bucket("+Inf", "/a", 9000, 80),
                bucket("0.1", "/b", 9000, 10), bucket("0.5", "/b", 9000, 10), bucket("+Inf", "/b", 9000, 20),
            ],
            "quiet_bucket": [bucket("1", "/", 5, 0), bucket("+Inf", "/", 5, 0)],
            "memory_bytes": [{"value": 5.0, "labels": {}}],
            "rpc_seconds": [{"value": "NaN", "labels": {"quantile": "0.99"}}],
        });
        Facts::from([(METRICS.to_owned(), Value::from_json(metrics)), ("window_s".to_owned(), Value::Number(300.0))])
    }

    fn told(text: &str, facts: &Facts) -> String {
        match Expr::compile(text).map_err(|error| error.to_string()).and_then(|expr| expr.over(facts)) {
            Ok(value) => value.to_string(),
            Err(why) => why,
        }
    }

    #[test]
    fn metrics_are_selected_counted_and_compared() {
        for (text, value) in [
            ("value(metric('memory_bytes'))", "5"),
            ("sum(metric('http_requests_total'))", "110"),
            ("value(metric('http_requests_total', {'code': '500'}))", "10"),
            ("metric('http_requests_total').exists(s, s.labels.code.startsWith('5') && s.value > 5)", "true"),
            ("sum(metric('http_requests_total').filter(s, s.labels.code != '200').map(s, s.increase))", "10"),
            ("metrics.memory_bytes[0].value", "5"),
            ("size(metric('http_requests_total'))", "2"),
            ("increase('http_requests_total', {'code': '500'}) / increase('http_requests_total') * 100.0", "10"),
            ("sum([1, 2.5])", "3.5"),
            // 100 in all, 60 at most 0.1, 90 at most 0.5
            ("quantile(0.5, 'http_seconds')", "0.083"),
            ("quantile(0.75, 'http_seconds')", "0.3"),
            ("quantile(0.99, 'http_seconds')", "0.5"),
            ("quantile(0, 'http_seconds')", "0"),
            ("quantile(0.5, 'http_seconds', {'route': '/b'})", "0.1"),
        ] {
            assert_eq!(told(text, &facts()), value, "{text}");
        }
    }

    #[test]
    fn what_is_not_there_is_unknown_with_its_reason() {
        let mut first = facts();
        first.shift_remove("window_s");
        let Some(Value::Map(metrics)) = first.get_mut(METRICS) else { panic!() };
        let plain = serde_json::json!([{"value": 1.0, "labels": {"le": "+Inf"}}]);
        metrics.insert("new_total".into(), Value::from_json(plain.clone()));
        metrics.insert("new_bucket".into(), Value::from_json(plain));
        for (text, why) in [
            (
                "value(metric('http_errors_total')) == 0.0",
                "there is no metric 'http_errors_total' (has: http_requests_total, http_seconds_bucket)",
            ),
            (
                "sum(metric('http_requests_total', {'code': '503'}))",
                "none of 2 series has these labels: metric('http_requests_total', {'code': '503'})",
            ),
            ("value(metric('rpc_seconds'))", "value(): a value is no number"),
            (
                "value(metric('http_requests_total'))",
                "value(): there are 2 values: write sum(…), or tell them apart by their labels",
            ),
            ("sum(metric('memory_bytes').filter(s, s.value > 9.0))", "sum(): the list is empty"),
            ("increase('memory_bytes')", "it is no counter: increase('memory_bytes')"),
            ("quantile(0.95, 'quiet')", "nothing was observed for 5m00s: quantile(0.95, 'quiet')"),
            ("quantile(0.95, 'http')", "there is no histogram 'http' (has: http_seconds, quiet)"),
            (
                "quantile(0.95, 'rpc_seconds')",
                "quantile(0.95, 'rpc_seconds'): 'rpc_seconds' is a summary: write value(metric('rpc_seconds', {'quantile': '0.95'}))",
            ),
        ] {
            assert_eq!(told(text, &facts()), why, "{text}");
        }
        for text in ["increase('new_total')", "quantile(0.5, 'new')"] {
            assert_eq!(told(text, &first), format!("known from the second scrape on: {text}"));
        }
        let grown = "sum(metric('new_total').map(s, s.increase))";
        assert_eq!(told(grown, &first), "known from the second scrape on: .increase");
        first.insert(WINDOW.to_owned(), Value::Number(300.0));
        assert_eq!(told(grown, &first), "there is no 'increase'");
        assert_eq!(told("metric('up')", &Facts::new()), "the answer has no 'metrics': metric('up')");
    }

    #[test]
    fn a_call_that_cannot_be_right_is_refused_when_the_file_is_loaded() {
        for (text, why) in [
            ("metric(name)", "metric() takes the name of a metric as text"),
            ("metric('up', 'x')", "metric() takes labels as {'name': 'value'}"),
            ("metric('up', {'code': 500})", "metric() takes labels as {'name': 'value'}"),
            ("quantile(95, 'x')", "quantile() takes a share from 0 to 1"),
            ("quantile('x', 0.95)", "quantile() takes a share from 0 to 1"),
            ("increase()", "increase() is not called like this"),
            ("metric('')", "metric() takes the name of a metric as text"),
        ] {
            assert_eq!(told(text, &facts()), why, "{text}");
        }
    }
}
