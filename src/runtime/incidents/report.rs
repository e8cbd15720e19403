//! The report of an incident as a file beside it.

use std::fs;
use std::io::{Read as _, Write as _};

use jiff::Timestamp;

use crate::incident::{Incident, Template, render};
use crate::record::StateDir;

/// Longest report that is read.
const MOST: u64 = 4 << 20;

/// Renders the report into what is there, or anew, and puts it in its place whole. Returns the path and the text.
pub(super) fn write(folder: &StateDir, incident: &Incident, now: Timestamp) -> Result<(String, String), String> {
    let name = format!("{}.md", incident.id);
    let mut before = String::new();
    if let Some(file) = folder.to_read(&name).map_err(|error| error.to_string())? {
        file.take(MOST).read_to_string(&mut before).map_err(|error| format!("{name}: {error}"))?;
    }
    let document = match Template::written(&before) {
        Some(written) if written.is_of(incident) => written,
        Some(_) => return Err(format!("{name} is not the report of this incident: move it away")),
        None if before.trim().is_empty() => Template::default(),
        None => return Err(format!("{name} is no report: move it away")),
    };
    let text = render(incident, &document, now).text;
    let path = folder.path().join(&name);
    if text != before {
        let beside = format!(".{name}.{}", std::process::id());
        let put = || {
            let mut fresh = folder.to_create(&beside).map_err(|error| error.to_string())?;
            let written = fresh.write_all(text.as_bytes()).and_then(|()| fresh.sync_all());
            written
                .and_then(|()| fs::rename(folder.path().join(&beside), &path))
                .map_err(|error| format!("{name}: {error}"))
        };
        let done = put();
        if done.is_err() {
            // nothing is left of what could not be put in its place
            let _ = folder.remove(&beside);
        }
        done?;
        folder.sync().map_err(|error| error.to_string())?;
    }
    Ok((path.display().to_string(), text))
}
