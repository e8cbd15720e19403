//! What the tests of the shipped systems share: one look at a simulated one by the program itself, and at a real database
//! with their tables.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use midwatch::base::{ComponentId, Severity, State};
use midwatch::config::{self, Catalog};
use midwatch::runtime::{PreparedSystem, clock, headless};
use midwatch::sim;
use midwatch::watch::Watch;
use serde_json::Value;

use crate::check::held_against_the_schema;
use crate::midwatch::PATH;
use crate::support::command_line::run;

/// `check` at a simulated system that has been in a fault for so long.
pub(crate) fn check_in(system: &str, fault: &str, since: Duration) -> Value {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let run = runtime.block_on(async {
        let demo = sim::Demo::of(Some(Path::new(PATH)), (system, fault), since, 3, clock::now).unwrap();
        let mut args = ["check", "--format", "json", "--system", system].map(str::to_owned).to_vec();
        args.extend(
            demo.vars(system).into_iter().flat_map(|(name, value)| ["--var".to_owned(), format!("{name}={value}")]),
        );
        let path = demo.path();
        tokio::task::spawn_blocking(move || run(&args, &[("PATH", path.as_str())])).await.unwrap()
    });
    runtime.shutdown_background();
    held_against_the_schema(&run.out)
}

/// A fault: the status of the whole, one component and its state, the rules that fire.
pub(crate) type FaultRow<'a> = (&'a str, &'a str, &'a str, &'a str, &'a [&'a str]);

/// Every fault of a simulated system, on for so long, is told by its own alerts. In those that are `blinding`, what is
/// learnt from what is down is not known.
pub(crate) fn each_fault_is_told(system: &str, since: Duration, blinding: &[&str], rows: &[FaultRow<'_>]) {
    let told: Vec<&str> = rows.iter().map(|row| row.0).collect();
    let kind = sim::SYSTEMS.iter().find(|kind| kind.system == system).unwrap();
    assert_eq!(told, kind.faults.iter().map(|fault| fault.name).collect::<Vec<_>>(), "every fault has its row");
    for (fault, status, component, state, rules) in rows {
        let report = check_in(system, fault, since);
        assert_eq!(report["status"], *status, "{fault}: {report:#}");
        assert_eq!(state_of(&report, component), *state, "{fault}");
        assert_eq!(alerts(&report, "firing"), *rules, "{fault}");
        let unknown = alerts(&report, "unknown");
        assert!(blinding.contains(fault) || unknown.is_empty(), "{fault}: {unknown:?}");
    }
}

/// The rules whose alerts are in this state, in the order of the alphabet; those that nothing was asked for are left out.
fn alerts(report: &Value, state: &str) -> Vec<String> {
    let alerts = report["systems"][0]["alerts"].as_array().unwrap();
    let is_excused = |alert: &&Value| alert["why_unknown"].as_str().is_none_or(|why| !why.contains("not configured"));
    let named = alerts.iter().filter(|alert| alert["state"] == state).filter(is_excused);
    let mut rules: Vec<String> = named.map(|alert| alert["rule"].as_str().unwrap().to_owned()).collect();
    rules.sort();
    rules
}

/// A component's state.
fn state_of<'a>(report: &'a Value, component: &str) -> &'a str {
    let components = report["systems"][0]["components"].as_array().unwrap();
    components.iter().find(|one| one["id"] == component).unwrap()["state"].as_str().unwrap()
}

