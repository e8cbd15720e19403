//! The house format: one scenario a file, with what the machine needs in comments beside the human's line.

use crate::base::RunbookId;
use crate::runbook::directive::Directive;
use crate::runbook::document::{Link, Part, Runbook, StepOption, Validation};
use crate::runbook::markdown::{Block, Item, Para};
use crate::runbook::reader::{Reader, Told, overrule, part_of, variable};
use crate::runbook::slug;

/// True of a file that is one scenario: one title, and what the house's header or its symptoms say.
pub(super) fn is_house(blocks: &[Block]) -> bool {
    let titles = blocks.iter().filter(|block| matches!(block, Block::Heading(1, _))).count();
    let symptoms = blocks
        .iter()
        .any(|block| matches!(block, Block::Heading(2, para) if part_of(&para.text()) == Some(Part::Symptoms)));
    let header = blocks.iter().take_while(|block| !matches!(block, Block::Heading(2, _)));
    let scenario = header.into_iter().any(|block| match block {
        Block::Para(para) => {
            para.lines.iter().any(|line| line.label.as_ref().is_some_and(|label| label.name == "Scenario"))
        }
        _ => false,
    });
    titles == 1 && (symptoms || scenario)
}

/// What a first heading says beyond what stands in each: its number, and that it is a procedure.
pub(super) fn title(heading: &str) -> &str {
    slug::without_number(heading.split(" — Operational Procedure").next().unwrap_or_default())
}

/// The title of a file without a heading.
pub(super) fn unnamed(id: &RunbookId) -> String {
    id.as_str().replace('-', " ")
}

/// Reads a file of the house format. Whatever shape it has, no step and no comment of it is lost.
pub(super) fn read(id: RunbookId, blocks: &[Block]) -> Runbook {
    let first = blocks.iter().find_map(|block| match block {
        Block::Heading(1, para) => Some((para.text(), para.line)),
        _ => None,
    });
    let (title, line) = first.map_or_else(|| (unnamed(&id), 1), |(heading, line)| (title(&heading).to_owned(), line));
    let mut house = House { reader: Reader::new(id, title, line), check: None, ways: None };
    let blocks = joined(blocks);
    gather(&blocks, &mut house.reader.runbook);
    for block in &blocks {
        house.block(block);
    }
    house.end_check();
    house.reader.done()
}

/// Comments that stand right after a list belong to its last item.
fn joined(blocks: &[Block]) -> Vec<Block> {
    let mut all: Vec<Block> = Vec::with_capacity(blocks.len());
    for block in blocks {
        match (all.last_mut(), block) {
            (Some(Block::List(items)), Block::Comments(_)) => {
                if let Some(item) = items.last_mut() {
                    item.blocks.push(block.clone());
                }
            }
            _ => all.push(block.clone()),
        }
    }
    all
}

struct House<'b> {
    reader: Reader,
    /// The blocks of a check that is still read, its heading's line first.
    check: Option<(usize, Told<'b>)>,
    /// The choice that the options of a part belong to, or the items under a heading that says `choose`.
    ways: Option<usize>,
}

impl<'b> House<'b> {
    fn block(&mut self, block: &'b Block) {
        match block {
            Block::Heading(1, para) => self.stray(&para.directives),
            Block::Heading(2, para) => self.heading(para),
            Block::Heading(_, para) => self.subheading(para),
            _ if self.check.is_some() => {
                if let Some((_, told)) = &mut self.check {
                    told.add(block, false);
                }
            }
            _ if self.reader.section.is_empty() => self.header(block),
            _ => self.content(block),
        }
    }

    fn heading(&mut self, para: &Para) {
        self.end_check();
        let title = para.text();
        self.reader.section(part_of(&title).unwrap_or(Part::Other), &title);
        self.ways = None;
        self.chosen(&para.directives);
    }

