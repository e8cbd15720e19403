//! The routines in rq's keys: the runs ahead, the runs of the last day, runs on demand.

use super::routine::{ROUTINES, Routine};
use super::rq::job::{NewJob, Run};
use super::{World, pickle};

impl World {
    /// Runs a routine now.
    pub(super) fn enqueue_routine(&mut self, routine: &Routine) -> String {
        let id = self.dice.uuid();
        let function = routine.path();
        let description = format!("{function}()");
        let mut rq = self.rq();
        rq.create(&new_routine(&id, &function, &description, None), "queued");
        rq.enqueue(&id, false);
        id
    }

    /// Schedules each routine that has no run ahead. (The deployed worker schedules at its start only; the documented
    /// one repeats.)
    pub(super) fn schedule_routines(&mut self) {
        let scheduled = self.scheduled_descriptions();
        for routine in ROUTINES.iter().filter(|routine| !scheduled.iter().any(|d| d == routine.description)) {
            self.schedule_routine(routine);
        }
    }

    fn scheduled_descriptions(&mut self) -> Vec<String> {
        let rq = self.rq();
        rq.scheduled().iter().filter_map(|id| rq.hget(&super::rq::job_key(id), "description")).collect()
    }

    /// What a crash loop does with the deployed worker: each start schedules all six once more, here three times at most.
    pub(super) fn schedule_duplicates(&mut self) {
        let scheduled = self.scheduled_descriptions();
        for routine in &ROUTINES {
            if scheduled.iter().filter(|d| *d == routine.description).count() < 3 {
                self.schedule_routine(routine);
            }
        }
    }

    /// One run ahead of each routine is left. (The deployed worker never does this; a demo would stay yellow for a week.)
    pub(super) fn drop_duplicates(&mut self) {
        let mut seen = Vec::new();
        let mut rq = self.rq();
        for id in rq.scheduled() {
            let description = rq.hget(&super::rq::job_key(&id), "description").unwrap_or_default();
            if ROUTINES.iter().any(|routine| routine.description == description) {
                if seen.contains(&description) {
                    rq.unschedule(&id);
                }
                seen.push(description);
            }
        }
    }

    fn schedule_routine(&mut self, routine: &Routine) {
        let id = self.dice.uuid();
        let at = routine.next(self.now_ms);
        let meta = pickle::dictionary(&[
            ("repeat", pickle::Item::Whole(routine.period_s())),
            ("description", pickle::Item::Text(routine.description)),
        ]);
        let function = routine.path();
        let mut rq = self.rq();
        rq.create(&new_routine(&id, &function, routine.description, Some(meta)), "scheduled");
        rq.schedule(&id, at);
    }

    /// The runs of the last day are in the finished registry when the world begins.
    pub(super) fn remember_last_runs(&mut self) {
        let start = self.now_ms;
        for routine in &ROUTINES {
            let last = routine.previous(start);
            let takes = i64::try_from(self.dice.seconds(routine.takes)).unwrap_or(0) * 1000;
            if last + takes < start && last > start - 86_400_000 {
                let run = Run {
                    job: self.dice.uuid(),
                    execution: self.dice.hex(),
                    worker: self.main_worker().map(|worker| worker.name().to_owned()).unwrap_or_default(),
                    started_ms: last,
                };
                let function = routine.path();
                let mut rq = self.rq();
                rq.0.at(last);
                rq.create(&new_routine(&run.job, &function, routine.description, None), "queued");
                rq.start(&run);
                rq.0.at(last + takes);
                rq.finish(&run);
                rq.0.at(start);
            }
        }
    }
}

fn new_routine<'a>(id: &'a str, function: &'a str, description: &'a str, meta: Option<Vec<u8>>) -> NewJob<'a> {
    NewJob { id, function, argument: None, description, retries: false, result_ttl: 86_400, meta }
}
