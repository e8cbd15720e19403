//! The guide of the README, followed to the letter: every line of it in a shell, over a service as it describes.

use std::process::Command;

use crate::midwatch::{home, shell};
use crate::support::http_stub::{Answer, Http};
use crate::support::key::Key;

/// The shell blocks of the guide, in their order.
fn blocks() -> Vec<String> {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let (_, rest) = readme.split_once("<!-- guide -->").unwrap();
    let (guide, _) = rest.split_once("<!-- /guide -->").unwrap();
    guide.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn a_newcomer_has_a_sixth_system_after_the_guide() {
    let service = Http::start();
    service.on("/health", Answer::json(200, r#"{"status": "ok", "waiting": 3}"#));
    let url = service.url("");
    let home = home();
    let said = |script: &str| script.replace("http://127.0.0.1:8800", url.trim_end_matches('/'));
    let blocks = blocks();
    assert_eq!(blocks.len(), 4);
    let (watched, typed): (Vec<&String>, Vec<&String>) =
        blocks.iter().partition(|block| block.trim() == "midwatch --system-file library/system.toml");
    assert_eq!(watched.len(), 1);
    let run = |script: &str| {
        let script = format!("set -e\nmidwatch() {{ '{}' \"$@\"; }}\n{script}", crate::midwatch::PATH);
        let output = Command::new("/bin/sh")
            .args(["-c", &script])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", home.path())
            .current_dir(home.path())
            .output()
            .unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{script}\n{out}\n{err}");
        out.into_owned()
    };
    let exported = said("export LIBRARY_API_URL=http://127.0.0.1:8800\n");
    assert!(run(&said(typed[0])).contains("system.toml: ok ("));
    let told = run(&(exported.clone() + typed[1]));
    assert!(told.contains("More than 2 people wait") && told.contains("POST"), "{told}");
    assert!(service.hits().iter().all(|hit| hit.method == "GET"), "nothing is done by a dry run");

    let pty = shell(home.path(), &(exported.clone() + watched[0])).start().unwrap();
    pty.wait_text("More than 2 people wait").unwrap();
    pty.send_key(Key::Char('q')).unwrap();
    assert_eq!(pty.exit_status().unwrap().code(), Some(0));

    let listed = run(&(exported + typed[2]));
    assert!(listed.lines().any(|line| line.starts_with("library ") && line.contains("yours")), "{listed}");
}
