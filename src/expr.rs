//! Conditions and extractions: CEL (<https://cel.dev>), compiled once when a file is loaded, evaluated three-valued.
//!
//! Over the answer of one poll ([`Expr::over`]) an expression yields a value or the reason why not; over all signals of
//! a system ([`Expr::verdict`], [`Expr::value`]) it is known or **unknown with the reason**. A missing or stale reading
//! is unknown, never false; `&&` and `||` absorb an unknown beside an operand that decides. Pure.
//!
//! `compile` rewrites the syntax tree: what an expression reads becomes numbered slots, which `eval` fills lazily;
//! `functions` is the one table of what may be called; `evidence` says what decided.

mod bridge;
mod compile;
mod eval;
mod evidence;
mod extent;
mod functions;
mod parse_error;
mod path;
mod program;
mod series;
#[cfg(test)]
mod tests;
mod tree;
mod types;
mod verdict;

pub use program::{CompileError, Expr, Facts, Reference, Relation, Threshold};
pub use verdict::{Verdict, Why};
