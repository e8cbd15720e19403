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
    "BEARER",
    "JWT",
    "HMAC",
    "HOOK",
    "SALT",
];
/// Addresses that may hold a password.
const ADDRESSES: [&str; 9] = ["DATABASE", "POSTGRES", "REDIS", "MONGO", "AMQP", "BROKER", "MYSQL", "DB_", "CONN"];

/// Could the variable of this name hold a secret?
pub(super) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let address = name.contains("URL") || name.contains("URI") || name.contains("STR");
    PARTS.iter().any(|part| name.contains(part))
        || name.starts_with('!')
        || name.split('_').any(|word| matches!(word, "PAT" | "PW" | "OTP"))
        || name == "PGPASS"
        || name.ends_with("PASS")
        || name.ends_with("PWD") && name != "PWD" && name != "OLDPWD"
        || address && ADDRESSES.iter().any(|part| name.contains(part))
}

/// Why a command that prints this variable is never run.
pub(super) fn prints(name: &str) -> Effect {
    if let Some(name) = name.strip_prefix('!') {
        return Effect::never(format!("prints the variable that {name} names, which may be a secret"));
    }
    Effect::never(format!("prints the secret {name}; what can be told: is {name} set, yes or no"))
}

pub(super) fn effect(call: &Call<'_>) -> Option<Effect> {
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
            let names: Vec<&str> =
                call.arguments().filter(|word| !word.starts_with('-') && !word.contains('=')).collect();
            let secret = names.iter().find(|name| call.name() == "printenv" && is_secret(name));
            match names.as_slice() {
                _ if secret.is_some() => secret.map(|name| prints(name)),
                [] => Some(environment()),
                // `env -u NAME` runs nothing either
                [_] if call.name() == "env" && call.words.get(1).is_some_and(|flag| flag == "-u") => {
                    Some(environment())
                }
                _ if call.name() == "printenv" => Some(Effect::reads("prints a variable of this shell")),
                _ => None,
            }
        }
        "openssl" if call.has(&["rsa", "pkey", "ec", "pkcs8", "pkcs12", "enc"]) && !tells_no_key(call) => {
            Some(Effect::never("prints a private key, or what was encrypted"))
        }
        "openssl" if call.has(&["rand", "genrsa", "genpkey"]) => {
            Some(Effect::never("prints a new secret: make it where it is kept, out of sight"))
        }
        "uuidgen" | "pwgen" => Some(Effect::never("may print a new secret: make it where it is kept, out of sight")),
        "python" | "python3" | "node" | "ruby" | "perl" | "php" => {
            let tells = |word: &str| {
                ["secrets.", "environ", "getenv", "process.env", "ENV", "phpinfo", "diffsettings"]
                    .iter()
                    .any(|part| word.contains(part))
            };
            let all = call.name() == "php" && call.has(&["-i"]);
            (all || call.arguments().any(tells)).then(|| Effect::never("its code may print a secret"))
        }
        "history" | "fc" => Some(Effect::never("prints commands, and the secrets that were typed into them")),
        "vault" if call.has(&["status", "version"]) => Some(Effect::reads("vault status reads only")),
        "pass" | "op" | "bw" | "lpass" | "vault" | "gopass" | "security" | "keyring" | "secret-tool" | "keyctl" => {
            Some(Effect::never("prints secrets of a vault"))
        }
        "sops" | "gpg" | "gpg2" | "age" if decrypts(call) => Some(Effect::never("prints what was encrypted")),
        "ansible-vault" if call.has(&["view", "decrypt"]) => Some(Effect::never("prints what was encrypted")),
        "ssh-keygen" if call.flag('y') => Some(Effect::never("reads a private key")),
        "compgen" if call.flag('e') || call.flag('v') => Some(environment()),
        "declare" | "typeset" | "readonly" | "export" if call.flag('p') => Some(environment()),
        "doppler" | "infisical" | "chamber" | "dotenv" | "envchain"
            if call.has(&["secrets", "export", "read", "env", "get", "list"]) =>
        {
            Some(Effect::never("prints secrets of a vault"))
        }
        "rails" | "bin/rails" if call.any(|word| word.starts_with("credentials:") || word.starts_with("secrets:")) => {
            Some(Effect::never("prints the application's credentials"))
        }
        _ => None,
    }
}

fn environment() -> Effect {
    Effect::never("prints the environment with its secrets; what can be told: which variables are set")
}

/// Of a key only what is public, or nothing at all.
fn tells_no_key(call: &Call<'_>) -> bool {
    call.has(&["-pubout", "-pubin"]) || call.has(&["-noout"]) && !call.has(&["-text"])
}

