//! The real Redis of the tests: started, stopped, killed, frozen, restarted on its port, listened to.

use std::io::{ErrorKind, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::support::redis_server::Redis;
use crate::support::tcp_stub::silence;

#[test]
fn it_forgets_over_a_restart_unless_it_is_persistent() {
    for (mut redis, expected) in [(Redis::start(), None), (Redis::persistent(), Some("v".to_owned()))] {
        let url = redis.url();
        redis.call::<()>(&["SET", "k", "v"]);
        redis.kill_hard();
        assert!(TcpStream::connect(("127.0.0.1", redis.port())).is_err(), "refused while it is down");
        redis.restart();
        assert_eq!(redis.url(), url);
        assert_eq!(redis.call::<Option<String>>(&["GET", "k"]), expected);
    }
}

#[test]
fn a_user_may_do_what_its_rules_say_also_after_a_restart() {
    let mut redis = Redis::start();
    let url = redis.acl("watcher", "secret", &["~*", "&*", "+@read", "+@connection"]);
    redis.restart();
    let mut connection = redis::Client::open(url).unwrap().get_connection().unwrap();
    assert_eq!(redis::cmd("LLEN").arg("q").query::<u64>(&mut connection).unwrap(), 0);
    let error = redis::cmd("SET").arg("a").arg("b").query::<()>(&mut connection).unwrap_err();
    assert_eq!(error.code(), Some("NOPERM"));
}

#[test]
fn a_frozen_server_accepts_and_stays_silent_until_it_is_resumed() {
    let redis = Redis::start();
    let mut connection = TcpStream::connect(("127.0.0.1", redis.port())).unwrap();
    redis.pause();
    connection.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    connection.write_all(b"PING\r\n").unwrap();
    assert_eq!(silence(&mut connection), ErrorKind::WouldBlock);
    redis.resume();
    assert_eq!(redis.call::<String>(&["PING"]), "PONG");
}

#[test]
fn the_monitor_tells_which_commands_were_executed() {
    let redis = Redis::with(&["--maxclients", "20"]);
    assert_eq!(redis.call::<Vec<String>>(&["CONFIG", "GET", "maxclients"])[1], "20");
    let monitor = redis.monitor();
    redis.call::<()>(&["SET", "k", "v \"quoted\""]);
    redis.call::<Option<String>>(&["GET", "last"]);
    monitor.wait_line("\"last\"");
    let commands = monitor.commands();
    assert!(commands.contains(&"SET".to_owned()) && commands.contains(&"GET".to_owned()), "{commands:?}");
}

#[test]
fn dropping_it_ends_it() {
    let redis = Redis::start();
    let (port, pid) = (redis.port(), redis.pid().unwrap());
    redis.pause();
    drop(redis);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists());
}
