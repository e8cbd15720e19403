//! The JSON Schema that `systems schema` prints says the same as the loader, as far as a schema can.

use std::path::Path;

use midwatch::config::{self, Catalog};

/// What a schema cannot see: names that do not resolve, texts with a meaning, contradictions, secrets.
const BEYOND: &[&str] = &[
    "action-choice-halves",
    "action-choose-without-one-of",
    "action-does-nothing",
    "action-does-two-things",
    "action-keys",
    "action-shell",
    "action-sql-count",
    "addresses",
    "also-unknown",
    "bad-priority",
    "bad-zone-and-cron",
    "broken-template",
    "cel-answer-variables",
    "cel-in-escapes",
    "cel-in-signal",
    "cel-in-verify-and-job",
    "cel-reads-signals-of-rq",
    "cel-syntax",
    "cel-syntax-in-long-text",
    "cel-unknown-component",
    "cel-unknown-signal",
    "depends-on-circle",
    "depends-on-nothing",
    "durations-that-cannot-be",
    "empty-titles",
    "job-trigger",
    "panel-needs",
    "placeholders",
    "probe-command",
    "probe-log",
    "rule-that-is-implied",
    "run-in-verify",
    "secret-in-argv",
    "secret-in-header",
    "secret-in-url",
    "severity-words",
    "signal-name-taken",
    "times",
    "unknown-variable",
    "var-detect",
    "var-names",
    "var-one-of",
    "var-secret-with-default",
];

fn as_json(text: &str) -> Option<serde_json::Value> {
    serde_json::to_value(text.parse::<toml::Table>().ok()?).ok()
}

fn files(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config").join(folder);
    let read = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.unwrap().path();
        (path.file_stem().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(path).unwrap())
    };
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(read).collect();
    files.sort();
    files
}

#[test]
fn the_schema_takes_every_shipped_system_and_every_good_file() {
    let schema = jsonschema::validator_for(&config::schema()).unwrap();
    let catalog = Catalog::new([]);
    let shipped = catalog.iter().map(|listed| (listed.name.to_string(), listed.source.text.to_string()));
    for (name, text) in shipped.chain(files("good")) {
        let errors: Vec<String> = schema
            .iter_errors(&as_json(&text).unwrap())
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert_eq!(errors, [""; 0], "{name}");
    }
}

#[test]
fn the_schema_refuses_every_broken_file_that_a_schema_can_see() {
    let schema = jsonschema::validator_for(&config::schema()).unwrap();
    let taken: Vec<String> = files("bad")
        .into_iter()
        .filter(|(_, text)| as_json(text).is_some_and(|json| schema.is_valid(&json)))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(taken, BEYOND);
}
