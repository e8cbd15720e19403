//! Files that hold secrets, and the programs that show what they read. A path of one of the former given to one of the
//! latter, as an argument or by `<`, prints secrets.

use crate::base::Shown;
use crate::runbook::class::Effect;
use crate::runbook::class::program::Call;

/// Programs that show what is in a file, or what is fed to them.
const PRINTERS: &[&str] = &[
    "cat", "tac", "head", "tail", "less", "more", "bat", "batcat", "grep", "egrep", "fgrep", "zgrep", "rg", "ag",
    "ack", "strings", "xxd", "od", "hexdump", "base64", "base32", "rev", "nl", "pr", "fold", "fmt", "expand", "column",
    "paste", "join", "comm", "diff", "cmp", "sdiff", "vimdiff", "cut", "tr", "sort", "uniq", "shuf", "awk", "gawk",
    "mawk", "sed", "jq", "yq", "tee", "xargs", "dd", "zcat", "gunzip", "look", "logger", "wall", "write", "iconv",
    "envsubst", "view", "perl", "python", "python3", "ruby", "node", "php",
];
/// Words anywhere in the name of a file that holds secrets.
const PARTS: &[&str] = &[
    "id_rsa",
    "id_ed25519",
    "id_ecdsa",
    "id_dsa",
    ".pem",
    ".key",
    ".p12",
    ".pfx",
    ".jks",
    ".pgpass",
    ".netrc",
    ".my.cnf",
    "credentials",
    "secret",
    "tfstate",
    ".npmrc",
    ".pypirc",
    "kubeconfig",
    "_history",
    "htpasswd",
    ".asc",
    ".gpg",
];
/// Ends of whole paths.
const PATHS: &[&str] = &["/etc/shadow", "/etc/gshadow", ".kube/config", ".docker/config.json", "/token"];
/// Parts of names that make a file an example of one.
const EXAMPLES: [&str; 5] = ["example", "sample", "template", ".pub", ".dist"];

/// Does a file of this path hold secrets?
fn is_secret(path: &str) -> bool {
    let lower = path.trim_matches(['"', '\'']).to_lowercase();
    let name = lower.rsplit(['/', ':']).next().unwrap_or_default();
    let environment = name == "environ" || name == ".envrc" || name.split('.').skip(1).any(|part| part == "env");
    let held = environment
        || PARTS.iter().any(|part| name.contains(part))
        || PATHS.iter().any(|end| lower.ends_with(end))
        || lower.contains("/secrets/");
    held && !EXAMPLES.iter().any(|word| name.contains(word))
}

fn prints(path: &str) -> Effect {
    Effect::never(format!("prints {}, which holds secrets", Shown::from_remote(path)))
}

/// The first of these that holds secrets, as a reason never to run what shows it.
pub(super) fn shown<'w>(mut paths: impl Iterator<Item = &'w str>) -> Option<Effect> {
    paths.find(|path| !path.starts_with('-') && is_secret(path)).map(prints)
}

/// True of a program that shows what it reads.
pub(super) fn is_printer(name: &str) -> bool {
    PRINTERS.contains(&name)
}

/// What shows a file that holds secrets.
pub(super) fn effect(call: &Call<'_>) -> Option<Effect> {
    let name = call.name();
    // the first word of these is what they look for, or how
    let is_text =
        matches!(name, "grep" | "egrep" | "fgrep" | "zgrep" | "rg" | "ag" | "jq" | "yq" | "awk" | "gawk" | "sed")
            && !call.any(|word| matches!(word, "-e" | "-f" | "--regexp"));
    if is_text {
        let files = call.arguments().filter(|word| !word.starts_with('-')).skip(1);
        return shown(files.chain(call.reads.iter().map(String::as_str)));
    }
    if is_printer(name) {
        let options = call.arguments().filter_map(|word| word.strip_prefix("if=").or(word.strip_prefix("--file=")));
        // code that opens a file names it among other words
        let code = matches!(name, "perl" | "python" | "python3" | "ruby" | "node" | "php");
        let inner = call.arguments().filter(|_| code).flat_map(|word| word.split(['(', ')', '\'', '"', ' ', ',']));
        return shown(call.arguments().chain(options).chain(inner).chain(call.reads.iter().map(String::as_str)));
    }
    match name {
        "git" if call.any(|word| matches!(word, "show" | "diff" | "log" | "blame" | "cat-file" | "grep")) => {
            shown(call.arguments())
        }
        "cp" if call.any(|word| word.starts_with("/dev/std") || word == "/dev/tty") => shown(call.arguments()),
        // what it finds goes to a program that shows it
        "find" if call.any(is_printer) || matches!(call.next.as_deref(), Some("xargs")) => {
            shown(call.arguments().map(|word| word.trim_start_matches('*')))
        }
        _ => None,
    }
}
