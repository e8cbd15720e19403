//! The `postgres` probe against a real PostgreSQL, and against one that speaks nonsense: fault rows P01-P09.

use std::time::Duration;

use midwatch::base::{Cause, Redactor, Secret, State, Variables};
use midwatch::probe::{Answer, ComponentSpec, Detail, ProbeError, Prober, assess};
use midwatch::signal::Value;

use crate::support::eventually::eventually;
use crate::support::postgres_server::{Postgres, Session, is_closed};
use crate::support::tcp_stub::TcpStub;

/// Longer than any poll of these tests takes when nothing is wrong with the probe.
const PATIENCE: Duration = Duration::from_secs(60);
/// For polls that are meant to be ended.
const SHORT: Duration = Duration::from_millis(600);

fn component(url: &str, query: &str) -> ComponentSpec {
    let table = toml::Table::from_iter([("url", url), ("query", query)].map(|(k, v)| (k.to_owned(), v.into())));
    let probe = toml::Table::from_iter([("postgres".to_owned(), table.into())]);
    toml::Table::from_iter([("probe".to_owned(), probe.into())]).try_into().unwrap()
}

fn prober(url: &str, query: &str, timeout: Duration) -> Prober {
    Prober::new(&component(url, query).probe, timeout, &Variables::default(), &Redactor::default()).unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn poll(url: &str, query: &str) -> Result<Answer, ProbeError> {
    poll_within(url, query, PATIENCE)
}

fn poll_within(url: &str, query: &str, timeout: Duration) -> Result<Answer, ProbeError> {
    runtime().block_on(prober(url, query, timeout).poll(0.0))
}

/// The first row of an answer.
fn row(url: &str, query: &str) -> Value {
    poll(url, query).unwrap().facts["row"].clone()
}

#[test]
fn every_type_is_told_as_what_it_is() {
    let server = Postgres::shared();
    let url = server.database(
        "types",
        "CREATE TYPE mood AS ENUM ('calm', 'wild'); CREATE DOMAIN cents AS int; CREATE EXTENSION citext",
    );
    let text = |text: &str| Value::from(text);
    let list = |items: &[Value]| Value::from(items.to_vec());
    let json = Value::from_json(serde_json::json!({"a": [1, null], "b": "x"}));
    for (sql, expected) in [
        ("true", Value::Bool(true)),
        ("7::int2", Value::Int(7)),
        ("-7::int4", Value::Int(-7)),
        ("9223372036854775807::int8", Value::Int(i64::MAX)),
        ("0.5::float4", Value::Number(0.5)),
        ("0.1::float8", Value::Number(0.1)),
        ("12.50::numeric", Value::Number(12.5)),
        ("0.000012::numeric", Value::Number(0.000_012)),
        ("-42::numeric", Value::Int(-42)),
        ("avg(x) FROM (VALUES (1), (2), (4)) AS t (x)", Value::Number(7.0 / 3.0)),
        ("123456789012345678.5::numeric", text("123456789012345678.5")),
        ("'x'::text", text("x")),
        ("'x'::varchar(3)", text("x")),
        ("'wild'::mood", text("wild")),
        ("5::cents", Value::Int(5)),
        ("'CaSe'::citext", text("CaSe")),
        ("'2026-11-22 02:50:00.25+00'::timestamptz", text("2026-11-22T02:50:00.25Z")),
        ("'2026-11-22 02:50:00'::timestamp", text("2026-11-22T02:50:00")),
        ("'2026-11-22'::date", text("2026-11-22")),
        ("'23:59:59'::time", text("23:59:59")),
        ("interval '1 day 01:00:00.5'", Value::Number(90_000.5)),
        ("extract(epoch FROM interval '1 year 2 months')", Value::Number(36_741_600.0)),
        ("interval '1 year 2 months'", Value::Number(36_741_600.0)),
        ("'{\"a\": [1, null], \"b\": \"x\"}'::json", json.clone()),
        ("'{\"a\": [1, null], \"b\": \"x\"}'::jsonb", json),
        ("'00000000-0000-4000-8000-000000000001'::uuid", text("00000000-0000-4000-8000-000000000001")),
        ("ARRAY[1, NULL, 3]", list(&[Value::Int(1), Value::Null, Value::Int(3)])),
        ("ARRAY[['a'], ['b']]", list(&[list(&[text("a")]), list(&[text("b")])])),
        ("ARRAY['calm'::mood]", list(&[text("calm")])),
        ("'{}'::int[]", list(&[])),
        ("'10.0.0.1'::inet", text("10.0.0.1")),
        ("'10.0.0.0/8'::cidr", text("10.0.0.0/8")),
        ("'\\xdeadbeef'::bytea", text("\\xdeadbeef")),
        ("NULL::int", Value::Null),
        ("int4range(1, 3)", text("(int4range, 17 bytes: select it as text)")),
    ] {
        let sql = format!("SELECT {}", sql.replacen(" FROM (", " AS v FROM (", 1));
        let sql = if sql.contains(" AS v ") { sql } else { format!("{sql} AS v") };
        assert_eq!(row(&url, &sql).get("v"), Some(&expected), "{sql}");
    }
}

#[test]
fn rows_are_facts_and_signals_and_a_table_and_no_row_is_missing() {
    let server = Postgres::shared();
    let url = server.database("orders", "CREATE TABLE orders (id int, state text, age_h float8)");
    let query = "/* orders */\nSELECT id, state, age_h -- the oldest first\nFROM orders ORDER BY age_h DESC;\n";
    let mut spec = component(&url, query);
    let cel = "[signal]\ncount = 'size(rows)'\noldest = 'row.age_h'\nstuck = 'rows.filter(r, r.age_h > 2.0).size()'";
    spec.signal = toml::from_str::<toml::Table>(cel).unwrap()["signal"].clone().try_into().unwrap();
    spec.healthy = Some(midwatch::expr::Expr::compile("row_count < 3").unwrap());
    let seen = |spec: &ComponentSpec| {
        let mut prober = Prober::new(&spec.probe, PATIENCE, &Variables::default(), &Redactor::default()).unwrap();
        assess::assess(spec, runtime().block_on(prober.poll(0.0)).unwrap())
    };
    let value = |seen: &assess::Observation, name: &str| {
        seen.signals.iter().find(|s| s.name.as_str() == name).unwrap().value.clone().map_err(|why| why.to_string())
    };
    let empty = seen(&spec);
    assert_eq!(value(&empty, "row_count"), Ok(Value::Int(0)));
    assert!(value(&empty, "oldest").is_err(), "no row is no number");
    let Detail::Table { columns, rows, cut } = &empty.detail else { panic!("no table") };
    assert_eq!((columns.len(), rows.len(), cut), (3, 0, &None), "columns are told where there is no row");
    Session::open(&url).run("INSERT INTO orders VALUES (1, 'pending', 1.5), (2, E'\\x1b[2J', 3.5), (3, NULL, NULL)");
    let three = seen(&spec);
    assert_eq!(three.state, State::Down);
    assert_eq!(value(&three, "count"), Ok(Value::Int(3)));
    assert!(value(&three, "oldest").unwrap_err().contains("null"), "a null is missing: nulls come first");
    assert_eq!(value(&three, "rows").unwrap().as_list().unwrap().len(), 3);
    let Detail::Table { rows, .. } = &three.detail else { panic!("no table") };
    assert_eq!(rows[0].iter().map(midwatch::base::Shown::as_str).collect::<Vec<_>>(), ["3", "", ""]);
    assert!(rows.iter().flatten().all(|cell| !cell.as_str().contains('\u{1b}')), "{rows:?}");
}

#[test]
fn many_rows_and_much_text_are_cut_and_told() {
    let server = Postgres::shared();
    let cut = |query: &str| {
        let answer = poll(&server.url(), query).unwrap();
        let Detail::Table { rows, cut, .. } = answer.detail else { panic!("no table") };
        (rows.len(), cut, answer.facts.get("row_count").cloned())
    };
    let told = Some("first 500 of 1204 rows".to_owned());
    assert_eq!(cut("SELECT * FROM generate_series(1, 1204)"), (500, told, Some(Value::Int(1204))));
    let told = Some("first 10 rows: the answer is larger than 1 MiB".to_owned());
    assert_eq!(
        cut("SELECT repeat('x', 100000) FROM generate_series(1, 1000000)"),
        (10, told, None),
        "what was not counted is no number"
    );
    let told = Some("first 0 rows: the answer is larger than 1 MiB".to_owned());
    assert_eq!(cut("SELECT repeat('x', 100000000)"), (0, told, None), "one row may be more than all that is read");
    assert_eq!(cut("SELECT 1").2, Some(Value::Int(1)), "and the next poll is as good as any");
}

#[test]
fn all_components_of_a_url_share_one_connection_and_leave_no_transaction_open() {
    let server = Postgres::shared();
    let url = server.database("sharing", "");
    let watcher = Session::open(&server.url());
    let sessions = "SELECT state, query FROM pg_stat_activity WHERE datname = 'sharing'";
    let runtime = runtime();
    let mut probers: Vec<Prober> = (0..5).map(|n| prober(&url, &format!("SELECT {n}"), PATIENCE)).collect();
    runtime.block_on(futures_util::future::join_all(probers.iter_mut().map(|prober| prober.poll(0.0))));
    for prober in &mut probers {
        runtime.block_on(prober.poll(0.0)).unwrap();
    }
    assert_eq!(watcher.run(sessions), [[Some("idle".to_owned()), Some("ROLLBACK".to_owned())]]);
    let name = "SELECT application_name FROM pg_stat_activity WHERE datname = 'sharing'";
    assert_eq!(watcher.run(name), [[Some("midwatch".to_owned())]]);
    drop((runtime, probers));
    // what it is can be read while it runs, by its leading comment
    let query = "/* midwatch: orders */ SELECT query, current_setting('statement_timeout') AS most, \
                 current_setting('lock_timeout') AS lock FROM pg_stat_activity WHERE pid = pg_backend_pid()";
    let row = row(&url, query);
    assert!(row.get("query").unwrap().as_str().unwrap().starts_with("/* midwatch: orders */ SELECT"));
    assert_eq!(row.get("lock"), Some(&"1s".into()));
    assert!(row.get("most").unwrap().as_str().unwrap().starts_with("59"), "{row:?}");
}

/// A fault of the P rows, what the poll came to, and what it must come to.
struct Fault {
    row: &'static str,
    what: &'static str,
    came: Result<Answer, ProbeError>,
    cause: Cause,
    words: &'static str,
}

#[test]
fn the_rows_of_faults() {
    let mut table = Vec::new();
    let mut add = |row, what, came, cause, words| table.push(Fault { row, what, came, cause, words });
    let server = Postgres::shared();
    let url = server.database("faults", "CREATE TABLE budget (spent numeric); INSERT INTO budget VALUES (1)");

    let crowded = Postgres::with(&["max_connections=5", "superuser_reserved_connections=0"]);
    let all: Vec<Session> = (0..5).map(|_| Session::open(&crowded.url())).collect();
    let came = poll(&crowded.url(), "SELECT 1");
    add("P01", "every connection is taken", came, Cause::Busy, "too many connections (53300)");
    drop((all, crowded));

    let fatal = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0Fpm.c\0L1\0Rx\0\0";
    let (_stub, starting) = stub(&message(b'E', fatal));
    let came = poll(&starting, "SELECT 1");
    add("P02", "it is starting", came, Cause::Loading, "not ready: the database system is starting up (57P03)");

    let ended = "SELECT pg_terminate_backend(pg_backend_pid())";
    let came = poll(&url, ended);
    add("P02", "our session is ended while it asks", came, Cause::ConnectionLost, "ended by the administrator (57P01)");

    let came = poll_within(&url, "SELECT pg_sleep(30)", SHORT);
    add("P03", "a slow query", came, Cause::TimedOut, "timed out (statement): the server ended it (57014)");
    let holder = Session::open(&url);
    holder.run("BEGIN; LOCK TABLE budget");
    let came = poll(&url, "SELECT * FROM budget");
    add("P03", "a lock is held", came, Cause::Busy, "waits for a lock that somebody holds (55P03)");
    drop(holder);

    for sql in ["UPDATE budget SET spent = 0", "CREATE TABLE x ()", "SELECT nextval('s')"] {
        server.run("SELECT 1");
        if sql.contains("nextval") {
            Session::open(&url).run("CREATE SEQUENCE s");
        }
        let came = poll(&url, sql);
        add("P04", sql, came, Cause::Unauthorized, "refused: it writes, and may only read (25006)");
    }

    server.run("CREATE ROLE watcher LOGIN PASSWORD 'hunter2-hunter2'");
    let watcher = url.replace(&server.url()[..server.url().find('@').unwrap()], "postgresql://watcher:hunter2-hunter2");
    let came = poll(&watcher, "SELECT * FROM budget");
    add("P05", "no grant", came, Cause::Unauthorized, "unauthorized: permission denied for table budget (42501)");
    let wrong = watcher.replace("hunter2-hunter2", "hunter2-hunter3");
    let came = poll(&wrong, "SELECT 1");
    add(
        "P05",
        "a wrong password",
        came,
        Cause::Unauthorized,
        "password authentication failed for user \"watcher\" (28P01)",
    );
    let came = poll(&url.replace("/faults", "/nowhere"), "SELECT 1");
    add(
        "P05",
        "no such database",
        came,
        Cause::MissingField,
        "no such database: database \"nowhere\" does not exist (3D000)",
    );

    let came = poll(&url, "SELECT * FROM budgets");
    add("P06", "no such table", came, Cause::MissingField, "schema: relation \"budgets\" does not exist (42P01)");
    let came = poll(&url, "SELECT spend FROM budget");
    add("P06", "no such column", came, Cause::MissingField, "schema: column \"spend\" does not exist (42703)");
    let came = poll(&url, "SELEC 1");
    add(
        "P06",
        "no SQL",
        came,
        Cause::Malformed,
        "the server does not read it: syntax error at or near \"SELEC\" (42601)",
    );
    let came = poll(&url, "SELECT 1; SELECT 2");
    add("P06", "two statements", came, Cause::Malformed, "multiple commands into a prepared statement (42601)");
    let came = poll(&url, "SELECT $1::int");
    add("P06", "a parameter", came, Cause::Malformed, "the query has parameters, and none is given");

    for (what, bytes, cause, words) in hostile_at_log_in() {
        let (_stub, at) = stub(&bytes);
        let came = poll_within(&at, "SELECT 1", SHORT);
        add("P07", what, came, cause, words);
    }
    for (what, row) in hostile_rows() {
        let stub = stub_of_rows(row);
        let came = poll(&format!("postgresql://u@{}/d?sslmode=disable", stub.address()), "SELECT 1");
        add("P07", what, came, Cause::Malformed, "malformed: ");
    }
    let silent = TcpStub::start(|_, stop| stop.wait());
    let came = poll_within(&format!("postgresql://u@{}/d?sslmode=disable", silent.address()), "SELECT 1", SHORT);
    add("P07", "silence", came, Cause::TimedOut, "timed out (log-in) after 600ms");
    let came = poll(&format!("{url}?sslmode=require"), "SELECT 1");
    add("TLS", "asked for, and there is none", came, Cause::Tls, "TLS: the server has none");

    let mut wrong = Vec::new();
    for Fault { row, what, came, cause, words } in table {
        let error = came.map(|answer| answer.facts).expect_err(what);
        println!("{row} | {what} | {} | {error}", error.cause);
        let leaks = ["hunter2", "s3cret", "postgresql://"].iter().any(|secret| error.text.contains(secret));
        if error.cause != cause || !error.text.contains(words) || leaks {
            wrong.push(format!("{row} {what}: {error:?}, expected {cause:?} {words}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // P08
    for (sql, expected) in [
        ("'NaN'::float8", Value::Null),
        ("'NaN'::numeric", Value::Null),
        ("NULL::numeric", Value::Null),
        ("'Infinity'::float8", "Infinity".into()),
        ("'-Infinity'::numeric", "-Infinity".into()),
        ("'infinity'::timestamptz", "infinity".into()),
        ("'-infinity'::date", "-infinity".into()),
        ("10::numeric ^ 300", Value::Text(format!("1{}.0000000000000000", "0".repeat(300)))),
    ] {
        let value = self::row(&url, &format!("SELECT {sql} AS v")).get("v").cloned();
        println!("P08 | {sql} | {value:?}");
        assert_eq!(value, Some(expected), "P08 {sql}");
    }
}

/// A server that says so whatever it hears, and its URL.
fn stub(bytes: &[u8]) -> (TcpStub, String) {
    let stub = TcpStub::saying(bytes);
    let url = format!("postgresql://u:hunter2@{}/d?sslmode=disable", stub.address());
    (stub, url)
}

/// A message of the protocol.
fn message(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
    [&[tag][..], &length, body].concat()
}

/// What servers of the worst kind say when they are called (P07).
fn hostile_at_log_in() -> Vec<(&'static str, Vec<u8>, Cause, &'static str)> {
    let endless = [message(b'R', &[0; 4]), endless(&message(b'N', b"SNOTICE\0\0"))].concat();
    vec![
        ("HTTP", b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(), Cause::Malformed, "protocol from 127.0.0.1"),
        ("a message of 2 GiB", b"R\x7f\xff\xff\xff".to_vec(), Cause::TimedOut, "timed out (log-in)"),
        ("a message of no length", b"R\0\0\0\0".to_vec(), Cause::Malformed, "not the PostgreSQL protocol"),
        ("endless notices", endless, Cause::TooLarge, "larger than 1 MiB"),
    ]
}

/// Rows of one column that are none (P07).
fn hostile_rows() -> [(&'static str, Vec<u8>); 3] {
    [
        ("a row that is too short", message(b'D', &[0, 2, 0, 0, 0, 4, 0, 0, 0, 1])),
        ("a cell that is too long", message(b'D', &[0, 1, 0x7f, 0xff, 0xff, 0xff, 1])),
        ("a cell of another type", message(b'D', &[0, 1, 0, 0, 0, 3, 1, 2, 3])),
    ]
}

/// A server that is in order but for its rows.
fn stub_of_rows(row: Vec<u8>) -> TcpStub {
    let welcome = [message(b'R', &[0; 4]), message(b'K', &[0; 8]), message(b'Z', b"I")].concat();
    let column = message(b'T', b"\0\x01v\0\0\0\0\0\0\0\0\0\0\x17\0\x04\xff\xff\xff\xff\0\0");
    TcpStub::start(move |stream, _| {
        use std::io::{Read as _, Write as _};
        let mut heard = [0; 4096];
        while let Ok(count @ 1..) = stream.read(&mut heard) {
            let heard = &heard[..count];
            let mut says = Vec::new();
            match heard[0] {
                b'B' => says.extend([message(b'2', b""), row.clone(), message(b'Z', b"T")].concat()),
                b'Q' => says.extend([message(b'C', b"BEGIN\0"), message(b'Z', b"T")].concat()),
                b'P' | b'C' => {}
                _ => says.extend(&welcome),
            }
            // the statement is sent right behind BEGIN
            if heard.contains(&b'P') && heard.windows(8).any(|part| part == b"SELECT 1") {
                let parsed = [message(b'1', b""), message(b't', &[0, 0]), column.clone(), message(b'Z', b"T")];
                says.extend(parsed.concat());
            }
            if stream.write_all(&says).is_err() {
                return;
            }
        }
    })
}

fn endless(message: &[u8]) -> Vec<u8> {
    message.repeat((3 << 20) / message.len())
}

#[test]
fn ten_to_the_nine_rounds_of_scram_are_not_made() {
    // P07: a server may not keep the thread busy for minutes
    let message = |kind: u32, rest: &[u8]| {
        let length = u32::try_from(rest.len() + 8).unwrap().to_be_bytes();
        [&b"R"[..], &length, &kind.to_be_bytes(), rest].concat()
    };
    let stub = TcpStub::start(move |stream, _| {
        use std::io::{Read as _, Write as _};
        let mut heard = [0; 4096];
        let _ = stream.read(&mut heard);
        let _ = stream.write_all(&message(10, b"SCRAM-SHA-256\0\0"));
        let count = stream.read(&mut heard).unwrap_or(0);
        let said = String::from_utf8_lossy(&heard[..count]).into_owned();
        let nonce = said.split("r=").nth(1).unwrap_or_default();
        let first = format!("r={nonce}more,s=c2FsdA==,i=1000000000");
        let _ = stream.write_all(&message(11, first.as_bytes()));
        let _ = stream.read(&mut heard);
    });
    let url = format!("postgresql://u:hunter2@{}/d?sslmode=disable", stub.address());
    let error = poll(&url, "SELECT 1").unwrap_err();
    assert_eq!(error.cause, Cause::Unauthorized, "{error}");
}

#[test]
fn a_session_that_was_ended_or_a_restart_between_two_polls_fails_none() {
    // P02
    let mut server = Postgres::with(&["idle_session_timeout=50ms"]);
    let runtime = runtime();
    let mut prober = prober(&server.url(), "SELECT pg_backend_pid() AS pid", PATIENCE);
    let mut pid = || runtime.block_on(prober.poll(0.0)).map(|answer| answer.facts["row"].get("pid").unwrap().clone());
    let first = pid().unwrap();
    let watcher = Session::open(&format!("{}?options=-cidle_session_timeout%3D0", server.url()));
    let alive = format!("SELECT count(*) FROM pg_stat_activity WHERE pid = {first}");
    eventually("the idle session is ended", PATIENCE, || {
        (watcher.run(&alive)[0][0].as_deref() == Some("0")).then_some(())
    });
    assert_ne!(pid().unwrap(), first, "a new session, within the same poll");
    drop(watcher);
    server.restart();
    pid().unwrap();
    server.stop();
    let error = pid().unwrap_err();
    assert_eq!(error, ProbeError::new(Cause::Refused, format!("refused 127.0.0.1:{}", server.port())));
    assert!(is_closed(server.port()));
    server.restart();
    pid().unwrap();
}

#[test]
fn no_session_is_assumed_to_be_the_same() {
    // P09: what a transaction pooler hands out next knows nothing of before, and nothing of ours stays behind
    let server = Postgres::shared();
    let url = server.database("pooled", "CREATE TYPE mood AS ENUM ('calm')");
    let query = "SELECT current_setting('statement_timeout') AS most, count(*) AS prepared FROM pg_prepared_statements \
                 WHERE NOT from_sql AND statement LIKE '%prepared%'";
    let runtime = runtime();
    let mut prober = prober(&url, query, PATIENCE);
    for _ in 0..3 {
        let answer = runtime.block_on(prober.poll(0.0)).unwrap();
        assert_eq!(answer.facts["row"].get("prepared"), Some(&Value::Int(1)), "this one, and none of before");
    }
}

#[test]
fn what_a_database_echoes_holds_no_secret() {
    let server = Postgres::shared();
    let key = Secret::new("sk-live-0123456789".to_owned());
    let spec = component(&server.url(), "SELECT 'Bearer sk-live-0123456789' AS header");
    let redactor = Redactor::new([&key]);
    let mut prober = Prober::new(&spec.probe, PATIENCE, &Variables::default(), &redactor).unwrap();
    let seen = assess::assess(&spec, runtime().block_on(prober.poll(0.0)).unwrap()).redacted(&redactor);
    let told = format!("{seen:?}");
    assert!(told.contains("Bearer ***") && !told.contains("sk-live"), "{told}");
}

#[test]
fn tls_is_as_the_sslmode_of_the_url_asks() {
    let server = Postgres::with(&["ssl=on"]);
    let query = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    for (mode, encrypted) in [("disable", false), ("prefer", true), ("require", true)] {
        let row = row(&format!("{}?sslmode={mode}", server.url()), query);
        assert_eq!(row.get("ssl"), Some(&Value::Bool(encrypted)), "{mode}");
    }
    assert_eq!(row(&server.url(), query).get("ssl"), Some(&Value::Bool(true)), "it is preferred");
    let error = poll(&format!("{}?sslmode=verify-full", server.url()), query).unwrap_err();
    assert_eq!(error.cause, Cause::Tls, "nobody signed it: {error}");
}
