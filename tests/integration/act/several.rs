//! Several operators: one run at a time on a target and its neighbours, whoever asks; and the lock of one who died.

use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::process::{Signal, kill_process};

use super::orders::{self, who};
use super::shop::{PATIENCE, Shop};
use crate::support::eventually::eventually;
use crate::support::process::pid;

/// Runs until the test says so.
const WAITS: &str = "while [ ! -e \"$HOME/go\" ]; do sleep 0.05; done";

fn go(shop: &Shop) {
    std::fs::write(shop.path("go"), "").unwrap();
}

pub(super) fn neighbours() -> String {
    let shop = Shop::open();
    let (store, worker, apart) = (shop.shim("store", WAITS), shop.shim("worker", ""), shop.shim("apart", ""));
    let url = shop.url();
    let action = |id: &str, program: &str, component: &str| {
        format!(
            "[action.{id}]\ntitle = \"{id}\"\nrisk = \"safe\"\ncommand = [\"{program}\"]\ncomponent = \"{component}\"\n"
        )
    };
    let component = |id: &str, more: &str| format!("[component.{id}]\nprobe.http = {{ url = \"{url}\" }}\n{more}\n");
    shop.declare(
        &[
            component("store", ""),
            component("queue", "depends_on = [\"store\"]"),
            component("mail", ""),
            action("restart-store", &store, "store"),
            action("restart-queue", &worker, "queue"),
            action("restart-mail", &apart, "mail"),
        ]
        .concat(),
    );
    let first = shop.command("restart-store", &["--yes"]).env("SUDO_USER", "alice").stdout(Stdio::null()).spawn();
    let mut first = first.unwrap();
    shop.wait_run("store");
    let told = shop.act_as("bob", "restart-queue", &["--yes"]);
    let brief = told.ended("refused", 5, "runs restart-store on store since ");
    assert!(told.text("reason").starts_with("alice as root@"), "{told:#?}");
    shop.act_as("bob", "restart-mail", &["--yes"]).ended("not_verified", 4, "");
    go(&shop);
    first.wait().unwrap();
    shop.act_as("bob", "restart-queue", &["--yes"]).ended("not_verified", 4, "");
    assert_eq!([shop.runs("store"), shop.runs("worker"), shop.runs("apart")], [1, 1, 1]);
    shop.assert_whole();
    brief
}

pub(super) fn second_operator() -> String {
    let shop = Shop::open();
    shop.restart(WAITS, "cooldown = \"0s\"\n");
    let mut brief = String::new();
    for round in 1..=5 {
        let _ = std::fs::remove_file(shop.path("go"));
        let both: Vec<_> = ["alice", "bob"]
            .map(|name| {
                let mut act = shop.command("restart", &["--yes"]);
                act.env("SUDO_USER", name).stdout(Stdio::piped()).spawn().unwrap()
            })
            .into();
        shop.wait_run("restart");
        // the one who is refused is told so while the other one runs
        let refused = &AtomicUsize::new(0);
        let codes: Vec<i32> = std::thread::scope(|scope| {
            let ends: Vec<_> = both
                .into_iter()
                .map(|act| {
                    scope.spawn(move || {
                        let output = act.wait_with_output().unwrap();
                        refused.fetch_add(1, Ordering::SeqCst);
                        output.status.code().unwrap()
                    })
                })
                .collect();
            eventually("the second one's answer", PATIENCE, || (refused.load(Ordering::SeqCst) > 0).then_some(()));
            go(&shop);
            ends.into_iter().map(|end| end.join().unwrap()).collect()
        });
        assert!(codes == [4, 5] || codes == [5, 4], "{codes:?}");
        assert_eq!(shop.runs("restart"), round, "exactly one run a round");
        let refused = shop.records().into_iter().rfind(|record| record["kind"] == "refused").unwrap();
        refused["reason"].as_str().unwrap().clone_into(&mut brief);
    }
    shop.assert_whole();
    format!("5 rounds, 5 runs; refused (5): {brief}")
}

pub(super) fn killed_holder() -> String {
    let shop = Shop::open();
    shop.restart(WAITS, "cooldown = \"0s\"\n");
    let order = orders::order(&shop, &who("alice"), "restart");
    let mut holder = orders::start(&shop, &order);
    shop.wait_run("restart");
    shop.act_as("bob", "restart", &["--yes"]).ended("refused", 5, "runs restart on worker since");
    kill_process(pid(holder.id()).unwrap(), Signal::KILL).unwrap();
    holder.wait().unwrap();
    go(&shop);
    shop.act_as("bob", "restart", &["--yes"]).ended("not_verified", 4, "");
    assert_eq!(shop.journal(), ["intent", "refused", "unknown", "intent", "outcome not_verified"]);
    assert_eq!(shop.runs("restart"), 2);
    shop.assert_whole();
    "the lock is gone with it; the next start writes unknown, then runs".to_owned()
}

/// Both saw the same and both confirmed: whoever comes second is refused, because somebody acts, or because somebody
/// has.
#[test]
fn x01_of_two_operators_exactly_one_runs_200_times() {
    const SHOPS: usize = 10;
    const ROUNDS: usize = 20;
    let held: usize = (0..SHOPS).map(|_| rounds(ROUNDS)).sum();
    let all = SHOPS * ROUNDS;
    println!("X01 two operators, {all} rounds → {all} runs; refused: {held} while it ran, {} after it", all - held);
}

/// So many rounds; how often the second one was refused because the first one was at work.
fn rounds(rounds: usize) -> usize {
    let shop = Shop::open();
    let shim = shop.shim("once", "");
    shop.declare(&format!(
        "[action.once]\ntitle = \"Once\"\nrisk = \"safe\"\ncommand = [\"{shim}\"]\ntimeout = \"5s\"\ncooldown = \"0s\"\n"
    ));
    let both = [who("alice"), who("bob")];
    let mut held = 0;
    for round in 1..=rounds {
        let orders = both.each_ref().map(|who| orders::order(&shop, who, "once"));
        let mut runners = orders.each_ref().map(|order| orders::start(&shop, order));
        let mut codes = runners.each_mut().map(orders::ended);
        codes.sort_unstable();
        assert_eq!((codes, shop.runs("once")), ([4, 5], round), "{:?}", shop.records().pop());
        let reasons = orders.map(|order| orders::ending(&shop, &order.run).1);
        held += usize::from(reasons.iter().any(|reason| reason.contains(" runs once on once since ")));
    }
    let records = shop.journal();
    let count = |word: &str| records.iter().filter(|record| *record == word).count();
    assert_eq!([count("intent"), count("outcome not_verified"), count("refused")], [rounds; 3]);
    shop.assert_whole();
    held
}
