//! Command by command, as a client sees it on a RESP2 wire.

use super::*;

/// Sends lines as one client; arguments are split at spaces. Answers are the RESP2 bytes with `|` for the line ends.
fn talk(redis: &mut Redis, lines: &[(&str, &str)]) {
    let mut client = Client::default();
    for (line, expected) in lines {
        let args: Vec<Blob> = line.split(' ').map(|word| word.as_bytes().to_vec()).collect();
        let mut out = Vec::new();
        redis.call(&mut client, &args).write(client.resp3, &mut out);
        let told = String::from_utf8(out).unwrap().replace("\r\n", "|");
        assert_eq!(told, *expected, "{line}");
    }
}

fn redis() -> Redis {
    let mut redis = Redis::default();
    redis.store.at(1_000_000);
    redis
}

#[test]
fn strings_and_keys() {
    talk(
        &mut redis(),
        &[
            ("GET a", "$-1|"),
            ("SET a 1 EX 10", "+OK|"),
            ("SET a 2 NX", "$-1|"),
            ("SET a 2 XX KEEPTTL", "+OK|"),
            ("TTL a", ":10|"),
            ("PTTL a", ":10000|"),
            ("MGET a b", "*2|$1|2|$-1|"),
            ("TYPE a", "+string|"),
            ("EXISTS a a b", ":2|"),
            ("PEXPIRETIME a", ":1010000|"),
            ("EXPIRETIME a", ":1010|"),
            ("PERSIST a", ":1|"),
            ("TTL a", ":-1|"),
            ("EXPIRE a 100", ":1|"),
            ("DEL a b", ":1|"),
            ("TTL a", ":-2|"),
            ("SET a 1 EX", "-ERR syntax error|"),
            ("SET a 1 EX x", "-ERR value is not an integer or out of range|"),
        ],
    );
}

#[test]
fn expired_keys_are_gone() {
    let mut redis = redis();
    talk(&mut redis, &[("SET a 1 EX 10", "+OK|"), ("SADD s x", ":1|"), ("EXPIRE s 10", ":1|")]);
    redis.store.at(1_010_000);
    redis.store.purge();
    talk(&mut redis, &[("EXISTS a s", ":0|"), ("SADD s y", ":1|"), ("SMEMBERS s", "*1|$1|y|"), ("TTL s", ":-1|")]);
}

#[test]
fn lists() {
    talk(
        &mut redis(),
        &[
            ("RPUSH l a b c a", ":4|"),
            ("LPUSH l x", ":5|"),
            ("LRANGE l 0 -1", "*5|$1|x|$1|a|$1|b|$1|c|$1|a|"),
            ("LRANGE l 1 2", "*2|$1|a|$1|b|"),
            ("LRANGE l 7 9", "*0|"),
            ("LINDEX l -1", "$1|a|"),
            ("LINDEX l 5", "$-1|"),
            ("LREM l -1 a", ":1|"),
            ("LMOVE l m LEFT RIGHT", "$1|x|"),
            ("LMOVE none m LEFT RIGHT", "$-1|"),
            ("LLEN l", ":3|"),
            ("LREM m 0 x", ":1|"),
            ("EXISTS m", ":0|"),
            ("SCARD l", "-WRONGTYPE Operation against a key holding the wrong kind of value|"),
        ],
    );
}

#[test]
fn sets_and_hashes() {
    talk(
        &mut redis(),
        &[
            ("SADD s a b a", ":2|"),
            ("SISMEMBER s a", ":1|"),
            ("SREM s a b", ":2|"),
            ("SCARD s", ":0|"),
            ("HSET h f 1 g 2", ":2|"),
            ("HSET h f 3", ":0|"),
            ("HSET h f", "-ERR wrong number of arguments for 'hset' command|"),
            ("HGET h f", "$1|3|"),
            ("HMGET h g x", "*2|$1|2|$-1|"),
            ("HGETALL h", "*4|$1|f|$1|3|$1|g|$1|2|"),
            ("HEXISTS h x", ":0|"),
            ("HDEL h f g", ":2|"),
            ("TYPE h", "+none|"),
        ],
    );
}

#[test]
fn sorted_sets() {
    talk(
        &mut redis(),
        &[
            ("ZADD z 1 a 2 b 3 c", ":3|"),
            ("ZADD z CH 5 a 2 b", ":1|"),
            ("ZADD z NX 9 a", ":0|"),
            ("ZCARD z", ":3|"),
            ("ZSCORE z a", "$1|5|"),
            ("ZRANGE z 0 -1 WITHSCORES", "*6|$1|b|$1|2|$1|c|$1|3|$1|a|$1|5|"),
            ("ZRANGE z 0 0 REV", "*1|$1|a|"),
            ("ZREVRANGE z 0 1", "*2|$1|a|$1|c|"),
            ("ZRANGE z -inf (5 BYSCORE LIMIT 1 5", "*1|$1|c|"),
            ("ZRANGE z +inf 3 BYSCORE REV", "*2|$1|a|$1|c|"),
            ("ZCOUNT z (2 +inf", ":2|"),
            ("ZRANGEBYSCORE z 0 3 LIMIT 0 1", "*1|$1|b|"),
            ("ZREMRANGEBYSCORE z 0 3", ":2|"),
            ("ZREM z a", ":1|"),
            ("ZADD z x a", "-ERR value is not a valid float|"),
            ("ZCOUNT z x 1", "-ERR min or max is not a float|"),
        ],
    );
}

