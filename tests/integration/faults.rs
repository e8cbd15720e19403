//! The fault matrix: every row does one thing wrong with real sockets, a real Redis or the real rq, and says what a
//! person sees of it, through the program itself or its own pollers. A test prints `row fault -> result` and fails with
//! all rows that differ at once. A row that waits holds up no other.

mod bodies;
mod components;
mod live;
mod look;
mod network;
mod proxy;
mod redis;
mod sabine;
mod watching;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use regex::Regex;

use crate::support::http_stub::{Answer, Http};

/// Rows that run beside each other.
const AT_ONCE: usize = 4;

/// One fault.
pub(crate) struct Row {
    /// As in the list of faults that the program must stand: `N03`.
    id: &'static str,
    /// What goes wrong.
    fault: &'static str,
    /// What a person sees.
    expected: &'static str,
    /// Does it, looks, and tells what was seen. What must never be is an assertion within.
    see: fn() -> String,
}

impl Row {
    /// A row of the table.
    pub(crate) const fn new(
        id: &'static str,
        fault: &'static str,
        expected: &'static str,
        see: fn() -> String,
    ) -> Self {
        Self { id, fault, expected, see }
    }

    fn run(&self) -> String {
        catch_unwind(AssertUnwindSafe(self.see)).unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let words = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no words");
            format!("panicked: {words}")
        })
    }
}

/// Runs all rows and fails with those that differ.
#[track_caller]
#[expect(clippy::print_stdout, reason = "the table is what this is for")]
pub(crate) fn hold(rows: &[Row]) {
    let next = AtomicUsize::new(0);
    let work = || {
        let mine = std::iter::from_fn(|| {
            let at = next.fetch_add(1, Ordering::Relaxed);
            Some((at, rows.get(at)?.run()))
        });
        mine.collect::<Vec<_>>()
    };
    let mut seen: Vec<(usize, String)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a row's panic is caught")).collect()
    });
    seen.sort();
    let mut wrong = Vec::new();
    for (row, (_, saw)) in rows.iter().zip(seen) {
        println!("{} {} -> {saw}", row.id, row.fault);
        if saw != row.expected {
            wrong.push(format!("{} {}\n  expected: {}\n  seen:     {saw}", row.id, row.fault, row.expected));
        }
    }
    assert!(wrong.is_empty(), "{} of {} rows differ:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

/// Takes the ports out, which differ from run to run.
pub(crate) fn without_ports(text: &str) -> String {
    static ADDRESS: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?:127\.0\.0\.1|localhost|\[::1\]):\d+").expect("a pattern"));
    ADDRESS.replace_all(text, "HOST").into_owned()
}

/// A server that answers every path with this.
pub(crate) fn saying(answer: Answer) -> Http {
    let http = Http::start();
    http.otherwise(answer);
    http
}
