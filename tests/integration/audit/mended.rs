//! What stands at the end of the journal after an accident or a hand in it, and what the next append makes of it.

use midwatch::record::chain::verify::Fault;
use midwatch::record::{AuditError, Draft, Filter, Kind, Of, Who};
use midwatch::runtime::clock;
use rustix::fs::{FlockOperation, flock};

use super::{Desk, note};

#[test]
fn a_line_torn_anywhere_is_sealed() {
    let desk = Desk::new();
    desk.note("first");
    let one = desk.bytes();
    desk.note("second");
    let two = desk.bytes();
    for cut in (one.len() + 1..two.len()).step_by(13).chain([two.len() - 1]) {
        std::fs::write(desk.file(), &two[..cut]).unwrap();
        let found = desk.verified();
        assert_eq!(found.bad.first().map(|bad| (bad.line, bad.fault)), Some((2, Fault::Torn)), "cut at {cut}");
        desk.note("third");
        let found = desk.verified();
        assert!(found.is_intact(), "cut at {cut}: {:?}", found.bad);
        let records = desk.audit.records(&Filter::default()).unwrap();
        let seal = &records[records.len() - 2];
        assert_eq!(seal.what.kind, Kind::Seal, "cut at {cut}");
        // a record of which only the end was missing counts; any other was never acknowledged
        let whole = cut == two.len() - 1;
        assert_eq!((records.len(), found.sealed), if whole { (4, vec![]) } else { (3, vec![2]) });
    }
}

#[test]
fn a_seal_hides_no_other_line_than_the_torn_one() {
    let desk = Desk::new();
    desk.note("first");
    let mut bytes = desk.bytes();
    bytes.extend(b"{\"v\":1,\"seq\":2,\"at\"");
    std::fs::write(desk.file(), &bytes).unwrap();
    desk.note("second");
    assert!(desk.verified().is_intact());
    let text = String::from_utf8(desk.bytes()).unwrap();
    let changed = text.replace("{\"v\":1,\"seq\":2,\"at\"\n", "{\"v\":1,\"seq\":2,\"ax\"\n");
    assert_ne!(text, changed);
    std::fs::write(desk.file(), changed).unwrap();
    assert_eq!(desk.verified().bad.first().map(|bad| (bad.line, bad.fault)), Some((2, Fault::Unparseable)));
}

#[test]
fn an_end_that_somebody_was_at_stops_no_action_and_is_reported_for_ever() {
    for (spoil, fault) in
        [("alter", Fault::Edited), ("garbage", Fault::Unparseable), ("empty line", Fault::Unparseable)]
    {
        let desk = Desk::new();
        desk.note("first");
        desk.note("second");
        let text = String::from_utf8(desk.bytes()).unwrap();
        let line = match spoil {
            "alter" => 2,
            _ => 3,
        };
        let spoilt = match spoil {
            "alter" => text.replace("second", "sekond"),
            "garbage" => text + "{\"v\":1}\n",
            _ => text + "\n",
        };
        std::fs::write(desk.file(), spoilt).unwrap();
        for more in 0..3 {
            desk.note(&format!("more {more}"));
        }
        let found = desk.verified();
        let bad: Vec<_> = found.bad.iter().map(|bad| (bad.line, bad.fault)).collect();
        assert_eq!(bad, [(line, fault)], "{spoil}: {:?}", found.bad);
        let gaps: Vec<_> = desk.audit.records(&Filter::default()).unwrap();
        let gaps: Vec<_> = gaps.iter().filter(|record| record.what.kind == Kind::Gap).collect();
        assert_eq!(gaps.len(), 1, "{spoil}");
        assert!(gaps[0].what.reason.as_deref().unwrap().contains("no sound record"));
    }
}

#[test]
fn garbage_without_an_end_is_no_reason_to_read_for_ever() {
    let desk = Desk::new();
    desk.note("first");
    let mut bytes = desk.bytes();
    bytes.extend(vec![b'x'; 300 * 1024]);
    std::fs::write(desk.file(), &bytes).unwrap();
    desk.note("second");
    assert!(desk.verified().is_intact());
    std::fs::write(desk.file(), vec![b'x'; 20 * 1024 * 1024]).unwrap();
    let error = desk.audit.append(&note("third"), clock::now()).unwrap_err();
    assert!(matches!(error, AuditError::Damaged { .. }) && error.to_string().contains("move the file away"), "{error}");
}

#[test]
fn a_lock_that_is_held_is_waited_for_and_then_told() {
    let desk = Desk::new();
    desk.note("first");
    let lock = std::fs::File::open(desk.home().join("midwatch/audit.lock")).unwrap();
    flock(&lock, FlockOperation::LockExclusive).unwrap();
    let error = std::thread::scope(|scope| {
        let waits = scope.spawn(|| desk.audit.append(&note("second"), clock::now()));
        // whoever reads is not kept out by a writer that hangs
        assert_eq!(desk.audit.records(&Filter::default()).unwrap().len(), 1);
        waits.join().unwrap().unwrap_err()
    });
    assert!(matches!(error, AuditError::Busy(_)) && error.to_string().contains("audit.lock"), "{error}");
    drop(lock);
    desk.note("third");
    assert_eq!(desk.verified().records, 2);
}

#[test]
fn runs_are_read_back_with_their_ends() {
    let desk = Desk::new();
    let write = |kind, run: &str, outcome: Option<&str>| {
        let draft = Draft {
            run: Some(run.to_owned()),
            system: Some("shop".to_owned()),
            action: Some("restart".to_owned()),
            target: Some("api".to_owned()),
            outcome: outcome.map(str::to_owned),
            ..Draft::new(kind, Who::here())
        };
        desk.audit.append(&draft, clock::now()).unwrap()
    };
    assert_eq!(desk.audit.last_run("shop", Of::Target("api")).unwrap(), None);
    write(Kind::Intent, "a", None);
    write(Kind::Outcome, "a", Some("verified"));
    let second = write(Kind::Intent, "b", None);
    let last = desk.audit.last_run("shop", Of::Action("restart")).unwrap().unwrap();
    assert_eq!((last.run.as_str(), last.started, last.outcome), ("b", second.at, None));
    assert_eq!(desk.audit.runs_since("shop", Of::Target("api"), second.at).unwrap().len(), 1);
    let open: Vec<_> = desk.audit.unfinished().unwrap().into_iter().map(|run| run.run).collect();
    assert_eq!(open, ["b"]);
    write(Kind::Unknown, "b", None);
    assert_eq!(desk.audit.unfinished().unwrap(), []);
    assert_eq!(desk.audit.last_run("bakery", Of::Any).unwrap(), None);
}
