//! Hundreds of components in one process: each is asked, again and again, and the screen answers. What it costs is told by
//! `cargo bench --bench scale`.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::Duration;

use crate::midwatch::{home, line, press, program, quit};
use crate::support::eventually::eventually;
use crate::support::http_stub::{Answer, Http};
use crate::support::key::Key;

const COMPONENTS: usize = 300;

#[test]
fn three_hundred_components_are_all_asked_and_the_screen_answers() {
    let (home, http) = (home(), Http::start());
    http.otherwise(Answer::json(200, r#"{"status": "ok", "pending": 3}"#));
    let file = home.path().join("fleet.toml");
    std::fs::write(&file, fleet(&http.url(""))).unwrap();
    let pty = program(home.path()).args(["--system-file".as_ref(), file.as_os_str()]).start().unwrap();
    pty.wait_text(&format!("all {COMPONENTS} components answer")).unwrap();
    press(&pty, Key::Char('?'), "show the commands");
    pty.send_key(Key::Esc).unwrap();
    pty.wait_gone("show the commands").unwrap();
    press(&pty, Key::Char('G'), &format!("-{COMPONENTS} of {COMPONENTS}"));
    eventually("each has been asked again", Duration::from_secs(60), || {
        let mut asked: HashMap<String, usize> = HashMap::new();
        for hit in http.hits() {
            *asked.entry(hit.path).or_default() += 1;
        }
        (asked.len() == COMPONENTS && asked.values().all(|count| *count >= 2)).then_some(())
    });

    // one in trouble among so many is on the first line, whichever rows are shown
    http.on("/7", Answer::json(500, "{}"));
    pty.wait_for("the one that fails", |screen| line(screen, 1).contains("Target 7 is down")).unwrap();
    quit(&pty);
}

fn fleet(url: &str) -> String {
    let mut text = "title = \"Fleet\"\n[panel.services]\ntitle = \"Services\"\nkind = \"services\"\n".to_owned();
    for n in 0..COMPONENTS {
        write!(
            text,
            "[component.c{n}]\ntitle = \"Target {n}\"\nevery = \"2s\"\ntimeout = \"2s\"\n\
             probe.http = {{ url = \"{url}/{n}\" }}\nhealthy = \"status == 200\"\nsignal.pending = \"body.pending\"\n\
             [rule.backlog-{n}]\nsummary = \"Backlog of {n}\"\nwhen = \"c{n}.pending > 50\"\nseverity = \"warning\"\n"
        )
        .unwrap();
    }
    text
}
