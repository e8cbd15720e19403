//! Code to commands. A comment belongs to the command after it, or is for a person where none follows; what a line goes
//! on with stays with it; SQL among shell is SQL; ways to do the same are told as ways.

mod ways;

use crate::runbook::markdown::Fence;
use crate::runbook::placeholder::{fields, masked};
use crate::runbook::repair::repaired;
use crate::runbook::{shell, sql};
use ways::Ways;

/// Longest command, in lines; an open quote ends there.
const LONGEST: usize = 200;

/// One command, or what stands in its place.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Chunk {
    /// The comments before it.
    pub(super) comments: Vec<String>,
    /// As it stands, repaired for display. Empty where there are only comments.
    pub(super) source: String,
    /// `bash`, `sql`, or the fence's own word.
    pub(super) language: String,
    /// The comments after it.
    pub(super) notes: Vec<String>,
    /// The way that it is, where there are several: a number within the fence, and its name.
    pub(super) way: Option<(usize, String)>,
    /// Line in the file, from 1.
    pub(super) line: usize,
}

/// The commands of a fence, none lost: a fence of another language is one chunk.
pub(super) fn chunks(fence: &Fence) -> Vec<Chunk> {
    let language = match fence.language.as_str() {
        "bash" | "sh" | "shell" | "zsh" | "console" | "shell-session" | "shellsession" | "terminal" => "bash",
        "sql" | "psql" | "pgsql" | "postgres" | "postgresql" | "plpgsql" | "mysql" => "sql",
        "" if looks_like_shell(&fence.code) => "bash",
        other => other,
    };
    let code = repaired(&fence.code);
    let mut splitter = Splitter {
        lines: code.split('\n').collect(),
        at: 0,
        first: fence.line,
        last: fence.last,
        ..Splitter::default()
    };
    match language {
        "bash" => splitter.shell(),
        "sql" => splitter.sql(),
        _ if code.trim().is_empty() => {}
        other => splitter.chunks.push(Chunk {
            source: code.trim_end().to_owned(),
            language: if other.is_empty() { "text" } else { other }.to_owned(),
            line: fence.line,
            ..Chunk::default()
        }),
    }
    let mut chunks = splitter.chunks;
    Ways::mark(&mut chunks);
    chunks
}

/// A fence without a word holds commands only where every line looks like one.
fn looks_like_shell(code: &str) -> bool {
    const KNOWN: &[&str] = &[
        "sudo",
        "curl",
        "docker",
        "systemctl",
        "kubectl",
        "git",
        "redis-cli",
        "psql",
        "journalctl",
        "npm",
        "pnpm",
        "cd",
        "echo",
        "export",
        "rm",
        "cat",
        "ls",
        "grep",
        "tail",
        "rq",
        "$",
        "ssh",
    ];
    let first = |line: &str| line.split_whitespace().next().is_some_and(|word| KNOWN.contains(&word));
    // what a terminal showed begins with its prompt; answers stand between
    if code.lines().find(|line| !line.trim().is_empty()).is_some_and(|line| unprompted(line).is_some()) {
        return true;
    }
    let mut lines = code.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).peekable();
    lines.peek().is_some() && lines.all(first)
}

/// What stands behind a prompt: `$ ls`, `root@host:~# ls`, `[app@host dir]$ ls`.
fn unprompted(line: &str) -> Option<&str> {
    if let Some(rest) = line.strip_prefix("$ ").or_else(|| line.strip_prefix("% ")) {
        return Some(rest);
    }
    let at = ["$ ", "# ", "% "].iter().filter_map(|sign| line.find(sign)).min()?;
    let head = line[..at].trim_start_matches('[');
    let user = head.split(' ').next().unwrap_or_default();
    let is_plain = head.chars().all(|c| c.is_ascii_alphanumeric() || "@._-:~/] ".contains(c));
    let named = user.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
    (is_plain && named && head.len() < 80).then(|| &line[at + 2..])
}

#[derive(Default)]
struct Splitter<'c> {
    lines: Vec<&'c str>,
    at: usize,
    /// The file's line of the first, and its last of all.
    first: usize,
    last: usize,
    chunks: Vec<Chunk>,
    /// Comments that wait for a command.
    pending: Vec<String>,
    /// Where they begin.
    pending_at: usize,
    /// A command stands in this block of lines.
    after: bool,
}

