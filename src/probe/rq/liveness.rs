//! What a worker is, from what Redis tells of it. Pure: evidence in, word and reason out.
//!
//! Facts of rq 1.16 to 3.0 that the rules stand on. An idle worker beats when its blocking pop ends, every 405 s
//! (`worker_ttl` - 15), and its hash lives `worker_ttl` + 60; a busy one beats every 30 s, and its hash lives 90 s. So
//! the next beat is due when 75 s (idle) or 60 s (busy) of the hash's life are left, whatever the configured TTL is.
//! A dead worker stays in `rq:workers`. Every worker listens on a channel of its own, and a child of it (its scheduler,
//! or the process of its job) inherits that socket: a listener proves that some process of it lives, not that the main
//! one does.
//!
//! An orphaned scheduler therefore looks like an idle worker until it gives itself away: a job that it swallowed, jobs
//! that wait although an idle worker listens, or a missed beat. Until then it is called live; nothing in Redis says
//! otherwise.

use crate::probe::rq::facts::Liveness;

/// Seconds between two beats of an idle worker.
const IDLE_BEAT_S: f64 = 405.0;
/// Seconds between two beats of a busy worker.
const BUSY_BEAT_S: f64 = 30.0;
/// Seconds between two beats of a suspended worker.
const SUSPENDED_BEAT_S: f64 = 1.0;
/// Seconds that a hash has left when the next beat of an idle worker is due.
const IDLE_REST_S: f64 = 75.0;
/// The same of a busy worker.
const BUSY_REST_S: f64 = 60.0;
/// Seconds by which a beat may be late before it counts as missed.
const LATE_S: f64 = 15.0;
/// Seconds for which jobs must have waited beside an idle worker before that tells something.
const WAIT_S: f64 = 15.0;
/// Seconds after its birth within which a worker may not listen yet.
const BIRTH_S: f64 = 10.0;

/// What a worker says that it does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Activity {
    /// `idle`, `started`, or nothing at all: it waits for jobs.
    #[default]
    Idle,
    Busy,
    Suspended,
}

/// Whether the worker's hash is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Hash {
    Present,
    Gone,
    /// It could not be read.
    #[default]
    Unread,
}

/// What Redis tells of one worker. `None`: not told.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Evidence {
    /// `rq:workers` lists it.
    pub(crate) registered: bool,
    pub(crate) hash: Hash,
    /// It wrote that it died.
    pub(crate) died: bool,
    pub(crate) activity: Activity,
    /// Seconds since its birth.
    pub(crate) born_s: Option<f64>,
    /// Seconds since its last heartbeat, by its own clock.
    pub(crate) age_s: Option<f64>,
    /// Seconds that its hash has left: no clock but that of Redis is part of it.
    pub(crate) rest_s: Option<f64>,
    /// Connections that listen on its channel.
    pub(crate) listeners: Option<u64>,
    /// A scheduler that may be its child holds the lock of one of its queues.
    pub(crate) scheduler: bool,
    /// A job was swallowed after its last beat, and no other worker can have done it.
    pub(crate) swallowed: bool,
    /// Seconds that a job has been waiting in one of its queues.
    pub(crate) waiting_s: Option<f64>,
}

