//! A table of cases that stand for themselves: each prints `row → result`, and all that fail are told at once.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A case: what it is about, and what came of it. It fails by a panic.
pub(crate) type Row = (&'static str, fn() -> String);

/// Which row, how long it took, and what came of it or why it failed.
type Outcome = (usize, Duration, Result<String, String>);

/// As many at a time: most of their time they wait for a program.
const AT_A_TIME: usize = 4;

/// Runs all rows and prints them in their order; fails with the names of those that failed. `ROWS=T04` runs those whose
/// names begin so.
#[expect(clippy::print_stdout, reason = "the table is what a reader of the run wants")]
pub(crate) fn run(rows: &[Row]) {
    let wanted = std::env::var("ROWS").unwrap_or_default();
    let rows: Vec<&Row> = rows.iter().filter(|(name, _)| name.starts_with(&wanted)).collect();
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<Outcome>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME.min(rows.len()) {
            scope.spawn(|| {
                while let Some((at, (_, case))) = rows.iter().enumerate().nth(next.fetch_add(1, Ordering::SeqCst)) {
                    let began = Instant::now();
                    let result = catch_unwind(AssertUnwindSafe(case)).map_err(|panic| words(&*panic));
                    results.lock().unwrap().push((at, began.elapsed(), result));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap();
    results.sort_by_key(|(at, ..)| *at);
    let mut failed = Vec::new();
    for (at, took, result) in results {
        let took = took.as_secs_f64();
        let (name, _) = rows[at];
        match result {
            Ok(result) => println!("{name} → {result} ({took:.1} s)"),
            Err(why) => {
                println!("{name} → FAILED ({took:.1} s)");
                failed.push(format!("{name}: {why}"));
            }
        }
    }
    assert!(failed.is_empty(), "{} of {} rows failed:\n\n{}", failed.len(), rows.len(), failed.join("\n\n"));
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic without words".to_owned())
}