impl Splitter<'_> {
    fn shell(&mut self) {
        let prompts = self.lines.iter().any(|line| unprompted(line).is_some());
        while let Some(line) = self.lines.get(self.at).copied() {
            let text = line.trim();
            if text.is_empty() {
                self.block_ends();
            } else if text.starts_with('#') {
                self.comment(text.trim_start_matches('#'));
            } else if sql::begins(text) {
                self.gather("sql", sql::is_whole);
            } else if is_request(text) {
                self.push("http", 1);
            } else if text == "{" || text.starts_with("{\"") || text.starts_with("[{") {
                self.gather("json", is_balanced);
            } else if prompts && unprompted(line).is_none() {
                // what the command before printed
                let note = text.to_owned();
                match self.chunks.last_mut() {
                    Some(chunk) => chunk.notes.push(note),
                    None => self.pending.push(note),
                }
            } else {
                self.gather("bash", shell::is_whole);
                continue;
            }
            self.at += 1;
        }
        self.block_ends();
    }

    fn sql(&mut self) {
        while let Some(line) = self.lines.get(self.at).copied() {
            let text = line.trim();
            if text.is_empty() {
                self.block_ends();
            } else if let Some(comment) = text.strip_prefix("--") {
                self.comment(comment);
            } else {
                self.gather("sql", sql::is_whole);
            }
            self.at += 1;
        }
        self.block_ends();
    }

    fn comment(&mut self, text: &str) {
        let text = text.trim();
        // a ruler says nothing
        if !text.bytes().any(|byte| byte.is_ascii_alphanumeric()) && text.chars().count() > 2 {
            return;
        }
        let about_before = self.after
            && self.pending.is_empty()
            && ["Expected", "Should", "Identify"].iter().any(|word| text.starts_with(word));
        match self.chunks.last_mut() {
            Some(chunk) if about_before => chunk.notes.push(text.to_owned()),
            _ => {
                if self.pending.is_empty() {
                    self.pending_at = self.at;
                }
                self.pending.push(text.to_owned());
            }
        }
    }

    /// A blank line, or the end: comments without a command are a step for a person, or tell of the command before.
    fn block_ends(&mut self) {
        let comments: Vec<String> =
            std::mem::take(&mut self.pending).into_iter().filter(|text| !text.is_empty()).collect();
        if !comments.is_empty() {
            match self.chunks.last_mut() {
                Some(chunk) if self.after => chunk.notes.extend(comments),
                _ => {
                    let line = self.line(self.pending_at);
                    self.chunks.push(Chunk { comments, language: "text".to_owned(), line, ..Chunk::default() });
                }
            }
        }
        self.after = false;
    }

    /// Takes lines until they are whole, and leaves `at` on the last of them; of shell behind it.
    fn gather(&mut self, language: &str, is_whole: fn(&str) -> bool) {
        let rest = &self.lines[self.at..];
        let mut text = String::new();
        let mut taken = 0;
        let mut whole = false;
        for line in rest.iter().take(LONGEST) {
            if language == "sql" && line.trim().is_empty() {
                break;
            }
            text.push_str(line);
            taken += 1;
            // a placeholder is no redirection that waits for its file
            if is_whole(&masked(&text, &fields(&text))) {
                whole = true;
                break;
            }
            text.push('\n');
        }
        // an open quote must not take the whole fence with it
        let taken = if whole || language == "sql" { taken.max(1) } else { 1 };
        self.push(language, taken);
        self.at += if language == "bash" { taken } else { taken - 1 };
    }

    fn line(&self, at: usize) -> usize {
        (self.first + at).min(self.last.max(self.first))
    }

    fn push(&mut self, language: &str, lines: usize) {
        let source = self.lines[self.at..self.at + lines].join("\n");
        let source = source.trim();
        let source = Some(source).filter(|_| language == "bash").and_then(unprompted).unwrap_or(source).to_owned();
        let line = self.line(self.at);
        let comments = std::mem::take(&mut self.pending);
        self.chunks.push(Chunk { comments, source, language: language.to_owned(), line, ..Chunk::default() });
        self.after = true;
    }
}

/// `GET /health` by itself is no command.
fn is_request(line: &str) -> bool {
    ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]
        .iter()
        .any(|method| line.strip_prefix(method).is_some_and(|rest| rest.starts_with(" /") || rest.starts_with(" http")))
}

