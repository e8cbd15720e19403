//! Runbooks walked by the real program over the simulated system: to the proof, to a fake success, on after a kill; and
//! what a dry run leaves alone.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::act_demo::Stand;
use crate::support::command_line::{Run, run};
use crate::support::eventually::eventually;
use crate::support::http_stub::Http;

const SYSTEM: &str = "sabine";
const RUNBOOK: &str = "worker-crash";
/// Immediate actions and checks that want hands, and whatever the simulated machine cannot show.
const HANDS: &[&str] = &["--done", "2", "--done", "3", "--done", "6", "--skip", "7=no journal here"];

fn walk(stand: &Stand, more: &[&str]) -> (i32, Value) {
    let told = told(stand, &[&["--format", "json"], more].concat());
    let json = serde_json::from_str(&told.out).unwrap_or_else(|_| panic!("{told:?}"));
    (told.code, json)
}

fn told(stand: &Stand, more: &[&str]) -> Run {
    stand.midwatch(&[&["runbook", "run", SYSTEM, RUNBOOK], more].concat())
}

fn state(json: &Value, n: u64) -> &str {
    let step = json["steps"].as_array().unwrap().iter().find(|step| step["n"] == n);
    step.unwrap_or_else(|| panic!("step {n}: {json:#}"))["state"].as_str().unwrap()
}

/// The shipped system in a folder of its own, with less patience.
fn impatient(stand: &Stand) -> String {
    let folder = stand.home().join("sabine");
    let shipped = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/systems/sabine"));
    fs::create_dir_all(folder.join("runbooks")).unwrap();
    let toml = fs::read_to_string(shipped.join("system.toml")).unwrap().replace("within = \"90s\"", "within = \"4s\"");
    fs::write(folder.join("system.toml"), toml).unwrap();
    for file in fs::read_dir(shipped.join("runbooks")).unwrap() {
        let file = file.unwrap();
        let text = fs::read_to_string(file.path()).unwrap().replace("within: 90s", "within: 4s");
        fs::write(folder.join("runbooks").join(file.file_name()), text).unwrap();
    }
    folder.to_str().unwrap().to_owned()
}

fn incidents(stand: &Stand) -> Vec<PathBuf> {
    let folder = stand.home().join("midwatch/incidents");
    let Ok(files) = fs::read_dir(folder) else { return Vec::new() };
    let path = |file: std::io::Result<fs::DirEntry>| file.unwrap().path();
    files.map(path).filter(|path| path.extension().is_some_and(|ext| ext == "jsonl")).collect()
}

/// Intents to restart the worker in the audit log.
fn restarts(stand: &Stand) -> usize {
    let Ok(audit) = fs::read_to_string(stand.home().join("midwatch/audit.jsonl")) else { return 0 };
    audit.lines().filter(|line| line.contains("\"intent\"") && line.contains("restart-worker")).count()
}

/// The events of its steps: number and state.
fn events(stand: &Stand) -> Vec<(u64, String)> {
    let files = incidents(stand);
    assert_eq!(files.len(), 1, "one incident: {files:?}");
    let text = fs::read_to_string(&files[0]).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .filter(|event| event["kind"] == "step")
        .map(|event| (event["n"].as_u64().unwrap(), event["state"].as_str().unwrap().to_owned()))
        .collect()
}

#[test]
fn a_crashed_worker_is_walked_to_the_proof() {
    let stand = Stand::of(SYSTEM, RUNBOOK, 1);
    let stopped = told(&stand, &["--yes"]);
    assert_eq!(stopped.code, 6, "{stopped:?}");
    assert!(stopped.out.contains("stopped at step 2") && stopped.out.contains("--done 2"), "{stopped:?}");
    let refused = told(&stand, HANDS);
    assert_eq!(refused.code, 6, "no way is chosen: {refused:?}");
    assert!(refused.out.contains("Option A: Restart the worker"), "{refused:?}");
    let refused = told(&stand, &["--choose", "A"]);
    assert_eq!(refused.code, 5, "nobody confirmed the restart: {refused:?}");
    assert!(refused.out.contains("--yes"), "{refused:?}");
    let (code, json) = walk(&stand, &["--yes", "--skip", "11=none left", "--skip", "12=none failed"]);
    assert_eq!((code, &json["standing"]), (0, &Value::from("verified")), "{json:#}");
    assert_eq!((state(&json, 1), state(&json, 4), state(&json, 10)), ("verified", "not_as_expected", "verified"));
    assert_eq!(stand.demo().faults(), [(SYSTEM, "none")]);
    let all = events(&stand);
    for n in [1, 4, 5, 10] {
        let begun = all.iter().filter(|(at, state)| *at == n && state == "begun").count();
        assert_eq!(begun, 1, "what is behind is not done again: step {n}: {all:?}");
    }
    for n in 17..=20 {
        assert_eq!(state(&json, n), "verified", "{json:#}");
    }
}

