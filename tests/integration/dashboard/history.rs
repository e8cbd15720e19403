//! What an earlier run saw: it is drawn again after a restart, as what was, and never taken for what is.

use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;
use vt100::Screen;

use crate::midwatch::{home, program};
use crate::support::eventually::eventually;
use crate::support::http_stub::{Answer, Http};
use crate::support::pty::Pty;
use crate::support::terminal::{find, text};

const PATIENCE: Duration = Duration::from_secs(60);

fn watch(home: &Path, http: &Http) -> Pty {
    let file = home.join("shop.toml");
    let text = format!(
        "title = \"Shop\"\n[component.api]\nevery = \"1s\"\ntimeout = \"900ms\"\nprobe.http = {{ url = \"{}\" }}\nhealthy = \"status == 200\"\n\
         [component.api.signal]\norders = \"body.orders\"\n[panel.orders]\ntitle = \"Orders\"\nkind = \"trend\"\nsignal = \"api.orders\"\n",
        http.url("/health")
    );
    std::fs::write(&file, text).unwrap();
    program(home).args(["--system-file".as_ref(), file.as_os_str()]).start().unwrap()
}

fn orders(http: &Http, n: u64) {
    http.on("/health", Answer::json(200, &format!(r#"{{"orders": {n}}}"#)));
}

/// The lowest row of the chart, behind its axis.
fn foot(screen: &Screen) -> Option<String> {
    let rows = text(screen);
    let row = rows.lines().find(|row| row.contains(" 0\u{2524}"))?;
    row.split('\u{2524}').nth(1).map(|row| row.trim_matches(['\u{2502}', ' ']).to_owned())
}

#[test]
fn after_a_kill_the_course_goes_on_behind_a_gap() {
    let (home, http) = (home(), Http::start());
    orders(&http, 400);
    let first = watch(home.path(), &http);
    first.wait_text("500\u{2524}").unwrap();
    let kept = home.path().join(".local/state/midwatch/history/shop.samples");
    eventually("a batch is on disk", PATIENCE, || kept.metadata().ok().filter(|kept| kept.len() > 100));
    first.signal(Signal::KILL).unwrap();
    eventually("it was off for a while", PATIENCE, || {
        kept.metadata().ok()?.modified().ok()?.elapsed().ok().filter(|off| *off > Duration::from_secs(6))
    });
    http.on("/health", Answer::Hang);
    let second = watch(home.path(), &http);
    let screen = second.wait_text("waiting").unwrap();
    assert!(find(&screen, "400").is_none(), "what was seen before is no reading\n{}", second.screen_text());
    orders(&http, 3);
    let screen = second
        .wait_for("the course of the first run, a gap and the second", |screen| {
            find(screen, "500\u{2524}").is_some()
                && foot(screen)
                    .is_some_and(|foot| foot.starts_with('\u{2588}') && foot.contains("   ") && !foot.ends_with(' '))
        })
        .unwrap();
    assert!(find(&screen, "3 ").is_some(), "{}", second.screen_text());
}

#[test]
fn a_state_folder_that_cannot_be_used_is_told_and_watching_goes_on() {
    let (home, http) = (home(), Http::start());
    orders(&http, 400);
    std::fs::create_dir_all(home.path().join(".local/state/midwatch")).unwrap();
    std::fs::write(home.path().join(".local/state/midwatch/history"), "in the way").unwrap();
    let pty = watch(home.path(), &http);
    pty.wait_text("samples are not kept").unwrap();
    orders(&http, 900);
    pty.wait_text("900").unwrap();
}
