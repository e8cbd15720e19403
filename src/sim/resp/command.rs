//! The command table and how a request is carried out: look-up, arity, `MULTI`, errors in Redis' own words. Pure.
//!
//! One row per command; the functions live in the file of their kind of value.

use std::collections::BTreeMap;

use super::proto::Reply;
use super::store::{Blob, Store, WrongType};
use super::{hashes, keys, lists, scripts, server, sets, sorted, streams, strings};

/// The simulated server: what it holds and what it tells of itself.
#[derive(Debug, Default)]
pub(crate) struct Redis {
    /// The key space.
    pub(crate) store: Store,
    /// What `INFO` tells.
    pub(crate) facts: Facts,
    /// Subscribers per channel.
    pub(crate) channels: BTreeMap<Blob, i64>,
    /// What was published and not yet taken by the world: channel and message.
    pub(crate) published: Vec<(Blob, Blob)>,
    calls: BTreeMap<&'static str, u64>,
}

/// What the server tells of itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    /// Seconds since it started.
    pub(crate) uptime_s: u64,
    /// Bytes in use besides the keys.
    pub(crate) base_memory: u64,
    /// The limit in bytes; 0 is none.
    pub(crate) maxmemory: u64,
    /// Clients that the world imagines besides the real connections.
    pub(crate) clients: u64,
    /// The port it listens on.
    pub(crate) port: u16,
    /// Seconds since 1970 of the last dump.
    pub(crate) last_save_s: i64,
}

/// One connection.
#[derive(Debug, Default)]
pub(crate) struct Client {
    /// Its number.
    pub(crate) id: i64,
    /// Whether it asked for RESP3.
    pub(crate) resp3: bool,
    /// The name it gave itself.
    pub(crate) name: Blob,
    /// Ends after this reply.
    pub(crate) quits: bool,
    queued: Option<Vec<Vec<Blob>>>,
    queue_broken: bool,
    watched: Vec<(Blob, u64)>,
}

impl Client {
    /// A fresh connection.
    pub(crate) fn new(id: i64) -> Self {
        Self { id, ..Self::default() }
    }
}

/// Why a command is refused: the whole error line.
#[derive(Debug)]
pub(crate) struct Refusal(pub(crate) String);

impl From<WrongType> for Refusal {
    fn from(_: WrongType) -> Self {
        Self(String::from("WRONGTYPE Operation against a key holding the wrong kind of value"))
    }
}

/// A syntax error.
pub(crate) fn syntax() -> Refusal {
    Refusal(String::from("ERR syntax error"))
}

/// What a command answers.
pub(crate) type Answer = Result<Reply, Refusal>;

/// A command being carried out.
pub(crate) struct Call<'a> {
    /// The server.
    pub(crate) redis: &'a mut Redis,
    /// Who asks.
    pub(crate) client: &'a mut Client,
    /// All words, the command's name first; their number fits the arity.
    pub(crate) args: &'a [Blob],
}

impl Call<'_> {
    /// The key, where it is the first argument.
    pub(crate) fn key(&self) -> &[u8] {
        &self.args[1]
    }

    /// The arguments from `from` on.
    pub(crate) fn rest(&self, from: usize) -> &[Blob] {
        self.args.get(from..).unwrap_or(&[])
    }

    /// An argument in capitals, for options.
    pub(crate) fn word(&self, at: usize) -> Option<String> {
        self.args.get(at).map(|arg| String::from_utf8_lossy(arg).to_uppercase())
    }

    /// An integer argument.
    pub(crate) fn int(&self, at: usize) -> Result<i64, Refusal> {
        let text = self.args.get(at).ok_or_else(syntax)?;
        let number = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
        number.ok_or_else(|| Refusal(String::from("ERR value is not an integer or out of range")))
    }

    /// A float argument.
    pub(crate) fn float(&self, at: usize) -> Result<f64, Refusal> {
        let text = self.args.get(at).ok_or_else(syntax)?;
        let number = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).filter(|n: &f64| !n.is_nan());
        number.ok_or_else(|| Refusal(String::from("ERR value is not a valid float")))
    }
}

