//! A small reader of shell text: which commands stand in it, with their words, redirections and what they expand. It
//! runs nothing. What it cannot read it says so of, and then nobody takes the text for harmless.

mod lexer;

use crate::runbook::placeholder::{Field, MARKS, masked};
use lexer::Lexer;

/// A part of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// As it stands.
    Text(String),
    /// `$NAME`.
    Var(String),
    /// The value of a field, by its number.
    Field(usize),
}

/// One argument, to be joined of its pieces.
pub type Word = Vec<Piece>;

/// A word as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Read {
    /// Its parts; what a shell would compute is none of them.
    pub(super) pieces: Vec<Piece>,
    /// Variables anywhere in it.
    pub(super) vars: Vec<String>,
    /// A part of it is computed: `$(…)`, `${a:-b}`, `*`.
    pub(super) computed: bool,
    /// Some of it was quoted.
    pub(super) quoted: bool,
}

impl Read {
    /// Its words, variables as `$NAME`.
    pub(super) fn text(&self) -> String {
        self.pieces.iter().fold(String::new(), |mut text, piece| {
            match piece {
                Piece::Text(part) => text.push_str(part),
                Piece::Var(name) => {
                    text.push('$');
                    text.push_str(name);
                }
                Piece::Field(_) => text.push('\u{e000}'),
            }
            text
        })
    }
}

/// What stands between one command and the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// `;`, a line break, or the end.
    End,
    /// `&&` or `||`.
    Chain,
    /// `|`.
    Pipe,
    /// `&`.
    Background,
}

/// One simple command.
#[derive(Clone, Debug)]
pub(super) struct Command {
    /// `NAME=value` before it, or all of it.
    pub(super) assigned: Vec<String>,
    /// The program and its arguments.
    pub(super) words: Vec<Read>,
    /// Files that it writes; `/dev/null` and other descriptors are none.
    pub(super) writes: Vec<String>,
    /// Files that it reads by `<`.
    pub(super) reads: Vec<String>,
    /// A text is given to it by `<<`.
    pub(super) is_fed: bool,
    /// Variables that a shell would write out in that text.
    pub(super) fed: Vec<String>,
    /// What follows.
    pub(super) then: Then,
}

/// All commands of a text, those within `$(…)` among them.
#[derive(Clone, Debug, Default)]
pub(super) struct Script {
    /// In the order of the text; what is substituted comes before what it stands in.
    pub(super) commands: Vec<Command>,
    /// `if`, `for`, functions, subshells.
    pub(super) compound: bool,
    /// `while` or `until`.
    pub(super) loops: bool,
    /// A quote, bracket or keyword is not closed, or a line goes on.
    pub(super) open: bool,
}

/// Reads a text.
pub(super) fn read(text: &str) -> Script {
    Lexer::new(text).script()
}

/// True of a text that is a whole command, or several.
pub(super) fn is_whole(text: &str) -> bool {
    !read(text).open
}

/// The arguments of a source that is one command and needs no shell: no pipe, no redirection, nothing computed, no value
/// that would become a part of code. `None` of anything else.
pub fn argv(source: &str, fields: &[Field]) -> Option<Vec<Word>> {
    let script = read(&masked(source, fields));
    let [command] = script.commands.as_slice() else { return None };
    let bare = command.assigned.is_empty() && command.writes.is_empty() && command.reads.is_empty() && !command.is_fed;
    let plain = !script.open && !script.compound && !script.loops && command.then == Then::End && bare;
    if !plain || command.words.is_empty() || command.words.iter().any(|word| word.computed) {
        return None;
    }
    let words: Vec<Word> = command.words.iter().map(|word| word.pieces.iter().flat_map(unmasked).collect()).collect();
    (!is_spliced(&words)).then_some(words)
}

/// Programs that give an argument to a shell, or to a shell elsewhere.
const SHELLS: &[&str] = &[
    "sh", "bash", "zsh", "dash", "ksh", "ash", "fish", "ssh", "su", "eval", "watch", "parallel", "script", "runuser",
    "flock",
];
/// Programs of which one argument is code: after a flag, in first place, or with text around it.
const READERS: &[&str] = &[
    "awk",
    "gawk",
    "mawk",
    "sed",
    "jq",
    "yq",
    "psql",
    "mysql",
    "mariadb",
    "sqlite3",
    "cockroach",
    "mongosh",
    "mongo",
    "perl",
    "python",
    "python3",
    "ruby",
    "node",
    "php",
];

