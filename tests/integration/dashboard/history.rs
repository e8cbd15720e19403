//! What an earlier run saw: it is drawn again after a restart, as what was, and never taken for what is.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::Signal;
use vt100::Screen;

use crate::midwatch::{home, program, shell};
use crate::support::eventually::eventually;
use crate::support::http_stub::{Answer, Http};
use crate::support::pty::Pty;
use crate::support::terminal::{find, text};

const PATIENCE: Duration = Duration::from_secs(60);

fn watch(home: &Path, http: &Http) -> Pty {
    let file = system(home, http);
    program(home).args(["--system-file".as_ref(), file.as_os_str()]).start().unwrap()
}

fn system(home: &Path, http: &Http) -> PathBuf {
    let file = home.join("shop.toml");
    let text = format!(
        "title = \"Shop\"\n[component.api]\nevery = \"1s\"\ntimeout = \"900ms\"\nprobe.http = {{ url = \"{}\" }}\nhealthy = \"status == 200\"\n\
         [component.api.signal]\norders = \"body.orders\"\n[panel.orders]\ntitle = \"Orders\"\nkind = \"trend\"\nsignal = \"api.orders\"\n",
        http.url("/health")
    );
    std::fs::write(&file, text).unwrap();
    file
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

#[test]
fn a_full_disk_is_told_once_and_kills_nothing() {
    let (home, http) = (home(), Http::start());
    orders(&http, 400);
    let file = system(home.path(), &http);
    let script = format!("ulimit -f 0; midwatch --system-file '{}'", file.display());
    let pty = shell(home.path(), &script).start().unwrap();
    pty.wait_text("samples are not kept").unwrap();
    // it stays in the events, and the next batches say nothing
    orders(&http, 900);
    pty.wait_text("900").unwrap();
    let polls = http.hits().len();
    http.wait_hits("/health", polls + 12);
    let told = text(&pty.screen()).matches("samples are not kept").count();
    assert!(told <= 2, "{}", pty.screen_text());
    assert_eq!(std::fs::metadata(home.path().join(".local/state/midwatch/history/shop.samples")).unwrap().len(), 0);
}

#[test]
fn of_two_dashboards_one_writes_and_the_past_is_walked() {
    let (home, http) = (home(), Http::start());
    orders(&http, 400);
    let first = watch(home.path(), &http);
    first.wait_text("400").unwrap();
    let second = watch(home.path(), &http);
    let kept = home.path().join(".local/state/midwatch/history/shop.samples");
    eventually("a batch is on disk", PATIENCE, || kept.metadata().ok().filter(|kept| kept.len() > 100));
    second.wait_text("400").unwrap();
    // a fresh dashboard has too short a past to walk into
    second.send("[").unwrap();
    second.wait_text("nothing earlier is recorded").unwrap();
    second.send("+").unwrap();
    second.wait_text("charts show 1 h").unwrap();
    drop(second);
    first.send("q").unwrap();
    assert_eq!(first.exit_status().unwrap().code(), Some(0));
    // what the last seconds brought is written at the end
    let length = kept.metadata().unwrap().len();
    assert!(length > 100 && length < 4096, "{length} bytes");
}

/// The same shop with a rule over its orders, which is judged anew after every start.
fn watch_with_rule(home: &Path, http: &Http) -> Pty {
    watch_with(home, http, "")
}

/// The same with another part of a system file.
fn watch_with(home: &Path, http: &Http, more: &str) -> Pty {
    let file = system(home, http);
    let rule = "[rule.orders-wait]\nsummary = \"Orders wait\"\nwhen = \"api.orders > 500\"\nseverity = \"warning\"\n";
    std::fs::write(&file, std::fs::read_to_string(&file).unwrap() + rule + more).unwrap();
    program(home).args(["--system-file".as_ref(), file.as_os_str()]).start().unwrap()
}

/// A run that is killed once the file, which is given, tells that the orders wait.
fn killed_while_firing(home: &Path, http: &Http) -> PathBuf {
    orders(http, 400);
    let first = watch_with_rule(home, http);
    first.wait_text("400").unwrap();
    orders(http, 900);
    first.wait_text("Orders wait (api.orders = 900 > 500)").unwrap();
    let kept = home.join(".local/state/midwatch/history/shop.events");
    eventually("it is on disk", PATIENCE, || {
        std::fs::read_to_string(&kept).ok().filter(|kept| kept.contains("firing"))
    });
    first.signal(Signal::KILL).unwrap();
    kept
}

/// Until long enough ago nobody wrote into it.
fn stays_off(kept: &Path) {
    eventually("it was off for a while", PATIENCE, || {
        kept.metadata().ok()?.modified().ok()?.elapsed().ok().filter(|off| *off > Duration::from_secs(4))
    });
}

#[test]
fn after_a_kill_the_events_are_there_under_a_line_for_what_nobody_watched() {
    let (home, http) = (home(), Http::start());
    let kept = killed_while_firing(home.path(), &http);
    // and the disk lied a little: half a line at the end, another in the middle
    let mut lines = std::fs::read_to_string(&kept).unwrap();
    lines.push_str("0badc0de {\"is\":\"event\",\"text\":\"never seen\"}\n1234abcd {\"is\":\"al");
    std::fs::write(&kept, lines).unwrap();
    stays_off(&kept);
    let second = watch_with_rule(home.path(), &http);
    second.wait_text("900").unwrap();
    second.send("e").unwrap();
    let screen = second.wait_text("before Orders wait (api.orders = 900 > 500)").unwrap();
    let shown = text(&screen);
    let row = |words: &str| shown.lines().position(|row| row.contains(words));
    let gap = row("until midwatch started");
    assert!(gap.is_some() && gap < row("before Orders wait"), "{shown}");
    assert!(!shown.contains("never seen"), "{shown}");
    // the alert lives on fresh readings, and tells what was known of it
    second.send("\u{1b}a\r").unwrap();
    let screen = second.wait_text("fired before this start, since").unwrap();
    assert!(find(&screen, "not watched").is_some(), "{}", second.screen_text());
}

#[test]
fn what_fires_before_all_have_answered_does_not_pass_for_a_run_that_went_on() {
    let (home, http) = (home(), Http::start());
    let kept = killed_while_firing(home.path(), &http);
    stays_off(&kept);
    // a component that hangs keeps the start from being over, while the rule fires at once
    http.on("/stock", Answer::Hang);
    let more = format!(
        "[component.stock]\nevery = \"60s\"\ntimeout = \"50s\"\nprobe.http = {{ url = \"{}\" }}\n",
        http.url("/stock")
    );
    let second = watch_with(home.path(), &http, &more);
    second.wait_text("900").unwrap();
    second.send("e").unwrap();
    second.wait_text("until midwatch started").unwrap();
}

#[test]
fn a_state_folder_that_can_only_be_read_is_read_and_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let (home, http) = (home(), Http::start());
    orders(&http, 900);
    let first = watch_with_rule(home.path(), &http);
    first.wait_text("900").unwrap();
    orders(&http, 400);
    first.wait_text("orders-wait is over").unwrap();
    first.send("q").unwrap();
    assert_eq!(first.exit_status().unwrap().code(), Some(0));
    let folder = home.path().join(".local/state/midwatch/history");
    let kept = folder.join("shop.events");
    let before = std::fs::read(&kept).unwrap();
    for file in std::fs::read_dir(&folder).unwrap() {
        std::fs::set_permissions(file.unwrap().path(), std::fs::Permissions::from_mode(0o400)).unwrap();
    }
    let file = home.path().join("shop.toml");
    // no permission stops the superuser: a limit does
    let limit = if rustix::process::geteuid().is_root() { "ulimit -f 0; " } else { "" };
    let second = shell(home.path(), &format!("{limit}midwatch --system-file '{}'", file.display())).start().unwrap();
    second.wait_text("samples are not kept").unwrap();
    second.send("e").unwrap();
    second.wait_text("before orders-wait is over").unwrap();
    assert_eq!(std::fs::read(&kept).unwrap(), before);
}
