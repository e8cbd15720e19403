//! T12: stopped and continued, by a key, by a shell, by a signal.

use std::time::Duration;

use rustix::process::Signal;

use crate::midwatch::{Shop, line, press, quit, shell};
use crate::support::eventually::eventually;
use crate::support::key::Key;
use crate::support::pty::Pty;

/// True while the process is stopped.
fn is_stopped(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with('T'))
}

pub(super) fn suspended() -> String {
    let shop = Shop::open();
    let script = format!(
        "set -m; before=$(stty -g); midwatch --system-file '{}'; \
         [ \"$(stty -g)\" = \"$before\" ] && echo modes as before; echo at the shell; read -r line; \
         fg >/dev/null; echo it ended with $?",
        shop.file().display()
    );
    let pty = shell(shop.home(), &script).start().unwrap();
    pty.wait_text("all 3 components answer").unwrap();
    pty.send_key(Key::Ctrl('z')).unwrap();
    let screen = pty.wait_text("at the shell").unwrap();
    assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste());
    pty.wait_text("modes as before").unwrap();
    shop.orders(500);
    pty.send("\r").unwrap();
    pty.wait_for("the dashboard as it is now", |screen| {
        screen.alternate_screen() && line(screen, 1).contains("WARNING")
    })
    .unwrap();
    answers_keys(&pty);
    pty.send_key(Key::Char('q')).unwrap();
    pty.wait_text("it ended with 0").unwrap();
    assert!(!pty.screen().alternate_screen());
    "terminal restored while stopped, drawn anew after".to_owned()
}

fn answers_keys(pty: &Pty) {
    press(pty, Key::Char('?'), "Commands");
    pty.send_key(Key::Char('?')).unwrap();
    pty.wait_gone("Commands").unwrap();
}

/// As `ssh -t host midwatch` starts it: no shell could ever continue it.
pub(super) fn nowhere_to_go() -> String {
    let shop = Shop::open();
    let pty = shop.watch();
    pty.send_key(Key::Ctrl('z')).unwrap();
    answers_keys(&pty);
    quit(&pty);
    "goes on".to_owned()
}

pub(super) fn stopped() -> String {
    let shop = Shop::open();
    let pty = shop.watch();
    pty.signal(Signal::STOP).unwrap();
    eventually("the stop", Duration::from_secs(60), || is_stopped(pty.pid()).then_some(()));
    let polls = shop.polls();
    shop.orders(500);
    let none = !shop.http.reaches("/health", polls + 1, Duration::from_millis(3500));
    assert!(none, "a stopped program polls");
    let from = pty.bytes_written();
    pty.signal(Signal::CONT).unwrap();
    pty.wait_for("the number of now", |screen| line(screen, 1).contains("WARNING")).unwrap();
    let burst = shop.http.reaches("/health", polls + 3, Duration::from_millis(300));
    assert!(!burst, "what was missed is not made up for: {} polls", shop.polls() - polls);
    assert!(pty.raw()[from..].windows(4).any(|bytes| bytes == b"\x1b[2J"), "drawn anew");
    answers_keys(&pty);
    quit(&pty);
    "drawn anew, no burst of polls".to_owned()
}
