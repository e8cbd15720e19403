//! Is the chain whole? Names the first record that is not right, and what is wrong with it. Pure.
//!
//! It tells edits, deletions, insertions and swaps inside the chain. It cannot tell that the end was cut off, or that
//! everything was written anew: for that an [`Anchor`] that was kept elsewhere is held against it.

use std::fmt;

use serde::Serialize;

use crate::record::chain::{Kind, Link, NONE_BEFORE, clean, sha256};

/// More than this is not listed: the first says where to look.
const MOST: usize = 100;

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Its text is not what was hashed.
    Edited,
    /// Records before it are missing.
    Deleted,
    /// It does not belong there.
    Inserted,
    /// It and the next stand in each other's place.
    Swapped,
    /// It has no end, and no record that says so follows.
    Torn,
    /// It is no record.
    Unparseable,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Fault::Edited => "edited",
            Fault::Deleted => "deleted",
            Fault::Inserted => "inserted",
            Fault::Swapped => "swapped",
            Fault::Torn => "torn",
            Fault::Unparseable => "unparseable",
        })
    }
}

/// One place where the chain does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bad {
    /// Line of the file, from 1.
    pub line: usize,
    /// Number of the record, where it is one.
    pub seq: Option<u64>,
    /// What is wrong.
    pub fault: Fault,
    /// The same in words.
    pub told: String,
}

/// The last record of a chain, or one that was kept elsewhere: with it a cut or rewritten end is found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Anchor {
    /// Number of the record; any where it was not kept.
    pub seq: Option<u64>,
    /// Its hash, in lower hex.
    pub hash: String,
}

impl Anchor {
    /// The anchors in a text: each hash of 64 digits, with the number before it if there is one. So a line of `audit
    /// verify`, of a log or of a mail can be given as it is.
    pub fn find(text: &str) -> Vec<Self> {
        let words: Vec<&str> =
            text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let is_hash = |word: &str| word.len() == NONE_BEFORE.len() && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        let before = |at: usize| at.checked_sub(1).and_then(|at| words.get(at)?.parse().ok());
        let hashes = words.iter().enumerate().filter(|(_, word)| is_hash(word));
        hashes.map(|(at, word)| Self { seq: before(at), hash: word.to_ascii_lowercase() }).collect()
    }

    /// Is it in this journal?
    pub fn is_in(&self, journal: &[u8]) -> bool {
        journal.split(|byte| *byte == b'\n').any(|line| {
            // most lines need not be read
            line.windows(self.hash.len()).any(|window| window == self.hash.as_bytes())
                && Link::sound(line)
                    .is_some_and(|link| link.hash == self.hash && self.seq.is_none_or(|seq| seq == link.seq))
        })
    }
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.seq {
            Some(seq) => write!(f, "{seq} {}", self.hash),
            None => f.write_str(&self.hash),
        }
    }
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// How many sound records there are.
    pub records: usize,
    /// Times of the first and the last of them.
    pub span: Option<(String, String)>,
    /// The last of them.
    pub head: Option<Anchor>,
    /// Lines of torn ends that were told by the record after them: a writer was stopped, nothing that it had acknowledged
    /// is lost.
    pub sealed: Vec<usize>,
    /// Where the chain does not hold, in the order of the file; at most a hundred places.
    pub bad: Vec<Bad>,
}

impl Verified {
    /// Does the chain hold from the first record to the last?
    pub fn is_intact(&self) -> bool {
        self.bad.is_empty()
    }
}

/// Holds every line of a journal against the one before it.
pub fn verify(journal: &[u8]) -> Verified {
    let mut lines: Vec<&[u8]> = journal.split(|byte| *byte == b'\n').collect();
    // what stands behind the last end: nothing, or a torn line
    let torn = lines.pop().filter(|rest| !rest.is_empty());
    let read: Vec<Option<Link>> = lines.iter().map(|line| Link::read(line)).collect();
    let mut walk =
        Walk { lines: &lines, read: &read, want: Some(Place::first()), passed: None, found: Verified::default() };
    let mut at = 0;
    while at < lines.len() {
        at = walk.step(at);
    }
    if let Some(rest) = torn {
        let told =
            format!("{} bytes without an end: a writer was stopped, the disk was full, or the end was cut", rest.len());
        walk.bad(lines.len(), Link::read(rest).as_ref(), Fault::Torn, told);
    }
    let mut sound = read.iter().flatten().filter(|link| link.holds);
    let mut found = walk.found;
    found.records = sound.clone().count();
    let first = sound.next();
    let last = sound.next_back().or(first);
    found.span = first.zip(last).map(|(first, last)| (clean::short(&first.at), clean::short(&last.at)));
    found.head = last.map(|last| Anchor { seq: Some(last.seq), hash: last.hash.clone() });
    found
}

/// What the next record must state.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    seq: u64,
    prev: String,
}

