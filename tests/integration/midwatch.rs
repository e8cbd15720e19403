//! Our own program in a PTY: a home of its own, an environment of its own, and what it must leave behind.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use vt100::Screen;

use crate::support::http_stub::{Answer, Http};
use crate::support::key::Key;
use crate::support::program::Program;
use crate::support::pty::Pty;
use crate::support::tcp_stub::TcpStub;
use crate::support::terminal;

/// The program.
pub(crate) const PATH: &str = env!("CARGO_BIN_EXE_midwatch");

/// A home folder with nothing in it.
pub(crate) fn home() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// The program at 120x40 in a capable terminal, with no variable set that configures it.
pub(crate) fn program(home: &Path) -> Program {
    around(Program::new(PATH), home)
}

/// A shell script in which `midwatch` is our program, in the same surroundings.
pub(crate) fn shell(home: &Path, script: &str) -> Program {
    let script = format!("midwatch() {{ '{PATH}' \"$@\"; }}\n{script}");
    around(Program::new("/bin/sh").args(["-c", &script]), home).env("PATH", "/usr/bin:/bin")
}

fn around(program: Program, home: &Path) -> Program {
    program
        .env("HOME", home)
        .env("TERM", "xterm-256color")
        .env("LANG", "C.UTF-8")
        .env("TZ", "UTC")
        .cwd(home)
        .size(120, 40)
}

/// A small system over stubs: an HTTP service with a number, a TCP service, and one that is asked rarely.
pub(crate) struct Shop {
    /// The HTTP service.
    pub(crate) http: Http,
    /// The TCP service.
    pub(crate) cache: TcpStub,
    home: TempDir,
}

impl Shop {
    /// Everything is well.
    pub(crate) fn open() -> Self {
        let http = Http::start();
        http.on("/nightly", Answer::json(200, r#"{"done": true}"#));
        let cache = TcpStub::start(|_, stop| stop.wait());
        let shop = Self { http, cache, home: home() };
        shop.orders(7);
        std::fs::write(shop.file(), shop.text()).unwrap();
        shop
    }

    /// From now on the service tells this number.
    pub(crate) fn orders(&self, n: u64) {
        self.http.on("/health", Answer::json(200, &format!(r#"{{"status": "ok", "orders": {n}}}"#)));
    }

    /// How often the service was asked.
    pub(crate) fn polls(&self) -> usize {
        self.http.hits().iter().filter(|hit| hit.path == "/health").count()
    }

    /// The system file.
    pub(crate) fn file(&self) -> PathBuf {
        self.home.path().join("shop.toml")
    }

    /// The folder it lies in.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// The dashboard over it, not started yet.
    pub(crate) fn program(&self) -> Program {
        program(self.home.path()).args([Path::new("--system-file"), &self.file()])
    }

    /// The dashboard over it, once it has seen that all is well.
    pub(crate) fn watch(&self) -> Pty {
        let pty = self.program().start().unwrap();
        pty.wait_text("all 3 components answer").unwrap();
        pty
    }

    fn text(&self) -> String {
        format!(
            r#"
title = "Shop"
environment = "staging"
timezone = "Europe/Berlin"

[component.api]
title = "Front door"
every = "1s"
timeout = "1s"
probe.http = {{ url = "{health}" }}
healthy = "status == 200 && body.status == 'ok'"
[component.api.signal]
orders = {{ value = "body.orders", unit = "orders" }}

[component.cache]
title = "Cache"
every = "1s"
timeout = "1s"
probe.tcp = {{ address = "{cache}" }}

[component.nightly]
title = "Nightly"
every = "10m"
timeout = "10s"
probe.http = {{ url = "{nightly}" }}

[rule.orders-high]
summary = "Orders pile up"
when = "api.orders > 100"
severity = "warning"

[panel.services]
title = "Services"
kind = "services"

[panel.orders]
title = "Orders"
kind = "backlog"
component = "api"
signal = "api.orders"
"#,
            health = self.http.url("/health"),
            nightly = self.http.url("/nightly"),
            cache = self.cache.address(),
        )
    }
}

/// One row of the screen, without trailing blanks.
pub(crate) fn line(screen: &Screen, row: u16) -> String {
    let (_, columns) = screen.size();
    let text = screen.rows(0, columns.get()).nth(row.into()).unwrap_or_default();
    text.trim_end().to_owned()
}

/// Sends a key and waits for the text that it brings. A text that stands there already would be waited for in vain: what
/// is sent next would then come in one piece with this key, before its answer.
#[track_caller]
pub(crate) fn press(pty: &Pty, key: Key, brings: &str) -> Screen {
    let text = pty.screen_text();
    assert!(!text.contains(brings), "{brings:?} is there before {key:?} is pressed:\n{text}");
    pty.send_key(key).unwrap();
    pty.wait_text(brings).unwrap()
}

/// Sends a key and waits until the text is gone that stands there now.
#[track_caller]
pub(crate) fn dismiss(pty: &Pty, key: Key, takes_away: &str) -> Screen {
    let text = pty.screen_text();
    assert!(text.contains(takes_away), "{takes_away:?} is not there before {key:?} is pressed:\n{text}");
    pty.send_key(key).unwrap();
    pty.wait_gone(takes_away).unwrap()
}

/// Opens the list of alerts, which the panels may show in part already.
#[track_caller]
pub(crate) fn open_alerts(pty: &Pty) -> Screen {
    pty.send_key(Key::Char('a')).unwrap();
    pty.wait_for("the list of alerts", lists_alerts).unwrap()
}

/// Closes it by the key that opened it.
#[track_caller]
pub(crate) fn close_alerts(pty: &Pty) {
    pty.send_key(Key::Char('a')).unwrap();
    pty.wait_for("the panels", |screen| !lists_alerts(screen)).unwrap();
}

/// As a panel they are never the first.
fn lists_alerts(screen: &Screen) -> bool {
    line(screen, 2).trim_start_matches(['╭', '─', ' ']).starts_with("Alerts ")
}

/// The terminal is as it was before the program: modes, main screen, cursor, pasting.
#[track_caller]
pub(crate) fn assert_restored(pty: &Pty) {
    assert_eq!(pty.modes_now().unwrap(), pty.modes_at_start(), "the terminal's modes");
    let screen = pty.screen();
    assert!(!screen.alternate_screen(), "the alternate screen was not left:\n{}", terminal::text(&screen));
    assert!(!screen.hide_cursor(), "the cursor is hidden");
    assert!(!screen.bracketed_paste(), "pastes are still bracketed");
}

/// Quits by `q` and looks at what is left.
#[track_caller]
pub(crate) fn quit(pty: &Pty) {
    pty.send_key(Key::Char('q')).unwrap();
    assert_eq!(pty.exit_status().unwrap().code(), Some(0));
    assert_restored(pty);
}

/// True when a text stands between the situation line and the footer.
pub(crate) fn in_body(screen: &Screen, text: &str) -> bool {
    let (rows, columns) = screen.size();
    let body = usize::from(rows.get()).saturating_sub(3);
    screen.rows(0, columns.get()).skip(2).take(body).any(|row| row.contains(text))
}
