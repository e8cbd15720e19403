//! Confirming: by flags, each with its exit code; on a terminal, by typing what the risk asks for; and read-only, which
//! nothing gets around.

use std::collections::BTreeSet;

use super::shop::{PATIENCE, Shop};
use crate::midwatch;
use crate::support::eventually::eventually;
use crate::support::program::Program;
use crate::support::pty::Pty;

/// One action of each risk.
fn declared(shop: &Shop) {
    let shim = shop.shim("tool", "");
    let action = |risk: &str| {
        format!(
            "[action.{risk}]\ntitle = \"It is {risk}\"\nrisk = \"{risk}\"\ncommand = [\"{shim}\"]\ncooldown = \"0s\"\n"
        )
    };
    shop.declare(&["safe", "disruptive", "destructive"].map(action).concat());
}

#[test]
fn every_way_to_ask_has_its_exit_code() {
    let shop = Shop::open();
    declared(&shop);
    for (action, args, code, runs, words) in [
        ("nope", &["--yes"][..], 2, 0, "system 'shop' has no action 'nope'; there are: safe, disruptive, destructive"),
        ("saef", &["--yes"], 2, 0, "did you mean 'safe'?"),
        ("Safe!", &["--yes"], 2, 0, "Safe!"),
        ("safe", &["--yes", "--bogus"], 2, 0, "--bogus"),
        ("safe", &["--yes", "--param", "x=1"], 2, 0, "there is no parameter 'x'; the action takes none"),
        ("safe", &[], 5, 0, "not confirmed: give --yes"),
        ("disruptive", &[], 5, 0, "not confirmed: give --yes"),
        ("destructive", &["--yes"], 5, 0, "not confirmed: give --confirm shop"),
        ("destructive", &["--yes", "--confirm", "shopp"], 5, 0, "not confirmed: give --confirm shop"),
        ("destructive", &["--yes", "--confirm", "Shop"], 5, 0, "not confirmed: give --confirm shop"),
        ("safe", &["--yes", "--read-only"], 5, 0, "read-only"),
        ("destructive", &["--confirm", "shop", "--read-only"], 5, 0, "read-only"),
        ("safe", &["--yes"], 4, 1, "nothing is declared that would prove it"),
        ("disruptive", &["--yes"], 4, 2, "nothing is declared that would prove it"),
        ("destructive", &["--confirm", "shop"], 4, 3, "nothing is declared that would prove it"),
    ] {
        let told = shop.act(action, args);
        assert_eq!((told.code, shop.runs("tool")), (code, runs), "{action} {args:?}: {told:#?}");
        let said = if code == 2 { told.err.as_str() } else { told.text("reason") };
        assert!(said.contains(words), "{action} {args:?}: {said}");
    }
    let unknown = shop.midwatch(&["act", "nope", "safe", "--yes"]);
    assert!(unknown.code == 2 && unknown.err.contains("nope"), "{unknown:?}");
    // what nobody confirmed is no event
    assert_eq!(shop.journal(), ["intent", "outcome not_verified"].repeat(3));
    shop.assert_whole();
}

/// The fields that scripts rely on.
const FIELDS: &[&str] = &[
    "system",
    "action",
    "run_id",
    "outcome",
    "preview",
    "started",
    "ended",
    "exit_code",
    "http_status",
    "verified",
    "evidence",
    "output_tail",
];

#[test]
fn the_object_has_its_fields_however_it_ends() {
    let shop = Shop::open();
    declared(&shop);
    let mut shapes = BTreeSet::new();
    for args in [&["--dry-run"][..], &[], &["--yes"]] {
        let told = shop.act("safe", args);
        let object = told.json.as_object().unwrap();
        let missing: Vec<_> = FIELDS.iter().filter(|field| !object.contains_key(**field)).collect();
        assert!(missing.is_empty(), "{args:?}: {missing:?}");
        assert_eq!((&object["system"], &object["action"]), (&"shop".into(), &"safe".into()));
        shapes.insert(object.keys().cloned().collect::<Vec<_>>().join(" "));
    }
    assert_eq!(shapes.len(), 1, "always the same: {shapes:#?}");
}

/// `act` on a terminal, without a flag that confirms.
fn asked(shop: &Shop, action: &str) -> Pty {
    let mut program = Program::new(midwatch::PATH).args(["act", "shop", action, "--system-file"]).args([shop.file()]);
    for (name, value) in shop.env() {
        program = program.env(name, value);
    }
    program.start().unwrap()
}

/// Types a line until it was heard: what comes too soon is not.
#[track_caller]
fn answer(pty: &Pty, line: &str) -> Option<i32> {
    pty.wait_text("anything else runs nothing").unwrap();
    eventually("the end", PATIENCE, || {
        let _ = pty.send(line);
        (!pty.is_running()).then_some(())
    });
    pty.exit_status().unwrap().code()
}

#[test]
fn on_a_terminal_each_risk_asks_for_what_it_needs() {
    for (action, line, code) in [
        ("safe", "\r", 4),
        ("safe", "n\r", 5),
        ("disruptive", "y\r", 4),
        ("disruptive", "\r", 5),
        ("disruptive", "yes\r", 5),
        ("destructive", "shop\r", 4),
        ("destructive", "y\r", 5),
        // the end of the input is no answer
        ("safe", "\u{4}", 5),
    ] {
        let shop = Shop::open();
        declared(&shop);
        let pty = asked(&shop, action);
        assert_eq!(answer(&pty, line), Some(code), "{action} {line:?}: {}", pty.screen_text());
        assert_eq!(shop.runs("tool"), usize::from(code == 4), "{action} {line:?}");
    }
}

#[test]
fn what_was_typed_before_the_question_is_no_answer() {
    let shop = Shop::open();
    declared(&shop);
    let pty = asked(&shop, "disruptive");
    pty.send("y\ry\ry\r").unwrap();
    assert_eq!(answer(&pty, "n\r"), Some(5), "{}", pty.screen_text());
    assert_eq!(shop.runs("tool"), 0);
}

#[test]
fn what_is_refused_anyhow_is_not_asked() {
    let shop = Shop::open();
    shop.restart("", "precondition = \"worker.up\"\n");
    let pty = asked(&shop, "restart");
    assert_eq!(pty.exit_status().unwrap().code(), Some(5));
    let said = pty.screen_text();
    assert!(said.contains("refused: precondition does not hold") && !said.contains("runs nothing"), "{said}");
}
