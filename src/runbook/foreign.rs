//! Files of any other shape: every scenario that they hold, and whatever else holds a step, by its heading. A scenario is
//! a heading with symptoms, a diagnosis or a recovery under it, as labels or as headings.

mod outline;

use crate::runbook::document::{Part, Runbook, StepOption, Symptom, SymptomKind};
use crate::runbook::house::gather;
use crate::runbook::markdown::{Block, Item, Line, Para};
use crate::runbook::reader::{Reader, Told, part_of};
use crate::runbook::slug::{self, Taken};
use outline::{Section, outline};

/// Reads a file; `stem` names what stands before its first heading.
pub(super) fn read(stem: &str, blocks: &[Block]) -> Vec<Runbook> {
    let mut taken = Taken::new();
    let mut found = Vec::new();
    for group in outline(stem, blocks) {
        let Some(head) = group.first() else { continue };
        let title = bare(&head.title);
        let mut reader = Foreign { reader: Reader::new(slug::id("untitled"), title.to_owned(), head.line), ways: None };
        for (n, section) in group.iter().enumerate() {
            reader.section(section, n == 0);
        }
        let mut runbook = reader.reader.done();
        if !runbook.steps.is_empty() || !runbook.symptoms.is_empty() {
            let blocks: Vec<Block> =
                group.iter().flat_map(|section| section.blocks.iter().map(|block| (*block).clone())).collect();
            gather(&blocks, &mut runbook);
            runbook.id = slug::unique(slug::without_number(title), &mut taken);
            found.push(runbook);
        }
    }
    found
}

/// A title without its number and without signs before it.
fn bare(title: &str) -> &str {
    let sign = |word: &str| !word.bytes().any(|byte| byte.is_ascii_alphanumeric());
    let title = match title.split_once(' ') {
        Some((first, rest)) if sign(first) && !sign(rest) => rest.trim(),
        _ => title,
    };
    // `(10 minutes)` tells how long it takes, not what it is
    let timed = title.rsplit_once(" (").filter(|(_, end)| {
        end.starts_with(|c: char| c.is_ascii_digit())
            && ["minutes)", "minute)", "hours)", "hour)", "day)", "days)"].iter().any(|unit| end.ends_with(unit))
    });
    slug::without_number(timed.map_or(title, |(title, _)| title))
}

struct Foreign {
    reader: Reader,
    /// The choice that the ways of a part belong to.
    ways: Option<usize>,
}

impl Foreign {
    fn section(&mut self, section: &Section<'_>, is_head: bool) {
        let part = part_of(&section.title).filter(|_| !is_head).unwrap_or(Part::Other);
        self.reader.section(part, bare(&section.title));
        self.ways = None;
        for block in &section.blocks {
            self.block(block);
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Para(para) => self.para(para),
            Block::List(items) if is_index(items) => {}
            Block::List(items) => self.list(items),
            Block::Fence(fence) => self.reader.fence(fence),
            Block::Table(rows) => {
                let text: Vec<String> = rows.iter().map(|row| row.join(" | ")).collect();
                self.reader.runbook.about.push((self.reader.section.clone(), text.join("\n")));
            }
            Block::Quote(blocks) => blocks.iter().for_each(|block| self.block(block)),
            Block::Heading(_, para) => self.reader.intro.push(para.text()),
            Block::Comments(_) => {}
        }
    }

    /// Prose, or lines that begin with a label.
    fn para(&mut self, para: &Para) {
        let mut prose: Vec<&str> = Vec::new();
        for line in &para.lines {
            let is_label = line.label.as_ref().is_some_and(|label| label.colon || label.rest.is_empty());
            if is_label {
                self.prose(&prose, para);
                prose.clear();
                self.label(line);
            } else {
                prose.push(&line.text);
            }
        }
        self.prose(&prose, para);
    }

