//! Whose turn it is on the wall: all systems in their order, what is broken for longer, and first what broke last. A
//! function of what is known and of the time: nothing is kept.

use std::time::Duration;

use crate::app::Model;
use crate::base::{Mono, Status};

/// A system in the round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stop {
    status: Status,
    /// Since when it is so, where that begins the round anew.
    broke: Option<Mono>,
}

/// For how long a system is shown.
fn stay(status: Status) -> Duration {
    Duration::from_secs(match status {
        Status::Ok => 10,
        Status::Warning | Status::Unknown => 20,
        Status::Critical => 30,
    })
}

/// The system on the wall now.
pub(super) fn shown(model: &Model) -> usize {
    let stop = |watch: &crate::watch::Watch| {
        let (status, _) = watch.situation.rank();
        // what flaps would keep all others from the wall
        let worst = watch.situation.worst().filter(|finding| status != Status::Ok && !finding.flapping);
        Stop { status, broke: worst.map(|finding| finding.since.mono) }
    };
    turn(&model.systems.iter().map(stop).collect::<Vec<_>>(), model.now.mono)
}

fn turn(stops: &[Stop], now: Mono) -> usize {
    let newest = stops.iter().enumerate().filter_map(|(at, stop)| Some((stop.broke?, at))).max();
    let (began, first) = newest.unwrap_or((Mono::default(), 0));
    let round: u128 = stops.iter().map(|stop| stay(stop.status).as_millis()).sum();
    let mut left = now.since(began).as_millis() % round.max(1);
    for step in 0..stops.len() {
        let at = (first + step) % stops.len();
        let stays = stops.get(at).map_or(0, |stop| stay(stop.status).as_millis());
        if left < stays {
            return at;
        }
        left -= stays;
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    const OK: Stop = Stop { status: Status::Ok, broke: None };

    fn broken(status: Status, since: u64) -> Stop {
        Stop { status, broke: Some(Mono(Duration::from_secs(since))) }
    }

    /// The systems of so many seconds from a time on, each as `system x seconds`.
    fn round(stops: &[Stop], from: u64, secs: u64) -> String {
        let turns: Vec<usize> = (from..from + secs).map(|at| turn(stops, Mono(Duration::from_secs(at)))).collect();
        let runs = turns.chunk_by(|a, b| a == b);
        runs.map(|run| format!("{}x{}", run[0], run.len())).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_is_broken_stays_longer_and_comes_at_once() {
        for (stops, from, want) in [
            (&[OK, OK, OK][..], 0, "0x10 1x10 2x10 0x10 1x10 2x10"),
            (&[OK], 7, "0x60"),
            (&[OK, broken(Status::Critical, 1000), OK], 1000, "1x30 2x10 0x10 1x10"),
            (&[broken(Status::Critical, 5), broken(Status::Warning, 1000)], 1000, "1x20 0x30 1x10"),
            (&[OK, Stop { broke: None, ..broken(Status::Unknown, 0) }], 0, "0x10 1x20 0x10 1x20"),
        ] {
            assert_eq!(round(stops, from, 60), want);
        }
        assert_eq!(turn(&[], Mono(Duration::from_secs(9))), 0, "nothing is watched");
    }

    #[test]
    fn after_a_month_every_system_still_has_its_turn() {
        let stops = [OK, broken(Status::Critical, 3), broken(Status::Unknown, 9), OK];
        assert_eq!(round(&stops, 28 * 86_400, 140).split(' ').filter(|run| run.starts_with("3x")).count(), 2);
    }
}
