//! Text to a checked, rewritten syntax tree. Every path (`wal.pending`, `body.stats.failed`), window function and
//! pattern becomes a numbered slot `@n` that the evaluation fills lazily; whatever can be refused now is refused now,
//! with its place in the text.

mod call;

use std::ops::Range;
use std::time::Duration;

use cel::common::ast::{
    CallExpr, ComprehensionExpr, EntryExpr, Expr as Ast, IdedExpr, LiteralValue, SelectExpr, SourceInfo, operators,
};

use crate::base::{ComponentId, SignalKey, State};
use crate::expr::functions::{About, Pattern, Window};
use crate::expr::path::Path;
use crate::expr::program::{Reference, Threshold};
use crate::expr::series::Selection;
use crate::expr::types::{Refused, Ty};
use crate::expr::{CompileError, extent, parse_error, tree};

/// Longest expression, in bytes.
pub(super) const LONGEST: usize = 4096;
/// Comprehensions (`all`, `map`, …) within one another.
const MOST_NESTED: usize = 2;
/// Operators within one another: a bound for the stack.
const DEEPEST: usize = 48;

/// Brackets within one another: the parser takes some 150 kB of stack for each when it is not optimised.
const MOST_BRACKETS: usize = 10;

/// Operators, dots and brackets in all: each may be one more call within the parser.
const MOST_OPERATORS: usize = 400;

/// What a slot `@n` stands for.
#[derive(Clone, Debug)]
pub(super) enum Slot {
    /// `wal.pending`, `body.stats.failed`.
    Path(Path),
    /// `has(worker.memory)`.
    Has(Path),
    /// `rate('wal.pending', '5m')`.
    Window { window: Window, key: SignalKey, over: Duration },
    /// `stale('wal.pending')`.
    About { about: About, key: SignalKey },
    /// `metric('http_requests_total', {'code': '500'})`.
    Series(Selection),
    /// A pattern of `matches`.
    Pattern(Pattern),
}

/// A compiled expression.
#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) text: Box<str>,
    pub(super) root: IdedExpr,
    pub(super) ty: Ty,
    pub(super) slots: Vec<Slot>,
    pub(super) signals: Vec<SignalKey>,
    pub(super) references: Vec<Reference>,
    pub(super) thresholds: Vec<Threshold>,
    /// A comprehension stands within another: lists are then held shorter.
    pub(super) nested: bool,
}

type Checked<T> = Result<T, CompileError>;

/// Compiles a text.
pub(super) fn compile(text: &str) -> Checked<Compiled> {
    let all = 0..text.len();
    if text.len() > LONGEST {
        let help = "split it into signals, or into two rules".to_owned();
        return Err(CompileError { span: all, message: format!("longer than {LONGEST} bytes"), help: Some(help) });
    }
    if text.trim().is_empty() {
        return Err(CompileError { span: all, message: "it is empty".to_owned(), help: None });
    }
    if let Some(at) = extent::too_deep(text, MOST_BRACKETS) {
        let message = format!("more than {MOST_BRACKETS} brackets stand within one another");
        return Err(CompileError { span: at..at + 1, message, help: Some("split it".to_owned()) });
    }
    if let Some(at) = extent::too_busy(text, MOST_OPERATORS) {
        let message = format!("more than {MOST_OPERATORS} operators, dots and brackets");
        return Err(CompileError { span: at..at + 1, message, help: Some("split it".to_owned()) });
    }
    let program = cel::Program::compile(text).map_err(|errors| parse_error::explain(text, &errors))?;
    if tree::deeper_than(program.expression(), DEEPEST) {
        let message = format!("more than {DEEPEST} operators stand within one another");
        return Err(CompileError { span: all, message, help: Some("split it".to_owned()) });
    }
    from_tree(text, program.expression(), program.source_info())
}

