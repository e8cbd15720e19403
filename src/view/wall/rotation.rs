//! Whose turn it is on the wall: all systems in their order, what is broken for longer, and first what broke last. A
//! function of what is known and of the time: nothing is kept.

use crate::app::Model;
use crate::base::{Mono, Status};
use crate::config::Wall;

/// A system in the round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stop {
    status: Status,
    /// Since when it is so, where that begins the round anew.
    broke: Option<Mono>,
}

/// The system on the wall now.
pub(super) fn shown(model: &Model) -> usize {
    let stop = |watch: &crate::watch::Watch| {
        let (status, _) = watch.situation.rank();
        // what flaps would keep all others from the wall
        let worst = watch.situation.worst().filter(|finding| status != Status::Ok && !finding.flapping);
        Stop { status, broke: worst.map(|finding| finding.since.mono) }
    };
    turn(&model.systems.iter().map(stop).collect::<Vec<_>>(), model.settings.wall, model.now.mono)
}

fn turn(stops: &[Stop], wall: Wall, now: Mono) -> usize {
    let stay = |stop: &Stop| wall.stay(stop.status).as_millis();
    let newest = stops.iter().enumerate().filter_map(|(at, stop)| Some((stop.broke?, at))).max();
    let (began, first) = newest.unwrap_or((Mono::default(), 0));
    let round: u128 = stops.iter().map(stay).sum();
    let mut left = now.since(began).as_millis() % round.max(1);
    for step in 0..stops.len() {
        let at = (first + step) % stops.len();
        let stays = stops.get(at).map_or(0, stay);
        if left < stays {
            return at;
        }
        left -= stays;
    }
    0
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::base::Period;

    const OK: Stop = Stop { status: Status::Ok, broke: None };

    fn broken(status: Status, since: u64) -> Stop {
        Stop { status, broke: Some(Mono(Duration::from_secs(since))) }
    }

    /// The systems of so many seconds from a time on, each as `system x seconds`.
    fn round(stops: &[Stop], from: u64, secs: u64) -> String {
        let turns: Vec<usize> =
            (from..from + secs).map(|at| turn(stops, Wall::default(), Mono(Duration::from_secs(at)))).collect();
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
        assert_eq!(turn(&[], Wall::default(), Mono(Duration::from_secs(9))), 0, "nothing is watched");
    }

    #[test]
    fn the_times_are_those_of_the_settings_and_the_broken_never_go_sooner() {
        let wall = Wall { stay: Some(Period::secs(40)), ..Wall::default() };
        let stops = [OK, Stop { broke: None, ..broken(Status::Critical, 0) }];
        let at = |secs| turn(&stops, wall, Mono(Duration::from_secs(secs)));
        assert_eq!([at(39), at(40), at(79), at(80)], [0, 1, 1, 0]);
    }

    #[test]
    fn after_a_month_every_system_still_has_its_turn() {
        let stops = [OK, broken(Status::Critical, 3), broken(Status::Unknown, 9), OK];
        assert_eq!(round(&stops, 28 * 86_400, 140).split(' ').filter(|run| run.starts_with("3x")).count(), 2);
    }
}
