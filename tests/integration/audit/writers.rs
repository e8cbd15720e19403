//! Several writers at once, and writers that are killed: nothing acknowledged is lost, and there is one chain.
//!
//! A writer is this test binary, started anew for the one ignored test below: a process of its own, as a runner is.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use midwatch::record::{Audit, Filter, StateDir};
use midwatch::runtime::clock;

use super::{Desk, note};

const FOLDER: &str = "AUDIT_WRITER_FOLDER";
const NAME: &str = "AUDIT_WRITER_NAME";
const COUNT: &str = "AUDIT_WRITER_COUNT";

/// Appends notes and acknowledges each on standard output once `append` returned.
#[test]
#[ignore = "a writer: the tests beside it start it"]
fn writer() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let name = std::env::var(NAME).unwrap();
    let count: usize = std::env::var(COUNT).unwrap().parse().unwrap();
    let audit = Audit::open(&StateDir::open(Path::new(&folder)).unwrap());
    let tell = |text: String| std::io::stdout().write_all(text.as_bytes()).unwrap();
    for n in 0..count {
        let text = format!("{name}.{n}");
        let mut draft = note(&text);
        if n % 4 == 1 {
            // several pages: a kill in the middle of the write leaves a part of them
            draft.argv = vec!["x".repeat(2000); 10];
        }
        match audit.append(&draft, clock::now()) {
            Ok(record) => tell(format!("\nack {} {text}\n", record.seq)),
            Err(error) => return tell(format!("\nerror {error}\n")),
        }
    }
}

/// A writer of so many notes.
pub(super) fn start(folder: &Path, name: &str, count: usize) -> Child {
    spawn(Command::new(std::env::current_exe().unwrap()), folder, name, count)
}

/// A writer that may write no file longer than so many blocks of 512 bytes.
fn start_limited(folder: &Path, blocks: u32, count: usize) -> Child {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"")]);
    shell.arg(std::env::current_exe().unwrap());
    spawn(shell, folder, "limited", count)
}

