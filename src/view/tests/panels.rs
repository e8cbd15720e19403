//! The kinds of panels that the shop's own screen does not show, and what single panels tell.

use super::*;
use crate::base::Missing;
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
fn a_job_that_people_do_names_its_checklist() {
    let jobs = "[panel.upkeep]\ntitle = \"Upkeep\"\nkind = \"jobs\"\n\
                [job.weekly-upkeep]\ntitle = \"Weekly upkeep\"\nschedule = \"0 9 * * MON\"\nrunbook = \"weekly-checklist\"\n";
    let mut model = Bench::with_panels(jobs).model((200, 60));
    assert!(text(&model).contains("weekly-checklist"), "{}", text(&model));
    model.size = (40, 12);
    assert!(!text(&model).contains("weekly-checklist"), "where there is no room it is in the details");
    let weekly = crate::app::Target::Job("weekly-upkeep".parse().unwrap());
    model.overlays.push(crate::app::Overlay::Detail { target: weekly, scroll: 0 });
    model.size = (80, 40);
    assert!(text(&model).contains("runbook weekly-checklist"), "{}", text(&model));
}

const OPERATED: &str = r#"
[component.budget]
title = "Budget"
probe.http = { url = "http://127.0.0.1:8001/budget" }
signal = { spent = "body.spent", limit = "body.limit", percentage = "body.percentage" }
[component.stuck]
title = "Stuck orders"
probe.http = { url = "http://127.0.0.1:8001/stuck" }
signal = { orders = "body.orders", row_count = "body.orders.size()" }

[panel.budget]
title = "Daily budget"
kind = "budget"
component = "budget"
unit = "USD"
bands = [
  { at = 20, label = "cheaper models", severity = "info" },
  { at = 50, label = "smallest model only", severity = "warning" },
  { at = 80, label = "prepare the kill", severity = "critical" },
  { at = 100, label = "kill", severity = "critical" },
]
[panel.stuck]
title = "Stuck work orders"
kind = "table"
rows = ["stuck.orders"]
[panel.course]
title = "Load"
kind = "trend"
signals = ["queue.queued", "wal.pending", "wal.failed"]
marks = [{ at = 50, label = "too many", severity = "warning" }]
"#;

fn operated(memory: f64, leak: f64) -> Bench {
    let mut bench = Bench::with_panels(OPERATED);
    bench.spend(memory, leak);
    bench.run(if leak > 0.0 { 800 } else { 30 });
    bench
}

#[test]
fn tables_budgets_and_several_courses() {
    for (name, memory, leak) in [("operated", 120.0, 0.0), ("operated-burning", 540.0, 1.0)] {
        let mut model = operated(memory, leak).model((0, 0));
        for (columns, rows) in SIZES {
            model.size = (columns, rows);
            insta::assert_snapshot!(format!("{name}-{columns}x{rows}"), text(&model));
        }
    }
}

#[test]
fn a_budget_tells_its_band_by_word_and_colour_and_when_it_is_spent() {
    let theme = dark();
    for (memory, leak, told, style) in [
        (120.0, 0.0, "\u{2713} ok", theme.ok),
        (320.0, 0.0, "cheaper models", theme.ok),
        (500.0, 0.0, "! smallest model only", theme.warning),
        (850.0, 0.0, "prepare the kill", theme.critical),
        (1000.0, 0.0, "kill", theme.critical),
        (540.0, 1.0, "reaches the limit in ", theme.warning),
        (1100.0, 1.0, "the limit is reached", theme.critical),
    ] {
        let buf = paint_at(&operated(memory, leak).model((120, 40)), &theme);
        assert_eq!(Some(color_of(&buf, told)), style.fg, "{told}");
    }
}

#[test]
fn what_is_missing_of_a_budget_is_told_and_never_a_zero() {
    let mut bench = Bench::starting_with(OPERATED);
    bench.fail(&["budget", "stuck"]);
    bench.run(15);
    let text = bench.look((120, 40), 0, text);
    assert!(text.contains("refused"), "{text}");
    assert!(!text.contains("0 USD") && !text.contains("0 %") && !text.contains("no rows"), "{text}");
    let mut bench = operated(120.0, 0.0);
    let key = "budget.limit".parse().unwrap();
    for signal in [key, "budget.percentage".parse().unwrap()] {
        let missing = Missing::NotReported { text: "no field 'limit'".into() };
        bench.watch.store.record_missing(&signal, missing);
    }
    let told = bench.look((120, 40), 0, self::text);
    assert!(told.contains("12 USD") && told.contains("limit unknown: no field 'limit'"), "{told}");
    assert!(!told.contains("0 %"), "{told}");
}

#[test]
fn a_table_keeps_its_order_scrolls_and_is_empty_in_words() {
    let mut model = operated(120.0, 0.0).model((120, 40));
    press(&mut model, &["Tab"]);
    let before = text(&model);
    assert!(before.contains("4100") && before.contains("1-"), "{before}");
    press(&mut model, &["G"]);
    let after = text(&model);
    assert!(after.contains("wo-4129") && !after.contains("wo-4100"), "{after}");
    let mut bench = Bench::with_panels(OPERATED);
    bench.pending = 0.0;
    bench.run(10);
    let text = bench.look((120, 40), 0, text);
    assert!(text.contains("no rows"), "{text}");
}

#[test]
fn these_panels_need_neither_colour_nor_unicode() {
    let ascii = Theme::builtin("dark", ColorDepth::Ansi16, true).unwrap();
    let plain = Theme::builtin("dark", ColorDepth::None, false).unwrap();
    let mut model = operated(540.0, 1.0).model((0, 0));
    for size in SIZES {
        model.size = size;
        for line in lines(&paint_at(&model, &ascii)) {
            assert!(line.is_ascii(), "{line}");
        }
        let buf = paint_at(&model, &plain);
        assert!(buf.content.iter().all(|cell| (cell.fg, cell.bg) == (Color::Reset, Color::Reset)));
        let text = lines(&buf).join("\n");
        assert!(text.contains(if size.0 < 120 { "! small" } else { "! smallest model only" }), "{text}");
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
