//! What is run, with which arguments: never a shell, never an option that nobody wrote, never a program that somebody
//! else could have put there.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::shop::{Shop, Told};

/// Writes down its arguments, each ended by a NUL.
const WRITE_DOWN: &str = "printf '%s\\0' \"$@\" >\"$HOME/argv\"";

fn arguments(shop: &Shop) -> Vec<String> {
    let bytes = fs::read_to_string(shop.path("argv")).unwrap();
    bytes.split_terminator('\0').map(str::to_owned).collect()
}

pub(super) fn parameters() -> String {
    let shop = Shop::open();
    let shim = shop.shim("say", WRITE_DOWN);
    shop.declare(&format!(
        "[action.say]\ntitle = \"Say\"\nrisk = \"safe\"\ncommand = [\"{shim}\", \"--to\", \"${{name}}\", \"${{all}}\"]\n\
         [action.say.parameter.name]\n[action.say.parameter.all]\npattern = \"(?s).*\"\ndefault = \"x\"\n\
         [action.say.parameter.how]\none_of = [\"--all\", \"one\"]\ndefault = \"--all\"\n"
    ));
    let say = |given: &[&str]| {
        let args: Vec<&str> = ["--yes"].into_iter().chain(given.iter().flat_map(|one| ["--param", one])).collect();
        shop.act("say", &args)
    };
    let long = format!("name={}", "x".repeat(5000));
    for (given, words) in [
        (&["name=--help"][..], "begins with '-' and could be read as an option"),
        (&["name=-x"], "begins with '-' and could be read as an option"),
        (&["name=; rm -rf /"], "does not match"),
        (&["name=$(id)"], "does not match"),
        (&["name=a\nb"], "control character U+000A"),
        (&["name=x", "all=\u{1b}[31m"], "control character U+001B"),
        (&[&long], "5000 bytes are more than 4096"),
        (&["name=x", "how=--none"], "it is not one of --all, one"),
        (&["nope=x"], "there is no parameter 'nope'; there are: name, all, how"),
        (&[], "parameter 'name' is missing"),
        (&["name"], "write --param NAME=VALUE"),
    ] {
        let told = say(given);
        assert_eq!(told.code, 2, "{given:?}: {told:#?}");
        assert!(told.err.contains(words), "{given:?}: {}", told.err);
    }
    assert_eq!(shop.runs("say"), 0);
    // what its pattern allows arrives as it is, as one argument
    for odd in ["; rm -rf /", "$(id)", "`id`", "*", "", " ", "'\"\\", "${HOME}", "\u{202e}caf\u{e9}"] {
        say(&["name=a@b", &format!("all={odd}")]).ended("not_verified", 4, "");
        assert_eq!(arguments(&shop), ["--to", "a@b", odd]);
    }
    shop.assert_whole();
    "refused (2) with the rule, or one argument, byte for byte".to_owned()
}

pub(super) fn variables() -> String {
    let shop = Shop::open();
    let shim = shop.shim("say", WRITE_DOWN);
    shop.declare(&format!(
        "[var.unit]\ndefault = \"worker\"\n[action.say]\ntitle = \"Say\"\nrisk = \"safe\"\n\
         command = [\"{shim}\", \"${{unit}}\", \"--unit=${{unit}}\"]\n"
    ));
    let mut words = Vec::new();
    for (value, reason) in [
        ("--help", "argument 1 is refused: its variable begins with '-' and could be read as an option"),
        ("a\nb", "argument 1 is refused: its variable holds a control character"),
    ] {
        let told = shop.act("say", &["--yes", "--var", &format!("unit={value}")]);
        words.push(told.ended("refused", 5, reason));
    }
    assert_eq!(shop.runs("say"), 0);
    shop.act("say", &["--yes", "--var", "unit=; rm -rf /"]).ended("not_verified", 4, "");
    assert_eq!(arguments(&shop), ["; rm -rf /", "--unit=; rm -rf /"]);
    shop.assert_whole();
    words.swap_remove(0)
}

pub(super) fn programs() -> String {
    let shop = Shop::open();
    let shim = shop.shim("tool", "");
    let open = shop.path("open");
    fs::create_dir(&open).unwrap();
    fs::copy(&shim, open.join("tool")).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
    let plain = shop.path("plain");
    fs::write(&plain, "").unwrap();
    let run = |program: &str, args: &[&str]| -> Told {
        shop.declare(&format!("[action.run]\ntitle = \"Run\"\nrisk = \"safe\"\ncommand = [\"{program}\"]\n"));
        shop.act("run", args)
    };
    let open = open.join("tool");
    let mut words = Vec::new();
    for (program, reason) in [
        ("no-such-tool", "'no-such-tool' is not on PATH"),
        ("/no/such/tool", "there is no such program"),
        ("bin/tool", "'bin/tool' is a relative path"),
        (plain.to_str().unwrap(), "is not executable: chmod +x"),
        (open.to_str().unwrap(), "can be changed by everybody"),
    ] {
        words.push(run(program, &["--yes"]).ended("refused", 5, reason));
        let shown = run(program, &["--dry-run"]);
        assert!(shown.code == 0 && shown.text("reason").contains(reason), "seen before it is confirmed: {shown:#?}");
    }
    assert_eq!(shop.runs("tool"), 0);
    let shown = run("sleep", &["--dry-run"]);
    assert_eq!(shown.json["preview"]["call"], "/usr/bin/sleep", "the path that it was found at is shown");
    shop.assert_whole();
    words.swap_remove(0)
}
