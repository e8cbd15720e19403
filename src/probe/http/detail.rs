//! What the drill-down shows of an answer: without secrets, without control characters, and not without end. Pure.

use std::fmt::Write as _;

use reqwest::header::{CONTENT_TYPE, DATE};

use crate::base::{Redactor, Shown};
use crate::probe::ProbeError;
use crate::probe::http::HttpDetail;
use crate::probe::http::answer::Body;
use crate::probe::http::exchange::Reply;
use crate::probe::http::target::Target;
use crate::signal::Value;

/// Lines of a body that are kept.
const MOST_LINES: usize = 200;
/// A clock that differs by less is in step: `Date` has whole seconds, and the answer took its time.
const IN_STEP: f64 = 2.5;

/// What is shown of a reply.
pub(super) fn of(target: &Target, reply: &Reply, body: &Body, now_unix: f64, redactor: &Redactor) -> HttpDetail {
    let header = |name| {
        let value = reply.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()));
        value.map(|value| redactor.redact(&value))
    };
    let date = header(DATE);
    HttpDetail {
        url: Shown::from_remote(&redactor.redact(target.shown())).into_string(),
        status: reply.status,
        content_type: header(CONTENT_TYPE).map(|value| Shown::from_remote(&value)).unwrap_or_default(),
        body: lines(body, &reply.body, redactor),
        skew_s: date.as_deref().and_then(|date| ahead(date, now_unix)).filter(|ahead| ahead.abs() >= IN_STEP),
        date: date.map(|date| clock(&date, now_unix)),
        also: Vec::new(),
    }
}

/// What became of a further URL.
pub(super) fn outcome(outcome: &Result<Value, ProbeError>, redactor: &Redactor) -> Shown {
    match outcome {
        Ok(_) => Shown::from_remote("ok"),
        Err(error) => Shown::from_remote(&redactor.redact(&error.text)),
    }
}

fn lines(body: &Body, bytes: &[u8], redactor: &Redactor) -> Vec<Shown> {
    let mut lines = match body {
        Body::Json(value) => pretty(value),
        Body::Text | Body::Malformed(_) => {
            let text = String::from_utf8_lossy(&bytes[..bytes.len().min(64 * 1024)]);
            text.lines().take(MOST_LINES + 1).map(str::to_owned).collect()
        }
    };
    if lines.len() > MOST_LINES {
        lines.truncate(MOST_LINES - 1);
        lines.push("\u{2026}".to_owned());
    }
    lines.iter().map(|line| Shown::from_remote(&redactor.redact(line))).collect()
}

/// JSON with one field a line; stops soon after the last line that is kept.
fn pretty(value: &Value) -> Vec<String> {
    let mut lines = vec![String::new()];
    print(value, 0, &mut lines);
    lines
}

fn print(value: &Value, depth: usize, lines: &mut Vec<String>) {
    let (open, close) = match value {
        Value::List(list) if !list.is_empty() => ('[', ']'),
        Value::Map(map) if !map.is_empty() => ('{', '}'),
        leaf => {
            if let Some(line) = lines.last_mut() {
                let _ = write!(line, "{}", leaf.to_json());
            }
            return;
        }
    };
    let indent = |by: usize| "  ".repeat(by);
    push(lines, &open.to_string());
    let mut child = |name: Option<&str>, value: &Value, last: bool| {
        if lines.len() > MOST_LINES {
            return;
        }
        let name = name.map(|name| format!("{}: ", serde_json::Value::from(name))).unwrap_or_default();
        lines.push(format!("{}{name}", indent(depth + 1)));
        print(value, depth + 1, lines);
        if !last {
            push(lines, ",");
        }
    };
    match value {
        Value::Map(map) => {
            let end = map.len() - 1;
            map.iter().enumerate().for_each(|(n, (name, value))| child(Some(name), value, n == end));
        }
        Value::List(list) => {
            let end = list.len() - 1;
            list.iter().enumerate().for_each(|(n, value)| child(None, value, n == end));
        }
        _ => {}
    }
    lines.push(format!("{}{close}", indent(depth)));
}

fn push(lines: &mut [String], text: &str) {
    if let Some(line) = lines.last_mut() {
        line.push_str(text);
    }
}

/// Seconds by which the clock that wrote this date is ahead of ours.
fn ahead(date: &str, now_unix: f64) -> Option<f64> {
    jiff::fmt::rfc2822::parse(date).ok().map(|theirs| theirs.timestamp().as_second() as f64 - now_unix)
}

/// `Sun, 22 Nov 2026 02:50:00 GMT (clock 42 s ahead of ours)`.
fn clock(date: &str, now_unix: f64) -> Shown {
    let Some(ahead) = ahead(date, now_unix) else {
        return Shown::from_remote(&format!("{date} (not a date)"));
    };
    let words = match ahead {
        ahead if ahead.abs() < IN_STEP => "in step with our clock".to_owned(),
        ahead if ahead > 0.0 => format!("clock {ahead:.0} s ahead of ours"),
        behind => format!("clock {:.0} s behind ours", -behind),
    };
    Shown::from_remote(&format!("{date} ({words})"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Secret;
    use crate::probe::http::json;

    fn shown(json: &str, redactor: &Redactor) -> Vec<String> {
        let body = Body::Json(json::parse(json.as_bytes()).unwrap());
        lines(&body, json.as_bytes(), redactor).into_iter().map(Shown::into_string).collect()
    }

    #[test]
    fn json_is_laid_out_without_secrets_and_escapes() {
        let redactor = Redactor::new([&Secret::new("s3cret-key".into())]);
        let body = r#"{"status":"ok","list":[1,{}],"key":"s3cret-key","odd":"\u001b[31m"}"#;
        let expected = [
            "{",
            "  \"status\": \"ok\",",
            "  \"list\": [",
            "    1,",
            "    {}",
            "  ],",
            "  \"key\": \"***\",",
            "  \"odd\": \"\\u001b[31m\"",
            "}",
        ];
        assert_eq!(shown(body, &redactor), expected);
    }

    #[test]
    fn long_bodies_are_cut() {
        let long = format!("[{}1]", "1,".repeat(9000));
        let lines = shown(&long, &Redactor::default());
        assert_eq!((lines.len(), lines.last().map(String::as_str)), (MOST_LINES, Some("\u{2026}")));
        let text = lines_of_text(&"x\n".repeat(9000));
        assert_eq!(text, MOST_LINES);
    }

    fn lines_of_text(text: &str) -> usize {
        lines(&Body::Text, text.as_bytes(), &Redactor::default()).len()
    }

    #[test]
    fn the_servers_clock_is_compared_with_ours() {
        let noon = 1_795_348_800.0;
        for (date, words) in [
            ("Sun, 22 Nov 2026 12:00:01 GMT", "Sun, 22 Nov 2026 12:00:01 GMT (in step with our clock)"),
            ("Sun, 22 Nov 2026 12:00:42 GMT", "Sun, 22 Nov 2026 12:00:42 GMT (clock 42 s ahead of ours)"),
            ("Sun, 22 Nov 2026 11:00:00 GMT", "Sun, 22 Nov 2026 11:00:00 GMT (clock 3600 s behind ours)"),
            ("yesterday", "yesterday (not a date)"),
        ] {
            assert_eq!(clock(date, noon).as_str(), words);
        }
    }
}
