//! Where a node of the syntax tree stands in the text. The parser remembers one token of each node; this finds the rest.

use std::ops::Range;

use cel::common::ast::{Expr as Ast, IdedExpr, SourceInfo};

/// The byte range of a node with all that belongs to it; always on character boundaries.
pub(super) fn of(text: &str, info: &SourceInfo, node: &IdedExpr) -> Range<usize> {
    let range = grown(text, info, node).unwrap_or(0..text.len());
    let start = range.start.min(text.len());
    let end = range.end.clamp(start, text.len());
    if text.is_char_boundary(start) && text.is_char_boundary(end) { start..end } else { 0..text.len() }
}

fn grown(text: &str, info: &SourceInfo, node: &IdedExpr) -> Option<Range<usize>> {
    let (start, stop) = info.offset_for(node.id)?;
    let token = usize::try_from(start).ok()?..usize::try_from(stop).ok()?.checked_add(1)?;
    let mut range = token.clone();
    let mut include = |child: &IdedExpr| {
        if let Some(child) = grown(text, info, child) {
            range = range.start.min(child.start)..range.end.max(child.end);
        }
    };
    match &node.expr {
        Ast::Call(call) => call.target.iter().for_each(|target| include(target)),
        Ast::Select(select) => include(&select.operand),
        Ast::Comprehension(comprehension) => include(&comprehension.iter_range),
        _ => {}
    }
    if let Ast::Call(call) = &node.expr {
        call.args.iter().for_each(&mut include);
    }
    match (text.as_bytes().get(token.start)?, &node.expr) {
        (b'(' | b'[' | b'{', expr) => {
            range.end = range.end.max(closing(text, token.start));
            let name = match expr {
                Ast::Call(call) if call.target.is_none() => call.func_name.as_str(),
                Ast::Select(select) if select.test => "has",
                Ast::Struct(object) => object.type_name.as_str(),
                _ => "",
            };
            if text.get(..token.start).is_some_and(|before| before.ends_with(name)) {
                range.start = range.start.min(token.start - name.len());
            }
        }
        (b'.', Ast::Select(select)) => {
            // white space may stand between the dot and the name
            let after = text.get(token.end..)?;
            let field = after.find(select.field.as_str()).map_or(0, |at| at + select.field.len());
            range.end = range.end.max(token.end + field);
        }
        _ => {}
    }
    Some(range)
}

/// The byte behind the bracket that closes the one at `open`; the end of the text where none does.
fn closing(text: &str, open: usize) -> usize {
    brackets(text, open).find(|(_, depth)| *depth == 0).map_or(text.len(), |(at, _)| at + 1)
}

/// The first bracket that stands within more than `most` others.
pub(super) fn too_deep(text: &str, most: usize) -> Option<usize> {
    brackets(text, 0).find(|(_, depth)| *depth > most).map(|(at, _)| at)
}

/// The place of the operator, dot or bracket that is one more than `most`.
pub(super) fn too_busy(text: &str, most: usize) -> Option<usize> {
    code(text, 0).filter(|(_, byte)| b".([{?+-*/%<>=!".contains(byte)).nth(most).map(|(at, _)| at)
}

/// Every bracket from `start` on, with the number of open ones behind it.
fn brackets(text: &str, start: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut depth = 0_usize;
    code(text, start).filter_map(move |(at, byte)| {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => return None,
        }
        Some((at, depth))
    })
}

/// The bytes from `start` on that stand outside of quoted texts.
fn code(text: &str, start: usize) -> impl Iterator<Item = (usize, u8)> + '_ {
    let (mut quote, mut escaped) = (None, false);
    text.bytes().enumerate().skip(start).filter(move |(_, byte)| {
        match (quote, *byte) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), b'\\') => escaped = true,
            (Some(mark), byte) if mark == byte => quote = None,
            (Some(_), _) => {}
            (None, byte @ (b'\'' | b'"')) => quote = Some(byte),
            (None, _) => return true,
        }
        false
    })
}
