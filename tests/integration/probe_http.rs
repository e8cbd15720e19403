//! The `http` probe against servers that misbehave: fault rows N01-N05, N09-N11, H01-H07, H09, H10, C02, C09.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use midwatch::base::{Cause, Redactor, Secret, Shown, State, Variables, template::Variable};
use midwatch::probe::http::HttpDetail;
use midwatch::probe::{Answer, ComponentSpec, Detail, ProbeError, ProbeSpec, Prober, assess};
use midwatch::signal::Value;

use crate::support::black_hole::BlackHole;
use crate::support::http_stub::{Answer as Say, Http};

/// Longer than any poll of these tests takes when nothing is wrong with the probe.
const PATIENCE: Duration = Duration::from_secs(60);

/// A component as a system file has it.
fn component(toml: &str) -> ComponentSpec {
    toml::from_str(toml).unwrap_or_else(|error| panic!("{error}\n{toml}"))
}

fn variables() -> Variables {
    Variables([("key".to_owned(), Variable::Secret(Secret::new("s3cret-key".into())))].into())
}

fn prober(probe: &ProbeSpec, timeout: Duration) -> Prober {
    let variables = variables();
    let redactor: Redactor = variables.redactor();
    Prober::new(probe, timeout, &variables, &redactor).unwrap()
}

/// Polls once, on a runtime like the program's.
fn poll_within(url: &str, timeout: Duration) -> Result<Answer, ProbeError> {
    let spec = component(&format!("probe.http = {{ url = \"{url}\" }}"));
    runtime().block_on(prober(&spec.probe, timeout).poll(0.0))
}

