//! The server over a real socket, asked by the client that the product uses.

use std::sync::Mutex;
use std::time::Duration;

use redis::AsyncCommands as _;
use tokio::sync::watch;

use super::super::door::Way;
use super::command::Redis;
use super::*;

struct Plain(Mutex<Redis>);

impl Host for Plain {
    fn call(&self, client: &mut Client, args: &[Blob]) -> Reply {
        self.0.lock().unwrap().call(client, args)
    }
}

struct Running {
    port: u16,
    turn: watch::Sender<Way>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn start() -> Running {
    let (turn, way) = watch::channel(Way::Open);
    let door = Door::new(way).unwrap();
    let port = door.address().port();
    let task = tokio::spawn(serve(door, Arc::new(Plain(Mutex::default()))));
    Running { port, turn, task }
}

async fn connect(port: u16, query: &str) -> redis::RedisResult<redis::aio::MultiplexedConnection> {
    redis::Client::open(format!("redis://127.0.0.1:{port}/0{query}"))?.get_multiplexed_async_connection().await
}

/// Connects as soon as the door is open.
async fn connect_soon(port: u16, query: &str) -> redis::aio::MultiplexedConnection {
    let attempts = async {
        loop {
            if let Ok(connection) = connect(port, query).await {
                return connection;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), attempts).await.unwrap()
}

#[tokio::test]
async fn the_real_client_reads_and_writes_in_both_protocols() {
    let server = start();
    for query in ["", "?protocol=resp3"] {
        let mut redis = connect_soon(server.port, query).await;
        let () = redis.del("z").await.unwrap();
        let (added, card, with_scores, info): (i64, i64, Vec<(String, f64)>, redis::InfoDict) = redis::pipe()
            .atomic()
            .zadd("z", "a", 1.25)
            .zcard("z")
            .zrange_withscores("z", 0, -1)
            .cmd("INFO")
            .query_async(&mut redis)
            .await
            .unwrap();
        assert_eq!((added, card, with_scores), (1, 1, vec![("a".to_owned(), 1.25)]), "{query}");
        assert_eq!(info.get::<String>("role").unwrap(), "master");
        let () = redis.hset("h", "f", b"\x80\x02\xff".as_slice()).await.unwrap();
        let hash: std::collections::HashMap<String, Vec<u8>> = redis.hgetall("h").await.unwrap();
        assert_eq!(hash["f"], b"\x80\x02\xff");
        let wrong: redis::RedisResult<i64> = redis.llen("z").await;
        assert_eq!(wrong.unwrap_err().code(), Some("WRONGTYPE"));
        let (cursor, keys): (u64, Vec<String>) = redis::cmd("SCAN")
            .arg(0)
            .arg("MATCH")
            .arg("h*")
            .arg("COUNT")
            .arg(50)
            .query_async(&mut redis)
            .await
            .unwrap();
        assert_eq!((cursor, keys), (0, vec!["h".to_owned()]));
    }
}

#[tokio::test]
async fn down_means_refused_and_cut_and_back_on_the_same_port() {
    let server = start();
    let mut redis = connect_soon(server.port, "").await;
    server.turn.send_replace(Way::Shut);
    let lost: redis::RedisResult<String> = redis::cmd("PING").query_async(&mut redis).await;
    assert!(lost.unwrap_err().is_io_error());
    assert!(connect(server.port, "").await.unwrap_err().is_connection_refusal());
    server.turn.send_replace(Way::Open);
    let mut again = connect_soon(server.port, "").await;
    let pong: String = redis::cmd("PING").query_async(&mut again).await.unwrap();
    assert_eq!(pong, "PONG");
}
