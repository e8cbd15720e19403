//! Which headings of a file are scenarios, and which belong to one.

use crate::runbook::document::Part;
use crate::runbook::markdown::{Block, Para};
use crate::runbook::reader::part_of;
use crate::runbook::slug;

/// A heading with what stands right under it.
pub(super) struct Section<'b> {
    pub(super) title: String,
    pub(super) line: usize,
    pub(super) blocks: Vec<&'b Block>,
    level: u8,
}

/// The sections of a file in groups: each group is one scenario, its heading first.
pub(super) fn outline<'b>(stem: &str, blocks: &'b [Block]) -> Vec<Vec<Section<'b>>> {
    let sections = sections(stem, blocks);
    let spans: Vec<usize> = spans(&sections);
    let mut groups: Vec<Vec<Section<'b>>> = Vec::new();
    let mut left = 0;
    for (section, span) in sections.into_iter().zip(spans) {
        if let Some(group) = groups.last_mut().filter(|_| left > 0) {
            group.push(section);
            left -= 1;
        } else {
            groups.push(vec![section]);
            left = span;
        }
    }
    groups
}

fn sections<'b>(stem: &str, blocks: &'b [Block]) -> Vec<Section<'b>> {
    let mut sections = vec![Section { title: stem.replace(['-', '_'], " "), line: 1, blocks: Vec::new(), level: 0 }];
    // a heading of bold words stands below the last real one
    let mut level = 0;
    for (n, block) in blocks.iter().enumerate() {
        let heading = match block {
            Block::Heading(own, para) => {
                level = *own;
                Some((*own, para.text(), para.line))
            }
            Block::Para(para) => bold_heading(para, &blocks[n + 1..]).map(|title| (level + 1, title, para.line)),
            _ => None,
        };
        match heading {
            Some((level, title, line)) => sections.push(Section { title, line, blocks: Vec::new(), level }),
            None => {
                if let Some(last) = sections.last_mut() {
                    last.blocks.push(block);
                }
            }
        }
    }
    sections
}

/// `**Type 1: Retry Exhausted**`, where symptoms or a recovery follow as labels.
fn bold_heading(para: &Para, rest: &[Block]) -> Option<String> {
    let label = para.all_bold().filter(|label| !label.colon && part_of(&label.name).is_none())?;
    // only the next few blocks: a heading stands near to what it heads
    let follows =
        rest.iter().take(3).take_while(|block| !matches!(block, Block::Heading(..))).any(|block| match block {
            Block::Para(para) => labels(para).any(is_scenario),
            _ => false,
        });
    follows.then(|| label.name.clone())
}

fn labels(para: &Para) -> impl Iterator<Item = &str> {
    para.lines.iter().filter_map(|line| line.label.as_ref()).map(|label| label.name.as_str())
}

fn is_scenario(title: &str) -> bool {
    matches!(part_of(title), Some(Part::Symptoms | Part::Immediate | Part::Diagnosis | Part::Resolution))
}

/// For each section how many after it belong to it, where it begins a group.
fn spans(sections: &[Section<'_>]) -> Vec<usize> {
    let by_label: Vec<bool> = sections
        .iter()
        .map(|section| {
            section.blocks.iter().any(|block| match block {
                Block::Para(para) => labels(para).any(is_scenario),
                _ => false,
            })
        })
        .collect();
    let by_title: Vec<bool> = sections.iter().map(|section| is_scenario(&section.title)).collect();
    let mut spans = Vec::with_capacity(sections.len());
    for (n, section) in sections.iter().enumerate() {
        // how far its own headings go; at most so many, for a file of nothing but headings
        let below = sections[n + 1..].iter().take(MOST).take_while(|next| next.level > section.level).count();
        let range = n + 1..n + 1 + below;
        let child = range.clone().map(|at| sections[at].level).min().unwrap_or(0);
        let mut children = range.clone().filter(|at| sections[*at].level == child);
        let is_parent = section.level > 0 && children.any(|at| by_title[at] && !by_label[at]);
        let is_list = section.level > 0
            && !range.clone().any(|at| by_label[at] || by_title[at])
            && numbered(&sections[range.clone()], child);
        let own_below = if by_label[n] { range.clone().take_while(|at| !by_label[*at]).count() } else { 0 };
        spans.push(if is_parent || is_list { below } else { own_below });
    }
    spans
}

/// Most sections of one scenario.
const MOST: usize = 64;

/// Headings that count: `1. Build`, `2. Deploy`.
fn numbered(sections: &[Section<'_>], level: u8) -> bool {
    let titles: Vec<&str> = sections.iter().filter(|section| section.level == level).map(|s| s.title.trim()).collect();
    let counts = |(n, title): (usize, &&str)| {
        let number = format!("{}. ", n + 1);
        title.starts_with(&number) && slug::without_number(title) != *title
    };
    titles.len() > 1 && titles.iter().enumerate().all(counts)
}
