//! The end of the journal: the last sound record, and what stands behind it. Reads backwards, so that an append costs the
//! same after years.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

use crate::record::audit::AuditError;
use crate::record::chain::{Before, Link, MAX_LINE};

/// What is read first: the last line is in it.
const FIRST_LOOK: u64 = 2 * MAX_LINE as u64;
/// What is read at most.
const LAST_LOOK: u64 = 16 * 1024 * 1024;

/// What stands behind the last sound record.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// Nothing: the next record follows.
    Nothing,
    /// A line without an end: these bytes. None where the record itself is sound and only its end is missing.
    Torn(Vec<u8>),
    /// Lines that are no sound records: these bytes, without the last end.
    Broken(Vec<u8>),
}

#[derive(Debug)]
pub(super) struct Tail {
    /// The last sound record.
    pub(super) before: Before,
    /// What stands behind it.
    pub(super) rest: Rest,
    /// There is nothing in the file yet.
    pub(super) is_new: bool,
}

impl Tail {
    /// Reads the end of the journal.
    pub(super) fn read(journal: &File, path: &dyn Fn() -> PathBuf) -> Result<Self, AuditError> {
        let unread = |source: io::Error| AuditError::Read { path: path(), source };
        let size = journal.metadata().map_err(unread)?.len();
        let mut look = FIRST_LOOK;
        loop {
            let length = look.min(size);
            let mut bytes = vec![0; usize::try_from(length).map_err(|_| unread(io::ErrorKind::OutOfMemory.into()))?];
            journal.read_exact_at(&mut bytes, size - length).map_err(unread)?;
            let whole = length == size;
            if let Some((before, rest)) = examine(&bytes, whole) {
                return Ok(Self { before, rest, is_new: size == 0 });
            }
            if look >= LAST_LOOK {
                return Err(AuditError::Damaged { path: path(), bytes: length });
            }
            look *= 4;
        }
    }
}

/// The last sound record in these bytes, and what is behind it. `None` when that lies further before, which it cannot
/// where this is the whole file.
fn examine(bytes: &[u8], whole: bool) -> Option<(Before, Rest)> {
    let ended = bytes.is_empty() || bytes.ends_with(b"\n");
    let text = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    // where the line under the eye ends
    let mut end = text.len();
    loop {
        let start = text[..end].iter().rposition(|byte| *byte == b'\n').map(|at| at + 1);
        // the first line of a part may be half a line
        let line = &text[start.or(whole.then_some(0))?..end];
        if let Some(link) = Link::sound(line) {
            let rest = text.get(end + 1..).unwrap_or_default().to_vec();
            return Some((Before { seq: link.seq, hash: link.hash }, kind(rest, end == text.len(), ended)));
        }
        let Some(start) = start else {
            return Some((Before::none(), kind(text.to_vec(), bytes.is_empty(), ended)));
        };
        end = start - 1;
    }
}

/// `last`: the sound record is the last line, or there is no line at all.
fn kind(rest: Vec<u8>, last: bool, ended: bool) -> Rest {
    match (last, ended) {
        (true, true) => Rest::Nothing,
        (_, false) => Rest::Torn(rest),
        (false, true) => Rest::Broken(rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::chain::tests::lines;

    #[test]
    fn the_end_of_the_journal_is_told_apart() {
        let good = lines(3);
        let two = good[..2].concat();
        let last = Link::sound(good[1].trim_end().as_bytes()).unwrap();
        let after = Before { seq: 2, hash: last.hash };
        let torn = |text: &str| Rest::Torn(text.into());
        let broken = |text: &str| Rest::Broken(text.into());
        let edited = good[2].replace("alice", "alicf");
        for (text, before, rest) in [
            (String::new(), Before::none(), Rest::Nothing),
            ("garb".to_owned(), Before::none(), torn("garb")),
            ("garb\n".to_owned(), Before::none(), broken("garb")),
            ("\n".to_owned(), Before::none(), broken("")),
            (two.clone(), after.clone(), Rest::Nothing),
            (two.trim_end().to_owned(), after.clone(), torn("")),
            (format!("{two}{}", &good[2][..40]), after.clone(), torn(&good[2][..40])),
            (format!("{two}\n"), after.clone(), broken("")),
            (format!("{two}{edited}"), after.clone(), broken(edited.trim_end())),
            (format!("{two}garb\nage"), after.clone(), torn("garb\nage")),
        ] {
            assert_eq!(examine(text.as_bytes(), true), Some((before, rest)), "{text:?}");
        }
    }

    #[test]
    fn a_part_that_holds_no_whole_record_says_so() {
        let good = lines(1);
        assert_eq!(examine(&good[0].as_bytes()[1..], false), None);
        let part = format!("alf a line\n{}", good[0]);
        assert!(matches!(examine(part.as_bytes(), false), Some((_, Rest::Nothing))));
    }
}
