//! Programs that run another one somewhere else: in a container, on another host, as another user, in another environment.
//! What they run counts, and is never taken for more harmless than it is.

use crate::runbook::class::program::{Call, effect as of_program};
use crate::runbook::class::{Effect, endless, file, idle, secret, shell_effect_at};

/// Programs that run what follows, after words of their own whose number is not known here.
const RUNNERS: &[&str] = &[
    "runuser",
    "nsenter",
    "chroot",
    "unshare",
    "firejail",
    "flock",
    "parallel",
    "systemd-run",
    "strace",
    "ltrace",
    "script",
    "npx",
    "bunx",
    "bundle",
    "poetry",
    "pipenv",
    "uv",
    "uvx",
    "pipx",
    "pdm",
    "hatch",
    "rye",
    "conda",
    "mise",
    "direnv",
    "dotenv",
    "doppler",
    "infisical",
    "chamber",
    "aws-vault",
    "envchain",
    "busybox",
    "toybox",
    "xvfb-run",
    "proxychains",
    "watch",
    "entr",
    "heroku",
    "railway",
    "fly",
    "flyctl",
    "render",
    "vercel",
    "netlify",
    "ansible",
    "salt",
    "pdsh",
    "oc",
    "kubectl",
    "docker",
    "docker-compose",
    "podman",
    "nerdctl",
    "crictl",
    "lxc",
    "incus",
    "machinectl",
    "npm",
    "pnpm",
    "yarn",
];

/// What such a program comes to; `None` of any other.
pub(super) fn effect(call: &Call<'_>) -> Option<Effect> {
    match call.name() {
        "ssh" => Some(ssh(call)),
        "su" => su(call),
        "eval" => Some(text(&call.words[1..].join(" "), call, "runs code that is not known")),
        "exec" => call.from(1).map(|inner| of_program(&inner).and(Effect::changes("runs in the place of its shell"))),
        "docker" | "podman" | "nerdctl" | "docker-compose" | "kubectl" | "oc" => {
            executed(call).or_else(|| secrets(call))
        }
        name if RUNNERS.contains(&name) => secrets(call),
        _ => None,
    }
}

/// Words that another shell reads.
fn text(words: &str, call: &Call<'_>, unknown: &'static str) -> Effect {
    if words.trim().is_empty() {
        return Effect::changes(unknown);
    }
    shell_effect_at(words, call.depth + 1)
}

fn ssh(call: &Call<'_>) -> Effect {
    const VALUES: &str = "bBcDeEFIiJLlmOopQRSWw";
    let mut at = 1;
    let mut is_tunnel = false;
    while let Some(word) = call.words.get(at).filter(|word| word.starts_with('-')) {
        is_tunnel |= word.contains('N');
        if word.contains('t') && word.len() <= 3 {
            return Effect::never("waits for a person at a terminal");
        }
        let takes = word.len() == 2 && word.chars().nth(1).is_some_and(|c| VALUES.contains(c));
        at += if takes { 2 } else { 1 };
    }
    match call.words.get(at + 1..) {
        _ if is_tunnel => Effect::never("a tunnel that never ends: keep it open in a shell of your own"),
        None | Some([]) => Effect::never("waits for a person at a terminal"),
        // the words are joined there and read by a shell
        Some(words) => text(&words.join(" "), call, "runs on another host"),
    }
}

/// `su - app -c 'command'`.
fn su(call: &Call<'_>) -> Option<Effect> {
    let at = call.words.iter().position(|word| matches!(word.as_str(), "-c" | "--command"))?;
    let inner = call.words.get(at + 1)?;
    Some(text(inner, call, "runs code that is not known"))
}

/// `docker exec web ls`, `docker compose exec -T web ls`, `kubectl exec web -- ls`: what only reads there only reads.
fn executed(call: &Call<'_>) -> Option<Effect> {
    let is_kubectl = matches!(call.name(), "kubectl" | "oc");
    let path = call.path();
    let is_exec = match path.as_slice() {
        ["exec", ..] | ["container" | "compose", "exec", ..] => true,
        ["compose", "run", ..] | ["run", ..] if call.name() == "docker-compose" || path[0] == "compose" => {
            return (endless::is_tty(call) || !call.flag('T') && is_shell(call)).then(waits);
        }
        _ => return None,
    };
    if !is_exec {
        return None;
    }
    if endless::is_tty(call) {
        return Some(waits());
    }
    let at = call.words.iter().position(|word| word == "exec")? + 1;
    let inner = if is_kubectl {
        call.words.iter().position(|word| word == "--").map(|at| at + 1)
    } else {
        container(&call.words[at..]).map(|skipped| at + skipped + 1)
    };
    let Some(inner) = inner.and_then(|at| call.from(at)) else { return Some(Effect::changes("runs in a container")) };
    if is_shell(&inner) && inner.words.len() == 1 {
        return Some(waits());
    }
    Some(of_program(&inner))
}

/// How many words of flags stand before the container's name.
fn container(words: &[String]) -> Option<usize> {
    const VALUES: &[&str] =
        &["-e", "--env", "-u", "--user", "-w", "--workdir", "--index", "--env-file", "--detach-keys"];
    let mut at = 0;
    while let Some(word) = words.get(at).filter(|word| word.starts_with('-')) {
        at += if VALUES.contains(&word.as_str()) { 2 } else { 1 };
    }
    (at < words.len()).then_some(at)
}

fn is_shell(call: &Call<'_>) -> bool {
    call.words
        .last()
        .is_some_and(|word| matches!(word.rsplit('/').next(), Some("sh" | "bash" | "zsh" | "ash" | "fish")))
}

fn waits() -> Effect {
    Effect::never("waits for a person at a terminal")
}

/// Whatever of what follows would print a secret, or wait, if it were run.
fn secrets(call: &Call<'_>) -> Option<Effect> {
    if call.depth > 4 {
        return None;
    }
    // these run what follows on this very host: what stays there stays here
    let is_plain = matches!(call.name(), "bundle" | "poetry" | "pipenv" | "uv" | "pdm" | "hatch" | "rye" | "npx");
    let first = if matches!(call.name(), "npx" | "busybox" | "toybox" | "flock" | "strace" | "chroot") { 1 } else { 2 };
    let inner = (first..call.words.len()).filter_map(|at| call.from(at));
    let shown = |inner: Call<'_>| {
        let text = inner.words.first().filter(|word| word.contains(' '));
        let read = text.map(|text| shell_effect_at(text, call.depth + 1));
        let own = || {
            secret::effect(&inner)
                .or_else(|| file::effect(&inner))
                .or_else(|| secret::of_tool(&inner))
                .or_else(|| idle::environment(&inner))
                .or_else(|| endless::effect(&inner).filter(|_| is_plain))
        };
        read.or_else(own).filter(|effect| matches!(effect, Effect::Never(_)))
    };
    inner.take(16).find_map(shown)
}
