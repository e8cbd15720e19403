//! The folder for what midwatch keeps, and the only road to files in it. No symbolic link is followed into it or inside
//! it, nothing in it belongs to somebody else or can be written by others, and what is made is for us alone.
//!
//! It knows nothing of what the files hold.

use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat, fstat, fsync, mkdirat, openat, statat};
use rustix::io::Errno;

/// Folders that are made: for us alone.
const OURS: Mode = Mode::RWXU;
/// What others must not have.
const WRITE_BY_OTHERS: u32 = 0o022;

/// Why a folder or file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// A name with a slash, `.` or `..`, or nothing.
    #[error("'{0}' is not the name of a file in the state folder")]
    BadName(String),
    /// A link where the folder or the file should be.
    #[error(
        "{0} is a symbolic link, and midwatch writes through none: remove it, or set XDG_STATE_HOME to another folder"
    )]
    Link(PathBuf),
    /// Something else than a folder.
    #[error("{0} is not a folder: move it away, or set XDG_STATE_HOME to another folder")]
    NotAFolder(PathBuf),
    /// Something else than a file.
    #[error("{0} is not a regular file: move it away")]
    NotAFile(PathBuf),
    /// Another user's.
    #[error("{path} belongs to user {owner}, not to user {us}: set XDG_STATE_HOME to a folder of your own")]
    Foreign {
        /// Which.
        path: PathBuf,
        /// Its user id.
        owner: u32,
        /// Ours.
        us: u32,
    },
    /// Others could write it.
    #[error("{path} can be written by others (mode {mode:04o}): chmod go-w '{path}'")]
    Open {
        /// Which.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The system refused.
    #[error("{path} cannot be {doing}: {source}; {}", way_out(source))]
    Refused {
        /// Which.
        path: PathBuf,
        /// What was tried: `made`, `opened`.
        doing: &'static str,
        /// Why.
        source: io::Error,
    },
}

/// What to do about an error of the disk.
pub(super) fn way_out(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            "make room on its disk, or set XDG_STATE_HOME to a folder on another"
        }
        io::ErrorKind::ReadOnlyFilesystem => "mount it for writing, or set XDG_STATE_HOME to a folder on another disk",
        _ => "set XDG_STATE_HOME to a folder that you can write",
    }
}

/// A folder that is ours alone: the state folder, or one inside it.
#[derive(Clone, Debug)]
pub struct StateDir {
    path: PathBuf,
    fd: Arc<OwnedFd>,
}

impl StateDir {
    /// Opens the state folder. It and the folders above it are made where they are missing, with mode 0700.
    pub fn open(path: &Path) -> Result<Self, PlaceError> {
        let (above, name) = split(path)?;
        let refused = |doing| move |source| PlaceError::Refused { path: above.to_owned(), doing, source };
        DirBuilder::new().recursive(true).mode(OURS.bits()).create(above).map_err(refused("made"))?;
        let above = folder_at(CWD, above).map_err(|errno| refused("opened")(errno.into()))?;
        Self::made(above.as_fd(), name, path)
    }

    /// Opens the state folder if it is there; makes nothing.
    pub fn existing(path: &Path) -> Result<Option<Self>, PlaceError> {
        let (above, name) = split(path)?;
        match folder_at(CWD, above) {
            Ok(above) => Self::opened(above.as_fd(), name, path),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(PlaceError::Refused { path: above.to_owned(), doing: "opened", source: errno.into() }),
        }
    }

    /// A folder inside this one, made where it is missing.
    pub fn folder(&self, name: &str) -> Result<Self, PlaceError> {
        Self::made(self.fd.as_fd(), plain(name)?, &self.path.join(name))
    }

