//! `midwatch runbook lint`: every finding with its place; exit code 1 if one is an error.

use std::fmt::Write as _;
use std::path::Path;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::base::Source;
use crate::cli::runbook::{is_path, systems};
use crate::cli::{Failure, Outcome, catalog, choice, out};
use crate::config::{self, Catalog, FILE, Level, Lint, RUNBOOKS, Surroundings, System};
use crate::runtime::clock;

pub(super) fn run(catalog: &Catalog, which: &[String]) -> Outcome {
    let today = clock::now().wall.to_zoned(TimeZone::UTC).date();
    let mut found = Vec::new();
    let mut looked = 0;
    // `lint shop` beside a folder `shop` means it, where no system has that name
    let is_folder = |name: &String| catalog.get(name).is_err() && Path::new(name).join(FILE).is_file();
    let (paths, names): (Vec<String>, Vec<String>) =
        which.iter().cloned().partition(|name| is_path(name) || is_folder(name));
    if paths.is_empty() || !names.is_empty() {
        for system in systems(catalog, &names)? {
            looked += system.runbooks.len();
            found.extend(config::lint(&system, today));
        }
    }
    for path in &paths {
        let (n, lints) = of_path(Path::new(path), today)?;
        looked += n;
        found.extend(lints);
    }
    let errors = found.iter().filter(|lint| lint.level == Level::Error).count();
    out::print(&told(&found, looked, errors))?;
    Ok(u8::from(errors > 0))
}

fn told(found: &[Lint], looked: usize, errors: usize) -> String {
    let mut text = String::new();
    for lint in found {
        match lint.level {
            Level::Error => {
                let _ = writeln!(text, "{}\n", lint.render());
            }
            // a warning is one line: there may be many
            Level::Warning => {
                let _ = writeln!(text, "{}", lint.problem.headline());
            }
        }
    }
    let count = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let warnings = found.len() - errors;
    let _ = writeln!(text, "{}: {}, {}", count(looked, "runbook"), count(errors, "error"), count(warnings, "warning"));
    text
}

/// A folder of a system, its `system.toml`, a runbook in such a folder, or any Markdown file.
fn of_path(path: &Path, today: Date) -> Result<(usize, Vec<Lint>), Failure> {
    if path.is_dir() || path.file_name().is_some_and(|name| name == FILE) {
        let system = read_system(path)?;
        return Ok((system.runbooks.len(), config::lint(&system, today)));
    }
    if let Some(folder) = folder_of(path) {
        let system = read_system(&folder)?;
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        if let Some(file) = system.runbook(&stem) {
            return Ok((1, config::lint_file(&system, file, today)));
        }
    }
    let text = catalog::read_runbook(path)?;
    Ok((1, config::lint_foreign(&Source { path: path.to_owned(), text: text.into() })))
}

/// The folder of the system that a runbook lies in.
fn folder_of(path: &Path) -> Option<std::path::PathBuf> {
    let whole = std::path::absolute(path).ok()?;
    let parent = whole.parent().filter(|parent| parent.file_name().is_some_and(|name| name == RUNBOOKS))?;
    parent.parent().filter(|folder| folder.join(FILE).is_file()).map(Path::to_owned)
}

fn read_system(path: &Path) -> Result<System, Failure> {
    let user = catalog::read(path)?;
    let mut system = config::load_within(user.name, &user.source, &Surroundings::default())
        .map_err(|problems| choice::broken(&problems))?;
    // given beside the file and not to its check: a rule without its runbook is a finding among others
    system.runbooks = user.runbooks.unwrap_or_default().into();
    Ok(system)
}
