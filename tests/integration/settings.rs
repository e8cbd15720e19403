//! The user's own `config.toml`, as `midwatch config` tells of it, and what it does.

use std::path::{Path, PathBuf};
use std::time::Duration;

use midwatch::base::{Problem, Source};
use midwatch::config::{Known, SettingsFile};

use crate::midwatch::{Shop, dismiss, press, quit};
use crate::support::command_line::run;
use crate::support::eventually::eventually;
use crate::support::key::Key;
use crate::support::terminal;

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
    for wrong in ["thmee = 'dark'", "[keys]\nalerst = 'A'", "[wall]\nsaty = '10s'"] {
        assert!(!schema.is_valid(&json(wrong)), "{wrong}");
    }
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
fn show_tells_each_key_and_each_time_of_the_wall_and_where_it_comes_from() {
    let home = home("[wall]\nstay = '40s'\nshift = '6m'\n[keys]\nlog = ['L', 'F4']\nzoom = 'p'\nruns = []\n");
    let config = home.path().to_str().unwrap();
    let shown = run(["config", "show"], &[("XDG_CONFIG_HOME", config), ("HOME", "/nonexistent")]).out;
    let place = |line: usize| format!("{config}/midwatch/config.toml:{line}:1");
    for (key, value, from) in [
        ("wall.stay", "40s", place(2)),
        ("wall.stay_critical", "40s", "default".to_owned()),
        ("wall.shift", "6m00s", place(3)),
        ("keys.log", "L F4", place(5)),
        ("keys.zoom", "z", "default".to_owned()),
        ("keys.runs", "none", place(7)),
        ("keys.quit", "q", "default".to_owned()),
    ] {
        assert_eq!(row(&shown, key), [key, value, &from]);
    }
}

#[test]
fn a_wall_of_lines_is_refused() {
    let home = home("");
    for args in [&["--wall", "--plain"][..], &["demo", "--wall", "--plain"]] {
        let refused = run(args, &[("HOME", home.path().to_str().unwrap())]);
        assert!(
            refused.code == 2 && refused.err.contains("leave one of them away"),
            "{} {}",
            refused.code,
            refused.err
        );
    }
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

/// The settings of this home from now on.
fn write(home: &Path, text: &str) {
    let folder = home.join(".config/midwatch");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("config.toml"), text).unwrap();
}

/// The colours of the first letter of a text.
fn look(screen: &vt100::Screen, text: &str) -> (vt100::Color, vt100::Color) {
    let (row, column) = terminal::find(screen, text).unwrap();
    let cell = screen.cell(row, column).unwrap();
    (cell.fgcolor(), cell.bgcolor())
}

#[test]
fn settings_that_change_apply_while_it_runs_and_broken_ones_leave_what_held() {
    let shop = Shop::open();
    write(shop.home(), "theme = 'dark'\n[keys]\nlog = ['L']\n");
    let pty = shop.program().size(80, 24).start().unwrap();
    let dark = look(&pty.wait_text("all 3 components answer").unwrap(), "Services");

    write(shop.home(), "theme = 'light'\n[keys]\nlog = ['K']\n");
    let light = look(&pty.wait_text("your settings, read again: theme, keys").unwrap(), "Services");
    assert_ne!(dark, light);
    press(&pty, Key::Char('K'), "Events, times");
    dismiss(&pty, Key::Esc, "Events, times");

    write(shop.home(), "theme = 'drak'\n[keys]\nlog = ['J']\n");
    let broken = pty.wait_text("config.toml:1:9: theme: no theme 'drak'").unwrap();
    assert_eq!(look(&broken, "Services"), light);
    press(&pty, Key::Char('K'), "Events, times");
    pty.wait_text("config.toml:1:9: theme: no theme 'drak'").unwrap();
    dismiss(&pty, Key::Esc, "Events, times");

    write(shop.home(), "theme = 'dark'\n[keys]\nlog = ['J']\n");
    let mended = pty.wait_gone("config.toml:1:9").unwrap();
    assert_eq!(look(&mended, "Services"), dark);
    press(&pty, Key::Char('J'), "Events, times");
    dismiss(&pty, Key::Esc, "Events, times");

    std::fs::remove_file(shop.home().join(".config/midwatch/config.toml")).unwrap();
    let gone = pty.wait_text("config.toml is gone").unwrap();
    assert_eq!(look(&gone, "Services"), dark);
    quit(&pty);
}

#[test]
fn settings_that_change_forbid_at_once_and_allow_with_the_next_start_alone() {
    let shop = Shop::open();
    let pty = shop.watch();
    write(shop.home(), "theme = 'dark'\nread_only = tru\n");
    pty.wait_text("READ-ONLY").unwrap();
    write(shop.home(), "theme = 'dark'\n");
    pty.wait_gone("config.toml:2:13").unwrap();
    // a flag goes before the file, whenever that is read
    pty.wait_text("READ-ONLY").unwrap();
    quit(&pty);

    let pty = shop.program().args(["--theme", "light", "--read-only"]).start().unwrap();
    let light = look(&pty.wait_text("all 3 components answer").unwrap(), "Services");
    write(shop.home(), "theme = 'high-contrast'\nzone = 'Asia/Tokyo'\nread_only = false\n");
    let after = pty.wait_text("your settings, read again: zone").unwrap();
    assert_eq!(look(&after, "Services"), light);
    assert!(after.contents().contains("READ-ONLY"), "{}", after.contents());
    quit(&pty);
}

#[test]
fn a_theme_that_is_being_written_is_seen_while_it_runs() {
    let shop = Shop::open();
    let themes = shop.home().join(".config/midwatch/themes");
    std::fs::create_dir_all(&themes).unwrap();
    let nord = run(["themes", "show", "nord"], &[]).out;
    std::fs::write(themes.join("mine.toml"), nord.replacen('\n', "\nbogus = 1\n", 1)).unwrap();
    let pty = shop.program().args(["--theme", "mine"]).start().unwrap();
    let dark = look(&pty.wait_text("mine.toml:2:1: unknown field").unwrap(), "Services");
    std::fs::write(themes.join("mine.toml"), nord).unwrap();
    let nord = look(&pty.wait_gone("mine.toml:2:1").unwrap(), "Services");
    assert_ne!(dark, nord);
    quit(&pty);
}

#[test]
fn a_floor_that_is_set_while_it_runs_slows_and_one_that_goes_does_not() {
    let shop = Shop::open();
    let pty = shop.watch();
    write(shop.home(), "refresh_floor = '5m'\n");
    pty.wait_text("read again: refresh_floor").unwrap();
    pty.wait_gone("read again: refresh_floor").unwrap();
    let slow = shop.polls();
    write(shop.home(), "refresh_floor = '1s'\n");
    // it is read seconds later, in which the service would have been asked several times
    pty.wait_text("read again: refresh_floor").unwrap();
    assert!(shop.polls() <= slow + 1, "{} polls, {slow} before", shop.polls());
    eventually("the pace of the file", Duration::from_secs(20), || (shop.polls() >= slow + 6).then_some(()));
    quit(&pty);
}
