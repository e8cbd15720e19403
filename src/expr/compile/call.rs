//! Calls: operators with the types of their operands, functions with their arguments. What a call is given wrongly is
//! refused with the way to write it.

use std::time::Duration;

use cel::common::ast::{CallExpr, EntryExpr, Expr as Ast, IdedExpr, LiteralValue, operators};

use super::{Checked, Compiler, Slot, slot_of};
use crate::base::SignalKey;
use crate::base::problem::nearest;
use crate::base::time::parse_duration;
use crate::expr::functions::{Call, DIVIDE, FUNCTIONS, Function, MACROS, MATCHES, Pattern};
use crate::expr::program::{Reference, Relation, Threshold};
use crate::expr::series::{METRICS, Selection, Series};
use crate::expr::types::{self, Ty};

impl Compiler<'_> {
    pub(super) fn call(&mut self, node: &IdedExpr, call: &CallExpr) -> Checked<(IdedExpr, Ty)> {
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
            Call::Series(series) => {
                let selection = self.selection(function, series, &call.args)?;
                let (path, root) = (selection.to_string(), METRICS.to_owned());
                self.references.push(Reference { path, root, key: None, quoted: false, span: self.extent(node) });
                Ok((self.slot(node.id, Slot::Series(selection)), function.gives))
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

    /// The arguments of a function over a page of metrics, all of them given as they are.
    fn selection(&self, function: &Function, series: Series, args: &[IdedExpr]) -> Checked<Selection> {
        let wrong = |node: &IdedExpr, takes: &str| {
            self.error(node, format!("{}() takes {takes}", function.name), Some(format!("write {}", function.usage)))
        };
        let (share, args) = match (series, args) {
            (Series::Quantile, [share, rest @ ..]) => {
                let given = literal_number(share).filter(|share| (0.0..=1.0).contains(share));
                (given.ok_or_else(|| wrong(share, "a share from 0 to 1"))?, rest)
            }
            (_, args) => (0.0, args),
        };
        let (mut given, mut labels) = (String::new(), Vec::new());
        if let Some(name) = args.first() {
            let text = literal_text(name).filter(|text| !text.is_empty());
            text.ok_or_else(|| wrong(name, "the name of a metric as text"))?.clone_into(&mut given);
        }
        if let Some(map) = args.get(1) {
            labels = literal_texts(map).ok_or_else(|| wrong(map, "labels as {'name': 'value'}"))?;
        }
        Ok(Selection { series, name: given, labels, share })
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

fn literal_number(node: &IdedExpr) -> Option<f64> {
    match &node.expr {
        Ast::Literal(LiteralValue::Int(n)) => Some(*n.inner() as f64),
        Ast::Literal(LiteralValue::Double(n)) => Some(*n.inner()),
        _ => None,
    }
}

/// `{'code': '500'}` as pairs.
fn literal_texts(node: &IdedExpr) -> Option<Vec<(String, String)>> {
    let Ast::Map(map) = &node.expr else { return None };
    let pair = |entry: &cel::common::ast::IdedEntryExpr| match &entry.expr {
        EntryExpr::MapEntry(entry) => {
            Some((literal_text(&entry.key)?.to_owned(), literal_text(&entry.value)?.to_owned()))
        }
        EntryExpr::StructField(_) => None,
    };
    map.entries.iter().map(pair).collect()
}

/// `signal > number`, either way round.
fn threshold(slots: &[Slot], call: &CallExpr) -> Option<Threshold> {
    let relation = Relation::of(&call.func_name)?;
    let [left, right] = call.args.as_slice() else { return None };
    let signal = |node| match slots.get(slot_of(node)?)? {
        Slot::Path(path) if path.is_signal() => path.key().cloned(),
        _ => None,
    };
    match (signal(left), literal_number(right)) {
        (Some(signal), Some(value)) => Some(Threshold { signal, relation, value }),
        _ => Some(Threshold { signal: signal(right)?, relation: relation.turned(), value: literal_number(left)? }),
    }
}
