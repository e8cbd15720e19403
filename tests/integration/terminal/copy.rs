//! Copying by OSC 52: what is selected, told on the screen, past tmux and screen, never more than a terminal takes.

use std::os::unix::fs::PermissionsExt as _;

use base64::Engine as _;

use crate::midwatch::{PATH, Shop, press, quit};
use crate::support::http_stub::Answer;
use crate::support::key::Key;
use crate::support::program::Program;
use crate::support::pty::Pty;

#[track_caller]
fn clipboard(pty: &Pty) -> String {
    let encoded = pty.clipboard().unwrap();
    String::from_utf8(base64::engine::general_purpose::STANDARD.decode(encoded).unwrap()).unwrap()
}

pub(super) fn rows() -> String {
    let shop = Shop::open();
    let hostile = r#"{"status": "no\u001b]52;c;eA==\u0007 \u202e", "orders": 7}"#;
    shop.http.on("/health", Answer::json(503, hostile));
    let pty = shop.program().start().unwrap();
    pty.wait_text("CRITICAL").unwrap();
    press(&pty, Key::Char('y'), "copied Front door: ");
    let text = clipboard(&pty);
    assert!(text.contains("state") && text.contains("DOWN") && text.contains("polled"), "{text}");
    assert!(!text.chars().any(|c| c.is_control() && c != '\n') && !text.contains('\u{202e}'), "{text:?}");
    quit(&pty);
    format!("{} bytes of a row", text.len())
}

pub(super) fn refused() -> String {
    let shop = Shop::open();
    let program = Program::new(PATH).args(["--system-file"]).args([shop.file()]).cwd(shop.home());
    let program = program.env("HOME", shop.home()).env("LANG", "C.UTF-8").env("TERM", "linux").size(120, 40);
    let pty = program.start().unwrap();
    pty.wait_text("all 3 components answer").unwrap();
    press(&pty, Key::Char('y'), "this terminal has no clipboard");
    assert!(pty.clipboard().is_none());
    quit(&pty);
    "a terminal that has none is not sent one".to_owned()
}

pub(super) fn through() -> String {
    let shop = Shop::open();
    for (name, value, begins) in
        [("TMUX", "/tmp/none,1,0", "\u{1b}Ptmux;\u{1b}\u{1b}]52;c;"), ("STY", "1.pts", "\u{1b}P\u{1b}]52;c;")]
    {
        let pty = shop.program().env("TERM", "screen-256color").env(name, value).start().unwrap();
        pty.wait_text("all 3 components answer").unwrap();
        let from = pty.bytes_written();
        press(&pty, Key::Char('y'), "copied Front door");
        pty.wait_bytes(from, begins.as_bytes()).unwrap();
        quit(&pty);
    }
    "wrapped for tmux and for screen".to_owned()
}

/// A script that a notice runs.
fn script(shop: &Shop) -> std::path::PathBuf {
    let path = shop.home().join("notify");
    std::fs::write(&path, "#!/bin/sh\nprintf '%s|' \"$@\" >>\"$HOME/told\"; echo >>\"$HOME/told\"\n").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    path
}

/// Gives the home of a shop a `config.toml`.
pub(super) fn configure(shop: &Shop, text: &str) {
    let folder = shop.home().join(".config/midwatch");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("config.toml"), text).unwrap();
}

pub(super) fn notices() -> String {
    let shop = Shop::open();
    let told = shop.home().join("told");
    configure(
        &shop,
        &format!(
            "[notices]\nat_least = 'warning'\nterminal = ['bell', 'osc9', 'osc777']\ncommand = ['{}', '{{severity}}', '{{system}}: {{text}}']\n",
            script(&shop).display()
        ),
    );
    // what is so at the start is no news
    shop.orders(500);
    let pty = shop.program().start().unwrap();
    pty.wait_text("WARNING").unwrap();
    shop.orders(7);
    pty.wait_text("all 3 components answer").unwrap();
    assert!(!pty.raw().windows(4).any(|bytes| bytes == b"\x1b]9;") && !told.exists());
    let from = pty.bytes_written();
    shop.orders(500);
    pty.wait_bytes(from, b"\x07\x1b]9;midwatch WARNING shop: Orders pile up (api.orders = 500 > 100)\x07").unwrap();
    pty.wait_bytes(from, b"\x1b]777;notify;midwatch WARNING shop;Orders pile up (api.orders = 500 > 100)\x07").unwrap();
    let line = crate::support::eventually::eventually("the program", std::time::Duration::from_secs(20), || {
        std::fs::read_to_string(&told).ok().filter(|text| text.ends_with('\n'))
    });
    assert_eq!(line, "warning|shop: Orders pile up (api.orders = 500 > 100)|\n");
    // again within the minute: not told
    shop.orders(7);
    pty.wait_text("all 3 components answer").unwrap();
    shop.orders(900);
    pty.wait_text("WARNING").unwrap();
    let polls = shop.polls();
    shop.http.wait_hits("/health", polls + 3);
    assert_eq!(std::fs::read_to_string(&told).unwrap().lines().count(), 1);
    quit(&pty);
    let rung = String::from_utf8_lossy(&pty.raw()).matches("\u{1b}]9;").count();
    assert_eq!(rung, 1);
    "one bell, one OSC 9, one OSC 777, one program, none at the start, none within the minute".to_owned()
}

pub(super) fn no_notices() -> String {
    let shop = Shop::open();
    let told = shop.home().join("told");
    let script = script(&shop);
    let text = format!("[notices]\nat_least = 'warning'\nterminal = ['osc9']\ncommand = ['{}']\n", script.display());
    configure(&shop, &text);
    let pty = shop.program().args(["--plain"]).start().unwrap();
    pty.wait_text("all that was asked is well").unwrap();
    shop.orders(500);
    pty.wait_text("Orders pile up").unwrap();
    pty.signal(rustix::process::Signal::INT).unwrap();
    pty.exit_status().unwrap();
    assert!(!pty.raw().contains(&7) && !told.exists(), "lines call nobody");

    // a file that others can write names no program
    let file = shop.home().join(".config/midwatch/config.toml");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).unwrap();
    shop.orders(7);
    let pty = shop.program().start().unwrap();
    pty.wait_text("no notices: ").unwrap();
    // what fires at the first look is no news
    pty.wait_text("all 3 components answer").unwrap();
    shop.orders(500);
    pty.wait_bytes(0, b"\x1b]9;midwatch WARNING shop").unwrap();
    quit(&pty);
    assert!(!told.exists(), "its program does not run");
    "none from lines, no program out of a file that others can write".to_owned()
}
