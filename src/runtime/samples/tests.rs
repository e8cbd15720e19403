//! A run and the next one: what is taken up, what is not in the file, what goes wrong.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::base::Variables;
use crate::config::System;

const FILE: &str = r#"
    title = "Shop"
    [var.url]
    [component.api]
    probe.http = { url = "${url}/health" }
"#;

fn prepared(url: &str) -> PreparedSystem {
    let system = System {
        name: SystemName::new("shop").unwrap(),
        origin: "test".into(),
        text: "".into(),
        file: toml::from_str(FILE).unwrap(),
        runbooks: Arc::default(),
    };
    let values = HashMap::from([("url".to_owned(), Variable::Plain(url.into()))]);
    PreparedSystem::new(Arc::new(system), Variables(values), false)
}

/// A run that keeps these numbers and ends; what it was told at its start and until then.
fn run(state: &Path, url: &str, values: &[f64]) -> Vec<Msg> {
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let historian = Historian::start(&[prepared(url)], state.to_owned(), told);
    historian.restore();
    let now = clock::now();
    for (n, value) in (0_u64..).zip(values) {
        let key = "api.latency_ms".parse().unwrap();
        let at = Mono(now.mono.0.saturating_sub(Duration::from_secs(60))) + Duration::from_secs(n * 5);
        let fresh = Fresh { key, at, high: *value, last: *value };
        historian.keep(SystemName::new("shop").unwrap(), vec![fresh], now);
    }
    let (done, ended) = sync_channel(1);
    historian.orders.send(Order::End(done)).unwrap();
    ended.recv_timeout(Duration::from_secs(20)).unwrap();
    std::iter::from_fn(|| heard.try_recv().ok()).collect()
}

fn restored(told: &[Msg]) -> Vec<f64> {
    let pasts = told.iter().filter_map(|msg| if let Msg::Restored { pasts, .. } = msg { Some(pasts) } else { None });
    pasts.flatten().flat_map(|(_, past)| past.iter().map(|stretch| stretch.last)).collect()
}

fn not_kept(told: &[Msg]) -> Vec<&str> {
    told.iter().filter_map(|msg| if let Msg::NotKept(why) = msg { Some(why.as_str()) } else { None }).collect()
}

#[test]
fn the_next_run_takes_up_what_the_last_one_kept_of_the_same_target() {
    let home = tempfile::tempdir().unwrap();
    let state = home.path().join("state");
    assert!(run(&state, "http://10.0.0.1", &[3.0, 4.0, 90.0]).is_empty());
    let told = run(&state, "http://10.0.0.1", &[]);
    assert_eq!(restored(&told).last(), Some(&90.0));
    assert!(not_kept(&told).is_empty());
    // the same system, pointed at another place
    assert_eq!(restored(&run(&state, "http://10.0.0.2", &[])), [] as [f64; 0]);
}

#[test]
fn nothing_that_could_be_secret_is_in_the_file() {
    let home = tempfile::tempdir().unwrap();
    let state = home.path().join("state");
    run(&state, "http://alice:h0rse@10.0.0.1", &[1.0]);
    let bytes = fs::read(state.join("history/shop.samples")).unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    assert!(text.contains("api.latency_ms"), "{text:?}");
    assert!(["alice", "h0rse", "10.0.0.1"].iter().all(|word| !text.contains(word)), "{text:?}");
}

#[test]
fn what_cannot_be_written_is_told_once_and_ends_nothing() {
    let home = tempfile::tempdir().unwrap();
    let state = home.path().join("state");
    fs::write(&state, "in the way").unwrap();
    let told = run(&state, "http://10.0.0.1", &[1.0, 2.0, 3.0]);
    assert_eq!(not_kept(&told).len(), 1, "{told:?}");
    assert!(not_kept(&told)[0].contains("not a folder"), "{told:?}");
}