impl Place {
    fn first() -> Self {
        Self { seq: 1, prev: NONE_BEFORE.to_owned() }
    }

    fn after(link: &Link) -> Self {
        Self { seq: link.seq.saturating_add(1), prev: link.hash.clone() }
    }

    fn takes(&self, link: &Link) -> bool {
        self.seq == link.seq && self.prev == link.prev
    }
}

struct Walk<'a> {
    lines: &'a [&'a [u8]],
    /// The same, read.
    read: &'a [Option<Link>],
    /// None behind a line that could not be read: whatever follows is taken.
    want: Option<Place>,
    /// What was wanted at the line before, if that was taken.
    passed: Option<Place>,
    found: Verified,
}

impl<'a> Walk<'a> {
    fn sound(&self, at: usize) -> Option<&'a Link> {
        self.read.get(at).and_then(Option::as_ref).filter(|link| link.holds)
    }

    fn fits(&self, link: &Link) -> bool {
        self.want.as_ref().is_none_or(|want| want.takes(link))
    }

    fn bad(&mut self, at: usize, link: Option<&Link>, fault: Fault, told: String) {
        if self.found.bad.len() < MOST {
            self.found.bad.push(Bad { line: at + 1, seq: link.map(|link| link.seq), fault, told });
        }
    }

    fn take(&mut self, link: &Link) {
        self.passed = self.want.replace(Place::after(link));
    }

    /// Judges the line, and gives the next one to judge.
    fn step(&mut self, at: usize) -> usize {
        match self.sound(at) {
            Some(link) if self.fits(link) => {
                self.take(link);
                at + 1
            }
            Some(link) => self.misplaced(at, link),
            None => self.unsound(at),
        }
    }

    /// Lines that are no sound records: the rest of a torn one that the next record tells of, or something wrong.
    fn unsound(&mut self, at: usize) -> usize {
        let after = (at..self.lines.len()).find(|at| self.sound(*at).is_some()).unwrap_or(self.lines.len());
        if let Some(seal) = self.sound(after).filter(|seal| seal.is(Kind::Seal) && self.fits(seal)) {
            let rest = self.lines[at..after].join(&b'\n');
            if seal.evidence.get("sha256").and_then(|hash| hash.as_str()) == Some(&sha256(&rest)) {
                self.found.sealed.extend(at + 1..=after);
                return after;
            }
        }
        for (at, line) in self.lines.iter().enumerate().take(after).skip(at) {
            let link = self.read[at].as_ref();
            let (fault, told) = match link {
                Some(_) => (Fault::Edited, "its text does not give its hash".to_owned()),
                None => (Fault::Unparseable, format!("{} bytes that are no record", line.len())),
            };
            self.bad(at, link, fault, told);
        }
        (self.want, self.passed) = (None, None);
        after
    }

    /// A sound record in the wrong place.
    fn misplaced(&mut self, at: usize, link: &Link) -> usize {
        let Some(want) = self.want.clone() else { return at + 1 };
        if self.passed.as_ref().is_some_and(|passed| passed.takes(link)) {
            // two records for one place: the rest of the chain says which of them belongs there
            let goes_on = |with: &str| self.sound(at + 1).is_some_and(|next| next.prev == with);
            let link_is_wrong = goes_on(&want.prev) && want.prev != link.hash;
            let (wrong, other) = if link_is_wrong { (at, at) } else { (at - 1, at + 1) };
            let told = format!("there is another record {} in line {other}", link.seq);
            self.bad(wrong, self.sound(wrong), Fault::Inserted, told);
            if !link_is_wrong {
                self.want = Some(Place::after(link));
            }
            return at + 1;
        }
        if let Some(next) = self.sound(at + 1).filter(|next| want.takes(next)) {
            let crossed = link.prev == next.hash && self.sound(at + 2).is_none_or(|third| third.prev == link.hash);
            if crossed {
                self.bad(
                    at,
                    Some(link),
                    Fault::Swapped,
                    format!("it and record {} stand in each other's place", next.seq),
                );
                self.take(link);
                return at + 2;
            }
            self.bad(at, Some(link), Fault::Inserted, format!("the chain goes on behind it, with record {}", want.seq));
            return at + 1;
        }
        if link.seq < want.seq {
            self.bad(at, Some(link), Fault::Inserted, format!("record {} should stand here", want.seq));
            return at + 1;
        }
        if link.seq > want.seq {
            let told = match link.seq - want.seq {
                1 => format!("record {} is missing before it", want.seq),
                _ => format!("records {} to {} are missing before it", want.seq, link.seq - 1),
            };
            self.bad(at, Some(link), Fault::Deleted, told);
        } else {
            let told = "it is not chained to the record before it: one of both was replaced".to_owned();
            self.bad(at, Some(link), Fault::Edited, told);
        }
        self.want = Some(Place::after(link));
        self.passed = None;
        at + 1
    }
}
