//! Themes as whoever sits at the terminal has them: chosen by the terminal's own word, previewed, kept for the session, and
//! files of one's own with their mistakes.

use std::path::Path;

use vt100::{Color, Screen};

use crate::midwatch::{Shop, line, press, quit};
use crate::support::command_line::run;
use crate::support::key::Key;
use crate::support::program::Program;
use crate::support::pty::Pty;

/// The ground of `light`, of `dark` and of `nord`.
const PAPER: Color = Color::Rgb(0xfb, 0xfa, 0xf7);
const NIGHT: Color = Color::Rgb(0x0f, 0x14, 0x1c);
const NORD: Color = Color::Rgb(0x2e, 0x34, 0x40);
const QUESTION: &[u8] = b"\x1b]11;?\x1b\\";
const BRIGHT: &str = "\x1b]11;rgb:fdfd/f6f6/e3e3\x1b\\";

/// The ground of the panels, under whatever stands there.
fn ground(screen: &Screen) -> Color {
    screen.cell(20, 0).unwrap().bgcolor()
}

fn colourful(shop: &Shop) -> Program {
    shop.program().env("COLORTERM", "truecolor")
}

fn started(program: &Program) -> Pty {
    let pty = program.start().unwrap();
    pty.wait_text("all 3 components answer").unwrap();
    pty
}

fn asked(pty: &Pty) -> bool {
    pty.raw().windows(QUESTION.len()).any(|bytes| bytes == QUESTION)
}

/// Writes a theme of the user's, a copy of a built-in one with something in it replaced.
fn own(home: &Path, name: &str, from: &str, to: &str) {
    let folder = home.join(".config/midwatch/themes");
    std::fs::create_dir_all(&folder).unwrap();
    let text = run(["themes", "show", "nord"], &[]).out;
    assert!(text.contains(from), "{text}");
    std::fs::write(folder.join(name), text.replace(from, to)).unwrap();
}

#[test]
fn the_terminals_own_word_counts_once_and_a_late_answer_is_no_key() {
    let shop = Shop::open();
    // the environment says bright; the terminal, which answers as soon as it is asked, says dark
    let pty = started(&colourful(&shop).env("COLORFGBG", "0;15"));
    pty.wait_for("the dark theme", |screen| ground(screen) == NIGHT).unwrap();
    assert!(asked(&pty));
    // an answer that nobody waits for any more, torn apart by a slow line
    let (head, tail) = BRIGHT.split_at(12);
    pty.send(head).unwrap();
    pty.send(tail).unwrap();
    press(&pty, Key::Char('?'), "Commands");
    let screen = pty.screen();
    assert!(ground(&screen) == NIGHT && !line(&screen, 0).contains("PAUSED"), "{}", pty.screen_text());
    pty.send_key(Key::Char('?')).unwrap();
    pty.wait_gone("Commands").unwrap();
    quit(&pty);
}

#[test]
fn who_cannot_answer_is_not_asked_and_a_choice_neither() {
    let shop = Shop::open();
    let pty = started(&colourful(&shop).args(["--theme", "light"]));
    assert!(ground(&pty.screen()) == PAPER && !asked(&pty), "somebody chose");
    quit(&pty);
    // of sixteen colours white is the light theme's ground
    for (env, want) in [
        ([("TERM", "linux"), ("COLORFGBG", "0;15")], Color::Idx(15)),
        ([("TERM", "linux"), ("COLORFGBG", "15;0")], Color::Idx(0)),
        ([("NO_COLOR", "1"), ("COLORFGBG", "0;15")], Color::Default),
    ] {
        let pty = started(&env.iter().fold(shop.program(), |program, (name, value)| program.env(name, value)));
        assert!(ground(&pty.screen()) == want && !asked(&pty), "{env:?}: {:?}", ground(&pty.screen()));
        quit(&pty);
    }
}

#[test]
fn a_theme_is_shown_under_the_cursor_and_kept_by_enter() {
    let shop = Shop::open();
    let pty = started(&colourful(&shop).args(["--theme", "light"]));
    press(&pty, Key::Char('T'), "Enter keeps");
    pty.send_key(Key::Down).unwrap();
    pty.send_key(Key::Down).unwrap();
    pty.wait_for("the preview", |screen| ground(screen) == NORD).unwrap();
    pty.send_key(Key::Esc).unwrap();
    pty.wait_for("what was", |screen| ground(screen) == PAPER).unwrap();
    press(&pty, Key::Char('T'), "Enter keeps");
    pty.send_key(Key::Down).unwrap();
    pty.send_key(Key::Down).unwrap();
    pty.wait_for("the preview", |screen| ground(screen) == NORD).unwrap();
    pty.send_key(Key::Enter).unwrap();
    pty.wait_text("--theme nord").unwrap();
    pty.wait_gone("Enter keeps").unwrap();
    assert_eq!(ground(&pty.screen()), NORD);
    quit(&pty);
    assert!(!shop.home().join(".config").exists(), "nothing is written");
}

#[test]
fn a_theme_of_ones_own_is_listed_and_its_mistake_named() {
    let shop = Shop::open();
    own(shop.home(), "mine.toml", "#2e3440", "#101820");
    own(shop.home(), "wrong.toml", "dim = \"mist\"", "dim = \"mits\"");
    let pty = started(&colourful(&shop).args(["--theme", "mine"]));
    assert_eq!(ground(&pty.screen()), Color::Rgb(0x10, 0x18, 0x20));
    press(&pty, Key::Char('T'), "has a mistake");
    quit_from_list(&pty);
    // it starts all the same, and says what is wrong
    let pty = colourful(&shop).args(["--theme", "wrong"]).start().unwrap();
    let screen = pty.wait_text("wrong.toml:").unwrap();
    assert_eq!(ground(&screen), NIGHT);
    press(&pty, Key::Char('T'), "has a mistake");
    pty.send_key(Key::Char('G')).unwrap();
    pty.wait_text("role.dim: 'mits'").unwrap();
    quit_from_list(&pty);
}

fn quit_from_list(pty: &Pty) {
    pty.send_key(Key::Esc).unwrap();
    pty.wait_gone("Enter keeps").unwrap();
    quit(pty);
}

#[test]
fn themes_are_listed_shown_and_validated() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    own(home, "wrong.toml", "dim = \"mist\"", "dim = \"mits\"");
    own(home, "key.toml", "hint = ", "hnit = ");
    own(home, "kind.toml", "dim = \"mist\"", "dim = 7");
    let env = [("HOME", home.to_str().unwrap())];
    let list = run(["themes", "list"], &env);
    assert!(list.code == 0 && list.out.contains("colorblind") && list.out.contains("wrong"), "{}", list.out);
    let whole = run(["themes", "validate"], &env);
    assert!(whole.code == 1 && whole.out.contains("dark: ok"), "{}", whole.out);
    for (name, place, allowed) in [
        ("wrong", "wrong.toml:", "did you mean 'mist'?"),
        ("key", "key.toml:", "unknown field `hnit`, expected one of"),
        ("kind", "kind.toml:", "a colour, or a table of fg, bg, bold"),
    ] {
        let one = run(["themes", "validate", name], &env);
        assert!(one.code == 1 && one.out.contains(place) && one.out.contains(allowed), "{name}: {}", one.out);
    }
    let unknown = run(["themes", "show", "nrod"], &env);
    assert!(unknown.code == 2 && unknown.err.contains("did you mean 'nord'?"), "{}", unknown.err);
    assert_eq!(run(["themes", "validate", "no/such.toml"], &env).code, 1);
}
