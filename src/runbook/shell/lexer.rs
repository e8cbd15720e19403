//! The reader itself: one pass over the characters. Bounded: what is nested too deep counts as not closed.

use crate::runbook::shell::{Command, Piece, Read, Script, Then};

/// `$(…)` within one another.
const DEEPEST: usize = 8;

pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    script: Script,
    current: Command,
    /// Keywords and brackets that wait for their end.
    blocks: usize,
    /// Ends of here-documents that begin with the next line.
    documents: Vec<String>,
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
                if !self.wants || !self.is_empty() {
                    self.finish(Then::End);
                }
                self.skip_documents();
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
            self.directed(target, text);
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

    fn directed(&mut self, target: Target, text: String) {
        match target {
            Target::Read => self.current.reads.push(text),
            Target::Write if text == "/dev/null" => {}
            Target::Descriptor if text == "-" || text.bytes().all(|byte| byte.is_ascii_digit()) => {}
            Target::Write | Target::Descriptor => self.current.writes.push(text),
            Target::Document => {
                self.current.is_fed = true;
                self.documents.push(text);
            }
            Target::Fed => self.current.is_fed = true,
        }
    }

    /// A word that gives the text its shape and is no command.
    fn keyword(&mut self, text: &str) -> bool {
        match text {
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

    fn read_word(&mut self) -> Read {
        let mut word = Read::default();
        let mut text = String::new();
        while let Some(c) = self.peek() {
            match c {
                ' ' | '\t' | '\r' | '\n' | ';' | '|' | '&' | '(' | ')' => break,
                '<' | '>' if !self.rest()[1..].starts_with('(') => break,
                '<' | '>' => {
                    self.at += 2;
                    self.substitution(')');
                    word.computed = true;
                }
                '\\' => {
                    self.at += 1;
                    match self.peek() {
                        Some('\n') => {}
                        Some(next) => text.push(next),
                        None => self.script.open = true,
                    }
                    self.at += self.peek().map_or(0, char::len_utf8);
                    word.quoted = true;
                }
                '\'' => {
                    self.at += 1;
                    self.until_quote(&mut text);
                    word.quoted = true;
                }
                '"' => {
                    self.at += 1;
                    word.quoted = true;
                    self.double_quoted(&mut word, &mut text);
                }
                '$' | '`' => self.expansion(&mut word, &mut text),
                '*' | '?' => {
                    word.computed = true;
                    self.take(&mut text, c);
                }
                '[' | '{' if !matches!(self.rest(), "[" | "{") && !self.rest()[1..].starts_with([' ', '\n', '[']) => {
                    word.computed = true;
                    self.take(&mut text, c);
                }
                '~' if text.is_empty() && word.pieces.is_empty() => {
                    word.computed = true;
                    self.take(&mut text, c);
                }
                _ => self.take(&mut text, c),
            }
        }
        if !text.is_empty() || word.quoted && word.pieces.is_empty() {
            word.pieces.push(Piece::Text(text));
        }
        word
    }

    fn take(&mut self, text: &mut String, c: char) {
        text.push(c);
        self.at += c.len_utf8();
    }

    fn until_quote(&mut self, text: &mut String) {
        if let Some(end) = self.rest().find('\'') {
            text.push_str(&self.rest()[..end]);
            self.at += end + 1;
        } else {
            text.push_str(self.rest());
            self.at = self.text.len();
            self.script.open = true;
        }
    }

    fn double_quoted(&mut self, word: &mut Read, text: &mut String) {
        loop {
            match self.peek() {
                None => {
                    self.script.open = true;
                    return;
                }
                Some('"') => {
                    self.at += 1;
                    return;
                }
                Some('\\') => {
                    self.at += 1;
                    match self.peek() {
                        Some('\n') => {}
                        Some(c @ ('"' | '\\' | '$' | '`')) => text.push(c),
                        Some(c) => {
                            text.push('\\');
                            text.push(c);
                        }
                        None => self.script.open = true,
                    }
                    self.at += self.peek().map_or(0, char::len_utf8);
                }
                Some('$' | '`') => self.expansion(word, text),
                Some(c) => self.take(text, c),
            }
        }
    }

    /// `$NAME`, `${…}`, `$(…)`, `$((…))`, `` `…` ``, `$'…'`.
    fn expansion(&mut self, word: &mut Read, text: &mut String) {
        if self.skip("`") {
            word.computed = true;
            self.substitution('`');
        } else if self.skip("$((") {
            word.computed = true;
            let end = self.rest().find("))");
            self.script.open |= end.is_none();
            self.at += end.map_or(self.rest().len(), |end| end + 2);
        } else if self.skip("$(") {
            word.computed = true;
            self.substitution(')');
        } else if self.skip("${") {
            let end = self.rest().find('}');
            let inner = &self.rest()[..end.unwrap_or(self.rest().len())];
            self.script.open |= end.is_none();
            self.at += inner.len() + usize::from(end.is_some());
            Self::variable(inner, word, text);
        } else if self.skip("$'") {
            word.quoted = true;
            self.until_quote(text);
        } else {
            self.at += 1;
            let rest = self.rest();
            let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            let name = &rest[..length];
            if is_name(name) {
                self.at += name.len();
                Self::variable(name, word, text);
            } else if rest.starts_with(|c: char| c.is_ascii_digit() || "@*#?$!-".contains(c)) {
                self.at += 1;
                word.computed = true;
            } else {
                text.push('$');
            }
        }
    }

    fn variable(inner: &str, word: &mut Read, text: &mut String) {
        let bare = inner.trim_start_matches(['#', '!']);
        let length = bare.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(bare.len());
        let name = &bare[..length];
        // `${#A}` and `${A:+set}` tell of a value without telling it
        let told = inner.len() == bare.len() && !bare[length..].trim_start_matches(':').starts_with('+');
        if is_name(name) && told {
            word.vars.push(name.to_owned());
        }
        if name.len() == inner.len() && is_name(name) {
            if !text.is_empty() {
                word.pieces.push(Piece::Text(std::mem::take(text)));
            }
            word.pieces.push(Piece::Var(name.to_owned()));
        } else {
            word.computed = true;
        }
    }

    /// Reads what stands in `$(…)` or `` `…` `` as commands of their own.
    fn substitution(&mut self, close: char) {
        let Some(length) = closing(self.rest(), close) else {
            self.script.open = true;
            self.at = self.text.len();
            return;
        };
        let inner = &self.rest()[..length];
        self.at += length + 1;
        if self.depth >= DEEPEST {
            self.script.open = true;
            return;
        }
        let mut lexer = Lexer::new(inner);
        lexer.depth = self.depth + 1;
        let script = lexer.script();
        self.script.commands.extend(script.commands);
        self.script.compound |= script.compound;
        self.script.loops |= script.loops;
        self.script.open |= script.open;
    }

    /// Skips the here-documents that begin on this line.
    fn skip_documents(&mut self) {
        for end in std::mem::take(&mut self.documents) {
            loop {
                if self.rest().is_empty() {
                    self.script.open = true;
                    return;
                }
                let line = self.rest().split_inclusive('\n').next().unwrap_or_default();
                self.at += line.len();
                if line.trim() == end {
                    break;
                }
            }
        }
    }
}

/// Where the bracket or mark that closes stands, outside of quotes.
fn closing(text: &str, close: char) -> Option<usize> {
    let (mut depth, mut quote, mut escaped) = (0_usize, None, false);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some('\''), '\'') => quote = None,
            (Some('\''), _) => {}
            (_, '\\') => escaped = true,
            (Some(mark), c) if mark == c => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, c) if c == close && depth == 0 => return Some(at),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
