//! One command by its program. The table of programs that only read; those that have their own file are asked there.

use crate::base::Shown;
use crate::runbook::class::{Effect, curl, elsewhere, endless, file, idle, script, secret, shell_effect_at, tools};
use crate::runbook::shell::Read;
use crate::runbook::sql;

/// A command whose program is known by name.
#[derive(Clone)]
pub(super) struct Call<'a> {
    /// Program and arguments, variables as `$NAME`.
    pub(super) words: &'a [String],
    /// The same as they were read.
    pub(super) read: &'a [Read],
    /// Files that are fed to it.
    pub(super) reads: &'a [String],
    /// A text is given to it.
    pub(super) is_fed: bool,
    /// The program that its output goes to.
    pub(super) next: Option<String>,
    /// How many programs run it: `sudo timeout 5 sh -c …`.
    pub(super) depth: usize,
}

/// Programs that run one another; what is deeper is not looked into.
const DEEPEST: usize = 8;

impl<'a> Call<'a> {
    /// The program, without the folder where that is a folder of the system's programs.
    pub(super) fn name(&self) -> &'a str {
        let name = self.words.first().map_or("", String::as_str);
        let folders = ["/usr/local/bin/", "/usr/local/sbin/", "/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/"];
        folders.iter().find_map(|folder| name.strip_prefix(folder)).filter(|rest| !rest.contains('/')).unwrap_or(name)
    }

    pub(super) fn arguments(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.words.iter().skip(1).map(String::as_str)
    }

    /// The arguments that are no flags: `run services list`. What stands before them for all of a tool is left out.
    pub(super) fn path(&self) -> Vec<&'a str> {
        let mut path = Vec::new();
        let mut words = self.arguments();
        while let Some(word) = words.next() {
            // `docker compose -f FILE logs`: what stands between the two is compose's
            let is_first = path.is_empty() || path == ["compose"];
            if is_first && globals(self.name()).contains(&word) {
                words.next();
            } else if is_first && self.name() == "gcloud" && matches!(word, "beta" | "alpha") {
                // what is in trial is named as what is not
            } else if !word.starts_with('-') {
                path.push(word);
            }
        }
        path
    }

    pub(super) fn has(&self, words: &[&str]) -> bool {
        self.any(|word| words.contains(&word))
    }

    pub(super) fn any(&self, test: impl Fn(&str) -> bool) -> bool {
        self.arguments().any(test)
    }

    /// One of the short flags of this letter: `-f`, `-nf`.
    pub(super) fn flag(&self, letter: char) -> bool {
        self.any(|word| word.len() > 1 && word.starts_with('-') && !word.starts_with("--") && word.contains(letter))
    }

    /// The same from one of its words on.
    pub(super) fn from(&self, at: usize) -> Option<Self> {
        let inner = || Call { words: &self.words[at..], read: &self.read[at..], depth: self.depth + 1, ..self.clone() };
        (at < self.words.len()).then(inner)
    }
}

/// Flags with a value that stand before a tool's own words.
fn globals(name: &str) -> &'static [&'static str] {
    match name {
        "kubectl" | "oc" => &[
            "-n",
            "--namespace",
            "--context",
            "--cluster",
            "--kubeconfig",
            "--user",
            "--as",
            "-s",
            "--server",
            "--token",
            "--request-timeout",
        ],
        "aws" | "gcloud" => &["--profile", "--region", "--project", "--account", "--configuration", "--endpoint-url"],
        "gh" => &["-R", "--repo"],
        "helm" => &["-n", "--namespace", "--kube-context", "--kubeconfig"],
        "docker" | "podman" | "nerdctl" | "docker-compose" => &[
            "-H",
            "--host",
            "-c",
            "--context",
            "--config",
            "-l",
            "--log-level",
            "-f",
            "--file",
            "-p",
            "--project-name",
            "--profile",
            "--env-file",
            "--project-directory",
            "--ansi",
        ],
        "celery" => &["-A", "--app", "-b", "--broker"],
        _ => &[],
    }
}