/// `{component}.state == '{state}'`, written out: parsing it takes most of a millisecond, and every component has one.
pub(super) fn state_is(component: &ComponentId, state: State) -> Checked<Compiled> {
    let state = state.word();
    let text = format!("{component}.state == '{state}'");
    let mut info = SourceInfo::default();
    let mut node = |id: u64, token: &str, expr: Ast| {
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let start = text.find(token).unwrap_or(0);
        info.add_offset(id, place(start), place(start + token.len()).saturating_sub(1));
        IdedExpr { id, expr }
    };
    // numbered as the parser does: a node behind what it is made of, an operator before its right side
    let operand = Box::new(node(1, component.as_str(), Ast::Ident(component.to_string())));
    let field = node(2, ".", Ast::Select(SelectExpr { operand, field: "state".to_owned(), test: false }));
    let word = node(4, &format!("'{state}'"), Ast::Literal(LiteralValue::String(state.into())));
    let call = CallExpr { func_name: operators::EQUALS.to_owned(), target: None, args: vec![field, word] };
    let root = node(3, "==", Ast::Call(call));
    from_tree(&text, &root, &info)
}

fn from_tree(text: &str, root: &IdedExpr, info: &SourceInfo) -> Checked<Compiled> {
    let mut compiler = Compiler::new(text, info);
    let (root, ty) = compiler.expr(root)?;
    let mut signals: Vec<SignalKey> = Vec::new();
    for key in compiler.references.iter().filter_map(|reference| reference.key.as_ref()) {
        if !signals.contains(key) {
            signals.push(key.clone());
        }
    }
    Ok(Compiled {
        text: text.into(),
        root,
        ty,
        slots: compiler.slots,
        signals,
        references: compiler.references,
        thresholds: compiler.thresholds,
        nested: compiler.nested,
    })
}

/// The slot that a rewritten node names.
pub(super) fn slot_of(expr: &IdedExpr) -> Option<usize> {
    match &expr.expr {
        Ast::Ident(name) => slot_number(name),
        _ => None,
    }
}

/// `@12` is slot 12; the accumulators of comprehensions (`@result`) are none.
pub(super) fn slot_number(name: &str) -> Option<usize> {
    name.strip_prefix('@')?.parse().ok()
}

struct Compiler<'t> {
    text: &'t str,
    info: &'t SourceInfo,
    slots: Vec<Slot>,
    references: Vec<Reference>,
    thresholds: Vec<Threshold>,
    /// Variables of the comprehensions around the node: they hide components.
    scopes: Vec<String>,
    comprehensions: usize,
    nested: bool,
}

impl<'t> Compiler<'t> {
    fn new(text: &'t str, info: &'t SourceInfo) -> Self {
        Self {
            text,
            info,
            slots: Vec::new(),
            references: Vec::new(),
            thresholds: Vec::new(),
            scopes: Vec::new(),
            comprehensions: 0,
            nested: false,
        }
    }

    fn expr(&mut self, node: &IdedExpr) -> Checked<(IdedExpr, Ty)> {
        let hidden = |name: &str| self.scopes.iter().any(|scope| scope == name);
        if let Some(path) = Path::of(node, &hidden) {
            return Ok(if path.is_type_name() { (node.clone(), Ty::Dyn) } else { self.path_slot(node, path) });
        }
        let (expr, ty) = match &node.expr {
            Ast::Literal(literal) => (node.expr.clone(), literal_type(literal)),
            Ast::Ident(_) => (node.expr.clone(), Ty::Dyn),
            Ast::Select(select) if select.test => {
                if let Some(path) = Path::of(&select.operand, &hidden).map(|path| path.field(&select.field)) {
                    self.refer(node, &path);
                    return Ok((self.slot(node.id, Slot::Has(path)), Ty::Bool));
                }
                let operand = Box::new(self.expr(&select.operand)?.0);
                (Ast::Select(SelectExpr { operand, field: select.field.clone(), test: true }), Ty::Bool)
            }
            Ast::Select(select) => {
                let operand = Box::new(self.expr(&select.operand)?.0);
                (Ast::Select(SelectExpr { operand, field: select.field.clone(), test: false }), Ty::Dyn)
            }
            Ast::Call(call) => return self.call(node, call),
            Ast::List(list) => {
                let mut list = list.clone();
                for element in &mut list.elements {
                    *element = self.expr(element)?.0;
                }
                (Ast::List(list), Ty::List)
            }
            Ast::Map(map) => {
                let mut map = map.clone();
                for entry in &mut map.entries {
                    let EntryExpr::MapEntry(entry) = &mut entry.expr else {
                        return Err(self.error(node, "this is no object".to_owned(), None));
                    };
                    entry.key = self.expr(&entry.key)?.0;
                    entry.value = self.expr(&entry.value)?.0;
                }
                (Ast::Map(map), Ty::Map)
            }
            Ast::Comprehension(comprehension) => {
                let (comprehension, ty) = self.comprehension(node, comprehension)?;
                (Ast::Comprehension(Box::new(comprehension)), ty)
            }
            Ast::Struct(_) | Ast::Unspecified => {
                return Err(self.error(node, "there are no types to construct here".to_owned(), None));
            }
        };
        Ok((IdedExpr { id: node.id, expr }, ty))
    }

