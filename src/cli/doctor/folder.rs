//! The folder for what midwatch keeps, as `doctor` sees it. Nothing is made here.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use rustix::fs::{Access, access};

use crate::cli::doctor::finding::{Level, Section};
use crate::cli::places;

pub(super) fn examine() -> Section {
    let mut section = Section::new("files");
    match places::config() {
        Some(dir) => section.add(Level::Well, "systems", format!("your own: {}", dir.join("systems").display())),
        None => section.add(Level::Note, "systems", "no home folder: only the built-in ones"),
    }
    match places::state() {
        Some(dir) => state(&mut section, &dir),
        None => section.add(Level::Doubt, "state", "no home folder: set XDG_STATE_HOME or HOME"),
    }
    section
}

fn state(section: &mut Section, dir: &Path) {
    let shown = dir.display();
    match fs::metadata(dir) {
        Ok(found) if !found.is_dir() => section.add(Level::Fault, "state", format!("{shown} is no folder")),
        Ok(found) => {
            let mode = found.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                let told = format!("{shown} has mode {mode:04o}: others can read it; chmod 700 {shown}");
                section.add(Level::Doubt, "state", told);
            } else {
                section.add(Level::Well, "state", format!("{shown}, mode {mode:04o}"));
            }
            if let Err(error) = access(dir, Access::WRITE_OK | Access::EXEC_OK) {
                section.add(Level::Fault, "state", format!("{shown} cannot be written: {error}"));
            }
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => not_there(section, dir),
        Err(error) => section.add(Level::Fault, "state", format!("{shown}: {error}")),
    }
}

/// A folder that is not there is no fault when it can be made.
fn not_there(section: &mut Section, dir: &Path) {
    let shown = dir.display();
    let above = dir.ancestors().skip(1).find(|above| above.exists());
    match above.map(|above| (above, access(above, Access::WRITE_OK | Access::EXEC_OK))) {
        Some((_, Ok(()))) => section.add(Level::Well, "state", format!("{shown}: not there yet, can be made")),
        Some((above, Err(error))) => {
            let told = format!("{shown} is not there and cannot be made: {}: {error}", above.display());
            section.add(Level::Doubt, "state", told);
        }
        None => section.add(Level::Doubt, "state", format!("{shown} is not there and cannot be made")),
    }
}
