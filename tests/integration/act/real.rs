//! Acting on what an operator has: a real Redis, workers and jobs of the real library, killed and repaired.

use std::fs;

use rustix::process::{Signal, kill_process};
use serde_json::Value;

use super::orders::{self, who};
use super::shop::Shop;
use crate::support::process::pid;
use crate::support::redis_server::Redis;
use crate::support::rq_env::{Counts, RqEnv, RqVersion};

/// The queue as a component, and an action.
fn declare(shop: &Shop, redis: &Redis, action: &str) {
    let url = redis.url();
    shop.declare(&format!(
        "[component.queue]\ntitle = \"rq\"\nevery = \"5s\"\ntimeout = \"5s\"\ndown_after = 1\n\
         probe.rq = {{ url = \"{url}\" }}\n\n{action}\n"
    ));
}

/// Ends the worker that the action started, whatever comes of the test.
struct Started<'a>(&'a Shop);

impl Drop for Started<'_> {
    fn drop(&mut self) {
        let id = fs::read_to_string(self.0.path("worker.pid")).unwrap_or_default();
        if let Some(id) = id.trim().parse().ok().and_then(pid) {
            let _ = kill_process(id, Signal::KILL);
        }
    }
}

#[test]
fn a_killed_worker_is_restarted_and_verified_and_what_starts_nothing_is_not() {
    let (shop, redis) = (Shop::open(), Redis::start());
    let rq = RqEnv::new(RqVersion::V3, &redis);
    let worker = rq.worker("one", &["slow"]);
    let action = |script: &str, within: &str| {
        let shim = shop.shim("restart", script);
        let verify = format!("verify = {{ when = \"queue.workers_live > 0\", within = \"{within}\", samples = 2 }}");
        declare(
            &shop,
            &redis,
            &format!(
                "[action.restart]\ntitle = \"Restart\"\nrisk = \"disruptive\"\ncomponent = \"queue\"\n\
                 command = [\"{shim}\"]\nprecondition = \"queue.workers_live == 0\"\n{verify}"
            ),
        );
    };
    action("exit 0", "4s");
    shop.act("restart", &["--yes"]).ended("refused", 5, "precondition does not hold: queue.workers_live == 0");
    worker.kill_main();

    let told = shop.act("restart", &["--yes"]);
    told.ended("not_verified", 4, "its effect was not seen within 4s: queue.workers_live = 0");
    assert_eq!((&told.json["exit_code"], shop.runs("restart")), (&0.into(), 1));

    let started = Started(&shop);
    let line = rq.start_line("two", &["slow"]);
    action(&format!("(setsid sh -c 'echo $$ >\"$HOME/worker.pid\"; {line}' </dev/null >/dev/null 2>&1 &)"), "60s");
    let told = shop.act("restart", &["--yes"]);
    told.ended("verified", 0, "");
    assert!(told.json["evidence"].to_string().contains("queue.workers_live = 1"), "{told:#?}");
    assert!(rq.workers().contains(&"two".to_owned()), "the library lists it");
    assert_eq!(shop.journal(), ["refused", "intent", "outcome not_verified", "intent", "outcome verified"]);
    drop(started);
    shop.assert_whole();
}

const REQUEUE: &str = "[action.requeue]\ntitle = \"Requeue\"\nrisk = \"safe\"\ncomponent = \"queue\"\n\
                       rq.requeue_failed = { url = \"URL\" }\n\
                       verify = { when = \"!queue.failed_jobs.exists(j, j.id in run.items)\", within = \"20s\" }";

fn counts(queued: u64, failed: u64) -> Counts {
    Counts { queued, started: 0, failed, deferred: 0, scheduled: 0, finished: 0, canceled: 0 }
}

#[test]
fn exactly_the_failed_jobs_that_were_shown_are_requeued() {
    let (shop, redis) = (Shop::open(), Redis::start());
    let rq = RqEnv::new(RqVersion::V3, &redis);
    let ids = rq.fail("slow", 200);
    declare(&shop, &redis, &REQUEUE.replace("URL", &redis.url()));
    let order = orders::order(&shop, &who("alice"), "requeue");
    assert_eq!(order.shown.items.len(), 200);
    // while the dialog is open
    let late = rq.fail("slow", 1);
    rq.python("Job.fetch(args[0], connection=connection).delete()", &[&ids[7]]);

    assert_eq!(orders::ended(&mut orders::start(&shop, &order)), 0);
    let (outcome, reason) = orders::ending(&shop, &order.run);
    assert_eq!(
        (outcome.as_str(), reason.as_str()),
        ("verified", "199 requeued, 1 gone before, 1 other failed job left alone")
    );
    let feed = orders::feed(&shop, &order.run);
    assert!(feed.contains(&format!("job {} of slow failed too, and is left alone", late[0])), "{feed}");
    let ended: Value = serde_json::from_str(feed.lines().last().unwrap()).unwrap();
    let items = ended["done"]["items"].as_array().unwrap();
    let of = |end: &str| -> Vec<&str> {
        items.iter().filter(|item| item["end"] == end).map(|item| item["id"].as_str().unwrap()).collect()
    };
    assert_eq!((of("done").len(), of("gone")), (199, vec![ids[7].as_str()]));
    assert_eq!(rq.counts("slow"), counts(199, 1), "as the library counts");

    a_second_run_does_nothing(&shop, &rq, &ids);
    shop.assert_whole();
}

/// A13: what was requeued is not requeued again.
fn a_second_run_does_nothing(shop: &Shop, rq: &RqEnv, ids: &[String]) {
    let items: Vec<String> = ids.iter().take(20).map(|id| format!("slow/{id}")).collect();
    let args: Vec<&str> = ["--yes"].into_iter().chain(items.iter().flat_map(|item| ["--item", item])).collect();
    let told = shop.act("requeue", &args);
    assert!(told.text("reason").starts_with("20 gone before"), "{told:#?}");
    assert_eq!(told.json["items"].as_array().map(Vec::len), Some(20), "each is told");
    assert_eq!(rq.counts("slow"), counts(199, 1));
}
