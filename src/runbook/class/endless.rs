//! What never ends by itself, and what waits for a person at a terminal: the first is read for a while where it shows
//! something, the second is never run.

use crate::runbook::class::Effect;
use crate::runbook::class::program::{Call, follows};

/// Full screens and prompts.
const SCREENS: &[&str] = &[
    "su",
    "login",
    "passwd",
    "read",
    "screen",
    "tmux",
    "htop",
    "atop",
    "iotop",
    "btop",
    "gtop",
    "bashtop",
    "glances",
    "nmon",
    "nethogs",
    "iftop",
    "nload",
    "bmon",
    "ctop",
    "dry",
    "lazydocker",
    "k9s",
    "pg_top",
    "pg_activity",
    "pgcenter",
    "mytop",
    "innotop",
    "iex",
    "pgcli",
    "mycli",
    "litecli",
    "iredis",
    "dialog",
    "whiptail",
    "fzf",
    "visudo",
    "vipw",
    "vimdiff",
    "lnav",
    "multitail",
    "ftp",
    "sftp",
    "mosh",
    "minicom",
    "info",
    "ncdu",
    "mc",
    "ranger",
    "gdb",
    "lldb",
    "pdb",
    "alsamixer",
    "wscat",
    "websocat",
    "select",
];
/// Programs that show something until they are ended.
const FOLLOWERS: &[&str] = &[
    "tcpdump",
    "tshark",
    "ngrep",
    "strace",
    "ltrace",
    "bpftrace",
    "inotifywait",
    "stern",
    "kubetail",
    "mtr",
    "kcat",
    "kafkacat",
    "kafka-console-consumer",
    "execsnoop",
    "opensnoop",
];
/// Servers and workers, and what else stays.
const SERVERS: &[&str] = &[
    "watch",
    "yes",
    "uvicorn",
    "gunicorn",
    "hypercorn",
    "daphne",
    "redis-server",
    "valkey-server",
    "mongod",
    "mysqld",
    "postgres",
    "rqworker",
    "rqscheduler",
    "sidekiq",
    "puma",
    "unicorn",
    "caddy",
    "ngrok",
    "cloudflared",
    "socat",
    "nodemon",
    "entr",
    "foreman",
    "honcho",
    "hivemind",
    "overmind",
    "prometheus",
    "alertmanager",
];
/// Scripts of a package that run a server.
const SCRIPTS: &[&str] = &["start", "dev", "serve", "watch", "preview", "start:dev", "start:prod"];

const STAYS: &str = "never ends: start it by its supervisor";

/// What never ends, or waits; `None` of anything else.
pub(super) fn effect(call: &Call<'_>) -> Option<Effect> {
    let name = call.name();
    let bare = name.strip_suffix(".sh").unwrap_or(name);
    let first = call.arguments().find(|word| !word.starts_with('-')).unwrap_or_default();
    let ends = |flag: char| call.flag(flag) || call.has(&["--count", "--report"]);
    if SCREENS.contains(&bare) {
        return Some(waits());
    }
    if FOLLOWERS.contains(&bare) {
        let is_ended = match bare {
            "mtr" => call.flag('r') || call.has(&["--report", "--json", "-j"]),
            "tcpdump" | "tshark" | "ngrep" => ends('c') && bare != "ngrep",
            "kafka-console-consumer" => call.any(|word| word.starts_with("--max-messages")),
            "kcat" | "kafkacat" => call.flag('e') || call.flag('L') || call.flag('c'),
            _ => false,
        };
        return Some(if is_ended { Effect::reads(format!("{name} reads only")) } else { follows(name) });
    }
    if SERVERS.contains(&bare) && !call.has(&["--version", "-v", "-V", "--help", "version", "validate"]) {
        return Some(Effect::never(if bare == "watch" || bare == "yes" { "never ends" } else { STAYS }));
    }
    Some(match (name, first) {
        ("less" | "more" | "man", _) if !call.is_fed || call.next.is_none() => waits(),
        ("less" | "more", _) => Effect::reads("reads only"),
        ("sleep", time) => return Some(sleep(time)),
        ("cat" | "head" | "tail" | "dd" | "od" | "xxd" | "strings" | "tr" | "base64", _) if endless_device(call) => {
            Effect::never("reads a device that never ends, or makes a new secret of it")
        }
        ("dmesg", _) if call.flag('w') || call.flag('W') || call.has(&["--follow", "--follow-new"]) => {
            follows("dmesg -w")
        }
        ("free", _) if call.flag('s') && !call.flag('c') => follows("free -s"),
        ("perf", "top" | "record" | "trace") => Effect::never("perf waits for its end at a terminal"),
        ("py-spy", "top")
        | ("rails" | "bin/rails", "console" | "c" | "dbconsole" | "db")
        | ("django-admin", "shell" | "dbshell")
        | ("supervisorctl", "fg")
        | ("pm2", "monit") => waits(),
        ("rails" | "bin/rails", "server" | "s") | ("flask" | "django-admin", "run" | "runserver") => {
            Effect::never(STAYS)
        }
        ("npm" | "pnpm" | "yarn" | "bun", _) => {
            let script = call.arguments().filter(|word| !word.starts_with('-')).find(|word| *word != "run")?;
            return SCRIPTS.contains(&script).then(|| Effect::never(STAYS));
        }
        ("python" | "python3", _) if call.has(&["http.server", "runserver"]) => Effect::never(STAYS),
        ("python" | "python3", _) if call.any(|word| word.starts_with("rq.")) && call.has(&["worker"]) => {
            Effect::never(STAYS)
        }
        ("python" | "python3", _)
            if call.any(|word| word.ends_with("manage.py")) && call.has(&["shell", "dbshell"]) =>
        {
            waits()
        }
        ("celery", _) if call.has(&["worker", "beat", "flower"]) => Effect::never(STAYS),
        ("celery", _) if call.has(&["events"]) => waits(),
        ("systemctl", "edit") | ("git", "commit") if !call.flag('m') && !call.any(|w| w.starts_with("--message")) => {
            editor()
        }
        ("git", "rebase") if call.flag('i') || call.has(&["--interactive"]) => editor(),
        ("git", "add" | "checkout" | "reset" | "stash") if call.has(&["-p", "--patch", "-i", "--interactive"]) => {
            waits()
        }
        ("kubectl" | "oc", _) => return kubectl(call),
        ("stripe", "listen") | ("nomad" | "consul", "monitor") | ("etcdctl", "watch") | ("supabase", "start") => {
            follows(name)
        }
        ("supabase", "functions") if call.has(&["serve"]) => Effect::never(STAYS),
        ("nomad" | "crictl" | "logcli" | "az" | "nerdctl", _)
            if call.flag('f') || call.has(&["--follow", "--tail"]) && name != "az" || az_follows(call) =>
        {
            follows(name)
        }
        _ => return None,
    })
}