fn spawn(mut command: Command, folder: &Path, name: &str, count: usize) -> Child {
    command.args(["--exact", "audit::writers::writer", "--ignored", "--nocapture", "--test-threads=1"]);
    command.env(FOLDER, folder).env(NAME, name).env(COUNT, count.to_string());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// What a writer told: the numbers that it acknowledged with the texts of their notes, and its error. A last line
/// without an end was not told.
struct Told {
    acknowledged: Vec<(u64, String)>,
    error: Option<String>,
}

fn told(lines: impl Iterator<Item = String>) -> Told {
    let mut told = Told { acknowledged: Vec::new(), error: None };
    for line in lines {
        if let Some((seq, text)) = line.strip_prefix("ack ").and_then(|rest| rest.split_once(' ')) {
            told.acknowledged.push((seq.parse().unwrap(), text.to_owned()));
        } else if let Some(error) = line.strip_prefix("error ") {
            told.error = Some(error.to_owned());
        }
    }
    told
}

fn whole_lines(reader: &mut impl std::io::BufRead) -> Vec<String> {
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    let end = text.rfind('\n').map_or(0, |at| at + 1);
    text[..end].lines().map(str::to_owned).collect()
}

fn finish(mut child: Child) -> Told {
    let lines = whole_lines(&mut BufReader::new(child.stdout.take().unwrap()));
    child.wait().unwrap();
    told(lines.into_iter())
}

/// Every acknowledged note stands in the journal under its number.
fn assert_kept(desk: &Desk, acknowledged: &[(u64, String)]) {
    let records = desk.audit.records(&Filter::default()).unwrap();
    let kept: BTreeMap<u64, String> =
        records.into_iter().map(|record| (record.seq, record.what.reason.unwrap_or_default())).collect();
    let numbers: BTreeSet<u64> = acknowledged.iter().map(|(seq, _)| *seq).collect();
    assert_eq!(numbers.len(), acknowledged.len(), "a number was acknowledged twice");
    for (seq, text) in acknowledged {
        assert_eq!(kept.get(seq), Some(text), "record {seq} was acknowledged");
    }
}

#[test]
fn eight_processes_write_one_chain() {
    let desk = Desk::new();
    let folder = desk.home().join("midwatch");
    let children: Vec<Child> = (0..8).map(|n| start(&folder, &format!("w{n}"), 200)).collect();
    let mut all = Vec::new();
    for child in children {
        let told = finish(child);
        assert_eq!((told.acknowledged.len(), told.error), (200, None));
        assert!(told.acknowledged.is_sorted(), "a writer's records stand in its order");
        all.extend(told.acknowledged);
    }
    assert_kept(&desk, &all);
    let found = desk.verified();
    assert!(found.is_intact() && found.sealed.is_empty(), "{:?}", found.bad);
    assert_eq!((found.records, found.head.unwrap().seq), (1600, Some(1600)));
}

/// Kills, and the time that they may take on a busy machine; on a slow one there are fewer.
const KILLS: usize = 1000;
const FEWEST: usize = 100;
const TIME: Duration = Duration::from_secs(30);

#[test]
fn nothing_acknowledged_is_lost_when_writers_are_killed() {
    let desk = Desk::new();
    let folder = desk.home().join("midwatch");
    let started = Instant::now();
    let kills = AtomicUsize::new(0);
    let lane = |lane: usize| {
        let mut acknowledged = Vec::new();
        let mut chance = 0x9e37_79b9_u64 + lane as u64;
        while started.elapsed() < TIME {
            let nth = kills.fetch_add(1, Ordering::Relaxed);
            if nth >= KILLS {
                break;
            }
            let mut child = start(&folder, &format!("lane{lane}.{nth}"), 100_000);
            let mut out = BufReader::new(child.stdout.take().unwrap());
            let mut first = String::new();
            while !first.starts_with("ack ") {
                first.clear();
                assert!(out.read_line(&mut first).unwrap() > 0, "the writer ended by itself");
            }
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            // no wait for something: the kill is to hit any moment of the next records
            std::thread::sleep(Duration::from_micros(chance >> 33 & 0x3fff));
            child.kill().unwrap();
            child.wait().unwrap();
            let rest = whole_lines(&mut out);
            acknowledged.extend(told(std::iter::once(first.trim_end().to_owned()).chain(rest)).acknowledged);
        }
        acknowledged
    };
    let acknowledged: Vec<(u64, String)> = std::thread::scope(|scope| {
        let second = scope.spawn(|| lane(1));
        let mut all = lane(0);
        all.extend(second.join().unwrap());
        all
    });
    let kills = kills.into_inner().min(KILLS);
    assert!(kills >= FEWEST, "only {kills} kills in {TIME:?}");
    assert!(acknowledged.len() >= kills);

    // the next writer closes what the last one left
    desk.note("after all");
    assert_kept(&desk, &acknowledged);
    let found = desk.verified();
    assert!(found.is_intact(), "after {kills} kills: {:?}", found.bad);
    let lines = desk.bytes().split(|byte| *byte == b'\n').count() - 1;
    assert_eq!(lines, found.records + found.sealed.len(), "whole lines, but for those that are sealed");
}

#[test]
fn a_full_disk_is_an_error_and_the_journal_goes_on_when_there_is_room() {
    let desk = Desk::new();
    let folder = desk.home().join("midwatch");
    let told = finish(start_limited(&folder, 16, 1000));
    let error = told.error.expect("the disk was full");
    for part in ["audit.jsonl", "cannot be written", "no action is run", "make room"] {
        assert!(error.contains(part), "{part} in {error}");
    }
    assert!(desk.bytes().len() <= 16 * 512 && !told.acknowledged.is_empty());
    assert_kept(&desk, &told.acknowledged);
    let seq = desk.note("there is room again");
    assert_kept(&desk, &[(seq, "there is room again".to_owned())]);
    let found = desk.verified();
    assert!(found.is_intact() && found.sealed.len() == 1, "{found:?}");
}
