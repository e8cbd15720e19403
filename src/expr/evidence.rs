//! What decided a condition, in words: the operands that made `&&` and `||` what they are, each with its value.

use cel::common::ast::{CallExpr, Expr as Ast, IdedExpr, operators};

use crate::base::time::Span;
use crate::base::{Missing, Now, SignalKey};
use crate::expr::compile::{Slot, slot_of};
use crate::expr::eval::{Origin, Scope};
use crate::expr::functions::About;
use crate::expr::{Expr, Relation, tree};
use crate::signal::{Freshness, SignalStore, Value};

/// Most statements; what is more is counted.
const MOST: usize = 6;
/// Longest text value that is quoted, in characters.
const LONGEST_TEXT: usize = 60;

/// Kleene's three values.
type Truth = Option<bool>;

impl Expr {
    /// What decides it, in words, with values: `wal.pending = 128 > 50`, `worker.up unknown (refused)`. Several are
    /// joined by `, `, in the order of the expression. Every statement is true as it stands: a condition that failed is
    /// shown by what holds instead.
    pub fn evidence(&self, store: &SignalStore, now: Now) -> String {
        let scope = Scope::new(self.compiled(), Origin::Signals(store, now));
        let witness = Witness { expr: self, scope, store, now };
        let (_, mut said) = witness.of(&self.compiled().root);
        let mut seen = std::collections::HashSet::new();
        said.retain(|statement| seen.insert(statement.clone()));
        let more = said.len().saturating_sub(MOST);
        said.truncate(MOST);
        if more > 0 {
            said.push(format!("{more} more"));
        }
        said.join(", ")
    }
}

struct Witness<'a> {
    expr: &'a Expr,
    scope: Scope<'a>,
    store: &'a SignalStore,
    now: Now,
}

