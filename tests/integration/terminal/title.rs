//! T07: the title of the window says the worst state, and is put back.

use std::time::Duration;

use crate::midwatch::{PATH, Shop, quit, shell};
use crate::support::eventually::eventually;
use crate::support::key::Key;
use crate::support::program::Program;
use crate::support::pty::Pty;

const PUT_BY: &str = "\u{1b}[22;0t";
const PUT_BACK: &str = "\u{1b}[23;0t";
const SET: &str = "\u{1b}]2;";

#[track_caller]
fn wait_title(pty: &Pty, title: &str) {
    let is = || pty.title().is_some_and(|bytes| bytes == title.as_bytes()).then_some(());
    eventually(&format!("the title {title}"), Duration::from_secs(60), is);
}

fn sent(pty: &Pty) -> String {
    String::from_utf8_lossy(&pty.raw()).into_owned()
}

/// It was put by before it was set, put back after, as often.
#[track_caller]
fn is_put_back(pty: &Pty, times: usize) {
    let sent = sent(pty);
    let count = |what: &str| sent.matches(what).count();
    assert_eq!((count(PUT_BY), count(PUT_BACK)), (times, times));
    assert!(sent.find(PUT_BY) < sent.find(SET) && sent.rfind(SET) < sent.rfind(PUT_BACK));
}

pub(super) fn changes() -> String {
    let shop = Shop::open();
    let pty = shop.watch();
    wait_title(&pty, "midwatch OK shop");
    shop.orders(500);
    wait_title(&pty, "midwatch WARNING shop");
    let polls = shop.polls();
    shop.http.wait_hits("/health", polls + 3);
    quit(&pty);
    is_put_back(&pty, 1);
    let titles: Vec<String> =
        sent(&pty).split(SET).skip(1).map(|rest| rest.split('\u{7}').next().unwrap().to_owned()).collect();
    // none at last: where it cannot be put back, as in mosh, what was wrong then must not stand there
    assert_eq!(titles, ["midwatch", "midwatch OK shop", "midwatch WARNING shop", ""]);
    "set when it changes, put back at the end".to_owned()
}

pub(super) fn put_back() -> String {
    let shop = Shop::open();
    let script = format!(
        "set -m; midwatch --system-file '{}'; echo at the shell; read -r line; fg >/dev/null; echo it ended with $?",
        shop.file().display()
    );
    let pty = shell(shop.home(), &script).start().unwrap();
    wait_title(&pty, "midwatch OK shop");
    pty.send_key(Key::Ctrl('z')).unwrap();
    pty.wait_text("at the shell").unwrap();
    is_put_back(&pty, 1);
    pty.send("\r").unwrap();
    pty.wait_text("all 3 components answer").unwrap();
    assert_eq!(sent(&pty).matches("]2;midwatch OK shop").count(), 2, "set anew");
    pty.send_key(Key::Char('q')).unwrap();
    pty.wait_text("it ended with").unwrap();
    is_put_back(&pty, 2);

    let pty = shop.program().env("MIDWATCH_TEST_PANIC", "update").start().unwrap();
    wait_title(&pty, "midwatch OK shop");
    pty.send_key(Key::Char('?')).unwrap();
    assert_eq!(pty.exit_status().unwrap().code(), Some(101));
    is_put_back(&pty, 1);
    "put back when it stops, set anew after, put back after a panic".to_owned()
}

pub(super) fn none() -> String {
    let shop = Shop::open();
    for term in ["linux", "vt100", "screen-256color"] {
        let program = Program::new(PATH).args(["--system-file"]).args([shop.file()]).cwd(shop.home()).size(120, 40);
        let pty = program.env("HOME", shop.home()).env("LANG", "C.UTF-8").env("TERM", term).start().unwrap();
        pty.wait_text("all 3 components answer").unwrap();
        quit(&pty);
        let sent = sent(&pty);
        assert!([PUT_BY, PUT_BACK, SET].iter().all(|sequence| !sent.contains(sequence)), "{term}");
    }
    "none is set".to_owned()
}
