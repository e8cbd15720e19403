//! The files of samples: restarts, writers, torn ends, bounds, and what must not be written into.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use super::*;

fn origin() -> Origin {
    Origin { boot: [1; 16], target: 5 }
}

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

    fn samples(&self) -> Samples {
        Samples::open(&self.state, &SystemName::new("shop").unwrap(), origin()).unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join("state").join(FOLDER).join(name)
    }

    fn told(&self) -> Vec<(i64, f64)> {
        let mut told = Vec::new();
        self.samples().read(|sample| told.push((sample.at.wall, sample.last))).unwrap();
        told
    }
}

fn batch(n: i64) -> (Moment, Vec<Sample>) {
    let sample = Sample { key: "wal.pending".parse().unwrap(), ago: 0, low: n as f64, high: n as f64, last: n as f64 };
    (Moment { wall: n, boot: n }, vec![sample])
}

fn write(samples: &mut Samples, n: i64) -> bool {
    let (at, batch) = batch(n);
    samples.write(at, &batch).unwrap()
}

fn expected(of: impl IntoIterator<Item = i64>) -> Vec<(i64, f64)> {
    of.into_iter().map(|n| (n, n as f64)).collect()
}

#[test]
fn a_restart_goes_on_behind_what_is_there() {
    let disk = Disk::new();
    assert_eq!(disk.told(), []);
    for n in [1, 2] {
        // a run each: it is written, and dropped
        assert!(write(&mut disk.samples(), n));
    }
    assert_eq!(disk.told(), expected([1, 2]));
    let mode = fs::metadata(disk.path("shop.samples")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn one_writes_and_the_next_takes_over_when_it_has_gone() {
    let disk = Disk::new();
    let (mut first, mut second) = (disk.samples(), disk.samples());
    assert!(write(&mut first, 1));
    assert!(!write(&mut second, 2), "another writes");
    assert_eq!(disk.told(), expected([1]));
    drop(first);
    assert!(write(&mut second, 3));
    assert_eq!(disk.told(), expected([1, 3]));
}

#[test]
fn a_torn_end_is_cut_off_before_anything_is_written_behind_it() {
    let disk = Disk::new();
    write(&mut disk.samples(), 1);
    let whole = fs::read(disk.path("shop.samples")).unwrap();
    for torn in 1..40 {
        fs::write(disk.path("shop.samples"), &whole[..whole.len() - torn.min(whole.len())]).unwrap();
        let kept = disk.told();
        write(&mut disk.samples(), 2);
        assert_eq!(disk.told(), kept.into_iter().chain(expected([2])).collect::<Vec<_>>(), "{torn}");
    }
}

#[test]
fn weeks_take_no_more_room_than_hours_and_the_newest_stay() {
    let disk = Disk::new();
    let mut samples = disk.samples();
    let keys: Vec<_> = (0..80).map(|n| format!("c{n}.value").parse().unwrap()).collect();
    let mut biggest = 0;
    for n in 0..8000_i64 {
        let sample = |(at, key): (usize, &crate::base::SignalKey)| {
            let last = if at < 40 { 1.0 } else { n as f64 + at as f64 };
            Sample { key: key.clone(), ago: 0, low: last, high: last, last }
        };
        let batch: Vec<Sample> = keys.iter().enumerate().map(sample).collect();
        samples.write(Moment { wall: n, boot: n }, &batch).unwrap();
        if n % 100 == 0 {
            biggest = biggest.max(size(&disk.path("")));
        }
    }
    assert!(biggest <= 2 * MAX_FILE + 64 * 1024, "{biggest} bytes");
    let told = disk.told();
    assert_eq!(told.last().map(|told| told.0), Some(7999));
    let batches = told.len() / 80;
    assert!(batches > 6 * 360, "six hours of batches every ten seconds: {batches}");
}

fn size(folder: &Path) -> u64 {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum()
}

#[test]
fn what_another_version_wrote_is_neither_read_nor_written_over() {
    let disk = Disk::new();
    write(&mut disk.samples(), 1);
    let mut bytes = fs::read(disk.path("shop.samples")).unwrap();
    bytes[6] = 9;
    fs::write(disk.path("shop.samples"), &bytes).unwrap();
    assert!(matches!(disk.samples().read(|_| {}), Err(SamplesError::Foreign(_))));
    let (at, batch) = batch(2);
    let refused = disk.samples().write(at, &batch).unwrap_err();
    assert!(refused.to_string().contains("another version"), "{refused}");
    assert_eq!(fs::read(disk.path("shop.samples")).unwrap(), bytes);
}

#[test]
fn nothing_is_written_through_a_link_and_nothing_that_others_can_write() {
    let disk = Disk::new();
    drop(disk.samples());
    let elsewhere = disk.home.path().join("elsewhere");
    fs::File::create(&elsewhere).unwrap().write_all(b"kept").unwrap();
    symlink(&elsewhere, disk.path("shop.samples")).unwrap();
    let (at, batch) = batch(1);
    assert!(matches!(disk.samples().write(at, &batch), Err(SamplesError::Place(PlaceError::Link(_)))));
    assert_eq!(fs::read(&elsewhere).unwrap(), b"kept");
    fs::remove_file(disk.path("shop.samples")).unwrap();
    fs::write(disk.path("shop.samples"), MAGIC).unwrap();
    fs::set_permissions(disk.path("shop.samples"), fs::Permissions::from_mode(0o666)).unwrap();
    assert!(matches!(disk.samples().write(at, &batch), Err(SamplesError::Place(PlaceError::Open { .. }))));
}
