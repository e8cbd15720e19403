//! The wall in a real terminal: it moves by itself, and no key but those that quit does anything.

use std::time::{Duration, Instant};

use crate::midwatch::{assert_restored, home, program};
use crate::support::key::Key;
use crate::support::terminal::{find, text};

#[test]
fn it_lives_by_itself_and_only_quitting_quits() {
    let home = home();
    let pty = program(home.path())
        .args(["demo", "--wall", "--system", "sabine", "--fault", "worker-crash"])
        .size(200, 60)
        .start()
        .unwrap();
    let first = pty.wait_text("simulated").unwrap();
    pty.send("?:FRxD0\r/pz").unwrap();
    pty.send_key(Key::Enter).unwrap();
    // once the start is over only the mark moves, with the second: the program is alive, and has read the keys meanwhile
    let (mut moves, mut last, mut at) = (0, text(&first), Instant::now());
    pty.wait_for("three moves of the mark", |screen| {
        let now = text(screen);
        if now != last {
            moves += usize::from(at.elapsed() > Duration::from_millis(700));
            (last, at) = (now, Instant::now());
        }
        moves >= 3
    })
    .unwrap();
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
    pty.send_key(Key::Char('q')).unwrap();
    assert_eq!(pty.exit_status().unwrap().code(), Some(0));
    assert_restored(&pty);
}
