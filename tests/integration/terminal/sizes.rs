//! T04: sizes that no screen has, and many in a moment.

use crate::midwatch::{Shop, line, quit};
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
    for n in 0..100_u16 {
        pty.resize(20 + n * 37 % 180, 3 + n * 13 % 60).unwrap();
    }
    pty.resize(80, 24).unwrap();
    pty.wait_for("a whole screen of the last size", |screen| {
        line(screen, 1).contains("OK") && line(screen, 23).contains('?') && find(screen, "Services").is_some()
    })
    .unwrap();
    quit(&pty);
    "the last one is drawn".to_owned()
}
