//! `midwatch systems new NAME`: a commented folder to start from, which is valid as it is.

use std::fs;
use std::path::{Path, PathBuf};

use crate::base::SystemName;
use crate::cli::{Failure, Outcome, out};
use crate::config::FILE;

const TEXT: &str = include_str!("start.toml");

pub(super) fn run(name: &str, dir: Option<&Path>) -> Outcome {
    let name = SystemName::new(name).map_err(|error| Failure::Usage(format!("'{name}': {error}")))?;
    let dir = dir.map_or_else(|| PathBuf::from(name.as_str()), Path::to_path_buf);
    let file = dir.join(FILE);
    if file.exists() {
        return Err(Failure::Failed(format!("{} is there already; choose another folder", file.display())));
    }
    let written = fs::create_dir_all(&dir).and_then(|()| fs::write(&file, text(&name)));
    written.map_err(|error| Failure::Failed(format!("{}: {error}", file.display())))?;
    let file = file.display();
    out::print(&format!(
        "{file}\n\nNext:  midwatch systems validate {file}\n       midwatch --system-file {file} --var api_url=http://…\n"
    ))?;
    Ok(0)
}

/// The file of a new system: its name as a title and as the beginning of its variables.
fn text(name: &SystemName) -> String {
    let mut title = name.as_str().replace('-', " ");
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let prefix = name.as_str().replace('-', "_").to_uppercase();
    TEXT.replace("PREFIX", &prefix)
        .replace("TITLE", &title)
        .replace("NAME=VALUE", "name=value")
        .replace("NAME", name.as_str())
}
