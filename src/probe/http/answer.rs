//! From a reply to facts and trouble. Pure, but for large bodies, which are parsed aside.

use std::time::Duration;

use indexmap::IndexMap;
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use tokio::sync::Semaphore;

use crate::base::{Cause, Redactor, Shown};
use crate::expr::Facts;
use crate::probe::deadline::Deadline;
use crate::probe::http::exchange::Reply;
use crate::probe::http::{HttpDetail, json};
use crate::probe::net::Address;
use crate::probe::{Answer, Detail, ProbeError, millis};
use crate::signal::Value;

/// The most of a text that expressions see.
const TEXT_CAP: usize = 64 * 1024;
/// Larger bodies are parsed on a thread aside, two at a time: a tree takes many times its text.
const LARGE: usize = 128 * 1024;
static LARGE_ONES: Semaphore = Semaphore::const_new(2);

/// What a body turned out to be.
#[derive(Debug, PartialEq)]
pub(super) enum Body {
    /// JSON.
    Json(Value),
    /// Text that does not claim to be JSON.
    Text,
    /// Not what it claims to be, or not what was asked for; the sentence says which.
    Malformed(String),
}

/// Tells what a body is.
pub(super) async fn body(reply: &Reply, deadline: &Deadline, address: &Address) -> Result<Body, ProbeError> {
    let kind = Kind::of(&reply.headers);
    if reply.body.len() < LARGE {
        return Ok(understand(kind, &reply.body));
    }
    let bytes = reply.body.clone();
    let understood = deadline.within("body", address, aside(bytes.len(), move || understand(kind, &bytes))).await?;
    Ok(understood.unwrap_or_else(|| Body::Malformed("a body that could not be parsed".to_owned())))
}

/// Does what takes long with a body of so many bytes, so that nothing else waits for it; `None` where it panicked.
pub(super) async fn aside<T: Send + 'static>(bytes: usize, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    if bytes < LARGE {
        return Some(work());
    }
    let permit = LARGE_ONES.acquire().await;
    let done = tokio::task::spawn_blocking(work).await;
    drop(permit);
    done.ok()
}

/// The JSON of a further URL; anything else is the reason why it is left out.
pub(super) async fn json_of(reply: &Reply, deadline: &Deadline, address: &Address) -> Result<Value, ProbeError> {
    if let Some(trouble) = status_trouble(reply, address) {
        return Err(trouble);
    }
    match body(reply, deadline, address).await? {
        Body::Json(value) => Ok(value),
        Body::Malformed(what) => Err(malformed(&what, address)),
        Body::Text => Err(malformed("text instead of JSON", address)),
    }
}

/// The answer: facts for the expressions, and why it cannot be well.
pub(super) fn of(
    reply: Reply,
    body: Body,
    also: Option<IndexMap<String, Value>>,
    latency: Duration,
    detail: HttpDetail,
    redactor: &Redactor,
    address: &Address,
) -> Answer {
    let trouble = status_trouble(&reply, address).or_else(|| malformation(&body, address));
    let mut facts = facts(reply, body);
    facts.insert("latency_ms".to_owned(), millis(latency));
    if let Some(also) = also {
        facts.insert("also".to_owned(), Value::Map(also));
    }
    let trouble = trouble.map(|error| error.redacted(redactor));
    Answer { facts, signals: Vec::new(), latency, detail: Detail::Http(detail), trouble }
}

/// What expressions may read of any answer.
pub(super) fn facts(reply: Reply, body: Body) -> Facts {
    let mut facts = Facts::from([
        ("status".to_owned(), Value::Int(i64::from(reply.status))),
        ("headers".to_owned(), headers(&reply.headers)),
    ]);
    if let Body::Json(value) = body {
        facts.insert("body".to_owned(), value);
    }
    if let Ok(text) = String::from_utf8(reply.body) {
        facts.insert("text".to_owned(), Value::Text(cut(text)));
    }
    facts
}

/// Why a body is not what it claims to be.
pub(super) fn malformation(body: &Body, address: &Address) -> Option<ProbeError> {
    if let Body::Malformed(what) = body { Some(malformed(what, address)) } else { None }
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Json,
    Html,
    Other,
}

impl Kind {
    fn of(headers: &HeaderMap) -> Self {
        let value = headers.get(CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()).to_lowercase());
        match value.as_deref().and_then(|value| value.split(';').next()).map(str::trim) {
            Some(json) if json.ends_with("/json") || json.ends_with("+json") => Kind::Json,
            Some("text/html" | "application/xhtml+xml") => Kind::Html,
            _ => Kind::Other,
        }
    }
}

fn understand(kind: Kind, bytes: &[u8]) -> Body {
    let start = bytes.trim_ascii_start();
    let is_html = begins_as_html(bytes);
    match kind {
        Kind::Json if start.is_empty() => Body::Malformed("an empty body instead of JSON".to_owned()),
        _ if is_html || kind == Kind::Html => Body::Malformed("HTML instead of JSON".to_owned()),
        Kind::Json => json::parse(bytes).map_or_else(Body::Malformed, Body::Json),
        // JSON that does not say so is JSON; a text that merely starts like it is a text
        Kind::Other if matches!(start.first(), Some(b'{' | b'[')) => match json::parse(bytes) {
            Ok(value) => Body::Json(value),
            Err(_) => plain(bytes),
        },
        _ => plain(bytes),
    }
}

/// True of a body that is HTML whatever it claims to be.
pub(super) fn begins_as_html(bytes: &[u8]) -> bool {
    let tag = bytes.trim_ascii_start().get(..9).map(<[u8]>::to_ascii_lowercase).unwrap_or_default();
    tag == b"<!doctype" || tag.starts_with(b"<html")
}

