//! Finds the program of a command, as an absolute path that nobody but root and us can put something else at. It runs
//! nothing.

use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};
use rustix::process::geteuid;

use crate::base::Shown;

/// Why a program is not run. Each names the way out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A path that means something else in another folder.
    #[error("'{}' is a relative path: write the name of a program on PATH, or its absolute path", Shown::from_remote(.0))]
    Relative(String),
    /// No folder of PATH has it.
    #[error("'{}' is not on PATH: install it, or write its absolute path", Shown::from_remote(.0))]
    NotOnPath(String),
    /// Nothing is there.
    #[error("{0}: there is no such program")]
    Missing(Shown),
    /// The folder that it is to run in is none.
    #[error("{0}: there is no such folder")]
    NoFolder(Shown),
    /// It is no file that may be executed.
    #[error("{0} is not executable: chmod +x makes it so")]
    NotExecutable(Shown),
    /// Somebody else could put another program there.
    #[error("{program}: {place} can be changed by {who}, and so what would run: {way_out}")]
    Writable {
        /// The program.
        program: Shown,
        /// It, or a folder that leads to it.
        place: Shown,
        /// Who.
        who: String,
        /// What to do.
        way_out: &'static str,
    },
    /// It cannot be looked at.
    #[error("{0}: {1}")]
    Unreadable(Shown, String),
}

/// Finds a program by its name on a `PATH`, or by its absolute path.
///
/// As with a shell, the first folder of `PATH` that has an executable file of this name decides; relative folders are
/// passed over.
pub fn find(program: &str, path: &OsStr) -> Result<PathBuf, Refused> {
    if program.contains('/') {
        if !program.starts_with('/') {
            return Err(Refused::Relative(program.to_owned()));
        }
        return check(Path::new(program)).map(|()| PathBuf::from(program));
    }
    let mut failure = Refused::NotOnPath(program.to_owned());
    if program.is_empty() || matches!(program, "." | "..") {
        return Err(failure);
    }
    for folder in std::env::split_paths(path).filter(|folder| folder.is_absolute()) {
        let candidate = folder.join(program);
        match check(&candidate) {
            Ok(()) => return Ok(candidate),
            Err(writable @ Refused::Writable { .. }) => return Err(writable),
            Err(Refused::Missing(_)) => {}
            Err(other) => failure = other,
        }
    }
    Err(failure)
}

/// Looks whether a program may still be run from where it was found.
pub fn check(program: &Path) -> Result<(), Refused> {
    if !program.is_absolute() {
        return Err(Refused::Relative(program.to_string_lossy().into_owned()));
    }
    let real = fs::canonicalize(program).map_err(|error| unreadable(program, &error))?;
    let is_file = look(&real)?.is_file();
    if !is_file || access(&real, Access::EXEC_OK).is_err() {
        return Err(Refused::NotExecutable(shown(program)));
    }
    // the place where it stands, and the file that it leads to
    guarded(program, program)?;
    if real == program { Ok(()) } else { guarded(program, &real) }
}

/// Looks whether a folder may be what a program runs in: many read there what to do.
pub fn check_folder(folder: &Path) -> Result<(), Refused> {
    let real = fs::canonicalize(folder).map_err(|error| no_folder(folder, &error))?;
    if !look(&real)?.is_dir() {
        return Err(Refused::NoFolder(shown(folder)));
    }
    guarded(folder, &real)
}

fn no_folder(folder: &Path, error: &io::Error) -> Refused {
    match unreadable(folder, error) {
        Refused::Missing(folder) => Refused::NoFolder(folder),
        other => other,
    }
}

/// Is everything from the file up to the root in nobody else's hands?
fn guarded(program: &Path, file: &Path) -> Result<(), Refused> {
    let us = geteuid().as_raw();
    let mut below: Option<Standing> = None;
    for (step, place) in file.ancestors().enumerate() {
        // a link is judged by where it stands, and what it leads to by itself
        let standing = Standing::of(&if step == 0 { look_at(place) } else { look(place) }?);
        let refuse = |who| Refused::Writable {
            program: shown(program),
            place: shown(place),
            who,
            way_out: if step == 0 {
                "let it belong to root or to you, and chmod go-w it"
            } else {
                "move it to a folder that only root or you can write to"
            },
        };
        if let Some(who) = standing.changed_by(us, below.filter(|_| step > 1)) {
            return Err(refuse(who));
        }
        below = Some(standing);
    }
    Ok(())
}

/// What of a file or folder says who can change it.
#[derive(Clone, Copy, Debug)]
struct Standing {
    owner: u32,
    group: u32,
    mode: u32,
    is_link: bool,
}

impl Standing {
    fn of(metadata: &Metadata) -> Self {
        let is_link = metadata.file_type().is_symlink();
        Self { owner: metadata.uid(), group: metadata.gid(), mode: metadata.mode(), is_link }
    }

    /// Who but root and us can change it; for a folder further up, `below` is what leads on from it to the program: in a
    /// sticky folder (such as /tmp) others can write, and cannot exchange what is not theirs.
    fn changed_by(self, us: u32, below: Option<Standing>) -> Option<String> {
        const GROUP: u32 = 0o0020;
        const OTHERS: u32 = 0o0002;
        const STICKY: u32 = 0o1000;
        let ours = |owner: u32| owner == 0 || owner == us;
        if !ours(self.owner) {
            return Some(format!("its owner, user {}", self.owner));
        }
        if self.is_link || (self.mode & STICKY != 0 && below.is_some_and(|below| ours(below.owner))) {
            return None;
        }
        if self.mode & OTHERS != 0 {
            return Some("everybody".to_owned());
        }
        // the group of root, and the private group that many systems give each user, hold nobody else
        let private = [0, self.owner, us].contains(&self.group);
        (self.mode & GROUP != 0 && !private).then(|| format!("group {}", self.group))
    }
}

