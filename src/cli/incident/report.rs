//! `midwatch incident report`: to standard output, or into a file on which hands have worked, which keeps what they wrote.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::cli::incident::desk::Desk;
use crate::cli::incident::refused;
use crate::cli::{Failure, Outcome, out};
use crate::incident::{Rendered, Template, render};
use crate::runtime::clock;

/// Longest document that is read.
const MAX_DOCUMENT: u64 = 4 * 1024 * 1024;

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    /// Its id, the beginning of one, or `last`
    id: String,
    /// Write it into this file; what hands have written there stays
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// A template of your own: Markdown with places such as <!-- midwatch:timeline --> <!-- /midwatch:timeline -->
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Outcome {
    let desk = Desk::existing()?;
    let id = desk.find(&args.id)?;
    let template = args.template.as_deref().map(own).transpose()?.unwrap_or_default();
    let incident = desk.incident(&id)?;
    let now = clock::now().wall;
    let Some(file) = &args.output else {
        out::tell(&render(&incident, &template, now).text)?;
        return Ok(0);
    };
    // what a link leads to is written, not the link
    let file = fs::canonicalize(file).unwrap_or_else(|_| file.clone());
    let before = read(&file)?;
    let document = match before.as_deref().map(str::trim).filter(|text| !text.is_empty()).and(before.as_deref()) {
        None => template,
        Some(text) => match Template::written(text).filter(|written| written.is_of(&incident)) {
            Some(written) => written,
            None => return Ok(refused(&format!("{} is not the report of {id}: give another file", file.display()))),
        },
    };
    let rendered = render(&incident, &document, now);
    if before.as_deref() != Some(&rendered.text) {
        write(&file, &rendered.text).map_err(|error| failed(&file, "written", &error))?;
    }
    tell(&file, &rendered)
}

fn tell(file: &Path, rendered: &Rendered) -> Outcome {
    let mut told = format!("wrote {}\n", file.display());
    if !rendered.by_hand.is_empty() {
        let _ =
            writeln!(told, "  changed by hand and kept, the record's own beside it: {}", rendered.by_hand.join(", "));
    }
    if !rendered.not_known.is_empty() {
        let _ = writeln!(told, "  not known yet: {}", rendered.not_known.join(", "));
    }
    out::tell(&told)?;
    Ok(0)
}

fn own(file: &Path) -> Result<Template, Failure> {
    let text =
        read(file)?.ok_or_else(|| Failure::Usage(format!("--template {}: there is no such file", file.display())))?;
    Template::new(&text).map_err(|error| Failure::Usage(format!("--template {}: {error}", file.display())))
}

/// A document; none where there is none.
fn read(file: &Path) -> Result<Option<String>, Failure> {
    let about = match fs::metadata(file) {
        Ok(about) => about,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(file, "read", &error)),
    };
    if !about.is_file() || about.len() > MAX_DOCUMENT {
        return Err(Failure::Usage(format!("{} is no document: a file of at most 4 MiB is", file.display())));
    }
    fs::read_to_string(file).map(Some).map_err(|error| failed(file, "read", &error))
}

/// Puts the whole document in the place of the old one, or nothing: what hands wrote is never half gone.
fn write(file: &Path, text: &str) -> io::Result<()> {
    let name = file.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
    let folder = file.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let beside = folder.join(format!(".{name}.{}.midwatch", std::process::id()));
    let mut fresh = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    let mut put = || {
        if let Ok(before) = fs::metadata(file) {
            fresh.set_permissions(before.permissions())?;
        }
        fresh.write_all(text.as_bytes())?;
        fresh.sync_all()?;
        fs::rename(&beside, file)?;
        File::open(folder)?.sync_all()
    };
    let done = put();
    if done.is_err() {
        // nothing is left of what could not be put in its place
        let _ = fs::remove_file(&beside);
    }
    done
}

fn failed(file: &Path, doing: &str, error: &io::Error) -> Failure {
    Failure::Failed(format!("{} cannot be {doing}: {error}", file.display()))
}
