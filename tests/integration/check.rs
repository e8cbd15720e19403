//! `midwatch check` as cron and monitoring run it: the real program against scripted servers.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::command_line::{Run, midwatch, run};
use crate::support::http_stub::{Answer, Http};
use crate::support::program::Program;

const KEY: &str = "k3y-that-nobody-may-see";

const SYSTEM: &str = r#"
title = "Corner shop"

[var.url]
env = "SHOP_URL"

[var.key]
env = "SHOP_KEY"
secret = true

[component.api]
title = "Front door"
every = "1s"
timeout = "500ms"
probe.http = { url = "${url}/health", headers = { X-API-Key = "${key}" } }
healthy = "status == 200 && body.status == 'ok'"
[component.api.signal]
backlog = { value = "body.backlog", unit = "entries" }
note = { value = "body.note", optional = true }

[component.stock]
every = "1s"
timeout = "500ms"
probe.http = { url = "${url}/stock" }
depends_on = ["api"]

[component.sandbox]
every = "15m"
timeout = "500ms"
on_down = "warning"
probe.http = { url = "${url}/sandbox" }

[rule.backlog-high]
summary = "Backlog above 50"
when = "api.backlog > 50"
severity = "warning"

[rule.backlog-stays]
summary = "Backlog above 20 for some time"
when = "api.backlog > 20"
for = "2s"
severity = "critical"
"#;

/// A shop with its servers and its system file.
struct Shop {
    http: Http,
    folder: tempfile::TempDir,
}

impl Shop {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("shop.toml"), SYSTEM).unwrap();
        let http = Http::start();
        http.on("/health", healthy(3)).on("/stock", Answer::json(200, "{}")).on("/sandbox", Answer::json(200, "{}"));
        Self { http, folder }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("shop.toml")
    }

    fn check(&self, more: &[&str]) -> Run {
        let url = self.http.url("");
        check(&self.file(), &url, more)
    }
}

fn check(file: &Path, url: &str, more: &[&str]) -> Run {
    let args = ["check", "--system-file", file.to_str().unwrap()];
    run(args.iter().chain(more), &[("SHOP_URL", url), ("SHOP_KEY", KEY)])
}

fn healthy(backlog: i64) -> Answer {
    Answer::json(200, &format!(r#"{{"status":"ok","backlog":{backlog}}}"#))
}

/// An address at which nobody listens.
fn nobody() -> String {
    format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap())
}

/// The report, parsed, after the shipped schema accepted it.
pub(super) fn held_against_the_schema(text: &str) -> Value {
    let schema: Value = serde_json::from_str(&run(["check", "--schema"], &[]).out).unwrap();
    let report: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&report).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    report
}