impl Evidence {
    /// Seconds since the next beat was due; negative when it is not due yet. The kinder of both clocks counts.
    fn overdue_s(&self) -> Option<f64> {
        let (beat, rest) = match self.activity {
            Activity::Idle => (IDLE_BEAT_S, Some(IDLE_REST_S)),
            Activity::Busy => (BUSY_BEAT_S, Some(BUSY_REST_S)),
            Activity::Suspended => (SUSPENDED_BEAT_S, None),
        };
        let by_age = self.age_s.map(|age| age - beat);
        let by_rest = self.rest_s.zip(rest).map(|(left, rest)| rest - left);
        match (by_age, by_rest) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (one, other) => one.or(other),
        }
    }

    /// Seconds overdue at which a hash of the usual life would be gone.
    fn dead_after_s(&self) -> f64 {
        match self.activity {
            Activity::Idle => IDLE_REST_S,
            Activity::Busy => BUSY_REST_S,
            Activity::Suspended => IDLE_BEAT_S + IDLE_REST_S - SUSPENDED_BEAT_S,
        }
    }

    /// It says that it is idle, but jobs for it are not taken up.
    fn neglects(&self) -> Option<String> {
        if self.activity != Activity::Idle || self.age_s.is_some_and(|age| age <= WAIT_S) {
            return None;
        }
        if self.swallowed {
            return Some("a job for it was swallowed".to_owned());
        }
        self.waiting_s
            .filter(|wait| *wait > WAIT_S)
            .map(|wait| format!("jobs have been waiting for it for {wait:.0} s"))
    }

    fn beat(&self) -> String {
        let rhythm = match self.activity {
            Activity::Idle => format!("idle workers beat every {IDLE_BEAT_S:.0} s"),
            Activity::Busy => format!("busy workers beat every {BUSY_BEAT_S:.0} s"),
            Activity::Suspended => "suspended workers beat every second".to_owned(),
        };
        match self.age_s {
            Some(age) => format!("heartbeat {age:.0} s ago ({rhythm})"),
            None => "no heartbeat told".to_owned(),
        }
    }
}

/// What the worker is, and why we say so.
pub(crate) fn liveness(seen: &Evidence) -> (Liveness, String) {
    if seen.died {
        return (Liveness::Stopped, "it said that it stopped".to_owned());
    }
    let listening = seen.listeners.map(|n| n > 0);
    match (seen.hash, listening) {
        (Hash::Unread, _) => (Liveness::Silent, "its hash could not be read".to_owned()),
        (Hash::Gone, _) => dead(seen, listening, "its hash ran out"),
        (Hash::Present, Some(false)) if seen.born_s.is_some_and(|age| age < BIRTH_S) => {
            (Liveness::Silent, "just started, does not listen yet".to_owned())
        }
        (Hash::Present, Some(false)) => (Liveness::Killed, format!("{}, nobody listens", seen.beat())),
        (Hash::Present, _) => beating(seen, listening),
    }
}

/// Its hash is there, and somebody listens, or that cannot be told.
fn beating(seen: &Evidence, listening: Option<bool>) -> (Liveness, String) {
    let beat = seen.beat();
    let overdue = seen.overdue_s();
    if overdue.is_some_and(|late| late >= seen.dead_after_s()) {
        return dead(seen, listening, &beat);
    }
    if let Some(neglect) = seen.neglects() {
        let is_orphan = listening == Some(true) && seen.scheduler;
        let word = if is_orphan { Liveness::OrphanScheduler } else { Liveness::Silent };
        let holder = if is_orphan { ", a scheduler holds its connection" } else { "" };
        return (word, format!("{beat}, {neglect}{holder}"));
    }
    match overdue {
        Some(late) if late > LATE_S => (Liveness::Silent, format!("{beat}, missed one")),
        None if listening.is_none() => (Liveness::Silent, beat),
        _ => {
            let word = if seen.registered { Liveness::Live } else { Liveness::Unregistered };
            let listens = if listening == Some(true) { ", listens" } else { "" };
            let listed = if seen.registered { "" } else { ", not in the list of workers" };
            (word, format!("{beat}{listens}{listed}"))
        }
    }
}

