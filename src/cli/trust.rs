//! Whether a system file may say what is run: only where nobody but us and root can change it. What others can write is
//! watched all the same; its actions are off, and so are its components that run a program.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// Group and others may write.
const OTHERS_WRITE: u32 = 0o022;
/// Only the owner of a file may remove it from such a folder.
const STICKY: u32 = 0o1000;

/// Why nothing that a file names is run; none where they are not, and where there is no file.
pub(super) fn distrust(file: &Path) -> Option<String> {
    let file = fs::canonicalize(file).ok()?;
    let us = rustix::process::geteuid().as_raw();
    let seen = fs::metadata(&file).ok()?;
    let why = judged(seen.uid(), seen.mode(), us).map(|why| (why, &*file)).or_else(|| {
        let folder = file.parent()?;
        let seen = fs::metadata(folder).ok()?;
        let mode = if seen.mode() & STICKY == 0 { seen.mode() } else { seen.mode() & !OTHERS_WRITE };
        judged(seen.uid(), mode, us).map(|why| (why, folder))
    });
    why.map(|(why, place)| format!("actions and commands are off: {} {why}", place.display()))
}

fn judged(owner: u32, mode: u32, us: u32) -> Option<&'static str> {
    if owner != 0 && owner != us {
        Some("belongs to somebody else, who could change what is run")
    } else if mode & OTHERS_WRITE != 0 {
        Some("can be written by others, who could change what is run: chmod go-w")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_we_and_root_alone_can_write_is_trusted() {
        for (owner, mode, trusted) in [
            (0, 0o100_644, true),
            (1000, 0o100_644, true),
            (1000, 0o100_600, true),
            (1000, 0o100_664, false),
            (1000, 0o100_646, false),
            (1001, 0o100_600, false),
            (0, 0o040_777, false),
        ] {
            assert_eq!(judged(owner, mode, 1000).is_none(), trusted, "{owner} {mode:o}");
        }
    }

    #[test]
    fn a_file_in_a_folder_that_others_can_write_is_not_trusted() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("shop.toml");
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        for (mode, trusted) in [(0o755, true), (0o775, false), (0o777, false), (0o1777, true)] {
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
            let told = distrust(&file);
            assert_eq!(told.is_none(), trusted, "{mode:o}: {told:?}");
        }
        assert_eq!(distrust(Path::new("built in")), None);
    }
}
