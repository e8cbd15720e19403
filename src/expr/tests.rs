//! What a user of expressions would miss: truth tables over signals, words of errors.

use std::time::Duration;

mod laws;
mod mistakes;

use super::*;
use crate::base::{Cause, ComponentId, Missing, Now, SignalKey, State};
use crate::signal::{SignalStore, Timing, Value};

fn now(secs: f64) -> Now {
    Now::at(secs, jiff::Timestamp::UNIX_EPOCH)
}

fn key(text: &str) -> SignalKey {
    text.parse().unwrap()
}

fn put(store: &mut SignalStore, name: &str, value: impl Into<Value>, at: f64) {
    store.record(&key(name), value.into(), None, now(at).mono);
}

/// At 1000 s: a backlog that grew by 1 every 5 s for ten minutes, a worker that refuses, a memory gone stale.
fn store() -> SignalStore {
    let mut store = SignalStore::default();
    for component in ["wal", "worker", "queue", "api", "old"] {
        let timing = Timing { every: Duration::from_secs(5), timeout: Duration::from_secs(2) };
        store.register(component.parse().unwrap(), timing);
    }
    for n in 0..=120_i64 {
        put(&mut store, "wal.pending", 8 + n, 400.0 + 5.0 * n as f64);
    }
    put(&mut store, "wal.ratio", 0.5, 1000.0);
    put(&mut store, "wal.mode", "falling behind", 1000.0);
    put(&mut store, "queue.workers_live", 0_i64, 1000.0);
    put(&mut store, "queue.queued", 7_i64, 990.0);
    put(&mut store, "old.mem", 600.0, 700.0);
    put(&mut store, "api.up", true, 1000.0);
    let workers = serde_json::json!([
        {"name": "a", "live": true, "age": 2.0, "queues": ["x"]},
        {"name": "b", "live": false, "age": 500.0, "queues": []}
    ]);
    put(&mut store, "queue.list", Value::from_json(workers), 1000.0);
    let refused = Missing::Failed { cause: Cause::Refused, text: "refused 127.0.0.1:8082".into() };
    store.record_missing(&key("worker.up"), refused);
    store.record_missing(&key("worker.mem"), Missing::NotReported { text: "body has no 'mem'".into() });
    store
}

fn verdict(text: &str) -> Verdict {
    Expr::compile(text).unwrap_or_else(|error| panic!("{text}: {error:?}")).verdict(&store(), now(1000.0))
}

fn unknown(text: &str) -> String {
    match verdict(text) {
        Verdict::Unknown(why) => why.text,
        other => panic!("{text} is {other:?}"),
    }
}

#[test]
fn conditions_over_signals() {
    let table = [
        ("wal.pending > 50", true),
        ("wal.pending > 50.5 && wal.ratio < 1", true),
        ("wal['pending'] == 128.0", true),
        ("wal.ratio * 4.0 == 2", true),
        ("wal.mode.startsWith('falling') && wal.mode.matches('be.+d$')", true),
        ("wal.mode in ['fine', 'falling behind']", true),
        ("queue.workers_live == 0", true),
        ("queue.list.exists(w, !w.live && w.age > 300)", true),
        ("queue.list.all(w, w.live)", false),
        ("queue.list.all(wal, wal.live || wal.age > 1)", true),
        ("queue.list.filter(w, w.live).size() == 1", true),
        ("queue.list.map(w, w.name) == ['a', 'b']", true),
        ("['a', 'b'] == queue.list.map(w, w.name)", true),
        ("queue.list[1].name == 'b' && queue.list[0].queues == ['x']", true),
        ("['x'] == queue.list[0].queues", true),
        ("max(queue.list.map(w, w.age)) == 500.0 && min([3, 2]) == 2", true),
        ("queue.list.exists(w, queue.list.exists(v, v.name == w.name && !v.live))", true),
        ("has(wal.pending)", true),
        ("has(worker.mem)", false),
        ("has(queue.list.nothing)", false),
        ("queue.list.all(w, has(w.live))", true),
        ("known('worker.up')", false),
        ("known('queue.queued')", true),
        ("stale('old.mem')", true),
        ("stale('worker.up')", false),
        ("age_s('old.mem') == 300.0", true),
        ("rate('wal.pending', '5m') == 12.0", true),
        ("delta('wal.pending', '5m') == 60", true),
        (
            "min('wal.pending','5m') == 68.0 && max('wal.pending','5m') == 128.0 && avg('wal.pending','5m') == 98.0",
            true,
        ),
        ("rising('wal.pending', '10m')", true),
        ("covered('wal.pending', '10m')", true),
        ("covered('wal.pending', '24h') && rate('wal.pending', '24h') > 1.0", false),
        ("covered('queue.queued', '5m')", false),
        ("unix('2026-11-22T03:00:00.500Z') - unix('2026-11-22T02:00:00+00:00') == 3600.5", true),
        // absorbed on either side, also among the elements of a list
        ("worker.up || wal.pending > 50", true),
        ("wal.pending > 50 || worker.up", true),
        ("worker.up && wal.pending > 500", false),
        ("wal.pending > 500 && worker.up", false),
        ("!(worker.up && false)", true),
        ("queue.list.exists(w, w.live || worker.up)", true),
        ("queue.list.all(w, w.live && worker.up)", false),
        ("api.up ? true : worker.up", true),
        ("type(wal.pending) == int", true),
        ("int(wal.ratio * 10.0) + wal.pending == 133", true),
    ];
    for (text, holds) in table {
        let want = if holds { Verdict::True } else { Verdict::False };
        assert_eq!(verdict(text), want, "{text}");
    }
}

