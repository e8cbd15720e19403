//! A run outlives whoever looks at it; and what is left when the runner itself is killed, at any step.

use std::process::{Child, Stdio};

use rustix::process::{Signal, kill_process};

use super::orders::{self, who};
use super::shop::{Shop, Told};
use crate::midwatch;
use crate::support::process::pid;
use crate::support::program::Program;

const PROOF: &str = "verify = { when = \"worker.up\", within = \"20s\", samples = 1 }\n";

/// Waits until the test says so, and mends the worker.
const MENDS: &str = "while [ ! -e \"$HOME/go\" ]; do sleep 0.05; done; echo '{\"up\": true}' >\"$HOME/world\"";

fn go(shop: &Shop) {
    std::fs::write(shop.path("go"), "").unwrap();
}

fn viewer(shop: &Shop) -> Child {
    let mut command = shop.command("restart", &["--yes"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn signal(process: &Child, signal: Signal) {
    kill_process(pid(process.id()).unwrap(), signal).unwrap();
}

/// The run ended by itself, once, and whoever looks next sees it.
#[track_caller]
fn assert_seen(shop: &Shop) {
    go(shop);
    assert_eq!(shop.wait_journal("outcome verified"), ["intent", "outcome verified"]);
    assert_eq!(shop.runs("restart"), 1);
    let shown = shop.act("restart", &["--dry-run"]);
    assert_eq!(shown.json["preview"]["last"]["outcome"], "verified", "{shown:#?}");
    let listed = shop.midwatch(&["audit", "show"]);
    assert!(listed.code == 0 && listed.out.contains("restart") && listed.out.contains("verified"), "{listed:?}");
    shop.assert_nobody_left();
    shop.assert_whole();
}

pub(super) fn killed_viewer() -> String {
    let shop = Shop::open();
    shop.restart(MENDS, PROOF);
    let mut viewer = viewer(&shop);
    shop.wait_run("restart");
    signal(&viewer, Signal::KILL);
    viewer.wait().unwrap();
    assert_seen(&shop);
    "the run is verified, and told by the next look".to_owned()
}

pub(super) fn hung_up_terminal() -> String {
    let shop = Shop::open();
    shop.restart(MENDS, PROOF);
    let mut program = Program::new(midwatch::PATH).args(["act", "shop", "restart", "--yes", "--system-file"]);
    program = program.args([shop.file()]);
    for (name, value) in shop.env() {
        program = program.env(name, value);
    }
    let mut pty = program.start().unwrap();
    shop.wait_run("restart");
    pty.close();
    pty.exit_status().unwrap();
    assert_seen(&shop);
    "the run is verified, and told by the next look".to_owned()
}

pub(super) fn interrupted() -> String {
    let shop = Shop::open();
    shop.restart("sleep 1000", PROOF);
    let viewer = viewer(&shop);
    shop.wait_run("restart");
    signal(&viewer, Signal::INT);
    let told = Told::from(&viewer.wait_with_output().unwrap());
    let brief = told.ended("cancelled", 1, "cancelled: ended by TERM");
    assert!(told.err.contains("press Ctrl-C again to leave it running"), "{}", told.err);
    assert_eq!(shop.journal(), ["intent", "cancel", "outcome cancelled"]);
    shop.assert_nobody_left();
    shop.assert_whole();
    brief
}

pub(super) fn interrupted_proof() -> String {
    let shop = Shop::open();
    shop.restart("exit 0", "verify = { when = \"worker.up\", within = \"5m\" }\n");
    let viewer = viewer(&shop);
    shop.wait_told("verifying");
    signal(&viewer, Signal::INT);
    let told = Told::from(&viewer.wait_with_output().unwrap());
    shop.assert_whole();
    told.ended("not_verified", 4, "somebody asked to look for its effect no longer: worker.up = false")
}

/// Where a runner is killed, whether its command was run by then, what the journal says before anybody looks, and what
/// the one who followed it is told.
const STEPS: &[(&str, usize, &[&str], &str)] = &[
    ("before-lock", 0, &[], "failed"),
    ("locked", 0, &[], "failed"),
    ("permitted", 0, &[], "failed"),
    ("intended", 0, &["intent"], "unknown"),
    ("called", 1, &["intent"], "unknown"),
    ("verifying", 1, &["intent"], "unknown"),
    ("verified", 1, &["intent"], "unknown"),
    ("recorded", 1, &["intent", "outcome verified"], "verified"),
];

#[test]
fn killed_at_any_step_nothing_runs_twice_and_nothing_is_silent() {
    let one = |(step, runs, journal, seen): &(&str, usize, &[&str], &str)| {
        let shop = Shop::open();
        shop.restart("echo '{\"up\": true}' >\"$HOME/world\"", &format!("{PROOF}cooldown = \"0s\"\n"));
        let told = Told::of(shop.command("restart", &["--yes"]).env("MIDWATCH_TEST_KILL", step));
        assert_eq!((told.text("outcome"), shop.runs("restart")), (*seen, *runs), "{step}: {told:#?}");
        assert_eq!(shop.journal(), *journal, "{step}");
        shop.assert_whole();
        // whoever acts next is told of it first, in the journal
        let next = shop.act("restart", &["--yes"]);
        next.ended("verified", 0, "");
        let mut expected: Vec<&str> = journal.to_vec();
        expected.extend((*journal == ["intent"]).then_some("unknown"));
        expected.extend(["intent", "outcome verified"]);
        assert_eq!(
            (shop.journal(), shop.runs("restart")),
            (expected.iter().map(ToString::to_string).collect(), runs + 1),
            "{step}"
        );
        shop.assert_nobody_left();
        shop.assert_whole();
        format!("{step} → {}", told.brief())
    };
    tell(STEPS, one);
}

/// The step that no switch in the program is needed for: the command itself kills the runner, and lives on.
#[test]
fn killed_while_its_command_runs() {
    let shop = Shop::open();
    shop.restart(&format!("kill -9 $PPID; {MENDS}"), &format!("{PROOF}cooldown = \"0s\"\n"));
    let told = shop.act("restart", &["--yes"]);
    told.ended("unknown", 6, "its runner is gone and nobody saw the end");
    go(&shop);
    shop.assert_nobody_left();
    // a dashboard, or the next `act`, writes it down; only then something is run
    shop.restart("exit 0", "cooldown = \"0s\"\n");
    shop.act("restart", &["--yes"]).ended("not_verified", 4, "");
    assert_eq!(shop.journal(), ["intent", "unknown", "intent", "outcome not_verified"]);
    shop.assert_whole();
}

/// A runner that was given no order, or another one's, does nothing.
#[test]
fn an_order_that_did_not_arrive_is_no_order() {
    let shop = Shop::open();
    shop.restart("exit 0", "");
    let order = orders::order(&shop, &who("alice"), "restart");
    let other = orders::order(&shop, &who("alice"), "restart");
    let wire = order.to_wire().unwrap().expose().to_owned();
    for (run, wire) in [(&order.run, &wire[..wire.len() / 2]), (&order.run, ""), (&other.run, wire.as_str())] {
        let mut runner = orders::fed(&shop, run, wire.as_bytes());
        assert_ne!(orders::ended(&mut runner), 0);
    }
    assert_eq!((shop.runs("restart"), shop.journal()), (0, Vec::new()));
    // the same order twice is one run
    let mut first = orders::start(&shop, &order);
    let mut second = orders::start(&shop, &order);
    let mut codes = [orders::ended(&mut first), orders::ended(&mut second)];
    codes.sort_unstable();
    assert_eq!((codes, shop.runs("restart")), ([1, 4], 1));
    assert_eq!(shop.journal(), ["intent", "outcome not_verified"]);
    shop.assert_whole();
}

/// Runs every step beside others, and prints what came of it.
#[expect(clippy::print_stdout, reason = "the table is what a reader of the run wants")]
fn tell<T: Sync>(steps: &[T], one: impl Fn(&T) -> String + Sync) {
    std::thread::scope(|scope| {
        for half in steps.chunks(steps.len().div_ceil(3)) {
            let one = &one;
            scope.spawn(move || half.iter().for_each(|step| println!("killed {}", one(step))));
        }
    });
}
