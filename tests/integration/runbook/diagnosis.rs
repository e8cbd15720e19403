//! Which runbook `diagnose` proposes: for every fault of every simulated system the one that its row names, for none, and
//! for two at once.

use std::path::Path;
use std::time::Duration;

use midwatch::runtime::clock;
use midwatch::sim;
use serde_json::Value;

use crate::midwatch::PATH;
use crate::support::command_line::{Run, run};
use crate::systems::check_in;

/// How long a fault has been on.
const SINCE: Duration = Duration::from_secs(600);

/// `diagnose` over these variables.
fn diagnose(system: &str, vars: impl IntoIterator<Item = (String, String)>, path: &str) -> Run {
    let mut args = ["diagnose", "--format", "json", "--system", system].map(str::to_owned).to_vec();
    args.extend(vars.into_iter().flat_map(|(name, value)| ["--var".to_owned(), format!("{name}={value}")]));
    run(&args, &[("PATH", path)])
}

fn told(system: &str, run: &Run) -> Vec<Value> {
    assert_eq!(run.code, 0, "{system}: {}", run.err);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((&report["version"], &report["systems"][0]["name"]), (&Value::from(1), &Value::from(system)));
    report["systems"][0]["diagnoses"].as_array().unwrap().clone()
}

fn ids(found: &[Value]) -> Vec<&str> {
    found.iter().map(|one| one["runbook"].as_str().unwrap()).collect()
}

/// Runs what needs the simulation's sockets beside it.
fn beside<T: Send + 'static>(
    faults: &[(&str, &str)],
    look: impl FnOnce(Vec<Vec<(String, String)>>, String) -> T + Send + 'static,
) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let result = runtime.block_on(async {
        let begin = |on: &(&str, &str)| sim::Demo::of(Some(Path::new(PATH)), *on, SINCE, 3, clock::now).unwrap();
        let demos: Vec<sim::Demo> = faults.iter().map(begin).collect();
        let vars = demos.iter().zip(faults).map(|(demo, (system, _))| demo.vars(system)).collect();
        let path = demos[0].path();
        tokio::task::spawn_blocking(move || look(vars, path)).await.unwrap()
    });
    runtime.shutdown_background();
    result
}

fn diagnose_in(system: &'static str, fault: &str) -> Vec<Value> {
    beside(&[(system, fault)], move |mut vars, path| told(system, &diagnose(system, vars.remove(0), &path)))
}

fn first_of(at: usize) {
    let kind = sim::SYSTEMS[at];
    let mut wrong = Vec::new();
    for fault in kind.faults {
        let want = fault.runbook.unwrap_or_default();
        let found = diagnose_in(kind.system, fault.name);
        if ids(&found).first().copied().unwrap_or_default() != want {
            wrong.push(format!("{}: {want} and not {:?}", fault.name, ids(&found)));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", kind.system, wrong.join("\n"));
}

#[test]
fn each_fault_of_the_first_system_has_its_runbook_first() {
    first_of(0);
}

#[test]
fn each_fault_of_the_second_system_has_its_runbook_first() {
    first_of(1);
}

#[test]
fn each_fault_of_the_third_system_has_its_runbook_first() {
    first_of(2);
}

#[test]
fn each_fault_of_the_fourth_system_has_its_runbook_first() {
    first_of(3);
}

#[test]
fn each_fault_of_the_fifth_system_has_its_runbook_first() {
    first_of(4);
}

#[test]
fn of_two_faults_at_once_both_runbooks_are_among_the_first_two() {
    // the API's address from the one simulation, the worker's and the queue's from the other
    for (of_api, of_worker, wanted) in [
        ("supabase-outage", "memory-pressure", ["supabase-outage", "memory-pressure"]),
        ("e2b-timeout", "worker-crash", ["e2b-timeout", "worker-crash"]),
        ("supabase-outage", "redis-down", ["supabase-outage", "redis-down"]),
        ("e2b-timeout", "memory-pressure", ["e2b-timeout", "memory-pressure"]),
    ] {
        let found = beside(&[("sabine", of_api), ("sabine", of_worker)], |vars, path| {
            let is_of_worker = |name: &String| name.contains("worker") || name.contains("redis");
            let mixed = vars[0].iter().filter(|(name, _)| !is_of_worker(name)).cloned();
            let mixed: Vec<_> = mixed.chain(vars[1].iter().filter(|(name, _)| is_of_worker(name)).cloned()).collect();
            told("sabine", &diagnose("sabine", mixed, &path))
        });
        let two = ids(&found).into_iter().take(2).collect::<Vec<_>>();
        assert!(wanted.iter().all(|id| two.contains(id)), "{of_api} and {of_worker}: {:?}", ids(&found));
    }
}

#[test]
fn a_cause_comes_before_its_consequence_and_says_what_is_not_known() {
    let found = diagnose_in("sabine", "redis-down");
    assert_eq!(ids(&found)[0], "redis-down");
    let crash = ids(&found).iter().position(|id| *id == "worker-crash");
    assert!(crash.is_none_or(|at| at > 0), "{found:#?}");
    let evidence = found[0]["evidence"].as_array().unwrap();
    for one in evidence {
        assert!(!one["because"].as_str().unwrap().is_empty() && one["line"].as_u64().unwrap() > 0, "{one}");
    }
    let verdicts: Vec<&str> = evidence.iter().map(|one| one["verdict"].as_str().unwrap()).collect();
    let count = |word: &str| verdicts.iter().filter(|verdict| **verdict == word).count();
    assert_eq!(found[0]["unknown"], count("unknown"), "{verdicts:?}");
    assert!(count("true") >= 3, "{verdicts:?}");
}

#[test]
fn check_tells_the_same_and_names_the_first_in_words() {
    let report = check_in("sabine", "worker-crash", SINCE);
    let found = report["systems"][0]["diagnoses"].as_array().unwrap();
    assert_eq!(ids(found)[0], "worker-crash");
    assert_eq!(found[0]["title"], "Worker crash");
    let (text, long) = beside(&[("sabine", "worker-crash")], |vars, path| {
        let vars = || vars[0].iter().flat_map(|(name, value)| ["--var".to_owned(), format!("{name}={value}")]);
        let told = |command: &str| {
            let args: Vec<String> =
                [command, "--system", "sabine"].map(str::to_owned).into_iter().chain(vars()).collect();
            run(&args, &[("PATH", path.as_str())])
        };
        (told("check"), told("diagnose"))
    });
    assert!(text.out.contains("likely   Worker crash: 4 of 5 symptoms"), "{}", text.out);
    assert_eq!(long.code, 0);
    for words in [
        "1. Worker crash: 4 of 5 symptoms, 1 unknown   [worker-crash]",
        "for     No living worker",
        "against ",
        "unknown ",
        "(line ",
    ] {
        assert!(long.out.contains(words), "{words}: {}", long.out);
    }
    assert_eq!(run(["diagnose", "--system", "nobody"], &[]).code, 2);
    assert_eq!(run(["diagnose"], &[]).code, 2);
}