/// One look at what a system reads from a database, of which this is the URL.
pub(crate) fn look_at_database(system: &str, url: &str) -> Watch {
    let system = Catalog::new([]).get(system).unwrap().load().unwrap();
    let flags = [(None, "database_url".to_owned(), url.to_owned())];
    let variables = config::resolve(&system, &flags, &|_| None).unwrap();
    let of_database = |(id, spec): (&ComponentId, &midwatch::probe::ComponentSpec)| {
        let asks = |template: &midwatch::base::Template| template.variables().any(|name| name == "database_url");
        spec.probe.templates().into_iter().any(asks).then(|| id.clone())
    };
    let wanted: Vec<ComponentId> = system.component.iter().filter_map(of_database).collect();
    let ready = PreparedSystem::new(Arc::new(system), variables, false).only(&wanted, false);
    let watch = headless::run(async { headless::look_at(&[ready], None).await.pop() }).unwrap().unwrap();
    for id in wanted {
        let seen = &watch.components[&id];
        assert_eq!(seen.state, State::Up, "{id}: {:?}", seen.error);
    }
    watch
}

/// The rules whose alerts fire, in the order of the alphabet.
pub(crate) fn firing(watch: &Watch) -> Vec<&str> {
    let alerts = watch.alerts.iter().filter(|(_, watched)| watched.alert.state.word() == "firing");
    let mut rules: Vec<&str> = alerts.map(|(id, _)| id.as_str()).collect();
    rules.sort_unstable();
    rules
}

#[test]
fn severities_have_the_words_of_their_runbooks() {
    for listed in Catalog::new([]).iter() {
        let system = listed.load().unwrap();
        let name = &system.name;
        for file in system.runbooks.iter() {
            let line = file.text.lines().find_map(|line| line.strip_prefix("**Severity:** "));
            let word = line.unwrap_or_else(|| panic!("{name}: {} has no severity", file.path.display())).trim();
            assert!(system.severity.contains_key(word), "{name}: {} is of '{word}'", file.path.display());
        }
        let rules = system.rule.iter().map(|(id, rule)| (id.to_string(), rule.severity, &rule.word));
        let components = system.component.iter().map(|(id, spec)| (id.to_string(), spec.on_down, &spec.word));
        for (id, severity, word) in rules.chain(components) {
            assert!(severity == Severity::Info || word.is_some(), "{name}: {id} has no word");
        }
    }
}

#[test]
fn every_variable_of_a_runbooks_table_is_declared_for_the_pre_flight() {
    for (name, seed, least) in
        [("sabine", "sabine-super-agent", 35), ("agent-team", "agent-team-platform", 30), ("chat-api", "chat-api", 18)]
    {
        let text = std::fs::read_to_string(crate::runbook::seed(&format!("{seed}.md"))).unwrap();
        // a row of a table, or a line of a file of variables
        let named = text.lines().filter_map(|line| {
            let row = line.strip_prefix("| `").and_then(|row| row.split_once('`')).map(|(name, _)| name);
            row.or_else(|| line.split_once('=').map(|(name, _)| name))
        });
        let is_name = |name: &&str| {
            name.len() > 3 && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        };
        let wanted: std::collections::BTreeSet<&str> = named.filter(is_name).collect();
        assert!(wanted.len() >= least, "{name}: {wanted:?}");
        let system = Catalog::new([]).get(name).unwrap().load().unwrap();
        let declared: Vec<&str> = system.var.values().filter_map(|spec| spec.env.as_deref()).collect();
        // the second key of a rotation, which nobody reads: it is written into a step, and into no table
        let missing: Vec<_> =
            wanted.iter().filter(|name| !declared.contains(name) && **name != "COMM_HMAC_KEY_V2").collect();
        assert!(missing.is_empty(), "{name}: {missing:?}");
        assert!(system.var.values().any(|spec| spec.required), "{name}: nothing is required");
    }
}

#[test]
fn of_a_system_of_which_nothing_is_set_nothing_is_asked() {
    for (system, first) in
        [("agent-team", "api_url"), ("moose", "app_url"), ("chat-api", "api_url"), ("control-plane", "agent_url")]
    {
        let seen = run(["check", "--system", system], &[]);
        assert_eq!(seen.code, 3, "{system}: {}", seen.out);
        assert!(seen.err.contains("nothing of it is configured") && seen.err.contains(first), "{system}: {}", seen.err);
    }
}
