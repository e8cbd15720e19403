//! A report without what differs from run to run: times, ids, who and where; and nothing else.

use regex::Regex;

/// Pattern and what stands for it, in their order.
const MOVES: [(&str, &str); 12] = [
    (r"(?m)^(<!-- midwatch:[a-z-]+) [0-9a-f]{16} -->", "$1 HASH -->"),
    (r"\d{4}-\d\d-\d\d-sabine-\d+", "INCIDENT"),
    (r"\d{4}-\d\d-\d\d ", "DATE "),
    (r"\b\d\d:\d\d(:\d\d)?\b", "TIME"),
    (r"\brun [0-9a-f]{8}\b", "run ID"),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "JOB"),
    // `after 12s`, `**Duration:** 1 minute (1m04s)`
    (r"\bafter (\d+m)?\d+m?s\b", "after SPAN"),
    (r"(\*\*Duration:\*\*) [^\n]*", "$1 SPAN"),
    (r"/[^ ]*/bin/sudo\b", "BIN/sudo"),
    (r"127\.0\.0\.1:\d+", "HOST"),
    (r"\b[a-z_][a-z0-9_-]*@[A-Za-z0-9.-]+", "USER"),
    // as many columns as minutes
    (r"`([▁▂▃▄▅▆▇█ ]+)`", "`COURSE`"),
];

/// The report, to be held against a golden file.
pub(super) fn still(report: &str) -> String {
    MOVES.iter().fold(report.to_owned(), |text, (pattern, word)| {
        Regex::new(pattern).unwrap().replace_all(&text, *word).into_owned()
    })
}

#[test]
fn only_what_moves_is_left_out() {
    let line =
        "| 02:52:10 | Ran restart-worker on worker: verified after 12s: worker.up = true (run cafe0001) | a@ops1 |";
    assert_eq!(
        still(line),
        "| TIME | Ran restart-worker on worker: verified after SPAN: worker.up = true (run ID) | USER |"
    );
    for kept in ["queue.workers_live = 1 > 0", "4 of 6 symptoms, 0 against", "step 10", "wal.pending = 3 < 40", "P1"] {
        assert_eq!(still(kept), kept);
    }
}