/// True where a value that is not written in the source would become part of a text that is read as code.
fn is_spliced(words: &[Word]) -> bool {
    let name = |word: &Word| match word.as_slice() {
        [Piece::Text(text)] => text.rsplit('/').next().unwrap_or_default().to_owned(),
        _ => String::new(),
    };
    let is_value = |word: &Word| word.iter().any(|piece| !matches!(piece, Piece::Text(_)));
    let names: Vec<String> = words.iter().map(name).collect();
    let after = |known: &[&str]| names.iter().position(|name| known.contains(&name.as_str())).map(|at| at + 1);
    if after(SHELLS).is_some_and(|at| words[at..].iter().any(is_value)) {
        return true;
    }
    let Some(first) = after(READERS) else { return false };
    let reads_first = matches!(names[first - 1].as_str(), "awk" | "gawk" | "mawk" | "sed" | "jq" | "yq");
    let is_code = |at: usize| {
        let flag = names[at - 1].as_str();
        let is_after_flag = flag.len() > 1
            && (flag.starts_with('-') && !flag.starts_with("--") && flag.ends_with(['c', 'e', 'r'])
                || matches!(flag, "--command" | "--execute" | "--eval" | "--expression"));
        words[at].len() > 1 || is_after_flag || reads_first && names[first..at].iter().all(|name| name.starts_with('-'))
    };
    (first..words.len()).any(|at| is_value(&words[at]) && is_code(at))
}

/// A piece with the marks of fields made fields again.
fn unmasked(piece: &Piece) -> Vec<Piece> {
    let Piece::Text(text) = piece else { return vec![piece.clone()] };
    let mut pieces = Vec::new();
    for (n, part) in text.split(MARKS[0]).enumerate() {
        let (field, rest) = match part.split_once(MARKS[1]).filter(|_| n > 0) {
            Some((number, rest)) => (number.parse().ok(), rest),
            None => (None, part),
        };
        pieces.extend(field.map(Piece::Field));
        pieces.extend((!rest.is_empty()).then(|| Piece::Text(rest.to_owned())));
    }
    // an empty argument is one
    if pieces.is_empty() { vec![Piece::Text(String::new())] } else { pieces }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::placeholder::fields;

    fn told(text: &str) -> Vec<String> {
        read(text).commands.iter().map(|c| c.words.iter().map(Read::text).collect::<Vec<_>>().join(" ")).collect()
    }

    #[test]
    fn commands_are_told_apart() {
        for (text, want) in [
            ("a b | c 'd e' && f; g &", vec!["a b", "c d e", "f", "g"]),
            ("curl \\\n  -H \"X: $KEY\" # why's that", vec!["curl -H X: $KEY"]),
            ("echo $(date +%Y) `id -u`", vec!["date +%Y", "id -u", "echo  "]),
            ("sudo FOO=1 x <in >out 2>&1 &>/dev/null", vec!["sudo FOO=1 x"]),
            ("cat <<EOF\nrm -rf /\nEOF\nls", vec!["cat", "ls"]),
            ("for i in 1 2; do rm $i; done", vec!["i in 1 2", "rm $i"]),
            ("x=1 y=2", vec![""]),
            ("echo $((1 + 2)) ${A:-b} $'x\\n'", vec!["echo   x\\n"]),
        ] {
            assert_eq!(told(text), want, "{text}");
        }
    }

    #[test]
    fn a_text_that_goes_on_is_not_whole() {
        for text in
            ["a \\", "a |", "a &&", "echo 'x", "echo \"x", "cat <<EOF\nx", "for i in 1; do", "$(a", "{", "if a; then b"]
        {
            assert!(!is_whole(text), "{text}");
        }
        for text in [
            "a",
            "a \\\n b",
            "a |\n b",
            "cat <<-'E'\n x\n\tE",
            "for i in 1; do b; done",
            "(a; b)",
            "f() { a; }",
            "# it's",
        ] {
            assert!(is_whole(text), "{text}");
        }
    }

    #[test]
    fn arguments_without_a_shell() {
        let source = "gcloud run x --to-revisions <PREVIOUS_REVISION>=100 \"$URL/a b\" ''";
        let words = argv(source, &fields(source)).unwrap();
        assert_eq!(words[4], [Piece::Field(0), Piece::Text("=100".to_owned())]);
        assert_eq!(words[5], [Piece::Var("URL".to_owned()), Piece::Text("/a b".to_owned())]);
        assert_eq!(words[6], [Piece::Text(String::new())]);
        for source in [
            "sh -c 'curl <url>'",
            "bash -lc \"cat $LOG\"",
            "ssh host \"ls <folder>\"",
            "sudo -u app sh -c 'ls <folder>'",
            "docker exec web sh -c 'ls <folder>'",
            "psql -c \"SELECT * FROM t WHERE u = '<url>'\"",
            "psql -h <host> -tAc $STATEMENT",
            "sed -n /<pattern>/p x",
            "jq $FILTER x",
        ] {
            assert_eq!(argv(source, &fields(source)), None, "{source}");
        }
        for source in
            ["psql -h $DB_HOST -c 'SELECT 1'", "grep \"id <id>\" x", "curl $URL/<id>", "redis-cli -h <host> get k:<id>"]
        {
            assert!(argv(source, &fields(source)).is_some(), "{source}");
        }
        for source in ["a | b", "a > b", "a $(b)", "a *", "a; b", "X=1 a", "a &", "(a)", "a ~/b", "", "a 'b"] {
            assert_eq!(argv(source, &[]), None, "{source}");
        }
    }
}
