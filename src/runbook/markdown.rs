//! Markdown to a tree of blocks that know their place: headings, paragraphs by line, lists, fences, tables, comments.
//! It knows nothing of runbooks, but for two habits of theirs: a line that begins with a bold label, and a template
//! that nests a fence in a fence.

mod embedded;
mod inline;
mod nested;

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::runbook::directive::{Directive, directives};
use inline::Inline;
pub(super) use inline::{Line, Para};

/// Lists and quotes within one another; what is deeper stands beside them.
const DEEPEST: usize = 12;

/// One block.
#[derive(Clone, Debug)]
pub(super) enum Block {
    /// Level, words, place.
    Heading(u8, Para),
    /// A paragraph.
    Para(Para),
    /// A list.
    List(Vec<Item>),
    /// Code.
    Fence(Fence),
    /// Rows of cells, the head first.
    Table(Vec<Vec<String>>),
    /// A quotation.
    Quote(Vec<Block>),
    /// Comments on lines of their own.
    Comments(Vec<Directive>),
}

/// One item of a list.
#[derive(Clone, Debug, Default)]
pub(super) struct Item {
    /// What it holds.
    pub(super) blocks: Vec<Block>,
    /// Of a task list.
    pub(super) is_task: bool,
    /// Line in the file, from 1.
    pub(super) line: usize,
}

/// A fence, or code by indentation.
#[derive(Clone, Debug)]
pub(super) struct Fence {
    /// The first word after the fence, in lower case.
    pub(super) language: String,
    /// Its text, without the indentation of what it stands in.
    pub(super) code: String,
    /// Line of the first line of its text, from 1.
    pub(super) line: usize,
    /// The last line of the file: a carriage return alone ends a line of Markdown, and none of the file.
    pub(super) last: usize,
}

/// A container that is not closed yet.
enum Open {
    List(Vec<Item>),
    Item(Item),
    Quote(Vec<Block>),
}

/// The blocks of a text.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut parsed = nested::untangled(text);
    let mut builder = built(text, &parsed);
    // a comment that is never closed would hide all that follows it
    for _ in 0..MOST_UNCLOSED {
        let Some(at) = builder.unclosed else { break };
        let mut mended = parsed.into_owned();
        mended.replace_range(at..at + UNCLOSED.len(), "\\<!-");
        parsed = mended.into();
        builder = built(text, &parsed);
    }
    builder.done()
}

const UNCLOSED: &str = "<!--";
/// How many comments of a file are told to be open.
const MOST_UNCLOSED: usize = 8;

fn built<'t>(text: &'t str, parsed: &str) -> Builder<'t> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS;
    let mut builder = Builder::new(text);
    for (event, range) in Parser::new_ext(parsed, options).into_offset_iter() {
        builder.event(event, range);
    }
    builder
}

/// `bash`, `bash title="x"`, `bash{1,3}`, `{.bash .numberLines}`, `{bash}`.
fn language(info: &str) -> String {
    let info = info.trim().trim_start_matches(['{', '.', ' ']);
    info.split([' ', ',', '{', '}', ':', '\t']).next().unwrap_or_default().to_lowercase()
}

struct Builder<'t> {
    text: &'t str,
    /// Byte offsets of the beginnings of lines.
    lines: Vec<usize>,
    top: Vec<Block>,
    open: Vec<Open>,
    /// How many containers were too deep to open.
    flat: usize,
    inline: Option<Inline>,
    fence: Option<Fence>,
    table: Vec<Vec<String>>,
    in_html: bool,
    /// Where the first comment begins that has no end.
    unclosed: Option<usize>,
}

