//! T04: sizes that no screen has, and many in a moment.

use std::time::{Duration, Instant};

use crate::midwatch::{Shop, line, quit};
use crate::support::key::Key;
use crate::support::terminal::find;

pub(super) fn odd() -> String {
    let mut shop = Shop::open();
    let pty = shop.program().size(0, 0).start().unwrap();
    shop.http.wait_hits("/health", 1);
    shop.http.stub().close();
    pty.resize(120, 40).unwrap();
    pty.wait_for("the fault", |screen| line(screen, 1).contains("CRITICAL")).unwrap();
    let sizes =
        [(1, 1), (2, 1), (1, 50), (9, 2), (39, 12), (40, 11), (40, 12), (0, 12), (81, 0), (300, 100), (400, 200)];
    for (columns, rows) in sizes.into_iter().chain([(0, 0), (30, u16::MAX), (u16::MAX, 9)]) {
        let from = pty.bytes_written();
        pty.resize(columns, rows).unwrap();
        // another size is painted whole
        pty.wait_bytes(from, b"\x1b[2J").unwrap();
    }
    pty.resize(100, 30).unwrap();
    pty.wait_for("the fault", |screen| line(screen, 1).contains("CRITICAL") && line(screen, 29).contains('?')).unwrap();
    quit(&pty);
    "0x0 is taken for 80x24, all others drawn".to_owned()
}

pub(super) fn storm() -> String {
    let shop = Shop::open();
    let pty = shop.watch();
    // from nothing at all to 300x100
    for n in 0..150_u16 {
        pty.resize(n * 37 % 301, n * 13 % 101).unwrap();
    }
    pty.resize(80, 24).unwrap();
    pty.wait_for("a whole screen of the last size", |screen| {
        line(screen, 1).contains("OK") && line(screen, 23).contains('?') && find(screen, "Services").is_some()
    })
    .unwrap();
    quit(&pty);
    "the last one is drawn".to_owned()
}

/// A key that is pressed while the window changes its size is answered then, not with the next key; nor is the size.
pub(super) fn with_keys() -> String {
    const ROUNDS: u16 = 150;
    let shop = Shop::open();
    let pty = shop.watch();
    let mut slowest = Duration::ZERO;
    for round in 0..ROUNDS {
        let rows = 30 + round % 7;
        let opens = round % 2 == 0;
        let began = Instant::now();
        pty.resize(100 + round % 11, rows).unwrap();
        pty.send_key(Key::Char('?')).unwrap();
        pty.wait_for("the answer to a key in the moment of a resize", |screen| {
            find(screen, "Commands").is_some() == opens && line(screen, rows - 1).contains('?')
        })
        .unwrap();
        slowest = slowest.max(began.elapsed());
    }
    assert!(slowest < Duration::from_secs(3), "{slowest:?}");
    quit(&pty);
    format!("{ROUNDS} of them answered, the slowest within {} ms", slowest.as_millis())
}
