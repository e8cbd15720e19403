//! Commands about the server and the connection: `HELLO`, `INFO`, `CLIENT`, `PUBSUB` and their like. Pure.

#![expect(clippy::unnecessary_wraps, reason = "every row of the command table has one signature")]

use std::fmt::Write as _;

use super::command::{Answer, Call, Refusal, TABLE, syntax, wrong_number};
use super::keys::glob;
use super::proto::Reply;

/// The Redis whose behaviour is imitated.
const VERSION: &str = "7.2.5";

fn ok() -> Answer {
    Ok(Reply::Simple("OK"))
}

fn unknown_subcommand(call: &Call<'_>, family: &str) -> Refusal {
    let given = String::from_utf8_lossy(&call.args[1]);
    Refusal(format!("ERR unknown subcommand '{given}'. Try {family} HELP."))
}

pub(crate) fn ping(call: &mut Call<'_>) -> Answer {
    match call.rest(1) {
        [] => Ok(Reply::Simple("PONG")),
        [message] => Ok(Reply::bulk(message)),
        _ => Err(wrong_number("ping")),
    }
}

pub(crate) fn echo(call: &mut Call<'_>) -> Answer {
    Ok(Reply::bulk(&call.args[1]))
}

pub(crate) fn quit(call: &mut Call<'_>) -> Answer {
    call.client.quits = true;
    ok()
}

pub(crate) fn select(call: &mut Call<'_>) -> Answer {
    match call.int(1) {
        Ok(0) => ok(),
        _ => Err(Refusal(String::from("ERR DB index is out of range"))),
    }
}

pub(crate) fn auth(_: &mut Call<'_>) -> Answer {
    let line = "ERR AUTH <password> called without any password configured for the default user. Are you sure your \
                configuration is correct?";
    Err(Refusal(line.to_owned()))
}

pub(crate) fn hello(call: &mut Call<'_>) -> Answer {
    let mut at = 1;
    if call.args.len() > 1 {
        let bad = |_| Refusal(String::from("ERR Protocol version is not an integer or out of range"));
        call.client.resp3 = match call.int(1).map_err(bad)? {
            2 => false,
            3 => true,
            _ => return Err(Refusal(String::from("NOPROTO unsupported protocol version"))),
        };
        at = 2;
    }
    while let Some(option) = call.word(at) {
        match option.as_str() {
            "AUTH" => at += 3,
            "SETNAME" => {
                call.client.name.clone_from(call.args.get(at + 1).ok_or_else(syntax)?);
                at += 2;
            }
            _ => return Err(Refusal(format!("ERR Syntax error in HELLO option '{}'", option.to_lowercase()))),
        }
    }
    let text = |key: &str, value: &str| (Reply::bulk(key), Reply::bulk(value));
    Ok(Reply::Map(vec![
        text("server", "redis"),
        text("version", VERSION),
        (Reply::bulk("proto"), Reply::Int(if call.client.resp3 { 3 } else { 2 })),
        (Reply::bulk("id"), Reply::Int(call.client.id)),
        text("mode", "standalone"),
        text("role", "master"),
        (Reply::bulk("modules"), Reply::Array(Vec::new())),
    ]))
}

pub(crate) fn client(call: &mut Call<'_>) -> Answer {
    match call.word(1).as_deref() {
        Some("SETNAME") => {
            call.client.name.clone_from(call.args.get(2).ok_or_else(|| wrong_number("client|setname"))?);
            ok()
        }
        Some("GETNAME") if call.client.name.is_empty() => Ok(Reply::Nil),
        Some("GETNAME") => Ok(Reply::bulk(&call.client.name)),
        Some("SETINFO" | "NO-EVICT" | "NO-TOUCH") => ok(),
        Some("ID") => Ok(Reply::Int(call.client.id)),
        _ => Err(unknown_subcommand(call, "CLIENT")),
    }
}

/// What `redis-cli` asks when it connects.
pub(crate) fn command(call: &mut Call<'_>) -> Answer {
    match call.word(1).as_deref() {
        Some("COUNT") => Ok(Reply::count(TABLE.len())),
        _ => Ok(Reply::Array(Vec::new())),
    }
}

pub(crate) fn config(call: &mut Call<'_>) -> Answer {
    if call.word(1).as_deref() != Some("GET") {
        return Err(unknown_subcommand(call, "CONFIG"));
    }
    let settings = [
        ("maxmemory", call.redis.facts.maxmemory.to_string()),
        ("appendonly", String::from("no")),
        ("save", String::from("3600 1 300 100 60 10000")),
    ];
    let asked = |name: &str| (2..call.args.len()).any(|at| call.args[at].eq_ignore_ascii_case(name.as_bytes()));
    let told = settings.iter().filter(|(name, _)| asked(name)).map(|(k, v)| (Reply::bulk(k), Reply::bulk(v)));
    Ok(Reply::Map(told.collect()))
}

pub(crate) fn role(_: &mut Call<'_>) -> Answer {
    Ok(Reply::Array(vec![Reply::bulk("master"), Reply::Int(0), Reply::Array(Vec::new())]))
}