/// Programs that only read, whatever they are given.
const READERS: &[&str] = &[
    "cat",
    "tac",
    "head",
    "wc",
    "cut",
    "tr",
    "column",
    "nl",
    "paste",
    "join",
    "comm",
    "fold",
    "rev",
    "expand",
    "grep",
    "egrep",
    "fgrep",
    "zgrep",
    "zcat",
    "rg",
    "ls",
    "tree",
    "stat",
    "file",
    "du",
    "df",
    "free",
    "uptime",
    "w",
    "who",
    "whoami",
    "id",
    "groups",
    "uname",
    "cal",
    "pgrep",
    "pidof",
    "ps",
    "lsof",
    "ss",
    "netstat",
    "dig",
    "nslookup",
    "host",
    "getent",
    "nproc",
    "lscpu",
    "lsblk",
    "lsmod",
    "lspci",
    "last",
    "md5sum",
    "sha256sum",
    "sha1sum",
    "cksum",
    "xxd",
    "od",
    "hexdump",
    "strings",
    "diff",
    "cmp",
    "basename",
    "dirname",
    "realpath",
    "readlink",
    "pwd",
    "which",
    "type",
    "seq",
    "pg_isready",
    "traceroute",
    "tracepath",
    "nvidia-smi",
    "sidekiqmon",
    "test",
    "[",
    "[[",
];

pub(super) fn effect(call: &Call<'_>) -> Effect {
    if call.depth > DEEPEST {
        return Effect::changes("too many programs run one another");
    }
    if let Some(inner) = wrapped(call) {
        return inner;
    }
    let found = secret::effect(call)
        .or_else(|| file::effect(call))
        .or_else(|| secret::of_tool(call))
        .or_else(|| elsewhere::effect(call))
        .or_else(|| endless::effect(call))
        .or_else(|| idle::effect(call));
    if let Some(effect) = found {
        return effect;
    }
    let name = call.name();
    if READERS.contains(&name) {
        return Effect::reads(format!("{name} reads only"));
    }
    if let Some(effect) = tools::effect(call).or_else(|| small(call)) {
        return effect;
    }
    let is_call = name.contains(['(', '{', '}']) || name.ends_with([':', ',']);
    let shown = Shown::from_remote(name);
    if is_call || !name.chars().any(char::is_alphanumeric) {
        return Effect::Hands("no command of a shell".into());
    }
    if name.starts_with("./") || name.starts_with('/') || name.starts_with("../") {
        return Effect::changes(format!("runs the file {shown}, which is not known"));
    }
    if name.starts_with('$') {
        return Effect::changes("runs what a variable holds");
    }
    Effect::changes(format!("unknown program {shown}"))
}

/// `sudo`, `timeout` and their like: what they run counts.
fn wrapped(call: &Call<'_>) -> Option<Effect> {
    let skip_flags = |with_value: &[&str]| {
        let mut at = 1;
        while let Some(word) = call.words.get(at).filter(|word| word.starts_with('-')) {
            at += if with_value.contains(&word.as_str()) { 2 } else { 1 };
        }
        at
    };
    let at = match call.name() {
        "sudo" | "doas" => {
            if call.words.get(1).is_some_and(|word| matches!(word.as_str(), "-i" | "-s")) && call.words.len() == 2 {
                return Some(Effect::never("opens a shell that waits for a person"));
            }
            // `-Eu app` takes a value as `-u app` does
            let takes = |word: &str| match word.strip_prefix("--") {
                Some(long) => matches!(long, "user" | "group" | "host" | "prompt" | "chdir" | "close-from"),
                None => word.ends_with(['u', 'g', 'h', 'p', 'C', 'T', 'D', 'R']),
            };
            let mut at = 1;
            while let Some(word) = call.words.get(at).filter(|word| word.starts_with('-')) {
                at += if takes(word) { 2 } else { 1 };
            }
            at
        }
        "time" | "nohup" | "ionice" | "stdbuf" | "setsid" => skip_flags(&["-c", "-n"]),
        "nice" => skip_flags(&["-n"]),
        "command" if call.has(&["-v", "-V"]) => return Some(Effect::reads("tells where a program is")),
        "command" | "builtin" => 1,
        "timeout" => {
            let inner = call.from(skip_flags(&["-k", "-s"]) + 1).map(|inner| effect(&inner))?;
            // it ends by itself
            return Some(if let Effect::Follows(_) = inner {
                Effect::reads("reads for a while, then ends")
            } else {
                inner
            });
        }
        "env" => {
            let mut at = skip_flags(&["-u", "-C"]);
            while call.words.get(at).is_some_and(|word| word.contains('=')) {
                at += 1;
            }
            at
        }
        "xargs" => skip_flags(&["-n", "-P", "-I", "-L", "-d"]),
        _ => return None,
    };
    match call.from(at) {
        Some(inner) => Some(effect(&inner)),
        // `env` alone prints everything
        None if matches!(call.name(), "env") => None,
        None if call.name() == "xargs" && file::effect(call).is_some() => file::effect(call),
        None => Some(Effect::changes(format!("{} without a command", call.name()))),
    }
}

