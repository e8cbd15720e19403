//! What prints a secret: onto a screen, into a record, into a log. Such a command is never run; whether the variable is
//! set can be told without it.

use crate::runbook::class::Effect;
use crate::runbook::class::program::Call;

/// Parts of names that are secrets.
const PARTS: &[&str] = &[
    "KEY",
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "CREDENTIAL",
    "WEBHOOK",
    "DSN",
    "PRIVATE",
    "COOKIE",
    "AUTH",
];
/// Addresses that may hold a password.
const ADDRESSES: [&str; 9] = ["DATABASE", "POSTGRES", "REDIS", "MONGO", "AMQP", "BROKER", "MYSQL", "DB_", "CONNECTION"];

/// Could the variable of this name hold a secret?
pub(super) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let address = name.contains("URL") || name.contains("URI") || name.contains("STRING");
    PARTS.iter().any(|part| name.contains(part))
        || name == "PGPASS"
        || name.ends_with("PASS")
        || name.ends_with("PWD") && name != "PWD" && name != "OLDPWD"
        || address && ADDRESSES.iter().any(|part| name.contains(part))
}

/// Files that hold secrets.
fn is_secret_file(path: &str) -> bool {
    let lower = path.to_lowercase();
    let name = lower.rsplit('/').next().unwrap_or_default();
    let example = ["example", "sample", "template", ".pub"].iter().any(|word| name.contains(word));
    let environment = name == "environ" || name.split('.').skip(1).any(|part| part == "env");
    let key =
        ["id_rsa", "id_ed25519", "id_ecdsa", ".pem", ".key", ".p12", ".pgpass", ".netrc", "credentials", "secret"];
    !example && (environment || key.iter().any(|word| name.contains(word)))
}

fn prints(name: &str) -> Effect {
    Effect::never(format!("prints the secret {name}; what can be told: is {name} set, yes or no"))
}

pub(super) fn effect(call: &Call<'_>) -> Option<Effect> {
    let shows = matches!(
        call.name(),
        "cat"
            | "head"
            | "tail"
            | "less"
            | "more"
            | "grep"
            | "egrep"
            | "fgrep"
            | "rg"
            | "strings"
            | "xxd"
            | "base64"
            | "sort"
            | "tac"
            | "nl"
            | "awk"
            | "sed"
            | "cut"
            | "jq"
    );
    if shows && let Some(file) = call.arguments().find(|word| !word.starts_with('-') && is_secret_file(word)) {
        let file = crate::base::Shown::from_remote(file);
        return Some(Effect::never(format!("prints {file}, which holds secrets")));
    }
    match call.name() {
        "echo" | "printf" => {
            let vars = || call.read.iter().flat_map(|word| &word.vars);
            let cut = matches!(call.next.as_deref(), Some("head" | "cut" | "tail"));
            if let Some(name) = vars().find(|name| is_secret(name) || cut) {
                return Some(prints(name));
            }
            let first = vars().next()?;
            Some(Effect::reads(format!("prints {first} of this shell, which need not be that of the service")))
        }
        "printenv" | "env" => {
            let names: Vec<&str> = call.arguments().filter(|word| !word.starts_with('-')).collect();
            match names.as_slice() {
                [] => Some(Effect::never(
                    "prints the environment with its secrets; what can be told: which variables are set",
                )),
                [name, ..] if call.name() == "printenv" && is_secret(name) => Some(prints(name)),
                _ if call.name() == "printenv" => Some(Effect::reads("prints a variable of this shell")),
                _ => None,
            }
        }
        "openssl" if call.has(&["rand", "genrsa", "genpkey"]) => {
            Some(Effect::never("prints a new secret: make it where it is kept, out of sight"))
        }
        "uuidgen" | "pwgen" => Some(Effect::never("may print a new secret: make it where it is kept, out of sight")),
        "python" | "python3" | "node" | "ruby" | "perl" => {
            let tells = |word: &str| {
                ["secrets.", "environ", "getenv", "process.env", "ENV["].iter().any(|part| word.contains(part))
            };
            call.arguments().any(tells).then(|| Effect::never("its code may print a secret"))
        }
        "history" | "fc" => Some(Effect::never("prints commands, and the secrets that were typed into them")),
        "pass" | "op" | "bw" | "lpass" | "vault" | "gopass" | "security" | "keyring" => {
            Some(Effect::never("prints secrets of a vault"))
        }
        _ => None,
    }
}

/// Commands of larger tools that print secrets.
pub(super) fn of_tool(call: &Call<'_>) -> Option<Effect> {
    let path = call.path();
    let begins = |words: &[&str]| path.len() >= words.len() && path[..words.len()] == *words;
    let why = match call.name() {
        "railway" if begins(&["variables"]) || begins(&["variable"]) => {
            "prints the service's variables with their secrets"
        }
        "vercel" if begins(&["env", "pull"]) => "writes the project's secrets into a file",
        "heroku" if begins(&["config"]) => "prints the app's variables with their secrets",
        "gcloud" if begins(&["secrets", "versions", "access"]) => "prints a secret",
        "gcloud" if path.iter().any(|word| word.starts_with("print-")) => "prints a token",
        "gh" if begins(&["auth", "token"]) || begins(&["auth", "status"]) && call.has(&["-t", "--show-token"]) => {
            "prints a token"
        }
        "supabase" if begins(&["status"]) => "prints the keys of the project",
        "aws"
            if path.iter().any(|word| {
                matches!(
                    *word,
                    "get-secret-value"
                        | "get-login-password"
                        | "get-session-token"
                        | "get-parameter"
                        | "get-parameters"
                        | "assume-role"
                )
            }) =>
        {
            "prints a secret"
        }
        "kubectl" | "oc"
            if path.first() == Some(&"get")
                && path.iter().any(|word| word.starts_with("secret"))
                && call.any(|word| word.starts_with("-o")) =>
        {
            "prints secrets"
        }
        "kubectl" | "oc" if begins(&["config", "view"]) && call.has(&["--raw"]) => "prints keys",
        "docker" | "podman"
            if begins(&["inspect"]) || begins(&["container", "inspect"]) || begins(&["compose", "config"]) =>
        {
            if call.any(|word| (word.starts_with("--format") || word == "-f") && !word.contains("Env"))
                && !call.any(|word| word.contains("Env"))
            {
                return None;
            }
            "prints the container's environment with its secrets"
        }
        "systemctl" if begins(&["show"]) || begins(&["show-environment"]) || begins(&["cat"]) => {
            let asked: Vec<&str> = call
                .arguments()
                .filter(|word| word.starts_with("-p") || word.starts_with("--property") || word.starts_with("--value"))
                .collect();
            if !asked.is_empty() && begins(&["show"]) && !call.any(|word| word.contains("Environment")) {
                return None;
            }
            "prints the unit's environment with its secrets"
        }
        "redis-cli"
            if call.any(|word| word.eq_ignore_ascii_case("config"))
                && call.any(|word| {
                    word == "*" || word.to_lowercase().contains("pass") || word.to_lowercase().contains("auth")
                }) =>
        {
            "prints the password of Redis"
        }
        "ps" if call.arguments().any(|word| {
            !word.starts_with('-') && word.contains('e') && word.bytes().all(|byte| byte.is_ascii_lowercase())
        }) =>
        {
            "prints the environment of processes with their secrets"
        }
        "git" if begins(&["config"]) && call.has(&["-l", "--list"]) => "prints the configuration with its tokens",
        _ => return None,
    };
    Some(Effect::never(why))
}
