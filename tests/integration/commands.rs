//! The small commands as a person and a shell run them.

use std::os::unix::fs::PermissionsExt as _;

use crate::support::command_line::run;
use crate::support::http_stub::{Answer, Http};

const SYSTEM: &str = r#"
title = "Corner shop"
[var.url]
env = "SHOP_URL"
about = "where the shop is"
[var.dialect]
default = "old"
one_of = ["old", "new"]
[var.dialect.detect]
old = "api.version < 2"
new = "api.version >= 2"
[component.api]
timeout = "500ms"
probe.http = { url = "${url}/health" }
signal.version = "body.version"
"#;

#[test]
fn systems_can_be_listed_shown_exported_and_validated() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().to_str().unwrap();
    let env = [("XDG_CONFIG_HOME", config), ("HOME", "/nonexistent")];
    let list = run(["systems", "list"], &env);
    assert!(list.code == 0 && list.out.contains("sabine") && list.out.contains("built in"), "{}", list.out);
    let copy = folder.path().join("midwatch/systems/copy");
    let to = copy.to_str().unwrap();
    let exported = run(["systems", "export", "sabine", to], &env);
    assert_eq!(exported.code, 0, "{}", exported.err);
    assert!(copy.join("system.toml").is_file());
    let again = run(["systems", "export", "sabine", to], &env);
    assert!(again.code == 1 && again.err.contains("--force"), "{}", again.err);
    assert_eq!(run(["systems", "export", "--force", "sabine", to], &env).code, 0);
    // it is a system of its own now, under its folder's name
    let list = run(["systems", "list"], &env);
    assert!(list.out.lines().any(|line| line.starts_with("copy ") && line.contains("yours")), "{}", list.out);
    let shown = run(["systems", "show", "copy"], &env);
    assert!(shown.out.contains("components") && shown.out.contains("wal-backlog"), "{}", shown.out);
    let valid = run(["systems", "validate"], &env);
    assert!(valid.code == 0 && valid.out.contains("copy: ok (") && valid.out.contains("sabine: ok ("), "{}", valid.out);
}

#[test]
fn a_folder_that_is_no_system_hides_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = folder.path().join("midwatch/systems/My Shop");
    std::fs::create_dir_all(&wrong).unwrap();
    std::fs::write(wrong.join("system.toml"), SYSTEM).unwrap();
    let list =
        run(["systems", "list"], &[("XDG_CONFIG_HOME", folder.path().to_str().unwrap()), ("HOME", "/nonexistent")]);
    assert!(list.code == 0 && list.out.contains("sabine"), "{}", list.out);
    assert!(list.err.contains("left out: ") && list.err.contains("My Shop"), "{}", list.err);
}

#[test]
fn validate_tells_every_mistake_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.toml");
    std::fs::write(&file, SYSTEM.replace("timeout", "timeuot").replace("signal.version", "signla.version")).unwrap();
    let run = run(["systems", "validate", file.to_str().unwrap()], &[]);
    assert_eq!(run.code, 1);
    for told in ["did you mean 'timeout'?", "did you mean 'signal'?", "shop.toml:13:1", "mistakes"] {
        assert!(run.out.contains(told), "{told} in {}", run.out);
    }
}

#[test]
fn the_schema_of_system_files_is_printed() {
    let run = run(["systems", "schema"], &[]);
    let schema: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert!(run.code == 0 && jsonschema::validator_for(&schema).is_ok());
}

#[test]
fn an_unknown_system_is_a_usage_error_with_the_nearest_name() {
    for args in
        [&["systems", "show", "sabin"][..], &["systems", "export", "sabin", "/x"], &["doctor", "--system", "sabin"]]
    {
        let run = run(args, &[]);
        assert!(run.code == 2 && run.err.contains("did you mean 'sabine'?"), "{args:?}: {} {}", run.code, run.err);
    }
    assert_eq!(run(["--bogus"], &[]).code, 2);
    assert_eq!(run(["act"], &[]).code, 2, "commands to come are not declared");
}

