//! T01, T02 and T08 without a screen: what `check` and `doctor` print, and where they print it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::corpus::INVISIBLE;
use super::house::House;
use crate::midwatch::{PATH, Shop, shell};
use crate::support::http_stub::Answer;

fn run(home: &Path, args: &[&str]) -> Output {
    Command::new(PATH).args(args).env_clear().env("HOME", home).env("LANG", "C.UTF-8").output().unwrap()
}

pub(super) fn hostile() -> String {
    let house = House::open();
    let file = house.file();
    let file = file.to_str().unwrap();
    let each = |words: &[&str]| {
        let output = run(house.home(), &[words, &["--system-file", file]].concat());
        let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        // the colours that were asked for
        let plain = ["\u{1b}[32m", "\u{1b}[33m", "\u{1b}[35m", "\u{1b}[1;31m", "\u{1b}[0m"];
        let plain = plain.iter().fold(text, |text, colour| text.replace(colour, ""));
        let is_foreign = |c: &char| (c.is_control() && *c != '\n') || INVISIBLE.contains(c);
        let foreign: Vec<char> = plain.chars().filter(is_foreign).collect();
        assert!(foreign.is_empty(), "{words:?}: {foreign:?}");
        if words.contains(&"json") {
            assert!(plain.contains("z000"), "the payloads are in it");
        }
        format!("{} {} KiB", words.get(2).unwrap_or(&words[0]), plain.len() >> 10)
    };
    let runs = [
        &["check", "--format", "text", "--color", "always"][..],
        &["check", "--format", "json"],
        &["check", "--format", "nagios"],
        &["check", "--format", "tmux"],
        &["doctor"],
    ];
    let told: Vec<String> = std::thread::scope(|scope| {
        let started: Vec<_> = runs.iter().map(|words| scope.spawn(|| each(words))).collect();
        started.into_iter().map(|run| run.join().unwrap()).collect()
    });
    format!("nothing gets through: {}", told.join(", "))
}

pub(super) fn no_terminal() -> String {
    let shop = Shop::open();
    let file = shop.file();
    for place in ["</dev/null", ">/dev/null", "<&-", ">&-", "| cat"] {
        let script = format!(
            "( midwatch --system-file '{}' ; echo code $? >&2 ) {place} 2>told; cat told; echo done",
            file.display()
        );
        let pty = shell(shop.home(), &script).start().unwrap();
        pty.wait_text("done").unwrap();
        let screen = pty.screen_text();
        assert!(screen.contains("code 2") && screen.contains("midwatch check"), "{place}: {screen}");
    }
    "refused with exit 2, the way out is named".to_owned()
}

pub(super) fn closed_pipe() -> String {
    let shop = Shop::open();
    shop.http.on("/nightly", Answer::Reset);
    for format in ["text", "json", "nagios", "tmux"] {
        // the reader is gone before the first byte comes; or it takes the first line and goes, as `head -1` does
        for lines in [0, 1] {
            let mut check = Command::new(PATH);
            check.args(["check", "--format", format, "--system-file"]).arg(shop.file()).env_clear();
            let mut check = check.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            let reader = BufReader::new(check.stdout.take().unwrap());
            reader.lines().take(lines).for_each(|line| drop(line.unwrap()));
            let ended = check.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&ended.stderr).into_owned();
            assert!(matches!(ended.status.code(), Some(1..=3)), "{format}: {}, {said}", ended.status);
            assert_eq!(said, "", "{format}");
        }
    }
    "a quiet end with the status as exit code".to_owned()
}
