//! The end of a file, followed: rotation, truncation, a file that comes and goes. Blocks; reads at most 1 MiB a look, and
//! never from anything but a regular file.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::base::{Cause, Shown};
use crate::probe::ProbeError;

/// Where a file is read from first: so much before its end.
const TAIL: u64 = 64 * 1024;
/// The most that is read in one look; more is skipped, and told.
const MOST: u64 = 1024 * 1024;

/// A followed file.
#[derive(Debug)]
pub(super) struct Tail {
    path: PathBuf,
    open: Option<Open>,
    /// It was read before: from now on a new file is read from its beginning.
    is_known: bool,
}

#[derive(Debug)]
struct Open {
    file: File,
    id: (u64, u64),
    offset: u64,
}

/// What was read.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Piece {
    pub(super) bytes: Vec<u8>,
    /// Bytes before it that were not read.
    pub(super) skipped: u64,
    /// It begins in the middle of a line.
    pub(super) is_cut: bool,
    /// It is of another file than the piece before, or the file was begun anew.
    pub(super) is_other_file: bool,
    /// Set where it was there before we were: when the file was last written, in Unix seconds.
    pub(super) first_look: Option<f64>,
}

impl Tail {
    /// Of a file that need not be there yet.
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, open: None, is_known: false }
    }

    /// Its path, to be shown.
    pub(super) fn shown(&self) -> Shown {
        shown(&self.path)
    }

    /// What is new, at most 1 MiB.
    pub(super) fn read(&mut self) -> Result<Vec<Piece>, ProbeError> {
        let now = std::fs::metadata(&self.path).map_err(|error| told(&self.path, &error))?;
        if !now.is_file() {
            return Err(no_file(&self.path, &now));
        }
        let mut pieces = Vec::new();
        let mut left = MOST;
        let mut is_other = false;
        if let Some(open) = &mut self.open {
            let is_same = open.id == id(&now);
            let length = open.file.metadata().map_err(|error| told(&self.path, &error))?.len();
            if length < open.offset {
                open.offset = 0;
                is_other = true;
            }
            let mut piece = open.read(length, left).map_err(|error| told(&self.path, &error))?;
            piece.is_other_file = is_other;
            left -= piece.bytes.len() as u64;
            pieces.push(piece);
            if is_same {
                return Ok(pieces);
            }
            is_other = true;
        }
        let mut open = Open::at(&self.path).map_err(|error| told(&self.path, &error))?;
        let seen = open.file.metadata().map_err(|error| told(&self.path, &error))?;
        if !seen.is_file() {
            return Err(no_file(&self.path, &seen));
        }
        if !self.is_known {
            open.offset = seen.len().saturating_sub(TAIL);
        }
        let begins = open.offset;
        let mut piece = open.read(seen.len(), left).map_err(|error| told(&self.path, &error))?;
        piece.is_cut |= begins > 0;
        piece.is_other_file = is_other;
        piece.first_look = (!self.is_known).then_some(seen.mtime() as f64);
        pieces.push(piece);
        self.open = Some(open);
        self.is_known = true;
        Ok(pieces)
    }
}

impl Open {
    fn at(path: &Path) -> io::Result<Self> {
        let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits();
        let file = OpenOptions::new().read(true).custom_flags(flags.cast_signed()).open(path)?;
        let id = id(&file.metadata()?);
        Ok(Self { file, id, offset: 0 })
    }

    fn read(&mut self, length: u64, most: u64) -> io::Result<Piece> {
        let skipped = length.saturating_sub(self.offset).saturating_sub(most);
        self.offset += skipped;
        self.file.seek(SeekFrom::Start(self.offset))?;
        let mut bytes = Vec::new();
        (&self.file).take(most).read_to_end(&mut bytes)?;
        self.offset += bytes.len() as u64;
        Ok(Piece { bytes, skipped, is_cut: skipped > 0, ..Piece::default() })
    }
}

fn id(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

fn shown(path: &Path) -> Shown {
    Shown::from_remote(&path.to_string_lossy())
}

fn told(path: &Path, error: &io::Error) -> ProbeError {
    let path = shown(path);
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            ProbeError::new(Cause::NotFound, format!("not found: there is no file {path}"))
        }
        io::ErrorKind::PermissionDenied => {
            let way_out = "its group, or a command such as journalctl, may read it";
            ProbeError::new(Cause::Unauthorized, format!("unauthorized: we may not read {path}; {way_out}"))
        }
        _ => ProbeError::new(Cause::Internal, format!("internal error: {path}: {error}")),
    }
}

fn no_file(path: &Path, metadata: &Metadata) -> ProbeError {
    let kind = metadata.file_type();
    let what = if kind.is_dir() {
        "a folder"
    } else if kind.is_fifo() {
        "a pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    };
    ProbeError::new(Cause::Malformed, format!("malformed: {} is {what}, and a log is a regular file", shown(path)))
}
