//! Walking a syntax tree without recursion: its depth is not known yet, and the stack is not ours to spend.

use cel::common::ast::{EntryExpr, Expr as Ast, IdedExpr};

/// The nodes right below a node, in the order of the text.
pub(super) fn children(node: &IdedExpr) -> Vec<&IdedExpr> {
    match &node.expr {
        Ast::Call(call) => call.target.iter().map(AsRef::as_ref).chain(&call.args).collect(),
        Ast::Select(select) => vec![&select.operand],
        Ast::List(list) => list.elements.iter().collect(),
        Ast::Comprehension(c) => vec![&c.iter_range, &c.accu_init, &c.loop_cond, &c.loop_step, &c.result],
        Ast::Map(map) => map.entries.iter().flat_map(|entry| entry_children(&entry.expr)).collect(),
        Ast::Struct(object) => object.entries.iter().flat_map(|entry| entry_children(&entry.expr)).collect(),
        Ast::Ident(_) | Ast::Literal(_) | Ast::Unspecified => Vec::new(),
    }
}

fn entry_children(entry: &EntryExpr) -> Vec<&IdedExpr> {
    match entry {
        EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
        EntryExpr::StructField(field) => vec![&field.value],
    }
}

/// Does a node stand within more than `most` others?
pub(super) fn deeper_than(root: &IdedExpr, most: usize) -> bool {
    let mut open = vec![(root, 0)];
    while let Some((node, depth)) = open.pop() {
        if depth > most {
            return true;
        }
        open.extend(children(node).into_iter().map(|child| (child, depth + 1)));
    }
    false
}

/// Visits every node in the order of the text.
pub(super) fn visit<'n>(root: &'n IdedExpr, mut look: impl FnMut(&'n IdedExpr)) {
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        look(node);
        open.extend(children(node).into_iter().rev());
    }
}
