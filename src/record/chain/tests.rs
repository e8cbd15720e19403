//! Chains as tables: what a line is, what is found when somebody was at it.

use std::time::Duration;

use super::verify::{Anchor, Fault, verify};
use super::*;
use crate::action::ItemEnd;
use crate::base::Secret;
use serde_json::{Value, json};

/// Somebody.
pub(in crate::record) fn who() -> Who {
    Who {
        user: "alice".to_owned(),
        uid: 1001,
        sudo_user: None,
        ssh: Some("10.0.0.7".to_owned()),
        tty: Some("pts/3".to_owned()),
        host: "ops1".to_owned(),
        pid: 4121,
    }
}

fn start() -> Now {
    Now::at(1000.0, "2026-11-22T03:12:09.5129Z".parse().unwrap())
}

/// These drafts, a second apart, as one chain.
pub(in crate::record) fn chain(drafts: &[Draft]) -> Vec<Record> {
    let mut before = Before::none();
    let mut now = start();
    let records = drafts.iter().map(|draft| {
        now = now.plus(Duration::from_secs(1));
        let record = Record::chained(draft, &Redactor::default(), now, &before).unwrap();
        before = Before { seq: record.seq, hash: record.hash.clone() };
        record
    });
    records.collect()
}

/// A chain of so many notes, as lines.
pub(in crate::record) fn lines(count: usize) -> Vec<String> {
    let note = |n: usize| Draft { reason: Some(format!("note {n}")), ..Draft::new(Kind::Note, who()) };
    let drafts: Vec<Draft> = (1..=count).map(note).collect();
    chain(&drafts).iter().map(|record| record.line().unwrap()).collect()
}

fn full() -> Draft {
    Draft {
        run: Some("0192d4c0-0000-7000-8000-000000000001".to_owned()),
        system: Some("shop".to_owned()),
        environment: Some("production".to_owned()),
        action: Some("restart-worker".to_owned()),
        target: Some("worker".to_owned()),
        confirm: Some("typed".to_owned()),
        reason: Some("3a after deploy".to_owned()),
        call: Some("/usr/bin/systemctl restart shop-worker".to_owned()),
        argv: vec!["systemctl".to_owned(), "restart".to_owned(), "shop-worker".to_owned()],
        evidence: Some(json!({ "worker.up": false, "age_s": 3.1 })),
        ..Draft::new(Kind::Intent, who())
    }
}

/// The format is a promise to whoever reads the file with other tools.
#[test]
fn a_line_is_what_it_always_was() {
    let record = &chain(&[full()])[0];
    let line = record.line().unwrap();
    assert_eq!(
        line,
        "{\"v\":1,\"seq\":1,\"at\":\"2026-11-22T03:12:10.512Z\",\"boot_ms\":1001000,\"kind\":\"intent\",\
         \"run\":\"0192d4c0-0000-7000-8000-000000000001\",\"system\":\"shop\",\"environment\":\"production\",\
         \"action\":\"restart-worker\",\"target\":\"worker\",\
         \"who\":{\"user\":\"alice\",\"uid\":1001,\"ssh\":\"10.0.0.7\",\"tty\":\"pts/3\",\"host\":\"ops1\",\"pid\":4121},\
         \"confirm\":\"typed\",\"reason\":\"3a after deploy\",\"call\":\"/usr/bin/systemctl restart shop-worker\",\
         \"argv\":[\"systemctl\",\"restart\",\"shop-worker\"],\"evidence\":{\"worker.up\":false,\"age_s\":3.1},\
         \"prev\":\"0000000000000000000000000000000000000000000000000000000000000000\",\
         \"hash\":\"HASH\"}\n"
            .replace("HASH", &record.hash)
    );
    // as the header tells it: the digits of prev, then the line without its last field
    let body = line.replace(&format!(",\"hash\":\"{}\"", record.hash), "");
    assert_eq!(sha256(format!("{}{}", record.prev, body.trim_end()).as_bytes()), record.hash);
}

#[test]
fn a_record_reads_back_as_it_was_written() {
    let mut bulk = full();
    bulk.kind = Kind::Outcome;
    (bulk.outcome, bulk.exit_code, bulk.http_status) = (Some("failed".to_owned()), Some(-9), Some(503));
    bulk.items = vec![
        Item { id: "a".to_owned(), end: ItemEnd::Done },
        Item { id: "b\u{1b}".to_owned(), end: ItemEnd::Failed("no \"such\" job".to_owned()) },
    ];
    for record in chain(&[full(), bulk, Draft::new(Kind::Start, who())]) {
        assert_eq!(Record::read(record.line().unwrap().trim_end().as_bytes()), Some(record));
    }
}

