//! What the machine needs, in HTML comments beside the human's line: `<!-- when: worker.up == false -->`. One key and
//! its value a comment; a comment of any other shape is a comment.

use std::ops::Range;
use std::time::Duration;

use crate::action::Risk;
use crate::base::time::parse_duration;
use crate::runbook::document::{ActionCall, Class, Condition, Name};

/// All keys.
pub const KEYS: [&str; 12] = [
    "component",
    "consequence-of",
    "when",
    "context",
    "action",
    "expect",
    "within",
    "database",
    "risk",
    "class",
    "choose",
    "note",
];

/// One comment with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// Before the colon.
    pub key: String,
    /// After it.
    pub value: String,
    /// Byte range of the key in the file.
    pub key_span: Range<usize>,
    /// Byte range of the value in the file.
    pub span: Range<usize>,
}

/// The directives of a piece of HTML that stands at `at` in the file.
pub(super) fn directives(html: &str, at: usize) -> Vec<Directive> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(open) = html[from..].find("<!--").map(|open| from + open + 4) {
        let Some(close) = html[open..].find("-->").map(|close| open + close) else { break };
        found.extend(directive(&html[open..close], at + open));
        from = close + 3;
    }
    found
}

fn directive(comment: &str, at: usize) -> Option<Directive> {
    let colon = comment.find(':')?;
    let key = comment[..colon].trim();
    let is_word = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    let after = &comment[colon + 1..];
    let value = after.trim();
    // `http://…` is an address in a comment
    if !is_word || value.starts_with("//") {
        return None;
    }
    let key_start = at + comment.len() - comment.trim_start().len();
    let start = at + colon + 1 + (after.len() - after.trim_start().len());
    Some(Directive {
        key: key.to_owned(),
        value: value.to_owned(),
        key_span: key_start..key_start + key.len(),
        span: start..start + value.len(),
    })
}

impl Directive {
    /// As an expression.
    pub(super) fn condition(&self) -> Condition {
        Condition { text: self.value.clone(), span: self.span.clone() }
    }

    /// As names, divided by commas.
    pub(super) fn names(&self) -> Vec<Name> {
        let mut at = 0;
        let mut names = Vec::new();
        for part in self.value.split(',') {
            let text = part.trim();
            let start = self.span.start + at + part.len() - part.trim_start().len();
            if !text.is_empty() {
                names.push(Name { text: text.to_owned(), span: start..start + text.len() });
            }
            at += part.len() + 1;
        }
        names
    }

    /// As an action with its parameters: `restart-worker`, `requeue job=<job-id>`.
    pub(super) fn action(&self) -> Option<ActionCall> {
        let words = words(&self.value);
        let name = |range: Range<usize>| Name {
            text: self.value[range.clone()].to_owned(),
            span: self.span.start + range.start..self.span.start + range.end,
        };
        let (first, rest) = words.split_first()?;
        let parameters = rest.iter().map(|word| {
            let text = &self.value[word.clone()];
            let (key, value) = text.split_once('=').unwrap_or((text, ""));
            let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
            (name(word.start..word.start + key.len()), value.to_owned())
        });
        let parameters = parameters.collect();
        Some(ActionCall { id: name(first.clone()), parameters })
    }

    pub(super) fn duration(&self) -> Option<Duration> {
        parse_duration(&self.value).ok()
    }

    pub(super) fn risk(&self) -> Option<Risk> {
        [Risk::Safe, Risk::Disruptive, Risk::Destructive].into_iter().find(|risk| risk.to_string() == self.value)
    }

    pub(super) fn class(&self) -> Option<Class> {
        Class::of(&self.value)
    }
}

/// Words divided by spaces, where quotes and `<…>` keep theirs.
fn words(text: &str) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    let mut until = None;
    for (at, c) in text.char_indices() {
        match (until, c) {
            (Some(end), c) if c == end => until = None,
            (None, '"') => until = Some('"'),
            (None, '<') => until = Some('>'),
            (None, c) if c.is_whitespace() => {
                words.extend(start.take().map(|start| start..at));
                continue;
            }
            _ => {}
        }
        start = start.or(Some(at));
    }
    words.extend(start.map(|start| start..text.len()));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_with_a_key_is_a_directive_and_knows_its_place() {
        let html = "<!-- when: wal.pending > 50 --> <!-- seen twice --> <!--within:90s-->";
        let found = directives(html, 100);
        let told: Vec<_> = found.iter().map(|one| (one.key.as_str(), one.value.as_str())).collect();
        assert_eq!(told, [("when", "wal.pending > 50"), ("within", "90s")]);
        for one in &found {
            assert_eq!(&html[one.span.start - 100..one.span.end - 100], one.value);
            assert_eq!(&html[one.key_span.start - 100..one.key_span.end - 100], one.key);
        }
        assert_eq!(found[1].duration(), Some(Duration::from_secs(90)));
    }

    #[test]
    fn an_action_is_given_its_parameters() {
        let html = "<!-- action: requeue job=<job id> note=\"a b\" -->";
        let call = directives(html, 0)[0].action().unwrap();
        assert_eq!(call.id.text, "requeue");
        let told: Vec<_> = call.parameters.iter().map(|(name, value)| (name.text.as_str(), value.as_str())).collect();
        assert_eq!(told, [("job", "<job id>"), ("note", "a b")]);
        assert_eq!(&html[call.parameters[1].0.span.clone()], "note");
    }
}
