//! A reply of Prometheus' HTTP API: the series of a result, warnings, errors. Pure.

use std::time::Duration;

use indexmap::IndexMap;

use crate::base::time::seconds;
use crate::base::{Cause, Missing, Shown};
use crate::probe::ProbeError;
use crate::probe::http::fetch::json;
use crate::signal::Value;

/// What a query gave.
#[derive(Debug, PartialEq)]
pub(super) struct Reply {
    /// One `{ value, labels }` each, of a range also `values` and the time of the newest, `at`; a scalar is one without labels.
    pub(super) series: Vec<Value>,
    /// Of a range with one series: its values, each with how long ago it was so.
    pub(super) course: Vec<(Duration, f64)>,
    /// Of a range, the moments (Unix seconds) and values of its last series.
    points: Vec<(f64, f64)>,
    /// In the server's words.
    pub(super) warnings: Vec<String>,
}

/// Why there is no result.
#[derive(Debug, PartialEq)]
pub(super) enum Wrong {
    /// Not what the API promises.
    Malformed(String),
    /// The server's own words: `bad_data: 1:5: parse error`.
    Refused(String),
}

impl Wrong {
    /// As the error of a poll.
    pub(super) fn told(self, address: &str) -> ProbeError {
        match self {
            Wrong::Malformed(what) => ProbeError::new(Cause::Malformed, format!("malformed: {what} from {address}")),
            Wrong::Refused(words) => ProbeError::new(Cause::ServerError, format!("{words} from {address}")),
        }
    }
}

impl Reply {
    /// Of a range that ended at this time: the past of its one series; a newest value that is older than two steps is none
    /// of now.
    pub(super) fn of_range(mut self, now: f64, step: Duration) -> Self {
        let ago = |at: f64| seconds((now - at).max(0.0));
        for one in &mut self.series {
            let Value::Map(fields) = one else { continue };
            let newest = fields.get("at").and_then(Value::as_f64).and_then(ago);
            if newest.is_none_or(|age| age > step * 2) {
                fields.shift_remove("value");
            }
        }
        if self.series.len() == 1 {
            self.course = self.points.drain(..).filter_map(|(at, value)| Some((ago(at)?, value))).collect();
        }
        self
    }

    /// The one number, or why it is none.
    pub(super) fn number(&self) -> Result<Value, Missing> {
        let missing = |text: &str| Err(Missing::NotReported { text: text.to_owned() });
        match self.series.as_slice() {
            [] => missing("the result is empty"),
            [one] => match one.get("value") {
                Some(Value::Number(number)) => Ok(Value::Number(*number)),
                Some(other) => missing(&format!("the result is {other}, no number")),
                None => missing("the result has no value of now"),
            },
            many => missing(&format!("{} series: aggregate them, or read them as results", many.len())),
        }
    }

    /// For the drill-down: query, labels, value.
    pub(super) fn rows<'a>(&'a self, query: &'a str) -> impl Iterator<Item = Vec<Shown>> + use<'a> {
        let empty = self.series.is_empty().then(|| [query, "", "empty"].map(Shown::from_remote).to_vec());
        let row = move |one: &Value| {
            let labels = match one.get("labels") {
                Some(Value::Map(labels)) => labels.iter().map(|(name, value)| format!("{name}={value}")).collect(),
                _ => Vec::new(),
            };
            let value = one.get("value").map(ToString::to_string).unwrap_or_default();
            [query, &labels.join(" "), &value].map(Shown::from_remote).to_vec()
        };
        self.series.iter().map(row).chain(empty)
    }
}

/// Reads a body: numbers of now, or those of a range.
pub(super) fn read(body: &[u8], of_range: bool) -> Result<Reply, Wrong> {
    if body.trim_ascii().is_empty() {
        return Err(Wrong::Malformed("an empty body instead of JSON".to_owned()));
    }
    let reply = json(body).map_err(Wrong::Malformed)?;
    let text = |field: &str| reply.get(field).and_then(Value::as_str);
    match text("status") {
        Some("success") => {}
        Some("error") => {
            let kind = text("errorType").unwrap_or("error");
            let words = Shown::from_remote(&format!("{kind}: {}", text("error").unwrap_or("no reason given")));
            return Err(Wrong::Refused(words.into_string()));
        }
        _ => return Err(Wrong::Malformed("no reply of a Prometheus API".to_owned())),
    }
    let warnings = ["warnings", "infos"].into_iter().filter_map(|field| reply.get(field)?.as_list());
    let warnings = warnings.flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    let data = reply.get("data");
    let result = data.and_then(|data| data.get("result"));
    let mut points = Vec::new();
    let series = match data.and_then(|data| data.get("resultType")).and_then(Value::as_str) {
        Some("scalar") => result.and_then(|point| sample(point, IndexMap::new())).map(|one| vec![one]),
        Some("vector") => result
            .and_then(Value::as_list)
            .and_then(|list| list.iter().map(|one| sample(one.get("value")?, labels(one))).collect()),
        Some("matrix") if of_range => result.and_then(Value::as_list).and_then(|list| {
            let several = |one: &Value| {
                points = one.get("values")?.as_list()?.iter().filter_map(point).collect();
                let (at, _) = *points.last().unwrap_or(&(f64::NAN, f64::NAN));
                let newest = sample(one.get("values")?.as_list()?.last()?, labels(one))?;
                let Value::Map(mut fields) = newest else { return None };
                fields.insert(
                    "values".to_owned(),
                    points.iter().map(|(_, value)| Value::number(*value)).collect::<Vec<_>>().into(),
                );
                fields.insert("at".to_owned(), Value::number(at));
                Some(Value::Map(fields))
            };
            list.iter().map(several).collect()
        }),
        Some(other) => {
            let words = format!("bad_data: the query gives a {other} and no numbers of now");
            return Err(Wrong::Refused(Shown::from_remote(&words).into_string()));
        }
        None => None,
    };
    let series = series.ok_or_else(|| Wrong::Malformed("a result that is none".to_owned()))?;
    Ok(Reply { series, course: Vec::new(), points, warnings })
}

