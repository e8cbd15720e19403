//! `midwatch themes`: what there is, one as a file to start from, and whether a file is right. And the way by which the
//! user's own reach the dashboard.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Subcommand;

use crate::base::{Problem, Source};
use crate::cli::{Failure, Outcome, out, places};
use crate::view::ColorDepth;
use crate::view::theme::{Faint, Library, Theme};

/// Longest theme file that is read: larger is no theme file.
const MOST: u64 = 256 << 10;

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the themes and where they come from
    List,
    /// Print a theme's file, to start one of your own from
    Show {
        /// Which theme
        name: String,
    },
    /// Tell every mistake of theme files, and what of them can hardly be read; exit code 1 if there is a mistake
    Validate {
        /// Files or names; left out: every theme there is
        #[arg(value_name = "PATH|NAME")]
        which: Vec<String>,
    },
}

pub(super) fn run(args: Args) -> Outcome {
    // a file is checked for what every terminal may ask of it
    let library = library(ColorDepth::True, false);
    match args.command {
        Command::List => list(&library),
        Command::Show { name } => {
            let listed = library.find(&name).map_err(|error| Failure::Usage(error.to_string()))?;
            out::print(&listed.source.text)?;
            Ok(0)
        }
        Command::Validate { which } => validate(&library, &which),
    }
}

/// The themes there are, for what a terminal can show: the built-in ones and the files of the user's folder. One that
/// cannot be read is told, and hides nothing else.
pub(super) fn library(depth: ColorDepth, ascii: bool) -> Library {
    library_telling(depth, ascii, &out::error)
}

/// The same, told elsewhere than on standard error.
pub(super) fn library_telling(depth: ColorDepth, ascii: bool, tell: &dyn Fn(&str)) -> Library {
    let readable = |path: PathBuf| match read(&path) {
        Ok(source) => Some((stem(&path)?, source)),
        Err(failure) => {
            tell(&format!("left out: {failure}"));
            None
        }
    };
    Library::new(files().into_iter().filter_map(readable).collect(), depth, ascii)
}

/// The theme files in the user's folder, by name. No folder is no failure.
pub(super) fn files() -> Vec<PathBuf> {
    let folder = places::config().map(|config| config.join("themes"));
    let entries = folder.and_then(|folder| fs::read_dir(folder).ok());
    let mut paths: Vec<PathBuf> = entries.into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|ext| ext == "toml") && path.is_file());
    paths.sort();
    paths
}

fn stem(path: &Path) -> Option<String> {
    Some(path.file_stem()?.to_string_lossy().into_owned())
}

fn read(path: &Path) -> Result<Source, Failure> {
    let unreadable = |error: std::io::Error| Failure::Failed(format!("{}: {error}", path.display()));
    let size = fs::metadata(path).map_err(unreadable)?.len();
    if size > MOST {
        return Err(Failure::Failed(format!("{}: {size} bytes are no theme file", path.display())));
    }
    let text = fs::read_to_string(path).map_err(unreadable)?;
    Ok(Source { path: path.to_owned(), text: text.into() })
}

/// One line a theme; a file with mistakes is listed with their number.
fn list(library: &Library) -> Outcome {
    let mut rows: Vec<[String; 3]> = vec![["NAME", "TITLE", "FROM"].map(str::to_owned)];
    for listed in library.list() {
        let title = match library.read(&listed) {
            Ok(theme) => theme.label,
            Err(problems) => format!("{} mistakes: themes validate {}", problems.len(), listed.name),
        };
        rows.push([listed.name, title, listed.origin.to_owned()]);
    }
    out::print(&out::columns(&rows))?;
    Ok(0)
}

fn validate(library: &Library, which: &[String]) -> Outcome {
    let mut text = String::new();
    let mut mistakes = 0;
    if which.is_empty() {
        for listed in library.list() {
            mistakes += tell(&listed.name, &library.read(&listed), &mut text);
        }
    }
    for name in which {
        mistakes += if name.contains(['/', '.']) {
            let source = read(Path::new(name))?;
            tell(name, &Theme::parse(name, &source, ColorDepth::True, false), &mut text)
        } else {
            let listed = library.find(name).map_err(|error| Failure::Usage(error.to_string()))?;
            tell(name, &library.read(&listed), &mut text)
        };
    }
    if mistakes > 0 {
        let _ = writeln!(text, "{mistakes} {}", if mistakes == 1 { "mistake" } else { "mistakes" });
    }
    out::print(&text)?;
    Ok(u8::from(mistakes > 0))
}

fn tell(name: &str, read: &Result<Theme, Vec<Problem>>, text: &mut String) -> usize {
    match read {
        Ok(theme) => {
            let _ = writeln!(text, "{name}: ok");
            for Faint { role, on, ratio, least } in theme.faint() {
                let _ = writeln!(
                    text,
                    "  warning: {role} on {on} has a contrast of {ratio:.2}; {least} is what can be read"
                );
            }
            0
        }
        Err(problems) => {
            for problem in problems {
                let _ = writeln!(text, "{}\n", problem.render());
            }
            problems.len()
        }
    }
}
