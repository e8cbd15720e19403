//! Requests carried out against a scripted server: what is accepted, refused, or cannot be told; and that nothing is sent
//! twice, elsewhere, or through anybody.

use std::collections::HashMap;
use std::time::Duration;

use midwatch::action::{Done, End, HttpCall, Item, ItemEnd, Method, Stream};
use midwatch::base::template::Variable;
use midwatch::base::{Filled, Redactor, Secret, Template, Variables};
use midwatch::expr::Expr;
use midwatch::runtime::run::http::{self, HttpTerms};
use midwatch::runtime::run::output::Output;
use tokio::sync::watch;

use crate::execute::runner::{PATIENCE, Plan, Runner};
use crate::support::http_stub::{Answer, Http};

const SECRET: &str = "s3cret/key+0042";
const RUN: &str = "01J0RUN";

fn filled(text: &str) -> Filled {
    let key = ("key".to_owned(), Variable::Secret(Secret::new(SECRET.into())));
    text.parse::<Template>().unwrap().fill(&Variables(HashMap::from([key]))).unwrap()
}

/// A POST with a key and a body.
fn post(url: &str) -> HttpCall {
    HttpCall {
        item: None,
        method: Method::Post,
        url: filled(url),
        headers: vec![("X-API-Key".into(), filled("${key}"))],
        body: Some(filled(r#"{"role": "x"}"#)),
        expect: None,
        proof: None,
    }
}

/// What came of it, and every line that was told.
struct Told {
    done: Done,
    lines: Vec<String>,
}

/// Carries requests out; asks for an end once so many lines were told.
fn carry_out(calls: &[HttpCall], timeout: Duration, cancel_after: usize) -> Told {
    let (cancel, cancelled) = watch::channel(cancel_after == 0);
    let redactor = Redactor::new([&Secret::new(SECRET.into())]);
    let (mut output, mut lines) = (Output::new(&redactor), Vec::new());
    let mut say = |_: Stream, line: &str| {
        lines.push(line.to_owned());
        cancel.send_replace(lines.len() >= cancel_after);
    };
    let terms = HttpTerms { run: RUN, timeout, cancelled, output: &mut output, say: &mut say };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let done = runtime.block_on(http::run(calls, terms));
    assert_eq!(output.tail(usize::MAX), lines);
    Told { done, lines }
}

fn one(call: HttpCall) -> Done {
    carry_out(&[call], PATIENCE, usize::MAX).done
}

#[test]
fn a_request_is_sent_as_it_is_written_and_has_a_key_of_its_run() {
    let stub = Http::start();
    stub.on("/tasks", Answer::json(200, r#"{"success": true}"#));
    let told = carry_out(&[post(&stub.url("/tasks?k=${key}"))], PATIENCE, usize::MAX);
    assert_eq!((told.done.end, told.done.http_status, told.done.reason.as_str()), (End::Accepted, Some(200), ""));
    let [hit] = stub.hits().try_into().unwrap();
    assert_eq!((hit.method.as_str(), hit.body.as_slice()), ("POST", &br#"{"role": "x"}"#[..]));
    assert_eq!(hit.query, format!("k={SECRET}"));
    for (name, value) in [
        ("idempotency-key", RUN),
        ("x-api-key", SECRET),
        ("content-type", "application/json"),
        ("user-agent", concat!("midwatch/", env!("CARGO_PKG_VERSION"))),
        ("connection", "close"),
    ] {
        assert_eq!(hit.header(name), Some(value), "{name}");
    }
    let address = stub.url("").replace("http://", "");
    assert_eq!(told.lines, [format!("POST {}: 200 from {address}", stub.url("/tasks?k=***"))]);
}

#[test]
fn methods_and_headers_of_ones_own() {
    let stub = Http::start();
    stub.otherwise(Answer::text(200, "done"));
    for (method, name) in
        [(Method::Get, "GET"), (Method::Put, "PUT"), (Method::Patch, "PATCH"), (Method::Delete, "DELETE")]
    {
        let headers =
            vec![("Idempotency-Key".to_owned(), filled("mine")), ("Content-Type".to_owned(), filled("text/x"))];
        let done = one(HttpCall { method, headers, ..post(&stub.url("/")) });
        assert_eq!(done.end, End::Accepted);
        let hits = stub.hits();
        let hit = hits.last().unwrap();
        assert_eq!((hit.method.as_str(), hit.header("idempotency-key")), (name, Some("mine")));
        assert_eq!(hit.headers.iter().filter(|(name, _)| name == "content-type").count(), 1);
    }
}

#[test]
fn a08_what_was_sent_and_not_answered_is_unknown_and_never_sent_again() {
    for (answer, words) in [
        (Answer::Hang, "timed out (response) after 300ms"),
        (Answer::json(200, "{}").after(PATIENCE), "timed out (response) after 300ms"),
        (Answer::Reset, "connection lost"),
        (Answer::Raw(Vec::new()), "connection lost"),
        (Answer::Raw(b"HTTP/1.1 200 OK\r\nContent-".to_vec()), "connection lost"),
        (Answer::Raw(b"+PONG\r\n".to_vec()), "malformed: not HTTP"),
    ] {
        let stub = Http::start();
        stub.otherwise(answer.clone());
        let done = carry_out(&[post(&stub.url("/"))], Duration::from_millis(300), usize::MAX).done;
        assert!(done.end == End::Unknown && done.reason.starts_with(words), "{answer:?}: {done:?}");
        assert!(done.reason.ends_with("it was sent, so it may have happened; it is not sent again"), "{}", done.reason);
        assert_eq!(done.http_status, None);
        let keys: Vec<_> = stub.hits().iter().map(|hit| hit.header("idempotency-key").map(str::to_owned)).collect();
        assert_eq!(keys, [Some(RUN.to_owned())], "{answer:?}");
    }
}

#[test]
fn a08_an_answer_that_breaks_off_or_cannot_be_read_is_unknown_with_its_status() {
    for (answer, words) in [
        (Answer::cut_short("{\"succ"), "connection lost"),
        (Answer::gzip_bomb(20), "too large: body above 1 MiB"),
        (Answer::reply(200, "text/html", "<html>Sign in</html>"), "malformed: HTML instead of JSON"),
        (Answer::json(200, "{broken"), "malformed: JSON"),
    ] {
        let stub = Http::start();
        stub.otherwise(answer.clone());
        let done = one(post(&stub.url("/")));
        assert!(done.end == End::Unknown && done.reason.contains(words), "{answer:?}: {done:?}");
        assert_eq!((done.http_status, stub.hits().len()), (Some(200), 1));
        let by_status = HttpCall { expect: Some(Expr::compile("status == 200").unwrap()), ..post(&stub.url("/")) };
        assert_eq!(one(by_status).end, End::Accepted, "what is expected of the status alone is known");
    }
    let stub = Http::start();
    stub.otherwise(Answer::Drip {
        bytes: b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nabc".to_vec(),
        piece: 90,
        every: Duration::ZERO,
    });
    let done = carry_out(&[post(&stub.url("/"))], Duration::from_millis(300), usize::MAX).done;
    assert!(done.end == End::Unknown && done.reason.contains("timed out (body) after 300ms"), "{done:?}");
}

#[test]
fn a08_what_did_not_leave_us_has_failed() {
    let stub = Http::start();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (url, words) in [
        (format!("http://{closed}/"), format!("not sent: refused {closed}")),
        (stub.url("/").replace("http:", "https:"), "not sent: TLS: ".to_owned()),
        ("nowhere".to_owned(), "not sent: 'nowhere' is no URL".to_owned()),
    ] {
        let done = one(post(&url));
        assert!(done.end == End::Failed && done.reason.starts_with(&words), "{done:?}");
    }
    assert_eq!(stub.hits().len(), 0);
}

#[test]
fn a09_a_refusal_has_its_reason_and_a_success_may_be_none() {
    let wait = vec![("Retry-After".to_owned(), "30".to_owned())];
    let stub = Http::start();
    for (answer, end, words) in [
        (Answer::json(202, ""), End::Accepted, ""),
        (Answer::text(202, ""), End::Accepted, ""),
        (Answer::text(200, "OK"), End::Accepted, ""),
        (
            Answer::json(200, r#"{"success": false, "error": "queue full"}"#),
            End::Failed,
            "its body says success: false: queue full",
        ),
        (Answer::json(200, r#"{"status": "failed", "error": "x"}"#), End::Failed, "its body says status: failed: x"),
        (Answer::json(401, r#"{"detail": "no"}"#), End::Failed, "the credentials are not accepted: no"),
        (Answer::json(403, "{}"), End::Failed, "the credentials do not allow it"),
        (Answer::json(404, r#"{"detail": "Not Found"}"#), End::Failed, "not there: Not Found"),
        (Answer::json(409, r#"{"detail": "running"}"#), End::Failed, "its present state does not allow it: running"),
        (
            Answer::json(422, r#"{"detail": [{"loc": ["body", "role"], "msg": "missing"}]}"#),
            End::Failed,
            "body.role: missing",
        ),
        (
            Answer::Reply { status: 429, headers: wait, body: Vec::new() },
            End::Failed,
            "too many requests, again in 30 s",
        ),
        (Answer::text(500, "Traceback\nx"), End::Failed, "the server failed: Traceback"),
        (
            Answer::redirect("http://login.example/x?token=1"),
            End::Failed,
            "answered with a redirect to login.example: not followed",
        ),
    ] {
        stub.on("/", answer.clone());
        let done = one(post(&stub.url("/")));
        assert!(done.end == end && done.reason.ends_with(words), "{answer:?}: {done:?}");
    }
}

/// One request for each of these items.
fn bulk(stub: &Http, items: &[&str]) -> Vec<HttpCall> {
    items.iter().map(|id| HttpCall { item: Some((*id).to_owned()), ..post(&stub.url(&format!("/{id}"))) }).collect()
}

fn ends(done: &Done) -> Vec<(&str, &str)> {
    let told = |item| match item {
        &Item { ref id, end: ItemEnd::Done } => (id.as_str(), "done"),
        Item { id, end: ItemEnd::Skipped(why) | ItemEnd::Failed(why) } => (id.as_str(), why.as_str()),
        Item { id, end: ItemEnd::Gone } => (id.as_str(), "gone"),
    };
    done.items.iter().map(told).collect()
}

#[test]
fn each_item_has_a_request_a_key_and_an_end_of_its_own() {
    let stub = Http::start();
    stub.otherwise(Answer::json(200, "{}")).on("/b", Answer::json(404, "{}"));
    let told = carry_out(&bulk(&stub, &["a", "b", "c"]), PATIENCE, usize::MAX);
    let at = stub.url("").replace("http://", "");
    let gone = format!("404 from {at}: not there");
    assert_eq!(ends(&told.done), [("a", "done"), ("b", gone.as_str()), ("c", "done")]);
    assert_eq!((told.done.end, told.done.counts()), (End::Failed, [2, 0, 0, 1]));
    assert_eq!(told.done.reason, format!("2 of 3 accepted; b: {gone}"));
    assert_eq!(told.lines, [format!("a: 200 from {at}"), format!("b: {gone}"), format!("c: 200 from {at}")]);
    let keys: Vec<_> = stub.hits().iter().map(|hit| hit.header("idempotency-key").unwrap().to_owned()).collect();
    assert_eq!(keys, ["01J0RUN-1", "01J0RUN-2", "01J0RUN-3"]);
}

#[test]
fn an_effect_is_proved_where_every_answer_proves_it() {
    let stub = Http::start();
    stub.otherwise(Answer::json(200, r#"{"left": 0}"#)).on("/b", Answer::json(200, r#"{"left": 3}"#));
    let asked = |items: &[&str], proof: Option<&str>| {
        let mut calls = bulk(&stub, items);
        for call in &mut calls {
            call.proof = proof.map(|proof| Expr::compile(proof).unwrap());
        }
        let done = carry_out(&calls, PATIENCE, usize::MAX).done;
        (done.end, done.proved)
    };
    assert_eq!(asked(&["a", "c"], Some("body.left == 0")), (End::Accepted, Some(true)));
    assert_eq!(asked(&["a", "b", "c"], Some("body.left == 0")), (End::Accepted, Some(false)));
    assert_eq!(asked(&["a"], None), (End::Accepted, None));
}

#[test]
fn a_server_that_refuses_or_does_not_answer_gets_no_more_of_it() {
    for (answer, end) in [
        (Answer::json(401, "{}"), End::Failed),
        (Answer::json(429, "{}"), End::Failed),
        (Answer::json(503, "{}"), End::Failed),
        (Answer::Reset, End::Unknown),
    ] {
        let stub = Http::start();
        stub.otherwise(Answer::json(200, "{}")).on("/b", answer.clone());
        let done = carry_out(&bulk(&stub, &["a", "b", "c"]), PATIENCE, usize::MAX).done;
        assert_eq!((done.end, stub.hits().len()), (end, 2), "{answer:?}");
        assert_eq!(done.counts(), [1, 0, 1, 1]);
        assert!(ends(&done)[2].1.starts_with("not sent: "), "{done:?}");
    }
}

#[test]
fn who_cancels_is_heard_between_two_requests() {
    let stub = Http::start();
    stub.otherwise(Answer::json(200, "{}"));
    for (after, sent, reason) in [(0, 0, "cancelled: 0 of 3 accepted"), (1, 1, "cancelled: 1 of 3 accepted")] {
        let before = stub.hits().len();
        let done = carry_out(&bulk(&stub, &["a", "b", "c"]), PATIENCE, after).done;
        assert_eq!((done.end, done.reason.as_str(), stub.hits().len() - before), (End::Cancelled, reason, sent));
        assert_eq!(done.counts(), [sent, 0, 3 - sent, 0]);
    }
}

#[test]
fn s01_what_a_server_echoes_is_told_without_secrets() {
    let stub = Http::start();
    let json =
        serde_json::json!({ "detail": format!("key {SECRET} and s3cret%2Fkey%2B0042 and czNjcmV0L2tleSswMDQy") });
    for status in [200, 401, 500] {
        let body = serde_json::json!({ "success": false, "detail": json.to_string() }).to_string();
        stub.on("/", Answer::json(status, &body));
        let told =
            carry_out(&[HttpCall { item: Some(format!("id {SECRET}")), ..post(&stub.url("/")) }], PATIENCE, usize::MAX);
        let all = format!("{}{:?}", serde_json::to_string(&told.done).unwrap(), told.lines);
        for leaked in [SECRET, "s3cret", "czNjcmV0"] {
            assert!(!all.contains(leaked), "{all}");
        }
        assert!(all.contains("key *** and *** and ***"), "{all}");
    }
}

#[test]
fn s04_a_proxy_of_the_environment_is_not_used() {
    let (proxy, stub) = (Http::start(), Http::start());
    stub.otherwise(Answer::json(200, "{}"));
    let mut plan = Plan::script("/nowhere".as_ref(), &[]);
    plan.post = Some(stub.url("/x"));
    let url = proxy.url("");
    let names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"];
    let runner = Runner::start(&plan, &names.map(|name| (name, url.as_str())));
    assert_eq!(runner.report().done.end, End::Accepted);
    assert_eq!((stub.hits().len(), proxy.hits().len()), (1, 0));
}

#[test]
fn s05_where_an_answer_points_to_is_never_asked() {
    let (elsewhere, stub) = (Http::start(), Http::start());
    let to = elsewhere.url("/steal");
    for status in [200, 201, 301, 302, 303, 307, 308] {
        let headers = ["Location", "Link", "Refresh", "Content-Location"].map(|name| (name.to_owned(), to.clone()));
        let body = format!(r#"{{"next": "{to}", "links": {{"next": "{to}"}}}}"#).into_bytes();
        stub.on("/", Answer::Reply { status, headers: headers.to_vec(), body });
        let done = one(post(&stub.url("/")));
        assert_eq!(done.end, if status < 300 { End::Accepted } else { End::Failed }, "{done:?}");
        assert!(!done.reason.contains("steal"), "{}", done.reason);
    }
    assert_eq!((elsewhere.hits().len(), stub.hits().len()), (0, 7));
}