#[test]
fn what_cannot_be_told_says_why() {
    let table = [
        ("worker.up", "worker.up: refused 127.0.0.1:8082"),
        ("!worker.up", "worker.up: refused 127.0.0.1:8082"),
        ("worker.up && wal.pending > 50", "worker.up: refused 127.0.0.1:8082"),
        ("wal.pending > 500 || worker.up", "worker.up: refused 127.0.0.1:8082"),
        ("worker.up ? true : true", "worker.up: refused 127.0.0.1:8082"),
        ("has(worker.up)", "worker.up: refused 127.0.0.1:8082"),
        ("old.mem > 5.0", "old.mem: stale"),
        ("api.nothing == 1", "api.nothing: not polled yet"),
        ("rate('worker.up', '5m') > 1", "worker.up: refused 127.0.0.1:8082"),
        ("rate('queue.queued', '5m') > 1", "queue.queued: known for less than half of 5m00s"),
        ("rising('wal.pending', '24h')", "wal.pending: known for less than half of 1d0h"),
        ("age_s('worker.up') > 1.0", "worker.up: refused 127.0.0.1:8082"),
        ("covered('worker.up', '5m')", "worker.up: refused 127.0.0.1:8082"),
        ("unix('soon') > 1.0", "unix(): 'soon' is no time: RFC 3339 or Unix seconds"),
        ("wal.pending", "wal.pending is a whole number, not true or false"),
        ("wal.pending * 1.5 > 3", "* does not take a whole number and a decimal: write double(x), or 2.0 for 2"),
        ("wal.mode > 3", "> does not take a text and a whole number"),
        ("wal.pending / (wal.pending - 128) > 1", "division by zero: guard it, x != 0 && y / x > 1"),
        ("wal.ratio / (wal.ratio - 0.5) > 1", "division by zero: guard it, x != 0 && y / x > 1"),
        ("wal.pending % (wal.pending - 128) > 1", "division by zero: guard it, x != 0 && y / x > 1"),
        ("wal.pending + 9223372036854775807 > 1", "the whole number is too large: write double(x)"),
        ("queue.list[7].name == 'x'", "queue.list[7].name: queue.list has 2 elements, no [7]"),
        ("queue.list.all(w, w.nothing)", "there is no 'nothing'"),
        ("queue.list.name == 'x'", "queue.list.name: queue.list is a list and has no 'name': write queue.list[0]"),
        ("queue.list.filter(w, w.age > 900.0)[0].live", "there is no entry [0]"),
        ("wal > 3", "'wal' is a component: write wal.<signal>"),
        ("pending > 3", "'pending' names no signal: write component.signal"),
        ("int(wal.mode) > 3", "int(): string parse error: invalid digit found in string"),
        ("min([]) > 3", "min(): the list is empty"),
    ];
    for (text, why) in table {
        assert_eq!(unknown(text), why, "{text}");
    }
}

#[test]
fn a_missing_signal_is_named_with_its_cause() {
    let Verdict::Unknown(why) = verdict("wal.pending > 50 && worker.up") else { panic!() };
    assert_eq!(why.signal, Some(key("worker.up")));
    assert!(matches!(why.missing, Some(Missing::Failed { cause: Cause::Refused, .. })));
}

#[test]
fn values_over_signals() {
    let value = |text: &str| Expr::compile(text).unwrap().value(&store(), now(1000.0));
    assert_eq!(value("wal.pending"), Ok(Value::Int(128)));
    assert_eq!(value("queue.list.filter(w, !w.live).map(w, w.name)"), Ok(Value::from(vec![Value::from("b")])));
    assert_eq!(value("size(queue.list.filter(w, w.name == 'zz'))"), Ok(Value::Int(0)));
    assert!(value("worker.up").is_err());
}