impl Witness<'_> {
    fn of(&self, node: &IdedExpr) -> (Truth, Vec<String>) {
        if let Ast::Call(call) = &node.expr {
            match (call.func_name.as_str(), call.args.as_slice()) {
                (operators::LOGICAL_AND, [left, right]) => return self.joined(left, right, false),
                (operators::LOGICAL_OR, [left, right]) => return self.joined(left, right, true),
                (operators::LOGICAL_NOT, [operand]) => {
                    let (truth, said) = self.of(operand);
                    return (truth.map(|truth| !truth), said);
                }
                _ => {}
            }
        }
        self.atom(node)
    }

    /// `decisive` is the value that decides alone: false for `&&`, true for `||`.
    fn joined(&self, left: &IdedExpr, right: &IdedExpr, decisive: bool) -> (Truth, Vec<String>) {
        let sides = [self.of(left), self.of(right)];
        let truth = if sides.iter().any(|(truth, _)| *truth == Some(decisive)) {
            Some(decisive)
        } else if sides.iter().all(|(truth, _)| truth.is_some()) {
            Some(!decisive)
        } else {
            None
        };
        (truth, sides.into_iter().filter(|(side, _)| *side == truth).flat_map(|(_, said)| said).collect())
    }

    fn atom(&self, node: &IdedExpr) -> (Truth, Vec<String>) {
        let truth = match self.scope.truth_of(node) {
            Ok(truth) => truth,
            Err(why) => {
                let missing: Vec<String> = self.slots(node).into_iter().filter_map(|at| self.missing(at)).collect();
                return (None, if missing.is_empty() { vec![why.text] } else { missing });
            }
        };
        if let (Ast::Call(call), Some(truth)) = (&node.expr, truth)
            && let Some(statement) = self.comparison(call, truth)
        {
            return (Some(truth), vec![statement]);
        }
        if let Ast::Comprehension(asked) = &node.expr
            && let (Some((yes, all)), Some(Slot::Path(path))) =
                (self.scope.counted(asked), self.read(&asked.iter_range))
        {
            return (truth, vec![format!("{path}: {yes} of {all}")]);
        }
        (truth, self.slots(node).into_iter().filter_map(|at| self.statement(at)).collect())
    }

    fn read(&self, node: &IdedExpr) -> Option<&Slot> {
        self.expr.compiled().slots.get(slot_of(node)?)
    }

    /// `wal.pending = 128 > 50`, where one side is read and the other is given.
    fn comparison(&self, call: &CallExpr, truth: bool) -> Option<String> {
        let relation = Relation::of(&call.func_name)?;
        let [left, right] = call.args.as_slice() else { return None };
        let (read, given, relation) = match (slot_of(left), slot_of(right)) {
            (Some(read), None) => (read, right, relation),
            (None, Some(read)) => (read, left, relation.turned()),
            _ => return None,
        };
        if !self.slots(given).is_empty() {
            return None;
        }
        let relation = if truth { relation } else { relation.negated() };
        let limit = self.scope.value_of(given).ok()?;
        Some(format!("{} {} {}", self.statement(read)?, relation.sign(), short(&limit)))
    }

    /// What a slot holds: `queue.workers_live = 0`.
    fn statement(&self, at: usize) -> Option<String> {
        let slot = self.expr.compiled().slots.get(at)?;
        if self.scope.slot(at).is_some() && !matches!(slot, Slot::About { .. }) {
            return self.missing(at);
        }
        let value = || self.scope.value_of(&slot_node(at)).ok();
        Some(match slot {
            Slot::Path(path) => format!("{path} = {}{}", short(&value()?), self.late(path.key())),
            Slot::Has(path) => {
                format!("{path} {}", if value()? == Value::Bool(true) { "is there" } else { "is not there" })
            }
            Slot::Window { window, key, over } => {
                format!("{}({key}, {}) = {}", window.name(), Span(*over), short(&value()?))
            }
            Slot::About { about, key } => self.about(*about, key),
            Slot::Series(_) | Slot::Pattern(_) => return None,
        })
    }

    fn about(&self, about: About, key: &SignalKey) -> String {
        let reading = self.store.get(key, self.now);
        let age = reading.age(self.now.mono).map_or_else(|| "never seen".to_owned(), |age| Span(age).to_string());
        match (about, reading.freshness) {
            (About::Age, _) => format!("{key} is {age} old"),
            (About::Stale, Freshness::Stale) => format!("{key} is stale ({age})"),
            (About::Stale, _) => format!("{key} is not stale"),
            (About::Known, _) if reading.known().is_some() => format!("{key} is known"),
            (About::Known, _) => format!("{key} is not known ({})", self.reason(key)),
        }
    }

    /// ` (12s old)`, where a value is not as fresh as it should be.
    fn late(&self, key: Option<&SignalKey>) -> String {
        let reading = key.map(|key| self.store.get(key, self.now));
        match reading.filter(|reading| reading.freshness == Freshness::Late).and_then(|r| r.age(self.now.mono)) {
            Some(age) => format!(" ({} old)", Span(age)),
            None => String::new(),
        }
    }

    /// `worker.up unknown (refused)`.
    fn missing(&self, at: usize) -> Option<String> {
        let why = self.scope.slot(at)?;
        Some(match (&why.signal, &why.missing) {
            (Some(key), Some(_)) => format!("{key} unknown ({})", self.reason(key)),
            _ => why.text.clone(),
        })
    }

    fn reason(&self, key: &SignalKey) -> String {
        let reading = self.store.get(key, self.now);
        match (&reading.missing, reading.age(self.now.mono)) {
            (Some(Missing::Failed { cause, .. }), _) => cause.to_string(),
            (Some(Missing::NotReported { .. }), _) => "not reported".to_owned(),
            (Some(Missing::Stale), Some(age)) => format!("stale {}", Span(age)),
            (Some(other), _) => other.to_string(),
            (None, _) => "known".to_owned(),
        }
    }

    /// The slots that a node reads, in the order of the text, each once.
    fn slots(&self, node: &IdedExpr) -> Vec<usize> {
        let mut found = Vec::new();
        tree::visit(node, |node| {
            if let Some(at) = slot_of(node).filter(|at| !found.contains(at)) {
                found.push(at);
            }
        });
        found.retain(|at| !matches!(self.expr.compiled().slots.get(*at), Some(Slot::Pattern(_)) | None));
        found
    }
}

fn slot_node(at: usize) -> IdedExpr {
    IdedExpr { id: 0, expr: Ast::Ident(format!("@{at}")) }
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= LONGEST_TEXT {
        return text;
    }
    text.chars().take(LONGEST_TEXT - 1).chain(['…']).collect()
}