/// Programs that read unless they are told otherwise.
fn small(call: &Call<'_>) -> Option<Effect> {
    let name = call.name();
    let reads = || Effect::reads(format!("{name} reads only"));
    let unless = |changes: bool, why: &'static str| if changes { Effect::changes(why) } else { reads() };
    Some(match name {
        "echo" | "printf" => Effect::reads("prints its own words"),
        _ if tells_version(call) => Effect::reads("tells its version"),
        "tail" if call.flag('f') || call.flag('F') || call.any(|word| word.starts_with("--follow")) => {
            follows("tail -f")
        }
        "journalctl" if call.any(|word| word.starts_with("--vacuum") || word == "--rotate" || word == "--flush") => {
            Effect::changes("takes logs away")
        }
        "journalctl" if call.flag('f') || call.has(&["--follow"]) => follows("journalctl -f"),
        "journalctl" => Effect::reads("journalctl reads the journal"),
        "ping" | "ping6" if !call.flag('c') && !call.flag('w') => follows("ping"),
        "top" if call.flag('b') && call.flag('n') => reads(),
        "top" => Effect::never("waits for a person at a terminal"),
        "vmstat" | "iostat" | "mpstat" | "pidstat" | "sar" if script::is_repeated(call) => follows(name),
        "tail" | "ping" | "ping6" | "vmstat" | "iostat" | "mpstat" | "pidstat" | "sar" => reads(),
        "sort" => unless(
            call.flag('o') || call.any(|word| word.starts_with("--output") || word.starts_with("--compress-program")),
            "writes a file, or runs a program",
        ),
        "uniq" => unless(call.path().len() > 1, "writes a file"),
        "sed" => script::sed(call),
        "awk" | "gawk" | "mawk" => script::awk(call),
        "jq" | "yq" => script::jq(call),
        "find" => unless(
            call.any(|word| {
                matches!(word, "-delete" | "-exec" | "-execdir" | "-ok" | "-okdir")
                    || word.starts_with("-fprint")
                    || word.starts_with("-fls")
            }),
            "does something to what it finds",
        ),
        "date" | "hostname" => unless(
            call.any(|word| {
                word == "-s"
                    || word.starts_with("--set")
                    || !word.starts_with('-')
                        && (name == "hostname" || !word.starts_with('+') && script::sets_date(call))
            }),
            "sets it",
        ),
        "dmesg" => unless(
            ['c', 'C', 'n', 'D', 'E'].into_iter().any(|flag| call.flag(flag))
                || call
                    .any(|word| ["--clear", "--read-clear", "--console"].iter().any(|start| word.starts_with(start))),
            "changes the kernel's log",
        ),
        "sysctl" => unless(
            call.flag('w')
                || call.flag('p')
                || call.any(|word| word.contains('=') || word == "--system" || word.starts_with("--load")),
            "sets a value of the kernel",
        ),
        "ifconfig" => unless(call.path().len() > 1, "changes the network"),
        "iptables" | "ip6tables" => unless(
            !call.any(|word| matches!(word, "-L" | "-S" | "--list" | "--list-rules"))
                || call.any(|word| matches!(word, "-F" | "-A" | "-D" | "-I" | "-P" | "-X" | "-Z")),
            "changes the firewall",
        ),
        "nginx" => unless(!call.has(&["-t", "-v", "-V"]) || call.has(&["-s"]), "changes a running service"),
        "mount" => unless(!call.path().is_empty(), "mounts something"),
        "ip" => unless(
            call.any(|word| matches!(word, "add" | "del" | "delete" | "set" | "flush" | "replace" | "change")),
            "changes the network",
        ),
        "nc" | "ncat" | "telnet" => {
            if call.flag('z') {
                reads()
            } else {
                Effect::never("waits for a person at a terminal")
            }
        }
        "crontab" => unless(!call.has(&["-l"]), "changes the timetable"),
        "timedatectl" | "hostnamectl" | "loginctl" => unless(
            !call
                .path()
                .first()
                .is_none_or(|word| word.starts_with("status") || word.starts_with("list") || word.starts_with("show")),
            "sets it",
        ),
        "openssl" => unless(
            !call.has(&["x509", "version", "dgst", "sha256", "verify", "s_client", "ciphers"]),
            "makes or changes something",
        ),
        "curl" => curl::curl(call),
        "wget" => curl::wget(call),
        "pg_dump" | "pg_dumpall" | "pg_basebackup" | "mysqldump" => {
            Effect::changes(format!("{name} copies the whole database out"))
        }
        "rm" | "rmdir" | "shred" | "dropdb" | "mkfs" | "dd" | "truncate" | "userdel" => {
            Effect::destroys(format!("destructive: {name} takes something away for good"))
        }
        "kill" | "pkill" | "killall" => Effect::changes(format!("{name} ends processes")),
        "reboot" | "shutdown" | "halt" | "poweroff" => {
            Effect::destroys(format!("destructive: {name} takes the whole machine down"))
        }
        "bash" | "sh" | "zsh" | "dash" | "ksh" | "ash" if call.any(is_code_flag) => {
            let inner = call.arguments().skip_while(|word| !is_code_flag(word)).nth(1).unwrap_or_default();
            shell_effect_at(inner, call.depth + 1)
        }
        "bash" | "sh" | "zsh" | "python" | "python3" | "node" | "ruby" | "perl" if call.is_fed => {
            Effect::changes("runs what it is fed, which is not known")
        }
        "bash" | "sh" | "zsh" | "eval" | "exec" | "python" | "python3" | "node" | "ruby" | "perl" | "npx" => {
            Effect::changes("runs code that is not known")
        }
        "psql" | "mysql" | "sqlite3" | "mariadb" | "cockroach" => database(call),
        _ => return None,
    })
}