    fn subheading(&mut self, para: &'b Para) {
        self.end_check();
        let title = para.text();
        match self.reader.part {
            Part::Diagnosis | Part::Verification => {
                let mut told = Told::default();
                told.words.push(slug::without_number(&title).to_owned());
                told.directives.extend(para.directives.iter().cloned());
                self.check = Some((para.line, told));
            }
            _ if title.starts_with("Option ") => {
                self.reader.settle();
                let choice = self.ways.unwrap_or_else(|| self.reader.new_choice());
                self.ways = Some(choice);
                self.reader.option = Some(StepOption { choice, name: title, variable: None });
                self.chosen(&para.directives);
            }
            _ => {
                self.reader.intro.push(title);
                self.chosen(&para.directives);
            }
        }
    }

    /// `choose` at a heading: the items below it are ways.
    fn chosen(&mut self, directives: &[Directive]) {
        for directive in directives {
            if directive.key == "choose" {
                let choice = self.reader.new_choice();
                self.ways = Some(choice);
                self.reader.option = Some(StepOption { choice, name: String::new(), variable: variable(directive) });
            } else {
                self.reader.runbook.strays.push(directive.clone());
            }
        }
    }

    fn end_check(&mut self) {
        let Some((line, told)) = self.check.take() else { return };
        let first = self.reader.runbook.steps.len();
        if told.is_one_step() {
            self.reader.one_step(&told, line);
        } else if told.fences.is_empty() {
            self.reader.manual(told.words(), line);
        } else {
            self.reader.intro.push(told.words());
            told.fences.iter().for_each(|fence| self.reader.fence(fence));
        }
        for step in &mut self.reader.runbook.steps[first..] {
            overrule(step, &told.directives);
        }
        told.steps.iter().for_each(|item| self.reader.item(item));
    }

    /// What stands before the first section.
    fn header(&mut self, block: &'b Block) {
        match block {
            Block::Para(para) => {
                self.directives(&para.directives);
                for line in &para.lines {
                    self.field(line);
                }
            }
            Block::Comments(found) => self.directives(found),
            _ => self.content(block),
        }
    }

    fn field(&mut self, line: &crate::runbook::markdown::Line) {
        let runbook = &mut self.reader.runbook;
        let Some(label) = line.label.as_ref().filter(|label| label.colon) else {
            // a value that goes on on the next line, or prose
            if !runbook.scenario.is_empty() && runbook.severity.is_empty() {
                runbook.scenario.push(' ');
                runbook.scenario.push_str(&line.text);
            } else {
                runbook.about.push((String::new(), line.text.clone()));
            }
            return;
        };
        let field = match label.name.to_lowercase().as_str() {
            "scenario" => &mut runbook.scenario,
            "severity" => &mut runbook.severity,
            "owner" => &mut runbook.owner,
            "last updated" => &mut runbook.last_updated,
            "last validated" => &mut runbook.last_validated,
            _ => {
                runbook.about.push((label.name.clone(), label.rest.clone()));
                return;
            }
        };
        label.rest.clone_into(field);
    }

    fn directives(&mut self, found: &[Directive]) {
        for directive in found {
            match directive.key.as_str() {
                "component" => self.reader.runbook.components.extend(directive.names()),
                "consequence-of" => self.reader.runbook.consequence_of.extend(directive.names()),
                _ => self.reader.runbook.strays.push(directive.clone()),
            }
        }
    }

    fn stray(&mut self, found: &[Directive]) {
        self.directives(found);
    }

    fn content(&mut self, block: &'b Block) {
        match block {
            Block::List(items) => items.iter().for_each(|item| self.item(item)),
            Block::Fence(fence) => self.reader.fence(fence),
            Block::Para(para) => {
                let text = para.text();
                self.reader.intro.extend((!text.is_empty()).then_some(text));
                self.after(&para.directives);
            }
            Block::Comments(found) => self.after(found),
            Block::Table(rows) if self.reader.part == Part::Validation => {
                self.reader.runbook.validations.extend(rows.iter().skip(1).filter_map(|row| validation(row)));
            }
            Block::Table(rows) => {
                let text: Vec<String> = rows.iter().map(|row| row.join(" | ")).collect();
                self.reader.intro.push(text.join("\n"));
            }
            Block::Quote(blocks) => self.quote(blocks),
            Block::Heading(..) => {}
        }
    }

