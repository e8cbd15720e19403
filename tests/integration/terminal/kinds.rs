//! T07: what the environment says of the terminal.

use rustix::process::Signal;
use vt100::Color;

use crate::midwatch::{PATH, Shop, assert_restored, dismiss, line, press, quit};
use crate::support::http_stub::Answer;
use crate::support::key::Key;
use crate::support::program::Program;
use crate::support::pty::Pty;
use crate::support::terminal::find;

fn started(shop: &Shop, env: &[(&str, &str)], args: &[&str]) -> Pty {
    program(shop, env, args).start().unwrap()
}

fn program(shop: &Shop, env: &[(&str, &str)], args: &[&str]) -> Program {
    let file = shop.file();
    let mut program =
        Program::new(PATH).args(["--system-file"]).args([&file]).args(args).cwd(shop.home()).size(120, 40);
    program = program.env("HOME", shop.home());
    for (name, value) in env {
        program = program.env(name, value);
    }
    program
}

/// How many colours a terminal was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Colours {
    None,
    Sixteen,
    Many,
    All,
}

/// The most that any style asked for.
fn colours(sent: &str) -> Colours {
    let style = |rest: &str| {
        let end = rest.find(|c: char| c.is_ascii_alphabetic())?;
        rest[end..].starts_with('m').then(|| rest[..end].to_owned())
    };
    let depth = |style: String| {
        if style.contains("8;2;") {
            return Colours::All;
        }
        if style.contains("8;5;") {
            return Colours::Many;
        }
        let coloured = |code: &str| matches!(code.parse().unwrap_or(0), 30..=37 | 40..=47 | 90..=107);
        if style.split(';').any(coloured) { Colours::Sixteen } else { Colours::None }
    };
    sent.split("\u{1b}[").skip(1).filter_map(style).map(depth).max().unwrap_or(Colours::None)
}

/// Kinds of terminals: their colours, and whether they know sequences of the operating-system kind.
const KINDS: &[(&str, Colours, bool)] = &[
    ("xterm-256color", Colours::Many, true),
    ("screen-256color", Colours::Many, true),
    ("tmux-256color", Colours::Many, true),
    ("linux", Colours::Sixteen, false),
    ("vt100", Colours::None, false),
    ("xterm-direct", Colours::All, true),
];

/// Every kind at every size, as it is, without colour, in a locale of bytes.
pub(super) fn terminals() -> String {
    let shop = Shop::open();
    let mut runs = 0;
    for (term, depth, has_osc) in KINDS {
        for (columns, rows) in [(80, 24), (120, 40), (200, 60)] {
            for (name, value) in [("COLORTERM", ""), ("NO_COLOR", "1"), ("LC_ALL", "C")] {
                let what = format!("{term} {columns}x{rows} {name}={value}");
                let program = program(&shop, &[("TERM", term), ("LANG", "C.UTF-8"), (name, value)], &[]);
                let pty = program.size(columns, rows).start().unwrap();
                let screen = pty.wait_text("all 3 components answer").unwrap();
                // the state is a word; colour only repeats it
                assert!(line(&screen, 1).contains("OK") && find(&screen, "up").is_some(), "{what}");
                press(&pty, Key::Char('?'), "Commands");
                dismiss(&pty, Key::Char('?'), "Commands");
                quit(&pty);
                let sent = String::from_utf8_lossy(&pty.raw()).into_owned();
                assert_eq!(colours(&sent), if name == "NO_COLOR" { Colours::None } else { *depth }, "{what}");
                assert!(*has_osc || !sent.contains("\u{1b}]"), "{what}: it would show the letters of a title");
                assert!(!sent.contains("\u{1b}P"), "{what}: nothing is to be passed on");
                assert!(name != "LC_ALL" || sent.is_ascii(), "{what}");
                runs += 1;
            }
        }
    }
    format!("{runs} of kind, size and surroundings: states in words, colours as many as there are, all modes restored")
}

pub(super) fn dumb() -> String {
    let shop = Shop::open();
    for env in [&[("TERM", "dumb")][..], &[]] {
        let pty = started(&shop, env, &[]);
        pty.wait_text(" UTC OK shop: all that was asked is well").unwrap();
        pty.signal(Signal::INT).unwrap();
        assert_eq!(pty.exit_status().unwrap().code(), Some(130));
        assert!(!pty.raw().contains(&0x1b), "no sequence reaches it");
        assert_restored(&pty);
    }
    "lines instead of screens".to_owned()
}

pub(super) fn no_color() -> String {
    let shop = Shop::open();
    let env = [("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("NO_COLOR", "1")];
    let pty = started(&shop, &env, &[]);
    let screen = pty.wait_text("all 3 components answer").unwrap();
    let (rows, columns) = screen.size();
    let all = (0..rows.get()).flat_map(|row| (0..columns.get()).map(move |column| (row, column)));
    let cells: Vec<_> = all.filter_map(|(row, column)| Some((row, screen.cell(row, column)?))).collect();
    let coloured =
        cells.iter().filter(|(_, cell)| (cell.fgcolor(), cell.bgcolor()) != (Color::Default, Color::Default)).count();
    assert_eq!(coloured, 0, "cells with a colour");
    let (selected, _) = find(&screen, "Front door").unwrap();
    assert!(cells.iter().any(|(row, cell)| *row == selected && cell.inverse()), "the selected row stands out");
    quit(&pty);
    "no colour, the selection is reversed".to_owned()
}

pub(super) fn ascii() -> String {
    let shop = Shop::open();
    shop.http.on("/health", Answer::json(503, r#"{"status": "日本 größer \u001b]0;x\u0007 \u202e", "orders": 7}"#));
    let c = [("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("LC_ALL", "C")];
    for (env, args) in [(&c[..], &[][..]), (&c[..2], &["--ascii"][..])] {
        let pty = started(&shop, env, args);
        pty.wait_for("the fault", |screen| line(screen, 1).contains("CRITICAL")).unwrap();
        press(&pty, Key::Enter, "Last answer");
        // a letter of one column for each, a wide one and its second column
        pty.wait_text(r"? ?  gr??er \u001b]0;x\u0007 <U+202E>").unwrap();
        dismiss(&pty, Key::Char('q'), "Last answer");
        quit(&pty);
        let beyond = pty.raw().iter().filter(|byte| **byte >= 0x80).count();
        assert_eq!(beyond, 0, "bytes beyond ASCII");
    }
    "no byte beyond ASCII".to_owned()
}
