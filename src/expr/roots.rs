//! Which names an expression takes from outside: the variables of an answer, or the components of a system.

use cel::common::ast::{EntryExpr, Expr as Ast};

use crate::expr::Expr;

/// Names that CEL itself gives a meaning.
const TYPES: [&str; 12] =
    ["bool", "bytes", "double", "duration", "int", "list", "map", "null_type", "string", "timestamp", "type", "uint"];

impl Expr {
    /// The names that it takes from outside, each once, in the order of the text; names that a comprehension binds
    /// (`x` of `list.exists(x, …)`) are its own.
    pub fn roots(&self) -> Vec<String> {
        let mut found = Vec::new();
        collect(&self.program().expression().expr, &mut Vec::new(), &mut found);
        found
    }
}

fn collect(ast: &Ast, bound: &mut Vec<String>, found: &mut Vec<String>) {
    match ast {
        Ast::Ident(name) => {
            let own = name.starts_with('@') || TYPES.contains(&name.as_str()) || bound.contains(name);
            if !own && !found.contains(name) {
                found.push(name.clone());
            }
        }
        Ast::Call(call) => call.target.iter().map(|target| &**target).chain(&call.args).for_each(|part| {
            collect(&part.expr, bound, found);
        }),
        Ast::Select(select) => collect(&select.operand.expr, bound, found),
        Ast::List(list) => list.elements.iter().for_each(|part| collect(&part.expr, bound, found)),
        Ast::Map(map) => map.entries.iter().for_each(|entry| self::entry(&entry.expr, bound, found)),
        Ast::Struct(made) => made.entries.iter().for_each(|entry| self::entry(&entry.expr, bound, found)),
        Ast::Comprehension(inner) => {
            collect(&inner.iter_range.expr, bound, found);
            let before = bound.len();
            bound.extend([inner.iter_var.clone(), inner.accu_var.clone()]);
            bound.extend(inner.iter_var2.clone());
            for part in [&inner.accu_init, &inner.loop_cond, &inner.loop_step, &inner.result] {
                collect(&part.expr, bound, found);
            }
            bound.truncate(before);
        }
        Ast::Literal(_) | Ast::Unspecified => {}
    }
}

fn entry(entry: &EntryExpr, bound: &mut Vec<String>, found: &mut Vec<String>) {
    match entry {
        EntryExpr::StructField(field) => collect(&field.value.expr, bound, found),
        EntryExpr::MapEntry(pair) => {
            collect(&pair.key.expr, bound, found);
            collect(&pair.value.expr, bound, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_outside_are_told_from_bound_ones() {
        for (text, roots) in [
            ("status == 200 && body.success", vec!["status", "body"]),
            ("queue.worker_list.exists(w, w.live && w.name != api.name)", vec!["queue", "api"]),
            ("has(worker.x) ? double(a.b) : {'k': c}.k", vec!["worker", "a", "c"]),
            ("type(x) == int", vec!["x"]),
            ("[1, 2].map(y, y * z).size() > 0", vec!["z"]),
        ] {
            assert_eq!(Expr::compile(text).unwrap().roots(), roots, "{text}");
        }
    }
}
