//! What the dashboard looks at while it is measured: a Redis with rq's keys, an endpoint, some that hang.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use crate::support::redis_server::Redis;

/// Fills a Redis as rq 3.0 would: queues, workers, jobs spread over queues and failed registries.
pub(crate) fn rq(redis: &Redis, queues: usize, workers: usize, jobs: usize) {
    let mut connection = redis.connection();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let beat = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.000000Z").to_string();
    let mut pipe = redis::pipe();
    for n in 0..queues {
        pipe.cmd("SADD").arg("rq:queues").arg(format!("rq:queue:queue-{n}")).ignore();
        for j in 0..jobs / queues {
            let id = format!("job-{n}-{j}");
            let key = format!("rq:job:{id}");
            pipe.cmd("HSET").arg(key).arg(&["status", "queued", "enqueued_at", &beat, "description", "f()"]).ignore();
            if j % 2 == 0 {
                pipe.cmd("RPUSH").arg(format!("rq:queue:queue-{n}")).arg(&id).ignore();
            } else {
                pipe.cmd("ZADD").arg(format!("rq:finished:queue-{n}")).arg(now + 500).arg(&id).ignore();
            }
        }
    }
    for n in 0..workers {
        let name = format!("rq:worker:worker-{n}");
        pipe.cmd("SADD").arg("rq:workers").arg(&name).ignore();
        let fields =
            ["birth", &beat, "last_heartbeat", &beat, "queues", "queue-0", "state", "idle", "version", "3.0.0"];
        pipe.cmd("HSET").arg(&name).arg(&fields).ignore();
        pipe.cmd("EXPIRE").arg(&name).arg(480).ignore();
    }
    pipe.query::<()>(&mut connection).unwrap();
}

/// An address that accepts and never answers, for as long as the measuring lasts.
pub(crate) fn hanging() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || listener.incoming().flatten().take(10_000).collect::<Vec<_>>());
    address
}

/// A system of one Redis, its rq and one endpoint; with an address that hangs, ten more endpoints there.
pub(crate) fn system(home: &Path, redis: &Redis, health: &str, hanging: Option<&str>) -> PathBuf {
    let endpoint = |id: &str, url: &str| {
        format!("[component.{id}]\nevery = \"1s\"\ntimeout = \"1s\"\nprobe.http = {{ url = \"{url}\" }}\n")
    };
    let mut text = rq_text(&redis.url()) + &endpoint("api", health);
    if let Some(at) = hanging {
        text.extend((0..10).map(|n| endpoint(&format!("hang{n}"), &format!("http://{at}/{n}"))));
    }
    let path = home.join(if hanging.is_some() { "hanging.toml" } else { "bench.toml" });
    fs::write(&path, text).unwrap();
    path
}

/// A system of rq alone.
pub(crate) fn rq_only(home: &Path, url: &str) -> PathBuf {
    let path = home.join("rq.toml");
    fs::write(&path, rq_text(url)).unwrap();
    path
}

fn rq_text(url: &str) -> String {
    format!(
        "title = \"Bench\"\n\
         [panel.queues]\ntitle = \"Queues\"\nkind = \"queues\"\ncomponent = \"queue\"\n\
         [panel.services]\ntitle = \"Services\"\nkind = \"services\"\n\
         [component.queue]\nevery = \"1s\"\ntimeout = \"1s\"\nprobe.rq = {{ url = \"{url}\" }}\n"
    )
}

/// Bytes that the server has sent so far.
pub(crate) fn bytes_out(redis: &Redis) -> usize {
    let stats: String = redis.call(&["INFO", "stats"]);
    let line = stats.lines().find_map(|line| line.strip_prefix("total_net_output_bytes:")).unwrap();
    line.parse().unwrap()
}

/// How often `SMEMBERS` was asked for so far: once a poll.
pub(crate) fn polls(redis: &Redis) -> usize {
    let commands: String = redis.call(&["INFO", "commandstats"]);
    let name = "cmdstat_smembers:calls=";
    let Some(line) = commands.lines().find(|line| line.starts_with(name)) else { return 0 };
    let digits: String = line[name.len()..].chars().take_while(char::is_ascii_digit).collect();
    digits.parse::<usize>().unwrap() / 2
}
