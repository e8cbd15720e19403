//! The reader itself: one pass over the characters. Bounded: what is nested too deep counts as not closed.

mod word;

use crate::runbook::shell::{Command, Read, Script, Then};

pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    script: Script,
    current: Command,
    /// Keywords and brackets that wait for their end.
    blocks: usize,
    /// Ends of here-documents that begin with the next line, and whether their text is written out as it stands.
    documents: Vec<(String, bool)>,
    /// Where the next redirection's word goes.
    target: Option<Target>,
    /// The last command wants another: `a |`.
    wants: bool,
}

#[derive(Clone, Copy)]
enum Target {
    Read,
    Write,
    Descriptor,
    Document,
    Fed,
}

fn command() -> Command {
    Command {
        assigned: Vec::new(),
        words: Vec::new(),
        writes: Vec::new(),
        reads: Vec::new(),
        is_fed: false,
        fed: Vec::new(),
        then: Then::End,
    }
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
            script: Script::default(),
            current: command(),
            blocks: 0,
            documents: Vec::new(),
            target: None,
            wants: false,
        }
    }

    pub(super) fn script(mut self) -> Script {
        while let Some(c) = self.peek() {
            self.token(c);
        }
        self.finish(Then::End);
        self.script.open |= self.blocks > 0 || !self.documents.is_empty() || self.target.is_some() || self.wants;
        self.script
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn skip(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    fn token(&mut self, c: char) {
        match c {
            ' ' | '\t' | '\r' => self.at += 1,
            '\\' if self.rest().starts_with("\\\n") => {
                self.at += 2;
                self.script.open |= self.rest().is_empty();
            }
            '\n' => {
                self.at += 1;
                self.skip_documents();
                if !self.wants || !self.is_empty() {
                    self.finish(Then::End);
                }
            }
            '#' => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
            ';' => {
                self.at += if self.rest().starts_with(";;") { 2 } else { 1 };
                self.finish(Then::End);
            }
            '|' if self.skip("||") => self.chained(Then::Chain),
            '|' => {
                self.at += if self.rest().starts_with("|&") { 2 } else { 1 };
                self.chained(Then::Pipe);
            }
            '&' if self.skip("&&") => self.chained(Then::Chain),
            '&' if self.rest().starts_with("&>") => {
                self.at += if self.rest().starts_with("&>>") { 3 } else { 2 };
                self.target = Some(Target::Write);
            }
            '&' => {
                self.at += 1;
                self.finish(Then::Background);
            }
            '(' => {
                self.at += 1;
                self.script.compound = true;
                self.blocks += 1;
                self.finish(Then::End);
            }
            ')' => {
                self.at += 1;
                self.finish(Then::End);
                self.blocks = self.blocks.saturating_sub(1);
            }
            '<' | '>' if !self.rest()[1..].starts_with('(') => self.redirection(),
            _ => self.word(),
        }
    }

    fn is_empty(&self) -> bool {
        self.current.words.is_empty() && self.current.assigned.is_empty()
    }

    fn chained(&mut self, then: Then) {
        self.finish(then);
        self.wants = true;
    }

    fn finish(&mut self, then: Then) {
        if !self.is_empty() || !self.current.writes.is_empty() || !self.current.reads.is_empty() {
            let mut done = std::mem::replace(&mut self.current, command());
            done.then = then;
            self.script.commands.push(done);
            self.wants = false;
        }
    }

    fn redirection(&mut self) {
        let target = if self.skip("<<<") {
            Target::Fed
        } else if self.skip("<<-") || self.skip("<<") {
            Target::Document
        } else if self.skip(">&") || self.skip("<&") {
            Target::Descriptor
        } else if self.skip(">>") || self.skip(">|") || self.skip("<>") || self.skip(">") {
            Target::Write
        } else {
            self.at += 1;
            Target::Read
        };
        self.target = Some(target);
    }

    fn word(&mut self) {
        let start = self.at;
        let read = self.read_word();
        if self.at == start {
            // nothing that could be read: never stay on one place
            self.at += self.peek().map_or(1, char::len_utf8);
        }
        let text = read.text();
        if let Some(target) = self.target.take() {
            self.directed(target, text, read);
            return;
        }
        // `2>` names a descriptor
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_number && !read.quoted && self.rest().starts_with(['<', '>']) {
            return;
        }
        if self.current.words.is_empty() && !read.quoted && self.keyword(&text) {
            return;
        }
        let assigned = text.split_once('=').map(|(name, _)| name).filter(|name| is_name(name));
        match assigned {
            Some(name) if self.current.words.is_empty() => self.current.assigned.push(name.to_owned()),
            _ => self.current.words.push(read),
        }
    }

    fn directed(&mut self, target: Target, text: String, read: Read) {
        match target {
            Target::Read => self.current.reads.push(text),
            Target::Write if text == "/dev/null" => {}
            Target::Descriptor if text == "-" || text.bytes().all(|byte| byte.is_ascii_digit()) => {}
            Target::Write | Target::Descriptor => self.current.writes.push(text),
            Target::Document => {
                self.current.is_fed = true;
                self.documents.push((text, read.quoted));
            }
            Target::Fed => {
                self.current.is_fed = true;
                self.current.fed.extend(read.vars);
            }
        }
    }

    /// A word that gives the text its shape and is no command.
    fn keyword(&mut self, text: &str) -> bool {
        match text {
            "for" if self.is_endless_for() => {
                self.script.loops = true;
                self.blocks += 1;
            }
            "while" | "until" => {
                self.script.loops = true;
                self.blocks += 1;
            }
            "if" | "for" | "case" | "select" | "{" => self.blocks += 1,
            "fi" | "done" | "esac" | "}" => self.blocks = self.blocks.saturating_sub(1),
            "then" | "do" | "else" | "elif" | "!" | "function" => {}
            _ => return false,
        }
        self.script.compound = self.script.compound || text != "!";
        true
    }

    /// `for ((;;))` has no end.
    fn is_endless_for(&self) -> bool {
        let inner = self.rest().trim_start().strip_prefix("((").and_then(|rest| rest.split_once("))"));
        inner.is_some_and(|(inner, _)| inner.split(';').nth(1).is_none_or(|until| until.trim().is_empty()))
    }

    /// Skips the here-documents that begin on this line.
    fn skip_documents(&mut self) {
        for (end, is_plain) in std::mem::take(&mut self.documents) {
            let start = self.at;
            loop {
                if self.rest().is_empty() {
                    self.script.open = true;
                    return;
                }
                let line = self.rest().split_inclusive('\n').next().unwrap_or_default();
                if line.trim() == end {
                    if !is_plain {
                        self.document(start);
                    }
                    self.at += line.len();
                    break;
                }
                self.at += line.len();
            }
        }
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