fn look(path: &Path) -> Result<Metadata, Refused> {
    fs::metadata(path).map_err(|error| unreadable(path, &error))
}

fn look_at(path: &Path) -> Result<Metadata, Refused> {
    fs::symlink_metadata(path).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &io::Error) -> Refused {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Refused::Missing(shown(path)),
        _ => Refused::Unreadable(shown(path), error.to_string()),
    }
}

fn shown(path: &Path) -> Shown {
    Shown::from_remote(&path.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn who_can_change_a_place() {
        let us = 1000;
        let file = |owner, group, mode| Standing { owner, group, mode, is_link: false };
        let ours = Some(file(us, us, 0o755));
        let theirs = Some(file(1001, 1001, 0o755));
        for (place, below, who) in [
            (file(0, 0, 0o755), None, None),
            (file(0, 0, 0o775), None, None),
            (file(us, us, 0o775), None, None),
            (file(us, 50, 0o775), None, Some("group 50")),
            (file(0, us, 0o775), None, None),
            (file(1001, 0, 0o755), None, Some("its owner, user 1001")),
            (file(0, 0, 0o757), None, Some("everybody")),
            (file(0, 0, 0o1777), None, Some("everybody")),
            (file(0, 0, 0o1777), ours, None),
            (file(0, 0, 0o1777), theirs, Some("everybody")),
            (file(0, 0, 0o777), ours, Some("everybody")),
            (file(1001, 0, 0o1755), ours, Some("its owner, user 1001")),
            (Standing { is_link: true, ..file(0, 0, 0o777) }, None, None),
            (Standing { is_link: true, ..file(1001, 0, 0o777) }, None, Some("its owner, user 1001")),
        ] {
            assert_eq!(place.changed_by(us, below).as_deref(), who, "{place:?} {below:?}");
        }
    }

    /// A folder of programs, as `sh` writes them.
    fn folder() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, mode) in [("tool", 0o755), ("plain", 0o644), ("open", 0o757)] {
            let file = dir.path().join(name);
            fs::write(&file, "#!/bin/sh\n").unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        }
        fs::create_dir(dir.path().join("folder")).unwrap();
        dir
    }

    #[test]
    fn a_program_is_found_by_the_first_folder_that_has_it() {
        let (empty, full) = (tempfile::tempdir().unwrap(), folder());
        let path = std::env::join_paths([Path::new("."), Path::new(""), empty.path(), full.path()]).unwrap();
        let tool = full.path().join("tool");
        assert_eq!(find("tool", &path), Ok(tool.clone()));
        assert_eq!(find(tool.to_str().unwrap(), OsStr::new("")), Ok(tool.clone()));
        symlink(&tool, empty.path().join("tool")).unwrap();
        assert_eq!(find("tool", &path), Ok(empty.path().join("tool")), "a link keeps its name");
    }

    #[test]
    fn what_cannot_be_run_is_refused_with_the_way_out() {
        let dir = folder();
        let at = dir.path().display();
        for (program, words) in [
            ("./tool", "'./tool' is a relative path: write the name of a program on PATH, or its absolute path".into()),
            ("nope", "'nope' is not on PATH: install it, or write its absolute path".into()),
            ("", "'' is not on PATH: install it, or write its absolute path".into()),
            ("/nope/x", "/nope/x: there is no such program".into()),
            ("plain", format!("{at}/plain is not executable: chmod +x makes it so")),
            ("folder", format!("{at}/folder is not executable: chmod +x makes it so")),
            (
                "open",
                format!(
                    "{at}/open: {at}/open can be changed by everybody, and so what would run: \
                     let it belong to root or to you, and chmod go-w it"
                ),
            ),
        ] {
            let refused = find(program, dir.path().as_os_str());
            assert_eq!(refused.map_err(|refused| refused.to_string()), Err(words), "{program}");
        }
    }

    #[test]
    fn a_folder_that_others_write_to_is_refused_wherever_it_stands() {
        let dir = folder();
        let inner = dir.path().join("inner");
        fs::create_dir(&inner).unwrap();
        fs::copy(dir.path().join("tool"), inner.join("tool")).unwrap();
        let linked = tempfile::tempdir().unwrap();
        symlink(inner.join("tool"), linked.path().join("tool")).unwrap();
        for (mode, refused) in [(0o777, true), (0o1777, false), (0o755, false)] {
            fs::set_permissions(dir.path(), fs::Permissions::from_mode(mode)).unwrap();
            for program in [inner.join("tool"), linked.path().join("tool")] {
                let found = find(program.to_str().unwrap(), OsStr::new(""));
                assert_eq!(matches!(found, Err(Refused::Writable { .. })), refused, "{mode:o} {found:?}");
            }
        }
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o1777)).unwrap();
        let found = find("tool", dir.path().as_os_str());
        assert!(matches!(found, Err(Refused::Writable { .. })), "directly in a sticky folder: {found:?}");
    }
}
