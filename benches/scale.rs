//! What a fleet costs in one process, measured on the release build in a real PTY: `cargo bench --bench scale`.
//!
//! First 1 000 components at 5 s against a server on loopback that answers at once: the share of one core, how late the
//! latest poll of any target was (by the server's own clock), how long a key takes to the screen; the same while 50 hang,
//! and while every one is refused. Then the cost of a poll against 10 to 5 000 targets, and of a poll of rq on a real
//! Redis up to 1 000 queues, 1 000 workers and 1 000 000 jobs. It prints figures and judges nothing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measuring program: it reads clocks, prints, and ends with a panic when something is not there"
)]

#[path = "../tests/support/support.rs"]
#[allow(dead_code, reason = "a tool box shared with the tests")]
mod support;

#[path = "dashboard/load.rs"]
#[allow(dead_code, reason = "shared with the other bench")]
mod load;
#[path = "scale/targets.rs"]
mod targets;
#[path = "dashboard/usage.rs"]
#[allow(dead_code, reason = "shared with the other bench")]
mod usage;

use std::path::Path;
use std::time::{Duration, Instant};

use support::program::Program;
use support::pty::Pty;
use support::redis_server::Redis;
use support::terminal::find;
use targets::Targets;
use usage::Usage;
use vt100::Screen;

const SIZE: (u16, u16) = (120, 40);
const KEYS: usize = 30;
const EVERY: Duration = Duration::from_secs(5);
const WINDOW: Duration = Duration::from_secs(30);
const ROWS: [usize; 4] = [10, 100, 1000, 5000];

fn main() {
    if std::env::args().any(|arg| arg == "--list") {
        return; // `cargo test --benches` asks what there is: nothing that is timed in a test run
    }
    println!("120x40, release build, every component at {EVERY:?}, {WINDOW:?} each, {KEYS} keys");
    println!("                          core  latest poll  key median  key worst  start  memory   threads");
    println!("components                   %     s too late          ms         ms      s     MiB");
    fleet("1 000, all well", 1000, |_, _| {});
    fleet("1 000, 50 hang", 1000, |targets, _| targets.hang(50));
    fleet("1 000, all refused", 1000, |targets, pty| {
        targets.refuse();
        pty.wait_text("CRITICAL").unwrap();
    });
    println!();
    println!("a poll's cost        CPU us a poll   core %   latest poll, s too late   memory, MiB");
    ROWS.into_iter().for_each(polls);
    println!();
    match std::process::Command::new("redis-server").arg("--version").output() {
        Ok(_) => rq(),
        Err(error) => println!("polls of rq: not measured, there is no redis-server ({error})"),
    }
}

fn dashboard(home: &Path, system: &Path) -> Program {
    Program::new(env!("CARGO_BIN_EXE_midwatch"))
        .args(["--system-file".as_ref(), system.as_os_str()])
        .size(SIZE.0, SIZE.1)
        .env("TERM", "xterm-256color")
        .env("COLORTERM", "truecolor")
        .env("LANG", "C.UTF-8")
        .env("HOME", home)
}

/// Seconds by which a poll came later than its interval; jitter is part of the interval.
fn too_late(targets: &Targets) -> f64 {
    (targets.longest_gap().as_secs_f64() - EVERY.as_secs_f64() * 1.05).max(0.0)
}

/// What `WINDOW` costs: the share of a core in percent, and what is used at its end.
fn window(pty: &Pty) -> (f64, Usage) {
    let before = Usage::of(pty.pid());
    std::thread::sleep(WINDOW); // the thing measured is this time
    let after = Usage::of(pty.pid());
    ((after.cpu_s - before.cpu_s) / WINDOW.as_secs_f64() * 100.0, after)
}

