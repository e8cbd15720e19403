//! A document that two hands write: sections between our markers are ours and are written anew, everything else is
//! another's and is left alone. A section of ours that was changed by hand is kept as well, with the fresh one behind it.
//!
//! A marker stands alone on its line: `<!-- midwatch:NAME HASH -->` … `<!-- /midwatch:NAME -->`. The hash is that of what
//! we wrote, by which a change is seen. It knows nothing of what the sections hold.

use sha2::{Digest as _, Sha256};

/// What stands behind the name of a section that offers what would stand there but for a hand's change.
const FRESH: &str = ".fresh";
/// Said above such an offer.
const OFFER: &str = "> The section above was changed by hand and is kept. This is how the record has it now. To take this one, \
                     empty the section above; to keep yours for good, remove the two marker lines around it.";

/// A filled document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Filled {
    /// Its text.
    pub(super) text: String,
    /// Sections that a hand has changed.
    pub(super) by_hand: Vec<String>,
}

/// A part of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part<'a> {
    /// Somebody else's lines.
    Hand(&'a str),
    /// A section of ours.
    Ours { name: &'a str, hash: Option<&'a str>, body: &'a str },
}

/// Fills every section of a document. A name that is not known is left as it is.
pub(super) fn fill(document: &str, fresh: &dyn Fn(&str) -> Option<String>) -> Filled {
    let mut filled = Filled { text: String::with_capacity(document.len()), by_hand: Vec::new() };
    for part in parts(document) {
        let (name, hash, body) = match part {
            Part::Hand(text) => {
                filled.text.push_str(text);
                continue;
            }
            Part::Ours { name, hash, body } => (name, hash, body),
        };
        let is_ours = body.trim().is_empty() || hash == Some(digest(body).as_str());
        // what we offered is offered anew where it is needed; what a hand made of an offer is that hand's
        if name.ends_with(FRESH) {
            if !is_ours {
                filled.text.push_str(body);
            }
            continue;
        }
        match fresh(name) {
            Some(now) if is_ours => section(&mut filled.text, name, &digest(&now), &now),
            Some(now) => {
                section(&mut filled.text, name, hash.unwrap_or("-"), body);
                let offer = format!("{OFFER}\n\n{now}");
                section(&mut filled.text, &format!("{name}{FRESH}"), &digest(&offer), &offer);
                filled.by_hand.push(name.to_owned());
            }
            None => section(&mut filled.text, name, hash.unwrap_or("-"), body),
        }
    }
    filled
}

fn section(out: &mut String, name: &str, hash: &str, body: &str) {
    let body = body.trim_end_matches(['\n', '\r']);
    let lines = [&format!("<!-- midwatch:{name} {hash} -->"), body, &format!("<!-- /midwatch:{name} -->")];
    for line in lines {
        out.push_str(line);
        out.push('\n');
    }
}

/// The names of the sections of a document, with their lines (from 1).
pub(super) fn names(document: &str) -> Vec<(usize, String)> {
    let opened = document.lines().enumerate().filter_map(|(n, line)| Some((n + 1, opening(line)?.0.to_owned())));
    opened.filter(|(_, name)| !name.ends_with(FRESH)).collect()
}

/// The document without our sections: what others wrote.
pub(super) fn by_others(document: &str) -> String {
    let hand = |part| match part {
        Part::Hand(text) => text,
        Part::Ours { .. } => "",
    };
    parts(document).into_iter().map(hand).collect()
}

/// Cuts a document. A marker without its end marks nothing: it is somebody's text.
fn parts(document: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut hand = 0;
    let mut at = 0;
    while at < document.len() {
        let end = line_end(document, at);
        let Some((name, hash)) = opening(&document[at..end]) else {
            at = end;
            continue;
        };
        let Some((body_end, after)) = closing(document, end, name) else {
            at = end;
            continue;
        };
        if hand < at {
            parts.push(Part::Hand(&document[hand..at]));
        }
        parts.push(Part::Ours { name, hash, body: &document[end..body_end] });
        (hand, at) = (after, after);
    }
    if hand < document.len() {
        parts.push(Part::Hand(&document[hand..]));
    }
    parts
}

/// Where the end marker of a section begins, and where it ends. Another section that begins before it is none of its
/// lines: its end was lost.
fn closing(document: &str, from: usize, name: &str) -> Option<(usize, usize)> {
    let mut at = from;
    while at < document.len() {
        let end = line_end(document, at);
        let line = document[at..end].trim();
        if line.strip_prefix("<!-- /midwatch:").and_then(|rest| rest.strip_suffix(" -->")) == Some(name) {
            return Some((at, end));
        }
        if opening(line).is_some() {
            return None;
        }
        at = end;
    }
    None
}

fn opening(line: &str) -> Option<(&str, Option<&str>)> {
    let inside = line.trim().strip_prefix("<!-- midwatch:")?.strip_suffix("-->")?.trim_end();
    let (name, hash) = inside.split_once(' ').map_or((inside, None), |(name, hash)| (name, Some(hash.trim())));
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '-' | '.'));
    is_name.then_some((name, hash))
}

