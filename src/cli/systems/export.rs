//! `midwatch systems export NAME DIR`: the files of a system, to start from. Overwrites nothing unless told to.

use std::fs;
use std::path::Path;

use crate::cli::{Failure, Outcome, out};
use crate::config::{Catalog, FILE};

pub(super) fn run(catalog: &Catalog, name: &str, dir: &Path, force: bool) -> Outcome {
    let listed = catalog.get(name).map_err(|error| Failure::Usage(error.to_string()))?;
    let mut files: Vec<(std::path::PathBuf, Vec<u8>)> =
        listed.files().into_iter().map(|(path, bytes)| (path, bytes.to_vec())).collect();
    if files.is_empty() {
        // a system of the user's own: its file, as it is
        files.push((FILE.into(), listed.source.text.as_bytes().to_vec()));
    }
    let there: Vec<String> =
        files.iter().map(|(path, _)| dir.join(path)).filter(|p| p.exists()).map(|p| p.display().to_string()).collect();
    if !there.is_empty() && !force {
        return Err(Failure::Failed(format!("{} is there already; --force overwrites it", there.join(", "))));
    }
    let mut told = String::new();
    for (path, bytes) in files {
        let to = dir.join(path);
        let parent = to.parent().unwrap_or(dir);
        let written = fs::create_dir_all(parent).and_then(|()| fs::write(&to, bytes));
        written.map_err(|error| Failure::Failed(format!("{}: {error}", to.display())))?;
        told = told + &to.display().to_string() + "\n";
    }
    out::print(&told)?;
    Ok(0)
}