pub(super) fn follows(what: &str) -> Effect {
    Effect::Follows(format!("{what} never ends: it is read for a while, then ended").into())
}

/// `psql -c 'SELECT …'` is what its statement is.
fn database(call: &Call<'_>) -> Effect {
    let mut worst: Option<Effect> = None;
    let words: Vec<&str> = call.arguments().collect();
    for (n, word) in words.iter().enumerate() {
        let statement = match *word {
            "-c" | "-e" | "--command" | "--execute" => words.get(n + 1).copied(),
            // `-tAc STATEMENT`
            _ if is_code_flag(word) => words.get(n + 1).copied(),
            _ => ["--command=", "--execute="].iter().find_map(|flag| word.strip_prefix(flag)),
        };
        let last = call.name() == "sqlite3" && n > 0 && n + 1 == words.len();
        if let Some(statement) = statement.or_else(|| last.then_some(*word)) {
            // `\d` and its like describe; `\!` and `\i` run
            let effect = match statement.trim().strip_prefix('\\') {
                Some(rest) if rest.starts_with(['d', 'l', 'c']) && !rest.starts_with("copy") => {
                    Effect::reads("describes the database")
                }
                Some(rest) if rest.starts_with("watch") => Effect::never("\\watch never ends"),
                Some(_) => Effect::changes("a command of psql"),
                None => sql::effect(statement),
            };
            worst = Some(match worst {
                Some(worst) => worst.and(effect),
                None => effect,
            });
        }
    }
    let writes = call.has(&["-o", "--output", "-L", "--log-file", "--tee"])
        || call.any(|word| ["--output=", "--log-file=", "--tee="].iter().any(|start| word.starts_with(start)));
    let from_file = call.has(&["-f", "--file"]) || call.any(|word| word.starts_with("--file="));
    match worst {
        Some(effect) if writes => effect.and(Effect::changes("writes a file")),
        Some(effect) if from_file => effect.and(Effect::changes("runs all statements of a file")),
        Some(effect) => effect,
        None if call.has(&["-l", "--list", "--version", "-V"]) => Effect::reads("lists databases"),
        None if call.is_fed => Effect::destroys("destructive: runs all statements of a file"),
        None if call.flag('f') || call.any(|word| word.starts_with("--file")) => {
            Effect::changes("runs all statements of a file")
        }
        None => Effect::never("waits for a person at a terminal"),
    }
}

/// `-c` or `-e`, or short flags that end in one of them: `-lc`, `-tAc`.
fn is_code_flag(word: &str) -> bool {
    word.strip_prefix('-')
        .is_some_and(|letters| letters.ends_with(['c', 'e']) && letters.bytes().all(|byte| byte.is_ascii_alphabetic()))
}

/// `node --version`: of programs that are known to tell it and nothing else.
fn tells_version(call: &Call<'_>) -> bool {
    const KNOWN: &[&str] = &[
        "node",
        "python",
        "python3",
        "ruby",
        "perl",
        "php",
        "java",
        "go",
        "docker",
        "redis-server",
        "psql",
        "nginx",
        "npm",
        "gcc",
        "openssl",
        "bash",
    ];
    KNOWN.contains(&call.name()) && call.words.len() == 2 && call.has(&["--version", "-V", "-v", "-version", "version"])
}
