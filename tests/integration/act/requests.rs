//! Actions that are one request, or one for each item: what the server says decides, and what it does not say is unknown.

use std::time::Duration;

use super::orders;
use super::shop::{Shop, Told};
use crate::support::eventually::eventually;
use crate::support::http_stub::{Answer, Http};

/// An action of one request, with more lines.
fn declare(shop: &Shop, http: &Http, more: &str) {
    let url = http.url("/trigger");
    shop.declare(&format!(
        "[action.trigger]\ntitle = \"Trigger\"\nrisk = \"safe\"\ntimeout = \"2s\"\n\
         http = {{ url = \"{url}\", json = {{ kind = \"gap\" }} }}\n{more}\n"
    ));
}

fn requests(http: &Http) -> usize {
    http.hits().iter().filter(|hit| hit.path == "/trigger").count()
}

pub(super) fn unanswered() -> String {
    let (shop, http) = (Shop::open(), Http::start());
    declare(&shop, &http, "verify = { when = \"worker.up\", within = \"2s\", samples = 1 }");
    http.on("/trigger", Answer::json(200, "{}").after(Duration::from_secs(30)));
    let told = shop.act("trigger", &["--yes"]);
    let brief = told.ended("unknown", 6, "it was sent, so it may have happened; it is not sent again");
    assert!(told.json["evidence"].to_string().contains("worker.up = false"), "verified all the same: {told:#?}");
    let hits = http.wait_hits("/trigger", 1);
    assert_eq!((hits.len(), hits[0].method.as_str(), hits[0].body.as_slice()), (1, "POST", &br#"{"kind":"gap"}"#[..]));
    assert_eq!(hits[0].header("idempotency-key"), Some(told.text("run_id")));
    assert_eq!(shop.journal(), ["intent", "outcome unknown"]);
    // nothing was sent where nobody listens: that is known
    let gone = "http://127.0.0.1:9/";
    shop.declare(&format!("[action.trigger]\ntitle = \"Trigger\"\nrisk = \"safe\"\nhttp = {{ url = \"{gone}\" }}\n"));
    shop.act("trigger", &["--yes"]).ended("failed", 1, "not sent: refused");
    shop.assert_whole();
    brief
}

pub(super) fn answered() -> String {
    let (shop, http) = (Shop::open(), Http::start());
    declare(&shop, &http, "");
    let run = |answer: Answer| -> Told {
        http.on("/trigger", answer);
        shop.act("trigger", &["--yes"])
    };
    let busy = Answer::Reply { status: 429, headers: vec![("Retry-After".into(), "7".into())], body: Vec::new() };
    let mut sent = 0;
    for (answer, status, reason) in [
        (Answer::json(401, "{}"), 401, "the credentials are not accepted"),
        (Answer::json(403, "{}"), 403, "the credentials do not allow it"),
        (Answer::json(409, r#"{"detail":"already running"}"#), 409, "its present state does not allow it"),
        (busy, 429, "too many requests, again in 7 s"),
        (Answer::json(500, r#"{"detail":"boom"}"#), 500, "the server failed"),
        (Answer::redirect("http://elsewhere.invalid/"), 302, "answered with a redirect to"),
        (Answer::json(200, r#"{"success":false,"error":"queue is full"}"#), 200, "its body says success: false"),
    ] {
        let told = run(answer);
        told.ended("failed", 1, reason);
        sent += 1;
        assert_eq!((&told.json["http_status"], requests(&http)), (&status.into(), sent), "{told:#?}");
    }
    let told = run(Answer::json(200, r#"{"success":true}"#));
    told.ended("not_verified", 4, "nothing is declared that would prove it");
    // the answer itself may prove it
    declare(&shop, &http, "verify = { answer = \"body.count == 3.0\" }");
    run(Answer::json(200, r#"{"count":3}"#)).ended("verified", 0, "");
    run(Answer::json(200, r#"{"count":2}"#)).ended("not_verified", 4, "which does not prove the effect");
    shop.assert_whole();
    "failed (1) with the status and why; never green on a 200 alone".to_owned()
}

/// One request for each item, the chosen ones or all that the component lists.
pub(super) fn items() -> String {
    let (shop, http) = (Shop::open(), Http::start());
    shop.set_world(r#"{"up": true, "jobs": [{"id": "a"}, {"id": "b"}, {"id": "c"}]}"#);
    let url = http.url("/retry/${item}");
    shop.declare(&format!(
        "[action.retry]\ntitle = \"Retry\"\nrisk = \"safe\"\nitems = \"worker.jobs\"\ncomponent = \"worker\"\n\
         http = {{ url = \"{url}\" }}\n"
    ));
    shop.add_signal("jobs = \"body.jobs\"");
    http.on("/retry/a", Answer::json(200, "{}")).on("/retry/c", Answer::json(200, "{}"));
    let told = shop.act("retry", &["--yes"]);
    let brief = told.ended("failed", 1, "2 of 3 accepted; b: 404 from");
    assert_eq!(told.json["preview"]["items"], serde_json::json!(["a", "b", "c"]));
    let ends: Vec<String> = told.json["items"].as_array().unwrap().iter().map(|item| item["end"].to_string()).collect();
    assert!(ends[0] == "\"done\"" && ends[1].contains("failed") && ends[2] == "\"done\"", "{ends:?}");
    shop.act("retry", &["--yes", "--item", "c"]).ended("not_verified", 4, "");
    let asked: Vec<String> = http.hits().into_iter().map(|hit| hit.path).collect();
    assert_eq!(asked, ["/retry/a", "/retry/b", "/retry/c", "/retry/c"]);
    shop.assert_whole();
    brief
}

#[test]
fn the_times_that_were_shown_are_those_that_are_sent() {
    let (shop, http) = (Shop::open(), Http::start());
    let url = http.url("/trigger");
    http.on("/trigger", Answer::json(200, "{}"));
    shop.declare(&format!(
        "[action.trigger]\ntitle = \"Trigger\"\nrisk = \"safe\"\n\
         http = {{ url = \"{url}\", json = {{ from = \"${{now}}\", until = \"${{now+1h}}\" }} }}\n"
    ));
    let order = orders::order(&shop, &orders::who("alice"), "trigger");
    let shown = order.shown.at.as_second();
    // whoever reads a dialog takes his time
    eventually("another second", Duration::from_secs(10), || {
        (jiff::Timestamp::now().as_second() > shown + 1).then_some(())
    });
    let mut runner = orders::start(&shop, &order);
    orders::ended(&mut runner);
    let hits = http.wait_hits("/trigger", 1);
    let body: serde_json::Value = serde_json::from_slice(&hits[0].body).unwrap();
    let at = |name: &str| body[name].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_second() - shown;
    assert_eq!((at("from"), at("until")), (0, 3600), "{body}");
    assert!(order.shown.call.contains(body["until"].as_str().unwrap()), "{}", order.shown.call);
}