fn dead(seen: &Evidence, listening: Option<bool>, why: &str) -> (Liveness, String) {
    match listening {
        Some(true) if seen.scheduler => (Liveness::OrphanScheduler, format!("{why}, a scheduler holds its connection")),
        Some(true) => (Liveness::Killed, format!("{why}, a process that it left behind holds its connection")),
        Some(false) => (Liveness::Killed, format!("{why}, nobody listens")),
        None => (Liveness::Killed, why.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Activity::{Busy, Idle, Suspended};
    use Liveness::{Killed, Live, OrphanScheduler, Silent, Stopped, Unregistered};

    /// A registered worker whose hash is there and that listens.
    fn worker(activity: Activity, age: f64) -> Evidence {
        let rest = match activity {
            Busy => 90.0 - age,
            Idle | Suspended => 480.0 - age,
        };
        Evidence {
            registered: true,
            hash: Hash::Present,
            activity,
            born_s: Some(9000.0),
            age_s: Some(age),
            rest_s: Some(rest),
            listeners: Some(1),
            ..Evidence::default()
        }
    }

    fn with(base: Evidence, change: impl Fn(&mut Evidence)) -> Evidence {
        let mut changed = base;
        change(&mut changed);
        changed
    }

    /// The same, but `PUBSUB NUMSUB` is not allowed.
    fn deaf(seen: &Evidence) -> Evidence {
        with(seen.clone(), |e| e.listeners = None)
    }

    #[test]
    fn every_row_of_the_truth_table() {
        let nobody = |e: &mut Evidence| e.listeners = Some(0);
        let lost = |e: &mut Evidence| e.registered = false;
        let gone = |e: &mut Evidence| (e.hash, e.age_s, e.rest_s) = (Hash::Gone, None, None);
        let orphan = |e: &mut Evidence| e.scheduler = true;
        // what it is; how it is told; what it is called when listeners are known, and when not
        let table = [
            ("alive, idle, just beaten", worker(Idle, 1.0), Live, Live),
            ("alive, idle for 300 s", worker(Idle, 300.0), Live, Live),
            ("alive, idle, beat due", worker(Idle, 405.0), Live, Live),
            ("alive, idle, beat a little late", worker(Idle, 419.0), Live, Live),
            ("idle, beat missed", worker(Idle, 425.0), Silent, Silent),
            ("alive, busy", worker(Busy, 29.0), Live, Live),
            ("busy, beat missed", worker(Busy, 50.0), Silent, Silent),
            ("alive, suspended", worker(Suspended, 1.0), Live, Live),
            ("suspended, beats missed", worker(Suspended, 40.0), Silent, Silent),
            ("alive, its scheduler as well", with(worker(Idle, 300.0), orphan), Live, Live),
            ("stopped, idle", with(worker(Idle, 5.0), |e| e.died = true), Stopped, Stopped),
            ("stopped, long ago", with(worker(Busy, 500.0), |e| e.died = true), Stopped, Stopped),
            ("killed while idle", with(worker(Idle, 2.0), nobody), Killed, Live),
            ("killed while idle, 430 s ago", with(worker(Idle, 430.0), nobody), Killed, Silent),
            ("killed while busy", with(worker(Busy, 20.0), nobody), Killed, Live),
            ("killed while busy, 80 s ago", with(worker(Busy, 80.0), nobody), Killed, Silent),
            ("killed while suspended", with(worker(Suspended, 20.0), nobody), Killed, Silent),
            ("killed, hash ran out", with(with(worker(Idle, 0.0), nobody), gone), Killed, Killed),
            ("orphan, hash ran out", with(with(worker(Idle, 0.0), orphan), gone), OrphanScheduler, Killed),
            ("orphan of a busy one", with(worker(Busy, 95.0), orphan), OrphanScheduler, Killed),
            ("job outlives its worker", worker(Busy, 95.0), Killed, Killed),
            ("orphan, before it is told", with(worker(Idle, 200.0), orphan), Live, Live),
            ("orphan, beat missed", with(worker(Idle, 430.0), orphan), Silent, Silent),
            (
                "orphan, job swallowed",
                with(worker(Idle, 30.0), |e| (e.scheduler, e.swallowed) = (true, true)),
                OrphanScheduler,
                Silent,
            ),
            (
                "orphan, jobs wait",
                with(worker(Idle, 30.0), |e| (e.scheduler, e.waiting_s) = (true, Some(20.0))),
                OrphanScheduler,
                Silent,
            ),
            ("frozen, jobs wait", with(worker(Idle, 30.0), |e| e.waiting_s = Some(20.0)), Silent, Silent),
            ("between two jobs", with(worker(Idle, 0.2), |e| e.waiting_s = Some(900.0)), Live, Live),
            ("busy, others wait", with(worker(Busy, 20.0), |e| e.waiting_s = Some(900.0)), Live, Live),
            ("suspended, jobs wait", with(worker(Suspended, 1.0), |e| e.waiting_s = Some(900.0)), Live, Live),
            ("Redis lost it, idle", with(worker(Idle, 100.0), lost), Unregistered, Unregistered),
            ("Redis lost it, busy", with(worker(Busy, 10.0), lost), Unregistered, Unregistered),
            ("Redis lost it, suspended", with(worker(Suspended, 1.0), lost), Unregistered, Unregistered),
            ("lost and dead", with(with(worker(Idle, 100.0), lost), nobody), Killed, Unregistered),
            ("unread", with(worker(Idle, 0.0), |e| e.hash = Hash::Unread), Silent, Silent),
        ];
        for (case, seen, known, unknown) in table {
            assert_eq!(liveness(&seen).0, known, "{case}: {}", liveness(&seen).1);
            assert_eq!(liveness(&deaf(&seen)).0, unknown, "{case}, listeners unknown: {}", liveness(&deaf(&seen)).1);
        }
    }

    #[test]
    fn silence_alone_never_kills_within_the_life_of_the_hash() {
        for (activity, life) in [(Idle, 480), (Busy, 90), (Suspended, 480)] {
            for age in 0..life {
                for seen in [worker(activity, f64::from(age)), deaf(&worker(activity, f64::from(age)))] {
                    assert!(!liveness(&seen).0.is_ghost(), "{activity:?} {age}: {}", liveness(&seen).1);
                }
            }
            // where the rest of the hash's life is not told, the usual life is the limit
            let age_only = |age: i32| with(worker(activity, f64::from(age)), |e| e.rest_s = None);
            assert_eq!(liveness(&age_only(life - 1)).0, Silent, "{activity:?}");
            assert_eq!(liveness(&age_only(life)).0, Killed, "{activity:?}");
        }
    }

    #[test]
    fn a_longer_ttl_or_a_clock_that_is_behind_kills_nobody() {
        let slow = with(worker(Idle, 900.0), |e| e.rest_s = Some(120.0));
        assert_eq!(liveness(&slow).0, Live, "worker_ttl 960");
        let behind = with(worker(Busy, 200.0), |e| e.rest_s = Some(75.0));
        assert_eq!(liveness(&behind).0, Live, "its clock is 185 s behind");
    }

    #[test]
    fn a_newborn_may_not_listen_yet() {
        let newborn = with(worker(Idle, 0.1), |e| (e.born_s, e.listeners) = (Some(0.1), Some(0)));
        assert_eq!(liveness(&newborn), (Silent, "just started, does not listen yet".to_owned()));
    }

    #[test]
    fn the_reason_names_its_evidence() {
        for (seen, why) in [
            (
                with(worker(Idle, 212.0), |e| e.listeners = Some(0)),
                "heartbeat 212 s ago (idle workers beat every 405 s), nobody listens",
            ),
            (
                with(worker(Idle, 300.0), |e| e.registered = false),
                "heartbeat 300 s ago (idle workers beat every 405 s), listens, not in the list of workers",
            ),
            (worker(Busy, 50.0), "heartbeat 50 s ago (busy workers beat every 30 s), missed one"),
            (
                with(worker(Idle, 0.0), |e| (e.hash, e.scheduler) = (Hash::Gone, true)),
                "its hash ran out, a scheduler holds its connection",
            ),
        ] {
            assert_eq!(liveness(&seen).1, why);
        }
    }
}