#[test]
fn transactions() {
    let mut redis = redis();
    talk(
        &mut redis,
        &[
            ("MULTI", "+OK|"),
            ("MULTI", "-ERR MULTI calls can not be nested|"),
            ("SET a 1", "+QUEUED|"),
            ("LLEN a", "+QUEUED|"),
            ("EXEC", "*2|+OK|-WRONGTYPE Operation against a key holding the wrong kind of value|"),
            ("EXEC", "-ERR EXEC without MULTI|"),
            ("MULTI", "+OK|"),
            ("NOSUCH x", "-ERR unknown command 'NOSUCH', with args beginning with: 'x' |"),
            ("EXEC", "-EXECABORT Transaction discarded because of previous errors.|"),
            ("WATCH a", "+OK|"),
            ("SET a 2", "+OK|"),
            ("MULTI", "+OK|"),
            ("GET a", "+QUEUED|"),
            ("EXEC", "*-1|"),
            ("DISCARD", "-ERR DISCARD without MULTI|"),
        ],
    );
}

#[test]
fn connection_words() {
    let mut redis = redis();
    redis.channels.insert(b"rq:pubsub:w".to_vec(), 1);
    talk(
        &mut redis,
        &[
            ("PING", "+PONG|"),
            ("ping x", "$1|x|"),
            ("SELECT 0", "+OK|"),
            ("SELECT 99", "-ERR DB index is out of range|"),
            ("CLIENT SETINFO LIB-NAME x", "+OK|"),
            ("CLIENT GETNAME", "$-1|"),
            ("CLIENT WHAT", "-ERR unknown subcommand 'WHAT'. Try CLIENT HELP.|"),
            ("PUBSUB NUMSUB rq:pubsub:w x", "*4|$11|rq:pubsub:w|:1|$1|x|:0|"),
            ("PUBSUB CHANNELS rq:pubsub:*", "*1|$11|rq:pubsub:w|"),
            ("PUBSUB CHANNELS x*", "*0|"),
            ("PUBLISH rq:pubsub:w hello", ":1|"),
            ("PUBLISH x hello", ":0|"),
            ("GET", "-ERR wrong number of arguments for 'get' command|"),
            ("HELLO 4", "-NOPROTO unsupported protocol version|"),
            (
                "HELLO 3",
                "%7|$6|server|$5|redis|$7|version|$5|7.2.5|$5|proto|:3|$2|id|:0|$4|mode|$10|standalone|$4|role|$6|master|$7|modules|*0|",
            ),
            ("SMEMBERS none", "~0|"),
        ],
    );
    assert_eq!(redis.published.len(), 1, "only what somebody hears is kept");
}

#[test]
fn scan_tells_every_lasting_key_once_while_others_vanish() {
    let mut redis = redis();
    for n in 0..100 {
        redis.store.put(format!("k{n}"), Vec::from(*b"x"));
    }
    let (mut cursor, mut seen) = (0, Vec::new());
    for page in 0.. {
        let (next, keys) = redis.store.scan(cursor, 7);
        seen.extend(keys.into_iter().cloned());
        redis.store.remove(format!("k{page}"));
        cursor = next;
        if next == 0 {
            break;
        }
    }
    let lasting = (50..100).map(|n| format!("k{n}").into_bytes());
    for key in lasting {
        assert_eq!(seen.iter().filter(|other| **other == key).count(), 1);
    }
}

#[test]
fn info_by_section() {
    let mut redis = redis();
    redis.facts = Facts { maxmemory: 1024, uptime_s: 90_000, ..Facts::default() };
    let mut client = Client::default();
    let mut info = |args: &[&str]| {
        let args: Vec<Blob> = args.iter().map(|arg| arg.as_bytes().to_vec()).collect();
        let Reply::Verbatim(text) = redis.call(&mut client, &args) else { panic!("INFO answers text") };
        text
    };
    let memory = info(&["INFO", "memory"]);
    assert!(memory.starts_with("# Memory\r\nused_memory:"), "{memory}");
    assert!(memory.contains("maxmemory:1024\r\n") && !memory.contains("# Server"), "{memory}");
    let all = info(&["INFO"]);
    for line in ["uptime_in_days:1", "role:master", "loading:0", "rdb_last_bgsave_status:ok", "# Keyspace"] {
        assert!(all.contains(line), "{line}");
    }
    assert!(info(&["INFO", "commandstats"]).contains("cmdstat_info:calls=3"));
}
