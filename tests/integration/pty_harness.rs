//! The PTY harness itself: a test is worth what its harness is worth.

use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use rustix::process::Signal;

use crate::support::key::Key;
use crate::support::program::Program;
use crate::support::pty::{Pty, PtyError};
use crate::support::terminal;

fn shell(script: &str) -> Pty {
    Program::new("/bin/sh").args(["-c", script]).env("PATH", "/usr/bin:/bin").env("TERM", "xterm").start().unwrap()
}

#[test]
fn a_program_gets_exactly_the_terminal_environment_and_folder_it_was_given() {
    let folder = tempfile::tempdir().unwrap();
    let pty = Program::new("/bin/sh")
        .args(["-c", "tty; stty size; pwd; env | sort | tr '\\n' ' '; cut -d' ' -f6 /proc/self/stat"])
        .env("PATH", "/usr/bin:/bin")
        .env("COLOUR", "blue")
        .cwd(folder.path())
        .size(100, 7)
        .start()
        .unwrap();
    assert!(pty.exit_status().unwrap().success());
    let text = pty.screen_text();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("/dev/pts/"), "{text}");
    assert_eq!(lines[1], "7 100");
    assert_eq!(lines[2], folder.path().to_str().unwrap());
    assert!(text.contains("COLOUR=blue") && !text.contains("CARGO"), "{text}");
    assert!(text.contains(&pty.pid().to_string()), "it leads its own session: {text}");
}

#[test]
fn text_keys_and_a_resize_reach_the_program() {
    // A signal ends dash's read, so the loop goes on until it is told to quit.
    let pty = shell(
        "trap 'stty size' WINCH; stty -echo; echo ready; \
         while [ \"$line\" != quit ]; do read -r line && echo \"got <$line>\"; done",
    );
    pty.wait_text("ready").unwrap();
    pty.send("hello").unwrap();
    pty.send_key(Key::Enter).unwrap();
    pty.wait_text("got <hello>").unwrap();
    pty.resize(120, 40).unwrap();
    pty.wait_text("40 120").unwrap();
    pty.send("quit\r").unwrap();
    assert_eq!(pty.exit_status().unwrap().code(), Some(0));
}

#[test]
fn colours_positions_bytes_and_side_channels_are_kept() {
    let pty = shell(r"printf 'ab\033[1;31mred\033[0m\r\n\342\234\223 x\033]52;c;aGk=\007\033]2;name\007'");
    pty.exit_status().unwrap();
    let screen = pty.screen();
    let (row, col) = terminal::find(&screen, "red").unwrap();
    assert_eq!((row, col), (0, 2));
    let cell = screen.cell(row, col).unwrap();
    assert!(cell.bold() && cell.fgcolor() == vt100::Color::Idx(1));
    assert_eq!(terminal::find(&screen, "x"), Some((1, 2)));
    assert!(pty.raw().starts_with(b"ab\x1b[1;31mred"));
    assert_eq!(pty.bytes_written(), pty.raw().len());
    assert_eq!(pty.clipboard().unwrap(), b"aGk=");
    assert_eq!(pty.title().unwrap(), b"name");
}

#[test]
fn a_half_drawn_frame_is_never_seen() {
    let pty = shell(r"printf '\033[?2026hhalf'; read -r x; printf '\r\033[Kwhole\033[?2026l'; read -r x");
    pty.wait_bytes(0, b"half").unwrap();
    pty.send("\r").unwrap();
    let mut seen = Vec::new();
    pty.wait_for("a frame", |screen| {
        seen.push(terminal::text(screen));
        true
    })
    .unwrap();
    assert!(seen.iter().all(|text| text.contains("whole")), "{seen:?}");
}

#[test]
fn the_terminal_answers_what_a_terminal_answers() {
    let pty = shell(r"stty raw -echo; printf 'abc\033[6n'; head -c 6 | od -An -c");
    pty.wait_text("033   [   1   ;   4   R").unwrap();
}

#[test]
fn changed_modes_are_told_from_restored_ones() {
    let pty = shell("saved=$(stty -g); stty raw -echo; printf raw; head -c 1 >/dev/null; stty $saved");
    pty.wait_text("raw").unwrap();
    assert_ne!(pty.modes_now().unwrap(), pty.modes_at_start());
    pty.send("x").unwrap();
    pty.exit_status().unwrap();
    assert_eq!(pty.modes_now().unwrap(), pty.modes_at_start());
}

#[test]
fn a_terminal_that_stops_reading_blocks_the_writer_until_it_reads_again() {
    let folder = tempfile::tempdir().unwrap();
    let script = "mkfifo gate; echo ready; read -r x <gate; head -c 300000 /dev/zero | tr '\\0' x; echo; \
                  if [ -e resumed ]; then echo waited; else echo went on; fi";
    let pty = Program::new("/bin/sh").args(["-c", script]).env("PATH", "/usr/bin:/bin").cwd(folder.path());
    let pty = pty.start().unwrap();
    pty.wait_text("ready").unwrap();
    pty.pause_reading();
    let before = pty.bytes_written();
    std::fs::write(folder.path().join("gate"), "go\n").unwrap();
    // A whole other program runs meanwhile: time enough to go on, if the terminal took everything.
    Program::new("/bin/sh").args(["-c", "exit 0"]).start().unwrap().exit_status().unwrap();
    assert_eq!(pty.bytes_written(), before, "nobody reads");
    std::fs::write(folder.path().join("resumed"), "").unwrap();
    pty.resume_reading();
    pty.wait_text("waited").unwrap();
    assert!(pty.bytes_written() > 300_000);
}

#[test]
fn closing_hangs_up_and_leaves_nobody_behind() {
    let mut pty = shell("sleep 600 & echo ready; wait");
    pty.wait_text("ready").unwrap();
    assert_eq!(pty.session().len(), 2);
    pty.close();
    assert_eq!(pty.exit_status().unwrap().signal(), Some(1));
    assert!(matches!(pty.send("x"), Err(PtyError::Closed)));
}

#[test]
fn waiting_in_vain_shows_the_last_screen_and_does_not_outlast_the_program() {
    let pty = shell("echo the last words; exit 3");
    let error = pty.wait_text("never").unwrap_err().to_string();
    assert!(error.contains("the last words") && error.contains("exit status: 3"), "{error}");

    let pty = Program::new("/bin/sh").args(["-c", "echo up; sleep 600"]).patience(Duration::from_millis(300)).start();
    let pty = pty.unwrap();
    let error = pty.wait_text("never").unwrap_err().to_string();
    assert!(error.contains("within 300ms; the screen was"), "{error}");
    pty.signal(Signal::TERM).unwrap();
    assert_eq!(pty.exit_status().unwrap().signal(), Some(15));
}

#[test]
fn dropping_ends_the_program() {
    let pty = shell("trap '' HUP; echo ready; while :; do read -r x || :; done");
    pty.wait_text("ready").unwrap();
    let process = format!("/proc/{}", pty.pid());
    assert!(std::path::Path::new(&process).exists());
    drop(pty);
    assert!(!std::path::Path::new(&process).exists());
}
