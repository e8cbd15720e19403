//! How actions end: what their command does, and what is seen of its effect.

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::{Signal, kill_process};

use super::shop::{Shop, Told};
use crate::midwatch;
use crate::support::process::pid;
use crate::support::program::Program;

const UP: &str = r#"echo '{"up": true, "count": 2}' >"$HOME/world""#;

/// The verification of most rows.
const PROOF: &str = "verify = { when = \"worker.up\", within = \"2s\", samples = 1 }\n";

pub(super) fn hangs() -> String {
    let shop = Shop::open();
    shop.restart("trap '' TERM; sleep 1000 & while :; do wait; done", &format!("timeout = \"1s\"\n{PROOF}"));
    let told = shop.act("restart", &["--yes"]);
    let brief = told.ended("timed_out", 1, "not done within 1s: ended by KILL, 5s after TERM");
    assert!(told.json["evidence"].to_string().contains("worker.up = false"), "verified all the same: {told:#?}");
    shop.assert_nobody_left();
    assert_eq!(shop.journal(), ["intent", "outcome timed_out"]);
    shop.assert_whole();
    brief
}

/// What is told to be left running; ends it.
fn left(told: &Told) -> Vec<String> {
    let left = told.json["left_running"].as_array().cloned().unwrap_or_default();
    left.iter()
        .map(|line| {
            let (id, command) = line.as_str().unwrap().strip_prefix("pid ").unwrap().split_once(": ").unwrap();
            kill_process(pid(id.parse().unwrap()).unwrap(), Signal::KILL).unwrap();
            command.to_owned()
        })
        .collect()
}

pub(super) fn backgrounds() -> String {
    let shop = Shop::open();
    shop.restart(&format!("sleep 1000 & {UP}"), PROOF);
    let began = Instant::now();
    let told = shop.act("restart", &["--yes"]);
    assert!(began.elapsed() < Duration::from_secs(40), "the pipe is not waited for: {:?}", began.elapsed());
    let brief = told.ended("verified", 0, "");
    assert_eq!(left(&told), ["sleep 1000"]);
    shop.assert_nobody_left();
    shop.assert_whole();
    brief + ", left running: sleep 1000"
}

pub(super) fn escapes() -> String {
    let shop = Shop::open();
    shop.restart(&format!("setsid sleep 1000 </dev/null >/dev/null 2>&1 & {UP}"), PROOF);
    let told = shop.act("restart", &["--yes"]);
    let brief = told.ended("verified", 0, "");
    assert_eq!(left(&told), ["sleep 1000"]);
    shop.assert_nobody_left();
    // at a time-out it is ended with the rest
    shop.restart("setsid sleep 1000 & sleep 1000", "timeout = \"1s\"\ncooldown = \"0s\"\n");
    let told = shop.act("restart", &["--yes"]);
    told.ended("timed_out", 1, "ended by TERM");
    assert_eq!(left(&told), [""; 0]);
    shop.assert_nobody_left();
    shop.assert_whole();
    brief + ", told at an exit, ended at a time-out"
}

pub(super) fn prompts() -> String {
    let shop = Shop::open();
    let ask =
        "( : </dev/tty ) 2>\"$HOME/tty\"; tty >>\"$HOME/tty\"; read answer || echo nobody >>\"$HOME/tty\"; exit 1";
    shop.restart(ask, PROOF);
    let mut program = Program::new(midwatch::PATH).args(["act", "shop", "restart", "--yes", "--system-file"]);
    program = program.args([shop.file()]);
    for (name, value) in shop.env() {
        program = program.env(name, value);
    }
    let pty = program.start().unwrap();
    assert_eq!(pty.exit_status().unwrap().code(), Some(1), "{}", pty.screen_text());
    let said = fs::read_to_string(shop.path("tty")).unwrap();
    assert!(said.contains("No such device or address") && said.ends_with("not a tty\nnobody\n"), "{said}");
    assert_eq!(shop.journal(), ["intent", "outcome failed"]);
    shop.assert_whole();
    "failed (1): no terminal (ENXIO), nothing to read".to_owned()
}

pub(super) fn says_so_and_is_not() -> String {
    let shop = Shop::open();
    shop.restart("exit 0", PROOF);
    let told = shop.act("restart", &["--yes"]);
    assert_eq!((&told.json["verified"], &told.json["exit_code"]), (&false.into(), &0.into()));
    assert_eq!(shop.journal(), ["intent", "outcome not_verified"]);
    shop.assert_whole();
    told.ended("not_verified", 4, "its effect was not seen within 2s: worker.up = false")
}

pub(super) fn says_not_and_is() -> String {
    let shop = Shop::open();
    shop.restart(&format!("{UP}; exit 1"), PROOF);
    let told = shop.act("restart", &["--yes"]);
    assert_eq!((&told.json["verified"], &told.json["exit_code"]), (&true.into(), &1.into()));
    shop.assert_whole();
    told.ended("failed", 1, "exited with 1; but the condition holds: worker.up = true")
}

pub(super) fn has_no_effect() -> String {
    let shop = Shop::open();
    let proof = "verify = { when = \"worker.count > 1.0\", within = \"2s\", samples = 1 }\n";
    shop.restart("echo UPDATE 1", proof);
    let told = shop.act("restart", &["--yes"]);
    assert_eq!(told.text("output_tail"), "UPDATE 1");
    shop.assert_whole();
    told.ended("not_verified", 4, "worker.count = 1")
}

const KEY: &str = "s3cret-key-0042";

pub(super) fn floods() -> String {
    let shop = Shop::open();
    let flood = format!(
        "yes 'key={KEY} and more' | head -c 25000000; head -c 25000000 /dev/urandom; echo; \
         printf 'a\\033]52;c;ZXZpbA==\\007b\\r\\342\\200\\256c\\n'; echo key={KEY}; echo last; {UP}"
    );
    shop.restart(&flood, &format!("{PROOF}[var.key]\nenv = \"SHOP_KEY\"\nsecret = true\n"));
    let told = Told::of(shop.command("restart", &["--yes"]).env("SHOP_KEY", KEY));
    let brief = told.ended("verified", 0, "");
    let tail = told.text("output_tail");
    assert!(tail.ends_with("key=***\nlast"), "{tail}");
    assert!(tail.len() <= 64 << 10, "{} bytes of output", tail.len());
    let feed = shop.state().join("runs").join(told.text("run_id")).join("events.jsonl");
    let feed = fs::read(feed).unwrap();
    assert!(feed.len() < 768 << 10, "{} bytes of feed", feed.len());
    let feed = String::from_utf8(feed).unwrap();
    assert!(feed.contains("left out") && feed.contains("\"last\""), "its end is told, and that something is not");
    for text in [&feed, tail] {
        assert!(!text.contains("s3cret") && !text.chars().any(|c| c.is_control() && c != '\n'));
    }
    shop.assert_whole();
    format!("{brief}, a feed of {} KiB", feed.len() >> 10)
}
