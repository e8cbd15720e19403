//! One word: its quotes, what a shell would expand in it, and the commands within `$(…)`.

use crate::runbook::shell::lexer::{Lexer, is_name};
use crate::runbook::shell::{Piece, Read};

/// `$(…)` within one another.
const DEEPEST: usize = 8;

impl Lexer<'_> {
    pub(super) fn read_word(&mut self) -> Read {
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
        if is_name(name) && inner.starts_with('!') {
            // what is told is a variable that this one names
            word.vars.push(format!("!{name}"));
        } else if is_name(name) && told {
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

    /// Reads what a shell would write out in the here-document from `start` to here: its variables and commands.
    pub(super) fn document(&mut self, start: usize) {
        let mut inner = Lexer::new(&self.text[start..self.at]);
        inner.depth = self.depth;
        let (mut word, mut text) = (Read::default(), String::new());
        while let Some(c) = inner.peek() {
            match c {
                '\\' => inner.at += 1 + inner.rest()[1..].chars().next().map_or(0, char::len_utf8),
                '$' | '`' => inner.expansion(&mut word, &mut text),
                _ => inner.at += c.len_utf8(),
            }
        }
        self.current.fed.extend(word.vars);
        self.script.commands.extend(inner.script.commands);
        self.script.loops |= inner.script.loops;
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
