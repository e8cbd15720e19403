//! What the guard refuses, and what it lets through once a reason is given.

use super::orders::{self, who};
use super::shop::Shop;

const PROOF: &str = "verify = { when = \"worker.up\", within = \"2s\", samples = 1 }\n";
const UP: &str = r#"{"up": true, "count": 1}"#;

pub(super) fn changed_since_shown() -> String {
    let shop = Shop::open();
    shop.restart("exit 0", PROOF);
    let order = orders::order(&shop, &who("alice"), "restart");
    // while the dialog is open
    shop.set_world(UP);
    let code = orders::ended(&mut orders::start(&shop, &order));
    let (outcome, reason) = orders::ending(&shop, &order.run);
    assert_eq!((outcome.as_str(), code, shop.runs("restart")), ("refused", 5, 0), "{reason}");
    assert!(reason.starts_with("changed since shown: Worker: down, now up"), "{reason}");
    assert_eq!(shop.journal(), ["refused"]);
    shop.assert_whole();
    format!("refused (5): {reason}")
}

pub(super) fn rests() -> String {
    let shop = Shop::open();
    shop.restart("exit 0", PROOF);
    shop.set_world(UP);
    shop.act_as("alice", "restart", &["--yes"]).ended("verified", 0, "");
    let told = shop.act_as("bob", "restart", &["--yes"]);
    let brief = told.ended("refused", 5, "s ago (alice as root@");
    assert_eq!(shop.runs("restart"), 1);
    shop.act_as("bob", "restart", &["--yes", "--reason", "it hung again"]).ended("verified", 0, "");
    assert_eq!(shop.runs("restart"), 2);
    assert_eq!(shop.records().iter().filter(|record| record["reason"] == "it hung again").count(), 1);
    assert_eq!(shop.journal(), ["intent", "outcome verified", "refused", "intent", "outcome verified"]);
    shop.assert_whole();
    brief
}

pub(super) fn too_often() -> String {
    let shop = Shop::open();
    // never verified, so that it never rests
    shop.restart("exit 0", "");
    for _ in 0..3 {
        shop.act("restart", &["--yes"]).ended("not_verified", 4, "nothing is declared that would prove it");
    }
    let brief = shop.act("restart", &["--yes"]).ended("refused", 5, "3 runs on worker in 15 minutes");
    assert_eq!(shop.runs("restart"), 3);
    shop.act("restart", &["--yes", "--force-reason", "the fourth"]).ended("not_verified", 4, "");
    assert_eq!(shop.runs("restart"), 4);
    shop.assert_whole();
    brief
}

pub(super) fn precondition() -> String {
    let shop = Shop::open();
    shop.restart("exit 0", "precondition = \"worker.count > 1.0\"\n");
    let brief = shop.act("restart", &["--yes"]).ended(
        "refused",
        5,
        "precondition does not hold: worker.count > 1.0: worker.count = 1",
    );
    shop.set_world("{\"up\": false}");
    shop.act("restart", &["--yes"]).ended("refused", 5, "precondition unknown: worker.count > 1.0");
    assert_eq!((shop.runs("restart"), shop.journal()), (0, vec!["refused".to_owned(); 2]));
    shop.restart("exit 0", "precondition = \"worker.count > 1.0\"\nwhen_unknown = \"allow\"\n");
    shop.act("restart", &["--yes"]).ended("not_verified", 4, "");
    assert_eq!(shop.runs("restart"), 1);
    shop.assert_whole();
    brief
}