/// A row of the table.
pub(crate) struct Command {
    /// Its name in capitals.
    pub(crate) name: &'static str,
    /// Words it takes, its name included; negative: at least so many.
    pub(crate) arity: i64,
    run: fn(&mut Call<'_>) -> Answer,
}

const fn row(name: &'static str, arity: i64, run: fn(&mut Call<'_>) -> Answer) -> Command {
    Command { name, arity, run }
}

/// Every command that the simulated server knows.
pub(crate) static TABLE: &[Command] = &[
    row("AUTH", -2, server::auth),
    row("CLIENT", -2, server::client),
    row("COMMAND", -1, server::command),
    row("CONFIG", -2, server::config),
    row("DBSIZE", 1, keys::dbsize),
    row("DEL", -2, keys::del),
    row("ECHO", 2, server::echo),
    row("EVAL", -3, scripts::eval),
    row("EXISTS", -2, keys::exists),
    row("EXPIRE", -3, keys::expire),
    row("EXPIREAT", -3, keys::expireat),
    row("EXPIRETIME", 2, keys::expiretime),
    row("GET", 2, strings::get),
    row("HDEL", -3, hashes::hdel),
    row("HELLO", -1, server::hello),
    row("HEXISTS", 3, hashes::hexists),
    row("HGET", 3, hashes::hget),
    row("HGETALL", 2, hashes::hgetall),
    row("HLEN", 2, hashes::hlen),
    row("HMGET", -3, hashes::hmget),
    row("HSET", -4, hashes::hset),
    row("INFO", -1, server::info),
    row("LINDEX", 3, lists::lindex),
    row("LLEN", 2, lists::llen),
    row("LMOVE", 5, lists::lmove),
    row("LPOP", 2, lists::lpop),
    row("LPUSH", -3, lists::lpush),
    row("LRANGE", 4, lists::lrange),
    row("LREM", 4, lists::lrem),
    row("MGET", -2, strings::mget),
    row("PERSIST", 2, keys::persist),
    row("PEXPIRE", -3, keys::pexpire),
    row("PEXPIRETIME", 2, keys::pexpiretime),
    row("PING", -1, server::ping),
    row("PTTL", 2, keys::pttl),
    row("PUBLISH", 3, server::publish),
    row("PUBSUB", -2, server::pubsub),
    row("QUIT", -1, server::quit),
    row("ROLE", 1, server::role),
    row("RPOP", 2, lists::rpop),
    row("RPUSH", -3, lists::rpush),
    row("SADD", -3, sets::sadd),
    row("SCAN", -2, keys::scan),
    row("SCARD", 2, sets::scard),
    row("SELECT", 2, server::select),
    row("SET", -3, strings::set),
    row("SISMEMBER", 3, sets::sismember),
    row("SMEMBERS", 2, sets::smembers),
    row("SREM", -3, sets::srem),
    row("STRLEN", 2, strings::strlen),
    row("TIME", 1, server::time),
    row("TTL", 2, keys::ttl),
    row("TYPE", 2, keys::kind),
    row("UNLINK", -2, keys::del),
    row("XLEN", 2, streams::xlen),
    row("XRANGE", -4, streams::xrange),
    row("XREVRANGE", -4, streams::xrevrange),
    row("ZADD", -4, sorted::zadd),
    row("ZCARD", 2, sorted::zcard),
    row("ZCOUNT", 4, sorted::zcount),
    row("ZRANGE", -4, sorted::zrange),
    row("ZRANGEBYSCORE", -4, sorted::zrangebyscore),
    row("ZREM", -3, sorted::zrem),
    row("ZREMRANGEBYSCORE", 4, sorted::zremrangebyscore),
    row("ZREVRANGE", -4, sorted::zrevrange),
    row("ZSCORE", 3, sorted::zscore),
];

