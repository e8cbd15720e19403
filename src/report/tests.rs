//! Reports of a small shop in good and in bad times: what a person, a program and a monitor read.

mod fixture;
mod plain;

use fixture::{SECRET, Shop};

use super::*;
use crate::report::{json, nagios, text, tmux};

const PLAIN: Style = Style { color: false, width: 80 };
const COLORED: Style = Style { color: true, width: 80 };

/// Every scene, by name.
fn scenes() -> Vec<(&'static str, Shop)> {
    vec![
        ("calm", Shop::calm()),
        ("trouble", Shop::trouble()),
        ("hostile", Shop::hostile()),
        ("unasked", Shop::unasked()),
        ("untouched", Shop::untouched()),
    ]
}

fn with<R>(shops: &[&Shop], render: impl Fn(Facts<'_>) -> R) -> R {
    let watches: Vec<&Watch> = shops.iter().map(|shop| &shop.watch).collect();
    let redact = |text: &str| shops.iter().fold(text.to_owned(), |text, shop| shop.redactor.redact(&text));
    render(Facts {
        watches: &watches,
        now: shops.iter().map(|shop| shop.now).next_back().unwrap_or_else(fixture::start),
        redact: &redact,
    })
}

fn as_json(shops: &[&Shop]) -> serde_json::Value {
    with(shops, |facts| serde_json::from_str(&json::render(facts).unwrap()).unwrap())
}

#[test]
fn people_read_text() {
    for (name, shop) in scenes() {
        insta::assert_snapshot!(format!("text_{name}"), with(&[&shop], |facts| text::render(facts, PLAIN)));
    }
}

#[test]
fn monitors_read_one_line() {
    for (name, shop) in scenes() {
        insta::assert_snapshot!(format!("nagios_{name}"), with(&[&shop], nagios::render));
    }
}

#[test]
fn programs_read_json() {
    insta::assert_snapshot!(with(&[&Shop::trouble()], |facts| json::render(facts).unwrap()));
}

#[test]
fn a_status_bar_reads_a_few_words() {
    let lines: Vec<String> =
        scenes().iter().map(|(_, shop)| with(&[shop], |facts| tmux::render(facts, PLAIN))).collect();
    insta::assert_snapshot!(lines.concat(), @r"
    shop ok
    shop CRIT worker down 4m +1
    shop CRIT worker down +2
    shop UNKNOWN wal unknown
    shop UNKNOWN api unknown +8
    ");
    let line = with(&[&Shop::calm(), &Shop::trouble()], |facts| tmux::render(facts, COLORED));
    assert_eq!(line, "#[fg=green]shop ok#[default]  #[fg=red]shop CRIT worker down 4m +1#[default]\n");
}

#[test]
fn every_json_holds_against_the_shipped_schema() {
    let schema = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let scenes = scenes();
    let mut reports: Vec<(String, serde_json::Value)> =
        scenes.iter().map(|(name, shop)| ((*name).to_owned(), as_json(&[shop]))).collect();
    reports.push(("all".to_owned(), as_json(&scenes.iter().map(|(_, shop)| shop).collect::<Vec<_>>())));
    reports.push(("none".to_owned(), as_json(&[])));
    for (name, report) in reports {
        let errors: Vec<String> =
            validator.iter_errors(&report).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
    }
}

/// A schema that accepts everything would hold too.
#[test]
fn the_schema_refuses_what_is_not_the_shape() {
    let schema = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let good = as_json(&[&Shop::trouble()]);
    assert!(validator.is_valid(&good));
    let breaks: [(&str, serde_json::Value); 7] = [
        ("/status", "fine".into()),
        ("/at", "yesterday".into()),
        ("/systems/0/components/0/state", "OK".into()),
        ("/systems/0/signals/wal.pending/value", serde_json::Value::Null),
        ("/systems/0/alerts/0/state", "unknown".into()),
        ("/systems/0/queues/0/queued", (-1).into()),
        ("/systems/0/workers/0/live", 1.into()),
    ];
    for (pointer, wrong) in breaks {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer} is there")) = wrong;
        assert!(!validator.is_valid(&bad), "{pointer}");
    }
}

#[test]
fn json_has_every_key_in_the_order_of_the_contract() {
    let report = as_json(&[&Shop::trouble()]);
    let keys = |pointer: &str| -> Vec<String> {
        report.pointer(pointer).and_then(|at| at.as_object()).unwrap().keys().cloned().collect()
    };
    assert_eq!(keys(""), ["version", "at", "status", "systems"]);
    let system = [
        "name",
        "title",
        "environment",
        "status",
        "components",
        "signals",
        "alerts",
        "diagnoses",
        "queues",
        "workers",
        "jobs",
    ];
    assert_eq!(keys("/systems/0"), system);
    assert_eq!(keys("/systems/0/components/0"), ["id", "title", "state", "latency_ms", "failures", "error"]);
    assert_eq!(keys("/systems/0/signals/wal.pending"), ["value", "unit", "at", "freshness"]);
    assert_eq!(keys("/systems/0/signals/worker.memory_mb"), ["value", "missing", "freshness"]);
    let alert = ["rule", "state", "severity", "since", "summary", "runbook", "why_unknown"];
    assert_eq!(keys("/systems/0/alerts/0"), alert);
    let queue = ["name", "queued", "started", "failed", "deferred", "scheduled", "finished", "oldest_wait_s"];
    assert_eq!(keys("/systems/0/queues/0"), queue);
    assert_eq!(keys("/systems/0/workers/0"), ["name", "state", "heartbeat_age_s", "live", "queues", "current_job"]);
    assert_eq!(keys("/systems/0/jobs/0"), ["id", "next_run", "last_run", "state"]);
}

#[test]
fn nothing_shows_a_secret_or_a_control_character() {
    let shop = Shop::hostile();
    let all = [
        with(&[&shop], |facts| text::render(facts, PLAIN)),
        with(&[&shop], nagios::render),
        with(&[&shop], |facts| tmux::render(facts, PLAIN)),
        with(&[&shop], |facts| json::render(facts).unwrap()),
    ];
    for report in all {
        assert!(!report.contains(SECRET), "{report}");
        assert!(report.chars().all(|c| c == '\n' || !c.is_control()), "{report:?}");
        assert!(!report.contains('\u{202e}'), "{report:?}");
    }
}

#[test]
fn performance_data_parses_as_the_guidelines_have_it() {
    let label = regex::Regex::new(
        r"^'[^'=|]+'=-?[0-9.]+(s|ms|us|%|B|KB|MB|GB)?;(@?[0-9.~]*:?[0-9.]*)?;(@?[0-9.~]*:?[0-9.]*)?;[0-9.]*;[0-9.]*$",
    )
    .unwrap();
    for (name, shop) in scenes() {
        let line = with(&[&shop], nagios::render);
        assert_eq!(line.matches('\n').count(), 1, "{name}: one line");
        let Some((words, data)) = line.trim_end().split_once(" | ") else { continue };
        assert!(!words.contains('|'), "{name}: {words}");
        for one in data.split(' ') {
            assert!(label.is_match(one), "{name}: {one}");
        }
    }
    let line = with(&[&Shop::trouble()], nagios::render);
    for want in ["'wal.pending'=128;50;100;0;", "'queue.workers_live'=0;;1:;;", "'api.latency_ms'=3.1ms;;;0;"] {
        assert!(line.contains(want), "{want} in {line}");
    }
}

#[test]
fn no_line_of_text_is_wider_than_the_terminal_and_colour_only_repeats() {
    let escape = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    for (name, shop) in scenes() {
        let plain = with(&[&shop], |facts| text::render(facts, PLAIN));
        let colored = with(&[&shop], |facts| text::render(facts, COLORED));
        for line in plain.lines() {
            assert!(unicode_width::UnicodeWidthStr::width(line) <= 80, "{name}: {line}");
        }
        assert!(!plain.contains('\u{1b}') && colored.contains('\u{1b}'), "{name}");
        assert_eq!(escape.replace_all(&colored, ""), plain, "{name}");
    }
}

#[test]
fn the_worst_system_decides_and_none_is_unknown() {
    let (calm, trouble, unasked) = (Shop::calm(), Shop::trouble(), Shop::unasked());
    for (shops, status) in [
        (vec![&calm], Status::Ok),
        (vec![&calm, &trouble], Status::Critical),
        (vec![&calm, &unasked], unasked.watch.situation.status),
        (vec![], Status::Unknown),
    ] {
        let watches: Vec<&Watch> = shops.iter().map(|shop| &shop.watch).collect();
        assert_eq!(overall(&watches), status);
    }
}
