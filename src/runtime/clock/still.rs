//! The clock of pictures and talks: it begins at the same moment every time, and after a while it stands still. Pure.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::base::{Mono, Now};

/// When it begins: a Tuesday at 3:12 in the morning, UTC.
const MOMENT: Timestamp = Timestamp::constant(1_772_507_520, 0);
/// How long the machine has been up then.
const UP: Mono = Mono(Duration::from_secs(86_400));

/// What it tells depends on how long ago it was begun, and on nothing else. A process hands it to those that it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Still {
    /// When it was begun, on the boot-time clock of this machine.
    began: Duration,
    /// How long it runs.
    runs: Duration,
}

impl Still {
    /// A clock that begins now, by the boot-time clock.
    pub(super) fn begin(now: Mono, runs: Duration) -> Self {
        Self { began: now.0, runs }
    }

    /// What it tells when the boot-time clock tells this.
    pub(super) fn at(self, now: Mono) -> Now {
        let gone = now.since(Mono(self.began)).min(self.runs);
        Now { mono: UP, wall: MOMENT }.plus(gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_runs_from_its_moment_and_stands_still() {
        let still = Still::begin(Mono(Duration::from_secs(70)), Duration::from_secs(60));
        let told = |boot: u64| {
            let now = still.at(Mono(Duration::from_secs(boot)));
            (now.wall.to_string(), now.mono.since(UP).as_secs())
        };
        assert_eq!(told(70), ("2026-03-03T03:12:00Z".to_owned(), 0));
        assert_eq!(told(129), ("2026-03-03T03:12:59Z".to_owned(), 59));
        assert_eq!(told(130), told(100_000));
        assert_eq!(told(131), ("2026-03-03T03:13:00Z".to_owned(), 60));
    }
}
