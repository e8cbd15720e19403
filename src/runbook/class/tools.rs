//! Programs with subcommands: which of them read.

use crate::runbook::class::Effect;
use crate::runbook::class::program::{Call, follows};

pub(super) fn effect(call: &Call<'_>) -> Option<Effect> {
    let name = call.name();
    let path = call.path();
    let first = path.first().copied().unwrap_or_default();
    let second = path.get(1).copied().unwrap_or_default();
    let tail = tails(call);
    Some(match name {
        "systemctl" if first.is_empty() => Effect::reads("systemctl lists units"),
        "systemctl" => systemctl(first),
        "service" => verb(name, second, &["status"]),
        "docker" | "podman" => docker(call, first, second, tail),
        "docker-compose" => compose(call, first, tail),
        "kubectl" | "oc" => kubectl(first, second, tail),
        "git" => git(call, first, second, path.len()),
        "redis-cli" | "valkey-cli" => redis(call),
        "rq" => match first {
            "info" if call.any(|word| word.starts_with("--interval") || word == "-i") => follows("rq info --interval"),
            "info" => Effect::reads("rq info reads queues and workers"),
            "worker" | "worker-pool" | "scheduler" => Effect::never("a worker never ends: start it by its supervisor"),
            "empty" => Effect::destroys("destructive: takes all jobs of a queue away"),
            other => changes(name, other),
        },
        "gh" => match first {
            "api"
                if call.any(|word| {
                    matches!(word, "-X" | "--method" | "-f" | "-F" | "--field" | "--raw-field" | "--input")
                }) =>
            {
                Effect::changes("gh api sends something")
            }
            "api" | "status" | "version" => Effect::reads("gh reads only"),
            "run" if second == "watch" => follows("gh run watch"),
            _ => verb(name, second, &["list", "view", "status", "diff", "checks", "ls"]),
        },
        "vercel" | "now" => match first {
            "logs" => follows("vercel logs"),
            "env" | "domains" | "alias" | "dns" | "teams" | "projects" | "project" | "certs" => {
                verb(name, second, &["ls", "list", "inspect"])
            }
            _ => verb(name, first, &["ls", "list", "inspect", "whoami"]),
        },
        "railway" => match first {
            "logs" => follows("railway logs"),
            _ => verb(name, first, &["status", "whoami", "list"]),
        },
        "heroku" | "fly" | "flyctl" | "render" | "netlify" => match first {
            "logs" => follows("logs"),
            _ => verb(name, first, &["ps", "status", "releases", "info", "list", "services"]),
        },
        "gcloud" | "gsutil" | "aws" | "az" | "bq" => cloud(call, &path),
        "npm" | "pnpm" | "yarn" | "bun" => match first {
            "audit" if call.has(&["--fix"]) || second == "fix" => changes(name, "audit fix"),
            _ => verb(name, first, &["outdated", "ls", "list", "view", "audit", "why", "explain", "doctor"]),
        },
        "pip" | "pip3" => verb(name, first, &["list", "show", "freeze", "check"]),
        "helm" => match first {
            "uninstall" | "delete" => Effect::destroys("destructive: takes the release away"),
            _ => verb(name, first, &["list", "ls", "status", "history", "version"]),
        },
        "terraform" | "tofu" => match first {
            "destroy" => Effect::destroys("destructive: terraform destroy"),
            _ => verb(name, first, &["validate", "version", "providers"]),
        },
        "celery" => match first {
            "inspect" | "status" | "report" => Effect::reads(format!("celery {first} reads only")),
            "purge" => Effect::destroys("destructive: takes all waiting tasks away"),
            other => changes(name, other),
        },
        "rabbitmqctl" | "rabbitmq-diagnostics" => {
            if first.starts_with("list_") || matches!(first, "status" | "cluster_status" | "ping" | "report") {
                Effect::reads(format!("{name} {first} reads only"))
            } else {
                changes(name, first)
            }
        }
        "etcdctl" => match (first, second) {
            ("get" | "version", _) | ("endpoint" | "member", "health" | "status" | "list") => {
                Effect::reads(format!("etcdctl {first} reads only"))
            }
            _ => changes(name, first),
        },
        "consul" | "nomad" | "zpool" | "ufw" => verb(name, first, &["members", "info", "status", "version"]),
        "apt" | "dpkg" | "rpm" => {
            if first == "list" || first == "show" || call.any(|word| matches!(word, "-l" | "-s" | "-L" | "-q" | "-qa"))
            {
                Effect::reads(format!("{name} reads only"))
            } else {
                changes(name, first)
            }
        }
        "supervisorctl" | "pm2" => match first {
            "logs" | "tail" if tail || name == "pm2" => follows("logs"),
            _ => verb(name, first, &["status", "list", "ls", "show", "describe", "pid", "avail", "tail"]),
        },
        "http" | "https" | "xh" => {
            let has_header = path.iter().any(|word| word.contains(':') && !word.contains("://")) || call.flag('a');
            if has_header && (call.flag('v') || call.has(&["--verbose", "--print=H", "--print=HB"])) {
                Effect::never("-v prints the request's headers with their keys")
            } else if call.flag('d') || call.has(&["--download", "-o", "--output"]) {
                Effect::changes("writes a file")
            } else if path.iter().any(|word| word.contains('=') || matches!(*word, "POST" | "PUT" | "PATCH" | "DELETE"))
            {
                Effect::changes("a request that changes something")
            } else {
                Effect::reads("GET reads only")
            }
        }
        _ => return None,
    })
}