fn facts() -> Facts {
    let body = serde_json::json!({
        "status": "healthy", "ok": true, "nil": null, "x-y": 3,
        "stats": {"queued": 1, "failed": 2.0, "items": [{"id": 7}]}, "empty": {}
    });
    Facts::from([
        ("status".to_owned(), Value::Int(200)),
        ("latency_ms".to_owned(), Value::Number(3.5)),
        ("text".to_owned(), Value::from("pong")),
        ("headers".to_owned(), Value::from_json(serde_json::json!({"content-type": "text/plain"}))),
        ("body".to_owned(), Value::from_json(body)),
    ])
}

#[test]
fn extraction_over_an_answer() {
    let over = |text: &str| Expr::compile(text).unwrap().over(&facts());
    for (text, value) in [
        ("status == 200 && body.status == 'healthy'", Value::Bool(true)),
        ("body.stats.queued", Value::Int(1)),
        ("body.stats.failed", Value::Number(2.0)),
        ("body.stats.failed + 1.5", Value::Number(3.5)),
        ("body.nil", Value::Null),
        ("body['x-y'] * 2", Value::Int(6)),
        ("headers['content-type']", Value::from("text/plain")),
        ("has(body.stats.nope) || has(body.nope.x)", Value::Bool(false)),
        ("body.stats.items[0].id", Value::Int(7)),
        ("latency_ms < 10", Value::Bool(true)),
        ("body.stats.failed / 0.5 * 1e308 * 1e308", Value::from("inf")),
        ("body.nil == null", Value::Bool(true)),
        ("size(body.stats)", Value::Int(3)),
        ("body.stats.exists(k, k == 'queued')", Value::Bool(true)),
        ("'queued' in body.stats", Value::Bool(true)),
    ] {
        assert_eq!(over(text), Ok(value), "{text}");
    }
    for (text, why) in [
        ("body.stats.pending", "body.stats.pending: body.stats has no 'pending' (has: queued, failed, items)"),
        ("body.stats.pending > 3", "body.stats.pending: body.stats has no 'pending' (has: queued, failed, items)"),
        ("body.nope", "body has no 'nope' (has: status, ok, nil, x-y, stats, empty)"),
        ("body.empty.x", "body.empty.x: body.empty has no 'x' (it is empty)"),
        ("body.nil.x", "body.nil.x: body.nil is null"),
        ("body.status.x", "body.status.x: body.status is a text, not an object"),
        ("info.x", "info.x: the answer has no 'info' (has: status, latency_ms, text, headers, body)"),
        ("rate('a.b', '5m') > 1", "rate() looks at signals over time, this at one answer"),
    ] {
        assert_eq!(over(text), Err(why.to_owned()), "{text}");
    }
}

#[test]
fn the_signals_are_those_it_reads() {
    let signals = |text: &str| {
        let expr = Expr::compile(text).unwrap();
        expr.signals().iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        signals("rate('wal.pending','5m') > 2.0 && queue.queued > 3 || has(a.b)"),
        "wal.pending queue.queued a.b"
    );
    assert_eq!(signals("queue.list.all(w, w.live && stale('x.y') && queue.list.size() > 1)"), "queue.list x.y");
    assert_eq!(signals("api['up'] && api.up"), "api.up");
    let expr = Expr::compile("ab.x == 1").unwrap();
    assert_eq!(expr.references()[0].span, 0..4);
    let expr = Expr::compile("'é' == x.y && rate( 'c.d' ,'5m') > 1").unwrap();
    let at: Vec<&str> = expr.references().iter().map(|reference| &expr.text()[reference.span.clone()]).collect();
    assert_eq!(at, ["x.y", "'c.d'"]);
}

#[test]
fn a_state_is_written_out_as_the_parser_reads_it() {
    for component in ["api", "work_er_2"] {
        let id = ComponentId::new(component).unwrap();
        let read = Expr::compile(&format!("{component}.state == 'down'")).unwrap();
        let written = Expr::state_is(&id, State::Down).unwrap();
        assert_eq!(format!("{:?}", written.compiled()), format!("{:?}", read.compiled()));
    }
}

#[test]
fn names_from_outside_are_told_from_bound_ones() {
    for (text, roots) in [
        ("status == 200 && body.success", vec!["status", "body"]),
        ("queue.worker_list.exists(w, w.live && w.name != api.name)", vec!["queue", "api"]),
        ("has(worker.x) ? double(a.b) : {'k': c}.k", vec!["worker", "a", "c"]),
        ("type(x) == int && stale('y.z')", vec!["x"]),
        ("[1, 2].map(y, y * z).size() > 0", vec!["z"]),
    ] {
        assert_eq!(Expr::compile(text).unwrap().roots(), roots, "{text}");
    }
}