#[test]
fn a_fake_success_is_not_verified_and_the_incident_stays_open() {
    let stand = Stand::of(SYSTEM, "restart-without-effect", 1);
    let folder = impatient(&stand);
    let file = ["--system-file", folder.as_str()];
    let (code, json) = walk(&stand, &[&file[..], &["--yes", "--start-at", "10"]].concat());
    assert_eq!((code, state(&json, 10)), (4, "not_verified"), "{json:#}");
    assert_eq!(json["stopped_at"], 10);
    assert!(json["runs"][0]["outcome"] == "not_verified", "{json:#}");
    // another way is taken when somebody says so, and what failed is not done again
    let other = told(&stand, &[&file[..], &["--choose", "B"]].concat());
    assert!(other.out.contains("taken: Option B") && other.code != 4, "{other:?}");
    assert!(other.out.contains(&format!("{RUNBOOK} --system-file ")), "what it says to go on with does: {other:?}");
    let back = told(&stand, &[&file[..], &["--choose", "A"]].concat());
    assert!(back.out.contains("taken: Option A"), "{back:?}");
    assert_eq!(restarts(&stand), 1, "nothing ran on the way");
    // nor does it help to leave it out
    let args = ["--yes", "--skip", "10=it ran", "--skip", "11=none", "--skip", "12=none"];
    let (code, json) = walk(&stand, &[&file[..], &args].concat());
    assert_eq!(code, 4, "{json:#}");
    assert_ne!(json["standing"], "verified");
    let id = json["incident"].as_str().unwrap();
    let close = |more: &[&str]| stand.midwatch(&[&["incident", "close", id], &file[..], more].concat());
    let refused = close(&[]);
    assert_eq!(refused.code, 5, "{refused:?}");
    for told in
        ["is not over", "worker-down fires: ", "The worker answers does not hold: worker.up = false", "--reason"]
    {
        assert!(refused.out.contains(told), "{told}: {refused:?}");
    }
    assert_eq!(close(&["--reason", " "]).code, 2, "a reason says something");
    let closed = close(&["--reason", "handed to the vendor"]);
    assert!(closed.code == 0 && closed.out.contains("not verified: handed to the vendor"), "{closed:?}");
    let report = stand.alone(&["incident", "report", id]).out;
    assert!(report.contains("**Status:** Closed, not verified: handed to the vendor"), "{report}");
    assert!(!report.contains("- [x] restart-worker") && !report.contains("- [x] The worker answers"), "{report}");
}

