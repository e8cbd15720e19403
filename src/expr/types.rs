//! What is known of an expression's types when it is compiled: enough to refuse mixed arithmetic before the night it
//! would have mattered. What is not known is [`Ty::Dyn`] and is left to the evaluation.

use cel::common::ast::operators;

use crate::expr::functions::DIVIDE;

/// A type, as far as known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ty {
    /// Told only by the value.
    Dyn,
    Bool,
    Int,
    Uint,
    Double,
    Text,
    Null,
    List,
    Map,
}

impl Ty {
    /// With its article, for a sentence.
    pub(super) fn words(self) -> &'static str {
        match self {
            Ty::Dyn => "a value",
            Ty::Bool => "true or false",
            Ty::Int | Ty::Uint => "a whole number",
            Ty::Double => "a decimal",
            Ty::Text => "a text",
            Ty::Null => "null",
            Ty::List => "a list",
            Ty::Map => "an object",
        }
    }

    /// The same for a type's CEL name, as an evaluation error has it.
    pub(super) fn words_of(cel_name: &str) -> &str {
        match cel_name {
            "bool" => "true or false",
            "int" | "uint" => "a whole number",
            "double" => "a decimal",
            "string" => "a text",
            "null_type" => "null",
            other if other.starts_with("list") => "a list",
            other if other.starts_with("map") => "an object",
            other => other,
        }
    }

    fn is_number(self) -> bool {
        matches!(self, Ty::Int | Ty::Uint | Ty::Double)
    }

    fn compares_with(self, other: Ty) -> bool {
        self == other || (self.is_number() && other.is_number())
    }
}

/// The type of a built-in signal, by its name: what every component has, and what the `rq` probe adds.
pub(super) fn built_in(signal: &str) -> Ty {
    match signal {
        "latency_ms" | "age_s" | "oldest_wait_s" => Ty::Double,
        "failures" | "queued" | "started" | "failed" | "deferred" | "scheduled" | "finished" | "workers"
        | "workers_live" | "workers_ghost" => Ty::Int,
        "up" => Ty::Bool,
        "state" | "error" => Ty::Text,
        _ => Ty::Dyn,
    }
}

/// What a refused operation says and how to write it: `(message, help)`.
pub(super) type Refused = (String, Option<String>);

/// The result of an operator, where it can be told; `left` and `right` are the operands as written.
pub(super) fn binary(operator: &str, (left, a): (&str, Ty), (right, b): (&str, Ty)) -> Result<Ty, Refused> {
    let sign = sign(operator);
    let known = a != Ty::Dyn && b != Ty::Dyn;
    match operator {
        operators::LOGICAL_AND | operators::LOGICAL_OR => {
            for (text, ty) in [(left, a), (right, b)] {
                condition(sign, text, ty)?;
            }
            Ok(Ty::Bool)
        }
        operators::EQUALS | operators::NOT_EQUALS => {
            if known && !a.compares_with(b) && a != Ty::Null && b != Ty::Null {
                return Err((format!("{left} is {}, {right} is {}: they are never equal", a.words(), b.words()), None));
            }
            Ok(Ty::Bool)
        }
        operators::LESS | operators::LESS_EQUALS | operators::GREATER | operators::GREATER_EQUALS => {
            if known && !a.compares_with(b) {
                return Err((cannot("compare", sign, (left, a), (right, b)), None));
            }
            Ok(Ty::Bool)
        }
        operators::IN => match b {
            Ty::List | Ty::Map | Ty::Dyn => Ok(Ty::Bool),
            Ty::Text => Err((
                format!("'in' looks into a list, {right} is a text"),
                Some(format!("write {right}.contains({left})")),
            )),
            other => Err((format!("'in' looks into a list, {right} is {}", other.words()), None)),
        },
        _ => arithmetic(sign, (left, a), (right, b)),
    }
}

fn arithmetic(sign: &str, (left, a): (&str, Ty), (right, b): (&str, Ty)) -> Result<Ty, Refused> {
    let refused = |help| Err((cannot("calculate", sign, (left, a), (right, b)), help));
    match (a, b) {
        (Ty::Double, Ty::Double) if sign == "%" => refused(Some("% is for whole numbers: write int(x)".to_owned())),
        (Ty::Dyn, Ty::Dyn) => Ok(Ty::Dyn),
        (Ty::Dyn, other) | (other, Ty::Dyn) => {
            let possible = other.is_number() || (sign == "+" && matches!(other, Ty::Text | Ty::List));
            if possible { Ok(Ty::Dyn) } else { refused(None) }
        }
        (a, b) if a == b && (a.is_number() || (sign == "+" && matches!(a, Ty::Text | Ty::List))) => Ok(a),
        (a, b) if a.is_number() && b.is_number() => refused(Some(as_decimals((left, a), (right, b)))),
        (Ty::Text, _) if sign == "+" => refused(Some(format!("write string({right})"))),
        (_, Ty::Text) if sign == "+" => refused(Some(format!("write string({left})"))),
        _ => refused(None),
    }
}

/// A condition must be true or false; `sign` is what asks for it.
pub(super) fn condition(sign: &str, text: &str, ty: Ty) -> Result<(), Refused> {
    if matches!(ty, Ty::Bool | Ty::Dyn) {
        return Ok(());
    }
    let help = ty.is_number().then(|| format!("compare it: {text} > 0"));
    Err((format!("{sign} joins conditions, and {text} is {}", ty.words()), help))
}

fn cannot(verb: &str, sign: &str, (left, a): (&str, Ty), (right, b): (&str, Ty)) -> String {
    format!("cannot {verb} {left} {sign} {right}: {left} is {}, {right} is {}", a.words(), b.words())
}

fn as_decimals((left, a): (&str, Ty), (right, b): (&str, Ty)) -> String {
    let whole = if a == Ty::Double { (right, b) } else { (left, a) };
    if whole.0.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("write {}.0", whole.0)
    } else {
        format!("write double({})", whole.0)
    }
}

/// The operator as written.
pub(super) fn sign(operator: &str) -> &str {
    match operator {
        operators::IN => "in",
        "add" => "+",
        "sub" => "-",
        "mul" => "*",
        "div" | DIVIDE => "/",
        "rem" | "mod" => "%",
        other => other.trim_matches('_'),
    }
}
