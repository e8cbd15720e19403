//! A function without arguments, enqueued by us, runs under a real worker of every version; not twice at a time.

use std::time::Duration;

use midwatch::action::{End, ItemEnd, RqAct};

use super::Actor;
use crate::support::eventually::eventually;
use crate::support::redis_server::Redis;
use crate::support::rq_env::{RqEnv, RqVersion, release};

const WITHIN: Duration = Duration::from_secs(30);

fn act(function: &str) -> RqAct {
    RqAct::Enqueue { queue: "slow".to_owned(), function: function.to_owned() }
}

#[test]
fn it_runs_under_a_real_worker_and_the_library_reads_it() {
    for version in RqVersion::ALL {
        let redis = Redis::start();
        let rq = RqEnv::new(version, &redis);
        let done = Actor::on(&redis.url()).run(act("work.ok"));
        assert_eq!((done.end, done.counts()), (End::Accepted, [1, 0, 0, 0]), "{version:?}: {done:?}");
        let id = done.items[0].id.clone();
        assert_eq!(done.reason, format!("job {id} waits in slow"));
        assert!(done.undo.is_some_and(|undo| undo.contains(&id)));
        let code = "job = Job.fetch(args[0], connection=connection)\n\
                    print(job.func_name, job.args, job.kwargs, job.origin, job.description, job.timeout, job.result_ttl, \
                    job.failure_ttl, abs((datetime.now(timezone.utc) - \
                    job.created_at.replace(tzinfo=timezone.utc)).total_seconds()) < 60, queue('slow').job_ids == [job.id])";
        assert_eq!(rq.python(code, &[&id]), "work.ok () {} slow work.ok() 900 86400 604800 True True", "{version:?}");
        rq.run_all("slow");
        let result = rq.python("print(Job.fetch(args[0], connection=connection).return_value())", &[&id]);
        assert_eq!(result, "done", "{version:?}");
        let left = redis.call::<i64>(&["TTL", &format!("rq:job:{id}")]);
        assert!((86_000..=86_400).contains(&left), "{version:?}: its result is kept for a day: {left}");
    }
}

#[test]
fn the_same_function_is_refused_while_it_waits_runs_or_will_soon() {
    for version in RqVersion::ALL {
        let redis = Redis::start();
        let rq = RqEnv::new(version, &redis);
        let actor = Actor::on(&redis.url());
        let refused = |function: &str, why: &str| {
            let done = actor.run(act(function));
            assert_eq!((done.end, done.items.len()), (End::Failed, 0), "{version:?}: {done:?}");
            assert!(done.reason.starts_with(why), "{version:?}: {}", done.reason);
        };
        // waits, under a name of its own
        let code = "print(queue('other').enqueue('work.ok', description='nightly tidying').id)";
        let id = rq.python(code, &[]);
        refused("work.ok", &format!("work.ok is queued in other already: job {id}"));
        assert_eq!(redis.call::<u64>(&["EXISTS", "rq:queue:slow"]), 0);
        rq.run_all("other");
        // runs
        let worker = rq.worker("one", &["slow"]);
        let pipe = rq.pipe("gate");
        rq.enqueue("slow", "work.hold", &[pipe.to_str().unwrap()], 1);
        eventually("a started job", WITHIN, || (rq.counts("slow").started == 1).then_some(()));
        refused("work.hold", "work.hold is running in slow already: job ");
        release(&pipe);
        eventually("a finished job", WITHIN, || (rq.counts("slow").finished == 1).then_some(()));
        worker.stop();
        // soon, and not so soon
        rq.schedule("slow", "work.ok", Duration::from_secs(900));
        assert_eq!(actor.run(act("work.ok")).end, End::Accepted, "{version:?}");
        rq.run_all("slow");
        rq.schedule("slow", "work.ok", Duration::from_secs(200));
        refused("work.ok", "work.ok is scheduled within 5 minutes in slow already: job ");
        // another one whose name only begins alike
        assert_eq!(actor.run(act("work.o")).items[0].end, ItemEnd::Done, "{version:?}");
    }
}
