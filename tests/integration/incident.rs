//! Incidents by the real program: opened while the simulated system is in trouble, acted on, noted, refused to be closed,
//! repaired, closed, reported; what is refused; what is written by several at once.

mod refused;
mod reports;
mod writers;

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::act_demo::Stand;
use crate::support::command_line::Run;

const SYSTEM: &str = "sabine";

/// An incident of a system in a fault.
struct Case {
    stand: Stand,
    id: String,
}

impl Case {
    #[track_caller]
    fn open(fault: &str, more: &[&str]) -> Self {
        let stand = Stand::of(SYSTEM, fault, 5);
        let told = stand.midwatch(&[&["incident", "open", SYSTEM, "--format", "json"], more].concat());
        assert_eq!(told.code, 0, "{told:?}");
        let json: Value = serde_json::from_str(&told.out).unwrap();
        Self { stand, id: json["id"].as_str().unwrap().to_owned() }
    }

    /// A subcommand of `incident` over its state folder.
    fn incident(&self, args: &[&str]) -> Run {
        self.stand.alone(&[&["incident"], args].concat())
    }

    /// The same with the variables of the system.
    fn looking(&self, args: &[&str]) -> Run {
        self.stand.midwatch(&[&["incident"], args].concat())
    }

    #[track_caller]
    fn show(&self) -> Value {
        let told = self.incident(&["show", &self.id, "--format", "json"]);
        serde_json::from_str(&told.out).unwrap_or_else(|_| panic!("{told:?}"))
    }

    fn file(&self) -> PathBuf {
        self.stand.home().join("midwatch/incidents").join(format!("{}.jsonl", self.id))
    }

    /// The kinds of its events.
    fn kinds(&self) -> Vec<String> {
        let text = fs::read_to_string(self.file()).unwrap();
        let kind = |line: &str| serde_json::from_str::<Value>(line).unwrap()["kind"].as_str().unwrap().to_owned();
        text.lines().map(kind).collect()
    }
}

#[test]
fn from_the_first_look_to_the_report() {
    let case = Case::open("worker-crash", &[]);
    let open = case.show();
    assert_eq!((&open["state"], &open["severity"]), (&Value::from("open"), &Value::from("critical")), "{open:#}");
    assert!(open["rules"].to_string().contains("worker-down"), "{open:#}");

    // what is done is in the audit log, and there alone
    case.stand.verified("test-slack", &[]);
    assert_eq!(case.incident(&["note", "last", "customers", "told"]).code, 0);
    let refused = case.looking(&["close", &case.id[..13]]);
    assert_eq!(refused.code, 5, "{refused:?}");
    assert!(refused.out.contains("worker-down fires: ") && refused.out.contains("--reason"), "{refused:?}");
    let told = case.looking(&["close", "last", "--format", "json"]);
    let told: Value = serde_json::from_str(&told.out).unwrap();
    assert!(told["outcome"] == "refused" && told["against"].to_string().contains("worker-down"), "{told:#}");
    assert_eq!(case.show()["state"], "open");

    case.stand.verified("restart-worker", &[]);
    let closed = case.looking(&["close", "last"]);
    assert_eq!(closed.code, 0, "{closed:?}");
    assert!(closed.out.contains("worker-down is over: worker.state = up"), "{closed:?}");
    assert!(!case.kinds().contains(&"action".to_owned()), "{:?}", case.kinds());

    let shown = case.show();
    let actions: Vec<&str> =
        shown["actions"].as_array().unwrap().iter().filter_map(|one| one["action"].as_str()).collect();
    assert_eq!(
        (actions.as_slice(), &shown["stage"]),
        (&["test-slack", "restart-worker"][..], &Value::from("Resolved"))
    );
    let report = case.incident(&["report", "last"]).out;
    for told in [
        "# Incident Report: ",
        "**Severity:** Critical",
        "**Status:** Resolved",
        "Note: customers told",
        "sudo -n systemctl restart sabine-worker\n",
        "- [x] Service health checks passing: ",
        "- [x] restart-worker: verified",
        "- [ ] No data corruption detected",
        "- **Users Affected:** ",
    ] {
        assert!(report.contains(told), "{told:?} is not in {report}");
    }
    let notice = case.looking(&["notice", "last"]).out;
    assert!(notice.contains("Subject: [INCIDENT] ") && notice.contains("Status: Resolved"), "{notice}");
    assert!(!notice.contains("systemctl") && !notice.contains("customers told"), "{notice}");
    let list = case.incident(&["list"]).out;
    assert!(list.starts_with(&case.id) && list.lines().count() == 1, "{list}");
    assert_eq!(case.incident(&["list", "--open"]).out, "no incident\n");

    // it comes back
    assert_eq!(case.incident(&["reopen", "last", "--reason", "it came back"]).code, 0);
    case.stand.demo().set_fault(SYSTEM, "worker-crash");
    assert_eq!(case.looking(&["close", "last"]).code, 5);
    let reason = case.incident(&["close", "last", "--reason", "handed to the vendor"]);
    assert!(reason.code == 0 && reason.out.contains("not verified: handed to the vendor"), "{reason:?}");
    let report = case.incident(&["report", "last"]).out;
    assert!(report.contains("- [ ] Service health checks passing"), "{report}");
    assert!(report.contains("**Status:** Closed, not verified: handed to the vendor"), "{report}");
}

