//! Started by somebody who has configured nothing.

use crate::midwatch::{assert_restored, dismiss, home, line, press, program};
use crate::support::key::Key;

#[test]
fn the_first_screen_offers_what_there_is_and_the_demo_one_key_away() {
    let home = home();
    let pty = program(home.path()).start().unwrap();
    pty.wait_text("No system is watched yet.").unwrap();
    pty.wait_text("sabine").unwrap();
    pty.wait_text("needs supabase_url (SUPABASE_URL)").unwrap();
    press(&pty, Key::Char('?'), "Commands");
    dismiss(&pty, Key::Char('?'), "Commands");

    pty.send_key(Key::Char('d')).unwrap();
    pty.wait_for("the demo", |screen| line(screen, 0).contains("DEMO")).unwrap();
    // the very first key reaches the demo
    press(&pty, Key::Char('?'), "Commands");
    dismiss(&pty, Key::Char('q'), "Commands");
    pty.send_key(Key::Char('q')).unwrap();
    assert_eq!(pty.exit_status().unwrap().code(), Some(0));
    assert_restored(&pty);
}

#[test]
fn the_first_screen_is_left_by_q() {
    let home = home();
    let pty = program(home.path()).size(40, 12).start().unwrap();
    pty.wait_text("No system is watched yet.").unwrap();
    pty.send_key(Key::Char('q')).unwrap();
    assert_eq!(pty.exit_status().unwrap().code(), Some(0));
    assert_restored(&pty);
}
