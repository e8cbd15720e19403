//! The functions that the worker runs on a timetable, as the runbook documents them (all in UTC).
//!
//! The deployed code runs two of them at other times; the simulated system keeps to the documented contract.

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// One function with its timetable.
#[derive(Debug)]
pub(crate) struct Routine {
    /// The Python function's last name.
    pub(crate) function: &'static str,
    /// The description under which it is scheduled.
    pub(crate) description: &'static str,
    /// What a task calls it.
    pub(crate) task_type: &'static str,
    /// Day of the week from Sunday = 0; `None` is daily.
    weekday: Option<i64>,
    /// Minutes after midnight, UTC.
    minute: i64,
    /// How long a run takes, in seconds.
    pub(crate) takes: (u64, u64),
}

const fn routine(
    function: &'static str,
    description: &'static str,
    task_type: &'static str,
    weekday: Option<i64>,
    minute: i64,
    takes: (u64, u64),
) -> Routine {
    Routine { function, description, task_type, weekday, minute, takes }
}

/// The six that the worker schedules.
pub(crate) static ROUTINES: [Routine; 6] = [
    routine("run_salience_recalculation", "nightly-salience-recalc", "salience_recalculation", None, 120, (12, 20)),
    routine("run_archive_job", "nightly-archive-job", "memory_archival", Some(6), 60, (8, 14)),
    routine("run_gap_detection", "weekly-gap-detection", "gap_detection", Some(0), 180, (6, 12)),
    routine("run_skill_generation_batch", "weekly-skill-generation", "skill_generation", Some(0), 195, (15, 25)),
    routine("run_weekly_digest", "weekly-skill-digest", "weekly_digest", Some(0), 210, (2, 4)),
    routine("run_skill_effectiveness_scoring", "weekly-skill-scoring", "skill_scoring", Some(0), 240, (4, 8)),
];

impl Routine {
    /// The one that a task names.
    pub(crate) fn of_task(task_type: &str) -> Option<&'static Self> {
        ROUTINES.iter().find(|routine| routine.task_type == task_type)
    }

    /// The one that a text (a description, a job's data) names by its function.
    pub(crate) fn named_in(text: &str) -> Option<&'static Self> {
        ROUTINES.iter().find(|routine| text.contains(routine.function) || text == routine.description)
    }

    /// The function with its module.
    pub(crate) fn path(&self) -> String {
        format!("backend.worker.jobs.{}", self.function)
    }

    /// Seconds between two runs.
    pub(crate) fn period_s(&self) -> i32 {
        if self.weekday.is_some() { 7 * 86_400 } else { 86_400 }
    }

    /// The next run after an instant, both in milliseconds since 1970.
    pub(crate) fn next(&self, after: i64) -> i64 {
        let today = after.div_euclid(DAY);
        (today..=today + 7)
            // 1 January 1970 was a Thursday
            .filter(|day| self.weekday.is_none_or(|weekday| (day + 4).rem_euclid(7) == weekday))
            .map(|day| day * DAY + self.minute * 60_000)
            .find(|at| *at > after)
            .unwrap_or(after + 7 * DAY)
    }

    /// The last run up to an instant.
    pub(crate) fn previous(&self, until: i64) -> i64 {
        self.next(until) - i64::from(self.period_s()) * 1000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> i64 {
        text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn runs_fall_on_the_documented_days() {
        let saturday = ms("2026-11-21T23:00:00Z");
        let next = |task| Routine::of_task(task).unwrap().next(saturday);
        assert_eq!(next("gap_detection"), ms("2026-11-22T03:00:00Z"));
        assert_eq!(next("salience_recalculation"), ms("2026-11-22T02:00:00Z"));
        assert_eq!(next("memory_archival"), ms("2026-11-28T01:00:00Z"));
        let gap = Routine::of_task("gap_detection").unwrap();
        assert_eq!(gap.next(ms("2026-11-22T03:00:00Z")), ms("2026-11-29T03:00:00Z"), "strictly after");
        assert_eq!(gap.previous(ms("2026-11-22T03:00:00Z")), ms("2026-11-22T03:00:00Z"));
    }
}