impl<'t> Builder<'t> {
    fn new(text: &'t str) -> Self {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self {
            text,
            lines,
            top: Vec::new(),
            open: Vec::new(),
            flat: 0,
            inline: None,
            fence: None,
            table: Vec::new(),
            in_html: false,
            unclosed: None,
        }
    }

    fn line(&self, at: usize) -> usize {
        self.lines.partition_point(|start| *start <= at)
    }

    fn push(&mut self, block: Block) {
        match self.open.last_mut() {
            Some(Open::Item(item)) => item.blocks.push(block),
            Some(Open::Quote(blocks)) => blocks.push(block),
            // between the items of a list stands nothing
            Some(Open::List(items)) => {
                if let Some(item) = items.last_mut() {
                    item.blocks.push(block);
                }
            }
            None => self.top.push(block),
        }
    }

    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.fence.is_some() => {
                let line = self.line(range.start);
                if let Some(fence) = &mut self.fence {
                    if fence.code.is_empty() {
                        fence.line = line;
                    }
                    fence.code.push_str(&text);
                }
            }
            Event::Html(_) if self.in_html => {}
            Event::Html(html) | Event::InlineHtml(html) => {
                let found = directives(&html, range.start);
                self.inline(range.start).directives.extend(found);
            }
            Event::Text(text) => self.inline(range.start).text(&text),
            Event::Code(code) => self.inline(range.start).code(&code),
            Event::SoftBreak | Event::HardBreak => {
                let next = self.line(range.end);
                self.inline(range.start).line_break(next);
            }
            Event::TaskListMarker(_) => {
                if let Some(Open::Item(item)) = self.open.last_mut() {
                    item.is_task = true;
                }
            }
            _ => {}
        }
    }

    /// The paragraph that inline events go to; a tight list item has one that nobody opened.
    fn inline(&mut self, at: usize) -> &mut Inline {
        let line = self.line(at);
        self.inline.get_or_insert_with(|| Inline::new(line))
    }

    fn start(&mut self, tag: Tag<'_>, range: Range<usize>) {
        match tag {
            Tag::Strong => self.inline(range.start).strong(true),
            Tag::Link { dest_url, .. } => self.inline(range.start).link(dest_url.into_string(), range),
            Tag::Emphasis | Tag::Strikethrough | Tag::Image { .. } => {}
            Tag::TableCell => self.inline = Some(Inline::new(self.line(range.start))),
            Tag::TableRow | Tag::TableHead => self.table.push(Vec::new()),
            other => {
                self.flush();
                self.start_block(other, range);
            }
        }
    }

    fn start_block(&mut self, tag: Tag<'_>, range: Range<usize>) {
        let line = self.line(range.start);
        match tag {
            Tag::List(_) => self.open(Open::List(Vec::new())),
            Tag::Item => self.open(Open::Item(Item { line, ..Item::default() })),
            Tag::BlockQuote(_) => self.open(Open::Quote(Vec::new())),
            Tag::CodeBlock(kind) => {
                let info = match &kind {
                    CodeBlockKind::Fenced(info) => info,
                    CodeBlockKind::Indented => "",
                };
                let language = language(info);
                self.fence = Some(Fence { language, code: String::new(), line: line + 1, last: self.lines.len() });
            }
            Tag::HtmlBlock => {
                self.in_html = true;
                let html = self.text.get(range.clone()).unwrap_or_default();
                if html.trim_start().starts_with(UNCLOSED) && !html.contains("-->") {
                    self.unclosed = self.unclosed.or(Some(range.start + html.len() - html.trim_start().len()));
                }
                let found = directives(html, range.start);
                let fences = embedded::fences(html, line, self.lines.len());
                if !found.is_empty() {
                    self.push(Block::Comments(found));
                }
                for fence in fences {
                    self.push(Block::Fence(fence));
                }
            }
            // a heading without words has a place all the same
            Tag::Heading { .. } => self.inline = Some(Inline::new(line)),
            Tag::Table(_) => self.table.clear(),
            _ => {}
        }
    }

    fn open(&mut self, container: Open) {
        if self.open.len() < DEEPEST {
            self.open.push(container);
        } else {
            self.flat += 1;
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Strong => {
                if let Some(inline) = &mut self.inline {
                    inline.strong(false);
                }
            }
            TagEnd::Link => {
                if let Some(inline) = &mut self.inline {
                    inline.link_end();
                }
            }
            TagEnd::TableCell => {
                let cell = self.inline.take().map(|inline| inline.done().text()).unwrap_or_default();
                if let Some(row) = self.table.last_mut() {
                    row.push(cell);
                }
            }
            TagEnd::Table => {
                let rows = std::mem::take(&mut self.table);
                self.push(Block::Table(rows));
            }
            TagEnd::Heading(level) => {
                let para = self.inline.take().map(Inline::done).unwrap_or_default();
                self.push(Block::Heading(level as u8, para));
            }
            TagEnd::CodeBlock => {
                if let Some(fence) = self.fence.take() {
                    self.push(Block::Fence(fence));
                }
            }
            TagEnd::HtmlBlock => self.in_html = false,
            TagEnd::Paragraph => self.flush(),
            TagEnd::List(_) | TagEnd::Item | TagEnd::BlockQuote(_) => {
                self.flush();
                self.close();
            }
            _ => {}
        }
    }

    /// Ends a paragraph that nobody closes.
    fn flush(&mut self) {
        if let Some(inline) = self.inline.take() {
            let para = inline.done();
            self.push(if para.lines.is_empty() { Block::Comments(para.directives) } else { Block::Para(para) });
        }
    }

    fn close(&mut self) {
        if self.flat > 0 {
            self.flat -= 1;
            return;
        }
        match self.open.pop() {
            Some(Open::List(items)) => self.push(Block::List(items)),
            Some(Open::Quote(blocks)) => self.push(Block::Quote(blocks)),
            Some(Open::Item(item)) => match self.open.last_mut() {
                Some(Open::List(items)) => items.push(item),
                _ => self.push(Block::List(vec![item])),
            },
            None => {}
        }
    }

    fn done(mut self) -> Vec<Block> {
        self.flush();
        while !self.open.is_empty() {
            self.close();
        }
        self.top
    }
}
