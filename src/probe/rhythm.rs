//! When a component is polled next: its interval, one quick re-try (unless polling has a price), back-off while it is
//! down, jitter. Pure.

use std::time::Duration;

use crate::base::ComponentId;
use crate::probe::ComponentSpec;

/// Wait before the quick re-try that makes a second failure certain.
pub const QUICK: Duration = Duration::from_secs(1);
/// Longest wait while down, so that recovery shows within 15 s (with jitter and one timeout).
pub const LONGEST: Duration = Duration::from_secs(10);

/// The rhythm of one component's polls.
#[derive(Clone, Debug)]
pub struct Rhythm {
    every: Duration,
    down_after: u32,
    failures: u32,
    /// State of the jitter: differs by component, so that many never poll in step.
    seed: u64,
    /// Shortest wait, whatever happens.
    floor: Duration,
}

impl Rhythm {
    /// The rhythm of a component.
    pub fn new(id: &ComponentId, every: Duration, down_after: u32) -> Self {
        // FNV-1a: any spread of the names will do
        let hash = |h: u64, b: u8| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3);
        let seed = id.as_str().bytes().fold(0xcbf2_9ce4_8422_2325, hash);
        Self { every, down_after, failures: 0, seed, floor: Duration::ZERO }
    }

    /// The same with no wait shorter than this.
    #[must_use]
    pub fn no_faster_than(self, floor: Duration) -> Self {
        Self { floor, ..self }
    }

    /// Another interval and another floor from now on, with the failures that were counted.
    pub fn keep_to(&mut self, every: Duration, floor: Duration) {
        (self.every, self.floor) = (every, floor);
    }

    /// The wait after a poll that ended well or badly.
    pub fn after(&mut self, failed: bool) -> Duration {
        self.failures = if failed { self.failures.saturating_add(1) } else { 0 };
        let dear = self.every >= ComponentSpec::SLOW.0;
        let quick = self.failures > 0 && self.failures < self.down_after && !dear;
        let wait = if quick {
            QUICK.min(self.every)
        } else if self.failures > self.down_after && self.every < LONGEST {
            let doubled = self.every.saturating_mul(1 << (self.failures - self.down_after).min(6));
            // with its jitter and one timeout below three intervals: what is known to be down must not become stale
            doubled.min(LONGEST).min(self.every.saturating_mul(5) / 3)
        } else {
            self.every
        };
        let wait = self.jittered(wait, if quick { 0.1 } else { 0.05 });
        if dear { wait.max(self.every) } else { wait.max(self.floor) }
    }

    /// The wait spread by at most `share` to both sides; down components spread by 20 %, so that a service that comes
    /// back is not met by all its watchers at once.
    fn jittered(&mut self, wait: Duration, share: f64) -> Duration {
        let share = if self.failures > self.down_after { 0.2 } else { share };
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let unit = (self.seed >> 33) as f64 / f64::from(1_u32 << 31);
        wait.mul_f64(1.0 - share + 2.0 * share * unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::Timing;

    fn rhythm() -> Rhythm {
        Rhythm::new(&ComponentId::new("api").unwrap(), Duration::from_secs(5), 2)
    }

    #[test]
    fn one_quick_retry_then_the_interval_then_back_off_with_a_cap() {
        let mut rhythm = rhythm();
        let near = |wait: Duration, secs: f64, share: f64| {
            let off = (wait.as_secs_f64() - secs).abs();
            assert!(off <= secs * share + 1e-9, "{wait:?} is not {secs} s");
        };
        near(rhythm.after(false), 5.0, 0.05);
        near(rhythm.after(true), 1.0, 0.1);
        near(rhythm.after(true), 5.0, 0.05);
        for _ in 0..100 {
            near(rhythm.after(true), 25.0 / 3.0, 0.2);
        }
        near(rhythm.after(false), 5.0, 0.05);
    }

    #[test]
    fn what_is_down_is_never_stale_for_lack_of_asking() {
        for secs in 1..=30 {
            let every = Duration::from_secs(secs);
            let longest_timeout = every;
            let stale = Timing { every, timeout: longest_timeout }.stale_after();
            let mut rhythm = Rhythm::new(&ComponentId::new("api").unwrap(), every, 2);
            for n in 0..200 {
                let wait = rhythm.after(true);
                assert!(wait + longest_timeout <= stale, "every {every:?}, failure {n}: {wait:?}");
            }
        }
    }

    #[test]
    fn what_has_a_price_is_not_asked_again_at_once() {
        let mut rhythm = Rhythm::new(&ComponentId::new("e2b").unwrap(), Duration::from_secs(900), 2);
        assert!((0..50).all(|n| rhythm.after(n % 3 != 0) >= Duration::from_secs(900)));
    }

    #[test]
    fn watchers_of_a_service_that_comes_back_do_not_meet() {
        let waits: Vec<u128> = (0..50)
            .map(|n| {
                let mut rhythm = Rhythm::new(&ComponentId::new(&format!("c{n}")).unwrap(), Duration::from_secs(5), 2);
                (0..4).map(|_| rhythm.after(true)).last().unwrap().as_millis()
            })
            .collect();
        let distinct: std::collections::HashSet<_> = waits.iter().collect();
        assert!(distinct.len() > 45, "{waits:?}");
        assert!(waits.iter().all(|wait| (6_600..=10_000).contains(wait)), "{waits:?}");
    }
}
