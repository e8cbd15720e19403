//! Statements in one transaction against a real PostgreSQL: all or nothing, whatever happens half-way.

use std::time::Duration;

use midwatch::action::{Count, Done, End, SqlCall, SqlStep};
use midwatch::base::{Filled, Redactor};
use midwatch::runtime::run::sql::{self, SqlTerms};
use tokio::sync::watch;

use crate::support::eventually::eventually;
use crate::support::postgres_server::{Postgres, Session};

const PATIENCE: Duration = Duration::from_secs(60);

const TABLES: &str = "CREATE TYPE mood AS ENUM ('calm', 'wild'); \
    CREATE TABLE t (id int PRIMARY KEY, n numeric, data jsonb, at timestamptz, mood mood, ok bool); \
    INSERT INTO t (id, n) VALUES (1, 10), (2, 20); \
    CREATE TABLE child (parent int REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED)";

fn value(text: &str) -> Filled {
    Filled::new(text.to_owned(), text.to_owned())
}

fn step(text: &str, with: &[&str], expect: Option<&str>) -> SqlStep {
    SqlStep {
        text: text.to_owned(),
        with: with.iter().map(|text| value(text)).collect(),
        expect_rows: expect.map(|text| text.parse::<Count>().unwrap()),
        before: None,
        before_is_own: false,
        undo: None,
    }
}

struct Ran {
    done: Done,
    lines: Vec<String>,
}

fn run(
    url: &str,
    statements: Vec<SqlStep>,
    timeout: Duration,
    meanwhile: impl FnOnce(watch::Sender<bool>) + Send + 'static,
) -> Ran {
    let call = SqlCall { url: value(url), statements };
    let (cancel, cancelled) = watch::channel(false);
    let beside = std::thread::spawn(move || meanwhile(cancel));
    let redactor = Redactor::default();
    let mut lines = Vec::new();
    let mut say = |line: &str| lines.push(line.to_owned());
    let terms = SqlTerms { timeout, cancelled, redactor: &redactor, say: &mut say };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let done = runtime.block_on(sql::run(&call, terms));
    beside.join().unwrap();
    Ran { done, lines }
}

fn plainly(url: &str, statements: Vec<SqlStep>) -> Ran {
    run(url, statements, PATIENCE, |_| {})
}

fn numbers(url: &str) -> Vec<String> {
    Session::open(url).run("SELECT n FROM t ORDER BY id").into_iter().filter_map(|mut row| row.remove(0)).collect()
}

#[test]
fn what_fails_half_way_changes_nothing() {
    let server = Postgres::shared();
    let url = server.database("half_way", TABLES);
    let first = || step("UPDATE t SET n = $1 WHERE id = $2", &["11", "1"], Some("1"));
    for (second, end, words) in [
        (
            step("UPDATE t SET n = 0 WHERE id = 9", &[], Some("1")),
            End::Failed,
            "statement 2 of 2: expected 1 row, got 0; nothing is changed",
        ),
        (step("UPDATE t SET n = 0", &[], Some("1")), End::Failed, "expected 1 row, got 2; nothing is changed"),
        (step("UPDATE t SET n = 0", &[], Some("3..5")), End::Failed, "expected 3 to 5 rows, got 2"),
        (
            step("UPDATE t SET data = $1 WHERE id = 1", &["{broken"], None),
            End::Failed,
            "invalid input syntax for type json (22P02)",
        ),
        (step("UPDATE t SET n = 1 / (id - id)", &[], None), End::Failed, "division by zero (22012)"),
        (step("INSERT INTO child VALUES (9)", &[], Some("1")), End::Failed, "violates foreign key constraint"),
        (
            step("UPDATE nowhere SET n = 0", &[], None),
            End::Failed,
            "statement 2 of 2: schema: relation \"nowhere\" does not exist (42P01)",
        ),
        (step("UPDATE t SET n = $1", &[], None), End::Failed, "it takes 1 parameters, and 0 are given"),
        (step("UPDATE t SET n = 1", &["x"], None), End::Failed, "it takes 0 parameters, and 1 are given"),
        (
            step("SELECT pg_terminate_backend(pg_backend_pid())", &[], None),
            End::Failed,
            "ended by the administrator (57P01)",
        ),
    ] {
        let text = second.text.clone();
        let ran = plainly(&url, vec![first(), second]);
        println!("A10 | {text} | {:?} | {}", ran.done.end, ran.done.reason);
        assert_eq!(ran.done.end, end, "{text}: {}", ran.done.reason);
        assert!(ran.done.reason.contains(words), "{text}: {}", ran.done.reason);
        assert!(!ran.done.reason.contains("s3cret"));
        assert_eq!(numbers(&url), ["10", "20"], "{text}");
    }
}