fn decrypts(call: &Call<'_>) -> bool {
    call.flag('d') || call.any(|word| word.starts_with("--decrypt") || word == "decrypt" || word.contains("secret-key"))
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
        "heroku" | "netlify"
            if path.first().is_some_and(|word| {
                word.starts_with("config:") || word.starts_with("env:") || word.starts_with("auth:")
            }) =>
        {
            "prints variables with their secrets"
        }
        "pm2" if begins(&["env"]) => "prints the process's environment with its secrets",
        "npm" if begins(&["token"]) || begins(&["config"]) && path.iter().any(|word| word.contains("_auth")) => {
            "prints a token"
        }
        "npm" if begins(&["run", "env"]) => "prints the environment with its secrets",
        "az" if az(&path) => "prints keys",
        "stripe" if begins(&["config"]) => "prints keys",
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
                        | "get-parameters-by-path"
                        | "get-parameter-history"
                        | "batch-get-secret-value"
                        | "get-token"
                        | "get-function"
                        | "get-function-configuration"
                        | "describe-task-definition"
                        | "export-credentials"
                        | "aws_secret_access_key"
                        | "generate-db-auth-token"
                        | "get-authorization-token"
                        | "decrypt"
                        | "assume-role"
                )
            }) =>
        {
            "prints a secret"
        }
        "kubectl" | "oc"
            if path.first() == Some(&"get")
                && path.iter().any(|word| word.split(['/', ',']).any(|kind| matches!(kind, "secret" | "secrets")))
                && call.any(|word| {
                    word.starts_with("-o") || word.starts_with("--output") || word.starts_with("--template")
                }) =>
        {
            "prints secrets"
        }
        "kubectl" | "oc" if begins(&["config", "view"]) && call.has(&["--raw"]) => "prints keys",
        "kubectl" | "oc" if begins(&["create", "token"]) || begins(&["whoami"]) && call.flag('t') => "prints a token",
        "helm"
            if begins(&["get"]) && path.get(1).is_some_and(|word| matches!(*word, "values" | "all" | "manifest")) =>
        {
            "prints the release's values with their secrets"
        }
        "terraform" | "tofu" if begins(&["output"]) || begins(&["show"]) || begins(&["state", "pull"]) => {
            "prints the state with its secrets"
        }
        "docker" | "podman" | "docker-compose" if is_compose_config(call, &path) => {
            "prints the services' environment with its secrets"
        }
        "docker" | "podman"
            if begins(&["inspect"])
                || path.get(1) == Some(&"inspect")
                    && matches!(path[0], "container" | "service" | "image" | "config" | "stack") =>
        {
            if !tells_environment(call) {
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
        "redis-cli" | "valkey-cli"
            if call.any(|word| word.eq_ignore_ascii_case("acl"))
                && call.any(|word| matches!(word.to_lowercase().as_str(), "list" | "getuser" | "genpass")) =>
        {
            "prints the users of Redis with what their passwords are checked by"
        }
        "git" if begins(&["config"]) && call.has(&["-l", "--list"]) => "prints the configuration with its tokens",
        "git" if begins(&["credential"]) => "prints a password",
        _ => return None,
    };
    Some(Effect::never(why))
}

/// `docker compose config` writes every variable out; the names of services and images are none.
fn is_compose_config(call: &Call<'_>, path: &[&str]) -> bool {
    let is_config = match call.name() {
        "docker-compose" => path.first() == Some(&"config"),
        _ => path.starts_with(&["compose", "config"]) || path.starts_with(&["compose", "convert"]),
    };
    is_config && !call.has(&["--services", "--volumes", "--images", "--profiles", "--quiet", "-q"])
}

/// A template that leaves the environment out is what it asks for.
fn tells_environment(call: &Call<'_>) -> bool {
    let words: Vec<&str> = call.arguments().collect();
    let given = words.iter().enumerate().find_map(|(n, word)| match *word {
        "-f" | "--format" => words.get(n + 1).copied(),
        word => word.strip_prefix("--format=").or_else(|| word.strip_prefix("-f=")),
    });
    let Some(template) = given else { return true };
    let bare: String = template.chars().filter(|c| !c.is_whitespace()).collect();
    ["Env", "{{.}}", "json.}}", "json", ".Config}}", ".Spec}}", ".ContainerSpec}}", ".TaskTemplate}}"]
        .iter()
        .any(|part| if *part == "json" { bare == "json" } else { bare.contains(part) })
}

/// Groups of `az` whose answers are keys.
fn az(path: &[&str]) -> bool {
    let has = |word: &str| path.contains(&word);
    has("keyvault") && has("secret")
        || has("appsettings") && has("list")
        || has("connection-string")
        || has("keys") && has("list")
        || has("credential") && has("show")
        || has("get-access-token")
}
