//! A run and the next one: what is taken up, what is not in the file, what goes wrong.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::base::{Secret, Status, Variables};
use crate::config::System;
use crate::watch::chronicle::{Stand, Standing};
use crate::watch::{Event, EventKind};

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
    let token = Variable::Secret(Secret::new("t0ken-of-the-shop".to_owned()));
    let values = HashMap::from([("url".to_owned(), Variable::Plain(url.into())), ("token".to_owned(), token)]);
    PreparedSystem::new(Arc::new(system), Variables(values), false)
}

/// A run that keeps these numbers and ends; what it was told at its start and until then.
fn run(state: &Path, url: &str, values: &[f64]) -> Vec<Msg> {
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let historian = Historian::start(&[prepared(url)], state.to_owned(), clock::now(), told);
    historian.restore();
    let now = clock::now();
    for (n, value) in (0_u64..).zip(values) {
        let key = "api.latency_ms".parse().unwrap();
        let at = Mono(now.mono.0.saturating_sub(Duration::from_secs(60))) + Duration::from_secs(n * 5);
        let fresh = Fresh { key, at, seen: Seen::one(*value) };
        historian.keep(SystemName::new("shop").unwrap(), vec![fresh], now);
    }
    let (done, ended) = sync_channel(1);
    historian.orders.send(Order::End(done)).unwrap();
    ended.recv_timeout(Duration::from_secs(20)).unwrap();
    std::iter::from_fn(|| heard.try_recv().ok()).collect()
}

/// A run that keeps these changes and ends; what it was told at its start.
fn run_turns(state: &Path, url: &str, turns: Vec<Turn>) -> Vec<Msg> {
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let mut historian = Historian::start(&[prepared(url)], state.to_owned(), clock::now(), told);
    historian.restore();
    historian.keep_turns(SystemName::new("shop").unwrap(), turns, clock::now());
    let (done, ended) = sync_channel(1);
    historian.orders.send(Order::End(done)).unwrap();
    ended.recv_timeout(Duration::from_secs(20)).unwrap();
    std::iter::from_fn(|| heard.try_recv().ok()).collect()
}

fn story(told: &[Msg]) -> Story {
    let stories = told.iter().filter_map(|msg| if let Msg::Restored { story, .. } = msg { Some(story) } else { None });
    stories.map(|story| Story::clone(story)).next().unwrap_or_default()
}

fn turns(text: &str) -> Vec<Turn> {
    let now = clock::now();
    let kind = EventKind::Component("api".parse().unwrap());
    let (at, because) = (millis(now.mono), text.to_owned());
    let stand = Stand { at, standing: Standing::Firing, since: at - 90_000, because };
    let event = Event::new(now, kind, Status::Critical, text.to_owned());
    vec![Turn::Stand("api-down".parse().unwrap(), stand), Turn::Event(event)]
}

#[test]
fn the_next_run_is_told_what_changed_in_those_before_it_and_when_each_of_them_was() {
    let home = tempfile::tempdir().unwrap();
    let state = home.path().join("state");
    assert!(run_turns(&state, "http://10.0.0.1", turns("FastAPI down")).is_empty());
    run_turns(&state, "http://10.0.0.1", turns("FastAPI down again"));
    let told = run_turns(&state, "http://10.0.0.1", Vec::new());
    let told = story(&told);
    let texts: Vec<&str> = told.events.iter().map(|event| event.text.as_str()).collect();
    assert_eq!(texts, ["FastAPI down", "FastAPI down again"]);
    assert!(told.events.iter().all(|event| event.before && event.status == Status::Critical), "{told:?}");
    let stands: Vec<_> = told.stands.iter().map(|(id, stand)| (id.as_str(), stand.standing)).collect();
    assert_eq!(stands, [("api-down", Standing::Firing); 2]);
    assert!(told.stands.iter().all(|(_, stand)| stand.at - stand.since == 90_000), "{told:?}");
    let [first, second] = told.runs.as_slice() else { panic!("{:?}", told.runs) };
    assert!(first.began <= first.ended && first.ended <= second.began && second.began <= second.ended, "{told:?}");
    // the same system, pointed at another place
    assert_eq!(story(&run_turns(&state, "http://10.0.0.2", Vec::new())), Story::default());
}

#[test]
fn no_secret_and_no_control_character_gets_into_the_changes_or_out_of_them() {
    let home = tempfile::tempdir().unwrap();
    let state = home.path().join("state");
    run_turns(&state, "http://10.0.0.1", turns("refused t0ken-of-the-shop \u{1b}[31m"));
    let text = fs::read_to_string(state.join("history/shop.events")).unwrap();
    assert!(text.contains("refused") && !text.contains("t0ken") && !text.contains("u001b"), "{text}");
    // somebody wrote a whole line into our own file by hand
    let json = text.lines().last().unwrap().split_once(' ').unwrap().1.replace("refused", "\\u001b[31m\\u202e");
    let line = format!("{:08x} {json}\n", crc32fast::hash(json.as_bytes()));
    fs::write(state.join("history/shop.events"), text + &line).unwrap();
    let told = story(&run_turns(&state, "http://10.0.0.1", Vec::new()));
    assert_eq!(told.events.len(), 2, "{told:?}");
    assert!(told.events.iter().all(|event| !event.text.contains(['\u{1b}', '\u{202e}'])), "{told:?}");
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
    assert_eq!(not_kept(&run_turns(&state, "http://10.0.0.1", turns("down"))).len(), 1);
    assert_eq!(not_kept(&told).len(), 1, "{told:?}");
    assert!(not_kept(&told)[0].contains("not a folder"), "{told:?}");
}
