//! Conditions and extractions: CEL (<https://cel.dev>), compiled once when a file is loaded, evaluated three-valued.
//!
//! Over the answer of one poll ([`Expr::over`]) an expression yields a value or the reason why not; over all signals of
//! a system ([`Expr::verdict`]) it is true, false or **unknown with the reason**. A missing or stale reading is unknown,
//! never false. Pure.

mod program;
mod roots;
mod verdict;

pub use program::{CompileError, Expr, Facts};
pub use verdict::{Verdict, Why};