    /// Where it is, for messages and for programs that are started in it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A file to read; `None` where there is none.
    pub fn to_read(&self, name: &str) -> Result<Option<File>, PlaceError> {
        match self.file(name, OFlags::RDONLY) {
            Err(PlaceError::Refused { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
            other => other.map(Some),
        }
    }

    /// A file to read and to write at its end, made with mode 0600 where it is missing. Also a file to lock.
    pub fn to_append(&self, name: &str) -> Result<File, PlaceError> {
        self.file(name, OFlags::RDWR | OFlags::APPEND | OFlags::CREATE)
    }

    /// A file that must not be there yet, to write, with mode 0600.
    pub fn to_create(&self, name: &str) -> Result<File, PlaceError> {
        self.file(name, OFlags::RDWR | OFlags::APPEND | OFlags::CREATE | OFlags::EXCL)
    }

    /// The names of what is in it, sorted; names that are no text are left out.
    pub fn names(&self) -> Result<Vec<String>, PlaceError> {
        let refused = |errno: Errno| self.refused(self.path.clone(), "read", errno);
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.fd).map_err(refused)? {
            let entry = entry.map_err(refused)?;
            names.extend(entry.file_name().to_str().ok().filter(|name| plain(name).is_ok()).map(str::to_owned));
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Removes a file. One that is not there is no failure.
    pub fn remove(&self, name: &str) -> Result<(), PlaceError> {
        self.unlink(name, AtFlags::empty())
    }

    /// Gives a file another name; one that has it already goes.
    pub fn rename(&self, from: &str, to: &str) -> Result<(), PlaceError> {
        rustix::fs::renameat(&self.fd, plain(from)?, &self.fd, plain(to)?)
            .map_err(|errno| self.refused(self.path.join(from), "renamed", errno))
    }

    /// Removes an empty folder. One that is not there is no failure.
    pub fn remove_folder(&self, name: &str) -> Result<(), PlaceError> {
        self.unlink(name, AtFlags::REMOVEDIR)
    }

    fn unlink(&self, name: &str, how: AtFlags) -> Result<(), PlaceError> {
        match rustix::fs::unlinkat(&self.fd, plain(name)?, how) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(errno) => Err(self.refused(self.path.join(name), "removed", errno)),
        }
    }

    /// Makes the names in it durable, after a file was made.
    pub fn sync(&self) -> Result<(), PlaceError> {
        fsync(&self.fd).map_err(|errno| self.refused(self.path.clone(), "made durable", errno))
    }

    fn made(above: BorrowedFd<'_>, name: &str, path: &Path) -> Result<Self, PlaceError> {
        let refused = |errno: Errno| PlaceError::Refused { path: path.to_owned(), doing: "made", source: errno.into() };
        if let Some(there) = Self::opened(above, name, path)? {
            return Ok(there);
        }
        match mkdirat(above, name, OURS) {
            Ok(()) => fsync(above).map_err(refused)?,
            // another process was quicker
            Err(Errno::EXIST) => {}
            Err(errno) => return Err(refused(errno)),
        }
        Self::opened(above, name, path)?.ok_or_else(|| refused(Errno::NOENT))
    }

    fn opened(above: BorrowedFd<'_>, name: &str, path: &Path) -> Result<Option<Self>, PlaceError> {
        let refused =
            |doing| move |errno: Errno| PlaceError::Refused { path: path.to_owned(), doing, source: errno.into() };
        let seen = match statat(above, name, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => return Ok(None),
            seen => seen.map_err(refused("looked at"))?,
        };
        match FileType::from_raw_mode(seen.st_mode) {
            FileType::Directory => {}
            FileType::Symlink => return Err(PlaceError::Link(path.to_owned())),
            _ => return Err(PlaceError::NotAFolder(path.to_owned())),
        }
        let fd =
            openat(above, name, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
                .map_err(refused("opened"))?;
        // what was opened is what counts, not what was seen before
        ours(&fstat(&fd).map_err(refused("looked at"))?, path)?;
        Ok(Some(Self { path: path.to_owned(), fd: Arc::new(fd) }))
    }

    fn file(&self, name: &str, how: OFlags) -> Result<File, PlaceError> {
        let path = self.path.join(name);
        // without waiting for the other end of a pipe that was put there
        let flags = how | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        let fd = match openat(&self.fd, plain(name)?, flags, Mode::RUSR | Mode::WUSR) {
            Ok(fd) => fd,
            Err(Errno::LOOP) => return Err(PlaceError::Link(path)),
            Err(Errno::ISDIR | Errno::NXIO) => return Err(PlaceError::NotAFile(path)),
            Err(errno) => return Err(self.refused(path, "opened", errno)),
        };
        let stat = fstat(&fd).map_err(|errno| self.refused(path.clone(), "looked at", errno))?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(PlaceError::NotAFile(path));
        }
        ours(&stat, &path)?;
        Ok(File::from(fd))
    }

    #[expect(clippy::unused_self, reason = "reads as the folder's own refusal")]
    fn refused(&self, path: PathBuf, doing: &'static str, errno: Errno) -> PlaceError {
        PlaceError::Refused { path, doing, source: errno.into() }
    }
}

/// Ours, and nobody else can write it?
fn ours(stat: &Stat, path: &Path) -> Result<(), PlaceError> {
    let us = rustix::process::geteuid().as_raw();
    if stat.st_uid != us {
        return Err(PlaceError::Foreign { path: path.to_owned(), owner: stat.st_uid, us });
    }
    let mode = stat.st_mode & 0o7777;
    if mode & WRITE_BY_OTHERS != 0 {
        return Err(PlaceError::Open { path: path.to_owned(), mode });
    }
    Ok(())
}

fn folder_at(at: BorrowedFd<'_>, path: &Path) -> Result<OwnedFd, Errno> {
    openat(at, path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
}

/// The folder above and the name in it.
fn split(path: &Path) -> Result<(&Path, &str), PlaceError> {
    let bad = || PlaceError::BadName(path.display().to_string());
    let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(bad)?;
    let above = path.parent().ok_or_else(bad)?;
    Ok((if above.as_os_str().is_empty() { Path::new(".") } else { above }, name))
}

/// A name that stays in its folder.
fn plain(name: &str) -> Result<&str, PlaceError> {
    if name.is_empty() || name == "." || name == ".." || name.contains(['/', '\0']) {
        return Err(PlaceError::BadName(name.to_owned()));
    }
    Ok(name)
}
