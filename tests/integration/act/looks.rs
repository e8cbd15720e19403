//! What only looks: `--dry-run`, and anything under `--read-only`, for every action that ships with the program. No
//! process, no request that changes something, no write command, no file.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::shop::{Shop, Told};
use crate::support::command_line;
use crate::support::http_stub::{Answer, Http};
use crate::support::redis_server::Redis;

#[test]
fn a_dry_run_shows_all_and_leaves_nothing() {
    let shop = Shop::open();
    shop.restart("exit 0", "verify = { when = \"worker.up\", within = \"2s\" }\nundo = \"start the old one\"\n");
    let told = shop.act("restart", &["--dry-run"]);
    assert_eq!(told.code, 0, "{told:#?}");
    let preview = &told.json["preview"];
    assert_eq!((&preview["verify"]["holds"], &preview["undo"]), (&false.into(), &"start the old one".into()));
    assert!(preview["call"].as_str().unwrap().ends_with("/bin/restart"), "{preview:#}");
    assert!(told.json["run_id"].is_null() && told.json["outcome"].is_null());
    assert!(!shop.path("state").exists() && shop.runs("restart") == 0, "not even a folder");
    // and in a terminal's words
    let shown = shop.midwatch(&["act", "shop", "restart", "--dry-run", "--system-file", shop.file().to_str().unwrap()]);
    for words in ["DISRUPTIVE", "Restart the worker", "proved by", "does not hold now: worker.up = false", "undo"] {
        assert!(shown.out.to_uppercase().contains(&words.to_uppercase()), "{words}: {}", shown.out);
    }
}

/// The actions of a system that ships, with the platforms and dialects that it knows.
fn shipped() -> Vec<(String, String)> {
    let systems = Path::new(env!("CARGO_MANIFEST_DIR")).join("systems");
    let mut all = Vec::new();
    for entry in std::fs::read_dir(systems).unwrap() {
        let folder = entry.unwrap().path();
        let text = std::fs::read_to_string(folder.join("system.toml")).unwrap();
        let file: toml::Table = toml::from_str(&text).unwrap();
        let actions = file.get("action").and_then(toml::Value::as_table).cloned().unwrap_or_default();
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        all.extend(actions.keys().map(|action| (name.clone(), action.clone())));
    }
    assert!(all.len() >= 15, "{all:?}");
    all
}

/// Everything that a shipped system is told where to find, and programs that count their runs.
struct World {
    shop: Shop,
    http: Http,
    redis: Redis,
}

const PROGRAMS: &[&str] = &["sudo", "docker", "railway", "setsid", "rq", "systemctl", "redis-cli"];

impl World {
    fn open() -> Self {
        let (shop, http, redis) = (Shop::open(), Http::start(), Redis::start());
        http.otherwise(Answer::json(200, r#"{"status":"healthy","success":true}"#));
        for name in PROGRAMS {
            shop.shim(name, "exit 0");
        }
        Self { shop, http, redis }
    }

    fn command(&self, system: &str, action: &str, variant: [&str; 2], args: &[&str]) -> Command {
        let mut command = command_line::midwatch(["act", system, action, "--format", "json"], &[]);
        command.args(args).envs(self.shop.env());
        command.env("PATH", format!("{}:/usr/bin:/bin", self.shop.path("bin").display()));
        for name in ["PYTHON_API_URL", "WORKER_HEALTH_URL", "SUPABASE_URL", "ANTHROPIC_BASE_URL", "SLACK_WEBHOOK_URL"] {
            command.env(name, self.http.url(""));
        }
        for name in ["AGENT_API_KEY", "SUPABASE_SERVICE_ROLE_KEY", "ANTHROPIC_API_KEY", "E2B_API_KEY"] {
            command.env(name, "s3cret-key-0042");
        }
        command.env("REDIS_URL", self.redis.url());
        command.env("SABINE_PLATFORM", variant[0]).env("SABINE_DIALECT", variant[1]);
        command
    }

    fn runs(&self) -> usize {
        PROGRAMS.iter().map(|name| self.shop.runs(name)).sum()
    }
}

#[test]
fn read_only_takes_every_shipped_action_away() {
    let world = World::open();
    let monitor = world.redis.monitor();
    let variants = [["systemd", "documented"], ["docker", "deployed"], ["railway", "documented"]];
    let all = shipped();
    let cases: Vec<_> = all.iter().flat_map(|action| variants.map(|variant| (action, variant))).collect();
    let (next, asked_for) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(((system, action), variant)) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let args = ["--yes", "--confirm", system, "--reason", "a test", "--read-only"];
                    let told = Told::of(&mut world.command(system, action, *variant, &args));
                    // a parameter without a default is asked for before anything is looked at
                    if told.code == 2 && told.err.contains("is missing: give --param") {
                        asked_for.fetch_add(1, Ordering::Relaxed);
                        continue;
                    }
                    told.ended("refused", 5, "read-only");
                }
            });
        }
    });
    let refused = cases.len() - asked_for.into_inner();
    assert!(refused * 2 > cases.len(), "{refused} of {} were refused as read-only", cases.len());
    assert_eq!(world.runs(), 0);
    assert!(!world.shop.path("state").exists(), "nothing is written down for it");
    // what is looked at is what is polled anyway: no request with an effect
    let asked: Vec<String> = world.http.hits().into_iter().map(|hit| format!("{} {}", hit.method, hit.path)).collect();
    let odd: Vec<_> = asked.iter().filter(|hit| !hit.starts_with("GET ") || hit.contains("/e2b/")).collect();
    assert!(odd.is_empty(), "{odd:?}");
    world.redis.call::<String>(&["PING"]);
    monitor.wait_line("\"PING\"");
    let info = world.redis.call::<String>(&["INFO", "stats"]);
    assert!(info.contains("keyspace_misses"), "it was read");
    assert_eq!(world.redis.call::<u64>(&["DBSIZE"]), 0);
    let writes = ["SET", "HSET", "LPUSH", "RPUSH", "ZADD", "DEL", "EVAL", "PUBLISH", "ZREM", "EXPIRE"];
    let said = monitor.commands();
    assert!(said.iter().all(|command| !writes.contains(&command.as_str())), "{said:?}");
}
