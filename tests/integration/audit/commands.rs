//! `midwatch audit show` and `verify` as a person and a script run them.

use std::io::Write as _;

use midwatch::action::{Item, ItemEnd};
use midwatch::record::{Draft, Kind, Who};
use midwatch::runtime::clock;
use serde_json::{Value, json};

use super::Desk;
use crate::support::command_line::{Run, run};

impl Desk {
    fn midwatch(&self, args: &[&str]) -> Run {
        let home = self.home().to_str().unwrap();
        run(["audit"].iter().chain(args), &[("XDG_STATE_HOME", home), ("HOME", "/nonexistent")])
    }

    fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.midwatch(&[args, &["--format", "json"]].concat()).out).unwrap()
    }

    /// An intent and its outcome, then one without.
    fn with_runs() -> Self {
        let desk = Self::new();
        let who = || Who {
            user: "alice".to_owned(),
            uid: 1001,
            sudo_user: None,
            ssh: Some("10.0.0.7".to_owned()),
            tty: Some("pts/3".to_owned()),
            host: "ops1".to_owned(),
            pid: 4121,
        };
        let of = |kind, run: &str, action: &str| Draft {
            run: Some(run.to_owned()),
            system: Some("shop".to_owned()),
            environment: Some("production".to_owned()),
            action: Some(action.to_owned()),
            target: Some("worker".to_owned()),
            ..Draft::new(kind, who())
        };
        let intent = Draft {
            confirm: Some("typed".to_owned()),
            reason: Some("3a after deploy".to_owned()),
            call: Some("systemctl restart shop-worker".to_owned()),
            argv: ["systemctl", "restart", "shop worker"].map(str::to_owned).to_vec(),
            evidence: Some(json!({ "worker.up": false })),
            ..of(Kind::Intent, "run-00000001", "restart-worker")
        };
        let outcome = Draft {
            outcome: Some("not_verified".to_owned()),
            exit_code: Some(0),
            reason: Some("worker.up is still false".to_owned()),
            items: vec![
                Item { id: "job-1".to_owned(), end: ItemEnd::Done },
                Item { id: "job-2".to_owned(), end: ItemEnd::Failed("no such job".to_owned()) },
            ],
            ..of(Kind::Outcome, "run-00000001", "restart-worker")
        };
        for draft in [intent, outcome, of(Kind::Intent, "run-00000002", "drain")] {
            desk.audit.append(&draft, clock::now()).unwrap();
        }
        desk
    }
}

#[test]
fn without_a_journal_nothing_is_wrong_and_nothing_is_made() {
    let desk = Desk::new();
    std::fs::remove_dir(desk.home().join("midwatch")).unwrap();
    for command in ["show", "verify"] {
        let run = desk.midwatch(&[command]);
        assert!(run.code == 0 && run.out.contains("no journal yet in "), "{command}: {} {}", run.out, run.err);
    }
    assert_eq!(desk.json(&["show"]), json!({ "version": 1, "records": [] }));
    assert_eq!(desk.json(&["verify"])["status"], "none");
    assert!(!desk.home().join("midwatch").exists());
    let lost = desk.midwatch(&["verify", "--anchor", &"a".repeat(64)]);
    assert!(lost.code == 1 && lost.out.contains("NOT in the chain"), "a journal that was there is gone: {}", lost.out);
}

#[test]
fn show_is_a_table_of_who_ran_what_and_how_it_ended() {
    let desk = Desk::with_runs();
    let shown = desk.midwatch(&["show"]);
    assert_eq!((shown.code, shown.err.as_str()), (0, ""));
    let lines: Vec<&str> = shown.out.lines().collect();
    assert_eq!(lines.len(), 4, "{}", shown.out);
    // behind the time
    let rest = |line: &str| line.chars().skip(21).collect::<String>();
    assert_eq!(rest(lines[0]), "WHO         RUN       SYSTEM/ACTION        OUTCOME       REASON");
    assert_eq!(rest(lines[1]), "alice@ops1  00000001  shop/restart-worker  intent        3a after deploy");
    assert_eq!(rest(lines[2]), "alice@ops1  00000001  shop/restart-worker  not verified  worker.up is still false");
    assert_eq!(rest(lines[3]), "alice@ops1  00000002  shop/drain           no end yet");
    for (args, count) in [
        (vec!["--last", "1"], 1),
        (vec!["--action", "drain"], 1),
        (vec!["--system", "shop"], 3),
        (vec!["--system", "shop", "--action", "restart-worker", "--last", "1"], 1),
        (vec!["--system", "bakery"], 0),
        (vec!["--run", "00000001"], 2),
    ] {
        let args = [vec!["show"], args].concat();
        assert_eq!(desk.json(&args)["records"].as_array().unwrap().len(), count, "{args:?}");
    }
    assert_eq!(desk.midwatch(&["show", "--system", "bakery"]).out, "no such record\n");
    let last = &desk.json(&["show", "--last", "1"])["records"][0];
    assert_eq!((&last["seq"], &last["action"], &last["who"]["user"]), (&json!(3), &json!("drain"), &json!("alice")));
}