fn line_end(text: &str, from: usize) -> usize {
    text[from..].find('\n').map_or(text.len(), |at| from + at + 1)
}

/// What a section is known by: an editor that takes blanks off the ends of lines, or writes other line ends, changed
/// nothing.
fn digest(body: &str) -> String {
    let mut hash = Sha256::new();
    for line in body.trim().lines() {
        hash.update(line.trim_end().as_bytes());
        hash.update(b"\n");
    }
    hash.finalize().iter().take(8).fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str =
        "# Mine\n\n<!-- midwatch:a -->\n<!-- /midwatch:a -->\nbetween\n<!-- midwatch:b -->\n<!-- /midwatch:b -->\nend";

    fn told(a: &'static str, b: &'static str) -> impl Fn(&str) -> Option<String> {
        move |name| match name {
            "a" => Some(a.to_owned()),
            "b" => Some(b.to_owned()),
            _ => None,
        }
    }

    #[test]
    fn ours_is_written_anew_and_theirs_is_left_alone() {
        let first = fill(DOCUMENT, &told("one", "two\nlines"));
        assert!(
            first.text.starts_with("# Mine\n\n<!-- midwatch:a ") && first.text.ends_with("-->\nend"),
            "{}",
            first.text
        );
        assert!(first.text.contains(" -->\none\n<!-- /midwatch:a -->\nbetween\n"), "{}", first.text);
        let second = fill(&first.text, &told("ONE", "two\nlines"));
        assert_eq!(second.by_hand, [""; 0]);
        assert!(second.text.contains("\nONE\n") && !second.text.contains("\none\n"), "{}", second.text);
        assert_eq!(fill(&second.text, &told("ONE", "two\nlines")), second);
    }

    #[test]
    fn a_hands_change_is_kept_and_the_fresh_text_stands_beside_it() {
        let first = fill(DOCUMENT, &told("one", "two")).text;
        let edited = first.replace("one", "one, and why").replace("end", "end, and more");
        let second = fill(&edited, &told("ONE", "two"));
        assert_eq!(second.by_hand, ["a"]);
        for kept in ["\none, and why\n", "\nONE\n", "end, and more", OFFER] {
            assert!(second.text.contains(kept), "{kept}: {}", second.text);
        }
        assert_eq!(fill(&second.text, &told("ONE", "two")), second, "once more changes nothing");
        let third = fill(&second.text, &told("Uno", "two")).text;
        assert!(third.contains("\nUno\n") && !third.contains("ONE") && third.contains("one, and why"), "{third}");
        // emptied: ours again, and no offer
        let emptied = third.replace("one, and why\n", "");
        let last = fill(&emptied, &told("Uno", "two"));
        assert!(
            last.by_hand.is_empty() && !last.text.contains(OFFER) && last.text.contains("\nUno\n"),
            "{}",
            last.text
        );
    }

    #[test]
    fn what_an_editor_does_to_ends_of_lines_is_no_change() {
        let first = fill(DOCUMENT, &told("one  \nmore", "two")).text;
        let other = first.replace("one  \n", "one\n").replace('\n', "\r\n");
        assert_eq!(fill(&other, &told("next", "two")).by_hand, [""; 0]);
    }

    #[test]
    fn a_marker_without_its_end_is_somebodys_text() {
        for document in [
            "<!-- midwatch:a -->\nlost end\n<!-- midwatch:b -->\n<!-- /midwatch:b -->\n",
            "<!-- /midwatch:a -->\nx\n",
            "<!-- midwatch:other 12 -->\nkept\n<!-- /midwatch:other -->\n",
            "text <!-- midwatch:a --> text\n<!-- /midwatch:a -->",
        ] {
            let filled = fill(document, &told("one", "two")).text;
            assert!(!filled.contains("one") && filled.lines().count() >= document.lines().count(), "{filled}");
        }
    }

    #[test]
    fn an_offer_that_a_hand_changed_is_that_hands_text() {
        let first = fill(DOCUMENT, &told("one", "two")).text.replace("one", "one!");
        let offered = fill(&first, &told("new", "two")).text.replace("\nnew\n", "\nnew, and mine\n");
        let again = fill(&offered, &told("new", "two")).text;
        assert!(again.contains("new, and mine") && again.matches("\nnew\n").count() == 1, "{again}");
    }
}