fn labels(one: &Value) -> IndexMap<String, Value> {
    match one.get("metric") {
        Some(Value::Map(labels)) => labels.clone(),
        _ => IndexMap::new(),
    }
}

/// `[1700000000.1, "0.5"]` as time and value; nothing where either is not finite: a gap is a gap.
fn point(point: &Value) -> Option<(f64, f64)> {
    let [at, value] = point.as_list()? else { return None };
    let value: f64 = value.as_str()?.parse().ok()?;
    Some((at.as_f64()?, value)).filter(|(at, value)| at.is_finite() && value.is_finite())
}

/// `[1700000000.1, "0.5"]` with its labels. What is not finite stays text: it is no number that anything counts with.
fn sample(point: &Value, labels: IndexMap<String, Value>) -> Option<Value> {
    let [_, value] = point.as_list()? else { return None };
    let number = match value.as_str()? {
        "NaN" => f64::NAN,
        "+Inf" | "Inf" => f64::INFINITY,
        "-Inf" => f64::NEG_INFINITY,
        text => text.parse().ok().filter(|number: &f64| number.is_finite())?,
    };
    let fields = [("value".to_owned(), Value::number(number)), ("labels".to_owned(), Value::Map(labels))];
    Some(Value::Map(fields.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(body: &str) -> String {
        match read(body.as_bytes(), false) {
            Ok(reply) => reply.number().map_or_else(|missing| missing.to_string(), |value| value.to_string()),
            Err(wrong) => wrong.told("h:1").text,
        }
    }

    #[test]
    fn a_range_has_a_past_and_its_newest_value_is_of_now_for_two_steps() {
        let body =
            |result: &str| format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":{result}}}}}"#);
        let one = body(r#"[{"metric":{"job":"a"},"values":[[100,"1"],[110,"NaN"],[120,"3.5"],[130,"2"]]}]"#);
        let at = |now: f64| read(one.as_bytes(), true).unwrap().of_range(now, Duration::from_secs(10));
        let reply = at(131.0);
        assert_eq!(reply.number(), Ok(Value::Number(2.0)));
        assert_eq!(
            reply.course,
            [(31, 1.0), (11, 3.5), (1, 2.0)].map(|(ago, value)| (Duration::from_secs(ago), value))
        );
        let values = reply.series[0].get("values").and_then(Value::as_list).map(<[Value]>::to_vec);
        assert_eq!(values, Some([1.0, 3.5, 2.0].map(Value::Number).to_vec()), "a gap is a gap");
        assert!(at(150.0).number().is_ok() && at(150.1).number().is_err(), "two steps");
        let two = body(r#"[{"metric":{"job":"a"},"values":[[130,"1"]]},{"metric":{"job":"b"},"values":[[130,"2"]]}]"#);
        let two = read(two.as_bytes(), true).unwrap().of_range(131.0, Duration::from_secs(10));
        assert!(two.number().is_err() && two.course.is_empty() && two.series.len() == 2);
        assert!(read(one.as_bytes(), false).is_err(), "a query of now has no range");
    }

    fn vector(result: &str) -> String {
        format!(r#"{{"status":"success","data":{{"resultType":"vector","result":{result}}}}}"#)
    }

    #[test]
    fn one_number_is_a_signal_and_everything_else_says_why_not() {
        for (body, words) in [
            (vector(r#"[{"metric":{},"value":[1.5,"0.25"]}]"#), "0.25"),
            (r#"{"status":"success","data":{"resultType":"scalar","result":[1,"7"]}}"#.to_owned(), "7"),
            (vector("[]"), "the result is empty"),
            (vector(r#"[{"metric":{},"value":[1,"NaN"]}]"#), "the result is NaN, no number"),
            (vector(r#"[{"metric":{},"value":[1,"+Inf"]}]"#), "the result is inf, no number"),
            (
                vector(r#"[{"metric":{"a":"1"},"value":[1,"1"]},{"metric":{"a":"2"},"value":[1,"2"]}]"#),
                "2 series: aggregate them, or read them as results",
            ),
            (vector(r#"[{"metric":{},"value":[1,"1e999"]}]"#), "malformed: a result that is none from h:1"),
            (vector(r#"[{"metric":{}}]"#), "malformed: a result that is none from h:1"),
            (
                r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#.to_owned(),
                "bad_data: the query gives a matrix and no numbers of now from h:1",
            ),
            (
                r#"{"status":"error","errorType":"bad_data","error":"1:5: parse \u001b[31merror"}"#.to_owned(),
                "bad_data: 1:5: parse \u{241b}[31merror from h:1",
            ),
            (r#"{"status":"ok"}"#.to_owned(), "malformed: no reply of a Prometheus API from h:1"),
            ("[".to_owned(), "malformed: JSON: EOF while parsing a list at line 1 column 1 from h:1"),
            (String::new(), "malformed: an empty body instead of JSON from h:1"),
        ] {
            assert_eq!(told(&body), words, "{body}");
        }
    }

    #[test]
    fn warnings_are_kept() {
        let body = r#"{"status":"success","warnings":["store gone"],"infos":["not a counter"],"data":{"resultType":"vector","result":[]}}"#;
        assert_eq!(read(body.as_bytes(), false).unwrap().warnings, ["store gone", "not a counter"]);
    }
}
