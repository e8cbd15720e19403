//! Emptying a queue deletes the shown jobs alone, and their copies bring them back.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use midwatch::action::{End, ItemEnd, RqAct};
use midwatch::runtime::run::rq::waiting_jobs;

use super::{Actor, at, end_of, filled, seen};
use crate::support::redis_server::Redis;
use crate::support::rq_env::{RqEnv, RqVersion};

/// Puts the jobs of a file of copies back, as a person would.
const RESTORE: &str = r"
from base64 import b64decode
for line in open(args[0]):
    job = json.loads(line)
    if connection.exists('rq:job:' + job['id']): continue
    fields = {name: b64decode(value['base64']) if isinstance(value, dict) else value
              for name, value in job['hash'].items()}
    connection.hset('rq:job:' + job['id'], mapping=fields)
    connection.rpush('rq:queue:' + job['queue'], job['id'])
";

#[test]
fn the_shown_jobs_go_the_others_stay_and_the_copy_brings_them_back() {
    for version in RqVersion::ALL {
        let redis = Redis::start();
        let rq = RqEnv::new(version, &redis);
        let parent = rq.python(
            "parent = queue('slow').enqueue('work.ok')\nqueue('slow').enqueue('work.ok', depends_on=parent)\nprint(parent.id)",
            &[],
        );
        let ids = rq.enqueue("slow", "work.ok", &[], 3);
        let url = filled(&redis.url());
        let shown = seen(waiting_jobs(&url, "slow", 100));
        let expected: Vec<_> = std::iter::once(&parent).chain(&ids).map(|id| at("slow", id)).collect();
        assert_eq!(shown, expected, "{version:?}");
        assert_eq!(seen(waiting_jobs(&url, "slow", 2)), expected[..2]);
        // meanwhile one comes and one goes
        let late = rq.enqueue("slow", "work.ok", &[], 1);
        rq.python("Job.fetch(args[0], connection=connection).cancel()", &[&ids[1]]);

        let actor = Actor::on(&redis.url());
        let done = actor.run(RqAct::Empty(shown.clone()));
        assert_eq!((done.end, done.counts()), (End::Accepted, [2, 1, 1, 0]), "{version:?}: {done:?}");
        assert_eq!(end_of(&done, &parent), &ItemEnd::Skipped("other jobs wait for it".to_owned()));
        assert_eq!(end_of(&done, &ids[1]), &ItemEnd::Gone);
        assert_eq!(seen(waiting_jobs(&url, "slow", 100)), [at("slow", &parent), at("slow", &late[0])]);
        assert!(!redis.call::<bool>(&["EXISTS", &format!("rq:job:{}", ids[0])]));

        let copy = actor.keep().join("run-1.jsonl");
        assert_eq!(done.undo, Some(format!("copies of the deleted jobs: {}", copy.display())));
        assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
        let text = fs::read_to_string(&copy).unwrap();
        assert_eq!(text.lines().count(), 4, "{text}");
        rq.python(RESTORE, &[copy.to_str().unwrap()]);
        let back = rq.counts("slow").queued;
        assert_eq!(back, 4, "{version:?}");
        rq.run_all("slow");
        assert_eq!(
            rq.counts("slow").finished,
            5,
            "{version:?}: the restored ones run, and the one that waited for another"
        );

        // the copy of a run is never written over
        let more = rq.enqueue("slow", "work.ok", &[], 1);
        let done = actor.run(RqAct::Empty(vec![at("slow", &more[0])]));
        assert_eq!((done.end, done.counts()), (End::Failed, [0, 0, 0, 1]), "{done:?}");
        assert!(done.reason.contains("no copy could be kept"), "{}", done.reason);
        assert_eq!((fs::read_to_string(&copy).unwrap(), rq.counts("slow").queued), (text, 1));
    }
}
