//! The only place that reads a clock. Everything else takes [`Now`] as an argument.

mod still;

use std::sync::OnceLock;
use std::time::Duration;

use jiff::Timestamp;
use rustix::time::{ClockId, clock_gettime};

use crate::base::{Mono, Now};
use crate::job::Zone;

pub use self::still::Still;

/// Counts through suspend, so that an age is right after a laptop slept.
#[cfg(any(target_os = "linux", target_os = "android"))]
const AGES: ClockId = ClockId::Boottime;
/// Elsewhere there is no boot-time clock, or the monotonic one counts through sleep already.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const AGES: ClockId = ClockId::Monotonic;

/// The clock that stands still, in a demo that asked for it. Set once, before anything asks for the time.
static STILL: OnceLock<Still> = OnceLock::new();

/// The time.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the clocks")]
pub fn now() -> Now {
    let mono = since_boot();
    still().map_or_else(|| Now { mono, wall: Timestamp::now() }, |still| still.at(mono))
}

fn since_boot() -> Mono {
    let boot = clock_gettime(AGES);
    Mono(Duration::new(u64::try_from(boot.tv_sec).unwrap_or(0), u32::try_from(boot.tv_nsec).unwrap_or(0)))
}

/// From now on the time is that of pictures: it begins at the same moment every time and stands still after so long.
pub fn stand_still(after: Duration) {
    follow(Still::begin(since_boot(), after));
}

/// The clock that stands still, for a process that is to follow it too.
pub fn still() -> Option<Still> {
    STILL.get().copied()
}

/// From now on the time is that of the process that started this one.
pub fn follow(still: Still) {
    // where one is followed already, it is that one: a process has one time
    let _ = STILL.set(still);
}

/// The wall clock in Unix seconds, as probes compare it with heartbeats and leases.
pub fn unix(now: Now) -> f64 {
    now.wall.as_millisecond() as f64 / 1000.0
}

/// The zone of this machine, UTC where it cannot be told.
pub fn local_zone() -> Zone {
    if let Some(zone) = linked_zone().filter(|_| std::env::var_os("TZ").is_none()) {
        return zone;
    }
    let zone = jiff::tz::TimeZone::system();
    zone.iana_name().and_then(|name| Zone::new(name).ok()).unwrap_or_else(Zone::utc)
}

/// Where systems say which zone they are in: a link into the database of zones.
const LOCAL: &str = "/etc/localtime";
const DATABASE: &str = "zoneinfo/";

/// The zone that this machine is set to, read from its one file: a look-up by name goes through all folders of the
/// database first, which is a quarter of what a start computes.
fn linked_zone() -> Option<Zone> {
    let target = std::fs::read_link(LOCAL).ok()?;
    let (_, name) = target.to_str()?.split_once(DATABASE)?;
    Zone::with_rules(name, &std::fs::read(LOCAL).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zone_of_this_machine_is_that_of_the_library() {
        let theirs = jiff::tz::TimeZone::system();
        if let (Some(ours), Some(name)) = (linked_zone(), theirs.iana_name()) {
            assert_eq!((ours.name(), ours.zone()), (name, &theirs));
        }
    }

    #[test]
    fn both_clocks_run_forward_and_unix_agrees() {
        let first = now();
        let second = now();
        assert!(second.mono >= first.mono && first.mono.0 > Duration::ZERO);
        assert!((unix(first) - first.wall.as_second() as f64).abs() <= 1.0);
    }
}
