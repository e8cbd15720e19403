//! The mouse: left to the terminal until somebody wants it, and given back on every road out.

use rustix::process::Signal;

use crate::midwatch::{Shop, press, quit};
use crate::support::key::Key;
use crate::support::pty::Pty;
use crate::support::terminal::find;

const ON: &[u8] = b"\x1b[?1000h\x1b[?1006h";
const OFF: &[u8] = b"\x1b[?1006l\x1b[?1000l";

fn count(pty: &Pty, what: &[u8]) -> usize {
    pty.raw().windows(what.len()).filter(|bytes| *bytes == what).count()
}

/// Presses the left button over a text.
#[track_caller]
fn point(pty: &Pty, text: &str) {
    let (row, column) = find(&pty.screen(), text).unwrap();
    pty.send(&format!("\u{1b}[<0;{};{}M\u{1b}[<0;{0};{1}m", column + 1, row + 1)).unwrap();
}

pub(super) fn used() -> String {
    let shop = Shop::open();
    super::copy::configure(&shop, "mouse = true\n");
    let pty = shop.watch();
    assert_eq!(count(&pty, ON), 1);
    point(&pty, "Cache");
    press(&pty, Key::Char('y'), "copied Cache");
    point(&pty, "Front door");
    press(&pty, Key::Char('y'), "copied Front door");
    // another panel
    point(&pty, " Orders ");
    pty.send_key(Key::Char('z')).unwrap();
    pty.wait_gone("Services").unwrap();
    pty.send_key(Key::Char('z')).unwrap();
    pty.wait_text("Services").unwrap();
    // the wheel goes to the last row, a press beside everything nowhere
    point(&pty, "Front door");
    pty.send("\u{1b}[<65;5;5M\u{1b}[<0;1;1M").unwrap();
    press(&pty, Key::Char('y'), "copied Nightly");
    quit(&pty);
    assert_eq!(count(&pty, OFF), 1, "given back");

    let pty = shop.watch();
    pty.signal(Signal::TERM).unwrap();
    pty.exit_status().unwrap();
    assert_eq!(count(&pty, OFF), 1, "given back after a signal");
    "a press focuses and selects, the wheel scrolls, given back".to_owned()
}

pub(super) fn left() -> String {
    let shop = Shop::open();
    let pty = shop.watch();
    // nobody asked for it
    pty.send("\u{1b}[<0;10;8M").unwrap();
    press(&pty, Key::F(9), "the mouse is used here");
    assert_eq!(count(&pty, ON), 1);
    press(&pty, Key::F(9), "the mouse is left to the terminal");
    assert_eq!((count(&pty, ON), count(&pty, OFF)), (1, 1));
    quit(&pty);
    "left to the terminal until F9".to_owned()
}