/// `-f` behind `logs`, alone or among others; elsewhere it names a file.
fn tails(call: &Call<'_>) -> bool {
    let is_short = |word: &str| {
        let letters = word.trim_start_matches('-').trim_end_matches(|c: char| c.is_ascii_digit());
        word.starts_with('-')
            && !word.starts_with("--")
            && letters.contains('f')
            && letters.chars().all(|c| "fntp".contains(c))
    };
    let behind = call.arguments().skip_while(|word| !matches!(*word, "logs" | "log" | "tail"));
    behind.skip(1).any(|word| {
        is_short(word)
            || word.starts_with("--follow") && word != "--follow=false"
            || word == "--tail" && call.name() != "docker"
    })
}

fn changes(name: &str, word: &str) -> Effect {
    let word = crate::base::Shown::from_remote(word);
    Effect::changes(format!("{name} {word} may change something").trim_end().to_owned())
}

fn verb(name: &str, word: &str, reads: &[&str]) -> Effect {
    if reads.contains(&word) { Effect::reads(format!("{name} {word} reads only")) } else { changes(name, word) }
}

fn systemctl(first: &str) -> Effect {
    match first {
        "status" | "show" | "is-active" | "is-enabled" | "is-failed" | "list-units" | "list-timers"
        | "list-unit-files" | "list-dependencies" | "list-sockets" | "get-default" => {
            Effect::reads(format!("systemctl {first} reads only"))
        }
        "restart" | "start" | "stop" | "reload" | "try-restart" | "kill" => {
            Effect::changes(format!("systemctl {first} changes a running service"))
        }
        other => changes("systemctl", other),
    }
}

fn docker(call: &Call<'_>, first: &str, second: &str, follow: bool) -> Effect {
    match (first, second) {
        ("compose", sub) => compose(call, sub, follow),
        ("logs", _) | ("container" | "service", "logs") if follow => follows("docker logs -f"),
        ("stats", _) | ("container", "stats") if !call.has(&["--no-stream"]) => follows("docker stats"),
        ("events", _) => follows("docker events"),
        (
            "ps" | "logs" | "images" | "top" | "port" | "version" | "info" | "diff" | "stats" | "history" | "inspect",
            _,
        ) => Effect::reads(format!("docker {first} reads only")),
        (
            "container" | "volume" | "network" | "image" | "system" | "node" | "service" | "stack",
            "ls" | "ps" | "logs" | "inspect" | "top" | "df" | "info" | "list",
        ) => Effect::reads(format!("docker {first} {second} reads only")),
        ("attach" | "wait", _) => Effect::never("never ends by itself"),
        ("rm" | "rmi", _) | (_, "prune" | "rm") => {
            Effect::destroys("destructive: docker takes containers, images or data away")
        }
        ("run", _) if call.flag('i') || call.flag('t') => Effect::never("waits for a person at a terminal"),
        (other, _) => changes("docker", other),
    }
}

fn compose(call: &Call<'_>, first: &str, follow: bool) -> Effect {
    match first {
        "up" if !call.flag('d') && !call.any(|word| matches!(word, "--detach" | "--wait" | "--no-start")) => {
            Effect::never("stays until it is ended: with -d it does not")
        }
        "watch" | "attach" => Effect::never("never ends by itself"),
        "events" => follows("docker compose events"),
        "config" | "convert" => Effect::reads("names of services only"),
        "down" if call.flag('v') || call.has(&["--volumes"]) => {
            Effect::destroys("destructive: takes the volumes with their data away")
        }
        "logs" if follow => follows("docker compose logs -f"),
        "down" => Effect::changes("docker compose down stops everything"),
        _ => verb("docker compose", first, &["ps", "logs", "top", "images", "ls", "version", "port"]),
    }
}