#[test]
fn secrets_and_control_characters_never_reach_a_line() {
    let secret = Secret::new("hunter2hunter2".to_owned());
    let leak = "a\u{1b}[2Jhunter2hunter2\nb".to_owned();
    let mut who = who();
    (who.user, who.host, who.sudo_user) = (leak.clone(), leak.clone(), Some(leak.clone()));
    (who.ssh, who.tty) = (Some(leak.clone()), Some(leak.clone()));
    let some = || Some(leak.clone());
    let draft = Draft {
        kind: Kind::Outcome,
        run: some(),
        system: some(),
        environment: some(),
        action: some(),
        target: some(),
        who,
        confirm: some(),
        reason: some(),
        call: some(),
        argv: vec![leak.clone()],
        evidence: Some(json!({ leak.clone(): [leak.clone(), { "x": leak.clone() }] })),
        outcome: some(),
        exit_code: None,
        http_status: None,
        items: vec![Item { id: leak.clone(), end: ItemEnd::Skipped(leak.clone()) }],
        undo: some(),
        binary: some(),
        config: some(),
    };
    let record = Record::chained(&draft, &Redactor::new([&secret]), start(), &Before::none()).unwrap();
    let line = record.line().unwrap();
    assert!(!line.contains("hunter2") && line.matches("***").count() == 23, "{line}");
    assert!(line.trim_end().chars().all(|c| !c.is_control()), "{line}");
    let digits = Secret::new("4711471147".to_owned());
    let draft = Draft { evidence: Some(json!({ "pin": 4_711_471_147_u64 })), ..full() };
    let record = Record::chained(&draft, &Redactor::new([&digits]), start(), &Before::none()).unwrap();
    assert_eq!(record.what.evidence, Some(json!({ "pin": "***" })));
}

#[test]
fn what_was_planted_in_the_file_is_neutralised_when_it_is_read() {
    let line = lines(1)[0].replace("note 1", "\\u001b]0;owned\\u0007");
    let record = Record::read(line.trim_end().as_bytes()).unwrap();
    assert_eq!(record.what.reason.as_deref(), Some("\u{241b}]0;owned\u{2407}"));
}

#[test]
fn the_longest_record_fits_and_says_what_it_left_out() {
    let long = "\"\\".repeat(5_000);
    let draft = Draft {
        reason: Some(long.clone()),
        call: Some(long.clone()),
        undo: Some(long.clone()),
        target: Some(long.clone()),
        argv: vec![long.clone(); 50],
        evidence: Some((0..500).map(|n| (format!("{n}{long}"), Value::from(long.clone()))).collect()),
        items: (0..2000).map(|n| Item { id: format!("{n}{long}"), end: ItemEnd::Failed(long.clone()) }).collect(),
        ..full()
    };
    let record = &chain(&[draft])[0];
    let line = record.line().unwrap();
    assert!(line.len() <= MAX_LINE && line.len() > MAX_LINE / 2, "{}", line.len());
    let told = record.left_out.as_deref().unwrap();
    for (what, of) in [("argv", 50), ("evidence", 500), ("items", 2000)] {
        assert!(told.contains(&format!(" of {of}")) && told.contains(what), "{told}");
    }
    assert!(Link::sound(line.trim_end().as_bytes()).is_some());
    // where nothing else takes the room, the items have it
    let many = (0..400).map(|n| Item { id: format!("0192d4c0-0000-7000-8000-{n:012}"), end: ItemEnd::Done });
    let record = &chain(&[Draft { items: many.collect(), ..full() }])[0];
    assert_eq!((record.what.items.len(), &record.left_out), (400, &None));
}

fn first_bad(lines: &[String]) -> Option<(usize, Fault)> {
    verify(lines.concat().as_bytes()).bad.first().map(|bad| (bad.line, bad.fault))
}

const COUNT: usize = 50;
/// Where every pair of places is tried.
const FEW: usize = 8;

#[test]
fn a_chain_that_nobody_was_at_is_intact() {
    assert_eq!(verify(b""), verify::Verified::default());
    let lines = lines(COUNT);
    let found = verify(lines.concat().as_bytes());
    assert!(found.is_intact() && found.records == COUNT && found.sealed.is_empty());
    let head = found.head.unwrap();
    assert_eq!(head.seq, Some(50));
    assert!(lines[COUNT - 1].contains(&head.hash));
    let span = ("2026-11-22T03:12:10.512Z".to_owned(), "2026-11-22T03:12:59.512Z".to_owned());
    assert_eq!(found.span, Some(span));
}

fn flipped_bits_are_found(lines: &[String], step: usize) {
    let text = lines.concat().into_bytes();
    let line_of = |at: usize| text[..at].split(|byte| *byte == b'\n').count();
    for at in (0..text.len()).step_by(step) {
        let mut text = text.clone();
        text[at] ^= 1 << (at % 8);
        let found = verify(&text);
        let bad = found.bad.first().unwrap_or_else(|| panic!("byte {at} was flipped and nothing found"));
        assert_eq!(bad.line, line_of(at), "byte {at}: {bad:?}");
    }
}

