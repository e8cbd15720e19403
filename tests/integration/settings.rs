//! The user's own `config.toml`, as `midwatch config` tells of it, and what it does.

use std::path::{Path, PathBuf};

use midwatch::base::{Problem, Source};
use midwatch::config::{Known, SettingsFile};

use crate::midwatch::{Shop, dismiss, press};
use crate::support::command_line::run;
use crate::support::key::Key;

/// A home with this `config.toml`.
fn home(text: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("midwatch");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("config.toml"), text).unwrap();
    home
}

/// The row of `config show` that begins with this key, its columns.
fn row(shown: &str, key: &str) -> Vec<String> {
    let line = shown.lines().find(|line| line.starts_with(&format!("{key} "))).unwrap_or_else(|| panic!("{shown}"));
    line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned).collect()
}

#[test]
fn every_mistake_of_broken_settings_is_told_with_its_place() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config");
    let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect();
    let known = Known { systems: names(&["sabine", "moose"]), themes: names(&["dark", "light"]) };
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder.join("errors"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let _scope = settings.bind_to_scope();
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder.join("settings")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let file = SettingsFile::read(&Source { path: "config.toml".into(), text: text.into() }, &known);
        let told: Vec<String> = file.problems.iter().map(Problem::render).collect();
        insta::assert_snapshot!(format!("settings-{}", path.file_stem().unwrap().display()), told.join("\n\n"));
    }
}

#[test]
fn a_flag_goes_before_the_environment_and_that_before_the_file() {
    let home = home("systems = ['sabine']\ntheme = 'light'\nzone = 'Asia/Tokyo'\nread_only = true\n");
    let config = home.path().to_str().unwrap();
    let env = [("XDG_CONFIG_HOME", config), ("HOME", "/nonexistent")];
    let place = |line: usize| format!("{config}/midwatch/config.toml:{line}:1");
    let shown = run(["config", "show"], &env);
    assert_eq!(shown.code, 0, "{}", shown.err);
    assert_eq!(row(&shown.out, "systems"), ["systems", "sabine", &place(1)]);
    assert_eq!(row(&shown.out, "theme"), ["theme", "light", &place(2)]);
    assert_eq!(row(&shown.out, "read_only"), ["read_only", "true", &place(4)]);
    assert_eq!(row(&shown.out, "refresh_floor"), ["refresh_floor", "none", "default"]);

    let mut with = env.to_vec();
    with.extend([("MIDWATCH_THEME", "nord"), ("MIDWATCH_READ_ONLY", "false"), ("MIDWATCH_REFRESH_FLOOR", "30s")]);
    let shown = run(["config", "show"], &with);
    assert_eq!(row(&shown.out, "theme"), ["theme", "nord", "MIDWATCH_THEME"]);
    assert_eq!(row(&shown.out, "read_only"), ["read_only", "false", "MIDWATCH_READ_ONLY"]);
    assert_eq!(row(&shown.out, "refresh_floor"), ["refresh_floor", "30s", "MIDWATCH_REFRESH_FLOOR"]);
    let shown = run(["--theme", "mono", "--system", "moose", "config", "show"], &with);
    assert_eq!(row(&shown.out, "theme"), ["theme", "mono", "--theme"]);
    assert_eq!(row(&shown.out, "systems"), ["systems", "moose", "--system"]);

    let wrong = run(["config", "show"], &[("MIDWATCH_ZONE", "Mars"), ("HOME", "/nonexistent")]);
    assert!(wrong.code == 2 && wrong.err.contains("MIDWATCH_ZONE: 'Mars'"), "{}", wrong.err);
}

#[test]
fn validate_tells_every_mistake_and_writes_nothing() {
    let text = "theme = 'drak'\nbogus = 1\n";
    let home = home(text);
    let env = [("XDG_CONFIG_HOME", home.path().to_str().unwrap()), ("HOME", "/nonexistent")];
    let wrong = run(["config", "validate"], &env);
    assert_eq!(wrong.code, 1, "{}", wrong.err);
    for told in ["config.toml:1:9: theme: ", "did you mean 'dark'?", "config.toml:2:1: bogus: ", "2 mistakes"] {
        assert!(wrong.out.contains(told), "{told} in {}", wrong.out);
    }
    let file = home.path().join("midwatch/config.toml");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    // another command tells it and goes on
    let doctor = run(["systems", "list"], &env);
    assert_eq!(doctor.code, 0, "{}", doctor.err);
    let diagnosed = run(["diagnose"], &env);
    assert!(diagnosed.err.contains("left out: ") && diagnosed.err.contains("config.toml:1:9"), "{}", diagnosed.err);

    let other = home.path().join("other.toml");
    std::fs::write(&other, run(["config", "default"], &env).out).unwrap();
    let other = other.to_str().unwrap();
    for args in [&["config", "validate", other][..], &["--config", other, "config", "validate"]] {
        let right = run(args, &env);
        assert!(right.code == 0 && right.out.contains("ok"), "{}{}", right.out, right.err);
    }
    let absent = run(["config", "validate", "--config", "/nonexistent.toml"], &env);
    assert!(absent.code == 2 && absent.err.contains("/nonexistent.toml"), "{}", absent.err);
    let none = run(["config", "validate"], &[("HOME", "/nonexistent")]);
    assert!(none.code == 0 && none.out.contains("not there"), "{}", none.out);
}

