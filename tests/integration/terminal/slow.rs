//! A link of 2 KB a second: every key is answered within moments, nothing piles up, few bytes are written.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use vt100::Screen;

use crate::midwatch::{Shop, assert_restored, home, line, program};
use crate::support::key::Key;
use crate::support::pty::Pty;
use crate::support::terminal::find;

/// Bytes a second.
const LINK: usize = 2048;
/// What "within moments" means over it.
const MOMENT: Duration = Duration::from_secs(8);
const BADGE: &str = "SLOW LINK";

/// Presses a key; how long its effect took to be on the screen.
#[track_caller]
fn answered(pty: &Pty, key: Key, what: &str, shown: impl Fn(&Screen) -> bool) -> (String, Duration, usize) {
    let (before, began) = (pty.bytes_written(), Instant::now());
    pty.send_key(key).unwrap();
    pty.wait_for(what, shown).unwrap();
    (what.to_owned(), began.elapsed(), pty.bytes_written() - before)
}

fn told(steps: &[(String, Duration, usize)]) -> String {
    let each = steps.iter().map(|(what, took, bytes)| format!("{what} {:.1} s {bytes} B", took.as_secs_f64()));
    each.collect::<Vec<_>>().join(", ")
}

/// Looks around as somebody does in an incident, and quits.
#[track_caller]
fn look_around(pty: &Pty) -> String {
    let has = |text: &'static str| move |screen: &Screen| find(screen, text).is_some();
    let lacks = |text: &'static str| move |screen: &Screen| find(screen, text).is_none();
    let mut steps = vec![
        answered(pty, Key::Enter, "a detail", has("polled ")),
        answered(pty, Key::Esc, "closed", lacks("polled ")),
        answered(pty, Key::Char('?'), "the help", has("Commands")),
        answered(pty, Key::Char('?'), "closed", lacks("Commands")),
        answered(pty, Key::Char(':'), "the palette", has("Find a command")),
        answered(pty, Key::Esc, "closed", lacks("Find a command")),
        answered(pty, Key::Char('r'), "the runbook", has("skip")),
        answered(pty, Key::Esc, "back", lacks("skip")),
    ];
    let began = Instant::now();
    pty.send_key(Key::Char('q')).unwrap();
    assert_eq!(pty.exit_status().unwrap().code(), Some(0));
    steps.push(("quit".to_owned(), began.elapsed(), 0));
    // what the program wrote last is on its way still
    pty.resume_reading();
    pty.wait_for("the screen before", |screen| !screen.alternate_screen()).unwrap();
    let told = told(&steps);
    assert!(steps.iter().all(|(_, took, _)| *took < MOMENT), "{told}");
    assert_restored(pty);
    told
}

pub(super) fn asked_for() -> String {
    let home = home();
    let began = Instant::now();
    let pty =
        program(home.path()).args(["demo", "--system", "sabine", "--fault", "worker-crash", "--slow"]).start().unwrap();
    pty.read_slowly(LINK);
    pty.wait_for("the situation", |screen| line(screen, 1).contains("CRITICAL") && find(screen, "? help").is_some())
        .unwrap();
    assert!(line(&pty.screen(), 0).contains(BADGE), "{}", pty.screen_text());
    let (first, bytes) = (began.elapsed(), pty.bytes_written());
    let around = look_around(&pty);
    format!("critical after {:.1} s and {bytes} B; {around}; {} B in all", first.as_secs_f64(), pty.bytes_written())
}

pub(super) fn by_itself() -> String {
    let home = home();
    let pty = program(home.path()).args(["demo", "--system", "sabine", "--fault", "worker-crash"]).start().unwrap();
    pty.wait_for("the situation", |screen| line(screen, 1).contains("CRITICAL")).unwrap();
    assert!(!line(&pty.screen(), 0).contains(BADGE), "{}", pty.screen_text());
    pty.read_slowly(LINK);
    // what fills the link
    for _ in 0..8 {
        pty.send_key(Key::Char('?')).unwrap();
        std::thread::park_timeout(Duration::from_millis(150));
    }
    let began = Instant::now();
    pty.wait_text(BADGE).unwrap();
    let noticed = began.elapsed();
    // an even number of presses has closed it again, as soon as the last one is on the screen
    pty.wait_gone("Commands").unwrap();
    let around = look_around(&pty);
    format!("noticed after {:.1} s; {around}", noticed.as_secs_f64())
}

pub(super) fn a_minute() -> String {
    let shop = Shop::open();
    let minute = |args: &[&str]| {
        let pty = shop.program().args(args).start().unwrap();
        pty.wait_text("all 3 components answer").unwrap();
        // one that ticks every second
        shop.orders(500);
        pty.wait_for("the fault", |screen| line(screen, 1).contains("WARNING")).unwrap();
        let (polls, from) = (shop.polls(), pty.bytes_written());
        (1..=4).for_each(|fives| drop(shop.http.wait_hits("/health", polls + 5 * fives)));
        let bytes = pty.bytes_written() - from;
        shop.orders(7);
        pty.wait_text("all 3 components answer").unwrap();
        bytes
    };
    let (fast, slow) = (minute(&[]), minute(&["--slow"]));
    assert!(slow * 3 < fast, "{slow} bytes over a slow link, {fast} over a fast one");
    format!("{slow} bytes in 20 polls of a fault, {fast} over a fast link")
}

pub(super) fn fast_again() -> String {
    let shop = Shop::open();
    let pty = shop.watch();
    super::unread::block(&pty);
    let stuck = Instant::now();
    while stuck.elapsed() < Duration::from_millis(1500) {
        std::thread::park_timeout(Duration::from_millis(100));
    }
    pty.resume_reading();
    pty.wait_text(BADGE).unwrap();
    let began = Instant::now();
    pty.wait_gone(BADGE).unwrap();
    let took = began.elapsed();
    pty.signal(Signal::TERM).unwrap();
    assert_eq!(pty.exit_status().unwrap().code(), Some(143));
    assert_restored(&pty);
    format!("fast again after {:.0} s", took.as_secs_f64())
}