#[test]
fn slow_locked_and_cancelled_statements_change_nothing() {
    let server = Postgres::shared();
    let url = server.database("slow", TABLES);
    let slow = || vec![step("UPDATE t SET n = 0", &[], None), step("/* sleeps */ SELECT pg_sleep(100)", &[], None)];
    let ran = run(&url, slow(), Duration::from_millis(800), |_| {});
    assert_eq!(ran.done.end, End::TimedOut, "{}", ran.done.reason);
    assert_eq!(numbers(&url), ["10", "20"]);
    let watcher = url.clone();
    let ran = run(&url, slow(), PATIENCE, move |cancel| {
        let watcher = Session::open(&watcher);
        let asleep = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'slow' AND query LIKE '/* sleeps */%' AND wait_event = 'PgSleep'";
        eventually("it sleeps", PATIENCE, || (watcher.run(asleep)[0][0].as_deref() == Some("1")).then_some(()));
        cancel.send_replace(true);
    });
    assert_eq!((ran.done.end, ran.done.reason.as_str()), (End::Cancelled, "cancelled: all of it is rolled back"));
    Session::open(&url).run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '/* sleeps */%'");
    assert_eq!(numbers(&url), ["10", "20"]);
    let holder = Session::open(&url);
    holder.run("BEGIN; LOCK TABLE t");
    let ran = plainly(&url, vec![step("UPDATE t SET n = 0", &[], None)]);
    assert_eq!(ran.done.end, End::Failed);
    assert!(
        ran.done.reason.contains("waits for a lock that somebody holds (55P03); nothing is changed"),
        "{}",
        ran.done.reason
    );
}

#[test]
fn values_go_beside_the_text_and_are_read_as_what_is_wanted() {
    let server = Postgres::shared();
    let url = server.database("values_beside", TABLES);
    let nasty = "'; DROP TABLE t; --";
    let text = "UPDATE t SET n = $1, data = $2, at = $3, mood = $4, ok = $5 WHERE id = $6 RETURNING id, data";
    let json = format!("{{\"x\": \"{nasty}\"}}");
    let set = step(text, &["1e3", &json, "2026-11-22 02:50:00+00", "wild", "true", "1"], Some("1"));
    let ran = plainly(&url, vec![set]);
    assert_eq!((ran.done.end, ran.done.reason.as_str()), (End::Accepted, "1 statement, 1 row"));
    assert!(
        ran.lines[0].starts_with("statement 1: id = 1, data = '{\"x\":\"''; DROP TABLE t; --\"}'"),
        "{:?}",
        ran.lines
    );
    let row = Session::open(&url).run("SELECT n, data ->> 'x', at AT TIME ZONE 'UTC', mood, ok FROM t WHERE id = 1");
    let expected = ["1000", nasty, "2026-11-22 02:50:00", "wild", "t"].map(|text| Some(text.to_owned()));
    assert_eq!(row, [expected.to_vec()]);
    let ran = plainly(&url, vec![step("UPDATE t SET n = $1 WHERE id = 1", &["1; DROP TABLE t"], None)]);
    assert!(ran.done.reason.contains("invalid input syntax for type numeric"), "{}", ran.done.reason);
}

#[test]
fn a_look_says_what_it_would_come_to_and_changes_nothing() {
    let server = Postgres::shared();
    let url = server.database("looks", TABLES);
    let mut raise = step("UPDATE t SET n = n + $1", &["5"], Some("1.."));
    raise.before = Some(("SELECT id, n FROM t ORDER BY id".to_owned(), raise.with.clone()));
    raise.undo = Some("UPDATE t SET n = {n} WHERE id = {id}".to_owned());
    let call = SqlCall { url: value(&url), statements: vec![raise] };
    let look = |tries: bool| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(sql::look(&call, tries, PATIENCE, &Redactor::default())).unwrap()
    };
    assert_eq!(look(false)[0].rows, None, "only prepared where nothing may run");
    let came = look(true).remove(0);
    assert_eq!((came.rows, came.before), (Some(2), vec!["id = 1, n = 10".to_owned(), "id = 2, n = 20".to_owned()]));
    assert_eq!(came.undo, ["UPDATE t SET n = 10 WHERE id = 1", "UPDATE t SET n = 20 WHERE id = 2"]);
    assert_eq!(numbers(&url), ["10", "20"]);
    let done = plainly(&url, call.statements.clone()).done;
    assert_eq!(numbers(&url), ["15", "25"]);
    for statement in done.undo.unwrap().split("; ") {
        Session::open(&url).run(statement);
    }
    assert_eq!(numbers(&url), ["10", "20"], "the undo that is told undoes it");
}
