//! The files of changes: restarts, writers, torn and flipped lines, bounds, and what must not be written into.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::record::place::PlaceError;

struct Disk {
    home: tempfile::TempDir,
    state: StateDir,
}

impl Disk {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let state = StateDir::open(&home.path().join("state")).unwrap();
        Self { home, state }
    }

    /// A run that began at a time.
    fn run(&self, began: i64) -> Turns {
        let origin = Origin { boot: [1; 16], target: 5 };
        Turns::open(&self.state, &SystemName::new("shop").unwrap(), origin, at(began)).unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join("state").join(FOLDER).join(name)
    }

    /// What is read: `run 1`, or the text of an event, or an alert with its state.
    fn told(&self) -> Vec<String> {
        let mut told = Vec::new();
        self.run(0)
            .read(|origin, line| {
                assert_eq!(origin.target, 5);
                told.push(match line {
                    Line::Run { at, .. } => format!("run {}", at.wall),
                    Line::Event { text, .. } => text,
                    Line::Alert { id, state, .. } => format!("{id} {state}"),
                });
            })
            .unwrap();
        told
    }
}

fn at(n: i64) -> Moment {
    Moment { wall: n, boot: n }
}

fn event(n: i64, text: &str) -> Line {
    Line::Event { at: at(n), kind: "component".into(), id: "api".into(), status: Status::Critical, text: text.into() }
}

fn alert(n: i64, state: &str) -> Line {
    let because = "wal.pending = 51 > 50 \u{201e}x\u{201c}\n".into();
    Line::Alert { at: at(n), id: "wal".into(), state: state.into(), since: Some(at(n - 1)), because }
}

fn write(turns: &mut Turns, lines: &[Line]) -> bool {
    turns.write(&IndexMap::new(), lines).unwrap()
}

#[test]
fn a_restart_goes_on_behind_what_is_there() {
    let disk = Disk::new();
    assert_eq!(disk.told(), [] as [&str; 0]);
    for n in [1, 2] {
        // a run each: it is written, and dropped
        assert!(write(&mut disk.run(n), &[event(n, &format!("event {n}")), alert(n, "firing")]));
    }
    assert_eq!(disk.told(), ["run 1", "event 1", "wal firing", "run 2", "event 2", "wal firing"]);
}

#[test]
fn one_writes_and_the_next_takes_over_with_what_stands() {
    let disk = Disk::new();
    let (mut first, mut second) = (disk.run(1), disk.run(2));
    assert!(write(&mut first, &[event(3, "one")]));
    assert!(!write(&mut second, &[alert(4, "firing")]), "another writes");
    drop(first);
    let standing = IndexMap::from([("wal".to_owned(), alert(4, "firing"))]);
    assert!(second.write(&standing, &[event(5, "two")]).unwrap());
    assert_eq!(disk.told(), ["run 1", "one", "run 2", "wal firing", "two"]);
}

#[test]
fn a_torn_end_is_left_out_and_what_is_written_behind_it_is_read() {
    let disk = Disk::new();
    write(&mut disk.run(1), &[event(1, "one"), event(2, "two")]);
    let whole = fs::read(disk.path("shop.events")).unwrap();
    for torn in 1..whole.len() {
        fs::write(disk.path("shop.events"), &whole[..whole.len() - torn]).unwrap();
        let kept = disk.told();
        write(&mut disk.run(3), &[event(4, "four")]);
        assert_eq!(disk.told(), [&kept[..], &["run 3".to_owned(), "four".to_owned()]].concat(), "{torn}");
    }
}

#[test]
fn weeks_take_no_more_room_than_days_and_a_file_is_understood_alone() {
    let disk = Disk::new();
    let mut turns = disk.run(1);
    let standing = IndexMap::from([("wal".to_owned(), alert(2, "firing"))]);
    let mut biggest = 0;
    for n in 0..40 {
        let lines: Vec<Line> = (0..1000).map(|m| event(n * 1000 + m, &format!("FastAPI down, try {n} {m}"))).collect();
        turns.write(&standing, &lines).unwrap();
        let files = fs::read_dir(disk.path("")).unwrap();
        biggest = biggest.max(files.map(|entry| entry.unwrap().metadata().unwrap().len()).sum::<u64>());
    }
    assert!(biggest > 2 * MAX_FILE && biggest <= 2 * MAX_FILE + 512 * 1024, "{biggest} bytes");
    let told = disk.told();
    assert_eq!(told[..2], ["run 1", "wal firing"], "the older of the two begins with what stands");
    assert_eq!(told.last().map(String::as_str), Some("FastAPI down, try 39 999"));
}

#[test]
fn what_another_version_wrote_and_what_is_a_link_is_neither_read_nor_written_over() {
    let disk = Disk::new();
    write(&mut disk.run(1), &[event(1, "one")]);
    let text = fs::read_to_string(disk.path("shop.events")).unwrap().replace("MWTURN 1", "MWTURN 9");
    fs::write(disk.path("shop.events"), &text).unwrap();
    assert!(matches!(disk.run(1).read(|_, _| {}), Err(SamplesError::Foreign(_))));
    assert!(matches!(disk.run(1).write(&IndexMap::new(), &[]), Err(SamplesError::Foreign(_))));
    assert_eq!(fs::read_to_string(disk.path("shop.events")).unwrap(), text);
    fs::remove_file(disk.path("shop.events")).unwrap();
    let elsewhere = disk.home.path().join("elsewhere");
    fs::write(&elsewhere, "kept").unwrap();
    symlink(&elsewhere, disk.path("shop.events")).unwrap();
    let refused = disk.run(1).write(&IndexMap::new(), &[event(1, "one")]);
    assert!(matches!(refused, Err(SamplesError::Place(PlaceError::Link(_)))));
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "kept");
}

proptest! {
    /// The disk lied: what is read was written, in its order, and nothing else.
    #[test]
    fn flipped_bits_lose_lines_and_invent_none(flips in proptest::collection::vec((9_usize..2000, 0_u8..8), 0..6)) {
        let disk = Disk::new();
        let lines: Vec<Line> = (0..12).map(|n| event(n, &format!("event {n}"))).collect();
        write(&mut disk.run(1), &lines);
        let all = disk.told();
        let mut bytes = fs::read(disk.path("shop.events")).unwrap();
        for (at, bit) in flips {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << bit;
            }
        }
        fs::write(disk.path("shop.events"), &bytes).unwrap();
        let mut left = all.iter();
        for told in disk.told() {
            prop_assert!(left.any(|line| *line == told), "{told}");
        }
    }
}