/// True of a text whose brackets are closed.
fn is_balanced(text: &str) -> bool {
    let count = |c: char| text.matches(c).count();
    count('{') <= count('}') && count('[') <= count(']')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(language: &str, code: &str) -> Vec<Chunk> {
        chunks(&Fence { language: language.to_owned(), code: code.to_owned(), line: 10, last: 99 })
    }

    fn told(language: &str, code: &str) -> Vec<(String, String, String)> {
        of(language, code).into_iter().map(|c| (c.language, c.comments.join(" / "), c.source)).collect()
    }

    fn row(language: &str, comments: &str, source: &str) -> (String, String, String) {
        (language.to_owned(), comments.to_owned(), source.to_owned())
    }

    #[test]
    fn a_command_keeps_its_lines_and_its_comments() {
        let code = "# Check\ncurl -X POST x \\\n  -d '{\n  \"a\": 1\n}'\n\n# 3. Look at the page\n# Dashboard -> Logs\n\nls # why's that\n";
        assert_eq!(
            told("bash", code),
            [
                row("bash", "Check", "curl -X POST x \\\n  -d '{\n  \"a\": 1\n}'"),
                row("text", "3. Look at the page / Dashboard -> Logs", ""),
                row("bash", "", "ls # why's that"),
            ]
        );
        assert_eq!(of("bash", code).iter().map(|chunk| chunk.line).collect::<Vec<_>>(), [11, 16, 19]);
    }

    #[test]
    fn sql_and_answers_among_shell_are_what_they_are() {
        let code = "# top\nSELECT a,\n  b\nFROM t;\n\ncurl x\n# Expected response:\n{\n  \"a\": 1\n}\n\nGET /health\n";
        assert_eq!(
            told("bash", code),
            [
                row("sql", "top", "SELECT a,\n  b\nFROM t;"),
                row("bash", "", "curl x"),
                row("json", "", "{\n  \"a\": 1\n}"),
                row("http", "", "GET /health"),
            ]
        );
        assert_eq!(of("bash", code)[1].notes, ["Expected response:"]);
    }

    #[test]
    fn a_placeholder_takes_no_other_line_with_it() {
        assert_eq!(
            told("bash", "A=<REQUIRED>   # the key\nB=1\n"),
            [row("bash", "", "A=<REQUIRED>   # the key"), row("bash", "", "B=1")]
        );
    }

    #[test]
    fn an_open_quote_takes_one_line_only() {
        assert_eq!(told("bash", "echo 'a\nls\n"), [row("bash", "", "echo 'a"), row("bash", "", "ls")]);
    }

    #[test]
    fn what_is_printed_is_no_command() {
        assert_eq!(told("console", "$ ls\na b\n$ pwd\n"), [row("bash", "", "ls"), row("bash", "", "pwd")]);
        assert_eq!(told("", "$ redis-cli ping\nPONG\n"), [row("bash", "", "redis-cli ping")]);
        assert_eq!(
            told("console", "root@web-1:~# systemctl restart x\n[app@web-1 dir]$ df -h\n"),
            [row("bash", "", "systemctl restart x"), row("bash", "", "df -h")]
        );
        assert_eq!(told("bash", "scp a@b:c . # it\n"), [row("bash", "", "scp a@b:c . # it")]);
        assert_eq!(told("", "URL: https://x\nLogin: y\n"), [row("text", "", "URL: https://x\nLogin: y")]);
        assert_eq!(told("", "sudo systemctl restart x\n"), [row("bash", "", "sudo systemctl restart x")]);
    }

    #[test]
    fn ways_to_do_the_same_are_told_as_ways() {
        let ways =
            |code: &str| -> Vec<Option<(usize, String)>> { of("bash", code).into_iter().map(|c| c.way).collect() };
        let way = |n: usize, name: &str| Some((n, name.to_owned()));
        assert_eq!(
            ways("# Restart (systemd)\nsystemctl restart a\n\n# Restart (Docker)\ndocker restart a\n\n# Verify\nls\n"),
            [way(0, "systemd"), way(0, "Docker"), None]
        );
        assert_eq!(
            ways("systemctl restart a\n# or\nrailway restart\n\nls\n"),
            [way(0, "systemd"), way(0, "Railway"), None]
        );
        assert_eq!(
            ways("# Option 1: more\nexport A=5\n\n# Option 2: less\nexport B=1\n"),
            [way(0, "Option 1: more"), way(0, "Option 2: less")]
        );
        assert_eq!(ways("# Check Redis (if on Railway)\nrailway status\n"), [None]);
    }
}