#[test]
fn a_walk_that_was_killed_goes_on_and_repeats_no_step() {
    let stand = Stand::of(SYSTEM, RUNBOOK, 1);
    let args = [&["runbook", "run", SYSTEM, RUNBOOK, "--yes", "--choose", "A"], HANDS].concat();
    let mut walking = stand.command(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    eventually("the restart is begun", Duration::from_secs(60), || (restarts(&stand) == 1).then_some(()));
    // it must not come further while the second one starts
    kill_process(Pid::from_child(&walking), Signal::STOP).unwrap();
    let second = told(&stand, &["--yes"]);
    assert_eq!(second.code, 5, "one at a time: {second:?}");
    assert!(second.err.contains("written by somebody else"), "{second:?}");
    walking.kill().unwrap();
    walking.wait().unwrap();
    let (code, json) = walk(&stand, &[]);
    assert_eq!((code, &json["stopped_at"]), (5, &Value::from(11)), "the next action is not confirmed: {json:#}");
    assert_eq!(state(&json, 10), "verified");
    assert_eq!(restarts(&stand), 1);
    let all = events(&stand);
    for n in [1, 4, 5] {
        assert_eq!(all.iter().filter(|(at, state)| *at == n && state == "begun").count(), 1, "{all:?}");
    }
}

#[test]
fn a_dry_run_asks_nothing_runs_nothing_and_writes_nothing() {
    let http = Http::start();
    let home = crate::midwatch::home();
    let path = home.path().to_str().unwrap();
    let url = http.url("");
    let vars: Vec<String> = ["api_url", "worker_url"].iter().map(|name| format!("{name}={url}")).collect();
    for more in [&[][..], &["--yes", "--choose", "B", "--confirm", SYSTEM], &["--format", "json"]] {
        let args =
            [&["runbook", "run", SYSTEM, RUNBOOK, "--dry-run", "--var", &vars[0], "--var", &vars[1]], more].concat();
        let told = run(&args, &[("PATH", "/usr/bin:/bin"), ("HOME", path), ("XDG_STATE_HOME", path)]);
        assert_eq!(told.code, 0, "{told:?}");
        assert!(told.out.contains("restart-worker") && told.out.contains("worker.up"), "{told:?}");
    }
    assert!(http.hits().is_empty(), "{:?}", http.hits());
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn flags_that_mean_nothing_are_usage_errors() {
    let stand = Stand::of(SYSTEM, "none", 0);
    for (args, words) in [
        (&["--skip", "2"][..], "N=REASON"),
        (&["--skip", "99=x"], "no step 99"),
        (&["--done", "10"], "proved by its effect"),
        (&["--choose", "Z"], "Option A: Restart the worker"),
        (&["--param", "x=1"], "asks for it"),
        (&["--confirm", "other"], "the system is sabine"),
        (&["--incident", "2026-01-01-sabine-1"], "no incident"),
    ] {
        let told = told(&stand, args);
        assert_eq!(told.code, 2, "{args:?}: {told:?}");
        assert!(told.err.contains(words), "{args:?}: {told:?}");
    }
    assert!(incidents(&stand).is_empty());
}

#[test]
fn a_rehearsal_on_a_healthy_system_passes_and_is_written_down() {
    let stand = Stand::of(SYSTEM, "none", 0);
    let folder = impatient(&stand);
    let rehearse = |more: &[&str]| stand.midwatch(&[&["runbook", "rehearse", SYSTEM, "wal-backlog"], more].concat());
    let built_in = rehearse(&[]);
    assert!(built_in.err.contains("systems export") && built_in.err.contains("| rehearsed"), "{built_in:?}");
    let told = rehearse(&["--system-file", &folder]);
    assert_eq!(told.code, 0, "{told:?}");
    let file = PathBuf::from(&folder).join("runbooks/wal-backlog.md");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("passed (") && !text.contains("**Last Validated:** never"), "{text}");
    // in trouble it says so, and the date of the last good one stays
    stand.demo().set_fault(SYSTEM, "redis-down");
    let told = rehearse(&["--system-file", &folder]);
    assert_eq!(told.code, 1, "{told:?}");
    assert!(told.out.contains("not made"), "{told:?}");
    assert!(fs::read_to_string(&file).unwrap().contains("| failed "));
    assert!(!stand.home().join("midwatch").exists(), "a rehearsal writes nothing else");
}

#[test]
fn what_a_rehearsal_has_looked_at_does_not_grow_old_beneath_it() {
    let stand = Stand::of(SYSTEM, "none", 0);
    let folder = stand.home().join("still");
    fs::create_dir_all(folder.join("runbooks")).unwrap();
    let toml = "title = \"Still\"\nenvironment = \"staging\"\n\n[component.it]\ntitle = \"It\"\nevery = \"1s\"\n\
                timeout = \"500ms\"\nprobe.command = { argv = [\"true\"] }\n\n[panel.services]\ntitle = \"S\"\nkind = \"services\"\n";
    fs::write(folder.join("system.toml"), toml).unwrap();
    let text = "# It\n\n**Scenario:** x\n\n## Symptoms\n\n- x <!-- when: !it.up -->\n\n## Diagnosis\n\n### Check 1: A wait\n\n\
                ```bash\nsleep 6\n```\n\n## Verification\n\n- [ ] It is up <!-- expect: it.up -->\n";
    fs::write(folder.join("runbooks/it.md"), text).unwrap();
    let told = stand.alone(&["runbook", "rehearse", "still", "--dry-run", "--system-file", folder.to_str().unwrap()]);
    assert!(told.code == 0 && told.out.contains("it.up = true"), "{told:?}");
    assert!(told.out.contains("--dry-run") && told.out.contains("| passed (2) |"), "the row is told: {told:?}");
    assert_eq!(fs::read_to_string(folder.join("runbooks/it.md")).unwrap(), text, "and not written");
}