fn az_follows(call: &Call<'_>) -> bool {
    call.name() == "az" && (call.has(&["--follow"]) || call.has(&["log", "logs"]) && call.has(&["tail"]))
}

fn waits() -> Effect {
    Effect::never("waits for a person at a terminal")
}

fn editor() -> Effect {
    Effect::never("opens an editor, which waits for a person")
}

fn endless_device(call: &Call<'_>) -> bool {
    let devices = ["/dev/zero", "/dev/urandom", "/dev/random", "/dev/full"];
    let is_one = |word: &str| devices.contains(&word.strip_prefix("if=").unwrap_or(word));
    call.any(is_one) || call.reads.iter().any(|file| is_one(file))
}

/// A check is given ten seconds; a longer wait is a person's.
fn sleep(time: &str) -> Effect {
    if matches!(time, "infinity" | "inf") || time.ends_with('d') || time.ends_with('h') {
        return Effect::never("waits for longer than anybody");
    }
    let seconds = match time.strip_suffix('m') {
        Some(minutes) => minutes.parse::<f64>().map_or(f64::INFINITY, |minutes| minutes * 60.0),
        None => time.trim_end_matches('s').parse::<f64>().unwrap_or(0.0),
    };
    match seconds {
        seconds if seconds > 3600.0 => Effect::never("waits for longer than anybody"),
        seconds if seconds > 8.0 => Effect::Hands("a wait: watch the clock, or the panels".into()),
        _ => Effect::reads("waits"),
    }
}

fn kubectl(call: &Call<'_>) -> Option<Effect> {
    let path = call.path();
    let first = path.first().copied().unwrap_or_default();
    let watches = call.any(|word| matches!(word, "--watch" | "--watch=true" | "--watch-only" | "--watch-only=true"));
    Some(match first {
        "port-forward" | "proxy" => Effect::never("a tunnel that never ends: keep it open in a shell of your own"),
        "attach" | "rsh" => waits(),
        "edit" => editor(),
        "run" | "debug" if is_tty(call) => waits(),
        "get" | "top" | "events" if watches || first == "get" && call.flag('w') => {
            follows(&format!("kubectl {first} --watch"))
        }
        _ => return None,
    })
}

/// `-it`, `-i -t`, `--stdin --tty`, before the command that is run.
pub(super) fn is_tty(call: &Call<'_>) -> bool {
    let own = || call.arguments().take_while(|word| *word != "--");
    own().any(|word| {
        let short = word.len() > 1 && word.starts_with('-') && !word.starts_with("--") && word.len() <= 4;
        short && word.contains('t') && word.trim_start_matches('-').chars().all(|c| "itd".contains(c))
            || matches!(word, "--tty" | "--tty=true" | "--interactive")
    })
}