#[test]
fn every_status_has_its_exit_code_in_every_format() {
    let cases = [
        ("ok", healthy(3), 0),
        ("warning", healthy(51), 1),
        ("critical", Answer::json(200, r#"{"status":"sick","backlog":3}"#), 2),
        ("unknown", Answer::json(401, "{}"), 3),
        ("unknown", Answer::json(200, r#"{"status":"ok"}"#), 3),
        ("unknown", Answer::json(200, r#"{"status":"ok","backlog":"#), 3),
        ("critical", Answer::Reset, 2),
    ];
    let shop = Shop::open();
    for (status, answer, code) in cases {
        shop.http.on("/health", answer.clone());
        for format in ["json", "text", "nagios", "tmux"] {
            let run = shop.check(&["--format", format]);
            assert_eq!((run.code, run.err.as_str()), (code, ""), "{status} as {format}, {answer:?}: {}", run.out);
            if format == "json" {
                assert_eq!(held_against_the_schema(&run.out)["status"], status, "{answer:?}");
            }
        }
    }
}

#[test]
fn the_formats_tell_the_same_story() {
    let shop = Shop::open();
    shop.http.on("/health", healthy(128));
    let nagios = shop.check(&["--format", "nagios"]).out;
    assert!(nagios.starts_with("SHOP WARNING - Backlog above 50 | "), "{nagios}");
    assert!(nagios.contains(" 'api.backlog'=128;50;20;0; "), "{nagios}");
    assert_eq!(nagios.lines().count(), 1);
    assert_eq!(shop.check(&["--format", "tmux"]).out, "shop WARN backlog-high\n");
    let text = shop.check(&[]).out;
    assert!(text.starts_with("shop WARNING  Backlog above 50\n"), "{text}");
    assert!(text.contains("api.backlog = 128 > 50") && text.contains("  Front door  up"), "{text}");
    assert!(!text.contains('\u{1b}'), "no colour where there is no terminal");
    let report = held_against_the_schema(&shop.check(&["--format", "json"]).out);
    let system = &report["systems"][0];
    assert_eq!(system["signals"]["api.backlog"]["value"], 128);
    assert_eq!(system["signals"]["api.backlog"]["unit"], "entries");
    assert_eq!(system["alerts"][0]["rule"], "backlog-high");
    assert_eq!(system["alerts"][0]["state"], "firing");
}

#[test]
fn one_look_settles_what_is_down_and_asks_what_answers_once() {
    let shop = Shop::open();
    shop.http.on("/stock", Answer::json(503, "{}"));
    let run = shop.check(&["--format", "json"]);
    assert_eq!(run.code, 2);
    let report = held_against_the_schema(&run.out);
    let stock = &report["systems"][0]["components"][1];
    assert_eq!((&stock["state"], &stock["failures"]), (&Value::from("down"), &Value::from(2)), "{stock}");
    assert!(stock["error"].as_str().unwrap().contains("503"), "{stock}");
    let asked = |path: &str| shop.http.hits().iter().filter(|hit| hit.path == path).count();
    assert_eq!((asked("/health"), asked("/stock"), asked("/sandbox")), (1, 2, 1));
    assert!(shop.http.hits().iter().all(|hit| hit.method == "GET"), "watching writes nothing");
}

#[test]
fn what_answers_at_the_second_knock_is_well() {
    let shop = Shop::open();
    shop.http.on_each("/health", [Answer::json(503, "{}"), healthy(3)]);
    let run = shop.check(&[]);
    assert_eq!(run.code, 0, "{}", run.out);
}

#[test]
fn slow_components_are_left_out_when_asked() {
    let shop = Shop::open();
    shop.http.on("/sandbox", Answer::json(500, "{}"));
    assert_eq!(shop.check(&[]).code, 1, "it counts when it is asked");
    let asked = shop.http.hits().len();
    let run = shop.check(&["--skip-slow"]);
    assert_eq!(run.code, 0, "{}", run.out);
    assert!(shop.http.hits()[asked..].iter().all(|hit| hit.path != "/sandbox"));
    assert!(run.out.contains("not asked"), "{}", run.out);
}

#[test]
fn a_look_that_lasts_lets_rules_with_a_time_fire() {
    let shop = Shop::open();
    shop.http.on("/health", healthy(30));
    let once = shop.check(&["--format", "json"]);
    assert_eq!(once.code, 0, "pending does not count: {}", once.out);
    assert_eq!(held_against_the_schema(&once.out)["systems"][0]["alerts"][0]["state"], "pending");
    let lasting = shop.check(&["--format", "json", "--for", "4s"]);
    assert_eq!(lasting.code, 2, "{}", lasting.out);
    assert_eq!(held_against_the_schema(&lasting.out)["systems"][0]["alerts"][0]["rule"], "backlog-stays");
}

#[test]
fn it_speaks_ascii_where_the_locale_does() {
    let shop = Shop::open();
    shop.http.on("/health", Answer::json(200, r#"{"status":"größer","backlog":3}"#));
    let url = shop.http.url("");
    let file = shop.file();
    let args = ["check", "--system-file", file.to_str().unwrap()];
    let with = |locale: &str, more: &[&str]| {
        run(args.iter().chain(more), &[("SHOP_URL", &url), ("SHOP_KEY", KEY), ("LC_ALL", locale)]).out
    };
    for format in ["text", "nagios", "tmux"] {
        let c = with("C", &["--format", format]);
        assert!(c.is_ascii() && !c.is_empty(), "{c}");
    }
    assert!(with("C", &[]).contains("gr??er"));
    assert!(with("C.UTF-8", &[]).contains("größer"));
    assert!(with("C", &["--format", "json"]).contains("größer"), "JSON is UTF-8");
}

#[test]
fn nothing_that_hangs_keeps_it() {
    let shop = Shop::open();
    shop.http
        .otherwise(Answer::Hang)
        .on("/health", Answer::Hang)
        .on("/stock", Answer::Hang)
        .on("/sandbox", Answer::Hang);
    let start = Instant::now();
    let run = shop.check(&["--format", "json"]);
    // twice half a second, and time for a loaded machine
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
    assert_eq!(run.code, 2);
    let report = held_against_the_schema(&run.out);
    for component in report["systems"][0]["components"].as_array().unwrap() {
        assert_eq!(component["state"], "down", "{component}");
        assert!(component["error"].as_str().unwrap().contains("timed out"), "{component}");
    }
    assert_eq!(report["systems"][0]["signals"]["api.backlog"]["missing"], "timed_out");
}

#[test]
fn a_closed_door_is_told_with_its_cause() {
    let shop = Shop::open();
    let run = check(&shop.file(), &nobody(), &[]);
    assert_eq!(run.code, 2);
    assert!(run.out.contains("No component answers") || run.out.contains("refused 127.0.0.1:"), "{}", run.out);
}

#[test]
fn a_component_that_lacks_a_variable_is_no_fault() {
    let shop = Shop::open();
    let args = ["check", "--system-file", shop.file().to_str().unwrap(), "--format", "json"].map(str::to_owned);
    let without_key = run(&args, &[("SHOP_URL", &shop.http.url(""))]);
    assert_eq!(without_key.code, 0, "{}", without_key.out);
    let report = held_against_the_schema(&without_key.out);
    let api = &report["systems"][0]["components"][0];
    assert_eq!((&api["state"], &api["error"]), (&"unknown".into(), &"not configured: variable key is not set".into()));
    assert!(shop.http.hits().iter().all(|hit| hit.path != "/health"), "it is not asked");
    let nothing = run(&args, &[]);
    assert_eq!((nothing.code, nothing.out.as_str()), (3, ""));
    assert!(nothing.err.contains("nothing of it is configured") && nothing.err.contains("SHOP_URL"), "{}", nothing.err);
}

#[test]
fn no_output_holds_a_secret() {
    let shop = Shop::open();
    let echo = format!(r#"{{"status":"ok","backlog":3,"note":"your key {KEY} is fine\u001b]0;x\u0007"}}"#);
    let sick = format!(r#"{{"status":"{KEY}","backlog":3}}"#);
    for body in [echo, sick] {
        shop.http.on("/health", Answer::json(200, &body));
        for format in ["json", "text", "nagios", "tmux"] {
            let run = shop.check(&["--format", format]);
            let all = run.out + &run.err;
            assert!(!all.contains(KEY), "{format}: {all}");
            assert!(all.chars().all(|c| c == '\n' || !c.is_control()), "{format}: {all:?}");
        }
    }
    assert!(shop.http.hits().iter().any(|hit| hit.header("x-api-key") == Some(KEY)), "it is sent, though");
    let doctor = run(
        ["doctor", "--system-file", shop.file().to_str().unwrap(), "--var", &format!("key={KEY}")],
        &[("SHOP_URL", &shop.http.url(""))],
    );
    assert!(doctor.out.contains(&format!("set, {} characters", KEY.len())), "{}", doctor.out);
    assert!(!(doctor.out + &doctor.err).contains(KEY));
}

#[test]
fn a_reader_that_goes_away_is_a_quiet_end() {
    let shop = Shop::open();
    shop.http.on("/health", healthy(51).after(Duration::from_millis(200)));
    let args = ["check", "--format", "json", "--system-file", shop.file().to_str().unwrap()].map(str::to_owned);
    let url = shop.http.url("");
    let mut command = midwatch(&args, &[("SHOP_URL", &url), ("SHOP_KEY", KEY)]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), String::from_utf8_lossy(&ended.stderr).as_ref()), (Some(1), ""));
    // a full disk is told
    let full = File::options().write(true).open("/dev/full").unwrap();
    let ended = midwatch(&args, &[("SHOP_URL", &url), ("SHOP_KEY", KEY)])
        .stdout(full)
        .stderr(Stdio::piped())
        .spawn()
        .and_then(std::process::Child::wait_with_output)
        .unwrap();
    assert_eq!(ended.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("writing to standard output"));
}

#[test]
fn a_check_that_was_called_wrongly_is_unknown() {
    let shop = Shop::open();
    let file = shop.file();
    let file = file.to_str().unwrap();
    let broken = shop.folder.path().join("broken.toml");
    std::fs::write(&broken, "title = 3\n[rule.x]\nwehn = \"true\"\n").unwrap();
    let cases: Vec<(Vec<&str>, &str)> = vec![
        (vec!["check"], "no system to watch"),
        (vec!["check", "--bogus"], "--bogus"),
        (vec!["check", "--format", "xml"], "xml"),
        (vec!["check", "--for", "soon"], "soon"),
        (vec!["check", "--system", "sabime"], "did you mean 'sabine'?"),
        (vec!["check", "--system-file", "/nowhere/shop.toml"], "/nowhere/shop.toml"),
        (vec!["check", "--system-file", file, "--var", "ulr=http://x"], "did you mean 'url'?"),
        (vec!["check", "--system-file", file, "--var", "url"], "--var [SYSTEM.]NAME=VALUE"),
        (vec!["check", "--system-file", broken.to_str().unwrap()], "broken.toml:3:1"),
        (vec!["--bogus", "check"], "--bogus"),
    ];
    for (args, told) in cases {
        let run = run(&args, &[]);
        assert_eq!((run.code, run.out.as_str()), (3, ""), "{args:?}: {}", run.err);
        assert!(run.err.contains(told), "{args:?}: {}", run.err);
    }
}

#[test]
fn a_monitor_reads_why_nothing_can_be_told() {
    let run = |format| run(["check", "--system", "sabime", "--format", format], &[]);
    let nagios = run("nagios");
    assert_eq!(nagios.code, 3);
    assert_eq!(nagios.out, "MIDWATCH UNKNOWN - no system 'sabime'; did you mean 'sabine'?\n");
    let tmux = run("tmux");
    assert_eq!((tmux.code, tmux.out.as_str()), (3, "midwatch UNKNOWN\n"));
}

#[test]
fn colour_is_for_terminals_and_never_under_no_color() {
    let shop = Shop::open();
    shop.http.on("/health", healthy(51));
    let colored = |env: &[(&str, &str)], more: &[&str]| {
        let program = Program::new(env!("CARGO_BIN_EXE_midwatch"))
            .args(["check", "--system-file", shop.file().to_str().unwrap()])
            .args(more)
            .env("SHOP_URL", shop.http.url(""))
            .env("SHOP_KEY", KEY);
        let program = env.iter().fold(program, |program, (name, value)| program.env(name, value));
        let pty = program.start().unwrap();
        assert_eq!(pty.exit_status().unwrap().code(), Some(1));
        assert!(pty.screen_text().contains("shop WARNING  Backlog above 50"), "{}", pty.screen_text());
        pty.raw().contains(&0x1b)
    };
    let term = ("TERM", "xterm-256color");
    assert!(colored(&[term], &[]));
    assert!(!colored(&[term], &["--color", "never"]));
    assert!(!colored(&[term, ("NO_COLOR", "1")], &[]));
    assert!(colored(&[term, ("NO_COLOR", "1")], &["--color", "always"]));
    assert!(!colored(&[], &[]), "TERM is not set");
    assert!(!colored(&[("TERM", "dumb")], &[]));
}

#[test]
fn several_systems_are_told_together_and_the_worst_decides() {
    let shop = Shop::open();
    let other = shop.folder.path().join("bakery");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("system.toml"), SYSTEM.replace("SHOP_", "BAKERY_")).unwrap();
    let bakery = format!("bakery.url={}", nobody());
    let (file, url) = (shop.file(), shop.http.url(""));
    let args = [
        "--system-file",
        other.to_str().unwrap(),
        "check",
        "--var",
        &bakery,
        "--format",
        "nagios",
        "--system-file",
        file.to_str().unwrap(),
    ];
    let both = run(args, &[("SHOP_URL", &url), ("SHOP_KEY", KEY), ("BAKERY_KEY", KEY)]);
    assert_eq!(both.code, 2, "{} {}", both.out, both.err);
    assert!(both.out.starts_with("MIDWATCH CRITICAL - bakery critical: "), "{}", both.out);
    assert!(both.out.contains("; shop ok: ") && both.out.contains("'shop.api.backlog'=3;"), "{}", both.out);
}
