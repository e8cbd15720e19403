//! Waiting for what nobody tells us of: the state of another process, seen by looking again. With a deadline.

use std::time::{Duration, Instant};

/// Looks again and again until something is there; panics after `within`.
#[track_caller]
pub(crate) fn eventually<R>(what: &str, within: Duration, mut look: impl FnMut() -> Option<R>) -> R {
    const PAUSE: Duration = Duration::from_millis(20);
    let ends = Instant::now() + within;
    loop {
        match look() {
            Some(found) => return found,
            None if Instant::now() > ends => panic!("{what}: not within {within:?}"),
            None => std::thread::park_timeout(PAUSE),
        }
    }
}