fn plain(bytes: &[u8]) -> Body {
    match std::str::from_utf8(bytes) {
        Ok(_) => Body::Text,
        Err(error) => Body::Malformed(format!("not UTF-8 at byte {}", error.valid_up_to())),
    }
}

fn malformed(what: &str, address: &Address) -> ProbeError {
    ProbeError::new(Cause::Malformed, format!("malformed: {what} from {address}"))
}

/// Why an answer with this status is not well; `None` for 2xx.
pub(super) fn status_trouble(reply: &Reply, address: &Address) -> Option<ProbeError> {
    let status = reply.status;
    match status {
        200..=299 => None,
        401 | 403 => Some(ProbeError::new(Cause::Unauthorized, format!("unauthorized: {status} from {address}"))),
        301..=303 | 307 | 308 => Some(ProbeError::new(Cause::Redirected, redirected(&reply.headers, address))),
        _ => Some(ProbeError::new(Cause::BadStatus, format!("{status} from {address}"))),
    }
}

/// Where a redirect leads, by its host only: the rest may hold a token.
pub(super) fn elsewhere(headers: &HeaderMap) -> Option<Shown> {
    let to = headers.get(LOCATION).map(|to| String::from_utf8_lossy(to.as_bytes()).into_owned());
    let absolute =
        to.as_deref().map(|to| to.strip_prefix("//").map_or_else(|| to.to_owned(), |to| format!("http://{to}")));
    absolute.and_then(|to| url::Url::parse(&to).ok()).and_then(|to| to.host_str().map(Shown::from_remote))
}

fn redirected(headers: &HeaderMap, address: &Address) -> String {
    match elsewhere(headers) {
        Some(host) => format!("redirected to {host} by {address}"),
        None => format!("redirected to another page by {address}"),
    }
}

/// Headers by lower-case name; those that come several times are joined.
fn headers(headers: &HeaderMap) -> Value {
    let mut map: IndexMap<String, Value> = IndexMap::with_capacity(headers.keys_len());
    for name in headers.keys() {
        let values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
        let joined = values.collect::<Vec<_>>().join(", ");
        map.insert(name.as_str().to_owned(), Value::Text(joined));
    }
    Value::Map(map)
}

fn cut(mut text: String) -> String {
    if text.len() > TEXT_CAP {
        let end = (0..=TEXT_CAP).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_what_it_is_and_not_what_its_status_says() {
        let html = Body::Malformed("HTML instead of JSON".into());
        let map = Body::Json(Value::Map(IndexMap::new()));
        for (kind, bytes, expected) in [
            (Kind::Json, &b"{}"[..], &map),
            (Kind::Json, b"null", &Body::Json(Value::Null)),
            (Kind::Json, b"", &Body::Malformed("an empty body instead of JSON".into())),
            (Kind::Json, b"\n<!DOCTYPE html><p>", &html),
            (Kind::Html, b"<p>Sign in</p>", &html),
            (Kind::Other, b"<html><body>", &html),
            (Kind::Other, b" {}", &map),
            (Kind::Other, b"{placeholder}", &Body::Text),
            (Kind::Other, b"up 1\n", &Body::Text),
            (Kind::Other, b"42", &Body::Text),
            (Kind::Other, b"", &Body::Text),
            (Kind::Other, b"caf\xe9", &Body::Malformed("not UTF-8 at byte 3".into())),
        ] {
            assert_eq!(&understand(kind, bytes), expected, "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn a_status_has_its_own_words() {
        let at = Address::new("127.0.0.1", 8082);
        for (status, location, expected) in [
            (200, "", None),
            (204, "", None),
            (401, "", Some((Cause::Unauthorized, "unauthorized: 401 from 127.0.0.1:8082"))),
            (503, "", Some((Cause::BadStatus, "503 from 127.0.0.1:8082"))),
            (304, "", Some((Cause::BadStatus, "304 from 127.0.0.1:8082"))),
            (
                302,
                "https://u:p@login.example/x?token=1",
                Some((Cause::Redirected, "redirected to login.example by 127.0.0.1:8082")),
            ),
            (307, "//other/x", Some((Cause::Redirected, "redirected to other by 127.0.0.1:8082"))),
            (301, "/login", Some((Cause::Redirected, "redirected to another page by 127.0.0.1:8082"))),
        ] {
            let headers = HeaderMap::from_iter([(LOCATION, location.parse().unwrap())]);
            let reply = Reply { status, headers, body: Vec::new(), certificate_end: None };
            let expected = expected.map(|(cause, words)| ProbeError::new(cause, words));
            assert_eq!(status_trouble(&reply, &at), expected, "{status} {location}");
        }
    }

    #[test]
    fn headers_are_lower_case_and_joined() {
        let mut map = HeaderMap::new();
        map.append("X-Odd", reqwest::header::HeaderValue::from_bytes(b"caf\xe9").unwrap());
        map.append("Set-Cookie", "a=1".parse().unwrap());
        map.append("Set-Cookie", "b=2".parse().unwrap());
        let value = headers(&map);
        assert_eq!(value.get("x-odd").and_then(Value::as_str), Some("caf\u{fffd}"));
        assert_eq!(value.get("set-cookie").and_then(Value::as_str), Some("a=1, b=2"));
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let cut = cut("\u{e9}".repeat(TEXT_CAP));
        assert_eq!(cut.len(), TEXT_CAP);
    }
}
