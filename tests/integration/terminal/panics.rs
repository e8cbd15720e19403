//! T11: a mistake of our own. The terminal is given back and the mistake told; a poll's harms only its component.

use crate::midwatch::{Shop, assert_restored, dismiss, line, press, quit};
use crate::support::key::Key;

const WISH: &str = "MIDWATCH_TEST_PANIC";

pub(super) fn update() -> String {
    let shop = Shop::open();
    let pty = shop.program().env(WISH, "update").start().unwrap();
    pty.wait_text("all 3 components answer").unwrap();
    pty.send_key(Key::Char('?')).unwrap();
    fallen(&pty, "update")
}

pub(super) fn draw() -> String {
    let shop = Shop::open();
    let pty = shop.program().env(WISH, "draw").start().unwrap();
    fallen(&pty, "draw")
}

#[track_caller]
fn fallen(pty: &crate::support::pty::Pty, site: &str) -> String {
    assert_eq!(pty.exit_status().unwrap().code(), Some(101));
    assert_restored(pty);
    let screen = pty.screen_text();
    assert!(screen.contains(&format!("a panic was asked for in {site}")), "{screen}");
    assert!(screen.contains("This is a mistake in midwatch"), "{screen}");
    "terminal restored, told, exit 101".to_owned()
}

pub(super) fn poll() -> String {
    let shop = Shop::open();
    let pty = shop.program().env(WISH, "poll").start().unwrap();
    pty.wait_for("an internal error of the component", |screen| {
        line(screen, 1).contains("UNKNOWN") && line(screen, 1).contains("internal error")
    })
    .unwrap();
    // the screen goes on and keys are answered
    press(&pty, Key::Enter, "Last errors");
    assert!(pty.screen().alternate_screen());
    dismiss(&pty, Key::Char('q'), "Last errors");
    quit(&pty);
    "internal error of the component, the screen goes on".to_owned()
}