#[test]
fn show_tells_everything_about_one_run() {
    let desk = Desk::with_runs();
    let shown = desk.midwatch(&["show", "--run", "00000001"]).out;
    for told in [
        "UTC  intent  record 1",
        "run         run-00000001",
        "action      shop/restart-worker on worker, production",
        "who         alice@ops1 (pts/3) from 10.0.0.7, uid 1001, process 4121",
        "confirmed   typed",
        "argv        systemctl restart 'shop worker'",
        "evidence    {\"worker.up\":false}",
        "UTC  not verified  record 2",
        "exit code   0",
        "items       1 done, 1 failed",
        "job-2 failed: no such job",
    ] {
        assert!(shown.contains(told), "{told} in {shown}");
    }
    assert!(!shown.contains("drain"), "{shown}");
}

#[test]
fn verify_names_the_first_bad_record() {
    let desk = Desk::with_runs();
    let intact = desk.midwatch(&["verify"]);
    assert!(intact.code == 0 && intact.out.starts_with("intact: 3 records, from "), "{}", intact.out);
    assert!(intact.out.contains("What it does not"), "it says what a chain does not prove: {}", intact.out);
    let hash = desk.json(&["verify"])["head"]["hash"].as_str().unwrap().to_owned();
    assert!(intact.out.contains(&format!("head 3 {hash}")), "{}", intact.out);

    let text = String::from_utf8(desk.bytes()).unwrap();
    std::fs::write(desk.file(), text.replace("not_verified", "verified")).unwrap();
    let broken = desk.midwatch(&["verify"]);
    assert_eq!(broken.code, 1);
    assert!(broken.out.contains("BROKEN") && broken.out.contains("line 2, record 2: edited"), "{}", broken.out);
    let tree = desk.json(&["verify"]);
    assert_eq!((&tree["status"], &tree["bad"][0]["seq"]), (&json!("broken"), &json!(2)));
    assert!(desk.midwatch(&["show"]).err.contains("not as it was written, from line 2"), "show says so as well");
}

#[test]
fn a_cut_end_is_found_with_the_anchor() {
    let desk = Desk::with_runs();
    let kept = desk.home().join("kept.txt");
    std::fs::write(&kept, desk.midwatch(&["verify"]).out).unwrap();
    let anchor = kept.to_str().unwrap();
    let hash = desk.json(&["verify"])["head"]["hash"].as_str().unwrap().to_owned();
    for given in [anchor, &hash, &format!("3 {hash}")] {
        let run = desk.midwatch(&["verify", "--anchor", given]);
        assert!(run.code == 0 && run.out.contains(": in the chain"), "{given}: {}", run.out);
    }
    let text = String::from_utf8(desk.bytes()).unwrap();
    let end = text.trim_end().rfind('\n').unwrap() + 1;
    std::fs::write(desk.file(), &text[..end]).unwrap();
    assert_eq!(desk.midwatch(&["verify"]).code, 0, "a chain alone cannot tell");
    let run = desk.midwatch(&["verify", "--anchor", anchor]);
    assert!(run.code == 1 && run.out.contains("NOT in the chain"), "{}", run.out);
    assert_eq!(desk.json(&["verify", "--anchor", &hash])["anchors"][0]["found"], false);
    for wrong in ["abc", "/nonexistent", desk.file().parent().unwrap().to_str().unwrap()] {
        let run = desk.midwatch(&["verify", "--anchor", wrong]);
        assert!(run.code == 2 && run.err.contains(wrong), "{wrong}: {}", run.err);
    }
}

#[test]
fn what_is_planted_in_the_journal_does_not_reach_the_terminal() {
    let desk = Desk::with_runs();
    let line = r#"{"v":1,"seq":4,"at":"2026-11-22T03:12:09.512Z","boot_ms":1,"kind":"note","who":{"user":"\u001b[31m","uid":0,"host":"\u009b2J","pid":1},"reason":"\u202eevil\u001b]52;c;eA==\u0007","prev":"\u001b","hash":"\u001b"}"#;
    let mut file = std::fs::File::options().append(true).open(desk.file()).unwrap();
    writeln!(file, "{line}").unwrap();
    for args in [vec!["show"], vec!["show", "--format", "json"], vec!["verify"], vec!["verify", "--format", "json"]] {
        let run = desk.midwatch(&args);
        let shown = run.out + &run.err;
        assert!(shown.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}'), "{args:?}: {shown:?}");
        assert!(!shown.contains("\\u001b"), "{args:?}: {shown:?}");
    }
}