fn fleet(name: &str, count: usize, trouble: impl FnOnce(&mut Targets, &Pty)) {
    let (home, mut targets) = (tempfile::tempdir().unwrap(), Targets::start(count));
    let system = targets.system(home.path(), EVERY);
    let since = Instant::now();
    let pty = dashboard(home.path(), &system).start().unwrap();
    pty.wait_text(&format!("all {count} components answer")).unwrap();
    let start = since.elapsed().as_secs_f64();
    trouble(&mut targets, &pty);
    std::thread::sleep(EVERY * 3); // until everybody is down who will be
    targets.forget();
    let (core, usage) = window(&pty);
    let late = too_late(&targets);
    let (median, worst) = keys(&pty, count);
    println!(
        "{name:<24} {core:>6.1} {late:>14.2} {median:>11.1} {worst:>10.1} {start:>6.2} {:>7.1} {:>9}",
        usage.rss_mib, usage.threads
    );
}

/// From a key to what it shows, median and worst, in ms: the help, the last row, the first.
fn keys(pty: &Pty, count: usize) -> (f64, f64) {
    let (mut times, last) = (Vec::new(), format!("-{count} of {count} "));
    for _ in 0..KEYS {
        for (key, needle, shows) in [
            ("?", "show the commands", true),
            ("\u{1b}", "show the commands", false),
            ("G", &last, true),
            ("g", " 1-", true),
        ] {
            let since = Instant::now();
            pty.send(key).unwrap();
            if shows {
                pty.wait_text(needle).unwrap();
            } else {
                pty.wait_gone(needle).unwrap();
            }
            // the end of an Esc waits for what may belong to it: that is no answer's time
            if key != "\u{1b}" {
                times.push(since.elapsed().as_secs_f64() * 1000.0);
            }
        }
    }
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2], times[times.len() - 1])
}

fn polls(count: usize) {
    let (home, targets) = (tempfile::tempdir().unwrap(), Targets::start(count));
    let system = targets.system(home.path(), EVERY);
    let pty = dashboard(home.path(), &system).start().unwrap();
    // on a loaded machine not all answer in time
    let asked = |screen: &Screen| find(screen, "midwatch").is_some() && find(screen, "STARTING").is_none();
    pty.wait_for("every component asked", asked).unwrap();
    std::thread::sleep(EVERY); // the start is no poll
    targets.forget();
    let before = targets.asked();
    let (core, usage) = window(&pty);
    let asked = targets.asked() - before;
    let cost = core / 100.0 * WINDOW.as_secs_f64() / asked as f64 * 1e6;
    let late = too_late(&targets);
    println!("{count:>6} targets {cost:>19.0} {core:>8.1} {late:>25.2} {:>13.1}", usage.rss_mib);
}

/// Polls of rq at 1 Hz.
fn rq() {
    println!("a poll of rq at 1 Hz: queues x workers x jobs       CPU ms a poll   bytes a poll   memory, MiB");
    for (queues, workers, jobs) in
        [(10, 10, 1000), (1000, 10, 1000), (10, 1000, 1000), (10, 10, 1_000_000), (1000, 1000, 1_000_000)]
    {
        let (home, redis) = (tempfile::tempdir().unwrap(), Redis::start());
        load::rq(&redis, queues, workers, jobs);
        let system = load::rq_only(home.path(), &redis.url());
        let pty = dashboard(home.path(), &system).start().unwrap();
        pty.wait_text("queue-0").unwrap();
        std::thread::sleep(EVERY); // the start is no poll
        let (polls, bytes) = (load::polls(&redis), load::bytes_out(&redis));
        let (core, usage) = window(&pty);
        let asked = (load::polls(&redis) - polls) as f64;
        let cost = core / 100.0 * WINDOW.as_secs_f64() / asked * 1000.0;
        let bytes = (load::bytes_out(&redis) - bytes) as f64 / asked;
        println!("{queues:>22} x {workers:>5} x {jobs:>9} {cost:>22.2} {bytes:>14.0} {:>13.1}", usage.rss_mib);
    }
}
