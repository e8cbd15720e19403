//! Text to a checked, rewritten syntax tree. Every path (`wal.pending`, `body.stats.failed`), window function and
//! pattern becomes a numbered slot `@n` that the evaluation fills lazily; whatever can be refused now is refused now,
//! with its place in the text.

use std::ops::Range;
use std::time::Duration;

use cel::common::ast::{
    CallExpr, ComprehensionExpr, EntryExpr, Expr as Ast, IdedExpr, LiteralValue, SourceInfo, operators,
};

use crate::base::SignalKey;
use crate::base::problem::nearest;
use crate::base::time::parse_duration;
use crate::expr::functions::{About, Call, DIVIDE, FUNCTIONS, Function, MACROS, MATCHES, Pattern, Window};
use crate::expr::path::Path;
use crate::expr::program::{Reference, Relation, Threshold};
use crate::expr::types::{self, Refused, Ty};
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
    let mut compiler = Compiler::new(text, program.source_info());
    let (root, ty) = compiler.expr(program.expression())?;
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
                (
                    Ast::Select(cel::common::ast::SelectExpr { operand, field: select.field.clone(), test: true }),
                    Ty::Bool,
                )
            }
            Ast::Select(select) => {
                let operand = Box::new(self.expr(&select.operand)?.0);
                (
                    Ast::Select(cel::common::ast::SelectExpr { operand, field: select.field.clone(), test: false }),
                    Ty::Dyn,
                )
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

    fn call(&mut self, node: &IdedExpr, call: &CallExpr) -> Checked<(IdedExpr, Ty)> {
        match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::NOT_STRICTLY_FALSE, _) | (operators::INDEX, [_, _]) => {
                Ok((self.rebuilt(node, call)?.0, Ty::Dyn))
            }
            (operators::LOGICAL_NOT, [operand]) => {
                let (rewritten, types) = self.rebuilt(node, call)?;
                let ty = types.first().copied().unwrap_or(Ty::Dyn);
                types::condition("!", &self.snippet(operand), ty).map_err(|refused| self.refuse(node, refused))?;
                Ok((rewritten, Ty::Bool))
            }
            (operators::NEGATE, [_]) => {
                let (rewritten, types) = self.rebuilt(node, call)?;
                Ok((rewritten, types.first().copied().unwrap_or(Ty::Dyn)))
            }
            (operators::CONDITIONAL, [condition, ..]) => {
                let (rewritten, types) = self.rebuilt(node, call)?;
                let [asked, yes, no] = types[..] else { return Ok((rewritten, Ty::Dyn)) };
                types::condition("?", &self.snippet(condition), asked).map_err(|refused| self.refuse(node, refused))?;
                Ok((rewritten, if yes == no { yes } else { Ty::Dyn }))
            }
            (operator, [left, right]) if operators_contain(operator) => self.binary(node, call, left, right),
            _ => self.function(node, call),
        }
    }

    fn binary(
        &mut self,
        node: &IdedExpr,
        call: &CallExpr,
        left: &IdedExpr,
        right: &IdedExpr,
    ) -> Checked<(IdedExpr, Ty)> {
        let (mut rewritten, types) = self.rebuilt(node, call)?;
        let [a, b] = types[..] else { return Ok((rewritten, Ty::Dyn)) };
        let operands = [left, right].map(|operand| self.snippet(operand));
        let ty = types::binary(&call.func_name, (&operands[0], a), (&operands[1], b))
            .map_err(|refused| self.refuse(node, refused))?;
        let equality = matches!(call.func_name.as_str(), operators::EQUALS | operators::NOT_EQUALS);
        if equality && (a == Ty::Map || b == Ty::Map) {
            let help = Some("compare its fields one by one".to_owned());
            return Err(self.error(node, "objects are not compared as a whole".to_owned(), help));
        }
        if let Ast::Call(rewritten) = &mut rewritten.expr {
            if call.func_name == operators::DIVIDE {
                DIVIDE.clone_into(&mut rewritten.func_name);
            }
            self.thresholds.extend(threshold(&self.slots, rewritten));
        }
        Ok((rewritten, ty))
    }

    fn function(&mut self, node: &IdedExpr, call: &CallExpr) -> Checked<(IdedExpr, Ty)> {
        let function = self.look_up(node, call)?;
        match function.call {
            Call::Window(window) => {
                let key = self.signal_argument(function, &call.args[0])?;
                let over = self.window_argument(function, &call.args[1])?;
                Ok((self.slot(node.id, Slot::Window { window, key, over }), function.gives))
            }
            Call::About(about) => {
                let key = self.signal_argument(function, &call.args[0])?;
                Ok((self.slot(node.id, Slot::About { about, key }), function.gives))
            }
            Call::Member if function.name == "matches" => {
                let Some(pattern) = literal_text(&call.args[0]) else {
                    return Ok((self.rebuilt(node, call)?.0, function.gives));
                };
                let pattern = regex::Regex::new(pattern).map_err(|error| {
                    let reason = error.to_string();
                    let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                    self.error(&call.args[0], format!("this is no regular expression: {reason}"), None)
                })?;
                let Some(target) = &call.target else { return Ok((self.rebuilt(node, call)?.0, function.gives)) };
                let args = vec![self.expr(target)?.0, self.slot(call.args[0].id, Slot::Pattern(Pattern(pattern)))];
                let call = CallExpr { func_name: MATCHES.to_owned(), target: None, args };
                Ok((IdedExpr { id: node.id, expr: Ast::Call(call) }, function.gives))
            }
            Call::Global | Call::Member => Ok((self.rebuilt(node, call)?.0, function.gives)),
        }
    }

    fn look_up(&self, node: &IdedExpr, call: &CallExpr) -> Checked<&'static Function> {
        let name = call.func_name.as_str();
        let fits = |function: &&Function| {
            (function.call == Call::Member) == call.target.is_some() && function.args == call.args.len()
        };
        let named = || FUNCTIONS.iter().filter(|function| function.name == name);
        if let Some(function) = named().find(fits) {
            return Ok(function);
        }
        let usage = named().map(|function| function.usage).chain(MACROS.iter().filter(|m| m.0 == name).map(|m| m.1));
        let usage: Vec<&str> = usage.collect();
        if !usage.is_empty() {
            let help = format!("write {}", usage.join(" or "));
            return Err(self.error(node, format!("{name}() is not called like this"), Some(help)));
        }
        let all = FUNCTIONS.iter().map(|function| function.name).chain(MACROS.iter().map(|(name, _)| *name));
        let help = nearest(name, all).map(|near| format!("did you mean {near}()?"));
        Err(self.error(node, format!("there is no function {name}()"), help))
    }

    fn signal_argument(&mut self, function: &Function, argument: &IdedExpr) -> Checked<SignalKey> {
        let Some(name) = literal_text(argument) else {
            let written = self.snippet(argument);
            let message = format!("{}() takes the name of a signal as text", function.name);
            return Err(self.error(argument, message, Some(format!("write '{written}', as in {}", function.usage))));
        };
        let key: SignalKey = name.parse().map_err(|_| {
            let message = format!("'{name}' names no signal");
            self.error(argument, message, Some(format!("write component.signal, as in {}", function.usage)))
        })?;
        let root = key.component.as_str().to_owned();
        let span = self.extent(argument);
        let reference = Reference { path: name.to_owned(), root, key: Some(key.clone()), quoted: true, span };
        self.references.push(reference);
        Ok(key)
    }

    fn window_argument(&self, function: &Function, argument: &IdedExpr) -> Checked<Duration> {
        let usage = || Some(format!("as in {}", function.usage));
        let Some(text) = literal_text(argument) else {
            let message = format!("{}() takes its window as text", function.name);
            return Err(self.error(argument, message, usage()));
        };
        match parse_duration(text) {
            Ok(window) if window.is_zero() => Err(self.error(argument, "a window of no length".to_owned(), usage())),
            Ok(window) => Ok(window),
            Err(bad) => Err(self.error(argument, bad.to_string(), usage())),
        }
    }

    /// The same call over rewritten operands, and their types.
    fn rebuilt(&mut self, node: &IdedExpr, call: &CallExpr) -> Checked<(IdedExpr, Vec<Ty>)> {
        let target = match &call.target {
            Some(target) => Some(Box::new(self.expr(target)?.0)),
            None => None,
        };
        let (mut args, mut types) = (Vec::with_capacity(call.args.len()), Vec::with_capacity(call.args.len()));
        for arg in &call.args {
            let (arg, ty) = self.expr(arg)?;
            args.push(arg);
            types.push(ty);
        }
        let call = CallExpr { func_name: call.func_name.clone(), target, args };
        Ok((IdedExpr { id: node.id, expr: Ast::Call(call) }, types))
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

fn operators_contain(name: &str) -> bool {
    [
        operators::LOGICAL_AND,
        operators::LOGICAL_OR,
        operators::SUBSTRACT,
        operators::ADD,
        operators::MULTIPLY,
        operators::DIVIDE,
        operators::MODULO,
        operators::EQUALS,
        operators::NOT_EQUALS,
        operators::GREATER_EQUALS,
        operators::LESS_EQUALS,
        operators::GREATER,
        operators::LESS,
        operators::IN,
    ]
    .contains(&name)
}

fn literal_text(node: &IdedExpr) -> Option<&str> {
    match &node.expr {
        Ast::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
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

/// `signal > number`, either way round.
fn threshold(slots: &[Slot], call: &CallExpr) -> Option<Threshold> {
    let relation = Relation::of(&call.func_name)?;
    let [left, right] = call.args.as_slice() else { return None };
    let signal = |node| match slots.get(slot_of(node)?)? {
        Slot::Path(path) if path.is_signal() => path.key().cloned(),
        _ => None,
    };
    let number = |node: &IdedExpr| match &node.expr {
        Ast::Literal(LiteralValue::Int(n)) => Some(*n.inner() as f64),
        Ast::Literal(LiteralValue::Double(n)) => Some(*n.inner()),
        _ => None,
    };
    match (signal(left), number(right)) {
        (Some(signal), Some(value)) => Some(Threshold { signal, relation, value }),
        _ => Some(Threshold { signal: signal(right)?, relation: relation.turned(), value: number(left)? }),
    }
}
