//! Acting: planning what would be done, starting the runner that outlives the screen, following it, cancelling it.
//!
//! The dashboard, `act` and the runner itself plan by the same road. Only the runner carries anything out: a process of
//! its own, which owns lock, journal, timeout and verification. The one who looks on only reads its feed.

mod carry;
pub mod desk;
mod facts;
pub mod feed;
pub mod journal;
pub mod lock;
mod old;
pub mod order;
pub mod plan;
pub mod runner;
pub mod shared;
pub mod start;
pub mod verify;