#[test]
fn doctor_tells_what_the_live_system_speaks() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.toml");
    std::fs::write(&file, SYSTEM).unwrap();
    let http = Http::start();
    let doctor = |env: &[(&str, &str)], more: &[&str]| {
        run(["doctor", "--system-file", file.to_str().unwrap()].iter().chain(more), env)
    };
    let url = http.url("");
    let state = folder.path().to_str().unwrap();
    let env = [("SHOP_URL", url.as_str()), ("XDG_STATE_HOME", state), ("HOME", "/nonexistent")];

    http.on("/health", Answer::json(200, r#"{"version":1}"#));
    let same = doctor(&env, &[]);
    assert_eq!(same.code, 0, "{}", same.out);
    assert!(same.out.contains("old, as it is set") && same.out.contains("up in "), "{}", same.out);

    http.on("/health", Answer::json(200, r#"{"version":2}"#));
    let other = doctor(&env, &[]);
    assert_eq!(other.code, 1, "{}", other.out);
    assert!(other.out.contains("the live system speaks 'new', but set to old"), "{}", other.out);
    assert_eq!(doctor(&env, &["--var", "dialect=new"]).code, 0);

    let wrong = doctor(&env, &["--var", "dialect=newer"]);
    assert!(wrong.code == 2 && wrong.out.contains("is not one of: old, new"), "{}", wrong.out);

    http.on("/health", Answer::json(401, "{}"));
    let refused = doctor(&env, &[]);
    assert!(refused.code == 2 && refused.out.contains("cannot be told"), "{}", refused.out);

    let unset = doctor(&[("XDG_STATE_HOME", state), ("HOME", "/nonexistent")], &[]);
    assert_eq!(unset.code, 0, "not configured is no fault: {}", unset.out);
    assert!(unset.out.contains("not set (SHOP_URL): where the shop is"), "{}", unset.out);
}

#[test]
fn doctor_tells_what_is_older_than_its_rotation_and_shows_no_value() {
    use base64::Engine as _;
    let folder = tempfile::tempdir().unwrap();
    let (file, state) = (folder.path().join("shop.toml"), folder.path().to_str().unwrap());
    let var = |name: &str, more: &str| format!("[var.{name}]\nenv = \"{}\"\n{more}\n", name.to_uppercase());
    let text = [
        "title = \"Shop\"\n".to_owned(),
        var("token", "secret = true\nrotate = \"90d\""),
        var("dated", "secret = true\nrotate = \"90d\"\ndated_by = \"key_id\""),
        var("key_id", ""),
        var("filed", "secret = true\nrotate = \"90d\"\ndated_by = \"key_file\""),
        var("key_file", ""),
        var("bare", "secret = true\nrotate = \"90d\""),
        var("unset", "secret = true\nrotate = \"90d\""),
        "[component.api]\nprobe.tcp = { address = \"127.0.0.1:1\" }\non_down = \"info\"\n".to_owned(),
    ];
    std::fs::write(&file, text.concat()).unwrap();
    let encode = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
    let now = jiff::Timestamp::now().as_second();
    let claims = format!(r#"{{"iat":{},"exp":{}}}"#, now - 100 * 86_400, now + 86_400 + 60);
    let token = format!("{}.{}.c2lnbmF0dXJl", encode(r#"{"alg":"HS256"}"#), encode(&claims));
    let env = [
        ("TOKEN", token.as_str()),
        ("DATED", "hmac-secret-of-the-shop"),
        ("KEY_ID", "prod-2024-01-31"),
        ("FILED", "another-secret-value"),
        ("KEY_FILE", file.to_str().unwrap()),
        ("BARE", "one-more-secret-value"),
        ("XDG_STATE_HOME", state),
        ("HOME", "/nonexistent"),
    ];
    let told = run(["doctor", "--system-file", file.to_str().unwrap()], &env);
    assert_eq!(told.code, 1, "{}", told.out);
    let line = |what: &str| told.out.lines().find(|line| line.contains(what)).unwrap_or_default().to_owned();
    for (what, words) in [
        ("age token", "100d, older than 90d: rotate it (by the date of issue in it)"),
        ("end token", "it ends in 1d: renew it"),
        ("age dated", "older than 90d: rotate it (by the date in KEY_ID)"),
        ("age filed", "of 90d (by the file that KEY_FILE names)"),
        ("age bare", "not known: it tells no date; it is to be rotated every 90d"),
    ] {
        assert!(line(what).contains(words), "{what}: {}", told.out);
    }
    assert!(!told.out.contains("age unset"), "{}", told.out);
    for secret in [token.as_str(), encode(&claims).as_str(), "hmac-secret", "another-secret", "one-more-secret"] {
        assert!(!told.out.contains(secret));
    }
}

#[test]
fn doctor_looks_at_the_state_folder_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("midwatch");
    let env = [("XDG_STATE_HOME", folder.path().to_str().unwrap()), ("HOME", "/nonexistent")];
    let none = run(["doctor"], &env);
    assert!(none.out.contains("not there yet, can be made") && !state.exists(), "{}", none.out);
    std::fs::create_dir(&state).unwrap();
    for (mode, told) in [(0o755, "has mode 0755: others can read it"), (0o700, "mode 0700")] {
        std::fs::set_permissions(&state, std::fs::Permissions::from_mode(mode)).unwrap();
        let run = run(["doctor"], &env);
        assert!(run.out.contains(told), "{}", run.out);
        assert_eq!(state.metadata().unwrap().permissions().mode() & 0o777, mode);
    }
}

#[test]
fn completions_and_the_manual_page_are_printed() {
    for shell in ["bash", "zsh", "fish"] {
        let run = run(["completions", shell], &[]);
        assert!(run.code == 0 && run.out.contains("midwatch") && run.out.contains("doctor"), "{shell}");
    }
    let page = run(["man"], &[]).out;
    for told in [".TH midwatch", ".SH KEYS", "show the commands of this screen", ".SH \"EXIT STATUS\"", "skip\\-slow"] {
        assert!(page.contains(told), "{told} in {page}");
    }
    let keys = run(["keys", "--format", "markdown"], &[]);
    assert!(keys.code == 0 && keys.out.starts_with("| Key | Command |"), "{}", keys.out);
}