fn poll(url: &str) -> Result<Answer, ProbeError> {
    poll_within(url, PATIENCE)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn host(http: &Http) -> String {
    http.url("").strip_prefix("http://").unwrap().to_owned()
}

fn detail(answer: &Answer) -> &HttpDetail {
    match &answer.detail {
        Detail::Http(detail) => detail,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_answer_is_told_as_facts() {
    let http = Http::start();
    http.on("/health", Say::json(200, r#"{"status":"healthy","queue":{"depth":3}}"#));
    let answer = poll(&http.url("/health")).unwrap();
    assert_eq!(answer.facts["status"], Value::Int(200));
    assert_eq!(answer.facts["body"].get("queue").and_then(|q| q.get("depth")), Some(&Value::Int(3)));
    assert_eq!(answer.facts["headers"].get("content-type").and_then(Value::as_str), Some("application/json"));
    assert!(answer.facts["text"].as_str().unwrap().starts_with("{\"status\""));
    assert!(answer.facts["latency_ms"].as_f64().unwrap() > 0.0);
    assert_eq!(answer.trouble, None);
    let hit = &http.hits()[0];
    assert_eq!((hit.method.as_str(), hit.header("accept-encoding")), ("GET", Some("gzip")));
    assert!(hit.body.is_empty() && hit.header("content-length").is_none());
}

#[test]
fn what_ends_a_poll_is_told_apart() {
    let mut http = Http::start();
    let at = host(&http);
    let drip = b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n".to_vec();
    let raw = |bytes: &[u8]| Say::Raw(bytes.to_vec());
    let endless = |head: &str, body: &[u8]| Say::Endless { head: head.into(), body: body.repeat(500) };
    let too_large = format!("too large: body above 1 MiB from {at}");
    let many_headers = format!("too large: headers above 408 KiB or 100 from {at}");
    let ok = "HTTP/1.1 200 OK\r\n";
    let rows: Vec<(&str, Say, Cause, String)> = vec![
        ("N03", Say::Hang, Cause::TimedOut, format!("timed out (response) after 300ms at {at}")),
        (
            "N04",
            Say::Drip { bytes: drip, piece: 42, every: Duration::from_millis(50) },
            Cause::TimedOut,
            format!("timed out (body) after 300ms at {at}"),
        ),
        ("N05", Say::Reset, Cause::ConnectionLost, format!("connection lost {at}")),
        ("N05", Say::cut_short("{\"a\":1}"), Cause::ConnectionLost, format!("connection lost {at}")),
        (
            "N05",
            raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{\"a\"\r\n"),
            Cause::ConnectionLost,
            format!("connection lost {at}"),
        ),
        (
            "N05",
            raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}"),
            Cause::Malformed,
            format!("malformed: bad chunks from {at}"),
        ),
        ("H01", endless(&format!("{ok}\r\n"), b"[1,1,1,1,1,1,1,1]"), Cause::TooLarge, too_large.clone()),
        (
            "H01",
            endless(&format!("{ok}Transfer-Encoding: chunked\r\n\r\n"), b"1f\r\n[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,\r\n"),
            Cause::TooLarge,
            too_large.clone(),
        ),
        ("H02", Say::gzip_bomb(16), Cause::TooLarge, too_large),
        (
            "H02",
            raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx"),
            Cause::Malformed,
            format!("malformed: content encoding 'br' from {at}"),
        ),
        ("H10", endless(ok, b"X-A: b\r\n"), Cause::TooLarge, many_headers.clone()),
        ("H10", endless(&format!("{ok}X-A: "), b"bbbbbbbb"), Cause::TooLarge, many_headers),
        (
            "H10",
            endless("", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
            Cause::TimedOut,
            format!("timed out (response) after 300ms at {at}"),
        ),
        (
            "H10",
            raw(b"SSH-2.0-OpenSSH_9.2\r\n\x1b[31m"),
            Cause::Malformed,
            format!("malformed: not HTTP, 'SSH-2.0-OpenSSH_9.2\u{240d}\u{240a}\u{241b}[31m' from {at}"),
        ),
        (
            "N08",
            raw(b"\x15\x03\x01\x00\x02\x02\x46"),
            Cause::Malformed,
            format!("malformed: TLS where http:// was asked for (write https://) from {at}"),
        ),
    ];
    for (row, say, cause, words) in rows {
        http.on("/", say);
        let timeout = if cause == Cause::TimedOut { Duration::from_millis(300) } else { PATIENCE };
        let error = poll_within(&http.url("/"), timeout).map(|answer| answer.facts).unwrap_err();
        assert_eq!(error, ProbeError::new(cause, words), "{row}");
    }
    http.stub().close();
    assert_eq!(poll(&http.url("/")).unwrap_err(), ProbeError::new(Cause::Refused, format!("refused {at}")), "N01");
}

#[test]
fn a_connection_that_is_never_accepted_times_out_as_such() {
    // N02
    let hole = BlackHole::start();
    let address = hole.address();
    let error = poll_within(&format!("http://{address}/"), Duration::from_millis(300)).unwrap_err();
    assert_eq!(error, ProbeError::new(Cause::TimedOut, format!("timed out (connect) after 300ms at {address}")));
}

#[test]
fn bodies_that_are_not_what_was_asked_for_leave_no_body() {
    let http = Http::start();
    let at = host(&http);
    let rows: Vec<(&str, Say, Option<&str>)> = vec![
        ("H03", Say::json(200, &"[".repeat(100_000)), Some("JSON: recursion limit exceeded at line 1 column 128")),
        ("H04", Say::json(200, r#"{"a":NaN}"#), Some("JSON: expected value at line 1 column 6")),
        (
            "H05",
            Say::reply(200, "application/json", b"\xef\xbb\xbf{}".to_vec()),
            Some("a byte-order mark before the JSON"),
        ),
        ("H05", Say::reply(200, "application/json", b"{\"\xff\":1}".to_vec()), Some("not UTF-8 at byte 2")),
        ("H05", Say::reply(200, "text/plain", b"\xff\xfe{\x00}\x00".to_vec()), Some("not UTF-8 at byte 0")),
        (
            "H06",
            Say::json(200, r#"{"status":"healthy","status":"down"}"#),
            Some("JSON: key \"status\" comes twice at line 1 column 28"),
        ),
        ("H07", Say::reply(200, "text/html; charset=utf-8", "<p>Sign in</p>"), Some("HTML instead of JSON")),
        ("H07", Say::json(200, ""), Some("an empty body instead of JSON")),
        ("H07", Say::text(200, ""), None),
    ];
    for (row, say, words) in rows {
        http.on("/", say);
        let answer = poll(&http.url("/")).unwrap();
        assert_eq!(answer.facts.get("body"), None, "{row}");
        let words = words.map(|words| ProbeError::new(Cause::Malformed, format!("malformed: {words} from {at}")));
        assert_eq!(answer.trouble, words, "{row}");
    }
    http.on("/", Say::json(200, "null"));
    assert_eq!(poll(&http.url("/")).unwrap().facts["body"], Value::Null, "H07");
    http.on("/", Say::json(200, "[18446744073709551616]"));
    let exact = Value::List([Value::Number(18_446_744_073_709_551_616.0)].into());
    assert_eq!(poll(&http.url("/")).unwrap().facts["body"], exact, "H04");
}

#[test]
fn a_packed_body_is_unpacked_or_told_as_broken() {
    let http = Http::start();
    let at = host(&http);
    let packed = |bytes: &[u8]| {
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(bytes).unwrap();
        packer.finish().unwrap()
    };
    let say = |encoding: &str, body: Vec<u8>| {
        let headers = [("Content-Type", "application/json"), ("Content-Encoding", encoding)];
        Say::Reply { status: 200, headers: headers.map(|(n, v)| (n.to_owned(), v.to_owned())).to_vec(), body }
    };
    let whole = packed(b"{\"pending\":51}");
    let two_members = [packed(b"{\"pending\":"), packed(b"51}")].concat();
    let fits = format!("{{\"pending\":51{}}}", " ".repeat((1 << 20) - 14));
    for (encoding, body) in
        [("gzip", whole.clone()), ("GZip", whole.clone()), ("gzip", two_members), ("gzip", packed(fits.as_bytes()))]
    {
        http.on("/", say(encoding, body));
        assert_eq!(poll(&http.url("/")).unwrap().facts["body"].get("pending"), Some(&Value::Int(51)));
    }
    let broken = "broken gzip";
    for (encoding, body, cause, words) in [
        ("gzip", whole[..whole.len() - 9].to_vec(), Cause::Malformed, broken),
        ("gzip", [&whole[..whole.len() - 8], &[0; 8]].concat(), Cause::Malformed, broken),
        ("gzip", b"{\"pending\":51}".to_vec(), Cause::Malformed, broken),
        ("gzip, gzip", whole.clone(), Cause::Malformed, "content encoding 'gzip, gzip'"),
        ("identity", vec![b' '; (1 << 20) + 1], Cause::TooLarge, "body above 1 MiB"),
    ] {
        http.on("/", say(encoding, body));
        let error = poll(&http.url("/")).map(|answer| answer.facts).unwrap_err();
        let kind = if cause == Cause::TooLarge { "too large" } else { "malformed" };
        assert_eq!(error, ProbeError::new(cause, format!("{kind}: {words} from {at}")), "{encoding}");
    }
}

#[test]
fn one_huge_field_stays_off_the_screen() {
    let http = Http::start();
    http.on("/", Say::json(200, &format!(r#"{{"a":"{}"}}"#, "x".repeat(900_000))));
    let answer = poll(&http.url("/")).unwrap();
    assert_eq!(answer.facts["body"].get("a").and_then(Value::as_str).map(str::len), Some(900_000));
    assert!(answer.facts["text"].as_str().unwrap().len() <= 64 * 1024);
    assert!(detail(&answer).body.iter().all(|line| line.as_str().len() < 300), "H09");
}

#[test]
fn odd_headers_are_read_and_no_reason_to_panic() {
    let http = Http::start();
    let raw = b"HTTP/1.1 200 OK\r\nX-Odd: caf\xe9\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\n\r\n{}";
    http.on("/", Say::Raw(raw.to_vec()));
    let answer = poll(&http.url("/")).unwrap();
    assert_eq!(answer.facts["headers"].get("x-odd").and_then(Value::as_str), Some("caf\u{fffd}"));
    assert_eq!(answer.facts["headers"].get("set-cookie").and_then(Value::as_str), Some("a=1, b=2"));
}

#[test]
fn a_redirect_is_told_and_not_followed() {
    let (http, other) = (Http::start(), Http::start());
    other.otherwise(Say::json(200, r#"{"status":"healthy"}"#));
    http.on("/", Say::redirect(&other.url("/login?token=abc")));
    let toml = format!("probe.http = {{ url = \"{}\", headers = {{ X-API-Key = \"${{key}}\" }} }}", http.url("/"));
    let answer = runtime().block_on(prober(&component(&toml).probe, PATIENCE).poll(0.0)).unwrap();
    let words = format!("redirected to 127.0.0.1 by {}", host(&http));
    assert_eq!(answer.trouble, Some(ProbeError::new(Cause::Redirected, words)));
    assert_eq!(http.hits()[0].header("x-api-key"), Some("s3cret-key"));
    assert!(other.hits().is_empty(), "the key went to another host");
}

#[test]
fn secrets_reach_the_server_and_nothing_else() {
    let http = Http::start();
    http.otherwise(Say::json(500, r#"{"you sent":"s3cret-key","url":"http://u:hunter2@h/"}"#));
    let base = http.url("").replace("http://", "http://me:hunter2@");
    let toml = format!(
        "probe.http = {{ url = \"{base}/a/${{key}}?token=${{key}}&n=1\", headers = {{ Authorization = \"Bearer ${{key}}\" }} }}"
    );
    let answer = runtime().block_on(prober(&component(&toml).probe, PATIENCE).poll(0.0)).unwrap();
    let hit = &http.hits()[0];
    assert_eq!(hit.header("authorization"), Some("Bearer s3cret-key"));
    assert_eq!((hit.path.as_str(), hit.query.as_str()), ("/a/s3cret-key", "token=s3cret-key&n=1"));
    let shown = format!("{:?} {:?}", detail(&answer), answer.trouble);
    assert!(!shown.contains("s3cret") && !shown.contains("hunter2"), "{shown}");
    assert_eq!(detail(&answer).url, format!("http://***@{}/a/***?token=***&n=***", host(&http)));
}

#[test]
fn the_body_of_a_503_is_judged() {
    let http = Http::start();
    let spec = component(&format!(
        "probe.http = {{ url = \"{}\" }}\n\
         healthy = \"status == 200 && body.status == 'healthy'\"\n\
         degraded = \"body.status == 'degraded' || body.status == 'warning'\"\n\
         [signal]\n\
         rss = {{ value = \"body.memory.rss_mb\", unit = \"MB\" }}",
        http.url("/health")
    ));
    let body = |status: &str| format!(r#"{{"status":"{status}","memory":{{"rss_mb":2100.5}}}}"#);
    let rows = [
        (200, "healthy", State::Up, None),
        (200, "degraded", State::Degraded, Some("answers 200, says 'degraded'".to_owned())),
        (200, "starting", State::Down, Some("answers 200, says 'starting'".to_owned())),
        (503, "critical", State::Down, Some(format!("503 from {}, says 'critical'", host(&http)))),
    ];
    for (code, status, state, reason) in rows {
        http.on("/health", Say::json(code, &body(status)));
        let answer = runtime().block_on(prober(&spec.probe, PATIENCE).poll(0.0)).unwrap();
        let seen = assess::assess(&spec, answer);
        assert_eq!((seen.state, seen.reason.map(|reason| reason.text)), (state, reason), "{code} {status}");
        assert_eq!(seen.signals[0].value, Ok(Value::Number(2100.5)), "{code} {status}");
    }
    http.on("/health", Say::reply(200, "text/html", "<p>Sign in</p>"));
    let answer = runtime().block_on(prober(&spec.probe, PATIENCE).poll(0.0)).unwrap();
    let seen = assess::assess(&spec, answer);
    let words = format!("malformed: HTML instead of JSON from {}", host(&http));
    assert_eq!((seen.state, seen.reason.map(|reason| reason.text)), (State::Unknown, Some(words)), "N11");
    assert!(seen.signals[0].value.is_err());
}

#[test]
fn further_urls_are_read_in_the_same_poll_and_do_not_fail_it() {
    let mut http = Http::start();
    http.on("/wal/stats", Say::json(200, r#"{"pending":51}"#));
    http.on("/wal/pending", Say::json(200, r#"{"entries":[{"id":1}]}"#));
    http.on("/wal/failed", Say::json(500, "{}"));
    let toml = format!(
        "probe.http = {{ url = \"{0}/wal/stats\", headers = {{ X-API-Key = \"${{key}}\" }}, \
         also = {{ pending = \"{0}/wal/pending\", failed = \"{0}/wal/failed\" }} }}",
        http.url("")
    );
    let answer = runtime().block_on(prober(&component(&toml).probe, PATIENCE).poll(0.0)).unwrap();
    assert_eq!((&answer.trouble, answer.facts["body"].get("pending")), (&None, Some(&Value::Int(51))));
    let also = &answer.facts["also"];
    assert_eq!(
        also.get("pending").and_then(|p| p.get("entries")).and_then(Value::as_list).map(<[Value]>::len),
        Some(1)
    );
    assert_eq!(also.get("failed"), None);
    let failed = &detail(&answer).also[1];
    assert_eq!((failed.0.as_str(), failed.1.as_str()), ("failed", format!("500 from {}", host(&http)).as_str()));
    assert!(http.hits().iter().all(|hit| hit.header("x-api-key") == Some("s3cret-key")));
    assert_eq!(http.stub().accepted(), 1, "one connection for one origin");
}

#[test]
fn a_server_that_serves_one_connection_at_a_time_is_not_blocked() {
    // C09: HTTP/1.1 with keep-alive, one connection after the other
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        for stream in listener.incoming().take(4) {
            let mut stream = stream.unwrap();
            let mut buffer = [0; 4096];
            while stream.read(&mut buffer).is_ok_and(|n| n > 0) {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
            }
        }
    });
    runtime().block_on(async {
        let spec = component(&format!("probe.http = {{ url = \"http://{address}/health\" }}"));
        let mut ours = prober(&spec.probe, PATIENCE);
        for _ in 0..2 {
            ours.poll(0.0).await.unwrap();
            let began = Instant::now();
            let mut theirs = prober(&spec.probe, PATIENCE);
            theirs.poll(0.0).await.unwrap();
            assert!(began.elapsed() < Duration::from_secs(10), "a second client had to wait for us");
        }
    });
    server.join().unwrap();
}

#[test]
fn a_kept_connection_that_the_server_closed_fails_no_poll() {
    let mut http = Http::start();
    http.on("/", Say::json(200, "{}"));
    let spec = component(&format!("probe.http = {{ url = \"{}\", keep_alive = true }}", http.url("/")));
    let runtime = runtime();
    let mut prober = prober(&spec.probe, PATIENCE);
    for _ in 0..3 {
        runtime.block_on(prober.poll(0.0)).unwrap();
    }
    assert_eq!(http.stub().accepted(), 1, "kept between polls");
    http.stub().drop_connections();
    runtime.block_on(prober.poll(0.0)).unwrap();
    assert_eq!(http.stub().accepted(), 2);
}

#[test]
fn a_slow_reader_of_small_pieces_is_still_up() {
    // N09
    let http = Http::start();
    let bytes =
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"status\":\"up\"}".to_vec();
    http.on("/", Say::Drip { bytes, piece: 1, every: Duration::from_millis(1) });
    let answer = poll(&http.url("/")).unwrap();
    assert_eq!(answer.facts["body"].get("status").and_then(Value::as_str), Some("up"));
}

#[test]
fn the_drill_down_tells_the_servers_clock() {
    let http = Http::start();
    let raw = "HTTP/1.1 200 OK\r\nDate: Sun, 22 Nov 2026 12:00:42 GMT\r\nContent-Length: 11\r\n\r\n{\"a\": [1]} ";
    http.on("/", Say::Raw(raw.into()));
    let spec = component(&format!("probe.http = {{ url = \"{}\" }}", http.url("/")));
    let answer = runtime().block_on(prober(&spec.probe, PATIENCE).poll(1_795_348_800.0)).unwrap();
    let detail = detail(&answer);
    let date = detail.date.as_ref().map(Shown::as_str);
    assert_eq!(date, Some("Sun, 22 Nov 2026 12:00:42 GMT (clock 42 s ahead of ours)"));
    assert_eq!(detail.body.iter().map(Shown::as_str).collect::<Vec<_>>(), ["{", "  \"a\": [", "    1", "  ]", "}"]);
}