#[test]
fn how_bad_it_is_and_that_it_is_mitigated_is_said_without_a_screen() {
    let case = Case::open("worker-crash", &[]);
    let id = case.id.clone();
    let unknown = case.looking(&["severity", &id, "dreadful", "it", "is"]);
    assert!(unknown.code == 2 && unknown.err.contains("info, warning, critical"), "{unknown:?}");
    assert_eq!(case.looking(&["severity", &id, "warning", "users", "can", "pay", "again"]).code, 0);
    assert_eq!(case.looking(&["mitigated", &id, "restarted by hand"]).code, 0);
    let twice = case.looking(&["mitigated", &id, "again"]);
    assert!(twice.code == 5 && twice.err.contains("mitigated since"), "{twice:?}");
    let shown = case.incident(&["show", &id]).out;
    assert!(shown.contains("Severity is now warning: users can pay again"), "{shown}");
    assert!(shown.contains("mitigated after") && shown.contains("Mitigated: restarted by hand"), "{shown}");
    let report = case.incident(&["report", &id]).out;
    assert!(report.contains("**Severity:** Warning; at first critical"), "{report}");
    assert!(report.contains("**Mitigated:** "), "{report}");
    assert_eq!(case.incident(&["--read-only", "mitigated", &id, "x"]).code, 5);
}

#[test]
fn a_fake_success_is_no_resolution() {
    let case = Case::open("restart-without-effect", &["--severity", "critical", "--title", "Worker is gone"]);
    let file = case.stand.home().join("sabine.toml");
    let shipped = include_str!("../../systems/sabine/system.toml").replace("within = \"90s\"", "within = \"3s\"");
    fs::write(&file, shipped).unwrap();
    let (code, told) = case.stand.act("restart-worker", &["--system-file", file.to_str().unwrap()]);
    assert_eq!((code, &told["outcome"]), (4, &Value::from("not_verified")), "{told:#}");
    let refused = case.looking(&["close", "last"]);
    assert!(refused.code == 5 && refused.out.contains("worker-down fires"), "{refused:?}");
    let report = case.incident(&["report", "last"]).out;
    assert!(report.contains("- [ ] restart-worker: not verified") && !report.contains("- [x]"), "{report}");
    assert!(report.contains("# Incident Report: Worker is gone"), "{report}");
}

#[test]
fn the_hand_over_tells_what_is_open_and_what_was_done() {
    let case = Case::open("worker-crash", &["--runbook", "worker-crash"]);
    case.stand.verified("test-slack", &[]);
    assert_eq!(case.incident(&["note", "last", "vendor called"]).code, 0);
    let report = case.incident(&["report", "last"]).out;
    assert!(report.contains("Runbook chosen: Worker crash (worker-crash)"), "{report}");
    assert!(report.contains("**Long-term (Within 1 month):**\n\n- [ ] "), "its advice is offered: {report}");
    let told = case.looking(&["handover", "--since", "1h", "--system", SYSTEM]);
    assert_eq!(told.code, 0, "{told:?}");
    for line in [
        "Open incidents",
        &case.id,
        "worker-down firing",
        "Ran test-slack",
        "vendor called",
        "Closed incidents\n  none",
    ] {
        assert!(told.out.contains(line), "{line}: {}", told.out);
    }
    let blind = case.incident(&["handover", "--no-look"]).out;
    assert!(blind.contains("not known: no system was looked at"), "{blind}");
    let bad = case.incident(&["handover", "--since", "yesterday"]);
    assert!(bad.code == 2 && bad.err.contains("--since 'yesterday'"), "{bad:?}");
}