#[test]
fn thresholds_are_marks_for_charts() {
    let expr = Expr::compile("wal.pending > 50 && 2.5 >= wal.ratio && wal.mode == 'x' && a.b.c > 2").unwrap();
    let marks: Vec<String> =
        expr.thresholds().iter().map(|t| format!("{} {} {}", t.signal, t.relation.sign(), t.value)).collect();
    assert_eq!(marks, ["wal.pending > 50", "wal.ratio <= 2.5"]);
}

#[test]
fn evidence_says_what_decides() {
    let table = [
        ("wal.pending > 50", "wal.pending = 128 > 50"),
        ("wal.pending > 500", "wal.pending = 128 <= 500"),
        ("50 < wal.pending && queue.workers_live == 0", "wal.pending = 128 > 50, queue.workers_live = 0"),
        ("wal.pending > 500 && queue.workers_live == 0", "wal.pending = 128 <= 500"),
        ("wal.pending > 500 || queue.workers_live == 0", "queue.workers_live = 0"),
        ("!(wal.pending > 500)", "wal.pending = 128 <= 500"),
        ("wal.pending > 50 && worker.up", "worker.up unknown (refused)"),
        ("wal.pending > 50 || worker.up", "wal.pending = 128 > 50"),
        ("old.mem > 5.0 && worker.mem > 3", "old.mem unknown (stale 5m00s), worker.mem unknown (not reported)"),
        ("queue.queued >= 5", "queue.queued = 7 (10s old) >= 5"),
        ("rate('wal.pending','5m') > 2", "rate(wal.pending, 5m00s) = 12 > 2"),
        ("stale('old.mem') && !known('worker.up')", "old.mem is stale (5m00s), worker.up is not known (refused)"),
        ("wal.mode == 'falling behind' && wal.mode.contains('behind')", "wal.mode = falling behind"),
        ("wal.pending > queue.queued", "wal.pending = 128, queue.queued = 7 (10s old)"),
        ("queue.list.all(w, w.live)", "queue.list: 1 of 2"),
        ("queue.list.exists(w, !w.live)", "queue.list: 1 of 2"),
        ("has(worker.mem)", "worker.mem is not there"),
        ("wal.mode > 3", "> does not take a text and a whole number"),
        ("api.up", "api.up = true"),
    ];
    for (text, evidence) in table {
        assert_eq!(Expr::compile(text).unwrap().evidence(&store(), now(1000.0)), evidence, "{text}");
    }
}

#[test]
fn long_lists_cannot_stall_an_evaluation() {
    let mut store = SignalStore::default();
    let list = |n: usize| Value::List((0..n).map(|i| Value::Int(i64::try_from(i).unwrap())).collect());
    put(&mut store, "a.long", list(10_000), 0.0);
    put(&mut store, "a.longer", list(10_001), 0.0);
    let why = |text: &str| match Expr::compile(text).unwrap().verdict(&store, now(0.0)) {
        Verdict::Unknown(why) => why.text,
        other => format!("{other:?}"),
    };
    assert_eq!(why("a.long.all(x, x >= 0)"), "True");
    assert_eq!(why("a.longer.all(x, x >= 0)"), "a.longer has 10001 elements: this expression takes at most 10000");
    let nested = "a.long has 10000 elements: this expression takes at most 300";
    assert_eq!(why("a.long.all(x, a.long.all(y, x + y >= 0))"), nested);
    assert_eq!(why("a.long.all(x, x in a.long)"), "it takes too long on lists as long as these");
}

#[test]
fn deep_and_long_texts_are_refused_not_a_crash() {
    for text in [
        format!("{}true{}", "(".repeat(400), ")".repeat(400)),
        format!("{}true", "!".repeat(399)),
        format!("1{} > 0", "+1".repeat(398)),
        "a.b && ".repeat(500),
        format!("{}1{}", "[".repeat(300), "]".repeat(300)),
        format!("a{}", ".b".repeat(399)),
        "x".repeat(4097),
        "-".repeat(4000),
        format!("1{}", "*1".repeat(2000)),
        format!("a.b{}", " ? a.b : a.b".repeat(130)),
    ] {
        let _ = Expr::compile(&text).map(|expr| expr.verdict(&store(), now(0.0)));
    }
    // as deep as is let through, on the stack of a test thread: the smallest that anything runs on
    let deep = format!("{}{}1 > 0{}", "(".repeat(10), "1 + ".repeat(40), ")".repeat(10));
    assert_eq!(verdict(&deep), Verdict::True);
    let error = Expr::compile(&"(".repeat(11)).unwrap_err();
    assert_eq!((error.span, error.message.as_str()), (10..11, "more than 10 brackets stand within one another"));
}