    /// Words that stand after a step are said of it, others before the next.
    fn prose(&mut self, lines: &[&str], para: &Para) {
        if lines.is_empty() {
            return;
        }
        let text = lines.join(" ");
        let section = &self.reader.section;
        if self.reader.part == Part::Symptoms {
            self.reader.runbook.symptoms.push(Symptom { text, kind: SymptomKind::Human, line: para.line });
            return;
        }
        match self
            .reader
            .runbook
            .steps
            .last_mut()
            .filter(|step| step.section == *section && self.reader.intro.is_empty())
        {
            Some(step) if !text.ends_with(':') => step.notes.push(text),
            _ => self.reader.intro.push(text),
        }
    }

    fn label(&mut self, line: &Line) {
        let Some(label) = &line.label else { return };
        if let Some(part) = part_of(&label.name) {
            self.reader.section(part, &label.name);
            self.ways = None;
            match part {
                _ if label.rest.is_empty() => {}
                Part::Symptoms => {
                    let symptom = Symptom { text: label.rest.clone(), kind: SymptomKind::Human, line: line.at };
                    self.reader.runbook.symptoms.push(symptom);
                }
                Part::Immediate | Part::Diagnosis | Part::Resolution | Part::Verification | Part::PostIncident => {
                    self.reader.manual(label.rest.clone(), line.at);
                }
                _ => self.reader.intro.push(label.rest.clone()),
            }
            return;
        }
        if label.name.starts_with("If ") {
            self.reader.settle();
            let choice = self.ways.unwrap_or_else(|| self.reader.new_choice());
            self.ways = Some(choice);
            self.reader.option = Some(StepOption { choice, name: label.name.clone(), variable: None });
            if !label.rest.is_empty() {
                self.reader.manual(line.text.clone(), line.at);
            }
            return;
        }
        if label.rest.is_empty() {
            self.reader.intro.push(label.name.clone());
        } else {
            if label.name == "Severity" {
                self.reader.runbook.severity.clone_from(&label.rest);
            }
            self.reader.runbook.about.push((label.name.clone(), label.rest.clone()));
        }
    }

    fn list(&mut self, items: &[Item]) {
        let lists_ways = self.reader.section.to_lowercase().contains("options") && items.len() > 1;
        let choice = lists_ways.then(|| self.reader.new_choice());
        for item in items {
            let told = Told::of(item);
            match self.reader.part {
                Part::Symptoms => self.reader.symptom(item),
                Part::Prevention => {
                    self.reader.runbook.prevention.push(told.words());
                    self.reader.code(&told);
                }
                _ => {
                    let outer = self.reader.option.clone();
                    if let Some(choice) = choice.or_else(|| self.condition(item)) {
                        let name = label_of(item).unwrap_or_else(|| told.words());
                        self.reader.option = Some(StepOption { choice, name, variable: None });
                    }
                    self.reader.item(item);
                    self.reader.option = outer;
                }
            }
        }
    }

    /// `- **If Supabase outage:** wait …` is one of several ways.
    fn condition(&mut self, item: &Item) -> Option<usize> {
        label_of(item).filter(|name| name.starts_with("If "))?;
        let choice = self.ways.unwrap_or_else(|| self.reader.new_choice());
        self.ways = Some(choice);
        Some(choice)
    }
}

fn label_of(item: &Item) -> Option<String> {
    item.blocks.iter().find_map(|block| match block {
        Block::Para(para) => para.lines.first()?.label.as_ref().map(|label| label.name.clone()),
        _ => None,
    })
}

/// A table of contents: links to places in the file and nothing else.
fn is_index(items: &[Item]) -> bool {
    !items.is_empty()
        && items.iter().all(|item| {
            item.blocks.iter().all(|block| match block {
                Block::Para(para) => {
                    matches!(para.links.as_slice(), [link] if link.target.starts_with('#') && link.text == para.text())
                }
                Block::List(inner) => is_index(inner),
                _ => false,
            })
        })
}
