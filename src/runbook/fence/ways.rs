//! Which commands of one fence are ways to do the same: `# or`, `(systemd)` beside `(Docker)`, `Option 1` and `Option 2`.

use crate::runbook::fence::Chunk;

/// Words for where a thing runs.
const PLACES: &[&str] = &[
    "systemd",
    "docker",
    "docker compose",
    "compose",
    "railway",
    "local",
    "kubernetes",
    "k8s",
    "vercel",
    "render",
    "heroku",
    "fly",
    "fly.io",
    "podman",
    "pm2",
    "supervisor",
    "supervisord",
    "cloud run",
    "aws",
    "gcp",
    "azure",
    "bare metal",
];

pub(super) struct Ways;

impl Ways {
    /// Marks the chunks of a fence.
    pub(super) fn mark(chunks: &mut [Chunk]) {
        let mut choices = 0;
        options(chunks, &mut choices);
        places(chunks, &mut choices);
        alternatives(chunks, &mut choices);
    }
}

/// `# Option 2: …` begins a way, which lasts until the next.
fn options(chunks: &mut [Chunk], choices: &mut usize) {
    let name = |chunk: &Chunk| {
        let is_option = |text: &&String| {
            text.strip_prefix("Option ").or_else(|| text.strip_prefix("Alternative ")).is_some_and(|rest| {
                rest.starts_with(|c: char| c.is_ascii_digit() || c.is_ascii_uppercase())
                    && rest.chars().nth(1).is_none_or(|c| !c.is_alphabetic())
            })
        };
        chunk.comments.iter().find(is_option).cloned()
    };
    if chunks.iter().filter(|chunk| name(chunk).is_some()).count() < 2 {
        return;
    }
    let mut current: Option<String> = None;
    for chunk in chunks.iter_mut() {
        current = name(chunk).or(current);
        chunk.way = current.clone().map(|name| (*choices, name));
    }
    *choices += 1;
}

/// Neighbours that each name a place of their own.
fn places(chunks: &mut [Chunk], choices: &mut usize) {
    let mut start = 0;
    while start < chunks.len() {
        let named =
            |chunk: &Chunk| chunk.way.is_none().then(|| chunk.comments.iter().find_map(|text| place(text))).flatten();
        let told: Vec<String> = chunks[start..].iter().map_while(named).collect();
        let length = told.len();
        let mut different = told.clone();
        different.sort();
        different.dedup();
        if different.len() > 1 {
            for (chunk, name) in chunks[start..].iter_mut().zip(told) {
                chunk.way = Some((*choices, name));
            }
            *choices += 1;
        }
        start += length.max(1);
    }
}

/// `Restart worker (Docker)`, `Check logs (if using systemd)`.
fn place(comment: &str) -> Option<String> {
    let inner = comment.trim().strip_suffix(')')?.rsplit_once('(')?.1;
    let bare =
        ["if using ", "if on ", "if you use ", "on ", "with "].iter().find_map(|start| inner.strip_prefix(start));
    let name = bare.unwrap_or(inner).trim();
    (PLACES.contains(&name.to_lowercase().as_str()) || inner.starts_with("if using ")).then(|| name.to_owned())
}

/// `# or` between two.
fn alternatives(chunks: &mut [Chunk], choices: &mut usize) {
    for n in 1..chunks.len() {
        let says_or = chunks[n].comments.iter().any(|text| {
            let lower = text.to_lowercase();
            lower == "or"
                || lower == "or:"
                || lower.starts_with("or ")
                || lower.starts_with("or, ")
                || lower.starts_with("alternatively")
        });
        if !says_or {
            continue;
        }
        let choice = if let Some((choice, _)) = &chunks[n - 1].way {
            *choice
        } else {
            *choices += 1;
            *choices - 1
        };
        for chunk in &mut chunks[n - 1..=n] {
            if chunk.way.is_none() {
                chunk.way = Some((choice, by_program(&chunk.source)));
            }
        }
    }
}

/// The name of a way that has none: what its program belongs to.
fn by_program(source: &str) -> String {
    let program = source.split_whitespace().find(|word| *word != "sudo").unwrap_or_default();
    match program {
        "systemctl" | "journalctl" => "systemd".to_owned(),
        "docker" | "docker-compose" => "Docker".to_owned(),
        "railway" => "Railway".to_owned(),
        "kubectl" => "Kubernetes".to_owned(),
        "vercel" => "Vercel".to_owned(),
        "" => "by hand".to_owned(),
        other => other.to_owned(),
    }
}
