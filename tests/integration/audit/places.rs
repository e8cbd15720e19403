//! The state folder: made for us alone, through no link, and refused where others could write.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use midwatch::record::{Audit, PlaceError, StateDir};
use midwatch::runtime::clock;

use super::{Desk, note};

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o7777
}

fn chmod(path: &Path, mode: u32) {
    std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn what_is_made_is_for_us_alone() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("local/state/midwatch");
    assert!(
        StateDir::existing(&path).unwrap().is_none() && !home.path().join("local").exists(),
        "looking makes nothing"
    );
    let dir = StateDir::open(&path).unwrap();
    Audit::open(&dir).append(&note("first"), clock::now()).unwrap();
    dir.folder("runs").unwrap().to_create("a.log").unwrap();
    for folder in ["local", "local/state", "local/state/midwatch", "local/state/midwatch/runs"] {
        assert_eq!(mode(&home.path().join(folder)), 0o700, "{folder}");
    }
    for file in ["audit.jsonl", "audit.lock", "runs/a.log"] {
        assert_eq!(mode(&path.join(file)), 0o600, "{file}");
    }
    assert_eq!(dir.names().unwrap(), ["audit.jsonl", "audit.lock", "runs"]);
    let runs = StateDir::existing(&path).unwrap().unwrap().folder("runs").unwrap();
    assert!(runs.to_create("a.log").is_err(), "it is there");
    runs.remove("a.log").unwrap();
    assert!(runs.to_read("a.log").unwrap().is_none());
}

#[test]
fn no_name_leads_out_of_the_folder() {
    let desk = Desk::new();
    let dir = StateDir::open(&desk.home().join("midwatch")).unwrap();
    for name in ["", ".", "..", "../x", "a/b", "/etc/x", "a\0b"] {
        assert!(matches!(dir.to_append(name), Err(PlaceError::BadName(_))), "{name:?}");
        assert!(matches!(dir.folder(name), Err(PlaceError::BadName(_))), "{name:?}");
    }
}

#[test]
fn links_are_refused_and_their_targets_untouched() {
    for planted in ["audit.jsonl", "audit.lock"] {
        for there in [true, false] {
            let desk = Desk::new();
            let target = desk.home().join("target");
            if there {
                std::fs::write(&target, "precious").unwrap();
            }
            symlink(&target, desk.home().join("midwatch").join(planted)).unwrap();
            let error = desk.audit.append(&note("first"), clock::now()).unwrap_err().to_string();
            assert!(error.contains(planted) && error.contains("symbolic link"), "{error}");
            assert!(desk.audit.ready().is_err());
            assert_eq!(std::fs::read_to_string(&target).ok().as_deref(), there.then_some("precious"));
        }
    }
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("target");
    std::fs::create_dir(&target).unwrap();
    symlink(&target, home.path().join("midwatch")).unwrap();
    for opened in [
        StateDir::open(&home.path().join("midwatch")).map(|_| ()),
        StateDir::existing(&home.path().join("midwatch")).map(|_| ()),
    ] {
        assert!(matches!(opened, Err(PlaceError::Link(_))), "{opened:?}");
    }
    // nor inside it
    let dir = StateDir::open(&home.path().join("real")).unwrap();
    symlink(&target, home.path().join("real/runs")).unwrap();
    assert!(matches!(dir.folder("runs"), Err(PlaceError::Link(_))));
    assert_eq!(target.read_dir().unwrap().count(), 0, "the target is untouched");
}

#[test]
fn what_is_no_file_is_refused_without_waiting() {
    let desk = Desk::new();
    let file = desk.file();
    std::fs::create_dir(&file).unwrap();
    let error = desk.audit.append(&note("first"), clock::now()).unwrap_err().to_string();
    assert!(error.contains("not a regular file"), "{error}");
    std::fs::remove_dir(&file).unwrap();
    // a pipe without a reader would hang a naive writer
    rustix::fs::mknodat(rustix::fs::CWD, &file, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0).unwrap();
    let error = desk.audit.append(&note("first"), clock::now()).unwrap_err().to_string();
    assert!(error.contains("not a regular file"), "{error}");
    std::fs::write(desk.home().join("file"), "").unwrap();
    assert!(matches!(StateDir::open(&desk.home().join("file")), Err(PlaceError::NotAFolder(_))));
}

#[test]
fn what_others_can_write_is_refused_with_the_way_out() {
    let desk = Desk::new();
    desk.note("first");
    let folder = desk.home().join("midwatch");
    for (bits, fine) in [
        (0o700, true),
        (0o711, true),
        (0o750, true),
        (0o755, true),
        (0o720, false),
        (0o770, false),
        (0o702, false),
        (0o777, false),
        (0o1777, false),
    ] {
        chmod(&folder, bits);
        let opened = StateDir::open(&folder).map(|_| ());
        assert_eq!(opened.is_ok(), fine, "{bits:o}");
        assert!(fine || opened.unwrap_err().to_string().contains(&format!("chmod go-w '{}'", folder.display())));
    }
    chmod(&folder, 0o700);
    let before = desk.bytes();
    for (bits, fine) in [(0o620, false), (0o602, false), (0o666, false), (0o644, true), (0o640, true), (0o600, true)] {
        chmod(&desk.file(), bits);
        let appended = desk.audit.append(&note("next"), clock::now()).map(|_| ());
        assert_eq!(appended.is_ok(), fine, "{bits:o}");
        if let Err(error) = appended {
            assert!(error.to_string().contains("chmod go-w"), "{error}");
            assert_eq!(desk.bytes(), before, "nothing was written");
        }
    }
}

#[test]
fn what_belongs_to_somebody_else_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let folder = if rustix::process::geteuid().is_root() {
        let folder = home.path().join("midwatch");
        std::fs::create_dir(&folder).unwrap();
        std::os::unix::fs::chown(&folder, Some(12_345), None).unwrap();
        folder
    } else {
        Path::new("/usr").to_owned()
    };
    let error = StateDir::open(&folder).unwrap_err();
    assert!(matches!(error, PlaceError::Foreign { .. }) && error.to_string().contains("XDG_STATE_HOME"), "{error}");
}

#[test]
fn a_folder_that_cannot_be_made_or_written_is_told() {
    // nobody makes a folder there, not even root
    let error = StateDir::open(Path::new("/proc/self/midwatch")).unwrap_err().to_string();
    assert!(error.contains("/proc/self/midwatch") && error.contains("XDG_STATE_HOME"), "{error}");
    let desk = Desk::new();
    let folder = desk.home().join("midwatch");
    std::fs::remove_dir_all(&folder).unwrap();
    // the folder that was opened is gone: no other is made behind its back
    let error = desk.audit.append(&note("first"), clock::now()).unwrap_err().to_string();
    assert!(error.contains("audit.lock cannot be opened") && !folder.exists(), "{error}");
    if !rustix::process::geteuid().is_root() {
        let desk = Desk::new();
        chmod(&desk.home().join("midwatch"), 0o500);
        let error = desk.audit.ready().unwrap_err().to_string();
        assert!(error.contains("audit.lock cannot be opened"), "{error}");
    }
}
