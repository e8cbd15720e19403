//! T05: the line drops, or somebody wants the program gone. It goes, soon, and leaves nobody behind.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::unread;
use crate::midwatch::{PATH, Shop, assert_restored, shell};
use crate::support::eventually::eventually;
use crate::support::http_stub::Answer;
use crate::support::pty::Pty;

/// How long the end may take.
const SOON: Duration = Duration::from_secs(2);

/// The program ends with this code, in time, and nobody of its session lives on.
#[track_caller]
fn ends(pty: &Pty, code: i32, since: Instant) -> Duration {
    let status = pty.exit_status().unwrap();
    let took = since.elapsed();
    assert_eq!(status.code(), Some(code), "{status}");
    assert!(took < SOON, "it took {took:?}");
    eventually("the end of everybody in its session", SOON, || pty.session().is_empty().then_some(()));
    took
}

fn told(took: &[Duration]) -> String {
    format!("gone within {:.1} s, nobody left", took.iter().max().unwrap().as_secs_f64())
}

#[track_caller]
fn close(mut pty: Pty) -> Duration {
    let since = Instant::now();
    pty.close();
    ends(&pty, 129, since)
}

pub(super) fn closed() -> String {
    let shop = Shop::open();
    told(&[close(shop.watch())])
}

pub(super) fn closed_unheard() -> String {
    let shop = Shop::open();
    let script = format!("trap '' HUP; exec '{PATH}' --system-file '{}'", shop.file().display());
    let pty = shell(shop.home(), &script).start().unwrap();
    pty.wait_text("all 3 components answer").unwrap();
    told(&[close(pty)])
}

pub(super) fn closed_in_trouble() -> String {
    let shop = Shop::open();
    let unread = shop.watch();
    unread::block(&unread);
    let hanging = shop_that_hangs(&shop);
    told(&[close(unread), close(hanging)])
}

/// A dashboard none of whose questions over HTTP is ever answered.
fn shop_that_hangs(shop: &Shop) -> Pty {
    let before = shop.polls();
    shop.http.on("/health", Answer::Hang).on("/nightly", Answer::Hang);
    let pty = shop.program().start().unwrap();
    shop.http.wait_hits("/health", before + 1);
    pty.wait_text("Services").unwrap();
    pty
}

#[track_caller]
fn signal(pty: &Pty, signal: Signal, code: i32) -> Duration {
    let since = Instant::now();
    pty.signal(signal).unwrap();
    ends(pty, code, since)
}

pub(super) fn signals() -> String {
    let shop = Shop::open();
    let took = [(Signal::TERM, 143), (Signal::INT, 130), (Signal::HUP, 129)].map(|(which, code)| {
        let pty = shop.watch();
        let took = signal(&pty, which, code);
        assert_restored(&pty);
        took
    });
    told(&took) + ", terminal restored"
}

pub(super) fn signals_while_endpoints_hang() -> String {
    let shop = Shop::open();
    let took = [(Signal::TERM, 143), (Signal::INT, 130)].map(|(which, code)| {
        let pty = shop_that_hangs(&shop);
        let took = signal(&pty, which, code);
        assert_restored(&pty);
        took
    });
    told(&took) + ", terminal restored"
}

pub(super) fn signals_while_nobody_reads() -> String {
    let shop = Shop::open();
    let took = [(Signal::TERM, 143), (Signal::INT, 130)].map(|(which, code)| {
        let pty = shop.watch();
        unread::block(&pty);
        let took = signal(&pty, which, code);
        assert_eq!(pty.modes_now().unwrap(), pty.modes_at_start(), "the modes at least can be given back");
        took
    });
    told(&took) + ", modes restored"
}