fn kubectl(first: &str, second: &str, follow: bool) -> Effect {
    match first {
        "logs" if follow => follows("kubectl logs -f"),
        "delete" | "drain" => Effect::destroys(format!("destructive: kubectl {first}")),
        "rollout" => verb("kubectl rollout", second, &["status", "history"]),
        "auth" | "config" => verb("kubectl", second, &["can-i", "view", "current-context", "get-contexts", "whoami"]),
        _ => verb(
            "kubectl",
            first,
            &[
                "get",
                "describe",
                "logs",
                "top",
                "wait",
                "explain",
                "version",
                "cluster-info",
                "api-resources",
                "events",
            ],
        ),
    }
}

fn git(call: &Call<'_>, first: &str, second: &str, words: usize) -> Effect {
    match first {
        _ if call.any(|word| word.starts_with("--exec-path=") || matches!(word, "--ext-diff" | "--textconv")) => {
            Effect::changes("runs a program of its settings")
        }
        "reflog" if matches!(second, "expire" | "delete" | "drop") => {
            Effect::destroys("destructive: takes commits away")
        }
        "log" | "status" | "diff" | "show" | "rev-parse" | "describe" | "blame" | "shortlog" | "ls-files"
        | "ls-remote" | "reflog" | "rev-list" | "cat-file" | "merge-base" => {
            if call.any(|word| word.starts_with("--output")) {
                Effect::changes("writes a file")
            } else {
                Effect::reads(format!("git {first} reads only"))
            }
        }
        "branch" | "tag" | "remote" if words == 1 && !call.any(|word| matches!(word, "-d" | "-D" | "-m" | "-M")) => {
            Effect::reads(format!("git {first} lists only"))
        }
        "stash" if second == "list" => Effect::reads("git stash list reads only"),
        "config" if call.has(&["--get"]) => Effect::reads("git config --get reads only"),
        "reset" | "clean" if call.any(|word| word == "--hard" || word.starts_with("-f")) => {
            Effect::destroys(format!("destructive: git {first} takes work away"))
        }
        "push" if call.any(|word| word.starts_with("--force") || word == "-f") => {
            Effect::destroys("destructive: git push --force takes commits away")
        }
        other => changes("git", other),
    }
}

/// Commands of Redis that only read; `KEYS` is none of them, for it holds the server up.
const REDIS: &[&str] = &[
    "ping",
    "info",
    "get",
    "mget",
    "exists",
    "ttl",
    "pttl",
    "type",
    "strlen",
    "getrange",
    "llen",
    "lrange",
    "lindex",
    "scard",
    "smembers",
    "sismember",
    "srandmember",
    "zcard",
    "zcount",
    "zrange",
    "zrangebyscore",
    "zrevrange",
    "zscore",
    "zrank",
    "hget",
    "hgetall",
    "hlen",
    "hkeys",
    "hvals",
    "hmget",
    "hexists",
    "hstrlen",
    "scan",
    "sscan",
    "hscan",
    "zscan",
    "dbsize",
    "lastsave",
    "time",
    "role",
    "object",
    "randomkey",
    "echo",
    "xinfo",
    "xlen",
    "xrange",
    "xrevrange",
    "xpending",
    "command",
    "memory",
    "slowlog",
    "latency",
    "pubsub",
    "cluster",
    "touch",
    "dump",
];

