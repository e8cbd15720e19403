//! The actions of the shipped system `sabine`: all the runbook has, on every platform and in every dialect.

use std::collections::{BTreeMap, HashMap, HashSet};

use indexmap::IndexMap;
use midwatch::action::{ActionSpec, Arguments, Operation, Risk, RqOperation, resolve_http, words};
use midwatch::base::template::Variable;
use midwatch::base::{Secret, Variables};
use midwatch::config::{self, Catalog, System};

/// The ids that scripts and people know.
const IDS: [&str; 15] = [
    "restart-worker",
    "restart-redis",
    "restart-api",
    "retry-failed-jobs",
    "requeue-wal",
    "add-worker",
    "update-memory-limit",
    "test-e2b",
    "test-slack",
    "test-anthropic",
    "trigger-briefing",
    "trigger-gap-detection",
    "trigger-weekly-digest",
    "trigger-salience",
    "record-metrics",
];
const SECRET: &str = "hunter2-secret";

fn system() -> System {
    Catalog::new([]).get("sabine").unwrap().load().unwrap()
}

/// Every variable set: secrets to [`SECRET`], the others to their default or a URL.
fn variables(platform: &str, dialect: &str) -> Variables {
    let system = system();
    let all = system.var.iter().map(|(name, spec)| {
        let value = match name.as_str() {
            "platform" => platform.to_owned(),
            "dialect" => dialect.to_owned(),
            _ => spec.default.clone().unwrap_or_else(|| format!("http://127.0.0.1:9/{name}")),
        };
        let variable = if spec.secret { Variable::Secret(Secret::new(SECRET.into())) } else { Variable::Plain(value) };
        (name.clone(), variable)
    });
    Variables(all.collect::<HashMap<_, _>>())
}

/// What an action comes to: one line, secrets masked; or why there is no way.
fn told(spec: &ActionSpec, variables: &Variables) -> String {
    let arguments = Arguments::new(&spec.parameter, &IndexMap::new(), variables).unwrap();
    match spec.operation(variables) {
        Err(why) => format!("! {why}"),
        Ok(Operation::Command(argv)) => words(&argv, &arguments).unwrap().join(" "),
        Ok(Operation::Http(request)) => {
            let call = resolve_http(&request, &arguments, spec.items.as_ref().map(|_| "entry-1")).unwrap();
            let headers = call.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>();
            format!("{} [{}]", midwatch::action::Call::Http(vec![call]), headers.join(", "))
        }
        Ok(Operation::Rq(RqOperation::Enqueue(what))) => {
            format!("enqueue {} in {}", what.function, arguments.fill(&what.queue).unwrap())
        }
        Ok(Operation::Rq(RqOperation::RequeueFailed(on))) => {
            format!("requeue the failed of {}", arguments.fill(&on.url).unwrap())
        }
        Ok(Operation::Rq(other)) => panic!("{other:?}"),
        Ok(Operation::Sql(other)) => panic!("{other:?}"),
    }
}

#[test]
fn every_remediation_of_the_runbook_is_an_action() {
    let system = system();
    let ids: Vec<&str> = system.action.keys().map(midwatch::base::ActionId::as_str).collect();
    assert_eq!(ids, IDS);
}

#[test]
fn what_each_comes_to_on_every_platform_and_in_every_dialect() {
    let system = system();
    let mut ways: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for platform in ["systemd", "docker", "railway"] {
        for dialect in ["documented", "deployed"] {
            let variables = variables(platform, dialect);
            for (id, spec) in &system.action {
                let line = told(spec, &variables);
                assert!(!line.contains(SECRET), "{id}: {line}");
                ways.entry(format!("{id}: {line}")).or_default().push(format!("{platform}/{dialect}"));
            }
        }
    }
    let place = |way: &str| IDS.iter().position(|id| way.starts_with(&format!("{id}:"))).unwrap();
    let mut lines: Vec<String> = ways
        .into_iter()
        .map(|(way, on)| if on.len() == 6 { way } else { format!("{way}\n    on {}", on.join(" ")) })
        .collect();
    lines.sort_by_key(|line| (place(line), line.clone()));
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn nothing_prompts_and_nothing_is_a_shell() {
    for (id, spec) in &system().action {
        for platform in ["systemd", "docker", "railway"] {
            let Ok(Operation::Command(argv)) = spec.operation(&variables(platform, "documented")) else { continue };
            let argv: Vec<String> = argv.iter().map(ToString::to_string).collect();
            assert!(argv[0] != "sudo" || argv[1] == "-n", "{id}: {argv:?}");
            assert!(argv[0] != "railway" || argv.contains(&"--yes".to_owned()), "{id}: {argv:?}");
        }
    }
}

#[test]
fn each_is_proved_by_its_effect_and_says_what_happens_outside() {
    let system = system();
    let mut keys = HashSet::new();
    for (id, spec) in &system.action {
        let verify = spec.verify.as_ref().unwrap_or_else(|| panic!("{id} proves nothing"));
        assert!(verify.when.is_some() || verify.answer.is_some(), "{id}");
        assert!(spec.effect.as_ref().is_some_and(|effect| effect.len() > 20), "{id} does not say what it does");
        if let Some(key) = &spec.key {
            assert!(keys.insert(key.clone()), "{id}: {key} twice");
            let taken = midwatch::app::command::COMMANDS.iter().any(|command| command.keys.contains(&key.as_str()));
            assert!(!taken, "{id}: {key} is a command");
        }
        // what repairs an outage is never held back by what cannot be told in it
        if spec.precondition.is_some() {
            assert!(id.as_str().starts_with("trigger-"), "{id} may be wanted in an outage");
            assert_eq!(spec.when_unknown, midwatch::action::WhenUnknown::Allow, "{id}");
        }
    }
    for (id, words) in [
        ("trigger-briefing", "SMS"),
        ("trigger-weekly-digest", "Slack"),
        ("test-slack", "Slack"),
        ("test-e2b", "paid"),
        ("test-anthropic", "costs"),
        ("restart-worker", "lost"),
        ("restart-redis", "lost"),
        ("update-memory-limit", "killed"),
    ] {
        let effect = spec_of(&system, id).effect.unwrap();
        assert!(effect.contains(words), "{id}: {effect}");
    }
    for id in ["add-worker", "update-memory-limit", "retry-failed-jobs"] {
        assert!(spec_of(&system, id).undo.is_some(), "{id}");
    }
    assert_eq!(spec_of(&system, "restart-worker").risk, Risk::Disruptive);
}

fn spec_of(system: &System, id: &str) -> ActionSpec {
    system.action[&midwatch::base::ActionId::new(id).unwrap()].clone()
}

#[test]
fn the_jobs_of_the_timetable_can_be_triggered_where_the_runbook_says_how() {
    let system = system();
    let triggers: Vec<(&str, &str)> =
        system.job.iter().filter_map(|(id, job)| Some((id.as_str(), job.trigger.as_ref()?.as_str()))).collect();
    assert_eq!(
        triggers,
        [
            ("metrics-recording", "record-metrics"),
            ("morning-briefing", "trigger-briefing"),
            ("gap-detection", "trigger-gap-detection"),
            ("skill-digest", "trigger-weekly-digest"),
            ("salience-recalculation", "trigger-salience"),
        ]
    );
}

#[test]
fn the_file_is_valid_beside_the_keys_of_the_commands() {
    let listed = Catalog::new([]);
    let around = config::Surroundings { runbooks: None, reserved_keys: &[("G", "last row"), ("F", "faults")] };
    assert!(listed.get("sabine").unwrap().check(&around).is_ok());
}
