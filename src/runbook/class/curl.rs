//! HTTP by hand. A GET that is not known to do something reads; everything else changes.

use crate::base::Shown;
use crate::runbook::class::Effect;
use crate::runbook::class::program::{Call, follows};

/// Flags of curl that take a value.
const VALUES: &[&str] = &[
    "-A",
    "-b",
    "-C",
    "-e",
    "-E",
    "-H",
    "-K",
    "-m",
    "-o",
    "-r",
    "-t",
    "-u",
    "-U",
    "-w",
    "-x",
    "-y",
    "-Y",
    "-z",
    "--user-agent",
    "--cookie",
    "--referer",
    "--cert",
    "--key",
    "--cacert",
    "--header",
    "--config",
    "--max-time",
    "--connect-timeout",
    "--output",
    "--range",
    "--user",
    "--write-out",
    "--proxy",
    "--resolve",
    "--retry",
    "--retry-delay",
    "--interface",
    "--url",
];
/// Words in a path that do something when they are asked for.
const VERBS: &[&str] = &[
    "test", "trigger", "run", "execute", "exec", "restart", "reload", "reset", "flush", "purge", "clear", "delete",
    "remove", "start", "stop", "pause", "resume", "retry", "requeue", "refresh", "sync", "rotate", "send", "notify",
    "deploy", "rollback", "record", "cleanup", "shutdown", "quit", "kill", "drain", "webhook", "invoke",
];

#[derive(Default)]
struct Asked<'a> {
    method: Option<&'a str>,
    sends: bool,
    asks_by_url: bool,
    tells_all: bool,
    has_header: bool,
    streams: bool,
    config: bool,
    file: Option<&'a str>,
    urls: Vec<&'a str>,
}

pub(super) fn curl(call: &Call<'_>) -> Effect {
    let asked = asked(call);
    if asked.config {
        return Effect::changes("reads its request from a file");
    }
    if asked.tells_all && asked.has_header {
        return Effect::never("-v prints the request's headers with their keys");
    }
    judge(&asked)
}

fn asked<'a>(call: &Call<'a>) -> Asked<'a> {
    let mut asked = Asked::default();
    let mut words = call.words[1..].iter().map(String::as_str);
    while let Some(word) = words.next() {
        let (flag, glued) = match word {
            _ if word.starts_with("--") => {
                word.split_once('=').map_or((word, None), |(flag, value)| (flag, Some(value)))
            }
            _ if word.starts_with('-') && word.len() > 2 && !word.starts_with("--") => short(word),
            _ => (word, None),
        };
        // of `-sSv` each letter counts
        let letters = if word.starts_with("--") || !word.starts_with('-') {
            ""
        } else {
            word.split(['X', 'd', 'H', 'o', 'F', 'T', 'u', 'w']).next().unwrap_or("")
        };
        asked.tells_all |= letters.contains('v') || matches!(flag, "--verbose" | "--trace" | "--trace-ascii");
        asked.streams |= letters.contains('N') || flag == "--no-buffer";
        asked.asks_by_url |= letters.contains('G') || flag == "--get";
        if letters.contains('I') || flag == "--head" {
            asked.method = asked.method.or(Some("HEAD"));
        }
        if letters.contains('O') || matches!(flag, "--remote-name" | "--remote-name-all") {
            asked.file = Some("named by the server");
        }
        match flag {
            "-X" | "--request" => asked.method = glued.or_else(|| words.next()),
            "-d" | "-F" | "-T" | "--json" | "--form" | "--form-string" | "--upload-file" => {
                asked.sends = true;
                let _ = glued.or_else(|| words.next());
            }
            _ if flag.starts_with("--data") => {
                asked.sends = true;
                let _ = glued.or_else(|| words.next());
            }
            "-o" | "--output" => {
                asked.file =
                    glued.or_else(|| words.next()).filter(|file| !matches!(*file, "-" | "/dev/null")).or(asked.file);
            }
            "-D" | "--dump-header" | "-c" | "--cookie-jar" | "--stderr" | "--trace" | "--trace-ascii" | "--hsts"
            | "--etag-save" => {
                asked.file =
                    glued.or_else(|| words.next()).filter(|file| !matches!(*file, "-" | "/dev/null")).or(asked.file);
            }
            "-K" | "--config" => asked.config = true,
            "-H" | "--header" | "-u" | "--user" => {
                asked.has_header = true;
                let _ = glued.or_else(|| words.next());
            }
            _ if VALUES.contains(&flag) => {
                let value = glued.or_else(|| words.next());
                asked.urls.extend(value.filter(|_| flag == "--url"));
            }
            _ if flag.starts_with('-') => {}
            url => asked.urls.push(url),
        }
    }
    asked
}