fn redis(call: &Call<'_>) -> Effect {
    const VALUES: &[&str] = &[
        "-u",
        "-h",
        "-p",
        "-n",
        "-a",
        "-s",
        "-r",
        "-i",
        "-d",
        "-t",
        "--user",
        "--pass",
        "--cacert",
        "--cert",
        "--key",
        "--sni",
        "--pattern",
    ];
    if call.has(&["--latency", "--latency-history", "--stat", "--latency-dist"]) {
        return follows("it");
    }
    if call.has(&["--scan", "--bigkeys", "--memkeys", "--hotkeys"]) {
        return Effect::reads("walks over all keys and reads only");
    }
    let repeats = call.arguments().zip(call.arguments().skip(1)).any(|pair| pair.0 == "-r" && pair.1.starts_with('-'));
    if repeats {
        return follows("redis-cli -r -1");
    }
    if call.has(&["--eval", "--pipe", "--rdb", "--functions-rdb", "-x"]) {
        return Effect::changes("gives Redis more than can be seen here");
    }
    let mut words = call.arguments();
    let mut command = Vec::new();
    while let Some(word) = words.next() {
        if VALUES.contains(&word) && command.is_empty() {
            words.next();
        } else if !word.starts_with('-') || !command.is_empty() {
            command.push(word.to_lowercase());
        }
    }
    let first = command.first().map_or("", String::as_str);
    let second = command.get(1).map_or("", String::as_str);
    match (first, second) {
        ("", _) if call.is_fed => Effect::changes("gives Redis more than can be seen here"),
        ("", _) => Effect::never("waits for a person at a terminal"),
        ("monitor" | "subscribe" | "psubscribe" | "ssubscribe", _) => follows(first),
        ("xread" | "xreadgroup", _) if command.iter().any(|word| word == "block") => follows(first),
        ("blpop" | "brpop" | "blmove" | "brpoplpush" | "bzpopmin" | "bzpopmax", _) => {
            Effect::never("waits for an entry and takes it away")
        }
        ("xread", _) => Effect::reads("XREAD reads only"),
        ("flushall" | "flushdb", _) => {
            Effect::destroys(format!("destructive: {} takes all keys away", first.to_uppercase()))
        }
        ("del" | "unlink", _) => Effect::destroys(format!("destructive: {} takes keys away", first.to_uppercase())),
        ("keys", _) => Effect::changes("KEYS holds the whole server up while it runs: use --scan"),
        ("config", "get") | ("client", "list" | "info" | "getname" | "id") | ("acl", "whoami" | "cat") => {
            Effect::reads(format!("{} {} reads only", first.to_uppercase(), second.to_uppercase()))
        }
        ("slowlog" | "latency", "reset") | ("memory", "purge") => {
            Effect::changes(format!("{first} {second} takes something away"))
        }
        ("cluster", word) if !matches!(word, "info" | "nodes" | "slots" | "shards" | "myid" | "countkeysinslot") => {
            changes("redis-cli cluster", word)
        }
        ("touch", _) => Effect::changes("TOUCH changes when a key was used"),
        (known, _) if REDIS.contains(&known) => Effect::reads(format!("{} reads only", known.to_uppercase())),
        (other, _) => changes("redis-cli", other),
    }
}

/// The verb stands before the first flag: after its service, or the last of several groups.
fn cloud(call: &Call<'_>, path: &[&str]) -> Effect {
    const READS: &[&str] =
        &["list", "describe", "read", "info", "get-iam-policy", "ls", "stat", "du", "show", "cat", "version"];
    let name = call.name();
    let lead: Vec<&str> =
        path.iter().copied().take(call.arguments().take_while(|word| !word.starts_with('-')).count()).collect();
    let verb = match name {
        "gsutil" | "bq" => lead.first(),
        "aws" => lead.get(1),
        "az" => lead.last(),
        // `gcloud run services describe NAME`: the first that is no group
        _ => lead.iter().find(|word| {
            READS.contains(word)
                || ["tail", "deploy", "delete", "update", "create", "set", "add", "remove"].contains(word)
        }),
    };
    let verb = verb.copied().unwrap_or_default();
    let destroys = ["delete", "rm", "rb", "terminate", "remove"].iter().any(|word| verb.starts_with(word));
    let reads = READS.contains(&verb)
        || (name == "aws" && ["describe-", "list-", "get-"].iter().any(|start| verb.starts_with(start)));
    let groups = [
        "app",
        "auth",
        "builds",
        "compute",
        "config",
        "container",
        "functions",
        "iam",
        "logging",
        "logs",
        "operations",
        "projects",
        "pubsub",
        "redis",
        "regions",
        "revisions",
        "run",
        "scheduler",
        "secrets",
        "services",
        "sql",
        "storage",
        "tasks",
        "instances",
        "jobs",
        "queues",
        "topics",
        "versions",
        "clusters",
        "buckets",
        "traffic",
    ];
    // a group that is not known may itself be a verb that changes something
    let known = name != "gcloud" || lead.iter().take_while(|word| **word != verb).all(|word| groups.contains(word));
    if destroys {
        return Effect::destroys(format!("destructive: {name} takes something away"));
    }
    match verb {
        "tail" if known => follows("tail"),
        _ if reads && known => Effect::reads(format!("{name} {verb} reads only")),
        _ => changes(name, &lead.iter().take(3).copied().collect::<Vec<_>>().join(" ")),
    }
}
