//! The words of a paragraph, line by line: a bold beginning is a label, links are remembered, comments are taken out.

use std::ops::Range;

use crate::runbook::directive::Directive;
use crate::runbook::document::Link;
use crate::runbook::repair::repaired;

/// A paragraph or a heading.
#[derive(Clone, Debug, Default)]
pub(in crate::runbook) struct Para {
    /// Its lines, none of them empty.
    pub(in crate::runbook) lines: Vec<Line>,
    /// The comments in it.
    pub(in crate::runbook) directives: Vec<Directive>,
    /// The links in it.
    pub(in crate::runbook) links: Vec<Link>,
    /// Line in the file, from 1.
    pub(in crate::runbook) line: usize,
}

/// One line of it.
#[derive(Clone, Debug, Default)]
pub(in crate::runbook) struct Line {
    /// Its words, the label's among them.
    pub(in crate::runbook) text: String,
    /// Its bold beginning.
    pub(in crate::runbook) label: Option<Label>,
    /// Line in the file, from 1.
    pub(in crate::runbook) at: usize,
}

/// The bold beginning of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::runbook) struct Label {
    /// Its words, without the colon.
    pub(in crate::runbook) name: String,
    /// A colon ends it: `**Symptoms:**` or `**Symptoms**:`.
    pub(in crate::runbook) colon: bool,
    /// What stands after it.
    pub(in crate::runbook) rest: String,
}

impl Para {
    /// All its words on one line.
    pub(in crate::runbook) fn text(&self) -> String {
        let lines: Vec<&str> = self.lines.iter().map(|line| line.text.as_str()).collect();
        lines.join(" ")
    }

    /// The label of a paragraph that is nothing but one line of bold words.
    pub(in crate::runbook) fn all_bold(&self) -> Option<&Label> {
        let [line] = self.lines.as_slice() else { return None };
        line.label.as_ref().filter(|label| label.rest.is_empty())
    }
}

/// A paragraph that is still read.
pub(super) struct Inline {
    pub(super) directives: Vec<Directive>,
    links: Vec<Link>,
    lines: Vec<Line>,
    line: usize,
    /// The line that is read: words, where its bold beginning ends, its number.
    words: String,
    bold: Option<usize>,
    number: usize,
    /// Links that are not closed yet: where their words begin.
    open: Vec<(Range<usize>, String, usize)>,
}

impl Inline {
    pub(super) fn new(line: usize) -> Self {
        Self {
            directives: Vec::new(),
            links: Vec::new(),
            lines: Vec::new(),
            line,
            words: String::new(),
            bold: None,
            number: line,
            open: Vec::new(),
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        self.words.push_str(text);
    }

    pub(super) fn code(&mut self, code: &str) {
        self.words.push('`');
        self.words.push_str(code);
        self.words.push('`');
    }

    /// Bold begins or ends.
    pub(super) fn strong(&mut self, begins: bool) {
        match (begins, self.bold) {
            (true, None) if self.words.trim().is_empty() => self.bold = Some(usize::MAX),
            (false, Some(usize::MAX)) => self.bold = Some(self.words.len()),
            _ => {}
        }
    }

    pub(super) fn link(&mut self, target: String, span: Range<usize>) {
        self.open.push((span, target, self.words.len()));
    }

    pub(super) fn link_end(&mut self) {
        if let Some((span, target, start)) = self.open.pop() {
            let text = self.words.get(start..).unwrap_or_default().trim().to_owned();
            self.links.push(Link { text, target, span });
        }
    }

    /// A line ends; the next has this number.
    pub(super) fn line_break(&mut self, next: usize) {
        let words = std::mem::take(&mut self.words);
        let bold = self.bold.take().filter(|end| *end != usize::MAX);
        let text = repaired(words.trim()).into_owned();
        if !text.is_empty() {
            let label = bold.and_then(|end| label(&words, end));
            self.lines.push(Line { text, label, at: self.number });
        }
        self.number = next;
    }

    pub(super) fn done(mut self) -> Para {
        self.line_break(0);
        Para { lines: self.lines, directives: self.directives, links: self.links, line: self.line }
    }
}

fn label(words: &str, end: usize) -> Option<Label> {
    let (name, rest) = (words.get(..end)?.trim(), words.get(end..)?.trim_start());
    let inner = name.strip_suffix(':');
    let outer = rest.strip_prefix(':').filter(|_| inner.is_none());
    let name = repaired(inner.unwrap_or(name).trim()).into_owned();
    let rest = repaired(outer.unwrap_or(rest).trim()).into_owned();
    (!name.is_empty()).then(|| Label { name, colon: inner.or(outer).is_some(), rest })
}
