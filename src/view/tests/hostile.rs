//! Every size, odd numbers and hostile texts: nothing panics, nothing leaves its box.

use super::*;
use crate::base::Shown;
use crate::probe::Detail;
use crate::probe::rq::{QueueFacts, RqSnapshot, WorkerFacts};
use crate::view::fixture::id;

/// Draws in many sizes, with everything that can lie over the screen.
fn every_size(bench: Bench) {
    let theme = dark();
    let mut model = bench.demo((0, 0), "worker-crash");
    let overlays: [&[&str]; 8] = [
        &[],
        &["?"],
        &["Esc", ":"],
        &["Esc", "F"],
        &["Esc", "Enter"],
        &["Esc", "Tab", "Tab", "Enter"],
        &["Esc", "z"],
        &["a"],
    ];
    for keys in overlays {
        press(&mut model, keys);
        for columns in 0..=60 {
            for rows in (0..=20).chain([70]) {
                if keys.is_empty() || (columns % 11 == 5 && rows % 4 == 0) {
                    model.size = (columns, rows);
                    paint_at(&model, &theme);
                }
            }
        }
        for size in [(1, 200), (300, 100), (1000, 3), (79, 24), (81, 25), (230, 50)] {
            model.size = size;
            paint_at(&model, &theme);
        }
    }
}

#[test]
fn no_size_panics() {
    every_size(Bench::trouble());
}

#[test]
fn no_number_panics() {
    for number in [f64::NAN, f64::INFINITY, f64::MAX, -1.0, 0.0, 1e19, f64::MIN_POSITIVE] {
        let mut bench = Bench::healthy();
        bench.memory = number;
        bench.pending = number;
        bench.run(10);
        let facts = QueueFacts {
            name: Shown::from_remote("q"),
            queued: Some(u64::MAX),
            failed: None,
            oldest_wait_s: Some(number),
            ..QueueFacts::default()
        };
        let worker = WorkerFacts { heartbeat_age_s: Some(number), ..WorkerFacts::default() };
        let rq = RqSnapshot { queues: vec![facts], workers: vec![worker], ..RqSnapshot::default() };
        bench.watch.components[&id("queue")].detail = Detail::Rq(Box::new(rq));
        let mut model = bench.model((0, 0));
        for size in SIZES {
            model.size = size;
            text(&model);
        }
    }
}

#[test]
fn hostile_texts_stay_in_their_place() {
    let nasty = "日本語\u{1b}[2J\u{202e}e\u{301}\u{301}\u{301}👩‍👩‍👧‍👦 ".repeat(9);
    let mut bench = Bench::trouble();
    let rq = RqSnapshot {
        queues: vec![QueueFacts { name: Shown::from_remote(&nasty), ..QueueFacts::default() }],
        workers: vec![WorkerFacts { name: Shown::from_remote(&nasty), why: nasty.clone(), ..WorkerFacts::default() }],
        ..RqSnapshot::default()
    };
    bench.watch.components[&id("queue")].detail = Detail::Rq(Box::new(rq));
    let mut model = bench.model((0, 0));
    for keys in [&[][..], &["Tab", "Tab", "Enter"], &["Esc", "j", "Enter"]] {
        press(&mut model, keys);
        for size in SIZES {
            model.size = size;
            let buf = paint_at(&model, &dark());
            for cell in &buf.content {
                assert!(!cell.symbol().contains(char::is_control), "{:?}", cell.symbol());
            }
            let right_edge = lines(&buf).iter().filter(|line| line.starts_with('│') && line.ends_with('│')).count();
            assert!(size.0 < 100 || !keys.is_empty() || right_edge > 20, "a border was written over");
        }
    }
}
