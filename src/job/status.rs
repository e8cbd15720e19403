//! How a job is: what its schedule demands, against what its system tells of it.

use jiff::{SignedDuration, Timestamp};

use crate::base::time::Span;
use crate::base::{ComponentId, Now};
use crate::expr::Expr;
use crate::job::{JobSpec, JobState, JobStatus, Zone};
use crate::signal::{SignalStore, Value, moment};

/// A run this little before its slot is the slot's: two machines' clocks differ.
const SKEW: SignedDuration = SignedDuration::from_secs(5);
/// Missed slots are counted up to here.
const MOST_COUNTED: usize = 99;

/// What one of a job's expressions told.
enum Told<T> {
    /// There is no such expression, or it says with null that there is nothing to tell.
    NotAsked,
    /// It has a value.
    Known(T),
    /// It has none, and why.
    Unknown(String),
}

impl<T> Told<T> {
    fn known(self) -> Option<T> {
        if let Told::Known(value) = self { Some(value) } else { None }
    }
}

impl JobSpec {
    /// True when one of its expressions reads this component.
    pub fn reads(&self, component: &ComponentId) -> bool {
        let asked = [&self.last, &self.next, &self.copies].into_iter().flatten();
        asked.flat_map(Expr::signals).any(|key| key.component == *component)
    }

    /// What is known of it now. Pure: the zone of the system is the argument.
    ///
    /// A slot is satisfied by a run at or after it, never by an earlier one. Where the last run is not told, a job is
    /// not late: only what its scheduler itself says (`next` in the past, `copies`) can tell then.
    pub fn status(&self, store: &SignalStore, system_zone: &Zone, now: Now) -> JobStatus {
        let zone = self.timezone.as_ref().unwrap_or(system_zone);
        let ask = |expr: &Option<Expr>| expr.as_ref().map(|expr| expr.value(store, now).map_err(|why| why.text));
        let last = time(ask(&self.last));
        let next = time(ask(&self.next));
        let copies = count(ask(&self.copies));
        let mut notes = Vec::new();
        let by_run = match &last {
            Told::Known(last) => self.against(*last, zone, now.wall),
            Told::NotAsked => (JobState::Scheduled, "last run not told".to_owned()),
            Told::Unknown(why) => (JobState::Scheduled, format!("last run unknown: {why}")),
        };
        let by_scheduler = match &next {
            Told::Known(next) => self.overdue(*next, now.wall),
            Told::Unknown(why) => (JobState::Scheduled, format!("next run unknown: {why}")),
            Told::NotAsked => (JobState::Scheduled, String::new()),
        };
        let by_copies = match &copies {
            Told::Known(0) => (JobState::Absent, "not scheduled: it will not run".to_owned()),
            Told::Known(1) | Told::NotAsked => (JobState::Scheduled, String::new()),
            Told::Known(copies) => (JobState::Duplicate, format!("{copies} copies scheduled")),
            Told::Unknown(why) => (JobState::Scheduled, format!("copies unknown: {why}")),
        };
        let mut state = JobState::Scheduled;
        let mut judged = [by_copies, by_run, by_scheduler];
        judged.sort_by_key(|(state, _)| std::cmp::Reverse(weight(*state)));
        for (judgement, note) in judged {
            state = if weight(judgement) > weight(state) { judgement } else { state };
            if !note.is_empty() {
                notes.push(note);
            }
        }
        JobStatus {
            state,
            next_run: next.known().filter(|next| *next > now.wall).or_else(|| self.schedule.next(zone, now.wall)),
            last_run: last.known(),
            copies: copies.known(),
            note: notes.join("; "),
        }
    }

    /// The first slot that no run has satisfied, against now.
    fn against(&self, last: Timestamp, zone: &Zone, now: Timestamp) -> (JobState, String) {
        let satisfied = last.checked_add(SKEW).unwrap_or(last);
        let Some(slot) = self.schedule.next(zone, satisfied).filter(|slot| *slot <= now) else {
            return (JobState::Scheduled, String::new());
        };
        let over = Span(since(slot, now));
        if over.0 <= self.grace.0 {
            return (JobState::Due, format!("due for {over}"));
        }
        let passed = std::iter::successors(Some(slot), |slot| self.schedule.next(zone, *slot));
        let passed = passed.take_while(|slot| *slot <= now).take(MOST_COUNTED + 1).count();
        let ago = Span(since(last, now));
        match passed {
            0 | 1 => (JobState::Late, format!("late by {over}")),
            2 => (JobState::Missed, format!("missed a slot, last ran {ago} ago")),
            3..=MOST_COUNTED => (JobState::Missed, format!("missed {} slots, last ran {ago} ago", passed - 1)),
            _ => (JobState::Missed, format!("missed over {} slots, last ran {ago} ago", MOST_COUNTED - 1)),
        }
    }

    /// What its scheduler says comes next should not lie behind us.
    fn overdue(&self, next: Timestamp, now: Timestamp) -> (JobState, String) {
        let over = Span(since(next, now));
        match over.0 {
            over if over.is_zero() => (JobState::Scheduled, String::new()),
            short if short <= self.grace.0 => (JobState::Due, format!("due for {over} by its scheduler")),
            _ => (JobState::Late, format!("late by {over} by its scheduler")),
        }
    }
}

/// The worst is told first.
fn weight(state: JobState) -> u8 {
    match state {
        JobState::Scheduled => 0,
        JobState::Due => 1,
        JobState::Duplicate => 2,
        JobState::Late => 3,
        JobState::Missed => 4,
        JobState::Absent => 5,
    }
}

fn since(then: Timestamp, now: Timestamp) -> std::time::Duration {
    std::time::Duration::try_from(now.duration_since(then)).unwrap_or_default()
}

fn time(asked: Option<Result<Value, String>>) -> Told<Timestamp> {
    match asked {
        None => Told::NotAsked,
        Some(Err(why)) => Told::Unknown(why),
        Some(Ok(value)) => match moment::read(&value) {
            Ok(Some(moment)) => Told::Known(moment),
            // null: the expression says that there is nothing to tell
            Ok(None) => Told::NotAsked,
            Err(why) => Told::Unknown(why),
        },
    }
}

fn count(asked: Option<Result<Value, String>>) -> Told<u64> {
    match asked {
        None | Some(Ok(Value::Null)) => Told::NotAsked,
        Some(Err(why)) => Told::Unknown(why),
        Some(Ok(Value::Int(n))) if n >= 0 => Told::Known(n.unsigned_abs()),
        Some(Ok(other)) => Told::Unknown(format!("{other} is no count")),
    }
}

#[cfg(test)]
mod tests;
