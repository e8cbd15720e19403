//! `runbook list`, `show` and `lint`.

use std::fs;

use serde_json::Value;

use crate::runbook::seed;
use crate::support::command_line::{Run, run};

fn json(run: &Run) -> Value {
    assert_eq!(run.code, 0, "{}", run.err);
    serde_json::from_str(&run.out).unwrap()
}

#[test]
fn every_system_has_runbooks_that_are_listed_and_without_error() {
    let listed = run(["runbook", "list"], &[]);
    assert_eq!(listed.code, 0, "{}", listed.err);
    for system in ["sabine", "agent-team", "moose", "chat-api", "control-plane"] {
        assert!(listed.out.lines().any(|line| line.starts_with(system)), "{}", listed.out);
    }
    let one = run(["runbook", "list", "--system", "sabine"], &[]);
    assert_eq!(one.out.lines().count(), 9, "{}", one.out);
    let lint = run(["runbook", "lint"], &[]);
    assert_eq!(lint.code, 0, "{}", lint.out);
    assert!(lint.out.contains(" 0 errors"), "{}", lint.out);
}

#[test]
fn a_runbook_is_shown_by_the_beginning_of_its_id() {
    let shown = json(&run(["runbook", "show", "sabine", "worker", "--format", "json"], &[]));
    let scenarios = shown["scenarios"].as_array().unwrap();
    assert_eq!((scenarios.len(), &scenarios[0]["id"]), (1, &Value::from("worker-crash")));
    for (n, step) in scenarios[0]["steps"].as_array().unwrap().iter().enumerate() {
        assert_eq!(step["n"], n + 1);
        for key in ["section", "class", "source", "language", "why"] {
            assert!(step[key].is_string(), "{key}: {step}");
        }
    }
    let text = run(["runbook", "show", "sabine", "worker-crash"], &[("LANG", "C.UTF-8")]);
    assert!(text.code == 0 && text.out.contains("Option A: Restart the worker"), "{}", text.out);
    for (args, words) in [
        (&["sabine", "s"][..], "several: slack-webhook-failure, supabase-outage"),
        (&["sabine", "wrker-crash"], "did you mean 'worker-crash'?"),
        (&["sabin", "x"], "did you mean 'sabine'?"),
    ] {
        let refused = run(["runbook", "show"].iter().chain(args), &[]);
        assert!(refused.code == 2 && refused.err.contains(words), "{}", refused.err);
    }
    assert_eq!(run(["runbook", "show", "/nowhere.md"], &[]).code, 1);
}

#[test]
fn any_markdown_file_is_shown_with_the_class_of_each_step() {
    let path = seed("sabine-super-agent.md");
    let shown = json(&run(["runbook", "show", path.to_str().unwrap(), "--format", "json"], &[]));
    let steps: Vec<&Value> =
        shown["scenarios"].as_array().unwrap().iter().flat_map(|one| one["steps"].as_array().unwrap()).collect();
    let class_of = |source: &str| {
        let step = steps.iter().find(|step| step["source"].as_str().unwrap().contains(source)).unwrap();
        step["class"].as_str().unwrap().to_owned()
    };
    for (source, class) in [
        ("| head -c 30", "never"),
        ("export E2B_API_KEY", "manual"),
        ("open https://status.e2b.dev", "manual"),
        ("tail -f", "check"),
        ("docker restart redis", "choose"),
        ("rq worker --url", "never"),
        ("docker update --memory=2g", "act"),
        ("your-agent-api-key", "needs-input"),
    ] {
        assert_eq!(class_of(source), class, "{source}");
    }
    let one = json(&run(["runbook", "show", path.to_str().unwrap(), "redis-down", "--format", "json"], &[]));
    assert_eq!(one["scenarios"].as_array().unwrap().len(), 1);
}

#[test]
fn a_hostile_file_reaches_no_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.md");
    fs::write(&path, "# A\u{1b}[2J\n\n```bash\necho \u{1b}]52;c;x\u{7} \u{202e}\n```\n").unwrap();
    for format in ["text", "json"] {
        let shown = run(["runbook", "show", path.to_str().unwrap(), "--format", format], &[("LANG", "C.UTF-8")]);
        let bad = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(shown.code == 0 && !shown.out.contains(bad), "{:?}", shown.out);
    }
}

#[test]
fn a_users_runbooks_are_linted_with_their_places() {
    let home = tempfile::tempdir().unwrap();
    let system = home.path().join("midwatch/systems/shop");
    fs::create_dir_all(system.join("runbooks")).unwrap();
    fs::write(
        system.join("system.toml"),
        "title = 'Shop'\n[component.api]\nprobe.http = { url = 'http://127.0.0.1:1/health' }\n",
    )
    .unwrap();
    let text = "# Down\n\n**Scenario:** x\n**Severity:** P1\n**Owner:** y\n\n## Symptoms\n\n- x <!-- when: api.upp == false -->\n\n## Verification\n\n- [ ] up <!-- expect: api.up -->\n";
    let file = system.join("runbooks/down.md");
    fs::write(&file, text).unwrap();
    let env = [("XDG_CONFIG_HOME", home.path().to_str().unwrap())];
    let want = format!("{}:9:16: when: 'api' has no signal 'upp'", file.display());
    for args in [&["shop"][..], &[system.to_str().unwrap()], &[file.to_str().unwrap()]] {
        let lint = run(["runbook", "lint"].iter().chain(args), &env);
        assert!(lint.code == 1 && lint.out.contains(&want), "{args:?}: {} {}", lint.out, lint.err);
    }
    fs::write(&file, text.replace("upp", "up")).unwrap();
    let lint = run(["runbook", "lint", "shop"], &env);
    assert!(lint.code == 0 && lint.out.contains("1 runbook: 0 errors, 1 warning"), "{}", lint.out);
    assert_eq!(run(["runbook", "lint", "shpo"], &env).code, 2);
    let shown = json(&run(["runbook", "show", "shop", "down", "--format", "json"], &env));
    assert_eq!(shown["scenarios"][0]["symptoms"][0]["when"], "api.up == false");
}
