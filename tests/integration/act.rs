//! Acting, on the real program: every row of the list of faults is one action of a small system, carried out by `act` and
//! its runner. Each says what a person is told, and that the journal is whole afterwards.

mod attacks;
mod command;
mod confirm;
mod ends;
mod guard;
mod hosts;
mod looks;
mod orders;
mod outlives;
mod real;
mod requests;
mod secrets;
mod several;
mod shop;
mod sql;

use crate::support::rows::{self, Row};

/// What an action may come to, and what may come between.
const ROWS: &[Row] = &[
    ("A01 hangs and ignores TERM", ends::hangs),
    ("A02 leaves a child that keeps the pipe", ends::backgrounds),
    ("A03 leaves a child that left the session", ends::escapes),
    ("A04 wants to prompt", ends::prompts),
    ("A05 exit 0, not recovered", ends::says_so_and_is_not),
    ("A05 exit 1, recovered", ends::says_not_and_is),
    ("A06 50 MB with escapes and a secret", ends::floods),
    ("A07 recovers while the dialog is open", guard::changed_since_shown),
    ("A08 a request that is not answered", requests::unanswered),
    ("A09 a request that is refused, or whose answer says so", requests::answered),
    ("A09 one request for each item", requests::items),
    ("A10 statements: tried, done, verified, undo told", sql::shown_done_and_undone),
    ("A10 statements: 0 or 2 rows, schema drift", sql::all_or_nothing),
    ("A11 succeeds without effect", ends::has_no_effect),
    ("A12 again right after it worked", guard::rests),
    ("A12 three times in a quarter of an hour", guard::too_often),
    ("A14 parameters that a shell or an option parser would read", command::parameters),
    ("A14 variables that would be options", command::variables),
    ("A15 a program that is not there, or that others could exchange", command::programs),
    ("A16 `act` is killed meanwhile", outlives::killed_viewer),
    ("A16 the terminal hangs up meanwhile", outlives::hung_up_terminal),
    ("A16 Ctrl-C asks for the end", outlives::interrupted),
    ("A16 Ctrl-C while its effect is looked for", outlives::interrupted_proof),
    ("A17 its precondition does not hold, or cannot be told", guard::precondition),
    ("A18 something that the target depends on is acted on", several::neighbours),
    ("X01 two operators, full program", several::second_operator),
    ("X02 two operators on two hosts with one store of locks", hosts::kept_out),
    ("X02 without a store the lock says that it is of this host", hosts::of_this_host),
    ("X03 the holder is killed", several::killed_holder),
    ("X04 the store of locks is what is down", hosts::store_is_away),
    ("S06 text from outside imitates a dialog", attacks::imitation),
    ("S08 a byte of the journal is changed", attacks::changed_journal),
    ("S09 a link is planted where the journal is", attacks::planted_link),
    ("S10 read-only by every flag", attacks::forbidden),
];

#[test]
fn every_row_of_acting() {
    rows::run(ROWS);
}
