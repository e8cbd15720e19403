//! Under a real tmux and a real GNU screen, as most people have it who stay for hours: what is said to the terminal
//! reaches it, and the wall's recipe works.

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;

use crate::midwatch::{PATH, Shop, press, shell};
use crate::support::eventually::eventually;
use crate::support::key::Key;
use crate::support::program::Program;
use crate::support::pty::Pty;

/// tmux with nothing of its user's own; its server ends with it.
struct Tmux<'a> {
    home: &'a Path,
}

impl<'a> Tmux<'a> {
    fn new(shop: &'a Shop) -> Self {
        let lines = [
            "set -g status off",
            "set -g set-titles on",
            "set -g set-titles-string '#{pane_title}'",
            "set -g set-clipboard on",
            "set -g allow-passthrough on",
            "set -g default-terminal tmux-256color",
            // keys that come at once are keys here, and no pasted text
            "set -g assume-paste-time 0",
        ];
        std::fs::write(shop.home().join("tmux.conf"), lines.join("\n")).unwrap();
        Self { home: shop.home() }
    }

    fn command(&self, rest: &str) -> String {
        format!("tmux -f '{0}/tmux.conf' -S '{0}/tmux.sock' {rest}", self.home.display())
    }

    fn run(&self, rest: &str) -> Program {
        shell(self.home, &self.command(rest))
    }
}

impl Drop for Tmux<'_> {
    fn drop(&mut self) {
        if let Ok(pty) = self.run("kill-server").start() {
            let _ = pty.exit_status();
        }
    }
}

#[track_caller]
fn wait_title(pty: &Pty, title: &str) {
    let is = || pty.title().is_some_and(|bytes| bytes == title.as_bytes()).then_some(());
    eventually(&format!("the title {title}"), Duration::from_secs(60), is);
}

/// What the terminal at the very outside was asked to put into its clipboard.
#[track_caller]
fn clipboard(pty: &Pty) -> String {
    let encoded = eventually("the clipboard", Duration::from_secs(20), || pty.clipboard());
    String::from_utf8(base64::engine::general_purpose::STANDARD.decode(encoded).unwrap()).unwrap()
}

pub(super) fn tmux() -> String {
    let shop = Shop::open();
    super::copy::configure(&shop, "[notices]\nat_least = 'warning'\nterminal = ['bell', 'osc9', 'osc777']\n");
    let tmux = Tmux::new(&shop);
    let pty = tmux.run(&format!("new-session \"'{PATH}' --system-file '{}'\"", shop.file().display())).start().unwrap();
    pty.wait_text("all 3 components answer").unwrap();
    wait_title(&pty, "midwatch OK shop");
    press(&pty, Key::Char('y'), "copied Front door");
    let copied = clipboard(&pty);
    assert!(copied.contains("polled"), "{copied}");
    let from = pty.bytes_written();
    shop.orders(500);
    pty.wait_bytes(from, b"\x1b]9;midwatch WARNING shop: Orders pile up (api.orders = 500 > 100)\x07").unwrap();
    pty.wait_bytes(from, b"\x1b]777;notify;midwatch WARNING shop;Orders pile up (api.orders = 500 > 100)\x07").unwrap();
    wait_title(&pty, "midwatch WARNING shop");
    press(&pty, Key::Char('?'), "Commands");
    pty.resize(90, 30).unwrap();
    pty.send_key(Key::Char('?')).unwrap();
    pty.wait_gone("Commands").unwrap();
    pty.send_key(Key::Char('q')).unwrap();
    pty.exit_status().unwrap();
    assert!(!pty.screen().alternate_screen());
    "title, clipboard, notices and sizes reach it".to_owned()
}

pub(super) fn wall() -> String {
    let shop = Shop::open();
    let tmux = Tmux::new(&shop);
    // as the README has it
    let start = tmux.command(&format!(
        "new-session -d -s wall -x 200 -y 60 \"'{PATH}' --wall --system-file '{}'\"",
        shop.file().display()
    ));
    let attach = tmux.command("attach -t wall");
    let pty = shell(shop.home(), &format!("{start}; {attach}; echo detached; {attach}; echo over")).size(200, 60);
    let pty = pty.start().unwrap();
    wait_title(&pty, "midwatch OK shop");
    pty.send("\u{2}d").unwrap();
    pty.wait_bytes(0, b"detached").unwrap();
    shop.orders(500);
    wait_title(&pty, "midwatch WARNING shop");
    // no key but q
    pty.send("jx?r").unwrap();
    pty.send_key(Key::Char('q')).unwrap();
    pty.wait_text("over").unwrap();
    "detached, attached, quit".to_owned()
}

pub(super) fn screen() -> String {
    let shop = Shop::open();
    let sockets = shop.home().join("sockets");
    std::fs::create_dir(&sockets).unwrap();
    std::fs::set_permissions(&sockets, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let run = format!("exec screen -U -c /dev/null -S manners '{PATH}' --system-file '{}'", shop.file().display());
    let pty = shell(shop.home(), &run).env("SCREENDIR", &sockets).start().unwrap();
    pty.wait_text("all 3 components answer").unwrap();
    press(&pty, Key::Char('y'), "copied Front door");
    let copied = clipboard(&pty);
    assert!(copied.contains("polled"), "{copied}");
    press(&pty, Key::Char('?'), "Commands");
    pty.send_key(Key::Char('?')).unwrap();
    pty.wait_gone("Commands").unwrap();
    pty.send_key(Key::Char('q')).unwrap();
    pty.exit_status().unwrap();
    "drawn, clipboard in pieces".to_owned()
}
