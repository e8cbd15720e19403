//! The house keeps its shape: arrows go one way, IO stays in its rooms, systems are data, files are small and say what
//! they do. To add an arrow is to edit [`ARROWS`], in review.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Room ← the rooms it may import from.
const ARROWS: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("signal", &["base"]),
    ("expr", &["base", "signal"]),
    ("probe", &["base", "signal", "expr"]),
    ("rule", &["base", "signal", "expr"]),
    ("job", &["base", "signal", "expr"]),
    ("action", &["base", "signal", "expr"]),
    ("runbook", &["base", "signal", "expr", "action"]),
    ("incident", &["base", "action", "runbook"]),
    ("record", &["base", "action", "incident"]),
    ("config", &["base", "signal", "expr", "probe", "rule", "job", "action", "runbook"]),
    ("watch", &["base", "signal", "expr", "probe", "rule", "job", "runbook", "incident", "config"]),
    ("app", &["base", "signal", "expr", "probe", "rule", "job", "action", "runbook", "incident", "config", "watch"]),
    (
        "view",
        &["base", "signal", "expr", "probe", "rule", "job", "action", "runbook", "incident", "config", "watch", "app"],
    ),
    ("report", &["action", "base", "signal", "expr", "probe", "rule", "job", "runbook", "incident", "config", "watch"]),
    ("sim", &["base"]),
    (
        "runtime",
        &[
            "base", "signal", "expr", "probe", "job", "action", "runbook", "incident", "record", "config", "watch",
            "app", "view", "report", "sim",
        ],
    ),
    (
        "cli",
        &[
            "base", "signal", "expr", "probe", "job", "action", "runbook", "incident", "record", "config", "watch",
            "app", "view", "report", "runtime", "sim",
        ],
    ),
];

/// Rooms that may touch sockets, files, processes, threads.
const IO: &[&str] = &["probe", "record", "sim", "runtime", "cli"];

struct Source {
    path: PathBuf,
    room: String,
    text: String,
}

impl Source {
    /// The lines that are code of the product: without comments and without the tests at the end of the file.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let end = self.text.find("#[cfg(test)]").unwrap_or(self.text.len());
        self.text[..end].lines().enumerate().map(|(n, line)| (n + 1, line)).filter(|(_, line)| {
            let line = line.trim_start();
            !line.starts_with("//")
        })
    }

    fn at(&self, line: usize) -> String {
        format!("{}:{line}", self.path.display())
    }
}

fn sources() -> Vec<Source> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![top.join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let inside = path.strip_prefix(top.join("src")).unwrap();
                let first = inside.components().next().unwrap().as_os_str().to_string_lossy();
                let room = first.trim_end_matches(".rs").to_owned();
                let text = fs::read_to_string(&path).unwrap();
                found.push(Source { path: path.strip_prefix(top).unwrap().to_owned(), room, text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(found.len() > 20, "the sources were not found");
    found
}

fn is_binary_or_map(source: &Source) -> bool {
    matches!(source.room.as_str(), "main" | "lib")
}

fn assert_none(rule: &str, offenders: &[String]) {
    assert!(offenders.is_empty(), "{rule}:\n  {}", offenders.join("\n  "));
}

#[test]
fn arrows_go_one_way() {
    let mut offenders = Vec::new();
    for source in sources().iter().filter(|source| !is_binary_or_map(source)) {
        let Some((_, allowed)) = ARROWS.iter().find(|(room, _)| *room == source.room) else {
            offenders.push(format!("{}: room '{}' is not in the table", source.path.display(), source.room));
            continue;
        };
        for (n, line) in source.code() {
            for (at, _) in line.match_indices("crate::") {
                let room: String =
                    line[at + 7..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                let known = ARROWS.iter().any(|(name, _)| *name == room);
                if known && room != source.room && !allowed.contains(&room.as_str()) {
                    offenders.push(format!("{}: {} imports {room}", source.at(n), source.room));
                }
            }
        }
    }
    assert_none("an arrow against the order of the rooms", &offenders);
}

#[test]
fn every_row_of_the_table_is_a_room() {
    let rooms: BTreeSet<String> = sources().into_iter().map(|source| source.room).collect();
    for (room, _) in ARROWS {
        assert!(rooms.contains(*room), "the table names '{room}', which is no room");
    }
}

#[test]
fn io_stays_in_its_rooms() {
    let outside = ["tokio::", "std::fs", "std::net", "std::process", "std::thread", "reqwest::", "std::env"];
    let mut offenders = Vec::new();
    for source in sources().iter().filter(|s| !is_binary_or_map(s) && !IO.contains(&s.room.as_str())) {
        for (n, line) in source.code() {
            offenders
                .extend(outside.iter().filter(|word| line.contains(*word)).map(|w| format!("{}: {w}", source.at(n))));
        }
    }
    assert_none("IO in a pure room", &offenders);
}

#[test]
fn only_the_clock_reads_a_clock() {
    let mut offenders = Vec::new();
    for source in sources().iter().filter(|source| !source.path.ends_with("runtime/clock.rs")) {
        for (n, line) in source.code() {
            let reads = ["SystemTime::now", "Timestamp::now", "Zoned::now", "std::time::Instant::now", "clock_gettime"];
            offenders
                .extend(reads.iter().filter(|word| line.contains(*word)).map(|w| format!("{}: {w}", source.at(n))));
        }
    }
    assert_none("a clock is read outside runtime/clock.rs", &offenders);
}

#[test]
fn only_the_view_and_the_terminal_name_ratatui() {
    let mut offenders = Vec::new();
    for source in sources() {
        let allowed = source.room == "view" || source.path.to_string_lossy().contains("runtime/terminal");
        for (n, _) in source.code().filter(|(_, line)| !allowed && line.contains("ratatui")) {
            offenders.push(source.at(n));
        }
    }
    assert_none("ratatui outside view and runtime/terminal", &offenders);
}

#[test]
fn systems_are_data() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("systems");
    let names: Vec<String> =
        fs::read_dir(root).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    let mut offenders = Vec::new();
    for source in sources().iter().filter(|source| source.room != "sim") {
        for (n, line) in source.code() {
            let lower = line.to_lowercase();
            offenders
                .extend(names.iter().filter(|name| lower.contains(*name)).map(|x| format!("{}: {x}", source.at(n))));
        }
    }
    assert!(!names.is_empty());
    assert_none("Rust that knows a system's name", &offenders);
}

#[test]
fn every_file_says_what_it_does_and_is_read_in_one_sitting() {
    let mut offenders = Vec::new();
    for source in sources() {
        if !source.text.starts_with("//! ") {
            offenders.push(format!("{}: no //! header", source.path.display()));
        }
        let lines = source.text.lines().count();
        let header: String = source.text.lines().take_while(|line| line.starts_with("//!")).collect();
        if lines > 500 && !header.contains("long because") {
            offenders.push(format!("{}: {lines} lines, and its header does not say why", source.path.display()));
        }
    }
    assert_none("a file without header, or too long", &offenders);
}
