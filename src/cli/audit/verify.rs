//! `midwatch audit verify`: is the journal as it was written? It says what that proves and what not.

use std::fmt::Write as _;

use serde_json::json;

use crate::cli::audit::{journal, none_yet};
use crate::cli::out::{self, Format};
use crate::cli::{Failure, Outcome};
use crate::record::chain::verify::{Anchor, Verified, verify};

/// What a chain proves. Nobody should believe more.
pub(super) const PROOF: &str = "\
What this proves: no record up to the head was changed, removed, added or\n\
moved by itself. What it does not: that the end was not cut off, or everything\n\
written anew by somebody who can write the file. Keep the head where nobody of\n\
those can write (a ticket, a mail, another machine's log) and give it to\n\
--anchor: then that is found as well.";

pub(super) fn run(anchor: Option<&str>, format: Format) -> Outcome {
    let anchors = anchor.map(anchors).transpose()?.unwrap_or_default();
    let text = match journal()? {
        Some(journal) => journal.text().map_err(Failure::of)?,
        None => None,
    };
    let found = verify(text.as_deref().unwrap_or_default());
    let anchored: Vec<(Anchor, bool)> = anchors
        .into_iter()
        .map(|anchor| {
            let is_in = anchor.is_in(text.as_deref().unwrap_or_default());
            (anchor, is_in)
        })
        .collect();
    let holds = found.is_intact() && anchored.iter().all(|(_, is_in)| *is_in);
    out::print(&match format {
        Format::Json => as_json(&found, &anchored, text.is_some(), holds)?,
        Format::Text => as_text(&found, &anchored, text.is_some()),
    })?;
    Ok(u8::from(!holds))
}

/// The hash itself, or every one in a file.
fn anchors(given: &str) -> Result<Vec<Anchor>, Failure> {
    let direct = Anchor::find(given);
    if !direct.is_empty() {
        return Ok(direct);
    }
    let text = std::fs::read_to_string(given).map_err(|error| {
        Failure::Usage(format!("--anchor '{given}' is no hash of 64 digits, and no file that can be read: {error}"))
    })?;
    let found = Anchor::find(&text);
    if found.is_empty() {
        return Err(Failure::Usage(format!("no hash of 64 digits in '{given}'")));
    }
    Ok(found)
}

fn as_json(found: &Verified, anchored: &[(Anchor, bool)], there: bool, holds: bool) -> Result<String, Failure> {
    let status = match (there, holds) {
        (_, false) => "broken",
        (true, true) => "intact",
        (false, true) => "none",
    };
    let anchors: Vec<_> = anchored
        .iter()
        .map(|(anchor, is_in)| json!({ "seq": anchor.seq, "hash": anchor.hash, "found": is_in }))
        .collect();
    let tree = json!({
        "version": 1,
        "status": status,
        "records": found.records,
        "first_at": found.span.as_ref().map(|span| &span.0),
        "last_at": found.span.as_ref().map(|span| &span.1),
        "head": found.head,
        "sealed_lines": found.sealed,
        "bad": found.bad,
        "anchors": anchors,
    });
    Ok(serde_json::to_string_pretty(&tree).map_err(Failure::of)? + "\n")
}

fn as_text(found: &Verified, anchored: &[(Anchor, bool)], there: bool) -> String {
    let mut text = String::new();
    if !there {
        text += &none_yet();
    } else if found.is_intact() {
        let _ = writeln!(text, "intact: {}", counted(found));
    } else {
        let _ = writeln!(text, "BROKEN: {}", counted(found));
    }
    for bad in &found.bad {
        let record = bad.seq.map(|seq| format!(", record {seq}")).unwrap_or_default();
        let _ = writeln!(text, "  line {}{record}: {}: {}", bad.line, bad.fault, bad.told);
    }
    if !found.sealed.is_empty() {
        let lines: Vec<String> = found.sealed.iter().map(ToString::to_string).collect();
        let told = "a writer was stopped there, and the next record says so";
        let _ = writeln!(text, "torn and sealed: line {}: {told}", lines.join(", "));
    }
    for (anchor, is_in) in anchored {
        let told = if *is_in { "in the chain" } else { "NOT in the chain: the end was cut off, or written anew" };
        let _ = writeln!(text, "anchor {anchor}: {told}");
    }
    if let Some(head) = found.head.as_ref().filter(|_| found.is_intact()) {
        let _ = writeln!(text, "head {head}\n\n{PROOF}");
    }
    text
}

fn counted(found: &Verified) -> String {
    let records = match found.records {
        1 => "1 record".to_owned(),
        many => format!("{many} records"),
    };
    match &found.span {
        Some((first, last)) => format!("{records}, from {first} to {last}"),
        None => records,
    }
}
