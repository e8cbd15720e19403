//! Copies of jobs that are about to be deleted: one line of JSON for each, on disk before the deletion is sent.
//!
//! A line holds the queue, the id, the milliseconds to live and the hash, bytes that are no text as `{"base64": …}`. The
//! jobs' payloads may be confidential: only the owner may read the file.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use redis::Value;
use serde_json::{Map, json};

use super::PREFIX;
use crate::action::JobAt;
use crate::base::Cause;
use crate::probe::ProbeError;
use crate::probe::rq::keys::Keys;
use crate::probe::rq::parse;
use crate::runtime::run::link::{Link, malformed, pipe};

/// Jobs read at once: their payloads may be large.
const PAGE: usize = 50;

/// The copies of one run.
pub(super) struct Copies {
    path: PathBuf,
    file: Option<Arc<File>>,
}

impl Copies {
    /// The copies of a run in a folder that exists. Nothing is written yet.
    pub(super) fn named(folder: &Path, run: &str) -> Result<Self, String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if run.is_empty() || run.starts_with('.') || !run.chars().all(plain) {
            return Err(format!("'{run}' cannot name the copy of the deleted jobs"));
        }
        Ok(Self { path: folder.join(format!("{run}.jsonl")), file: None })
    }

    /// Copies jobs, for good: they are on the disk when it returns.
    pub(super) async fn keep(&mut self, jobs: &[JobAt], link: &mut Link) -> Result<(), ProbeError> {
        let mut lines = String::new();
        for page in jobs.chunks(PAGE) {
            read(page, link, &mut lines).await?;
        }
        let (path, kept) = (self.path.clone(), self.file.clone());
        let written = tokio::task::spawn_blocking(move || write(&path, kept, &lines)).await;
        let written = written.unwrap_or_else(|_| Err(io::Error::other("the writer ended")));
        let file = written.map_err(|error| {
            ProbeError::new(Cause::Internal, format!("cannot write {}: {error}", self.path.display()))
        })?;
        self.file = Some(file);
        Ok(())
    }

    /// Where they are.
    pub(super) fn told(&self) -> Option<String> {
        self.file.as_ref().map(|_| format!("copies of the deleted jobs: {}", self.path.display()))
    }
}

async fn read(jobs: &[JobAt], link: &mut Link, lines: &mut String) -> Result<(), ProbeError> {
    let keys: Vec<Vec<u8>> = jobs.iter().map(|job| Keys::new(PREFIX).job(job.id.as_bytes())).collect();
    let asks = keys.iter().flat_map(|key| [[&b"HGETALL"[..], key], [b"PTTL", key]]);
    let mut replies = link.ask(&pipe(asks)).await?.into_iter();
    for job in jobs {
        let (hash, ttl) = (replies.next().ok_or_else(malformed)?, replies.next().ok_or_else(malformed)?);
        let ttl = parse::count(&ttl);
        let hash = fields(hash).ok_or_else(malformed)?;
        let copy = json!({ "queue": job.queue, "id": job.id, "ttl_ms": ttl, "hash": hash });
        lines.push_str(&copy.to_string());
        lines.push('\n');
    }
    Ok(())
}

fn fields(hash: Value) -> Option<Map<String, serde_json::Value>> {
    let pairs = match hash {
        Value::Map(pairs) => pairs,
        flat => parse::items(flat)?.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect(),
    };
    let field = |(name, value): (Value, Value)| {
        let name = String::from_utf8_lossy(parse::bytes(&name)?).into_owned();
        Some((name, readable(parse::bytes(&value)?)))
    };
    pairs.into_iter().map(field).collect()
}

fn readable(bytes: &[u8]) -> serde_json::Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => json!({ "base64": base64::engine::general_purpose::STANDARD.encode(bytes) }),
    }
}

/// Appends to the file, which is made anew at first: an older one is never touched.
fn write(path: &Path, kept: Option<Arc<File>>, lines: &str) -> io::Result<Arc<File>> {
    let file = if let Some(file) = kept {
        file
    } else {
        let file = OpenOptions::new().append(true).create_new(true).mode(0o600).open(path)?;
        // the name itself must survive a crash as well
        path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())?;
        Arc::new(file)
    };
    (&*file).write_all(lines.as_bytes())?;
    file.sync_all()?;
    Ok(file)
}
