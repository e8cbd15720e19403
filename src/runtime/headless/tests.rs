//! One look against real sockets: closed, silent, and open at the second knock.

use std::collections::HashMap;
use std::net::TcpListener;
use std::sync::Arc;

use super::*;
use crate::base::template::Variable;
use crate::base::{State, SystemName, Variables};
use crate::config::System;

fn prepared(text: &str, address: &str) -> PreparedSystem {
    let file = toml::from_str(text).unwrap();
    let system = System {
        name: SystemName::new("shop").unwrap(),
        origin: "test".into(),
        text: "".into(),
        file,
        runbooks: std::sync::Arc::default(),
    };
    let variables = HashMap::from([("at".to_owned(), Variable::Plain(address.to_owned()))]);
    PreparedSystem::new(Arc::new(system), Variables(variables), false)
}

const FILE: &str = r#"
    title = "Shop"
    [var.at]
    [component.door]
    probe.tcp = { address = "${at}" }
    down_after = 3
"#;

fn free_port() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

#[tokio::test]
async fn one_look_settles_what_is_down() {
    let watches = look_at(&[prepared(FILE, &free_port())], None).await;
    let door = &watches[0].components["door"];
    assert_eq!((door.state, door.failures), (State::Down, 3));
    assert!(door.error.as_ref().unwrap().text.starts_with("refused 127.0.0.1:"), "{:?}", door.error);
}

#[tokio::test]
async fn what_answers_is_asked_once() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let watches = look_at(&[prepared(FILE, &address)], None).await;
    assert_eq!(watches[0].components["door"].state, State::Up);
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_ok() && listener.accept().is_err(), "one connection, no more");
}

#[tokio::test]
async fn what_answers_at_the_second_knock_is_up() {
    let address = free_port();
    let later = address.clone();
    let opening = async move {
        tokio::time::sleep(Duration::from_millis(150)).await;
        tokio::net::TcpListener::bind(later).await.unwrap()
    };
    let systems = [prepared(FILE, &address)];
    let (watches, listener) = tokio::join!(look_at(&systems, None), opening);
    assert_eq!((watches[0].components["door"].state, watches[0].components["door"].failures), (State::Up, 0));
    drop(listener);
}

#[tokio::test]
async fn a_look_that_lasts_ends_when_its_time_is_over() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let start = clock::now();
    let hold = Duration::from_millis(1500);
    let file = FILE.replace("down_after = 3", "every = \"1s\"\ntimeout = \"1s\"");
    let watches = look_at(&[prepared(&file, &address)], Some(hold)).await;
    let took = clock::now().mono.since(start.mono);
    assert!(took >= hold, "{took:?}");
    assert_eq!(watches[0].components["door"].state, State::Up);
    listener.set_nonblocking(true).unwrap();
    assert!((0..2).all(|_| listener.accept().is_ok()), "polled again within the time");
}
