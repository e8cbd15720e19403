//! `--plain`: the real program, read line by line.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::midwatch::{PATH, Shop, home};
use crate::support::eventually::eventually;

/// How long a line or the end may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long nothing must come: a few polls.
const QUIET: Duration = Duration::from_millis(2500);

/// The program, and the lines that it has written.
struct Lines {
    child: Child,
    lines: Receiver<String>,
}

impl Lines {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = channel();
        let reader = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || reader.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, lines }
    }

    /// The next line, without its time and with no number of seconds.
    #[track_caller]
    fn next(&self) -> String {
        let line = self.lines.recv_timeout(PATIENCE).unwrap();
        let (time, rest) = line.split_once(" UTC ").unwrap();
        assert!(time.parse::<jiff::civil::DateTime>().is_ok(), "{line}");
        match rest.split_once("OK again after ") {
            Some((before, after)) => {
                let after = after.trim_start_matches(|c: char| c.is_ascii_digit() || "hms".contains(c));
                format!("{before}OK again after …{after}")
            }
            None => rest.to_owned(),
        }
    }

    #[track_caller]
    fn is_quiet(&self) {
        assert_eq!(self.lines.recv_timeout(QUIET), Err(RecvTimeoutError::Timeout));
    }

    #[track_caller]
    fn ends(&mut self) -> (ExitStatus, String) {
        let status = eventually("its end", PATIENCE, || self.child.try_wait().unwrap());
        let mut told = String::new();
        let stderr = self.child.stderr.take().map(|mut stderr| std::io::Read::read_to_string(&mut stderr, &mut told));
        stderr.unwrap().unwrap();
        (status, told)
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn plain(shop: &Shop) -> Command {
    let mut command = Command::new(PATH);
    command.env_clear().env("HOME", shop.home()).env("LANG", "C.UTF-8").current_dir(shop.home());
    command.arg("--plain").arg("--system-file").arg(shop.file());
    command
}

#[test]
fn a_fault_comes_and_goes_and_nothing_else_is_told() {
    let mut shop = Shop::open();
    let mut lines = Lines::start(&mut plain(&shop));
    assert_eq!(lines.next(), "OK shop: all that was asked is well");
    lines.is_quiet();
    shop.orders(500);
    assert_eq!(lines.next(), "WARNING shop: Orders pile up: api.orders = 500 > 100 (orders-high)");
    shop.orders(501);
    lines.is_quiet();
    shop.orders(7);
    assert_eq!(lines.next(), "OK shop: Orders pile up: OK again after … (orders-high)");
    assert_eq!(lines.next(), "OK shop: all that was asked is well");
    let address = shop.cache.address();
    shop.cache.close();
    assert_eq!(lines.next(), format!("CRITICAL shop: Cache is down: refused {address} (cache-down)"));
    shop.cache.reopen();
    assert_eq!(lines.next(), "OK shop: Cache: OK again after … (cache-down)");
    assert_eq!(lines.next(), "OK shop: all that was asked is well");
    lines.signal(Signal::TERM);
    let (status, told) = lines.ends();
    assert_eq!((status.code(), told.as_str()), (Some(143), ""));
    assert!(lines.lines.recv_timeout(PATIENCE).is_err(), "nothing more");
}

#[test]
fn its_settings_are_read_again_and_broken_ones_leave_what_held() {
    let shop = Shop::open();
    let folder = shop.home().join(".config/midwatch");
    std::fs::create_dir_all(&folder).unwrap();
    let write = |text: &str| std::fs::write(folder.join("config.toml"), text).unwrap();
    write("refresh_floor = \"1s\"\n");
    let lines = Lines::start(&mut plain(&shop));
    assert_eq!(lines.next(), "OK shop: all that was asked is well");
    write("refresh_floor = \"2s\"\n");
    let next = || lines.lines.recv_timeout(PATIENCE).unwrap();
    assert_eq!(next(), "midwatch: your settings, read again: refresh_floor");
    write("refresh_floor = 7\n");
    let told = next();
    assert!(told.starts_with("midwatch: ") && told.contains("config.toml:1:"), "{told}");
    write("refresh_floor = \"2s\"\n");
    assert_eq!(next(), "midwatch: your settings are right again");
    lines.is_quiet();
}

#[test]
fn it_ends_by_signals_and_when_nobody_reads_any_more() {
    let shop = Shop::open();
    for (signal, code) in [(Signal::INT, 130), (Signal::HUP, 129)] {
        let mut lines = Lines::start(&mut plain(&shop));
        lines.next();
        lines.signal(signal);
        let (status, told) = lines.ends();
        assert_eq!((status.code(), told.as_str()), (Some(code), ""));
    }
    // as `head -1` does: it is noticed though there is nothing to write
    let mut child = plain(&shop).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let mut lines = Lines { child, lines: channel().1 };
    let (status, told) = lines.ends();
    assert_eq!((first.contains(" OK shop: "), status.code(), told.as_str()), (true, Some(0), ""));
}

#[test]
fn secrets_are_hidden_and_every_byte_is_ascii_where_the_locale_is() {
    let shop = Shop::open();
    shop.http.on("/health", crate::support::http_stub::Answer::text(503, "no"));
    let text = std::fs::read_to_string(shop.file()).unwrap();
    let text = text.replace("title = \"Front door\"", "title = \"Tür hunter22-of-the-shop\"");
    let text = text.replace("/health\" }", "/health\", headers = { X-Key = \"${key}\" } }");
    std::fs::write(shop.file(), format!("{text}\n[var.key]\nsecret = true\n")).unwrap();
    let mut command = plain(&shop);
    let lines = Lines::start(command.env("LC_ALL", "C").args(["--var", "key=hunter22-of-the-shop"]));
    let line = lines.next();
    assert!(line.starts_with("CRITICAL shop: T?r ") && line.is_ascii() && !line.contains("hunter22"), "{line}");
}

#[test]
fn the_demo_in_lines() {
    let home = home();
    let demo = |args: &[&str]| {
        let mut command = Command::new(PATH);
        command.env_clear().env("HOME", home.path()).env("LANG", "C.UTF-8").args(["demo", "--plain"]).args(args);
        Lines::start(&mut command)
    };
    let mut lines = demo(&["--system", "sabine", "--fault", "worker-crash"]);
    let line = lines.next();
    assert!(line.starts_with("CRITICAL sabine: Worker is down: refused 127.0.0.1:"), "{line}");
    assert!(line.ends_with(" (worker-down); runbook worker-crash"), "{line}");
    lines.signal(Signal::TERM);
    assert_eq!(lines.ends().0.code(), Some(143));
    let (status, told) = demo(&["--drill"]).ends();
    assert!(status.code() == Some(2) && told.contains("--drill needs the screen"), "{told}");
}
