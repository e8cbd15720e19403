//! What the tests of the shipped systems share: one look at a simulated one by the program itself.

use std::time::Duration;

use midwatch::runtime::clock;
use midwatch::sim;
use serde_json::Value;

use crate::check::held_against_the_schema;
use crate::support::command_line::run;

/// `check` at a simulated system that has been in a fault for so long.
pub(crate) fn check_in(system: &str, fault: &str, since: Duration) -> Value {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let run = runtime.block_on(async {
        let demo = sim::Demo::of(None, (system, fault), since, 3, clock::now).unwrap();
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

/// The rules whose alerts are in this state, in the order of the alphabet; those that nothing was asked for are left out.
pub(crate) fn alerts(report: &Value, state: &str) -> Vec<String> {
    let alerts = report["systems"][0]["alerts"].as_array().unwrap();
    let is_excused = |alert: &&Value| alert["why_unknown"].as_str().is_none_or(|why| !why.contains("not configured"));
    let named = alerts.iter().filter(|alert| alert["state"] == state).filter(is_excused);
    let mut rules: Vec<String> = named.map(|alert| alert["rule"].as_str().unwrap().to_owned()).collect();
    rules.sort();
    rules
}

/// A component's state.
pub(crate) fn state_of<'a>(report: &'a Value, component: &str) -> &'a str {
    let components = report["systems"][0]["components"].as_array().unwrap();
    components.iter().find(|one| one["id"] == component).unwrap()["state"].as_str().unwrap()
}
