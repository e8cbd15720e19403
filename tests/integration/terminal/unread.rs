//! T06: the terminal stops reading (a copy mode, Ctrl-S, a dead link). Everything goes on but the drawing.

use std::time::{Duration, Instant};

use crate::midwatch::{Shop, dismiss, in_body, line, open_alerts, press, quit};
use crate::support::eventually::eventually;
use crate::support::key::Key;
use crate::support::pty::Pty;

/// Stops reading, and has the program draw until its thread that writes is stuck.
#[track_caller]
pub(super) fn block(pty: &Pty) {
    pty.pause_reading();
    let began = Instant::now();
    while !is_stuck(pty.pid()) {
        assert!(began.elapsed() < Duration::from_secs(60), "the terminal takes ever more");
        // a large box over half the screen comes and goes
        pty.send_key(Key::Char('?')).unwrap();
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

/// True when the thread that draws waits for the terminal rather than for a frame.
fn is_stuck(pid: u32) -> bool {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let of = |task: &std::path::Path, file: &str| std::fs::read_to_string(task.join(file)).unwrap_or_default();
    let mut writers = tasks.flatten().map(|task| task.path()).filter(|task| of(task, "comm").trim() == "terminal");
    writers.any(|task| of(&task, "wchan").contains("wait_woken"))
}

/// Resident memory of its own, in KiB: pages of its file come and go as the system has room.
fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

pub(super) fn ten_seconds() -> String {
    let mut shop = Shop::open();
    let pty = shop.watch();
    let from = pty.bytes_written();
    block(&pty);
    let (before, memory, began) = (shop.polls(), resident(pty.pid()), Instant::now());
    // a fault that comes and goes meanwhile, and a number that stays
    shop.cache.close();
    shop.http.wait_hits("/health", before + 5);
    shop.cache.reopen();
    eventually("polls of the cache", Duration::from_secs(60), || (shop.cache.accepted() >= 2).then_some(()));
    shop.orders(4242);
    shop.http.wait_hits("/health", before + 9);
    let (polls, took) = (shop.polls() - before, began.elapsed());
    // once a second; on a busy machine a poll may come late, and is not made up for
    assert!(took < Duration::from_secs(20), "{polls} polls took {took:?}");
    let grown = resident(pty.pid()).saturating_sub(memory);
    assert!(grown < 4096, "{grown} KiB more");

    pty.resume_reading();
    pty.wait_for("the situation of now", |screen| line(screen, 1).contains("WARNING")).unwrap();
    let since = pty.raw().split_off(from);
    let drawn = String::from_utf8_lossy(&since);
    assert!(!drawn.contains("CRITICAL"), "a situation of the past was drawn");
    // after such a stop the link counts as slow for a while: what is drawn comes row by row
    open_alerts(&pty);
    pty.wait_for("the number of now", |screen| in_body(screen, "api.orders = 4242")).unwrap();
    press(&pty, Key::Char('e'), "Events, times in");
    pty.wait_text("Cache is up again").unwrap();
    dismiss(&pty, Key::Char('e'), "Events, times in");
    quit(&pty);
    format!("{polls} polls in {:.1} s, {grown} KiB more, the first whole frame is current", took.as_secs_f64())
}