/// `-sXPOST` is `-X` with `POST`; `-sS` is nothing that takes a value.
fn short(word: &str) -> (&str, Option<&str>) {
    let takes = |c: char| "AbcCDeEHKmortTuUwxyYzXdF".contains(c);
    let Some((at, c)) = word.char_indices().skip(1).find(|(_, c)| takes(*c)) else { return (word, None) };
    let flag = match c {
        'X' => "-X",
        'd' => "-d",
        'F' => "-F",
        'T' => "-T",
        'H' => "-H",
        'o' => "-o",
        'D' => "-D",
        'c' => "-c",
        'u' => "-u",
        'K' => "-K",
        _ => "-A",
    };
    let rest = &word[at + c.len_utf8()..];
    (flag, (!rest.is_empty()).then_some(rest))
}

/// Pages that tell secrets: fresh tokens, keys of a machine's role, the environment of a service.
fn tells_secrets(url: &str) -> Option<&'static str> {
    let path = url.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    if path.contains("security-credentials/") || path.contains("computeMetadata") && path.ends_with("token") {
        return Some("prints the keys of this machine's role");
    }
    if path.ends_with("/oauth/token") || path.ends_with("/oauth2/token") || path.ends_with("/oauth/access_token") {
        return Some("its answer is a token");
    }
    let last = path.rsplit('/').next().unwrap_or_default();
    let inner = path.contains("actuator") || path.contains("debug") || path.contains("/_");
    (inner && matches!(last, "env" | "environ" | "configprops" | "heapdump" | "vars"))
        .then_some("prints the service's environment with its secrets")
}

fn judge(asked: &Asked<'_>) -> Effect {
    if let Some(why) = asked.urls.iter().find_map(|url| tells_secrets(url)) {
        return Effect::never(why);
    }
    let usual = if asked.sends && !asked.asks_by_url { "POST" } else { "GET" };
    let method = asked.method.unwrap_or(usual);
    let reads = method.eq_ignore_ascii_case("GET") || method.eq_ignore_ascii_case("HEAD");
    if method.eq_ignore_ascii_case("DELETE") {
        return Effect::destroys("destructive: a DELETE request");
    }
    if !reads || (asked.sends && !asked.asks_by_url) {
        let method = if reads { "GET with a body" } else { method };
        return Effect::changes(format!("a {} request changes something", Shown::from_remote(method)));
    }
    if asked.urls.is_empty() {
        return Effect::changes("no address that can be read");
    }
    for url in &asked.urls {
        let path = url.split(['?', '#']).next().unwrap_or_default();
        let path = path.split_once("://").map_or(path, |(_, rest)| rest);
        let verb = path.split(['/', '-', '_']).skip(1).find(|word| VERBS.contains(&word.to_lowercase().as_str()));
        let asks_to_run = url.contains("code=") || url.contains("cmd=");
        if let Some(verb) = verb {
            return Effect::changes(format!("a GET that does something: its path says '{verb}'"));
        }
        if asks_to_run {
            return Effect::changes("a GET that runs what it is given");
        }
    }
    if let Some(file) = asked.file {
        return Effect::changes(format!("writes the file {}", Shown::from_remote(file)));
    }
    if asked.streams {
        return follows("a stream");
    }
    Effect::reads(format!("{} reads only", method.to_uppercase()))
}

pub(super) fn wget(call: &Call<'_>) -> Effect {
    let to_screen =
        call.any(|word| word == "-O-" || word == "-qO-" || word == "--spider" || word == "-qO" || word == "-O");
    let to_stdout = call.any(|word| word == "-" || word.ends_with("O-") || word == "--spider" || word == "/dev/null");
    if call.any(|word| word.starts_with("--post") || word.starts_with("--method") || word.starts_with("--body")) {
        return Effect::changes("a request that changes something");
    }
    if call.has(&["-d", "--debug"]) && call.any(|word| word.starts_with("--header")) {
        return Effect::never("-d prints the request's headers with their keys");
    }
    let logs = call.any(|word| {
        matches!(word, "-o" | "-a" | "-i" | "-P")
            || ["--output-file", "--append-output", "--input-file"].iter().any(|start| word.starts_with(start))
    });
    if !(to_screen && to_stdout) || logs {
        return Effect::changes("writes a file, or asks for addresses that are not seen here");
    }
    let urls = call.arguments().filter(|word| !word.starts_with('-')).collect();
    judge(&Asked { urls, ..Asked::default() })
}