#[test]
fn every_flipped_bit_is_found_where_it_is() {
    flipped_bits_are_found(&lines(FEW), 1);
    flipped_bits_are_found(&lines(COUNT), 23);
}

#[test]
fn every_deletion_but_the_last_is_found_and_the_last_by_the_anchor() {
    let lines = lines(COUNT);
    let whole = lines.concat();
    let anchor = verify(whole.as_bytes()).head.unwrap();
    for at in 0..COUNT {
        let mut cut = lines.clone();
        cut.remove(at);
        let expected = (at + 1 < COUNT).then_some((at + 1, Fault::Deleted));
        assert_eq!(first_bad(&cut), expected, "record {}", at + 1);
        assert_eq!(anchor.is_in(cut.concat().as_bytes()), at + 1 < COUNT);
    }
    assert!(anchor.is_in(whole.as_bytes()));
}

#[test]
fn every_swap_is_found() {
    let swapped = |lines: &[String], first, second| {
        let mut lines = lines.to_vec();
        lines.swap(first, second);
        first_bad(&lines).unwrap()
    };
    let many = lines(COUNT);
    for first in 0..COUNT - 1 {
        assert_eq!(swapped(&many, first, first + 1), (first + 1, Fault::Swapped));
    }
    let few = &many[..FEW];
    for (first, second) in (0..FEW).flat_map(|first| (first + 1..FEW).map(move |second| (first, second))) {
        assert_eq!(swapped(few, first, second).0, first + 1, "{first} {second}");
    }
}

#[test]
fn every_insertion_is_found() {
    let lines = lines(FEW);
    // a copy of each record, an empty line, a record forged for the place
    for place in 0..=FEW {
        for copied in 0..FEW {
            let mut longer = lines.clone();
            longer.insert(place, lines[copied].clone());
            let (line, fault) = first_bad(&longer).unwrap();
            // of two equal lines either may be called the inserted one
            assert!(
                line == place + 1 || copied + 1 == place && line == place || copied == place,
                "{place} {copied} {line}"
            );
            assert_eq!(fault, Fault::Inserted, "{place} {copied}");
        }
        let mut longer = lines.clone();
        longer.insert(place, "\n".to_owned());
        assert_eq!(first_bad(&longer), Some((place + 1, Fault::Unparseable)));

        let before = place.checked_sub(1).map_or(Before::none(), |at| {
            let link = Link::sound(lines[at].trim_end().as_bytes()).unwrap();
            Before { seq: link.seq, hash: link.hash }
        });
        let forged = Record::chained(&full(), &Redactor::default(), start(), &before).unwrap().line().unwrap();
        let mut longer = lines.clone();
        longer.insert(place, forged);
        let expected = (place < FEW).then_some((place + 1, Fault::Inserted));
        assert_eq!(first_bad(&longer), expected, "forged before record {}", place + 1);
    }
}

#[test]
fn a_record_replaced_together_with_its_hash_breaks_the_chain_behind_it() {
    let mut lines = lines(5);
    let link = Link::sound(lines[1].trim_end().as_bytes()).unwrap();
    let before = Before { seq: link.seq, hash: link.hash };
    lines[2] = Record::chained(&full(), &Redactor::default(), start(), &before).unwrap().line().unwrap();
    assert_eq!(first_bad(&lines), Some((4, Fault::Edited)));
    assert_eq!(verify(lines.concat().as_bytes()).bad.len(), 1);
}

#[test]
fn one_wrong_line_is_told_once() {
    for wrong in ["garbage\n".to_owned(), lines(5)[2].replace("note", "nota")] {
        let mut lines = lines(5);
        lines[2] = wrong;
        let found = verify(lines.concat().as_bytes());
        assert_eq!((found.bad.len(), found.records), (1, 4), "{:?}", found.bad);
    }
}

#[test]
fn a_file_of_garbage_is_told_in_short_time_and_few_words() {
    let garbage = "\n".repeat(200_000);
    let found = verify(garbage.as_bytes());
    assert_eq!((found.bad.len(), found.records, found.head), (100, 0, None));
}

#[test]
fn anchors_are_found_in_what_people_keep() {
    let hash = &verify(lines(3).concat().as_bytes()).head.unwrap().hash;
    let with = |seq| vec![Anchor { seq, hash: hash.clone() }];
    for (text, expected) in [
        (hash.clone(), with(None)),
        (format!("3 {hash}\n"), with(Some(3))),
        (format!("Nov 22 ops1 midwatch: audit 3 {}.", hash.to_uppercase()), with(Some(3))),
        (format!("head {hash}"), with(None)),
        ("3 abc".to_owned(), vec![]),
    ] {
        assert_eq!(Anchor::find(&text), expected, "{text}");
    }
    let journal = lines(3).concat();
    assert!(!Anchor { seq: Some(2), hash: hash.clone() }.is_in(journal.as_bytes()), "the number counts too");
    assert!(!Anchor { seq: None, hash: sha256(b"") }.is_in(journal.as_bytes()));
}