    fn comprehension(&mut self, node: &IdedExpr, written: &ComprehensionExpr) -> Checked<(ComprehensionExpr, Ty)> {
        let iter_range = self.expr(&written.iter_range)?.0;
        let ty = match &written.accu_init.expr {
            Ast::Literal(LiteralValue::Boolean(_) | LiteralValue::Int(_)) => Ty::Bool,
            _ => Ty::List,
        };
        self.comprehensions += 1;
        if self.comprehensions > MOST_NESTED {
            let message = format!("more than {MOST_NESTED} of all, exists, map and filter stand within one another");
            return Err(self.error(node, message, Some("it would cost too much on long lists".to_owned())));
        }
        self.nested |= self.comprehensions == MOST_NESTED;
        let outer = self.scopes.len();
        self.scopes.push(written.iter_var.clone());
        self.scopes.extend(written.iter_var2.clone());
        self.scopes.push(written.accu_var.clone());
        let rewritten = ComprehensionExpr {
            iter_range,
            accu_init: self.expr(&written.accu_init)?.0,
            loop_cond: self.expr(&written.loop_cond)?.0,
            loop_step: self.expr(&written.loop_step)?.0,
            result: self.expr(&written.result)?.0,
            ..written.clone()
        };
        self.scopes.truncate(outer);
        self.comprehensions -= 1;
        Ok((rewritten, ty))
    }

    fn path_slot(&mut self, node: &IdedExpr, path: Path) -> (IdedExpr, Ty) {
        self.refer(node, &path);
        let ty = path.ty();
        let known = self.slots.iter().position(|slot| matches!(slot, Slot::Path(other) if *other == path));
        let expr = match known {
            Some(at) => IdedExpr { id: node.id, expr: Ast::Ident(format!("@{at}")) },
            None => self.slot(node.id, Slot::Path(path)),
        };
        (expr, ty)
    }

    fn slot(&mut self, id: u64, slot: Slot) -> IdedExpr {
        self.slots.push(slot);
        IdedExpr { id, expr: Ast::Ident(format!("@{}", self.slots.len() - 1)) }
    }

    fn refer(&mut self, node: &IdedExpr, path: &Path) {
        let (root, key) = (path.root().to_owned(), path.key().cloned());
        self.references.push(Reference { path: path.to_string(), root, key, quoted: false, span: self.extent(node) });
    }

    fn refuse(&self, node: &IdedExpr, (message, help): Refused) -> CompileError {
        self.error(node, message, help)
    }

    fn error(&self, node: &IdedExpr, message: String, help: Option<String>) -> CompileError {
        CompileError { span: self.extent(node), message, help }
    }

    fn extent(&self, node: &IdedExpr) -> Range<usize> {
        extent::of(self.text, self.info, node)
    }

    /// The node as written, on one line and short.
    fn snippet(&self, node: &IdedExpr) -> String {
        let written = self.text.get(self.extent(node)).unwrap_or("it");
        let line = written.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.chars().count() <= 60 { line } else { line.chars().take(59).chain(['…']).collect() }
    }
}

fn literal_type(literal: &LiteralValue) -> Ty {
    match literal {
        LiteralValue::Boolean(_) => Ty::Bool,
        LiteralValue::Int(_) => Ty::Int,
        LiteralValue::UInt(_) => Ty::Uint,
        LiteralValue::Double(_) => Ty::Double,
        LiteralValue::String(_) => Ty::Text,
        LiteralValue::Null => Ty::Null,
        LiteralValue::Bytes(_) => Ty::Dyn,
    }
}
