//! Operators on two hosts: two state folders, and one Redis that both use for their locks, or that is away.

use std::process::Stdio;

use super::shop::Shop;
use crate::support::redis_server::Redis;

/// Runs until the test says so.
const WAITS: &str = "while [ ! -e \"$HOME/go\" ]; do sleep 0.05; done";

/// A host whose system names a store of locks.
fn host(url: &str, script: &str) -> Shop {
    let shop = Shop::open();
    shop.restart(script, &format!("cooldown = \"0s\"\n[lock]\nredis = \"{url}\"\n"));
    shop
}

fn dry_run(shop: &Shop) -> String {
    let told = shop.command_in("text", "restart", &["--dry-run"]).output().unwrap();
    String::from_utf8(told.stdout).unwrap()
}

pub(super) fn kept_out() -> String {
    let redis = Redis::start();
    let [ours, theirs] = [host(&redis.url(), WAITS), host(&redis.url(), "")];
    let first = ours.command("restart", &["--yes"]).env("SUDO_USER", "alice").stdout(Stdio::null()).spawn();
    let mut first = first.unwrap();
    ours.wait_run("restart");
    let told = theirs.act_as("bob", "restart", &["--yes"]);
    let brief = told.ended("refused", 5, "runs restart on worker since ");
    assert!(told.text("reason").starts_with("alice as root@"), "{told:#?}");
    let dry = dry_run(&theirs);
    assert!(dry.contains("every host, through 127.0.0.1:") && dry.contains("alice as root@"), "{dry}");
    std::fs::write(ours.path("go"), "").unwrap();
    first.wait().unwrap();
    assert_eq!(redis.call::<Vec<String>>(&["KEYS", "midwatch:*"]), [""; 0], "the lock is given back");
    theirs.act_as("bob", "restart", &["--yes"]).ended("not_verified", 4, "");
    assert_eq!([ours.runs("restart"), theirs.runs("restart")], [1, 1]);
    ours.assert_whole();
    theirs.assert_whole();
    brief
}

pub(super) fn of_this_host() -> String {
    let shop = Shop::open();
    shop.restart("", "");
    let told = dry_run(&shop);
    let line = told.lines().find(|line| line.trim_start().starts_with("lock")).unwrap_or_else(|| panic!("{told}"));
    assert!(line.ends_with("this host only"), "{line}");
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(super) fn store_is_away() -> String {
    let redis = Redis::start();
    let shop = host(&redis.url(), "");
    drop(redis);
    let told = shop.act("restart", &["--yes"]);
    told.ended("refused", 5, "not confirmed: give --confirm shop");
    let told = shop.act("restart", &["--confirm", "shop"]);
    let brief = told.ended("refused", 5, "give a reason to run it all the same");
    assert_eq!(shop.runs("restart"), 0);
    shop.act("restart", &["--confirm", "shop", "--reason", "the store is what is down"]).ended("not_verified", 4, "");
    assert_eq!(shop.runs("restart"), 1, "the action that may repair the store is possible");
    shop.assert_whole();
    brief
}
