//! The wall in a real terminal: it moves by itself, and no key but those that quit does anything.

use std::collections::HashSet;

use crate::midwatch::{assert_restored, home, program};
use crate::support::key::Key;
use crate::support::pty::Pty;
use crate::support::terminal::{find, text};

/// Part of the track that the mark moves on.
const TRACK: &str = "\u{2500}\u{2500}\u{2500}\u{2500}";

#[test]
fn it_lives_by_itself_and_only_quitting_quits() {
    let home = home();
    let pty = program(home.path())
        .args(["demo", "--wall", "--system", "sabine", "--fault", "worker-crash"])
        .size(200, 60)
        .start()
        .unwrap();
    pty.wait_text("simulated").unwrap();
    pty.send("?:FRxD0\r/pz").unwrap();
    pty.send_key(Key::Enter).unwrap();
    // the program is alive, and has read the keys meanwhile
    assert_moves(&pty);
    for words in ["Commands", "Simulated faults", "Enter keeps it", "any other key cancels", "PAUSED"] {
        assert!(find(&pty.screen(), words).is_none(), "{words}\n{}", pty.screen_text());
    }
    for (columns, rows) in [(80, 24), (40, 12), (120, 40)] {
        pty.resize(columns, rows).unwrap();
        pty.wait_for("the data's age in the last rows", |screen| {
            let (high, wide) = screen.size();
            (high.get(), wide.get()) == (rows, columns) && text(screen).contains(" old, ")
        })
        .unwrap();
    }
    assert_moves(&pty);
    pty.send_key(Key::Char('q')).unwrap();
    assert_eq!(pty.exit_status().unwrap().code(), Some(0));
    assert_restored(&pty);
}

/// The mark moves with the second.
fn assert_moves(pty: &Pty) {
    let mut marks = HashSet::new();
    pty.wait_for("three places of the mark", |screen| {
        let rows = text(screen);
        let track = rows.lines().find(|line| line.contains(TRACK)).map(|line| line.trim_end().to_owned());
        marks.extend(track.map(|line| line.chars().rev().take(16).collect::<String>()));
        marks.len() >= 3
    })
    .unwrap();
}
