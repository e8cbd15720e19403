//! T09 and T10: what comes in without having been typed.

use crate::midwatch::{Shop, assert_restored, home, line, press, program, quit};
use crate::support::key::Key;
use crate::support::pty::Pty;

/// Shows and hides the help: all that was sent before has been taken in by then.
fn answers(pty: &Pty) {
    press(pty, Key::Char('?'), "Commands");
    pty.send_key(Key::Char('?')).unwrap();
    pty.wait_gone("Commands").unwrap();
}

pub(super) fn paste() -> String {
    let home = home();
    let pty = program(home.path()).args(["demo", "--system", "sabine"]).start().unwrap();
    pty.wait_for("the demo", |screen| line(screen, 0).contains("DEMO")).unwrap();
    for text in ["q", "F\n", "Fj\r", "y\nworker\n", "p", ":quit\n", "\u{3}\u{3}"] {
        pty.send_key(Key::Paste(text)).unwrap();
    }
    answers(&pty);
    let screen = pty.screen();
    assert!(line(&screen, 0).contains("no fault") && !line(&screen, 0).contains("PAUSED"), "{}", pty.screen_text());

    // into an open line it goes as text, without its line breaks
    press(&pty, Key::Char(':'), "Find a command");
    pty.send_key(Key::Paste("qu\nit\n")).unwrap();
    pty.wait_text(":quit").unwrap();
    pty.send_key(Key::Esc).unwrap();
    pty.wait_gone("Find a command").unwrap();

    // into the filter as well, whose Enter it does not press
    pty.send_key(Key::Char('/')).unwrap();
    pty.wait_text("Enter keeps it").unwrap();
    pty.send_key(Key::Paste("wor\nker\nq\r")).unwrap();
    pty.wait_for("the filter", |screen| line(screen, 39).contains("/workerq") && line(screen, 39).contains("Enter"))
        .unwrap();
    pty.send_key(Key::Esc).unwrap();
    pty.wait_gone("Enter keeps it").unwrap();
    quit(&pty);
    "pasted keys press nothing, an open line takes them as text".to_owned()
}

/// Ctrl-C asks; the second one ends it.
pub(super) fn interrupted_twice() -> String {
    let shop = Shop::open();
    let pty = shop.watch();
    press(&pty, Key::Ctrl('c'), "press Ctrl-C again to quit");
    pty.send_key(Key::Ctrl('c')).unwrap();
    assert_eq!(pty.exit_status().unwrap().code(), Some(130));
    assert_restored(&pty);
    "asks once, then ends with 130".to_owned()
}

pub(super) fn answers_of_the_terminal() -> String {
    let shop = Shop::open();
    let pty = shop.watch();
    for answer in [
        "\u{1b}P>|tmux 3.4 q:p\u{1b}\\",
        "\u{1b}]11;rgb:1010/1010/1010\u{1b}\\",
        "\u{1b}]52;c;cXE=\u{7}",
        "\u{1b}[?62;22c",
        "\u{1b}[24;80R",
        "\u{1b}_Gi=1;OKqq\u{1b}\\",
        "\u{1b}[I",
        "\u{1b}[O",
        "\u{1b}[99~",
        "\u{1b}[<35;10;10M",
    ] {
        pty.send(answer).unwrap();
    }
    answers(&pty);
    let screen = pty.screen();
    assert!(line(&screen, 1).contains("OK") && !line(&screen, 0).contains("PAUSED"), "{}", pty.screen_text());
    quit(&pty);
    "none is taken for keys".to_owned()
}

pub(super) fn random() -> String {
    const SIZE: usize = 1 << 19;
    /// More than the system keeps of what was typed and not read.
    const UNDER_WAY: usize = 1 << 17;
    let shop = Shop::open();
    let pty = shop.watch();
    let mut seed = 20_261_122_u64;
    let mut bytes = std::iter::repeat_with(|| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u8::try_from(seed >> 56).unwrap()
    });
    let mut sent = 0;
    // what leaves the program on purpose is left out, or this would be over after the first hundred bytes: q, the
    // palette, Ctrl-C, and Ctrl-\ for the moment after
    let leaves = [b'q', b':', 0x03, 0x1c];
    while sent < SIZE {
        // at the end the terminal itself would hear a Ctrl-Z, and throw away what it has not shown yet: our leaving it
        let is_last = sent + UNDER_WAY >= SIZE;
        let may = |byte: &u8| !(leaves.contains(byte) || is_last && *byte == 0x1a);
        let piece: Vec<u8> = bytes.by_ref().filter(may).take(4096).collect();
        pty.send_bytes(&piece).unwrap();
        sent += piece.len();
    }
    pty.signal(rustix::process::Signal::TERM).unwrap();
    assert_eq!(pty.exit_status().unwrap().code(), Some(143));
    assert_restored(&pty);
    assert!(shop.http.hits().iter().all(|hit| hit.method == "GET"), "nothing was started");
    format!("{} KiB taken, nothing started, still there", sent >> 10)
}
