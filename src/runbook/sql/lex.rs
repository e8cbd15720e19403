//! SQL as tokens, as PostgreSQL cuts it: what is code, what is a text, a quoted name or a comment. Every byte of the source
//! belongs to a token; it never fails.

use std::ops::Range;

use crate::runbook::placeholder::MARKS;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters, digits, `_`, `$` and `.`: a keyword, a name, a number.
    Word,
    /// `"a name"`.
    Name,
    /// `'a text'`.
    Text,
    /// `$$ a body $$`.
    Body,
    /// To the end of its line, or `/* … */`.
    Comment,
    /// Space.
    Space,
    /// A mark in the place of something to fill in.
    Field,
    /// Any other character.
    Sign,
}

/// A token and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) range: Range<usize>,
}

/// What a name goes on with. To PostgreSQL every character beyond ASCII is a letter, a no-break space as well.
pub(super) fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '$') || (!c.is_ascii() && !MARKS.contains(&c))
}

/// All tokens of a text.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let (kind, length) = first(rest);
        tokens.push(Token { kind, range: at..at + length });
        at += length;
    }
    tokens
}

fn first(rest: &str) -> (Kind, usize) {
    let c = rest.chars().next().unwrap_or_default();
    let run = |wanted: fn(char) -> bool| rest.find(|c| !wanted(c)).unwrap_or(rest.len());
    match c {
        '\'' => (Kind::Text, quoted(rest, c)),
        '"' => (Kind::Name, quoted(rest, c)),
        '-' if rest.starts_with("--") => (Kind::Comment, rest.find(['\n', '\r']).unwrap_or(rest.len())),
        '/' if rest.starts_with("/*") => (Kind::Comment, comment(rest)),
        '$' => dollar(rest).map_or((Kind::Sign, 1), |length| (Kind::Body, length)),
        c if c == MARKS[0] => {
            let end = rest.find(MARKS[1]).map_or(c.len_utf8(), |end| end + MARKS[1].len_utf8());
            (Kind::Field, end)
        }
        c if c.is_ascii_whitespace() => (Kind::Space, run(|c| c.is_ascii_whitespace())),
        c if is_word(c) => (Kind::Word, run(is_word)),
        c => (Kind::Sign, c.len_utf8()),
    }
}

/// The length of a text or a name between quotes; one of them written twice stands for itself.
fn quoted(text: &str, quote: char) -> usize {
    let mut at = 1;
    while let Some(end) = text.get(at..).and_then(|rest| rest.find(quote)) {
        at += end + 1;
        if !text[at..].starts_with(quote) {
            return at;
        }
        at += 1;
    }
    text.len()
}

/// The length of a comment and of those within it.
fn comment(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest.starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// The length of `$tag$ … $tag$` at the beginning of a text.
fn dollar(text: &str) -> Option<usize> {
    let tag = text[1..].find('$').map(|end| &text[..end + 2])?;
    let name = &tag[1..tag.len() - 1];
    let is_letter = |c: char| is_word(c) && c != '.';
    if !name.chars().all(is_letter) || name.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    Some(text[tag.len()..].find(tag).map_or(text.len(), |end| tag.len() + end + tag.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_code_is_what_the_server_takes_for_code() {
        let code = |text: &str| -> String {
            let is_code = |token: &Token| matches!(token.kind, Kind::Word | Kind::Name | Kind::Sign | Kind::Field);
            tokens(text).iter().filter(|token| is_code(token)).map(|token| &text[token.range.clone()]).collect()
        };
        for (text, want) in [
            ("a 'b; c' d", "ad"),
            ("a -- b\rc", "ac"),
            ("a /* b /* c */ d */ e", "ae"),
            ("a$$, f(1), b$$", "a$$,f(1),b$$"),
            ("a $$ f(1) $$ b", "ab"),
            ("a $\u{e9}$ ' $\u{e9}$, f(1), '", "a,f(1),"),
            ("a 'it''s' b", "ab"),
            ("a \"f\"(1)", "a\"f\"(1)"),
            ("f\u{a0}(1)", "f\u{a0}(1)"),
            ("a 'open", "a"),
            ("a \u{e000}0\u{e001}b", "a\u{e000}0\u{e001}b"),
            ("$1 + a", "$1+a"),
        ] {
            assert_eq!(code(text), want, "{text}");
            let whole: usize = tokens(text).iter().map(|token| token.range.len()).sum();
            assert_eq!(whole, text.len(), "{text}: nothing is lost");
        }
    }
}
