//! The kinds of panels that the shop's own screen does not show, and what single panels tell.

use super::*;
use crate::probe::rq::Liveness;

const OTHERS: &str = r#"
[panel.load]
title = "Jobs waiting"
kind = "trend"
signal = "queue.queued"
unit = "jobs"
marks = [{ at = 50, label = "too many", severity = "critical" }]
[panel.entries]
title = "Entries"
kind = "table"
rows = ["wal.pending_entries"]
[panel.money]
title = "Budget"
kind = "budget"
signal = "worker.memory_rss_mb"
limit = 700
unit = "USD"
marks = [{ at = 600, label = "soon", severity = "warning" }]
[panel.bare]
title = "Bare"
kind = "memory"
"#;

#[test]
fn other_kinds_of_panels() {
    let mut model = Bench::with_panels(OTHERS).model((0, 0));
    for (columns, rows) in SIZES {
        model.size = (columns, rows);
        insta::assert_snapshot!(format!("kinds-{columns}x{rows}"), text(&model));
    }
}

#[test]
fn every_kind_of_worker_is_told_apart() {
    let mut bench = Bench::healthy();
    for (liveness, word) in [
        (Liveness::Killed, "1 killed"),
        (Liveness::OrphanScheduler, "1 orphaned"),
        (Liveness::Unregistered, "1 unregistered"),
        (Liveness::Silent, "1 silent"),
        (Liveness::Stopped, "1 stopped"),
    ] {
        bench.workers = vec![Liveness::Live, liveness];
        bench.run(5);
        for size in [(80, 24), (120, 40)] {
            let text = bench.look(size, 0, text);
            assert!(text.contains("1 live") && text.contains(word), "{word}\n{text}");
        }
    }
}

#[test]
fn a_leak_tells_when_it_reaches_its_limit() {
    let text = text(&Bench::leaking().model((120, 40)));
    assert!(text.contains("/min  2048 in "), "{text}");
}

#[test]
fn a_missing_reading_shows_its_cause_and_never_a_zero() {
    let mut bench = Bench::starting();
    bench.fail(&["worker", "wal", "queue"]);
    bench.run(15);
    let text = bench.look((120, 40), 0, text);
    assert!(text.contains("refused"), "{text}");
    assert!(!text.contains("0 MB") && !text.contains("0 pending") && !text.contains("0 live"), "{text}");
}