impl Redis {
    /// Carries out one request.
    pub(crate) fn call(&mut self, client: &mut Client, args: &[Blob]) -> Reply {
        let Some(name) = args.first().map(|name| String::from_utf8_lossy(name).to_uppercase()) else {
            return Reply::Error(String::from("ERR unknown command ''"));
        };
        match (name.as_str(), client.queued.is_some()) {
            ("EXEC", _) => return self.exec(client),
            ("MULTI", _) => return multi(client),
            ("DISCARD", _) => return discard(client),
            ("WATCH", false) => return self.watch(client, &args[1..]),
            ("WATCH", true) => return error("ERR WATCH inside MULTI is not allowed"),
            ("UNWATCH", false) => {
                client.watched.clear();
                return Reply::Simple("OK");
            }
            _ => {}
        }
        let command = match find(&name, args) {
            Ok(command) => command,
            Err(Refusal(line)) => {
                client.queue_broken |= client.queued.is_some();
                return Reply::Error(line);
            }
        };
        if let Some(queued) = &mut client.queued {
            queued.push(args.to_vec());
            return Reply::Simple("QUEUED");
        }
        self.run(command, client, args)
    }

    fn run(&mut self, command: &Command, client: &mut Client, args: &[Blob]) -> Reply {
        *self.calls.entry(command.name).or_insert(0) += 1;
        (command.run)(&mut Call { redis: self, client, args }).unwrap_or_else(|Refusal(line)| Reply::Error(line))
    }

    /// How often each command was carried out, by name.
    pub(crate) fn calls(&self) -> &BTreeMap<&'static str, u64> {
        &self.calls
    }

    fn watch(&self, client: &mut Client, keys: &[Blob]) -> Reply {
        client.watched.extend(keys.iter().map(|key| (key.clone(), self.store.revision(key))));
        Reply::Simple("OK")
    }

    fn exec(&mut self, client: &mut Client) -> Reply {
        let Some(queued) = client.queued.take() else { return error("ERR EXEC without MULTI") };
        let watched = std::mem::take(&mut client.watched);
        if std::mem::take(&mut client.queue_broken) {
            return error("EXECABORT Transaction discarded because of previous errors.");
        }
        if watched.iter().any(|(key, revision)| self.store.revision(key) != *revision) {
            return Reply::NilArray;
        }
        let replies = queued.iter().map(|args| {
            let name = args.first().map(|name| String::from_utf8_lossy(name).to_uppercase()).unwrap_or_default();
            match find(&name, args) {
                Ok(command) => self.run(command, client, args),
                Err(Refusal(line)) => Reply::Error(line),
            }
        });
        Reply::Array(replies.collect())
    }
}

fn multi(client: &mut Client) -> Reply {
    if client.queued.is_some() {
        return error("ERR MULTI calls can not be nested");
    }
    client.queued = Some(Vec::new());
    Reply::Simple("OK")
}

fn discard(client: &mut Client) -> Reply {
    client.watched.clear();
    client.queue_broken = false;
    if client.queued.take().is_none() {
        return error("ERR DISCARD without MULTI");
    }
    Reply::Simple("OK")
}

fn error(line: &str) -> Reply {
    Reply::Error(line.to_owned())
}

/// The row of a command whose arity fits.
fn find(name: &str, args: &[Blob]) -> Result<&'static Command, Refusal> {
    let Some(command) = TABLE.iter().find(|command| command.name == name) else {
        let given = String::from_utf8_lossy(&args[0]).into_owned();
        let begin = args[1..].iter().take(20).fold(String::new(), |all, arg| all + &quoted(arg));
        return Err(Refusal(format!("ERR unknown command '{given}', with args beginning with: {begin}")));
    };
    let words = i64::try_from(args.len()).unwrap_or(i64::MAX);
    let fits = if command.arity < 0 { words >= -command.arity } else { words == command.arity };
    if fits { Ok(command) } else { Err(wrong_number(&name.to_lowercase())) }
}

fn quoted(arg: &[u8]) -> String {
    format!("'{}' ", String::from_utf8_lossy(arg))
}

/// Too few or too many words.
pub(crate) fn wrong_number(name: &str) -> Refusal {
    Refusal(format!("ERR wrong number of arguments for '{name}' command"))
}

#[cfg(test)]
mod tests;
