//! The systems there are, with the user's own read from disk. What a file says is not looked at here.

use std::fs;
use std::path::{Path, PathBuf};

use crate::base::{Source, SystemName};
use crate::cli::{Failure, out, places};
use crate::config::{Catalog, FILE, RUNBOOKS, RunbookFile, UserSystem};

/// Longest system file that is read: larger is no system file.
const MOST: u64 = 4 << 20;

/// The built-in systems and those in the user's folder. What there cannot be read is told, and hides nothing else.
pub(super) fn load() -> Catalog {
    load_telling(&out::error)
}

/// The same, told elsewhere than on standard error.
pub(super) fn load_telling(tell: &dyn Fn(&str)) -> Catalog {
    let folder = places::config().map(|config| config.join("systems"));
    let paths = folder.map(|folder| candidates(&folder)).transpose().unwrap_or_else(|failure| {
        tell(&failure.to_string());
        None
    });
    let readable = |path: PathBuf| match read(&path) {
        Ok(user) => Some(user),
        Err(failure) => {
            tell(&format!("left out: {failure}"));
            None
        }
    };
    Catalog::new(paths.unwrap_or_default().into_iter().filter_map(readable))
}

/// `<name>/system.toml` and `<name>.toml` in the user's folder, by name. No folder is no failure.
fn candidates(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(folder, &error)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(folder, &error))?.path();
        let hidden = path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
        if hidden {
            continue;
        }
        if path.join(FILE).is_file() {
            paths.push(path.join(FILE));
        } else if path.extension().is_some_and(|ext| ext == "toml") && path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// Reads one system file by its path; a folder stands for the `system.toml` in it.
pub(super) fn read(path: &Path) -> Result<UserSystem, Failure> {
    let path = if path.is_dir() { path.join(FILE) } else { path.to_owned() };
    let name = name(&path)?;
    let size = fs::metadata(&path).map_err(|error| unreadable(&path, &error))?.len();
    if size > MOST {
        return Err(Failure::Failed(format!("{}: {size} bytes are no system file", path.display())));
    }
    let text = fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
    let runbooks = match path.parent().filter(|_| is_system_toml(&path)) {
        Some(dir) => runbooks(&dir.join(RUNBOOKS))?,
        None => None,
    };
    Ok(UserSystem { name, source: Source { path, text: text.into() }, runbooks })
}

fn is_system_toml(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == FILE)
}

/// The folder's name, or the file's stem where the file is not called `system.toml`.
fn name(path: &Path) -> Result<SystemName, Failure> {
    // `.` and `..` have no name of their own
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let named = if is_system_toml(&whole) { whole.parent().and_then(Path::file_name) } else { whole.file_stem() };
    let text = named.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    SystemName::new(&text).map_err(|error| {
        Failure::Usage(format!("{}: {error}; the name of its folder is the system's name", path.display()))
    })
}

/// Runbooks beside a system file, by name; `None` where it has no folder of them.
fn runbooks(folder: &Path) -> Result<Option<Vec<RunbookFile>>, Failure> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(None) };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    let markdown = paths.iter().filter(|path| path.extension().is_some_and(|ext| ext == "md") && path.is_file());
    let mut files = Vec::new();
    for path in markdown {
        files.extend(RunbookFile::new(path, read_runbook(path)?));
    }
    Ok(Some(files))
}

/// The text of one Markdown file.
pub(super) fn read_runbook(path: &Path) -> Result<String, Failure> {
    let size = fs::metadata(path).map_err(|error| unreadable(path, &error))?.len();
    if size > MOST {
        return Err(Failure::Failed(format!("{}: {size} bytes are no runbook", path.display())));
    }
    let bytes = fs::read(path).map_err(|error| unreadable(path, &error))?;
    String::from_utf8(bytes).map_err(|_| Failure::Failed(format!("{}: is not UTF-8", path.display())))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Failed(format!("{}: {error}", path.display()))
}