pub(crate) fn time(call: &mut Call<'_>) -> Answer {
    let now = call.redis.store.now();
    Ok(Reply::bulks([(now / 1000).to_string(), (now % 1000 * 1000).to_string()]))
}

pub(crate) fn publish(call: &mut Call<'_>) -> Answer {
    let (channel, message) = (call.key().to_vec(), call.args[2].clone());
    let heard = call.redis.channels.get(&channel).copied().unwrap_or(0);
    if heard > 0 {
        call.redis.published.push((channel, message));
    }
    Ok(Reply::Int(heard))
}

pub(crate) fn pubsub(call: &mut Call<'_>) -> Answer {
    let channels = &call.redis.channels;
    match call.word(1).as_deref() {
        Some("NUMPAT") => Ok(Reply::Int(0)),
        Some("CHANNELS") => {
            let pattern = call.args.get(2);
            let heard = channels.iter().filter(|(_, n)| **n > 0).map(|(name, _)| name);
            Ok(Reply::bulks(heard.filter(|name| pattern.is_none_or(|pattern| glob(pattern, name)))))
        }
        Some("NUMSUB") => {
            let told = call
                .rest(2)
                .iter()
                .flat_map(|name| [Reply::bulk(name), Reply::Int(channels.get(name).copied().unwrap_or(0))]);
            Ok(Reply::Array(told.collect()))
        }
        _ => Err(unknown_subcommand(call, "PUBSUB")),
    }
}

pub(crate) fn info(call: &mut Call<'_>) -> Answer {
    let asked: Vec<String> = (1..call.args.len()).filter_map(|at| call.word(at)).collect();
    let all = asked.is_empty() || asked.iter().any(|name| matches!(name.as_str(), "ALL" | "DEFAULT" | "EVERYTHING"));
    let mut text = String::new();
    for (title, lines) in sections(call) {
        let by_name = asked.iter().any(|name| name.eq_ignore_ascii_case(title));
        if by_name || (all && title != "Commandstats") {
            let gap = if text.is_empty() { "" } else { "\r\n" };
            let _ = write!(text, "{gap}# {title}\r\n");
            for (key, value) in lines {
                let _ = write!(text, "{key}:{value}\r\n");
            }
        }
    }
    Ok(Reply::Verbatim(text))
}

type Section = (&'static str, Vec<(String, String)>);

fn sections(call: &Call<'_>) -> Vec<Section> {
    let (facts, store) = (&call.redis.facts, &call.redis.store);
    let used = facts.base_memory + u64::try_from(store.weight()).unwrap_or(u64::MAX);
    let human = |bytes: u64| format!("{:.2}M", bytes as f64 / 1_048_576.0);
    let total: u64 = call.redis.calls().values().sum();
    let section = |title, lines: &[(&str, &str)]| -> Section {
        (title, lines.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    };
    let calls =
        call.redis.calls().iter().map(|(name, n)| (format!("cmdstat_{}", name.to_lowercase()), format!("calls={n}")));
    vec![
        section(
            "Server",
            &[
                ("redis_version", VERSION),
                ("redis_mode", "standalone"),
                ("tcp_port", &facts.port.to_string()),
                ("uptime_in_seconds", &facts.uptime_s.to_string()),
                ("uptime_in_days", &(facts.uptime_s / 86_400).to_string()),
            ],
        ),
        section(
            "Clients",
            &[("connected_clients", &facts.clients.to_string()), ("maxclients", "10000"), ("blocked_clients", "1")],
        ),
        section(
            "Memory",
            &[
                ("used_memory", &used.to_string()),
                ("used_memory_human", &human(used)),
                ("used_memory_rss", &(used + used / 4).to_string()),
                ("used_memory_peak", &(used + used / 10).to_string()),
                ("maxmemory", &facts.maxmemory.to_string()),
                ("maxmemory_human", &human(facts.maxmemory)),
                ("maxmemory_policy", "noeviction"),
                ("mem_fragmentation_ratio", "1.25"),
            ],
        ),
        section(
            "Persistence",
            &[
                ("loading", "0"),
                ("async_loading", "0"),
                ("rdb_changes_since_last_save", "42"),
                ("rdb_bgsave_in_progress", "0"),
                ("rdb_last_save_time", &facts.last_save_s.to_string()),
                ("rdb_last_bgsave_status", "ok"),
                ("aof_enabled", "0"),
                ("aof_last_write_status", "ok"),
            ],
        ),
        section(
            "Stats",
            &[
                ("total_commands_processed", &total.to_string()),
                ("rejected_connections", "0"),
                ("expired_keys", "0"),
                ("evicted_keys", "0"),
            ],
        ),
        section("Replication", &[("role", "master"), ("connected_slaves", "0"), ("master_repl_offset", "0")]),
        section("CPU", &[("used_cpu_sys", "12.318"), ("used_cpu_user", "18.094")]),
        ("Commandstats", calls.collect()),
        section("Cluster", &[("cluster_enabled", "0")]),
        section("Keyspace", &[("db0", &format!("keys={},expires=0,avg_ttl=0", store.len()))]),
    ]
}
