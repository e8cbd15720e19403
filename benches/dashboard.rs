//! What the dashboard costs, measured on the release build in a real PTY over a real Redis: `cargo bench`.
//!
//! It prints figures and judges nothing: on a shared machine only ratios of one run mean something. The first lines are
//! the machine's floor: how long a PTY takes to show one line of `/bin/echo`.
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
#[path = "dashboard/trips.rs"]
mod trips;
#[path = "dashboard/usage.rs"]
mod usage;

use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use support::http_stub::{Answer, Http};
use support::program::Program;
use support::pty::Pty;
use support::redis_server::Redis;
use usage::Usage;

const SIZE: (u16, u16) = (120, 40);
const STARTS: usize = 9;
const KEYS: usize = 30;
const WINDOW: Duration = Duration::from_secs(60);

fn main() {
    if std::env::args().any(|arg| arg == "--list") {
        return; // `cargo test --benches` asks what there is: nothing that is timed in a test run
    }
    let redis = Redis::start();
    load::rq(&redis, 10, 10, 1000);
    let http = Http::start();
    http.on("/health", Answer::json(200, r#"{"status":"ok"}"#));
    let home = tempfile::tempdir().unwrap();
    let system = load::system(home.path(), &redis, &http.url("/health"), None);
    println!("120x40, release build, one Redis and one endpoint at 1 Hz; median of {STARTS} starts, {KEYS} keys");
    starts(home.path(), &system);
    steady(home.path(), &system);
    let hanging = load::system(home.path(), &redis, &http.url("/health"), Some(&load::hanging()));
    keys(home.path(), &hanging);
    round_trips(home.path());
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

fn median(mut values: Vec<f64>) -> String {
    values.sort_by(f64::total_cmp);
    let (first, last) = (values[0], values[values.len() - 1]);
    format!("{:.2} (min {first:.2}, max {last:.2})", values[values.len() / 2])
}

fn millis(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}

/// Waits without the harness' own pause: the reader thread wakes us at every byte.
fn time_to(pty: &Pty, since: Instant, needle: &str) -> f64 {
    pty.wait_text(needle).unwrap();
    millis(since)
}

fn starts(home: &Path, system: &Path) {
    let (mut floor, mut first, mut counts) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let since = Instant::now();
        let echo = Program::new("/bin/echo").args(["here"]).size(SIZE.0, SIZE.1).start().unwrap();
        floor.push(time_to(&echo, since, "here"));
        let since = Instant::now();
        let pty = dashboard(home, system).start().unwrap();
        first.push(time_to(&pty, since, "midwatch"));
        counts.push(time_to(&pty, since, "queue-3"));
    }
    println!("PTY and /bin/echo, ms           {}", median(floor));
    println!("first frame, ms                 {}", median(first));
    println!("first real queue counts, ms     {}", median(counts));
}

fn steady(home: &Path, system: &Path) {
    let pty = dashboard(home, system).start().unwrap();
    pty.wait_text("queue-3").unwrap();
    settle(&pty);
    let (before, bytes) = (Usage::of(pty.pid()), pty.bytes_written());
    std::thread::sleep(WINDOW); // the thing measured is a minute of time
    let (after, bytes) = (Usage::of(pty.pid()), pty.bytes_written() - bytes);
    println!("bytes in a calm minute          {bytes}");
    println!("CPU seconds in that minute      {:.3}", after.cpu_s - before.cpu_s);
    println!("wake-ups a second               {:.1}", (after.wakeups - before.wakeups) as f64 / WINDOW.as_secs_f64());
    println!("resident memory, MiB            {:.1}", after.rss_mib);
    println!("threads                         {}", after.threads);
}

/// Until the start-up frames are over: two seconds in which nothing but the clock can have changed.
fn settle(pty: &Pty) {
    let mut last = pty.bytes_written();
    for _ in 0..20 {
        std::thread::sleep(Duration::from_secs(1)); // measuring, not waiting for an event
        let now = pty.bytes_written();
        if now - last < 400 {
            return;
        }
        last = now;
    }
}

/// Half the endpoints hang while the keys are pressed.
fn keys(home: &Path, system: &Path) {
    let pty = dashboard(home, system).start().unwrap();
    pty.wait_text("queue-3").unwrap();
    settle(&pty);
    let mut times = Vec::new();
    for _ in 0..KEYS {
        for (key, shows) in [("?", true), ("\u{1b}", false)] {
            let since = Instant::now();
            pty.send(key).unwrap();
            if shows {
                times.push(time_to(&pty, since, "show the commands"));
            } else {
                pty.wait_gone("show the commands").unwrap();
            }
        }
    }
    println!("key to screen while endpoints hang, ms  {}", median(times));
}

/// Bursts to the server a poll, on a road where one side speaks at a time.
fn round_trips(home: &Path) {
    println!("round trips of one rq poll      queues: trips a poll");
    for queues in [1, 10, 100, 1000] {
        let redis = Redis::start();
        load::rq(&redis, queues, 10, 100);
        let (address, trips) = trips::road(redis.port());
        let system = load::rq_only(home, &format!("redis://{address}"));
        let pty = dashboard(home, &system).start().unwrap();
        pty.wait_text("queue-0").unwrap();
        settle(&pty);
        let look = || (trips.load(Ordering::Relaxed) as f64, load::polls(&redis) as f64);
        let before = look();
        std::thread::sleep(Duration::from_secs(10)); // ten polls
        let after = look();
        println!("                                {queues:>6}: {:.2}", (after.0 - before.0) / (after.1 - before.1));
    }
}