    fn item(&mut self, item: &'b Item) {
        let told = Told::of(item);
        let words = || told.words();
        match self.reader.part {
            Part::Symptoms => self.reader.symptom(item),
            Part::Prevention => {
                self.reader.runbook.prevention.push(words());
                self.reader.code(&told);
            }
            Part::Contacts => {
                self.reader.runbook.contacts.push(words());
                self.reader.code(&told);
            }
            Part::Related => {}
            _ => {
                if let (Some(choice), Some(option)) = (self.ways, &mut self.reader.option)
                    && (option.name.is_empty() || option.variable.is_some())
                {
                    *option = StepOption { choice, name: words(), variable: option.variable.clone() };
                }
                self.reader.item(item);
            }
        }
    }

    /// Comments after a fence or a paragraph are about the step before them.
    fn after(&mut self, found: &[Directive]) {
        let is_symptom = self.reader.part == Part::Symptoms;
        match self.reader.runbook.steps.last_mut().filter(|_| !is_symptom) {
            Some(step) => {
                for directive in found {
                    match directive.key.as_str() {
                        "expect" => step.expect = Some(directive.condition()),
                        "action" => step.strays.push(directive.clone()),
                        _ => overrule(step, std::slice::from_ref(directive)),
                    }
                }
            }
            None => self.reader.runbook.strays.extend(found.iter().cloned()),
        }
    }

    /// `> Note: …` is shown beside the step before it.
    fn quote(&mut self, blocks: &'b [Block]) {
        let mut told = Told::default();
        for block in blocks {
            told.add(block, false);
        }
        let words = told.words();
        let section = self.reader.section.clone();
        match self.reader.runbook.steps.last_mut().filter(|step| step.section == section) {
            Some(step) => step.notes.push(words),
            None => self.reader.intro.push(words),
        }
        told.fences.iter().for_each(|fence| self.reader.fence(fence));
        told.steps.iter().for_each(|item| self.reader.item(item));
        self.reader.runbook.strays.extend(told.directives);
    }
}

fn validation(row: &[String]) -> Option<Validation> {
    let cell = |n: usize| row.get(n).cloned().unwrap_or_default();
    let validation =
        Validation { date: cell(0), validator: cell(1), environment: cell(2), result: cell(3), notes: cell(4) };
    (!validation.date.is_empty()).then_some(validation)
}

/// Links, anchors and related runbooks, wherever they stand.
pub(super) fn gather(blocks: &[Block], runbook: &mut Runbook) {
    (runbook.links, runbook.anchors) = links_and_anchors(blocks);
    let mut related = false;
    for block in blocks {
        if let Block::Heading(_, para) = block {
            related = part_of(&para.text()) == Some(Part::Related);
        }
        if related {
            links(block, &mut runbook.related);
        }
    }
}

/// All links, and the headings as anchors.
pub(super) fn links_and_anchors(blocks: &[Block]) -> (Vec<Link>, Vec<String>) {
    let mut found = Vec::new();
    let mut anchors = Vec::new();
    for block in blocks {
        if let Block::Heading(_, para) = block {
            anchors.push(slug::anchor(&para.text()));
        }
        links(block, &mut found);
    }
    (found, anchors)
}

fn links(block: &Block, found: &mut Vec<Link>) {
    match block {
        Block::Heading(_, para) | Block::Para(para) => found.extend(para.links.iter().cloned()),
        Block::List(items) => items.iter().flat_map(|item| &item.blocks).for_each(|block| links(block, found)),
        Block::Quote(blocks) => blocks.iter().for_each(|block| links(block, found)),
        Block::Fence(_) | Block::Table(_) | Block::Comments(_) => {}
    }
}
