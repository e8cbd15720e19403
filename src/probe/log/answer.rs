//! From the counts of a log to facts, signals and the rows of the drill-down. Pure.

use std::time::Duration;

use indexmap::IndexMap;
use jiff::Timestamp;

use crate::base::time::Span;
use crate::base::{Missing, Redactor, Shown, SignalName};
use crate::expr::Facts;
use crate::probe::log::per_minute;
use crate::probe::log::tally::{KEPT, Match, Tally};
use crate::probe::{Answer, Detail, Measured, ProbeError, millis};
use crate::signal::Value;

/// What is known of the log now.
pub(super) fn of(
    tally: &Tally,
    file: Option<&Shown>,
    now: f64,
    latency: Duration,
    trouble: Option<ProbeError>,
    redactor: &Redactor,
) -> Answer {
    let trouble = trouble.map(|error| error.redacted(redactor));
    let mut answer = Numbers { tally, now, trouble: trouble.as_ref(), signals: Vec::new(), facts: Facts::new() };
    let (mut count, mut rate, mut last) = (IndexMap::new(), IndexMap::new(), IndexMap::new());
    for (place, matcher) in tally.matchers.iter().enumerate() {
        let name = &matcher.name;
        let lines = tally.count(place);
        let known = tally.known(lines, now).map(Value::count);
        let per_min = tally.per_minute(lines, now).map(Value::number);
        count.extend(known.iter().map(|value| (name.to_string(), value.clone())));
        rate.extend(per_min.iter().map(|value| (name.to_string(), value.clone())));
        if let Some(newest) = tally.newest_match(place) {
            last.insert(name.to_string(), Value::Text(newest.text.clone()));
        }
        answer.signal(Some(name.clone()), known, "lines");
        answer.signal(per_minute(name), per_min, "/min");
    }
    let lines = tally.known(tally.lines(), now).map(Value::count);
    answer.number("lines", lines, "lines");
    answer.number("silent_s", tally.silent(now).map(Value::number), "s");
    answer.number("skipped_bytes", Some(Value::count(tally.skipped_bytes())), "bytes");
    if let Ok(name) = SignalName::new("matches") {
        answer.signals.push(Measured { name, value: Ok(matches(tally)), unit: None, course: Vec::new() });
    }
    let Numbers { signals, mut facts, .. } = answer;
    for (name, map) in [("count", count), ("per_min", rate), ("last", last)] {
        facts.insert(name.to_owned(), Value::Map(map));
    }
    facts.insert("latency_ms".to_owned(), millis(latency));
    Answer { facts, signals, latency, detail: rows(tally, file, redactor), trouble }
}

struct Numbers<'a> {
    tally: &'a Tally,
    now: f64,
    trouble: Option<&'a ProbeError>,
    signals: Vec<Measured>,
    facts: Facts,
}

impl Numbers<'_> {
    fn number(&mut self, name: &str, value: Option<Value>, unit: &str) {
        if let Some(value) = &value {
            self.facts.insert(name.to_owned(), value.clone());
        }
        self.signal(SignalName::new(name).ok(), value, unit);
    }

    fn signal(&mut self, name: Option<SignalName>, value: Option<Value>, unit: &str) {
        let Some(name) = name else { return };
        let value = value.ok_or_else(|| {
            let seen = |seconds: f64| Span(crate::base::time::seconds(seconds).unwrap_or_default());
            let (covered, window) = (seen(self.tally.covered(self.now)), seen(self.tally.window));
            let short = || Missing::NotReported { text: format!("watched for {covered} of {window} so far") };
            self.trouble.map_or_else(short, ProbeError::missing)
        });
        self.signals.push(Measured { name, value, unit: Some(unit.to_owned()), course: Vec::new() });
    }
}

/// The last matching lines, newest first.
fn matches(tally: &Tally) -> Value {
    let row = |one: &Match| {
        Value::Map(IndexMap::from([
            ("time".to_owned(), Value::Text(moment(one.at).into_string())),
            ("pattern".to_owned(), Value::Text(names(tally, one))),
            ("line".to_owned(), Value::Text(one.text.clone())),
        ]))
    };
    Value::List(tally.matches().map(row).collect())
}

/// The patterns that a line matched.
fn names(tally: &Tally, one: &Match) -> String {
    let names = one.patterns.iter().filter_map(|place| tally.matchers.get(*place)).map(|one| one.name.as_str());
    names.collect::<Vec<_>>().join(" ")
}

fn rows(tally: &Tally, file: Option<&Shown>, redactor: &Redactor) -> Detail {
    let shown = |text: &str| Shown::from_remote(text);
    let clean = |text: &str| Shown::line_from_remote(&redactor.redact(text));
    let rows: Vec<Vec<Shown>> =
        tally.matches().map(|one| vec![moment(one.at), shown(&names(tally, one)), clean(&one.text)]).collect();
    let of = file.map(|file| format!(" of {file}")).unwrap_or_default();
    let mut cut = (rows.len() == KEPT).then(|| format!("newest {KEPT} matching lines{of}"));
    if tally.skipped_bytes() > 0 {
        let skipped = format!("{} KiB were more than can be read, and skipped", tally.skipped_bytes().div_ceil(1024));
        cut = Some(cut.map_or_else(|| skipped.clone(), |cut| format!("{cut}; {skipped}")));
    }
    Detail::Table { columns: ["time", "pattern", "line"].map(shown).to_vec(), rows, cut }
}

/// `2026-11-22 02:50:00Z`
fn moment(at: f64) -> Shown {
    #[expect(clippy::cast_possible_truncation, reason = "Unix seconds of a clock; the cast saturates")]
    let at = Timestamp::from_second(at as i64);
    Shown::from_remote(&at.map(|at| at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()).unwrap_or_default())
}
