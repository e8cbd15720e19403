//! The hands of whoever walks a runbook on its screen: they read which step is next, press Enter, answer what is asked, and
//! look before they press again.

use std::time::{Duration, Instant};

use vt100::Screen;

use crate::midwatch::{dismiss, in_body, quit};
use crate::support::key::Key;
use crate::support::pty::Pty;

/// What the list of ways is headed by.
const WAYS: &str = "One of these ways";
/// What a dialog offers that runs something.
const CONFIRM: &str = " y  run";
/// Said of a key that came before its question can have been read.
const QUICK: &str = "too quick";

/// The row of the step that comes next.
pub(crate) fn next_step(screen: &Screen) -> Option<String> {
    let (rows, _) = screen.size();
    (2..rows.get()).map(|row| crate::midwatch::line(screen, row)).find(|row| row.contains("\u{bb} next"))
}

/// The number in the row of a step.
fn number(row: &str) -> &str {
    row.split('\u{bb}').next().unwrap_or_default()
}

/// Its row, once there is another one than before.
#[track_caller]
pub(crate) fn after(pty: &Pty, before: &str) -> String {
    let changed = |screen: &Screen| next_step(screen).is_some_and(|row| number(&row) != number(before));
    next_step(&pty.wait_for("the next step", changed).unwrap()).unwrap()
}

/// Lets pass for how long nothing confirms; the clock on the screen moves every second.
pub(crate) fn a_moment(pty: &Pty) {
    let began = Instant::now();
    pty.wait_for("a moment", |_| began.elapsed() > Duration::from_millis(400)).unwrap();
}

/// Types a line that is asked for. An Enter that comes at once does nothing but say so.
#[track_caller]
pub(crate) fn answer(pty: &Pty, text: &str) {
    const ASKS: &str = "Enter takes it";
    pty.wait_text(ASKS).unwrap();
    pty.send(text).unwrap();
    pty.wait_text(text).unwrap();
    pty.send_key(Key::Enter).unwrap();
    let screen = pty.wait_for("an answer to Enter", |screen| !in_body(screen, ASKS) || in_body(screen, QUICK)).unwrap();
    if in_body(&screen, QUICK) {
        a_moment(pty);
        pty.send_key(Key::Enter).unwrap();
    }
    pty.wait_gone(ASKS).unwrap();
}

/// Confirms the dialog that stands there; returns once something runs.
#[track_caller]
pub(super) fn confirm(pty: &Pty) {
    // on a loaded machine its frame may have come out so late that the first press was too quick
    for _ in 0..20 {
        a_moment(pty);
        pty.send_key(Key::Char('y')).unwrap();
        let answered = |screen: &Screen| !in_body(screen, CONFIRM) || in_body(screen, QUICK);
        let screen = pty.wait_for("an answer to y", answered).unwrap();
        if !in_body(&screen, QUICK) {
            return;
        }
    }
    panic!("nothing is confirmed:\n{}", pty.screen_text());
}

/// Leaves the runbook, and the program.
#[track_caller]
pub(super) fn leave(pty: &Pty) {
    dismiss(pty, Key::Char('q'), "Immediate actions");
    quit(pty);
}

/// Presses Enter on steps until one is next whose row says this, or until a dialog asks to confirm what runs it.
#[track_caller]
pub(super) fn walk(pty: &Pty, is_there: impl Fn(&str) -> bool) {
    for _ in 0..40 {
        let row = next_step(&pty.screen());
        if row.as_deref().is_none_or(&is_there) {
            return;
        }
        let row = row.unwrap_or_default();
        pty.send_key(Key::Enter).unwrap();
        let answered = |screen: &Screen| {
            let is_next = next_step(screen).is_some_and(|next| number(&next) != number(&row));
            is_next || in_body(screen, WAYS) || in_body(screen, CONFIRM)
        };
        let screen = pty.wait_for(&format!("an answer to Enter on {row}"), answered).unwrap();
        if in_body(&screen, WAYS) {
            pty.send_key(Key::Enter).unwrap();
            pty.wait_gone(WAYS).unwrap();
        } else if in_body(&screen, CONFIRM) {
            confirm(pty);
            pty.wait_text(" VERIFIED ").unwrap();
            pty.send_key(Key::Esc).unwrap();
            pty.wait_gone(" VERIFIED ").unwrap();
        }
    }
    panic!("no end:\n{}", pty.screen_text());
}