#[test]
fn the_schema_takes_the_default_file_and_refuses_what_is_unknown() {
    let schema: serde_json::Value = serde_json::from_str(&run(["config", "schema"], &[]).out).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let json = |text: &str| serde_json::to_value(text.parse::<toml::Table>().unwrap()).unwrap();
    let live = run(["config", "default"], &[]).out.replace("#: ", "");
    assert!(schema.is_valid(&json(&live)), "{live}");
    assert!(!schema.is_valid(&json("thmee = 'dark'")));
}

#[test]
fn a_check_looks_at_the_listed_systems_and_never_at_a_list_with_a_mistake() {
    let home = home("systems = ['moose']\n");
    let env = [("XDG_CONFIG_HOME", home.path().to_str().unwrap()), ("HOME", "/nonexistent")];
    // nothing of it is configured: it is named, and so it was chosen
    let listed = run(["check"], &env);
    assert!(listed.code == 3 && listed.err.contains("moose"), "{} {}", listed.code, listed.err);
    std::fs::write(home.path().join("midwatch/config.toml"), "systems = ['moose', 'sabin']\n").unwrap();
    let broken = run(["check"], &env);
    assert!(broken.code == 3 && broken.err.contains("did you mean 'sabine'?"), "{} {}", broken.code, broken.err);
}

#[test]
fn what_is_read_only_in_the_file_is_read_only_for_an_action() {
    for text in ["read_only = true\n", "read_only = ture\n"] {
        let home = home(text);
        let config = home.path().to_str().unwrap();
        let env = [("XDG_CONFIG_HOME", config), ("XDG_STATE_HOME", config), ("HOME", "/nonexistent")];
        let act = run(["act", "sabine", "restart-worker", "--yes"], &env);
        assert!(act.code == 5 && (act.out + &act.err).contains("read-only"), "{text}");
    }
}

#[test]
fn keys_are_those_of_the_file_and_a_clash_names_both() {
    let text = "[keys]\nzoom = 'F3'\nlog = ['L', 'p']\nalerst = 'A'\nruns = 'Retrun'\n";
    let home = home(text);
    let env = [("XDG_CONFIG_HOME", home.path().to_str().unwrap()), ("HOME", "/nonexistent")];
    let wrong = run(["config", "validate"], &env);
    for told in [
        "config.toml:3:13: keys.log[1]: 'p' is the key of 'pause' as well as of 'log'",
        "config.toml:4:1: keys.alerst: no command 'alerst'",
        "did you mean 'alerts'?",
        "config.toml:5:8: keys.runs: 'Retrun' is no key",
        "3 mistakes",
    ] {
        assert!(wrong.code == 1 && wrong.out.contains(told), "{told} in {}", wrong.out);
    }
    let keys = run(["keys"], &env);
    let line = |id: &str| {
        let line = keys.out.lines().find(|line| line.split_whitespace().any(|word| word == id)).unwrap();
        line.split_whitespace().next().unwrap().to_owned()
    };
    assert_eq!(["zoom", "log", "pause"].map(line), ["F3", "e", "p"]);
    assert!(run(["man"], &env).out.contains("F3"));
}

#[test]
fn a_key_that_was_bound_works_and_help_shows_it() {
    let shop = Shop::open();
    let folder = shop.home().join(".config/midwatch");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("config.toml"), "[keys]\nhelp = ['H']\nlog = ['L']\nzoom = ['p']\n").unwrap();
    let pty = shop.program().start().unwrap();
    pty.wait_text("config.toml:4:9: keys.zoom").unwrap();
    press(&pty, Key::Char('H'), "Commands");
    pty.wait_for("the bound key in the help", |screen| {
        screen.contents().lines().any(|line| line.contains("L  ") && line.contains("show what changed when"))
    })
    .unwrap();
    dismiss(&pty, Key::Char('H'), "Commands");
    pty.send_key(Key::Char('q')).unwrap();
    assert_eq!(pty.exit_status().unwrap().code(), Some(0));
}
